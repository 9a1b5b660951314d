"""The pairs worth an arc: near enough, and judged; evaluated once per kind of pair."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np

from matching.compatibility import acceptance_of, judge, slot_kind, supply_kind
from matching.economics import Factors, column, join_factors
from matching.geography import Flags, Floats, Ints, neighbours
from matching.problem import Parameters, Problem, Slot, Supply


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs in radius whose slot names the supply's material; arrays of one entry per pair.

    `supply` and `slot` index the problem's rows in order of id; `passes` is the verdict.
    """

    supply: Ints
    slot: Ints
    distance_km: Floats
    passes: Flags
    factors: Factors


@dataclass(frozen=True, slots=True)
class Rows:
    """The problem in order of id, so that an answer never depends on the order of the input."""

    supplies: tuple[Supply, ...]
    slots: tuple[Slot, ...]

    @classmethod
    def of(cls, problem: Problem) -> "Rows":
        return cls(
            tuple(sorted(problem.supplies, key=lambda row: row.id)),
            tuple(sorted(problem.slots, key=lambda row: row.id)),
        )


def fixed_lots(problem: Problem, rows: Rows) -> dict[tuple[int, int], dict[int, float]]:
    """Add up what contracts bring: tonnes by (slot, period), and there by supply, as indices."""
    supply = {row.id: index for index, row in enumerate(rows.supplies)}
    slot = {row.id: index for index, row in enumerate(rows.slots)}
    period = {name: index for index, name in enumerate(problem.periods)}
    found: dict[tuple[int, int], dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for row in problem.fixed:
        found[slot[row.slot_id], period[row.period]][supply[row.supply_id]] += row.tonnes
    return found


def find_pairs(problem: Problem, parameters: Parameters, rows: Rows) -> Pairs:
    slots_by_material = defaultdict(list)
    for index, slot in enumerate(rows.slots):
        for acceptance in slot.accepts:
            slots_by_material[acceptance.material_id].append(index)
    supplies_by_material = defaultdict(list)
    for index, supply in enumerate(rows.supplies):
        supplies_by_material[supply.material_id].append(index)
    parts = [
        _pairs_of_material(problem, parameters, rows, material_id, supplies, slots)
        for material_id, supplies in supplies_by_material.items()
        if (slots := slots_by_material.get(material_id))
    ]
    return _join(parts)


def _pairs_of_material(
    problem: Problem,
    parameters: Parameters,
    rows: Rows,
    material_id: str,
    supply_indices: list[int],
    slot_indices: list[int],
) -> Pairs:
    supplies = [rows.supplies[index] for index in supply_indices]
    slots = [rows.slots[index] for index in slot_indices]
    radius = parameters.radius_of(material_id) / parameters.road_factor
    i, j, km = neighbours(_degrees(supplies), _degrees(slots), radius)
    return Pairs(
        np.array(supply_indices, np.int64)[i],
        np.array(slot_indices, np.int64)[j],
        km * parameters.road_factor,
        _judge_pairs(problem, parameters, supplies, slots, i, j),
        _factors(supplies, slots, material_id, i, j, km * parameters.road_factor),
    )


def _degrees(rows: Iterable[Supply | Slot]) -> Floats:
    return np.array([(row.position.lat, row.position.lon) for row in rows], np.float64)


def _judge_pairs(
    problem: Problem,
    parameters: Parameters,
    supplies: list[Supply],
    slots: list[Slot],
    i: Ints,
    j: Ints,
) -> Flags:
    """Judge each kind of supply against each kind of slot once; thousands of rows share few."""
    kinds_i, examples_i = _kinds([supply_kind(row) for row in supplies])
    kinds_j, examples_j = _kinds([slot_kind(row, supplies[0].material_id) for row in slots])
    key = kinds_i[i] * len(examples_j) + kinds_j[j]
    asked, inverse = _unique(key, len(examples_i) * len(examples_j))
    verdicts = [
        judge(
            problem,
            parameters,
            supplies[examples_i[k // len(examples_j)]],
            slots[examples_j[k % len(examples_j)]],
        ).passes
        for k in asked.tolist()
    ]
    return np.array(verdicts, np.bool_)[inverse]


def _unique(key: Ints, space: int) -> tuple[Ints, Ints]:
    """Like `np.unique` with its inverse; a table spares the sort where the keys are few."""
    if space > 4 * len(key) + 1024:
        return np.unique(key, return_inverse=True)
    present = np.zeros(space, np.bool_)
    present[key] = True
    asked = np.nonzero(present)[0]
    position = np.zeros(space, np.int64)
    position[asked] = np.arange(len(asked))
    return asked, position[key]


def _kinds(keys: list[Hashable]) -> tuple[Ints, list[int]]:
    """Give each distinct key a number; the second value is the first row of each kind."""
    number: dict[Hashable, int] = {}
    examples: list[int] = []
    kinds = np.empty(len(keys), np.int64)
    for row, key in enumerate(keys):
        kind = number.setdefault(key, len(number))
        if kind == len(examples):
            examples.append(row)
        kinds[row] = kind
    return kinds, examples


def _factors(
    supplies: list[Supply],
    slots: list[Slot],
    material_id: str,
    i: Ints,
    j: Ints,
    distance_km: Floats,
) -> Factors:
    uses = [acceptance_of(slot, material_id) for slot in slots]
    assert all(uses)
    return Factors(
        column([row.disposal_yuan_per_t for row in supplies])[i],
        column([use.replaced_yuan_per_t for use in uses if use])[j],
        column([use.treatment_yuan_per_t for use in uses if use])[j],
        column([use.avoided_co2_kg_per_t for use in uses if use])[j],
        distance_km,
    )


def _join(parts: list[Pairs]) -> Pairs:
    """Stack the materials and order by supply and slot."""
    if not parts:
        none = np.zeros(0)
        empty = Factors(none, none, none, none, none)
        ids = np.zeros(0, np.int64)
        return Pairs(ids, ids, none, np.zeros(0, np.bool_), empty)
    if len(parts) == 1:
        return parts[0]
    supply = np.concatenate([part.supply for part in parts])
    slot = np.concatenate([part.slot for part in parts])
    order = np.lexsort((slot, supply))
    return Pairs(
        supply[order],
        slot[order],
        np.concatenate([part.distance_km for part in parts])[order],
        np.concatenate([part.passes for part in parts])[order],
        join_factors([part.factors for part in parts]).take(order),
    )
