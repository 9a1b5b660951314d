"""SELECTs on what a run says month by month."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.listings.models import Listing
from market.matchmaking import reading
from market.matchmaking.models import MatchMonth
from market.matchmaking.reading import BalanceRow
from market.matchmaking.summary import RoomLine


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
    """A store whose prices in ``row`` are those of room that is there in every month."""

    row: BalanceRow
    exact: bool


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


def yards(session: Session, run_id: int, rooms: Sequence[RoomLine]) -> list[YardWorth]:
    """Return the offers' yards and the wants' silos, in the order given."""
    named = _named(session, run_id, [room.listing_id for room in rooms])
    return [
        YardWorth(
            replace(
                named[room.listing_id],
                dual_low=room.low,
                dual_high=room.high,
                dual_km_low=room.km_low,
                dual_km_high=room.km_high,
            ),
            room.exact,
        )
        for room in rooms
        if room.listing_id in named
    ]


def _of_material(statement: Any, material_id: str | None) -> Any:
    if material_id is None:
        return statement
    joined = statement.join(Listing, Listing.id == MatchMonth.listing_id)
    return joined.where(Listing.material_id == material_id)


def _named(session: Session, run_id: int, ids: Iterable[int]) -> dict[int, BalanceRow]:
    rows = reading.balances(session, run_id, listing_ids=list(ids))
    return {row.end.listing_id: row for row in rows}
