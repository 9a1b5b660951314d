"""The first start tells of a job that failed; only without a match there is nothing to serve."""

import threading

import pytest
from sqlalchemy.orm import Session, sessionmaker

from market import first_start
from market.db import transaction
from market.errors import SettingsError
from market.jobs import Job, JobState
from tests.market.haulage.world import ask, make_world


@pytest.fixture
def failed(session: Session) -> str:
    """The job of a plan whose road router did not answer."""
    plan = ask(session, make_world(session), ways="router")
    with transaction(session):
        job = session.get(Job, plan.job_id)
        job.state, job.error = JobState.FAILED, "away: http://127.0.0.1:9 refused"
    return str(plan.job_id)


def follow(sessions: sessionmaker[Session], job_id: str, title: str) -> bool:
    return first_start._follow(sessions, job_id, title, threading.Event(), lambda: None)


def test_a_plan_that_fails_is_told_of_and_the_pages_are_served(sessions, failed, capsys):
    assert follow(sessions, failed, first_start.PLAN)
    told = capsys.readouterr().err
    assert "Collection plan failed: away: http://127.0.0.1:9 refused" in told
    assert "serving all the same" in told


def test_without_a_match_there_is_nothing_to_serve(sessions, failed):
    with pytest.raises(SettingsError, match="Matching failed: away"):
        follow(sessions, failed, first_start.MATCHING)
