"""Slack induction by string removals on pick-up and delivery pairs, compiled.

The method of `routing.sisr` (doi 10.1287/trsc.2019.0914): strings of nodes are cut out with the
other ends of their loads, and each load goes back to its cheapest pair of places. The cheapest pair
of places in a tour is kept until the tour changes, so that an iteration looks only at what the last
ones touched. Getting rid of a vehicle follows the paper too: what was absent often goes first.
"""

from __future__ import annotations

import math

from routing.compiled import below, compiled, merged, uniform
from routing.pair_moves import (
    activate,
    change_of,
    deactivate,
    insert,
    measure,
    note,
    put_in,
    remember,
    take_out,
    touch,
    undo,
)
from routing.pair_state import (
    ABOARD,
    ABSENT,
    ACTIVE,
    AWAY,
    AWAY_FROM,
    BEST,
    BROKEN,
    BY_ABSENCE,
    CAPACITY,
    COST,
    DOWN,
    DUE,
    FIRST,
    FREE,
    GAP,
    ITERATION,
    LATEST,
    LENGTH,
    LOGGED,
    MARK,
    MASS,
    MOST,
    NEXT,
    OUT,
    PENALTY,
    PREV,
    RANK,
    READY,
    SAVED_ABSENT,
    SERVICE,
    SIZE,
    SLOT,
    TOUCHED,
    UP,
    VERSION,
    Pairs,
    State,
)

MEAN_REMOVED = 10
LONGEST_STRING = 10
# The paper's chance to look away from a place.
BLINK_SHARE = 0.01


@merged
def cut_string(pairs: Pairs, state: State, node: int, length: int) -> None:
    """Take out every load that has a node in a string of that length around the node."""
    link, loads = state.link, len(pairs.alone)
    slot = link[node, SLOT]
    touch(state, slot)
    for _ in range(below(state.random, length)):
        if link[node, PREV]:
            node = link[node, PREV]
    for _ in range(length):
        if node == 0:
            break
        mate = node + loads if node <= loads else node - loads
        following = link[node, NEXT]
        if following == mate:
            following = link[mate, NEXT]
        note(state, node, link[node, PREV], link[node, NEXT], slot)
        take_out(pairs, state, node)
        note(state, mate, link[mate, PREV], link[mate, NEXT], slot)
        take_out(pairs, state, mate)
        state.absent[state.num[ABSENT]] = min(node, mate) - 1
        state.num[ABSENT] += 1
        node = following
    if state.slots[slot, SIZE] == 0:
        deactivate(state, slot)
    measure(pairs, state, slot)


@merged
def ruin(pairs: Pairs, state: State) -> None:
    """Cut strings out of tours near one load drawn at random."""
    loads, num = len(pairs.alone), state.num
    if num[ACTIVE] == 0:
        return
    nodes = 2.0 * (loads - num[ABSENT])
    longest = max(1.0, min(float(LONGEST_STRING), nodes / num[ACTIVE]))
    most = 4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0
    strings = 1 + int(uniform(state.random) * most)
    centre = below(state.random, loads)
    for rank in range(pairs.near.shape[1]):
        node = pairs.near[centre, rank] + 1 + loads * below(state.random, 2)
        slot = state.link[node, SLOT]
        if slot < 0 or state.slots[slot, MARK] == num[ITERATION]:
            continue
        size = float(state.slots[slot, SIZE])
        cut_string(pairs, state, node, 1 + below(state.random, int(min(size, longest))))
        strings -= 1
        if strings == 0:
            return


@merged
def sort_absent(pairs: Pairs, state: State) -> None:
    """Order the absent at random, by mass, far or close first, or by windows."""
    how = below(state.random, 17)
    for index in range(state.num[ABSENT]):
        load = state.absent[index]
        row = state.real[load + 1]
        if how < 4:
            key = uniform(state.random)
        elif how < 8:
            key = -row[MASS]
        elif how < 10:
            key = -pairs.alone[load]
        elif how < 11:
            key = pairs.alone[load]
        elif how < 13:
            key = row[DUE] - row[READY]
        elif how < 15:
            key = row[READY]
        else:
            key = -row[DUE]
        spot = index
        while spot > 0 and state.order[spot - 1] > key:
            state.order[spot] = state.order[spot - 1]
            state.absent[spot] = state.absent[spot - 1]
            spot -= 1
        state.order[spot] = key
        state.absent[spot] = load


@merged
def looks_away(state: State) -> bool:
    """Draw whether to pass a place over, and note it."""
    away = uniform(state.random) < BLINK_SHARE
    state.num[AWAY_FROM] += away
    return bool(away)


@merged
def least_detour(pairs: Pairs, state: State, node: int, slot: int) -> float:
    """Find what passing by the node costs at least."""
    leave, come = pairs.cost[node], pairs.cost_in[node]
    link, real = state.link, state.real
    at = state.slots[slot, FIRST]
    least = come[0] + leave[at] - real[at, GAP]
    while at:
        following = link[at, NEXT]
        least = min(least, come[at] + leave[following] - real[at, OUT])
        at = following
    return float(least)


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
    leave, come = pairs.cost[giving], pairs.cost_in[giving]
    leave_s, come_s, row = pairs.time[giving], pairs.time_in[giving], real[giving]
    room = pairs.about[CAPACITY] + row[MASS]
    while at:
        here = real[at]
        begin = max(clock, here[READY])
        done = begin + here[SERVICE]
        arrival = done + come_s[at]
        if begin > here[LATEST] or here[ABOARD] > room or arrival > row[DUE]:
            break
        following = link[at, NEXT]
        cost = spent + come[at] + leave[following] - here[OUT]
        if cost < limit:
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
    least = least_detour(pairs, state, giving, slot)
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
                if spent + least < limit:
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
def find_best(pairs: Pairs, state: State, load: int) -> tuple[int, int, int]:
    """Find the cheapest places of all: (slot, node before the pick-up, node before the end).

    The slot is -1 for a new tour and -2 where the load fits nowhere.
    """
    limit, at_slot, up, down = math.inf, -2, -1, -1
    if state.num[ACTIVE] < state.num[MOST]:
        limit = pairs.alone[load]
        at_slot = -1 if limit < math.inf else -2
    for rank in range(state.num[ACTIVE]):
        slot = state.active[rank]
        index = load * len(state.slots) + slot
        row, price = state.known[index], state.price[index]
        fresh = row[VERSION] == state.version[slot]
        if fresh and price >= limit:
            continue
        if not fresh or row[UP] < 0:
            state.num[AWAY_FROM] = 0
            price, row[UP], row[DOWN] = best_in(pairs, state, load, slot, limit)
            # What was found while looking away from a place holds for this time only.
            state.price[index] = price
            row[VERSION] = -1 if state.num[AWAY_FROM] else state.version[slot]
        if row[UP] >= 0 and price < limit:
            limit, at_slot, up, down = price, slot, row[UP], row[DOWN]
    return at_slot, up, down


@merged
def recreate(pairs: Pairs, state: State) -> None:
    """Put the absent back one by one; what fits nowhere stays."""
    sort_absent(pairs, state)
    left = 0
    for index in range(state.num[ABSENT]):
        load = state.absent[index]
        slot, up, down = find_best(pairs, state, load)
        if slot == -2:
            state.absent[left] = load
            left += 1
        elif slot == -1:
            insert(pairs, state, load, -1, 0, load + 1)
        else:
            insert(pairs, state, load, slot, up, down)
    state.num[ABSENT] = left


@compiled
def often_absent(state: State) -> int:
    """Compare how often the absent have been absent, new against old; and count it once more."""
    difference = 0
    for index in range(state.num[SAVED_ABSENT]):
        difference -= state.missed[state.saved_absent[index]]
    for index in range(state.num[ABSENT]):
        difference += state.missed[state.absent[index]]
    for index in range(state.num[ABSENT]):
        state.missed[state.absent[index]] += 1
    return difference


@compiled
def search(pairs: Pairs, state: State, iterations: int, hot: float, cold: float) -> int:
    """Iterate while the temperature falls from `hot` to `cold`; returns the iterations done.

    With `num[BY_ABSENCE]` set the aim is a plan without absent loads, and the search ends with it.
    """
    num, value = state.num, state.value
    factor = (cold / hot) ** (1.0 / max(1, iterations))
    temperature = hot
    for iteration in range(iterations):
        num[ITERATION] += 1
        num[TOUCHED] = num[LOGGED] = 0
        num[SAVED_ABSENT] = num[ABSENT]
        for index in range(num[ABSENT]):
            state.saved_absent[index] = state.absent[index]
        ruin(pairs, state)
        recreate(pairs, state)
        more = num[ABSENT] - num[SAVED_ABSENT]
        change = change_of(state) + pairs.about[PENALTY] * more
        accept = change <= -temperature * math.log(1.0 - uniform(state.random))
        if num[BY_ABSENCE]:
            accept |= often_absent(state) < 0
        if num[BROKEN] or not accept:
            undo(pairs, state)
        else:
            value[COST] += change
            if value[COST] < value[BEST] - 1e-7 and not num[BY_ABSENCE]:
                remember(state)
        if num[BY_ABSENCE] and num[ABSENT] == 0:
            remember(state)
            return iteration + 1
        temperature *= factor
    return iterations


@compiled
def start_from_best(pairs: Pairs, state: State) -> None:
    """Make the best tours the current ones; loads in none of them are absent."""
    num, slots = state.num, state.slots
    num[ACTIVE] = num[ABSENT] = num[BROKEN] = 0
    total = 0.0
    state.link[:, SLOT] = -1
    for slot in range(len(slots)):
        state.active[slot] = slots[slot, RANK] = slot
        slots[slot, SIZE] = 0
        state.sums[slot, LENGTH] = 0.0
    for slot in range(len(slots)):
        if state.best_slots[slot, SIZE] == 0:
            continue
        activate(state, slot)
        node, before = state.best_slots[slot, FIRST], 0
        for _ in range(state.best_slots[slot, SIZE]):
            put_in(pairs, state, node, slot, before, 0)
            before, node = node, state.best_link[node, NEXT]
        measure(pairs, state, slot)
        total += state.sums[slot, LENGTH]
    for load in range(len(pairs.alone)):
        if state.link[load + 1, SLOT] < 0:
            state.absent[num[ABSENT]] = load
            num[ABSENT] += 1
    state.value[COST] = total + pairs.about[PENALTY] * num[ABSENT]
