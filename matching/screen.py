"""Counts the limits that lots certainly break, thousands of lots at once.

A screen only ever sees what `compatibility.judge` would refuse too: a limit without grade or
variant that blocks, against the lot's own valid report in the limit's own unit. Everything else
is left to the judge.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from matching.geography import Flags, Floats, Ints
from matching.problem import Acceptance, Bound, Limit, Operator, Scope, Severity, Supply


@dataclass(frozen=True, slots=True)
class _Column:
    """One property in one unit; NaN where a lot has no such report. `last_day` is an ordinal."""

    low: Floats
    high: Floats
    last_day: Ints


@dataclass(frozen=True, slots=True)
class Lots:
    """The reports of a row of supplies, by (property, unit)."""

    columns: Mapping[tuple[str, str], _Column]
    count: int

    @classmethod
    def of(cls, supplies: Sequence[Supply]) -> "Lots":
        columns: dict[tuple[str, str], _Column] = {}
        for row, supply in enumerate(supplies):
            for bound in {bound.name: bound for bound in supply.assay}.values():
                key = bound.name, bound.unit
                if key not in columns:
                    columns[key] = _empty(len(supplies))
                _enter(columns[key], row, bound)
        return cls(columns, len(supplies))

    def certain_breaks(self, acceptance: Acceptance, on: date | None) -> Ints:
        """Count, for each lot, the limits of the acceptance that it is sure to be refused for."""
        breaks = np.zeros(self.count, np.int64)
        for limit in dict.fromkeys(acceptance.limits):
            column = self.columns.get((limit.name, limit.unit))
            if column is not None and _is_plain(limit):
                breaks += _is_broken(column, limit, on)
        return breaks


def _empty(count: int) -> _Column:
    nothing = np.full(count, np.nan)
    return _Column(nothing, nothing.copy(), np.full(count, date.max.toordinal()))


def _enter(column: _Column, row: int, bound: Bound) -> None:
    column.low[row], column.high[row] = bound.low, bound.high
    if bound.expires_on is not None:
        column.last_day[row] = bound.expires_on.toordinal()


def _is_plain(limit: Limit) -> bool:
    blocks = limit.scope is Scope.MATERIAL and limit.severity is Severity.BLOCK
    return blocks and not limit.grades and not limit.variant


def _is_broken(column: _Column, limit: Limit, on: date | None) -> Flags:
    """Compare the unfavourable end; NaN compares false, so what is unknown breaks nothing."""
    match limit.operator:
        case Operator.AT_MOST:
            broken = column.high > limit.value
        case Operator.BELOW:
            broken = column.high >= limit.value
        case Operator.AT_LEAST:
            broken = column.low < limit.value
        case Operator.ABOVE:
            broken = column.low <= limit.value
        case Operator.BETWEEN:
            assert limit.value_high is not None
            broken = (column.low < limit.value) | (column.high > limit.value_high)
    valid = True if on is None else on.toordinal() <= column.last_day
    flags: Flags = broken & valid
    return flags
