"""Users, and the failed sign-ins that slow down guessing."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from market.accounts.rules import Role
from market.db import Base, one_of


class User(Base):
    """A person who signs in. ``role`` says which of the four kinds; the firm is a membership.

    ``email`` is stored in lower case. ``fs_uniquifier`` is what a session cookie names, so a
    new value ends every session of the user.
    """

    __tablename__ = "user"
    __table_args__ = (one_of("role", Role),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(255), unique=True)
    password: Mapped[str | None] = mapped_column(sa.String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(sa.String(64), unique=True)
    role: Mapped[str] = mapped_column(sa.String(16))
    name_zh: Mapped[str] = mapped_column(sa.String(100))
    name_en: Mapped[str] = mapped_column(sa.String(100))
    created_at: Mapped[datetime]
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)


class SignInFailure(Base):
    """One wrong password, for an address of ours or not; kept for the failure window."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (sa.Index(None, "email", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(255))
    remote_address: Mapped[str] = mapped_column(sa.String(64))
    at: Mapped[datetime]
