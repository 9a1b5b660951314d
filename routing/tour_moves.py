"""The small steps on tours: insert, cut, save, undo, and keeping derived values up to date."""

from __future__ import annotations

from routing.compiled import compiled
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
    State,
    Stops,
)


@compiled
def measure(stops: Stops, fleet: Fleet, state: State, slot: int) -> None:
    """Bring everything derived of one tour up to date; a late arrival counts as broken."""
    tour, size, kind = state.tour[slot], state.size[slot], state.kind[slot]
    last = fleet.start[kind]
    load = 0.0
    length = 0.0
    clock = fleet.opens[kind]
    late = False
    for place in range(size):
        node = tour[place]
        state.slot[node] = slot
        state.place[node] = place
        gap = stops.cost[last, node]
        state.gap[node] = gap
        length += gap
        load += stops.demand[node]
        if stops.timed[0]:
            clock = max(clock + stops.time[last, node], stops.ready[node])
            late |= clock > stops.due[node]
            clock += stops.service[node]
            state.free[node] = clock
        last = node
    home = stops.cost[last, fleet.end[kind]] if size else 0.0
    state.home[slot] = home
    state.length[slot] = length + home
    state.load[slot] = load
    if stops.timed[0] and size:
        late |= clock + stops.time[last, fleet.end[kind]] > fleet.closes[kind]
        following = fleet.end[kind]
        latest = fleet.closes[kind]
        for place in range(size - 1, -1, -1):
            node = tour[place]
            latest -= stops.time[node, following] + stops.service[node]
            latest = min(latest, stops.due[node])
            state.latest[node] = latest
            following = node
    if late:
        state.num[BROKEN] += 1


@compiled
def tour_cost(fleet: Fleet, state: State, slot: int) -> float:
    if state.size[slot] == 0:
        return 0.0
    kind = state.kind[slot]
    return float(fleet.fixed[kind] + fleet.unit[kind] * state.length[slot])


@compiled
def save(state: State, slot: int) -> None:
    """Keep the tour as it was at the start of this iteration, once."""
    if state.mark[slot] == state.num[ITERATION]:
        return
    state.mark[slot] = state.num[ITERATION]
    index = state.num[SAVED]
    state.num[SAVED] += 1
    state.saved[index] = slot
    size = state.size[slot]
    state.saved_size[index] = size
    state.saved_kind[index] = state.kind[slot]
    state.saved_length[index] = state.length[slot]
    for place in range(size):
        state.saved_tour[index, place] = state.tour[slot, place]


@compiled
def activate(state: State, slot: int) -> None:
    """Move the slot to the end of the used part of `active`."""
    rank, other_rank = state.rank[slot], state.num[ACTIVE]
    other = state.active[other_rank]
    state.active[rank], state.active[other_rank] = other, slot
    state.rank[other], state.rank[slot] = rank, other_rank
    state.num[ACTIVE] += 1
    state.used[state.kind[slot]] += 1


@compiled
def deactivate(state: State, slot: int) -> None:
    state.num[ACTIVE] -= 1
    rank, other_rank = state.rank[slot], state.num[ACTIVE]
    other = state.active[other_rank]
    state.active[rank], state.active[other_rank] = other, slot
    state.rank[other], state.rank[slot] = rank, other_rank
    state.used[state.kind[slot]] -= 1


@compiled
def cut(state: State, slot: int, first: int, length: int, kept_from: int, kept: int) -> None:
    """Take `length` customers from place `first` on, except `kept` of them from `kept_from` on."""
    tour, size = state.tour[slot], state.size[slot]
    write = first
    for place in range(first, size):
        node = tour[place]
        if place < first + length and not (kept_from <= place < kept_from + kept):
            state.absent[state.num[ABSENT]] = node
            state.num[ABSENT] += 1
            state.slot[node] = -1
        else:
            tour[write] = node
            write += 1
    state.size[slot] = write


@compiled
def link(stops: Stops, fleet: Fleet, state: State, slot: int, spot: int) -> None:
    """Do what `measure` does for a tour without a clock that has a new node at `spot`."""
    tour, size, kind = state.tour[slot], state.size[slot], state.kind[slot]
    node = tour[spot]
    before = tour[spot - 1] if spot else fleet.start[kind]
    state.slot[node], state.place[node] = slot, spot
    state.gap[node] = stops.cost_in[node, before]
    change = state.gap[node]
    if spot + 1 < size:
        after = tour[spot + 1]
        change -= state.gap[after]
        state.gap[after] = stops.cost[node, after]
        change += state.gap[after]
    else:
        change -= state.home[slot] if size > 1 else 0.0
        state.home[slot] = stops.cost[node, fleet.end[kind]]
        change += state.home[slot]
    state.length[slot] = state.length[slot] + change if size > 1 else change
    state.load[slot] = state.load[slot] + stops.demand[node] if size > 1 else stops.demand[node]


@compiled
def insert(
    stops: Stops, fleet: Fleet, state: State, node: int, slot: int, spot: int, kind: int
) -> None:
    if slot == -2:
        slot = state.active[state.num[ACTIVE]]
        save(state, slot)
        state.size[slot] = 0
        state.kind[slot] = kind
        activate(state, slot)
    else:
        save(state, slot)
    if kind != state.kind[slot]:
        state.used[state.kind[slot]] -= 1
        state.used[kind] += 1
        state.kind[slot] = kind
    tour, size = state.tour[slot], state.size[slot]
    for place in range(size, spot, -1):
        moved = tour[place - 1]
        tour[place] = moved
        state.place[moved] = place
    tour[spot] = node
    state.size[slot] = size + 1
    if stops.timed[0]:
        measure(stops, fleet, state, slot)
    else:
        link(stops, fleet, state, slot, spot)


@compiled
def undo(stops: Stops, fleet: Fleet, state: State) -> None:
    for index in range(state.num[ABSENT]):
        state.slot[state.absent[index]] = -1
    for index in range(state.num[SAVED]):
        slot, size = state.saved[index], state.saved_size[index]
        if state.size[slot]:
            deactivate(state, slot)
        state.size[slot], state.kind[slot] = size, state.saved_kind[index]
        for place in range(size):
            state.tour[slot, place] = state.saved_tour[index, place]
        if size:
            activate(state, slot)
    state.num[ABSENT] = state.num[SAVED_ABSENT]
    for index in range(state.num[ABSENT]):
        state.absent[index] = state.saved_absent[index]
        state.slot[state.absent[index]] = -1
    for index in range(state.num[SAVED]):
        measure(stops, fleet, state, state.saved[index])
    state.num[BROKEN] = 0


@compiled
def remember(state: State) -> None:
    """Keep the current tours as the best ones."""
    state.value[BEST] = state.value[COST]
    for slot in range(len(state.size)):
        size = state.size[slot]
        state.best_size[slot] = size
        state.best_kind[slot] = state.kind[slot]
        for place in range(size):
            state.best_tour[slot, place] = state.tour[slot, place]


@compiled
def restore(stops: Stops, fleet: Fleet, state: State) -> None:
    """Make the best tours the current ones; who is in none of them is absent."""
    state.num[ACTIVE] = state.num[ABSENT] = state.num[BROKEN] = 0
    state.used[:] = 0
    state.slot[:] = -1
    total = 0.0
    for slot in range(len(state.size)):
        state.size[slot], state.kind[slot] = state.best_size[slot], state.best_kind[slot]
        state.active[slot] = state.rank[slot] = slot
    for slot in range(len(state.size)):
        for place in range(state.size[slot]):
            state.tour[slot, place] = state.best_tour[slot, place]
        measure(stops, fleet, state, slot)
        if state.size[slot]:
            activate(state, slot)
        total += tour_cost(fleet, state, slot)
    for index in range(len(stops.customers)):
        node = stops.customers[index]
        if state.slot[node] < 0:
            state.absent[state.num[ABSENT]] = node
            state.num[ABSENT] += 1
            total += stops.penalty[node]
    state.value[COST] = state.value[BEST] = total


@compiled
def saved_cost(stops: Stops, fleet: Fleet, state: State) -> float:
    total = 0.0
    for index in range(state.num[ABSENT]):
        total += stops.penalty[state.absent[index]]
    for index in range(state.num[SAVED]):
        total += tour_cost(fleet, state, state.saved[index])
    return total


@compiled
def old_cost(stops: Stops, fleet: Fleet, state: State) -> float:
    """Add up what the saved tours and the formerly absent cost before this iteration."""
    total = 0.0
    for index in range(state.num[SAVED_ABSENT]):
        total += stops.penalty[state.saved_absent[index]]
    for index in range(state.num[SAVED]):
        if state.saved_size[index]:
            kind = state.saved_kind[index]
            total += fleet.fixed[kind] + fleet.unit[kind] * state.saved_length[index]
    return total
