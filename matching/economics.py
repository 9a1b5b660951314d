"""What a pair is worth to both sides together, as the lines of a waterfall in yuan/t as received.

Prices between the two are a transfer and no line: they split the worth, they do not make it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.geography import Floats, Ints
from matching.problem import Acceptance, Objective, Parameters, ProblemError, Supply
from matching.result import Line, LineKind


@dataclass(frozen=True, slots=True)
class Factors:
    """Money factors of pairs, one entry per pair; NaN = nobody knows."""

    disposal: Floats
    replaced: Floats
    treatment: Floats
    avoided_co2_kg: Floats
    distance_km: Floats

    def take(self, rows: Ints) -> "Factors":
        return Factors(
            self.disposal[rows],
            self.replaced[rows],
            self.treatment[rows],
            self.avoided_co2_kg[rows],
            self.distance_km[rows],
        )


def factors_of_pairs(
    supplies: Sequence[Supply], uses: Sequence[Acceptance | None], distances_km: Sequence[float]
) -> Factors:
    """Collect the factors of pairs given side by side."""
    none = Acceptance("")
    rows = [use or none for use in uses]
    return Factors(
        column([row.disposal_yuan_per_t for row in supplies]),
        column([row.replaced_yuan_per_t for row in rows]),
        column([row.treatment_yuan_per_t for row in rows]),
        column([row.avoided_co2_kg_per_t for row in rows]),
        np.array(distances_km, np.float64),
    )


def column(values: Sequence[float | None]) -> Floats:
    return np.array([np.nan if value is None else value for value in values], np.float64)


def factors_of(supply: Supply, acceptance: Acceptance | None, distance_km: float) -> Factors:
    """Collect the factors of one pair; a material the slot does not name replaces nothing."""
    return factors_of_pairs([supply], [acceptance], [distance_km])


def join_factors(parts: list[Factors]) -> Factors:
    return Factors(
        np.concatenate([part.disposal for part in parts]),
        np.concatenate([part.replaced for part in parts]),
        np.concatenate([part.treatment for part in parts]),
        np.concatenate([part.avoided_co2_kg for part in parts]),
        np.concatenate([part.distance_km for part in parts]),
    )


def waterfall(parameters: Parameters, factors: Factors) -> dict[LineKind, Floats]:
    """Compute each line for each pair; costs are negative, NaN is a missing factor."""
    carbon = _or_nan(parameters.carbon_yuan_per_t)
    haulage_kg = _or_nan(parameters.transport_co2_kg_per_t_km) * factors.distance_km
    return {
        LineKind.AVOIDED_DISPOSAL: factors.disposal,
        LineKind.REPLACED_MATERIAL: factors.replaced,
        LineKind.TREATMENT: -factors.treatment,
        LineKind.FREIGHT: -freight_yuan_per_t(parameters, factors.distance_km),
        LineKind.AVOIDED_CARBON: carbon * factors.avoided_co2_kg / 1000,
        LineKind.TRANSPORT_CARBON: -carbon * haulage_kg / 1000,
    }


def net_value(lines: dict[LineKind, Floats]) -> Floats:
    """Add up the known lines, in yuan/t."""
    total: Floats = np.add.reduce([np.nan_to_num(values, nan=0.0) for values in lines.values()])
    return total


def net_co2_kg_per_t(parameters: Parameters, factors: Factors) -> Floats:
    """Take the haulage's CO2 from the receiver's avoided CO2; negative where the way is too far."""
    haulage = _or_nan(parameters.transport_co2_kg_per_t_km) * factors.distance_km
    net: Floats = np.nan_to_num(factors.avoided_co2_kg) - np.nan_to_num(haulage)
    return net


@dataclass(frozen=True, slots=True)
class Co2Range:
    """Net kg CO2 avoided: the worst, the central and the best the factors allow.

    `low` pairs the least avoided with the dirtiest haulage. A factor without a range is taken as
    it is; `missing` says that one is not known at all and counts nothing.
    """

    low: float
    central: float
    high: float
    missing: bool


def co2_range_kg_per_t(
    parameters: Parameters, acceptance: Acceptance | None, distance_km: float
) -> Co2Range:
    use = acceptance or Acceptance("")
    avoided = _ends(use.avoided_co2_range, use.avoided_co2_kg_per_t)
    haulage = _ends(parameters.transport_co2_range, parameters.transport_co2_kg_per_t_km)
    return Co2Range(
        avoided[0] - haulage[2] * distance_km,
        avoided[1] - haulage[1] * distance_km,
        avoided[2] - haulage[0] * distance_km,
        None in {use.avoided_co2_kg_per_t, parameters.transport_co2_kg_per_t_km},
    )


def _ends(ends: tuple[float, float] | None, centre: float | None) -> tuple[float, float, float]:
    value = centre or 0.0
    return (value, value, value) if ends is None else (ends[0], value, ends[1])


def merit(parameters: Parameters, factors: Factors) -> Floats:
    """Say what a tonne of each pair adds to the objective; under `TONNES`, its money."""
    value = net_value(waterfall(parameters, factors))
    if parameters.objective is Objective.NET_CO2:
        return net_co2_kg_per_t(parameters, factors)
    if parameters.objective is not Objective.WEIGHTED:
        return value
    weights = parameters.weights
    points: Floats = (
        weights.yuan * value
        + weights.co2_kg * net_co2_kg_per_t(parameters, factors)
        + weights.tonne
        + weights.tonne_km * factors.distance_km
    )
    return points


def storage_weight(parameters: Parameters) -> float:
    """Weigh a yuan of storage in the objective; most tonnes do not count it."""
    if parameters.objective is Objective.WEIGHTED:
        return parameters.weights.yuan
    return float(parameters.objective is Objective.NET_VALUE)


def lines_of_pair(
    lines: dict[LineKind, Floats], row: int, sources: Mapping[str, str]
) -> tuple[Line, ...]:
    return tuple(
        Line(kind, None if np.isnan(values[row]) else float(values[row]), sources.get(kind, ""))
        for kind, values in lines.items()
    )


def sources_of(
    parameters: Parameters, supply: Supply, acceptance: Acceptance | None
) -> dict[str, str]:
    """Say for each line where its factors come from; carbon lines have more than one."""
    found: dict[str, str] = {}
    given = (supply.sources, acceptance.sources if acceptance else (), parameters.sources)
    for kind, source in (pair for pairs in given for pair in pairs):
        found[kind] = f"{found[kind]}; {source}" if kind in found else source
    return found


def freight_yuan_per_t(parameters: Parameters, distance_km: Floats) -> Floats:
    """Price each distance by its band; beyond the last band the freight is missing (NaN)."""
    reaches = np.array([band.to_km for band in parameters.freight])
    per_km = np.array([*(band.yuan_per_t_km for band in parameters.freight), np.nan])
    fixed = np.array([*(band.fixed_yuan_per_t for band in parameters.freight), np.nan])
    band = np.searchsorted(reaches, distance_km, side="left")
    freight: Floats = fixed[band] + per_km[band] * distance_km
    return freight


def require_factors(parameters: Parameters) -> None:
    """Refuse objectives whose way costs nothing: they would carry waste across the country."""
    objective, weights = parameters.objective, parameters.weights
    weighted = objective is Objective.WEIGHTED
    if objective is Objective.NET_VALUE or (weighted and weights.yuan):
        _require_freight(parameters)
    needs_co2 = objective is Objective.NET_CO2 or (weighted and weights.co2_kg)
    if needs_co2 and parameters.transport_co2_kg_per_t_km is None:
        raise ProblemError("net CO2 needs the CO2 of a tonne-km", field_name="transport_co2")


def _require_freight(parameters: Parameters) -> None:
    reach = parameters.freight[-1].to_km if parameters.freight else 0.0
    if reach < parameters.radius_km:
        raise ProblemError(
            f"net value needs freight up to the radius of {parameters.radius_km:g} km,"
            f" the bands reach {reach:g} km",
            field_name="freight",
        )


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
