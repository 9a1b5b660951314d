"""Where one more load fits into given orders of work, and what it costs: exact, one at a time.

Slow and plain on purpose: it serves repairs, explanations and a dispatcher's single late job. The
bulk search has its own compiled insertion.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from routing.day import Day
from routing.plan import Route
from routing.problem import Vehicle
from routing.schedule import Breach, Task, timetable


@dataclass(frozen=True, slots=True)
class Order:
    """One truck's tasks in order."""

    vehicle: Vehicle
    tasks: tuple[Task, ...]


@dataclass(frozen=True, slots=True)
class Insertion:
    """A feasible place for a load: the new order, its timetable and the extra cost."""

    order: Order
    route: Route
    extra_fen: int


def idle_orders(day: Day, orders: Sequence[Order]) -> list[Order]:
    """One empty order for each distinct kind of truck that has nothing to do yet."""
    busy = {order.vehicle.id for order in orders}
    idle: dict[tuple[object, ...], Order] = {}
    for vehicle in day.problem.vehicles:
        if vehicle.id not in busy:
            idle.setdefault((vehicle.type, vehicle.depot, vehicle.shift), Order(vehicle, ()))
    return list(idle.values())


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


def candidates(order: Order, load: int, receivers: Sequence[int]) -> Iterator[Order]:
    """Put the load in at every place: direct trips and trips with others on board."""
    tasks, size = order.tasks, len(order.tasks)
    for receiver in receivers:
        pick, put = Task(load), Task(load, receiver)
        for start in range(size + 1):
            for end in range(start, size + 1):
                changed = (*tasks[:start], pick, *tasks[start:end], put, *tasks[end:])
                yield Order(order.vehicle, changed)


def best_insertion(day: Day, orders: Sequence[Order], load: int) -> Insertion | None:
    """Find the cheapest feasible place for the load among all orders and idle trucks."""
    left = intake_left_kg(day, orders)
    mass_kg = day.loads[load].mass_kg
    receivers = [row for row in day.allowed[load] if left.get(row, mass_kg) >= mass_kg]
    best: Insertion | None = None
    for order in (*orders, *idle_orders(day, orders)):
        if not day.fits(order.vehicle, load):
            continue
        before = timetable(day, order.vehicle, order.tasks) if order.tasks else None
        before_fen = before.cost_fen if isinstance(before, Route) else 0
        for changed in candidates(order, load, receivers):
            route = timetable(day, changed.vehicle, changed.tasks)
            if isinstance(route, Breach):
                continue
            extra_fen = route.cost_fen - before_fen
            if best is None or extra_fen < best.extra_fen:
                best = Insertion(changed, route, extra_fen)
    return best


def placed(orders: Sequence[Order], insertion: Insertion) -> list[Order]:
    """Return the orders with the insertion's truck given its new order of work."""
    others = [row for row in orders if row.vehicle.id != insertion.order.vehicle.id]
    return [*others, insertion.order]
