"""The database without Flask: base class, column types, engine and transaction rules."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from market.errors import SettingsError

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(sa.TypeDecorator[datetime]):
    """Aware UTC in Python on every database; SQLite forgets the zone, so it is put back."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - the name and the kind are SQLAlchemy's
        datetime: UtcDateTime,
        dict[str, Any]: sa.JSON,
        list[Any]: sa.JSON,
        list[str]: sa.JSON,
    }


def one_of(column: str, values: type[StrEnum]) -> sa.CheckConstraint:
    """Return a check constraint that keeps ``column`` within a closed set."""
    members = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({members})", name=f"{column}_known")


def prepare_engine(engine: sa.Engine) -> None:
    """Give SQLite the behaviour the transactions rely on; other databases need nothing.

    The driver's own BEGIN is switched off, because a deferred transaction that turns into a
    writer fails at once when another wrote meanwhile: writers begin IMMEDIATE and wait.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _on_connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=5000",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: sa.Connection) -> None:
        writes = connection.get_execution_options().get("wujin_writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def make_engine(url: str) -> sa.Engine:
    engine = sa.create_engine(url)
    prepare_engine(engine)
    return engine


def reach_engine(url: str) -> sa.Engine:
    """Return an engine that has answered once.

    Raises:
        SettingsError: one line, when the address is wrong, its driver missing or nobody answers.

    """
    try:
        engine = make_engine(url)
        engine.connect().close()
    except (sa.exc.ArgumentError, sa.exc.OperationalError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise SettingsError(f"WUJIN_DATABASE_URL: cannot use this database: {reason}") from error
    return engine


def make_sessions(engine: sa.Engine) -> sessionmaker[Session]:
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def transaction(session: Session) -> Iterator[Session]:
    """Open the one writing transaction of a request or job; commit at the end, or undo all.

    What was read before belongs to an older snapshot: re-read it inside, or rely on the row's
    version, which turns a lost update into ``StaleDataError``.
    """
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("objects were changed outside transaction()")
    session.commit()
    session.connection(execution_options={"wujin_writes": True})
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def one_at_a_time(session: Session, what: str) -> None:
    """Make writing transactions that name the same thing wait for each other until they end.

    For "is there one already? then that one, else a new one", which no unique key can say. On
    SQLite writers wait for each other anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(what))))
