"""Every SELECT of the market page. Counts of a facet are made with all other conditions applied."""

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.catalogue.models import Material
from market.listings import queries as listings
from market.listings.models import Listing
from market.listings.queries import is_public
from market.listings.rules import MONTHS_PER_YEAR, Basis, Side
from market.listings.values import ListingRow, ListingSummary
from market.orgs.models import Organisation, Site
from market.quantities import kg_from_tonnes
from market.search import geography, text
from market.search.criteria import FACETS, Criteria, Point, Sort
from market.search.freight import Freight, from_factors
from market.search.models import SearchEntry

PAGE_SIZE = 20
ESTIMATES_SHOWN = 5
MAP_MARKS = 1000
"""Listings beyond the page that the map marks too; a page must stay light on a phone."""

_COLUMN_OF: dict[str, Any] = {
    "material": Listing.material_id,
    "family": Material.family,
    "standing": Organisation.standing,
    "grade": SearchEntry.grade,
    "county": Site.county_en,
    "form": Listing.form,
}

_JOINS: dict[str, tuple[Any, Any]] = {
    "family": (Material, Material.id == Listing.material_id),
    "standing": (Organisation, Organisation.id == Listing.org_id),
    "grade": (SearchEntry, SearchEntry.listing_id == Listing.id),
    "county": (Site, Site.id == Listing.site_id),
}
"""What a facet needs beside the listing; the others stand in the listing itself."""


@dataclass(frozen=True, slots=True)
class Near:
    """How far a site is from the viewpoint; ``road_m`` is the great circle times the factor."""

    distance_m: float
    road_m: float
    freight_fen_per_t: int | None


@dataclass(frozen=True, slots=True)
class Hit:
    """One result. ``delivered_fen_per_t``: offers with freight added, wants with it taken off."""

    row: ListingRow
    number: int
    near: Near | None
    delivered_fen_per_t: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """Over the whole filtered set, not the page; a range of prices is None where none is told."""

    count: int
    mass_kg_per_year: int
    price_low: int | None
    price_high: int | None


@dataclass(frozen=True, slots=True)
class Result:
    """One page of declared listings, the estimates beside them, and the facets.

    ``elsewhere`` are the others of the set, for the map, but for ``unplotted`` of them.
    ``facets`` maps a facet to (value, count), most first.
    """

    hits: tuple[Hit, ...]
    estimates: tuple[Hit, ...]
    declared: Totals
    estimated: Totals
    elsewhere: tuple[ListingSummary, ...]
    facets: dict[str, tuple[tuple[str, int], ...]]
    page: int

    @property
    def total(self) -> int:
        return self.declared.count + self.estimated.count

    @property
    def unplotted(self) -> int:
        return self.total - len(self.hits) - len(self.estimates) - len(self.elsewhere)


@dataclass(frozen=True, slots=True)
class _Line:
    """What sorting needs of a listing, without loading it."""

    id: int
    site_id: int
    basis: str
    price: int | None
    mass: int


class Market:
    """The public listings as one address asks for them, on one day."""

    def __init__(
        self, session: Session, criteria: Criteria, *, today: date, road_factor: float
    ) -> None:
        self.session = session
        self.criteria = criteria
        self.today = today
        self.road_factor = road_factor
        self.freight = from_factors(catalogue.factors(session)) if criteria.near else Freight(())
        self.near = self._near() if criteria.near else {}

    def _near(self) -> dict[int, Near]:
        """Measure every site within the radius, or all sites where none is given."""
        point, radius_km = self.criteria.near, self.criteria.radius_km
        assert point is not None
        statement = sa.select(Site.id, Site.lat, Site.lon)
        if radius_km is not None:
            south, west, north, east = geography.box(point.lat, point.lon, radius_km * 1000)
            statement = statement.where(
                Site.lat.between(south, north), Site.lon.between(west, east)
            )
        found: dict[int, Near] = {}
        for site_id, lat, lon in self.session.execute(statement):
            away = geography.distance_m(point.lat, point.lon, lat, lon)
            if radius_km is None or away <= radius_km * 1000:
                road = away * self.road_factor
                found[site_id] = Near(away, road, self.freight.fen_per_t(road))
        return found

    def conditions(self, *, but: str = "") -> list[sa.ColumnElement[bool]]:
        """Return what the address asks for, leaving one facet or condition out."""
        asked = self.criteria
        found = [is_public(self.today), Listing.side == asked.side]
        for name in FACETS:
            chosen = getattr(asked, name)
            if chosen and name != but:
                found.append(_COLUMN_OF[name].in_(chosen))
        if asked.min_t is not None and but != "min_t":
            found.append(Listing.mass_kg_per_year >= _kg_per_year(asked.min_t))
        if asked.max_t is not None and but != "max_t":
            found.append(Listing.mass_kg_per_year <= _kg_per_year(asked.max_t))
        if asked.radius_km is not None and but != "near":
            found.append(Listing.site_id.in_(self.near))
        phrases = text.query_phrases(asked.q)
        if phrases and but != "q":
            found.append(Listing.id.in_(_matching(self.session, phrases)))
        return found

    def _select(self, *columns: Any, facet: str = "", but: str = "") -> sa.Select[Any]:
        """Select from the listings asked for, joining only what their conditions need."""
        used = {name for name in FACETS if getattr(self.criteria, name) and name != but}
        statement = sa.select(*columns).select_from(Listing)
        for name in sorted((used | {facet}) & _JOINS.keys()):
            table, condition = _JOINS[name]
            statement = statement.join(table, condition)
        return statement.where(*self.conditions(but=but))

    def count(self, *, but: str = "") -> int:
        return int(self.session.scalar(self._select(sa.func.count(), but=but)) or 0)

    def facet(self, name: str) -> tuple[tuple[str, int], ...]:
        column = _COLUMN_OF[name]
        count = sa.func.count()
        statement = (
            self._select(column, count, facet=name, but=name)
            .group_by(column)
            .order_by(count.desc(), column)
        )
        return tuple((value, number) for value, number in self.session.execute(statement))

    def lines(self) -> list[_Line]:
        statement = self._select(
            Listing.id,
            Listing.site_id,
            Listing.basis,
            Listing.price_fen_per_t,
            Listing.mass_kg_per_year,
        )
        found = self.session.execute(statement)
        return sorted((_Line(*row) for row in found), key=self._rank)

    def _rank(self, line: _Line) -> tuple[float, int]:
        """Sort value, then newest first; what has no value comes last."""
        order = self.criteria.order()
        far = self.near.get(line.site_id)
        value: float | None = None
        if order is Sort.DELIVERED:
            delivered = self.delivered(line.price, far)
            value = None if delivered is None else self._cheap(delivered)
        elif order is Sort.DISTANCE:
            value = far.distance_m if far else None
        elif order is Sort.PRICE:
            value = None if line.price is None else self._cheap(line.price)
        elif order is Sort.MASS:
            value = -line.mass
        else:
            value = -line.id
        return (float("inf") if value is None else value, -line.id)

    def _cheap(self, fen: int) -> int:
        """Offers are best when cheap, wants when they pay most."""
        return fen if self.criteria.side is Side.OFFER else -fen

    def delivered(self, price: int | None, near: Near | None) -> int | None:
        if price is None or near is None or near.freight_fen_per_t is None:
            return None
        sign = 1 if self.criteria.side is Side.OFFER else -1
        return price + sign * near.freight_fen_per_t

    def _hits(self, lines: Sequence[_Line], first: int) -> tuple[Hit, ...]:
        """Load these lines; they are numbered from ``first`` on, in the order given."""
        rows = listings.rows(self.session, [line.id for line in lines], self.today)
        return tuple(self._hit(row, first + position) for position, row in enumerate(rows))

    def _hit(self, row: ListingRow, number: int) -> Hit:
        near = self.near.get(row.summary.site_id)
        price = None if row.summary.is_estimate else row.summary.price_fen_per_t
        return Hit(row, number, near, self.delivered(price, near))

    def totals(self, lines: Iterable[_Line]) -> Totals:
        found = list(lines)
        told = [self._told(line) for line in found]
        prices = [price for price in told if price is not None]
        return Totals(
            len(found),
            sum(line.mass for line in found),
            min(prices, default=None),
            max(prices, default=None),
        )

    def _told(self, line: _Line) -> int | None:
        """Return the delivered price where there is a viewpoint, else the price as asked."""
        if self.criteria.near is None:
            return line.price
        return self.delivered(line.price, self.near.get(line.site_id))

    def result(self) -> Result:
        everything = self.lines()
        declared = [line for line in everything if line.basis == Basis.DECLARED]
        estimated = [line for line in everything if line.basis == Basis.ESTIMATE]
        last = max(1, -(-len(declared) // PAGE_SIZE))
        page = min(self.criteria.page, last)
        start = (page - 1) * PAGE_SIZE
        shown = declared[start : start + PAGE_SIZE]
        beside = estimated[: None if self.criteria.estimates else ESTIMATES_SHOWN]
        hits = self._hits([*shown, *beside], start + 1)
        return Result(
            hits=hits[: len(shown)],
            estimates=hits[len(shown) :],
            declared=self.totals(declared),
            estimated=self.totals(estimated),
            elsewhere=self._elsewhere(everything, {hit.row.summary.id for hit in hits}),
            facets={name: self.facet(name) for name in FACETS},
            page=page,
        )

    def _elsewhere(
        self, lines: Sequence[_Line], shown: Container[int]
    ) -> tuple[ListingSummary, ...]:
        rest = [line.id for line in lines if line.id not in shown][:MAP_MARKS]
        return tuple(listings.summaries(self.session, rest).values())

    def all_hits(self) -> tuple[Hit, ...]:
        """Return the whole filtered set, for export."""
        return self._hits(self.lines(), 1)


def _kg_per_year(tonnes_per_month: float) -> int:
    return kg_from_tonnes(tonnes_per_month * MONTHS_PER_YEAR)


def _matching(session: Session, phrases: tuple[text.Phrase, ...]) -> Any:
    """Return a subquery of the ids whose text holds every phrase."""
    if session.get_bind().dialect.name == "sqlite":
        matched = sa.text("SELECT rowid FROM fts_listing WHERE fts_listing MATCH :fts_query")
        return matched.bindparams(fts_query=text.fts5_match(phrases)).columns(Listing.id)
    matched = sa.text(
        "SELECT listing_id FROM fts_listing WHERE body @@ CAST(:fts_query AS tsquery)"
    )
    return matched.bindparams(fts_query=text.tsquery(phrases)).columns(Listing.id)


def viewpoints(session: Session, org_id: int | None) -> list[Site]:
    """Return the actor's own sites: where it may look at the market from."""
    return [] if org_id is None else list(listings.sites_of(session, org_id))


def seats(session: Session) -> dict[str, tuple[str, Point]]:
    """Return, for each county with a public site, its Chinese name and the middle of its sites."""
    statement = (
        sa.select(
            Site.county_en,
            sa.func.min(Site.county_zh),
            sa.func.avg(Site.lat),
            sa.func.avg(Site.lon),
        )
        .where(Site.county_en != "")
        .group_by(Site.county_en)
        .order_by(Site.county_en)
    )
    return {
        county: (name, Point(round(lat, 3), round(lon, 3)))
        for county, name, lat, lon in session.execute(statement)
    }
