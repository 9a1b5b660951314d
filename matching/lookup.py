"""Rows of a problem by id, and the way between two of them."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from matching.geography import great_circle_km
from matching.problem import Parameters, Problem, ProblemError, Slot, Supply

Row = TypeVar("Row", Supply, Slot)


def find_supply(problem: Problem, supply_id: str) -> Supply:
    return _find(problem.supplies, supply_id, "supply")


def find_slot(problem: Problem, slot_id: str) -> Slot:
    return _find(problem.slots, slot_id, "slot")


def slots_of_plant(problem: Problem, sink_id: str) -> tuple[Slot, ...]:
    found = tuple(slot for slot in problem.slots if slot.sink_id == sink_id)
    if not found:
        raise ProblemError(f"plant {sink_id!r} is not in the problem", owner=sink_id)
    return found


def road_km(parameters: Parameters, supply: Supply, slot: Slot) -> float:
    here, there = supply.position, slot.position
    ends = (np.array([value]) for value in (here.lat, here.lon, there.lat, there.lon))
    return float(great_circle_km(*ends)[0]) * parameters.road_factor


def _find(rows: Sequence[Row], row_id: str, what: str) -> Row:
    for row in rows:
        if row.id == row_id:
            return row
    raise ProblemError(f"{what} {row_id!r} is not in the problem", owner=row_id, field_name="id")
