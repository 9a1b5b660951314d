"""A day of few loads planned by trying every order of work, so that its cost is proven.

Loads that are alike count as one kind, so that an order goes by kinds. Every order of every kind of
truck is walked through by the one timetable; then trucks share the loads among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from routing.day import Day
from routing.horizon_days import PlannedDay
from routing.orders import Order
from routing.plan import Reason, Route
from routing.problem import Vehicle
from routing.schedule import Task, timetable

# Orders of work that are tried at the most: about a tenth of a second.
MOST_ORDERS = 1000
MOST_LOADS = 6
# Breaches that no task after them can mend; a shift may end earlier by way of another site.
_FINAL = frozenset(Reason) - {Reason.SHIFT, Reason.DRIVER_HOURS}

Kind = tuple[str, int]
"""Collection and mass of loads that are alike."""
Counts = tuple[int, ...]
_Orders = dict[Counts, tuple[int, tuple[Task, ...]]]
_Shares = dict[Counts, tuple[int, tuple[tuple[Vehicle, Counts], ...]]]


@dataclass(frozen=True)
class SmallDay:
    """The heaviest part of a day's loads that can be held, cheapest so.

    `left` are the loads that are not. `too_much` says, by kind, the fewest of the loads that no
    day of these trucks holds; empty when all are held. `tried` counts orders of work.
    """

    state: PlannedDay
    left: tuple[int, ...]
    too_much: dict[Kind, int]
    tried: int


def small_day(day: Day) -> SmallDay | None:
    """Plan the day to proven optimality; None when there are too many orders to try them all."""
    if len(day.loads) > MOST_LOADS:
        return None
    search = _Small(day)
    return search.answer() if search.tried <= MOST_ORDERS else None


class _Small:
    def __init__(self, day: Day) -> None:
        self.day, self.tried = day, 0
        loads: dict[Kind, list[int]] = {}
        for number, load in enumerate(day.loads):
            loads.setdefault((load.collection, load.mass_kg), []).append(number)
        self.kinds, self.loads = list(loads), list(loads.values())
        self.most: Counts = tuple(len(row) for row in self.loads)
        self.none: Counts = (0,) * len(self.most)
        self.orders: dict[object, _Orders] = {}
        for vehicle in day.problem.vehicles:
            if vehicle.like not in self.orders:
                found: _Orders = {}
                self.orders[vehicle.like] = found
                self._walk(vehicle, found, self.none, self.none, ())

    # -- every order of one truck -----------------------------------------------------------------

    def _walk(
        self, vehicle: Vehicle, found: _Orders, taken: Counts, put: Counts, tasks: tuple[Task, ...]
    ) -> None:
        if self.tried > MOST_ORDERS:
            return
        if tasks and taken == put and not self._may_go_on(vehicle, found, taken, tasks):
            return
        for at, task, is_up in self._steps(vehicle, taken, put):
            more = (*tasks, task)
            if is_up:
                self._walk(vehicle, found, _plus(taken, at), put, more)
            else:
                self._walk(vehicle, found, taken, _plus(put, at), more)

    def _steps(
        self, vehicle: Vehicle, taken: Counts, put: Counts
    ) -> Iterator[tuple[int, Task, bool]]:
        aboard = [(at, up - down) for at, (up, down) in enumerate(zip(taken, put, strict=True))]
        mass_kg = sum(count * self.kinds[at][1] for at, count in aboard)
        capacity_kg = self.day.kind(vehicle).capacity_kg
        for at, count in aboard:
            if taken[at] < self.most[at] and mass_kg + self.kinds[at][1] <= capacity_kg:
                yield at, Task(self.loads[at][taken[at]]), True
            if count:
                load = self.loads[at][put[at]]
                for receiver in self.day.allowed[load]:
                    yield at, Task(load, receiver), False

    def _may_go_on(
        self, vehicle: Vehicle, found: _Orders, taken: Counts, tasks: tuple[Task, ...]
    ) -> bool:
        """Price an order that ends empty; tell whether one that goes on could be driven."""
        self.tried += 1
        route = timetable(self.day, vehicle, tasks)
        if isinstance(route, Route):
            if taken not in found or route.cost_fen < found[taken][0]:
                found[taken] = route.cost_fen, tasks
            return True
        return route.reason not in _FINAL

    # -- the trucks together ----------------------------------------------------------------------

    def answer(self) -> SmallDay:
        shares: _Shares = {self.none: (0, ())}
        for vehicle in self.day.problem.vehicles:
            shares = self._shared(shares, vehicle)
        held = min(shares, key=lambda row: (-self._kg(row), shares[row][0]))
        orders, routes, place = [], [], list(self.none)
        for vehicle, counts in shares[held][1]:
            tasks = self._placed(self.orders[vehicle.like][counts][1], place)
            route = timetable(self.day, vehicle, tasks)
            assert isinstance(route, Route)
            orders.append(Order(vehicle, tasks))
            routes.append(route)
            place = [a + b for a, b in zip(place, counts, strict=True)]
        left = [load for row, at in zip(self.loads, held, strict=True) for load in row[at:]]
        state = PlannedDay(self.day, tuple(orders), tuple(routes))
        return SmallDay(state, tuple(sorted(left)), self._too_much(shares), self.tried)

    def _shared(self, shares: _Shares, vehicle: Vehicle) -> _Shares:
        found = dict(shares)
        for before, (before_fen, trucks) in shares.items():
            for counts, (fen, _) in self.orders[vehicle.like].items():
                both = tuple(a + b for a, b in zip(before, counts, strict=True))
                if any(a > b for a, b in zip(both, self.most, strict=True)):
                    continue
                if both not in found or before_fen + fen < found[both][0]:
                    found[both] = before_fen + fen, (*trucks, (vehicle, counts))
        return found

    def _kg(self, counts: Counts) -> int:
        return sum(count * kg for count, (_, kg) in zip(counts, self.kinds, strict=True))

    def _placed(self, tasks: tuple[Task, ...], place: list[int]) -> tuple[Task, ...]:
        """Give an order the loads of its kinds that no truck before it has."""
        new = {
            row[number]: row[place[at] + number]
            for at, row in enumerate(self.loads)
            for number in range(len(row) - place[at])
        }
        return tuple(Task(new[task.load], task.receiver) for task in tasks)

    def _too_much(self, shares: _Shares) -> dict[Kind, int]:
        """Leave out of the loads what can be without their fitting; nothing when all fit."""
        if self.most in shares:
            return {}
        counts = list(self.most)
        for at in range(len(counts)):
            while counts[at]:
                fewer = tuple(count - (at == i) for i, count in enumerate(counts))
                if fewer in shares:
                    break
                counts[at] -= 1
        wanted = Counter(dict(zip(self.kinds, counts, strict=True)))
        return {kind: count for kind, count in wanted.items() if count}


def _plus(counts: Counts, at: int) -> Counts:
    return tuple(count + (at == i) for i, count in enumerate(counts))
