"""The small steps on trips: take out, put in, link to a vehicle, undo, remember."""

from __future__ import annotations

from routing.chains import FIRST, GAP, LAST, NEXT, OUT, PREV, SLOT, chain
from routing.compiled import inner, merged
from routing.trip_clock import line_up, measure, measure_clock, measure_peaks
from routing.trip_state import (
    ABSENT,
    ACTIVE,
    BACK,
    BEST,
    BROKEN,
    COST,
    DEMAND,
    DEPOT,
    EARLIER,
    FETCHED,
    FIXED,
    FROM,
    HEAD,
    IDLE,
    ITERATION,
    KIND,
    LATER,
    LENGTH,
    LINKED,
    LOAD,
    LOGGED,
    MARK,
    MIXED,
    NONE,
    OPENED,
    PENALTY,
    RANK,
    SAVED_ABSENT,
    SIZE,
    SPOT,
    TAIL,
    TIMED,
    TOUCHED,
    TRIPS,
    UNIT,
    UNLINKED,
    VEHICLE,
    Calls,
    Ints,
    State,
    Vehicles,
)


@merged
def take_out(calls: Calls, state: State, node: int) -> None:
    """Take the node out of its trip; clock and peaks are left to the caller."""
    link, real, sums = state.link, state.real, state.sums
    slot = link[node, SLOT]
    gap = chain(calls, state, slot, link[node, PREV], link[node, NEXT])
    state.slots[slot, SIZE] -= 1
    sums[slot, LENGTH] += gap - real[node, GAP] - real[node, OUT]
    sums[slot, LOAD] -= calls.load[node, DEMAND]
    sums[slot, FETCHED] -= calls.load[node, BACK]
    link[node, SLOT] = -1


@merged
def put_in(calls: Calls, state: State, node: int, slot: int, before: int, after: int) -> None:
    """Put the node between two neighbours; clock and peaks are left to the caller."""
    real, sums = state.real, state.sums
    old = real[after, GAP] if after else real[before, OUT] if before else 0.0
    gap = chain(calls, state, slot, before, node) + chain(calls, state, slot, node, after)
    state.slots[slot, SIZE] += 1
    sums[slot, LENGTH] += gap - old
    sums[slot, LOAD] += calls.load[node, DEMAND]
    sums[slot, FETCHED] += calls.load[node, BACK]
    state.link[node, SLOT] = slot


@merged
def note(log: Ints, state: State, first: int, second: int, third: int, fourth: int) -> None:
    line = log[state.num[LOGGED]]
    state.num[LOGGED] += 1
    line[0], line[1], line[2], line[3] = first, second, third, fourth


@merged
def touch(state: State, slot: int) -> None:
    """Keep what the trip cost before this iteration, once."""
    slots, sums, num = state.slots, state.sums, state.num
    if slots[slot, MARK] == num[ITERATION]:
        return
    slots[slot, MARK] = num[ITERATION]
    index = num[TOUCHED]
    num[TOUCHED] += 1
    state.touched[index, 0], state.touched[index, 1] = slot, slots[slot, VEHICLE]
    state.touched[index, 2] = slots[slot, SIZE]
    state.before[index, 0], state.before[index, 1] = (
        sums[slot, LENGTH],
        sums[slot, LOAD],
    )
    state.before[index, 2] = sums[slot, FETCHED]


@inner
def link_trip(
    vehicles: Vehicles,
    state: State,
    slot: int,
    vehicle: int,
    earlier: int,
) -> None:
    """Give the vehicle an empty trip after its trip `earlier`, or as its first one (-1)."""
    slots, cars, num = state.slots, state.cars, state.num
    later = slots[earlier, LATER] if earlier >= 0 else cars[vehicle, HEAD]
    row = slots[slot]
    row[VEHICLE], row[EARLIER], row[LATER], row[SIZE] = vehicle, earlier, later, 0
    if earlier >= 0:
        slots[earlier, LATER] = slot
    else:
        cars[vehicle, HEAD] = slot
    if later >= 0:
        slots[later, EARLIER] = slot
    else:
        cars[vehicle, TAIL] = slot
    cars[vehicle, TRIPS] += 1
    if cars[vehicle, TRIPS] == 1:
        state.value[OPENED] += vehicles.real[vehicle, FIXED]
        kind = vehicles.whole[vehicle, KIND]
        state.kinds[kind, IDLE] -= 1
        swap_idle(state, kind, vehicle)
    sums = state.sums[slot]
    sums[LOAD] = sums[FETCHED] = sums[LENGTH] = 0.0
    rank, other = row[RANK], state.active[num[ACTIVE]]
    state.active[rank], state.active[num[ACTIVE]] = other, slot
    slots[other, RANK], slots[slot, RANK] = rank, num[ACTIVE]
    num[ACTIVE] += 1


@inner
def unlink_trip(vehicles: Vehicles, state: State, slot: int) -> None:
    """Take an empty trip from its vehicle."""
    slots, cars, num = state.slots, state.cars, state.num
    vehicle, earlier, later = (
        slots[slot, VEHICLE],
        slots[slot, EARLIER],
        slots[slot, LATER],
    )
    if earlier >= 0:
        slots[earlier, LATER] = later
    else:
        cars[vehicle, HEAD] = later
    if later >= 0:
        slots[later, EARLIER] = earlier
    else:
        cars[vehicle, TAIL] = earlier
    cars[vehicle, TRIPS] -= 1
    if cars[vehicle, TRIPS] == 0:
        state.value[OPENED] -= vehicles.real[vehicle, FIXED]
        kind = vehicles.whole[vehicle, KIND]
        swap_idle(state, kind, vehicle)
        state.kinds[kind, IDLE] += 1
    num[ACTIVE] -= 1
    rank, other = slots[slot, RANK], state.active[num[ACTIVE]]
    state.active[rank], state.active[num[ACTIVE]] = other, slot
    slots[other, RANK], slots[slot, RANK] = rank, num[ACTIVE]


@inner
def swap_idle(state: State, kind: int, vehicle: int) -> None:
    """Put the vehicle just behind the idle ones of its kind."""
    end = state.kinds[kind, FROM] + state.kinds[kind, IDLE]
    spot, other = state.cars[vehicle, SPOT], state.idle[end]
    state.idle[spot], state.idle[end] = other, vehicle
    state.cars[other, SPOT], state.cars[vehicle, SPOT] = spot, end


@merged
def insert(
    calls: Calls,
    vehicles: Vehicles,
    state: State,
    node: int,
    slot: int,
    before: int,
    vehicle: int,
) -> None:
    """Put an absent node in after `before`.

    Where `vehicle` is not -1 it goes on a trip of its own, after the trip `before` of the vehicle.
    """
    if vehicle >= 0:
        slot = state.active[state.num[ACTIVE]]
        touch(state, slot)
        link_trip(vehicles, state, slot, vehicle, before)
        note(state.log, state, LINKED, slot, vehicle, before)
        before = after = DEPOT
    else:
        touch(state, slot)
        after = state.link[before, NEXT] if before else state.slots[slot, FIRST]
    put_in(calls, state, node, slot, before, after)
    note(state.log, state, node, NONE, NONE, slot)
    measure(calls, state, slot)


@merged
def change_of(calls: Calls, vehicles: Vehicles, state: State) -> float:
    """Add up what the touched trips and the absent cost more than before this iteration."""
    total = state.value[OPENED]
    for index in range(state.num[ABSENT]):
        total += calls.load[state.absent[index], PENALTY]
    for index in range(state.num[SAVED_ABSENT]):
        total -= calls.load[state.saved_absent[index], PENALTY]
    for index in range(state.num[TOUCHED]):
        slot, vehicle = state.touched[index, 0], state.touched[index, 1]
        if state.slots[slot, RANK] < state.num[ACTIVE]:
            unit = vehicles.real[state.slots[slot, VEHICLE], UNIT]
            total += unit * state.sums[slot, LENGTH]
        if state.touched[index, 2]:
            total -= vehicles.real[vehicle, UNIT] * state.before[index, 0]
    return float(total)


@inner
def measure_touched(calls: Calls, state: State) -> None:
    """Bring sums, clock and peaks of the touched trips back to what they were."""
    num = state.num
    for index in range(num[TOUCHED]):
        slot = state.touched[index, 0]
        if state.slots[slot, RANK] >= num[ACTIVE]:
            continue
        row = state.sums[slot]
        row[LENGTH], row[LOAD] = state.before[index, 0], state.before[index, 1]
        row[FETCHED] = state.before[index, 2]
        if calls.about[MIXED]:
            measure_peaks(calls, state, slot)
        if calls.about[TIMED]:
            measure_clock(state, slot, calls.time[state.slots[slot, LAST], 0])
    if calls.about[TIMED]:
        for index in range(num[TOUCHED]):
            line_up(calls, state, state.touched[index, 1])
            line_up(calls, state, state.slots[state.touched[index, 0], VEHICLE])


@merged
def undo(calls: Calls, vehicles: Vehicles, state: State) -> None:
    """Take back the logged steps, last first."""
    num = state.num
    for index in range(num[LOGGED] - 1, -1, -1):
        line = state.log[index]
        first, second, third, fourth = line[0], line[1], line[2], line[3]
        if first == LINKED:
            unlink_trip(vehicles, state, second)
        elif first == UNLINKED:
            link_trip(vehicles, state, second, third, fourth)
        elif second < 0:
            take_out(calls, state, first)
        else:
            put_in(calls, state, first, fourth, second, third)
    measure_touched(calls, state)
    num[ABSENT] = num[SAVED_ABSENT]
    for index in range(num[ABSENT]):
        state.absent[index] = state.saved_absent[index]
    num[BROKEN] = 0


@inner
def remember(state: State) -> None:
    """Keep the current trips as the best ones."""
    state.value[BEST] = state.value[COST]
    copy_rows(state.link, state.best_link)
    for slot in range(len(state.slots)):
        for column in range(6):
            state.best_slots[slot, column] = state.slots[slot, column]
    for vehicle in range(len(state.cars)):
        for column in range(3):
            state.best_cars[vehicle, column] = state.cars[vehicle, column]


@inner
def copy_rows(source: Ints, target: Ints) -> None:
    for node in range(len(source)):
        for column in range(3):
            target[node, column] = source[node, column]
