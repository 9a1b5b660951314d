"""A truck falls out, or comes back: its loads find other trucks, or it takes what was left out."""

from __future__ import annotations

from dataclasses import replace

from routing.hand import Hand, Truck, home_of, taken_up
from routing.operate import Refusal, RefusalCode, Situation, limited
from routing.plan import StopKind
from routing.refill import reasons, refilled
from routing.schedule import Breach


def take_out(situation: Situation, vehicle: str) -> Situation | Refusal:
    """Give the truck's loads to the others; what finds no place is left out with its reason.

    With a clock the truck first puts down what it has on board and drives home. It gives up what
    it is on its way to fetch, unless that would break what is on board: the way is told from where
    it last was, from now on. A locked route, or a load locked to the truck that it has not fetched,
    must be unlocked first.
    """
    if vehicle not in {row.id for row in situation.problem.vehicles}:
        return Refusal(RefusalCode.UNKNOWN_VEHICLE, vehicle)
    if vehicle in situation.out:
        return Refusal(RefusalCode.TRUCK_OUT, vehicle)
    hand = taken_up(situation)
    emptied = _emptied(hand, hand.by_id[vehicle])
    if isinstance(emptied, Refusal):
        return emptied
    changed = refilled(emptied, emptied.left_out)
    return changed.closed(reasons(changed, changed.left_out))


def _emptied(hand: Hand, truck: Truck) -> Hand | Refusal:
    """Strip the truck of all that it has not begun, and mark it out."""
    vehicle, now_s = truck.vehicle.id, hand.situation.now_s
    for left in dict.fromkeys((_turned(hand, truck, now_s or 0), truck)):
        started = left.started
        for row in hand.situation.locks:
            if row.vehicle == vehicle and row.load not in started:
                return Refusal(RefusalCode.LOCKED, row.load or vehicle)
        aboard = {hand.day.load_index[name] for name in started}
        tasks = tuple(task for task in truck.tasks if task.load in aboard)
        route = hand.timed(left, tasks)
        if not isinstance(route, Breach):
            return _out(hand.given(replace(left, held=True), tasks, route), vehicle)
    assert isinstance(route, Breach)
    return limited(route)


def _turned(hand: Hand, truck: Truck, now_s: int) -> Truck:
    """Have a truck that is on its way to a load leave where it last was, now, for elsewhere."""
    done = truck.done
    if not done or done[-1].kind is not StopKind.LOAD or done[-1].arrival_s <= now_s:
        return truck
    *_, last = (at for at, row in enumerate(done[:-1]) if row.site and row.arrival_s <= now_s)
    made = (*done[:last], replace(done[last], depart_s=now_s))
    return replace(truck, done=made, home=home_of(hand.day, truck.vehicle, made))


def _out(hand: Hand, vehicle: str) -> Hand:
    situation, made = hand.situation, len(hand.by_id[vehicle].done)
    # One that turns back has left, though it now leaves where it was at this moment.
    begun = {**situation.begun, vehicle: made} if made else situation.begun
    out = situation.out | {vehicle}
    return replace(hand, situation=replace(situation, out=out, begun=begun))


def bring_back(situation: Situation, vehicle: str) -> Situation | Refusal:
    """Let the truck work again and offer it, and all others, the loads that were left out."""
    if vehicle not in situation.out:
        return Refusal(RefusalCode.UNKNOWN_VEHICLE, vehicle)
    hand = taken_up(replace(situation, out=situation.out - {vehicle}))
    changed = refilled(hand, hand.left_out)
    return changed.closed(reasons(changed, changed.left_out))
