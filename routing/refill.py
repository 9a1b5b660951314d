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
from routing.operate import Refusal, RefusalCode
from routing.places import Fitted, Option, best_fit, option
from routing.plan import Obstacle, Reason, Route, Unserved
from routing.problem import DayProblem
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
    """Explain each load left out; loads alike share an explanation.

    Before the day begins the planner's own explanations hold for the trucks that may change.
    """
    waiting = list(loads)
    known: dict[int, Unserved] = {}
    if waiting and hand.situation.now_s is None:
        known = _before_the_day(hand, waiting)
    alike: dict[Key, Unserved] = {}
    rows = []
    for load in waiting:
        key = key_of(hand, load)
        if load not in known and key not in alike:
            alike[key] = _reason(hand, load)
        row, cargo = known.get(load) or alike[key], hand.situation.plan.loads[load]
        rows.append(replace(row, load=cargo.id, collection=cargo.collection, mass_kg=cargo.mass_kg))
    return rows


def _before_the_day(hand: Hand, loads: Iterable[int]) -> dict[int, Unserved]:
    """Explain what some truck may take that is open to change."""
    rest = remainder(hand)
    number = {load: i for i, load in enumerate(rest.number)}
    trucks = rest.day.problem.vehicles
    asked = [load for load in loads if any(rest.day.fits(row, number[load]) for row in trucks)]
    until = time.perf_counter() + _LIMIT_S
    rows = explain(rest.day, rest.orders, [number[load] for load in asked], until)
    return {load: _with_all_intake(hand, rest, row) for load, row in zip(asked, rows, strict=True)}


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
        vehicle, skip_fen = best.place.vehicle, hand.day.collection(load).skip_fen
        row = Unserved(cargo.id, cargo.collection, cargo.mass_kg, Reason.FLEET_BUSY)
        if skip_fen is None or best.extra_fen <= skip_fen:
            return replace(row, vehicle=vehicle, tried=False)
        return replace(
            row,
            reason=Reason.NOT_WORTH,
            value=best.extra_fen,
            limit=skip_fen,
            relaxation=best.extra_fen - skip_fen,
            unit="fen",
            subject=vehicle,
            vehicle=vehicle,
        )
    return _least(hand, load, options)


def _does(hand: Hand, load: int, refusal: Refusal) -> bool:
    """Whether more intake, where that is refused, finds a truck for the load."""
    if refusal.reason is not Reason.RECEIVER_INTAKE:
        return True
    more_kg = refusal.relaxation or 0

    def lift(problem: DayProblem, name: str) -> DayProblem:
        rows = (
            replace(row, daily_intake_kg=(row.daily_intake_kg or 0) + more_kg)
            if row.id == name
            else row
            for row in problem.receivers
        )
        return replace(problem, receivers=tuple(rows))

    eased = Hand(
        hand.situation, hand.day.under(lift(hand.day.problem, refusal.subject)), hand.trucks
    )
    receiver = hand.day.receiver_index[refusal.subject]
    return any(best_fit(eased, truck, load, receiver) for truck in distinct(eased))


def _least(hand: Hand, load: int, options: list[Option]) -> Unserved:
    """Take the refusal that asks for least; a truck's own work in the way is a busy fleet."""
    cargo = hand.day.loads[load]
    refusals = [
        (row.refusal.relaxation is None, row.refusal.unit != "s", row.refusal.relaxation or 0, row)
        for row in options
        if row.refusal is not None
        and row.refusal.code is RefusalCode.LIMIT
        and _does(hand, load, row.refusal)
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
