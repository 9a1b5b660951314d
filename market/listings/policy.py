"""May this actor see or do that. Another firm's unpublished things do not exist for it."""

from market.accounts.rules import Actor, Role
from market.errors import ForbiddenError, NotFoundError
from market.listings.rules import Side, State

POSTING_ROLES = (Role.PRODUCER, Role.RECEIVER)


def may_post(actor: Actor | None) -> bool:
    return actor is not None and actor.role in POSTING_ROLES and actor.org_id is not None


def is_own(actor: Actor | None, org_id: int) -> bool:
    return actor is not None and actor.org_id == org_id


def may_see(actor: Actor | None, org_id: int, state: str) -> bool:
    """Open listings are public; a withdrawn one is for its firm and for staff."""
    return state == State.OPEN or may_see_private(actor, org_id)


def may_see_private(actor: Actor | None, org_id: int) -> bool:
    """Tell who may read what only the firm knows, such as its disposal cost."""
    return is_own(actor, org_id) or (actor is not None and actor.role is Role.STAFF)


def require_own(actor: Actor, org_id: int, state: str) -> None:
    """Raise 404 for what the actor may not know of, 403 for what it may only read."""
    if is_own(actor, org_id) and may_post(actor):
        return
    if may_see(actor, org_id, state):
        raise ForbiddenError("forbidden")
    raise NotFoundError("not_found")


def require_withdraw(actor: Actor, org_id: int, state: str) -> None:
    if actor.role is not Role.STAFF:
        require_own(actor, org_id, state)


def default_side(actor: Actor) -> Side:
    return Side.WANT if actor.role is Role.RECEIVER else Side.OFFER
