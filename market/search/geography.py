"""Distance on the sphere, and the box that holds a circle on it."""

import math

RADIUS_M = 6_371_008.8
M_PER_DEGREE = RADIUS_M * math.pi / 180


def distance_m(lat: float, lon: float, to_lat: float, to_lon: float) -> float:
    """Return the great-circle distance (haversine) between two WGS-84 positions in degrees."""
    dlat, dlon = math.radians(to_lat - lat), math.radians(to_lon - lon)
    chord = math.sin(dlat / 2) ** 2 + (
        math.cos(math.radians(lat)) * math.cos(math.radians(to_lat)) * math.sin(dlon / 2) ** 2
    )
    return 2 * RADIUS_M * math.asin(math.sqrt(min(1.0, chord)))


def box(lat: float, lon: float, radius_m: float) -> tuple[float, float, float, float]:
    """Return south, west, north, east around a circle; near a pole all longitudes.

    A circle over the date line gives all longitudes too: the box only has to hold the circle.
    """
    dlat = radius_m / M_PER_DEGREE
    south, north = max(-90.0, lat - dlat), min(90.0, lat + dlat)
    widest = max(abs(south), abs(north))
    if widest >= 89.9:  # noqa: PLR2004 - degrees; beyond it the cosine is no guide
        return south, -180.0, north, 180.0
    dlon = radius_m / (M_PER_DEGREE * math.cos(math.radians(widest)))
    west, east = lon - dlon, lon + dlon
    if west < -180.0 or east > 180.0:  # noqa: PLR2004 - degrees
        return south, -180.0, north, 180.0
    return south, west, north, east
