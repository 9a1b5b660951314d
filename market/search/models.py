"""What search keeps of each listing: its text, and the grade of its lot.

The full-text table is no mapped table: SQLite's is virtual and PostgreSQL's has a column type of
its own. Both are called ``fts_listing``; the prefix ``fts_`` tells migrations to leave them
alone. The tokens are made in Python (``market.search.text``), so SQLite's ``ascii`` tokeniser is
enough: it splits at the spaces between them and, unlike ``unicode61``, never depends on the
version of its tables.
"""

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base

FTS_TABLE = "fts_listing"

UNTESTED = "untested"  # no report
UNGRADED = "ungraded"  # a report, but no grade is reached or known


class SearchEntry(Base):
    """The grade a lot reaches, derived from report and limits so that it can be counted."""

    __tablename__ = "search_entry"

    listing_id: Mapped[int] = mapped_column(
        sa.ForeignKey("listing.id", ondelete="CASCADE"), primary_key=True
    )
    grade: Mapped[str] = mapped_column(sa.String(16), index=True)


CREATE: dict[str, tuple[str, ...]] = {
    "sqlite": (
        "CREATE VIRTUAL TABLE IF NOT EXISTS fts_listing USING fts5(body, tokenize = 'ascii')",
    ),
    "postgresql": (
        "CREATE TABLE IF NOT EXISTS fts_listing (listing_id BIGINT PRIMARY KEY, body TSVECTOR)",
        "CREATE INDEX IF NOT EXISTS ix_fts_listing_body ON fts_listing USING GIN (body)",
    ),
}
DROP = "DROP TABLE IF EXISTS fts_listing"


def create_text_table(connection: sa.Connection) -> None:
    for statement in CREATE[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def drop_text_table(connection: sa.Connection) -> None:
    connection.exec_driver_sql(DROP)


@event.listens_for(Base.metadata, "after_create")
def _after_create(_target: sa.MetaData, connection: sa.Connection, **_options: object) -> None:
    create_text_table(connection)


@event.listens_for(Base.metadata, "before_drop")
def _before_drop(_target: sa.MetaData, connection: sa.Connection, **_options: object) -> None:
    drop_text_table(connection)
