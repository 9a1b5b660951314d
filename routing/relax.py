"""The smallest single change of a limit that would let a truck's day pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from routing.hand import Hand, Truck
from routing.locks import BoundDay
from routing.operate import Refusal, limited
from routing.plan import Reason, Route, StopKind
from routing.problem import DAY_S, DayProblem, Vehicle, VehicleType, Window
from routing.schedule import Breach, Task

_LONG_S = 30 * DAY_S
_MUCH = 10**12
_UNITS = {Reason.MASS: "kg", Reason.VOLUME: "l"}


@dataclass(frozen=True, slots=True)
class _Easing:
    """One limit lifted: the day and truck without it, and how to measure what was needed."""

    reason: Reason
    subject: str
    limit: int
    day: BoundDay
    vehicle: Vehicle
    needed: Callable[[Route], int]


def smallest_relaxation(
    hand: Hand, truck: Truck, tasks: tuple[Task, ...], breach: Breach
) -> Refusal:
    """Lift each limit of the truck's day alone and name the one that must give way least.

    Times are compared in seconds; mass and volume only count where no time limit suffices. Where
    no single limit decides, the first breach is told without a relaxation.
    """
    found = []
    for easing in _easings(hand, truck, tasks):
        eased = Hand(hand.situation, easing.day, hand.trucks)
        route = eased.timed(replace(truck, vehicle=easing.vehicle), tasks)
        if isinstance(route, Route):
            needed = easing.needed(route)
            over = needed - easing.limit
            unit = _UNITS.get(easing.reason, "s")
            lifted = Breach(easing.reason, needed, easing.limit, unit, easing.subject)
            found.append((unit != "s", over, limited(lifted, over)))
    return min(found, key=lambda row: row[:2])[2] if found else limited(breach)


def _easings(hand: Hand, truck: Truck, tasks: tuple[Task, ...]) -> Iterator[_Easing]:
    day, vehicle = hand.day, truck.vehicle
    shift = Window(vehicle.shift.opens_s, vehicle.shift.closes_s + _LONG_S)
    longer = replace(vehicle, shift=shift)
    closes_s = vehicle.shift.closes_s
    yield _Easing(Reason.SHIFT, vehicle.id, closes_s, day, longer, lambda route: route.end_s)
    daily_s = day.problem.hours.daily_drive_s
    if daily_s is not None:
        free = hand.eased(Reason.DRIVER_HOURS, "", _any_hours)
        yield _Easing(
            Reason.DRIVER_HOURS, vehicle.id, daily_s, free, vehicle, lambda route: route.drive_s
        )
    yield from _gates(hand, vehicle, tasks)
    yield from _body(hand, vehicle)


def _gates(hand: Hand, vehicle: Vehicle, tasks: tuple[Task, ...]) -> Iterator[_Easing]:
    day = hand.day
    for name in dict.fromkeys(day.collection(row.load).id for row in tasks if row.receiver is None):
        eased = hand.eased(Reason.COLLECTION_WINDOW, name, _open_collection)
        limit_s = max(row.closes_s for row in day.collections[name].windows)
        measure = _last_start(hand, StopKind.LOAD, name)
        yield _Easing(Reason.COLLECTION_WINDOW, name, limit_s, eased, vehicle, measure)
    for number in dict.fromkeys(row.receiver for row in tasks if row.receiver is not None):
        receiver = day.receiver(number)
        eased = hand.eased(Reason.RECEIVER_WINDOW, receiver.id, _open_receiver)
        limit_s = max(row.closes_s for row in receiver.windows)
        measure = _last_start(hand, StopKind.UNLOAD, receiver.id)
        yield _Easing(Reason.RECEIVER_WINDOW, receiver.id, limit_s, eased, vehicle, measure)


def _any_hours(problem: DayProblem, _: str) -> DayProblem:
    return replace(problem, hours=replace(problem.hours, daily_drive_s=None))


def _open_collection(problem: DayProblem, name: str) -> DayProblem:
    rows = tuple(
        replace(row, windows=_open(row.windows)) if row.id == name else row
        for row in problem.collections
    )
    return replace(problem, collections=rows)


def _open_receiver(problem: DayProblem, name: str) -> DayProblem:
    rows = tuple(
        replace(row, windows=_open(row.windows)) if row.id == name else row
        for row in problem.receivers
    )
    return replace(problem, receivers=rows)


def _strong(problem: DayProblem, name: str) -> DayProblem:
    return _with_type(problem, name, lambda kind: replace(kind, capacity_kg=_MUCH))


def _roomy(problem: DayProblem, name: str) -> DayProblem:
    return _with_type(problem, name, lambda kind: replace(kind, capacity_l=_MUCH))


def _with_type(
    problem: DayProblem, name: str, change: Callable[[VehicleType], VehicleType]
) -> DayProblem:
    kinds = tuple(change(row) if row.id == name else row for row in problem.vehicle_types)
    return replace(problem, vehicle_types=kinds)


def _open(windows: tuple[Window, ...]) -> tuple[Window, ...]:
    """Let the last window never close; the hours at which the gate opens stay."""
    last = max(windows, key=lambda row: row.closes_s)
    others = tuple(row for row in windows if row is not last)
    return (*others, Window(last.opens_s, last.closes_s + _LONG_S))


def _last_start(hand: Hand, kind: StopKind, name: str) -> Callable[[Route], int]:
    day = hand.day

    def measured(route: Route) -> int:
        return max(
            stop.start_s
            for stop in route.stops
            if stop.kind is kind
            and name in {stop.receiver, *(day.collection(day.load_index[x]).id for x in stop.loads)}
        )

    return measured


def _body(hand: Hand, vehicle: Vehicle) -> Iterator[_Easing]:
    kind = hand.day.kind(vehicle)
    strong = hand.eased(Reason.MASS, kind.id, _strong)
    yield _Easing(
        Reason.MASS,
        kind.id,
        kind.capacity_kg,
        strong,
        vehicle,
        lambda route: max(stop.onboard_kg for stop in route.stops),
    )
    if kind.capacity_l is not None:
        roomy = hand.eased(Reason.VOLUME, kind.id, _roomy)
        yield _Easing(
            Reason.VOLUME,
            kind.id,
            kind.capacity_l,
            roomy,
            vehicle,
            lambda route: _peak_l(hand, route),
        )


def _peak_l(hand: Hand, route: Route) -> int:
    aboard_l = peak_l = 0
    for stop in route.stops:
        sign = 1 if stop.kind is StopKind.LOAD else -1
        aboard_l += sign * sum(
            hand.day.loads[hand.day.load_index[name]].volume_l for name in stop.loads
        )
        peak_l = max(peak_l, aboard_l)
    return peak_l


def intake_refusal(hand: Hand, load: int, receiver: int) -> Refusal:
    """Say by how much the load would pass the receiver's daily intake."""
    row = hand.day.receiver(receiver)
    limit_kg = row.daily_intake_kg or 0
    over_kg = hand.mass_kg(load) - hand.intake_left_kg[receiver]
    value_kg = limit_kg + over_kg
    return limited(Breach(Reason.RECEIVER_INTAKE, value_kg, limit_kg, "kg", row.id), over_kg)


def misfit(hand: Hand, truck: Truck, load: int) -> Refusal | None:
    """Say why the load may not or cannot ride on the truck even when it is otherwise empty."""
    cargo, kind = hand.day.loads[load], hand.day.kind(truck.vehicle)
    material = hand.day.materials[cargo.material]
    if kind.body not in material.bodies:
        return limited(Breach(Reason.NO_BODY, 1, 0, "", kind.id))
    if material.licence is not None and material.licence not in kind.licences:
        return limited(Breach(Reason.NO_LICENCE, 1, 0, "", material.licence))
    if not kind.may_carry(material):
        return limited(Breach(Reason.NOT_ADMITTED, 1, 0, "", kind.id))
    if cargo.mass_kg > kind.capacity_kg:
        over_kg = cargo.mass_kg - kind.capacity_kg
        breach = Breach(Reason.MASS, cargo.mass_kg, kind.capacity_kg, "kg", kind.id)
        return limited(breach, over_kg)
    if kind.capacity_l is not None and cargo.volume_l > kind.capacity_l:
        over_l = cargo.volume_l - kind.capacity_l
        breach = Breach(Reason.VOLUME, cargo.volume_l, kind.capacity_l, "l", kind.id)
        return limited(breach, over_l)
    return None
