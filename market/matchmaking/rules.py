"""Closed sets and limits of matching runs."""

from enum import StrEnum

MAX_RADIUS_KM = 1000


class Objective(StrEnum):
    TONNES = "tonnes"  # most tonnes, then fewest tonne-km
    VALUE = "value"  # net value, party-neutral


class RunStatus(StrEnum):
    """What became of the optimisation; whether the job still runs is the job's state."""

    PENDING = "pending"
    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    EMPTY = "empty"
