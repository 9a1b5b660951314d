"""Judges a result from the problem alone: it knows no solver and trusts no number it is given."""

import itertools
import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator

import numpy as np

from matching import faults
from matching.certificate import certificate_holds
from matching.check_dosages import check_dosages
from matching.check_licences import check_licences
from matching.check_raw_mixes import check_raw_mixes
from matching.check_rooms import check_rooms
from matching.check_rules import check_choices, check_mixes
from matching.commitments import less_commitments, without_commitments
from matching.compatibility import (
    acceptance_of,
    judge,
    slot_kind,
    supply_kind,
)
from matching.economics import Factors, factors_of_pairs, net_co2_kg_per_t, net_value, waterfall
from matching.faults import RELATIVE, pair_name, same
from matching.geography import Floats, vincenty_km
from matching.problem import (
    Objective,
    Parameters,
    Problem,
    Slot,
    Storage,
    Supply,
    Weights,
)
from matching.result import Flow, Result, Side, SlotUse, Status, Unmatched
from matching.sides import is_linear

_NOTHING = 1e-6
Fault = faults.Fault
Violation = faults.Violation
_NO_YARD = Storage()


def check(problem: Problem, parameters: Parameters, result: Result) -> tuple[Violation, ...]:
    """Return every violation; () means the plan holds and its bound is proven.

    What contracts bind is looked at by itself; the rest must be right without it, and with it
    every yard and slot must still add up.
    """
    if problem.commitments:
        broken = tuple(_check_commitments(problem, result))
        rest = less_commitments(problem, parameters, result)
        whole = (*_check_balance(problem, result), *_check_slots(problem, result))
        return broken or check(without_commitments(problem), parameters, rest) or whole
    supplies = {row.id: row for row in problem.supplies}
    slots = {row.id: row for row in problem.slots}
    strangers = tuple(_strangers(problem, result, supplies, slots))
    if strangers:
        return strangers
    return (
        *_check_flows(problem, parameters, result, supplies, slots),
        *_check_balance(problem, result),
        *_check_slots(problem, result),
        *_check_totals(parameters, result),
        *_check_storage(problem, result),
        *check_mixes(problem, parameters, result),
        *check_dosages(problem, parameters, result),
        *check_choices(problem, result),
        *check_licences(problem, parameters, result),
        *check_raw_mixes(problem, parameters, result),
        *_check_bound(problem, parameters, result),
        *check_rooms(problem, result),
    )


def _check_commitments(problem: Problem, result: Result) -> Iterator[Violation]:
    sent = _sums((f"{f.supply_id} -> {f.slot_id}", f.period, f.tonnes) for f in result.flows)
    for row in problem.commitments:
        owner = f"{row.supply_id} -> {row.slot_id}"
        if sent[owner, row.period] < row.tonnes and not same(sent[owner, row.period], row.tonnes):
            found = sent[owner, row.period]
            yield Violation(Fault.CONTRACT_BROKEN, owner, row.period, found, row.tonnes)


def _strangers(
    problem: Problem, result: Result, supplies: dict[str, Supply], slots: dict[str, Slot]
) -> Iterator[Violation]:
    periods = set(problem.periods)
    givers: tuple[Flow | Unmatched, ...] = (*result.flows, *result.unmatched)
    takers: tuple[Flow | SlotUse, ...] = (*result.flows, *result.slot_uses)
    known = {Side.SUPPLY: supplies.keys(), Side.SLOT: slots.keys()}
    for stock in result.stocks:
        if stock.id not in known[stock.side] or stock.period not in periods:
            yield Violation(Fault.UNKNOWN_ID, stock.id, stock.period)
    for row in givers:
        if row.supply_id not in supplies or row.period not in periods:
            yield Violation(Fault.UNKNOWN_ID, row.supply_id, row.period)
    for use in takers:
        if use.slot_id not in slots or use.period not in periods:
            yield Violation(Fault.UNKNOWN_ID, use.slot_id, use.period)


def _check_flows(
    problem: Problem,
    parameters: Parameters,
    result: Result,
    supplies: dict[str, Supply],
    slots: dict[str, Slot],
) -> Iterator[Violation]:
    ends = [(supplies[flow.supply_id], slots[flow.slot_id]) for flow in result.flows]
    yield from _check_pairs(problem, parameters, result, ends)
    km = _arcs_km(ends) * parameters.road_factor
    factors = _factors(result, ends)
    value = net_value(waterfall(parameters, factors))
    co2 = net_co2_kg_per_t(parameters, factors)
    radius = {row.material_id: 0.0 for row, _ in ends}
    radius = {material_id: parameters.radius_of(material_id) for material_id in radius}
    for flow, (supply, _), way, worth, kg in zip(
        result.flows, ends, km.tolist(), value.tolist(), co2.tolist(), strict=True
    ):
        yield from _check_flow(flow, way, radius[supply.material_id], worth)
        if not same(flow.co2_kg_per_t, kg, absolute=1e-6):
            yield Violation(Fault.WRONG_VALUE, pair_name(flow), flow.period, flow.co2_kg_per_t, kg)


def _check_pairs(
    problem: Problem, parameters: Parameters, result: Result, ends: list[tuple[Supply, Slot]]
) -> Iterator[Violation]:
    seen: set[tuple[str, str, str]] = set()
    allowed: dict[Hashable, bool] = {}
    for flow, (supply, slot) in zip(result.flows, ends, strict=True):
        key = flow.supply_id, flow.slot_id, flow.period
        if key in seen:
            yield Violation(Fault.REPEATED_FLOW, pair_name(flow), flow.period)
        seen.add(key)
        kind = (supply.material_id, supply_kind(supply), slot_kind(slot, supply.material_id))
        if kind not in allowed:
            allowed[kind] = judge(problem, parameters, supply, slot).passes
        if not allowed[kind]:
            yield Violation(Fault.REFUSED_PAIR, pair_name(flow), flow.period)


def _check_flow(flow: Flow, km: float, radius_km: float, value: float) -> Iterator[Violation]:
    if not (math.isfinite(flow.tonnes) and flow.tonnes > 0):
        yield Violation(Fault.BAD_TONNES, pair_name(flow), flow.period, flow.tonnes)
    if not same(flow.distance_km, km, absolute=1e-6):
        yield Violation(Fault.WRONG_DISTANCE, pair_name(flow), flow.period, flow.distance_km, km)
    if km > radius_km * (1 + RELATIVE):
        yield Violation(Fault.OUT_OF_RADIUS, pair_name(flow), flow.period, km, radius_km)
    stated = flow.value_yuan_per_t
    if not same(stated, value, absolute=1e-6):
        yield Violation(Fault.WRONG_VALUE, pair_name(flow), flow.period, stated, value)


def _factors(result: Result, ends: list[tuple[Supply, Slot]]) -> Factors:
    uses = [acceptance_of(slot, supply.material_id) for supply, slot in ends]
    distances = [flow.distance_km for flow in result.flows]
    return factors_of_pairs([supply for supply, _ in ends], uses, distances)


def _arcs_km(ends: list[tuple[Supply, Slot]]) -> Floats:
    """Measure by another formula than the one that found the pairs."""
    places = [(a.position.lat, a.position.lon, b.position.lat, b.position.lon) for a, b in ends]
    return vincenty_km(*np.array(places, np.float64).reshape(-1, 4).T)


def _check_balance(problem: Problem, result: Result) -> Iterator[Violation]:
    """Balance what was there and came with what was sent, left over and kept."""
    sent = _sums((f.supply_id, f.period, f.tonnes) for f in result.flows)
    left = _sums((u.supply_id, u.period, u.tonnes) for u in result.unmatched)
    kept = _sums((s.id, s.period, s.tonnes) for s in result.stocks if s.side is Side.SUPPLY)
    for supply in problem.supplies:
        yard = supply.storage or _NO_YARD
        stock = yard.opening_t
        rooms = yard.free_t(len(problem.periods))
        for period, tonnes, free in zip(problem.periods, supply.tonnes, rooms, strict=True):
            key = supply.id, period
            yield from _check_room(free, supply.id, period, kept[key])
            there = stock + tonnes
            if sent[key] > there and not same(sent[key], there):
                yield Violation(Fault.SUPPLY_EXCEEDED, supply.id, period, sent[key], there)
            elif not same(total := sent[key] + left[key] + kept[key], there):
                yield Violation(Fault.UNBALANCED, supply.id, period, total, there)
            stock = kept[key]


def _sums(rows: Iterable[tuple[str, str, float]]) -> dict[tuple[str, str], float]:
    total: dict[tuple[str, str], float] = defaultdict(float)
    for row_id, period, tonnes in rows:
        total[row_id, period] += tonnes
    return total


def _check_room(room_t: float, owner: str, period: str, kept: float) -> Iterator[Violation]:
    if kept < -_NOTHING or (kept > room_t and not same(kept, room_t)):
        yield Violation(Fault.YARD_EXCEEDED, owner, period, kept, room_t)


def _check_slots(problem: Problem, result: Result) -> Iterator[Violation]:
    """Balance what was there and was delivered with what was used and kept."""
    taken = _sums((f.slot_id, f.period, f.tonnes) for f in result.flows)
    kept = _sums((s.id, s.period, s.tonnes) for s in result.stocks if s.side is Side.SLOT)
    used = {(use.slot_id, use.period): use for use in result.slot_uses}
    for slot in problem.slots:
        silo = slot.storage or _NO_YARD
        stock = silo.opening_t
        rooms = silo.free_t(len(problem.periods))
        for period, room, free in zip(problem.periods, slot.tonnes, rooms, strict=True):
            key = slot.id, period
            yield from _check_room(free, slot.id, period, kept[key])
            expected = stock + taken[key] - kept[key]
            if expected > room and not same(expected, room):
                yield Violation(Fault.SLOT_EXCEEDED, slot.id, period, expected, room)
            use = used.get(key)
            if use is None or not (
                same(use.used_t, expected) and same(use.spare_t, room - expected)
            ):
                found = None if use is None else use.used_t
                yield Violation(Fault.UNBALANCED, slot.id, period, found, expected)
            stock = kept[key]


def _check_totals(parameters: Parameters, result: Result) -> Iterator[Violation]:
    weights = {
        Objective.NET_CO2: Weights(yuan=0.0, co2_kg=1.0),
        Objective.WEIGHTED: parameters.weights,
    }.get(parameters.objective, Weights())
    points = (
        f.tonnes
        * (
            weights.yuan * f.value_yuan_per_t
            + weights.co2_kg * f.co2_kg_per_t
            + weights.tonne
            + weights.tonne_km * f.distance_km
        )
        for f in result.flows
    )
    beside = weights.yuan * result.storage_yuan + math.fsum(
        weights.yuan * use.cost_yuan + weights.co2_kg * use.process_co2_kg
        for use in result.raw_mixes
    )
    totals = {
        "co2_kg": (result.co2_kg, (f.tonnes * f.co2_kg_per_t for f in result.flows)),
        "merit": (result.merit + beside, points),
        "tonnes": (result.tonnes, (f.tonnes for f in result.flows)),
        "tonne_km": (result.tonne_km, (f.tonnes * f.distance_km for f in result.flows)),
        "value_yuan": (result.value_yuan, (f.tonnes * f.value_yuan_per_t for f in result.flows)),
    }
    for name, (stated, parts) in totals.items():
        expected = math.fsum(parts)
        if not same(stated, expected):
            yield Violation(Fault.WRONG_TOTAL, name, found=stated, expected=expected)


def _check_storage(problem: Problem, result: Result) -> Iterator[Violation]:
    """Price what was kept from one period to the next; opening stock in silos is no choice."""
    last = problem.periods[-1] if problem.periods else ""
    yards = {(Side.SUPPLY, row.id): row.storage for row in problem.supplies if row.storage}
    yards |= {(Side.SLOT, row.id): row.storage for row in problem.slots if row.storage}
    cost = math.fsum(
        stock.tonnes * yards.get((stock.side, stock.id), _NO_YARD).cost_yuan_per_t
        for stock in result.stocks
        if stock.period != last
    ) - math.fsum(_sunk_cost(slot, slot.storage) for slot in problem.slots if slot.storage)
    if not same(result.storage_yuan, cost, absolute=1e-3):
        yield Violation(Fault.WRONG_TOTAL, "storage_yuan", "", result.storage_yuan, cost)


def _sunk_cost(slot: Slot, silo: Storage) -> float:
    stocks = [max(0.0, silo.opening_t - taken) for taken in itertools.accumulate(slot.tonnes)]
    return silo.cost_yuan_per_t * sum(stocks[:-1])


def _check_bound(problem: Problem, parameters: Parameters, result: Result) -> Iterator[Violation]:
    """Require of a finished run a bound on the right side of its plan, and prices that prove it.

    Under blend limits the prices of lots and slots alone prove nothing; there the bound must only
    be as far from the plan as the stated gap.
    """
    if result.status is Status.STOPPED:
        yield from _check_stopped(parameters, result)
        return
    if result.bound is None or result.gap is None:
        yield Violation(Fault.WRONG_BOUND, "bound")
        return
    lexicographic = parameters.objective is Objective.TONNES
    reached = result.tonne_km if lexicographic else result.merit
    apart = max(1e-7, result.gap * (1 + 1e-6))
    if not math.isclose(reached, result.bound, rel_tol=apart, abs_tol=1e-3):
        yield Violation(Fault.WRONG_BOUND, "bound", found=result.bound, expected=reached)
    blended = is_linear(problem)
    most = result.tonnes_bound or 0.0
    closed = result.status is not Status.FEASIBLE
    short = result.tonnes < most * (1 - (1e-6 if blended else RELATIVE)) - 1e-3
    if lexicographic and ((closed and short) or result.tonnes > most * (1 + RELATIVE) + 1e-3):
        yield Violation(Fault.WRONG_BOUND, "tonnes_bound", found=most, expected=result.tonnes)
    if not blended and not certificate_holds(problem, parameters, result):
        yield Violation(Fault.WRONG_BOUND, "duals")


def _check_stopped(parameters: Parameters, result: Result) -> Iterator[Violation]:
    """Require the bound of what was not finished to be on the right side, however far."""
    by_tonnes = parameters.objective is Objective.TONNES
    reached = result.tonnes if by_tonnes else result.merit
    most = result.tonnes_bound if by_tonnes else result.bound
    if most is not None and reached > most and not same(reached, most, absolute=1e-3):
        yield Violation(Fault.WRONG_BOUND, "bound", found=most, expected=reached)
