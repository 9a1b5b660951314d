"""Slack induction by string removals for delivery tours, compiled.

Christiaens and Vanden Berghe, Transportation Science 54 (2020) 417-433, doi 10.1287/trsc.2019.0914:
take out strings of neighbouring customers from neighbouring tours, put them back one by one at
their cheapest place, sometimes looking away, and accept as simulated annealing does. Beyond the
paper: kinds of vehicle (a tour changes kind when that pays), time windows by earliest and latest
start so that a place is tested in constant time, and undo by tour instead of copying solutions.
"""

from __future__ import annotations

import math

from routing.compiled import below, compiled, uniform
from routing.tour_moves import (
    cut,
    deactivate,
    insert,
    measure,
    old_cost,
    remember,
    save,
    saved_cost,
    undo,
)
from routing.tours import (
    ABSENT,
    ACTIVE,
    BEST,
    BROKEN,
    COST,
    ITERATION,
    SAVED,
    SAVED_ABSENT,
    Fleet,
    Floats,
    Nodes,
    State,
    Stops,
    Words,
)

# The paper's parameters: mean customers removed, longest string, chance to keep a part of a string
# in place and to keep one more, chance to look away from a place.
MEAN_REMOVED = 10
LONGEST_STRING = 10
SPLIT_SHARE = 0.5
SPLIT_MORE = 0.01
BLINK_SHARE = 0.01


@compiled
def larger_kind(fleet: Fleet, state: State, slot: int, load: float) -> tuple[int, float]:
    """Find the kind that carries the load at least extra cost on the tour as is; -1: none."""
    kind = state.kind[slot]
    best, least = -1, math.inf
    for other in range(len(fleet.capacity)):
        if fleet.capacity[other] < load or state.used[other] >= fleet.many[other]:
            continue
        if fleet.start[other] != fleet.start[kind] or fleet.end[other] != fleet.end[kind]:
            continue
        if fleet.opens[other] > fleet.opens[kind] or fleet.closes[other] < fleet.closes[kind]:
            continue
        extra = fleet.fixed[other] - fleet.fixed[kind]
        extra += (fleet.unit[other] - fleet.unit[kind]) * state.length[slot]
        if extra < least:
            best, least = other, extra
    return best, least


@compiled
def fit_kind(stops: Stops, fleet: Fleet, state: State, slot: int) -> None:
    """Give a tour the cheapest kind that can drive it from the same depot."""
    state.used[state.kind[slot]] -= 1
    kind, extra = larger_kind(fleet, state, slot, state.load[slot])
    if kind >= 0 and extra < 0.0:
        state.kind[slot] = kind
        measure(stops, fleet, state, slot)
    state.used[state.kind[slot]] += 1


@compiled
def cut_string(stops: Stops, fleet: Fleet, state: State, node: int, longest: float) -> None:
    """Remove a string, or a string with a hole, that holds the node."""
    slot = state.slot[node]
    size, place = state.size[slot], state.place[node]
    most = min(float(size), longest)
    length = min(size, 1 + below(state.random, int(most)))
    kept = 0
    if length > 1 and length < size and uniform(state.random) < SPLIT_SHARE:
        kept = 1
        while length + kept < size and uniform(state.random) < SPLIT_MORE:
            kept += 1
    span = length + kept
    low = max(0, place - span + 1)
    high = min(place, size - span)
    first = low + below(state.random, high - low + 1)
    kept_from = first + (1 + below(state.random, length - 1) if kept else 0)
    save(state, slot)
    cut(state, slot, first, span, kept_from, kept)
    if state.size[slot] == 0:
        deactivate(state, slot)
    measure(stops, fleet, state, slot)
    # A tour that shrank takes a smaller vehicle at once, so that filling it up again has its price.
    if state.size[slot] and len(fleet.capacity) > 1:
        fit_kind(stops, fleet, state, slot)


@compiled
def ruin(stops: Stops, fleet: Fleet, state: State) -> None:
    """Remove strings around one customer drawn at random."""
    customers = len(stops.customers)
    assigned = customers - state.num[ABSENT]
    if state.num[ACTIVE] == 0:
        return
    longest = max(1.0, min(float(LONGEST_STRING), assigned / state.num[ACTIVE]))
    most = 4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0
    strings = 1 + int(uniform(state.random) * most)
    centre = below(state.random, customers)
    done = 0
    for rank in range(stops.near.shape[1]):
        node = stops.near[centre, rank]
        slot = state.slot[node]
        if slot < 0 or state.mark[slot] == state.num[ITERATION]:
            continue
        cut_string(stops, fleet, state, node, longest)
        done += 1
        if done >= strings:
            return


@compiled
def sort_absent(stops: Stops, fleet: Fleet, state: State) -> None:
    """Order the absent at random, by demand, far first, close first, or by their windows."""
    how = below(state.random, 17 if stops.timed[0] else 11)
    depot = fleet.start[0]
    for index in range(state.num[ABSENT]):
        node = state.absent[index]
        if how < 4:
            key = uniform(state.random)
        elif how < 8:
            key = -stops.demand[node]
        elif how < 10:
            key = -stops.cost[depot, node]
        elif how < 11:
            key = stops.cost[depot, node]
        elif how < 13:
            key = stops.due[node] - stops.ready[node]
        elif how < 15:
            key = stops.ready[node]
        else:
            key = -stops.due[node]
        spot = index
        while spot > 0 and state.order[spot - 1] > key:
            state.order[spot] = state.order[spot - 1]
            state.absent[spot] = state.absent[spot - 1]
            spot -= 1
        state.order[spot] = key
        state.absent[spot] = node


@compiled
def scan(
    leave: Floats,
    come: Floats,
    tour: Nodes,
    size: int,
    gap: Floats,
    ends: tuple[int, int, float],
    unit: float,
    limit: float,
    random: Words,
) -> tuple[float, int]:
    """Find the cheapest place in one tour below `limit`, as (cost, place); place -1 when none.

    This and `scan_timed` take most of the time; they are handed single rows because a call with
    all arrays costs more than the scan itself. `ends` is start node, end node, distance home.
    """
    start, end, home = ends
    found = -1
    arrive = come[start]
    for place in range(size):
        after = tour[place]
        delta = unit * (arrive + leave[after] - gap[after])
        if delta < limit and uniform(random) >= BLINK_SHARE:
            limit, found = delta, place
        arrive = come[after]
    delta = unit * (arrive + leave[end] - home)
    if delta < limit and uniform(random) >= BLINK_SHARE:
        limit, found = delta, size
    return limit, found


@compiled
def scan_timed(
    leave: Floats,
    come: Floats,
    tour: Nodes,
    size: int,
    gap: Floats,
    ends: tuple[int, int, float],
    unit: float,
    limit: float,
    random: Words,
    leave_s: Floats,
    come_s: Floats,
    free: Floats,
    latest: Floats,
    shift: tuple[float, float],
    window: tuple[float, float, float],
) -> tuple[float, int]:
    """As `scan`, on the clock: `free` is when a node is done, `window` ready, due, service."""
    start, end, home = ends
    ready, due, service = window
    found = -1
    arrive = come[start]
    clock = shift[0] + come_s[start]
    for place in range(size + 1):
        if place < size:
            after = tour[place]
            delta = unit * (arrive + leave[after] - gap[after])
            must = latest[after]
        else:
            after = end
            delta = unit * (arrive + leave[end] - home)
            must = shift[1]
        if delta < limit and clock <= due:
            done = max(clock, ready) + service + leave_s[after]
            if done <= must and uniform(random) >= BLINK_SHARE:
                limit, found = delta, place
        if place < size:
            arrive = come[after]
            clock = free[after] + come_s[after]
            if free[after] > due:
                break
    return limit, found


@compiled
def alone_in_time(stops: Stops, fleet: Fleet, kind: int, node: int) -> bool:
    """Whether a tour of this node alone keeps its window and the shift."""
    clock = max(fleet.opens[kind] + stops.time[fleet.start[kind], node], stops.ready[node])
    back = clock + stops.service[node] + stops.time[node, fleet.end[kind]]
    return bool(clock <= stops.due[node] and back <= fleet.closes[kind])


@compiled
def new_tour(stops: Stops, fleet: Fleet, state: State, node: int) -> tuple[float, int]:
    """Find the cheapest kind for a tour of this node alone, as (cost, kind); kind -1: none."""
    best, best_kind = math.inf, -1
    for kind in range(len(fleet.capacity)):
        if state.used[kind] >= fleet.many[kind] or stops.demand[node] > fleet.capacity[kind]:
            continue
        if stops.timed[0] and not alone_in_time(stops, fleet, kind, node):
            continue
        distance = stops.cost[fleet.start[kind], node] + stops.cost[node, fleet.end[kind]]
        found = fleet.fixed[kind] + fleet.unit[kind] * distance
        if found < best:
            best, best_kind = found, kind
    return best, best_kind


@compiled
def best_place(stops: Stops, fleet: Fleet, state: State, node: int) -> tuple[float, int, int, int]:
    """Find the cheapest place as (cost, slot, place, kind); slot -1: nowhere, -2: new tour."""
    best, best_slot, best_spot, best_kind = math.inf, -1, -1, -1
    timed = stops.timed[0]
    leave, come = stops.cost[node], stops.cost_in[node]
    leave_s, come_s = stops.time[node], stops.time_in[node]
    window = (stops.ready[node], stops.due[node], stops.service[node])
    for rank in range(state.num[ACTIVE]):
        slot = state.active[rank]
        kind = state.kind[slot]
        extra = 0.0
        load = state.load[slot] + stops.demand[node]
        if load > fleet.capacity[kind]:
            if len(fleet.capacity) == 1:
                continue
            kind, extra = larger_kind(fleet, state, slot, load)
            if kind < 0:
                continue
        ends = (fleet.start[kind], fleet.end[kind], state.home[slot])
        tour, size, unit = state.tour[slot], state.size[slot], fleet.unit[kind]
        row = (leave, come, tour, size, state.gap, ends, unit, best - extra, state.random)
        if timed:
            shift = (fleet.opens[kind], fleet.closes[kind])
            found, spot = scan_timed(*row, leave_s, come_s, state.free, state.latest, shift, window)
        else:
            found, spot = scan(*row)
        if spot >= 0:
            best, best_slot, best_spot, best_kind = found + extra, slot, spot, kind
    found, kind = new_tour(stops, fleet, state, node)
    if found < best:
        best, best_slot, best_spot, best_kind = found, -2, 0, kind
    return best, best_slot, best_spot, best_kind


@compiled
def recreate(stops: Stops, fleet: Fleet, state: State) -> None:
    """Put the absent back one by one; what fits nowhere, or costs more than it is worth, stays."""
    sort_absent(stops, fleet, state)
    left = 0
    for index in range(state.num[ABSENT]):
        node = state.absent[index]
        cost, slot, spot, kind = best_place(stops, fleet, state, node)
        if slot == -1 or cost > stops.penalty[node]:
            state.absent[left] = node
            left += 1
        else:
            insert(stops, fleet, state, node, slot, spot, kind)
    state.num[ABSENT] = left


@compiled
def better_kinds(stops: Stops, fleet: Fleet, state: State) -> None:
    for index in range(state.num[SAVED]):
        if state.size[state.saved[index]]:
            fit_kind(stops, fleet, state, state.saved[index])


@compiled
def search(
    stops: Stops, fleet: Fleet, state: State, iterations: int, hot: float, cold: float
) -> None:
    """Iterate while the temperature falls from `hot` to `cold` by equal factors."""
    factor = (cold / hot) ** (1.0 / max(1, iterations))
    temperature = hot
    for _ in range(iterations):
        state.num[ITERATION] += 1
        state.num[SAVED] = 0
        state.num[SAVED_ABSENT] = state.num[ABSENT]
        for index in range(state.num[ABSENT]):
            state.saved_absent[index] = state.absent[index]
        ruin(stops, fleet, state)
        recreate(stops, fleet, state)
        if len(fleet.capacity) > 1:
            better_kinds(stops, fleet, state)
        change = saved_cost(stops, fleet, state) - old_cost(stops, fleet, state)
        if state.num[BROKEN] or change > -temperature * math.log(1.0 - uniform(state.random)):
            undo(stops, fleet, state)
        else:
            state.value[COST] += change
            if state.value[COST] < state.value[BEST] - 1e-7:
                remember(state)
        temperature *= factor
