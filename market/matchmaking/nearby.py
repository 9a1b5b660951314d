"""Which counterparts of one listing its answer names, without building all the others.

A few columns of those within reach are read and ordered by merit and by distance. Verdicts are
asked for from the front of an order until enough pass or are refused: four times as many each
time, and once for all counterparts that nothing in the verdict can tell apart.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

import matching.problem as engine
from market.listings.models import Listing
from market.listings.rules import Side, State
from market.listings.values import ListingSummary
from market.matchmaking import loader
from market.matchmaking.loader_rules import Part, named_by
from market.matchmaking.lots import Sieve
from market.orgs.models import Site
from market.quantities import m_from_km
from market.search.geography import box
from matching.compatibility import acceptance_of, judge
from matching.economics import factors_of_pairs, merit
from matching.explain import NEAR_MISS_REACH
from matching.geography import Flags, Floats, Ints, great_circle_km
from matching.result import Verdict

BATCH = 64
Rows = Sequence[sa.Row[Any]]


@dataclass(frozen=True, slots=True)
class Question:
    """One listing with the rules that concern it, on the day of the scene.

    ``named`` are the (process, material) of the wants it could go to, be it to be refused.
    """

    session: Session
    rules: loader.Rulebook
    parameters: engine.Parameters
    on: date
    named: Sequence[tuple[str, str]]
    problem: engine.Problem
    own: engine.Supply | engine.Slot

    @classmethod
    def about(cls, session: Session, listing: ListingSummary, scene: loader.Scene) -> "Question":
        if listing.side == Side.OFFER:
            named = named_by(session, listing.material_id)
        else:
            named = [(listing.process_id or "", listing.material_id)]
        part = Part.of_pairs(named, listing.material_id)
        rules = loader.Rulebook.read(session, scene.on, part=part)
        problem = loader.problem_of(session, rules, loader.rows_of(session, [listing.id]), scene.on)
        own = problem.supplies[0] if problem.supplies else problem.slots[0]
        return cls(session, rules, rules.parameters(scene), scene.on, named, problem, own)

    def with_others(self, listing_ids: Sequence[int]) -> engine.Problem:
        """Build the problem of the listing and these, open or not: a firm may look ahead."""
        rows = loader.rows_of(self.session, [int(self.own.id), *listing_ids])
        return loader.problem_of(self.session, self.rules, rows, self.on)

    @property
    def reach_km(self) -> float:
        if isinstance(self.own, engine.Supply):
            return self.parameters.radius_of(self.own.material_id)
        return self.parameters.radius_km

    def taken(self, row: sa.Row[Any]) -> str:
        """Return the material that would pass between the two."""
        return self.own.material_id if isinstance(self.own, engine.Supply) else row.material_id

    def use(self, row: sa.Row[Any]) -> engine.Acceptance | None:
        if isinstance(self.own, engine.Slot):
            return acceptance_of(self.own, row.material_id)
        return self.rules.uses[row.process_id].get(self.own.material_id)

    def judge(self, other: engine.Supply | engine.Slot) -> Verdict:
        pair = (self.own, other) if isinstance(self.own, engine.Supply) else (other, self.own)
        return judge(self.problem, self.parameters, *pair)


def shortlist(question: Question, *, top: int, refused: int) -> list[int]:
    """Return the listings that an answer over all counterparts would name.

    They are the ``top`` best that pass, the ``refused`` nearest that do not, and for want of those
    the best that would pass if they were not too far away.
    """
    near = Neighbourhood.read(question)
    scout = _Scout(question, near.rows)
    best = scout.first(near.by_merit(near.within), top, passing=True)
    nearest = scout.first(near.by_distance(near.within), refused, passing=False)
    far = scout.first(near.by_merit(~near.within), refused - len(nearest), passing=True)
    return [near.rows[index].id for index in (*best, *nearest, *far)]


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """The open counterparts up to where near misses end; km by the road factor."""

    rows: Rows
    road_km: Floats
    within: Flags
    merit: Floats
    place: Ints
    """Where the id stands among the ids as text: what settles a tie."""

    @classmethod
    def read(cls, question: Question) -> "Neighbourhood":
        rows, road_km = _within_reach(question)
        parameters = question.parameters
        radii = {name: parameters.radius_of(name) for name in {question.taken(r) for r in rows}}
        radius = np.array([radii[question.taken(row)] for row in rows])
        place = np.argsort(np.argsort(np.array([str(row.id) for row in rows])))
        return cls(rows, road_km, road_km <= radius, _merits(question, rows, road_km), place)

    def by_merit(self, some: Flags) -> Ints:
        """Order as the ranking does: merit, then distance, then id."""
        order = np.lexsort((self.place, self.road_km, -self.merit))
        return order[some[order]]

    def by_distance(self, some: Flags) -> Ints:
        order = np.lexsort((self.place, self.road_km))
        return order[some[order]]


def _merits(question: Question, rows: Rows, road_km: Floats) -> Floats:
    """Reckon each pair's merit; its factors are those of its use, wherever it stands."""
    numbers: dict[Hashable, int] = {}
    of_row = [numbers.setdefault((r.process_id, r.material_id), len(numbers)) for r in rows]
    examples = dict(zip(of_row, rows, strict=True))
    firsts = [examples[number] for number in numbers.values()]
    supplies = [_supply_like(question, row) for row in firsts]
    uses = [question.use(row) for row in firsts]
    factors = factors_of_pairs(supplies, uses, [0.0] * len(firsts))
    pairs = replace(factors.take(np.array(of_row, np.int64)), distance_km=road_km)
    return merit(question.parameters, pairs)


def _supply_like(question: Question, row: sa.Row[Any]) -> engine.Supply:
    """Return a supply of the row's material, as far as merit asks for one."""
    if isinstance(question.own, engine.Supply):
        return question.own
    cost = question.rules.valuation.disposal_yuan_per_t(row.material_id)
    return engine.Supply(
        "", row.material_id, question.own.position, (0.0,), disposal_yuan_per_t=cost
    )


@dataclass(slots=True)
class _Scout:
    """Judges counterparts as they are asked for, each kind once."""

    question: Question
    rows: Rows
    kinds: dict[int, Hashable] = field(default_factory=dict)
    known: dict[Hashable, Verdict] = field(default_factory=dict)

    def first(self, order: Ints, wanted: int, *, passing: bool) -> list[int]:
        """Return the first so many of an order that pass, or do not."""
        found: list[int] = []
        for batch in _growing(order.tolist() if wanted > 0 else []):
            self._judge([index for index in batch if index not in self.kinds])
            found += [i for i in batch if self.known[self.kinds[i]].passes is passing]
            if len(found) >= wanted:
                break
        return found[:wanted]

    def _judge(self, indices: Sequence[int]) -> None:
        self.kinds.update(zip(indices, self._kinds(indices), strict=True))
        examples = {self.kinds[index]: self.rows[index].id for index in indices}
        kind_of = {id_: kind for kind, id_ in examples.items() if kind not in self.known}
        asked, question = list(kind_of), self.question
        for start in range(0, len(asked), loader.FEW):
            rows = loader.rows_of(question.session, asked[start : start + loader.FEW])
            found = loader.problem_of(question.session, question.rules, rows, question.on)
            others: list[engine.Supply | engine.Slot] = [*found.supplies, *found.slots]
            for other in others:
                self.known[kind_of[int(other.id)]] = question.judge(other)

    def _kinds(self, indices: Sequence[int]) -> list[Hashable]:
        rows = [self.rows[index] for index in indices]
        if isinstance(self.question.own, engine.Supply):
            return _kinds_of_wants(self.question, rows)
        return _kinds_of_offers(self.question, rows)


def _growing(order: Sequence[int]) -> Iterator[Sequence[int]]:
    start, size = 0, BATCH
    while start < len(order):
        yield order[start : start + size]
        start, size = start + size, size * 4


def _kinds_of_wants(question: Question, rows: Rows) -> list[Hashable]:
    """Tell wants apart by use and province, and for hazardous waste by what their site may take."""
    assert isinstance(question.own, engine.Supply)
    sites = {row.site_id for row in rows} if question.own.hazard_codes else set()
    held = loader.licences_of(question.session, sites)
    allowed = {
        site_id: frozenset((licence.codes, licence.valid_to) for licence in licences)
        for site_id, licences in held.items()
    }
    return [
        (row.process_id, row.material_id, row.province, allowed.get(row.site_id)) for row in rows
    ]


def _kinds_of_offers(question: Question, rows: Rows) -> list[Hashable]:
    kinds: dict[int, Hashable] = {}
    for material_id in {row.material_id for row in rows}:
        lots = [row for row in rows if row.material_id == material_id]
        use = question.use(lots[0])
        if use is None or use.allowed is engine.Allowed.NO:
            kinds |= dict.fromkeys((row.id for row in lots), material_id)
            continue
        usual = next((m.ranges for m in question.problem.materials if m.id == material_id), ())
        found = Sieve.of(use, usual).kinds(question.session, lots, question.on)
        kinds |= {row.id: (material_id, kind) for row, kind in zip(lots, found, strict=True)}
    return [kinds[row.id] for row in rows]


def _within_reach(question: Question) -> tuple[Rows, Floats]:
    """Return the counterparts that name the material, be it to refuse it, with km by road."""
    straight_km = question.reach_km / question.parameters.road_factor * NEAR_MISS_REACH
    at = question.own.position
    rows = question.session.execute(_in_box(question, straight_km)).all()
    if isinstance(question.own, engine.Supply):
        named = set(question.named)
        rows = [row for row in rows if (row.process_id, row.material_id) in named]
    lat, lon = np.array([row.lat for row in rows]), np.array([row.lon for row in rows])
    straight = great_circle_km(np.array([at.lat]), np.array([at.lon]), lat, lon)
    inside = np.nonzero(straight <= straight_km)[0]
    kept = [rows[index] for index in inside.tolist()]
    return kept, straight[inside] * question.parameters.road_factor


def _in_box(question: Question, straight_km: float) -> Any:
    """Ask for a few columns of the open counterparts in the box around the circle.

    The material tells apart more than the box, which planners do not see: ``+ 0`` keeps SQLite,
    and a place looked up for each listing PostgreSQL, from starting with all sites of the box.
    """
    at = question.own.position
    south, west, north, east = box(at.lat, at.lon, m_from_km(straight_km) * 1.0001)
    place: Any = sa.select(Site.lat, Site.lon, Site.province).where(Site.id == Listing.site_id)
    joined: tuple[Any, ...] = Site, Site.id == Listing.site_id
    lat, lon, province = Site.lat + 0, Site.lon + 0, Site.province
    if question.session.get_bind().dialect.name == "postgresql":
        site = place.offset(0).lateral()
        lat, lon, province, joined = site.c.lat, site.c.lon, site.c.province, (site, sa.true())
    if isinstance(question.own, engine.Slot):
        side, materials = Side.OFFER, {use.material_id for use in question.own.accepts}
    else:
        side, materials = Side.WANT, {wanted for _, wanted in question.named}
    return (
        sa.select(
            Listing.id, Listing.material_id, Listing.process_id, Listing.site_id,
            Listing.waste_code, Listing.moisture_share,
            lat.label("lat"), lon.label("lon"), province.label("province"),
        )
        .join(*joined)
        .where(
            Listing.side == side,
            Listing.state == State.OPEN,
            Listing.expires_on >= question.on,
            Listing.material_id.in_(materials),
            lat.between(south, north),
            lon.between(west, east),
        )
    )  # fmt: skip
