"""The small steps on tours: take out, put in, undo, and keeping the clock up to date."""

from __future__ import annotations

import math

from routing.compiled import compiled, inner, merged
from routing.tours import (
    ABSENT,
    ACTIVE,
    AWAY,
    BEST,
    BROKEN,
    CHANGED,
    COST,
    DEMAND,
    DEPOTS,
    DIRTY,
    DUE,
    END,
    FIRST,
    FIXED,
    FREE,
    GAP,
    ITERATION,
    KIND,
    LAST,
    LATEST,
    LENGTH,
    LOAD,
    LOGGED,
    MARK,
    NEXT,
    OUT,
    PENALTY,
    POOL,
    PREV,
    RANK,
    READY,
    SAVED_ABSENT,
    SERVICE,
    SIZE,
    SLOT,
    START,
    TIMED,
    TOUCHED,
    UNIT,
    Fleet,
    Floats,
    Ints,
    Layout,
    Nodes,
    State,
    Stops,
)


@merged
def save(state: State, node: int, depots: int) -> None:
    """Keep a node's row as it is, for undoing."""
    if node < depots:
        return
    index = state.num[LOGGED]
    state.num[LOGGED] = index + 1
    line, row, legs = state.log[index], state.link[node], state.legs_log[index]
    line[0], line[1], line[2], line[3] = node, row[0], row[1], row[2]
    legs[0], legs[1] = state.legs[node, GAP], state.legs[node, OUT]
    legs[2] = state.real[node, AWAY]


@merged
def chain(
    state: State, slot: int, before: int, after: int, gap: float, away: float, depots: int
) -> None:
    """Let `after` follow `before` in the tour."""
    if before >= depots:
        state.link[before, NEXT] = after
        state.legs[before, OUT] = gap
    else:
        state.slots[slot, FIRST] = after
    if after >= depots:
        state.link[after, PREV] = before
        state.legs[after, GAP] = gap
        state.real[after, AWAY] = away
    else:
        state.slots[slot, LAST] = before


@merged
def put_in(
    stops: Stops, state: State, node: int, slot: int, before: int, after: int, depots: int
) -> None:
    """Put the node between two neighbours; the clock is left to the caller."""
    legs = state.legs
    old = legs[after, GAP] if after >= depots else legs[before, OUT] if before >= depots else 0.0
    come, leave = stops.cost_in[node, before], stops.cost[node, after]
    chain(state, slot, before, node, come, stops.time_in[node, before], depots)
    chain(state, slot, node, after, leave, stops.time[node, after], depots)
    state.slots[slot, SIZE] += 1
    state.sums[slot, LENGTH] += come + leave - old
    state.sums[slot, LOAD] += stops.load[node, DEMAND]
    state.link[node, SLOT] = slot


@merged
def clock_on(
    link: Nodes, real: Floats, node: int, before: int, depots: int, whole: bool
) -> tuple[float, bool]:
    """Bring `FREE` up to date from the node on, up to where nothing changes unless `whole`.

    Returns when the last node looked at is done, and whether somebody is served too late.
    """
    late = False
    clock = real[before, FREE]
    while node >= depots:
        row = real[node]
        clock = max(clock + row[AWAY], row[READY])
        late |= clock > row[DUE]
        clock += row[SERVICE]
        if clock == row[FREE] and not whole:
            break
        row[FREE] = clock
        node = link[node, NEXT]
    return clock, late


@merged
def clock_back(
    link: Nodes, real: Floats, node: int, latest: float, depots: int, whole: bool
) -> None:
    """Bring `LATEST` up to date from the node back; it must be done by `latest`."""
    while node >= depots:
        row = real[node]
        latest = min(latest - row[SERVICE], row[DUE])
        if latest == row[LATEST] and not whole:
            return
        row[LATEST] = latest
        latest -= row[AWAY]
        node = link[node, PREV]


@inner
def measure(stops: Stops, fleet: Fleet, state: State, slot: int) -> None:
    """Bring the clock of a whole tour up to date; a late arrival counts as broken."""
    if stops.about[TIMED] == 0 or state.slots[slot, SIZE] == 0:
        return
    link, real, depots = state.link, state.real, stops.about[DEPOTS]
    first, last = state.slots[slot, FIRST], state.slots[slot, LAST]
    kind = state.slots[slot, KIND]
    start, end = fleet.whole[kind, START], fleet.whole[kind, END]
    home = stops.time[last, end]
    clock, late = clock_on(link, real, first, start, depots, True)
    clock_back(link, real, last, real[end, LATEST] - home, depots, True)
    if late or clock + home > real[end, LATEST]:
        state.num[BROKEN] += 1


@merged
def touch(slots: Ints, sums: Floats, touched: Ints, before: Floats, num: Ints, slot: int) -> None:
    """Keep what undoing needs to know of the tour as it was before this iteration, once."""
    if slots[slot, MARK] == num[ITERATION]:
        return
    slots[slot, MARK] = num[ITERATION]
    index = num[TOUCHED]
    num[TOUCHED] += 1
    row = touched[index]
    row[0], row[1], row[2] = slot, slots[slot, KIND], slots[slot, SIZE]
    row[3], row[4] = slots[slot, FIRST], slots[slot, LAST]
    before[index, 0], before[index, 1] = sums[slot, LOAD], sums[slot, LENGTH]


@inner
def activate(slots: Ints, active: Ints, used: Ints, num: Ints, slot: int) -> None:
    """Move the slot to the end of the used part of `active`."""
    rank, other_rank = slots[slot, RANK], num[ACTIVE]
    other = active[other_rank]
    active[rank], active[other_rank] = other, slot
    slots[other, RANK], slots[slot, RANK] = rank, other_rank
    num[ACTIVE] += 1
    used[slots[slot, KIND]] += 1


@inner
def deactivate(slots: Ints, active: Ints, used: Ints, num: Ints, slot: int) -> None:
    num[ACTIVE] -= 1
    rank, other_rank = slots[slot, RANK], num[ACTIVE]
    other = active[other_rank]
    active[rank], active[other_rank] = other, slot
    slots[other, RANK], slots[slot, RANK] = rank, other_rank
    used[slots[slot, KIND]] -= 1


@merged
def insert(
    stops: Stops, fleet: Fleet, state: State, node: int, slot: int, before: int, kind: int
) -> None:
    """Put an absent node in after `before`, into a new tour if the slot is -2."""
    link, real, slots, num = state.link, state.real, state.slots, state.num
    depots = stops.about[DEPOTS]
    fresh = slot == -2
    if fresh:
        slot = state.active[num[ACTIVE]]
    touch(slots, state.sums, state.touched, state.before, num, slot)
    if fresh:
        slots[slot, KIND] = kind
        state.sums[slot, LOAD] = state.sums[slot, LENGTH] = 0.0
        activate(slots, state.active, state.used, num, slot)
        before, after = fleet.whole[kind, START], fleet.whole[kind, END]
    else:
        after = link[before, NEXT] if before >= depots else slots[slot, FIRST]
        if kind != slots[slot, KIND]:
            state.used[slots[slot, KIND]] -= 1
            state.used[kind] += 1
            slots[slot, KIND] = kind
    save(state, before, depots)
    save(state, after, depots)
    save(state, node, depots)
    put_in(stops, state, node, slot, before, after, depots)
    if stops.about[TIMED]:
        real[node, FREE] = real[node, LATEST] = -math.inf
        away = real[after, AWAY] if after >= depots else stops.time[node, after]
        clock_on(link, real, node, before, depots, False)
        clock_back(link, real, node, real[after, LATEST] - away, depots, False)


@merged
def tour_cost(fleet: Fleet, kind: int, length: float) -> float:
    return float(fleet.real[kind, FIXED] + fleet.real[kind, UNIT] * length)


@merged
def change_of(stops: Stops, fleet: Fleet, state: State) -> float:
    """Add up what the touched tours and the absent cost more than before this iteration."""
    total = change_of_tours(fleet, state)
    for index in range(state.num[ABSENT]):
        total += stops.load[state.absent[index], PENALTY]
    for index in range(state.num[SAVED_ABSENT]):
        total -= stops.load[state.saved_absent[index], PENALTY]
    return total


@merged
def change_of_tours(fleet: Fleet, state: State) -> float:
    """Add up what the touched tours cost more than before this iteration."""
    total = 0.0
    for index in range(state.num[TOUCHED]):
        slot, kind = state.touched[index, 0], state.touched[index, 1]
        if state.slots[slot, SIZE]:
            total += tour_cost(fleet, state.slots[slot, KIND], state.sums[slot, LENGTH])
        if state.touched[index, 2]:
            total -= tour_cost(fleet, kind, state.before[index, 1])
    return total


@merged
def undo(stops: Stops, fleet: Fleet, state: State) -> None:
    """Take back the logged steps, last first."""
    link, legs, slots, sums, num = state.link, state.legs, state.slots, state.sums, state.num
    for index in range(num[LOGGED] - 1, -1, -1):
        line, old = state.log[index], state.legs_log[index]
        node = line[0]
        row = link[node]
        row[0], row[1], row[2] = line[1], line[2], line[3]
        legs[node, GAP], legs[node, OUT] = old[0], old[1]
        state.real[node, AWAY] = old[2]
    for index in range(num[TOUCHED]):
        slot, kind = state.touched[index, 0], state.touched[index, 1]
        now = slots[slot, RANK] < num[ACTIVE]
        if now:
            deactivate(slots, state.active, state.used, num, slot)
        slots[slot, KIND], slots[slot, SIZE] = kind, state.touched[index, 2]
        slots[slot, FIRST], slots[slot, LAST] = state.touched[index, 3], state.touched[index, 4]
        if slots[slot, SIZE]:
            activate(slots, state.active, state.used, num, slot)
        sums[slot, LOAD], sums[slot, LENGTH] = state.before[index, 0], state.before[index, 1]
        measure(stops, fleet, state, slot)
    num[ABSENT] = num[SAVED_ABSENT]
    for index in range(num[ABSENT]):
        state.absent[index] = state.saved_absent[index]
    num[BROKEN] = 0


@merged
def accept(state: State) -> None:
    """Note which tours are no longer those of the best plan."""
    for index in range(state.num[TOUCHED]):
        stale(state, state.touched[index, 0])


@merged
def stale(state: State, slot: int) -> None:
    """Note that a tour is no longer that of the best plan."""
    if state.slots[slot, DIRTY] == 0:
        state.slots[slot, DIRTY] = 1
        state.changed[state.num[CHANGED]] = slot
        state.num[CHANGED] += 1


@inner
def remember(state: State) -> None:
    """Keep the current tours as the best ones."""
    state.value[BEST] = state.value[COST]
    slots = state.slots
    for index in range(state.num[CHANGED]):
        slot = state.changed[index]
        slots[slot, DIRTY] = 0
        for column in range(4):
            state.best_slots[slot, column] = slots[slot, column]
        node = slots[slot, FIRST]
        for _ in range(slots[slot, SIZE]):
            following = state.link[node, NEXT]
            state.best_link[node, NEXT] = following
            node = following
    state.num[CHANGED] = 0


@compiled
def read_tours(link: Nodes, slots: Ints, plan: Layout) -> None:
    """Write the tours of these arrays, current or best, one after the other into the plan."""
    count = at = 0
    for slot in range(len(slots)):
        if slots[slot, SIZE] == 0:
            continue
        node = slots[slot, FIRST]
        plan.kinds[count] = slots[slot, KIND]
        for _ in range(slots[slot, SIZE]):
            plan.order[at] = node
            at += 1
            node = link[node, NEXT]
        count += 1
        plan.ends[count] = at
    plan.ends[0] = count


@compiled
def load_tours(stops: Stops, fleet: Fleet, state: State, plan: Layout) -> None:
    """Make the plan's tours the current and best ones; who else is in the pool is absent."""
    link, slots, num = state.link, state.slots, state.num
    depots = stops.about[DEPOTS]
    num[ACTIVE] = num[ABSENT] = num[BROKEN] = 0
    state.used[:] = 0
    link[:, SLOT] = -1
    slots[:, SIZE] = 0
    for slot in range(len(slots)):
        state.active[slot] = slots[slot, RANK] = state.changed[slot] = slot
        slots[slot, DIRTY] = 1
    num[CHANGED] = len(slots)
    total = 0.0
    at = 0
    for slot in range(plan.ends[0]):
        kind = plan.kinds[slot]
        start, end = fleet.whole[kind, START], fleet.whole[kind, END]
        slots[slot, KIND] = kind
        state.sums[slot, LOAD] = state.sums[slot, LENGTH] = 0.0
        before = start
        while at < plan.ends[slot + 1]:
            node = plan.order[at]
            put_in(stops, state, node, slot, before, end, depots)
            before = node
            at += 1
        activate(slots, state.active, state.used, num, slot)
        measure(stops, fleet, state, slot)
        total += tour_cost(fleet, kind, state.sums[slot, LENGTH])
    for index in range(num[POOL]):
        node = state.pool[index]
        if link[node, SLOT] < 0:
            state.absent[num[ABSENT]] = node
            num[ABSENT] += 1
            total += stops.load[node, PENALTY]
    state.value[COST] = total
    remember(state)
