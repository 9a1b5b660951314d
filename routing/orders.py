"""A truck and the order of its work: what the planner's parts hand to each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from routing.day import Day
from routing.locks import BoundDay
from routing.problem import Vehicle
from routing.schedule import Task


@dataclass(frozen=True, slots=True)
class Order:
    vehicle: Vehicle
    tasks: tuple[Task, ...]


class _Named(Protocol):
    @property
    def id(self) -> str: ...


_N = TypeVar("_N", bound=_Named)


def _by_name(rows: Iterable[_N]) -> tuple[_N, ...]:
    return tuple(sorted(rows, key=lambda row: row.id))


def by_name(day: Day) -> Day:
    """Put all there is in order of its names, so that the order of the input decides nothing.

    Loads that are bound to a truck stay bound to it.
    """
    problem = day.problem
    collections = (
        replace(row, receivers=tuple(sorted(row.receivers))) for row in problem.collections
    )
    loads = tuple(sorted(day.loads, key=lambda row: (row.collection, row.number)))
    ordered = replace(
        problem,
        depots=_by_name(problem.depots),
        materials=_by_name(problem.materials),
        receivers=_by_name(problem.receivers),
        collections=_by_name(collections),
        vehicle_types=_by_name(problem.vehicle_types),
        vehicles=_by_name(problem.vehicles),
    )
    if not isinstance(day, BoundDay):
        return Day(ordered, loads)
    truck_of = {day.loads[load].id: truck for load, truck in day.bound.items()}
    bound = {i: truck_of[row.id] for i, row in enumerate(loads) if row.id in truck_of}
    return replace(day, problem=ordered, loads=loads, bound=bound)


def carried_over(orders: Sequence[Order], old: Day, new: Day) -> list[Order]:
    """Say the orders in the positions that loads and receivers have in another copy of the day."""

    def moved(task: Task) -> Task:
        load = new.load_index[old.loads[task.load].id]
        if task.receiver is None:
            return Task(load)
        return Task(load, new.receiver_index[old.receiver(task.receiver).id])

    return [Order(row.vehicle, tuple(map(moved, row.tasks))) for row in orders]
