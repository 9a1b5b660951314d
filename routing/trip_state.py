"""Trips as dense arrays: what the search for several trips a vehicle reads and what it changes.

A trip is a slot: a chain of customers from the depot and back. A vehicle is a chain of trips. Nodes
are rows of the matrices, the depot is row 0. What a trip needs to know of its clock holds whenever
it starts, so that trips before it may change without another look at its customers. Columns are
named by the constants below; those that all searches share are in `routing.chains`. See
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

# Columns of `Calls.load`: brought, fetched, and the cost of leaving the customer out.
DEMAND, BACK, PENALTY = range(3)
# Positions in `Calls.about`; `MIXED`: what is fetched may be aboard beside what is brought;
# `RELOAD`: some vehicle may drive several trips.
TIMED, MIXED, RELOAD = range(3)
# Columns of `Vehicles.real` and `Vehicles.whole`, one row a vehicle.
CAPACITY, FIXED, UNIT = range(3)
KIND, RELOADS = range(2)
# Further columns of `State.real`. If the node's trip starts at s: it is done at max(EARLY,
# s + PASSED), in time if s <= BY; if the trip must end at t, service must start by min(LATEST,
# t - LEFT). Its window, service and release; the most aboard on the way to it and before, and on
# the way from it and after.
(EARLY, PASSED, BY, LATEST, LEFT, READY, DUE, SERVICE, RELEASE, PEAK, CREST) = range(3, 14)
# Further columns of `State.slots`: LATER and EARLIER are the next and the last trip of the vehicle.
SIZE, VEHICLE, LATER, EARLIER, RANK, MARK = range(2, 8)
# Columns of `State.sums`: brought and fetched in all, cost of the way, the most aboard. A trip
# starts at BEGIN and must end by UNTIL; started at s <= SHUT it ends at max(EARLIEST, s + LASTS).
(LOAD, FETCHED, LENGTH, TOP, RELEASED, BEGIN, FINISH, UNTIL, EARLIEST, LASTS,
 SHUT) = range(11)  # fmt: skip
# Columns of `State.cars`: first and last trip, and the place among the idle ones of its kind.
HEAD, TAIL, TRIPS, SPOT = range(4)
# Columns of `State.kinds`: first vehicle of the kind, and how many are idle.
FROM, IDLE = range(2)
# Positions in `State.num` and `State.value`.
ACTIVE, ABSENT, TOUCHED, LOGGED, SAVED_ABSENT, ITERATION, BROKEN = range(7)
COST, BEST, OPENED = range(3)
# First columns of `State.log` lines that are about a trip instead of a node.
LINKED: int
UNLINKED: int
LINKED, UNLINKED = np.int64(-1), np.int64(-2)  # type: ignore[assignment]
NONE: int
DEPOT: int
NONE, DEPOT = np.int64(-1), np.int64(0)  # type: ignore[assignment]


class Calls(NamedTuple):
    """The fixed side: matrices (n, n) with their transposes, `load` (n, 3), neighbours (n, k).

    `near` and `close` as in `routing.tours.Stops`; `span` is when vehicles may leave and must be
    back.
    """

    cost: Floats
    cost_in: Floats
    time: Floats
    time_in: Floats
    load: Floats
    near: Nodes
    close: Nodes
    span: Floats
    about: Ints


class Vehicles(NamedTuple):
    """One row a vehicle: `real` (vehicles, 3) and `whole` (vehicles, 2), sorted by kind."""

    real: Floats
    whole: Ints


class State(NamedTuple):
    """The current trips, the best ones, and what is needed to undo one iteration.

    `log` lists nodes taken out as (node, before, after, slot), put in as (node, -1, -1, slot), and
    trips linked or unlinked as (LINKED or UNLINKED, slot, vehicle, trip before).
    """

    link: Ints
    real: Floats
    slots: Ints
    sums: Floats
    cars: Ints
    kinds: Ints
    idle: Ints
    best_link: Ints
    best_slots: Ints
    best_cars: Ints
    log: Ints
    touched: Ints
    before: Floats
    active: Ints
    absent: Ints
    saved_absent: Ints
    order: Floats
    num: Ints
    value: Floats
    random: Words


def empty_state(calls: Calls, vehicles: Vehicles, times: Floats, random: Words) -> State:
    """No vehicle moves yet; `times` is (n, 4) of ready, due, service and release."""
    nodes, fleet = len(times), len(vehicles.whole)
    customers = nodes - 1
    real = np.zeros((nodes, 14))
    real[:, READY : RELEASE + 1] = times
    real[0, EARLY], real[0, BY], real[0, LATEST] = -np.inf, np.inf, np.inf
    link = np.zeros((nodes, 4), dtype=np.int64)
    link[:, SLOT] = -1
    slots = np.zeros((customers, 8), dtype=np.int64)
    slots[:, RANK], slots[:, MARK] = np.arange(customers), -1
    absent = np.arange(1, nodes + 1, dtype=np.int64)
    cars = np.full((fleet, 4), -1, dtype=np.int64)
    cars[:, TRIPS], cars[:, SPOT] = 0, np.arange(fleet)
    count = np.bincount(vehicles.whole[:, KIND])
    num = np.zeros(7, dtype=np.int64)
    num[ABSENT] = customers
    return State(
        link,
        real,
        slots,
        np.zeros((customers, 11)),
        cars,
        np.column_stack([np.cumsum(count) - count, count]).astype(np.int64),
        np.arange(fleet, dtype=np.int64),
        link.copy(),
        slots.copy(),
        cars.copy(),
        np.zeros((6 * customers + 2, 4), dtype=np.int64),
        np.zeros((customers, 4), dtype=np.int64),
        np.zeros((customers, 3)),
        np.arange(customers, dtype=np.int64),
        absent,
        absent.copy(),
        np.zeros(nodes),
        num,
        np.array([calls.load[1:, PENALTY].sum(), np.inf, 0.0]),
        random,
    )
