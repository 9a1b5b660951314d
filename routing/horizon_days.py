"""The days of a horizon as they stand: each with its loads, its trucks and their orders."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from routing.assemble import Run, assembled
from routing.day import Day
from routing.horizon import HorizonProblem
from routing.horizon_loads import Assignment, Offers
from routing.insertion import Inserter
from routing.orders import Order
from routing.plan import Plan, Route, StopKind
from routing.schedule import Task, timetable

Token = tuple[str, int, int, bool]
"""A step of a truck's day that outlives recounting: collection, mass, number among alike, down."""


@dataclass(frozen=True, slots=True)
class Sketch:
    """A truck's order of work in tokens."""

    vehicle: str
    steps: tuple[Token, ...]

    def without(self, collection: str, mass_kg: int, number: int) -> Sketch:
        """Drop one load, and number those behind it anew."""
        steps = []
        for name, kg, place, down in self.steps:
            alike = (name, kg) == (collection, mass_kg)
            if not (alike and place == number):
                steps.append((name, kg, place - (alike and place > number), down))
        return Sketch(self.vehicle, tuple(steps))


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


def orders_of(day: Day, plan: Plan) -> list[Order]:
    """Read the orders of work back from a plan's stops."""
    vehicles = {row.id: row for row in day.problem.vehicles}
    found = []
    for route in plan.routes:
        tasks = [
            Task(
                day.load_index[name],
                None if stop.kind is StopKind.LOAD else day.allowed[day.load_index[name]][0],
            )
            for stop in route.stops
            for name in stop.loads
        ]
        found.append(Order(vehicles[route.vehicle], tuple(tasks)))
    return found


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


@dataclass(frozen=True, slots=True)
class Removal:
    """The dearest of the alike loads to drive, and the day's orders once it is gone."""

    saving_fen: int
    sketches: tuple[Sketch, ...]


def dearest(state: PlannedDay, collection: str, mass_kg: int) -> Removal | None:
    """Find the load of the collection and mass whose going saves most."""
    sketches = state.sketches()
    best: Removal | None = None
    for at, (sketch, route) in enumerate(zip(sketches, state.routes, strict=True)):
        for name, kg, place, down in sketch.steps:
            if down or (name, kg) != (collection, mass_kg):
                continue
            rest = sketch.without(name, kg, place)
            others = [row.without(name, kg, place) for row in sketches]
            left_fen = _cost_without(state, at, name, kg, place)
            if left_fen is None:
                continue
            saving_fen = route.cost_fen - left_fen
            if best is None or saving_fen > best.saving_fen:
                others[at] = rest
                best = Removal(saving_fen, tuple(others))
    return best


def _cost_without(
    state: PlannedDay, at: int, collection: str, mass_kg: int, place: int
) -> int | None:
    names = _tokens(state.day)
    order = state.orders[at]
    tasks = tuple(t for t in order.tasks if names[t.load] != (collection, mass_kg, place))
    if not tasks:
        return 0
    route = timetable(state.day, order.vehicle, tasks)
    return route.cost_fen if isinstance(route, Route) else None


@dataclass(frozen=True, slots=True)
class Addition:
    """What one more load costs on a day, and the day with it."""

    extra_fen: int
    state: PlannedDay


def added(day: Day, sketches: Sequence[Sketch], collection: str, mass_kg: int) -> Addition | None:
    """Put the last of the alike loads, which no order holds yet, where it costs least."""
    before = arranged(day, sketches)
    if before is None or not day.problem.vehicles:
        return None
    found = Inserter(day, before.orders).best(last_alike(day, collection, mass_kg))
    if found is None:
        return None
    pairs = zip(before.orders, before.routes, strict=True)
    kept = [(o, r) for o, r in pairs if o.vehicle.id != found.order.vehicle.id]
    kept.append((found.order, found.route))
    state = PlannedDay(day, tuple(o for o, _ in kept), tuple(r for _, r in kept))
    return Addition(found.extra_fen, state)


def duty_roster(
    problem: HorizonProblem, needed: Mapping[tuple[str, int], int]
) -> list[frozenset[str]]:
    """Choose each day's trucks: who may not work every day rests where a depot needs fewest.

    `needed` counts trucks by (depot, day).
    """
    rosters = {row.vehicle: row for row in problem.rosters}
    free: dict[str, set[int]] = {}
    here: Counter[tuple[str, int]] = Counter()
    for vehicle in problem.day.vehicles:
        roster = rosters.get(vehicle.id)
        off = frozenset() if roster is None else roster.off_days
        free[vehicle.id] = set(range(problem.days)) - off
        here.update((vehicle.depot, day) for day in free[vehicle.id])
    for vehicle in problem.day.vehicles:
        roster = rosters.get(vehicle.id)
        days = free[vehicle.id]
        while roster is not None and roster.most_days is not None and len(days) > roster.most_days:
            spare = {d: here[vehicle.depot, d] - needed.get((vehicle.depot, d), 0) for d in days}
            rest = max(sorted(days), key=spare.__getitem__)
            days.remove(rest)
            here[vehicle.depot, rest] -= 1
    on_duty: dict[int, set[str]] = defaultdict(set)
    for name, days in free.items():
        for day in days:
            on_duty[day].add(name)
    return [frozenset(on_duty[day]) for day in range(problem.days)]
