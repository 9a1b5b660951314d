"""Where on a truck a load can go: every place tried on the full timetable, the best ones kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from routing.hand import Hand, Truck
from routing.operate import Refusal, RefusalCode, limited
from routing.plan import Route
from routing.relax import intake_refusal, misfit, smallest_relaxation
from routing.schedule import Breach, Task

# Of the direct trips a truck cannot make, so many that fail by least are looked at limit by limit.
CLOSE_LOOKS = 3


@dataclass(frozen=True, slots=True)
class Place:
    """A place on a truck: behind how many of its other tasks the load is taken up and put down.

    Tasks are pick-ups and deliveries that are not yet done; `pick_after` <= `put_after`.
    """

    vehicle: str
    receiver: str
    pick_after: int
    put_after: int


@dataclass(frozen=True, slots=True)
class Option:
    """What a truck would make of a load: a place with its extra cost and metres, or a refusal.

    `late_s` is 0 for a place that can be driven; else how late the day would be by its one limit
    of time, None where time is not what forbids it. `start_s` is when the load would be taken up.
    """

    place: Place
    extra_fen: int = 0
    extra_m: int = 0
    start_s: int | None = None
    late_s: int | None = 0
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Fitted:
    """A place for a load that can be driven, with the truck's new tasks and day."""

    load: int
    place: Place
    tasks: tuple[Task, ...]
    route: Route
    extra_fen: int
    extra_m: int


def best_fit(hand: Hand, truck: Truck, load: int, receiver: int) -> Fitted | None:
    """Find the place on the truck that costs least, then drives least, then comes first."""
    if truck.held or not hand.day.fits(truck.vehicle, load) or not hand.room(load, receiver):
        return None
    best: Fitted | None = None
    for place, tasks in _placed(hand, truck, load, receiver):
        route = hand.timed(truck, tasks)
        if not isinstance(route, Route):
            continue
        fen, metres = extra(truck, route)
        if best is None or (fen, metres) < (best.extra_fen, best.extra_m):
            best = Fitted(load, place, tasks, route, fen, metres)
    return best


def extra(truck: Truck, route: Route) -> tuple[int, int]:
    """Fen and metres by which the route passes the truck's present day."""
    if truck.route is None:
        return route.cost_fen, route.distance_m
    return route.cost_fen - truck.route.cost_fen, route.distance_m - truck.route.distance_m


def _placed(
    hand: Hand, truck: Truck, load: int, receiver: int
) -> Iterator[tuple[Place, tuple[Task, ...]]]:
    """Try every place: direct trips and trips with others on board."""
    name, size = hand.day.receiver(receiver).id, len(truck.tasks)
    for pick_after in range(size + 1):
        for put_after in range(pick_after, size + 1):
            place = Place(truck.vehicle.id, name, pick_after, put_after)
            yield place, with_load(truck.tasks, load, receiver, place)


def with_load(tasks: tuple[Task, ...], load: int, receiver: int, place: Place) -> tuple[Task, ...]:
    """Write the load into the tasks at the place."""
    first, last = place.pick_after, place.put_after
    put = Task(load, receiver)
    return (*tasks[:first], Task(load), *tasks[first:last], put, *tasks[last:])


def option(hand: Hand, truck: Truck, load: int, receiver: int) -> Option:
    """Answer for one truck and receiver: the best place, or why there is none."""
    found = best_fit(hand, truck, load, receiver)
    if found is not None:
        start_s = taken_up_s(found.route, hand.day.loads[load].id)
        return Option(found.place, found.extra_fen, found.extra_m, start_s)
    return _refused(hand, truck, load, receiver)


def taken_up_s(route: Route, load: str) -> int:
    """Find the second at which taking up the load begins."""
    return next(stop.start_s for stop in route.stops if load in stop.loads)


def _refused(hand: Hand, truck: Truck, load: int, receiver: int) -> Option:
    size = len(truck.tasks)
    place = Place(truck.vehicle.id, hand.day.receiver(receiver).id, size, size)
    refusal = barred(hand, truck, load) or misfit(hand, truck, load)
    if refusal is None and not hand.room(load, receiver):
        refusal = intake_refusal(hand, load, receiver)
    if refusal is not None:
        return Option(place, late_s=None, refusal=refusal)
    near = sorted(range(size + 1), key=lambda at: _excess(hand, truck, load, receiver, at))
    rows = [(direct_refusal(hand, truck, load, receiver, at), at) for at in near[:CLOSE_LOOKS]]
    least, at = min(rows, key=lambda row: (_weight(row[0]), row[1]))
    late_s = least.relaxation if least.unit == "s" else None
    place = Place(truck.vehicle.id, place.receiver, at, at)
    return Option(place, late_s=late_s, refusal=least)


def barred(hand: Hand, truck: Truck, load: int) -> Refusal | None:
    """Say what the dispatcher has settled against this truck for this load."""
    vehicle = truck.vehicle.id
    bound_to = hand.day.bound.get(load, vehicle)
    if bound_to != vehicle:
        return Refusal(RefusalCode.LOCKED, bound_to)
    if vehicle in hand.situation.out:
        return Refusal(RefusalCode.TRUCK_OUT, vehicle)
    if any(row.vehicle == vehicle and row.load is None for row in hand.situation.locks):
        return Refusal(RefusalCode.LOCKED, vehicle)
    over = truck.over(hand.situation.now_s)
    return None if over is None else limited(over, over.value - over.limit)


def direct_refusal(hand: Hand, truck: Truck, load: int, receiver: int, at: int) -> Refusal:
    """Say what forbids a direct trip squeezed in behind `at` tasks, which is known to fail."""
    tasks = _direct(truck, load, receiver, at)
    breach = hand.timed(truck, tasks)
    assert isinstance(breach, Breach)
    return smallest_relaxation(hand, truck, tasks, breach)


def _direct(truck: Truck, load: int, receiver: int, at: int) -> tuple[Task, ...]:
    return (*truck.tasks[:at], Task(load), Task(load, receiver), *truck.tasks[at:])


def _excess(hand: Hand, truck: Truck, load: int, receiver: int, at: int) -> tuple[bool, int]:
    """By how much the direct trip's first broken limit is passed, limits of time first."""
    breach = hand.timed(truck, _direct(truck, load, receiver, at))
    assert isinstance(breach, Breach)
    return breach.unit != "s", breach.value - breach.limit


def _weight(refusal: Refusal) -> tuple[bool, bool, int]:
    """Least lateness first, then mass or volume, then what no single limit explains."""
    return refusal.relaxation is None, refusal.unit != "s", refusal.relaxation or 0
