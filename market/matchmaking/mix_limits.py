"""What the catalogue limits in the mix a waste goes into, as limits on what a want is sent.

A want takes one material, which becomes a part s of what its line makes: its tonnes over the
product's, at most the use's greatest share. Deliveries that keep limit / s on average bring no
more of the property than the whole mix may hold; what else is in the mix is not counted. Limits on
clinker or cement are taken of the line's own product, for a kiln the strict side.

Nothing unknown can be reckoned into a mix. Where neither its report nor the catalogue's usual range
knows a property of every lot on offer, the limit stays an open condition of each pair, as it does
where nobody knows what a line makes.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue.models import Acceptance
from market.listings.models import Listing
from market.orgs.models import Line, Site
from matching.limits import unfavourable
from matching.problem import Limit, Parameters, Problem, Scope, Severity, Slot, Supply

MASS_UNITS = ("%", "mg/kg")


def with_mix_limits(
    session: Session,
    problem: Problem,
    parameters: Parameters,
    rows: Sequence[tuple[Listing, Site]],
) -> Problem:
    """Give each want whose line is known the mix limits of its use that can be reckoned."""
    parts = _parts(session, [want.id for want, _ in rows if want.line_id is not None])
    offered: dict[str, list[Supply]] = defaultdict(list)
    for supply in problem.supplies:
        offered[supply.material_id].append(supply)
    known = _Known(problem, parameters, offered)
    slots = [
        replace(slot, blend=(*slot.blend, *_limits(slot, parts[slot.id], known)))
        if slot.id in parts
        else slot
        for slot in problem.slots
    ]
    return replace(problem, slots=tuple(slots))


def _parts(session: Session, want_ids: Sequence[int]) -> dict[str, float]:
    """Return the greatest part of the line's product each want's material can be."""
    statement = (
        sa.select(
            Listing.id,
            Listing.mass_kg_per_year,
            Line.output_kg_per_year,
            sa.func.coalesce(Acceptance.max_share, 1.0),
        )
        .join(Line, Line.id == Listing.line_id)
        .join(
            Acceptance,
            sa.and_(
                Acceptance.process_id == Listing.process_id,
                Acceptance.material_id == Listing.material_id,
            ),
        )
        .where(Listing.id.in_(want_ids))
    )
    return {
        str(want_id): min(share, mass_kg / output_kg)
        for want_id, mass_kg, output_kg, share in session.execute(statement)
        if share > 0
    }


class _Known:
    """Whether every lot on offer of a material is known in a limit; looked up once each."""

    def __init__(
        self, problem: Problem, parameters: Parameters, offered: Mapping[str, Sequence[Supply]]
    ) -> None:
        self.parameters = parameters
        self.offered = offered
        self.ranges = {material.id: material.ranges for material in problem.materials}
        self.found: dict[tuple[str, str, str], bool] = {}

    def of(self, material_id: str, limit: Limit) -> bool:
        key = material_id, limit.name, limit.unit
        if key not in self.found:
            ranges = self.ranges.get(material_id, ())
            self.found[key] = all(
                unfavourable(lot, ranges, limit, self.parameters.on) is not None
                for lot in self.offered.get(material_id, ())
            )
        return self.found[key]


def _limits(slot: Slot, part: float, known: _Known) -> list[Limit]:
    use = slot.accepts[0]
    found = []
    for limit in use.limits:
        unit = limit.unit.split(" ")[0]
        if limit.scope is not Scope.MIX or limit.severity is not Severity.BLOCK:
            continue
        if unit not in MASS_UNITS or limit.value_high is not None:
            continue
        scaled = replace(limit, value=limit.value / part, unit=unit)
        if known.of(use.material_id, scaled):
            found.append(scaled)
    return found
