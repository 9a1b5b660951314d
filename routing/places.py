"""Where on a truck a load can go: every place tried on the full timetable, the best ones kept."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from routing.hand import Hand, Truck
from routing.operate import Refusal, RefusalCode, limited
from routing.outlook import gate_of, leaving_s
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
    """Find the place on the truck that costs least, then drives least, then comes first.

    Places are timed in the order of what they cost at least, until none can be better.
    """
    if truck.held or not hand.day.fits(truck.vehicle, load) or not hand.room(load, receiver):
        return None
    best: Fitted | None = None
    for least_fen, place in _promising(hand, truck, load, receiver):
        if best is not None and least_fen > best.extra_fen:
            break
        tasks = with_load(truck.tasks, load, receiver, place)
        route = hand.timed(truck, tasks)
        if not isinstance(route, Route):
            continue
        fen, metres = extra(truck, route)
        if best is None or (fen, metres) < (best.extra_fen, best.extra_m):
            best = Fitted(load, place, tasks, route, fen, metres)
    return best


def _promising(hand: Hand, truck: Truck, load: int, receiver: int) -> list[tuple[int, Place]]:
    """List the places that may be drivable with the least they add in fen, the least first."""
    day, vehicle = hand.day, truck.vehicle
    kind, name = day.kind(vehicle), day.receiver(receiver).id
    before_fen = truck.route.cost_fen if truck.route else 0
    driven_m = sum(stop.distance_m for stop in truck.done)
    rows = []
    pick, put = Task(load), Task(load, receiver)
    for first, last, end in hand.outlook(truck).places(gate_of(day, pick), gate_of(day, put)):
        if truck.done:
            begin_s = truck.done[0].depart_s
        else:
            begin_s = leaving_s(day, vehicle, truck.tasks[0] if first else pick)
        fen = day.route_cost_fen(kind, driven_m + end.metres, end.clock_s - begin_s)
        rows.append((fen - before_fen, Place(vehicle.id, name, first, last)))
    return sorted(rows, key=lambda row: row[0])


def extra(truck: Truck, route: Route) -> tuple[int, int]:
    """Fen and metres by which the route passes the truck's present day."""
    if truck.route is None:
        return route.cost_fen, route.distance_m
    return route.cost_fen - truck.route.cost_fen, route.distance_m - truck.route.distance_m


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


def shared_places(hand: Hand, truck: Truck, load: int) -> list[Option]:
    """List the drivable places where the load rides along with others, the cheapest first.

    Of places that drive the same (neighbouring deliveries at one receiver) the first is listed.
    """
    found: dict[Hashable, Option] = {}
    if truck.held or not hand.day.fits(truck.vehicle, load):
        return []
    for receiver in hand.day.allowed[load]:
        if not hand.room(load, receiver):
            continue
        for _, place in _promising(hand, truck, load, receiver):
            if place.pick_after == place.put_after:
                continue
            route = hand.timed(truck, with_load(truck.tasks, load, receiver, place))
            if isinstance(route, Route):
                start_s = taken_up_s(route, hand.day.loads[load].id)
                driven = tuple((stop.site, frozenset(stop.loads)) for stop in route.stops)
                found.setdefault(driven, Option(place, *extra(truck, route), start_s))
    return sorted(found.values(), key=lambda row: (row.extra_fen, row.extra_m))


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
