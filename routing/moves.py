"""What a dispatcher does to one load by hand: lock it, move it, take it off its truck.

Trucks that a wish does not touch keep their day to the second.
"""

from __future__ import annotations

from dataclasses import replace

from routing.day import Day
from routing.hand import Hand, RemovalError, taken_up
from routing.locks import Lock
from routing.operate import Refusal, RefusalCode, Situation, limited
from routing.places import Fitted, Place, barred, best_fit, extra, option, with_load
from routing.plan import Route, Stop, StopKind
from routing.problem import Window
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

    A time to be kept may be later than planned: the truck is timed again to keep it, unless its
    route is locked. A time to unload at keeps the load to the receiver it is planned for, and holds
    for all of that call.
    """
    if wish.vehicle not in {row.id for row in situation.problem.vehicles}:
        return Refusal(RefusalCode.UNKNOWN_VEHICLE, wish.vehicle)
    wishes: tuple[Lock, ...] = (wish,)
    if wish.load is not None:
        call = _call_of(situation, wish.vehicle, wish.load)
        if call is None:
            return Refusal(RefusalCode.UNKNOWN_LOAD, wish.load)
        wishes = _for_call(situation, wish, call)
        shut = _shut(situation, wishes[0])
        if shut is not None:
            return shut
    locked = replace(situation, locks=(*unlock(situation, wish).locks, *wishes))
    if wish.load is None or not wish.timed:
        return locked
    if any(row.vehicle == wish.vehicle and row.load is None for row in situation.locks):
        holds = _holds(situation, wish)
        return locked if holds else Refusal(RefusalCode.LOCKED, wish.vehicle)
    return _kept_to_time(situation, locked, wish)


def _holds(situation: Situation, wish: Lock) -> bool:
    """Whether the plan already does at those times what the wish asks for."""
    wished = {StopKind.LOAD: wish.start_s, StopKind.UNLOAD: wish.unload_s}
    return all(
        wished[stop.kind] in {None, stop.start_s}
        for route in situation.plan.routes
        for stop in route.stops
        if route.vehicle == wish.vehicle and wish.load in stop.loads
    )


def _call_of(situation: Situation, vehicle: str, load: str) -> Stop | None:
    """Find where the truck puts the load down; None when it does not carry it."""
    stops = (s for r in situation.plan.routes if r.vehicle == vehicle for s in r.stops)
    return next((s for s in stops if s.kind is StopKind.UNLOAD and load in s.loads), None)


def _for_call(situation: Situation, wish: Lock, call: Stop) -> tuple[Lock, ...]:
    """Give the wish its receiver, and all that is put down in one call the same time."""
    if wish.unload_s is None:
        return (wish,)
    known = {row.load: row for row in situation.locks if row.vehicle == wish.vehicle}
    others = (known.get(name, Lock(wish.vehicle, name)) for name in call.loads if name != wish.load)
    return tuple(
        replace(row, unload_s=wish.unload_s, receiver=call.receiver) for row in (wish, *others)
    )


def _shut(situation: Situation, wish: Lock) -> Refusal | None:
    """Refuse a time at which the load's gate, or its receiver's, is not open."""
    day = Day(situation.problem, situation.plan.loads)
    number = day.load_index[wish.load or ""]
    collection = day.collection(number)
    if wish.start_s is not None:
        found = _outside(collection.windows, wish.start_s, RefusalCode.SHUT, collection.id)
        if found is not None:
            return found
    if wish.unload_s is None or wish.receiver is None:
        return None
    receiver = day.receiver(day.receiver_index[wish.receiver])
    windows = day.put_windows(number, receiver)
    return _outside(windows, wish.unload_s, RefusalCode.RECEIVER_SHUT, receiver.id)


def _outside(
    windows: tuple[Window, ...], wished_s: int, code: RefusalCode, subject: str
) -> Refusal | None:
    open_s = [min(max(wished_s, row.opens_s), row.closes_s) for row in windows]
    nearest_s = min(open_s, key=lambda second: abs(second - wished_s))
    if nearest_s == wished_s:
        return None
    return Refusal(code, subject, value=wished_s, limit=nearest_s, unit="s")


def _kept_to_time(before: Situation, locked: Situation, wish: Lock) -> Situation | Refusal:
    """Time the truck again to keep the lock; what is done cannot be given another time."""
    load = wish.load or ""
    hand = taken_up(locked)
    truck = hand.carrier[load]
    number = hand.day.load_index[load]
    to_do = {task.receiver is not None for task in truck.tasks if task.load == number}
    was = next((row for row in before.locks if row.load == load), Lock(wish.vehicle, load))
    for putting_down, second, held_s in (
        (False, wish.start_s, was.start_s),
        (True, wish.unload_s, was.unload_s),
    ):
        if second not in {None, held_s} and putting_down not in to_do:
            return Refusal(RefusalCode.STARTED, load)
    route = hand.timed(truck, truck.tasks)
    if isinstance(route, Breach):
        return smallest_relaxation(hand, truck, truck.tasks, route)
    return hand.given(truck, truck.tasks, route).closed(locked.plan.unserved)


def unlock(situation: Situation, wish: Lock) -> Situation:
    """Drop the lock on the truck's route, or on the load; the plan stays as it is.

    The time to unload at goes for the whole call, and with it what was locked for that time only.
    """
    was = next(
        (row for row in situation.locks if (row.vehicle, row.load) == (wish.vehicle, wish.load)),
        wish,
    )
    kept = []
    for row in situation.locks:
        same_call = was.unload_s is not None and (row.vehicle, row.unload_s, row.receiver) == (
            was.vehicle,
            was.unload_s,
            was.receiver,
        )
        if same_call and row.start_s is not None and row.load != was.load:
            kept.append(replace(row, unload_s=None, receiver=None))
        elif not same_call and (row.vehicle, row.load) != (wish.vehicle, wish.load):
            kept.append(row)
    return replace(situation, locks=tuple(kept))


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
