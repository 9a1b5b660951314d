from datetime import date, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from market.listings.models import Assay, AssayValue, Listing
from market.listings.rules import EXPIRY_DAYS, Basis, Form, Side, State
from market.orgs.models import Site
from tests.conftest import NOW
from tests.factories.catalogue import make_material, make_process
from tests.factories.orgs import make_site

_numbers = count(1)


def make_listing(session: Session, *, site: Site | None = None, **fields: Any) -> Listing:
    """Add an open offer of 100,000 t/a of fly ash; ``side=Side.WANT`` asks for a process."""
    site = site or make_site(session)
    material_id = fields.setdefault("material_id", "fly_ash")
    make_material(session, material_id)
    if fields.get("side") == Side.WANT:
        make_process(session, fields.setdefault("process_id", "cement_po"))
    row = {
        "key": f"listing-{next(_numbers)}",
        "side": Side.OFFER,
        "state": State.OPEN,
        "basis": Basis.DECLARED,
        "org_id": site.org_id,
        "site_id": site.id,
        "form": Form.DRY,
        "mass_kg_per_year": 100_000_000,
        "note": "",
        "expires_on": NOW.date() + timedelta(days=EXPIRY_DAYS),
        "created_at": NOW,
        "updated_at": NOW,
    }
    listing = Listing(**{**row, **fields})
    session.add(listing)
    session.flush()
    return listing


def make_assay(
    session: Session,
    listing: Listing,
    values: dict[str, tuple[float, float, str]],
    **fields: Any,
) -> Assay:
    """Add a report; ``values`` maps a property to (low, high, unit)."""
    row = {
        "listing_id": listing.id,
        "report_no": f"R-{next(_numbers)}",
        "laboratory": "检测室",
        "sampled_on": date(2026, 10, 1),
        "expires_on": date(2027, 4, 1),
    }
    assay = Assay(**{**row, **fields})
    assay.values = [
        AssayValue(property=name, low=low, high=high, unit=unit)
        for name, (low, high, unit) in values.items()
    ]
    session.add(assay)
    session.flush()
    return assay
