"""Why a load was left out: each constraint tested alone, with the smallest relaxation."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from routing.blockers import Begun, Blockers, Found, OutOfTimeError, beyond_a_truck
from routing.day import Day
from routing.insertion import Inserter, intake_left_kg
from routing.lifts import Lift
from routing.orders import Order
from routing.plan import Elsewhere, Load, Obstacle, Reason, Route, Unserved
from routing.problem import VehicleType
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
    elsewhere: Elsewhere | None = None
    tried: bool = True


@dataclass(frozen=True, slots=True)
class _Hired:
    """The day of one more truck, and what else would have to give way for it."""

    trip: Route
    also: tuple[Obstacle, ...]


@dataclass(frozen=True)
class _Asked:
    """A plan whose loads left out are asked about, and until when."""

    day: Day
    orders: Sequence[Order]
    begun: Begun
    until: float

    @cached_property
    def blockers(self) -> Blockers:
        """Lay the plan out, once; raises OutOfTimeError."""
        if time.perf_counter() > self.until:
            raise OutOfTimeError
        return Blockers(self.day, self.orders, self.begun)

    @cached_property
    def left_kg(self) -> dict[int, int]:
        return intake_left_kg(self.day, self.orders)

    @cached_property
    def wider(self) -> Inserter:
        """Lay the plan out as if all that take a material today took it from everybody.

        Loads with hours of their own for unloading have agreed on those with their receiver.
        """
        day, done = self.day, {self.day.loads[i].collection for i in self.begun.done}
        free = [row for row in day.problem.collections if row.id not in done]
        takers: dict[str, set[str]] = {}
        for row in free:
            takers.setdefault(row.material, set()).update(row.receivers)
        wide = {
            row.id: replace(row, receivers=tuple(sorted(takers[row.material])))
            for row in free
            if row.unload_windows is None
        }
        rows = tuple(wide.get(row.id, row) for row in day.problem.collections)
        other = replace(day, problem=replace(day.problem, collections=rows))
        return Inserter(other, self.orders, self.begun.paid_fen)


def explain(
    day: Day,
    orders: Sequence[Order],
    loads: Sequence[int],
    until: float = math.inf,
    begun: Begun | None = None,
) -> tuple[Unserved, ...]:
    """One entry per load left out. Loads alike share an explanation.

    From part of the time to `until` on the performance counter on, what is left is told by the
    limit it breaks first, or by one more truck, without the search for what else would do. `begun`
    tells what is done of a day under way.
    """
    now = time.perf_counter()
    begun = begun or Begun(0, day.problem.vehicles)
    asked = _Asked(day, orders, begun, now + _SHARE * (until - now))
    known: dict[tuple[str, int], _Cause] = {}
    alike = {(day.loads[i].collection, day.loads[i].mass_kg): i for i in reversed(loads)}
    for key, load in reversed(alike.items()):
        known[key] = _cause(asked, load)
    for key, cause in known.items():
        if cause.tried:
            known[key] = replace(cause, elsewhere=_elsewhere(asked, alike[key]))
    cargoes = [day.loads[load] for load in loads]
    return tuple(_row(cargo, known[cargo.collection, cargo.mass_kg]) for cargo in cargoes)


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
        cause.elsewhere,
        cause.tried,
    )


def _cause(asked: _Asked, load: int) -> _Cause:
    if not asked.begun.fleet:
        return _Cause(Obstacle(Reason.NO_VEHICLE))
    hard = _admission(asked, load) or _size(asked, load)
    try:
        return _looked_into(asked, load, hard)
    except OutOfTimeError:
        if hard is not None:
            return _Cause(hard)
        first, hired = _broken(asked, load)[0], _hired(asked, load)
        if hired is not None and first.reason is Reason.FLEET_BUSY:
            return replace(_by_hire(hired), tried=False)
        return _Cause(first, tried=False)


def _looked_into(asked: _Asked, load: int, hard: Obstacle | None) -> _Cause:
    blockers, skip_fen = asked.blockers, asked.day.collection(load).skip_fen
    now = blockers.now(load, asked.until)
    if now is not None:
        vehicle = now.order.vehicle.id
        if skip_fen is None or now.extra_fen <= skip_fen:
            return _Cause(Obstacle(Reason.FLEET_BUSY), vehicle, tried=False)
        return _Cause(_price(now.extra_fen, skip_fen, vehicle), vehicle)
    found, hired = blockers.single(load, asked.until), _hired(asked, load)
    if found is None and hard is None and (hired is None or hired.also):
        found = blockers.pair(load, asked.until)
    spare = None if hired is None or hired.also else hired.trip
    if found is not None and (spare is None or not beyond_a_truck(found)):
        return _with_spare(_told(asked, found, skip_fen), spare)
    if hired is not None:
        return _by_hire(hired)
    first, *others = _broken(asked, load) if hard is None else [hard]
    return _Cause(first, also=next(iter(others), None))


def _with_spare(cause: _Cause, spare: Route | None) -> _Cause:
    if spare is None:
        return cause
    return replace(cause, spare=spare.vehicle, spare_s=(spare.start_s, spare.end_s))


def _price(extra_fen: int, skip_fen: int, vehicle: str) -> Obstacle:
    more_fen = extra_fen - skip_fen
    return Obstacle(Reason.NOT_WORTH, extra_fen, skip_fen, more_fen, "fen", vehicle)


def _told(asked: _Asked, found: Found, skip_fen: int | None) -> _Cause:
    """Put the limits found into figures; a load that is still too dear needs its price too."""
    changes = [_change(asked, found, lift, amount) for lift, amount in found.lifted]
    if skip_fen is not None and found.extra_fen > skip_fen:
        changes.append(_price(found.extra_fen, skip_fen, found.vehicle.id))
    if len(changes) > MOST_TOLD:
        changes = [replace(row, relaxation=None) for row in changes]
    also = changes[1] if len(changes) > 1 else None
    return _Cause(changes[0], found.vehicle.id, also)


def _change(asked: _Asked, found: Found, lift: Lift, amount: int) -> Obstacle:
    subject, limit = lift.measured(found.vehicle)
    reason = lift.reason
    if reason is Reason.SHIFT and _busy(asked, found):
        reason = Reason.FLEET_BUSY
    if not lift.unit:
        return Obstacle(reason, subject=subject)
    return Obstacle(reason, limit + lift.sign * amount, limit, amount, lift.unit, subject)


def _busy(asked: _Asked, found: Found) -> bool:
    """Whether the truck is on the road by now, or could bring the load with no other work."""
    alone = tuple(task for task in found.tasks if task.load == found.load)
    away = any(task.load in asked.begun.done for task in found.tasks)
    return away or isinstance(timetable(asked.day, found.vehicle, alone), Route)


def _trips(asked: _Asked, load: int) -> Iterator[Route | Breach]:
    """Time the day of one more truck, like each of the day's, with just this load."""
    day = asked.day
    for vehicle in {row.like: row for row in reversed(asked.begun.fleet)}.values():
        for receiver in day.allowed[load] if day.suits(day.kind(vehicle), load) else ():
            yield timetable(day, vehicle, (Task(load), Task(load, receiver)))


def _hired(asked: _Asked, load: int) -> _Hired | None:
    """Find the shortest day of one more truck that brings just this load and asks for no more."""
    skip_fen = asked.day.collection(load).skip_fen
    rows = []
    for trip in _trips(asked, load):
        if isinstance(trip, Route):
            (stop,) = (row for row in trip.stops if row.receiver is not None)
            full = _over(asked, load, asked.day.receiver_index[stop.receiver or ""])
            dear = skip_fen is not None and trip.cost_fen > skip_fen
            price = _price(trip.cost_fen, skip_fen or 0, trip.vehicle) if dear else None
            rows.append(_Hired(trip, tuple(row for row in (full, price) if row is not None)))
    return min(
        rows, key=lambda row: (len(row.also), row.trip.duty_s, row.trip.vehicle), default=None
    )


def _by_hire(hired: _Hired) -> _Cause:
    busy, trip = Obstacle(Reason.FLEET_BUSY), hired.trip
    if len(hired.also) < MOST_TOLD:
        return _with_spare(_Cause(busy, also=next(iter(hired.also), None)), trip)
    one, other = (replace(row, relaxation=None) for row in hired.also)
    return _Cause(one, also=other)


def _elsewhere(asked: _Asked, load: int) -> Elsewhere | None:
    """Find a receiver that takes the material today from others and could be given this load."""
    row = asked.day.collection(load)
    found = asked.wider.best(load) if time.perf_counter() < asked.until else None
    if found is None or (row.skip_fen is not None and found.extra_fen > row.skip_fen):
        return None
    places = [task.receiver for task in found.order.tasks if task.load == load]
    (name,) = (asked.day.receiver(place).id for place in places if place is not None)
    if name in row.receivers:
        return None
    return Elsewhere(name, found.order.vehicle.id, found.extra_fen)


def _broken(asked: _Asked, load: int) -> list[Obstacle]:
    """Name the limits the load breaks first: on its own, then of intake, then of free trucks."""
    rows = [row for row in (_alone(asked, load), _intake(asked, load)) if row is not None]
    return [*rows, Obstacle(Reason.FLEET_BUSY)]


def _admission(asked: _Asked, load: int) -> Obstacle | None:
    day = asked.day
    material = day.materials[day.loads[load].material]
    kinds = [day.kind(vehicle) for vehicle in asked.begun.fleet]
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


def _size(asked: _Asked, load: int) -> Obstacle | None:
    day = asked.day
    material = day.materials[day.loads[load].material]
    kinds = {day.kind(row) for row in asked.begun.fleet}
    able = [kind for kind in kinds if kind.may_carry(material)]
    if any(day.suits(kind, load) for kind in able):
        return None
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


def _alone(asked: _Asked, load: int) -> Obstacle | None:
    """Say what stops an idle truck first; of several the limit that is missed by least."""
    breaches: list[Breach] = []
    for trip in _trips(asked, load):
        if isinstance(trip, Route):
            return None
        breaches.append(trip)
    least = min(breaches, key=lambda row: abs(row.value - row.limit))
    return Obstacle(least.reason, least.value, least.limit, None, least.unit, least.subject)


def _intake(asked: _Asked, load: int) -> Obstacle | None:
    rows = [_over(asked, load, receiver) for receiver in asked.day.allowed[load]]
    full = [row for row in rows if row is not None]
    if len(full) < len(rows):
        return None
    least = min(full, key=lambda row: (row.relaxation or 0, row.subject))
    return replace(least, relaxation=None)


def _over(asked: _Asked, load: int, receiver: int) -> Obstacle | None:
    """Say by how much the load would pass what the receiver takes that day."""
    row, mass_kg = asked.day.receiver(receiver), asked.day.loads[load].mass_kg
    over_kg = mass_kg - asked.left_kg.get(receiver, mass_kg)
    limit_kg = row.daily_intake_kg or 0
    if over_kg <= 0:
        return None
    return Obstacle(Reason.RECEIVER_INTAKE, limit_kg + over_kg, limit_kg, over_kg, "kg", row.id)
