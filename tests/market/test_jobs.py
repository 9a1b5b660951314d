"""Jobs survive their process, run once, report, and stop when asked."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from market import jobs
from market.config import Settings
from market.db import transaction
from market.errors import ConflictError
from tests.conftest import NOW, ROOT

# A worker whose job has two steps: the first notes that it ran and ends; the second notes that it
# began, waits for a file called `go`, and notes that it ended.
WORKER = """
import sys, time
from pathlib import Path
from market import jobs
from market.db import make_engine, make_sessions

folder = Path(sys.argv[1])

def note(text):
    with (folder / "notes").open("a") as file:
        file.write(text + "\\n")

def first(sessions, subject_id, progress):
    progress.report("first", 0.4)
    note(f"first {subject_id}")

def second(sessions, subject_id, progress):
    progress.report("second", 0.6)
    note("second begins")
    while not (folder / "go").exists():
        progress.stop_if_asked()
        time.sleep(0.05)
    note("second ends")

def failing(sessions, subject_id, progress):
    raise ValueError("no such mix")

jobs.register("two-steps", [first, second])
jobs.register("failing", [failing])
sessions = make_sessions(make_engine(f"sqlite:///{folder / 'wujin.sqlite'}"))
jobs.Worker(sessions, f"sqlite:///{folder / 'jobs.sqlite'}", "test-worker").run()
"""


@pytest.fixture
def start_worker(tmp_path: Path):
    started: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen([sys.executable, "-c", WORKER, str(tmp_path)], cwd=ROOT)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def submit(sessions: sessionmaker[Session], kind: str) -> str:
    with sessions() as session, transaction(session):
        return jobs.submit(session, kind=kind, subject_id=7, now=NOW).id


def wait_for(condition, seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        threading.Event().wait(0.05)


def state_of(sessions: sessionmaker[Session], job_id: str) -> str:
    with sessions() as session:
        job = jobs.get(session, job_id)
        assert job is not None
        return job.state


def notes(tmp_path: Path) -> list[str]:
    path = tmp_path / "notes"
    return path.read_text().splitlines() if path.exists() else []


def test_a_killed_worker_goes_on_at_the_unfinished_step(settings, sessions, tmp_path, start_worker):
    job_id = submit(sessions, "two-steps")
    worker = start_worker()
    wait_for(lambda: "second begins" in notes(tmp_path))
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    assert state_of(sessions, job_id) == jobs.JobState.RUNNING

    (tmp_path / "go").touch()
    start_worker()
    wait_for(lambda: state_of(sessions, job_id) == jobs.JobState.DONE)
    assert notes(tmp_path) == ["first 7", "second begins", "second begins", "second ends"]


def test_a_running_job_stops_when_asked_and_a_failing_one_says_why(
    settings, sessions, tmp_path, start_worker
):
    job_id, failing = submit(sessions, "two-steps"), submit(sessions, "failing")
    start_worker()
    wait_for(lambda: "second begins" in notes(tmp_path))
    with sessions() as session, transaction(session):
        jobs.request_cancel(session, job_id, NOW)
    wait_for(lambda: state_of(sessions, job_id) == jobs.JobState.CANCELLED)
    wait_for(lambda: state_of(sessions, failing) == jobs.JobState.FAILED)
    with sessions() as session:
        job = jobs.get(session, failing)
        assert job is not None
        assert job.error == "ValueError: no such mix"


def test_a_queued_job_is_cancelled_at_once_and_an_ended_one_cannot_be(
    settings: Settings, sessions: sessionmaker[Session]
):
    job_id = submit(sessions, "two-steps")
    with sessions() as session, transaction(session):
        jobs.request_cancel(session, job_id, NOW)
    assert state_of(sessions, job_id) == jobs.JobState.CANCELLED
    with sessions() as session, pytest.raises(ConflictError), transaction(session):
        jobs.request_cancel(session, job_id, NOW + timedelta(minutes=1))


def test_a_job_undone_with_its_transaction_never_runs(settings, sessions):
    with sessions() as session:
        with pytest.raises(RuntimeError, match="undo"), transaction(session):
            jobs.submit(session, kind="two-steps", subject_id=1, now=NOW)
            raise RuntimeError("undo")
        assert session.scalar(sa.select(sa.func.count()).select_from(jobs.Job)) == 0
