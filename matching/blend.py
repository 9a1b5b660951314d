"""Blend limits as rows that are linear in tonnes: the sum of x * dry * (assay - limit) <= room.

The room is what contracts in force leave, 0 without them; below 0 the plan has to mend the mix.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.allocate import Model
from matching.candidates import Pairs, Rows, fixed_lots
from matching.geography import Floats, Ints
from matching.limits import unfavourable
from matching.linear import Entries
from matching.problem import Limit, Operator, Parameters, Problem, Slot

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class BlendRow:
    """One side of one limit of one slot in one period."""

    slot: int
    period: int
    limit: Limit
    value: float
    at_most: bool


@dataclass(frozen=True, slots=True)
class Blend:
    """`entries` hold excess per tonne (row, arc); `content` the property itself, and `dry`.

    `fixed_dry` and `fixed_held` are, per row, what contracts bring in dry tonnes and of the
    property; lots of unknown content are left out.
    """

    rows: tuple[BlendRow, ...]
    entries: Entries
    content: Floats
    dry: Floats
    fixed_dry: Floats
    fixed_held: Floats

    @property
    def room(self) -> Floats:
        """What each row may add up to."""
        value = np.array([row.value for row in self.rows], np.float64)
        sign = np.array([1.0 if row.at_most else -1.0 for row in self.rows], np.float64)
        room: Floats = sign * (value * self.fixed_dry - self.fixed_held)
        return np.where(np.abs(room) <= _ROUNDING * np.abs(self.fixed_held), 0.0, room)


def blend_of(
    problem: Problem, parameters: Parameters, rows: Rows, pairs: Pairs, model: Model
) -> Blend:
    """Write a row for each slot, period and side of a limit; columns are the model's arcs."""
    known = Contents(problem, parameters, rows)
    fixed = fixed_lots(problem, rows)
    with_fixed = {slot for slot, _ in fixed}
    givers = pairs.supply[model.kept]
    found: list[BlendRow] = []
    parts: list[tuple[Ints, Ints, Floats, Floats, Floats]] = []
    bound: list[tuple[float, float]] = []
    for index, columns in _arcs_by_slot(pairs.slot[model.kept], rows, with_fixed):
        dry = known.dry[givers[columns]]
        for limit, value, at_most in _sides(rows.slots[index]):
            contents = known.of(limit, at_most=at_most)
            content = contents[givers[columns]]
            excess = dry * (content - value) * (1 if at_most else -1)
            for period in range(model.periods):
                row = np.full(len(columns), len(found))
                parts.append((row, columns + period * len(model.kept), excess, content, dry))
                found.append(BlendRow(index, period, limit, value, at_most))
                bound.append(_fixed_of(fixed.get((index, period), {}), known.dry, contents))
    if not parts:
        none = np.zeros(0)
        entries = Entries(np.zeros(0, np.int64), np.zeros(0, np.int64), none)
        return Blend((), entries, none, none, none, none)
    row, arc, excess, content, dry = (np.concatenate(column) for column in zip(*parts, strict=True))
    fixed_dry, fixed_held = np.array(bound, np.float64).T
    return Blend(tuple(found), Entries(row, arc, excess), content, dry, fixed_dry, fixed_held)


def _arcs_by_slot(slot_of_arc: Ints, rows: Rows, bound: set[int]) -> Iterator[tuple[int, Ints]]:
    """Yield each blending slot that has arcs or contracts, with its arcs."""
    order = np.argsort(slot_of_arc, kind="stable")
    slots, first = np.unique(slot_of_arc[order], return_index=True)
    columns = dict(zip(slots.tolist(), np.split(order, first[1:]), strict=False))
    for index in sorted(columns.keys() | bound):
        if rows.slots[index].blend:
            yield index, columns.get(index, np.zeros(0, np.int64))


def _fixed_of(lots: dict[int, float], dry: Floats, content: Floats) -> tuple[float, float]:
    """Return dry tonnes under contract and what they hold; unknown contents are left out."""
    known = [
        (tonnes * float(dry[index]), float(content[index]))
        for index, tonnes in lots.items()
        if np.isfinite(content[index])
    ]
    return math.fsum(mass for mass, _ in known), math.fsum(mass * part for mass, part in known)


def _sides(slot: Slot) -> list[tuple[Limit, float, bool]]:
    """Split limits into one-sided ones; strict limits are met with equality in the end."""
    sides: list[tuple[Limit, float, bool]] = []
    for limit in slot.blend:
        if limit.operator in {Operator.AT_MOST, Operator.BELOW}:
            sides.append((limit, limit.value, True))
        else:
            sides.append((limit, limit.value, False))
        if limit.value_high is not None:
            sides.append((limit, limit.value_high, True))
    return sides


class Contents:
    """What every supply holds of a property, on its unfavourable side; looked up once each."""

    def __init__(self, problem: Problem, parameters: Parameters, rows: Rows) -> None:
        self.parameters = parameters
        self.supplies = rows.supplies
        self.ranges = {material.id: material.ranges for material in problem.materials}
        self.dry = np.array([1.0 - (row.moisture_share or 0.0) for row in rows.supplies])
        self.known: dict[tuple[str, str], tuple[Floats, Floats]] = {}

    def of(self, limit: Limit, *, at_most: bool) -> Floats:
        """Unknown ones are not a number: they are refused and have no arcs."""
        key = limit.name, limit.unit
        if key not in self.known:
            bounds = [
                unfavourable(row, self.ranges.get(row.material_id, ()), limit, self.parameters.on)
                for row in self.supplies
            ]
            self.known[key] = (
                np.array([np.nan if bound is None else bound.low for bound in bounds]),
                np.array([np.nan if bound is None else bound.high for bound in bounds]),
            )
        return self.known[key][int(at_most)]
