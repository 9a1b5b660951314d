"""Who may change what an organisation says of itself. Reading is public."""

from market.accounts.rules import Actor, Role
from market.errors import ForbiddenError

OWNERS = frozenset({Role.PRODUCER, Role.RECEIVER})


def may_write(actor: Actor | None) -> bool:
    """Tell who may keep a firm's facts at all."""
    return actor is not None and (
        actor.role is Role.STAFF or (actor.role in OWNERS and actor.org_id is not None)
    )


def may_change(actor: Actor | None, org_id: int) -> bool:
    """Tell whether the actor may change this firm's facts: its own people, and staff."""
    return (
        actor is not None
        and may_write(actor)
        and (actor.role is Role.STAFF or actor.org_id == org_id)
    )


def require_change(actor: Actor, org_id: int) -> None:
    if not may_change(actor, org_id):
        raise ForbiddenError("forbidden")
