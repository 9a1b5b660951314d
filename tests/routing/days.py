"""Small days on a plane whose plans can be worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from routing.problem import (
    Body,
    Collection,
    DayProblem,
    Depot,
    DriverHours,
    Material,
    Receiver,
    Segregation,
    Site,
    Vehicle,
    VehicleType,
    Window,
)
from routing.travel import TravelMatrix

HOUR = 3600
SHIFT = Window(6 * HOUR, 18 * HOUR)
Points = Mapping[str, tuple[float, float]]


def plane_travel(points: Points, speed_km_h: float = 60) -> TravelMatrix:
    """Straight lines between points in km; whole metres, seconds rounded up."""
    names = tuple(points)
    metres = np.array(
        [[round(1000 * math.dist(points[a], points[b])) for b in names] for a in names],
        dtype=np.int64,
    )
    seconds = np.ceil(metres * 3.6 / speed_km_h).astype(np.int64)
    return TravelMatrix(names, metres, seconds, "plane")


def tipper(capacity_kg: int = 30_000, name: str = "tipper", fen_per_h: int = 0) -> VehicleType:
    """100 yuan a day and 5 yuan a kilometre."""
    return VehicleType(
        name,
        Body.TIPPER,
        capacity_kg,
        fixed_fen=10_000,
        fen_per_km=500,
        fen_per_h=fen_per_h,
    )


def fleet(count: int, kind: str = "tipper", shift: Window = SHIFT) -> tuple[Vehicle, ...]:
    return tuple(Vehicle(f"{kind}{i}", kind, "depot", shift) for i in range(count))


def day(
    points: Points,
    collections: Iterable[Collection],
    receivers: Iterable[Receiver],
    *,
    vehicles: Sequence[Vehicle] | None = None,
    types: Sequence[VehicleType] = (),
    segregations: Sequence[Segregation] = (),
    hours: DriverHours | None = None,
) -> DayProblem:
    """A day whose depot stands at the point of that name and whose cargo all rides in tippers."""
    rows = tuple(collections)
    materials = {
        name: Material(name, frozenset({Body.TIPPER}))
        for name in sorted({row.material for row in rows})
    }
    return DayProblem(
        tuple(Site(name, 34.0, 112.0) for name in points),
        (Depot("depot", "depot"),),
        tuple(materials.values()),
        tuple(receivers),
        rows,
        tuple(types) or (tipper(),),
        fleet(2) if vehicles is None else tuple(vehicles),
        plane_travel(points),
        tuple(segregations),
        hours or DriverHours(),
    )
