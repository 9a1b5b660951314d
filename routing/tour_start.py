"""A first plan of deliveries by savings: tours are joined end to end where that saves most.

Clarke and Wright, Operations Research 12 (1964) 568-581, doi 10.1287/opre.12.4.568.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from routing.tours import (
    CAPACITY,
    DEMAND,
    DEPOTS,
    EVEN,
    MANY,
    START,
    TIMED,
    Fleet,
    Nodes,
    Stops,
)

# So many neighbours of each customer are looked at as the next on its tour.
PARTNERS = 100


class Load(NamedTuple):
    """A tour while tours are being joined: its customers in order, and what they weigh."""

    nodes: list[int]
    demand: float


def savings(stops: Stops, fleet: Fleet, pool: Nodes) -> list[list[int]] | None:
    """Give tours of all customers in the pool, in order.

    None where the method says nothing: with windows, several depots or kinds of vehicle, ways that
    differ there and back, a customer above every vehicle, or when too few vehicles are left.
    """
    capacity, demand = float(fleet.real[0, CAPACITY]), stops.load[:, DEMAND]
    plain = not stops.about[TIMED] and stops.about[EVEN] and stops.about[DEPOTS] == 1
    if not plain or len(fleet.real) > 1 or len(pool) < 2 or demand[pool].max() > capacity:
        return None
    # Each tour stands under both of its ends, the only customers at which it can be joined.
    at = {
        node: Load([node], weight) for node, weight in zip(pool.tolist(), demand[pool], strict=True)
    }
    for one, two in _pairs(stops, int(fleet.whole[0, START]), pool):
        first, second = at.get(one), at.get(two)
        if first is None or second is None or first is second:
            continue
        if first.demand + second.demand > capacity:
            continue
        del at[one], at[two]
        ahead = first.nodes if first.nodes[-1] == one else first.nodes[::-1]
        behind = second.nodes if second.nodes[0] == two else second.nodes[::-1]
        whole = Load(ahead + behind, first.demand + second.demand)
        at[whole.nodes[0]] = at[whole.nodes[-1]] = whole
    tours = [load.nodes for node, load in at.items() if load.nodes[0] == node]
    return tours if len(tours) <= fleet.whole[0, MANY] else None


def _pairs(stops: Stops, depot: int, pool: Nodes) -> list[tuple[int, int]]:
    """Order pairs of neighbours by what is saved if one tour goes from one to the other."""
    near = stops.near[pool, 1 : PARTNERS + 1]
    one, two = np.repeat(pool, near.shape[1]).astype(np.int64), near.ravel()
    nodes = len(stops.load)
    one, two = np.divmod(np.unique(np.minimum(one, two) * nodes + np.maximum(one, two)), nodes)
    saved = stops.cost[one, depot] + stops.cost[depot, two] - stops.cost[one, two]
    order = np.argsort(-saved, kind="stable")
    order = order[saved[order] > 0]
    return list(zip(one[order].tolist(), two[order].tolist(), strict=True))
