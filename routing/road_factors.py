"""Road factors as dated rows by region: how many road kilometres to one of the great circle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class NoRoadFactorError(ValueError):
    """No row holds for any of the regions in that year; the message names them."""


@dataclass(frozen=True, slots=True)
class RoadFactor:
    """A factor of one region, of figures from `year_from` to `year_to` (None: not said)."""

    id: str
    region: str
    value: float
    year_from: int | None = None
    year_to: int | None = None
    source: str = ""

    def __post_init__(self) -> None:
        if not self.value >= 1:
            raise ValueError(f"road factor {self.id} of {self.region} is {self.value}, below 1")

    @property
    def years(self) -> str:
        known = [str(year) for year in (self.year_from, self.year_to) if year is not None]
        return "–".join(dict.fromkeys(known))


def road_factor_for(rows: Iterable[RoadFactor], regions: Sequence[str], year: int) -> RoadFactor:
    """Return the newest row of the first region that has any by that year.

    `regions` go from the narrowest to the widest; the row says whose it is, so that a wider one
    can be told. Figures stay in use after their last year until newer ones are there.
    """
    known = [row for row in rows if row.year_from is None or row.year_from <= year]
    for region in regions:
        found = [row for row in known if row.region == region]
        if found:
            return max(found, key=lambda row: (row.year_from or 0, row.id))
    have = ", ".join(sorted({row.region for row in known})) or "no region"
    raise NoRoadFactorError(f"no road factor for {', '.join(regions)} in {year}; there is {have}")
