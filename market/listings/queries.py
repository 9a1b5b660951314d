"""Every SELECT on listings, assays and drafts."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from market.accounts.models import User
from market.accounts.rules import Actor
from market.audit import AuditEntry
from market.catalogue import queries as catalogue
from market.catalogue.models import Acceptance, Limit, Material, Process
from market.catalogue.rules import Allowed, Scope, Severity, in_force
from market.errors import NotFoundError
from market.listings import policy
from market.listings.answers import Answers, Reading, from_json
from market.listings.models import Assay, Listing, ListingDraft
from market.listings.quality import (
    MOISTURE,
    Check,
    LimitRow,
    Use,
    Verdict,
    assess,
    uses,
    with_usual,
)
from market.listings.rules import Basis, State
from market.listings.values import (
    Change,
    DraftSummary,
    ListingDetail,
    ListingRow,
    ListingSummary,
    Place,
    Report,
)
from market.orgs.models import Line, Organisation, Site

SUBJECT = "listing"

_COLUMNS = (
    Listing.id, Listing.side, Listing.state, Listing.basis, Listing.form, Listing.material_id,
    Material.name_zh.label("material_name_zh"), Material.name_en.label("material_name_en"),
    Material.family, Material.legal_class, Listing.process_id,
    sa.func.coalesce(Process.name_zh, "").label("process_name_zh"),
    sa.func.coalesce(Process.name_en, "").label("process_name_en"),
    Listing.org_id, Organisation.name_zh.label("org_name_zh"),
    Organisation.name_en.label("org_name_en"), Organisation.standing, Organisation.verified_on,
    Listing.site_id, Site.name_zh.label("site_name_zh"), Site.name_en.label("site_name_en"),
    Site.prefecture_zh, Site.prefecture_en, Site.county_zh, Site.county_en, Site.lat, Site.lon,
    Listing.mass_kg_per_year,
    Listing.min_lot_kg, Listing.price_fen_per_t, Listing.waste_code, Listing.expires_on,
    Listing.updated_at, Listing.version,
)  # fmt: skip


def joined(*columns: Any) -> sa.Select[Any]:
    """Select from listings with material, process, firm and site within reach."""
    return (
        sa.select(*columns)
        .select_from(Listing)
        .join(Material, Material.id == Listing.material_id)
        .join(Process, Process.id == Listing.process_id, isouter=True)
        .join(Organisation, Organisation.id == Listing.org_id)
        .join(Site, Site.id == Listing.site_id)
    )


def is_public(today: date) -> sa.ColumnElement[bool]:
    return sa.and_(Listing.state == State.OPEN, Listing.expires_on >= today)


def _summaries(session: Session, statement: sa.Select[Any]) -> list[ListingSummary]:
    return [ListingSummary(**row) for row in session.execute(statement).mappings()]


def summaries(session: Session, ids: Sequence[int]) -> dict[int, ListingSummary]:
    found = _summaries(session, joined(*_COLUMNS).where(Listing.id.in_(ids)))
    return {summary.id: summary for summary in found}


def public_summaries(session: Session, today: date) -> list[ListingSummary]:
    """Return every open listing, newest first."""
    statement = joined(*_COLUMNS).where(is_public(today)).order_by(Listing.id.desc())
    return _summaries(session, statement)


def largest_public(session: Session, today: date, limit: int) -> list[ListingSummary]:
    """Return the largest open listings, those that firms declare before estimates."""
    declared = sa.case((Listing.basis == Basis.DECLARED, 0), else_=1)
    statement = joined(*_COLUMNS).where(is_public(today))
    order = (declared, Listing.mass_kg_per_year.desc(), Listing.id)
    return _summaries(session, statement.order_by(*order).limit(limit))


def of_org(session: Session, org_id: int) -> list[ListingSummary]:
    statement = joined(*_COLUMNS).where(Listing.org_id == org_id)
    return _summaries(session, statement.order_by(Listing.updated_at.desc(), Listing.id.desc()))


def limit_rows(
    session: Session, material_ids: Iterable[str], today: date
) -> dict[str, tuple[LimitRow, ...]]:
    """Return, for each material, the limits in force that its own lot report is held against."""
    statement = (
        sa.select(Limit)
        .where(Limit.material_id.in_(set(material_ids)), Limit.scope == Scope.MATERIAL)
        .order_by(Limit.position)
    )
    rows: dict[str, list[LimitRow]] = defaultdict(list)
    for limit in session.scalars(statement):
        if limit.material_id and in_force(limit.valid_from, limit.valid_to, today):
            rows[limit.material_id].append(_limit_row(limit))
    return {material: tuple(found) for material, found in rows.items()}


def use_limits(session: Session, material_id: str, today: date) -> tuple[LimitRow, ...]:
    """Return the limits in force on whatever the processes that take this material take.

    Those of one kind of site or way of using it (``variant``) are left to the matching.
    """
    statement = (
        sa.select(Limit)
        .join(Acceptance, Acceptance.process_id == Limit.process_id)
        .where(
            Acceptance.material_id == material_id,
            Acceptance.allowed != Allowed.NO,
            Limit.material_id.is_(None),
            Limit.scope == Scope.MATERIAL,
            Limit.variant == "",
        )
        .order_by(Limit.position)
    )
    return tuple(
        _limit_row(limit)
        for limit in session.scalars(statement)
        if in_force(limit.valid_from, limit.valid_to, today)
    )


def _limit_row(limit: Limit) -> LimitRow:
    return LimitRow(
        limit.process_id, limit.property, limit.operator, limit.value, limit.value_high,
        limit.unit, tuple(limit.grades), limit.severity == Severity.BLOCK, limit.standard,
        limit.clause,
    )  # fmt: skip


def quality_sheet(
    session: Session, material_id: str, readings: Sequence[Reading], today: date
) -> tuple[Verdict, tuple[Check, ...], tuple[Use, ...]]:
    """Return the verdict, every property this material is asked about, and the uses judged."""
    rows = limit_rows(session, [material_id], today).get(material_id, ())
    verdict = assess(rows, readings, use_limits(session, material_id, today))
    return verdict, with_usual(verdict, _usual(session, material_id)), uses(rows, readings)


def _usual(session: Session, material_id: str) -> dict[str, tuple[float, float, str]]:
    found = {
        row.component: (row.low, row.high, row.unit)
        for row in catalogue.compositions_for(session, material_id)
        if not row.part
    }
    material = catalogue.material(session, material_id)
    if material.moisture_share_min is not None and material.moisture_share_max is not None:
        low, high = material.moisture_share_min * 100, material.moisture_share_max * 100
        found.setdefault(MOISTURE, (round(low, 6), round(high, 6), "%"))
    return found


def process_names(session: Session, ids: Iterable[str]) -> dict[str, Process]:
    statement = sa.select(Process).where(Process.id.in_(set(ids)))
    return {process.id: process for process in session.scalars(statement)}


def latest_reports(session: Session, ids: Sequence[int]) -> dict[int, Report]:
    statement = (
        sa.select(Assay)
        .options(selectinload(Assay.values))
        .where(Assay.listing_id.in_(ids))
        .order_by(Assay.sampled_on, Assay.id)
    )
    return {assay.listing_id: _report(assay) for assay in session.scalars(statement)}


def _report(assay: Assay) -> Report:
    readings = tuple(Reading(v.property, v.low, v.high, v.unit) for v in assay.values)
    return Report(assay.report_no, assay.laboratory, assay.sampled_on, assay.expires_on, readings)


def rows(session: Session, ids: Sequence[int], today: date) -> list[ListingRow]:
    """Return the listings in the order asked for, each with its lot judged; three queries."""
    known = summaries(session, ids)
    reports = latest_reports(session, ids)
    limits = limit_rows(session, {summary.material_id for summary in known.values()}, today)
    return [_row(known[i], reports.get(i), limits) for i in ids if i in known]


def _row(
    summary: ListingSummary, report: Report | None, limits: Mapping[str, tuple[LimitRow, ...]]
) -> ListingRow:
    readings = report.readings if report else ()
    return ListingRow(summary, report, assess(limits.get(summary.material_id, ()), readings))


def detail(session: Session, listing_id: int, actor: Actor | None, today: date) -> ListingDetail:
    """Return what this actor may read of a listing.

    Raises:
        NotFoundError: there is none, or it is another firm's and not open.

    """
    found = rows(session, [listing_id], today)
    if not found:
        raise NotFoundError("not_found")
    row = found[0]
    org_id, state = row.summary.org_id, row.summary.state
    if not policy.may_see(actor, org_id, state):
        raise NotFoundError("not_found")
    listing = session.get_one(Listing, listing_id)
    line = session.get(Line, listing.line_id) if listing.line_id else None
    private = policy.may_see_private(actor, org_id)
    own = policy.is_own(actor, org_id) and policy.may_post(actor)
    return ListingDetail(
        summary=row.summary,
        report=row.report,
        verdict=_verdict(session, row, today),
        moisture_share=listing.moisture_share,
        stock_kg=listing.stock_kg,
        storage_kg=listing.storage_kg,
        storage_fen_per_t_month=listing.storage_fen_per_t_month,
        max_suppliers=listing.max_suppliers,
        disposal_fen_per_t=listing.disposal_fen_per_t if private else None,
        note=listing.note,
        line_name_zh=line.name_zh if line else "",
        line_name_en=line.name_en if line else "",
        may_edit=own,
        may_withdraw=own or (private and not policy.is_own(actor, org_id)),
        sees_private=private,
        history=changes(session, listing_id) if private else (),
    )


def _verdict(session: Session, row: ListingRow, today: date) -> Verdict:
    if row.report is None:
        return row.verdict
    material_id = row.summary.material_id
    rows = limit_rows(session, [material_id], today).get(material_id, ())
    return assess(rows, row.report.readings, use_limits(session, material_id, today))


def listing(session: Session, listing_id: int) -> Listing:
    found = session.get(Listing, listing_id)
    if found is None:
        raise NotFoundError("not_found")
    return found


def draft(session: Session, draft_id: int, actor: Actor) -> ListingDraft:
    """Return the firm's own draft; another firm's does not exist."""
    found = session.get(ListingDraft, draft_id)
    if found is None or not policy.is_own(actor, found.org_id):
        raise NotFoundError("not_found")
    return found


def draft_by_key(session: Session, key: str) -> ListingDraft | None:
    return session.scalar(sa.select(ListingDraft).where(ListingDraft.key == key))


def open_edit(session: Session, listing_id: int) -> ListingDraft | None:
    """Return the draft in which a published listing is being changed, if there is one."""
    return session.scalar(
        sa.select(ListingDraft)
        .where(ListingDraft.listing_id == listing_id, ListingDraft.published_at.is_(None))
        .order_by(ListingDraft.id.desc())
        .limit(1)
    )


def drafts_of(session: Session, org_id: int) -> list[DraftSummary]:
    statement = (
        sa.select(ListingDraft)
        .where(ListingDraft.org_id == org_id, ListingDraft.published_at.is_(None))
        .order_by(ListingDraft.updated_at.desc(), ListingDraft.id.desc())
    )
    drafts = session.scalars(statement).all()
    answers = {draft.id: from_json(draft.answers) for draft in drafts}
    wanted = {a.material_id for a in answers.values()}
    materials = {
        material.id: material
        for material in session.scalars(sa.select(Material).where(Material.id.in_(wanted)))
    }
    return [
        _draft_summary(d, len(answers[d.id].done), materials.get(answers[d.id].material_id))
        for d in drafts
    ]


def _draft_summary(draft: ListingDraft, done: int, material: Material | None) -> DraftSummary:
    return DraftSummary(
        id=draft.id,
        ref=draft.ref,
        side=draft.side,
        listing_id=draft.listing_id,
        material_name_zh=material.name_zh if material else "",
        material_name_en=material.name_en if material else "",
        family=material.family if material else "",
        steps_done=done,
        updated_at=draft.updated_at,
    )


def assay_of(session: Session, listing_id: int) -> Report | None:
    return latest_reports(session, [listing_id]).get(listing_id)


def sites_of(session: Session, org_id: int) -> Sequence[Site]:
    statement = sa.select(Site).where(Site.org_id == org_id).order_by(Site.id)
    return session.scalars(statement).all()


def lines_of(session: Session, org_id: int) -> Sequence[Line]:
    statement = sa.select(Line).join(Site, Site.id == Line.site_id).where(Site.org_id == org_id)
    return session.scalars(statement.order_by(Line.id)).all()


def changes(session: Session, listing_id: int) -> tuple[Change, ...]:
    """Return who did what to a listing, newest first."""
    statement = (
        sa.select(AuditEntry.verb, AuditEntry.at, User.name_zh, User.name_en, AuditEntry.changes)
        .join(User, User.id == AuditEntry.user_id, isouter=True)
        .where(AuditEntry.subject == SUBJECT, AuditEntry.subject_id == listing_id)
        .order_by(AuditEntry.id.desc())
    )
    return tuple(
        Change(verb, at, name_zh, name_en, tuple(sorted(changed)))
        for verb, at, name_zh, name_en, changed in session.execute(statement)
    )


def last_draft_change(session: Session, draft_id: int) -> Change | None:
    statement = (
        sa.select(ListingDraft.updated_at, User.name_zh, User.name_en)
        .join(User, User.id == ListingDraft.updated_by)
        .where(ListingDraft.id == draft_id)
    )
    found = session.execute(statement).first()
    return None if found is None else Change("edit", found[0], found[1], found[2])


def place_of(session: Session, answers: Answers) -> Place:
    """Return the site, line and process that the answers name, where they name one."""
    return Place(
        session.get(Site, answers.site_id) if answers.site_id else None,
        session.get(Line, answers.line_id) if answers.line_id else None,
        session.get(Process, answers.process_id) if answers.process_id else None,
    )


def process_checks(
    session: Session, process_id: str, material_id: str, today: date
) -> tuple[Check, ...]:
    """Return what one process asks of this material, without any value."""
    rows = limit_rows(session, [material_id], today).get(material_id, ())
    return assess([row for row in rows if row.process_id == process_id], ()).checks
