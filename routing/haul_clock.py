"""The compiled clock of one truck's day. `routing.schedule` tells the same story stop by stop."""

from __future__ import annotations

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
def serve(
    jobs: Jobs, task: int, clock: float, last_call: int, idle_needed: float
) -> tuple[float, bool]:
    """Do the work of a task; returns (when done, whether the wait before it was a rest)."""
    row = jobs.whole[task]
    begin = gate(jobs.windows, row[WINDOW_FROM], row[WINDOW_TO], clock)
    if begin == NEVER:
        return NEVER, False
    done = begin + jobs.real[task, SERVICE]
    if last_call >= 0 and last_call == row[CALL]:
        done -= jobs.real[task, WEIGHING]
    return done, bool(begin - clock >= idle_needed > 0.0)


@inlined
def same_call(jobs: Jobs, before: int, task: int) -> bool:
    """Whether both tasks put down in one call, so that only the first is weighed."""
    return bool(jobs.whole[before, CALL] == jobs.whole[task, CALL] >= 0)


@inner
def walk(
    jobs: Jobs, trucks: Trucks, rules: Rules, truck: int, tour: Ints, size: int,
    free: Floats, wheel: Floats,
) -> tuple[float, float]:  # fmt: skip
    """Walk through a day; returns (time on duty, time driven), NEVER for a day that breaks a limit.

    Fills `free` and `wheel` by position. Like materials count as aboard until the truck is empty,
    which is stricter than the rule and never wrong.
    """
    if size == 0:
        return 0.0, 0.0
    continuous, rest = trucks.real[truck, CONTINUOUS], trucks.real[truck, REST]
    home, capacity = trucks.whole[truck, HOME], trucks.real[truck, CAPACITY]
    room, last = trucks.real[truck, ROOM], trucks.whole[truck, START]
    start = leaving(jobs, trucks, truck, tour[0])
    clock, at_wheel, driven, mass, volume = start, 0.0, 0.0, 0.0, 0.0
    # As literals these would have the functions they go to compiled for literals too.
    residue, aboard, last_call = int(np.int64(0)), int(np.int64(0)), int(np.int64(-1))
    for position in range(size):
        task = tour[position]
        row = jobs.whole[task]
        if not row[DROP]:
            if len(rules.cleaning):
                wash = washing(rules.cleaning, residue, aboard, row[MATERIAL])
                if wash == NEVER:
                    return NEVER, NEVER
                residue = 0 if wash > 0.0 else residue
                clock += wash
            residue |= 1 << row[MATERIAL]
            aboard |= 1 << row[MATERIAL]
        leg = trucks.time[last, row[PLACE]]
        passed, at_wheel = drive(leg, at_wheel, continuous, rest)
        driven += leg
        last = row[PLACE]
        mass += jobs.real[task, MASS]
        volume += jobs.real[task, VOLUME]
        clock, rested = serve(jobs, task, clock + passed, last_call, rest)
        if clock == NEVER or mass > capacity or volume > room:
            return NEVER, NEVER
        at_wheel = 0.0 if rested else at_wheel
        last_call = row[CALL]
        aboard = 0 if mass <= 0.0 else aboard
        free[position], wheel[position] = clock, at_wheel
    leg = trucks.time[last, home]
    passed, at_wheel = drive(leg, at_wheel, continuous, rest)
    clock += passed
    driven += leg
    if clock > trucks.real[truck, CLOSES] or driven > trucks.real[truck, DAILY]:
        return NEVER, NEVER
    return clock - start, driven


@inner
def price(jobs: Jobs, trucks: Trucks, truck: int, tour: Ints, size: int, idle: float) -> float:
    """Add up fixed cost and driving, and the hours on duty that are not driving (`idle`)."""
    if size == 0:
        return 0.0
    cost = trucks.cost[trucks.whole[truck, CLASS]]
    last = trucks.whole[truck, START]
    total = trucks.real[truck, FIXED] + trucks.real[truck, RATE] * idle
    for position in range(size):
        place = jobs.whole[tour[position], PLACE]
        total += cost[last, place]
        last = place
    return float(total + cost[last, trucks.whole[truck, HOME]])
