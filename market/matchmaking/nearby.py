"""Which counterparts of one listing can be in its answer, without building all the others.

A few columns of those within reach are read and ordered by merit and by distance; reports are read
and pairs judged only until enough pass and enough are refused. Wants of one kind are judged once.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

import matching.problem as engine
from market.listings.models import Listing
from market.listings.rules import Side, State
from market.matchmaking import loader
from market.orgs.models import Site
from market.quantities import m_from_km
from market.search.geography import box
from matching.compatibility import acceptance_of, judge
from matching.economics import factors_of_pairs, merit
from matching.explain import NEAR_MISS_REACH
from matching.geography import great_circle_km
from matching.result import Verdict

BATCH = 64


@dataclass(frozen=True, slots=True)
class Other:
    """A counterpart as far as its place in the order needs it; ``road_km`` by the road factor."""

    id: int
    material_id: str
    kind: Hashable
    road_km: float
    within: bool


@dataclass(slots=True)
class _Scout:
    """Judges counterparts batch by batch as they are asked for."""

    session: Session
    rules: loader.Rulebook
    problem: engine.Problem
    parameters: engine.Parameters
    on: date
    own: engine.Supply | engine.Slot
    known: dict[Hashable, Verdict] = field(default_factory=dict)

    def walk(self, order: Sequence[Other]) -> Iterator[tuple[Other, Verdict]]:
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            self._judge({row.kind: row.id for row in batch if row.kind not in self.known})
            for row in batch:
                yield row, self.known[row.kind]

    def _judge(self, examples: dict[Hashable, int]) -> None:
        kinds = {listing_id: kind for kind, listing_id in examples.items()}
        rows = loader.rows_of(self.session, list(kinds))
        found = loader.problem_of(self.session, self.rules, rows, self.on)
        others: list[engine.Supply | engine.Slot] = [*found.supplies, *found.slots]
        for other in others:
            pair = (self.own, other) if isinstance(self.own, engine.Supply) else (other, self.own)
            self.known[kinds[int(other.id)]] = judge(self.problem, self.parameters, *pair)


def shortlist(
    session: Session,
    rules: loader.Rulebook,
    parameters: engine.Parameters,
    listing_id: int,
    *,
    on: date,
    top: int,
    refused: int,
) -> list[int]:
    """Return the counterparts that ranking ``top`` and listing ``refused`` of all would name."""
    row = loader.rows_of(session, [listing_id])
    problem = loader.problem_of(session, rules, row, on)
    own = problem.supplies[0] if problem.supplies else problem.slots[0]
    others = _within_reach(session, rules, parameters, own, on)
    scout = _Scout(session, rules, problem, parameters, on, own)
    ranked = _best(scout.walk(_by_merit(rules, parameters, own, others)), top)
    nearest = sorted((row for row in others if row.within), key=lambda r: (r.road_km, str(r.id)))
    refusing: list[int] = []
    for other, verdict in scout.walk(nearest):
        if len(refusing) == refused:
            break
        if not verdict.passes:
            refusing.append(other.id)
    return list(dict.fromkeys((*ranked, *refusing)))


def _best(walk: Iterator[tuple[Other, Verdict]], top: int) -> list[int]:
    """Take the best that pass, then the best that one change would let pass."""
    passing: list[int] = []
    misses: list[int] = []
    for row, verdict in walk:
        if verdict.passes and row.within:
            passing.append(row.id)
            if len(passing) == top:
                break
        elif verdict.passes or (verdict.near_miss and row.within):
            misses.append(row.id)
    return [*passing, *misses][:top]


def _by_merit(
    rules: loader.Rulebook,
    parameters: engine.Parameters,
    own: engine.Supply | engine.Slot,
    others: Sequence[Other],
) -> list[Other]:
    """Order as the ranking does: merit, then distance, then id."""
    disposal = rules.valuation.disposal_yuan_per_t
    uses = {row.kind: _use(rules, own, row) for row in others}
    supplies = {
        name: engine.Supply("", name, own.position, (0.0,), disposal_yuan_per_t=disposal(name))
        for name in {row.material_id for row in others}
    }
    if isinstance(own, engine.Supply):
        supplies = dict.fromkeys(supplies, own)
    factors = factors_of_pairs(
        [supplies[row.material_id] for row in others],
        [uses[row.kind] for row in others],
        [row.road_km for row in others],
    )
    worth = merit(parameters, factors).tolist() if others else []
    keyed = zip(worth, others, strict=True)
    return [r for _, r in sorted(keyed, key=lambda p: (-p[0], p[1].road_km, str(p[1].id)))]


def _use(
    rules: loader.Rulebook, own: engine.Supply | engine.Slot, row: Other
) -> engine.Acceptance | None:
    if isinstance(own, engine.Slot):
        return acceptance_of(own, row.material_id)
    assert isinstance(row.kind, _WantKind)
    return rules.uses[row.kind.process_id].get(own.material_id)


@dataclass(frozen=True, slots=True)
class _WantKind:
    """What the verdict on a want depends on; licences are its site's, asked of hazardous waste."""

    process_id: str
    material_id: str
    province: str
    licensed_site: int | None


def _within_reach(
    session: Session,
    rules: loader.Rulebook,
    parameters: engine.Parameters,
    own: engine.Supply | engine.Slot,
    on: date,
) -> list[Other]:
    """Return the open counterparts up to where near misses end; one query of columns.

    ``+ 0`` keeps planners from starting with all sites of the box: the material tells apart more.
    """
    offers = isinstance(own, engine.Slot)
    reach_km = parameters.radius_km
    if isinstance(own, engine.Supply):
        reach_km = parameters.radius_of(own.material_id)
    straight_km = reach_km / parameters.road_factor * NEAR_MISS_REACH
    at = own.position
    south, west, north, east = box(at.lat, at.lon, m_from_km(straight_km) * 1.0001)
    statement = (
        sa.select(
            Listing.id, Listing.material_id, Listing.process_id, Listing.site_id,
            Site.lat, Site.lon, Site.province,
        )
        .join(Site, Site.id == Listing.site_id)
        .where(
            Listing.side == (Side.OFFER if offers else Side.WANT),
            Listing.state == State.OPEN,
            Listing.expires_on >= on,
            _meeting(rules, own),
            (Site.lat + 0).between(south, north),
            (Site.lon + 0).between(west, east),
        )
    )  # fmt: skip
    rows = session.execute(statement).all()
    lat, lon = np.array([row.lat for row in rows]), np.array([row.lon for row in rows])
    straight = great_circle_km(np.array([at.lat]), np.array([at.lon]), lat, lon)
    found = []
    for row, km in zip(rows, straight.tolist(), strict=True):
        if km > straight_km:
            continue
        kind: Hashable = row.id
        material_id = row.material_id
        if isinstance(own, engine.Supply):
            site = row.site_id if own.hazard_codes else None
            kind = _WantKind(row.process_id, row.material_id, row.province, site)
            material_id = own.material_id
        road_km = km * parameters.road_factor
        within = road_km <= parameters.radius_of(material_id)
        found.append(Other(row.id, material_id, kind, road_km, within))
    return found


def _meeting(rules: loader.Rulebook, own: engine.Supply | engine.Slot) -> sa.ColumnElement[bool]:
    """Hold the counterparts to those that name the material, be it to refuse it."""
    if isinstance(own, engine.Slot):
        return Listing.material_id.in_([use.material_id for use in own.accepts])
    named = rules.named_by(own.material_id)
    pair = sa.tuple_(Listing.process_id, Listing.material_id)
    return sa.and_(Listing.material_id.in_({wanted for _, wanted in named}), pair.in_(named))
