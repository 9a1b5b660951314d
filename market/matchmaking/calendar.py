"""The months of a run, and what of a year's tonnes falls into each of them.

A year is spread evenly over its months: nobody has told us yet when a stream comes. A kiln takes
nothing on the days it has to stand still, and its year's tonnes on the days that remain.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import accumulate

from market.catalogue.models import PolicyRule
from market.listings.models import Listing
from market.quantities import KG_PER_TONNE
from matching.problem import Storage

MONTHS = 12


@dataclass(frozen=True, slots=True)
class Stoppage:
    """Every year from ``first`` to ``last``, both (month, day) and both without production.

    ``rule_id`` is the row of the catalogue's policy rules that says so; where that is not in
    force there is no stoppage.
    """

    rule_id: str
    province: str
    processes: frozenset[str]
    first: tuple[int, int]
    last: tuple[int, int]

    def covers(self, day: date) -> bool:
        today = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= today <= self.last
        return today >= self.first or today <= self.last


KILN_STOPPAGES = (
    Stoppage("K1", "Henan", frozenset({"clinker", "clinker_hw_coproc"}), (11, 15), (3, 15)),
)
"""The national baseline of staggered kiln stops; a local notice may move them by days. Mills that
grind cement do not stop."""


@dataclass(frozen=True, slots=True)
class Year:
    """Twelve months from ``first_month``, a first day of a month, with the stops in force."""

    first_month: date
    stoppages: tuple[Stoppage, ...] = ()

    @classmethod
    def under(cls, first_month: date, rules: Iterable[PolicyRule]) -> "Year":
        """Keep the stoppages whose rule stands in the catalogue."""
        known = {rule.id for rule in rules}
        return cls(first_month, tuple(row for row in KILN_STOPPAGES if row.rule_id in known))

    @property
    def months(self) -> tuple[date, ...]:
        return tuple(later(self.first_month, number) for number in range(MONTHS))

    @property
    def periods(self) -> tuple[str, ...]:
        """Name the months as ISO 8601 does, 2026-12."""
        return tuple(f"{month:%Y-%m}" for month in self.months)

    def running(self, process_id: str, province: str) -> tuple[Fraction, ...]:
        """Return the share of each month's days on which a line of that process may run."""
        stops = [
            row
            for row in self.stoppages
            if process_id in row.processes and row.province == province
        ]
        return tuple(_running(month, stops) for month in self.months)


@dataclass(frozen=True, slots=True)
class Calendar:
    """What a listing brings or takes in each period; ``year`` None takes the year as one."""

    year: Year | None = None

    @classmethod
    def of(cls, first_month: date | None, rules: Iterable[PolicyRule]) -> "Calendar":
        return cls(None if first_month is None else Year.under(first_month, rules))

    @property
    def periods(self) -> tuple[str, ...]:
        return ("year",) if self.year is None else self.year.periods

    @property
    def years(self) -> tuple[str, ...]:
        """Return the calendar year of each month, by which licences count; none in one year."""
        return () if self.year is None else tuple(f"{month:%Y}" for month in self.year.months)

    def coming(self, offer: Listing) -> tuple[float, ...]:
        """Return tonnes as received, evenly over the periods."""
        parts = spread(offer.mass_kg_per_year, (Fraction(1),) * len(self.periods))
        return tuple(kg / KG_PER_TONNE for kg in parts)

    def taken(self, mass_kg_per_year: int, process_id: str, province: str) -> tuple[float, ...]:
        """Return a year's tonnes on the days on which the line runs, of product as of input."""
        weights = (Fraction(1),) if self.year is None else self.year.running(process_id, province)
        return tuple(kg / KG_PER_TONNE for kg in spread(mass_kg_per_year, weights))

    def yard(self, listing: Listing) -> Storage | None:
        """Return the store as told; where only the stock is known, it is what there is room for.

        Within a year taken as one nothing waits.
        """
        stock, room = listing.stock_kg or 0, listing.storage_kg or 0
        if self.year is None or not (stock or room):
            return None
        return Storage(stock / KG_PER_TONNE, max(stock, room) / KG_PER_TONNE)


def later(month: date, number: int) -> date:
    """Return the first day of the month so many months on."""
    count = month.year * MONTHS + month.month - 1 + number
    return date(count // MONTHS, count % MONTHS + 1, 1)


def _running(month: date, stops: Sequence[Stoppage]) -> Fraction:
    days = (later(month, 1) - month).days
    open_days = sum(
        not any(stop.covers(month + timedelta(day)) for stop in stops) for day in range(days)
    )
    return Fraction(open_days, days)


def spread(mass_kg: int, weights: Sequence[Fraction]) -> tuple[int, ...]:
    """Part whole kilograms by weight without losing one; nothing anywhere if all weights are 0."""
    whole = sum(weights)
    if not whole:
        return (0,) * len(weights)
    reached = [int(mass_kg * share / whole) for share in accumulate(weights)]
    return tuple(end - start for start, end in zip((0, *reached), reached, strict=False))
