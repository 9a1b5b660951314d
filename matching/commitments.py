"""Contracts in force: their tonnes are taken out before a plan is made, and put back after.

What of them comes out of a yard or goes into a silo waits there, in room the plan does not have.

What they bind is neither judged nor priced again: it flows even where a new pair would be refused.
Blend limits, choices and licensed tonnes count it together with what the plan adds.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

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
    Objective,
    Parameters,
    Problem,
    ProblemError,
    Slot,
    Storage,
    Supply,
)
from matching.report import gap_of
from matching.result import Flow, Result, Side, SlotUse, Status, Stock

_GRAM = 1e-6


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What contracts do to a row: tonnes left in each period, and theirs at the end of each.

    At a supply those wait for their contract, the first of them `from_opening`; at a slot they
    were delivered before they can be used.
    """

    left: tuple[float, ...]
    held: tuple[float, ...]
    from_opening: float = 0.0


def without_commitments(problem: Problem) -> Problem:
    """Lower supplies and slots by what is bound; raise `ProblemError` if it cannot be.

    A period's own tonnes are bound first, then what can wait in the yard for it; a slot uses what
    it is sent at once where it can, and keeps the rest. Room they wait in is `Storage.held_t`.
    """
    given, taken = _bound_tonnes(problem)
    return replace(
        problem,
        supplies=tuple(
            _less(row, _waiting_to_go(row, given[row.id], problem.periods))
            for row in problem.supplies
        ),
        slots=tuple(
            _less(row, _waiting_for_use(row, taken[row.id], problem.periods))
            for row in problem.slots
        ),
        commitments=(),
        fixed=tuple(row for row in problem.commitments if row.tonnes > 0),
    )


_Bound = dict[str, dict[str, float]]


def _bound_tonnes(problem: Problem) -> tuple[_Bound, _Bound]:
    """Add up what is bound of each supply and into each slot, by period."""
    given: _Bound = {row.id: dict.fromkeys(problem.periods, 0.0) for row in problem.supplies}
    taken: _Bound = {row.id: dict.fromkeys(problem.periods, 0.0) for row in problem.slots}
    for row in problem.commitments:
        if row.supply_id not in given or row.slot_id not in taken:
            raise ProblemError(f"a contract binds {row.supply_id} and {row.slot_id}: unknown id")
        if row.period not in problem.periods:
            raise ProblemError(
                f"a contract binds {row.supply_id} in {row.period!r}: no such period"
            )
        given[row.supply_id][row.period] += row.tonnes
        taken[row.slot_id][row.period] += row.tonnes
    return given, taken


def _waiting_to_go(supply: Supply, bound: dict[str, float], periods: tuple[str, ...]) -> _Waiting:
    """Hold back what later periods cannot send of their own, from the last period to the first."""
    left: list[float] = []
    held: list[float] = []
    needed = 0.0
    for tonnes, period in zip(reversed(supply.tonnes), reversed(periods), strict=True):
        held.append(needed)
        spare = _near_nothing(tonnes - bound[period] - needed)
        left.append(max(0.0, spare))
        needed = max(0.0, -spare)
    yard = supply.storage or Storage()
    for waits, period in zip(reversed(held), periods[1:], strict=False):
        if waits > yard.room_t + _GRAM:
            excess = waits - yard.room_t
            raise _beyond(supply.id, period, excess, "come or can wait", "tonnes or room_t")
    if needed > yard.opening_t + _GRAM:
        sums = zip(
            itertools.accumulate(bound.values()), itertools.accumulate(supply.tonnes), strict=True
        )
        lacking = [sent - there for sent, there in sums]
        period = periods[lacking.index(max(lacking))]
        raise _beyond(supply.id, period, needed - yard.opening_t, "come", "tonnes or opening_t")
    return _Waiting(tuple(reversed(left)), tuple(reversed(held)), needed)


def _waiting_for_use(slot: Slot, bound: dict[str, float], periods: tuple[str, ...]) -> _Waiting:
    """Use at once what a period can, keep the rest beside what is left of the opening stock.

    A raw mix takes its contracts in their own month: what its silo holds is for the mix to choose.
    """
    silo = (slot.storage if slot.raw_mix is None else None) or Storage()
    left: list[float] = []
    held: list[float] = []
    kept, stock = 0.0, silo.opening_t
    for tonnes, period in zip(slot.tonnes, periods, strict=True):
        spare = _near_nothing(tonnes - bound[period] - kept)
        left.append(max(0.0, spare))
        kept = max(0.0, -spare)
        stock -= min(stock, left[-1])
        if kept + stock > silo.room_t + _GRAM:
            excess = kept + stock - silo.room_t
            raise _beyond(slot.id, period, excess, "can be used or kept", "tonnes or room_t")
        held.append(kept)
    return _Waiting(tuple(left), tuple(held))


def _near_nothing(tonnes: float) -> float:
    """Round sums of what is bound; less than a gram is nothing."""
    return 0.0 if abs(tonnes) < _GRAM else round(tonnes, 9)


def _beyond(owner: str, period: str, tonnes: float, fate: str, remedy: str) -> ProblemError:
    """Say which contracts cannot be kept, by how much, and what would mend it."""
    return ProblemError(
        f"contracts of {owner} in {period} bind {tonnes:g} t more than {fate}:"
        f" lower them, or raise {remedy}",
        owner=owner,
        field_name="commitments",
    )


_End = TypeVar("_End", Supply, Slot)


def _less(row: _End, waiting: _Waiting) -> _End:
    if row.storage is None:
        return replace(row, tonnes=waiting.left)
    opening = max(0.0, row.storage.opening_t - waiting.from_opening)
    held = waiting.held if any(waiting.held) else ()
    return replace(
        row, tonnes=waiting.left, storage=replace(row.storage, opening_t=opening, held_t=held)
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
    held, holding = _held(problem)
    points -= _weight_of_storage(parameters) * holding
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
        slot_uses=_used(problem, result, bound, held, sign),
        stocks=_kept(problem, result, held, sign),
        storage_yuan=result.storage_yuan + sign * holding,
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


_Held = dict[tuple[Side, str, str], float]


def _held(problem: Problem) -> tuple[_Held, float]:
    """Return what contracts keep in yards at the end of each period, and what that costs."""
    held: _Held = {}
    yuan = 0.0
    rest = without_commitments(problem)
    rows: tuple[Supply | Slot, ...] = (*rest.supplies, *rest.slots)
    for row in rows:
        side = Side.SUPPLY if isinstance(row, Supply) else Side.SLOT
        if row.storage is None or not row.storage.held_t:
            continue
        for period, tonnes in zip(problem.periods, row.storage.held_t, strict=True):
            held[side, row.id, period] = tonnes
            yuan += tonnes * row.storage.cost_yuan_per_t * (period != problem.periods[-1])
    return held, yuan


def _weight_of_storage(parameters: Parameters) -> float:
    """Weigh a yuan of storage in the merit."""
    if parameters.objective is Objective.NET_CO2:
        return 0.0
    return parameters.weights.yuan if parameters.objective is Objective.WEIGHTED else 1.0


def _kept(problem: Problem, result: Result, held: _Held, sign: int) -> tuple[Stock, ...]:
    found = {(row.side, row.id, row.period): row.tonnes for row in result.stocks}
    for key, tonnes in held.items():
        found[key] = found.get(key, 0.0) + sign * tonnes
    order = {period: index for index, period in enumerate(problem.periods)}
    return tuple(
        Stock(*key, found[key])
        for key in sorted(
            found, key=lambda key: (key[0] is Side.SLOT, order.get(key[2], -1), key[1])
        )
        if abs(found[key]) > _GRAM
    )


def _used(
    problem: Problem, result: Result, bound: Iterable[Flow], held: _Held, sign: int
) -> tuple[SlotUse, ...]:
    """Add what a slot takes of its contracts: what is delivered, less what then waits."""
    taken: dict[tuple[str, str], float] = defaultdict(float)
    for flow in bound:
        taken[flow.slot_id, flow.period] += flow.tonnes
    following = dict(itertools.pairwise(problem.periods))
    for (side, row_id, period), tonnes in held.items():
        if side is Side.SLOT:
            taken[row_id, period] -= tonnes
            if period in following:
                taken[row_id, following[period]] += tonnes
    return tuple(
        replace(use, used_t=use.used_t + sign * taken[use.slot_id, use.period])
        for use in result.slot_uses
    )
