"""Verbs on weeks of collection plans. Each runs inside the caller's transaction."""

from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from market import audit, jobs
from market.accounts.rules import Actor
from market.db import one_at_a_time
from market.errors import ConflictError, DomainError
from market.haulage import actions, queries, week_queries
from market.haulage.models import PlanWeek
from market.haulage.policy import require_planner
from market.haulage.rules import PlanParameters, Ways
from market.haulage.week_rules import (
    DEFAULT_DAYS,
    DEFAULT_TIME_LIMIT_S,
    MAX_DAYS,
    MAX_WAIT_DAYS,
    SUNDAY,
    Calendar,
    most_driver_days,
)

KIND = "week_planning"


@dataclass(frozen=True, slots=True)
class WeekRequest:
    """What a person asks for: the first day, how many days, and on which weekdays trucks rest."""

    run_id: int
    starts_on: date
    depot_ids: tuple[int, ...]
    days: int = DEFAULT_DAYS
    rest_weekdays: tuple[int, ...] = (SUNDAY,)
    driver_days: int = most_driver_days(DEFAULT_DAYS)
    calendar: Calendar = field(default_factory=Calendar)
    time_limit_s: int = DEFAULT_TIME_LIMIT_S
    seed: int = 1
    parameters: PlanParameters = field(default_factory=PlanParameters)


def request_week(
    session: Session, actor: Actor | None, request: WeekRequest, *, now: datetime
) -> PlanWeek:
    """Queue a week; the same request made again while it is under way is the same week.

    Raises:
        DomainError: the day, the number of days, the time or the depots are out of range.
        ConflictError: the run has no result.

    """
    person = require_planner(actor)
    _check(session, request, now)
    one_at_a_time(session, KIND)
    for known in week_queries.unfinished(session, request.run_id):
        if all(getattr(known, name) == value for name, value in _columns(request).items()):
            return known
    week = PlanWeek(
        **_columns(request),
        versions=actions.planner_versions(),
        created_by=person.user_id,
        created_at=now,
    )
    session.add(week)
    session.flush()
    week.job_id = jobs.submit(session, kind=KIND, subject_id=week.id, now=now).id
    _record(session, person, week, "request", now)
    return week


def again(
    session: Session,
    actor: Actor | None,
    week_id: int,
    *,
    by_great_circle: bool,
    now: datetime,
) -> PlanWeek:
    """Queue the same days once more, by great circle only where a person says so."""
    require_planner(actor)
    row = week_queries.week(session, week_id)
    asked = PlanParameters(**row.parameters)
    if by_great_circle:
        asked = replace(asked, ways=Ways.GREAT_CIRCLE)
    told = {part.name: getattr(row, part.name) for part in fields(WeekRequest)}
    lists = {name: tuple(told[name]) for name in ("depot_ids", "rest_weekdays")}
    calendar = Calendar.of(row.calendar)
    request = WeekRequest(**{**told, **lists, "calendar": calendar, "parameters": asked})
    return request_week(session, actor, request, now=now)


def cancel(session: Session, actor: Actor | None, week_id: int, *, now: datetime) -> PlanWeek:
    """Ask the planner to stop; once it searches, it keeps the best week found so far."""
    person = require_planner(actor)
    week = week_queries.week(session, week_id)
    if week.job_id is None:
        raise ConflictError("job_has_ended")
    jobs.request_cancel(session, week.job_id, now)
    _record(session, person, week, "cancel", now)
    return week


def _columns(request: WeekRequest) -> dict[str, object]:
    return {
        **asdict(request),
        "depot_ids": sorted(request.depot_ids),
        "rest_weekdays": sorted(request.rest_weekdays),
        "calendar": request.calendar.record(),
    }


def _check(session: Session, request: WeekRequest, now: datetime) -> None:
    day = actions.PlanRequest(
        request.run_id, request.starts_on, request.depot_ids, request.time_limit_s
    )
    actions.check_request(session, day, actions.local_day(now))
    if all(truck.end_depot_id for truck in queries.fleet(session, request.depot_ids)):
        raise DomainError("no_returning_truck", field="depot_ids")
    for name, value in (("days", request.days), ("driver_days", request.driver_days)):
        if not 1 <= value <= MAX_DAYS:
            raise DomainError("out_of_range", field=name, low=1, high=MAX_DAYS)
    if not 0 <= request.calendar.wait_days <= MAX_WAIT_DAYS:
        raise DomainError("out_of_range", field="wait_days", low=0, high=MAX_WAIT_DAYS)
    _check_dates(request)
    named = {name for name, _days in request.calendar.closed}
    missing = named - set(week_queries.sites_of_listings(session, named))
    if missing:
        raise DomainError("no_such_listing", field="closed", ref=f"L-{min(missing):04d}")


def _check_dates(request: WeekRequest) -> None:
    """Refuse a rest or a shut gate on a day that is not planned: it would change nothing."""
    days = {request.starts_on + timedelta(number) for number in range(request.days)}
    shut = frozenset[date]().union(*(dates for _name, dates in request.calendar.closed))
    for name, dates in (("rest_dates", request.calendar.rest_dates), ("closed", shut)):
        if dates - days:
            raise DomainError("day_outside_week", field=name, day=min(dates - days).isoformat())


def _record(session: Session, person: Actor, week: PlanWeek, verb: str, now: datetime) -> None:
    audit.record(
        session,
        now=now,
        user_id=person.user_id,
        verb=verb,
        subject="plan_week",
        subject_id=week.id,
    )
