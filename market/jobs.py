"""Long work that survives its process: the only file that knows the job engine.

A job is a row, written in the same transaction as what it is about, so none is ever lost between
commit and send. A worker turns each queued row into a durable workflow named after the row: asking
twice has one effect, and a worker killed in mid-job goes on at the first unfinished step when it
is started again under the same executor id.
"""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, Session, mapped_column, sessionmaker

from market.db import Base, one_of, transaction
from market.errors import ConflictError

log = structlog.get_logger()
POLL_SECONDS = 0.3
LOOK_SECONDS = 0.25


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED})


class Job(Base):
    """``stage`` is a code the feature has words for; ``share`` runs from 0 to 1 over all stages."""

    __tablename__ = "job"
    __table_args__ = (
        one_of("state", JobState),
        sa.CheckConstraint("share BETWEEN 0 AND 1", name="share_is_share"),
        sa.Index(None, "state", "created_at"),
    )

    id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(32))
    subject_id: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(16))
    stage: Mapped[str] = mapped_column(sa.String(32), default="")
    share: Mapped[float] = mapped_column(default=0.0)
    error: Mapped[str] = mapped_column(sa.String(500), default="")
    cancel_requested_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class JobCancelledError(Exception):
    """Raised inside a step when the person who asked for the job no longer wants it."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a step is handed: where to report, and whether to stop."""

    job_id: str
    sessions: sessionmaker[Session]

    def report(self, stage: str, share: float) -> None:
        self._update(stage=stage, share=min(max(share, 0.0), 1.0))

    def should_stop(self) -> bool:
        with self.sessions() as session:
            return session.scalar(_asked_to_cancel(self.job_id)) is not None

    def stop_if_asked(self) -> None:
        if self.should_stop():
            raise JobCancelledError

    def now_and_then(self) -> Callable[[], bool]:
        """Return a question whether to stop that looks it up at most every quarter second."""
        looked, stop = 0.0, False

        def should_stop() -> bool:
            nonlocal looked, stop
            now = time.monotonic()
            if not stop and now - looked >= LOOK_SECONDS:
                looked, stop = now, self.should_stop()
            return stop

        return should_stop

    def _update(self, **values: Any) -> None:
        with self.sessions() as session, transaction(session):
            session.execute(sa.update(Job).where(Job.id == self.job_id).values(**values))


# A step reads what earlier steps stored, does its part, stores the outcome: run twice, it must
# leave the same state, for a kill may fall between its commit and the engine's own note of it.
Step = Callable[[sessionmaker[Session], int, Progress], None]
_STEPS: dict[str, tuple[Step, ...]] = {}


def register(kind: str, steps: Sequence[Step]) -> None:
    """Say how a kind of job is done; called by the feature's worker module on import."""
    _STEPS[kind] = tuple(steps)


def steps_of(kind: str) -> tuple[Step, ...]:
    return _STEPS[kind]


def submit(session: Session, *, kind: str, subject_id: int, now: datetime) -> Job:
    """Queue a job in the caller's transaction."""
    job = Job(
        id=str(uuid.uuid4()),
        kind=kind,
        subject_id=subject_id,
        state=JobState.QUEUED,
        created_at=now,
    )
    session.add(job)
    session.flush()
    return job


def request_cancel(session: Session, job_id: str, now: datetime) -> None:
    """Ask a job to stop; one that has not begun ends at once. Asking again changes nothing.

    Raises:
        ConflictError: the job has already ended.

    """
    queued = (
        sa.update(Job)
        .where(Job.id == job_id, Job.state == JobState.QUEUED)
        .values(state=JobState.CANCELLED, cancel_requested_at=now, finished_at=now)
    )
    if _rows(session, queued):
        return
    running = (
        sa.update(Job)
        .where(Job.id == job_id, Job.state == JobState.RUNNING)
        .values(cancel_requested_at=sa.func.coalesce(Job.cancel_requested_at, now))
    )
    if not _rows(session, running):
        raise ConflictError("job_has_ended")


def get(session: Session, job_id: str) -> Job | None:
    return session.get(Job, job_id, populate_existing=True)


def _rows(session: Session, statement: sa.Update) -> int:
    result = session.execute(statement, execution_options={"synchronize_session": "fetch"})
    return int(result.rowcount)  # type: ignore[attr-defined]


def _asked_to_cancel(job_id: str) -> sa.Select[str]:
    return sa.select(Job.id).where(Job.id == job_id, Job.cancel_requested_at.is_not(None))


class Worker:
    """Runs queued jobs in this process until stopped."""

    def __init__(self, sessions: sessionmaker[Session], engine_url: str, executor_id: str) -> None:
        self._sessions = sessions
        self._engine_url = engine_url
        self._executor_id = executor_id
        self._stop = threading.Event()

    def run(self) -> None:
        """Resume what was interrupted, then take new jobs as they come. Returns after stop()."""
        from dbos import DBOS, DBOSConfig, SetWorkflowID

        # The engine logs through the standard library; our own rows say what it would repeat.
        DBOS(
            config=DBOSConfig(
                name="wujin",
                system_database_url=self._engine_url,
                executor_id=self._executor_id,
                application_version="1",
                enable_otlp=False,
                log_level="ERROR",
            )
        )

        @DBOS.step(name="wujin.step")
        def run_step(job_id: str, index: int) -> None:
            self._run_step(job_id, index)

        @DBOS.workflow(name="wujin.job")
        def run_job(job_id: str, steps: int) -> str:
            return self._guarded(job_id, lambda: [run_step(job_id, i) for i in range(steps)])

        DBOS.launch()
        try:
            while not self._stop.is_set():
                for job in self._queued():
                    # The workflow itself marks the row as running: a kill in between leaves the
                    # row queued, and asking for a workflow of the same name again is no second one.
                    with SetWorkflowID(job.id):
                        DBOS.start_workflow(run_job, job.id, len(steps_of(job.kind)))
                self._stop.wait(POLL_SECONDS)
        finally:
            DBOS.destroy()

    def stop(self) -> None:
        self._stop.set()

    def _queued(self) -> list[Job]:
        statement = sa.select(Job).where(Job.state == JobState.QUEUED, Job.kind.in_(list(_STEPS)))
        with self._sessions() as session:
            return list(session.scalars(statement.order_by(Job.created_at)))

    def _run_step(self, job_id: str, index: int) -> None:
        with self._sessions() as session:
            job = session.get_one(Job, job_id)
        progress = Progress(job_id, self._sessions)
        progress.stop_if_asked()
        steps_of(job.kind)[index](self._sessions, job.subject_id, progress)

    def _guarded(self, job_id: str, work: Callable[[], object]) -> str:
        self._set(job_id, JobState.QUEUED, state=JobState.RUNNING, started_at=_now())
        try:
            work()
        except JobCancelledError:
            return self._end(job_id, JobState.CANCELLED)
        except Exception as error:
            log.exception("job failed", job=job_id)
            return self._end(job_id, JobState.FAILED, f"{type(error).__name__}: {error}"[:500])
        return self._end(job_id, JobState.DONE)

    def _end(self, job_id: str, state: JobState, error: str = "") -> str:
        values: dict[str, Any] = {"state": state, "error": error, "finished_at": _now()}
        if state is JobState.DONE:
            values["share"] = 1.0
        self._set(job_id, JobState.RUNNING, **values)
        return state

    def _set(self, job_id: str, before: JobState, **values: Any) -> None:
        statement = sa.update(Job).where(Job.id == job_id, Job.state == before).values(**values)
        with self._sessions() as session, transaction(session):
            session.execute(statement)


def _now() -> datetime:
    return datetime.now(UTC)
