"""Why a load was left out: each constraint tested alone, with the smallest relaxation."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from routing.blockers import Blockers, Found, OutOfTimeError
from routing.day import Day
from routing.insertion import intake_left_kg
from routing.lifts import Lift
from routing.orders import Order
from routing.plan import Load, Obstacle, Reason, Route, Unserved
from routing.problem import Vehicle, VehicleType
from routing.schedule import Breach, Task, timetable

# Of the time to `until`; the rest is kept for the bound.
_SHARE = 0.7
# More changes than this at once are not told in figures.
MOST_TOLD = 2


@dataclass(frozen=True, slots=True)
class _Cause:
    change: Obstacle
    vehicle: str = ""
    also: Obstacle | None = None
    spare: str = ""
    spare_s: tuple[int, int] | None = None
    tried: bool = True


def explain(
    day: Day,
    orders: Sequence[Order],
    loads: Sequence[int],
    until: float = math.inf,
    *,
    from_now: bool = False,
) -> tuple[Unserved, ...]:
    """One entry per load left out. Equal loads of one collection share an explanation.

    From part of the time to `until` on the performance counter on, what is left is named by the
    limit it breaks first, without the search for what would do. `from_now`: no shift can begin
    sooner than it does.
    """
    began = time.perf_counter()
    until = began + _SHARE * (until - began)
    known: dict[tuple[str, int], _Cause] = {}
    rows = []
    blockers = None
    if loads and day.problem.vehicles and began < until:
        blockers = Blockers(day, orders, sooner=not from_now)
    for load in loads:
        cargo = day.loads[load]
        key = (cargo.collection, cargo.mass_kg)
        if key not in known:
            known[key] = _cause(day, orders, load, blockers, until)
        rows.append(_row(cargo, known[key]))
    return tuple(rows)


def _row(cargo: Load, cause: _Cause) -> Unserved:
    change = cause.change
    return Unserved(
        cargo.id,
        cargo.collection,
        cargo.mass_kg,
        change.reason,
        change.value,
        change.limit,
        change.relaxation,
        change.unit,
        change.subject,
        cause.vehicle,
        cause.also,
        cause.spare,
        cause.spare_s,
        cause.tried,
    )


def _cause(
    day: Day, orders: Sequence[Order], load: int, blockers: Blockers | None, until: float
) -> _Cause:
    hard = _admission(day, load) or _size(day, load)
    if hard is not None:
        return _Cause(hard)
    if blockers is not None:
        try:
            return _looked_into(day, orders, load, blockers, until)
        except OutOfTimeError:
            pass
    first, *_ = _broken(day, orders, load)
    return _Cause(first, tried=False)


def _looked_into(
    day: Day, orders: Sequence[Order], load: int, blockers: Blockers, until: float
) -> _Cause:
    skip_fen = day.collection(load).skip_fen
    now = blockers.now(load, until)
    if now is not None:
        vehicle = now.order.vehicle.id
        if skip_fen is None or now.extra_fen <= skip_fen:
            return _Cause(Obstacle(Reason.FLEET_BUSY), vehicle, tried=False)
        return _Cause(_price(now.extra_fen, skip_fen, vehicle), vehicle)
    found, spare = blockers.single(load, until), _spare(day, orders, load)
    if found is not None and not found.lifted:
        return _Cause(Obstacle(Reason.FLEET_BUSY), found.vehicle.id, tried=False)
    if found is None and spare is None:
        found = blockers.pair(load, until)
    if found is not None:
        return _with_spare(_told(day, found, skip_fen), spare)
    if spare is not None:
        return _with_spare(_Cause(Obstacle(Reason.FLEET_BUSY)), spare)
    first, *others = _broken(day, orders, load)
    return _Cause(first, also=next(iter(others), None))


def _with_spare(cause: _Cause, spare: Route | None) -> _Cause:
    if spare is None:
        return cause
    return replace(cause, spare=spare.vehicle, spare_s=(spare.start_s, spare.end_s))


def _price(extra_fen: int, skip_fen: int, vehicle: str) -> Obstacle:
    more_fen = extra_fen - skip_fen
    return Obstacle(Reason.NOT_WORTH, extra_fen, skip_fen, more_fen, "fen", vehicle)


def _told(day: Day, found: Found, skip_fen: int | None) -> _Cause:
    """Put the limits found into figures; a load that is still too dear needs its price too."""
    changes = [_change(day, found, lift, amount) for lift, amount in found.lifted]
    if skip_fen is not None and found.extra_fen > skip_fen:
        changes.append(_price(found.extra_fen, skip_fen, found.vehicle.id))
    if len(changes) > MOST_TOLD:
        changes = [replace(row, relaxation=None) for row in changes]
    also = changes[1] if len(changes) > 1 else None
    return _Cause(changes[0], found.vehicle.id, also)


def _change(day: Day, found: Found, lift: Lift, amount: int) -> Obstacle:
    subject, limit = lift.measured(found.vehicle)
    reason = lift.reason
    if reason is Reason.SHIFT and _alone_passes(day, found):
        reason = Reason.FLEET_BUSY
    if not lift.unit:
        return Obstacle(reason, subject=subject)
    return Obstacle(reason, limit + lift.sign * amount, limit, amount, lift.unit, subject)


def _alone_passes(day: Day, found: Found) -> bool:
    """Whether the truck, with no other work, could bring the load."""
    load = found.load
    tasks = tuple(task for task in found.tasks if task.load == load)
    return isinstance(timetable(day, found.vehicle, tasks), Route)


def _spare(day: Day, orders: Sequence[Order], load: int) -> Route | None:
    """Find the shortest day of one more truck, like one of the day's, with just this load."""
    left = intake_left_kg(day, orders)
    mass_kg, skip_fen = day.loads[load].mass_kg, day.collection(load).skip_fen
    routes = [
        timetable(day, vehicle, (Task(load), Task(load, receiver)))
        for vehicle in _alike(day)
        if day.fits(vehicle, load)
        for receiver in day.allowed[load]
        if left.get(receiver, mass_kg) >= mass_kg
    ]
    able = [row for row in routes if isinstance(row, Route)]
    paid = [row for row in able if skip_fen is None or row.cost_fen <= skip_fen]
    return min(paid, key=lambda row: (row.duty_s, row.vehicle), default=None)


def _broken(day: Day, orders: Sequence[Order], load: int) -> list[Obstacle]:
    """Name the limits the load breaks first: on its own, then of intake, then of free trucks."""
    rows = [row for row in (_alone(day, load), _intake(day, orders, load)) if row is not None]
    return [*rows, Obstacle(Reason.FLEET_BUSY)]


def _alike(day: Day) -> list[Vehicle]:
    """One truck of each type, depot and shift."""
    kinds: dict[tuple[object, ...], Vehicle] = {}
    for row in day.problem.vehicles:
        kinds.setdefault(row.like, row)
    return list(kinds.values())


def _admission(day: Day, load: int) -> Obstacle | None:
    material = day.materials[day.loads[load].material]
    kinds = [day.kind(vehicle) for vehicle in day.problem.vehicles]
    if not kinds:
        return Obstacle(Reason.NO_VEHICLE)
    kinds = [kind for kind in kinds if kind.body in material.bodies]
    if not kinds:
        return Obstacle(Reason.NO_BODY, subject=", ".join(sorted(material.bodies)))
    if material.licence is not None:
        kinds = [kind for kind in kinds if material.licence in kind.licences]
        if not kinds:
            return Obstacle(Reason.NO_LICENCE, subject=material.licence)
    if not any(kind.may_carry(material) for kind in kinds):
        return Obstacle(Reason.NOT_ADMITTED, subject=material.id)
    return None


def _size(day: Day, load: int) -> Obstacle | None:
    if any(day.fits(vehicle, load) for vehicle in day.problem.vehicles):
        return None
    cargo = day.loads[load]
    material = day.materials[cargo.material]
    kinds = {day.kind(row) for row in day.problem.vehicles}
    able = [kind for kind in kinds if kind.may_carry(material)]
    return min((_too_much(day, load, kind) for kind in able), key=_lack)


def _too_much(day: Day, load: int, kind: VehicleType) -> Obstacle:
    """Say what of the load is most above the type's limit.

    Where mass and volume both are, lifting one would do only for a collection that was not cut:
    by the other it then would be.
    """
    cargo = day.loads[load]
    by_mass = cargo.mass_kg / kind.capacity_kg
    by_volume = 0.0 if kind.capacity_l is None else cargo.volume_l / kind.capacity_l
    whole = cargo.mass_kg == day.collection(load).mass_kg
    liftable = whole or min(by_mass, by_volume) <= 1
    reason, value, limit, unit = Reason.MASS, cargo.mass_kg, kind.capacity_kg, "kg"
    if by_volume > by_mass:
        reason, value, limit, unit = Reason.VOLUME, cargo.volume_l, kind.capacity_l or 0, "l"
    return Obstacle(reason, value, limit, value - limit if liftable else None, unit, kind.id)


def _lack(change: Obstacle) -> tuple[bool, float, str]:
    """Order causes: those that one change would mend first, then by how many times too much."""
    times = (change.value or 0) / max(1, change.limit or 0)
    return (change.relaxation is None, times, change.subject)


def _alone(day: Day, load: int) -> Obstacle | None:
    """Say what stops an idle truck first; of several the limit that is missed by least."""
    breaches: list[Breach] = []
    for vehicle in _alike(day):
        if not day.fits(vehicle, load):
            continue
        for receiver in day.allowed[load]:
            breach = timetable(day, vehicle, (Task(load), Task(load, receiver)))
            if isinstance(breach, Route):
                return None
            breaches.append(breach)
    least = min(breaches, key=lambda row: abs(row.value - row.limit))
    return Obstacle(least.reason, least.value, least.limit, None, least.unit, least.subject)


def _intake(day: Day, orders: Sequence[Order], load: int) -> Obstacle | None:
    left = intake_left_kg(day, orders)
    mass_kg = day.loads[load].mass_kg
    if any(left.get(row, mass_kg) >= mass_kg for row in day.allowed[load]):
        return None
    row = max(day.allowed[load], key=lambda position: (left[position], -position))
    receiver = day.receiver(row)
    limit_kg = receiver.daily_intake_kg or 0
    value_kg = limit_kg - left[row] + mass_kg
    return Obstacle(Reason.RECEIVER_INTAKE, value_kg, limit_kg, None, "kg", receiver.id)
