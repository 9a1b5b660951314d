from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.rules import Role
from tests.conftest import NOW

_numbers = count(1)


def make_user(
    session: Session, *, role: Role = Role.PRODUCER, org_id: int | None = None, **fields: Any
) -> User:
    """Add a user who may sign in by cookie; one that signs in by password needs ``password``."""
    from market.orgs.models import Membership

    n = next(_numbers)
    row = {
        "email": f"user{n}@example.org",
        "fs_uniquifier": f"session-key-{n}",
        "role": role,
        "name_zh": f"用户{n}",
        "name_en": f"User {n}",
        "created_at": NOW,
    }
    user = User(**{**row, **fields})
    session.add(user)
    session.flush()
    if org_id is not None:
        session.add(Membership(user_id=user.id, org_id=org_id))
        session.flush()
    return user
