"""A truck falls out, or comes back: its loads find other trucks, or it takes what was left out."""

from __future__ import annotations

from dataclasses import replace

from routing.hand import Hand, taken_up
from routing.operate import Refusal, RefusalCode, Situation, limited
from routing.refill import reasons, refilled
from routing.schedule import Breach


def take_out(situation: Situation, vehicle: str) -> Situation | Refusal:
    """Give the truck's loads to the others; what finds no place is left out with its reason.

    With a clock the truck first puts down what it has on board and drives home. A locked route, or
    a load locked to the truck that is not begun, must be unlocked first.
    """
    if vehicle not in {row.id for row in situation.problem.vehicles}:
        return Refusal(RefusalCode.UNKNOWN_VEHICLE, vehicle)
    if vehicle in situation.out:
        return Refusal(RefusalCode.TRUCK_OUT, vehicle)
    hand = taken_up(situation)
    truck = hand.by_id[vehicle]
    started = truck.started
    for row in situation.locks:
        if row.vehicle == vehicle and row.load not in started:
            return Refusal(RefusalCode.LOCKED, row.load or vehicle)
    emptied = _emptied(hand, vehicle)
    if isinstance(emptied, Refusal):
        return emptied
    left_before = set(hand.left_out)
    freed = [load for load in emptied.left_out if load not in left_before]
    changed = refilled(emptied, [*freed, *left_before])
    return changed.closed(reasons(changed, changed.left_out))


def _emptied(hand: Hand, vehicle: str) -> Hand | Refusal:
    """Strip the truck of all it has not begun, and mark it out."""
    truck = hand.by_id[vehicle]
    aboard = {hand.day.load_index[name] for name in truck.started}
    tasks = tuple(task for task in truck.tasks if task.load in aboard)
    route = hand.timed(truck, tasks)
    if isinstance(route, Breach):
        return limited(route)
    left = hand.given(truck, tasks, route)
    situation = hand.situation
    out = replace(situation, out=situation.out | {vehicle})
    rows = tuple(
        replace(row, held=True) if row.vehicle.id == vehicle else row for row in left.trucks
    )
    return Hand(out, hand.day, rows)


def bring_back(situation: Situation, vehicle: str) -> Situation | Refusal:
    """Let the truck work again and offer it, and all others, the loads that were left out."""
    if vehicle not in situation.out:
        return Refusal(RefusalCode.UNKNOWN_VEHICLE, vehicle)
    hand = taken_up(replace(situation, out=situation.out - {vehicle}))
    changed = refilled(hand, hand.left_out)
    return changed.closed(reasons(changed, changed.left_out))
