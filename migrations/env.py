"""Alembic's entry: migrates the database named by the caller, or by the settings."""

import sqlalchemy as sa
from alembic import context

from market.config import load_settings
from market.db import make_engine
from market.schema import Base

FULL_TEXT_PREFIX = "fts_"  # made with plain DDL; unknown to the tables' metadata


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith(FULL_TEXT_PREFIX))


def _let_tables_be_copied(connection: sa.Connection) -> None:
    """Switch SQLite's foreign keys off while tables change, as its manual asks.

    It changes a table by copying and dropping it; with them on, dropping deletes what refers to
    it. The switch works only outside a transaction, so it goes past the one that opens itself.
    """
    if connection.dialect.name == "sqlite":
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF").close()


def _require_whole(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            raise RuntimeError(f"the migration would leave a row of {broken[0]} without its parent")


def run() -> None:
    url = context.config.attributes.get("database_url") or load_settings().database()
    engine = make_engine(url)
    with engine.connect() as connection:
        _let_tables_be_copied(connection)
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            compare_type=True,
            include_name=include_name,
        )
        with context.begin_transaction():
            context.run_migrations()
        _require_whole(connection)
        connection.commit()
    engine.dispose()


run()
