"""Distances on the sphere and who is near whom, without ever listing all pairs of a large set."""

import numpy as np
from numpy.typing import NDArray

EARTH_RADIUS_KM = 6371.0088
"""Mean radius R1 of GRS 80 (Moritz, Geodetic Reference System 1980, J. Geodesy 74, 2000)."""

_ALL_PAIRS_MAX = 1_000_000
"""Below this many pairs plain arithmetic beats loading and building a spatial index."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def great_circle_km(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats) -> Floats:
    """Compute the haversine distance in km of positions in degrees; arguments broadcast.

    Stable for near positions, unlike the arc cosine (Sinnott, Sky & Telescope 68, 1984).
    """
    phi1, phi2 = np.radians(lat1), np.radians(lat2)
    half_phi = np.sin((phi2 - phi1) / 2)
    half_lambda = np.sin(np.radians(lon2 - lon1) / 2)
    chord = half_phi**2 + np.cos(phi1) * np.cos(phi2) * half_lambda**2
    km: Floats = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.minimum(chord, 1.0)))
    return km


def vincenty_km(lat1: Floats, lon1: Floats, lat2: Floats, lon2: Floats) -> Floats:
    """Compute the same distance by Vincenty's formula on the sphere, for whoever checks."""
    phi1, phi2, turn = np.radians(lat1), np.radians(lat2), np.radians(lon2 - lon1)
    across = np.cos(phi2) * np.sin(turn)
    along = np.cos(phi1) * np.sin(phi2) - np.sin(phi1) * np.cos(phi2) * np.cos(turn)
    towards = np.sin(phi1) * np.sin(phi2) + np.cos(phi1) * np.cos(phi2) * np.cos(turn)
    km: Floats = EARTH_RADIUS_KM * np.arctan2(np.hypot(across, along), towards)
    return km


def neighbours(from_deg: Floats, to_deg: Floats, radius_km: float) -> tuple[Ints, Ints, Floats]:
    """List the pairs within the radius as (row of `from`, row of `to`, km), ordered by both rows.

    `from_deg` and `to_deg` have shape (n, 2): latitude, longitude in degrees.
    """
    if not len(from_deg) or not len(to_deg):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    if len(from_deg) * len(to_deg) <= _ALL_PAIRS_MAX:
        return _all_pairs(from_deg, to_deg, radius_km)
    return _indexed_pairs(from_deg, to_deg, radius_km)


def _all_pairs(from_deg: Floats, to_deg: Floats, radius_km: float) -> tuple[Ints, Ints, Floats]:
    km = great_circle_km(from_deg[:, :1], from_deg[:, 1:], to_deg[:, 0], to_deg[:, 1])
    rows, columns = np.nonzero(km <= radius_km)
    return rows, columns, km[rows, columns]


def _indexed_pairs(from_deg: Floats, to_deg: Floats, radius_km: float) -> tuple[Ints, Ints, Floats]:
    """Chords of the unit sphere stand for arcs; the few pairs on the rim are settled by the arc."""
    from scipy.spatial import cKDTree

    half_turn = min(radius_km / EARTH_RADIUS_KM, np.pi) / 2
    chord = 2 * np.sin(half_turn) * (1 + 1e-9) + 1e-12
    tree = cKDTree(_unit_vectors(from_deg))
    near = tree.sparse_distance_matrix(cKDTree(_unit_vectors(to_deg)), chord, output_type="ndarray")
    rows, columns = near["i"].astype(np.int64), near["j"].astype(np.int64)
    km = great_circle_km(
        from_deg[rows, 0], from_deg[rows, 1], to_deg[columns, 0], to_deg[columns, 1]
    )
    inside = np.nonzero(km <= radius_km)[0]
    order = inside[np.argsort(rows[inside] * len(to_deg) + columns[inside])]
    return rows[order], columns[order], km[order]


def _unit_vectors(degrees: Floats) -> Floats:
    phi, lam = np.radians(degrees[:, 0]), np.radians(degrees[:, 1])
    return np.column_stack((np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)))
