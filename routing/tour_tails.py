"""Tours in windows change tails: each goes on as the other did.

Potvin and Rousseau, Journal of the Operational Research Society 46 (1995) 1433-1446 (2-opt*). All
keep their order, so that earliest and latest starts tell in constant time whether nobody is late.
Strings are too short for this in long tours, and putting customers back one by one seldom opens a
tour or closes one.
"""

from __future__ import annotations

import math

from routing.compiled import below, inner, merged, uniform
from routing.tour_moves import (
    activate,
    chain,
    clock_back,
    clock_on,
    deactivate,
    remember,
    stale,
)
from routing.tours import (
    ACTIVE,
    AWAY,
    BEST,
    CAPACITY,
    COST,
    DEMAND,
    DEPOTS,
    END,
    FIXED,
    FREE,
    GAP,
    KIND,
    LAST,
    LATEST,
    LENGTH,
    LOAD,
    MANY,
    NEXT,
    OUT,
    POOL,
    PREV,
    SIZE,
    SLOT,
    START,
    UNIT,
    Fleet,
    State,
    Stops,
)

# So many pairs of tails a customer are looked at in each iteration, and the share of tails that
# would become tours of their own; found by trying.
TAILS = 0.04
ALONE_SHARE = 0.02


@merged
def change_tails(stops: Stops, fleet: Fleet, state: State, temperature: float) -> None:
    """Look at some pairs of tails and accept changes as simulated annealing does; one kind only."""
    random, num = state.random, state.num
    width = stops.close.shape[1]
    for _ in range(int(TAILS * num[POOL])):
        node = state.pool[below(random, num[POOL])]
        if state.link[node, SLOT] < 0:
            continue
        other = stops.close[node, below(random, width)]
        if uniform(random) < ALONE_SHARE:
            other = fleet.whole[0, END]
        allowed = -temperature * math.log(1.0 - uniform(random))
        change_pair(stops, fleet, state, node, other, allowed)
    if state.value[COST] < state.value[BEST] - 1e-7:
        remember(state)


@merged
def change_pair(
    stops: Stops, fleet: Fleet, state: State, node: int, other: int, allowed: float
) -> None:
    """Go on from the node to the other, and from who came before that to who followed the node."""
    link, legs, real, num = state.link, state.legs, state.real, state.num
    depots = stops.about[DEPOTS]
    first, after = link[node, SLOT], link[node, NEXT]
    fixed, unit = fleet.real[0, FIXED], fleet.real[0, UNIT]
    if other >= depots:
        second, before, gap = link[other, SLOT], link[other, PREV], legs[other, GAP]
        if second < 0 or second == first:
            return
        change = -fixed if before < depots and after < depots else 0.0
    else:
        if after < depots or state.used[0] >= fleet.whole[0, MANY]:
            return
        second, before, gap = state.active[num[ACTIVE]], fleet.whole[0, START], 0.0
        change = fixed
    come, leave = stops.cost[node, other], 0.0
    away = stops.time[before, after]
    if before >= depots or after >= depots:
        leave = stops.cost[before, after]
    change += unit * (come + leave - legs[node, OUT] - gap)
    if change > allowed:
        return
    if real[node, FREE] + stops.time[node, other] > real[other, LATEST]:
        return
    if real[before, FREE] + away > real[after, LATEST]:
        return
    _swap(stops, fleet, state, node, other, second, before, change)


@inner
def _tail(stops: Stops, state: State, node: int) -> tuple[int, float, float]:
    """Count the customers from the node on, their demand, and the length of their legs on."""
    count, demand, length = 0, 0.0, 0.0
    while node >= stops.about[DEPOTS]:
        count += 1
        demand += stops.load[node, DEMAND]
        length += state.legs[node, OUT]
        node = state.link[node, NEXT]
    return count, demand, length


@inner
def _swap(
    stops: Stops,
    fleet: Fleet,
    state: State,
    node: int,
    other: int,
    second: int,
    before: int,
    change: float,
) -> None:
    """Change the tails if the loads allow it."""
    link, slots, sums, num = state.link, state.slots, state.sums, state.num
    depots = stops.about[DEPOTS]
    first, after = link[node, SLOT], link[node, NEXT]
    count, demand, length = _tail(stops, state, after)
    more_count, more_demand, more_length = _tail(stops, state, other)
    fresh = other < depots
    if fresh:
        slots[second, KIND] = 0
        sums[second, LOAD] = sums[second, LENGTH] = 0.0
        activate(slots, state.active, state.used, num, second)
    else:
        capacity = fleet.real[0, CAPACITY]
        if sums[first, LOAD] + more_demand - demand > capacity:
            return
        if sums[second, LOAD] + demand - more_demand > capacity:
            return
    come, leave = stops.cost[node, other], 0.0
    if before >= depots or after >= depots:
        leave = stops.cost[before, after]
    gap = 0.0 if fresh else state.legs[other, GAP]
    sums[first, LENGTH] += come + more_length - state.legs[node, OUT] - length
    sums[second, LENGTH] += leave + length - gap - more_length
    sums[first, LOAD] += more_demand - demand
    sums[second, LOAD] += demand - more_demand
    slots[first, SIZE] += more_count - count
    slots[second, SIZE] += count - more_count
    slots[first, LAST], slots[second, LAST] = slots[second, LAST], slots[first, LAST]
    chain(state, first, node, other, come, stops.time[node, other], depots)
    chain(state, second, before, after, leave, stops.time[before, after], depots)
    _settle(stops, state, first, node, other)
    if slots[second, SIZE]:
        _settle(stops, state, second, before, after)
    else:
        sums[second, LOAD] = sums[second, LENGTH] = 0.0
        deactivate(slots, state.active, state.used, num, second)
    stale(state, first)
    stale(state, second)
    state.value[COST] += change


@inner
def _settle(stops: Stops, state: State, slot: int, before: int, after: int) -> None:
    """Tell a new tail whose it is, and bring the clock of the tour up to date."""
    link, real, depots = state.link, state.real, stops.about[DEPOTS]
    node = after
    while node >= depots:
        link[node, SLOT] = slot
        node = link[node, NEXT]
    clock_on(link, real, after, before, depots, False)
    away = real[after, AWAY] if after >= depots else stops.time[before, after]
    clock_back(link, real, before, real[after, LATEST] - away, depots, False)
