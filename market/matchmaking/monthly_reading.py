"""SELECTs on what a run says month by month."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from itertools import pairwise
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.listings.models import Listing
from market.matchmaking import reading
from market.matchmaking.models import MatchMonth
from market.matchmaking.reading import BalanceRow


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """Of all offers, in wet kilograms: ``left_kg`` found neither a place nor room in a store."""

    month: date
    came_kg: int
    placed_kg: int
    stock_kg: int
    room_kg: int
    left_kg: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """Uses that run on the same days: how many, and the share of their fullest month in each."""

    uses: int
    shares: tuple[Fraction, ...]

    @property
    def stops(self) -> bool:
        return min(self.shares) < 1


@dataclass(frozen=True, slots=True)
class YardWorth:
    """What one more tonne of room would gain in the month at whose end it would gain most."""

    row: BalanceRow
    month: date
    low: float
    high: float


def totals(session: Session, run_id: int, material_id: str | None = None) -> list[MonthTotal]:
    columns = (
        MatchMonth.available_kg,
        MatchMonth.placed_kg,
        MatchMonth.stock_kg,
        MatchMonth.room_kg,
        MatchMonth.left_kg,
    )
    sums = (sa.cast(sa.func.sum(column), sa.BigInteger) for column in columns)
    statement = _of_material(
        sa.select(MatchMonth.month, *sums).where(
            MatchMonth.run_id == run_id, MatchMonth.side == "offer"
        ),
        material_id,
    )
    found = session.execute(statement.group_by(MatchMonth.month).order_by(MatchMonth.month))
    return [MonthTotal(*row) for row in found]


def patterns(session: Session, run_id: int, material_id: str | None = None) -> list[Pattern]:
    """Group the wants by the days on which they run, those that stop longest first."""
    statement = _of_material(
        sa.select(MatchMonth.listing_id, MatchMonth.available_kg).where(
            MatchMonth.run_id == run_id, MatchMonth.side == "want"
        ),
        material_id,
    )
    rooms: dict[int, list[int]] = defaultdict(list)
    for listing_id, kg in session.execute(statement.order_by(MatchMonth.month)):
        rooms[listing_id].append(kg)
    uses: dict[tuple[int, ...], int] = defaultdict(int)
    for months in rooms.values():
        most = max(months)
        uses[tuple(round(kg / most * HUNDREDTHS) if most else 0 for kg in months)] += 1
    found = [
        Pattern(number, tuple(Fraction(part, HUNDREDTHS) for part in parts))
        for parts, number in uses.items()
    ]
    return sorted(found, key=lambda row: (sum(row.shares), -row.uses))


HUNDREDTHS = 100
"""Shares are compared in hundredths: a day is three of them, a kilogram of rounding none."""


def dearest(
    session: Session, run_id: int, *, side: str, month: date, limit: int
) -> list[BalanceRow]:
    """Return the listings of which one more tonne in this month is worth most."""
    statement = sa.select(MatchMonth).where(
        MatchMonth.run_id == run_id,
        MatchMonth.side == side,
        MatchMonth.month == month,
        MatchMonth.dual_high.is_not(None),
    )
    if side == "want":
        statement = statement.where(MatchMonth.dual_high > 0)
    statement = statement.order_by(
        MatchMonth.dual_high.desc(),
        sa.func.coalesce(MatchMonth.dual_km_high, 0).desc(),
        MatchMonth.listing_id,
    ).limit(limit)
    rows = session.scalars(statement).all()
    named = _named(session, run_id, [row.listing_id for row in rows])
    return [
        replace(
            named[row.listing_id],
            dual_low=row.dual_low,
            dual_high=row.dual_high,
            dual_km_low=row.dual_km_low,
            dual_km_high=row.dual_km_high,
        )
        for row in rows
    ]


def yards(session: Session, run_id: int) -> list[YardWorth]:
    """Return the stores of offers, the one of which more room would gain most first."""
    statement = (
        sa.select(MatchMonth)
        .where(MatchMonth.run_id == run_id, MatchMonth.side == "offer", MatchMonth.room_kg > 0)
        .order_by(MatchMonth.listing_id, MatchMonth.month)
    )
    by_listing: dict[int, list[MatchMonth]] = defaultdict(list)
    for row in session.scalars(statement):
        by_listing[row.listing_id].append(row)
    best = {key: _best_room(rows) for key, rows in by_listing.items()}
    first = sorted(best, key=lambda key: (-best[key][2], -best[key][1], key))
    named = _named(session, run_id, first)
    return [YardWorth(named[key], *best[key]) for key in first]


def _best_room(rows: Sequence[MatchMonth]) -> tuple[date, float, float]:
    worths = [(row.month, *room_worth(row, after)) for row, after in pairwise(rows)]
    return max(worths, key=lambda worth: (worth[2], worth[1]))


def room_worth(row: MatchMonth, after: MatchMonth) -> tuple[float, float]:
    """Bracket what a tonne of room more from one month's end to the next would gain.

    More room takes a tonne from one month and adds one to the next. The gain of that is concave,
    so it lies between what the two changes bring apart: at least ``more(after) - less(row)``, at
    most the smaller of the differences of like prices. A store that is not full gains nothing.
    """
    prices = (row.dual_low, row.dual_high, after.dual_low, after.dual_high)
    if row.stock_kg < row.room_kg or None in prices:
        return 0.0, 0.0
    more, less, more_after, less_after = (price or 0.0 for price in prices)
    low, high = more_after - less, min(more_after - more, less_after - less)
    return max(0.0, low), max(0.0, high)


def _of_material(statement: Any, material_id: str | None) -> Any:
    if material_id is None:
        return statement
    joined = statement.join(Listing, Listing.id == MatchMonth.listing_id)
    return joined.where(Listing.material_id == material_id)


def _named(session: Session, run_id: int, ids: Iterable[int]) -> dict[int, BalanceRow]:
    rows = reading.balances(session, run_id, listing_ids=list(ids))
    return {row.end.listing_id: row for row in rows}
