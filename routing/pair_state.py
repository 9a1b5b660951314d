"""Pick-up and delivery pairs as dense arrays: what the pair search reads and what it changes.

Node 0 is the depot; load i is taken up at node 1 + i and put down at node 1 + loads + i. Columns
are named by the constants below; those that all searches share are in `routing.chains`. See
`routing.tours` for why arrays are wide and few. All whole numbers are of one type, and literal ones
are written as below, so that each function is compiled once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.chains import SLOT

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Nodes = NDArray[np.int32]
Words = NDArray[np.uint64]

# Positions in `Pairs.about`: what a vehicle holds, when it leaves and must be back, and what
# leaving a load out costs.
CAPACITY, OPENS, CLOSES, PENALTY = range(4)
# Further columns of `State.real`: when the node is done and when its service must start, its
# window, its service time, what is aboard after it and what it adds; and, while a place for a load
# is looked for, what passing by its end costs after the node, and there or later at least.
(FREE, LATEST, READY, DUE, SERVICE, ABOARD, MASS, DETOUR, LEAST) = range(3, 12)
# Further columns of `State.slots`.
SIZE, RANK, MARK, OLD_SIZE, OLD_VERSION = range(2, 7)
# Columns of `State.sums`.
LENGTH, OLD_LENGTH = range(2)
# Columns of `State.known`: the tour's version, and the nodes after which to take up and put down.
VERSION, UP, DOWN = range(3)
# Positions in `State.num` and `State.value`; `PRICE` is what an absent load counts for while tours
# are compared, `PENALTY` at most.
(ACTIVE, ABSENT, TOUCHED, LOGGED, SAVED_ABSENT, ITERATION, BROKEN, MOST, CLOSING,
 AWAY_FROM) = range(10)  # fmt: skip
# Values at `CLOSING`, above zero while a vehicle is being closed.
BY_ABSENCE, BY_EJECTION = range(1, 3)
COST, BEST, PRICE, EASED = range(4)
NONE: int
DEPOT: int
NONE, DEPOT = np.int64(-1), np.int64(0)  # type: ignore[assignment]


class Pairs(NamedTuple):
    """The fixed side: matrices (n, n) with their transposes and `near` (loads, k).

    `alone` (loads,) is the cost of a tour of one load, infinite where there is none.
    """

    cost: Floats
    cost_in: Floats
    time: Floats
    time_in: Floats
    near: Nodes
    alone: Floats
    about: Floats


class State(NamedTuple):
    """The current tours, the best ones, and what is needed to undo one iteration.

    A tour is a slot; at most `num[MOST]` are in use. `log` lists nodes taken out as (node, before,
    after, slot) and put in as (node, -1, -1, slot). Each content of a tour has a `version` of its
    own: for each load and tour `known` and `price` keep the cheapest place, or that there is none
    below that price, for as long as the version stays. `missed` counts how often a load fitted
    nowhere; `trail` and `pace` hold a tour laid out while room is made in it.
    """

    link: Ints
    real: Floats
    slots: Ints
    sums: Floats
    best_link: Ints
    best_slots: Ints
    log: Ints
    touched: Ints
    active: Ints
    absent: Ints
    saved_absent: Ints
    order: Floats
    missed: Ints
    num: Ints
    value: Floats
    version: Ints
    stamp: Ints
    known: Ints
    price: Floats
    random: Words
    trail: Ints
    pace: Floats


def empty_state(pairs: Pairs, times: Floats, mass: Floats, vehicles: int, random: Words) -> State:
    """No tours yet and every load absent; `times` is (n, 3) of ready, due and service."""
    nodes, loads = len(times), len(times) // 2
    slots = min(vehicles, loads)
    real = np.zeros((nodes, 12))
    real[:, READY : SERVICE + 1] = times
    real[:, MASS] = mass
    real[0, FREE], real[0, LATEST] = pairs.about[OPENS], pairs.about[CLOSES]
    link = np.zeros((nodes, 4), dtype=np.int64)
    link[:, SLOT] = -1
    rows = np.zeros((slots, 8), dtype=np.int64)
    rows[:, RANK], rows[:, MARK] = np.arange(slots), -1
    absent = np.arange(loads + 1, dtype=np.int64)
    num = np.zeros(10, dtype=np.int64)
    num[ABSENT], num[MOST] = loads, slots
    return State(
        link,
        real,
        rows,
        np.zeros((slots, 2)),
        link.copy(),
        rows.copy(),
        np.zeros((8 * loads + 2, 4), dtype=np.int64),
        np.zeros(slots, dtype=np.int64),
        np.arange(slots, dtype=np.int64),
        absent,
        absent.copy(),
        np.zeros(loads + 1),
        np.zeros(loads, dtype=np.int64),
        num,
        np.array([pairs.about[PENALTY] * loads, np.inf, pairs.about[PENALTY], 0.0]),
        np.zeros(slots, dtype=np.int64),
        np.ones(1, dtype=np.int64),
        np.zeros((loads * slots, 3), dtype=np.int64),
        np.zeros(loads * slots),
        random,
        np.zeros(nodes + 1, dtype=np.int64),
        np.zeros((nodes + 1, 3)),
    )


def renew(state: State) -> None:
    """Forget what is known of places, after tours came in from elsewhere."""
    slots = len(state.version)
    state.version[:] = state.stamp[0] + np.arange(slots)
    state.stamp[0] += slots
