"""Slack induction by string removals on pick-up and delivery pairs, compiled.

The method of `routing.sisr` (doi 10.1287/trsc.2019.0914): strings of nodes are cut out with the
other ends of their loads, and each load goes back to its cheapest pair of places. The cheapest pair
of places in a tour is kept until the tour changes, so that an iteration looks only at what the last
ones touched. Getting rid of a vehicle alternates with ejections (`routing.pair_eject`), where tours
are long it follows the paper: what was absent often goes first.
"""

from __future__ import annotations

import math

from routing.chains import FIRST, NEXT, PREV, SLOT
from routing.compiled import below, compiled, inner, merged, uniform
from routing.pair_eject import eject
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
from routing.pair_places import find_best
from routing.pair_state import (
    ABSENT,
    ACTIVE,
    BEST,
    BROKEN,
    BY_ABSENCE,
    BY_EJECTION,
    CLOSING,
    COST,
    DEPOT,
    DUE,
    EASED,
    ITERATION,
    LENGTH,
    LOGGED,
    MARK,
    MASS,
    NONE,
    PENALTY,
    PRICE,
    RANK,
    READY,
    SAVED_ABSENT,
    SIZE,
    TOUCHED,
    Pairs,
    State,
)

MEAN_REMOVED = 10
LONGEST_STRING = 10
# How fast the price of an absent load moves in an iteration, so that one in four ends with some
# load absent, and by what factor it may exceed its first value; found by trying.
RISE = 1.5e-3
FALL = 5e-4
FARTHEST = 4.0
# Allowed for rounding in sums of costs.
SLACK = 1e-6


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
def recreate(pairs: Pairs, state: State, most: float) -> None:
    """Put the absent back one by one; what fits nowhere stays.

    Gives up, leaving the plan broken, as soon as more than `most` was spent.
    """
    sort_absent(pairs, state)
    left = 0
    for index in range(state.num[ABSENT]):
        load = state.absent[index]
        cost, slot, up, down = find_best(pairs, state, load)
        most -= cost
        if most < 0.0:
            state.num[BROKEN] += 1
            return
        if slot == -2:
            state.absent[left] = load
            left += 1
        elif slot == -1:
            insert(pairs, state, load, NONE, DEPOT, load + 1)
        else:
            insert(pairs, state, load, slot, up, down)
    state.num[ABSENT] = left


@inner
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
def adapt(pairs: Pairs, state: State) -> None:
    """Let the price of an absent load rise while any is absent and fall while none is.

    Where it has risen far in vain, go back to the best plan.
    """
    value = state.value
    if state.num[ABSENT] == 0:
        value[PRICE] *= 1.0 - FALL
        return
    value[PRICE] *= 1.0 + RISE
    if value[PRICE] > FARTHEST * value[EASED]:
        start_from_best(pairs, state)
        value[PRICE] = value[EASED]


@compiled
def search(pairs: Pairs, state: State, iterations: int, hot: float, cold: float) -> int:
    """Iterate while the temperature falls from `hot` to `cold`; returns the iterations done.

    With `num[CLOSING]` set the aim is a plan without absent loads, and the search ends with it.
    With `value[EASED]` set, the price at which loads may be absent to begin with, tours pass
    through plans that lack a load on the way to others; the best plan never lacks one for that.
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
        allowed = -temperature * math.log(1.0 - uniform(state.random))
        # Putting back only ever costs, as a way over another place is never shorter.
        most = allowed - change_of(state) + value[PRICE] * num[SAVED_ABSENT] + SLACK
        recreate(pairs, state, math.inf if num[CLOSING] == BY_ABSENCE else most)
        more = num[ABSENT] - num[SAVED_ABSENT]
        change = change_of(state)
        accept = change + value[PRICE] * more <= allowed
        if num[CLOSING] == BY_ABSENCE:
            accept |= often_absent(state) < 0
        if num[BROKEN] or not accept:
            undo(pairs, state)
        else:
            value[COST] += change + pairs.about[PENALTY] * more
            if value[COST] < value[BEST] - 1e-7 and not num[CLOSING]:
                remember(state)
        if num[CLOSING] and num[ABSENT] == 0:
            if value[COST] < value[BEST] - 1e-7:
                remember(state)
            return iteration + 1
        # As many iterations as a tour has loads take about as long as an ejection.
        every = 1 + len(pairs.alone) // max(1, num[ACTIVE])
        if num[CLOSING] == BY_EJECTION and iteration % every == 0:
            eject(pairs, state)
        if value[EASED] > 0.0:
            adapt(pairs, state)
        temperature *= factor
    return iterations


@compiled
def start_from_best(pairs: Pairs, state: State) -> None:
    """Make the best tours the current ones; loads in none of them are absent, at the full price."""
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
        node, before = state.best_slots[slot, FIRST], DEPOT
        for _ in range(state.best_slots[slot, SIZE]):
            put_in(pairs, state, node, slot, before, DEPOT)
            before, node = node, state.best_link[node, NEXT]
        measure(pairs, state, slot)
        total += state.sums[slot, LENGTH]
    for load in range(len(pairs.alone)):
        if state.link[load + 1, SLOT] < 0:
            state.absent[num[ABSENT]] = load
            num[ABSENT] += 1
    state.value[COST] = total + pairs.about[PENALTY] * num[ABSENT]
    state.value[PRICE] = pairs.about[PENALTY]
