"""The planning job: freeze the day, solve and check it, store the outcome."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from market import jobs
from market.db import transaction
from market.haulage import codec, day_plans, loader, queries, situations, store, versions, ways
from market.haulage.actions import KIND
from market.haulage.models import CollectionPlan
from market.haulage.rules import (
    HAND_OUT,
    MAX_TIME_LIMIT_S,
    JobStage,
    PlanParameters,
    PlanStatus,
    seconds_over,
)
from routing import parameters as routing
from routing.check import check
from routing.plan import Plan
from routing.problem import DayProblem
from routing.replan import replan, solve_from
from routing.solve import solve

REPORT_SECONDS = 0.4
POLL_SECONDS = 0.5
MEASURING_SHARE = 0.05
SOLVING_SHARE = 0.9
"""The part of the progress bar that belongs to the search; freezing and storing are short."""


class BrokenPlanError(Exception):
    """The independent reading found faults in the planner's answer; nothing is stored."""


def freeze(sessions: sessionmaker[Session], plan_id: int, progress: jobs.Progress) -> None:
    """Read the day, measure its ways with no transaction open, keep both; once."""
    progress.report(JobStage.FREEZE, 0.0)
    with sessions() as session:
        if queries.frozen_input(session, plan_id) is not None:
            return
        row = queries.plan(session, plan_id)
        day, asked = loader.load(session, row), PlanParameters(**row.parameters)
    try:
        day = ways.measured(day, asked, measuring(progress))
    except ways.NoWaysError as error:
        with sessions() as session, transaction(session):
            store.store_failure(session, plan_id, error.record(day))
        raise
    with sessions() as session, transaction(session):
        store.store_input(session, plan_id, day)


def measuring(progress: jobs.Progress) -> ways.Told:
    """Report how much of the ways is measured, and stop there when somebody asked to."""

    def told(done: int, blocks: int) -> None:
        progress.stop_if_asked()
        progress.report(JobStage.WAYS, MEASURING_SHARE * done / blocks)

    return told


def solve_and_store(sessions: sessionmaker[Session], plan_id: int, progress: jobs.Progress) -> None:
    """Solve with no transaction open, let nothing broken through, store once.

    On its own day a plan starts when its search has ended and it is handed out; what trucks set out
    for meanwhile, by the plan in force, stays as it is. So the answer still holds when it is there.
    """
    now = datetime.now(UTC)
    with sessions() as session:
        row = queries.plan(session, plan_id)
        if row.status != PlanStatus.PENDING:
            return
        frozen = queries.frozen_input(session, plan_id)
        limits = _limits(row)
        until = now + timedelta(seconds=row.time_limit_s) + HAND_OUT
        start = situations.search_from(session, row, until)
        taken_over = situations.taken_over(session, row, start)
        from_s = start.now_s if start else seconds_over(row.planned_on, until)
    assert frozen is not None
    problem = codec.thaw(frozen)
    should_stop = Patient(progress.should_stop)
    report = _reporter(progress, sessions, plan_id)
    if start is not None:
        plan = replan(start, limits, report, should_stop).plan
    elif from_s is not None:
        plan = solve_from(problem, from_s, limits, report, should_stop)
    else:
        plan = solve(problem, limits, report, should_stop)
    refuse_faults(problem, plan)
    progress.report(JobStage.STORE, 0.97)
    with sessions() as session, transaction(session):
        stopped = should_stop.said_yes
        store.store_plan(
            session, plan_id, plan, problem, from_s=from_s, stopped=stopped, taken_over=taken_over
        )
        versions.advance(session, plan_id, now=datetime.now(UTC))
        day_plans.begin(session, plan_id, now=datetime.now(UTC))


def _limits(row: CollectionPlan) -> routing.Parameters:
    """Search for a time; or, by count, as long as the count takes."""
    count = PlanParameters(**row.parameters).max_iterations
    limit_s = row.time_limit_s if count is None else MAX_TIME_LIMIT_S
    return routing.Parameters(time_limit_s=limit_s, seed=row.seed, max_iterations=count)


def refuse_faults(problem: DayProblem, plan: Plan) -> None:
    faults = check(problem, plan)
    if faults:
        first = faults[0]
        raise BrokenPlanError(
            f"{len(faults)} faults; the first: {first.code} {first.where} {first.detail}"
        )


class Patient:
    """Asks the table at most every half second, and remembers a yes."""

    def __init__(self, ask: Callable[[], bool]) -> None:
        self._ask = ask
        self._next = 0.0
        self.said_yes = False

    def __call__(self) -> bool:
        if not self.said_yes and time.monotonic() >= self._next:
            self.said_yes = self._ask()
            self._next = time.monotonic() + POLL_SECONDS
        return self.said_yes


def _reporter(
    progress: jobs.Progress, sessions: sessionmaker[Session], plan_id: int
) -> Callable[[routing.Progress], None]:
    told: dict[str, float] = {}

    def report(now: routing.Progress) -> None:
        stage = now.stage.value
        if stage in told and time.monotonic() - told[stage] < REPORT_SECONDS:
            return
        told[stage] = time.monotonic()
        progress.report(stage, MEASURING_SHARE + SOLVING_SHARE * now.share)
        if now.cost_fen is not None and now.unserved is not None:
            with sessions() as session, transaction(session):
                store.store_so_far(session, plan_id, now.cost_fen, now.unserved)

    return report


jobs.register(KIND, (freeze, solve_and_store))
