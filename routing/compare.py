"""What differs between two plans of one day: by load, by truck, and in sum."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from routing.emissions import Emitted, routes_co2_g
from routing.plan import Plan, Route, StopKind
from routing.problem import DayProblem


class Change(StrEnum):
    """What happened to a load, the weightiest change first."""

    ADDED = "added"
    DROPPED = "dropped"
    SERVED = "served"
    LEFT_OUT = "left_out"
    OTHER_TRUCK = "other_truck"
    OTHER_RECEIVER = "other_receiver"
    OTHER_TIME = "other_time"


@dataclass(frozen=True, slots=True)
class Ride:
    """A load's place in a plan: its truck, when it is taken up and put down, and where."""

    vehicle: str
    receiver: str
    loaded_s: int
    unloaded_s: int


@dataclass(frozen=True, slots=True)
class LoadChange:
    """One load that is not as it was. `before` or `after` is None where no truck carries it."""

    load: str
    change: Change
    before: Ride | None
    after: Ride | None


@dataclass(frozen=True, slots=True)
class Sums:
    """Of a truck's day or of a whole plan; all zero for a truck that stays at home.

    `co2_g` is None where a truck of it has no factor, and in a difference where either side is.
    """

    loads: int = 0
    served_kg: int = 0
    distance_m: int = 0
    empty_m: int = 0
    drive_s: int = 0
    duty_s: int = 0
    cost_fen: int = 0
    co2_g: int | None = 0
    unserved: int = 0

    def less(self, other: Sums) -> Sums:
        """Subtract, figure by figure."""
        return Sums(
            self.loads - other.loads,
            self.served_kg - other.served_kg,
            self.distance_m - other.distance_m,
            self.empty_m - other.empty_m,
            self.drive_s - other.drive_s,
            self.duty_s - other.duty_s,
            self.cost_fen - other.cost_fen,
            None if self.co2_g is None or other.co2_g is None else self.co2_g - other.co2_g,
            self.unserved - other.unserved,
        )


@dataclass(frozen=True, slots=True)
class TruckChange:
    """A truck whose day differs. Its ends are None on a day at home."""

    vehicle: str
    before: Sums
    after: Sums
    before_end_s: int | None
    after_end_s: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All differences, and both sums; `difference` is after less before.

    `co2` tells of both plans how much is known of how many trucks.
    """

    loads: tuple[LoadChange, ...]
    trucks: tuple[TruckChange, ...]
    before: Sums
    after: Sums
    co2: tuple[Emitted, Emitted]

    @property
    def difference(self) -> Sums:
        return self.after.less(self.before)

    @property
    def same(self) -> bool:
        return not self.loads and not self.trucks


@dataclass(frozen=True, slots=True)
class _Side:
    """A plan with the grams of each of its trucks, by its own day's factors."""

    plan: Plan
    co2_g: dict[str, int | None]

    @property
    def routes(self) -> dict[str, Route]:
        return {route.vehicle: route for route in self.plan.routes}

    @property
    def emitted(self) -> Emitted:
        return Emitted.of(self.co2_g.values())


def compare(
    problem: DayProblem, before: Plan, after: Plan, *, was: DayProblem | None = None
) -> Comparison:
    """Compare two plans of one day; the problem is that of `after`, which may have more in it.

    `was` is that of `before` where the fleet may be another by now. A load that only one of the
    plans knows was added or dropped with its collection.
    """
    old = _Side(before, routes_co2_g(was or problem, before))
    new = _Side(after, routes_co2_g(problem, after))
    fleet = dict.fromkeys(row.id for day in (problem, was or problem) for row in day.vehicles)
    return Comparison(
        tuple(_load_changes(before, after)),
        tuple(_truck_changes(fleet, old, new)),
        _plan_sums(old),
        _plan_sums(new),
        (old.emitted, new.emitted),
    )


def _load_changes(before: Plan, after: Plan) -> Iterator[LoadChange]:
    old, new = _rides(before), _rides(after)
    old_ids, new_ids = ({row.id for row in plan.loads} for plan in (before, after))
    for name in dict.fromkeys(row.id for plan in (before, after) for row in plan.loads):
        was, now = old.get(name), new.get(name)
        if name not in old_ids:
            yield LoadChange(name, Change.ADDED, None, now)
        elif name not in new_ids:
            yield LoadChange(name, Change.DROPPED, was, None)
        elif was != now:
            yield LoadChange(name, _change(was, now), was, now)


def _change(was: Ride | None, now: Ride | None) -> Change:
    if was is None:
        return Change.SERVED
    if now is None:
        return Change.LEFT_OUT
    if was.vehicle != now.vehicle:
        return Change.OTHER_TRUCK
    return Change.OTHER_RECEIVER if was.receiver != now.receiver else Change.OTHER_TIME


def _rides(plan: Plan) -> dict[str, Ride]:
    rides = {}
    for route in plan.routes:
        loaded = {
            name: stop.start_s
            for stop in route.stops
            if stop.kind is StopKind.LOAD
            for name in stop.loads
        }
        for stop in route.stops:
            for name in stop.loads if stop.receiver is not None else ():
                rides[name] = Ride(route.vehicle, stop.receiver or "", loaded[name], stop.start_s)
    return rides


def _truck_changes(fleet: Iterable[str], before: _Side, after: _Side) -> Iterator[TruckChange]:
    old, new = before.routes, after.routes
    for vehicle in fleet:
        was, now = old.get(vehicle), new.get(vehicle)
        if _day(was) != _day(now):
            yield TruckChange(
                vehicle,
                _route_sums(before, was),
                _route_sums(after, now),
                was.end_s if was else None,
                now.end_s if now else None,
            )


def _day(route: Route | None) -> Route | None:
    """Return the route with the loads of each stop by name: their order there changes no day."""
    if route is None:
        return None
    stops = tuple(replace(stop, loads=tuple(sorted(stop.loads))) for stop in route.stops)
    return replace(route, stops=stops)


def _route_sums(side: _Side, route: Route | None) -> Sums:
    if route is None:
        return Sums()
    mass_kg = {row.id: row.mass_kg for row in side.plan.loads}
    return Sums(
        len(route.load_ids),
        sum(mass_kg[name] for name in route.load_ids),
        route.distance_m,
        route.empty_m,
        route.drive_s,
        route.duty_s,
        route.cost_fen,
        side.co2_g[route.vehicle],
    )


def _plan_sums(side: _Side) -> Sums:
    plan = side.plan
    rows = [_route_sums(side, route) for route in plan.routes]
    return Sums(
        sum(row.loads for row in rows),
        sum(row.served_kg for row in rows),
        plan.distance_m,
        plan.empty_m,
        sum(row.drive_s for row in rows),
        sum(row.duty_s for row in rows),
        plan.cost_fen,
        side.emitted.total_g,
        len(plan.unserved),
    )
