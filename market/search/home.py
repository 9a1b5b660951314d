"""Supply and demand of today by material, declared and estimated told apart."""

import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from market.listings import queries as listings
from market.listings.links import listing_url
from market.listings.values import ListingSummary
from market.web.language import pick

FIRMS_FOR_A_RANGE = 5
"""A price range of fewer firms would tell one firm's price."""
ROWS = 10
HINTS = 6


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
    def declared(self) -> float:
        return self.offered_kg + self.wanted_kg

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
        """Return the declared materials offered at least twice as much as wanted."""
        found = [row for row in self.rows if row.offered_kg >= 2 * row.wanted_kg > 0]
        return tuple(sorted(found, key=lambda row: row.wanted_kg - row.offered_kg)[:2])

    @property
    def scarce(self) -> tuple[MaterialRow, ...]:
        found = [row for row in self.rows if row.wanted_kg >= 1.2 * row.offered_kg > 0]
        return tuple(sorted(found, key=lambda row: row.offered_kg - row.wanted_kg)[:2])


def board(session: Session, today: date) -> Board:
    """Read the public listings once and add them up."""
    found = listings.public_summaries(session, today)
    by_material: dict[str, list[ListingSummary]] = defaultdict(list)
    for summary in found:
        by_material[summary.material_id].append(summary)
    rows = sorted((_row(group) for group in by_material.values()), key=_rank)
    return Board(
        rows=tuple(rows[:ROWS]),
        materials=len(rows),
        offers=sum(s.is_offer and not s.is_estimate for s in found),
        wants=sum(not s.is_offer and not s.is_estimate for s in found),
        estimates=sum(s.is_estimate for s in found),
        listings=tuple(found),
    )


def _rank(row: MaterialRow) -> tuple[float, str]:
    return (-row.declared, row.material_id)


def _sum(group: Iterable[ListingSummary], *, offer: bool, estimate: bool) -> float:
    return sum(
        s.mass_kg_per_month for s in group if s.is_offer is offer and s.is_estimate is estimate
    )


def _row(group: Sequence[ListingSummary]) -> MaterialRow:
    first = group[0]
    low, high = price_range(group)
    return MaterialRow(
        material_id=first.material_id,
        name_zh=first.material_name_zh,
        name_en=first.material_name_en,
        family=first.family,
        offered_kg=_sum(group, offer=True, estimate=False),
        offered_estimate_kg=_sum(group, offer=True, estimate=True),
        wanted_kg=_sum(group, offer=False, estimate=False),
        wanted_estimate_kg=_sum(group, offer=False, estimate=True),
        price_low=low,
        price_high=high,
    )


def price_range(group: Iterable[ListingSummary]) -> tuple[int | None, int | None]:
    """Return the 10th and 90th percentile of the firms' mean prices; None below five firms."""
    by_firm: dict[int, list[int]] = defaultdict(list)
    for s in group:
        if s.is_offer and not s.is_estimate and s.price_fen_per_t is not None:
            by_firm[s.org_id].append(s.price_fen_per_t)
    if len(by_firm) < FIRMS_FOR_A_RANGE:
        return None, None
    means = [statistics.fmean(prices) for prices in by_firm.values()]
    cuts = statistics.quantiles(means, n=10, method="inclusive")
    return round(cuts[0]), round(cuts[-1])


def map_data(found: Board) -> dict[str, Any]:
    """One point for each site and side: supplies as seals, receivers as rings."""
    points: dict[tuple[int, bool], dict[str, Any]] = {}
    for s in sorted(found.listings, key=lambda s: (s.is_estimate, -s.mass_kg_per_year)):
        key = (s.site_id, s.is_offer)
        if key in points:
            continue
        points[key] = {
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
    return {"points": list(points.values()), "flows": [], "circles": [], "fit": "city"}
