"""The clock of trips and vehicles, and what is aboard on the way."""

from __future__ import annotations

import math

from routing.chains import AWAY, FIRST, LAST, NEXT, PREV
from routing.compiled import inner, merged
from routing.trip_state import (
    BACK,
    BEGIN,
    BROKEN,
    BY,
    CREST,
    DEMAND,
    DUE,
    EARLIER,
    EARLIEST,
    EARLY,
    FINISH,
    HEAD,
    LASTS,
    LATER,
    LATEST,
    LEFT,
    LOAD,
    MIXED,
    PASSED,
    PEAK,
    READY,
    RELEASE,
    RELEASED,
    SERVICE,
    SHUT,
    TAIL,
    TIMED,
    TOP,
    UNTIL,
    VEHICLE,
    Calls,
    State,
)


@inner
def measure_clock(state: State, slot: int, home: float) -> None:
    """Bring what the trip's customers know of the clock up to date; `home` is the way back."""
    link, real, sums = state.link, state.real, state.sums
    early, passed, by, released = -math.inf, 0.0, math.inf, -math.inf
    node = state.slots[slot, FIRST]
    while node:
        row = real[node]
        passed += row[AWAY]
        by = min(by, row[DUE] - passed)
        early = max(early + row[AWAY], row[READY])
        if early > row[DUE]:
            by = -math.inf
        passed += row[SERVICE]
        early += row[SERVICE]
        released = max(released, row[RELEASE])
        row[EARLY], row[PASSED], row[BY] = early, passed, by
        node = link[node, NEXT]
    row = sums[slot]
    row[RELEASED], row[EARLIEST] = released, early + home
    row[LASTS], row[SHUT] = passed + home, by
    latest, left = math.inf, home
    node = state.slots[slot, LAST]
    while node:
        row = real[node]
        left += row[SERVICE]
        latest = min(row[DUE], latest - row[SERVICE])
        row[LATEST], row[LEFT] = latest, left
        latest -= row[AWAY]
        left += row[AWAY]
        node = link[node, PREV]


@inner
def measure_peaks(calls: Calls, state: State, slot: int) -> None:
    """Bring the most that is aboard before and after each customer up to date."""
    link, real = state.link, state.real
    aboard = peak = state.sums[slot, LOAD]
    node = state.slots[slot, FIRST]
    while node:
        real[node, PEAK] = peak
        aboard += calls.load[node, BACK] - calls.load[node, DEMAND]
        peak = max(peak, aboard)
        node = link[node, NEXT]
    state.sums[slot, TOP] = peak
    crest = aboard
    node = state.slots[slot, LAST]
    while node:
        crest = max(crest, aboard)
        real[node, CREST] = crest
        aboard -= calls.load[node, BACK] - calls.load[node, DEMAND]
        node = link[node, PREV]


@inner
def line_up(calls: Calls, state: State, vehicle: int) -> None:
    """Bring the start and the deadline of each trip of the vehicle up to date."""
    slots, sums = state.slots, state.sums
    clock = calls.span[0]
    slot = state.cars[vehicle, HEAD]
    while slot >= 0:
        row = sums[slot]
        row[BEGIN] = max(clock, row[RELEASED])
        clock = row[FINISH] = max(row[EARLIEST], row[BEGIN] + row[LASTS])
        if row[BEGIN] > row[SHUT]:
            state.num[BROKEN] += 1
        slot = slots[slot, LATER]
    until = calls.span[1]
    if clock > until:
        state.num[BROKEN] += 1
    slot = state.cars[vehicle, TAIL]
    while slot >= 0:
        row = sums[slot]
        row[UNTIL] = until
        until = min(row[SHUT], until - row[LASTS])
        slot = slots[slot, EARLIER]


@merged
def measure(calls: Calls, state: State, slot: int) -> None:
    """Bring clock and peaks of a trip with customers up to date, and its vehicle's day."""
    if calls.about[MIXED]:
        measure_peaks(calls, state, slot)
    if calls.about[TIMED]:
        measure_clock(state, slot, calls.time[state.slots[slot, LAST], 0])
        line_up(calls, state, state.slots[slot, VEHICLE])
