"""Who may plan collections, and who may read what.

Plans, weeks and fleets name drivers, plates and what trucks cost, so planners alone read them. A
firm reads the records of the loads that it sends or takes; of others it does not learn.
"""

from market.accounts.rules import Actor, Role
from market.errors import ForbiddenError

PLANNERS = frozenset({Role.PARK_MANAGER, Role.STAFF})


def may_plan(actor: Actor | None) -> bool:
    return actor is not None and actor.role in PLANNERS


def require_planner(actor: Actor | None) -> Actor:
    if actor is None or not may_plan(actor):
        raise ForbiddenError("forbidden")
    return actor


def is_of_firm(actor: Actor | None) -> bool:
    return actor is not None and actor.org_id is not None
