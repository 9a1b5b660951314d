"""How a run is done: objective, reach, freight, carbon and time."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from matching import validation


class Objective(StrEnum):
    """`TONNES`: most tonnes, then fewest tonne-km. The others sum up a merit per tonne.

    `NET_VALUE`: yuan for both sides. `NET_CO2`: kg of CO2 avoided less those of the haulage.
    `WEIGHTED`: points by `Parameters.weights`.
    """

    TONNES = "tonnes"
    NET_VALUE = "net_value"
    NET_CO2 = "net_co2"
    WEIGHTED = "weighted"


@dataclass(frozen=True, slots=True)
class FreightBand:
    """Freight of distances up to `to_km`: `fixed` yuan/t plus `per_km` yuan per tonne-km."""

    to_km: float
    yuan_per_t_km: float
    fixed_yuan_per_t: float = 0.0

    def __post_init__(self) -> None:
        if not self.to_km > 0:
            raise validation.ProblemError("a freight band must reach beyond 0 km")
        validation.require_within(self.yuan_per_t_km, 0, 1e4, "freight")
        validation.require_within(self.fixed_yuan_per_t, 0, 1e6, "fixed freight")


@dataclass(frozen=True, slots=True)
class Weights:
    """Points of a weighted plan per yuan, per kg CO2 avoided, per tonne and per tonne-km driven."""

    yuan: float = 1.0
    co2_kg: float = 0.0
    tonne: float = 0.0
    tonne_km: float = 0.0

    def __post_init__(self) -> None:
        for name in ("yuan", "co2_kg", "tonne", "tonne_km"):
            validation.require_within(getattr(self, name), -1e6, 1e6, f"weight of {name}")


@dataclass(frozen=True, slots=True)
class Parameters:
    """How a run is done.

    `radius_km` and every distance of a result are great-circle km times `road_factor`.
    `require_assay` turns a limit that only the catalogue range may break into a refusal; without
    it the pair passes with a caution. `on` is the day licences and reports must be valid.
    `time_limit_s` is what solving may take in wall-clock seconds: then the best plan so far is
    given, with the bound that is proven for it. `workers` is how many processes may solve large
    independent parts side by side; the answer is the same for any number. `sources` say where
    freight, the price of carbon and the CO2 of a tonne-km come from, by the value of their
    `LineKind`.
    """

    objective: Objective = Objective.TONNES
    radius_km: float = 200.0
    road_factor: float = 1.0
    require_assay: bool = False
    on: date | None = None
    freight: tuple[FreightBand, ...] = ()
    carbon_yuan_per_t: float | None = None
    transport_co2_kg_per_t_km: float | None = None
    transport_co2_range: tuple[float, float] | None = None
    material_radius_km: tuple[tuple[str, float], ...] = field(default=())
    weights: Weights = field(default_factory=Weights)
    time_limit_s: float | None = None
    workers: int = 1
    sources: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.radius_km <= 20_100:
            raise validation.ProblemError(
                f"radius {self.radius_km} km: more than 0 and at most 20100 km"
            )
        if self.time_limit_s is not None:
            validation.require_within(self.time_limit_s, 0, 1e6, "time limit")
        validation.require_within(self.workers, 1, 1024, "number of workers")
        validation.require_within(self.road_factor, 1, 5, "road factor")
        validation.require_optional(self.carbon_yuan_per_t, "carbon price")
        validation.require_optional(self.transport_co2_kg_per_t_km, "transport CO2")
        validation.require_range(
            self.transport_co2_range, self.transport_co2_kg_per_t_km, "transport CO2"
        )
        reaches = [band.to_km for band in self.freight]
        if reaches != sorted(set(reaches)):
            raise validation.ProblemError("freight bands must rise in distance")

    def radius_of(self, material_id: str) -> float:
        """km; a material's own economic radius never widens the run's."""
        return min(self.radius_km, dict(self.material_radius_km).get(material_id, self.radius_km))
