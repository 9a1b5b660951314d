"""Stops by a firm's own word: what stands in the book, and who may write in it."""

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market import audit
from market.accounts.rules import Actor
from market.errors import NotFoundError
from market.listings.models import Listing
from market.matchmaking.models import OwnStop
from market.orgs.policy import require_change


def of_want(session: Session, want: Listing) -> Sequence[OwnStop]:
    """Return what its firm said of the want's process at its site, the earliest first."""
    statement = _at(want).order_by(OwnStop.first_on, OwnStop.id)
    return session.scalars(statement).all()


def add(
    session: Session,
    actor: Actor,
    want: Listing,
    *,
    first_on: date,
    last_on: date,
    note: str,
    now: datetime,
) -> OwnStop:
    """Let the want's process at its site stand still from one day to another, both included.

    The same days said again are the stop that is known. Refused: an actor who is neither of the
    firm nor staff.
    """
    require_change(actor, want.org_id)
    same = _at(want).where(OwnStop.first_on == first_on, OwnStop.last_on == last_on)
    known = session.scalars(same.limit(1)).first()
    stop = known or OwnStop(
        site_id=want.site_id, process_id=want.process_id, first_on=first_on, last_on=last_on,
        created_by=actor.user_id, created_at=now,
    )  # fmt: skip
    stop.note = note
    session.add(stop)
    session.flush()
    _record(session, actor, stop, now, verb="said")
    return stop


def drop(session: Session, actor: Actor, want: Listing, stop_id: int, *, now: datetime) -> None:
    """Take a stop back; refused as ``add``, and where it is none of the want's."""
    require_change(actor, want.org_id)
    stop = session.scalars(_at(want).where(OwnStop.id == stop_id)).first()
    if stop is None:
        raise NotFoundError("not_found")
    _record(session, actor, stop, now, verb="dropped")
    session.delete(stop)
    session.flush()


def _at(want: Listing) -> sa.Select[OwnStop]:
    return sa.select(OwnStop).where(
        OwnStop.site_id == want.site_id, OwnStop.process_id == want.process_id
    )


def _record(session: Session, actor: Actor, stop: OwnStop, now: datetime, *, verb: str) -> None:
    audit.record(
        session, now=now, user_id=actor.user_id, verb=verb, subject="own_stop", subject_id=stop.id
    )
