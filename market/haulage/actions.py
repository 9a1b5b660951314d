"""Verbs that change collection plans. Each runs inside the caller's transaction."""

from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from importlib.metadata import version

from sqlalchemy.orm import Session

from market import audit, jobs
from market.accounts.rules import Actor
from market.catalogue.queries import factors
from market.config import load_settings
from market.db import one_at_a_time
from market.errors import ConflictError, DomainError
from market.haulage import queries
from market.haulage.models import CollectionPlan
from market.haulage.policy import require_planner
from market.haulage.road_factors import by_region
from market.haulage.rules import (
    DEFAULT_TIME_LIMIT_S,
    DEFAULT_WORKING_DAYS,
    LOCAL,
    MAX_DAYS_AHEAD,
    MAX_TIME_LIMIT_S,
    MIN_TIME_LIMIT_S,
    PlanParameters,
    Ways,
)
from market.haulage.week_rules import SUNDAY
from market.matchmaking.models import MatchRun
from market.matchmaking.queries import latest_run
from market.matchmaking.queries import run as match_run
from market.matchmaking.rules import SETTLED

KIND = "planning"
WORKING_DAYS_FACTOR = "cap_days"


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """What a person asks for. ``parameters`` has the run's road factor put in by the action."""

    run_id: int
    planned_on: date
    depot_ids: tuple[int, ...]
    time_limit_s: int = DEFAULT_TIME_LIMIT_S
    seed: int = 1
    parameters: PlanParameters = field(default_factory=PlanParameters)


def local_day(now: datetime) -> date:
    return now.astimezone(LOCAL).date()


def is_over(plan: CollectionPlan, now: datetime) -> bool:
    """Tell whether the plan's day has passed: from then on it stays as it was driven."""
    return plan.planned_on < local_day(now)


def next_working_day(now: datetime) -> date:
    """Return tomorrow, or Monday when tomorrow is a Sunday."""
    tomorrow = local_day(now) + timedelta(days=1)
    return tomorrow + timedelta(days=tomorrow.isoweekday() == SUNDAY)


def default_parameters(session: Session, run: MatchRun) -> PlanParameters:
    """Working days come from the catalogue's factor, the road factor from the run.

    Where a road router is set, its tables are the default.
    """
    days = factors(session).get(WORKING_DAYS_FACTOR)
    return PlanParameters(
        road_factor=run.road_factor,
        working_days=DEFAULT_WORKING_DAYS if days is None else round(days.value),
        ways=Ways.ROUTER if load_settings().road_tables else Ways.GREAT_CIRCLE,
    )


def request_first_plan(session: Session, actor: Actor, *, now: datetime) -> CollectionPlan:
    """Plan the next working day from the latest run with every depot and the defaults.

    Raises:
        ConflictError: there is no run with a result yet.

    """
    run = latest_run(session)
    if run is None:
        raise ConflictError("no_run_to_plan")
    day, depots = next_working_day(now), tuple(row.id for row in queries.depots(session))
    request = PlanRequest(
        run_id=run.id,
        planned_on=day,
        depot_ids=depots,
        parameters=by_region(session, default_parameters(session, run), depots, day),
    )
    return request_plan(session, actor, request, now=now)


def request_plan(
    session: Session, actor: Actor | None, request: PlanRequest, *, now: datetime
) -> CollectionPlan:
    """Queue a plan; the same request made again while it is under way is the same plan."""
    person = require_planner(actor)
    check_request(session, request, local_day(now))
    one_at_a_time(session, KIND)
    for known in queries.unfinished_on(session, request.run_id, request.planned_on):
        if _same(known, request):
            return known
    plan = CollectionPlan(
        run_id=request.run_id,
        planned_on=request.planned_on,
        depot_ids=sorted(request.depot_ids),
        parameters=asdict(request.parameters),
        time_limit_s=request.time_limit_s,
        seed=request.seed,
        versions=planner_versions(),
        created_by=person.user_id,
        created_at=now,
    )
    session.add(plan)
    session.flush()
    plan.job_id = jobs.submit(session, kind=KIND, subject_id=plan.id, now=now).id
    _record(session, person, plan, "request", now)
    return plan


def planner_versions() -> dict[str, str]:
    """Return what, beside input, seed and length, a plan depends on."""
    return {name: version(name) for name in ("wujin", "ortools", "numba")}


def cancel(session: Session, actor: Actor | None, plan_id: int, *, now: datetime) -> CollectionPlan:
    """Ask the planner to stop; once it searches, it keeps the best plan found so far.

    Raises:
        ConflictError: the job has already ended.

    """
    person = require_planner(actor)
    plan = queries.plan(session, plan_id)
    if plan.job_id is None:
        raise ConflictError("job_has_ended")
    jobs.request_cancel(session, plan.job_id, now)
    _record(session, person, plan, "cancel", now)
    return plan


def check_request(session: Session, request: PlanRequest, today: date) -> None:
    """Refuse a run without a result, a day that is over or far off, and depots without a truck."""
    if match_run(session, request.run_id).status not in SETTLED:
        raise ConflictError("no_run_to_plan", field="run_id")
    if not today <= request.planned_on <= today + timedelta(days=MAX_DAYS_AHEAD):
        raise DomainError("day_not_plannable", field="planned_on", days=MAX_DAYS_AHEAD)
    if not MIN_TIME_LIMIT_S <= request.time_limit_s <= MAX_TIME_LIMIT_S:
        raise DomainError(
            "out_of_range", field="time_limit_s", low=MIN_TIME_LIMIT_S, high=MAX_TIME_LIMIT_S
        )
    if not queries.fleet(session, request.depot_ids):
        raise DomainError("no_truck", field="depot_ids")


def _same(known: CollectionPlan, request: PlanRequest) -> bool:
    return (
        known.depot_ids == sorted(request.depot_ids)
        and known.parameters == asdict(request.parameters)
        and known.time_limit_s == request.time_limit_s
        and known.seed == request.seed
    )


def _record(
    session: Session, person: Actor, plan: CollectionPlan, verb: str, now: datetime
) -> None:
    audit.record(
        session,
        now=now,
        user_id=person.user_id,
        verb=verb,
        subject="collection_plan",
        subject_id=plan.id,
    )
