"""The months of a run, and what of a year's tonnes falls into each of them.

A year is spread evenly over its months: nobody has told us yet when a stream comes. A kiln takes
nothing on the days it has to stand still, and its year's tonnes on the days that remain. Years are
counted from the first month of the run; of the last one that part is taken which lies within it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate

from market.listings.models import Listing
from market.matchmaking.stops import Place, Stop, Stops
from market.money import FEN_PER_YUAN
from market.quantities import KG_PER_TONNE
from matching.problem import Storage

MONTHS = 12
"""Of a year."""


@dataclass(frozen=True, slots=True)
class Horizon:
    """So many months from ``first_month``, a first day of a month, with the stops there are."""

    first_month: date
    count: int = MONTHS
    stops: Stops = field(default_factory=Stops)

    @property
    def months(self) -> tuple[date, ...]:
        return months_from(self.first_month, self.count)

    @property
    def periods(self) -> tuple[str, ...]:
        """Name the months as ISO 8601 does, 2026-12."""
        return tuple(f"{month:%Y-%m}" for month in self.months)

    def running(self, stops: Sequence[Stop]) -> tuple[Fraction, ...]:
        """Return the share of each month's days that no stop takes, to the end of the last year."""
        whole = -(-self.count // MONTHS) * MONTHS
        return tuple(_running(month, stops) for month in months_from(self.first_month, whole))

    def spread(self, mass_kg_per_year: int, stops: Sequence[Stop] = ()) -> tuple[int, ...]:
        """Return what falls into each month of a mass that comes or is taken every year."""
        weights = self.running(stops)
        years = range(0, len(weights), MONTHS)
        parts = [spread(mass_kg_per_year, weights[start : start + MONTHS]) for start in years]
        return tuple(kg for part in parts for kg in part)[: self.count]


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a listing brings or takes in each period; without a horizon the year is one period."""

    horizon: Horizon | None = None

    @property
    def periods(self) -> tuple[str, ...]:
        return ("year",) if self.horizon is None else self.horizon.periods

    @property
    def years(self) -> tuple[str, ...]:
        """Return the calendar year of each month, by which licences count; none in one year."""
        return () if self.horizon is None else tuple(f"{row:%Y}" for row in self.horizon.months)

    def coming(self, offer: Listing) -> tuple[float, ...]:
        """Return tonnes as received, evenly over the months."""
        return self._tonnes(offer.mass_kg_per_year, ())

    def taken(self, mass_kg_per_year: int, stops: Sequence[Stop]) -> tuple[float, ...]:
        """Return a year's tonnes on the days on which the line runs, of product as of input."""
        return self._tonnes(mass_kg_per_year, stops)

    def stops_of(self, place: Place) -> tuple[Stop, ...]:
        return () if self.horizon is None else self.horizon.stops.of(place)

    def yard(self, listing: Listing) -> Storage | None:
        """Return the store as told; where only the stock is known, it is what there is room for.

        A cost nobody has told counts nothing. Within a year taken as one nothing waits.
        """
        stock, room = listing.stock_kg or 0, listing.storage_kg or 0
        if self.horizon is None or not (stock or room):
            return None
        cost_yuan = (listing.storage_fen_per_t_month or 0) / FEN_PER_YUAN
        return Storage(stock / KG_PER_TONNE, max(stock, room) / KG_PER_TONNE, cost_yuan)

    def lot(self, listing: Listing, tonnes: Sequence[float]) -> float:
        """Return the least that goes between two in a month, and no more than its fullest month.

        A year taken as one knows no lots: one truck more or less is nothing to it.
        """
        if self.horizon is None or listing.min_lot_kg is None:
            return 0.0
        return min(listing.min_lot_kg / KG_PER_TONNE, max(tonnes))

    def suppliers(self, want: Listing) -> int | None:
        return None if self.horizon is None else want.max_suppliers

    def _tonnes(self, mass_kg_per_year: int, stops: Sequence[Stop]) -> tuple[float, ...]:
        if self.horizon is None:
            return (mass_kg_per_year / KG_PER_TONNE,)
        return tuple(kg / KG_PER_TONNE for kg in self.horizon.spread(mass_kg_per_year, stops))


def later(month: date, number: int) -> date:
    """Return the first day of the month so many months on."""
    count = month.year * MONTHS + month.month - 1 + number
    return date(count // MONTHS, count % MONTHS + 1, 1)


def months_from(first_month: date, count: int) -> tuple[date, ...]:
    return tuple(later(first_month, number) for number in range(count))


def days_of(month: date) -> Iterator[date]:
    return (month + timedelta(day) for day in range((later(month, 1) - month).days))


def _running(month: date, stops: Sequence[Stop]) -> Fraction:
    days = list(days_of(month))
    return Fraction(sum(not any(stop.covers(day) for stop in stops) for day in days), len(days))


def spread(mass_kg: int, weights: Sequence[Fraction]) -> tuple[int, ...]:
    """Part whole kilograms by weight without losing one; nothing anywhere if all weights are 0."""
    whole = sum(weights)
    if not whole:
        return (0,) * len(weights)
    reached = [int(mass_kg * share / whole) for share in accumulate(weights)]
    return tuple(end - start for start, end in zip((0, *reached), reached, strict=False))
