"""The job that plans several days: freeze them, solve and check, store each day's plan."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session, sessionmaker

from market import jobs
from market.db import transaction
from market.haulage import codec, ways, week_loader, week_queries, week_store
from market.haulage.rules import HAND_OUT, JobStage, PlanParameters, PlanStatus, seconds_over
from market.haulage.week_actions import KIND
from market.haulage.worker import (
    MEASURING_SHARE,
    REPORT_SECONDS,
    SOLVING_SHARE,
    BrokenPlanError,
    Patient,
    measuring,
)
from routing import parameters as routing
from routing.horizon import HorizonPlan, HorizonProblem
from routing.horizon_check import check_horizon
from routing.horizon_solve import solve_horizon


def freeze(sessions: sessionmaker[Session], week_id: int, progress: jobs.Progress) -> None:
    """Read the days, measure their ways with no transaction open, keep both; once."""
    progress.report(JobStage.FREEZE, 0.0)
    with sessions() as session:
        if week_queries.frozen_input(session, week_id) is not None:
            return
        row = week_queries.week(session, week_id)
        planned_at = datetime.now(UTC) + timedelta(seconds=row.time_limit_s) + HAND_OUT
        from_s = seconds_over(row.starts_on, planned_at)
        found, asked = week_loader.load(session, row, from_s), PlanParameters(**row.parameters)
    try:
        found = replace(found, day=ways.measured(found.day, asked, measuring(progress)))
    except ways.NoWaysError as error:
        with sessions() as session, transaction(session):
            week_store.store_failure(session, week_id, error.record(found.day))
        raise
    with sessions() as session, transaction(session):
        week_store.store_input(session, week_id, found)


def solve_and_store(sessions: sessionmaker[Session], week_id: int, progress: jobs.Progress) -> None:
    """Solve with no transaction open, let nothing broken through, store once."""
    with sessions() as session:
        row = week_queries.week(session, week_id)
        if row.status != PlanStatus.PENDING:
            return
        frozen = week_queries.frozen_input(session, week_id)
        limits = routing.Parameters(
            row.time_limit_s, row.seed, PlanParameters(**row.parameters).max_iterations
        )
    assert frozen is not None
    problem = codec.thaw_week(frozen)
    should_stop = Patient(progress.should_stop)
    plan = solve_horizon(problem, limits, _reporter(progress), should_stop)
    refuse_faults(problem, plan)
    progress.report(JobStage.STORE, 0.97)
    with sessions() as session, transaction(session):
        stopped, now = should_stop.said_yes, datetime.now(UTC)
        week_store.store_week(session, week_id, problem, plan, stopped=stopped, now=now)


def refuse_faults(problem: HorizonProblem, plan: HorizonPlan) -> None:
    faults = check_horizon(problem, plan)
    if faults:
        raise BrokenPlanError(f"{len(faults)} faults; the first: {' '.join(faults[0])}")


def _reporter(progress: jobs.Progress) -> Callable[[routing.Progress], None]:
    told: dict[str, float] = {}

    def report(now: routing.Progress) -> None:
        stage = now.stage.value
        if stage in told and time.monotonic() - told[stage] < REPORT_SECONDS:
            return
        told[stage] = time.monotonic()
        progress.report(stage, MEASURING_SHARE + SOLVING_SHARE * now.share)

    return report


jobs.register(KIND, (freeze, solve_and_store))
