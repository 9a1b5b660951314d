"""Who may read what a firm says of its conversions."""

from market.accounts.rules import Actor
from market.matchmaking.rules import OVERSEERS


def sees_private(actor: Actor | None, org_id: int) -> bool:
    """Tell who reads a conversion whose want or offer is not open, and its note."""
    return actor is not None and (actor.role in OVERSEERS or actor.org_id == org_id)
