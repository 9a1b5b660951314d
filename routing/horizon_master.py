"""Which loads go on which day: a mixed-integer programme that relaxes the days' timetables.

Per day and pool of trucks it keeps what no timetable can beat. Heavy loads (no two fit one truck)
are driven one at a time; after each the truck goes on, empty of heavy loads, to the next or home,
so that arrivals and departures balance at every site; trucks leave and return once; driving and
service fit the shifts. Light loads count their service, and where a pool has no heavy ones their
share of a truck. Legs are shortest paths and rates the pool's lowest, so the optimum is a lower
bound on the cost of any plan of all days. First the tonnes missed are least, then the cost.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from routing.horizon import Blocker, Tank, Yard
from routing.horizon_ledger import Ledger
from routing.horizon_lessons import Lesson, learn
from routing.horizon_loads import Assignment, Offers, Option
from routing.horizon_pool import Pool
from routing.horizon_programme import Found, Terms
from routing.parameters import ShouldStop
from routing.problem import VehicleType

_FEN_PER_YUAN = 100
# The programme counts tonnes; what is less than this many of them is rounding.
_LEAST_T = 1e-6
# Where to stop, as a share of the optimum: what is beyond is lost in the days' own search.
_GAP = 1e-3
# Trucks in whole numbers raise the bound, but their answer is only taken when it comes this close.
_AS_GOOD = 1.005
# What one unit of an eased limit weighs against a tonne missed.
_EASED = 1e-3
# Up to this many loads by option and day the programme is solved to its optimum, in one go.
_SMALL = 100
_NO_GAP = 1e-6


@dataclass(frozen=True, slots=True)
class Answer:
    """Loads by (option, day), tonnes missed by store or parcel, `must_t` of them without a price.

    `eased`: how much of the eased limit is used, by name, in its unit. `ways_yuan`: what the trucks
    cost by the programme's reckoning, without what is missed at a price.
    """

    loads: dict[tuple[int, int], int]
    missed_t: dict[str, float]
    must_t: float
    eased: dict[str, float]
    ways_yuan: float


class Master(Ledger):
    """The programme, built once.

    `most` limits loads by (option, day), `lessons` what days hold and cost. With `fixed`, loads of
    its options stay as they are there, and those that it does not name are free.
    """

    def __init__(
        self,
        offers: Offers,
        ease: Blocker | None = None,
        most: Assignment | None = None,
        fixed: Mapping[int, Mapping[int, int]] | None = None,
        lessons: Iterable[Lesson] = (),
    ) -> None:
        super().__init__(offers, ease)
        self.most, self.fixed = most or {}, fixed or {}
        self.must: Terms = []
        self.priced: Terms = []
        self.missed: dict[str, list[int]] = defaultdict(list)
        self.bound = -math.inf
        self.loads = self._loads()
        highs = {key: self.rows.high[column] for key, column in self.loads.items()}
        self.most_loads = sum(highs.values())
        self.most_t = sum(high * self._load_t(at) for (at, _), high in highs.items())
        self._dates()
        self._tanks()
        self._yards()
        for pool in sorted({row.pool for row in offers.options if row.pool >= 0}):
            self._pool(pool)
        for lesson in sorted(lessons, key=lambda row: len({day for (_, day), _ in row.loads})):
            learn(self, lesson)

    # -- what moves -------------------------------------------------------------------------------

    def _loads(self) -> dict[tuple[int, int], int]:
        found = {}
        for position, option in enumerate(self.offers.options):
            parcel = self.offers.parcels[option.parcel]
            days: set[int] = set(parcel.days)
            if self.ease is Blocker.DATES:
                days = set(range(self.problem.days))
            if self.ease is not Blocker.CLOSED:
                days &= set(self.offers.open_days(option))
            for day in sorted(days) if option.vehicles else ():
                low, high = 0.0, self.most.get((position, day), self._most(option))
                if position in self.fixed:
                    low = high = self.fixed[position].get(day, 0)
                found[position, day] = self.rows.column(low, high)
                self._measured(option, day, found[position, day])
        return found

    def _most(self, option: Option) -> float:
        """Return how many loads could go in a day; of a tank that need not stand there, all."""
        parcel = self.offers.parcels[option.parcel]
        if self.ease is Blocker.STOCK and parcel.most is None:
            tank = next(row for row in self.problem.tanks if row.id == parcel.source)
            return (tank.opening_kg + sum(tank.inflow_kg)) // parcel.mass_kg
        return self.offers.most_a_day(option)

    def _measured(self, option: Option, day: int, load: int) -> None:
        """Count loads that only travel because dates or gates are eased."""
        parcel = self.offers.parcels[option.parcel]
        if day not in parcel.days or day not in self.offers.open_days(option):
            self.eased[parcel.source].append(load)

    def _slack(self, name: str, price_yuan_per_t: float | None, most_t: float) -> int:
        """Return tonnes that are missed, at their price or above all prices."""
        missed = self.rows.column(0.0, most_t)
        self.missed[name].append(missed)
        if price_yuan_per_t is None:
            self.must.append((missed, 1.0))
        else:
            self.cost.append((missed, price_yuan_per_t))
            self.priced.append((missed, price_yuan_per_t))
        return missed

    def _tonnes(self, positions: list[int], day: int, sign: float = 1.0) -> Terms:
        return [
            (self.loads[at, day], sign * self._load_t(at))
            for at in positions
            if (at, day) in self.loads
        ]

    def _load_t(self, option: int) -> float:
        return self.offers.parcels[self.offers.options[option].parcel].mass_kg / 1000

    def _dates(self) -> None:
        for number, parcel in enumerate(self.offers.parcels):
            if parcel.most is None:
                continue
            skip_fen, tonnes = parcel.collection.skip_fen, parcel.mass_kg / 1000
            price = None if skip_fen is None else skip_fen / _FEN_PER_YUAN / tonnes
            whole = parcel.most * tonnes
            missed = self._slack(f"parcel {number}", price, whole)
            options = self.offers.options
            going = [
                (load, tonnes)
                for (at, _), load in self.loads.items()
                if options[at].parcel == number
            ]
            self.rows.row(whole, [*going, (missed, 1.0)], whole)

    # -- levels -----------------------------------------------------------------------------------

    def _tanks(self) -> None:
        options, parcels = self.offers.options, self.offers.parcels
        for tank in self.problem.tanks:
            rows = [i for i, row in enumerate(options) if parcels[row.parcel].source == tank.id]
            self._tank(tank, rows)

    def _tank(self, tank: Tank, rows: list[int]) -> None:
        fen = tank.overflow_fen_per_t
        price = None if fen is None else fen / _FEN_PER_YUAN
        came_t, room_t = tank.opening_kg / 1000, tank.room_kg / 1000
        level = self.rows.column(came_t, came_t)
        loads: Terms = []
        missed: Terms = []
        for day, inflow_kg in enumerate(tank.inflow_kg):
            taken = self._tonnes(rows, day)
            more = self.more(Blocker.STOCK, tank.id)
            self.rows.row(-np.inf, [*taken, (level, -1.0), *more], 0.0)
            came_t += inflow_kg / 1000
            evening = self.rows.column(0.0, min(room_t, came_t))
            spilt = self._slack(f"tank {tank.id}", price, inflow_kg / 1000)
            terms = [*taken, (level, -1.0), (evening, 1.0), (spilt, 1.0)]
            self.rows.row(inflow_kg / 1000, terms, inflow_kg / 1000)
            level = evening
            loads += taken
            missed.append((spilt, 1.0))
            self._by_truck(came_t - room_t, loads, missed)
        if tank.closing_kg is not None:
            closing_t = tank.closing_kg / 1000
            surplus = self._slack(f"closing {tank.id}", price, min(room_t, came_t))
            self.rows.row(-np.inf, [(level, 1.0), (surplus, -1.0)], closing_t)
            self._by_truck(came_t - closing_t, loads, [*missed, (surplus, 1.0)])

    def _by_truck(self, least_t: float, loads: Terms, missed: Terms) -> None:
        """See that what must leave a tank by some evening leaves in whole loads, or is missed."""
        if loads:
            whole = [(column, 1.0) for column, _ in loads]
            self.rows.whole_at_least(least_t, loads[0][1], whole, missed)

    def _yards(self) -> None:
        yards = {row.receiver: row for row in self.problem.yards}
        for number, receiver in enumerate(self.problem.day.receivers):
            rows = [i for i, row in enumerate(self.offers.options) if row.receiver == number]
            limit_kg = receiver.daily_intake_kg
            if limit_kg is not None:
                for day in range(self.problem.days):
                    terms = [*self._tonnes(rows, day), *self.more(Blocker.INTAKE, receiver.id)]
                    self.rows.row(-np.inf, terms, limit_kg / 1000)
            if receiver.id in yards:
                self._yard(yards[receiver.id], rows)

    def _yard(self, yard: Yard, rows: list[int]) -> None:
        fen = yard.shortage_fen_per_t
        price = None if fen is None else fen / _FEN_PER_YUAN
        opening_t, room_t = yard.opening_kg / 1000, yard.room_kg / 1000
        level = self.rows.column(opening_t, opening_t)
        most_t = room_t + (self.most_t if self.ease is Blocker.ROOM else 0.0)
        for day, use_kg in enumerate(yard.use_kg):
            brought = self._tonnes(rows, day)
            more = self.more(Blocker.ROOM, yard.receiver)
            self.rows.row(-np.inf, [*brought, (level, 1.0), *more], room_t)
            evening = self.rows.column(yard.minimum_kg / 1000, most_t)
            short = self._slack(f"yard {yard.receiver}", price, use_kg / 1000)
            back = self._tonnes(rows, day, -1.0)
            terms = [*back, (level, -1.0), (evening, 1.0), (short, -1.0)]
            self.rows.row(-use_kg / 1000, terms, -use_kg / 1000)
            level = evening

    # -- trucks -----------------------------------------------------------------------------------

    def _pool(self, pool: int) -> None:
        rows = [i for i, row in enumerate(self.offers.options) if row.pool == pool]
        heavy = [i for i in rows if self._is_heavy(self.offers.options[i])]
        rosters = {row.vehicle: row for row in self.problem.rosters}
        Pool(self, rows, heavy, rosters).add()

    def _is_heavy(self, option: Option) -> bool:
        """Tell whether no truck that could bring it ever holds two loads of this size."""
        parcel = self.offers.parcels[option.parcel]
        fleet = [row for row in self.problem.day.vehicles if row.id in option.vehicles]
        return all(_fills_half(parcel.mass_kg, parcel.volume_l, self.types[v.type]) for v in fleet)

    # -- solving ----------------------------------------------------------------------------------

    def solve(
        self, limit_s: float, nodes: int | None, should_stop: ShouldStop | None = None
    ) -> list[Answer]:
        """Cost least, where a missed tonne weighs more than the dearest load.

        Best by the programme's own reckoning first; last stands the relaxation rounded down, which
        may be all that a short time gives. Empty when there is not even that.
        """
        stop = should_stop or (lambda: False)
        weighed, until = self._weighed(), time.perf_counter() + limit_s
        whole, numbers = [*self._integers(), *self.whole_trucks], self._integers()
        if len(self.loads) <= _SMALL and not stop():
            found = self._least(weighed, whole, until, _NO_GAP, nodes)
            if found is not None:
                return [self._answer(found)]
        relaxed = self._least(weighed, [], until, _GAP, None)
        if relaxed is None:
            return []
        answers = [self._answer(self._rounded(relaxed))]
        half = (time.perf_counter() + until) / 2
        found = None if stop() else self._least(weighed, numbers, half, _GAP, nodes)
        if found is None:
            return answers
        answers.insert(0, self._answer(found))
        better = None if stop() else self._least(weighed, whole, until, _GAP, nodes)
        if better and (self.ease or better.objective <= _AS_GOOD * found.objective):
            answers.insert(0, self._answer(better))
        return answers

    def _integers(self) -> list[int]:
        return [*self.loads.values(), *self.marks.values()]

    def _weighed(self) -> Terms:
        """Return the cost and what is missed, weighed; with a limit eased, how much it gives."""
        heavy = self.tonne_yuan() if self.ease is None else 1.0
        cost = self.cost
        if self.ease is not None:
            cost = [(at, _EASED) for columns in self.eased.values() for at in columns]
        return [*cost, *((column, heavy * factor) for column, factor in self.must)]

    def _least(
        self, cost: Terms, whole: list[int], until: float, gap: float, nodes: int | None
    ) -> Found | None:
        """Minimise by `until`, and keep what is proven on the way."""
        found = self.rows.minimise(cost, whole, until - time.perf_counter(), gap, nodes)
        self.bound = max(self.bound, found.bound if found else -math.inf)
        return found

    def _rounded(self, relaxed: Found) -> Found:
        """Round loads down as they add up over the days, so that no tank is asked too early."""
        values = relaxed.values.copy()
        sums: dict[int, float] = defaultdict(float)
        for (at, _), column in sorted(self.loads.items()):
            before = math.floor(sums[at] + _LEAST_T)
            sums[at] += relaxed.values[column]
            values[column] = math.floor(sums[at] + _LEAST_T) - before
        return Found(values, relaxed.objective, relaxed.bound)

    def bound_yuan(
        self, must_t: float, limit_s: float, nodes: int | None, should_stop: ShouldStop
    ) -> float:
        """Return what no plan costs less than that misses at most so many tonnes."""
        self.rows.row(-np.inf, self.must, must_t + _LEAST_T)
        self.bound, until = 0.0, time.perf_counter() + limit_s
        for whole in ([], self._integers(), [*self._integers(), *self.whole_trucks]):
            if whole and should_stop():
                break
            gap = _NO_GAP if len(self.loads) <= _SMALL else _GAP
            half = until if not whole else (time.perf_counter() + until) / 2
            self._least(self.cost, whole, half, gap, nodes)
        return self.bound

    def tonne_yuan(self) -> float:
        """Return what a tonne must weigh for the lightest load to be worth the dearest truck."""
        matrix = self.problem.day.travel
        way_km, way_h = 3 * int(matrix.distance_m.max()) / 1000, 3 * int(matrix.duration_s.max())
        kinds = self.types.values()
        lightest_t = min((row.mass_kg / 1000 for row in self.offers.parcels), default=1.0)
        return max(
            1.0,
            *(
                (row.fixed_fen + way_km * row.fen_per_km + way_h / 3600 * row.fen_per_h)
                / _FEN_PER_YUAN
                for row in kinds
            ),
        ) / min(1.0, lightest_t)

    def _answer(self, found: Found) -> Answer:
        def total(rows: dict[str, list[int]]) -> dict[str, float]:
            sums = {name: float(found.values[columns].sum()) for name, columns in rows.items()}
            return {name: value for name, value in sums.items() if value > 10 * _LEAST_T}

        loads = {key: round(found.values[column]) for key, column in self.loads.items()}
        return Answer(
            {key: count for key, count in loads.items() if count},
            total(self.missed),
            found.worth(self.must),
            total(self.eased),
            found.worth(self.cost) - found.worth(self.priced),
        )


def _fills_half(mass_kg: int, volume_l: int, kind: VehicleType) -> bool:
    by_mass = 2 * mass_kg > kind.capacity_kg
    return by_mass or (kind.capacity_l is not None and 2 * volume_l > kind.capacity_l)
