"""One step for all chains of nodes from a depot and back: who follows whom, and at what cost.

Numba compiles it for whatever tuples of arrays have these names and columns.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from routing.compiled import merged

# Columns of `link`: the chain a node is in (-1: none), the nodes after and before it; of `real`:
# cost from the node before and to the node after, time from the node before; of `slots`: the first
# and the last node. Further columns are each search's own.
SLOT, NEXT, PREV = range(3)
GAP, OUT, AWAY = range(3)
FIRST, LAST = range(2)


class Ways(Protocol):
    """Matrices (n, n) whose row 0 is the depot."""

    @property
    def cost(self) -> NDArray[np.float64]: ...
    @property
    def time(self) -> NDArray[np.float64]: ...


class Chains(Protocol):
    @property
    def link(self) -> NDArray[np.int64] | NDArray[np.int32]: ...
    @property
    def real(self) -> NDArray[np.float64]: ...
    @property
    def slots(self) -> NDArray[np.int64]: ...


@merged
def chain(ways: Ways, state: Chains, slot: int, before: int, after: int) -> float:
    """Let `after` follow `before` in the chain; returns the cost between them."""
    gap = ways.cost[before, after]
    if before:
        state.link[before, NEXT] = after
        state.real[before, OUT] = gap
    else:
        state.slots[slot, FIRST] = after
    if after:
        state.link[after, PREV] = before
        state.real[after, GAP] = gap
        state.real[after, AWAY] = ways.time[before, after]
    else:
        state.slots[slot, LAST] = before
    return float(gap)
