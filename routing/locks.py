"""What a dispatcher has settled, and a day in which it binds the planner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from routing.check import Fault, FaultCode
from routing.day import Day
from routing.plan import Load, Plan, StopKind
from routing.problem import Collection, DayProblem, DriverHours, Vehicle, Window


@dataclass(frozen=True, slots=True)
class Lock:
    """Keep the truck's route as it is (`load` None), or keep one load on that truck.

    With `start_s` the load is also taken up at exactly that second of the day, with `unload_s` put
    down at exactly that one; `receiver` is then the one that promised it.
    """

    vehicle: str
    load: str | None = None
    start_s: int | None = None
    unload_s: int | None = None
    receiver: str | None = None

    @property
    def timed(self) -> bool:
        return self.start_s is not None or self.unload_s is not None

    def bound(self, row: Collection) -> Collection:
        """Return the collection as this lock narrows it."""
        if self.start_s is not None:
            row = replace(row, windows=(Window(self.start_s, self.start_s),))
        if self.unload_s is not None:
            row = replace(row, unload_windows=(Window(self.unload_s, self.unload_s),))
        return row if self.receiver is None else replace(row, receivers=(self.receiver,))


@dataclass(frozen=True)
class BoundDay(Day):
    """A day in which some loads, by their position, may ride on one truck only.

    `rested_s`: what its driver was at the wheel for before the day as it is told. `unwashed`: per
    truck that came home without a wash, what it cannot take until then, and for what it carried.
    """

    bound: Mapping[int, str] = field(default_factory=dict)
    rested_s: Mapping[str, int] = field(default_factory=dict)
    unwashed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def fits(self, vehicle: Vehicle, load: int) -> bool:
        bound = self.bound.get(load, vehicle.id) == vehicle.id
        barred = self.loads[load].material in self.unwashed.get(vehicle.id, ())
        return bound and not barred and super().fits(vehicle, load)

    def hours(self, vehicle: Vehicle) -> DriverHours:
        hours, rested_s = self.agreed_hours(vehicle), self.rested_s.get(vehicle.id)
        if hours.daily_drive_s is None or not rested_s:
            return hours
        return replace(hours, daily_drive_s=max(1, hours.daily_drive_s - rested_s))

    @cached_property
    def seconds(self) -> list[list[int]]:
        rows: list[list[int]] = self.problem.travel.duration_s.tolist()
        return rows

    @cached_property
    def metres(self) -> list[list[int]]:
        rows: list[list[int]] = self.problem.travel.distance_m.tolist()
        return rows

    def under(self, problem: DayProblem) -> BoundDay:
        """Return the same loads and bonds under other limits."""
        return replace(self, problem=problem)


def bound_day(problem: DayProblem, loads: tuple[Load, ...], locks: Iterable[Lock]) -> BoundDay:
    """Bind locked loads; one that is locked to a time gets a collection of its own for it.

    Trucks of bound loads get a depot row of their own, at the same site, so that no part of the
    planner takes them for interchangeable with their like.
    """
    number = {row.id: i for i, row in enumerate(loads)}
    rows = {row.id: row for row in problem.collections}
    cargo = list(loads)
    bound: dict[int, str] = {}
    own: list[Collection] = []
    for lock in locks:
        if lock.load is None:
            continue
        position = number[lock.load]
        bound[position] = lock.vehicle
        if lock.timed:
            own.append(lock.bound(replace(rows[loads[position].collection], id=lock.load)))
            cargo[position] = replace(loads[position], collection=lock.load)
    day_problem = replace(problem, collections=(*problem.collections, *own))
    return BoundDay(with_own_depots(day_problem, set(bound.values())), tuple(cargo), bound)


def with_own_depots(problem: DayProblem, trucks: set[str]) -> DayProblem:
    """Give each of the trucks a depot row of its own at the site of its depot."""
    depots = {row.id: row for row in problem.depots}
    own = [
        replace(depots[row.depot], id=f"{row.depot}@{row.id}")
        for row in problem.vehicles
        if row.id in trucks
    ]
    vehicles = tuple(
        replace(row, depot=f"{row.depot}@{row.id}") if row.id in trucks else row
        for row in problem.vehicles
    )
    return replace(problem, depots=(*problem.depots, *own), vehicles=vehicles)


def broken_locks(plan: Plan, locks: Iterable[Lock]) -> tuple[Fault, ...]:
    """Find the loads that are not on the truck, or not at the hour, they are locked to."""
    stops = {
        (name, stop.kind): (route.vehicle, stop)
        for route in plan.routes
        for stop in route.stops
        for name in stop.loads
    }
    faults = []
    for lock in locks:
        for kind, second in ((StopKind.LOAD, lock.start_s), (StopKind.UNLOAD, lock.unload_s)):
            if lock.load is None:
                continue
            vehicle, stop = stops.get((lock.load, kind), ("", None))
            if stop is None or vehicle != lock.vehicle:
                faults.append(Fault(FaultCode.LOCK, lock.load, f"is not on {lock.vehicle}"))
            elif second not in {None, stop.start_s}:
                detail = f"{kind} at {stop.start_s}, locked to {second}"
                faults.append(Fault(FaultCode.LOCK, lock.load, detail))
            elif kind is StopKind.UNLOAD and lock.receiver not in {None, stop.receiver}:
                faults.append(Fault(FaultCode.LOCK, lock.load, f"goes to {stop.receiver}"))
    return tuple(faults)
