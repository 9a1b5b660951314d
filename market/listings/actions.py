"""Verbs that change listings and drafts. The caller opens the transaction.

Each may be sent twice and has one effect: what would change nothing is no conflict, creating
goes by a key that the form carries, and publishing a published draft answers with its listing.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from market import audit
from market.accounts.rules import Actor
from market.catalogue.models import Material
from market.catalogue.rules import LegalClass
from market.errors import ConflictError, DomainError, ForbiddenError
from market.listings import policy, queries
from market.listings.answers import Answers, Reading, from_json, to_json
from market.listings.models import Assay, AssayValue, Listing, ListingDraft
from market.listings.quality import MOISTURE, MOISTURE_PROPERTIES
from market.listings.rules import EXPIRY_DAYS, TRANSITIONS, Basis, Side, State, Step
from market.listings.values import Report
from market.orgs.models import Site

MENDABLE = frozenset({"draft_incomplete", "hazard_unread", "site_not_own"})
"""Codes of ``publish`` that the person mends on the check page."""

_COPIED = (
    "material_id", "line_id", "form", "mass_kg_per_year", "min_lot_kg", "stock_kg",
    "storage_kg", "storage_fen_per_t_month", "max_suppliers", "site_id", "price_fen_per_t",
    "disposal_fen_per_t", "note",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing led to; ``is_new`` is False where an older listing was changed."""

    listing_id: int
    is_new: bool


def start_draft(
    session: Session, actor: Actor, *, side: Side, key: str, now: datetime
) -> ListingDraft:
    """Begin a draft; the same key gives the draft begun before."""
    return _new_draft(session, actor, side=side, key=key, now=now, answers=Answers())


def _new_draft(
    session: Session,
    actor: Actor,
    *,
    side: str,
    key: str,
    now: datetime,
    answers: Answers,
    listing: Listing | None = None,
) -> ListingDraft:
    if not policy.may_post(actor):
        raise ForbiddenError("forbidden")
    known = queries.draft_by_key(session, key)
    if known is not None:
        return queries.draft(session, known.id, actor)
    assert actor.org_id is not None
    draft = ListingDraft(
        key=key,
        side=side,
        org_id=actor.org_id,
        listing_id=listing.id if listing else None,
        base_version=listing.version if listing else None,
        answers=to_json(answers),
        created_at=now,
        updated_at=now,
        updated_by=actor.user_id,
    )
    session.add(draft)
    session.flush()
    return draft


def start_edit(
    session: Session, actor: Actor, listing_id: int, *, key: str, now: datetime
) -> ListingDraft:
    """Open a listing for changes; a draft of the firm already under way is taken up again."""
    listing = queries.listing(session, listing_id)
    policy.require_own(actor, listing.org_id, listing.state)
    known = queries.open_edit(session, listing_id)
    if known is not None:
        return known
    answers = _answers_of(session, listing)
    return _new_draft(
        session, actor, side=listing.side, key=key, now=now, answers=answers, listing=listing
    )


def duplicate(
    session: Session, actor: Actor, listing_id: int, *, key: str, now: datetime
) -> ListingDraft:
    """Begin a new listing from an old one. The lot is another, so its report is not copied."""
    listing = queries.listing(session, listing_id)
    policy.require_own(actor, listing.org_id, listing.state)
    answers = _answers_of(session, listing, with_report=False)
    return _new_draft(session, actor, side=listing.side, key=key, now=now, answers=answers)


def _answers_of(session: Session, listing: Listing, *, with_report: bool = True) -> Answers:
    values: dict[str, Any] = {name: getattr(listing, name) for name in _COPIED}
    report = queries.assay_of(session, listing.id) if with_report else None
    readings = list(report.readings) if report else []
    has_moisture = any(r.name in MOISTURE_PROPERTIES for r in readings)
    if listing.moisture_share is not None and not has_moisture:
        share = round(listing.moisture_share * 100, 6)
        readings.append(Reading(MOISTURE, share, share, "%"))
    done = set(Step) if with_report or listing.side == Side.WANT else set(Step) - {Step.QUALITY}
    return Answers(
        **values,
        process_id=listing.process_id or "",
        waste_code=listing.waste_code or "",
        report_no=report.report_no if report else "",
        laboratory=report.laboratory if report else "",
        sampled_on=report.sampled_on if report else None,
        assay_expires_on=report.expires_on if report else None,
        readings=tuple(readings),
        done=frozenset(done),
    )


def save_step(
    session: Session,
    actor: Actor,
    draft_id: int,
    step: Step,
    changes: dict[str, Any],
    *,
    version: int,
    now: datetime,
) -> ListingDraft:
    """Keep one step's answers.

    Raises:
        ConflictError: somebody of the firm changed the draft since ``version``.

    """
    draft = queries.draft(session, draft_id, actor)
    before = from_json(draft.answers)
    after = before.with_step(step, **changes)
    if after == before:
        return draft
    _require_unpublished(draft)
    if draft.version != version:
        raise ConflictError("draft_changed", draft_id=draft.id)
    if after.material_id != before.material_id:
        after = replace(after, readings=(), done=after.done - {Step.QUALITY})
    draft.answers = to_json(after)
    _touch(draft, actor, now)
    return draft


def _touch(draft: ListingDraft, actor: Actor, now: datetime) -> None:
    draft.updated_at = now
    draft.updated_by = actor.user_id


def _require_unpublished(draft: ListingDraft) -> None:
    if draft.published_at is not None:
        raise ConflictError("draft_published", draft_id=draft.id)


def discard(session: Session, actor: Actor, draft_id: int) -> None:
    draft = queries.draft(session, draft_id, actor)
    _require_unpublished(draft)
    session.delete(draft)


def rebase(session: Session, actor: Actor, draft_id: int, *, now: datetime) -> None:
    """Keep the draft's answers, over what the listing has become meanwhile."""
    draft = queries.draft(session, draft_id, actor)
    _require_unpublished(draft)
    if draft.listing_id is not None:
        draft.base_version = queries.listing(session, draft.listing_id).version
        _touch(draft, actor, now)


def publish(
    session: Session, actor: Actor, draft_id: int, *, today: date, now: datetime
) -> Published:
    """Make the draft a listing, or change the listing it was opened from.

    Raises:
        DomainError: ``draft_incomplete`` with the step that is missing, ``hazard_unread``, or
            ``site_not_own``.
        ConflictError: ``listing_changed`` when the listing is no longer what was opened.

    """
    draft = queries.draft(session, draft_id, actor)
    if draft.published_at is not None and draft.listing_id is not None:
        return Published(draft.listing_id, is_new=draft.base_version is None)
    answers = from_json(draft.answers)
    _require_complete(session, draft, answers)
    is_new = draft.listing_id is None
    listing = _blank(draft, now) if is_new else _opened(session, draft)
    changes = _apply(listing, answers)
    listing.updated_at = now
    listing.expires_on = today + timedelta(days=EXPIRY_DAYS)
    if is_new:
        session.add(listing)
    listing.state = State.OPEN
    session.flush()
    _store_assay(session, listing, answers, today)
    _finish(session, actor, draft, listing, changes, now=now, is_new=is_new)
    return Published(listing.id, is_new=is_new)


def _require_complete(session: Session, draft: ListingDraft, answers: Answers) -> None:
    step = answers.next_step()
    if step is not None or answers.mass_kg_per_year is None or answers.site_id is None:
        raise DomainError("draft_incomplete", step=step or Step.AMOUNT)
    material = session.get_one(Material, answers.material_id)
    is_offer = draft.side == Side.OFFER
    if (
        material.legal_class == LegalClass.HAZARDOUS
        and is_offer
        and not (answers.hazard_read and answers.waste_code)
    ):
        raise DomainError("hazard_unread", step=Step.WHAT)
    if session.get_one(Site, answers.site_id).org_id != draft.org_id:
        raise DomainError("site_not_own", field="site_id")


def _blank(draft: ListingDraft, now: datetime) -> Listing:
    return Listing(
        key=f"draft-{draft.id}",
        side=draft.side,
        basis=Basis.DECLARED,
        org_id=draft.org_id,
        created_at=now,
    )


def _opened(session: Session, draft: ListingDraft) -> Listing:
    assert draft.listing_id is not None
    listing = queries.listing(session, draft.listing_id)
    if listing.version != draft.base_version:
        raise ConflictError("listing_changed", listing_id=listing.id, draft_id=draft.id)
    return listing


def _apply(listing: Listing, answers: Answers) -> dict[str, Any]:
    """Write the answers into the row; return what changed, old beside new, for the record."""
    new: dict[str, Any] = {name: getattr(answers, name) for name in _COPIED}
    new["process_id"] = answers.process_id or None
    new["waste_code"] = answers.waste_code or None
    new["moisture_share"] = _moisture(answers)
    changes = {
        name: [getattr(listing, name), value]
        for name, value in new.items()
        if getattr(listing, name) != value
    }
    for name, value in new.items():
        setattr(listing, name, value)
    return changes


def _moisture(answers: Answers) -> float | None:
    """Return the upper bound as a share of the wet mass."""
    highs = [r.high for r in answers.readings if r.name in MOISTURE_PROPERTIES]
    return round(max(highs) / 100, 6) if highs else None


def _store_assay(session: Session, listing: Listing, answers: Answers, today: date) -> None:
    """Add the report when it is new or says something else; older reports stay as history."""
    if answers.sampled_on is None or not answers.readings:
        return
    if queries.assay_of(session, listing.id) == _as_report(answers):
        return
    same_day = (
        sa.select(Assay)
        .options(selectinload(Assay.values))
        .where(Assay.listing_id == listing.id, Assay.sampled_on == answers.sampled_on)
    )
    for assay in session.scalars(same_day):
        session.delete(assay)
    session.add(
        Assay(
            listing_id=listing.id,
            report_no=answers.report_no,
            laboratory=answers.laboratory,
            sampled_on=answers.sampled_on,
            expires_on=answers.assay_expires_on or today,
            values=[
                AssayValue(property=r.name, low=r.low, high=r.high, unit=r.unit)
                for r in answers.readings
            ],
        )
    )


def _as_report(answers: Answers) -> Report:
    assert answers.sampled_on is not None
    return Report(
        answers.report_no,
        answers.laboratory,
        answers.sampled_on,
        answers.assay_expires_on or answers.sampled_on,
        answers.readings,
    )


def _finish(
    session: Session,
    actor: Actor,
    draft: ListingDraft,
    listing: Listing,
    changes: dict[str, Any],
    *,
    now: datetime,
    is_new: bool,
) -> None:
    draft.listing_id = listing.id
    draft.published_at = now
    _touch(draft, actor, now)
    _record(session, actor, listing, "post" if is_new else "edit", now, {} if is_new else changes)


def _record(
    session: Session,
    actor: Actor,
    listing: Listing,
    verb: str,
    now: datetime,
    changes: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        now=now,
        user_id=actor.user_id,
        verb=verb,
        subject=queries.SUBJECT,
        subject_id=listing.id,
        changes=changes,
    )


def _move(
    session: Session, actor: Actor, listing: Listing, to: State, *, version: int, now: datetime
) -> bool:
    """Change the state; False when it is already so."""
    if listing.state == to:
        return False
    if listing.version != version:
        raise ConflictError("listing_changed", listing_id=listing.id)
    if to not in TRANSITIONS[State(listing.state)]:
        raise ConflictError("listing_state", listing_id=listing.id)
    before, listing.state = listing.state, to
    listing.updated_at = now
    verb = "withdraw" if to is State.WITHDRAWN else "republish"
    _record(session, actor, listing, verb, now, {"state": [before, to.value]})
    return True


def withdraw(
    session: Session, actor: Actor, listing_id: int, *, version: int, now: datetime
) -> None:
    listing = queries.listing(session, listing_id)
    policy.require_withdraw(actor, listing.org_id, listing.state)
    _move(session, actor, listing, State.WITHDRAWN, version=version, now=now)


def republish(
    session: Session, actor: Actor, listing_id: int, *, version: int, today: date, now: datetime
) -> None:
    listing = queries.listing(session, listing_id)
    policy.require_own(actor, listing.org_id, listing.state)
    if _move(session, actor, listing, State.OPEN, version=version, now=now):
        listing.expires_on = today + timedelta(days=EXPIRY_DAYS)


def renew(session: Session, actor: Actor, listing_id: int, *, today: date, now: datetime) -> date:
    """Keep an open listing public for another 90 days from today; return the last day."""
    listing = queries.listing(session, listing_id)
    policy.require_own(actor, listing.org_id, listing.state)
    if listing.state != State.OPEN:
        raise ConflictError("listing_state", listing_id=listing.id)
    until = today + timedelta(days=EXPIRY_DAYS)
    if listing.expires_on != until:
        before = listing.expires_on.isoformat()
        listing.expires_on = until
        listing.updated_at = now
        _record(session, actor, listing, "renew", now, {"expires_on": [before, until.isoformat()]})
    return until
