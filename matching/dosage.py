"""What a line's slots may together bring into its product: rows that are linear in tonnes.

Per limit and period: the sum of x * dry * content <= limit * product. Contents are taken at their
unfavourable end; a lot nobody knows is in no row, and is told as an open condition of its pair.
"""

import math
from dataclasses import dataclass

import numpy as np

from matching.allocate import Model
from matching.blend import Contents
from matching.candidates import Pairs, Rows, fixed_lots
from matching.geography import Floats, Ints
from matching.linear import Entries
from matching.problem import Dosage, Limit, Parameters, Problem


@dataclass(frozen=True, slots=True)
class DosageRow:
    """One limit of one line in one period; `fixed` is what contracts bring, in the limit's unit.

    The programme's row is divided by `scale`. `unknown` are the kept pairs of lots nobody knows,
    and `fixed_unknown_t` what contracts bring of such.
    """

    line_id: str
    period: int
    limit: Limit
    product_t: float
    fixed: float
    fixed_unknown_t: float
    unknown: Ints

    @property
    def scale(self) -> float:
        return self.limit.value or 1.0

    @property
    def room(self) -> float:
        """What flows may add up to; contracts alone may break a dosage, and then nothing may."""
        return max(0.0, self.limit.value * self.product_t - self.fixed) / self.scale


@dataclass(frozen=True, slots=True)
class Dosages:
    """`entries` hold content per tonne over the row's scale (row, arc)."""

    rows: tuple[DosageRow, ...]
    entries: Entries

    @property
    def room(self) -> Floats:
        return np.array([row.room for row in self.rows], np.float64)


@dataclass(frozen=True, slots=True)
class _Line:
    """A line's slots and the arcs into them in one period, with their supplies."""

    dosage: Dosage
    slots: tuple[int, ...]
    arcs: Ints
    givers: Ints


def dosages_of(
    problem: Problem, parameters: Parameters, rows: Rows, pairs: Pairs, model: Model
) -> Dosages:
    """Write a row for each line, limit and period; columns are the model's arcs."""
    known = Contents(problem, parameters, rows)
    fixed = fixed_lots(problem, rows)
    found: list[DosageRow] = []
    parts = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for line in _lines(problem, rows, pairs, model):
        for limit in line.dosage.limits:
            content = known.dry * known.of(limit, at_most=True)
            held = np.maximum(0.0, np.nan_to_num(content))
            mine = held[line.givers] > 0
            unknown = line.arcs[np.isnan(content[line.givers])]
            for period, product_t in enumerate(line.dosage.product_t):
                bound = [
                    (tonnes, float(content[supply]))
                    for slot in line.slots
                    for supply, tonnes in fixed.get((slot, period), {}).items()
                ]
                later = period * len(model.kept)
                row = DosageRow(
                    line.dosage.line_id,
                    period,
                    limit,
                    product_t,
                    math.fsum(t * max(0.0, part) for t, part in bound if not math.isnan(part)),
                    math.fsum(tonnes for tonnes, part in bound if math.isnan(part)),
                    unknown,
                )
                number = np.full(int(mine.sum()), len(found))
                part = number, line.arcs[mine] + later, held[line.givers[mine]] / row.scale
                parts.append(part)
                found.append(row)
    return Dosages(tuple(found), Entries(*map(np.concatenate, zip(*parts, strict=True))))


def _lines(problem: Problem, rows: Rows, pairs: Pairs, model: Model) -> list[_Line]:
    slot_of, supply_of = pairs.slot[model.kept], pairs.supply[model.kept]
    found = []
    for dosage in problem.dosages:
        slots = tuple(n for n, slot in enumerate(rows.slots) if slot.line_id == dosage.line_id)
        arcs = np.nonzero(np.isin(slot_of, slots))[0]
        found.append(_Line(dosage, slots, arcs, supply_of[arcs]))
    return found
