"""Blends and choices of suppliers, reckoned again from the flows alone."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from matching.compatibility import usual_ranges
from matching.faults import Fault, Violation, pair_name, same
from matching.limits import unfavourable
from matching.problem import (
    Bound,
    Commitment,
    Limit,
    Operator,
    Parameters,
    Problem,
    Supply,
)
from matching.result import Flow, Result

_Key = tuple[str, str, str, str, float]


@dataclass(frozen=True, slots=True)
class _Lot:
    """Tonnes delivered, by a contract where `fixed`."""

    supply: Supply
    tonnes: float
    fixed: bool


def check_mixes(problem: Problem, parameters: Parameters, result: Result) -> Iterator[Violation]:
    """Reckon every blend again from the reports of the lots that go into it."""
    if not any(slot.blend for slot in problem.slots):
        return
    supplies = {row.id: row for row in problem.supplies}
    delivered: dict[tuple[str, str], list[_Lot]] = defaultdict(list)
    flows: tuple[Flow | Commitment, ...] = (*result.flows, *problem.fixed)
    for flow in flows:
        lot = _Lot(supplies[flow.supply_id], flow.tonnes, isinstance(flow, Commitment))
        delivered[flow.slot_id, flow.period].append(lot)
    stated = {
        (mix.slot_id, mix.period, mix.name, mix.operator, mix.limit): mix.value
        for mix in result.mixes
    }
    for slot in problem.slots if delivered else ():
        for period in problem.periods if slot.blend else ():
            lots = delivered[slot.id, period]
            for limit in slot.blend if lots else ():
                yield from _check_mix(problem, parameters, limit, lots, (slot.id, period), stated)


def check_choices(problem: Problem, result: Result) -> Iterator[Violation]:
    """Hold minimum lots and numbers of suppliers against the flows.

    A contract is part of its supplier's lot, and alone breaks nothing.
    """
    free = all(slot.max_suppliers is None and not slot.min_lot_t for slot in problem.slots)
    if free and not any(supply.min_lot_t for supply in problem.supplies):
        return
    rules = {slot.id: slot for slot in problem.slots}
    lots = {supply.id: supply.min_lot_t for supply in problem.supplies}
    bound: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in problem.fixed:
        bound[row.slot_id, row.period][row.supply_id] += row.tonnes
    suppliers: dict[tuple[str, str], int] = defaultdict(int)
    for flow in result.flows:
        slot = rules[flow.slot_id]
        least = max(slot.min_lot_t, lots[flow.supply_id])
        before = bound[slot.id, flow.period]
        suppliers[slot.id, flow.period] += flow.supply_id not in before
        lot = flow.tonnes + before.get(flow.supply_id, 0.0)
        if lot < least and not same(lot, least):
            yield Violation(Fault.LOT_TOO_SMALL, pair_name(flow), flow.period, lot, least)
    for (slot_id, period), added in suppliers.items():
        most = rules[slot_id].max_suppliers
        count = added + len(bound[slot_id, period])
        if most is not None and added and count > most:
            yield Violation(Fault.TOO_MANY_SUPPLIERS, slot_id, period, count, most)


def _check_mix(
    problem: Problem,
    parameters: Parameters,
    limit: Limit,
    lots: list[_Lot],
    place: tuple[str, str],
    stated: dict[_Key, float],
) -> Iterator[Violation]:
    """Reckon one limit of a mix and hold what the result says of it against that.

    A mix that contracts break by themselves may be above its limit, but no farther than they
    bring it; a lot of theirs that nobody knows is left out.
    """
    owner, period = place
    known: list[tuple[float, Bound, bool]] = []
    for lot in lots:
        bound = unfavourable(lot.supply, usual_ranges(problem, lot.supply), limit, parameters.on)
        dry = lot.tonnes * (1 - (lot.supply.moisture_share or 0.0))
        if bound is not None:
            known.append((dry, bound, lot.fixed))
        elif not lot.fixed:
            yield Violation(Fault.MIX_EXCEEDED, f"{lot.supply.id} -> {owner}", period)
            return
    dry = math.fsum(mass for mass, _, _ in known)
    for operator, edge in _edges(limit) if dry > 0 else ():
        up = operator == "<="
        value = math.fsum(mass * (b.high if up else b.low) for mass, b, _ in known) / dry
        over = [
            (mass * ((b.high - edge) if up else (edge - b.low)), fixed) for mass, b, fixed in known
        ]
        allowed = max(0.0, math.fsum(part for part, fixed in over if fixed))
        slack = 1e-6 * max(1.0, abs(edge)) * dry
        if math.fsum(part for part, _ in over) > allowed + slack:
            yield Violation(Fault.MIX_EXCEEDED, f"{owner} {limit.name}", period, value, edge)
        found = stated.get((owner, period, limit.name, operator, edge))
        if found is None or abs(found - value) > 1e-6 * max(1.0, abs(value)):
            yield Violation(Fault.WRONG_VALUE, f"{owner} {limit.name}", period, found, value)


def _edges(limit: Limit) -> Iterator[tuple[str, float]]:
    """Yield each side of a limit."""
    at_most = limit.operator in {Operator.AT_MOST, Operator.BELOW}
    if not at_most:
        yield ">=", limit.value
    top = limit.value if at_most else limit.value_high
    if top is not None:
        yield "<=", top
