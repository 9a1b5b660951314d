"""A day's problem, or a type of truck, with one thing about it changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from routing.problem import (
    Body,
    Collection,
    DayProblem,
    DriverHours,
    Receiver,
    Vehicle,
    VehicleType,
)


def with_longer_hours(problem: DayProblem, by_s: int) -> DayProblem:
    """Let every driver be at the wheel for so much longer in the day."""

    def longer(hours: DriverHours) -> DriverHours:
        limit_s = hours.daily_drive_s
        return replace(hours, daily_drive_s=None if limit_s is None else limit_s + by_s)

    kinds = (
        row if row.hours is None else replace(row, hours=longer(row.hours))
        for row in problem.vehicle_types
    )
    return replace(problem, hours=longer(problem.hours), vehicle_types=tuple(kinds))


def with_collection(problem: DayProblem, changed: Collection) -> DayProblem:
    rows = (changed if row.id == changed.id else row for row in problem.collections)
    return replace(problem, collections=tuple(rows))


def with_receiver(
    problem: DayProblem, name: str, change: Callable[[Receiver], Receiver]
) -> DayProblem:
    rows = (change(row) if row.id == name else row for row in problem.receivers)
    return replace(problem, receivers=tuple(rows))


def with_vehicle(
    problem: DayProblem, vehicle: Vehicle, change: Callable[[Vehicle], Vehicle]
) -> DayProblem:
    rows = (change(row) if row.id == vehicle.id else row for row in problem.vehicles)
    return replace(problem, vehicles=tuple(rows))


def with_type(
    problem: DayProblem, name: str, change: Callable[[VehicleType], VehicleType]
) -> DayProblem:
    rows = (change(row) if row.id == name else row for row in problem.vehicle_types)
    return replace(problem, vehicle_types=tuple(rows))


def with_body(body: Body) -> Callable[[VehicleType], VehicleType]:
    return lambda kind: replace(kind, body=body)


def with_licence(licence: str) -> Callable[[VehicleType], VehicleType]:
    return lambda kind: replace(kind, licences=kind.licences | {licence})


def with_material(name: str) -> Callable[[VehicleType], VehicleType]:
    def changed(kind: VehicleType) -> VehicleType:
        return kind if kind.materials is None else replace(kind, materials=kind.materials | {name})

    return changed
