"""Putting several loads back into a plan, the one with most to lose first, and explaining the rest.

Regret insertion (Potvin and Rousseau, European Journal of Operational Research 66, 1993): the load
whose second best truck costs most more than its best one goes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from routing.explain import explain
from routing.hand import Hand, Truck
from routing.operate import RefusalCode
from routing.places import Fitted, Option, best_fit, option
from routing.plan import Reason, Route, Unserved

_NO_OTHER = 10**15
Key = tuple[str, int, str]


def refilled(hand: Hand, loads: Iterable[int]) -> Hand:
    """Put in every load that fits and is worth it; the order of the loads does not matter."""
    waiting = sorted(loads)
    known: dict[tuple[Key, str, int], Fitted | None] = {}
    while waiting:
        ranked = [row for load in _one_of_each(hand, waiting) for row in _ranked(hand, load, known)]
        if not ranked:
            return hand
        _, _, load, found = min(ranked, key=lambda row: row[:3])
        waiting.remove(load)
        vehicle = found.place.vehicle
        hand = _put_in(hand, found, load)
        for key in [row for row in known if row[1] == vehicle]:
            del known[key]
    return hand


def _put_in(hand: Hand, found: Fitted, load: int) -> Hand:
    """Give the truck the place found for this load or for one like it."""
    tasks = tuple(
        replace(task, load=load) if task.load == found.load else task for task in found.tasks
    )
    truck = hand.by_id[found.place.vehicle]
    route = hand.timed(truck, tasks)
    assert isinstance(route, Route)
    return hand.given(truck, tasks, route)


def key_of(hand: Hand, load: int) -> Key:
    """Tell loads apart by collection and mass, and by the truck they are locked to."""
    cargo = hand.day.loads[load]
    return cargo.collection, cargo.mass_kg, hand.day.bound.get(load, "")


def _one_of_each(hand: Hand, loads: Iterable[int]) -> list[int]:
    first: dict[Key, int] = {}
    for load in loads:
        first.setdefault(key_of(hand, load), load)
    return list(first.values())


def _ranked(
    hand: Hand, load: int, known: dict[tuple[Key, str, int], Fitted | None]
) -> Iterator[tuple[int, int, int, Fitted]]:
    fits = sorted(_fits(hand, load, known), key=lambda row: (row.extra_fen, row.extra_m))
    if not fits:
        return
    second = next((row for row in fits if row.place.vehicle != fits[0].place.vehicle), None)
    regret = _NO_OTHER if second is None else second.extra_fen - fits[0].extra_fen
    yield -regret, -hand.mass_kg(load), load, fits[0]


def _fits(
    hand: Hand, load: int, known: dict[tuple[Key, str, int], Fitted | None]
) -> Iterator[Fitted]:
    skip_fen = hand.day.collection(load).skip_fen
    for truck in distinct(hand):
        for receiver in hand.day.allowed[load]:
            key = (key_of(hand, load), truck.vehicle.id, receiver)
            if key not in known:
                known[key] = best_fit(hand, truck, load, receiver)
            found = known[key]
            if found is None or not hand.room(load, receiver):
                continue
            if skip_fen is None or found.extra_fen <= skip_fen:
                yield found


def distinct(hand: Hand) -> Iterator[Truck]:
    """Go through the trucks that may change, idle ones of one kind, depot and shift only once."""
    seen = set()
    for truck in hand.trucks:
        kind = truck.vehicle.like
        idle = not truck.done and not truck.tasks
        if truck.held or (idle and kind in seen):
            continue
        if idle:
            seen.add(kind)
        yield truck


def reasons(hand: Hand, loads: Iterable[int]) -> list[Unserved]:
    """Explain each load left out; loads alike share an explanation."""
    known: dict[Key, Unserved] = {}
    rows = []
    for load in loads:
        key = key_of(hand, load)
        if key not in known:
            known[key] = _reason(hand, load)
        cargo, like = hand.day.loads[load], known[key]
        collection = hand.situation.plan.loads[load].collection
        rows.append(
            Unserved(
                cargo.id,
                collection,
                cargo.mass_kg,
                like.reason,
                like.value,
                like.limit,
                like.relaxation,
                like.unit,
                like.subject,
            )
        )
    return rows


def _reason(hand: Hand, load: int) -> Unserved:
    if not any(hand.day.fits(row.vehicle, load) for row in hand.trucks):
        return explain(hand.day, (), (load,))[0]
    options = [
        option(hand, truck, load, receiver)
        for truck in distinct(hand)
        for receiver in hand.day.allowed[load]
    ]
    cargo = hand.day.loads[load]
    drivable = [row for row in options if row.refusal is None]
    if drivable:
        best = min(drivable, key=lambda row: row.extra_fen)
        skip_fen = hand.day.collection(load).skip_fen or 0
        return Unserved(
            cargo.id,
            cargo.collection,
            cargo.mass_kg,
            Reason.NOT_WORTH,
            best.extra_fen,
            skip_fen,
            best.extra_fen - skip_fen,
            "fen",
            best.place.vehicle,
        )
    return _least(hand, load, options)


def _least(hand: Hand, load: int, options: list[Option]) -> Unserved:
    """Take the refusal that asks for least; a truck's own work in the way is a busy fleet."""
    cargo = hand.day.loads[load]
    refusals = [
        (row.refusal.relaxation is None, row.refusal.unit != "s", row.refusal.relaxation or 0, row)
        for row in options
        if row.refusal is not None and row.refusal.code is RefusalCode.LIMIT
    ]
    if not refusals:
        return Unserved(cargo.id, cargo.collection, cargo.mass_kg, Reason.FLEET_BUSY)
    least = min(refusals, key=lambda row: row[:3])[3]
    refusal = least.refusal
    assert refusal is not None
    reason = refusal.reason or Reason.FLEET_BUSY
    truck = hand.by_id[least.place.vehicle]
    if reason is Reason.SHIFT and (truck.tasks or truck.done):
        reason = Reason.FLEET_BUSY
    return Unserved(
        cargo.id,
        cargo.collection,
        cargo.mass_kg,
        reason,
        refusal.value,
        refusal.limit,
        refusal.relaxation,
        refusal.unit,
        refusal.subject,
    )
