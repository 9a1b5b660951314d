"""What the demonstration knows of firms: public-source plants and invented ones (示例).

The plants are the rows of ``data/facilities.csv`` within 150 km of the city; the firms are those
of ``data/firms.csv`` with their sites, lines and licences. Everything is added by key, once.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from geopy.distance import great_circle
from sqlalchemy.orm import Session

from market.accounts import demo as accounts
from market.accounts.queries import user_by_email
from market.datafiles import Record, read_records
from market.orgs.estimates import Assumptions
from market.orgs.models import Facility, Licence, Line, Membership, Organisation, Site
from market.orgs.queries import assumptions, output_of
from market.orgs.rules import FacilityKind, Standing
from market.quantities import kg_from_tonnes

DATA = Path(__file__).parent / "data"
CITY = (34.620, 112.450)  # seat of Luolong district, WGS-84
RADIUS_KM = 150
FIRM_OF_USER = {"producer": "beimang", "receiver": "xiangshan"}


def load(session: Session, now: datetime) -> int:
    """Add what is missing, in the caller's transaction; return the rows added."""
    today = now.date()
    added = accounts.load(session, now)
    added += _add_firms(session, today) + _add_sites(session) + _add_lines(session)
    added += _add_licences(session, today) + _add_members(session)
    known = assumptions(session)
    return added + sum(_add_facility(session, row, known) for row in facilities())


def rows(name: str) -> Iterator[Record]:
    return read_records(DATA / f"{name}.csv")


def facilities() -> Iterator[Record]:
    """Yield the public-source plants the demonstration covers."""
    for row in rows("facilities"):
        place = (row.read("lat", float), row.read("lon", float))
        if great_circle(CITY, place).km <= RADIUS_KM:
            yield row


def _ids(session: Session, table: type[Organisation | Site | Line]) -> dict[str, int]:
    return dict(session.execute(sa.select(table.key, table.id)).all())


def _add(session: Session, new: list[Any]) -> int:
    session.add_all(new)
    session.flush()
    return len(new)


def _names(row: Record) -> dict[str, str]:
    return {"name_zh": row["name_zh"], "name_en": row["name_en"]}


def _add_firms(session: Session, today: date) -> int:
    known = _ids(session, Organisation)
    return _add(
        session,
        [
            Organisation(
                key=row["key"],
                standing=Standing.DEMO,
                verified_on=_days_ago(today, row),
                **_names(row),
            )
            for row in rows("firms")
            if row["key"] not in known
        ],
    )


def _days_ago(today: date, row: Record) -> date | None:
    days = "verified_days_ago"
    return today - timedelta(days=row.read(days, int)) if row[days] else None


def _add_sites(session: Session) -> int:
    known, orgs = _ids(session, Site), _ids(session, Organisation)
    return _add(
        session,
        [
            Site(
                key=row["key"],
                org_id=row.find("org", orgs, "firms.csv"),
                county_zh=row["county_zh"],
                county_en=row["county_en"],
                lat=row.read("lat", float),
                lon=row.read("lon", float),
                **_names(row),
            )
            for row in rows("sites")
            if row["key"] not in known
        ],
    )


def _add_lines(session: Session) -> int:
    known, sites = _ids(session, Line), _ids(session, Site)
    return _add(
        session,
        [
            Line(
                key=row["key"],
                site_id=row.find("site", sites, "sites.csv"),
                process_id=row["process_id"],
                output_kg_per_year=row.read("output_t_per_year", kg_from_tonnes),
                **_names(row),
            )
            for row in rows("lines")
            if row["key"] not in known
        ],
    )


def _add_licences(session: Session, today: date) -> int:
    known, sites = set(session.scalars(sa.select(Licence.number))), _ids(session, Site)
    return _add(
        session,
        [
            Licence(
                site_id=row.find("site", sites, "sites.csv"),
                number=row["number"],
                hw_codes=row["hw_codes"].split(";"),
                mass_kg_per_year=row.read("tonnes_per_year", kg_from_tonnes),
                valid_to=today + timedelta(days=row.read("valid_days", int)),
            )
            for row in rows("licences")
            if row["number"] not in known
        ],
    )


def _add_members(session: Session) -> int:
    known, orgs = set(session.scalars(sa.select(Membership.user_id))), _ids(session, Organisation)
    users = {name: user_by_email(session, accounts.address(name)) for name in FIRM_OF_USER}
    return _add(
        session,
        [
            Membership(user_id=user.id, org_id=orgs[FIRM_OF_USER[name]])
            for name, user in users.items()
            if user is not None and user.id not in known
        ],
    )


def _number(text: str) -> float | None:
    return float(text) if text else None


def _add_facility(session: Session, row: Record, known: Assumptions) -> int:
    """Add one plant as organisation, site and fact sheet, with a P·O line where it is cement."""
    if session.get(Facility, row["id"]) is not None:
        return 0
    key = f"gem-{row['id']}"
    org = Organisation(key=key, standing=Standing.ESTIMATE, **_names(row))
    _add(session, [org])
    places = ("province", "prefecture_zh", "prefecture_en", "county_zh", "county_en")
    site = Site(
        key=key,
        org_id=org.id,
        lat=row.read("lat", float),
        lon=row.read("lon", float),
        **_names(row),
        **{name: row[name] for name in places},
    )
    _add(session, [site])
    facility = _facility(row, site)
    line = _estimated_line(key, facility, site, known)
    return 2 + _add(session, [facility] if line is None else [facility, line])


def _facility(row: Record, site: Site) -> Facility:
    texts = ("id", "kind", "capacity_unit", "position_accuracy", "source", "source_version")
    return Facility(
        site_id=site.id,
        capacity=row.read("capacity", _number),
        clinker_t_per_year=row.read("clinker_t_per_year", _number),
        plant_type=row["plant_type"] or None,
        licence=row["licence"],
        verified=row["verified"],
        **{name: row[name] for name in texts},
    )


def _estimated_line(key: str, facility: Facility, site: Site, known: Assumptions) -> Line | None:
    if facility.kind != FacilityKind.CEMENT:
        return None
    return Line(
        key=key,
        site_id=site.id,
        process_id="cement_po",
        name_zh="水泥粉磨（估算）",
        name_en="Cement grinding (estimate)",
        output_kg_per_year=output_of(facility, known).mass_kg_per_year,
    )
