"""Tours met by the pair search, and the cheapest choice of them that carries every load once.

Rounds that settle apart are each good in another place. Choosing among the tours of all (set
partitioning, as in Subramanian, Uchoa and Ochi, doi 10.1016/j.cor.2013.01.013) puts the good
places together.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csc_array

from routing.chains import FIRST, LAST, NEXT, PREV, SLOT
from routing.horizon_quiet import QUIET
from routing.pair_state import BEST, LENGTH, SIZE, State

# What a better choice must save, as a share of the cost: less is rounding.
LEAST_GAIN = 1e-6


class Columns:
    """For each set of loads met in one tour the cheapest order of its nodes."""

    def __init__(self) -> None:
        self.cheapest: dict[frozenset[int], tuple[float, tuple[int, ...]]] = {}

    def gather(self, state: State) -> None:
        """Remember the current tours; they keep windows and capacity, absent loads or not."""
        following, loads = state.link[:, NEXT].tolist(), len(state.missed)
        for slot in np.flatnonzero(state.slots[:, SIZE]).tolist():
            order, node = [], int(state.slots[slot, FIRST])
            while node:
                order.append(node)
                node = following[node]
            key = frozenset(node for node in order if node <= loads)
            cost = float(state.sums[slot, LENGTH])
            if key not in self.cheapest or cost < self.cheapest[key][0]:
                self.cheapest[key] = (cost, tuple(order))

    def choose(self, loads: int, vehicles: int, below: float, seconds: float) -> list[int] | None:
        """Find the numbers of columns that carry each load once, for less than `below`; or None.

        None also where the time, in seconds, is too short to find them.
        """
        keys = list(self.cheapest)
        costs = np.array([self.cheapest[key][0] for key in keys])
        # A row for each load, then one that counts vehicles and one that adds up the cost.
        rows = np.concatenate([[*sorted(key), loads + 1, loads + 2] for key in keys]) - 1
        ends = np.cumsum([0, *(len(key) + 2 for key in keys)])
        values = np.ones(len(rows))
        values[ends[1:] - 1] = costs
        table = csc_array((values, rows, ends), shape=(loads + 2, len(keys)))
        least = np.array([*np.ones(loads), 0.0, 0.0])
        most = np.array([*np.ones(loads), vehicles, below * (1.0 - LEAST_GAIN)])
        with QUIET:
            found = milp(
                costs,
                integrality=np.ones(len(keys), dtype=np.int64),
                bounds=Bounds(0, 1),
                constraints=LinearConstraint(table, least, most),
                options={"time_limit": seconds},
            )
        if found.x is None:
            return None
        chosen = np.flatnonzero(found.x > 0.5)
        # The solver keeps limits up to a tolerance of its own.
        return chosen.tolist() if costs[chosen].sum() < most[-1] else None

    def combine(self, state: State, seconds: float) -> bool:
        """Make the cheapest choice of as many tours the state's best plan, if that is cheaper."""
        vehicles = int((state.best_slots[:, SIZE] > 0).sum())
        chosen = self.choose(len(state.missed), vehicles, float(state.value[BEST]), seconds)
        if chosen is None:
            return False
        columns = list(self.cheapest.values())
        state.best_slots[:, SIZE] = 0
        for slot, number in enumerate(chosen):
            order = columns[number][1]
            state.best_slots[slot, [FIRST, LAST, SIZE]] = order[0], order[-1], len(order)
            state.best_link[order, SLOT] = slot
            state.best_link[order, NEXT] = [*order[1:], 0]
            state.best_link[order, PREV] = [0, *order[:-1]]
        state.value[BEST] = sum(columns[number][0] for number in chosen)
        return True
