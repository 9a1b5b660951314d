"""Questions to a run that a job works out: asking, stopping, reading the answer."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from market import audit, jobs
from market.accounts.rules import Actor
from market.errors import ForbiddenError, NotFoundError
from market.matchmaking import codec, policy, queries
from market.matchmaking.question_models import KeptQuestion
from market.matchmaking.questions import Question
from market.matchmaking.rules import OVERSEERS
from matching.changes import Case
from matching.loss import Loss
from matching.result import Remainder
from matching.whatif import (
    Figure,
    FigureDifference,
    FlowDifference,
    Pair,
    PartyDifference,
    UnmatchedDifference,
    WhatIf,
)

KIND = "question"
LISTED = 20
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Reason:
    supply_id: str
    reason: Remainder


@dataclass(frozen=True, slots=True)
class Compared:
    """What a what-if comes to, small enough to keep; ``reasons`` are of what is left afterwards."""

    figures: tuple[FigureDifference, ...]
    flows: tuple[FlowDifference, ...]
    unmatched: tuple[UnmatchedDifference, ...]
    parties: tuple[PartyDifference, ...]
    opened: tuple[Pair, ...]
    closed: tuple[Pair, ...]
    reasons: tuple[Reason, ...]

    @classmethod
    def of(cls, answer: WhatIf) -> "Compared":
        changed = {row.supply_id for row in answer.unmatched}
        reasons = {row.supply_id: row.reason for row in answer.after.unmatched}
        return cls(
            answer.figures,
            answer.flows,
            answer.unmatched,
            answer.parties,
            answer.opened,
            answer.closed,
            tuple(Reason(*row) for row in sorted(reasons.items()) if row[0] in changed),
        )

    def change_of(self, figure: Figure) -> float:
        return next(row.change for row in self.figures if row.figure is figure)


@dataclass(frozen=True, slots=True)
class LossTable:
    """Every plant and every offer of a run taken out in turn, most stranded first."""

    plants: tuple[Loss, ...]
    offers: tuple[Loss, ...]


def pack(answer: object) -> bytes:
    return gzip.compress(json.dumps(codec.plain(answer)).encode(), compresslevel=6, mtime=0)


def unpack(kind: type[Answer], packed: bytes) -> Answer:
    return codec.build(kind, json.loads(gzip.decompress(packed)))


def keep(
    session: Session,
    actor: Actor,
    run_id: int,
    code: Question,
    *,
    address: str,
    changed: Case | None,
    now: datetime,
) -> KeptQuestion:
    """Queue a question, or return the same one of the same person; ``changed`` is its input.

    A table of losses is everybody's: one that is queued, running or done is not asked again.
    Refused: whoever may not ask for runs.
    """
    if not policy.may_request(actor):
        raise ForbiddenError("forbidden")
    same = _same(session, actor, run_id, code, address)
    if same is not None:
        return same
    row = KeptQuestion(
        run_id=queries.run(session, run_id).id,
        code=code,
        address=address,
        input_gz=None if changed is None else codec.freeze(changed.problem, changed.parameters),
        created_by=actor.user_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    row.job_id = jobs.submit(session, kind=KIND, subject_id=row.id, now=now).id
    _note(session, actor, row, now, verb="asked")
    return row


def _same(
    session: Session, actor: Actor, run_id: int, code: Question, address: str
) -> KeptQuestion | None:
    of_all = code is Question.LOSS
    lost = {jobs.JobState.FAILED, jobs.JobState.CANCELLED}
    for row in _rows(session, run_id, None if of_all else actor):
        job = job_of(session, row)
        asked = row.code == code and row.address == address
        if asked and job is not None and job.state not in lost:
            return row
    return None


def cancel(session: Session, actor: Actor, row: KeptQuestion, *, now: datetime) -> None:
    """Ask the job to stop; nothing of the answer is kept. Refused: a job that has ended."""
    if row.job_id is not None:
        jobs.request_cancel(session, row.job_id, now)
        _note(session, actor, row, now, verb="cancelled")


def _note(session: Session, actor: Actor, row: KeptQuestion, now: datetime, *, verb: str) -> None:
    audit.record(
        session,
        now=now,
        user_id=actor.user_id,
        verb=verb,
        subject="kept_question",
        subject_id=row.id,
    )


def of_actor(session: Session, run_id: int, actor: Actor | None) -> Sequence[KeptQuestion]:
    """Return what this person asked of a run, the newest first; overseers see everybody's."""
    return [] if actor is None else _rows(session, run_id, actor)


def _rows(session: Session, run_id: int, actor: Actor | None) -> Sequence[KeptQuestion]:
    statement = sa.select(KeptQuestion).where(KeptQuestion.run_id == run_id)
    if actor is not None and actor.role not in OVERSEERS:
        statement = statement.where(KeptQuestion.created_by == actor.user_id)
    return session.scalars(statement.order_by(KeptQuestion.id.desc()).limit(LISTED)).all()


def question(session: Session, actor: Actor | None, run_id: int, question_id: int) -> KeptQuestion:
    """Return a kept question with its answer; anybody else's is not there."""
    row = session.get(KeptQuestion, question_id, options=[undefer(KeptQuestion.answer_gz)])
    mine = (
        actor is not None
        and row is not None
        and (actor.role in OVERSEERS or row.created_by == actor.user_id)
    )
    if row is None or row.run_id != run_id or not (mine or row.code == Question.LOSS):
        raise NotFoundError("not_found")
    return row


def job_of(session: Session, row: KeptQuestion) -> jobs.Job | None:
    return None if row.job_id is None else jobs.get(session, row.job_id)


def loss_table(session: Session, run_id: int) -> LossTable | None:
    """Return the whole table of losses of a run where somebody had it made."""
    packed = session.scalar(
        sa.select(KeptQuestion.answer_gz)
        .where(
            KeptQuestion.run_id == run_id,
            KeptQuestion.code == Question.LOSS,
            KeptQuestion.answer_gz.is_not(None),
        )
        .order_by(KeptQuestion.id.desc())
        .limit(1)
    )
    return None if packed is None else unpack(LossTable, packed)


def store(session: Session, question_id: int, answer: Compared | LossTable) -> None:
    session.execute(
        sa.update(KeptQuestion).where(KeptQuestion.id == question_id).values(answer_gz=pack(answer))
    )
