"""One more collection on a day that is planned: what each truck would make of it, best first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from routing.hand import Hand, taken_up
from routing.loads import split_collections
from routing.operate import Situation
from routing.places import Option, option
from routing.plan import Load, Reason, Unserved
from routing.problem import Collection
from routing.refill import reasons, refilled


@dataclass(frozen=True, slots=True)
class Added:
    """The day with the collection in it, the ids of its loads, and none of them on a truck yet."""

    situation: Situation
    loads: tuple[str, ...]


def with_collection(situation: Situation, collection: Collection) -> Added:
    """Add the collection to the day as left out; its site must be among the day's sites.

    Raises ProblemError for a collection that does not belong into the day.
    """
    hand, names = _with_waiting(situation, collection)
    return Added(hand.closed(reasons(hand, hand.left_out)), names)


def _with_waiting(situation: Situation, collection: Collection) -> tuple[Hand, tuple[str, ...]]:
    before = situation.problem
    problem = replace(before, collections=(*before.collections, collection))
    loads = split_collections(replace(before, collections=(collection,)))
    plan = replace(
        situation.plan,
        loads=(*situation.plan.loads, *loads),
        unserved=(*situation.plan.unserved, *(_waiting(row) for row in loads)),
    )
    hand = taken_up(replace(situation, problem=problem, plan=plan))
    return hand, tuple(row.id for row in loads)


def _waiting(load: Load) -> Unserved:
    return Unserved(load.id, load.collection, load.mass_kg, Reason.FLEET_BUSY)


def options(situation: Situation, load: str) -> tuple[Option, ...]:
    """For a load that is left out: every truck and receiver, the cheapest drivable place first.

    After those that can be driven come the rest: by lateness, then what no time would mend.
    """
    hand = taken_up(situation)
    number = hand.day.load_index[load]
    rows = [
        option(hand, truck, number, receiver)
        for truck in hand.trucks
        for receiver in hand.day.allowed[number]
    ]
    return tuple(sorted(rows, key=_rank))


def _rank(row: Option) -> tuple[bool, bool, int, int, str, str]:
    late_s = row.late_s or 0
    drivable = row.refusal is None
    return (
        not drivable,
        row.late_s is None,
        row.extra_fen if drivable else late_s,
        row.extra_m,
        row.place.vehicle,
        row.place.receiver,
    )


def placed(situation: Situation, loads: Iterable[str]) -> Situation:
    """Put each of these left-out loads where it costs least; what finds no place is explained."""
    return _filled(taken_up(situation), loads)


def _filled(hand: Hand, loads: Iterable[str]) -> Situation:
    changed = refilled(hand, [hand.day.load_index[name] for name in loads])
    return changed.closed(reasons(changed, changed.left_out))


def add(situation: Situation, collection: Collection) -> Added:
    """Add the collection and put each of its loads where it costs least; the rest is explained."""
    hand, names = _with_waiting(situation, collection)
    return Added(_filled(hand, names), names)
