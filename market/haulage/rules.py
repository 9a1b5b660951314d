"""Closed sets and limits of collection planning."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from market.errors import DomainError

LOCAL = ZoneInfo("Asia/Shanghai")

MAX_TIME_LIMIT_S = 600
MIN_TIME_LIMIT_S = 1
MAX_REACH_KM = 300
MAX_LOADS_PER_FLOW = 50
MAX_DAYS_AHEAD = 60
MAX_TABLE_BYTES = 8_000_000
MAX_NET_T = 1_000
MAX_DELAY_MIN = 600
MAX_ITERATIONS = 1_000_000_000
DAYS_PER_YEAR = 366
DEFAULT_TIME_LIMIT_S = 10
AGAIN_TIME_LIMIT_S = 30
DEFAULT_WORKING_DAYS = 310
HAND_OUT = timedelta(minutes=15)
"""From the moment a plan of today is there until its first truck leaves: it is read, put in force,
and its sheets are handed out."""


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
    STATED = "stated"  # the carrier's own


class RuleBasis(StrEnum):
    """Where a cargo rule comes from; neither has been checked against a source."""

    PRACTICE = "practice"  # what the trade does; the minutes are assumed all the same
    ASSUMPTION = "assumption"  # the platform's own


class Scope(StrEnum):
    """Which flows of the run a plan takes up."""

    FIRMS = "firms"  # both ends are firms of the platform that state their tonnes
    ALL = "all"  # flows with a public-source estimate at an end too


class Ways(StrEnum):
    """Where a day's metres and seconds come from; none of them ever stands in for another."""

    GREAT_CIRCLE = "great_circle"
    ROUTER = "router"
    TABLE = "table"


class NoWays(StrEnum):
    """Why the road router gave no ways; the first four are the router client's own."""

    AWAY = "away"
    SLOW = "slow"
    BUSY = "busy"
    REFUSED = "refused"
    NO_ROAD = "no_road"
    NOT_SET = "not_set"


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


class Verb(StrEnum):
    """What a dispatcher does to a plan; each makes a new plan from the one before."""

    LOCK = "lock"
    UNLOCK = "unlock"
    MOVE = "move"
    TAKE_OFF = "take_off"
    ADD = "add"
    REMOVE = "remove"
    TAKE_OUT = "take_out"
    BRING_BACK = "bring_back"
    DELAY = "delay"
    REPLAN = "replan"


class JobStage(StrEnum):
    """The steps a person watches, in order; those between the first and last are the engine's."""

    FREEZE = "freeze"
    WAYS = "ways"
    SPLIT = "split"
    FIRST_PLAN = "first_plan"
    IMPROVE = "improve"
    CHECK = "check"
    STORE = "store"


@dataclass(frozen=True, slots=True)
class PlanParameters:
    """What a day is planned by, stored with the plan; times in seconds, of day or long.

    ``speed_km_h``, gates, loading, weighing and unloading are assumptions until the sites state
    their own; the driving limit is article 62 (7) of the Regulation on the Implementation of the
    Road Traffic Safety Law (State Council Decree 405). ``working_days`` turns yearly tonnes into a
    day's; ``loads_per_flow`` is the most this fleet takes of one flow, the rest being left to
    other carriers. ``road_factor`` is the catalogue's for the depots' region, told of in ``road``,
    or else the matching run's. With ``max_iterations`` the search ends
    by count, which is the same on every machine, and not by the clock. ``table`` is the first of
    the SHA-256 of a dispatcher's own table of ways. With ``keeps_promises`` what is locked, and
    which trucks are out, in the plan in force holds in the new one too.
    """

    scope: str = Scope.FIRMS
    reach_km: int = 80
    loads_per_flow: int = 2
    working_days: int = DEFAULT_WORKING_DAYS
    road_factor: float = 1.30
    speed_km_h: int = 45
    gate_opens_s: int = 6 * 3600
    gate_closes_s: int = 19 * 3600
    loading_s: int = 30 * 60
    weighing_s: int = 6 * 60
    unload_s_per_t: int = 50
    continuous_drive_s: int = 4 * 3600
    rest_s: int = 20 * 60
    ways: str = Ways.GREAT_CIRCLE
    table: str = ""
    max_iterations: int | None = None
    road: dict[str, Any] | None = None
    keeps_promises: bool = False

    def __post_init__(self) -> None:
        _within("reach_km", self.reach_km, 1, MAX_REACH_KM)
        _within("loads_per_flow", self.loads_per_flow, 1, MAX_LOADS_PER_FLOW)
        _within("working_days", self.working_days, 1, DAYS_PER_YEAR)
        if self.max_iterations is not None:
            _within("max_iterations", self.max_iterations, 0, MAX_ITERATIONS)


def _within(field: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise DomainError("out_of_range", field=field, low=low, high=high)


# Its hours at the wheel and its rest are the law's own; see `PlanParameters`.
LAW = PlanParameters()


def moment(day: date, seconds: int) -> datetime:
    """Return the moment at a second of a planned day; beyond 86,400 it is on the day after."""
    return datetime.combine(day, time(), LOCAL) + timedelta(seconds=seconds)


def seconds_over(day: date, now: datetime) -> int | None:
    """Return how many seconds of a planned day are over at a moment; None before it begins."""
    if now < moment(day, 0):
        return None
    return int((now - moment(day, 0)).total_seconds())


def whole_minute(at: datetime) -> datetime:
    """Round a moment to the minute just as clocks are rounded, so that all papers agree."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(minutes=round((at - midnight) / timedelta(minutes=1)))


def loads_due(day_kg: int, full_kg: int, day: date) -> int:
    """Return how many full trucks a steady stream fills on a day: none on most for a small one.

    Counting runs on through the days, so nothing is lost to rounding between them.
    """
    number = day.toordinal()
    return number * day_kg // full_kg - (number - 1) * day_kg // full_kg


def next_due(day_kg: int, full_kg: int, day: date) -> date | None:
    """Return the first later day on which the stream fills a truck; None if not within a year."""
    if day_kg <= 0:
        return None
    filled = day.toordinal() * day_kg // full_kg + 1
    due = -(-filled * full_kg // day_kg)
    return None if due > day.toordinal() + DAYS_PER_YEAR else date.fromordinal(due)
