"""Who may plan collections. Reading plans is public."""

from market.accounts.rules import Actor, Role
from market.errors import ForbiddenError

PLANNERS = frozenset({Role.PARK_MANAGER, Role.STAFF})


def may_plan(actor: Actor | None) -> bool:
    return actor is not None and actor.role in PLANNERS


def require_planner(actor: Actor | None) -> Actor:
    if actor is None or not may_plan(actor):
        raise ForbiddenError("forbidden")
    return actor
