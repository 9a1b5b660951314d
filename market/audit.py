"""Who changed what, when: one row for each action on something another may ask about."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from market.db import Base


class AuditEntry(Base):
    __tablename__ = "audit_entry"
    __table_args__ = (sa.Index(None, "subject", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    verb: Mapped[str] = mapped_column(sa.String(32))
    subject: Mapped[str] = mapped_column(sa.String(32))
    subject_id: Mapped[int]
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)


def record(
    session: Session,
    *,
    now: datetime,
    user_id: int | None,
    verb: str,
    subject: str,
    subject_id: int,
    changes: dict[str, Any] | None = None,
) -> None:
    """Add the entry to the caller's transaction: the act and its record stand or fall together."""
    session.add(
        AuditEntry(
            at=now,
            user_id=user_id,
            verb=verb,
            subject=subject,
            subject_id=subject_id,
            changes=changes or {},
        )
    )


def history(session: Session, subject: str, subject_id: int) -> list[AuditEntry]:
    statement = (
        sa.select(AuditEntry)
        .where(AuditEntry.subject == subject, AuditEntry.subject_id == subject_id)
        .order_by(AuditEntry.id.desc())
    )
    return list(session.scalars(statement))
