"""Fixtures every test may use. No test reaches beyond this machine."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session, sessionmaker

from market.accounts.rules import Role
from market.config import Settings
from market.db import make_engine, make_sessions

ROOT = Path(__file__).parent.parent
SERVICES_REQUIRED = os.environ.get("WUJIN_REQUIRE_SERVICES") == "1"
POSTGRES = os.environ.get(
    "WUJIN_TEST_POSTGRES", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)
NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)


def need(*, available: bool, what: str) -> None:
    """Skip by name when a server or program is absent; in CI that is a failure."""
    if available:
        return
    if SERVICES_REQUIRED:
        pytest.fail(f"{what} is required here and was not found")
    pytest.skip(f"{what} is not available")


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file; tests copy it, which is far cheaper than building it."""
    from market.schema import Base

    path = tmp_path_factory.mktemp("schema") / "empty.sqlite"
    engine = make_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """Return an empty database of its own on the PostgreSQL server, dropped afterwards."""
    server = sa.create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    try:
        server.connect().close()
    except sa.exc.OperationalError:
        need(available=False, what="PostgreSQL")
    name = f"wujin_test_{uuid4().hex[:12]}"
    with server.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    yield POSTGRES.rsplit("/", 1)[0] + f"/{name}"
    with server.connect() as connection:
        connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
    server.dispose()


@pytest.fixture
def settings(tmp_path: Path, empty_database: Path) -> Settings:
    shutil.copy(empty_database, tmp_path / "wujin.sqlite")
    return Settings(data_dir=tmp_path, secret_key="only for tests, never for serving")


@pytest.fixture
def engine(settings: Settings) -> Iterator[sa.Engine]:
    engine = make_engine(settings.database())
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine: sa.Engine) -> sessionmaker[Session]:
    return make_sessions(engine)


@pytest.fixture
def session(sessions: sessionmaker[Session]) -> Iterator[Session]:
    with sessions() as session:
        yield session


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    from market.app import create_app
    from market.web.database import db

    app = create_app(settings, testing=True)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def sign_in(app: Flask, client: FlaskClient, session: Session) -> Callable[..., FlaskClient]:
    """Return a function that signs the client in as a new user of a role, for a firm or none."""
    from tests.factories import make_user

    def as_role(role: Role, org_id: int | None = None) -> FlaskClient:
        user = make_user(session, role=role, org_id=org_id)
        session.commit()
        with client.session_transaction() as cookie:
            cookie["_user_id"] = user.fs_uniquifier
            cookie["_fresh"] = True
        return client

    return as_role
