from datetime import date
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from market.orgs.models import Licence, Line, Organisation, Site
from market.orgs.rules import Standing
from tests.factories.catalogue import make_process

_numbers = count(1)


def make_org(session: Session, **fields: Any) -> Organisation:
    n = next(_numbers)
    row = {
        "key": f"org-{n}",
        "name_zh": f"企业{n}",
        "name_en": f"Firm {n}",
        "standing": Standing.MEMBER,
        "verified_on": date(2026, 9, 1),
    }
    org = Organisation(**{**row, **fields})
    session.add(org)
    session.flush()
    return org


def make_site(session: Session, *, org: Organisation | None = None, **fields: Any) -> Site:
    """Add a site, by default in Luoyang's Xin'an county, of a new firm."""
    n = next(_numbers)
    row = {
        "org_id": (org or make_org(session)).id,
        "key": f"site-{n}",
        "name_zh": f"厂区{n}",
        "name_en": f"Works {n}",
        "county_zh": "新安县",
        "county_en": "Xin'an",
        "lat": 34.73,
        "lon": 112.135,
    }
    site = Site(**{**row, **fields})
    session.add(site)
    session.flush()
    return site


def make_line(session: Session, *, site: Site | None = None, **fields: Any) -> Line:
    n = next(_numbers)
    process_id = fields.setdefault("process_id", "cement_po")
    make_process(session, process_id)
    row = {
        "site_id": (site or make_site(session)).id,
        "key": f"line-{n}",
        "name_zh": f"产线{n}",
        "name_en": f"Line {n}",
        "output_kg_per_year": 1_000_000_000,
    }
    line = Line(**{**row, **fields})
    session.add(line)
    session.flush()
    return line


def make_licence(session: Session, *, site: Site | None = None, **fields: Any) -> Licence:
    n = next(_numbers)
    row = {
        "site_id": (site or make_site(session)).id,
        "number": f"豫环许可危废字{n}号",
        "hw_codes": ["900-052-31"],
        "mass_kg_per_year": 50_000_000,
        "valid_to": date(2028, 12, 31),
    }
    licence = Licence(**{**row, **fields})
    session.add(licence)
    session.flush()
    return licence
