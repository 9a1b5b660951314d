"""Ejection: a load that fits nowhere takes the place of loads that found theirs more easily.

Guided ejection search (Nagata and Kobayashi, EvoCOP 2010, LNCS 6022, 202-213): each load has a
count of how often it fitted nowhere, and those thrown out are the one or two of a tour with the
least sum of counts.
"""

from __future__ import annotations

import math

from routing.chains import FIRST, NEXT
from routing.compiled import inner, merged, uniform
from routing.pair_moves import change_of, insert, measure, take_out, touch
from routing.pair_places import best_in
from routing.pair_state import (
    ABSENT,
    ACTIVE,
    CAPACITY,
    CLOSES,
    COST,
    DUE,
    ITERATION,
    LOGGED,
    MASS,
    OPENS,
    PENALTY,
    READY,
    SERVICE,
    SIZE,
    TOUCHED,
    Pairs,
    State,
)

# Out of tours with more nodes than this one load is thrown out at a time: pairs are too many.
MANY_NODES = 100
# Columns of `State.pace`: when a place of the tour laid out is done, what is aboard then, and when
# service there must begin.
DONE, HELD, LIMIT = range(3)


@merged
def lay_out(pairs: Pairs, state: State, slot: int, one: int, other: int) -> int:
    """Write the tour without two of its loads to `trail` and `pace`; returns how many nodes."""
    real, trail, pace, loads = state.real, state.trail, state.pace, len(pairs.alone)
    pace[0, DONE], pace[0, HELD] = pairs.about[OPENS], 0.0
    size, node = 0, state.slots[slot, FIRST]
    while node:
        load = node - 1 if node <= loads else node - 1 - loads
        if load not in (one, other):
            row = real[node]
            clock = max(pace[size, DONE] + pairs.time[trail[size], node], row[READY])
            size += 1
            trail[size] = node
            pace[size, DONE] = clock + row[SERVICE]
            pace[size, HELD] = pace[size - 1, HELD] + row[MASS]
        node = state.link[node, NEXT]
    trail[size + 1] = 0
    latest = pairs.about[CLOSES]
    pace[size + 1, LIMIT] = latest
    for place in range(size, 0, -1):
        row = real[trail[place]]
        latest -= pairs.time[trail[place], trail[place + 1]] + row[SERVICE]
        latest = min(latest, row[DUE])
        pace[place, LIMIT] = latest
    return size


@merged
def fits_from(pairs: Pairs, state: State, load: int, place: int, clock: float) -> bool:
    """Tell whether the load, taken up at `clock` after the place, can be put down from there on."""
    at, giving = load + 1, load + 1 + len(pairs.alone)
    real, trail, pace = state.real, state.trail, state.pace
    row, room = real[giving], pairs.about[CAPACITY] + real[giving, MASS]
    while True:
        place += 1
        following = trail[place]
        arrival = clock + pairs.time[at, giving]
        if arrival > row[DUE]:
            return False
        done = max(arrival, row[READY]) + row[SERVICE]
        if done + pairs.time[giving, following] <= pace[place, LIMIT]:
            return True
        begin = max(clock + pairs.time[at, following], real[following, READY])
        if following == 0 or begin > pace[place, LIMIT] or pace[place, HELD] > room:
            return False
        clock, at = begin + real[following, SERVICE], following


@merged
def fits(pairs: Pairs, state: State, load: int, size: int) -> bool:
    """Tell whether the load finds places in the tour laid out."""
    trail, pace, row = state.trail, state.pace, state.real[load + 1]
    for place in range(size + 1):
        arrival = pace[place, DONE] + pairs.time[trail[place], load + 1]
        if arrival > row[DUE]:
            return False
        if pace[place, HELD] <= pairs.about[CAPACITY] - row[MASS]:
            clock = max(arrival, row[READY]) + row[SERVICE]
            if fits_from(pairs, state, load, place, clock):
                return True
    return False


@merged
def weight(state: State, load: int) -> float:
    """How hard the load is to place; equals fall in a random order."""
    return float(1.0 + state.missed[load] + 0.5 * uniform(state.random))


@inner
def victims(pairs: Pairs, state: State, load: int) -> tuple[int, int, int]:
    """Find whom to throw out for the load, as (slot, one, other): the same twice for one alone.

    The slot is -1 where nothing helps.
    """
    link, loads = state.link, len(pairs.alone)
    least, found, first, second = math.inf, -1, -1, -1
    for rank in range(state.num[ACTIVE]):
        slot = state.active[rank]
        node = state.slots[slot, FIRST]
        while node:
            other = node if node <= loads else 0
            alone = weight(state, node - 1) if other else math.inf
            while other and alone < least:
                if other <= loads:
                    both = alone if other == node else alone + weight(state, other - 1)
                    if both < least:
                        size = lay_out(pairs, state, slot, node - 1, other - 1)
                        if fits(pairs, state, load, size):
                            least, found, first, second = both, slot, node - 1, other - 1
                other = link[other, NEXT] if state.slots[slot, SIZE] <= MANY_NODES else 0
            node = link[node, NEXT]
    return found, first, second


@merged
def throw_out(pairs: Pairs, state: State, load: int) -> None:
    take_out(pairs, state, load + 1)
    take_out(pairs, state, load + 1 + len(pairs.alone))
    state.absent[state.num[ABSENT]] = load
    state.num[ABSENT] += 1


@inner
def eject(pairs: Pairs, state: State) -> None:
    """Give the load absent last the place of others, which are then absent; for good."""
    num = state.num
    num[ITERATION] += 1
    num[TOUCHED] = num[LOGGED] = 0
    absent = num[ABSENT]
    load = state.absent[absent - 1]
    state.missed[load] += 1
    slot, one, other = victims(pairs, state, load)
    if slot < 0:
        return
    touch(state, slot)
    num[ABSENT] -= 1
    throw_out(pairs, state, one)
    if other != one:
        throw_out(pairs, state, other)
    measure(pairs, state, slot)
    _, up, down = best_in(pairs, state, load, slot, math.inf)
    if up >= 0:
        insert(pairs, state, load, slot, up, down)
    else:
        # It looked away from every place.
        state.absent[num[ABSENT]] = load
        num[ABSENT] += 1
    state.value[COST] += change_of(state) + pairs.about[PENALTY] * (num[ABSENT] - absent)
