"""Hauling as dense arrays: loads to take up and put down, trucks, gates and the rules between.

A task is a pick-up (numbers 0 to loads - 1) or one way of putting a load down (one per allowed
receiver). Places are rows of the matrices. Times are seconds, or whatever the instance counts in.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]

# Columns of `Jobs.whole`: place, load, 1 when putting down, receiver, material, windows from..to,
# and the call at the receiver, -1 when taking up.
PLACE, LOAD, DROP, RECEIVER, MATERIAL, WINDOW_FROM, WINDOW_TO, CALL = range(8)
# Columns of `Jobs.real`: mass and volume (negative when putting down), service before a call's is
# rounded up, and the part of it that falls away when the task before is of the same call.
MASS, VOLUME, SERVICE, WEIGHING = range(4)
# Columns of `Trucks.real` and `Trucks.whole`.
CAPACITY, ROOM, FIXED, RATE, OPENS, CLOSES, CONTINUOUS, REST, DAILY = range(9)
CLASS, START, HOME = range(3)
# Positions in `Plan.num` and `Plan.value`.
ABSENT, SAVED, SAVED_ABSENT, ITERATION, BROKEN, VERSION = range(6)
COST, BEST, BLINK, OPENING, FULL = range(5)
# Chance to look away from a place, as in the paper.
BLINK_SHARE = 0.01
# Places of loads in trucks are remembered up to so many pairs of them, 40 bytes each.
MOST_KNOWN = 2_000_000
# Rows of `Plan.truck`: cost now and before this iteration, time on duty that is not driving, and
# the part of that which is not work either: waiting, rests and washing.
TOUR_COST, OLD_COST, IDLE, SLACK = range(4)
# Days of up to so many loads are small: places are ranked by all that they add to the cost, beyond
# by driving alone.
MOST_SMALL_LOADS = 60


class Jobs(NamedTuple):
    """`whole` (tasks, 8), `real` (tasks, 4), `windows` (gates' windows, 2), in seconds.

    `drops[load]` to `drops[load + 1]` are the load's ways to be put down; `may[load, class]` is 1
    where a class of truck may carry it. `near` (loads, k): related loads, itself first.
    """

    whole: Ints
    real: Floats
    windows: Floats
    drops: Ints
    may: Ints
    penalty: Floats
    near: Ints


class Trucks(NamedTuple):
    """`real` (trucks, 9), `whole` (trucks, 3); `cost` (classes, places, places) of driving.

    A truck's day leads from its START to its HOME, which may be the same place. `cost_to` and
    `time_to` are the matrices turned round, so that the ways to one place lie side by side.
    """

    real: Floats
    whole: Ints
    cost: Floats
    time: Floats
    cost_to: Floats
    time_to: Floats

    @staticmethod
    def of(real: Floats, whole: Ints, cost: Floats, time: Floats) -> Trucks:
        turned = np.ascontiguousarray(cost.transpose(0, 2, 1)), np.ascontiguousarray(time.T)
        return Trucks(real, whole, cost, time, *turned)


class Rules(NamedTuple):
    """`cleaning[a, b]` seconds between materials, -1 where they may share a truck.

    `intake` is what each receiver takes in all.
    """

    cleaning: Floats
    intake: Floats


class Plan(NamedTuple):
    """The current tours, the best ones, and what undoes one iteration; see `routing.tours`.

    Per truck and position: `spot` and `leg`, where the task is and what the way to it costs, the
    way home last; `free`, when the task is done; `latest`, when it must start; `aboard`
    and `filled`, mass and volume after it; `wheel`, driving since the last rest; `tail`, when it
    must start for the shift to hold if nothing waits; `ahead`, driving from it to the end, or minus
    infinity where a wait may serve as rest.

    Where a load goes best in a truck is known for as long as the truck's tour has the same
    `version`: `known` is the version looked at, `least` the cost and `known_at` the place (start,
    drop, end), or start -1 where there is none that costs less.
    """

    tour: Ints
    size: Ints
    spot: Ints
    leg: Floats
    free: Floats
    latest: Floats
    wheel: Floats
    tail: Floats
    ahead: Floats
    aboard: Floats
    filled: Floats
    truck: Floats
    where: Ints
    taken: Floats
    closed: Ints
    absent: Ints
    order: Floats
    mark: Ints
    saved: Ints
    saved_tour: Ints
    saved_size: Ints
    saved_absent: Ints
    best_tour: Ints
    best_size: Ints
    version: Ints
    saved_version: Ints
    known: Ints
    least: Floats
    known_at: Ints
    trial: Ints
    trial_free: Floats
    trial_wheel: Floats
    num: Ints
    value: Floats
    random: Words


def ints(*shape: int) -> Ints:
    return np.zeros(shape, dtype=np.int64)


def floats(*shape: int) -> Floats:
    return np.zeros(shape, dtype=np.float64)


def empty_plan(jobs: Jobs, trucks: Trucks, rules: Rules, random: Words, width: int) -> Plan:
    """No truck moves yet, which is a plan as any; a tour holds at most `width` tasks."""
    loads, fleet = len(jobs.penalty), len(trucks.whole)
    table = (loads, fleet) if loads * fleet <= MOST_KNOWN else (0, 0)
    absent = ints(loads + 1)
    absent[:loads] = np.arange(loads)
    num = ints(6)
    num[ABSENT] = loads
    left_out = jobs.penalty.sum()
    full = float(loads <= MOST_SMALL_LOADS)
    value = np.array([left_out, left_out, BLINK_SHARE, 1.0, full])
    return Plan(
        ints(fleet, width),
        ints(fleet),
        ints(fleet, width + 1),
        floats(fleet, width + 1),
        floats(fleet, width),
        floats(fleet, width),
        floats(fleet, width),
        floats(fleet, width),
        floats(fleet, width),
        floats(fleet, width),
        floats(fleet, width),
        floats(4, fleet),
        np.full(loads, -1, dtype=np.int64),
        floats(len(rules.intake)),
        ints(fleet),
        absent,
        floats(loads + 1),
        np.full(fleet, -1, dtype=np.int64),
        ints(fleet),
        ints(fleet, width),
        ints(fleet),
        ints(loads + 1),
        ints(fleet, width),
        ints(fleet),
        ints(fleet),
        ints(fleet),
        np.full(table, -1, dtype=np.int64),
        floats(*table),
        ints(*table, 3),
        ints(width + 2),
        floats(width + 2),
        floats(width + 2),
        num,
        value,
        random,
    )
