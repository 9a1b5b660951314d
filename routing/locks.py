"""What a dispatcher has settled: a truck's whole route, or one load on its truck (at its time)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lock:
    """Keep the truck's route as it is (`load` None), or keep one load on that truck.

    With `start_s` the load is also taken up at exactly that second of the day.
    """

    vehicle: str
    load: str | None = None
    start_s: int | None = None
