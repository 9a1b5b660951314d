"""Small days on a line or a plane whose plans can be worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from routing.problem import Site, Vehicle, VehicleType, Body, Window, Material
from routing.travel import TravelMatrix

HOUR = 3600


def plane_travel(points: Mapping[str, tuple[float, float]], speed_km_h: float = 60) -> TravelMatrix:
    """Straight lines between points in km; whole metres, seconds rounded up."""
    names = tuple(points)
    metres = np.array(
        [[round(1000 * math.dist(points[a], points[b])) for b in names] for a in names],
        dtype=np.int64,
    )
    seconds = np.ceil(metres * 3.6 / speed_km_h).astype(np.int64)
    return TravelMatrix(names, metres, seconds, "plane")


def sites(points: Mapping[str, tuple[float, float]]) -> tuple[Site, ...]:
    return tuple(Site(name, 34.0, 112.0) for name in points)


def tippers(
    count: int,
    *,
    capacity_kg: int = 30_000,
    shift: Window = Window(6 * HOUR, 18 * HOUR),
    depot: str = "depot",
) -> tuple[tuple[VehicleType, ...], tuple[Vehicle, ...]]:
    kind = VehicleType("tipper", Body.TIPPER, capacity_kg, fixed_fen=10_000, fen_per_km=500)
    return (kind,), tuple(Vehicle(f"truck{i}", "tipper", depot, shift) for i in range(count))


def cargo(*names: str, bodies: Sequence[Body] = (Body.TIPPER,)) -> tuple[Material, ...]:
    return tuple(Material(name, frozenset(bodies)) for name in names)
