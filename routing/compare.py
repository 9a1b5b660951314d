"""What differs between two plans of one day: by load, by truck, and in sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from routing.emissions import route_co2_g
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
    """Of a truck's day or of a whole plan; all zero for a truck that stays at home."""

    loads: int = 0
    served_kg: int = 0
    distance_m: int = 0
    empty_m: int = 0
    drive_s: int = 0
    duty_s: int = 0
    cost_fen: int = 0
    co2_g: int = 0
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
            self.co2_g - other.co2_g,
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
    """All differences, and both sums; `difference` is after less before."""

    loads: tuple[LoadChange, ...]
    trucks: tuple[TruckChange, ...]
    before: Sums
    after: Sums

    @property
    def difference(self) -> Sums:
        return self.after.less(self.before)

    @property
    def same(self) -> bool:
        return not self.loads and not self.trucks


def compare(problem: DayProblem, before: Plan, after: Plan) -> Comparison:
    """Compare two plans of the day; the problem is that of `after`, which may have more in it.

    A load that only one of the plans knows was added or dropped with its collection.
    """
    loads = tuple(_load_changes(before, after))
    trucks = tuple(_truck_changes(problem, before, after))
    return Comparison(loads, trucks, _plan_sums(problem, before), _plan_sums(problem, after))


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


def _truck_changes(problem: DayProblem, before: Plan, after: Plan) -> Iterator[TruckChange]:
    old = {route.vehicle: route for route in before.routes}
    new = {route.vehicle: route for route in after.routes}
    for vehicle in problem.vehicles:
        was, now = old.get(vehicle.id), new.get(vehicle.id)
        if was != now:
            yield TruckChange(
                vehicle.id,
                _route_sums(problem, before, was),
                _route_sums(problem, after, now),
                was.end_s if was else None,
                now.end_s if now else None,
            )


def _route_sums(problem: DayProblem, plan: Plan, route: Route | None) -> Sums:
    if route is None:
        return Sums()
    kinds = {row.id: row for row in problem.vehicle_types}
    trucks = {row.id: kinds[row.type] for row in problem.vehicles}
    mass_kg = {row.id: row.mass_kg for row in plan.loads}
    return Sums(
        len(route.load_ids),
        sum(mass_kg[name] for name in route.load_ids),
        route.distance_m,
        route.empty_m,
        route.drive_s,
        route.duty_s,
        route.cost_fen,
        route_co2_g(trucks[route.vehicle], route) or 0,
    )


def _plan_sums(problem: DayProblem, plan: Plan) -> Sums:
    rows = [_route_sums(problem, plan, route) for route in plan.routes]
    return Sums(
        sum(row.loads for row in rows),
        sum(row.served_kg for row in rows),
        plan.distance_m,
        plan.empty_m,
        sum(row.drive_s for row in rows),
        sum(row.duty_s for row in rows),
        plan.cost_fen,
        sum(row.co2_g for row in rows),
        len(plan.unserved),
    )
