"""Putting several loads back into a plan, the one with most to lose first, and explaining the rest.

Regret insertion (Potvin and Rousseau, European Journal of Operational Research 66, 1993): the load
whose second best truck costs most more than its best one goes first.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from routing.explain import explain
from routing.hand import Hand, Truck
from routing.places import Fitted, best_fit
from routing.plan import Obstacle, Reason, Route, Unserved
from routing.remainder import Remainder, remainder

_NO_OTHER = 10**15
# Most time for explanations after a dispatcher's wish.
_LIMIT_S = 2.0
Key = tuple[str, int, str]
T = TypeVar("T", Unserved, Obstacle)


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
    """Explain each load left out, by the trucks that may change and from now on."""
    waiting = list(loads)
    if not waiting:
        return []
    rest = remainder(hand)
    number = {load: i for i, load in enumerate(rest.number)}
    asked, until = [number[load] for load in waiting], time.perf_counter() + _LIMIT_S
    rows = explain(rest.day, rest.orders, asked, until, rest.begun)
    told = (_with_all_intake(hand, rest, row) for row in rows)
    cargoes = (hand.situation.plan.loads[load] for load in waiting)
    return [
        replace(row, collection=cargo.collection) for row, cargo in zip(told, cargoes, strict=True)
    ]


def _with_all_intake(hand: Hand, rest: Remainder, row: Unserved) -> Unserved:
    """Count in what trucks that may not change bring to a receiver."""

    def whole(told: T) -> T:
        if told.reason is not Reason.RECEIVER_INTAKE or told.value is None or told.limit is None:
            return told
        position = hand.day.receiver_index[told.subject]
        limit_kg = hand.day.receiver(position).daily_intake_kg or 0
        more_kg = limit_kg - (rest.day.receiver(position).daily_intake_kg or 0)
        return replace(told, value=told.value + more_kg, limit=told.limit + more_kg)

    return whole(replace(row, also=None if row.also is None else whole(row.also)))
