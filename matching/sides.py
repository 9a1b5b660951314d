"""Rows beside the network: blends, dosages, licensed tonnages over the horizon, raw mixes."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from matching.allocate import Model
from matching.blend import Blend
from matching.candidates import Pairs, Rows
from matching.dosage import Dosages
from matching.geography import Floats, Ints
from matching.kiln_rows import Kilns
from matching.linear import Entries
from matching.problem import Problem
from matching.quotas import Held, Quota, lapses


@dataclass(frozen=True, slots=True)
class Sides:
    """Rows from `low` to `room`: blends, dosages, quotas, raw mixes.

    Columns are arcs, then the kilns'.
    """

    entries: Entries
    low: Floats
    room: Floats
    kilns: Kilns

    @property
    def links(self) -> tuple[Ints, Ints]:
        """Pairs of arcs that a row joins, as two arrays."""
        order = np.argsort(self.entries.row, kind="stable")
        order = order[self.entries.column[order] < len(self.kilns.arc_cost)]
        row, arc = self.entries.row[order], self.entries.column[order]
        same = row[1:] == row[:-1]
        return arc[:-1][same], arc[1:][same]


def is_linear(problem: Problem) -> bool:
    """Tell problems that are more than a network."""
    return (
        bool(problem.dosages)
        or any(
            slot.blend
            or slot.has_choices
            or slot.raw_mix is not None
            or any(licence.tonnes is not None for licence in slot.licences)
            for slot in problem.slots
        )
        or lapses(problem)
        or any(supply.min_lot_t > 0 for supply in problem.supplies)
    )


def sides_of(
    blend: Blend,
    dosages: Dosages,
    quotas: tuple[Quota, ...],
    kilns: Kilns,
    rows: Rows,
    pairs: Pairs,
    model: Model,
    years: tuple[str, ...] = (),
) -> Sides:
    """Stack rows of blends and dosages, a row per quota over its year's periods, and the kilns'."""
    before = len(blend.rows) + len(dosages.rows)
    into = dosages.entries
    parts = [blend.entries, Entries(into.row + len(blend.rows), into.column, into.factor)]
    slots_of: dict[str, list[int]] = defaultdict(list)
    for index, slot in enumerate(rows.slots):
        slots_of[slot.sink_id].append(index)
    for number, quota in enumerate(quotas):
        here = np.isin(pairs.slot[model.kept], slots_of[quota.sink_id])
        counts = _counts(quota, rows, model.periods, years)[:, pairs.supply[model.kept]]
        arcs = np.nonzero((counts * here).ravel())[0]
        parts.append(Entries(np.full(len(arcs), before + number), arcs, counts.ravel()[arcs]))
    before += len(quotas)
    own = kilns.entries
    parts.append(Entries(own.row + before, own.column, own.factor))
    entries = Entries(
        np.concatenate([part.row for part in parts]),
        np.concatenate([part.column for part in parts]),
        np.concatenate([part.factor for part in parts]),
    )
    licensed = np.array([quota.tonnes for quota in quotas], np.float64)
    return Sides(
        entries,
        np.concatenate((np.full(before, -np.inf), kilns.low)),
        np.concatenate((blend.room, dosages.room, licensed, kilns.high)),
        kilns,
    )


def _counts(quota: Quota, rows: Rows, periods: int, years: tuple[str, ...]) -> Floats:
    """Say how often a tonne of each supply counts in each period, shape (periods, supplies)."""
    known: dict[tuple[frozenset[str], Held], int] = {}
    counts = np.zeros((periods, len(rows.supplies)))
    for period in range(periods):
        if years and years[period] != quota.year:
            continue
        for index, supply in enumerate(rows.supplies):
            key = supply.hazard_codes, quota.valid[period]
            if key not in known:
                known[key] = quota.counts(supply.hazard_codes, period)
            counts[period, index] = known[key]
    return counts
