"""The demonstration's listings: what the invented firms post, and what public sources imply.

The first come from the files in ``data/``, with their assays; the second are one offer of fly ash
for each power plant and one want for each cement plant, marked as estimates and without price.
Everything is added by key, once.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.datafiles import Record, read_records
from market.listings.models import Assay, AssayValue, Listing
from market.listings.rules import Basis, Form, Side, State
from market.money import fen_from_yuan
from market.orgs.models import Facility, Line, Site
from market.orgs.queries import assumptions, estimate_of
from market.orgs.rules import FacilityKind
from market.quantities import kg_from_tonnes

DATA = Path(__file__).parent / "data"
ESTIMATE_DAYS = 365


@dataclass(frozen=True, slots=True)
class Places:
    sites: dict[str, Site]
    lines: dict[str, Line]
    site_of_line: dict[str, Site]


def load(session: Session, now: datetime) -> int:
    """Add what is missing, in the caller's transaction; return the rows added."""
    known = set(session.scalars(sa.select(Listing.key)))
    places = _places(session)
    new = [
        listing
        for listing in (
            *_offers(places, now, "offers"),
            *_wants(places, now),
            *_estimates(session, now),
            *_offers(places, now, "outputs"),
        )
        if listing.key not in known
    ]
    reports = _attach_assays({listing.key: listing for listing in new}, now)
    session.add_all(new)
    session.flush()
    return len(new) + reports


def _rows(name: str) -> Iterator[Record]:
    return read_records(DATA / f"{name}.csv")


def _places(session: Session) -> Places:
    sites = {site.key: site for site in session.scalars(sa.select(Site))}
    by_id = {site.id: site for site in sites.values()}
    lines = {line.key: line for line in session.scalars(sa.select(Line))}
    return Places(sites, lines, {key: by_id[line.site_id] for key, line in lines.items()})


def _kg(text: str) -> int | None:
    return kg_from_tonnes(text) if text else None


def _share(pct: str) -> float | None:
    return float(pct) / 100 if pct else None


def _fen(text: str) -> int | None:
    return fen_from_yuan(text) if text else None


def _common(row: Record, site: Site, now: datetime) -> dict[str, Any]:
    created_at = now - timedelta(days=row.read("created_days_ago", int))
    return {
        "key": row["key"],
        "state": State.OPEN,
        "basis": Basis.DECLARED,
        "org_id": site.org_id,
        "site_id": site.id,
        "material_id": row["material_id"],
        "form": row.read("form", Form),
        "mass_kg_per_year": row.read("tonnes_per_year", kg_from_tonnes),
        "min_lot_kg": row.read("min_lot_t", _kg),
        "price_fen_per_t": row.read("price_yuan_per_t", _fen),
        "note": row["note"],
        "expires_on": now.date() + timedelta(days=row.read("expires_days", int)),
        "created_at": created_at,
        "updated_at": created_at,
    }


def _offers(places: Places, now: datetime, name: str) -> Iterator[Listing]:
    """Yield the offers of a file; those of what works make of their wants come last."""
    for row in _rows(name):
        yield Listing(
            **_common(row, row.find("site", places.sites, "sites.csv"), now),
            side=Side.OFFER,
            moisture_share=row.read("moisture_pct", _share),
            waste_code=row["waste_code"] or None,
            stock_kg=row.read("stock_t", _kg),
            storage_kg=row.read("storage_t", _kg),
            disposal_fen_per_t=row.read("disposal_yuan_per_t", _fen),
        )


def _wants(places: Places, now: datetime) -> Iterator[Listing]:
    for row in _rows("wants"):
        line = row.find("line", places.lines, "lines.csv")
        yield Listing(
            **_common(row, places.site_of_line[line.key], now),
            side=Side.WANT,
            process_id=line.process_id,
            line_id=line.id,
        )


def _attach_assays(offers: dict[str, Listing], now: datetime) -> int:
    values: dict[str, list[AssayValue]] = defaultdict(list)
    for row in _rows("assay_values"):
        value = AssayValue(
            property=row["property"],
            low=row.read("low", float),
            high=row.read("high", float),
            unit=row["unit"],
        )
        values[row["report_no"]].append(value)
    wanted = [row for row in _rows("assays") if row["offer"] in offers]
    for row in wanted:
        offers[row["offer"]].assays.append(_assay(row, values[row["report_no"]], now))
    return len(wanted)


def _assay(row: Record, values: list[AssayValue], now: datetime) -> Assay:
    return Assay(
        report_no=row["report_no"],
        laboratory=row["laboratory"],
        sampled_on=now.date() - timedelta(days=row.read("sampled_days_ago", int)),
        expires_on=now.date() + timedelta(days=row.read("valid_days", int)),
        values=values,
    )


def _estimates(session: Session, now: datetime) -> Iterator[Listing]:
    """Yield what the public-source plants have or could take."""
    statement = (
        sa.select(Facility, Site, Line)
        .join(Site, Site.id == Facility.site_id)
        .outerjoin(Line, Line.site_id == Site.id)
        .order_by(Facility.id)
    )
    known = assumptions(session)
    for facility, site, line in session.execute(statement):
        makes_ash = facility.kind == FacilityKind.COAL_POWER
        yield Listing(
            key=f"estimate-{facility.id}",
            side=Side.OFFER if makes_ash else Side.WANT,
            state=State.OPEN,
            basis=Basis.ESTIMATE,
            org_id=site.org_id,
            site_id=site.id,
            material_id="fly_ash",
            process_id=None if makes_ash else line.process_id,
            line_id=None if makes_ash else line.id,
            form=Form.DRY,
            mass_kg_per_year=estimate_of(facility, known).mass_kg_per_year,
            note="",
            expires_on=now.date() + timedelta(days=ESTIMATE_DAYS),
            created_at=now,
            updated_at=now,
        )
