"""Why a load was left out: each constraint tested alone, with the smallest relaxation."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from routing.day import Day
from routing.insertion import Inserter, intake_left_kg
from routing.orders import Order
from routing.plan import Reason, Route, Unserved
from routing.problem import (
    DAY_S,
    DayProblem,
    Vehicle,
    VehicleType,
    Window,
    without_daily_limit,
)
from routing.schedule import Breach, Task, timetable

_LONG_S = 30 * DAY_S
_ANY_TIME = (Window(0, _LONG_S),)


@dataclass(frozen=True, slots=True)
class _Cause:
    reason: Reason
    value: int | None = None
    limit: int | None = None
    unit: str = ""
    subject: str = ""
    liftable: bool = True

    @property
    def excess(self) -> int | None:
        if self.value is None or self.limit is None or not self.liftable:
            return None
        return self.value - self.limit


def explain(
    day: Day,
    orders: Sequence[Order],
    loads: Sequence[int],
    until: float = math.inf,
) -> tuple[Unserved, ...]:
    """One entry per load left out. Equal loads of one collection share an explanation.

    From `until` on the performance counter on, what is left is named by the limit it breaks first,
    without the search for the smallest relaxation.
    """
    known: dict[tuple[str, int], _Cause] = {}
    rows = []
    inserter = None
    if loads and day.problem.vehicles and time.perf_counter() < until:
        inserter = Inserter(day, orders)
    for load in loads:
        cargo = day.loads[load]
        key = (cargo.collection, cargo.mass_kg)
        if key not in known:
            asked = inserter if time.perf_counter() < until else None
            known[key] = _cause(day, orders, load, asked)
        cause = known[key]
        rows.append(
            Unserved(
                cargo.id,
                cargo.collection,
                cargo.mass_kg,
                cause.reason,
                cause.value,
                cause.limit,
                cause.excess,
                cause.unit,
                cause.subject,
            )
        )
    return tuple(rows)


def _cause(day: Day, orders: Sequence[Order], load: int, inserter: Inserter | None) -> _Cause:
    """Find the cause; without an inserter there is no time to lift limits one by one."""
    cause = _admission(day, load) or _size(day, load)
    cause = cause or _alone(day, load, lift=inserter is not None) or _intake(day, orders, load)
    if cause or inserter is None:
        return cause or _Cause(Reason.FLEET_BUSY)
    return _busy(day, load, inserter)


def _alike(day: Day) -> list[Vehicle]:
    """One truck of each type, depot and shift."""
    kinds: dict[tuple[object, ...], Vehicle] = {}
    for row in day.problem.vehicles:
        kinds.setdefault(row.like, row)
    return list(kinds.values())


def _admission(day: Day, load: int) -> _Cause | None:
    material = day.materials[day.loads[load].material]
    kinds = [day.kind(vehicle) for vehicle in day.problem.vehicles]
    if not kinds:
        return _Cause(Reason.NO_VEHICLE)
    kinds = [kind for kind in kinds if kind.body in material.bodies]
    if not kinds:
        return _Cause(Reason.NO_BODY, subject=", ".join(sorted(material.bodies)))
    if material.licence is not None:
        kinds = [kind for kind in kinds if material.licence in kind.licences]
        if not kinds:
            return _Cause(Reason.NO_LICENCE, subject=material.licence)
    if not any(kind.may_carry(material) for kind in kinds):
        return _Cause(Reason.NOT_ADMITTED, subject=material.id)
    return None


def _size(day: Day, load: int) -> _Cause | None:
    if any(day.fits(vehicle, load) for vehicle in day.problem.vehicles):
        return None
    cargo = day.loads[load]
    material = day.materials[cargo.material]
    kinds = {day.kind(row) for row in day.problem.vehicles}
    able = [kind for kind in kinds if kind.may_carry(material)]
    return min((_too_much(day, load, kind) for kind in able), key=_lack)


def _too_much(day: Day, load: int, kind: VehicleType) -> _Cause:
    """Say what of the load is most above the type's limit.

    Where mass and volume both are, lifting one would do only for a collection that was not cut:
    by the other it then would be.
    """
    cargo = day.loads[load]
    by_mass = cargo.mass_kg / kind.capacity_kg
    by_volume = 0.0 if kind.capacity_l is None else cargo.volume_l / kind.capacity_l
    whole = cargo.mass_kg == day.collection(load).mass_kg
    liftable = whole or min(by_mass, by_volume) <= 1
    if by_mass >= by_volume:
        limit_kg = kind.capacity_kg
        return _Cause(Reason.MASS, cargo.mass_kg, limit_kg, "kg", kind.id, liftable=liftable)
    limit_l = kind.capacity_l
    return _Cause(Reason.VOLUME, cargo.volume_l, limit_l, "l", kind.id, liftable=liftable)


def _lack(cause: _Cause) -> tuple[bool, float, str]:
    """Order causes: those that one change would mend first, then by how many times too much."""
    times = (cause.value or 0) / max(1, cause.limit or 0)
    return (not cause.liftable, times, cause.subject)


def _alone(day: Day, load: int, *, lift: bool) -> _Cause | None:
    """Find what stops an idle truck; of several causes the one with the least excess."""
    causes: list[_Cause] = []
    for vehicle in _alike(day):
        if not day.fits(vehicle, load):
            continue
        for receiver in day.allowed[load]:
            tasks = (Task(load), Task(load, receiver))
            breach = timetable(day, vehicle, tasks)
            if isinstance(breach, Route):
                return None
            causes.extend(
                _single_causes(day, vehicle, tasks, breach) if lift else [_first_broken(breach)]
            )
    return min(causes, key=lambda row: (not row.liftable, (row.value or 0) - (row.limit or 0)))


def _single_causes(
    day: Day, vehicle: Vehicle, tasks: tuple[Task, ...], breach: Breach
) -> Iterator[_Cause]:
    """Each constraint that, lifted alone, would let the trip pass; else the first one broken."""
    found = False
    for reason, eased_day, eased in _eased(day, vehicle, tasks):
        route = timetable(eased_day, eased, tasks)
        if isinstance(route, Route):
            found = True
            yield _measured(day, vehicle, tasks, reason, route)
    if not found:
        yield _first_broken(breach)


def _first_broken(breach: Breach) -> _Cause:
    return _Cause(
        breach.reason, breach.value, breach.limit, breach.unit, breach.subject, liftable=False
    )


def _eased(
    day: Day, vehicle: Vehicle, tasks: tuple[Task, ...]
) -> Iterator[tuple[Reason, Day, Vehicle]]:
    load, receiver = tasks[0].load, day.receiver(tasks[1].receiver or 0)
    problem, collection = day.problem, day.collection(load)
    open_collection = replace(collection, windows=_ANY_TIME)
    collections = tuple(
        open_collection if row is collection else row for row in problem.collections
    )
    yield Reason.COLLECTION_WINDOW, _with(day, collections=collections), vehicle
    open_receiver = replace(receiver, windows=_ANY_TIME)
    receivers = tuple(open_receiver if row is receiver else row for row in problem.receivers)
    yield Reason.RECEIVER_WINDOW, _with(day, receivers=receivers), vehicle
    shift = Window(vehicle.shift.opens_s, vehicle.shift.closes_s + _LONG_S)
    yield Reason.SHIFT, day, replace(vehicle, shift=shift)
    yield Reason.DRIVER_HOURS, Day(without_daily_limit(problem), day.loads), vehicle


def _with(day: Day, **changes: object) -> Day:
    problem: DayProblem = replace(day.problem, **changes)  # type: ignore[arg-type]
    return Day(problem, day.loads)


def _measured(
    day: Day, vehicle: Vehicle, tasks: tuple[Task, ...], reason: Reason, route: Route
) -> _Cause:
    """How far the eased trip overshoots the limit that was lifted."""
    if reason is Reason.SHIFT:
        return _Cause(reason, route.end_s, vehicle.shift.closes_s, "s", vehicle.id)
    if reason is Reason.DRIVER_HOURS:
        limit_s = day.hours(vehicle).daily_drive_s
        return _Cause(reason, route.drive_s, limit_s, "s", vehicle.id)
    taken_up, put_down = (stop for stop in route.stops if stop.loads)
    if reason is Reason.COLLECTION_WINDOW:
        collection = day.collection(tasks[0].load)
        closes_s = max(row.closes_s for row in collection.windows)
        return _Cause(reason, taken_up.start_s, closes_s, "s", collection.id)
    receiver = day.receiver(tasks[1].receiver or 0)
    closes_s = max(row.closes_s for row in receiver.windows)
    return _Cause(reason, put_down.start_s, closes_s, "s", receiver.id)


def _intake(day: Day, orders: Sequence[Order], load: int) -> _Cause | None:
    left = intake_left_kg(day, orders)
    mass_kg = day.loads[load].mass_kg
    if any(left.get(row, mass_kg) >= mass_kg for row in day.allowed[load]):
        return None
    row = max(day.allowed[load], key=lambda position: (left[position], -position))
    receiver = day.receiver(row)
    limit_kg = receiver.daily_intake_kg or 0
    value_kg = limit_kg - left[row] + mass_kg
    return _Cause(Reason.RECEIVER_INTAKE, value_kg, limit_kg, "kg", receiver.id)


def _busy(day: Day, load: int, inserter: Inserter) -> _Cause:
    """Name the truck that would be late by least, or the price that is above the skip."""
    skip_fen = day.collection(load).skip_fen
    if skip_fen is not None:
        insertion = inserter.best(load)
        if insertion is not None:
            vehicle = insertion.order.vehicle.id
            return _Cause(Reason.NOT_WORTH, insertion.extra_fen, skip_fen, "fen", vehicle)
    late = inserter.least_late(load)
    if late is None:
        return _Cause(Reason.FLEET_BUSY)
    shift = late.vehicle.shift
    eased = replace(late.vehicle, shift=Window(shift.opens_s, shift.closes_s + _LONG_S))
    route = timetable(day, eased, late.tasks)
    assert isinstance(route, Route), (late, route)
    return _Cause(Reason.FLEET_BUSY, route.end_s, shift.closes_s, "s", late.vehicle.id)
