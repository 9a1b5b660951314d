"""Distance and time tables from a road router over HTTP: OSRM and Valhalla.

A pair that the router cannot connect is an error that names the pair; nothing is ever filled in by
a straight line. Skeleton: the clients follow.
"""

from __future__ import annotations


class RoadTableError(RuntimeError):
    """The router gave no usable table; the message names the server and what went wrong."""
