"""What a dispatcher does to one load by hand: lock it, move it, take it off its truck.

Trucks that a wish does not touch keep their day to the second.
"""

from __future__ import annotations

from dataclasses import replace

from routing.hand import Hand, RemovalError, taken_up
from routing.locks import Lock
from routing.operate import Refusal, RefusalCode, Situation, limited
from routing.places import Fitted, Place, barred, best_fit, extra, option, with_load
from routing.plan import Route
from routing.refill import reasons
from routing.relax import intake_refusal, misfit, smallest_relaxation
from routing.schedule import Breach, Task


def place_of(situation: Situation, load: str) -> Place | None:
    """Say where the load stands on its truck; None when it is left out or already done."""
    hand = taken_up(situation)
    truck = hand.carrier.get(load)
    number = hand.day.load_index[load]
    if truck is None or Task(number) not in truck.tasks:
        return None
    put = next(row for row in truck.tasks if row.load == number and row.receiver is not None)
    receiver = hand.day.receiver(put.receiver or 0).id
    pick_after = truck.tasks.index(Task(number))
    return Place(truck.vehicle.id, receiver, pick_after, truck.tasks.index(put) - 1)


def lock(situation: Situation, wish: Lock) -> Situation | Refusal:
    """Lock a truck's route, or a load on the truck it is on; refuse what the plan does not hold.

    A time to be kept may be later than planned: the truck is timed again to keep it.
    """
    if wish.vehicle not in {row.id for row in situation.problem.vehicles}:
        return Refusal(RefusalCode.UNKNOWN_VEHICLE, wish.vehicle)
    if wish.load is not None:
        route = next((r for r in situation.plan.routes if wish.load in r.load_ids), None)
        if route is None or route.vehicle != wish.vehicle:
            return Refusal(RefusalCode.UNKNOWN_LOAD, wish.load)
        shut = _shut(situation, wish.load, wish.start_s)
        if shut is not None:
            return shut
    others = tuple(
        row for row in situation.locks if (row.vehicle, row.load) != (wish.vehicle, wish.load)
    )
    locked = replace(situation, locks=(*others, wish))
    if wish.load is None or wish.start_s is None:
        return locked
    return _kept_to_time(locked, wish.load)


def _shut(situation: Situation, load: str, start_s: int | None) -> Refusal | None:
    """Refuse a time at which the load's gate is not open."""
    if start_s is None:
        return None
    name = next(row.collection for row in situation.plan.loads if row.id == load)
    windows = next(row.windows for row in situation.problem.collections if row.id == name)
    open_s = [min(max(start_s, row.opens_s), row.closes_s) for row in windows]
    nearest_s = min(open_s, key=lambda second: abs(second - start_s))
    if nearest_s == start_s:
        return None
    return Refusal(RefusalCode.SHUT, name, value=start_s, limit=nearest_s, unit="s")


def _kept_to_time(locked: Situation, load: str) -> Situation | Refusal:
    hand = taken_up(locked)
    truck = hand.carrier[load]
    if Task(hand.day.load_index[load]) not in truck.tasks:
        return Refusal(RefusalCode.STARTED, load)
    route = hand.timed(truck, truck.tasks)
    if isinstance(route, Breach):
        return smallest_relaxation(hand, truck, truck.tasks, route)
    return hand.given(truck, truck.tasks, route).closed(locked.plan.unserved)


def unlock(situation: Situation, wish: Lock) -> Situation:
    """Drop the lock on the truck's route, or on the load; the plan stays as it is."""
    kept = tuple(
        row for row in situation.locks if (row.vehicle, row.load) != (wish.vehicle, wish.load)
    )
    return replace(situation, locks=kept)


def move(situation: Situation, load: str, to: Place) -> Situation | Refusal:
    """Put the load exactly there, planned or left out before, and time both trucks again."""
    hand = _freed(situation, load)
    if isinstance(hand, Refusal):
        return hand
    number = hand.day.load_index[load]
    truck = hand.by_id.get(to.vehicle)
    wrong = _wrong_place(hand, number, to)
    if wrong is not None or truck is None:
        return wrong or Refusal(RefusalCode.UNKNOWN_VEHICLE, to.vehicle)
    receiver = hand.day.receiver_index[to.receiver]
    if not hand.room(number, receiver):
        return intake_refusal(hand, number, receiver)
    if not 0 <= to.pick_after <= to.put_after <= len(truck.tasks):
        return Refusal(RefusalCode.NO_SUCH_PLACE, to.vehicle)
    tasks = with_load(truck.tasks, number, receiver, to)
    route = hand.timed(truck, tasks)
    if not isinstance(route, Route):
        assert route is not None
        return smallest_relaxation(hand, truck, tasks, route)
    return _settled(hand, Fitted(number, to, tasks, route, *extra(truck, route)))


def move_to_truck(
    situation: Situation, load: str, vehicle: str, receiver: str | None = None
) -> Situation | Refusal:
    """Put the load where it costs least on that truck, at that receiver or the best allowed one."""
    hand = _freed(situation, load)
    if isinstance(hand, Refusal):
        return hand
    number = hand.day.load_index[load]
    truck = hand.by_id.get(vehicle)
    if truck is None:
        return Refusal(RefusalCode.UNKNOWN_VEHICLE, vehicle)
    refusal = barred(hand, truck, number) or misfit(hand, truck, number)
    if refusal is not None:
        return refusal
    allowed = [
        row
        for row in hand.day.allowed[number]
        if receiver is None or hand.day.receiver(row).id == receiver
    ]
    if not allowed:
        return Refusal(RefusalCode.NO_SUCH_PLACE, receiver or "")
    fits = [row for row in (best_fit(hand, truck, number, r) for r in allowed) if row is not None]
    if fits:
        return _settled(hand, min(fits, key=lambda row: (row.extra_fen, row.extra_m)))
    refusals = [option(hand, truck, number, row).refusal for row in allowed]
    told = [row for row in refusals if row is not None]
    return min(told, key=lambda row: (row.relaxation is None, row.relaxation or 0))


def take_off(situation: Situation, load: str) -> Situation | Refusal:
    """Leave the load out of the plan; the rest of its truck's day moves up."""
    hand = _freed(situation, load)
    if isinstance(hand, Refusal):
        return hand
    return hand.closed(reasons(hand, hand.left_out))


def _freed(situation: Situation, load: str) -> Hand | Refusal:
    """Take the load into the hand: off its truck, if it is on one and may leave it."""
    if load not in {row.id for row in situation.plan.loads}:
        return Refusal(RefusalCode.UNKNOWN_LOAD, load)
    hand = taken_up(situation)
    truck = hand.carrier.get(load)
    if truck is None:
        return hand
    if load in truck.started:
        return Refusal(RefusalCode.STARTED, load)
    if truck.held or any(row.load == load for row in situation.locks):
        return Refusal(RefusalCode.LOCKED, truck.vehicle.id if truck.held else load)
    try:
        return hand.without(hand.day.load_index[load])
    except RemovalError as error:
        return limited(error.breach)


def _wrong_place(hand: Hand, load: int, to: Place) -> Refusal | None:
    truck = hand.by_id.get(to.vehicle)
    if truck is None:
        return None
    allowed = {hand.day.receiver(row).id for row in hand.day.allowed[load]}
    if to.receiver not in allowed:
        return Refusal(RefusalCode.NO_SUCH_PLACE, to.receiver)
    return barred(hand, truck, load) or misfit(hand, truck, load)


def _settled(hand: Hand, found: Fitted) -> Situation:
    truck = hand.by_id[found.place.vehicle]
    changed = hand.given(truck, found.tasks, found.route)
    return changed.closed(reasons(changed, changed.left_out))
