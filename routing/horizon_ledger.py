"""What all who write rows of the programme of days share: its columns, costs and measures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from routing.horizon import Blocker
from routing.horizon_loads import Offers
from routing.horizon_programme import Programme, Terms
from routing.problem import Vehicle


def shortest(matrix: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the shortest ways between all pairs, (n, n), by Floyd and Warshall."""
    best = matrix.copy()
    for via in range(len(best)):
        np.minimum(best, best[:, via, None] + best[None, via, :], out=best)
    return best


class Ledger:
    """Columns by what they stand for; `ease` lifts one kind of limit at a measured amount.

    `loads` by (option, day); `ways` what trucks cost, by day; `eased` how much a limit gives way,
    by name; `marks` by (option, day) and count. No limit gives way by more than all loads of all
    days, `most_loads`, and their mass, `most_t`.
    """

    def __init__(self, offers: Offers, ease: Blocker | None) -> None:
        self.offers, self.problem, self.ease = offers, offers.problem, ease
        self.rows = Programme()
        base = self.problem.day
        self.types = {row.id: row for row in base.vehicle_types}
        self.depot_site = {row.id: row.site for row in base.depots}
        self.metres = shortest(base.travel.distance_m)
        self.seconds = shortest(base.travel.duration_s)
        self.loads: dict[tuple[int, int], int] = {}
        self.cost: Terms = []
        self.ways: dict[int, Terms] = defaultdict(list)
        self.eased: dict[str, list[int]] = defaultdict(list)
        self.whole_trucks: list[int] = []
        self.marks: dict[tuple[tuple[int, int], int], int] = {}
        self.most_t, self.most_loads = 0.0, 0.0

    def more(self, ease: Blocker, name: str) -> Terms:
        """Return by how much a limit may give way: nothing, unless it is the eased one."""
        if self.ease is not ease:
            return []
        most = self.most_loads if ease is Blocker.FLEET else self.most_t
        column = self.rows.column(0.0, most)
        self.eased[name].append(column)
        return [(column, -1.0)]

    def fleet(self, options: Iterable[int]) -> list[Vehicle]:
        """Return the trucks that could bring any of the options."""
        names = {name for at in options for name in self.offers.options[at].vehicles}
        return [row for row in self.problem.day.vehicles if row.id in names]

    def pay(self, day: int, column: int, yuan: float) -> None:
        """Count what a truck or its way costs, by day."""
        self.cost.append((column, yuan))
        self.ways[day].append((column, yuan))
