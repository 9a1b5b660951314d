"""Migrations go up, go down, and leave what the tables' definitions say."""

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from market.db import make_engine
from market.schema import Base
from tests.conftest import ROOT


def config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["database_url"] = url
    return config


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'migrated.sqlite'}"
    postgres: str = request.getfixturevalue("postgres_url")
    return postgres


def tables(url: str) -> set[str]:
    engine = make_engine(url)
    names = set(sa.inspect(engine).get_table_names()) - {"alembic_version"}
    engine.dispose()
    return names


def test_up_leaves_no_difference_and_down_leaves_nothing(url: str):
    command.upgrade(config(url), "head")
    engine = make_engine(url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "compare_type": True,
                "include_name": lambda name, kind, _: (
                    not (kind == "table" and name.startswith("fts_"))
                ),
            },
        )
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()
    command.downgrade(config(url), "base")
    assert tables(url) == set()


def test_the_empty_database_of_the_tests_has_the_migrated_tables(url: str, engine: sa.Engine):
    command.upgrade(config(url), "head")
    built = set(sa.inspect(engine).get_table_names())
    if url.startswith("sqlite"):
        assert tables(url) == built - {"alembic_version"}
    else:
        assert {t for t in built if not t.startswith("fts_")} <= tables(url) | {"alembic_version"}
