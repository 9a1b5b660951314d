"""Why something overflows, runs short or stays behind: limits lifted one at a time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from routing.day import Day
from routing.explain import explain as explain_loads
from routing.horizon import Blocker, HorizonProblem, Level, Shortfall, Unmet
from routing.horizon_days import (
    PlannedDay,
    arranged,
    day_of,
    is_cut_as_assigned,
    last_alike,
)
from routing.horizon_levels import Ledger
from routing.horizon_loads import Assignment, Offers
from routing.horizon_master import Answer, Master
from routing.parameters import ShouldStop
from routing.plan import Unserved

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
    should_stop: ShouldStop,
) -> tuple[Unmet, ...]:
    """Name what blocks each shortfall, one limit lifted at a time, all other loads as planned.

    What has not been looked at when `should_stop` says so stays unnamed.
    """
    misses = list(_misses(offers, ledger, assigned))
    found: dict[str, Unmet] = {}
    for miss in misses:
        alone = _alone(offers, miss)
        if alone is not None:
            found[miss.key] = alone
    rest = [miss for miss in misses if miss.key not in found]
    if rest:
        found |= _lifted(offers, assigned, rest, nodes, should_stop)
    unnamed = Blocker.UNTRIED if should_stop() else Blocker.SEVERAL
    rows = [found.get(miss.key) or _unmet(miss, unnamed) for miss in misses]
    for at, (miss, row) in enumerate(zip(misses, rows, strict=True)):
        if row.blocker is Blocker.ROUTES and not should_stop():
            unserved = _one_more(offers, ledger, assigned, days, miss)
            rows[at] = replace(row, unserved=unserved)
    return tuple(rows)


def _one_more(
    offers: Offers, ledger: Ledger, assigned: Assignment, days: Sequence[PlannedDay], miss: _Miss
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
            if not ledger.may_go(*key) or ledger.price(more) is None:
                continue
            duty = frozenset(row.id for row in state.day.problem.vehicles)
            day = day_of(offers, more, number, duty)
            before = arranged(day, state.sketches())
            if before is not None and is_cut_as_assigned(offers, more, number, day):
                load = last_alike(day, *kind)
                found += explain_loads(day, before.orders, [load])
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


def _alone(offers: Offers, miss: _Miss) -> Unmet | None:
    """Ask the day's own explanation when no truck could bring any of it on an empty day."""
    options = [row for row in offers.options if row.parcel in miss.parcels]
    if any(option.vehicles for option in options):
        return None
    if not miss.parcels:
        return _unmet(miss, Blocker.ALONE)
    row = _unserved(offers, miss.parcels[0])
    return replace(_unmet(miss, Blocker.ALONE), unserved=row)


def _unserved(offers: Offers, number: int) -> Unserved:
    parcel = offers.parcels[number]
    row = replace(parcel.collection, mass_kg=parcel.mass_kg, volume_l=parcel.volume_l)
    day = Day.of(offers.problem.day_with([row]))
    return explain_loads(day, [], [0])[0]


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


def _lifted(
    offers: Offers,
    assigned: Assignment,
    misses: list[_Miss],
    nodes: int | None,
    should_stop: ShouldStop,
) -> dict[str, Unmet]:
    strict = Offers.of(_strict(offers.problem))
    kept = _kept(offers, assigned, misses)

    def least(ease: Blocker | None) -> Answer | None:
        """Return what is missed with one limit lifted; None when stopped or out of time."""
        if should_stop():
            return None
        return next(iter(Master(strict, ease, fixed=kept).solve(_LIMIT_S, nodes)), None)

    base = least(None)
    found: dict[str, Unmet] = {}
    if base is None:
        return found
    for miss in misses:
        if base.missed_t.get(miss.key, 0.0) < miss.mass_kg / 1000 - _SAME_T:
            found[miss.key] = _unmet(miss, Blocker.PRICE if miss.has_price else Blocker.ROUTES)
    for blocker in _LIFTED:
        rest = [miss for miss in misses if miss.key not in found]
        eased = least(blocker) if rest else None
        if eased is None or eased.must_t > base.must_t - _SAME_T:
            continue
        for miss in rest:
            if miss.key not in eased.missed_t:
                relaxation, unit = _amount(strict, blocker, eased, miss)
                found[miss.key] = _unmet(miss, blocker, relaxation, unit)
    return found


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
    return max(0, *beyond), "days"
