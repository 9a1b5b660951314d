"""Keeps text and grade of each listing in step, inside the transaction that changes it.

Listings know nothing of search, so the session is watched instead: whatever writes a listing, a
report, a firm or a site through the ORM (forms, imports, demonstration data) is indexed in the
same flush. Statements that bypass the ORM need ``rebuild``.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Session, UOWTransaction

from market.catalogue.models import Limit, Material, Process
from market.listings import queries as listings
from market.listings.models import Assay, Listing
from market.listings.values import ListingRow
from market.orgs.models import Organisation, Site
from market.search import synonyms, text
from market.search.models import UNGRADED, UNTESTED, SearchEntry

BATCH = 2000

_HW_CODE = re.compile(r"\b\d{3}-\d{3}-(\d{2})\b")
"""A code of the hazardous-waste list; its last two digits are the class."""

_DOCUMENT = (
    sa.select(
        Listing.id,
        Listing.material_id,
        Listing.process_id,
        Listing.waste_code,
        Listing.note,
        Material.name_zh,
        Material.name_en,
        Material.waste_code,
        Material.waste_family,
        Material.waste_family_zh,
        Material.hw_codes,
        Process.name_zh,
        Process.name_en,
        Process.source,
        Organisation.name_zh,
        Organisation.name_en,
        Site.name_zh,
        Site.name_en,
        Site.county_zh,
        Site.county_en,
    )
    .select_from(Listing)
    .join(Material, Material.id == Listing.material_id)
    .join(Process, Process.id == Listing.process_id, isouter=True)
    .join(Organisation, Organisation.id == Listing.org_id)
    .join(Site, Site.id == Listing.site_id)
)


def _standards(connection: sa.Connection) -> Mapping[str, str]:
    """Return, for each material, the standards that limit it, as one text."""
    statement = sa.select(Limit.material_id, Limit.standard).distinct()
    found: dict[str, set[str]] = defaultdict(set)
    for material_id, standard in connection.execute(statement):
        if material_id is not None:
            found[material_id].add(standard)
    return {material: " ".join(sorted(standards)) for material, standards in found.items()}


def _flat(value: Any) -> str:
    if value is None:
        return ""
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _tokens(row: Sequence[Any], standards: Mapping[str, str]) -> list[str]:
    listing_id, material_id, _process_id, *words = row
    parts = [f"L {listing_id:04d}", *map(_flat, words), synonyms.words(material_id)]
    parts.append(standards.get(material_id, ""))
    parts.extend(f"HW{number}" for number in sorted(set(_HW_CODE.findall(" ".join(parts)))))
    return text.document_tokens(" ".join(parts))


def _write(connection: sa.Connection, rows: Iterable[tuple[int, list[str]]]) -> None:
    if connection.dialect.name == "sqlite":
        statement = sa.text("INSERT INTO fts_listing (rowid, body) VALUES (:id, :body)")
        values = [{"id": number, "body": " ".join(tokens)} for number, tokens in rows]
    else:
        statement = sa.text(
            "INSERT INTO fts_listing (listing_id, body) VALUES (:id, CAST(:body AS tsvector))"
        )
        values = [{"id": number, "body": text.tsvector(tokens)} for number, tokens in rows]
    if values:
        connection.execute(statement, values)


def _delete(connection: sa.Connection, ids: Sequence[int]) -> None:
    column = "rowid" if connection.dialect.name == "sqlite" else "listing_id"
    statement = sa.text(f"DELETE FROM fts_listing WHERE {column} = :id")  # noqa: S608 - two names of ours
    connection.execute(statement, [{"id": number} for number in ids])


def reindex(connection: sa.Connection, ids: Iterable[int], today: date) -> int:
    """Write text and grade of these listings anew; return how many there are."""
    wanted = sorted(set(ids))
    standards = _standards(connection) if wanted else {}
    written = 0
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        _delete(connection, batch)
        rows = connection.execute(_DOCUMENT.where(Listing.id.in_(batch))).all()
        _write(connection, [(row[0], _tokens(row, standards)) for row in rows])
        _grade(connection, batch, today)
        written += len(rows)
    return written


def _grade(connection: sa.Connection, ids: Sequence[int], today: date) -> None:
    connection.execute(sa.delete(SearchEntry).where(SearchEntry.listing_id.in_(ids)))
    with Session(connection) as reading:
        rows = listings.rows(reading, ids, today)
    values = [
        {"listing_id": row.summary.id, "grade": grade_of(row)}
        for row in rows
        if row.summary.is_offer
    ]
    if values:
        connection.execute(sa.insert(SearchEntry), values)


def grade_of(row: ListingRow) -> str:
    if row.report is None:
        return UNTESTED
    return row.verdict.grade or UNGRADED


def _today() -> date:
    """Return the day of the change: a flush has no caller who could tell it."""
    return datetime.now(UTC).date()


def rebuild(session: Session) -> int:
    """Index every listing from nothing; return how many."""
    connection = session.connection()
    connection.exec_driver_sql("DELETE FROM fts_listing")
    return reindex(connection, session.scalars(sa.select(Listing.id)), _today())


def _touched(session: Session) -> set[int]:
    changed = [*session.new, *(o for o in session.dirty if session.is_modified(o))]
    ids = {thing.id for thing in changed if isinstance(thing, Listing)}
    reports = [*changed, *session.deleted]
    ids |= {thing.listing_id for thing in reports if isinstance(thing, Assay)}
    owners = [thing.id for thing in changed if isinstance(thing, Organisation)]
    sites = [thing.id for thing in changed if isinstance(thing, Site)]
    if owners or sites:
        belongs = sa.or_(Listing.org_id.in_(owners), Listing.site_id.in_(sites))
        ids |= set(session.connection().execute(sa.select(Listing.id).where(belongs)).scalars())
    return ids


@event.listens_for(Session, "after_flush")
def _keep_in_step(session: Session, _context: UOWTransaction) -> None:
    gone = [thing.id for thing in session.deleted if isinstance(thing, Listing)]
    if gone:
        _delete(session.connection(), gone)
    touched = _touched(session)
    if touched:
        reindex(session.connection(), touched, _today())
