"""A mixed-integer programme written row by row and solved by HiGHS.

It is scipy's: the HiGHS in OR-Tools forgets its best solution when the time is up, and SCIP needs
far longer for a good one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from routing.horizon_quiet import QUIET

Terms = list[tuple[int, float]]
"""Columns with their factors."""

# A share of a whole this near to none or to one is rounding, and gives no row worth having.
_LEAST_SHARE = 1e-3
# Below this a solver gets no time worth having.
_LEAST_S = 0.01


@dataclass(frozen=True, slots=True)
class Found:
    """The best values, in the order of the columns, and what no solution can be below."""

    values: NDArray[np.float64]
    objective: float
    bound: float

    def worth(self, terms: Terms) -> float:
        return float(sum(self.values[column] * factor for column, factor in terms))


@dataclass
class Programme:
    """Columns have bounds; rows hold `low` <= terms <= `high`.

    Every column needs an end that it could come to: without one, or with one far beyond, HiGHS can
    pass over the clock, miss the optimum or end the process.
    """

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    row_low: list[float] = field(default_factory=list)
    row_high: list[float] = field(default_factory=list)
    at_row: list[int] = field(default_factory=list)
    at_column: list[int] = field(default_factory=list)
    factor: list[float] = field(default_factory=list)

    def column(self, low: float, high: float) -> int:
        assert math.isfinite(high), "a column without an end"
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def row(self, low: float, terms: Iterable[tuple[int, float]], high: float) -> None:
        number = len(self.row_low)
        self.row_low.append(low)
        self.row_high.append(high)
        for column, factor in terms:
            self.at_row.append(number)
            self.at_column.append(column)
            self.factor.append(factor)

    def minimise(
        self, cost: Terms, whole: list[int], seconds: float, gap: float, nodes: int | None
    ) -> Found | None:
        """Return the best solution with `whole` columns within the time; None: none by then.

        With `nodes` the search ends by their number and does not hang on the clock.
        """
        weights, integrality = np.zeros(len(self.low)), np.zeros(len(self.low), dtype=np.int64)
        np.add.at(weights, [column for column, _ in cost], [price for _, price in cost])
        integrality[whole] = 1
        if seconds < _LEAST_S:
            return None
        options: Any = {"time_limit": seconds, "mip_rel_gap": gap}
        if nodes is not None:
            options["node_limit"] = nodes
        with QUIET:
            answer = milp(
                weights,
                integrality=integrality,
                bounds=Bounds(np.array(self.low), np.array(self.high)),
                constraints=LinearConstraint(self._matrix(), self.row_low, self.row_high),
                options=options,
            )
        if answer.x is None:
            return None
        bound = answer.fun if answer.mip_dual_bound is None else answer.mip_dual_bound
        return Found(answer.x, float(answer.fun), float(bound))

    def _matrix(self) -> csr_matrix:
        shape = len(self.row_low), len(self.low)
        return csr_matrix((self.factor, (self.at_row, self.at_column)), shape=shape)

    def whole_at_least(self, least: float, size: float, whole: Terms, others: Terms) -> None:
        """Tighten `size` x whole columns + others >= least by mixed-integer rounding.

        What is below a whole number of sizes takes one size more, or as much of the others, which
        are not negative (Nemhauser and Wolsey, doi 10.1007/BF01585752): loads * 30 + spilt >= 70
        means loads + spilt / 10 >= 3.
        """
        wanted = least / size
        share = wanted - math.floor(wanted)
        if wanted > 0 and _LEAST_SHARE < share < 1 - _LEAST_SHARE:
            eased = [(column, factor / (size * share)) for column, factor in others]
            self.row(math.ceil(wanted), [*whole, *eased], np.inf)
