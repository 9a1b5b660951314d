"""A plan in a dispatcher's hands: what is locked, what is done, what may still change.

Every verb (`routing.moves`, `routing.late`, `routing.trucks`, `routing.replan`) is a pure function
of a `Situation`; it answers with a situation whose plan passes `routing.check`, or a `Refusal`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from routing.locks import Lock
from routing.plan import Plan, Reason
from routing.problem import DayProblem
from routing.schedule import Breach


class RefusalCode(StrEnum):
    """Why a dispatcher's wish is not granted."""

    UNKNOWN_LOAD = "unknown_load"
    UNKNOWN_VEHICLE = "unknown_vehicle"
    NO_SUCH_PLACE = "no_such_place"
    LOCKED = "locked"
    STARTED = "started"
    TRUCK_OUT = "truck_out"
    SHUT = "shut"
    RECEIVER_SHUT = "receiver_shut"
    LIMIT = "limit"
    NOTHING_LEFT = "nothing_left"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A wish that breaks something. For LIMIT, `reason` names the limit and the rest measures it.

    For SHUT and RECEIVER_SHUT, `value` is the second of day wished for and `limit` the nearest one
    with an open gate.
    `value` and `limit` are in `unit`; `relaxation` is how much that one limit must give way for the
    wish to be granted, None where no single limit decides or the cause is yes or no.
    """

    code: RefusalCode
    subject: str = ""
    reason: Reason | None = None
    value: int | None = None
    limit: int | None = None
    relaxation: int | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Situation:
    """The day, its plan, and what binds the dispatcher.

    With `now_s` (seconds since midnight) everything a truck has set out for before then is fixed,
    and no truck does anything new earlier. `out` are trucks that take no new work. `begun` is how
    many stops of a truck that is late or out are made or set out for, whatever the clock says.
    """

    problem: DayProblem
    plan: Plan
    locks: tuple[Lock, ...] = ()
    now_s: int | None = None
    out: frozenset[str] = frozenset()
    begun: Mapping[str, int] = field(default_factory=dict)


class BrokenPlanError(Exception):
    """The independent reading found a fault in a changed plan: a fault of the planner's own."""


def limited(breach: Breach, relaxation: int | None = None) -> Refusal:
    """Refuse for a limit that is broken."""
    return Refusal(
        RefusalCode.LIMIT,
        breach.subject,
        breach.reason,
        breach.value,
        breach.limit,
        relaxation,
        breach.unit,
    )
