"""Blends, choices of suppliers and licensed tonnes, reckoned again from the flows alone."""

import math
from collections import defaultdict
from collections.abc import Iterator

from matching.compatibility import usual_ranges
from matching.faults import Fault, Violation, pair_name, same
from matching.limits import unfavourable
from matching.problem import Licence, Limit, Operator, Parameters, Problem, Supply
from matching.result import Flow, Result
from matching.sides import quotas_of


def check_mixes(problem: Problem, parameters: Parameters, result: Result) -> Iterator[Violation]:
    """Reckon every blend again from the reports of the lots that go into it."""
    supplies = {row.id: row for row in problem.supplies}
    delivered: dict[tuple[str, str], list[Flow]] = defaultdict(list)
    for flow in result.flows:
        delivered[flow.slot_id, flow.period].append(flow)
    for slot in problem.slots if delivered else ():
        for period in problem.periods if slot.blend else ():
            flows = [(supplies[f.supply_id], f.tonnes) for f in delivered[slot.id, period]]
            for limit in slot.blend if flows else ():
                yield from _check_mix(problem, parameters, limit, flows, slot.id, period)


def check_choices(problem: Problem, result: Result) -> Iterator[Violation]:
    """Hold minimum lots and numbers of suppliers against the flows."""
    rules = {slot.id: slot for slot in problem.slots if slot.has_choices}
    suppliers: dict[tuple[str, str], int] = defaultdict(int)
    for flow in result.flows:
        slot = rules.get(flow.slot_id)
        if slot is None:
            continue
        suppliers[slot.id, flow.period] += 1
        if flow.tonnes < slot.min_lot_t and not same(flow.tonnes, slot.min_lot_t):
            yield Violation(
                Fault.LOT_TOO_SMALL, pair_name(flow), flow.period, flow.tonnes, slot.min_lot_t
            )
    for (slot_id, period), count in suppliers.items():
        most = rules[slot_id].max_suppliers
        if most is not None and count > most:
            yield Violation(Fault.TOO_MANY_SUPPLIERS, slot_id, period, count, most)


def check_quotas(problem: Problem, parameters: Parameters, result: Result) -> Iterator[Violation]:
    """Add up what came under each limited licence in each year."""
    year_of = problem.year_of
    codes = {row.id: row.hazard_codes for row in problem.supplies}
    sink_of = {row.id: row.sink_id for row in problem.slots}
    for quota in quotas_of(problem.slots, parameters, year_of.values()):
        licence = Licence(frozenset(quota.codes))
        used = math.fsum(
            flow.tonnes
            for flow in result.flows
            if sink_of[flow.slot_id] == quota.sink_id
            and year_of[flow.period] == quota.year
            and any(licence.covers(code) for code in codes[flow.supply_id])
        )
        if used > quota.tonnes and not same(used, quota.tonnes):
            yield Violation(Fault.QUOTA_EXCEEDED, quota.sink_id, quota.year, used, quota.tonnes)


def _check_mix(
    problem: Problem,
    parameters: Parameters,
    limit: Limit,
    flows: list[tuple[Supply, float]],
    owner: str,
    period: str,
) -> Iterator[Violation]:
    dry = math.fsum(tonnes * (1 - (supply.moisture_share or 0.0)) for supply, tonnes in flows)
    lows, highs = [], []
    for supply, tonnes in flows:
        bound = unfavourable(supply, usual_ranges(problem, supply), limit, parameters.on)
        if bound is None:
            yield Violation(Fault.MIX_EXCEEDED, f"{supply.id} -> {owner}", period)
            return
        part = tonnes * (1 - (supply.moisture_share or 0.0)) / dry
        lows.append(part * bound.low)
        highs.append(part * bound.high)
    low, high = math.fsum(lows), math.fsum(highs)
    for value, stated, excess in _sides(limit, low, high):
        if excess > 1e-6 * max(1.0, abs(stated)):
            yield Violation(Fault.MIX_EXCEEDED, f"{owner} {limit.name}", period, value, stated)


def _sides(limit: Limit, low: float, high: float) -> Iterator[tuple[float, float, float]]:
    """Yield value, limit and excess of each side a limit has."""
    at_most = limit.operator in {Operator.AT_MOST, Operator.BELOW}
    if not at_most:
        yield low, limit.value, limit.value - low
    top = limit.value if at_most else limit.value_high
    if top is not None:
        yield high, top, high - top
