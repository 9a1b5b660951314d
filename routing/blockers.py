"""Which one limit, or which two together, keep a load out of a plan, and by how much.

Each limit is lifted in the compiled day, where the load is put in on every truck with the others
where they are; by halving, the least amount is found at which it still goes in. What is told has
been timed by `routing.schedule` with just that amount; with one unit less there is no place.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, combinations, islice

from routing.day import Day
from routing.haul_moves import restore
from routing.haul_places import find_best
from routing.insertion import Inserter, Insertion, intake_left_kg
from routing.lifts import Lift, Lifts, shift_start
from routing.orders import Order
from routing.plan import Reason, Route
from routing.problem import Vehicle
from routing.schedule import Task, timetable

_NO_LIMIT_FEN = 1e15
# An hour is overtime, four are half a shift.
_SOME_S, _MANY_S = 3600, 4 * 3600
# The last places in the order of what could be done.
_HARDEST = 7
# Gates of other loads looked at, the nearest ones.
_MOST_OTHERS = 60
# Limits looked at in twos: those of the load itself come first.
_MOST_PAIRED = 24

Spot = tuple[int, int, int, int]
Rank = tuple[int, int]
Lifted = tuple[tuple[Lift, int], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Limits with the amounts by which they give way, and the load's place under them."""

    load: int
    lifted: Lifted
    vehicle: Vehicle
    tasks: tuple[Task, ...]
    extra_fen: int


@dataclass(frozen=True, slots=True)
class Begun:
    """What of a day is behind it; a day that has not begun has nothing but its fleet.

    Nothing new is done before `now_s`. `fleet` are the day's trucks as they would be with no work
    done. The loads in `done`, by position, stand for what is. `paid_fen` is what each truck's day
    costs as it stands.
    """

    now_s: int
    fleet: tuple[Vehicle, ...]
    done: frozenset[int] = frozenset()
    paid_fen: Mapping[str, int] = field(default_factory=dict)


class OutOfTimeError(Exception):
    """The time for explanations is up."""


class Blockers:
    """A plan to be asked about one load after another."""

    def __init__(self, day: Day, orders: Sequence[Order], begun: Begun) -> None:
        self.day = day
        self.orders = orders
        self.most_fen = _NO_LIMIT_FEN
        self.starts = [shift_start(begun.now_s)]
        self.inserter = Inserter(day, orders, begun.paid_fen)
        self.lifts = Lifts(day, self.inserter.dense, orders, begun.done)

    def now(self, load: int, until: float) -> Insertion | None:
        """Find the load's cheapest place with every limit as it is; raises OutOfTimeError."""
        if time.perf_counter() > until:
            raise OutOfTimeError
        restore(*self.lifts.arrays, self.inserter.plan)
        return self.inserter.best(load)

    def single(self, load: int, until: float) -> Found | None:
        """Find the limit that gives way by least, of the load's own and of gates near by.

        An optional load is first looked for where it is worth its price, then wherever it goes.
        Raises OutOfTimeError from `until` on while nothing is found.
        """
        skip_fen = self.day.collection(load).skip_fen
        if skip_fen is not None:
            # A place must cost less than the limit.
            self.most_fen = skip_fen + 1.0
            found = self._easiest(load, until, skip_fen)
            if found is not None:
                return found
        self.most_fen = _NO_LIMIT_FEN
        return self._easiest(load, until, _NO_LIMIT_FEN)

    def _easiest(self, load: int, until: float, within_fen: float) -> Found | None:
        best: tuple[Rank, Found] | None = None
        others = islice(self.lifts.others(load), _MOST_OTHERS)
        for lift in chain(self.lifts.own(load), others, self.starts):
            if time.perf_counter() > until:
                if best is None:
                    raise OutOfTimeError
                break
            most = lift.most if best is None else _below(lift, best[0])
            found = self._least(load, (), lift, most) if most else None
            if found is None or found.extra_fen > within_fen:
                continue
            if best is None or _rank(found) < best[0]:
                best = _rank(found), found
        return None if best is None else best[1]

    def pair(self, load: int, until: float) -> Found | None:
        """Find the first two limits that give way together; raises OutOfTimeError."""
        first_ones = [*islice(self.lifts.own(load), _MOST_PAIRED), *self.starts]
        lifts = [row for row in first_ones if self._spot(load, ((row, row.most),)) is None]
        for one, other in combinations(lifts, 2):
            if time.perf_counter() > until:
                raise OutOfTimeError
            if _same_limit(one, other):
                continue
            if self._spot(load, ((one, one.most), (other, other.most))) is None:
                continue
            first = self._least(load, ((other, other.most),), one, one.most)
            if first is None:
                continue
            found = self._least(load, (first.lifted[-1],), other, other.most)
            if found is not None:
                return found
        return None

    def _spot(self, load: int, lifted: Lifted) -> Spot | None:
        arrays = self.lifts.arrays
        plan = self.inserter.plan
        plan.closed[:] = 0
        for lift, amount in lifted:
            arrays = lift.arrays(arrays, amount)
            plan.closed[list(lift.shut)] = 1
        restore(*arrays, plan)
        spot: Spot = find_best(*arrays, plan, load, self.most_fen)
        return None if spot[0] < 0 else spot

    def _least(self, load: int, given: Lifted, lift: Lift, most: int) -> Found | None:
        """Find the least amount up to `most` that does, by halving; None where none does.

        Without it, with what is `given` alone, there must be no place.
        """
        spot = self._spot(load, (*given, (lift, most)))
        if spot is None:
            return None
        low, high = 0, most
        while high - low > 1:
            middle = (low + high) // 2
            there = self._spot(load, (*given, (lift, middle)))
            if there is None:
                low = middle
            else:
                high, spot = middle, there
        return self._proven(load, given, lift, high, spot)

    def _proven(
        self, load: int, given: Lifted, lift: Lift, amount: int, spot: Spot
    ) -> Found | None:
        truck, start, drop, end = spot
        order = self.inserter.with_load(truck, load, start, drop, end)
        vehicle, tasks, lifted = order.vehicle, order.tasks, (*given, (lift, amount))
        route = self._timed(lifted, vehicle, tasks)
        if route is None or not self._others_hold(lifted, vehicle):
            return None
        return Found(load, lifted, vehicle, tasks, route.cost_fen - self.inserter.cost_fen(truck))

    def _timed(self, lifted: Lifted, vehicle: Vehicle, tasks: tuple[Task, ...]) -> Route | None:
        day = self._under(lifted, vehicle)
        own = next(row for row in day.problem.vehicles if row.id == vehicle.id)
        if not all(day.fits(own, task.load) for task in tasks):
            return None
        orders = [row for row in self.orders if row.vehicle.id != vehicle.id]
        left = intake_left_kg(day, [*orders, Order(own, tasks)])
        route = timetable(day, own, tasks)
        return route if isinstance(route, Route) and min(left.values(), default=0) >= 0 else None

    def _others_hold(self, lifted: Lifted, vehicle: Vehicle) -> bool:
        """Say whether the other days hold, which a gate that opens sooner moves too."""
        if not any(lift.sign < 0 and lift.reason is not Reason.SHIFT for lift, _ in lifted):
            return True
        day = self._under(lifted, vehicle)
        return all(
            isinstance(timetable(day, row.vehicle, row.tasks), Route)
            for row in self.orders
            if row.vehicle.id != vehicle.id
        )

    def _under(self, lifted: Lifted, vehicle: Vehicle) -> Day:
        problem = self.day.problem
        for lift, amount in lifted:
            problem = lift.problem(problem, amount, vehicle)
        return replace(self.day, problem=problem)


def _same_limit(one: Lift, other: Lift) -> bool:
    """Two sides of one limit are not two limits."""
    return one.reason is other.reason and one.reason in {Reason.SHIFT, Reason.SEGREGATION}


def _rank(found: Found) -> Rank:
    """Order what could be done: an hour more, more intake, half a shift, then what is harder."""
    lift, amount = found.lifted[-1]
    return _tier(lift, amount), amount


def beyond_a_truck(found: Found) -> bool:
    """Say whether one more truck is easier to come by: for half a shift, or a licence or body."""
    return len(found.lifted) == 1 and _rank(found)[0] >= _HARDEST


def _tier(lift: Lift, amount: int) -> int:
    if lift.reason is Reason.RECEIVER_INTAKE:
        return 1
    if lift.reason is Reason.SEGREGATION:
        return 6 if lift.unit == "" else 4
    if lift.reason in {Reason.MASS, Reason.VOLUME}:
        return 5
    if lift.reason is Reason.DRIVER_HOURS:
        return 3
    if lift.reason in _ADMISSION:
        return _HARDEST + 1
    return 0 if amount <= _SOME_S else 2 if amount <= _MANY_S else _HARDEST


def _below(lift: Lift, rank: Rank) -> int:
    """Find by how much the lift may give way and still come before that rank."""
    tier, amount = rank
    if lift.reason in _TIMED:
        bounds = {0: amount - 1, 1: _SOME_S, 2: amount - 1}
        bounds |= {_HARDEST: amount - 1, _HARDEST + 1: lift.most}
        return min(lift.most, max(0, bounds.get(tier, _MANY_S)))
    own = _tier(lift, lift.most)
    if own == tier:
        return min(lift.most, max(0, amount - 1))
    return lift.most if own < tier else 0


_TIMED = frozenset(
    {
        Reason.COLLECTION_WINDOW,
        Reason.RECEIVER_WINDOW,
        Reason.UNLOADING_TIME,
        Reason.SHIFT,
    }
)
_ADMISSION = frozenset({Reason.NO_BODY, Reason.NO_LICENCE, Reason.NOT_ADMITTED})
