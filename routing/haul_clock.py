"""The compiled clock of one truck's day. `routing.schedule` tells the same story stop by stop."""

from __future__ import annotations

import math

import numpy as np

from routing.compiled import inlined, inner, merged
from routing.haul import (
    CALL,
    CAPACITY,
    CLASS,
    CLOSES,
    CONTINUOUS,
    DAILY,
    DROP,
    FIXED,
    HOME,
    MASS,
    MATERIAL,
    OPENS,
    PLACE,
    RATE,
    REST,
    ROOM,
    SERVICE,
    START,
    VOLUME,
    WEIGHING,
    WINDOW_FROM,
    WINDOW_TO,
    Floats,
    Ints,
    Jobs,
    Rules,
    Trucks,
)

NEVER = -1.0
# Seconds and fen are sums of thousandths at the finest: what is less is dust of the arithmetic.
DUST = 1e-5
HALF = 0.5 + DUST


@merged
def gate(windows: Floats, first: int, last: int, clock: float) -> float:
    """Find when service can start for an arrival at `clock`; NEVER when shut for good."""
    best = NEVER
    for row in range(first, last):
        if windows[row, 1] >= clock:
            start = max(clock, windows[row, 0])
            if best == NEVER or start < best:
                best = start
    return best


@inner
def leaving(jobs: Jobs, trucks: Trucks, truck: int, first: int) -> float:
    """Leave no earlier than needed to find the first gate open."""
    opens = trucks.real[truck, OPENS]
    drive = trucks.time[trucks.whole[truck, START], jobs.whole[first, PLACE]]
    row = jobs.whole[first]
    start = gate(jobs.windows, row[WINDOW_FROM], row[WINDOW_TO], opens + drive)
    return float(opens) if start == NEVER else float(max(opens, start - drive))


@merged
def washing(cleaning: Floats, residue: int, aboard: int, material: int) -> float:
    """Seconds of cleaning before the material can go in; NEVER when something aboard forbids it."""
    wash = 0.0
    for other in range(len(cleaning)):
        if cleaning[other, material] < 0.0:
            continue
        if (aboard >> other) & 1:
            return NEVER
        if (residue >> other) & 1:
            wash = max(wash, cleaning[other, material])
    if wash > 0.0 and aboard:
        return NEVER
    return wash


@merged
def drive(leg: float, at_wheel: float, continuous: float, rest: float) -> tuple[float, float]:
    """Drive a leg with the rests it takes; returns (time passed, time at the wheel after it)."""
    passed = 0.0
    if at_wheel > 0.0 and at_wheel + leg > continuous:
        passed += rest
        at_wheel = 0.0
    while leg > continuous:
        passed += continuous + rest
        leg -= continuous
    return passed + leg, at_wheel + leg


@merged
def whole_second(done: float) -> float:
    """Round up to the second, as unloading is: a call is rounded once for all its loads."""
    return float(math.ceil(done - DUST))


@inlined
def same_call(jobs: Jobs, before: int, task: int) -> bool:
    """Whether both tasks put down in one call, so that only the first is weighed."""
    return bool(jobs.whole[before, CALL] == jobs.whole[task, CALL] >= 0)


@merged
def carries(jobs: Jobs, tour: Ints, first: int, last: int, material: int) -> bool:
    """Whether any of the material taken up from position `first` on is aboard after `last`."""
    loads = 0
    for position in range(first, last + 1):
        row = jobs.whole[tour[position]]
        if row[MATERIAL] == material:
            loads += -1 if row[DROP] else 1
    return loads > 0


@inner
def walk(
    jobs: Jobs, trucks: Trucks, rules: Rules, truck: int, tour: Ints, size: int,
    free: Floats, wheel: Floats,
) -> tuple[float, float]:  # fmt: skip
    """Walk through a day; returns (time on duty, time driven), NEVER for a day that breaks a limit.

    Fills `free` and `wheel` by position.
    """
    if size == 0:
        return 0.0, 0.0
    continuous, rest = trucks.real[truck, CONTINUOUS], trucks.real[truck, REST]
    capacity, room = trucks.real[truck, CAPACITY], trucks.real[truck, ROOM]
    start = leaving(jobs, trucks, truck, tour[0])
    clock, at_wheel, driven, mass, volume, done = start, 0.0, 0.0, 0.0, 0.0, start
    # As literals these would have the functions they go to compiled for literals too.
    residue, aboard, emptied = int(np.int64(0)), int(np.int64(0)), int(np.int64(0))
    last, last_call = trucks.whole[truck, START], int(np.int64(-1))
    for position in range(size):
        task = tour[position]
        row = jobs.whole[task]
        mass += jobs.real[task, MASS]
        volume += jobs.real[task, VOLUME]
        if row[DROP] and row[CALL] == last_call:
            done += jobs.real[task, SERVICE] - jobs.real[task, WEIGHING]
        else:
            if not row[DROP]:
                wash = washing(rules.cleaning, residue, aboard, row[MATERIAL])
                if wash == NEVER:
                    return NEVER, NEVER
                residue = 0 if wash > 0.0 else residue
                clock += wash
            leg = trucks.time[last, row[PLACE]]
            passed, at_wheel = drive(leg, at_wheel, continuous, rest)
            driven += leg
            begin = gate(jobs.windows, row[WINDOW_FROM], row[WINDOW_TO], clock + passed)
            if begin == NEVER or mass > capacity or volume > room:
                return NEVER, NEVER
            at_wheel = 0.0 if begin - clock - passed >= rest > 0.0 else at_wheel
            done = begin + jobs.real[task, SERVICE]
        free[position] = clock = whole_second(done)
        wheel[position] = at_wheel
        last, last_call = row[PLACE], row[CALL]
        if not row[DROP]:
            residue, aboard = residue | 1 << row[MATERIAL], aboard | 1 << row[MATERIAL]
        elif mass <= 0.0:
            aboard, emptied = 0, position + 1
        elif not carries(jobs, tour, emptied, position, row[MATERIAL]):
            aboard &= ~(1 << row[MATERIAL])
    return home_again(trucks, truck, last, start, clock, driven, at_wheel)


@merged
def home_again(
    trucks: Trucks, truck: int, last: int, start: float, clock: float, driven: float,
    at_wheel: float,
) -> tuple[float, float]:  # fmt: skip
    """Drive to the end of the day; returns what `walk` does."""
    leg = trucks.time[last, trucks.whole[truck, HOME]]
    passed, _ = drive(leg, at_wheel, trucks.real[truck, CONTINUOUS], trucks.real[truck, REST])
    clock += passed
    driven += leg
    if clock > trucks.real[truck, CLOSES] or driven > trucks.real[truck, DAILY]:
        return NEVER, NEVER
    return clock - start, driven


@inner
def price(
    jobs: Jobs, trucks: Trucks, truck: int, tour: Ints, size: int, duty: float, driven: float
) -> float:
    """Add up fixed cost, kilometres and hours, the last two to the whole fen as `Day` does."""
    if size == 0:
        return 0.0
    cost, rate = trucks.cost[trucks.whole[truck, CLASS]], trucks.real[truck, RATE]
    last = trucks.whole[truck, START]
    driving = 0.0
    for position in range(size):
        place = jobs.whole[tour[position], PLACE]
        driving += cost[last, place]
        last = place
    driving += cost[last, trucks.whole[truck, HOME]]
    by_distance = math.floor(driving - rate * driven + HALF)
    return float(trucks.real[truck, FIXED] + by_distance + math.floor(rate * duty + HALF))
