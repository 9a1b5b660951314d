"""Ruin and recreate for pick-ups and deliveries with a day's side constraints, compiled.

The same method as `routing.sisr` (doi 10.1287/trsc.2019.0914) on pairs of tasks: strings of tasks
are cut out with the other ends of their loads, and each load goes back to its cheapest pair of
places. The cost of a place is driving only; a changed truck's exact cost, hours included, decides
on acceptance. Getting rid of a truck follows the paper too: what has been absent often goes first.
"""

from __future__ import annotations

import math

from routing.compiled import below, compiled, inlined, uniform
from routing.haul import (
    ABSENT,
    ALIKE,
    BEST,
    BLINK,
    BROKEN,
    BY_ABSENCE,
    CAPACITY,
    CLASS,
    CLOSES,
    COST,
    FIXED,
    HOME,
    ITERATION,
    LOAD,
    MASS,
    OLD_COST,
    OPENING,
    OPENS,
    PLACE,
    RECEIVER,
    ROOM,
    SAVED,
    SAVED_ABSENT,
    SERVICE,
    START,
    TOUR_COST,
    VOLUME,
    WEIGHING,
    WINDOW_FROM,
    WINDOW_TO,
    Jobs,
    Plan,
    Rules,
    Trucks,
)
from routing.haul_clock import NEVER, gate, walk
from routing.haul_moves import cut, measure, put, remember, save, undo

MEAN_REMOVED = 10
LONGEST_STRING = 10
# How often an iteration makes the first trip of an idle truck cheaper than it is: several loads may
# pay for a truck together that none of them pays for alone. Acceptance counts the full cost.
CHEAP_OPENING_SHARE = 0.1
# Loads absent for longer that an iteration tries again.
MOST_RETRIED = 4


@compiled
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


@compiled
def first_tried(plan: Plan) -> int:
    """Choose what to try: all that was just cut out and, of what was absent before, only a few.

    Where the fleet is far too small hundreds of loads are absent, and trying them all each time
    would leave no time for anything else. They are drawn to the end of the old part.
    """
    old = plan.num[SAVED_ABSENT]
    if old <= MOST_RETRIED or plan.num[ITERATION] <= 1:
        return 0
    for drawn in range(MOST_RETRIED):
        last = old - 1 - drawn
        other = below(plan.random, last + 1)
        plan.absent[last], plan.absent[other] = plan.absent[other], plan.absent[last]
    return int(old - MOST_RETRIED)


@compiled
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


@compiled
def passes(
    jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan, truck: int, load: int,
    start: int, drop: int, end: int,
) -> bool:  # fmt: skip
    """Walk through the truck's day with the load put in."""
    size, trial = plan.size[truck], plan.trial
    write = 0
    for position in range(size + 1):
        if position == start:
            trial[write] = load
            write += 1
        if position == end:
            trial[write] = drop
            write += 1
        if position < size:
            trial[write] = plan.tour[truck, position]
            write += 1
    duty, _ = walk(jobs, trucks, rules, truck, trial, write, plan.trial_free)
    return bool(duty != NEVER)


@inlined
def has_room(jobs: Jobs, trucks: Trucks, plan: Plan, truck: int, load: int, position: int) -> bool:
    """Whether the load fits beside what is aboard after the task at `position`."""
    mass = plan.aboard[truck, position] + jobs.real[load, MASS]
    volume = plan.filled[truck, position] + jobs.real[load, VOLUME]
    return bool(mass <= trucks.real[truck, CAPACITY] and volume <= trucks.real[truck, ROOM])


@inlined
def down_fits(
    jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan, truck: int, load: int,
    start: int, drop: int, end: int, last: int, clock: float,
) -> bool:  # fmt: skip
    """Whether the load can be put down there: intake, gate, and the rest of the day."""
    down, size = jobs.whole[drop], plan.size[truck]
    receiver = down[RECEIVER]
    if receiver >= 0 and plan.taken[receiver] + jobs.real[load, MASS] > rules.intake[receiver]:
        return False
    arrival = clock + trucks.time[last, down[PLACE]]
    done = gate(jobs.windows, down[WINDOW_FROM], down[WINDOW_TO], arrival)
    if done == NEVER:
        return False
    done += jobs.real[drop, SERVICE] - jobs.real[drop, WEIGHING]
    if end == size:
        done += trucks.time[down[PLACE], trucks.whole[truck, HOME]]
        if done > trucks.real[truck, CLOSES]:
            return False
    else:
        done += trucks.time[down[PLACE], jobs.whole[plan.tour[truck, end], PLACE]]
        if done > plan.latest[truck, end]:
            return False
    # So far rests and washing were left out: exact for a plain instance, else a first sieve.
    return bool(rules.plain[0] or passes(jobs, trucks, rules, plan, truck, load, start, drop, end))


@inlined
def best_end(
    jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan, truck: int, load: int,
    start: int, clock: float, limit: float,
) -> tuple[float, int, int]:  # fmt: skip
    """Find the cheapest way and place to put the load down once taken up before `start`."""
    cost, home = trucks.cost[trucks.whole[truck, CLASS]], trucks.whole[truck, HOME]
    size, tour = plan.size[truck], plan.tour[truck]
    up = jobs.whole[load, PLACE]
    before = jobs.whole[tour[start - 1], PLACE] if start else trucks.whole[truck, START]
    after = jobs.whole[tour[start], PLACE] if start < size else home
    found_drop, found_end = -1, -1
    direct = cost[before, after] if size else 0.0
    spent = cost[before, up] + (0.0 if size else trucks.real[truck, FIXED] * plan.value[OPENING])
    last = up
    for end in range(start, size + 1):
        if end > start:
            row = jobs.whole[tour[end - 1]]
            arrival = clock + trucks.time[last, row[PLACE]]
            clock = gate(jobs.windows, row[WINDOW_FROM], row[WINDOW_TO], arrival)
            late = clock == NEVER or clock > plan.latest[truck, end - 1]
            if late or not has_room(jobs, trucks, plan, truck, load, end - 1):
                break
            clock += jobs.real[tour[end - 1], SERVICE]
            if end == start + 1:
                spent += cost[up, row[PLACE]] - direct
            last = row[PLACE]
        following = jobs.whole[tour[end], PLACE] if end < size else home
        saved = direct if end == start else cost[last, following]
        for drop in range(jobs.drops[load], jobs.drops[load + 1]):
            down = jobs.whole[drop, PLACE]
            delta = spent + cost[last, down] + cost[down, following] - saved
            if (
                delta < limit
                and uniform(plan.random) >= plan.value[BLINK]
                and down_fits(jobs, trucks, rules, plan, truck, load, start, drop, end, last, clock)
            ):
                limit, found_drop, found_end = delta, drop, end
    return limit, found_drop, found_end


@inlined
def usable(jobs: Jobs, trucks: Trucks, plan: Plan, truck: int, load: int) -> bool:
    """Whether the truck may take the load; of idle trucks alike only the first is tried."""
    kind = trucks.whole[truck, CLASS]
    if plan.closed[truck] or not jobs.may[load, kind]:
        return False
    if plan.size[truck] or truck == 0 or plan.size[truck - 1]:
        return bool(plan.size[truck] + 2 <= plan.tour.shape[1])
    return bool(plan.closed[truck - 1] or trucks.whole[truck - 1, CLASS] != kind)


@compiled
def place(
    jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan, truck: int, load: int,
    start: int, drop: int, end: int,
) -> None:  # fmt: skip
    save(plan, truck)
    put(plan, truck, load, start, drop, end)
    receiver = jobs.whole[drop, RECEIVER]
    if receiver >= 0:
        plan.taken[receiver] += jobs.real[load, MASS]
    measure(jobs, trucks, rules, plan, truck)


@compiled
def find_best(
    jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan, load: int, limit: float
) -> tuple[int, int, int, int]:
    """Find where the load costs least and below `limit`: (truck, start, drop, end); truck -1."""
    at_truck, at_start, at_drop, at_end = -1, -1, -1, -1
    up = jobs.whole[load]
    for truck in range(len(plan.size)):
        if not usable(jobs, trucks, plan, truck, load):
            continue
        size, tour, home = plan.size[truck], plan.tour[truck], trucks.whole[truck, HOME]
        cost = trucks.cost[trucks.whole[truck, CLASS]]
        before = trucks.whole[truck, START]
        for start in range(size + 1):
            after = jobs.whole[tour[start], PLACE] if start < size else home
            # Going round by the pick-up alone is already too dear: true where roads obey the
            # triangle inequality, a fair guess elsewhere. It spares nearly all the work below.
            detour = cost[before, up[PLACE]] + cost[up[PLACE], after]
            spared = cost[before, after] if size else 0.0
            last, before = before, after
            if detour - spared >= limit:
                continue
            if rules.plain[0] == ALIKE and start < size and after == up[PLACE]:
                continue
            if start and not has_room(jobs, trucks, plan, truck, load, start - 1):
                continue
            clock = plan.free[truck, start - 1] if start else trucks.real[truck, OPENS]
            arrival = clock + trucks.time[last, up[PLACE]]
            clock = gate(jobs.windows, up[WINDOW_FROM], up[WINDOW_TO], arrival)
            if clock == NEVER:
                continue
            clock += jobs.real[load, SERVICE]
            found, drop, end = best_end(jobs, trucks, rules, plan, truck, load, start, clock, limit)
            if drop >= 0:
                limit, at_truck, at_start, at_drop, at_end = found, truck, start, drop, end
    return at_truck, at_start, at_drop, at_end


@compiled
def recreate(jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan) -> None:
    """Put the absent back one by one; what fits nowhere, or costs more than its worth, stays."""
    first = first_tried(plan)
    sort_absent(jobs, trucks, plan, first)
    left = first
    for index in range(first, plan.num[ABSENT]):
        load = plan.absent[index]
        limit = jobs.penalty[load] + 1e-9
        truck, start, drop, end = find_best(jobs, trucks, rules, plan, load, limit)
        if truck >= 0:
            place(jobs, trucks, rules, plan, truck, load, start, drop, end)
        else:
            plan.absent[left] = load
            left += 1
    plan.num[ABSENT] = left


@compiled
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
def often_absent(plan: Plan) -> int:
    """Compare how often the absent have been absent, new against old; and count it once more."""
    difference = 0
    for index in range(plan.num[SAVED_ABSENT]):
        difference -= plan.missed[plan.saved_absent[index]]
    for index in range(plan.num[ABSENT]):
        difference += plan.missed[plan.absent[index]]
    for index in range(plan.num[ABSENT]):
        plan.missed[plan.absent[index]] += 1
    return difference


@compiled
def search(
    jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan, iterations: int, hot: float, cold: float
) -> int:
    """Iterate while the temperature falls from `hot` to `cold`; returns the iterations done.

    With `num[BY_ABSENCE]` set the aim is a plan without absent loads, and the search ends with it.
    """
    factor = (cold / hot) ** (1.0 / max(1, iterations))
    temperature = hot
    for iteration in range(iterations):
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
        if plan.num[BY_ABSENCE]:
            accept |= often_absent(plan) < 0
        if plan.num[BROKEN] or not accept:
            undo(jobs, trucks, rules, plan)
        else:
            plan.value[COST] += extra
            better = plan.value[COST] < plan.value[BEST] - 1e-7
            if better and not plan.num[BY_ABSENCE]:
                remember(plan)
        if plan.num[BY_ABSENCE] and plan.num[ABSENT] == 0:
            remember(plan)
            return iteration + 1
        temperature *= factor
    return iterations
