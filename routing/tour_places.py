"""Where a customer that is in no tour may go, and at what cost."""

from __future__ import annotations

import math

from routing.compiled import inner, merged, uniform
from routing.tours import (
    ACTIVE,
    CAPACITY,
    DEMAND,
    DUE,
    END,
    EXTRA,
    FIRST,
    FIXED,
    FREE,
    GAP,
    KIND,
    LARGER,
    LATEST,
    LENGTH,
    LOAD,
    MANY,
    NEXT,
    OUT,
    PREV,
    READY,
    SERVICE,
    SIZE,
    SLOT,
    START,
    TIMED,
    TOKEN,
    TRIED,
    UNIT,
    Fleet,
    Floats,
    Ints,
    State,
    Stops,
)

# The paper's chance to look away from a place.
BLINK_SHARE = 0.01


@inner
def larger_kind(
    fleet: Fleet, used: Ints, kind: int, load: float, length: float
) -> tuple[int, float]:
    """Find the kind that carries the load at least extra cost on a tour as is; -1: none."""
    best, least = -1, math.inf
    for other in range(len(fleet.real)):
        if fleet.real[other, CAPACITY] < load or used[other] >= fleet.whole[other, MANY]:
            continue
        if fleet.whole[other, START] != fleet.whole[kind, START]:
            continue
        if fleet.whole[other, END] != fleet.whole[kind, END]:
            continue
        extra = fleet.real[other, FIXED] - fleet.real[kind, FIXED]
        extra += (fleet.real[other, UNIT] - fleet.real[kind, UNIT]) * length
        if extra < least:
            best, least = other, extra
    return best, least


@inner
def fit_kind(fleet: Fleet, slots: Ints, sums: Floats, used: Ints, slot: int) -> None:
    """Give a tour the cheapest kind that can drive it from the same depot."""
    used[slots[slot, KIND]] -= 1
    load, length = sums[slot, LOAD], sums[slot, LENGTH]
    kind, extra = larger_kind(fleet, used, slots[slot, KIND], load, length)
    if kind >= 0 and extra < 0.0:
        slots[slot, KIND] = kind
    used[slots[slot, KIND]] += 1


@merged
def room(
    fleet: Fleet, slots: Ints, sums: Floats, used: Ints, token: int, slot: int, demand: float
) -> tuple[int, float]:
    """Find the kind that a tour needs to carry so much more, and what the change costs; -1: none.

    What was found is kept with the tour for as long as the token stays the same.
    """
    kind = slots[slot, KIND]
    load = sums[slot, LOAD] + demand
    if load <= fleet.real[kind, CAPACITY]:
        return kind, 0.0
    if len(fleet.real) == 1:
        return -1, 0.0
    if slots[slot, TRIED] != token:
        slots[slot, TRIED] = token
        found, extra = larger_kind(fleet, used, kind, load, sums[slot, LENGTH])
        slots[slot, LARGER], sums[slot, EXTRA] = found, extra
    return slots[slot, LARGER], sums[slot, EXTRA]


@merged
def in_time(
    real: Floats, come_s: Floats, leave_s: Floats, node: int, before: int, after: int
) -> bool:
    """Whether the node can be served between two neighbours without making any later one late."""
    clock = real[before, FREE] + come_s[before]
    if clock > real[node, DUE]:
        return False
    done = max(clock, real[node, READY]) + real[node, SERVICE]
    return bool(done + leave_s[after] <= real[after, LATEST])


@merged
def best_close(
    stops: Stops, fleet: Fleet, state: State, node: int, limit: float
) -> tuple[float, int, int, int]:
    """Find the cheapest place beside a close neighbour, as (cost, slot, node before, kind).

    A place whose two new legs cannot be short enough is not looked at: its other end either comes
    further down the list too, or stood before, and then the place has been seen from there.
    """
    link, legs, real, slots, sums = state.link, state.legs, state.real, state.slots, state.sums
    leave, come, close = stops.cost[node], stops.cost_in[node], stops.close[node]
    leave_s, come_s, timed = stops.time[node], stops.time_in[node], stops.about[TIMED] != 0
    demand, token = stops.load[node, DEMAND], state.num[TOKEN]
    apart = stops.apart[node]
    found, found_slot, found_kind = -1, -1, -1
    for rank in range(len(close)):
        other = close[rank]
        ahead = apart[rank] - legs[other, OUT] < limit
        back = apart[rank] - legs[other, GAP] < limit
        if not (ahead or back):
            continue
        slot = link[other, SLOT]
        if slot < 0:
            continue
        kind, extra = room(fleet, slots, sums, state.used, token, slot, demand)
        if kind < 0:
            continue
        unit = fleet.real[kind, UNIT]
        if ahead:
            after = link[other, NEXT]
            delta = extra + unit * (come[other] + leave[after] - legs[other, OUT])
            if (
                delta < limit
                and (not timed or in_time(real, come_s, leave_s, node, other, after))
                and uniform(state.random) >= BLINK_SHARE
            ):
                limit, found, found_slot, found_kind = delta, other, slot, kind
        if back:
            before = link[other, PREV]
            delta = extra + unit * (come[before] + leave[other] - legs[other, GAP])
            if (
                delta < limit
                and (not timed or in_time(real, come_s, leave_s, node, before, other))
                and uniform(state.random) >= BLINK_SHARE
            ):
                limit, found, found_slot, found_kind = delta, before, slot, kind
    return limit, found_slot, found, found_kind


@merged
def best_anywhere(
    stops: Stops, fleet: Fleet, state: State, node: int, limit: float
) -> tuple[float, int, int, int]:
    """As `best_close`, looking at every place of every tour."""
    link, legs, real, slots, sums = state.link, state.legs, state.real, state.slots, state.sums
    leave, come = stops.cost[node], stops.cost_in[node]
    leave_s, come_s, timed = stops.time[node], stops.time_in[node], stops.about[TIMED] != 0
    demand, token = stops.load[node, DEMAND], state.num[TOKEN]
    found, found_slot, found_kind = -1, -1, -1
    for rank in range(state.num[ACTIVE]):
        slot = state.active[rank]
        kind, extra = room(fleet, slots, sums, state.used, token, slot, demand)
        if kind < 0:
            continue
        unit = fleet.real[kind, UNIT]
        before, after = fleet.whole[kind, START], slots[slot, FIRST]
        gap = legs[after, GAP]
        for _ in range(slots[slot, SIZE] + 1):
            delta = extra + unit * (come[before] + leave[after] - gap)
            if (
                delta < limit
                and (not timed or in_time(real, come_s, leave_s, node, before, after))
                and uniform(state.random) >= BLINK_SHARE
            ):
                limit, found, found_slot, found_kind = delta, before, slot, kind
            before = after
            after, gap = link[before, NEXT], legs[before, OUT]
    return limit, found_slot, found, found_kind


@merged
def new_tour(stops: Stops, fleet: Fleet, state: State, node: int) -> tuple[float, int]:
    """Find the cheapest kind for a tour of this node alone, as (cost, kind); kind -1: none."""
    best, best_kind = math.inf, -1
    for kind in range(len(fleet.real)):
        if state.used[kind] >= fleet.whole[kind, MANY]:
            continue
        if stops.load[node, DEMAND] > fleet.real[kind, CAPACITY]:
            continue
        start, end = fleet.whole[kind, START], fleet.whole[kind, END]
        distance = stops.cost_in[node, start] + stops.cost[node, end]
        found = fleet.real[kind, FIXED] + fleet.real[kind, UNIT] * distance
        if found < best and (
            not stops.about[TIMED]
            or in_time(state.real, stops.time_in[node], stops.time[node], node, start, end)
        ):
            best, best_kind = found, kind
    return best, best_kind
