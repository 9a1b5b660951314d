"""Ruin and recreate for pick-ups and deliveries with a day's side constraints, compiled.

The same method as `routing.sisr` (doi 10.1287/trsc.2019.0914) on pairs of tasks: strings of tasks
are cut out with the other ends of their loads, and each load goes back to its cheapest pair of
places. On large days the cost of a place is driving only; a changed truck's exact cost, hours
included, decides on acceptance.
"""

from __future__ import annotations

import math

from routing.compiled import below, compiled, inner, uniform
from routing.haul import (
    ABSENT,
    BEST,
    BROKEN,
    COST,
    FULL,
    ITERATION,
    LOAD,
    MASS,
    OLD_COST,
    OPENING,
    PLACE,
    SAVED,
    SAVED_ABSENT,
    START,
    TOUR_COST,
    WINDOW_FROM,
    Jobs,
    Plan,
    Rules,
    Trucks,
)
from routing.haul_moves import cut, measure, remember, save, undo
from routing.haul_places import find_best, place

MEAN_REMOVED = 10
LONGEST_STRING = 10
# How often an iteration makes the first trip of an idle truck cheaper than it is, and leaving a
# load out dearer: several loads may pay for a truck or a detour together that none of them pays
# for alone. Acceptance counts the full cost.
CHEAP_OPENING_SHARE = 0.1
# Loads absent for longer that an iteration tries again, and how many where leaving them out is
# dearer: those then lie close to each other.
MOST_RETRIED = 4
MOST_TOGETHER = 20


@inner
def ruin(jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan) -> None:
    """Cut strings of tasks out of tours near one load drawn at random."""
    loads = len(jobs.penalty)
    tasks, active = 0, 0
    for truck in range(len(plan.size)):
        tasks += plan.size[truck]
        active += plan.size[truck] > 0
    if active == 0:
        return
    longest = max(1.0, min(float(LONGEST_STRING), tasks / active))
    most = 4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0
    strings = 1 + int(uniform(plan.random) * most)
    centre = below(plan.random, loads)
    done = 0
    for rank in range(jobs.near.shape[1]):
        load = jobs.near[centre, rank]
        truck = plan.where[load]
        if truck < 0 or plan.mark[truck] == plan.num[ITERATION]:
            continue
        size = plan.size[truck]
        length = min(size, 1 + below(plan.random, int(min(float(size), longest))))
        place = 0
        while jobs.whole[plan.tour[truck, place], LOAD] != load:
            place += 1
        low, high = max(0, place - length + 1), min(place, size - length)
        save(plan, truck)
        cut(jobs, plan, truck, low + below(plan.random, high - low + 1), length)
        measure(jobs, trucks, rules, plan, truck)
        done += 1
        if done >= strings:
            return


@inner
def first_tried(jobs: Jobs, trucks: Trucks, plan: Plan) -> int:
    """Choose what to try: all that was just cut out and, of what was absent before, only a few.

    On small days that is all. Where the fleet is far too small hundreds of loads are absent, and
    trying them all each time would leave no time for anything else. They are drawn to the end of
    the old part.
    """
    old = plan.num[SAVED_ABSENT]
    if plan.value[FULL] > 0.0 or old <= MOST_RETRIED or plan.num[ITERATION] <= 1:
        return 0
    together = plan.value[OPENING] < 1.0
    few = min(old, MOST_TOGETHER if together else MOST_RETRIED)
    for drawn in range(few):
        last = old - 1 - drawn
        other = below(plan.random, last + 1)
        if together and drawn > 0:
            other = closest_absent(jobs, trucks, plan, plan.absent[old - 1], last + 1)
        plan.absent[last], plan.absent[other] = plan.absent[other], plan.absent[last]
    return int(old - few)


@inner
def closest_absent(jobs: Jobs, trucks: Trucks, plan: Plan, load: int, count: int) -> int:
    """Find, of the first so many absent, the one that is taken up closest to the load."""
    found = 0
    for index in range(count):
        best, place = jobs.whole[plan.absent[found], PLACE], jobs.whole[plan.absent[index], PLACE]
        here = jobs.whole[load, PLACE]
        if trucks.time[here, place] < trucks.time[here, best]:
            found = index
    return found


@inner
def sort_absent(jobs: Jobs, trucks: Trucks, plan: Plan, first: int) -> None:
    """Order the absent at random, by mass, far or close first, by windows, or by worth."""
    how = below(plan.random, 18)
    home = trucks.whole[0, START]
    for index in range(first, plan.num[ABSENT]):
        load = plan.absent[index]
        row = jobs.whole[load]
        window = row[WINDOW_FROM]
        if how < 4:
            key = uniform(plan.random)
        elif how < 8:
            key = -jobs.real[load, MASS]
        elif how < 10:
            key = -trucks.time[home, row[PLACE]]
        elif how < 11:
            key = trucks.time[home, row[PLACE]]
        elif how < 13:
            key = jobs.windows[window, 1] - jobs.windows[window, 0]
        elif how < 15:
            key = jobs.windows[window, 0]
        elif how < 17:
            key = -jobs.windows[window, 1]
        else:
            key = -jobs.penalty[load]
        spot = index
        while spot > first and plan.order[spot - 1] > key:
            plan.order[spot] = plan.order[spot - 1]
            plan.absent[spot] = plan.absent[spot - 1]
            spot -= 1
        plan.order[spot] = key
        plan.absent[spot] = load


@inner
def recreate(jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan) -> None:
    """Put the absent back one by one; what fits nowhere, or costs more than its worth, stays."""
    first = first_tried(jobs, trucks, plan)
    sort_absent(jobs, trucks, plan, first)
    left = first
    for index in range(first, plan.num[ABSENT]):
        load = plan.absent[index]
        limit = (jobs.penalty[load] + 1e-9) / plan.value[OPENING]
        truck, start, drop, end = find_best(jobs, trucks, rules, plan, load, limit)
        if truck >= 0:
            place(jobs, trucks, rules, plan, truck, load, start, drop, end)
        else:
            plan.absent[left] = load
            left += 1
    plan.num[ABSENT] = left


@inner
def change(jobs: Jobs, plan: Plan) -> float:
    """Work out what this iteration adds to the cost of the whole plan."""
    total = 0.0
    for index in range(plan.num[SAVED]):
        truck = plan.saved[index]
        total += plan.truck[TOUR_COST, truck] - plan.truck[OLD_COST, truck]
    for index in range(plan.num[ABSENT]):
        total += jobs.penalty[plan.absent[index]]
    for index in range(plan.num[SAVED_ABSENT]):
        total -= jobs.penalty[plan.saved_absent[index]]
    return total


@compiled
def search(
    jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan, iterations: int, hot: float, cold: float
) -> None:
    """Iterate while the temperature falls from `hot` to `cold`."""
    factor = (cold / hot) ** (1.0 / max(1, iterations))
    temperature = hot
    for _ in range(iterations):
        plan.num[ITERATION] += 1
        plan.num[SAVED] = 0
        plan.num[SAVED_ABSENT] = plan.num[ABSENT]
        for index in range(plan.num[ABSENT]):
            plan.saved_absent[index] = plan.absent[index]
        plan.value[OPENING] = 1.0
        if uniform(plan.random) < CHEAP_OPENING_SHARE:
            plan.value[OPENING] = uniform(plan.random)
        ruin(jobs, trucks, rules, plan)
        recreate(jobs, trucks, rules, plan)
        extra = change(jobs, plan)
        accept = extra <= -temperature * math.log(1.0 - uniform(plan.random))
        if plan.num[BROKEN] or not accept:
            undo(jobs, trucks, rules, plan)
        else:
            plan.value[COST] += extra
            if plan.value[COST] < plan.value[BEST] - 1e-7:
                remember(plan)
        temperature *= factor
