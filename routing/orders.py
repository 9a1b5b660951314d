"""A truck and the order of its work: what the planner's parts hand to each other."""

from __future__ import annotations

from dataclasses import dataclass

from routing.problem import Vehicle
from routing.schedule import Task


@dataclass(frozen=True, slots=True)
class Order:
    vehicle: Vehicle
    tasks: tuple[Task, ...]
