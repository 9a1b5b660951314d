"""Limits that may stand in a load's way, each of which can be lifted by so much and no more.

A lift changes the compiled look-ups, for many quick trials, and the problem, for the true timetable
in the end. An amount is in the lift's unit; by 0 nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from routing.changes import (
    with_body,
    with_collection,
    with_licence,
    with_longer_hours,
    with_material,
    with_receiver,
    with_type,
    with_vehicle,
)
from routing.day import Day, overlap
from routing.haul import (
    CAPACITY,
    CLASS,
    CLOSES,
    DAILY,
    LOAD,
    OPENS,
    RECEIVER,
    ROOM,
    WINDOW_FROM,
    WINDOW_TO,
    Ints,
    Jobs,
    Rules,
    Trucks,
)
from routing.haul_day import Layout
from routing.orders import Order
from routing.plan import Reason
from routing.problem import (
    DAY_S,
    Collection,
    DayProblem,
    Receiver,
    Vehicle,
    VehicleType,
    Window,
)

_LONG_S = 2 * DAY_S


class Arrays(NamedTuple):
    """The compiled day under some limits."""

    jobs: Jobs
    trucks: Trucks
    rules: Rules


@dataclass(frozen=True)
class Lift:
    """One limit: by `most` at the most, `sign` -1 where less or sooner is what helps.

    `measured` says whose limit it is and what it is, given the truck that is to take the load.
    With `unit` "" it is there or not, and `most` is 1. It does not help trucks that are `shut`.
    """

    reason: Reason
    unit: str
    most: int
    arrays: Callable[[Arrays, int], Arrays]
    problem: Callable[[DayProblem, int, Vehicle], DayProblem]
    measured: Callable[[Vehicle], tuple[str, int]]
    sign: int = 1
    shut: tuple[int, ...] = ()


@dataclass(frozen=True)
class Lifts:
    """The lifts of one day, and the compiled day they change; loads that are `done` keep theirs."""

    day: Day
    dense: Layout
    orders: Sequence[Order]
    done: frozenset[int]

    @property
    def arrays(self) -> Arrays:
        return Arrays(self.dense.jobs, self.dense.trucks, self.dense.rules)

    def own(self, load: int) -> Iterator[Lift]:
        """List the limits of the load, its receivers and the trucks.

        The first of two that ask for the same is the one to be named.
        """
        collection = self.day.collection(load)
        allowed = [self.day.receiver(row) for row in self.day.allowed[load]]
        for row in allowed:
            yield from self._receiver(row)
        yield from self._collection(collection)
        yield from self._unloading(collection)
        yield _shift_end()
        for row in allowed:
            yield from self._intake(row, self.day.loads[load].mass_kg)
        yield self._hours()
        # A truck that lacks room for more than half of the load is no truck for it.
        if most_kg := self.day.loads[load].mass_kg // 2:
            yield self._capacity(most_kg)
        if most_l := self.day.loads[load].volume_l // 2:
            yield self._room(most_l)
        yield from self._segregation(self.day.loads[load].material)
        yield from self._admission(load)

    def others(self, load: int) -> Iterator[Lift]:
        """List the gates of other loads, on trucks that may carry this one, the nearest first.

        Gates that are open for as long as any shift lasts stand in nobody's way.
        """
        day, able = self.day, [row for row in self.orders if self.day.fits(row.vehicle, load)]
        tasks = [task for row in able for task in row.tasks if task.load not in self.done]
        receivers = {task.receiver for task in tasks if task.receiver is not None}
        gates: list[Receiver | Collection] = [
            day.receiver(row) for row in sorted(receivers - set(day.allowed[load]))
        ]
        rows = {day.collection(task.load).id: day.collection(task.load) for task in tasks}
        gates += [row for name, row in sorted(rows.items()) if name != day.loads[load].collection]
        travel, site = day.problem.travel, day.collection(load).site
        ends_s = max((row.vehicle.shift.closes_s for row in able), default=0)
        for gate in sorted(gates, key=lambda row: travel.metres(site, row.site)):
            if isinstance(gate, Collection):
                yield from self._unloading(gate)
            if any(row.opens_s == 0 and row.closes_s >= ends_s for row in gate.windows):
                continue
            yield from (
                self._collection(gate) if isinstance(gate, Collection) else self._receiver(gate)
            )

    def _collection(self, row: Collection) -> Iterator[Lift]:
        loads = [i for i, cargo in enumerate(self.day.loads) if cargo.collection == row.id]
        tasks = np.array(loads, dtype=np.int64)

        def gates(windows: tuple[Window, ...]) -> list[tuple[Ints, tuple[Window, ...]]]:
            return [(tasks, windows)]

        def under(problem: DayProblem, windows: tuple[Window, ...]) -> DayProblem:
            return with_collection(problem, replace(row, windows=windows))

        yield from _of_gate(Reason.COLLECTION_WINDOW, row.id, row.windows, gates, under)

    def _unloading(self, row: Collection) -> Iterator[Lift]:
        own = row.unload_windows
        if own is None:
            return
        loads = [i for i, cargo in enumerate(self.day.loads) if cargo.collection == row.id]
        whole = self.dense.jobs.whole
        drops = np.flatnonzero(np.isin(whole[:, LOAD], loads) & (whole[:, RECEIVER] >= 0))
        tasks = {int(r): drops[whole[drops, RECEIVER] == r] for r in set(whole[drops, RECEIVER])}

        def gates(windows: tuple[Window, ...]) -> list[tuple[Ints, tuple[Window, ...]]]:
            return [
                (rows, overlap(self.day.receiver(r).windows, windows)) for r, rows in tasks.items()
            ]

        def under(problem: DayProblem, windows: tuple[Window, ...]) -> DayProblem:
            return with_collection(problem, replace(row, unload_windows=windows))

        yield from _of_gate(Reason.UNLOADING_TIME, row.id, own, gates, under)

    def _receiver(self, row: Receiver) -> Iterator[Lift]:
        whole, position = self.dense.jobs.whole, self.day.receiver_index[row.id]
        drops = np.flatnonzero(whole[:, RECEIVER] == position)
        alike: dict[tuple[Window, ...] | None, list[int]] = {}
        for task in drops.tolist():
            own = self.day.collection(int(whole[task, LOAD])).unload_windows
            alike.setdefault(own, []).append(task)
        groups = [(own, np.array(rows, dtype=np.int64)) for own, rows in alike.items()]

        def gates(windows: tuple[Window, ...]) -> list[tuple[Ints, tuple[Window, ...]]]:
            return [
                (rows, windows if own is None else overlap(windows, own)) for own, rows in groups
            ]

        def under(problem: DayProblem, windows: tuple[Window, ...]) -> DayProblem:
            return with_receiver(problem, row.id, lambda old: replace(old, windows=windows))

        yield from _of_gate(Reason.RECEIVER_WINDOW, row.id, row.windows, gates, under)

    def _intake(self, row: Receiver, mass_kg: int) -> Iterator[Lift]:
        limit_kg, position = row.daily_intake_kg, self.day.receiver_index[row.id]
        if limit_kg is None:
            return

        def arrays(base: Arrays, amount: int) -> Arrays:
            intake = base.rules.intake.copy()
            intake[position] += amount
            return base._replace(rules=base.rules._replace(intake=intake))

        def under(problem: DayProblem, amount: int, _: Vehicle) -> DayProblem:
            more = limit_kg + amount
            return with_receiver(problem, row.id, lambda old: replace(old, daily_intake_kg=more))

        yield Lift(
            Reason.RECEIVER_INTAKE, "kg", mass_kg, arrays, under, lambda _: (row.id, limit_kg)
        )

    def _hours(self) -> Lift:
        day = self.day

        def under(problem: DayProblem, amount: int, _: Vehicle) -> DayProblem:
            return with_longer_hours(problem, amount)

        def measured(vehicle: Vehicle) -> tuple[str, int]:
            return vehicle.id, day.agreed_hours(vehicle).daily_drive_s or 0

        return Lift(Reason.DRIVER_HOURS, "s", DAY_S, _raised(DAILY), under, measured)

    def _capacity(self, mass_kg: int) -> Lift:
        def under(problem: DayProblem, amount: int, vehicle: Vehicle) -> DayProblem:
            return with_type(
                problem,
                vehicle.type,
                lambda row: replace(row, capacity_kg=row.capacity_kg + amount),
            )

        def measured(vehicle: Vehicle) -> tuple[str, int]:
            return vehicle.type, self.day.kind(vehicle).capacity_kg

        return Lift(Reason.MASS, "kg", mass_kg, _raised(CAPACITY), under, measured)

    def _room(self, volume_l: int) -> Lift:
        def under(problem: DayProblem, amount: int, vehicle: Vehicle) -> DayProblem:
            more = None if (now := self.day.kind(vehicle).capacity_l) is None else now + amount
            return with_type(problem, vehicle.type, lambda row: replace(row, capacity_l=more))

        def measured(vehicle: Vehicle) -> tuple[str, int]:
            return vehicle.type, self.day.kind(vehicle).capacity_l or 0

        return Lift(Reason.VOLUME, "l", volume_l, _raised(ROOM), under, measured)

    def _segregation(self, material: str) -> Iterator[Lift]:
        """Shorten the wash between this and one other material, or let them share a truck."""
        position = {row.id: i for i, row in enumerate(self.day.problem.materials)}
        for (one, other), wash_s in sorted(self.day.cleaning_s.items()):
            if one != material:
                continue
            pair = position[one], position[other]
            yield _apart(pair, (one, other), wash_s, shared=False)
            yield _apart(pair, (one, other), wash_s, shared=True)

    def _admission(self, load: int) -> Iterator[Lift]:
        """Open one truck: with a licence, a cargo, or, while it is at home, a body more."""
        material = self.day.materials[self.day.loads[load].material]
        licence, name = material.licence, material.id
        for body in sorted(material.bodies):
            yield self._opened(load, Reason.NO_BODY, body, with_body(body))
        if licence is not None:
            yield self._opened(load, Reason.NO_LICENCE, licence, with_licence(licence))
        yield self._opened(load, Reason.NOT_ADMITTED, name, with_material(name))

    def _opened(
        self, load: int, reason: Reason, subject: str, changed: Callable[[VehicleType], VehicleType]
    ) -> Lift:
        day, vehicles = self.day, self.dense.vehicles
        work = {row.vehicle.id: [task.load for task in row.tasks] for row in self.orders}

        def helps(row: Vehicle) -> bool:
            kind, loads = changed(day.kind(row)), work.get(row.id, [])
            away = reason is Reason.NO_BODY and self.done.intersection(loads)
            return not away and all(day.suits(kind, at) for at in (load, *loads))

        helped = {truck for truck, row in enumerate(vehicles) if helps(row)}
        shut = {i for i, row in enumerate(vehicles) if i not in helped and not day.fits(row, load)}

        def arrays(base: Arrays, amount: int) -> Arrays:
            may = base.jobs.may.copy()
            may[load, self.dense.trucks.whole[sorted(helped), CLASS]] |= amount
            return base._replace(jobs=base.jobs._replace(may=may))

        def under(problem: DayProblem, amount: int, vehicle: Vehicle) -> DayProblem:
            if not amount:
                return problem
            (kind,) = (row for row in problem.vehicle_types if row.id == vehicle.type)
            own = replace(changed(kind), id=f"{kind.id}@{vehicle.id}")
            more = replace(problem, vehicle_types=(*problem.vehicle_types, own))
            return with_vehicle(more, vehicle, lambda row: replace(row, type=own.id))

        return Lift(reason, "", 1, arrays, under, lambda _: (subject, 0), shut=tuple(shut))


def _apart(pair: tuple[int, int], names: tuple[str, str], wash_s: int, *, shared: bool) -> Lift:
    def arrays(base: Arrays, amount: int) -> Arrays:
        cleaning = base.rules.cleaning.copy()
        cleaning[pair] = cleaning[pair[::-1]] = -1.0 if shared and amount else wash_s - amount
        return base._replace(rules=base.rules._replace(cleaning=cleaning))

    def under(problem: DayProblem, amount: int, _: Vehicle) -> DayProblem:
        rules = tuple(
            row if {row.one, row.other} != {*names} else replace(row, cleaning_s=wash_s - amount)
            for row in problem.segregations
            if not (shared and amount and {row.one, row.other} == {*names})
        )
        return replace(problem, segregations=rules)

    def measured(_: Vehicle) -> tuple[str, int]:
        return names[1], 0 if shared else wash_s

    unit, most = ("", 1) if shared else ("s", wash_s)
    return Lift(Reason.SEGREGATION, unit, most, arrays, under, measured, -1)


def _of_gate(
    reason: Reason,
    name: str,
    windows: tuple[Window, ...],
    gates: Callable[[tuple[Window, ...]], Iterable[tuple[Ints, tuple[Window, ...]]]],
    under: Callable[[DayProblem, tuple[Window, ...]], DayProblem],
) -> Iterator[Lift]:
    """Each of the windows closing later, and each opening sooner."""

    def lift(at: int, sign: int, most: int, limit_s: int) -> Lift:
        def eased(amount: int) -> tuple[Window, ...]:
            row = windows[at]
            if sign > 0:
                row = Window(row.opens_s, row.closes_s + amount)
            else:
                row = Window(row.opens_s - amount, row.closes_s)
            return (*windows[:at], row, *windows[at + 1 :])

        def arrays(base: Arrays, amount: int) -> Arrays:
            return base._replace(jobs=_with_gates(base.jobs, gates(eased(amount))))

        def problem(before: DayProblem, amount: int, _: Vehicle) -> DayProblem:
            return under(before, eased(amount))

        return Lift(reason, "s", most, arrays, problem, lambda _: (name, limit_s), sign)

    for at, row in enumerate(windows):
        yield lift(at, 1, _LONG_S, row.closes_s)
        yield lift(at, -1, row.opens_s, row.opens_s)


def _with_gates(jobs: Jobs, gates: Iterable[tuple[Ints, tuple[Window, ...]]]) -> Jobs:
    whole = jobs.whole.copy()
    rows: list[tuple[int, int]] = []
    first = len(jobs.windows)
    for tasks, windows in gates:
        whole[tasks, WINDOW_FROM] = first + len(rows)
        rows += [(row.opens_s, row.closes_s) for row in windows]
        whole[tasks, WINDOW_TO] = first + len(rows)
    added = np.array(rows, dtype=np.float64).reshape(-1, 2)
    return jobs._replace(whole=whole, windows=np.concatenate((jobs.windows, added)))


def _raised(column: int) -> Callable[[Arrays, int], Arrays]:
    def arrays(base: Arrays, amount: int) -> Arrays:
        real = base.trucks.real.copy()
        real[:, column] += amount
        return base._replace(trucks=base.trucks._replace(real=real))

    return arrays


def _shift_end() -> Lift:
    def under(problem: DayProblem, amount: int, vehicle: Vehicle) -> DayProblem:
        def longer(row: Vehicle) -> Vehicle:
            return replace(row, shift=Window(row.shift.opens_s, row.shift.closes_s + amount))

        return with_vehicle(problem, vehicle, longer)

    def measured(vehicle: Vehicle) -> tuple[str, int]:
        return vehicle.id, vehicle.shift.closes_s

    return Lift(Reason.SHIFT, "s", _LONG_S, _raised(CLOSES), under, measured)


def shift_start(now_s: int) -> Lift:
    """Let the truck's shift begin sooner, but no sooner than now."""

    def arrays(base: Arrays, amount: int) -> Arrays:
        real = base.trucks.real.copy()
        real[:, OPENS] = np.minimum(real[:, OPENS], np.maximum(real[:, OPENS] - amount, now_s))
        return base._replace(trucks=base.trucks._replace(real=real))

    def under(problem: DayProblem, amount: int, vehicle: Vehicle) -> DayProblem:
        def sooner(row: Vehicle) -> Vehicle:
            opens_s = min(row.shift.opens_s, max(row.shift.opens_s - amount, now_s))
            return replace(row, shift=Window(opens_s, row.shift.closes_s))

        return with_vehicle(problem, vehicle, sooner)

    def measured(vehicle: Vehicle) -> tuple[str, int]:
        return vehicle.id, vehicle.shift.opens_s

    return Lift(Reason.SHIFT, "s", DAY_S, arrays, under, measured, -1)
