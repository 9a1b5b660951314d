"""What changes users and the record of failed sign-ins."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import SignInFailure
from market.accounts.rules import FAILURE_WINDOW

EMAIL_LENGTH = 255
ADDRESS_LENGTH = 64


def record_failure(session: Session, *, email: str, remote_address: str, now: datetime) -> None:
    """Remember a wrong password, whether the account exists or not, and forget old ones."""
    session.execute(sa.delete(SignInFailure).where(SignInFailure.at <= now - FAILURE_WINDOW))
    session.add(
        SignInFailure(
            email=email.strip().lower()[:EMAIL_LENGTH],
            remote_address=remote_address[:ADDRESS_LENGTH],
            at=now,
        )
    )


def forget_failures(session: Session, *, email: str, remote_address: str) -> None:
    """Clear, after a right password, what was counted for the account at this address."""
    session.execute(
        sa.delete(SignInFailure).where(
            SignInFailure.email == email.strip().lower(),
            SignInFailure.remote_address == remote_address,
        )
    )
