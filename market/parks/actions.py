"""A firm says what comes out of what it takes in, or takes it back."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market import audit
from market.accounts.rules import Actor
from market.db import one_at_a_time
from market.errors import DomainError, NotFoundError
from market.listings.models import Listing
from market.orgs.policy import require_change
from market.parks import queries
from market.parks.models import Conversion
from market.parks.rules import MAX_CAPACITY_KG, MAX_YIELD, Ground


@dataclass(frozen=True, slots=True)
class Facts:
    """What a firm says of one thing that comes out; see ``models.Conversion``."""

    makes_id: str
    yield_share: float
    capacity_kg_per_year: int | None
    ground: Ground
    stated_on: date
    note: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.yield_share <= MAX_YIELD:
            raise DomainError("conversion_yield", field="yield_share")
        if self.capacity_kg_per_year is not None and not (
            0 < self.capacity_kg_per_year <= MAX_CAPACITY_KG
        ):
            raise DomainError("conversion_capacity", field="capacity")


def declare(
    session: Session, actor: Actor, want: Listing, facts: Facts, *, now: datetime
) -> Conversion:
    """Let what the want takes give off a material that its site offers.

    Said again of the same material, it replaces what was said. Refused: an actor who is neither
    of the firm nor staff, and a material the site does not offer.
    """
    one_at_a_time(session, "conversion")
    require_change(actor, want.org_id)
    if facts.makes_id not in {row.id for row in queries.offered_at(session, want.site_id)}:
        raise DomainError("conversion_without_offer", field="makes_id")
    known = session.scalars(
        sa.select(Conversion).where(*queries.at(want), Conversion.makes_id == facts.makes_id)
    ).first()
    row = known or Conversion(
        site_id=want.site_id,
        process_id=want.process_id,
        takes_id=want.material_id,
        makes_id=facts.makes_id,
    )
    row.yield_share, row.capacity_kg_per_year = facts.yield_share, facts.capacity_kg_per_year
    row.ground, row.stated_on, row.note = facts.ground, facts.stated_on, facts.note
    row.created_by, row.created_at = actor.user_id, now
    session.add(row)
    session.flush()
    _record(session, actor, row, now, verb="said")
    return row


def drop(
    session: Session, actor: Actor, want: Listing, conversion_id: int, *, now: datetime
) -> None:
    """Take a conversion back; refused as ``declare``, and where it is none of the want's."""
    require_change(actor, want.org_id)
    row = session.scalars(
        sa.select(Conversion).where(*queries.at(want), Conversion.id == conversion_id)
    ).first()
    if row is None:
        raise NotFoundError("not_found")
    _record(session, actor, row, now, verb="dropped")
    session.delete(row)
    session.flush()


def _record(session: Session, actor: Actor, row: Conversion, now: datetime, *, verb: str) -> None:
    audit.record(
        session,
        now=now,
        user_id=actor.user_id,
        verb=verb,
        subject="conversion",
        subject_id=row.id,
        changes={"makes": row.makes_id, "yield_share": row.yield_share},
    )
