"""Where one more load fits into given orders of work, and what it costs.

For explanations and a dispatcher's late job: the compiled search proposes the cheapest
place in each truck, and the full timetable prices it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from routing.day import Day
from routing.haul import BLINK
from routing.haul_day import layout
from routing.haul_moves import restore
from routing.haul_places import find_best
from routing.orders import Order
from routing.plan import Route
from routing.schedule import Task, timetable

# Above any cost of a plan, in fen.
_NO_LIMIT_FEN = 1e15


@dataclass(frozen=True, slots=True)
class Insertion:
    """A feasible place for a load: the truck's new order, its timetable and the extra cost."""

    order: Order
    route: Route
    extra_fen: int


def intake_left_kg(day: Day, orders: Sequence[Order]) -> dict[int, int]:
    """Work out what each receiver with a daily limit can still take, by its position."""
    taken: Counter[int] = Counter()
    for order in orders:
        for task in order.tasks:
            if task.receiver is not None:
                taken[task.receiver] += day.loads[task.load].mass_kg
    return {
        position: receiver.daily_intake_kg - taken[position]
        for position, receiver in enumerate(day.problem.receivers)
        if receiver.daily_intake_kg is not None
    }


def placed(orders: Sequence[Order], insertion: Insertion) -> list[Order]:
    """Return the orders with the insertion's truck given its new order of work."""
    others = [row for row in orders if row.vehicle.id != insertion.order.vehicle.id]
    return [*others, insertion.order]


class Inserter:
    """Given orders, laid out once, to be asked about one load after another.

    `paid_fen`: what trucks' days cost as they stand, where that is not what the orders tell.
    """

    def __init__(
        self, day: Day, orders: Sequence[Order], paid_fen: Mapping[str, int] | None = None
    ) -> None:
        self.day = day
        self.paid_fen = paid_fen or {}
        self.dense = layout(day)
        self.plan = self.dense.empty(0)
        self.plan.value[BLINK] = 0.0
        self.dense.start_from(self.plan, orders)
        self.arrays = (self.dense.jobs, self.dense.trucks, self.dense.rules, self.plan)
        restore(*self.arrays)

    def options(self, load: int) -> list[Insertion]:
        """Find the cheapest place in each truck that has one, cheapest truck first."""
        found = []
        for truck in range(len(self.dense.vehicles)):
            self.plan.closed[:] = 1
            self.plan.closed[truck] = 0
            _, start, drop, end = find_best(*self.arrays, load, _NO_LIMIT_FEN)
            if start >= 0:
                found.append(self._priced(truck, load, start, drop, end))
        feasible = [row for row in found if row is not None]
        return sorted(feasible, key=lambda row: (row.extra_fen, row.order.vehicle.id))

    def best(self, load: int) -> Insertion | None:
        return next(iter(self.options(load)), None)

    def _tasks(self, truck: int) -> tuple[Task, ...]:
        size = int(self.plan.size[truck])
        return tuple(self.dense.tasks[task] for task in self.plan.tour[truck, :size].tolist())

    def _priced(self, truck: int, load: int, start: int, drop: int, end: int) -> Insertion | None:
        order = self.with_load(truck, load, start, drop, end)
        route = timetable(self.day, order.vehicle, order.tasks)
        if not isinstance(route, Route):
            return None
        return Insertion(order, route, route.cost_fen - self.cost_fen(truck))

    def with_load(self, truck: int, load: int, start: int, drop: int, end: int) -> Order:
        """Write the load into the truck's tasks: taken up before `start`, put down before `end`."""
        tasks, put = self._tasks(truck), self.dense.tasks[drop]
        changed = (*tasks[:start], Task(load), *tasks[start:end], put, *tasks[end:])
        return Order(self.dense.vehicles[truck], changed)

    def cost_fen(self, truck: int) -> int:
        """Price the truck's day without the load."""
        if (paid_fen := self.paid_fen.get(self.dense.vehicles[truck].id)) is not None:
            return paid_fen
        tasks = self._tasks(truck)
        before = timetable(self.day, self.dense.vehicles[truck], tasks) if tasks else None
        return before.cost_fen if isinstance(before, Route) else 0
