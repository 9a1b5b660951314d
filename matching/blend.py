"""Blend limits as rows that are linear in tonnes: the sum of x * dry * (assay - limit) <= 0."""

from dataclasses import dataclass

import numpy as np

from matching.allocate import Model
from matching.candidates import Pairs, Rows
from matching.compatibility import usual_ranges
from matching.geography import Floats, Ints
from matching.limits import unfavourable
from matching.linear import Entries
from matching.problem import Limit, Operator, Parameters, Problem, Slot, Supply


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
    """`entries` hold excess per tonne (row, arc); `content` the property itself, and `dry`."""

    rows: tuple[BlendRow, ...]
    entries: Entries
    content: Floats
    dry: Floats


def has_blend(problem: Problem) -> bool:
    return any(slot.blend for slot in problem.slots)


def blend_of(
    problem: Problem, parameters: Parameters, rows: Rows, pairs: Pairs, model: Model
) -> Blend:
    """Write a row for each slot, period and side of a limit; columns are the model's arcs."""
    slot_of_arc = pairs.slot[model.kept]
    found: list[BlendRow] = []
    parts: list[tuple[Ints, Ints, Floats, Floats, Floats]] = []
    for index, slot in enumerate(rows.slots):
        columns = np.nonzero(slot_of_arc == index)[0] if slot.blend else np.zeros(0, np.int64)
        if not len(columns):
            continue
        givers = [rows.supplies[i] for i in pairs.supply[model.kept[columns]].tolist()]
        for limit, value, at_most in _sides(slot):
            content, dry = _contents(problem, parameters, givers, limit, at_most=at_most)
            excess = dry * (content - value) * (1 if at_most else -1)
            for period in range(model.periods):
                row = np.full(len(columns), len(found))
                arcs = columns + period * len(model.kept)
                parts.append((row, arcs, excess, content, dry))
                found.append(BlendRow(index, period, limit, value, at_most))
    if not parts:
        none = np.zeros(0)
        return Blend((), Entries(np.zeros(0, np.int64), np.zeros(0, np.int64), none), none, none)
    row, arc, excess, content, dry = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Blend(tuple(found), Entries(row, arc, excess), content, dry)


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


def _contents(
    problem: Problem,
    parameters: Parameters,
    givers: list[Supply],
    limit: Limit,
    *,
    at_most: bool,
) -> tuple[Floats, Floats]:
    """Return the unfavourable content and the dry part of each giver's tonnes."""
    bounds = [
        unfavourable(giver, usual_ranges(problem, giver), limit, parameters.on) for giver in givers
    ]
    content = [0.0 if b is None else b.high if at_most else b.low for b in bounds]
    dry = [1.0 - (giver.moisture_share or 0.0) for giver in givers]
    return np.array(content, np.float64), np.array(dry, np.float64)
