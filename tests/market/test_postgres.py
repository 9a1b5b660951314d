"""The same application on PostgreSQL: loaded, matched, planned, read, and written by many at once."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

import market.haulage.worker
import market.matchmaking.worker  # noqa: F401 - importing makes the kinds of job known
from market import jobs
from market.accounts.models import User
from market.accounts.rules import Actor, Role
from market.app import create_app
from market.config import Settings
from market.db import make_engine, make_sessions, transaction
from market.demo import load_all
from market.haulage import actions as haulage
from market.listings.models import Listing
from market.matchmaking import actions as matchmaking
from market.orgs.queries import demo_park_manager
from market.parks.actions import Facts, declare
from market.parks.models import Conversion
from market.parks.rules import Ground
from market.serving import upgrade_database
from market.web.database import db
from tests.conftest import NOW

pytestmark = pytest.mark.postgres

PAGES = (
    "/",
    "/market?side=offer&q=石膏&near=34.68,112.43&radius_km=60",
    "/market/export.csv?side=want",
    "/listings/1",
    "/runs",
    "/runs/1",
    "/runs/1/listings",
    "/runs/1/refusals",
    "/haulage/",
    "/haulage/plans/1",
    "/park",
    "/catalogue/materials/fly_ash",
    "/orgs/1",
)


@pytest.fixture
def sessions(served: Settings) -> Iterator[sessionmaker[Session]]:
    engine = make_engine(served.database())
    yield make_sessions(engine)
    engine.dispose()


@pytest.fixture
def served(postgres_url: str, tmp_path) -> Settings:
    settings = Settings(
        data_dir=tmp_path, database_url=postgres_url, secret_key="only for tests, never served"
    )
    upgrade_database(settings)
    return settings


def do_job(sessions: sessionmaker[Session], job: jobs.Job) -> None:
    """Do the steps of a queued job here and now, without the engine that makes them durable."""
    for step in jobs.steps_of(job.kind):
        step(sessions, job.subject_id, jobs.Progress(job.id, sessions))


def manager_of(sessions: sessionmaker[Session]) -> Actor:
    with sessions() as session:
        return demo_park_manager(session)


def run_and_plan(sessions: sessionmaker[Session]) -> None:
    actor = manager_of(sessions)
    for request in (matchmaking.request_first_run, haulage.request_first_plan):
        with sessions() as session:
            with transaction(session):
                # A plan of a day that is over would not come into force.
                job_id = request(session, actor, now=datetime.now(UTC)).job_id
            job = jobs.get(session, job_id or "")
        assert job is not None
        do_job(sessions, job)


def test_everything_that_is_read_can_be_read(served: Settings, sessions: sessionmaker[Session]):
    with sessions() as session:
        load_all(session, NOW)
    run_and_plan(sessions)
    app = create_app(served, testing=True)
    client: FlaskClient = app.test_client()
    try:
        enter(client, sessions, Role.PARK_MANAGER)
        answers = {path: client.get(path).status_code for path in PAGES}
        assert set(answers.values()) == {200}, answers
        assert "石膏" in client.get("/market?side=offer&q=石膏").text
        enter(client, sessions, Role.PRODUCER)
        assert "/haulage/loads/20" in client.get("/haulage/loads").text
    finally:
        with app.app_context():
            db.engine.dispose()


def enter(client: FlaskClient, sessions: sessionmaker[Session], role: Role) -> None:
    with sessions() as session:
        user = session.scalars(sa.select(User).where(User.role == role)).first()
        assert user is not None
        with client.session_transaction() as cookie:
            cookie["_user_id"] = user.fs_uniquifier
            cookie["_fresh"] = True


def by_eight_at_once(sessions: sessionmaker[Session], write: Callable[[Session], int]) -> set[int]:
    """Write in eight transactions at once; returns the ids, every one of which must be there."""
    found: list[int] = []
    all_are_there = threading.Barrier(8)

    def ask() -> None:
        with sessions() as session, transaction(session):
            all_are_there.wait(30)
            found.append(write(session))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    return set(found)


def test_the_same_request_made_by_many_at_once_is_one_run(sessions: sessionmaker[Session]):
    with sessions() as session:
        load_all(session, NOW)
    actor = manager_of(sessions)

    def ask(session: Session) -> int:
        return matchmaking.request_first_run(session, actor, now=NOW).id

    assert len(by_eight_at_once(sessions, ask)) == 1


def test_the_same_conversion_said_by_many_at_once_is_one(sessions: sessionmaker[Session]):
    with sessions() as session:
        load_all(session, NOW)
        (row,) = session.scalars(sa.select(Conversion))
        site_id, process_id, takes_id, makes_id = (
            row.site_id, row.process_id, row.takes_id, row.makes_id,
        )  # fmt: skip
        session.delete(row)
        session.commit()
        staff_id = session.scalars(sa.select(User.id).where(User.role == Role.STAFF)).first()
    staff = Actor(staff_id or 0, Role.STAFF, "员工", "Staff")
    facts = Facts(makes_id, 0.3, None, Ground.MEASURED, NOW.date())
    its_want = sa.select(Listing).where(
        Listing.site_id == site_id,
        Listing.process_id == process_id,
        Listing.material_id == takes_id,
    )

    def say(session: Session) -> int:
        return declare(session, staff, session.scalars(its_want).one(), facts, now=NOW).id

    assert len(by_eight_at_once(sessions, say)) == 1
