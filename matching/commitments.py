"""Contracts in force: their tonnes are taken out before a plan is made, and put back after.

What they bind is neither judged nor priced again: it flows even where a new pair would be refused.
Blend limits, choices and licensed tonnes count it together with what the plan adds.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from matching.compatibility import acceptance_of
from matching.economics import (
    factors_of_pairs,
    merit,
    net_co2_kg_per_t,
    net_value,
    waterfall,
)
from matching.geography import great_circle_km
from matching.problem import (
    Licence,
    Objective,
    Parameters,
    Problem,
    ProblemError,
    Slot,
    Supply,
)
from matching.report import gap_of
from matching.result import Flow, Result, SlotUse, Status

_GRAM = 1e-6


def without_commitments(problem: Problem) -> Problem:
    """Lower supplies, slots and licences by what is bound; raise `ProblemError` if it is not there.

    Only a period's own tonnes can be bound, not stock.
    """
    given: dict[tuple[str, str], float] = defaultdict(float)
    taken: dict[tuple[str, str], float] = defaultdict(float)
    known = {row.id for row in problem.supplies}, {row.id for row in problem.slots}
    for row in problem.commitments:
        if row.supply_id not in known[0] or row.slot_id not in known[1]:
            raise ProblemError(f"a contract binds {row.supply_id} and {row.slot_id}: unknown id")
        if row.period not in problem.periods:
            raise ProblemError(
                f"a contract binds {row.supply_id} in {row.period!r}: no such period"
            )
        given[row.supply_id, row.period] += row.tonnes
        taken[row.slot_id, row.period] += row.tonnes
    used = _licensed(problem)
    return replace(
        problem,
        supplies=tuple(
            replace(row, tonnes=_lowered(row, problem.periods, given)) for row in problem.supplies
        ),
        slots=tuple(
            replace(
                row,
                tonnes=_lowered(row, problem.periods, taken),
                licences=_less_used(row, used),
            )
            for row in problem.slots
        ),
        commitments=(),
        fixed=tuple(row for row in problem.commitments if row.tonnes > 0),
    )


def _lowered(
    row: Supply | Slot, periods: tuple[str, ...], bound: dict[tuple[str, str], float]
) -> tuple[float, ...]:
    left = [
        tonnes - bound[row.id, period] for tonnes, period in zip(row.tonnes, periods, strict=True)
    ]
    for amount, period in zip(left, periods, strict=True):
        if amount < -_GRAM:
            raise ProblemError(
                f"contracts bind {bound[row.id, period]:g} t of {row.id} in {period},"
                f" {-amount:g} t more than there are",
                owner=row.id,
            )
    return tuple(max(0.0, round(amount, 9)) for amount in left)


def _licensed(problem: Problem) -> dict[tuple[str, Licence], dict[str, float]]:
    """Add up what contracts bring under each plant's licences, by year."""
    supplies = {row.id: row for row in problem.supplies}
    slots = {row.id: row for row in problem.slots}
    used: dict[tuple[str, Licence], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in problem.commitments:
        slot = slots[row.slot_id]
        for licence in slot.licences:
            if any(licence.covers(code) for code in supplies[row.supply_id].hazard_codes):
                used[slot.sink_id, licence][problem.year_of[row.period]] += row.tonnes
    return used


def _less_used(
    slot: Slot, used: dict[tuple[str, Licence], dict[str, float]]
) -> tuple[Licence, ...]:
    return tuple(
        replace(licence, taken=tuple(sorted(used[slot.sink_id, licence].items())))
        for licence in slot.licences
    )


def with_commitments(problem: Problem, parameters: Parameters, free: Result) -> Result:
    """Put the bound tonnes back into a plan that was made around them."""
    return _moved(problem, parameters, free, 1)


def less_commitments(problem: Problem, parameters: Parameters, result: Result) -> Result:
    """Take the bound tonnes out of a plan, for whoever checks the rest."""
    return _moved(problem, parameters, result, -1)


def _moved(problem: Problem, parameters: Parameters, result: Result, sign: int) -> Result:
    bound, points = _bound_flows(problem, parameters)
    tonnes = math.fsum(flow.tonnes for flow in bound)
    tonne_km = math.fsum(flow.tonnes * flow.distance_km for flow in bound)
    flows = _merged(problem, result.flows, bound, sign)
    by_tonnes = parameters.objective is Objective.TONNES
    second = tonne_km if by_tonnes else points
    moved = replace(
        result,
        tonnes=result.tonnes + sign * tonnes,
        tonne_km=result.tonne_km + sign * tonne_km,
        value_yuan=result.value_yuan
        + sign * math.fsum(flow.tonnes * flow.value_yuan_per_t for flow in bound),
        co2_kg=result.co2_kg + sign * math.fsum(f.tonnes * f.co2_kg_per_t for f in bound),
        merit=result.merit + sign * points,
        tonnes_bound=_shifted(result.tonnes_bound, sign * tonnes),
        bound=_shifted(result.bound, sign * second),
        flows=flows,
        slot_uses=_used(result, bound, sign),
        status=_status(result, flows),
    )
    reached = moved.tonne_km if by_tonnes else moved.merit
    gap = gap_of((moved.tonnes, moved.tonnes_bound), (reached, moved.bound))
    return replace(moved, gap=gap)


def _shifted(value: float | None, by: float) -> float | None:
    return None if value is None else value + by


def _status(result: Result, flows: tuple[Flow, ...]) -> Status:
    """Call a plan of nothing but contracts proven, and one of nothing at all nothing."""
    if result.status in {Status.NOTHING, Status.OPTIMAL}:
        return Status.OPTIMAL if flows else Status.NOTHING
    return result.status


def _bound_flows(problem: Problem, parameters: Parameters) -> tuple[tuple[Flow, ...], float]:
    """Write commitments as flows, and what they add to the objective."""
    supplies = {row.id: row for row in problem.supplies}
    slots = {row.id: row for row in problem.slots}
    rows = [row for row in problem.commitments if row.tonnes > 0]
    ends = [(supplies[row.supply_id], slots[row.slot_id]) for row in rows]
    places = [(a.position.lat, a.position.lon, b.position.lat, b.position.lon) for a, b in ends]
    km = great_circle_km(*np.array(places, np.float64).reshape(-1, 4).T) * parameters.road_factor
    uses = [acceptance_of(slot, supply.material_id) for supply, slot in ends]
    factors = factors_of_pairs([supply for supply, _ in ends], uses, km.tolist())
    tonnes = np.array([row.tonnes for row in rows])
    columns = (
        km,
        net_value(waterfall(parameters, factors)),
        net_co2_kg_per_t(parameters, factors),
    )
    flows = tuple(
        Flow(row.supply_id, row.slot_id, row.period, row.tonnes, way, value, co2)
        for row, way, value, co2 in zip(rows, *(c.tolist() for c in columns), strict=True)
    )
    return flows, float(tonnes @ merit(parameters, factors))


def _merged(
    problem: Problem, flows: Iterable[Flow], bound: Iterable[Flow], sign: int
) -> tuple[Flow, ...]:
    """Add or take tonnes pair by pair; what is less than a gram is gone."""
    found = {(flow.period, flow.supply_id, flow.slot_id): flow for flow in flows}
    for flow in bound:
        key = flow.period, flow.supply_id, flow.slot_id
        before = found[key].tonnes if key in found else 0.0
        found[key] = replace(found.get(key, flow), tonnes=before + sign * flow.tonnes)
    order = {period: index for index, period in enumerate(problem.periods)}
    return tuple(
        found[key]
        for key in sorted(found, key=lambda key: (order.get(key[0], -1), *key[1:]))
        if abs(found[key].tonnes) > _GRAM
    )


def _used(result: Result, bound: Iterable[Flow], sign: int) -> tuple[SlotUse, ...]:
    taken: dict[tuple[str, str], float] = defaultdict(float)
    for flow in bound:
        taken[flow.slot_id, flow.period] += sign * flow.tonnes
    return tuple(
        replace(use, used_t=use.used_t + taken[use.slot_id, use.period]) for use in result.slot_uses
    )
