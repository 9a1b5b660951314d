"""The small steps on tours of pairs: take out, put in, undo, and keeping the clock up to date."""

from __future__ import annotations

from routing.chains import AWAY, FIRST, GAP, LAST, NEXT, OUT, PREV, SLOT, chain
from routing.compiled import inner, merged
from routing.pair_state import (
    ABOARD,
    ABSENT,
    ACTIVE,
    BEST,
    BROKEN,
    CAPACITY,
    CLOSES,
    COST,
    DUE,
    FREE,
    ITERATION,
    LATEST,
    LENGTH,
    LOGGED,
    MARK,
    MASS,
    NONE,
    OLD_LENGTH,
    OLD_SIZE,
    OLD_VERSION,
    OPENS,
    RANK,
    READY,
    SAVED_ABSENT,
    SERVICE,
    SIZE,
    TOUCHED,
    Pairs,
    State,
)


@merged
def take_out(pairs: Pairs, state: State, node: int) -> None:
    """Take the node out of its tour; the clock is left to the caller."""
    link, real = state.link, state.real
    slot = link[node, SLOT]
    gap = chain(pairs, state, slot, link[node, PREV], link[node, NEXT])
    state.slots[slot, SIZE] -= 1
    state.sums[slot, LENGTH] += gap - real[node, GAP] - real[node, OUT]
    link[node, SLOT] = -1


@merged
def put_in(pairs: Pairs, state: State, node: int, slot: int, before: int, after: int) -> None:
    """Put the node between two neighbours; the clock is left to the caller."""
    real = state.real
    old = real[after, GAP] if after else real[before, OUT] if before else 0.0
    gap = chain(pairs, state, slot, before, node) + chain(pairs, state, slot, node, after)
    state.slots[slot, SIZE] += 1
    state.sums[slot, LENGTH] += gap - old
    state.link[node, SLOT] = slot


@merged
def note(state: State, node: int, before: int, after: int, slot: int) -> None:
    """Add a line to the log; `before` is -1 when the node was put in."""
    line = state.log[state.num[LOGGED]]
    state.num[LOGGED] += 1
    line[0], line[1], line[2], line[3] = node, before, after, slot


@merged
def touch(state: State, slot: int) -> None:
    """Keep what undoing needs to know of the tour as it was before this iteration, once."""
    row, num = state.slots[slot], state.num
    if row[MARK] == num[ITERATION]:
        return
    row[MARK] = num[ITERATION]
    state.touched[num[TOUCHED]] = slot
    num[TOUCHED] += 1
    row[OLD_SIZE], row[OLD_VERSION] = row[SIZE], state.version[slot]
    state.sums[slot, OLD_LENGTH] = state.sums[slot, LENGTH]


@inner
def measure(pairs: Pairs, state: State, slot: int) -> None:
    """Bring clock and loads of a whole tour up to date; what breaks a limit is counted."""
    link, real, about = state.link, state.real, pairs.about
    state.version[slot] = state.stamp[0]
    state.stamp[0] += 1
    if state.slots[slot, SIZE] == 0:
        return
    clock, aboard, fair = about[OPENS], 0.0, True
    node = state.slots[slot, FIRST]
    while node:
        row = real[node]
        clock = max(clock + row[AWAY], row[READY])
        aboard += row[MASS]
        fair &= clock <= row[DUE] and aboard <= about[CAPACITY]
        clock += row[SERVICE]
        row[FREE], row[ABOARD] = clock, aboard
        node = link[node, NEXT]
    node = state.slots[slot, LAST]
    latest = about[CLOSES] - pairs.time[node, 0]
    if clock > latest or not fair:
        state.num[BROKEN] += 1
    while node:
        row = real[node]
        latest = min(latest - row[SERVICE], row[DUE])
        row[LATEST] = latest
        latest -= row[AWAY]
        node = link[node, PREV]


@inner
def activate(state: State, slot: int) -> None:
    """Move the slot to the end of the used part of `active`."""
    swap(state, slot, state.num[ACTIVE])
    state.num[ACTIVE] += 1


@inner
def deactivate(state: State, slot: int) -> None:
    state.num[ACTIVE] -= 1
    swap(state, slot, state.num[ACTIVE])
    state.sums[slot, LENGTH] = 0.0


@inner
def swap(state: State, slot: int, other_rank: int) -> None:
    rank, other = state.slots[slot, RANK], state.active[other_rank]
    state.active[rank], state.active[other_rank] = other, slot
    state.slots[other, RANK], state.slots[slot, RANK] = rank, other_rank


@inner
def insert(pairs: Pairs, state: State, load: int, slot: int, up: int, down: int) -> None:
    """Take the load up after the node `up` and put it down after `down`; slot -1: a new tour."""
    fresh = slot < 0
    if fresh:
        slot = state.active[state.num[ACTIVE]]
    touch(state, slot)
    if fresh:
        activate(state, slot)
    taking = load + 1
    giving = taking + len(pairs.alone)
    after = 0 if fresh else state.link[up, NEXT] if up else state.slots[slot, FIRST]
    put_in(pairs, state, taking, slot, up, after)
    put_in(pairs, state, giving, slot, down, state.link[down, NEXT])
    note(state, taking, NONE, NONE, slot)
    note(state, giving, NONE, NONE, slot)
    measure(pairs, state, slot)


@inner
def change_of(state: State) -> float:
    """Add up what the touched tours cost more than before this iteration."""
    total = 0.0
    for index in range(state.num[TOUCHED]):
        slot = state.touched[index]
        total += state.sums[slot, LENGTH] - state.sums[slot, OLD_LENGTH]
    return float(total)


@inner
def undo(pairs: Pairs, state: State) -> None:
    """Take back the logged steps, last first."""
    num, slots = state.num, state.slots
    for index in range(num[LOGGED] - 1, -1, -1):
        line = state.log[index]
        if line[1] < 0:
            take_out(pairs, state, line[0])
        else:
            put_in(pairs, state, line[0], line[3], line[1], line[2])
    for index in range(num[TOUCHED]):
        slot = state.touched[index]
        used = slots[slot, RANK] < num[ACTIVE]
        if used and slots[slot, SIZE] == 0:
            deactivate(state, slot)
        elif slots[slot, SIZE] and not used:
            activate(state, slot)
        state.sums[slot, LENGTH] = state.sums[slot, OLD_LENGTH]
        measure(pairs, state, slot)
        state.version[slot] = slots[slot, OLD_VERSION]
    num[ABSENT] = num[SAVED_ABSENT]
    for index in range(num[ABSENT]):
        state.absent[index] = state.saved_absent[index]
    num[BROKEN] = 0


@inner
def remember(state: State) -> None:
    """Keep the current tours as the best ones."""
    state.value[BEST] = state.value[COST]
    for node in range(len(state.link)):
        for column in range(3):
            state.best_link[node, column] = state.link[node, column]
    for slot in range(len(state.slots)):
        for column in range(3):
            state.best_slots[slot, column] = state.slots[slot, column]
