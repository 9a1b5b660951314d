"""Access rules for routes: who may use an address at all."""

from collections.abc import Callable

from market.accounts.rules import Actor, Role


def signed_in(actor: Actor | None) -> bool:
    return actor is not None


def roles(*allowed: Role) -> Callable[[Actor | None], bool]:
    """Return the rule that lets only people of these roles in."""
    if not allowed:
        raise ValueError("a rule that lets nobody in")

    def rule(actor: Actor | None) -> bool:
        return actor is not None and actor.role in allowed

    return rule
