"""Splits a problem into problems that have nothing to do with each other."""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import replace

import numpy as np

from matching.candidates import Rows, find_pairs
from matching.geography import Ints
from matching.network import component_labels
from matching.problem import Parameters, Problem, Slot


def independent(problem: Problem, parameters: Parameters) -> tuple[Problem, ...]:
    """Return the parts whose best plans together are a best plan; rows that meet nobody stand last.

    Rows belong together that may meet, that a contract binds, whose plant's licences count
    together, whose line has one dosage, or whose deliveries become one clinker.
    """
    rows = Rows.of(problem)
    pairs = find_pairs(problem, parameters, rows)
    first_slot = len(rows.supplies)
    ends = [
        np.stack((pairs.supply[pairs.passes], first_slot + pairs.slot[pairs.passes])),
        _contracts(problem, rows),
        first_slot + _together(rows.slots, {row.line_id for row in problem.dosages}),
    ]
    tail, head = np.concatenate(ends, axis=1)
    label = component_labels(first_slot + len(rows.slots), tail, head)
    joined = np.zeros(len(label), np.bool_)
    joined[tail] = joined[head] = True
    members: dict[int, list[int]] = defaultdict(list)
    for row, part in enumerate(np.where(joined, label, -1).tolist()):
        members[part].append(row)
    lonely = members.pop(-1, None)
    groups = [*members.values(), *([lonely] if lonely else [])]
    return tuple(_part(problem, rows, group) for group in groups)


def _contracts(problem: Problem, rows: Rows) -> Ints:
    supply = {row.id: index for index, row in enumerate(rows.supplies)}
    slot = {row.id: index for index, row in enumerate(rows.slots, len(rows.supplies))}
    bound = [
        (supply[row.supply_id], slot[row.slot_id])
        for row in (*problem.commitments, *problem.fixed)
        if row.supply_id in supply and row.slot_id in slot
    ]
    return np.array(bound, np.int64).reshape(-1, 2).T


def _together(slots: tuple[Slot, ...], dosed: set[str]) -> Ints:
    first: dict[Hashable, int] = {}
    links = [
        (first.setdefault(key, index), index)
        for index, slot in enumerate(slots)
        for key in _belongs(slot, dosed)
    ]
    return np.array(links, np.int64).reshape(-1, 2).T


def _belongs(slot: Slot, dosed: set[str]) -> Iterator[Hashable]:
    if slot.line_id in dosed:
        yield "dosage", slot.line_id
    if any(licence.tonnes is not None for licence in slot.licences):
        yield "plant", slot.sink_id
    if slot.raw_mix is not None:
        yield "line", slot.raw_mix.id


def _part(problem: Problem, rows: Rows, group: list[int]) -> Problem:
    supplies = tuple(rows.supplies[row] for row in group if row < len(rows.supplies))
    slots = tuple(
        rows.slots[row - len(rows.supplies)] for row in group if row >= len(rows.supplies)
    )
    givers, takers = {row.id for row in supplies}, {row.id for row in slots}
    lines = {row.line_id for row in slots}
    return replace(
        problem,
        supplies=supplies,
        slots=slots,
        commitments=tuple(
            row for row in problem.commitments if row.supply_id in givers or row.slot_id in takers
        ),
        fixed=tuple(row for row in problem.fixed if row.supply_id in givers),
        dosages=tuple(row for row in problem.dosages if row.line_id in lines),
    )
