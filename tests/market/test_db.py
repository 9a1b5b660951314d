"""What transaction() promises, on SQLite here and on PostgreSQL where there is one."""

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm.exc import StaleDataError

from market import jobs
from market.db import transaction
from tests.conftest import NOW


def add_job(session) -> str:
    with transaction(session):
        return jobs.submit(session, kind="any", subject_id=1, now=NOW).id


def test_an_error_undoes_everything(session):
    with pytest.raises(ZeroDivisionError), transaction(session):
        jobs.submit(session, kind="any", subject_id=1, now=NOW)
        raise ZeroDivisionError
    assert session.scalar(sa.select(sa.func.count()).select_from(jobs.Job)) == 0


def test_changes_made_outside_are_refused(session):
    session.add(jobs.Job(id="x", kind="k", subject_id=1, state="queued", created_at=NOW))
    with pytest.raises(RuntimeError, match="outside"), transaction(session):
        pass


def test_a_time_without_a_zone_cannot_be_stored(session):
    with pytest.raises(sa.exc.StatementError, match="zone"), transaction(session):
        jobs.submit(session, kind="any", subject_id=1, now=NOW.replace(tzinfo=None))


def test_times_come_back_aware(session):
    job_id = add_job(session)
    job = jobs.get(session, job_id)
    assert job is not None
    assert job.created_at == NOW
    assert job.created_at.tzinfo is not None


def test_fifty_writers_at_once_lose_nothing(sessions):
    """Each adds one to the same number by reading and writing it; SQLite makes them queue."""
    with sessions() as session:
        job_id = add_job(session)

    def add_one() -> None:
        with sessions() as session, transaction(session):
            job = session.get_one(jobs.Job, job_id)
            job.subject_id += 1

    threads = [threading.Thread(target=add_one) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        assert session.get_one(jobs.Job, job_id).subject_id == 51


def test_a_lost_update_is_an_error_and_not_a_lost_change(sessions):
    from market.listings.models import Listing
    from tests.factories import make_listing

    with sessions() as first, sessions() as second:
        with transaction(first):
            listing_id = make_listing(first).id
        mine, theirs = first.get_one(Listing, listing_id), second.get_one(Listing, listing_id)
        first.commit()
        with transaction(second):
            theirs.note = "theirs"
        with pytest.raises(StaleDataError), transaction(first):
            mine.note = "mine"
