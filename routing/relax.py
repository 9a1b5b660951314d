"""The smallest single change of a limit that would let a truck's day pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from routing.changes import with_collection, with_receiver, with_type
from routing.hand import Hand, Truck
from routing.locks import BoundDay
from routing.operate import Refusal, limited
from routing.plan import Load, Reason, Route, StopKind
from routing.problem import (
    ALL_DAY,
    DAY_S,
    DayProblem,
    Vehicle,
    VehicleType,
    Window,
    without_daily_limit,
)
from routing.schedule import Breach, Task

_LONG_S = 30 * DAY_S
_MUCH = 10**12


@dataclass(frozen=True, slots=True)
class _Easing:
    """One limit lifted: the day and truck without it, and how to measure what was needed."""

    day: BoundDay
    vehicle: Vehicle
    needed: Callable[[Route], int]


def smallest_relaxation(
    hand: Hand, truck: Truck, tasks: tuple[Task, ...], breach: Breach
) -> Refusal:
    """Lift the limit that is broken first and say by how much it must give way.

    No other single limit could help: a day is walked through in order, and up to the first breach
    nothing is met that another limit would change. Where the day then breaks a further limit, the
    first breach is told without a relaxation.
    """
    easing = _easing(hand, truck.vehicle, breach)
    if easing is None:
        return limited(breach)
    eased = Hand(hand.situation, easing.day, hand.trucks)
    route = eased.timed(replace(truck, vehicle=easing.vehicle), tasks)
    if not isinstance(route, Route):
        return limited(breach)
    needed = easing.needed(route)
    lifted = replace(breach, value=needed)
    return limited(lifted, needed - breach.limit)


def _easing(hand: Hand, vehicle: Vehicle, breach: Breach) -> _Easing | None:
    reason, name = breach.reason, breach.subject
    if reason is Reason.SHIFT:
        shift = Window(vehicle.shift.opens_s, vehicle.shift.closes_s + _LONG_S)
        return _Easing(hand.day, replace(vehicle, shift=shift), lambda route: route.end_s)
    measures: dict[Reason, Callable[[Route], int]] = {
        Reason.DRIVER_HOURS: lambda route: route.drive_s,
        Reason.COLLECTION_WINDOW: _last_start(hand, StopKind.LOAD, name),
        Reason.RECEIVER_WINDOW: _last_start(hand, StopKind.UNLOAD, name),
        Reason.UNLOADING_TIME: _last_start(hand, StopKind.UNLOAD, name),
        Reason.MASS: _peak_kg,
        Reason.VOLUME: lambda route: _peak_l(hand, route),
    }
    lift = _LIFTS.get(reason)
    if lift is None:
        return None
    return _Easing(hand.eased(reason, name, lift), vehicle, measures[reason])


def _any_hours(problem: DayProblem, _: str) -> DayProblem:
    return without_daily_limit(problem)


def _open_collection(problem: DayProblem, name: str) -> DayProblem:
    (row,) = (row for row in problem.collections if row.id == name)
    return with_collection(problem, replace(row, windows=_open(row.windows)))


def _open_receiver(problem: DayProblem, name: str) -> DayProblem:
    return with_receiver(problem, name, lambda row: replace(row, windows=_open(row.windows)))


def _any_time(problem: DayProblem, name: str) -> DayProblem:
    (row,) = (row for row in problem.collections if row.id == name)
    windows = _open(row.unload_windows or ALL_DAY)
    return with_collection(problem, replace(row, unload_windows=windows))


def _strong(problem: DayProblem, name: str) -> DayProblem:
    return with_type(problem, name, lambda kind: replace(kind, capacity_kg=_MUCH))


def _roomy(problem: DayProblem, name: str) -> DayProblem:
    return with_type(problem, name, lambda kind: replace(kind, capacity_l=_MUCH))


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


def _peak_kg(route: Route) -> int:
    return max(stop.onboard_kg for stop in route.stops)


def _peak_l(hand: Hand, route: Route) -> int:
    aboard_l = peak_l = 0
    for stop in route.stops:
        sign = 1 if stop.kind is StopKind.LOAD else -1
        aboard_l += sign * sum(
            hand.day.loads[hand.day.load_index[name]].volume_l for name in stop.loads
        )
        peak_l = max(peak_l, aboard_l)
    return peak_l


_LIFTS: dict[Reason, Callable[[DayProblem, str], DayProblem]] = {
    Reason.DRIVER_HOURS: _any_hours,
    Reason.COLLECTION_WINDOW: _open_collection,
    Reason.RECEIVER_WINDOW: _open_receiver,
    Reason.UNLOADING_TIME: _any_time,
    Reason.MASS: _strong,
    Reason.VOLUME: _roomy,
}


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
    carried = hand.day.unwashed.get(truck.vehicle.id, {}).get(cargo.material)
    if carried is not None:
        return limited(Breach(Reason.SEGREGATION, 1, 0, "", carried))
    return _too_big(cargo, kind)


def _too_big(cargo: Load, kind: VehicleType) -> Refusal | None:
    if cargo.mass_kg > kind.capacity_kg:
        over_kg = cargo.mass_kg - kind.capacity_kg
        breach = Breach(Reason.MASS, cargo.mass_kg, kind.capacity_kg, "kg", kind.id)
        return limited(breach, over_kg)
    if kind.capacity_l is not None and cargo.volume_l > kind.capacity_l:
        over_l = cargo.volume_l - kind.capacity_l
        breach = Breach(Reason.VOLUME, cargo.volume_l, kind.capacity_l, "l", kind.id)
        return limited(breach, over_l)
    return None
