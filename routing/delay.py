"""A truck runs late: what it still has to do moves, and what no longer fits goes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from routing.hand import Hand, Truck, taken_up, tasks_of
from routing.operate import Refusal, RefusalCode, Situation, limited
from routing.plan import Route, Stop, StopKind
from routing.problem import DayProblem, Vehicle, Window
from routing.refill import reasons, refilled
from routing.schedule import Breach, Task, continued, timetable


def delayed(situation: Situation, vehicle: str, delay_s: int) -> Situation | Refusal:
    """Move the rest of the truck's day by `delay_s` seconds and time it again.

    A truck at work leaves where it stands so much later; one on its way comes so much later, and
    that is no rest; one at home sets out so much later. Loads not on board that it can no longer
    bring in time go to other trucks, or are left out with their reasons. Refused is what no change
    of the plan helps: a load on board that comes too late, or a locked route.
    """
    hand = taken_up(situation)
    if vehicle not in hand.by_id:
        return Refusal(RefusalCode.UNKNOWN_VEHICLE, vehicle)
    truck = hand.by_id[vehicle]
    if vehicle in situation.out:
        return Refusal(RefusalCode.TRUCK_OUT, vehicle)
    if truck.held:
        return Refusal(RefusalCode.LOCKED, vehicle)
    if truck.route is None or truck.home is not None:
        return Refusal(RefusalCode.NOTHING_LEFT, vehicle)
    if not truck.done:
        return _sets_out_later(hand, truck, delay_s)
    fixed = _moved(_fixed(truck, situation.now_s or 0), delay_s)
    tasks = tuple(tasks_of(hand.day, truck.route.stops[len(fixed) :]))
    return _fitted(hand, replace(truck, done=fixed), tasks, _heading_for(truck, fixed))


def _sets_out_later(hand: Hand, truck: Truck, delay_s: int) -> Situation | Refusal:
    assert truck.route is not None
    shift, leaves_s = truck.vehicle.shift, truck.route.start_s + delay_s
    later = replace(truck.vehicle, shift=Window(min(leaves_s, shift.closes_s), shift.closes_s))
    situation = replace(
        hand.situation, problem=_with_shift(hand.situation.problem, truck.vehicle.id, later.shift)
    )
    day = hand.day.under(_with_shift(hand.day.problem, truck.vehicle.id, later.shift))
    moved = replace(truck, vehicle=later)
    rows = tuple(moved if row is truck else row for row in hand.trucks)
    return _fitted(Hand(situation, day, rows), moved, truck.tasks, ())


def _with_shift(problem: DayProblem, vehicle: str, shift: Window) -> DayProblem:
    def row(known: Vehicle) -> Vehicle:
        return replace(known, shift=shift) if known.id == vehicle else known

    return replace(problem, vehicles=tuple(map(row, problem.vehicles)))


def _fixed(truck: Truck, now_s: int) -> tuple[Stop, ...]:
    """Return the stops up to where the truck stands, or was last before it set out."""
    count = len(truck.done)
    if truck.done[-1].arrival_s >= now_s:
        count = max(1, count - 1)
    while truck.done[count - 1].site is None:
        count -= 1
    return truck.done[:count]


def _moved(stops: tuple[Stop, ...], delay_s: int) -> tuple[Stop, ...]:
    return (*stops[:-1], replace(stops[-1], depart_s=stops[-1].depart_s + delay_s))


def _heading_for(truck: Truck, fixed: tuple[Stop, ...]) -> tuple[str, ...]:
    """Return the loads of the stop that the truck is on its way to."""
    return truck.done[-1].loads if len(fixed) < len(truck.done) else ()


def _fitted(
    hand: Hand, truck: Truck, tasks: tuple[Task, ...], heading_for: tuple[str, ...]
) -> Situation | Refusal:
    """Keep of the tasks what fits, and look for other places for the rest."""
    route = whole = _timed(hand, truck, tasks)
    kept = tasks
    for kept in _fewer(tasks, truck, hand) if isinstance(whole, Breach) else ():
        route = _timed(hand, truck, kept)
        if not isinstance(route, Breach):
            break
    if isinstance(route, Breach):
        assert isinstance(whole, Breach)
        return limited(whole)
    situation = replace(hand.situation, begun=_begun(hand.situation, truck, route, heading_for))
    left_before = set(hand.left_out)
    changed = Hand(situation, hand.day, hand.trucks)
    rows = tuple(
        replace(truck, tasks=kept, route=route) if row.vehicle.id == truck.vehicle.id else row
        for row in changed.trucks
    )
    changed = replace(changed, trucks=rows)
    freed = [load for load in changed.left_out if load not in left_before]
    filled = refilled(changed, [*freed, *left_before])
    return filled.closed(reasons(filled, filled.left_out))


def _timed(hand: Hand, truck: Truck, tasks: tuple[Task, ...]) -> Route | Breach | None:
    if truck.done:
        return continued(hand.day, truck.vehicle, truck.done, tasks)
    return timetable(hand.day, truck.vehicle, tasks) if tasks else None


def _fewer(tasks: tuple[Task, ...], truck: Truck, hand: Hand) -> Iterator[tuple[Task, ...]]:
    """Yield the tasks without one load, from the last on, then without the last and one more.

    What is on board stays, and so does what is locked to the truck.
    """
    stays = {hand.day.load_index[name] for name in truck.started} | set(hand.day.bound)
    loads = [task.load for task in tasks if task.receiver is None and task.load not in stays]
    while loads:
        for load in reversed(loads):
            yield tuple(task for task in tasks if task.load != load)
        last = loads.pop()
        tasks = tuple(task for task in tasks if task.load != last)


def _begun(
    situation: Situation, truck: Truck, route: Route | None, heading_for: tuple[str, ...]
) -> dict[str, int]:
    """Say how many of its stops the truck has made or set out for, however late it is there."""
    if route is None or not truck.done:
        return dict(situation.begun)
    count = len(truck.done)
    for number, stop in enumerate(route.stops[count:], start=count + 1):
        if stop.kind in {StopKind.LOAD, StopKind.UNLOAD}:
            count = number if set(stop.loads) & set(heading_for) else count
            break
    return {**situation.begun, truck.vehicle.id: count}
