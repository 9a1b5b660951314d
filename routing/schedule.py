"""From an order of pick-ups and deliveries to a clock: one truck's day, second by second.

The timetable is the earliest one, with rests taken only when the next leg would break the driving
limit. It is the single definition of a feasible day that every part of the planner shares; the
checker in `routing.check` does not use it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from routing.day import Call, Day, opening
from routing.plan import Reason, Route, Stop, StopKind
from routing.problem import Collection, Receiver, Vehicle, Window


@dataclass(frozen=True, slots=True)
class Task:
    """Take up a load (`receiver` None) or put it down at the receiver of that position."""

    load: int
    receiver: int | None = None


@dataclass(frozen=True, slots=True)
class Breach:
    """The first limit a day breaks: the value reached, the limit, and whose limit it is."""

    reason: Reason
    value: int
    limit: int
    unit: str
    subject: str


class _BrokenError(Exception):
    """Carries the breach out of the walk; never leaves this module."""

    def __init__(self, breach: Breach) -> None:
        super().__init__(breach.reason)
        self.breach = breach


@dataclass(slots=True)
class _Clock:
    """The truck while its day is walked through."""

    day: Day
    vehicle: Vehicle
    site: str
    now_s: int
    stops: list[Stop] = field(default_factory=list)
    onboard: dict[int, int] = field(default_factory=dict)
    residue: set[str] = field(default_factory=set)
    at_wheel_s: int = 0
    driven_s: int = 0
    onboard_kg: int = 0
    onboard_l: int = 0
    leg_m: int = 0
    leg_s: int = 0

    def rest(self, site: str | None, distance_m: int, drive_s: int) -> None:
        length = self.day.hours(self.vehicle).rest_s
        self.stops.append(
            Stop(
                StopKind.REST,
                site,
                self.now_s,
                self.now_s,
                self.now_s + length,
                distance_m,
                drive_s,
                self.onboard_kg,
            )
        )
        self.now_s += length
        self.at_wheel_s = 0

    def drive(self, site: str) -> None:
        """Cover the leg to `site`, resting before or on the way where the limit asks for it."""
        hours = self.day.hours(self.vehicle)
        travel = self.day.problem.travel
        whole_m, whole_s = travel.metres(self.site, site), travel.seconds(self.site, site)
        if self.at_wheel_s and self.at_wheel_s + whole_s > hours.continuous_drive_s:
            self.rest(self.site, 0, 0)
        left_m, left_s = whole_m, whole_s
        while left_s > hours.continuous_drive_s:
            part_s = hours.continuous_drive_s
            part_m = left_m * part_s // left_s
            self.now_s += part_s
            self.rest(None, part_m, part_s)
            left_m, left_s = left_m - part_m, left_s - part_s
        self.now_s += left_s
        self.at_wheel_s += left_s
        self.driven_s += whole_s
        self.leg_m, self.leg_s = left_m, left_s
        self.site = site
        if hours.daily_drive_s is not None and self.driven_s > hours.daily_drive_s:
            raise _BrokenError(
                Breach(
                    Reason.DRIVER_HOURS, self.driven_s, hours.daily_drive_s, "s", self.vehicle.id
                )
            )

    def stop(
        self,
        kind: StopKind,
        start_s: int,
        service_s: int,
        loads: tuple[str, ...] = (),
        receiver: str | None = None,
    ) -> None:
        if start_s - self.now_s >= self.day.hours(self.vehicle).rest_s > 0:
            self.at_wheel_s = 0
        self.stops.append(
            Stop(
                kind,
                self.site,
                self.now_s,
                start_s,
                start_s + service_s,
                self.leg_m,
                self.leg_s,
                self.onboard_kg,
                loads,
                receiver,
            )
        )
        self.now_s = start_s + service_s
        self.leg_m = self.leg_s = 0

    def begin_s(self, task: Task) -> int:
        found = begin_s(self.day, task, self.now_s)
        if isinstance(found, Breach):
            raise _BrokenError(found)
        return found

    def recall(self, stop: Stop, loads: Sequence[int]) -> None:
        """Take over what a stop that is done left behind: hours, cargo and residue."""
        rest_s = self.day.hours(self.vehicle).rest_s
        self.at_wheel_s += stop.drive_s
        self.driven_s += stop.drive_s
        until_s = stop.depart_s if stop.kind is StopKind.REST else stop.start_s
        if until_s - stop.arrival_s >= rest_s > 0:
            self.at_wheel_s = 0
        if stop.kind is StopKind.CLEAN:
            self.residue.clear()
        for load in loads:
            cargo = self.day.loads[load]
            sign = 1 if stop.kind is StopKind.LOAD else -1
            self.onboard_kg += sign * cargo.mass_kg
            self.onboard_l += sign * cargo.volume_l
            if sign > 0:
                self.onboard[load] = cargo.mass_kg
                self.residue.add(cargo.material)
            else:
                self.onboard.pop(load)

    def clean_for(self, material: str) -> None:
        """Wash the body when what was carried since the last wash may not meet the new cargo."""
        cleaning = self.day.cleaning_s
        aboard = {self.day.loads[load].material for load in self.onboard}
        wash_s = max((cleaning.get((old, material), 0) for old in self.residue), default=0)
        for old in aboard:
            if (old, material) in cleaning or wash_s:
                raise _BrokenError(Breach(Reason.SEGREGATION, 1, 0, "", old))
        if wash_s:
            self.stop(StopKind.CLEAN, self.now_s, wash_s)
            self.residue.clear()

    def take(self, load: int) -> None:
        day, cargo = self.day, self.day.loads[load]
        collection, kind = day.collection(load), day.kind(self.vehicle)
        if not kind.may_carry(day.materials[cargo.material]):
            raise _BrokenError(Breach(Reason.NOT_ADMITTED, 1, 0, "", kind.id))
        self.clean_for(cargo.material)
        self.onboard_kg += cargo.mass_kg
        self.onboard_l += cargo.volume_l
        if self.onboard_kg > kind.capacity_kg:
            raise _BrokenError(
                Breach(Reason.MASS, self.onboard_kg, kind.capacity_kg, "kg", kind.id)
            )
        if kind.capacity_l is not None and self.onboard_l > kind.capacity_l:
            raise _BrokenError(Breach(Reason.VOLUME, self.onboard_l, kind.capacity_l, "l", kind.id))
        self.onboard_kg -= cargo.mass_kg
        self.drive(collection.site)
        start_s = self.begin_s(Task(load))
        self.onboard[load] = cargo.mass_kg
        self.onboard_kg += cargo.mass_kg
        self.residue.add(cargo.material)
        self.stop(StopKind.LOAD, start_s, _loading_s(collection), (cargo.id,))

    def put(self, receiver: Receiver, loads: Sequence[int]) -> None:
        self.drive(receiver.site)
        start_s = self.begin_s(Task(loads[0], self.day.receiver_index[receiver.id]))
        mass_kg = 0
        for load in loads:
            mass_kg += self.onboard.pop(load)
            self.onboard_l -= self.day.loads[load].volume_l
        self.onboard_kg -= mass_kg
        service_s = receiver.weighing_s + self.day.unload_s(receiver, mass_kg)
        names = tuple(self.day.loads[load].id for load in loads)
        self.stop(StopKind.UNLOAD, start_s, service_s, names, receiver.id)

    def finish(self) -> Route:
        self.drive(self.day.end_site(self.vehicle))
        if self.now_s > self.vehicle.shift.closes_s:
            limit_s = self.vehicle.shift.closes_s
            raise _BrokenError(Breach(Reason.SHIFT, self.now_s, limit_s, "s", self.vehicle.id))
        self.stop(StopKind.END, self.now_s, 0)
        distance_m = sum(stop.distance_m for stop in self.stops)
        duty_s = self.now_s - self.stops[0].depart_s
        cost_fen = self.day.route_cost_fen(self.day.kind(self.vehicle), distance_m, duty_s)
        return Route(self.vehicle.id, tuple(self.stops), cost_fen)


def begin_s(day: Day, task: Task, arrival_s: int) -> int | Breach:
    """Find when the task can begin for who is there at `arrival_s`, or whose gate is shut then."""
    collection = day.collection(task.load)
    if task.receiver is None:
        start_s = opening(collection.windows, arrival_s)
        if start_s is not None:
            return start_s
        limit_s = _last_s(collection.windows)
        return Breach(Reason.COLLECTION_WINDOW, arrival_s, limit_s, "s", collection.id)
    receiver = day.receiver(task.receiver)
    start_s = opening(day.put_windows(task.load, receiver), arrival_s)
    return _shut(receiver, collection, arrival_s) if start_s is None else start_s


def _last_s(windows: tuple[Window, ...]) -> int:
    return max(row.closes_s for row in windows)


def _shut(receiver: Receiver, collection: Collection, now_s: int) -> Breach:
    """Say which comes too late for unloading: the truck for the gate or the load's own time.

    Or that time for the gate.
    """
    gate_s, own = _last_s(receiver.windows), collection.unload_windows
    if own is None or now_s > gate_s:
        return Breach(Reason.RECEIVER_WINDOW, now_s, gate_s, "s", receiver.id)
    own_s = _last_s(own)
    start_s = opening(receiver.windows, max(now_s, own_s))
    if start_s is None:
        start_s = opening(own, gate_s) or own_s
        return Breach(Reason.RECEIVER_WINDOW, start_s, gate_s, "s", receiver.id)
    return Breach(Reason.UNLOADING_TIME, start_s, own_s, "s", collection.id)


def _loading_s(collection: Collection) -> int:
    return collection.loading_s + collection.weighing_s


def _leaving_s(day: Day, vehicle: Vehicle, first: Collection) -> int:
    """Leave no earlier than needed to find the first gate open."""
    opens_s = vehicle.shift.opens_s
    drive_s = day.problem.travel.seconds(day.start_site(vehicle), first.site)
    start_s = opening(first.windows, opens_s + drive_s)
    return opens_s if start_s is None else max(opens_s, start_s - drive_s)


def timetable(day: Day, vehicle: Vehicle, tasks: Sequence[Task]) -> Route | Breach:
    """Walk through the truck's day in this order; return it, or the first limit it breaks.

    `tasks` must take up each load once before putting it down, and end empty. Neighbouring tasks at
    one receiver become one stop with one weighing, unless their loads have unloading times of their
    own that differ.
    """
    leaving_s = vehicle.shift.opens_s
    if tasks:
        leaving_s = _leaving_s(day, vehicle, day.collection(tasks[0].load))
    clock = _Clock(day, vehicle, day.start_site(vehicle), leaving_s)
    clock.stop(StopKind.START, leaving_s, 0)
    return _walked(clock, tasks)


def continued(
    day: Day, vehicle: Vehicle, done: Sequence[Stop], tasks: Sequence[Task]
) -> Route | Breach:
    """Walk on from stops that stay as they are; `tasks` put down what they left on board.

    `done` starts with START and ends where the truck stands at a site. The same rules hold, as if
    the truck's whole day had been walked through.
    """
    site = done[-1].site
    assert site is not None, "a truck cannot be sent on from the middle of a leg"
    clock = _Clock(day, vehicle, site, done[-1].depart_s, list(done))
    for stop in done:
        clock.recall(stop, [day.load_index[name] for name in stop.loads])
    return _walked(clock, tasks)


def _walked(clock: _Clock, tasks: Sequence[Task]) -> Route | Breach:
    day = clock.day
    try:
        for receiver, loads in _grouped(day, tasks):
            if receiver is None:
                clock.take(loads[0])
            else:
                clock.put(day.receiver(receiver), loads)
        return clock.finish()
    except _BrokenError as broken:
        return broken.breach


def _grouped(day: Day, tasks: Sequence[Task]) -> list[tuple[int | None, list[int]]]:
    groups: list[tuple[int | None, list[int]]] = []
    last: Call | None = None
    for task in tasks:
        call = None if task.receiver is None else day.call(task.load, task.receiver)
        if call is not None and call == last:
            groups[-1][1].append(task.load)
        else:
            groups.append((task.receiver, [task.load]))
        last = call
    return groups
