"""Delivery tours as dense arrays: what the ruin-and-recreate search reads and what it changes.

Nodes are rows of the matrices, depots first. Everything counted is int32 or int64, everything
measured float64 in the units of the instance; integers up to 2**53 stay exact. Columns are named by
the constants below; few wide arrays instead of many narrow ones keep what belongs to one node in
one line of the processor's cache, and calls between compiled functions short.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Nodes = NDArray[np.int32]
Words = NDArray[np.uint64]

# Columns of `Stops.load`.
DEMAND, PENALTY = range(2)
# Positions in `Stops.about`; EVEN: all costs are as high there as back.
TIMED, DEPOTS, EVEN = range(3)
# Columns of `Fleet.real` and `Fleet.whole`.
CAPACITY, FIXED, UNIT = range(3)
START, END, MANY = range(3)
# Columns of `State.link`: the tour a node is in (-1: none), the nodes after and before it.
SLOT, NEXT, PREV = range(3)
# Columns of `State.legs`, apart from the rest since they are read most: cost from the node before
# and to the node after.
GAP, OUT = range(2)
# Columns of `State.real`: time from the node before, when the node can be done and when its service
# must start, its window and service time.
AWAY, FREE, LATEST, READY, DUE, SERVICE = range(6)
# Columns of `State.slots` and `State.sums`.
FIRST, LAST, SIZE, KIND, RANK, MARK, TRIED, LARGER, DIRTY = range(9)
LOAD, LENGTH, EXTRA = range(3)
# Positions in `State.num` and `State.value`.
ACTIVE, ABSENT, TOUCHED, LOGGED, SAVED_ABSENT, ITERATION, TOKEN, BROKEN, POOL, CHANGED = range(10)
COST, BEST = range(2)


# Share of waiting time that counts as distance between neighbours; found by trying.
WAITING = 0.2


class Stops(NamedTuple):
    """The fixed side of an instance.

    `cost` and `time` are (n, n), `cost_in` and `time_in` their transposes; `load` is (n, 2).
    `near` is (n, k): for each customer the customers nearest to it, itself first, for taking out;
    `close` (n, k) those it may well come directly before or after, for putting back, and `apart`
    (n, k) the least that the two legs to such a one and to anybody further down the list can cost.
    """

    cost: Floats
    cost_in: Floats
    time: Floats
    time_in: Floats
    load: Floats
    near: Nodes
    close: Nodes
    apart: Floats
    about: Ints


class Fleet(NamedTuple):
    """Kinds of vehicle, (kinds, 3) each: a route costs fixed + unit x distance.

    A vehicle is out between the ready and due time of its depot.
    """

    real: Floats
    whole: Ints


class State(NamedTuple):
    """The current tours, the best ones, and what is needed to undo one iteration.

    A tour is a slot: its nodes are chained by `link`, with the depot before the first and after the
    last. Slots in `active[:num[ACTIVE]]` are used. `pool[:num[POOL]]` are the customers this state
    is about: the others are in no tour and not absent either. `log` lists the rows of `link` that
    one iteration changed, as (node, slot, next, prev) before the change, and `legs_log` their legs
    and time from the node before; `touched` and `before` hold kind, size, ends, load and length of
    the tours it changed. `changed` lists the slots that differ from those of the best tours.
    """

    link: Nodes
    legs: Floats
    real: Floats
    slots: Ints
    sums: Floats
    best_link: Nodes
    best_slots: Ints
    log: Nodes
    legs_log: Floats
    changed: Ints
    touched: Ints
    before: Floats
    active: Ints
    used: Ints
    pool: Nodes
    absent: Nodes
    saved_absent: Nodes
    order: Floats
    num: Ints
    value: Floats
    random: Words


class Layout(NamedTuple):
    """Tours end to end: `ends[0]` holds how many there are.

    The first is `order[:ends[1]]`, any other `order[ends[i]:ends[i + 1]]`; kinds are per tour.
    """

    order: Nodes
    ends: Ints
    kinds: Ints


def empty_layout(state: State) -> Layout:
    slots = len(state.slots)
    return Layout(
        np.zeros(len(state.link), dtype=np.int32),
        np.zeros(slots + 1, dtype=np.int64),
        np.zeros(slots, dtype=np.int64),
    )


def nearest(cost: Floats, depots: int, most: int) -> Nodes:
    """For each node the `most` nearest customers by cost there and back, itself first: (n, k)."""
    both = cost + cost.T
    np.fill_diagonal(both, -np.inf)
    return _least(both, depots, most)


def closest(cost: Floats, time: Floats, windows: Floats, depots: int, most: int) -> Nodes:
    """For each node the `most` customers that go well directly before or after it: (n, k).

    `windows` is (n, 3) of ready, due and service. Waiting counts for little, a pair that cannot
    be driven in either order comes last.
    """
    ready, due, service = windows.T
    with np.errstate(invalid="ignore"):
        done = (ready + service)[:, None] + time
        wait = np.maximum(0.0, ready[None, :] - (due + service)[:, None] - time)
        score = np.where(done > due[None, :], np.inf, cost + WAITING * wait)
    score = np.minimum(score, score.T)
    np.fill_diagonal(score, np.inf)
    return _least(score, depots, most)


def apart(cost: Floats, close: Nodes) -> Floats:
    """Bound for each entry of `close` what legs to it and to any node not before it cost."""
    both = np.minimum(cost, cost.T)
    there = np.take_along_axis(both, close, axis=1)
    np.fill_diagonal(both, np.inf)
    np.put_along_axis(both, close, np.inf, axis=1)
    ahead = np.column_stack([there, both.min(axis=1)])[:, ::-1]
    least = np.minimum.accumulate(ahead, axis=1)[:, ::-1]
    return np.ascontiguousarray(there + least[:, :-1])


def _least(score: Floats, depots: int, most: int) -> Nodes:
    """Name the columns from `depots` on with the least scores, least first."""
    among = score[:, depots:]
    keep = min(most, among.shape[1])
    chosen = np.argpartition(among, keep - 1, axis=1)[:, :keep]
    order = np.argsort(np.take_along_axis(among, chosen, axis=1), axis=1, kind="stable")
    return np.asarray(np.take_along_axis(chosen, order, axis=1) + depots, dtype=np.int32)


def empty_state(stops: Stops, fleet: Fleet, windows: Floats, pool: Nodes, random: Words) -> State:
    """No tours yet; every customer of the pool is absent. `windows` is (n, 3)."""
    nodes, customers = len(stops.load), len(stops.load) - int(stops.about[DEPOTS])
    slots = int(min(customers, fleet.whole[:, MANY].sum()))
    real = np.zeros((nodes, 6))
    real[:, READY:] = windows
    real[:, FREE], real[:, LATEST] = windows[:, 0], windows[:, 1]
    link = np.zeros((nodes, 4), dtype=np.int32)
    link[:, SLOT] = -1
    numbers = np.arange(slots, dtype=np.int64)
    rows = np.zeros((slots, 9), dtype=np.int64)
    rows[:, RANK], rows[:, MARK] = numbers, -1
    absent = np.zeros(customers + 1, dtype=np.int32)
    absent[: len(pool)] = pool
    num = np.zeros(10, dtype=np.int64)
    num[ABSENT] = num[POOL] = len(pool)
    value = np.array([stops.load[pool, PENALTY].sum(), np.inf])
    return State(
        link,
        np.zeros((nodes, 2)),
        real,
        rows,
        np.zeros((slots, 3)),
        link.copy(),
        rows.copy(),
        # At most a customer and two neighbours for each taken out and for each put in.
        np.zeros((6 * customers, 4), dtype=np.int32),
        np.zeros((6 * customers, 3)),
        numbers.copy(),
        np.zeros((slots, 5), dtype=np.int64),
        np.zeros((slots, 2)),
        numbers.copy(),
        np.zeros(len(fleet.real), dtype=np.int64),
        np.resize(pool, customers + 1),
        absent,
        absent.copy(),
        np.zeros(customers + 1),
        num,
        value,
        random,
    )
