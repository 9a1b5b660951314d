"""A truck runs late: what it still has to do moves, and what no longer fits goes elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from routing.day import Day
from routing.hand import Hand, Truck, taken_up
from routing.operate import Refusal, RefusalCode, Situation, limited
from routing.plan import Stop
from routing.problem import DayProblem, Vehicle, Window
from routing.refill import reasons, refilled
from routing.schedule import Breach, Task, begin_s


def delayed(situation: Situation, vehicle: str, delay_s: int) -> Situation | Refusal:
    """Move the rest of the truck's day by `delay_s` seconds and time it again.

    A truck at work leaves where it stands so much later; one on its way comes so much later to
    where it is bound for, and that is no rest; one at home sets out so much later. Loads that it
    can no longer bring in time go to other trucks, or are left out with their reasons. Refused is
    what no change of the plan helps: that a load comes too late which is on board or which the
    truck is on its way to, or a locked route.
    """
    hand = taken_up(situation)
    truck = hand.by_id.get(vehicle)
    if truck is None:
        return Refusal(RefusalCode.UNKNOWN_VEHICLE, vehicle)
    code = _barred(truck, situation)
    if code is not None:
        return Refusal(code, vehicle)
    if not truck.done:
        return _sets_out_later(hand, truck, delay_s)
    done = _later(hand.day, truck.done, situation.now_s or 0, delay_s)
    if isinstance(done, Breach):
        return limited(done)
    situation = replace(situation, begun={**situation.begun, vehicle: len(done)})
    # Should it lose what it waits for at its depot, it is still not there before.
    return _fitted(replace(hand, situation=situation), replace(truck, done=done, home=None))


def _barred(truck: Truck, situation: Situation) -> RefusalCode | None:
    if truck.vehicle.id in situation.out:
        return RefusalCode.TRUCK_OUT
    if truck.route is None or (truck.home is not None and not truck.tasks):
        return RefusalCode.NOTHING_LEFT
    return RefusalCode.LOCKED if truck.held else None


def _sets_out_later(hand: Hand, truck: Truck, delay_s: int) -> Situation | Refusal:
    assert truck.route is not None
    shift, leaves_s = truck.vehicle.shift, truck.route.start_s + delay_s
    later = replace(truck.vehicle, shift=Window(min(leaves_s, shift.closes_s), shift.closes_s))
    problem = _with_shift(hand.situation.problem, truck.vehicle.id, later.shift)
    day = hand.day.under(_with_shift(hand.day.problem, truck.vehicle.id, later.shift))
    situation = replace(hand.situation, problem=problem)
    return _fitted(Hand(situation, day, hand.trucks), replace(truck, vehicle=later))


def _with_shift(problem: DayProblem, vehicle: str, shift: Window) -> DayProblem:
    def row(known: Vehicle) -> Vehicle:
        return replace(known, shift=shift) if known.id == vehicle else known

    return replace(problem, vehicles=tuple(map(row, problem.vehicles)))


def _later(day: Day, done: tuple[Stop, ...], now_s: int, delay_s: int) -> tuple[Stop, ...] | Breach:
    """Have the truck leave later where it last was, and come later to where it is bound for."""
    count = max(1, sum(stop.arrival_s <= now_s for stop in done))
    last = done[count - 1]
    stops = [*done[: count - 1], replace(last, depart_s=last.depart_s + delay_s)]
    for stop in done[count:]:
        arrival_s, start_s = stop.arrival_s + delay_s, stop.start_s + delay_s
        if stop.loads:
            receiver = None if stop.receiver is None else day.receiver_index[stop.receiver]
            task = Task(day.load_index[stop.loads[0]], receiver)
            found = begin_s(day, task, max(arrival_s, stop.start_s))
            if isinstance(found, Breach):
                return found
            start_s = found
        depart_s = stop.depart_s + start_s - stop.start_s
        stops.append(replace(stop, arrival_s=arrival_s, start_s=start_s, depart_s=depart_s))
        delay_s = depart_s - stop.depart_s
    return tuple(stops)


def _fitted(hand: Hand, truck: Truck) -> Situation | Refusal:
    """Keep of the late truck's tasks what fits, and look for other places for the rest."""
    kept = truck.tasks
    route = hand.timed(truck, kept)
    for kept in _fewer(truck, hand) if isinstance(route, Breach) else ():
        route = hand.timed(truck, kept)
        if not isinstance(route, Breach):
            break
    if isinstance(route, Breach):
        return limited(route)
    changed = hand.given(truck, kept, route)
    filled = refilled(changed, changed.left_out)
    return filled.closed(reasons(filled, filled.left_out))


def _fewer(truck: Truck, hand: Hand) -> Iterator[tuple[Task, ...]]:
    """Yield the tasks without one load, from the last on, then without the last and one more.

    What is on board stays, and so does what is locked to the truck.
    """
    stays = {hand.day.load_index[name] for name in truck.started} | set(hand.day.bound)
    tasks = truck.tasks
    loads = [task.load for task in tasks if task.receiver is None and task.load not in stays]
    while loads:
        for load in reversed(loads):
            yield tuple(task for task in tasks if task.load != load)
        last = loads.pop()
        tasks = tuple(task for task in tasks if task.load != last)
