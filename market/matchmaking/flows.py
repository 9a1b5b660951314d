"""What a flow is to whoever reads it: pages, the collection planner, the park view."""

from dataclasses import dataclass

from market.listings.rules import MONTHS_PER_YEAR
from market.quantities import KG_PER_TONNE, M_PER_KM


@dataclass(frozen=True, slots=True)
class End:
    """One end of a flow: the listing and the site it stands on. Positions are WGS-84 degrees.

    ``standing`` is the organisation's (demo, estimate, member), ``basis`` the listing's;
    ``is_open`` tells whether the listing is public now.
    """

    listing_id: int
    org_id: int
    site_id: int
    name_zh: str
    name_en: str
    county_zh: str
    county_en: str
    lat: float
    lon: float
    standing: str
    basis: str
    prefecture_zh: str = ""
    prefecture_en: str = ""
    is_open: bool = True

    @property
    def place_zh(self) -> str:
        return self.county_zh or self.prefecture_zh

    @property
    def place_en(self) -> str:
        return self.county_en or self.prefecture_en

    @property
    def ref(self) -> str:
        return f"L-{self.listing_id:04d}"


@dataclass(frozen=True, slots=True)
class FlowRow:
    """So many wet kilograms of one material from an offer to a want, as one run says.

    The mass is that of ``months``: all of the run's, or one of them.

    ``distance_m`` is the great circle, ``road_m`` the same times the run's road factor.
    ``transport_kg_m`` is mass times road as the engine measured it, so that the rows sum to its
    optimum; ``road_m`` is rounded to be shown.
    ``co2_kg_per_t`` is what a tonne saves net of its haul, or the haul alone where
    ``is_co2_unknown``: a factor is missing. Older runs have None then.
    """

    run_id: int
    material_id: str
    material_zh: str
    material_en: str
    family: str
    form: str
    waste_code: str | None
    process_id: str
    process_zh: str
    process_en: str
    mass_kg: int
    distance_m: int
    road_m: int
    transport_kg_m: int
    value_fen_per_t: int | None
    co2_kg_per_t: float | None
    is_co2_unknown: bool
    offer: End
    want: End
    months: int = MONTHS_PER_YEAR

    @property
    def offer_id(self) -> int:
        return self.offer.listing_id

    @property
    def want_id(self) -> int:
        return self.want.listing_id

    @property
    def tonne_km(self) -> float:
        """Road tonne-kilometres in all its months."""
        return self.transport_kg_m / (KG_PER_TONNE * M_PER_KM)

    @property
    def mass_kg_per_year(self) -> int:
        """Return the mass at the pace of its months."""
        return self.mass_kg * MONTHS_PER_YEAR // self.months

    @property
    def is_estimate(self) -> bool:
        """Whether either end's tonnage is derived from public facts that nobody confirmed."""
        return "estimate" in {self.offer.basis, self.want.basis}
