"""The small steps on hauls: put a load in, take loads out, save, undo, remember."""

from __future__ import annotations

import numpy as np

from routing.compiled import compiled, inner
from routing.haul import (
    ABSENT,
    BEST,
    BROKEN,
    CLASS,
    CLOSES,
    COST,
    DROP,
    HOME,
    IDLE,
    ITERATION,
    LOAD,
    MASS,
    OLD_COST,
    PLACE,
    RECEIVER,
    SAVED,
    SAVED_ABSENT,
    SERVICE,
    SLACK,
    START,
    TOUR_COST,
    VERSION,
    VOLUME,
    WEIGHING,
    WINDOW_FROM,
    WINDOW_TO,
    Jobs,
    Plan,
    Rules,
    Trucks,
)
from routing.haul_clock import NEVER, price, same_call, walk


@inner
def measure(jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan, truck: int) -> None:
    """Bring one truck's clock, loads, cost and look-ups up to date."""
    tour, size = plan.tour[truck], plan.size[truck]
    duty, driven = walk(jobs, trucks, rules, truck, tour, size, plan.free[truck], plan.wheel[truck])
    if duty == NEVER:
        plan.num[BROKEN] += 1
    plan.num[VERSION] += 1
    plan.version[truck] = plan.num[VERSION]
    plan.truck[TOUR_COST, truck] = price(jobs, trucks, truck, tour, size, duty, driven)
    plan.truck[IDLE, truck] = plan.truck[SLACK, truck] = duty - driven
    mass, volume = 0.0, 0.0
    for position in range(size):
        task = tour[position]
        mass += jobs.real[task, MASS]
        volume += jobs.real[task, VOLUME]
        plan.aboard[truck, position] = mass
        plan.filled[truck, position] = volume
        plan.where[jobs.whole[task, LOAD]] = truck
    look_ahead(jobs, trucks, plan, truck)


@inner
def look_ahead(jobs: Jobs, trucks: Trucks, plan: Plan, truck: int) -> None:
    """Work out from the end what each task must keep to for the rest of the day to hold.

    Rests and washing are left out of `latest`: without them it is exact, with them a bound. A
    delivery that goes on with the call before it needs no open gate.
    """
    tour, size, following = plan.tour[truck], plan.size[truck], trucks.whole[truck, HOME]
    cost = trucks.cost[trucks.whole[truck, CLASS]]
    plan.spot[truck, size] = following
    must, tail, ahead = trucks.real[truck, CLOSES], trucks.real[truck, CLOSES], 0.0
    for position in range(size - 1, -1, -1):
        row = jobs.whole[tour[position]]
        leg = trucks.time[row[PLACE], following]
        plan.leg[truck, position + 1] = cost[row[PLACE], following]
        work = jobs.real[tour[position], SERVICE]
        if position and same_call(jobs, tour[position - 1], tour[position]):
            work -= jobs.real[tour[position], WEIGHING]
            closes = np.inf
        else:
            closes = 0.0
            for window in range(row[WINDOW_FROM], row[WINDOW_TO]):
                closes = max(closes, jobs.windows[window, 1])
        must = min(must - leg - work, closes)
        tail -= leg + work
        plan.truck[SLACK, truck] -= work
        # A wait of this day may be a rest, and one between two windows may come to be one.
        waits = plan.wheel[truck, position] == 0.0 or row[WINDOW_TO] - row[WINDOW_FROM] > 1
        ahead = -np.inf if waits else ahead + leg
        plan.latest[truck, position] = must
        plan.tail[truck, position] = tail
        plan.ahead[truck, position] = ahead
        plan.spot[truck, position] = following = row[PLACE]
    plan.leg[truck, 0] = cost[trucks.whole[truck, START], following] if size else 0.0


@inner
def save(plan: Plan, truck: int) -> None:
    """Keep the truck's tour as it was at the start of this iteration, once."""
    if plan.mark[truck] == plan.num[ITERATION]:
        return
    plan.mark[truck] = plan.num[ITERATION]
    index = plan.num[SAVED]
    plan.num[SAVED] += 1
    plan.saved[index] = truck
    size = plan.size[truck]
    plan.saved_size[index] = size
    plan.saved_version[index] = plan.version[truck]
    plan.truck[OLD_COST, truck] = plan.truck[TOUR_COST, truck]
    for position in range(size):
        plan.saved_tour[index, position] = plan.tour[truck, position]


@inner
def take(jobs: Jobs, plan: Plan, truck: int, sign: float) -> None:
    """Add the tour's deliveries to what receivers have taken, or take them off again."""
    for position in range(plan.size[truck]):
        row = jobs.whole[plan.tour[truck, position]]
        if row[DROP] and row[RECEIVER] >= 0:
            mass = -jobs.real[plan.tour[truck, position], MASS]
            plan.taken[row[RECEIVER]] += sign * mass


@inner
def cut(jobs: Jobs, plan: Plan, truck: int, first: int, length: int) -> None:
    """Take out every load that has a task among `length` tasks from position `first` on."""
    tour, size = plan.tour[truck], plan.size[truck]
    for position in range(first, first + length):
        load = jobs.whole[tour[position], LOAD]
        if plan.where[load] == truck:
            plan.where[load] = -1
            plan.absent[plan.num[ABSENT]] = load
            plan.num[ABSENT] += 1
    write = 0
    for position in range(size):
        row = jobs.whole[tour[position]]
        if plan.where[row[LOAD]] == truck:
            tour[write] = tour[position]
            write += 1
        elif row[DROP] and row[RECEIVER] >= 0:
            plan.taken[row[RECEIVER]] += jobs.real[tour[position], MASS]
    plan.size[truck] = write


@inner
def put(plan: Plan, truck: int, load: int, start: int, drop: int, end: int) -> None:
    """Take the load up before position `start` and put it down before position `end`."""
    tour, size = plan.tour[truck], plan.size[truck]
    for position in range(size - 1, end - 1, -1):
        tour[position + 2] = tour[position]
    tour[end + 1] = drop
    for position in range(end - 1, start - 1, -1):
        tour[position + 1] = tour[position]
    tour[start] = load
    plan.size[truck] = size + 2


@inner
def undo(jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan) -> None:
    """Bring back the tours and the absent loads of the start of this iteration."""
    for index in range(plan.num[SAVED]):
        truck, size = plan.saved[index], plan.saved_size[index]
        take(jobs, plan, truck, -1.0)
        plan.size[truck] = size
        for position in range(size):
            plan.tour[truck, position] = plan.saved_tour[index, position]
        take(jobs, plan, truck, 1.0)
    plan.num[ABSENT] = plan.num[SAVED_ABSENT]
    for index in range(plan.num[ABSENT]):
        plan.absent[index] = plan.saved_absent[index]
        plan.where[plan.absent[index]] = -1
    for index in range(plan.num[SAVED]):
        measure(jobs, trucks, rules, plan, plan.saved[index])
        plan.version[plan.saved[index]] = plan.saved_version[index]
    plan.num[BROKEN] = 0


@inner
def remember(plan: Plan) -> None:
    """Keep the current tours as the best ones."""
    plan.value[BEST] = plan.value[COST]
    for truck in range(len(plan.size)):
        size = plan.size[truck]
        plan.best_size[truck] = size
        for position in range(size):
            plan.best_tour[truck, position] = plan.tour[truck, position]


@compiled
def restore(jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan) -> None:
    """Make the best tours the current ones."""
    plan.taken[:] = 0.0
    plan.where[:] = -1
    plan.value[COST] = plan.value[BEST]
    for truck in range(len(plan.size)):
        plan.size[truck] = plan.best_size[truck]
        for position in range(plan.size[truck]):
            plan.tour[truck, position] = plan.best_tour[truck, position]
        take(jobs, plan, truck, 1.0)
        measure(jobs, trucks, rules, plan, truck)
    plan.num[ABSENT] = 0
    for load in range(len(plan.where)):
        if plan.where[load] < 0:
            plan.absent[plan.num[ABSENT]] = load
            plan.num[ABSENT] += 1
    plan.num[BROKEN] = 0
