"""Slack induction by string removals on trips, compiled; the method is that of `routing.sisr`.

Strings are cut from trips; a customer goes back beside a close neighbour, on a trip of its own
between two others of a vehicle that reloads, or with a vehicle that has not been out.
"""

from __future__ import annotations

import math

from routing.chains import NEXT, PREV, SLOT
from routing.compiled import below, compiled, merged, uniform
from routing.sisr import LONGEST_STRING, MEAN_REMOVED, SPLIT_MORE, SPLIT_SHARE, string_start
from routing.trip_clock import line_up, measure
from routing.trip_moves import (
    change_of,
    insert,
    note,
    remember,
    take_out,
    touch,
    undo,
    unlink_trip,
)
from routing.trip_places import best_anywhere, best_close, new_trip
from routing.trip_state import (
    ABSENT,
    ACTIVE,
    BACK,
    BEST,
    BROKEN,
    COST,
    DEMAND,
    DEPOT,
    DUE,
    EARLIER,
    ITERATION,
    LOGGED,
    MARK,
    NONE,
    OPENED,
    PENALTY,
    READY,
    RELEASE,
    SAVED_ABSENT,
    SIZE,
    TIMED,
    TOUCHED,
    UNLINKED,
    VEHICLE,
    Calls,
    State,
    Vehicles,
)

# Share of the iterations that look at every place; found by trying.
WIDE_SHARE = 0.05


@merged
def cut_string(calls: Calls, vehicles: Vehicles, state: State, node: int, longest: float) -> None:
    """Remove a string, or a string with a hole, that holds the node."""
    link, slots, num, random = state.link, state.slots, state.num, state.random
    slot = link[node, SLOT]
    size = slots[slot, SIZE]
    length = min(size, 1 + below(random, int(min(float(size), longest))))
    kept = 0
    if length > 1 and length < size and uniform(random) < SPLIT_SHARE:
        kept = 1
        while length + kept < size and uniform(random) < SPLIT_MORE:
            kept += 1
    node = string_start(link, random, node, length + kept, 1)
    kept_from = 1 + below(random, length - 1) if kept else length
    touch(state, slot)
    for index in range(length + kept):
        following = link[node, NEXT]
        if index < kept_from or index >= kept_from + kept:
            note(state.log, state, node, link[node, PREV], following, slot)
            take_out(calls, state, node)
            state.absent[num[ABSENT]] = node
            num[ABSENT] += 1
        node = following
    if slots[slot, SIZE]:
        measure(calls, state, slot)
        return
    vehicle = slots[slot, VEHICLE]
    note(state.log, state, UNLINKED, slot, vehicle, slots[slot, EARLIER])
    unlink_trip(vehicles, state, slot)
    if calls.about[TIMED]:
        line_up(calls, state, vehicle)


@merged
def ruin(calls: Calls, vehicles: Vehicles, state: State) -> None:
    """Remove strings around one customer drawn at random."""
    num, customers = state.num, len(state.link) - 1
    if num[ACTIVE] == 0:
        return
    longest = max(1.0, min(float(LONGEST_STRING), (customers - num[ABSENT]) / num[ACTIVE]))
    most = 4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0
    strings = 1 + int(uniform(state.random) * most)
    centre = 1 + below(state.random, customers)
    for rank in range(calls.near.shape[1]):
        node = DEPOT + calls.near[centre, rank]
        slot = state.link[node, SLOT]
        if slot < 0 or state.slots[slot, MARK] == num[ITERATION]:
            continue
        cut_string(calls, vehicles, state, node, longest)
        strings -= 1
        if strings == 0:
            return


@merged
def sort_absent(calls: Calls, state: State) -> None:
    """Order the absent at random, by cargo, far first, close first, by windows or by release."""
    how = below(state.random, 19 if calls.about[TIMED] else 11)
    for index in range(state.num[ABSENT]):
        node = state.absent[index]
        if how < 4:
            key = uniform(state.random)
        elif how < 8:
            key = -calls.load[node, DEMAND] - calls.load[node, BACK]
        elif how < 10:
            key = -calls.cost_in[node, 0]
        elif how < 11:
            key = calls.cost_in[node, 0]
        elif how < 13:
            key = state.real[node, DUE] - state.real[node, READY]
        elif how < 15:
            key = state.real[node, READY]
        elif how < 17:
            key = -state.real[node, DUE]
        else:
            key = state.real[node, RELEASE]
        spot = index
        while spot > 0 and state.order[spot - 1] > key:
            state.order[spot] = state.order[spot - 1]
            state.absent[spot] = state.absent[spot - 1]
            spot -= 1
        state.order[spot] = key
        state.absent[spot] = node


@merged
def recreate(calls: Calls, vehicles: Vehicles, state: State) -> None:
    """Put the absent back one by one; what fits nowhere, or costs more than it is worth, stays."""
    sort_absent(calls, state)
    wide = state.num[ACTIVE] == 0 or uniform(state.random) < WIDE_SHARE
    left = 0
    for index in range(state.num[ABSENT]):
        node = state.absent[index]
        cost, slot, before, vehicle = calls.load[node, PENALTY], NONE, NONE, NONE
        if not wide:
            cost, slot, before = best_close(calls, vehicles, state, node, cost)
        fresh, fresh_vehicle, fresh_before = new_trip(calls, vehicles, state, node, cost)
        if fresh_vehicle >= 0:
            cost, vehicle, before = fresh, fresh_vehicle, fresh_before
        if vehicle >= 0 or slot < 0:
            _, wide_slot, wide_before = best_anywhere(calls, vehicles, state, node, cost)
            if wide_slot >= 0:
                slot, before, vehicle = wide_slot, wide_before, NONE
        if slot < 0 and vehicle < 0:
            state.absent[left] = node
            left += 1
        else:
            insert(calls, vehicles, state, node, slot, before, vehicle)
    state.num[ABSENT] = left


@compiled
def search(
    calls: Calls,
    vehicles: Vehicles,
    state: State,
    iterations: int,
    hot: float,
    cold: float,
) -> None:
    """Iterate while the temperature falls from `hot` to `cold` by equal factors."""
    num, value = state.num, state.value
    factor = (cold / hot) ** (1.0 / max(1, iterations))
    temperature = hot
    for _ in range(iterations):
        num[ITERATION] += 1
        num[TOUCHED] = num[LOGGED] = 0
        value[OPENED] = 0.0
        num[SAVED_ABSENT] = num[ABSENT]
        for index in range(num[ABSENT]):
            state.saved_absent[index] = state.absent[index]
        ruin(calls, vehicles, state)
        recreate(calls, vehicles, state)
        change = change_of(calls, vehicles, state)
        if num[BROKEN] or change > -temperature * math.log(1.0 - uniform(state.random)):
            undo(calls, vehicles, state)
        else:
            value[COST] += change
            if value[COST] < value[BEST] - 1e-7:
                remember(state)
        temperature *= factor
