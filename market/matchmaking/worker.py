"""The job that makes a run: freeze its input, solve, have it checked, store what it says."""

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from platform import python_version
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from market import jobs
from market.db import transaction
from market.listings.models import Listing
from market.matchmaking import actions, codec, loader, outcome, queries
from market.matchmaking.dosages import dosage_lines
from market.matchmaking.models import MatchRun
from market.matchmaking.monthly import by_month
from market.matchmaking.rules import MAX_STORED_REFUSALS, JobStage, Objective
from market.matchmaking.shares import ShareCap, share_caps
from market.matchmaking.stopping import held
from market.matchmaking.store import Outcome, store
from market.matchmaking.summary import NEAR, SinkLoss
from matching.problem import Parameters, Problem, Weights
from matching.result import Result, Stage, Status
from matching.side_by_side import cores

SHANGHAI = ZoneInfo("Asia/Shanghai")
POLL_SECONDS = 0.25
LOSS_SECONDS = 60.0
"""How long stops are asked about; those that move most come first."""
SHARES = {
    JobStage.FREEZE: 0.0,
    JobStage.CANDIDATES: 0.1,
    JobStage.SOLVE: 0.2,
    JobStage.PRICES: 0.6,
    JobStage.CHECK: 0.8,
    JobStage.STORE: 0.9,
}
SHOWN_AS = {
    Stage.CANDIDATES: JobStage.CANDIDATES,
    Stage.COMPATIBILITY: JobStage.CANDIDATES,
    Stage.SOLVE: JobStage.SOLVE,
    Stage.DUALS: JobStage.PRICES,
    Stage.EXPLAIN: JobStage.PRICES,
    Stage.CHECK: JobStage.CHECK,
}


class CheckFailedError(Exception):
    """The independent checker found the solver's plan wrong; nothing of it is stored."""


def scene_of(run: MatchRun) -> loader.Scene:
    """Return what the run asks for; its day is the one it was asked on, in Shanghai."""
    return loader.Scene(
        objective=Objective(run.objective),
        radius_m=run.radius_m,
        road_factor=run.road_factor,
        material_ids=tuple(run.material_ids),
        on=run.created_at.astimezone(SHANGHAI).date(),
        first_month=run.first_month,
        months=run.span_months,
        weights=Weights(**(run.weights or {})),
    )


def versions() -> dict[str, str]:
    return {
        "wujin": version("wujin"),
        "ortools": version("ortools"),
        "numpy": version("numpy"),
        "python": python_version(),
    }


def freeze_input(sessions: sessionmaker[Session], run_id: int, progress: jobs.Progress) -> None:
    """Store the problem as it is now; a repeated run, or this step run twice, keeps what is."""
    _report(progress, JobStage.FREEZE)
    with sessions() as session:
        run = queries.run(session, run_id)
        frozen, stops = queries.frozen_input(session, run_id), run.stops
        if frozen is None:
            frozen = codec.freeze(*loader.load(session, scene_of(run)))
            stops = [row.as_json() for row in held(session, scene_of(run))]
    with sessions() as session, transaction(session):
        session.execute(
            sa.update(MatchRun)
            .where(MatchRun.id == run_id)
            .values(
                input_gz=sa.func.coalesce(MatchRun.input_gz, frozen),
                stops=stops,
                versions=versions(),
            )
        )


def solve_and_store(sessions: sessionmaker[Session], run_id: int, progress: jobs.Progress) -> None:
    """No transaction is open while the solver works.

    When somebody asked to stop, what was solved by then is stored before the job ends.
    """
    with sessions() as session:
        run = queries.run(session, run_id)
        frozen = queries.frozen_input(session, run_id)
        assert frozen is not None, "the first step freezes the input"
        problem, parameters = codec.thaw(frozen)
        caps = _share_caps(session, problem, run)
    hurried = replace(parameters, time_limit_s=run.time_limit_s, workers=cores())
    result = _solve(problem, hurried, progress)
    _report(progress, JobStage.CHECK)
    require_right(problem, parameters, result)
    if result.status is Status.STOPPED and not result.flows:
        progress.stop_if_asked()
    _report(progress, JobStage.STORE)
    found = Outcome(
        result=result,
        flows=outcome.flows(problem, parameters, result),
        refusals=outcome.refusals(problem, parameters, MAX_STORED_REFUSALS),
        balances=outcome.balances(problem, parameters, result, caps),
        losses=_losses(run, problem, parameters, result, progress),
        quotas=outcome.quotas(result),
        kilns=outcome.kilns(result),
        dosages=dosage_lines(problem, hurried, result),
        rooms=outcome.rooms(result),
        lapses=outcome.lapses(problem, parameters, result),
        months=by_month(problem, result),
        stores=outcome.stores(problem),
        on=scene_of(run).on,
    )
    with sessions() as session:
        store(session, run_id, found)
    if result.status is Status.STOPPED:
        progress.stop_if_asked()


def _share_caps(session: Session, problem: Problem, run: MatchRun) -> Mapping[int, ShareCap]:
    wanted = [int(slot.id) for slot in problem.slots]
    wants = session.scalars(sa.select(Listing).where(Listing.id.in_(wanted))).all()
    return share_caps(session, wants, scene_of(run).on)


def _solve(problem: Problem, parameters: Parameters, progress: jobs.Progress) -> Result:
    from matching import solve

    def on_progress(stage: Stage, share: float) -> None:
        shown = SHOWN_AS[stage]
        stages = list(SHARES)
        following = SHARES[stages[stages.index(shown) + 1]]
        progress.report(shown, SHARES[shown] + share * (following - SHARES[shown]))

    return solve(problem, parameters, on_progress, _asked_now_and_then(progress))


def _losses(
    run: MatchRun,
    problem: Problem,
    parameters: Parameters,
    result: Result,
    progress: jobs.Progress,
) -> tuple[SinkLoss, ...]:
    """Ask what each receiver's stop would do, where the plan is the market's best of a year."""
    if run.material_ids or result.gap is None or result.gap > NEAR or not run.is_of_a_year:
        return ()
    return outcome.worst_losses(problem, parameters, LOSS_SECONDS, _asked_now_and_then(progress))


def require_right(problem: Problem, parameters: Parameters, result: Result) -> None:
    """Let a plan pass only if the checker finds nothing; else name what it found."""
    from matching.check import check

    faults = check(problem, parameters, result)
    if faults:
        named = "; ".join(f"{fault.fault} {fault.owner}".strip() for fault in faults[:5])
        raise CheckFailedError(f"{len(faults)} faults: {named}")


def _asked_now_and_then(progress: jobs.Progress) -> Callable[[], bool]:
    """Ask the database at most every quarter second: the solver polls far more often."""
    state = {"at": 0.0, "stop": False}

    def should_stop() -> bool:
        now = time.monotonic()
        if not state["stop"] and now - state["at"] >= POLL_SECONDS:
            state["at"], state["stop"] = now, progress.should_stop()
        return bool(state["stop"])

    return should_stop


def _report(progress: jobs.Progress, stage: JobStage) -> None:
    progress.report(stage, SHARES[stage])


jobs.register(actions.KIND, [freeze_input, solve_and_store])
