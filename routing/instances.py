"""Benchmark instances as the literature states them, and the text they are written in.

`Instance` holds what every family shares. Distances follow each family's own convention and are
kept as scaled floats: CVRPLIB rounds to whole numbers (scale 1), Solomon and Homberger cut after
one decimal (scale 10), Li and Lim use double precision (scale 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
# Double-precision families are compared to this; all others are exact.
TOLERANCE = 1e-6
# All distances are held at once: 3 GB for so many nodes. So many vehicles are enough for them.
MOST_NODES = 20_000


class Family(StrEnum):
    CVRP = "cvrp"
    VRPTW = "vrptw"
    PDPTW = "pdptw"
    TRIPS = "trips"
    TRUCKLOAD = "truckload"


class InstanceError(ValueError):
    """The text is not the instance it claims to be; says where."""

    def __init__(self, source: str, line: int, column: int, fault: str) -> None:
        super().__init__(f"{source}, line {line}, column {column}: {fault}")
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of vehicle: `count` of them, leaving and returning to node `depot`.

    `reloads`: it may come back to the depot for another trip as often as time allows.
    """

    capacity: float
    count: int
    depot: int = 0
    fixed: float = 0.0
    unit: float = 1.0
    reloads: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Instance:
    """All arrays are float64 per node, shape (n,) or (n, n), times `scale`; depots come first.

    A vehicle leaves its depot when that opens or later, and is back before that shuts.

    `partner` (int64) is the other end of a pick-up and delivery pair, -1 without one; the pick-up
    is the end with positive demand. `labels` (int64) are the names that a solution file uses;
    `order` is the kind of each single vehicle, where a file lists them one by one.

    Only in the family of trips: `release`, when a customer's goods are at the depot; `backhaul`,
    what is fetched from a customer to the depot; `linehaul_first`, whether each trip delivers
    something first and fetches only after its last delivery. Only in that of full loads: `loaded`,
    the kilometres driven with each; `cost` counts the empty ones.
    """

    name: str
    family: Family
    cost: Floats
    time: Floats
    demand: Floats
    ready: Floats
    due: Floats
    service: Floats
    partner: NDArray[np.int64]
    labels: NDArray[np.int64]
    kinds: tuple[Kind, ...]
    depots: int
    timed: bool
    scale: int = 1
    order: tuple[int, ...] = ()
    release: Floats | None = None
    backhaul: Floats | None = None
    linehaul_first: bool = False
    loaded: Floats | None = None

    @property
    def horizon(self) -> float:
        """When the last depot shuts."""
        return float(self.due[: self.depots].max())

    @property
    def customers(self) -> NDArray[np.int32]:
        return np.arange(self.depots, len(self.demand), dtype=np.int32)

    @property
    def least_vehicles_first(self) -> bool:
        """Whether the family counts vehicles before distance."""
        return self.family is Family.PDPTW


@dataclass(frozen=True, slots=True)
class Tour:
    """One vehicle of the kind at that position, and the nodes it visits in order.

    A depot among the nodes is a call to unload and load again.
    """

    kind: int
    nodes: tuple[int, ...]


def euclidean(points: Floats) -> Floats:
    """All pairs straight-line distance: (n, 2) -> (n, n)."""
    difference = points[:, None, :] - points[None, :, :]
    return np.asarray(np.sqrt((difference**2).sum(axis=2)))


def untimed(nodes: int) -> tuple[Floats, Floats, Floats]:
    """Ready, due and service of an instance without a clock."""
    return np.zeros(nodes), np.full(nodes, np.inf), np.zeros(nodes)
