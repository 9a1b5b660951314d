"""Where a load that is in no tour may be taken up and put down, and at what cost."""

from __future__ import annotations

import math

from routing.chains import AWAY, FIRST, GAP, LAST, NEXT, OUT, PREV
from routing.compiled import merged, uniform
from routing.pair_state import (
    ABOARD,
    ACTIVE,
    AWAY_FROM,
    CAPACITY,
    DETOUR,
    DOWN,
    DUE,
    FREE,
    LATEST,
    LEAST,
    MASS,
    MOST,
    PRICE,
    READY,
    SERVICE,
    UP,
    VERSION,
    Pairs,
    State,
)

# The paper's chance to look away from a place.
BLINK_SHARE = 0.01


@merged
def looks_away(state: State) -> bool:
    """Draw whether to pass a place over, and note it."""
    away = uniform(state.random) < BLINK_SHARE
    state.num[AWAY_FROM] += away
    return bool(away)


@merged
def measure_detours(pairs: Pairs, state: State, node: int, slot: int) -> None:
    """Find for each place of the tour what passing by the node costs from there on at least."""
    leave, come = pairs.cost[node], pairs.cost_in[node]
    link, real, least = state.link, state.real, math.inf
    at, following = state.slots[slot, LAST], 0
    while at:
        detour = come[at] + leave[following] - real[at, OUT]
        least = min(least, detour)
        real[at, DETOUR], real[at, LEAST] = detour, least
        following = at
        at = link[at, PREV]


@merged
def best_down(
    pairs: Pairs,
    state: State,
    load: int,
    at: int,
    clock: float,
    spent: float,
    limit: float,
) -> tuple[float, int]:
    """Find the cheapest place from the node `at` on to put down what was taken up before it.

    The vehicle comes to `at` at `clock` and has `spent` on the way to the pick-up. Returns the
    cost and the node before, -1 where nothing is below the limit.
    """
    giving = load + 1 + len(pairs.alone)
    link, real, found = state.link, state.real, -1
    leave_s, come_s, row = pairs.time[giving], pairs.time_in[giving], real[giving]
    room = pairs.about[CAPACITY] + row[MASS]
    while at:
        here = real[at]
        begin = max(clock, here[READY])
        if spent + here[LEAST] >= limit or begin > here[LATEST] or here[ABOARD] > room:
            break
        done = begin + here[SERVICE]
        following = link[at, NEXT]
        cost = spent + here[DETOUR]
        if cost < limit:
            arrival = done + come_s[at]
            if arrival > row[DUE]:
                break
            ready = max(arrival, row[READY]) + row[SERVICE] + leave_s[following]
            if ready <= real[following, LATEST] and not looks_away(state):
                limit, found = cost, at
        clock = done + real[following, AWAY]
        at = following
    return limit, found


@merged
def best_in(
    pairs: Pairs, state: State, load: int, slot: int, limit: float
) -> tuple[float, int, int]:
    """Find the cheapest pair of places in the tour, as (cost, node before each end).

    The nodes are -1 where nothing is below the limit.
    """
    taking, giving = load + 1, load + 1 + len(pairs.alone)
    link, real = state.link, state.real
    leave, come = pairs.cost[taking], pairs.cost_in[taking]
    leave_s, come_s, row = pairs.time[taking], pairs.time_in[taking], real[taking]
    last, drop = pairs.cost[giving], real[giving]
    measure_detours(pairs, state, giving, slot)
    room = pairs.about[CAPACITY] - row[MASS]
    up, down = -1, -1
    before, after = 0, state.slots[slot, FIRST]
    gap = real[after, GAP]
    while True:
        arrival = real[before, FREE] + come_s[before]
        if arrival > row[DUE]:
            break
        spent = come[before] + leave[after] - gap
        if spent < limit and real[before, ABOARD] <= room:
            done = max(arrival, row[READY]) + row[SERVICE]
            if done + leave_s[after] <= real[after, LATEST]:
                cost = come[before] + leave[giving] + last[after] - gap
                if cost < limit:
                    clock = done + leave_s[giving]
                    ready = max(clock, drop[READY]) + drop[SERVICE] + pairs.time[giving, after]
                    fair = clock <= drop[DUE] and ready <= real[after, LATEST]
                    if fair and not looks_away(state):
                        limit, up, down = cost, before, taking
                if after and spent + real[after, LEAST] < limit:
                    clock = done + leave_s[after]
                    found, where = best_down(pairs, state, load, after, clock, spent, limit)
                    if where >= 0:
                        limit, up, down = found, before, where
        if after == 0:
            break
        before = after
        after, gap = link[before, NEXT], real[before, OUT]
    return limit, up, down


@merged
def find_best(pairs: Pairs, state: State, load: int) -> tuple[float, int, int, int]:
    """Find the cheapest places of all: (cost, slot, node before the pick-up, node before the end).

    The slot is -1 for a new tour and -2 where the load fits nowhere.
    """
    limit, at_slot, up, down = state.value[PRICE], -2, -1, -1
    if state.num[ACTIVE] < state.num[MOST] and pairs.alone[load] < limit:
        limit, at_slot = pairs.alone[load], -1
    # What is known first, so that the limit is low where places are looked for.
    for rank in range(state.num[ACTIVE]):
        slot = state.active[rank]
        index = load * len(state.slots) + slot
        row = state.known[index]
        if row[VERSION] == state.version[slot] and row[UP] >= 0 and state.price[index] < limit:
            limit, at_slot, up, down = state.price[index], slot, row[UP], row[DOWN]
    for rank in range(state.num[ACTIVE]):
        slot = state.active[rank]
        index = load * len(state.slots) + slot
        row, price = state.known[index], state.price[index]
        fresh = row[VERSION] == state.version[slot]
        if fresh and (price >= limit or row[UP] >= 0):
            continue
        state.num[AWAY_FROM] = 0
        price, row[UP], row[DOWN] = best_in(pairs, state, load, slot, limit)
        # What was found while looking away from a place holds for this time only.
        state.price[index] = price
        row[VERSION] = -1 if state.num[AWAY_FROM] else state.version[slot]
        if row[UP] >= 0 and price < limit:
            limit, at_slot, up, down = price, slot, row[UP], row[DOWN]
    return limit, at_slot, up, down
