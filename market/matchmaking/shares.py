"""The most that a line may take of a material: its use's greatest share of what the line makes.

The catalogue gives shares by dry mass of what goes into the product. Here they are taken of the
product itself, with tonnes as received: where water leaves or something burns off that is the
strict side. A kiln that keeps a raw mix is held to its meal exactly, and has no cap here.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue.models import Acceptance
from market.listings.models import Listing
from market.listings.rules import Side, State
from market.matchmaking.models import RawMixTarget
from market.matchmaking.raw_mix_data import KILN_PROCESS
from market.orgs.models import Line


@dataclass(frozen=True, slots=True)
class ShareCap:
    """``most_kg`` a year is left to a want, of ``share`` of the ``output_kg`` its line makes."""

    share: float
    output_kg: int
    wanted_kg: int
    most_kg: int

    @property
    def binds(self) -> bool:
        return self.most_kg < self.wanted_kg


def share_caps(session: Session, wants: Sequence[Listing], on: date) -> Mapping[int, ShareCap]:
    """Return the cap of each of these wants whose line and share are known.

    All open wants of one line for one material fill the share together, the dearest first.
    """
    wanted = {want.id for want in wants}
    lines = {want.line_id for want in wants if want.line_id is not None}
    if not lines:
        return {}
    statement = (
        sa.select(Listing, Line.output_kg_per_year, Acceptance.max_share)
        .join(Line, Line.id == Listing.line_id)
        .join(
            Acceptance,
            sa.and_(
                Acceptance.process_id == Listing.process_id,
                Acceptance.material_id == Listing.material_id,
            ),
        )
        .join(RawMixTarget, RawMixTarget.line_id == Line.id, isouter=True)
        .where(
            Listing.side == Side.WANT,
            Listing.line_id.in_(lines),
            Acceptance.max_share.is_not(None),
            sa.or_(RawMixTarget.line_id.is_(None), Listing.process_id != KILN_PROCESS),
        )
    )
    groups: dict[tuple[int | None, str], list[ShareCap]] = defaultdict(list)
    found = {}
    rows = [
        row for row in session.execute(statement) if row[0].id in wanted or _is_open(row[0], on)
    ]
    for want, output_kg, share in sorted(rows, key=lambda row: _dearest_first(row[0])):
        assert share is not None, "the statement asks for it"
        before = groups[want.line_id, want.material_id]
        room_kg = round(share * output_kg) - sum(cap.most_kg for cap in before)
        mass_kg = want.mass_kg_per_year
        cap = ShareCap(share, output_kg, mass_kg, max(0, min(mass_kg, room_kg)))
        before.append(cap)
        if want.id in wanted:
            found[want.id] = cap
    return found


def _is_open(want: Listing, on: date) -> bool:
    return want.state == State.OPEN and want.expires_on >= on


def _dearest_first(want: Listing) -> tuple[bool, int, int]:
    """Put those without a price last; of equals, the older first."""
    return want.price_fen_per_t is None, -(want.price_fen_per_t or 0), want.id
