"""Where a customer that is on no trip may go, and at what cost."""

from __future__ import annotations

import math

from routing.chains import FIRST, GAP, NEXT, OUT, PREV, SLOT
from routing.compiled import inner, merged, uniform
from routing.trip_state import (
    ACTIVE,
    BACK,
    BEGIN,
    BY,
    CAPACITY,
    CREST,
    DEMAND,
    DEPOT,
    DUE,
    EARLY,
    FETCHED,
    FINISH,
    FIXED,
    FROM,
    HEAD,
    IDLE,
    LASTS,
    LATER,
    LATEST,
    LEFT,
    LOAD,
    MIXED,
    NONE,
    PASSED,
    PEAK,
    READY,
    RELEASE,
    RELOAD,
    RELOADS,
    SERVICE,
    SHUT,
    SIZE,
    TIMED,
    TOP,
    TRIPS,
    UNIT,
    UNTIL,
    VEHICLE,
    Calls,
    Floats,
    State,
    Vehicles,
)

# The paper's chance to look away from a place.
BLINK_SHARE = 0.01


@merged
def in_time(
    real: Floats, sums: Floats, come_s: Floats, leave_s: Floats,
    node: int, slot: int, before: int, after: int,
) -> bool:  # fmt: skip
    """Whether the node can be served between two neighbours without making anything too late."""
    row, trip = real[node], sums[slot]
    start = max(trip[BEGIN], row[RELEASE])
    if start > real[before, BY]:
        return False
    clock = max(real[before, EARLY], start + real[before, PASSED]) + come_s[before]
    if clock > row[DUE]:
        return False
    done = max(clock, row[READY]) + row[SERVICE] + leave_s[after]
    return bool(done <= real[after, LATEST] and done <= trip[UNTIL] - real[after, LEFT])


@merged
def has_room(calls: Calls, vehicles: Vehicles, state: State, node: int, slot: int) -> bool:
    """Whether the node's cargo fits beside what the trip brings or fetches in all."""
    load, sums = calls.load[node], state.sums[slot]
    capacity = vehicles.real[state.slots[slot, VEHICLE], CAPACITY]
    return bool(sums[LOAD] + load[DEMAND] <= capacity and sums[FETCHED] + load[BACK] <= capacity)


@merged
def fits(
    calls: Calls,
    vehicles: Vehicles,
    state: State,
    node: int,
    slot: int,
    before: int,
    after: int,
) -> bool:
    """Whether the node's cargo fits on every leg to it and from it."""
    load, top = calls.load[node], state.sums[slot, TOP]
    capacity = vehicles.real[state.slots[slot, VEHICLE], CAPACITY]
    peak = state.real[after, PEAK] if after else top
    crest = state.real[before, CREST] if before else top
    return bool(peak + load[DEMAND] <= capacity and crest + load[BACK] <= capacity)


@merged
def goes(
    calls: Calls, vehicles: Vehicles, state: State, come_s: Floats, leave_s: Floats,
    node: int, slot: int, before: int, after: int,
) -> bool:  # fmt: skip
    """Whether the node may go between two neighbours; sometimes it looks away."""
    if calls.about[TIMED] and not in_time(
        state.real, state.sums, come_s, leave_s, node, slot, before, after
    ):
        return False
    if calls.about[MIXED] and not fits(calls, vehicles, state, node, slot, before, after):
        return False
    return bool(uniform(state.random) >= BLINK_SHARE)


@merged
def best_close(
    calls: Calls, vehicles: Vehicles, state: State, node: int, limit: float
) -> tuple[float, int, int]:
    """Find the cheapest place beside a close neighbour, as (cost, slot, node before)."""
    link, real, slots = state.link, state.real, state.slots
    leave, come, close = calls.cost[node], calls.cost_in[node], calls.close[node]
    leave_s, come_s = calls.time[node], calls.time_in[node]
    found, found_slot = NONE, NONE
    for rank in range(len(close)):
        other = DEPOT + close[rank]
        slot = link[other, SLOT]
        if slot < 0 or not has_room(calls, vehicles, state, node, slot):
            continue
        unit = vehicles.real[slots[slot, VEHICLE], UNIT]
        after, before = link[other, NEXT], link[other, PREV]
        delta = unit * (come[other] + leave[after] - real[other, OUT])
        if delta < limit and goes(
            calls, vehicles, state, come_s, leave_s, node, slot, other, after
        ):
            limit, found, found_slot = delta, other, slot
        delta = unit * (come[before] + leave[other] - real[other, GAP])
        if delta < limit and goes(
            calls, vehicles, state, come_s, leave_s, node, slot, before, other
        ):
            limit, found, found_slot = delta, before, slot
    return limit, found_slot, found


@merged
def best_anywhere(
    calls: Calls, vehicles: Vehicles, state: State, node: int, limit: float
) -> tuple[float, int, int]:
    """As `best_close`, looking at every place of every trip."""
    link, real, slots = state.link, state.real, state.slots
    leave, come = calls.cost[node], calls.cost_in[node]
    leave_s, come_s = calls.time[node], calls.time_in[node]
    found, found_slot = NONE, NONE
    for rank in range(state.num[ACTIVE]):
        slot = state.active[rank]
        if not has_room(calls, vehicles, state, node, slot):
            continue
        unit = vehicles.real[slots[slot, VEHICLE], UNIT]
        before, after = DEPOT, slots[slot, FIRST]
        gap = real[after, GAP]
        for _ in range(slots[slot, SIZE] + 1):
            delta = unit * (come[before] + leave[after] - gap)
            if delta < limit and goes(
                calls, vehicles, state, come_s, leave_s, node, slot, before, after
            ):
                limit, found, found_slot = delta, before, slot
            before = after
            after, gap = link[before, NEXT], real[before, OUT]
    return limit, found_slot, found


@merged
def alone(
    calls: Calls,
    state: State,
    node: int,
    earlier: int,
    later: int,
    there: float,
    back: float,
) -> float:
    """Tell how long a vehicle would stand between two trips with one for this node; -1: no room."""
    row, sums = state.real[node], state.sums
    clock = sums[earlier, FINISH] if earlier >= 0 else calls.span[0]
    until = calls.span[1]
    if later >= 0:
        until = min(sums[later, SHUT], sums[later, UNTIL] - sums[later, LASTS])
    arrival = max(clock, row[RELEASE]) + there
    done = max(arrival, row[READY]) + row[SERVICE] + back
    if arrival > row[DUE] or done > until:
        return -1.0
    return float(until - clock)


@inner
def new_trip(
    calls: Calls, vehicles: Vehicles, state: State, node: int, limit: float
) -> tuple[float, int, int]:
    """Find the cheapest trip for this node alone, as (cost, vehicle, trip before); or -1.

    A vehicle that has not been out is as good as one that has, where it costs nothing more.
    """
    load, timed = calls.load[node], calls.about[TIMED]
    there, back = calls.time_in[node, 0], calls.time[node, 0]
    distance = calls.cost_in[node, 0] + calls.cost[node, 0]
    best = NONE
    for kind in range(len(state.kinds)):
        if state.kinds[kind, IDLE] == 0:
            continue
        vehicle = state.idle[state.kinds[kind, FROM]]
        real = vehicles.real[vehicle]
        cost = real[FIXED] + real[UNIT] * distance
        if cost >= limit or max(load[DEMAND], load[BACK]) > real[CAPACITY]:
            continue
        if not timed or alone(calls, state, node, NONE, NONE, there, back) >= 0.0:
            limit, best = cost, vehicle
    if calls.about[RELOAD] and (best < 0 or vehicles.real[best, FIXED] > 0.0):
        return another_trip(calls, vehicles, state, node, limit, best)
    return limit, best, NONE


@inner
def another_trip(
    calls: Calls, vehicles: Vehicles, state: State, node: int, limit: float, best: int
) -> tuple[float, int, int]:
    """Find a cheaper trip for this node alone between those of a vehicle that has been out.

    Of those that cost the same the one with the shortest gap is taken.
    """
    load, timed = calls.load[node], calls.about[TIMED]
    there, back = calls.time_in[node, 0], calls.time[node, 0]
    distance = calls.cost_in[node, 0] + calls.cost[node, 0]
    best_earlier, least = NONE, math.inf
    for spot in range(len(state.idle)):
        vehicle = state.idle[spot]
        if vehicles.whole[vehicle, RELOADS] == 0 or state.cars[vehicle, TRIPS] == 0:
            continue
        real = vehicles.real[vehicle]
        cost = real[UNIT] * distance
        if cost > limit or max(load[DEMAND], load[BACK]) > real[CAPACITY]:
            continue
        earlier, later = NONE, state.cars[vehicle, HEAD]
        for _ in range(state.cars[vehicle, TRIPS] + 1):
            gap = alone(calls, state, node, earlier, later, there, back) if timed else 0.0
            if gap >= 0.0 and (cost < limit or gap < least):
                limit, least, best, best_earlier = cost, gap, vehicle, earlier
            earlier = later
            later = state.slots[earlier, LATER] if earlier >= 0 else NONE
    return limit, best, best_earlier
