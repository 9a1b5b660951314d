"""Who may ask for a run, and who may stop one. Reading is public."""

from market.accounts.rules import Actor
from market.listings.policy import may_see_private
from market.matchmaking.flows import End
from market.matchmaking.models import MatchRun
from market.matchmaking.rules import OVERSEERS
from market.orgs.rules import Standing


def may_request(actor: Actor | None) -> bool:
    """Anyone who signed in: an identical request in progress is answered with that run."""
    return actor is not None


def may_cancel(actor: Actor | None, run: MatchRun) -> bool:
    return actor is not None and (actor.role in OVERSEERS or run.created_by == actor.user_id)


def sees_name(actor: Actor | None, end: End) -> bool:
    """Show who a firm is while its listing is public, as the firm was told when publishing.

    Once it is withdrawn a firm that signed up is hidden again; public facts and examples are not.
    """
    return end.standing != Standing.MEMBER or sees_terms(actor, end)


def sees_terms(actor: Actor | None, end: End) -> bool:
    """Show what a run knows of a listing; of a withdrawn one to its firm and overseers alone."""
    return end.is_open or _owns_or_oversees(actor, end.org_id)


def sees_listing(actor: Actor | None, end: End) -> bool:
    """Tell whether the listing's own page is there for the reader."""
    return end.is_open or may_see_private(actor, end.org_id)


def sees_pair(actor: Actor | None, offer: End, want: End) -> bool:
    """Show why a pair was joined or refused; with a withdrawn listing to the two and overseers."""
    return (offer.is_open and want.is_open) or any(
        _owns_or_oversees(actor, end.org_id) for end in (offer, want)
    )


def may_read_input(actor: Actor | None) -> bool:
    """Only overseers read a run's whole input: it holds every lot's report."""
    return actor is not None and actor.role in OVERSEERS


def sees_raw_mix(actor: Actor | None, org_id: int) -> bool:
    """Show how a kiln is fed to its own works and to overseers alone."""
    return _owns_or_oversees(actor, org_id)


def sees_room_worth(actor: Actor | None, org_id: int) -> bool:
    """Show what room in a yard is worth, which tells of its costs, to its firm and overseers."""
    return _owns_or_oversees(actor, org_id)


def _owns_or_oversees(actor: Actor | None, org_id: int) -> bool:
    return actor is not None and (actor.role in OVERSEERS or actor.org_id == org_id)
