"""Catalogue factors as money and carbon per tonne as received: the platform's, never a party's.

Neither side's own costs enter, so nothing of them can be derived from what the other sees. A
missing factor stays None, counts as nothing and is shown as missing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.catalogue.models import Acceptance, Factor, Material
from market.catalogue.rules import FactorKind, Family, LegalClass, Sector
from matching.problem import FreightBand
from matching.result import LineKind

Sources = tuple[tuple[str, str], ...]
"""Line of the waterfall and id of the factor it is reckoned with."""
FREIGHT_FACTORS = (("fr_short", 50.0), ("fr_medium", 200.0), ("fr_long", 20_100.0))
"""Factor of each rate and the road km up to which it is charged."""
CARBON_PRICE = "pr_cea"
TRUCK_CO2 = "tr_heavy_diesel_truck_30_t"
EMPTY_RETURN_FACTOR = 1.3
"""A bulk truck comes back empty: the low end of the 1.3 to 1.8 in the note of GB/T 51366-2019's
payload-based factor, since the collection plan looks for return loads."""
WORST_RETURN_FACTOR = 1.8
GENERAL_DISPOSAL = "disp_class1"
PRODUCTS = {
    "clinker": ("pr_clinker", "co2_clinker_total"),
    "P·O cement": ("pr_cement", "ef_po_cement"),
    "cement": ("pr_cement", "ef_po_cement"),
    "lime": ("", "ef_lime"),
    "sand": ("", "ef_sand"),
    "crushed stone": ("", "ef_crushed_stone"),
    "pig iron": ("", "ef_pig_iron"),
}
"""Price and emission factor of what a use replaces where that is a product, not a raw material."""
RECOVERY = frozenset({Sector.METAL, Sector.BATTERY, Sector.RECYCLING, Sector.REMANUFACTURE})
"""Uses that win back what the material is traded for."""
KG_PER_T = {"kg/t": 1.0, "t/t": 1000.0}


@dataclass(frozen=True, slots=True)
class Valuation:
    """Factors by id, and the materials they speak of by id."""

    factors: Mapping[str, Factor]
    materials: Mapping[str, Material]
    firsts: Mapping[tuple[str, str | None], Factor] = field(init=False)
    """The first factor of each kind that speaks of a material, by (kind, material id)."""

    def __post_init__(self) -> None:
        firsts: dict[tuple[str, str | None], Factor] = {}
        for factor in self.factors.values():
            for material_id in factor.material_ids:
                firsts.setdefault((factor.kind, material_id), factor)
        object.__setattr__(self, "firsts", firsts)

    @classmethod
    def read(cls, session: Session) -> "Valuation":
        rows = catalogue.materials(session)
        return cls(catalogue.factors(session), {row.id: row for row in rows})

    def freight(self) -> tuple[FreightBand, ...]:
        """Bands whose rates are charged for the kilometres inside them, so freight never falls."""
        bands: list[FreightBand] = []
        paid, reached = 0.0, 0.0
        for factor_id, to_km in FREIGHT_FACTORS:
            if factor_id not in self.factors:
                return ()
            rate = self.factors[factor_id].value
            bands.append(FreightBand(to_km, rate, paid - rate * reached))
            paid, reached = paid + rate * (to_km - reached), to_km
        return tuple(bands)

    def carbon_yuan_per_t(self) -> float | None:
        return self._value(CARBON_PRICE)

    def transport_co2_kg_per_t_km(self) -> float | None:
        value = self._value(TRUCK_CO2)
        return None if value is None else value * EMPTY_RETURN_FACTOR

    def transport_co2_range(self) -> tuple[float, float] | None:
        """Return kg per tonne-km where return loads are found and where every way back is empty."""
        factor = self.factors.get(TRUCK_CO2)
        if factor is None:
            return None
        low, high = _ends(factor)
        return low * EMPTY_RETURN_FACTOR, high * WORST_RETURN_FACTOR

    def radii_km(self) -> tuple[tuple[str, float], ...]:
        """Economic road radius of each material that has one: the widest of its factors' range."""
        radii: dict[str, float] = {}
        for factor in self._of_kind(FactorKind.RADIUS):
            for material_id in factor.material_ids:
                reach = factor.high if factor.high is not None else factor.value
                radii[material_id] = max(reach, radii.get(material_id, 0.0))
        return tuple(sorted(radii.items()))

    def disposal_yuan_per_t(self, material_id: str) -> float | None:
        """Price getting rid of a tonne; nothing is saved where it is never thrown away."""
        factor = self._disposal(material_id)
        return None if factor is None else factor.value

    def disposal_sources(self, material_id: str) -> Sources:
        return _told(LineKind.AVOIDED_DISPOSAL, self._disposal(material_id))

    def _disposal(self, material_id: str) -> Factor | None:
        material = self.materials[material_id]
        if material.family == Family.METAL or material.legal_class == LegalClass.NOT_WASTE:
            return None
        own = self._first(FactorKind.DISPOSAL_COST, material_id)
        if own is not None or material.legal_class == LegalClass.HAZARDOUS:
            return own
        return self.factors.get(GENERAL_DISPOSAL)

    def replaced_yuan_per_t(self, use: Acceptance) -> float | None:
        """Price what a tonne stands in for; a recyclable is worth at least what it is traded at."""
        found = self._price(use)
        return None if found is None else found[0].value * found[1]

    def _price(self, use: Acceptance) -> tuple[Factor, float] | None:
        """Find the price and how many of its tonnes a wet tonne of the use replaces."""
        price = self._replaced(FactorKind.PRICE, use)
        if price is not None and use.replacement_ratio is not None:
            return price, use.replacement_ratio * self._dry_share(use.material_id)
        traded = self._first(FactorKind.PRICE, use.material_id)
        recovered = use.process.sector in RECOVERY
        return (traded, 1.0) if traded is not None and recovered else None

    def use_sources(self, use: Acceptance) -> Sources:
        price, avoided = self._price(use), self._avoided(use)
        return (
            *_told(LineKind.REPLACED_MATERIAL, price and price[0]),
            *_told(LineKind.AVOIDED_CARBON, avoided and avoided[0]),
        )

    def run_sources(self) -> Sources:
        """Name the factors of freight and carbon, which are the same for every pair."""
        named = [(LineKind.FREIGHT, factor_id) for factor_id, _ in FREIGHT_FACTORS]
        named += [(LineKind.AVOIDED_CARBON, CARBON_PRICE), (LineKind.TRANSPORT_CARBON, TRUCK_CO2)]
        named += [(LineKind.TRANSPORT_CARBON, CARBON_PRICE)]
        return tuple(pair for kind, key in named for pair in _told(kind, self.factors.get(key)))

    def traded_yuan_per_t(self, material_id: str) -> float | None:
        """Return what a tonne is traded at by the platform's factors, of the best grade."""
        traded = self._first(FactorKind.PRICE, material_id)
        return None if traded is None else traded.value

    def avoided_co2_kg_per_t(self, use: Acceptance) -> float | None:
        found = self._avoided(use)
        return None if found is None else found[0].value * found[1]

    def avoided_co2_range(self, use: Acceptance) -> tuple[float, float] | None:
        """Return the least and the most the factor's own range leaves."""
        found = self._avoided(use)
        if found is None:
            return None
        low, high = _ends(found[0])
        return low * found[1], high * found[1]

    def _avoided(self, use: Acceptance) -> tuple[Factor, float] | None:
        """Find the factor and the kg CO2 a wet tonne of the use makes of one of its units.

        A credit for the material itself comes before the emissions of what it replaces.
        """
        credit = self._first(FactorKind.AVOIDED, use.material_id)
        if credit is not None and credit.unit in KG_PER_T:
            return credit, KG_PER_T[credit.unit] * self._dry_share(use.material_id)
        made = self._replaced(FactorKind.EMBODIED, use)
        if made is None or use.replacement_ratio is None or made.unit not in KG_PER_T:
            return None
        scale = KG_PER_T[made.unit] * use.replacement_ratio
        return made, scale * self._dry_share(use.material_id)

    def _dry_share(self, material_id: str) -> float:
        """Ratios are per dry tonne, trade is wet: the middle of the usual moisture parts them."""
        material = self.materials[material_id]
        low, high = material.moisture_share_min, material.moisture_share_max
        if low is None or high is None:
            return 1.0
        return 1 - (low + high) / 2

    def _value(self, factor_id: str) -> float | None:
        factor = self.factors.get(factor_id)
        return None if factor is None else factor.value

    def _of_kind(self, kind: FactorKind) -> Iterable[Factor]:
        return (factor for factor in self.factors.values() if factor.kind == kind)

    def _replaced(self, kind: FactorKind, use: Acceptance) -> Factor | None:
        if use.replaces_id is not None:
            return self._first(kind, use.replaces_id)
        price_id, made_id = PRODUCTS.get(use.replaces_en, ("", ""))
        return self.factors.get(price_id if kind is FactorKind.PRICE else made_id)

    def _first(self, kind: FactorKind, material_id: str | None) -> Factor | None:
        return self.firsts.get((kind, material_id))


def _told(kind: LineKind, factor: Factor | None) -> Sources:
    return () if factor is None else ((kind.value, factor.id),)


def _ends(factor: Factor) -> tuple[float, float]:
    """Return the factor's range; an end nobody gave is the value itself."""
    low = factor.value if factor.low is None else min(factor.low, factor.value)
    high = factor.value if factor.high is None else max(factor.high, factor.value)
    return low, high
