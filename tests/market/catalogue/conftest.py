"""The shipped tables, loaded once and copied for each test that needs them."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.catalogue.loader import DATA, load
from market.config import Settings
from market.db import make_engine, make_sessions, transaction
from tests.conftest import NOW


@pytest.fixture(scope="session")
def loaded_database(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Path:
    path = tmp_path_factory.mktemp("catalogue") / "loaded.sqlite"
    shutil.copy(empty_database, path)
    engine = make_engine(f"sqlite:///{path}")
    with make_sessions(engine)() as session, transaction(session):
        load(session, NOW)
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture
def catalogue(settings: Settings, loaded_database: Path) -> Iterator[Session]:
    """A session on the shipped catalogue."""
    shutil.copy(loaded_database, settings.data_dir / "wujin.sqlite")
    engine = make_engine(settings.database())
    with make_sessions(engine)() as session:
        yield session
    engine.dispose()


@pytest.fixture
def reader(catalogue: Session, app: Flask) -> FlaskClient:
    """A visitor of the shipped catalogue who is not signed in."""
    assert catalogue.scalar(sa.text("SELECT COUNT(*) FROM material"))
    return app.test_client()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of the shipped files that a test may spoil."""
    folder = tmp_path / "data"
    shutil.copytree(DATA, folder)
    return folder
