"""Every SELECT on users and failed sign-ins."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import SignInFailure, User
from market.accounts.rules import (
    DEMO_DOMAIN,
    DEMO_PASSWORD,
    FAILURE_WINDOW,
    FAILURES_PER_ACCOUNT,
    FAILURES_PER_ADDRESS,
    DemoAccount,
    Role,
)


def user_by_email(session: Session, email: str) -> User | None:
    return session.scalar(sa.select(User).where(User.email == email.strip().lower()))


def user_by_session_key(session: Session, fs_uniquifier: str) -> User | None:
    return session.scalar(sa.select(User).where(User.fs_uniquifier == fs_uniquifier))


def demo_accounts(session: Session) -> list[DemoAccount]:
    """Return the demonstration accounts that were loaded, in the order of loading."""
    statement = (
        sa.select(User)
        .where(User.email.endswith(f"@{DEMO_DOMAIN}", autoescape=True), User.active)
        .order_by(User.id)
    )
    return [
        DemoAccount(Role(user.role), user.email, DEMO_PASSWORD, user.name_zh, user.name_en)
        for user in session.scalars(statement)
    ]


def must_wait(session: Session, *, email: str, remote_address: str, now: datetime) -> bool:
    """Tell whether this account has had too many wrong passwords lately."""
    from_here = SignInFailure.remote_address == remote_address
    total, here = session.execute(
        sa.select(sa.func.count(), sa.func.count().filter(from_here)).where(
            SignInFailure.email == email.strip().lower(),
            SignInFailure.at > now - FAILURE_WINDOW,
        )
    ).one()
    return bool(here >= FAILURES_PER_ADDRESS or total >= FAILURES_PER_ACCOUNT)
