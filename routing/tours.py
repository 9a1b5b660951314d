"""Delivery tours as dense arrays: what the ruin-and-recreate search reads and what it changes.

Nodes are rows of the matrices: customers and depots alike. Everything is float64 in the units of
the instance; integers up to 2**53 stay exact.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Nodes = NDArray[np.int32]
Words = NDArray[np.uint64]

# Positions in `State.num`.
ACTIVE, ABSENT, SAVED, SAVED_ABSENT, ITERATION, BROKEN = range(6)
# Positions in `State.value`.
COST, BEST = range(2)


class Stops(NamedTuple):
    """The fixed side of an instance; all per node, shape (n,) or (n, n), unless said otherwise.

    `timed` has one entry: 0 when no clock runs. `near` is (customers, k): for each customer, in the
    order of `customers`, the customers nearest to it, itself first.
    """

    cost: Floats
    cost_in: Floats
    time: Floats
    time_in: Floats
    demand: Floats
    ready: Floats
    due: Floats
    service: Floats
    penalty: Floats
    customers: Nodes
    near: Nodes
    timed: Ints


class Fleet(NamedTuple):
    """Kinds of vehicle, shape (kinds,). A route costs `fixed` + `unit` x distance."""

    capacity: Floats
    fixed: Floats
    unit: Floats
    opens: Floats
    closes: Floats
    start: Ints
    end: Ints
    many: Ints


class State(NamedTuple):
    """The current tours, the best ones, and what is needed to undo one iteration.

    Tours are slots: `tour[slot, :size[slot]]`. `gap[node]` is the distance from the node before it,
    `home[slot]` from the last node to the depot. `free` is when a node can be
    done, `latest` when its service must start. Slots listed in `active[:num[ACTIVE]]` are used.
    """

    tour: Nodes
    size: Ints
    kind: Ints
    load: Floats
    length: Floats
    home: Floats
    slot: Ints
    place: Ints
    gap: Floats
    free: Floats
    latest: Floats
    active: Ints
    rank: Ints
    used: Ints
    absent: Ints
    order: Floats
    mark: Ints
    saved: Ints
    saved_tour: Nodes
    saved_size: Ints
    saved_kind: Ints
    saved_length: Floats
    saved_absent: Ints
    best_tour: Nodes
    best_size: Ints
    best_kind: Ints
    num: Ints
    value: Floats
    random: Words


def nearest(cost: Floats, customers: Nodes, most: int) -> Nodes:
    """For each customer the `most` nearest by cost there and back, itself first: (customers, k)."""
    among = cost[np.ix_(customers, customers)]
    both = among + among.T
    np.fill_diagonal(both, -1.0)
    keep = min(most, len(customers))
    order = np.argsort(both, axis=1, kind="stable")[:, :keep]
    return np.asarray(customers[order], dtype=np.int32)


def longest_tour(stops: Stops, fleet: Fleet) -> int:
    """Bound the number of customers in one tour from the smallest demands and services."""
    demands = np.sort(stops.demand[stops.customers])
    room = fleet.capacity.max()
    by_room = int(np.searchsorted(np.cumsum(demands), room, side="right")) + 1
    if not stops.timed[0]:
        return by_room
    services = np.cumsum(np.sort(stops.service[stops.customers]))
    hours = float((fleet.closes - fleet.opens).max())
    return min(by_room, int(np.searchsorted(services, hours, side="right")) + 1)


def ints(length: int) -> Ints:
    return np.zeros(length, dtype=np.int64)


def floats(length: int) -> Floats:
    return np.zeros(length, dtype=np.float64)


def empty_state(stops: Stops, fleet: Fleet, random: Words) -> State:
    """No tours yet; every customer is absent."""
    nodes, customers = len(stops.demand), len(stops.customers)
    slots = int(min(customers, fleet.many.sum()))
    width = min(customers, longest_tour(stops, fleet)) + 1
    absent = np.zeros(customers + 1, dtype=np.int64)
    absent[:customers] = stops.customers
    num = np.zeros(6, dtype=np.int64)
    num[ABSENT] = customers
    value = np.full(2, stops.penalty[stops.customers].sum())
    value[BEST] = np.inf

    def tours() -> Nodes:
        return np.zeros((slots, width), dtype=np.int32)

    return State(
        tours(),
        ints(slots),
        ints(slots),
        floats(slots),
        floats(slots),
        floats(slots),
        np.full(nodes, -1, dtype=np.int64),
        ints(nodes),
        floats(nodes),
        floats(nodes),
        floats(nodes),
        np.arange(slots, dtype=np.int64),
        np.arange(slots, dtype=np.int64),
        ints(len(fleet.capacity)),
        absent,
        floats(customers + 1),
        np.full(slots, -1, dtype=np.int64),
        ints(slots),
        tours(),
        ints(slots),
        ints(slots),
        floats(slots),
        ints(customers + 1),
        tours(),
        ints(slots),
        ints(slots),
        num,
        value,
        random,
    )
