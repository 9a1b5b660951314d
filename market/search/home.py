"""Supply and demand of today by material, declared and estimated told apart.

Everything is added up by the database; no listing but those on the map is loaded.
"""

import statistics
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue.models import Material
from market.listings import queries as listings
from market.listings.links import listing_url
from market.listings.models import Listing
from market.listings.queries import is_public, joined
from market.listings.rules import MONTHS_PER_YEAR, Basis, Side
from market.listings.values import ListingSummary
from market.web.language import pick

FIRMS_FOR_A_RANGE = 5
"""A price range of fewer firms would tell one firm's price."""
ROWS = 10
PLACES = 300
PLENTY = 2.0  # offered at least so many times what is wanted
SHORT = 1.2  # wanted at least so many times what is offered


@dataclass(frozen=True, slots=True)
class MaterialRow:
    """One material, wet kilograms a month. Prices are ex works, fen per tonne."""

    material_id: str
    name_zh: str
    name_en: str
    family: str
    offered_kg: float
    offered_estimate_kg: float
    wanted_kg: float
    wanted_estimate_kg: float
    price_low: int | None
    price_high: int | None

    @property
    def most(self) -> float:
        """Return the longer of the two bars, which show what firms declare."""
        return max(self.offered_kg, self.wanted_kg)


@dataclass(frozen=True, slots=True)
class Board:
    """``rows`` are the largest first; ``materials`` counts all that are listed at all."""

    rows: tuple[MaterialRow, ...]
    materials: int
    offers: int
    wants: int
    estimates: int
    listings: tuple[ListingSummary, ...]

    @property
    def most(self) -> float:
        return max((row.most for row in self.rows), default=0.0)

    @property
    def has_prices(self) -> bool:
        return any(row.price_low is not None for row in self.rows)

    @property
    def plenty(self) -> tuple[MaterialRow, ...]:
        """Return up to two materials of which firms offer far more than is wanted."""
        found = [row for row in self.rows if row.offered_kg >= PLENTY * row.wanted_kg > 0]
        return tuple(sorted(found, key=lambda row: row.wanted_kg - row.offered_kg)[:2])

    @property
    def scarce(self) -> tuple[MaterialRow, ...]:
        found = [row for row in self.rows if row.wanted_kg >= SHORT * row.offered_kg > 0]
        return tuple(sorted(found, key=lambda row: row.offered_kg - row.wanted_kg)[:2])


@dataclass(frozen=True, slots=True)
class _Sum:
    """The public listings of one material, side and basis."""

    side: str
    basis: str
    mass_kg_per_year: int
    count: int


def board(session: Session, today: date) -> Board:
    names, sums = _sums(session, today)
    prices = _prices(session, today)
    rows = [_row(names[m], sums[m], price_range(prices.get(m, ()))) for m in names]
    rows.sort(key=lambda row: (-row.offered_kg - row.wanted_kg, row.material_id))
    everything = [part for parts in sums.values() for part in parts]
    return Board(
        rows=tuple(rows[:ROWS]),
        materials=len(rows),
        offers=_count(everything, Side.OFFER),
        wants=_count(everything, Side.WANT),
        estimates=sum(part.count for part in everything if part.basis == Basis.ESTIMATE),
        listings=tuple(listings.largest_public(session, today, PLACES)),
    )


def _sums(
    session: Session, today: date
) -> tuple[dict[str, tuple[str, str, str, str]], dict[str, list[_Sum]]]:
    """Return id, names and family of each listed material, and its sums."""
    material = (Material.id, Material.name_zh, Material.name_en, Material.family)
    statement = (
        joined(
            *material, Listing.side, Listing.basis, sa.func.sum(Listing.mass_kg_per_year),
            sa.func.count(),
        )
        .where(is_public(today))
        .group_by(*material, Listing.side, Listing.basis)
    )  # fmt: skip
    names: dict[str, tuple[str, str, str, str]] = {}
    sums: dict[str, list[_Sum]] = defaultdict(list)
    for key, zh, en, family, side, basis, mass, count in session.execute(statement):
        names[key] = (key, zh, en, family)
        sums[key].append(_Sum(side, basis, int(mass), count))
    return names, sums


def _count(sums: Sequence[_Sum], side: Side) -> int:
    return sum(part.count for part in sums if part.side == side and part.basis == Basis.DECLARED)


def _row(
    name: tuple[str, str, str, str], sums: Sequence[_Sum], prices: tuple[int | None, int | None]
) -> MaterialRow:
    def month(side: Side, basis: Basis) -> float:
        year = sum(p.mass_kg_per_year for p in sums if p.side == side and p.basis == basis)
        return year / MONTHS_PER_YEAR

    return MaterialRow(
        *name,
        offered_kg=month(Side.OFFER, Basis.DECLARED),
        offered_estimate_kg=month(Side.OFFER, Basis.ESTIMATE),
        wanted_kg=month(Side.WANT, Basis.DECLARED),
        wanted_estimate_kg=month(Side.WANT, Basis.ESTIMATE),
        price_low=prices[0],
        price_high=prices[1],
    )


def _prices(session: Session, today: date) -> dict[str, list[float]]:
    """Return, for each material, the mean price asked by each firm that names one."""
    statement = (
        sa.select(Listing.material_id, sa.func.avg(Listing.price_fen_per_t))
        .where(
            is_public(today),
            Listing.side == Side.OFFER,
            Listing.basis == Basis.DECLARED,
            Listing.price_fen_per_t.is_not(None),
        )
        .group_by(Listing.material_id, Listing.org_id)
    )
    found: dict[str, list[float]] = defaultdict(list)
    for material_id, mean in session.execute(statement):
        found[material_id].append(float(mean))
    return found


def price_range(firms: Sequence[float]) -> tuple[int | None, int | None]:
    """Return the 10th and 90th percentile of the firms' mean prices; None below five firms."""
    if len(firms) < FIRMS_FOR_A_RANGE:
        return None, None
    cuts = statistics.quantiles(firms, n=10, method="inclusive")
    return round(cuts[0]), round(cuts[-1])


def map_data(found: Board) -> dict[str, Any]:
    """One point for each site and side: supplies as seals, receivers as rings."""
    points: dict[tuple[int, bool], dict[str, Any]] = {}
    for s in found.listings:
        points.setdefault((s.site_id, s.is_offer), _point(s))
    return {"points": list(points.values()), "flows": [], "circles": [], "fit": "city"}


def _point(s: ListingSummary) -> dict[str, Any]:
    return {
        "lat": s.lat,
        "lon": s.lon,
        "family": s.family if s.is_offer else None,
        "shape": "square" if s.is_offer else "ring",
        "estimate": s.is_estimate,
        "number": None,
        "label": "",
        "title": f"{pick(s, 'org_name')} · {pick(s, 'material_name')}",
        "url": listing_url(s.id),
    }
