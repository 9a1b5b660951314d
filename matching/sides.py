"""Rows beside the network: blends, dosages, licensed tonnages over the horizon, raw mixes."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from matching.allocate import Model
from matching.blend import Blend
from matching.candidates import Pairs, Rows
from matching.compatibility import in_force
from matching.dosage import Dosages
from matching.geography import Floats, Ints
from matching.kiln_rows import Kilns
from matching.linear import Entries
from matching.problem import Licence, Parameters, Problem, Slot


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


@dataclass(frozen=True, slots=True)
class Quota:
    """Codes a plant's licences let in together, and how many tonnes of them in a year."""

    sink_id: str
    codes: tuple[str, ...]
    tonnes: float
    year: str = ""


def quotas_of(
    slots: Iterable[Slot], parameters: Parameters, years: Iterable[str] = ("",)
) -> tuple[Quota, ...]:
    """Read each plant's quotas of each year; licences that share a code count together.

    A code under one licence without a tonnage is not limited.
    """
    by_sink: dict[str, set[Licence]] = defaultdict(set)
    for slot in slots:
        by_sink[slot.sink_id] |= {
            row for row in slot.licences if in_force(row.valid_to, parameters.on)
        }
    return tuple(
        Quota(sink_id, tuple(sorted(codes)), tonnes, year)
        for sink_id, licences in sorted(by_sink.items())
        for year in sorted(set(years))
        for codes, tonnes in _joined(licences, year)
    )


def _joined(licences: set[Licence], year: str) -> list[tuple[frozenset[str], float]]:
    """Merge licences with a code in common until none is left; those without tonnes drop out."""
    groups: list[tuple[frozenset[str], float]] = []
    for licence in sorted(licences, key=lambda row: (row.number, sorted(row.codes))):
        whole = np.inf if licence.tonnes is None else licence.tonnes
        codes, tonnes = licence.codes, max(0.0, whole - dict(licence.taken).get(year, 0.0))
        apart = []
        for other, amount in groups:
            if other & codes:
                codes, tonnes = codes | other, tonnes + amount
            else:
                apart.append((other, amount))
        groups = [*apart, (codes, float(tonnes))]
    return [(codes, tonnes) for codes, tonnes in groups if np.isfinite(tonnes)]


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
    supply, slot_of = pairs.supply[model.kept], pairs.slot[model.kept]
    for number, quota in enumerate(quotas):
        licence = Licence(frozenset(quota.codes))
        under = np.array(
            [any(licence.covers(code) for code in row.hazard_codes) for row in rows.supplies],
            np.bool_,
        )
        here = np.isin(slot_of, slots_of[quota.sink_id])
        columns = np.nonzero(under[supply] & here)[0]
        arcs = np.concatenate(
            [
                columns + period * len(model.kept)
                for period in range(model.periods)
                if not years or years[period] == quota.year
            ]
        )
        row = np.full(len(arcs), before + number)
        parts.append(Entries(row, arcs, np.ones(len(arcs))))
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
