"""Where a load can go into tours that stand, and what that costs: the search's inner loops."""

from __future__ import annotations

import math

import numpy as np

from routing.compiled import compiled, inlined, inner, uniform
from routing.haul import (
    BLINK,
    CALL,
    CAPACITY,
    CLASS,
    CLOSES,
    CONTINUOUS,
    FIXED,
    FULL,
    HOME,
    IDLE,
    MASS,
    OPENING,
    OPENS,
    PLACE,
    RATE,
    RECEIVER,
    REST,
    ROOM,
    SERVICE,
    SLACK,
    START,
    VOLUME,
    WEIGHING,
    WINDOW_FROM,
    WINDOW_TO,
    Jobs,
    Plan,
    Rules,
    Trucks,
)
from routing.haul_clock import NEVER, gate, same_call, walk
from routing.haul_moves import measure, put, save


@inner
def passes(
    jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan, truck: int, load: int,
    start: int, drop: int, end: int,
) -> float:  # fmt: skip
    """Walk through the truck's day with the load put in: time on duty, not driving, or NEVER."""
    size, trial = plan.size[truck], plan.trial
    write = int(np.int64(0))
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
    duty, driven = walk(jobs, trucks, rules, truck, trial, write, plan.trial_free, plan.trial_wheel)
    return duty - driven if duty != NEVER else NEVER


@inlined
def has_room(jobs: Jobs, trucks: Trucks, plan: Plan, truck: int, load: int, position: int) -> bool:
    """Whether the load fits beside what is aboard after the task at `position`."""
    mass = plan.aboard[truck, position] + jobs.real[load, MASS]
    volume = plan.filled[truck, position] + jobs.real[load, VOLUME]
    return bool(mass <= trucks.real[truck, CAPACITY] and volume <= trucks.real[truck, ROOM])


@inlined
def down_fits(
    jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan, truck: int, load: int,
    start: int, drop: int, end: int, last: int, clock: float, driven: float,
) -> float:  # fmt: skip
    """Time on duty, not driving, with the load put down there; NEVER where it cannot be.

    Intake, gate, and the rest of the day. `clock` and `driven`, since the last rest, are those of
    leaving the place `last`.
    """
    down, size, tour = jobs.whole[drop], plan.size[truck], plan.tour[truck]
    receiver = down[RECEIVER]
    if receiver >= 0 and plan.taken[receiver] + jobs.real[load, MASS] > rules.intake[receiver]:
        return NEVER
    arrival = clock + trucks.time[last, down[PLACE]]
    if end > start and same_call(jobs, tour[end - 1], drop):
        done = arrival + jobs.real[drop, SERVICE] - jobs.real[drop, WEIGHING]
    else:
        done = gate(jobs.windows, down[WINDOW_FROM], down[WINDOW_TO], arrival)
        if done == NEVER:
            return NEVER
        waited = done > arrival
        driven = -np.inf if waited else driven + trucks.time[last, down[PLACE]]
        done += jobs.real[drop, SERVICE]
    if end == size:
        leg, ahead = trucks.time[down[PLACE], trucks.whole[truck, HOME]], 0.0
        must = tail = trucks.real[truck, CLOSES]
    else:
        leg, ahead = trucks.time[down[PLACE], plan.spot[truck, end]], plan.ahead[truck, end]
        must, tail = plan.latest[truck, end], plan.tail[truck, end]
        if same_call(jobs, drop, tour[end]):
            must = tail = tail + jobs.real[tour[end], WEIGHING]
    if done + leg > must:
        return NEVER
    # So far rests and washing were left out.
    driven += leg + ahead
    if driven > trucks.real[truck, CONTINUOUS]:
        rests = math.ceil(driven / trucks.real[truck, CONTINUOUS]) - 1
        if done + leg + rests * trucks.real[truck, REST] > tail:
            return NEVER
    return passes(jobs, trucks, rules, plan, truck, load, start, drop, end)


@inlined
def gone_on(
    jobs: Jobs, trucks: Trucks, plan: Plan, truck: int, start: int, position: int, last: int,
    clock: float, driven: float,
) -> tuple[float, float]:  # fmt: skip
    """Go on from `last` to the task at `position`: (when done, driving since the last rest).

    NEVER where the gate is shut or the rest of the day would not hold. The load is aboard since
    before `start`; washing and rests are left out.
    """
    task = plan.tour[truck, position]
    row = jobs.whole[task]
    leg = trucks.time[last, row[PLACE]]
    arrival = clock + leg
    spared = 0.0
    if position > start and same_call(jobs, plan.tour[truck, position - 1], task):
        clock, spared = arrival, jobs.real[task, WEIGHING]
    else:
        clock = gate(jobs.windows, row[WINDOW_FROM], row[WINDOW_TO], arrival)
    if clock == NEVER or clock > plan.latest[truck, position]:
        return NEVER, driven
    driven = -np.inf if clock > arrival else driven + leg
    return clock + jobs.real[task, SERVICE] - spared, driven


@inlined
def best_end(
    jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan, truck: int, load: int,
    start: int, clock: float, driven: float, limit: float, spare: float,
) -> tuple[float, int, int]:  # fmt: skip
    """Find the cheapest way and place to put the load down once taken up before `start`.

    `spare` is by how much the driving may cost more than all that a place adds to the cost.
    """
    cost, size = trucks.cost[trucks.whole[truck, CLASS]], plan.size[truck]
    tour, spot = plan.tour[truck], plan.spot[truck]
    last, rate = jobs.whole[load, PLACE], trucks.real[truck, RATE]
    found_drop, found_end = -1, -1
    before = spot[start - 1] if start else trucks.whole[truck, START]
    spent = cost[before, last] + (0.0 if size else trucks.real[truck, FIXED] * plan.value[OPENING])
    for end in range(start, size + 1):
        if end > start:
            task = tour[end - 1]
            place = jobs.whole[task, PLACE]
            clock, driven = gone_on(jobs, trucks, plan, truck, start, end - 1, last, clock, driven)
            if clock == NEVER or not has_room(jobs, trucks, plan, truck, load, end - 1):
                break
            if end == start + 1:
                spent += cost[last, place] - plan.leg[truck, start]
            last = place
        spent_here = spent - plan.leg[truck, end]
        for drop in range(jobs.drops[load], jobs.drops[load + 1]):
            down = jobs.whole[drop, PLACE]
            delta = spent_here + cost[last, down] + cost[down, spot[end]]
            if delta >= limit + spare or uniform(plan.random) < plan.value[BLINK]:
                continue
            idle = down_fits(
                jobs, trucks, rules, plan, truck, load, start, drop, end, last, clock, driven
            )
            if idle == NEVER:
                continue
            if plan.value[FULL] > 0.0:
                delta += rate * (idle - plan.truck[IDLE, truck])
            if delta < limit:
                limit, found_drop, found_end = delta, drop, end
    return limit, found_drop, found_end


@inlined
def soonest(jobs: Jobs, trucks: Trucks, load: int) -> tuple[float, float]:
    """Time at the least from leaving with the load to having put it down, and weighing spared.

    The second is what the task after it may be spared if it is at the same receiver.
    """
    least, spared = np.inf, 0.0
    for drop in range(jobs.drops[load], jobs.drops[load + 1]):
        work = jobs.real[drop, SERVICE] - jobs.real[drop, WEIGHING]
        least = min(least, trucks.time[jobs.whole[load, PLACE], jobs.whole[drop, PLACE]] + work)
        spared = max(spared, jobs.real[drop, WEIGHING])
    return least, spared


@inlined
def usable(jobs: Jobs, trucks: Trucks, plan: Plan, truck: int, load: int) -> bool:
    """Whether the truck may take the load; of idle trucks alike only the first is tried."""
    kind = trucks.whole[truck, CLASS]
    if plan.closed[truck] or not jobs.may[load, kind]:
        return False
    if plan.size[truck] or truck == 0 or plan.size[truck - 1]:
        return bool(plan.size[truck] + 2 <= plan.tour.shape[1])
    return bool(plan.closed[truck - 1] or trucks.whole[truck - 1, CLASS] != kind)


@inner
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


@inlined
def taken_up(
    jobs: Jobs, trucks: Trucks, plan: Plan, truck: int, load: int, start: int, leg: float
) -> tuple[float, float]:  # fmt: skip
    """Take the load up after a way of `leg`: (when done, driving since the last rest); or NEVER."""
    up = jobs.whole[load]
    clock, driven = trucks.real[truck, OPENS], 0.0
    if start:
        clock, driven = plan.free[truck, start - 1], plan.wheel[truck, start - 1]
    arrival = clock + leg
    clock = gate(jobs.windows, up[WINDOW_FROM], up[WINDOW_TO], arrival)
    if clock == NEVER:
        return NEVER, 0.0
    driven = -np.inf if clock > arrival else driven + leg
    return clock + jobs.real[load, SERVICE], driven


@inlined
def in_time(
    jobs: Jobs, trucks: Trucks, plan: Plan, truck: int, load: int, start: int, clock: float,
    least: float, spared: float,
) -> bool:  # fmt: skip
    """Whether a truck that has loaded by `clock` may do what follows: put down, or drive on."""
    if start == plan.size[truck]:
        return bool(clock + least <= trucks.real[truck, CLOSES])
    onward = least
    if has_room(jobs, trucks, plan, truck, load, start):
        onward = min(least, trucks.time[jobs.whole[load, PLACE], plan.spot[truck, start]])
    if clock + onward <= plan.latest[truck, start] + spared:
        return True
    # Where the load's delivery joins the call that follows, only its own needs the gate open.
    call = jobs.whole[plan.tour[truck, start], CALL]
    for drop in range(jobs.drops[load], jobs.drops[load + 1] if call >= 0 else 0):
        if jobs.whole[drop, CALL] == call:
            return bool(clock + least <= plan.tail[truck, start] + spared)
    return False


@inlined
def spare_cost(jobs: Jobs, trucks: Trucks, plan: Plan, truck: int, load: int) -> float:
    """By how much a place's driving may cost more than all that it adds to the cost.

    At the best all waiting, rests and washing of the day fall away, and a second by rounding.
    """
    if plan.value[FULL] == 0.0:
        return 0.0
    work = np.inf
    for drop in range(jobs.drops[load], jobs.drops[load + 1]):
        work = min(work, jobs.real[drop, SERVICE] - jobs.real[drop, WEIGHING])
    work += jobs.real[load, SERVICE]
    return float(trucks.real[truck, RATE] * (plan.truck[SLACK, truck] + 1.0 - work))


@inner
def best_in(
    jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan, truck: int, load: int, limit: float
) -> tuple[float, int, int, int]:
    """Find the load's best place in this truck: (cost, start, drop, end); start -1: nowhere."""
    at_start, at_drop, at_end = -1, -1, -1
    here, kind = jobs.whole[load, PLACE], trucks.whole[truck, CLASS]
    least, spared = soonest(jobs, trucks, load)
    spare = spare_cost(jobs, trucks, plan, truck, load)
    cost_to, cost_on = trucks.cost_to[kind, here], trucks.cost[kind, here]
    size, spot, leg_cost = plan.size[truck], plan.spot[truck], plan.leg[truck]
    spot[size] = trucks.whole[truck, HOME]
    before = trucks.whole[truck, START]
    for start in range(size + 1):
        # Going round by the pick-up alone is already too dear: true where roads obey the
        # triangle inequality, a fair guess elsewhere. It spares nearly all the work below.
        last, before = before, spot[start]
        if cost_to[last] + cost_on[before] - leg_cost[start] >= limit + spare:
            continue
        if start and not has_room(jobs, trucks, plan, truck, load, start - 1):
            continue
        leg = trucks.time_to[here, last]
        clock, driven = taken_up(jobs, trucks, plan, truck, load, start, leg)
        if clock == NEVER or not in_time(
            jobs, trucks, plan, truck, load, start, clock, least, spared
        ):
            continue
        found, drop, end = best_end(
            jobs, trucks, rules, plan, truck, load, start, clock, driven, limit, spare
        )
        if drop >= 0:
            limit, at_start, at_drop, at_end = found, start, drop, end
    return limit, at_start, at_drop, at_end


@inlined
def free_choice(jobs: Jobs, rules: Rules, plan: Plan, load: int) -> bool:
    """Whether the truck alone decides where the load can go, not what receivers have taken."""
    if len(plan.known) == 0:
        return False
    for drop in range(jobs.drops[load], jobs.drops[load + 1]):
        receiver = jobs.whole[drop, RECEIVER]
        if receiver >= 0 and rules.intake[receiver] < np.inf:
            return False
    return True


@inlined
def is_known(plan: Plan, truck: int, load: int) -> bool:
    """Whether the load's best place in the truck has been found since its tour was changed."""
    return bool(plan.size[truck] > 0 and plan.known[load, truck] == plan.version[truck])


@inlined
def worth_a_look(plan: Plan, truck: int, load: int, limit: float) -> bool:
    """Whether a place may cost less than `limit` where last time none cost less than it did."""
    return bool(plan.known_at[load, truck, 0] < 0 and plan.least[load, truck] < limit)


@inner
def recall(jobs: Jobs, trucks: Trucks, plan: Plan, load: int, limit: float) -> tuple[float, int]:
    """Find the truck whose known place is best: (cost, truck), truck -1 where none is known."""
    at_truck = -1
    for truck in range(len(plan.size)):
        if not is_known(plan, truck, load) or plan.least[load, truck] >= limit:
            continue
        if plan.known_at[load, truck, 0] < 0 or not usable(jobs, trucks, plan, truck, load):
            continue
        if uniform(plan.random) >= plan.value[BLINK]:
            limit, at_truck = plan.least[load, truck], truck
    return limit, at_truck


@compiled
def find_best(
    jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan, load: int, limit: float
) -> tuple[int, int, int, int]:
    """Find where the load costs least and below `limit`: (truck, start, drop, end); truck -1."""
    at_truck, at_start, at_drop, at_end = -1, -1, -1, -1
    keeps = free_choice(jobs, rules, plan, load)
    if keeps:
        limit, at_truck = recall(jobs, trucks, plan, load, limit)
    if at_truck >= 0:
        place_known = plan.known_at[load, at_truck]
        at_start, at_drop, at_end = place_known[0], place_known[1], place_known[2]
    for truck in range(len(plan.size)):
        if keeps and is_known(plan, truck, load) and not worth_a_look(plan, truck, load, limit):
            continue
        if not usable(jobs, trucks, plan, truck, load):
            continue
        found, start, drop, end = best_in(jobs, trucks, rules, plan, truck, load, limit)
        if keeps:
            plan.known[load, truck], plan.least[load, truck] = plan.version[truck], found
            place_known = plan.known_at[load, truck]
            place_known[0], place_known[1], place_known[2] = start, drop, end
        if start >= 0:
            limit, at_truck, at_start, at_drop, at_end = found, truck, start, drop, end
    return at_truck, at_start, at_drop, at_end
