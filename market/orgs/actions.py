"""What changes organisations. Each action stands in its caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from market import audit
from market.accounts.rules import Actor
from market.errors import DomainError
from market.orgs import policy, queries
from market.orgs.models import Licence
from market.orgs.rules import HW_CLASS, HW_CODE, MAX_LICENCE_KG, MAX_NUMBER_CHARS

SUBJECT = "licence"


@dataclass(frozen=True, slots=True)
class LicenceFacts:
    """What stands on a licence; ``codes`` are eight digits or a class, such as HW48."""

    site_id: int
    number: str
    codes: Sequence[str]
    mass_kg_per_year: int
    valid_to: date

    def __post_init__(self) -> None:
        if not 0 < len(self.number) <= MAX_NUMBER_CHARS:
            raise DomainError("licence_number", field="number", largest=MAX_NUMBER_CHARS)
        if not self.codes:
            raise DomainError("licence_without_codes", field="codes")
        for code in self.codes:
            if not (HW_CODE.fullmatch(code) or HW_CLASS.fullmatch(code)):
                raise DomainError("licence_code", field="codes", wrong=code)
        if not 0 < self.mass_kg_per_year <= MAX_LICENCE_KG:
            raise DomainError("licence_tonnes", field="tonnes")


def add_licence(session: Session, actor: Actor, facts: LicenceFacts, *, now: datetime) -> Licence:
    """Add a licence to a site.

    Refused: an actor who is neither of the firm nor staff, a number somebody already holds.
    """
    policy.require_change(actor, queries.site(session, facts.site_id).org_id)
    licence = Licence()
    _fill(session, licence, facts)
    session.add(licence)
    session.flush()
    _note(session, actor, licence, now, verb="added")
    return licence


def change_licence(
    session: Session, actor: Actor, licence_id: int, facts: LicenceFacts, *, now: datetime
) -> Licence:
    """Replace what stands on a licence; it stays with its firm.

    Refused: as ``add_licence``, and a site of another firm.
    """
    licence = queries.licence(session, licence_id)
    org_id = queries.site(session, licence.site_id).org_id
    policy.require_change(actor, org_id)
    if queries.site(session, facts.site_id).org_id != org_id:
        raise DomainError("site_of_another_firm", field="site_id")
    _fill(session, licence, facts)
    session.flush()
    _note(session, actor, licence, now, verb="changed")
    return licence


def remove_licence(session: Session, actor: Actor, licence_id: int, *, now: datetime) -> None:
    """Take a licence off the record; refused to whoever may not change it."""
    licence = queries.licence(session, licence_id)
    policy.require_change(actor, queries.site(session, licence.site_id).org_id)
    _note(session, actor, licence, now, verb="removed")
    session.delete(licence)
    session.flush()


def _fill(session: Session, licence: Licence, facts: LicenceFacts) -> None:
    holder = queries.licence_numbered(session, facts.number)
    if holder is not None and holder.id != licence.id:
        raise DomainError("licence_number_taken", field="number")
    licence.site_id = facts.site_id
    licence.number = facts.number
    licence.hw_codes = list(dict.fromkeys(facts.codes))
    licence.mass_kg_per_year = facts.mass_kg_per_year
    licence.valid_to = facts.valid_to


def _note(session: Session, actor: Actor, licence: Licence, now: datetime, *, verb: str) -> None:
    audit.record(
        session,
        now=now,
        user_id=actor.user_id,
        verb=verb,
        subject=SUBJECT,
        subject_id=licence.id,
        changes={"number": licence.number},
    )
