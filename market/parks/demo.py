"""The demonstration's conversions: of invented firms, and as invented as they are (示例)."""

from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.datafiles import read_records
from market.listings.models import Listing
from market.parks.models import Conversion
from market.parks.rules import Ground

DATA = Path(__file__).parent / "data" / "conversions.csv"


def load(session: Session, now: datetime) -> int:
    """Add what is missing, in the caller's transaction; return the rows added."""
    wants = {row.key: row for row in session.scalars(sa.select(Listing))}
    known = {(row.site_id, row.makes_id) for row in session.scalars(sa.select(Conversion))}
    added = 0
    for row in read_records(DATA):
        want = row.find("want", wants, "wants.csv")
        if (want.site_id, row["makes_id"]) in known:
            continue
        session.add(
            Conversion(
                site_id=want.site_id,
                process_id=want.process_id,
                takes_id=want.material_id,
                makes_id=row["makes_id"],
                yield_share=row.read("yield_share", float),
                ground=row.read("ground", Ground),
                stated_on=now.date() - timedelta(days=row.read("stated_days_ago", int)),
                note=row["note"],
                created_at=now,
            )
        )
        added += 1
    session.flush()
    return added
