"""Freight by road from the catalogue's rates: each rate is charged for the kilometres inside it.

So freight never falls where a cheaper rate begins.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from market.catalogue.models import Factor

RATES = (("fr_short", 50.0), ("fr_medium", 200.0), ("fr_long", float("inf")))
"""Factor in yuan/(t·km) and the road km up to which it is charged."""


@dataclass(frozen=True, slots=True)
class Freight:
    """Rates in yuan/(t·km) with the road km each reaches; none known: no delivered price."""

    bands: tuple[tuple[float, float], ...]

    def fen_per_t(self, road_m: float) -> int | None:
        if not self.bands:
            return None
        km, reached, yuan = road_m / 1000, 0.0, 0.0
        for to_km, rate in self.bands:
            yuan += rate * max(0.0, min(km, to_km) - reached)
            reached = to_km
        return round(yuan * 100)


def from_factors(factors: Mapping[str, Factor]) -> Freight:
    if any(name not in factors for name, _to_km in RATES):
        return Freight(())
    return Freight(tuple((to_km, factors[name].value) for name, to_km in RATES))
