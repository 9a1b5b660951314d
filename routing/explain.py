"""Why a load was left out: each constraint tested alone, with the smallest relaxation."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from routing.day import Day
from routing.insertion import Inserter, intake_left_kg
from routing.orders import Order
from routing.plan import Reason, Route, StopKind, Unserved
from routing.problem import (
    DAY_S,
    Collection,
    Receiver,
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
    def apart(self) -> int:
        """By how much the limit is missed; a window that opens too late is above the value."""
        return abs((self.value or 0) - (self.limit or 0))

    @property
    def excess(self) -> int | None:
        if self.value is None or self.limit is None or not self.liftable:
            return None
        return self.apart


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
    return min(causes, key=lambda row: (not row.liftable, row.apart))


def _single_causes(
    day: Day, vehicle: Vehicle, tasks: tuple[Task, ...], breach: Breach
) -> Iterator[_Cause]:
    """Each constraint that, lifted alone, would let the trip pass; else the first one broken."""
    causes = [cause for gate in _gates(day, tasks) for cause in _of_gate(gate, vehicle, tasks)]
    causes += _of_hours(day, vehicle, tasks)
    yield from causes or [_first_broken(breach)]


def _first_broken(breach: Breach) -> _Cause:
    return _Cause(
        breach.reason, breach.value, breach.limit, breach.unit, breach.subject, liftable=False
    )


@dataclass(frozen=True, slots=True)
class _Gate:
    """What rules when a stop of the trip begins, and the trip's day under other such windows."""

    reason: Reason
    subject: str
    stop: StopKind
    windows: tuple[Window, ...]
    under: Callable[[tuple[Window, ...]], Day]


def _gates(day: Day, tasks: tuple[Task, ...]) -> Iterator[_Gate]:
    problem, collection = day.problem, day.collection(tasks[0].load)
    receiver = day.receiver(tasks[1].receiver or 0)

    def alone(row: Collection, gate: Receiver) -> Day:
        receivers = tuple(gate if other is receiver else other for other in problem.receivers)
        return Day(replace(problem, collections=(row,), receivers=receivers), day.loads)

    yield _Gate(
        Reason.COLLECTION_WINDOW,
        collection.id,
        StopKind.LOAD,
        collection.windows,
        lambda windows: alone(replace(collection, windows=windows), receiver),
    )
    yield _Gate(
        Reason.RECEIVER_WINDOW,
        receiver.id,
        StopKind.UNLOAD,
        receiver.windows,
        lambda windows: alone(collection, replace(receiver, windows=windows)),
    )
    if collection.unload_windows is not None:
        yield _Gate(
            Reason.UNLOADING_TIME,
            collection.id,
            StopKind.UNLOAD,
            collection.unload_windows,
            lambda windows: alone(replace(collection, unload_windows=windows), receiver),
        )


def _of_gate(gate: _Gate, vehicle: Vehicle, tasks: tuple[Task, ...]) -> Iterator[_Cause]:
    """Say how much longer a window would have to stay open, or how much sooner to open."""
    route = timetable(gate.under(_ANY_TIME), vehicle, tasks)
    if not isinstance(route, Route):
        return
    start_s = next(stop.start_s for stop in route.stops if stop.kind is gate.stop)
    shut = [row.closes_s for row in gate.windows if row.closes_s < start_s]
    if shut:
        yield _Cause(gate.reason, start_s, max(shut), "s", gate.subject)
    to_come = [row.opens_s for row in gate.windows if row.opens_s > start_s]
    if to_come:
        latest_s = _latest(gate, vehicle, tasks, start_s, min(to_come))
        yield _Cause(gate.reason, latest_s, min(to_come), "s", gate.subject)


def _latest(
    gate: _Gate, vehicle: Vehicle, tasks: tuple[Task, ...], early_s: int, late_s: int
) -> int:
    """Find a second at which the trip holds if the stop begins just then, and a second later not.

    It holds at `early_s` and does not at `late_s`.
    """
    while late_s - early_s > 1:
        middle_s = (early_s + late_s) // 2
        day = gate.under((Window(middle_s, middle_s),))
        if isinstance(timetable(day, vehicle, tasks), Route):
            early_s = middle_s
        else:
            late_s = middle_s
    return early_s


def _of_hours(day: Day, vehicle: Vehicle, tasks: tuple[Task, ...]) -> Iterator[_Cause]:
    """Say how much longer the shift, or the day at the wheel, would have to be."""
    shift = Window(vehicle.shift.opens_s, vehicle.shift.closes_s + _LONG_S)
    route = timetable(day, replace(vehicle, shift=shift), tasks)
    if isinstance(route, Route):
        yield _Cause(Reason.SHIFT, route.end_s, vehicle.shift.closes_s, "s", vehicle.id)
    eased = Day(without_daily_limit(day.problem), day.loads)
    route = timetable(eased, vehicle, tasks)
    if isinstance(route, Route):
        limit_s = day.hours(vehicle).daily_drive_s
        yield _Cause(Reason.DRIVER_HOURS, route.drive_s, limit_s, "s", vehicle.id)


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
