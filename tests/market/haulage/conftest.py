import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.config import Settings
from market.db import make_engine, make_sessions
from market.haulage import queries
from market.haulage.models import CollectionPlan
from tests.conftest import NOW
from tests.market.haulage.world import World, ask, carry_out, make_world, read_world


class Clock:
    """The clock of pages and workers: the Sunday before Monday's plan, unless a test sets it."""

    at = NOW

    def now(self, _zone: tzinfo) -> datetime:
        return self.at


@pytest.fixture(scope="session")
def planned_database(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with Monday's plan of the small world, solved and stored once for all tests."""
    path = tmp_path_factory.mktemp("planned") / "planned.sqlite"
    shutil.copy(empty_database, path)
    engine = make_engine(f"sqlite:///{path}")
    sessions = make_sessions(engine)
    with sessions() as session, pytest.MonkeyPatch.context() as patch:
        patch.setattr("market.haulage.worker.datetime", Clock())
        carry_out(sessions, ask(session, make_world(session)))
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def planned(settings: Settings, session: Session, planned_database: Path) -> CollectionPlan:
    """Monday's plan, in a database that holds the world it was made from."""
    shutil.copy(planned_database, settings.data_dir / "wujin.sqlite")
    return queries.plan(session, 1)


@pytest.fixture
def world(request: pytest.FixtureRequest, session: Session) -> World:
    """The small world: that of the plan where a test has one, else a new one."""
    if "planned" in request.fixturenames:
        request.getfixturevalue("planned")
        return read_world(session)
    return make_world(session)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    from market.haulage import (
        day_views,
        dispatch_views,
        load_views,
        phoned_views,
        sheet_views,
        views,
        week_views,
        week_worker,
        worker,
    )

    clock = Clock()
    pages = (views, day_views, dispatch_views, load_views, phoned_views, sheet_views, week_views)
    for module in (*pages, week_worker, worker):
        monkeypatch.setattr(module, "datetime", clock)
    return clock


@pytest.fixture
def planner(sign_in: Callable[..., FlaskClient]) -> FlaskClient:
    """A park manager's browser: plans are read by planners alone."""
    return sign_in(Role.PARK_MANAGER)


@pytest.fixture
def english(planner: FlaskClient) -> FlaskClient:
    planner.set_cookie("lang", "en")
    return planner


@pytest.fixture
def statements(app: Flask) -> Iterator[list[str]]:
    """The statements that requests send from now on."""
    from market.web.database import db

    sent: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_rest):
        sent.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield sent
    sa.event.remove(engine, "before_cursor_execute", note)
