"""The acting person of a request, completed with the firm, which accounts know nothing of."""

from collections.abc import Callable
from dataclasses import replace

from market.accounts.rules import Actor
from market.orgs.queries import firm_of
from market.web.database import session

Loader = Callable[[], Actor | None]


def with_firm(load: Loader) -> Loader:
    """Return a loader that adds the organisation to the actor ``load`` finds."""

    def loader() -> Actor | None:
        actor = load()
        firm = None if actor is None else firm_of(session(), actor.user_id)
        if actor is None or firm is None:
            return actor
        return replace(
            actor,
            org_id=firm.id,
            org_name_zh=firm.name_zh,
            org_name_en=firm.name_en,
            org_standing=firm.standing,
        )

    return loader
