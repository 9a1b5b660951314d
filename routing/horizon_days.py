"""The days of a horizon as they stand: each with its loads, its trucks and their orders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from routing.assemble import Run, assembled
from routing.day import Day
from routing.horizon_loads import Assignment, Offers
from routing.orders import Order
from routing.plan import Plan, Route
from routing.schedule import Task, timetable

Token = tuple[str, int, int, bool]
"""A step of a truck's day that outlives recounting: collection, mass, number among alike, down."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """A truck's order of work in tokens."""

    vehicle: str
    steps: tuple[Token, ...]


@dataclass(frozen=True)
class PlannedDay:
    """One day's loads with the trucks' orders, which hold every one of them."""

    day: Day
    orders: tuple[Order, ...]
    routes: tuple[Route, ...]

    @property
    def cost_fen(self) -> int:
        return sum(route.cost_fen for route in self.routes)

    def plan(self, run: Run) -> Plan:
        return assembled(self.day, self.routes, (), run)

    def sketches(self) -> list[Sketch]:
        names = _tokens(self.day)
        return [
            Sketch(
                order.vehicle.id,
                tuple((*names[t.load], t.receiver is not None) for t in order.tasks),
            )
            for order in self.orders
        ]


def _tokens(day: Day) -> list[tuple[str, int, int]]:
    seen: Counter[tuple[str, int]] = Counter()
    names = []
    for load in day.loads:
        key = (load.collection, load.mass_kg)
        names.append((*key, seen[key]))
        seen[key] += 1
    return names


def day_of(offers: Offers, assigned: Assignment, number: int, vehicles: frozenset[str]) -> Day:
    return Day.of(offers.day(assigned, number, vehicles))


def is_cut_as_assigned(offers: Offers, assigned: Assignment, number: int, day: Day) -> bool:
    """Tell whether the day's own trucks cut the loads as the whole fleet does.

    A day on which the trucks that set the size of a load stay in would cut them otherwise.
    """
    masses = Counter((load.collection, load.mass_kg) for load in day.loads)
    return masses == offers.cut_masses(assigned, number)


def cut_otherwise(offers: Offers, duty: Sequence[frozenset[str]]) -> frozenset[tuple[int, int]]:
    """Return the options and days whose trucks would cut the loads as the whole fleet does not."""
    found = set[tuple[int, int]]()
    for number, trucks in enumerate(duty):
        # One load may be a truck's by chance; two, if there can be, show into what a mass is cut.
        wanted = {
            (at, number): min(2, offers.most_a_day(option))
            for at, option in enumerate(offers.options)
        }
        day = day_of(offers, wanted, number, trucks)
        cut = Counter((load.collection, load.mass_kg) for load in day.loads)
        asked = offers.cut_masses(wanted, number)
        wrong = {name for name, _ in (cut - asked) + (asked - cut)}
        found |= {key for key in wanted if offers.collection_id(offers.options[key[0]]) in wrong}
    return frozenset(found)


def arranged(day: Day, sketches: Iterable[Sketch]) -> PlannedDay | None:
    """Put sketches onto a day; None when one names a load it has not, or breaks a limit."""
    load_of = {name: i for i, name in enumerate(_tokens(day))}
    vehicles = {row.id: row for row in day.problem.vehicles}
    orders, routes = [], []
    for sketch in sketches:
        if not sketch.steps:
            continue
        tasks = []
        for name, mass_kg, place, down in sketch.steps:
            load = load_of.get((name, mass_kg, place))
            if load is None or sketch.vehicle not in vehicles:
                return None
            tasks.append(Task(load, day.allowed[load][0] if down else None))
        order = Order(vehicles[sketch.vehicle], tuple(tasks))
        route = timetable(day, order.vehicle, order.tasks)
        if not isinstance(route, Route):
            return None
        orders.append(order)
        routes.append(route)
    return PlannedDay(day, tuple(orders), tuple(routes))


def common_orders(state: PlannedDay, day: Day) -> list[Order]:
    """Return the orders of a day for another that has some of its loads, without the others."""
    load_of = {name: i for i, name in enumerate(_tokens(day))}
    here, found = _tokens(state.day), list[Order]()
    for order in state.orders:
        tasks = tuple(
            Task(load_of[here[task.load]], task.receiver)
            for task in order.tasks
            if here[task.load] in load_of
        )
        if tasks and isinstance(timetable(day, order.vehicle, tasks), Route):
            found.append(Order(order.vehicle, tasks))
    return found


def last_alike(day: Day, collection: str, mass_kg: int) -> int:
    """Return the last of the alike loads, which a day built for one more has not placed yet."""
    names = _tokens(day)
    return max(i for i, name in enumerate(names) if name[:2] == (collection, mass_kg))
