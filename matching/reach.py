"""How far a stream can be carried before it is worth nothing: rings of break-even distance.

Distances are road km, as everywhere; on a map a ring's radius is that over the road factor. Net
value falls with distance by freight and transport carbon, which are linear within a freight band;
each ring is therefore exact. Where a band's fixed part drops, value may rise again farther out,
so that there can be several rings.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from matching.compatibility import acceptance_of, judge
from matching.economics import factors_of, net_value, waterfall
from matching.lookup import find_supply, road_km
from matching.problem import Acceptance, Parameters, Problem, ProblemError, Supply
from matching.result import LineKind

_BY_DISTANCE = {LineKind.FREIGHT, LineKind.TRANSPORT_CARBON}


class ReachKind(StrEnum):
    """`FREIGHT_UNKNOWN`: still worth something where the last freight band ends."""

    NOWHERE = "nowhere"
    BREAKS_EVEN = "breaks_even"
    FREIGHT_UNKNOWN = "freight_unknown"


@dataclass(frozen=True, slots=True)
class Ring:
    """Net value is at least zero from `from_km` to `to_km`."""

    from_km: float
    to_km: float


@dataclass(frozen=True, slots=True)
class Reach:
    """`value_at_gate` is yuan/t before freight and transport carbon; `complete` = none unknown."""

    kind: ReachKind
    rings: tuple[Ring, ...]
    value_at_gate_yuan_per_t: float
    complete: bool

    @property
    def break_even_km(self) -> float:
        """The farthest distance with a net value of at least zero; 0 where there is none."""
        return self.rings[-1].to_km if self.rings else 0.0

    def contains(self, distance_km: float) -> bool:
        return any(ring.from_km <= distance_km <= ring.to_km for ring in self.rings)


@dataclass(frozen=True, slots=True)
class UseReach:
    """One slot's reach for a stream beside where the slot really stands."""

    supply_id: str
    slot_id: str
    distance_km: float
    reach: Reach

    @property
    def spare_km(self) -> float:
        """How much farther it could stand; negative = it stands too far away."""
        return self.reach.break_even_km - self.distance_km


def break_even(parameters: Parameters, supply: Supply, acceptance: Acceptance) -> Reach:
    """Raise `ProblemError` where the parameters have no freight: nothing would limit the way."""
    if not parameters.freight:
        raise ProblemError("a break-even distance needs freight", field_name="freight")
    lines = waterfall(parameters, factors_of(supply, acceptance, 0.0))
    at_gate = float(net_value({k: v for k, v in lines.items() if k not in _BY_DISTANCE})[0])
    carbon = _carbon_yuan_per_t_km(parameters)
    rings: list[Ring] = []
    start = 0.0
    for band in parameters.freight:
        found = _within_band(
            at_gate - band.fixed_yuan_per_t, band.yuan_per_t_km + carbon, start, band.to_km
        )
        if found is not None:
            rings = _joined(rings, found)
        start = band.to_km
    return Reach(
        _kind(rings, parameters.freight[-1].to_km),
        tuple(rings),
        at_gate,
        complete=all(not math.isnan(values[0]) for values in lines.values()),
    )


def reaches(problem: Problem, parameters: Parameters, supply_id: str) -> tuple[UseReach, ...]:
    """Compute the reach of one stream to each slot that may take it, farthest reach first."""
    supply = find_supply(problem, supply_id)
    found = []
    for slot in problem.slots:
        acceptance = acceptance_of(slot, supply.material_id)
        if acceptance is not None and judge(problem, parameters, supply, slot).passes:
            reach = break_even(parameters, supply, acceptance)
            found.append(UseReach(supply.id, slot.id, road_km(parameters, supply, slot), reach))
    return tuple(sorted(found, key=lambda use: (-use.reach.break_even_km, use.slot_id)))


def _carbon_yuan_per_t_km(parameters: Parameters) -> float:
    """Count nothing for what is not known, as the waterfall does."""
    price, emitted = parameters.carbon_yuan_per_t, parameters.transport_co2_kg_per_t_km
    return 0.0 if price is None or emitted is None else price * emitted / 1000


def _within_band(value: float, fall_per_km: float, low_km: float, high_km: float) -> Ring | None:
    """Solve value - fall * d >= 0 within one band; `fall_per_km` is never negative."""
    if value - fall_per_km * low_km < 0:
        return None
    return Ring(low_km, min(high_km, value / fall_per_km) if fall_per_km else high_km)


def _joined(rings: list[Ring], found: Ring) -> list[Ring]:
    if rings and rings[-1].to_km == found.from_km:
        return [*rings[:-1], Ring(rings[-1].from_km, found.to_km)]
    return [*rings, found]


def _kind(rings: list[Ring], known_to_km: float) -> ReachKind:
    if not rings:
        return ReachKind.NOWHERE
    ends = rings[-1].to_km < known_to_km
    return ReachKind.BREAKS_EVEN if ends else ReachKind.FREIGHT_UNKNOWN
