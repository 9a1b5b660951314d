"""Answers for one pair or one listing: what passes, what it is worth, what stands between."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from matching.candidates import Rows, find_pairs
from matching.compatibility import acceptance_of, judge, slot_kind, supply_kind
from matching.conditions import conditions
from matching.economics import (
    Co2Range,
    co2_range_kg_per_t,
    factors_of_pairs,
    lines_of_pair,
    merit,
    net_value,
    sources_of,
    waterfall,
)
from matching.geography import Floats, great_circle_km
from matching.problem import Objective, Parameters, Problem, ProblemError, Severity, Slot, Supply
from matching.result import Finding, Lift, LiftKind, Line, Reason, Result, Verdict

NEAR_MISS_REACH = 1.25
"""Slots up to a quarter beyond the radius are shown as near misses; farther ones are noise."""

Row = TypeVar("Row", Supply, Slot)


@dataclass(frozen=True, slots=True)
class PairView:
    """One supply and one slot, whether or not they may meet.

    `tonnes` is what both could do together over all periods if nobody else were there;
    `value_yuan_per_t` sums the known lines, `missing` are the lines nobody has a factor for.
    `merit` is what a tonne adds to the run's objective (yuan where that is tonnes).
    `conditions` is what the receiver will be held to later; only `explain_pair` fills it.
    """

    supply_id: str
    slot_id: str
    distance_km: float
    tonnes: float
    verdict: Verdict
    lines: tuple[Line, ...]
    value_yuan_per_t: float
    co2_kg_per_t: Co2Range
    merit: float
    conditions: tuple[Finding, ...] = ()

    @property
    def missing(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.yuan_per_t is None)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One thing that stands between two rows; without a slot, no slot takes the material."""

    supply_id: str
    slot_id: str
    distance_km: float | None
    finding: Finding


def refusals_of(problem: Problem, parameters: Parameters) -> Iterator[Refusal]:
    """List everything that refuses a pair within its radius, by supply and slot."""
    rows = Rows.of(problem)
    wanted = {use.material_id for slot in rows.slots for use in slot.accepts}
    for supply in rows.supplies:
        if supply.material_id not in wanted:
            finding = Finding(Reason.NOT_ACCEPTED, Severity.BLOCK, name=supply.material_id)
            yield Refusal(supply.id, "", None, finding)
    found = find_pairs(problem, parameters, rows)
    refused = np.nonzero(~found.passes)[0]
    ends = zip(found.supply[refused].tolist(), found.slot[refused].tolist(), strict=True)
    pairs = [(rows.supplies[i], rows.slots[j]) for i, j in ends]
    verdicts = _verdicts(problem, parameters, pairs)
    far = found.distance_km[refused].tolist()
    for (supply, slot), verdict, km in zip(pairs, verdicts, far, strict=True):
        for finding in verdict.findings:
            if finding.severity is Severity.BLOCK:
                yield Refusal(supply.id, slot.id, km, finding)


def explain_pair(
    problem: Problem, parameters: Parameters, supply_id: str, slot_id: str
) -> PairView:
    """Raise `ProblemError` when either id is not in the problem."""
    supply, slot = _find(problem.supplies, supply_id), _find(problem.slots, slot_id)
    (view,) = _views(problem, parameters, [(supply, slot)])
    use = acceptance_of(slot, supply.material_id)
    if use is None:
        return view
    return replace(view, conditions=conditions(problem, parameters, supply, slot, use))


def co2_range_kg(problem: Problem, parameters: Parameters, result: Result) -> Co2Range:
    """Add up a plan's net CO2 at the factors' ends; a total below 0 is shown as it is."""
    supplies = {row.id: row for row in problem.supplies}
    slots = {row.id: row for row in problem.slots}
    low = central = high = 0.0
    missing = False
    for flow in result.flows:
        use = acceptance_of(slots[flow.slot_id], supplies[flow.supply_id].material_id)
        part = co2_range_kg_per_t(parameters, use, flow.distance_km)
        low += flow.tonnes * part.low
        central += flow.tonnes * part.central
        high += flow.tonnes * part.high
        missing = missing or part.missing
    return Co2Range(low, central, high, missing)


def rank_for_supply(
    problem: Problem, parameters: Parameters, supply_id: str, top: int = 20
) -> tuple[PairView, ...]:
    """List slots that name this supply's material: passing ones by worth, then near misses."""
    supply = _find(problem.supplies, supply_id)
    slots = [slot for slot in problem.slots if acceptance_of(slot, supply.material_id)]
    near = _near(slots, supply, parameters.radius_of(supply.material_id) / parameters.road_factor)
    return _ranked(parameters, _views(problem, parameters, [(supply, slot) for slot in near]), top)


def rank_for_slot(
    problem: Problem, parameters: Parameters, slot_id: str, top: int = 20
) -> tuple[PairView, ...]:
    """List supplies of a material this slot names: passing ones by worth, then near misses."""
    slot = _find(problem.slots, slot_id)
    supplies = [row for row in problem.supplies if acceptance_of(slot, row.material_id)]
    near = _near(supplies, slot, parameters.radius_km / parameters.road_factor)
    return _ranked(parameters, _views(problem, parameters, [(row, slot) for row in near]), top)


def _find(rows: tuple[Row, ...], row_id: str) -> Row:
    for row in rows:
        if row.id == row_id:
            return row
    raise ProblemError(f"{row_id!r} is not in the problem", owner=row_id, field_name="id")


def _near(rows: Sequence[Row], centre: Supply | Slot, radius_km: float) -> list[Row]:
    if not rows:
        return []
    km = _great_circle(rows, [centre] * len(rows))
    return [rows[index] for index in np.nonzero(km <= radius_km * NEAR_MISS_REACH)[0].tolist()]


def _great_circle(some: Sequence[Supply | Slot], others: Sequence[Supply | Slot]) -> Floats:
    a = np.array([(row.position.lat, row.position.lon) for row in some])
    b = np.array([(row.position.lat, row.position.lon) for row in others])
    return great_circle_km(a[:, 0], a[:, 1], b[:, 0], b[:, 1])


def _views(
    problem: Problem, parameters: Parameters, pairs: list[tuple[Supply, Slot]]
) -> list[PairView]:
    if not pairs:
        return []
    km = _great_circle([s for s, _ in pairs], [k for _, k in pairs]) * parameters.road_factor
    verdicts = _verdicts(problem, parameters, pairs)
    uses = [acceptance_of(slot, supply.material_id) for supply, slot in pairs]
    factors = factors_of_pairs([supply for supply, _ in pairs], uses, km.tolist())
    lines = waterfall(parameters, factors)
    value, merits = net_value(lines), merit(parameters, factors)
    return [
        PairView(
            supply.id,
            slot.id,
            float(km[row]),
            sum(map(min, supply.tonnes, slot.tonnes)),
            _with_distance(verdicts[row], float(km[row]), parameters.radius_of(supply.material_id)),
            lines_of_pair(lines, row, sources_of(parameters, supply, uses[row])),
            float(value[row]),
            co2_range_kg_per_t(parameters, uses[row], float(km[row])),
            float(merits[row]),
        )
        for row, (supply, slot) in enumerate(pairs)
    ]


def _verdicts(
    problem: Problem, parameters: Parameters, pairs: list[tuple[Supply, Slot]]
) -> list[Verdict]:
    """Judge each kind of pair once."""
    known: dict[Hashable, Verdict] = {}
    verdicts = []
    for supply, slot in pairs:
        kind = (supply.material_id, supply_kind(supply), slot_kind(slot, supply.material_id))
        if kind not in known:
            known[kind] = judge(problem, parameters, supply, slot)
        verdicts.append(known[kind])
    return verdicts


def _with_distance(verdict: Verdict, distance_km: float, radius_km: float) -> Verdict:
    if distance_km <= radius_km:
        return verdict
    finding = Finding(
        Reason.OUT_OF_RADIUS,
        Severity.BLOCK,
        name="distance",
        value=distance_km,
        limit=radius_km,
        operator="<=",
        unit="km",
        margin=radius_km - distance_km,
        lift=Lift(LiftKind.WIDEN_RADIUS, "radius", radius_km, distance_km, "km"),
    )
    return replace(verdict, findings=(finding, *verdict.findings))


def _ranked(parameters: Parameters, views: list[PairView], top: int) -> tuple[PairView, ...]:
    """Order by the run's own objective; refused pairs follow only if one change lets them pass.

    Where tonnes are the objective any pair is as good as another, and the nearest comes first.
    """

    def place(view: PairView) -> tuple[float, float, str, str]:
        by_km = parameters.objective is Objective.TONNES
        first = view.distance_km if by_km else -view.merit
        return first, view.distance_km, view.supply_id, view.slot_id

    passing = sorted((view for view in views if view.verdict.passes), key=place)
    misses = sorted((view for view in views if view.verdict.near_miss), key=place)
    return (*passing[:top], *misses[: max(0, top - len(passing))])
