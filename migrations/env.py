"""Alembic's entry: migrates the database named by the caller, or by the settings."""

from alembic import context

from market.config import load_settings
from market.db import make_engine
from market.schema import Base

FULL_TEXT_PREFIX = "fts_"  # made with plain DDL; unknown to the tables' metadata


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith(FULL_TEXT_PREFIX))


def run() -> None:
    url = context.config.attributes.get("database_url") or load_settings().database()
    engine = make_engine(url)
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            include_name=include_name,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
    engine.dispose()


run()
