"""The job behind a kept question: as long as it takes, with progress, to the end or not at all."""

from collections.abc import Callable

from sqlalchemy.orm import Session, sessionmaker, undefer

from market import jobs
from market.db import transaction
from market.matchmaking import kept_questions, queries
from market.matchmaking.codec import thaw
from market.matchmaking.kept_questions import Compared, LossTable
from market.matchmaking.question_models import KeptQuestion
from market.matchmaking.quotas import without_idle
from market.matchmaking.rules import JobStage
from matching.changes import Case
from matching.result import Side, Stage

HALF = 0.5
REPORTS = 0.01
"""A share of the work is written down only when it has grown by so much."""


def answer(sessions: sessionmaker[Session], question_id: int, progress: jobs.Progress) -> None:
    """Work a question out and keep the answer; run twice, it leaves the same."""
    with sessions() as session:
        row = session.get_one(KeptQuestion, question_id, options=[undefer(KeptQuestion.input_gz)])
        frozen = queries.frozen_input(session, row.run_id)
        changed = row.input_gz
    assert frozen is not None, "only a run with its input can be asked"
    progress.report(JobStage.SOLVE, 0.0)
    today = Case(*thaw(frozen))
    found = _losses(today, progress) if changed is None else _compared(today, changed, progress)
    progress.stop_if_asked()
    progress.report(JobStage.STORE, 0.99)
    with sessions() as session, transaction(session):
        kept_questions.store(session, question_id, found)


def _compared(today: Case, changed: bytes, progress: jobs.Progress) -> Compared:
    from matching.solve import solve
    from matching.whatif import compare

    should_stop = progress.now_and_then()
    before = solve(today.problem, today.parameters, should_stop=should_stop)
    progress.stop_if_asked()
    progress.report(JobStage.SOLVE, HALF)

    def on_progress(_stage: Stage, share: float) -> None:
        progress.report(JobStage.SOLVE, HALF + share * HALF * 0.9)

    after = compare(today, Case(*thaw(changed)), before, on_progress, should_stop)
    return Compared.of(after)


def _losses(today: Case, progress: jobs.Progress) -> LossTable:
    from matching.loss import losses

    problem = without_idle(today.problem)
    found = [
        losses(
            problem,
            today.parameters,
            on_progress=_telling(progress, start),
            should_stop=progress.now_and_then(),
            side=side,
        )
        for side, start in ((Side.SLOT, 0.0), (Side.SUPPLY, HALF))
    ]
    return LossTable(*found)


def _telling(progress: jobs.Progress, start: float) -> Callable[[float], None]:
    told = [start]

    def tell(share: float) -> None:
        now = start + share * HALF
        if now - told[0] >= REPORTS:
            told[0] = now
            progress.report(JobStage.SOLVE, now)

    return tell


jobs.register(kept_questions.KIND, [answer])
