"""One plan of a day goes on from another: what the driven one has done, and what it has promised.

Two plans of a day need not know of the same loads, trucks or ways. So what is done is told in the
day of the plan that goes on, and read again there as any plan is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from routing.assemble import Run, assembled
from routing.check import FaultCode, check
from routing.day import Day
from routing.hand import Hand, Truck, taken_up, tasks_of
from routing.locks import Lock, broken_locks
from routing.operate import Situation
from routing.plan import Plan, Route, Stop, StopKind
from routing.problem import DayProblem
from routing.refill import reasons, refilled
from routing.schedule import Breach, Task

_ENDS = frozenset({StopKind.START, StopKind.END})


def begun_with(
    problem: DayProblem, driven: Situation, now_s: int | None, *, promises: bool
) -> Situation | None:
    """Return a day of which nothing is planned but what `driven` has set out for by `now_s`.

    With `promises` its locks hold too, as far as the day knows of their loads and trucks, and its
    trucks that are out stay out. None: the day cannot tell what is done, for it lacks a load of it,
    say; or the promises do not hold in it.
    """
    day = Day.of(problem)
    locks = tuple(row for row in driven.locks if promises and _is_known(row, driven.plan, day))
    hand = taken_up(replace(driven, now_s=now_s))
    routes = [row for truck in hand.trucks if (row := _stripped(truck, locks)) is not None]
    if not _names_only(routes, day):
        return None
    known = {row.id for row in problem.vehicles}
    start = Situation(
        problem,
        assembled(day, routes, (), Run(0, 0, 0.0)),
        locks,
        now_s,
        driven.out & known if promises else frozenset(),
        {name: count for name, count in driven.begun.items() if name in known},
    )
    return _timed(start)


def resumed(draft: Situation, driven: Situation, now_s: int) -> Situation | None:
    """Return the draft as it can still be driven from `now_s` on, `driven` having been until then.

    Its trucks have done what they did in the driven plan; what they had before them in the draft
    follows as far as it fits, and what does not finds other trucks or is left out with its reason.
    Locks that can be kept no more are dropped. None, as above: it cannot tell what is done.
    """
    start = begun_with(draft.problem, driven, now_s, promises=False)
    if start is None:
        return None
    start = replace(start, locks=draft.locks, out=draft.out)
    wanted = {name for route in draft.plan.routes for name in route.load_ids}
    hand = _with_days(taken_up(start), draft.plan.routes)
    plan = assembled(hand.day, [row.route for row in hand.trucks if row.route], (), Run(0, 0, 0.0))
    kept = tuple(row for row in draft.locks if not broken_locks(plan, [row]))
    plan = replace(plan, loads=start.plan.loads)
    hand = taken_up(replace(start, plan=plan, locks=kept))
    hand = refilled(hand, [i for i in hand.left_out if hand.day.loads[i].id in wanted])
    run = Run(draft.plan.seed, draft.plan.iterations, draft.plan.seconds)
    return hand.closed(reasons(hand, hand.left_out), run)


def _is_known(lock: Lock, plan: Plan, day: Day) -> bool:
    """Tell whether the day has the truck of a lock, and all loads that it keeps there."""
    carried = next((row.load_ids for row in plan.routes if row.vehicle == lock.vehicle), ())
    names = set(carried) if lock.load is None else {lock.load}
    return any(row.id == lock.vehicle for row in day.problem.vehicles) and (
        names <= day.load_index.keys()
    )


def _stripped(truck: Truck, locks: Iterable[Lock]) -> Route | None:
    """Leave a truck what it has begun, and what is locked to it."""
    if truck.route is None:
        return None
    own = {row.load for row in locks if row.vehicle == truck.vehicle.id}
    kept = frozenset(truck.route.load_ids) if None in own else truck.started | own
    count = len(truck.done)
    rest = (_with_only(stop, kept) for stop in truck.route.stops[count:])
    stops = tuple(row for row in rest if row.loads)
    if not count and not stops:
        return None
    return replace(truck.route, stops=(*truck.route.stops[: count or 1], *stops))


def _with_only(stop: Stop, kept: frozenset[str | None]) -> Stop:
    return replace(stop, loads=tuple(name for name in stop.loads if name in kept))


def _names_only(routes: Iterable[Route], day: Day) -> bool:
    """Tell whether the day has every truck, load and place that the routes name."""
    sites = {row.id for row in day.problem.sites}
    trucks = {row.id for row in day.problem.vehicles}
    return all(
        route.vehicle in trucks
        and all(
            set(stop.loads) <= day.load_index.keys()
            and stop.site in {None, *sites}
            and stop.receiver in {None, *day.receiver_index}
            for stop in route.stops
        )
        for route in routes
    )


def _timed(start: Situation) -> Situation | None:
    """Time what is still to come by the day's own ways, and read it all again; None if it breaks.

    Loads that nothing is planned for yet are no fault.
    """
    hand = taken_up(start)
    for truck in hand.trucks:
        route = None if truck.route is None else hand.timed(truck, truck.tasks)
        if isinstance(route, Breach):
            return None
        hand = hand.given(truck, truck.tasks, route)
    routes = [row.route for row in hand.trucks if row.route is not None]
    plan = assembled(Day(start.problem, start.plan.loads), routes, (), Run(0, 0, 0.0))
    faults = [row for row in check(start.problem, plan) if row.code is not FaultCode.MISSING]
    if faults or broken_locks(plan, start.locks):
        return None
    return replace(start, plan=plan)


def _with_days(hand: Hand, routes: Iterable[Route]) -> Hand:
    """Let each truck go on with what it has before it in these routes, the last first to go."""
    for route in routes:
        truck = hand.by_id[route.vehicle]
        stops = [row for row in route.stops if row.kind not in _ENDS]
        own = [task for task in tasks_of(hand.day, stops) if not _is_carried(hand, task)]
        while own and not truck.held:
            timed = hand.timed(truck, (*truck.tasks, *own))
            if isinstance(timed, Route):
                hand = hand.given(truck, (*truck.tasks, *own), timed)
                break
            last = next(task.load for task in reversed(own) if task.receiver is None)
            own = [task for task in own if task.load != last]
    return hand


def _is_carried(hand: Hand, task: Task) -> bool:
    return hand.day.loads[task.load].id in hand.carrier
