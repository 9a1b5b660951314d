"""Closed sets and limits of collection planning."""

from enum import StrEnum

MAX_TIME_LIMIT_S = 600
MIN_TIME_LIMIT_S = 1
MAX_REACH_KM = 300
MAX_LOADS_PER_FLOW = 50
WEEKDAYS = frozenset(range(1, 8))


class VehicleKind(StrEnum):
    """Truck bodies; the values are those of the routing library's ``Body``."""

    TANKER = "tanker"
    TIPPER = "tipper"
    FLATBED = "flatbed"
    HAZARDOUS_VAN = "hazardous_van"


class Basis(StrEnum):
    """Where a number of the fleet comes from; shown beside it."""

    FACTOR = "factor"  # derived from a dated factor of the catalogue
    ASSUMPTION = "assumption"  # demonstration data, to be replaced by the carrier's own


class Scope(StrEnum):
    """Which flows of the run a plan takes up."""

    DEMO = "demo"  # at least one end is a demonstration firm
    ALL = "all"  # estimates between public-source plants too


class PlanStatus(StrEnum):
    """What became of the planning; whether the job still runs is the job's state."""

    PENDING = "pending"
    COMPLETE = "complete"
    PARTIAL = "partial"
    EMPTY = "empty"


class LeftOut(StrEnum):
    """Why a flow of the run, or a part of it, never entered the day's problem."""

    ESTIMATE = "estimate"
    OUT_OF_REACH = "out_of_reach"
    OTHER_CARRIERS = "other_carriers"
    BELOW_ONE_LOAD = "below_one_load"
