"""A quick look at each place for a load on a truck: whether it can be driven, and its least cost.

Rests and washing are left out and everything is as early as it can be, so that no place is dropped
that the full timetable would allow, and no place costs less than is said here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from routing.day import Call, Day, opening
from routing.problem import Vehicle, Window
from routing.schedule import Task


@dataclass(frozen=True, slots=True)
class Gate:
    """What a task asks for: where, when, how long at least, and what it adds to the load."""

    site: int
    windows: tuple[Window, ...]
    service_s: int
    weighing_s: int
    mass_kg: int
    call: Call | None


@dataclass(frozen=True, slots=True)
class State:
    """A truck on its way: the earliest clock, metres so far, mass on board."""

    site: int
    clock_s: int
    metres: int
    onboard_kg: int
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """One truck's remaining day, from `start` to `home`, as whole numbers."""

    seconds: list[list[int]]
    metres: list[list[int]]
    start: State
    home: int
    closes_s: int
    capacity_kg: int
    gates: tuple[Gate, ...]

    def step(self, state: State, gate: Gate) -> State | None:
        """Go on to the task; None when its gate is shut for good or the truck too full."""
        onboard_kg = state.onboard_kg + gate.mass_kg
        if onboard_kg > self.capacity_kg:
            return None
        clock_s = state.clock_s + self.seconds[state.site][gate.site]
        service_s = gate.service_s
        if gate.call is None or gate.call != state.call:
            begin_s = opening(gate.windows, clock_s)
            if begin_s is None:
                return None
            clock_s, service_s = begin_s, service_s + gate.weighing_s
        metres = state.metres + self.metres[state.site][gate.site]
        return State(gate.site, clock_s + service_s, metres, onboard_kg, gate.call)

    def end(self, state: State | None, gates: tuple[Gate, ...]) -> State | None:
        """Do the rest and drive home; None when that cannot be done within the shift."""
        for gate in gates:
            if state is None:
                return None
            state = self.step(state, gate)
        if state is None:
            return None
        clock_s = state.clock_s + self.seconds[state.site][self.home]
        metres = state.metres + self.metres[state.site][self.home]
        if clock_s > self.closes_s:
            return None
        return State(self.home, clock_s, metres, state.onboard_kg)

    def places(self, pick: Gate, put: Gate) -> Iterator[tuple[int, int, State]]:
        """Yield places that may be drivable, with the state in which the day would end at best."""
        before: State | None = self.start
        for first in range(len(self.gates) + 1):
            if before is None:
                return
            state = self.step(before, pick)
            for last in range(first, len(self.gates) + 1):
                if state is None:
                    break
                found = self.end(self.step(state, put), self.gates[last:])
                if found is not None:
                    yield first, last, found
                if last < len(self.gates):
                    state = self.step(state, self.gates[last])
            if first < len(self.gates):
                before = self.step(before, self.gates[first])


def gate_of(day: Day, task: Task) -> Gate:
    """Read a task's demands; unloading is rounded down, as neighbours are rounded up together."""
    travel, cargo = day.problem.travel, day.loads[task.load]
    if task.receiver is None:
        row = day.collection(task.load)
        service_s = row.loading_s + row.weighing_s
        return Gate(travel.index(row.site), row.windows, service_s, 0, cargo.mass_kg, None)
    receiver = day.receiver(task.receiver)
    return Gate(
        travel.index(receiver.site),
        day.put_windows(task.load, receiver),
        receiver.unload_s_per_t * cargo.mass_kg // 1000,
        receiver.weighing_s,
        -cargo.mass_kg,
        day.call(task.load, task.receiver),
    )


def leaving_s(day: Day, vehicle: Vehicle, task: Task) -> int:
    """Find when the truck leaves its depot for this first task (see `routing.schedule`)."""
    opens_s, collection = vehicle.shift.opens_s, day.collection(task.load)
    drive_s = day.problem.travel.seconds(day.start_site(vehicle), collection.site)
    start_s = opening(collection.windows, opens_s + drive_s)
    return opens_s if start_s is None else max(opens_s, start_s - drive_s)
