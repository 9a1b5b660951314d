"""Distances and driving times between sites, as integer matrices.

The default is the great circle times a road factor at one speed; a matrix from a road router can be
given instead. Rows are origins, columns destinations; the matrices need not be symmetric.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

# Mean radius of the Earth, (2a + b) / 3 of WGS-84 rounded as in IUGG usage.
EARTH_RADIUS_M = 6_371_008.8
# Metres of a way, or seconds: fifty times round the Earth, or 68 years.
MOST_TRAVEL = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class TravelMatrix:
    """`distance_m` and `duration_s`: int64, shape (n, n), in the order of `site_ids`."""

    site_ids: tuple[str, ...]
    distance_m: NDArray[np.int64]
    duration_s: NDArray[np.int64]
    source: str
    _index: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        size = len(self.site_ids)
        for name in ("distance_m", "duration_s"):
            matrix = np.ascontiguousarray(getattr(self, name))
            if matrix.shape != (size, size):
                raise ValueError(f"{name} has shape {matrix.shape}, expected ({size}, {size})")
            if not np.issubdtype(matrix.dtype, np.integer):
                raise ValueError(f"{name} holds {matrix.dtype}, expected whole numbers")
            self._refuse(np.argwhere(matrix < 0), f"{name} is negative or missing")
            self._refuse(np.argwhere(matrix > MOST_TRAVEL), f"{name} is above {MOST_TRAVEL:,}")
            frozen = matrix.astype(np.int64)
            frozen.flags.writeable = False
            object.__setattr__(self, name, frozen)
        object.__setattr__(self, "_index", {name: i for i, name in enumerate(self.site_ids)})
        if len(self._index) != size:
            raise ValueError("a site appears twice in the travel matrix")

    def _refuse(self, cells: NDArray[np.int64], fault: str) -> None:
        if len(cells):
            row, column = cells[0]
            raise ValueError(f"{fault} for {self.site_ids[row]} -> {self.site_ids[column]}")

    def index(self, site: str) -> int:
        return self._index[site]

    def metres(self, origin: str, destination: str) -> int:
        return int(self.distance_m[self._index[origin], self._index[destination]])

    def seconds(self, origin: str, destination: str) -> int:
        return int(self.duration_s[self._index[origin], self._index[destination]])


def great_circle_m(
    latitude_deg: NDArray[np.float64], longitude_deg: NDArray[np.float64]
) -> NDArray[np.float64]:
    """All pairs great-circle distance by the haversine formula: (n,) degrees -> (n, n) metres."""
    latitude, longitude = np.radians(latitude_deg), np.radians(longitude_deg)
    across = latitude[:, None] - latitude[None, :]
    along = longitude[:, None] - longitude[None, :]
    chord = (
        np.sin(across / 2) ** 2
        + np.cos(latitude)[:, None] * np.cos(latitude)[None, :] * np.sin(along / 2) ** 2
    )
    arc: NDArray[np.float64] = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0)))
    return arc


def great_circle_travel(
    positions: Sequence[tuple[str, float, float]],
    *,
    road_factor: float,
    speed_km_h: float,
) -> TravelMatrix:
    """Travel between (site id, latitude, longitude) triples; seconds are rounded up."""
    if not road_factor >= 1:
        raise ValueError(f"road factor {road_factor} is below 1")
    if not speed_km_h > 0:
        raise ValueError(f"speed {speed_km_h} km/h")
    names = tuple(name for name, _, _ in positions)
    latitude = np.array([row[1] for row in positions], dtype=np.float64)
    longitude = np.array([row[2] for row in positions], dtype=np.float64)
    road_m = great_circle_m(latitude, longitude) * road_factor
    farthest = max(road_m.max(initial=0), road_m.max(initial=0) * 3.6 / speed_km_h)
    if farthest > MOST_TRAVEL:
        raise ValueError(f"with this factor and speed a way is above {MOST_TRAVEL:,} m or s")
    return TravelMatrix(
        names,
        np.rint(road_m).astype(np.int64),
        np.ceil(road_m * 3.6 / speed_km_h).astype(np.int64),
        f"great circle x {road_factor:g} at {speed_km_h:g} km/h",
    )
