"""Why something overflows, runs short or stays behind: limits lifted one at a time."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from routing.day import Day
from routing.explain import explain as explain_loads
from routing.horizon import Blocker, HorizonProblem, Level, Shortfall, Unmet
from routing.horizon_days import (
    PlannedDay,
    arranged,
    common_orders,
    day_of,
    is_cut_as_assigned,
    last_alike,
)
from routing.horizon_levels import Ledger
from routing.horizon_loads import Assignment, Offers
from routing.horizon_master import Answer, Master
from routing.horizon_small import small_day
from routing.insertion import Inserter, placed
from routing.parameters import ShouldStop
from routing.plan import Unserved
from routing.problem import Vehicle

# Each lifted limit is one programme; when it takes longer, the cause stays unnamed.
_LIMIT_S = 5.0
_LIFTED = (
    Blocker.CLOSED,
    Blocker.DATES,
    Blocker.INTAKE,
    Blocker.ROOM,
    Blocker.FLEET,
    Blocker.STOCK,
)
# Tonnes below which two programmes miss the same.
_SAME_T = 1e-3


@dataclass(frozen=True, slots=True)
class _Miss:
    """A shortfall as it stands in the plan; `key` is its name in the programme."""

    kind: Shortfall
    subject: str
    key: str
    day: int
    mass_kg: int
    parcels: tuple[int, ...]
    has_price: bool


def explain(
    offers: Offers,
    ledger: Ledger,
    assigned: Assignment,
    days: Sequence[PlannedDay],
    nodes: int | None,
    asked_to_stop: ShouldStop,
    until: float,
) -> tuple[Unmet, ...]:
    """Name what blocks each shortfall, one limit lifted at a time, all other loads as planned.

    What has not been looked at by `until` on the performance counter, or when `asked_to_stop` says
    so, stays unnamed.
    """
    lifter = _Lifter(offers, assigned, days, nodes, asked_to_stop, until)
    misses = list(_misses(offers, ledger, assigned))
    found: dict[str, Unmet] = {}
    for miss in misses:
        alone = None if lifter.is_over() else _alone(offers, miss, until)
        if alone is not None:
            found[miss.key] = alone
    rest = [miss for miss in misses if miss.key not in found]
    if rest:
        found |= lifter.named(rest)
    unnamed = Blocker.UNTRIED if lifter.is_cut_short else Blocker.SEVERAL
    rows = [found.get(miss.key) or _unmet(miss, unnamed) for miss in misses]
    for at, (miss, row) in enumerate(zip(misses, rows, strict=True)):
        if row.blocker is Blocker.ROUTES and not lifter.is_over():
            unserved = _one_more(offers, ledger, assigned, days, miss, until)
            rows[at] = replace(row, unserved=unserved)
    return tuple(rows)


def _one_more(
    offers: Offers,
    ledger: Ledger,
    assigned: Assignment,
    days: Sequence[PlannedDay],
    miss: _Miss,
    until: float,
) -> Unserved | None:
    """Ask each day's own explanation for one more load; keep the day that misses by least."""
    found: list[Unserved] = []
    for at, option in enumerate(offers.options):
        if option.parcel not in miss.parcels:
            continue
        kind = offers.collection_id(option), offers.parcels[option.parcel].mass_kg
        for number, state in enumerate(days):
            key = at, number
            more = {**assigned, key: assigned.get(key, 0) + 1}
            is_over = time.perf_counter() >= until
            if is_over or not ledger.may_go(*key) or ledger.price(more) is None:
                continue
            duty = frozenset(row.id for row in state.day.problem.vehicles)
            day = day_of(offers, more, number, duty)
            before = arranged(day, state.sketches())
            if before is not None and is_cut_as_assigned(offers, more, number, day):
                load = last_alike(day, *kind)
                found += explain_loads(day, before.orders, [load], until)
    return min(found, key=lambda row: (row.relaxation is None, row.relaxation or 0), default=None)


def _misses(offers: Offers, ledger: Ledger, assigned: Assignment) -> Iterator[_Miss]:
    levels = ledger.levels(assigned)
    assert levels is not None
    tanks, yards = levels
    for tank, level in zip(offers.problem.tanks, tanks, strict=True):
        rows = tuple(i for i, row in enumerate(offers.parcels) if row.source == tank.id)
        priced = tank.overflow_fen_per_t is not None
        spilt_kg, last = sum(level.missed_kg), offers.problem.days - 1
        if spilt_kg:
            day = next(d for d, kg in enumerate(level.missed_kg) if kg)
            key = f"tank {tank.id}"
            yield _Miss(Shortfall.OVERFLOW, tank.id, key, day, spilt_kg, rows, priced)
        if level.surplus_kg:
            key = f"closing {tank.id}"
            yield _Miss(Shortfall.SURPLUS, tank.id, key, last, level.surplus_kg, rows, priced)
    yield from _short(offers, yards)
    for number, count in ledger.late(assigned).items():
        parcel = offers.parcels[number]
        mass_kg, priced = count * parcel.mass_kg, parcel.collection.skip_fen is not None
        key, last = f"parcel {number}", parcel.days[-1]
        yield _Miss(Shortfall.LATE, parcel.source, key, last, mass_kg, (number,), priced)


def _short(offers: Offers, levels: Sequence[Level]) -> Iterator[_Miss]:
    names = [row.id for row in offers.problem.day.receivers]
    for yard, level in zip(offers.problem.yards, levels, strict=True):
        if sum(level.missed_kg):
            number = names.index(yard.receiver)
            rows = tuple(row.parcel for row in offers.options if row.receiver == number)
            day = next(d for d, kg in enumerate(level.missed_kg) if kg)
            priced, short_kg = yard.shortage_fen_per_t is not None, sum(level.missed_kg)
            key = f"yard {yard.receiver}"
            yield _Miss(Shortfall.SHORTAGE, yard.receiver, key, day, short_kg, rows, priced)


def _unmet(miss: _Miss, blocker: Blocker, relaxation: int | None = None, unit: str = "") -> Unmet:
    return Unmet(miss.kind, miss.subject, miss.day, miss.mass_kg, blocker, relaxation, unit)


def _alone(offers: Offers, miss: _Miss, until: float) -> Unmet | None:
    """Ask the day's own explanation when no truck could bring any of it on an empty day."""
    options = [row for row in offers.options if row.parcel in miss.parcels]
    if any(option.vehicles for option in options):
        return None
    if not miss.parcels:
        return _unmet(miss, Blocker.ALONE)
    row = _unserved(offers, miss.parcels[0], until)
    return replace(_unmet(miss, Blocker.ALONE), unserved=row)


def _unserved(offers: Offers, number: int, until: float) -> Unserved:
    parcel = offers.parcels[number]
    row = replace(parcel.collection, mass_kg=parcel.mass_kg, volume_l=parcel.volume_l)
    day = Day.of(offers.problem.day_with([row]))
    return explain_loads(day, [], [0], until)[0]


def _strict(problem: HorizonProblem) -> HorizonProblem:
    """Take all prices away, so that nothing is missed for money."""
    return replace(
        problem,
        dated=tuple(
            replace(row, collection=replace(row.collection, skip_fen=None)) for row in problem.dated
        ),
        tanks=tuple(replace(row, overflow_fen_per_t=None) for row in problem.tanks),
        yards=tuple(replace(row, shortage_fen_per_t=None) for row in problem.yards),
    )


def _kept(offers: Offers, assigned: Assignment, misses: list[_Miss]) -> dict[int, dict[int, int]]:
    """Return the loads by option and day that stay as planned: all but those that are missed."""
    free = {number for miss in misses for number in miss.parcels}
    kept: dict[int, dict[int, int]] = {
        at: {} for at, row in enumerate(offers.options) if row.parcel not in free
    }
    for (at, day), count in assigned.items():
        if at in kept:
            kept[at][day] = count
    return kept


class _Lifter:
    """Lifts one limit after another; counts only what the days' own trucks then bring."""

    def __init__(
        self,
        offers: Offers,
        assigned: Assignment,
        days: Sequence[PlannedDay],
        nodes: int | None,
        asked_to_stop: ShouldStop,
        until: float,
    ) -> None:
        self.offers, self.assigned, self.days, self.nodes = offers, assigned, days, nodes
        self.asked_to_stop, self.until = asked_to_stop, until
        self.strict = Offers.of(_strict(offers.problem))
        self.is_cut_short = False

    def is_over(self) -> bool:
        over = self.asked_to_stop() or time.perf_counter() >= self.until
        self.is_cut_short |= over
        return over

    def least(self, kept: dict[int, dict[int, int]], ease: Blocker | None) -> Answer | None:
        """Return what is missed with one limit lifted; None when stopped or out of time."""
        if self.is_over():
            return None
        limit_s = min(_LIMIT_S, (self.until - time.perf_counter()) / 2)
        answer = next(iter(Master(self.strict, ease, fixed=kept).solve(limit_s, self.nodes)), None)
        self.is_cut_short |= answer is None
        return answer

    def named(self, misses: list[_Miss]) -> dict[str, Unmet]:
        kept = _kept(self.offers, self.assigned, misses)
        base, found = self.least(kept, None), dict[str, Unmet]()
        if base is None:
            return found
        for miss in misses:
            if base.missed_t.get(miss.key, 0.0) < miss.mass_kg / 1000 - _SAME_T:
                found[miss.key] = _unmet(miss, Blocker.PRICE if miss.has_price else Blocker.ROUTES)
        for blocker in _LIFTED:
            rest = [miss for miss in misses if miss.key not in found]
            eased = self.least(kept, blocker) if rest else None
            if eased is None or eased.must_t > base.must_t - _SAME_T:
                continue
            done = [miss for miss in rest if miss.key not in eased.missed_t]
            if done and self._is_brought(eased, blocker):
                for miss in done:
                    relaxation, unit = _amount(self.strict, blocker, eased, miss)
                    found[miss.key] = _unmet(miss, blocker, relaxation, unit)
        return found

    def _is_brought(self, eased: Answer, blocker: Blocker) -> bool:
        """Tell whether the trucks, and those that lifting adds, hold the days as they would be."""
        numbers = {day for _, day in {**eased.loads, **self.assigned}}
        return all(self._holds(eased, blocker, number) for number in sorted(numbers))

    def _holds(self, eased: Answer, blocker: Blocker, number: int) -> bool:
        state = self.days[number]
        duty = frozenset(row.id for row in state.day.problem.vehicles)
        wanted = {key: count for key, count in eased.loads.items() if key[1] == number}
        if wanted == {key: count for key, count in self.assigned.items() if key[1] == number}:
            return True
        day = day_of(self.offers, wanted, number, duty)
        if blocker is Blocker.FLEET:
            day = Day.of(replace(day.problem, vehicles=(*day.problem.vehicles, *self._more(eased))))
        if not is_cut_as_assigned(self.offers, wanted, number, day):
            return False
        found = small_day(day)
        return not found.left if found else self._fits(state, day)

    def _fits(self, state: PlannedDay, day: Day) -> bool:
        """Put the loads that a large day does not have yet into it, one by one."""
        orders = common_orders(state, day)
        for load in sorted(set(range(len(day.loads))) - {t.load for o in orders for t in o.tasks}):
            insertion = None if self.is_over() else Inserter(day, orders).best(load)
            if insertion is None:
                return False
            orders = placed(orders, insertion)
        return True

    def _more(self, eased: Answer) -> list[Vehicle]:
        """Return trucks more: of each kind at a depot short of them, as many as it lacks."""
        lacking: dict[str, int] = defaultdict(int)
        for name, trucks in eased.eased.items():
            depot = name.rpartition(" at ")[2]
            lacking[depot] = max(lacking[depot], math.ceil(trucks - _SAME_T))
        kinds = {(row.type, row.depot, row.shift): row for row in self.offers.problem.day.vehicles}
        return [
            replace(row, id=f"{row.id} {extra + 1} more")
            for row in kinds.values()
            for extra in range(lacking[row.depot])
        ]


def _amount(offers: Offers, blocker: Blocker, eased: Answer, miss: _Miss) -> tuple[int | None, str]:
    """Return the least by which the limit gave way for this subject, and its unit."""
    sources = {offers.parcels[number].source for number in miss.parcels}
    receivers = {
        offers.problem.day.receivers[row.receiver].id
        for row in offers.options
        if row.parcel in miss.parcels
    }
    if blocker in {Blocker.STOCK, Blocker.ROOM, Blocker.INTAKE}:
        names = sources if blocker is Blocker.STOCK else receivers
        tonnes = sum(eased.eased.get(name, 0.0) for name in names)
        return math.ceil(1000 * tonnes - _SAME_T), "kg"
    if blocker is Blocker.FLEET:
        sums: dict[str, float] = defaultdict(float)
        for name, trucks in eased.eased.items():
            sums[name.partition(" at ")[0]] += trucks
        return math.ceil(max(sums.values(), default=0.0) - _SAME_T), "truck-days"
    if blocker is Blocker.CLOSED:
        return round(sum(eased.eased.get(name, 0.0) for name in sources)), "loads"
    beyond = [
        max(day - offers.parcels[number].days[-1], offers.parcels[number].days[0] - day)
        for (at, day) in eased.loads
        for number in (offers.options[at].parcel,)
        if number in miss.parcels
    ]
    return max([0, *beyond]), "days"
