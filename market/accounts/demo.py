"""The demonstration accounts: one for each role, with a password everybody may read."""

from datetime import datetime
from uuid import uuid4

from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.passwords import hash_password
from market.accounts.queries import user_by_email
from market.accounts.rules import DEMO_DOMAIN, DEMO_PASSWORD, Role

PEOPLE = (
    ("producer", Role.PRODUCER, "周岚", "Zhou Lan"),
    ("receiver", Role.RECEIVER, "韩伟", "Han Wei"),
    ("park", Role.PARK_MANAGER, "李静", "Li Jing"),
    ("staff", Role.STAFF, "王珂", "Wang Ke"),
)


def load(session: Session, now: datetime) -> int:
    """Add the accounts that are missing; return how many."""
    missing = [person for person in PEOPLE if user_by_email(session, address(person[0])) is None]
    hashed = hash_password(DEMO_PASSWORD) if missing else None
    for name, role, name_zh, name_en in missing:
        session.add(
            User(
                email=address(name),
                password=hashed,
                fs_uniquifier=uuid4().hex,
                role=role,
                name_zh=name_zh,
                name_en=name_en,
                created_at=now,
            )
        )
    session.flush()
    return len(missing)


def address(name: str) -> str:
    return f"{name}@{DEMO_DOMAIN}"
