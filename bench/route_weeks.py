"""Weeks of 15 to 60 loads that one to six trucks can surely carry: how often anything is missed.

    python bench/route_weeks.py [--weeks 20] [--first 0] [seconds ...]

The plan comes first: trucks' days are filled with loads by the timetable, and each day planned well
by the engine of days. Windows, dates,
tank levels, yards, intakes, rosters and shut gates are then drawn around it, from none to some
slack, so that a plan with nothing missed exists. Prints for each time limit, in processor seconds,
how many weeks miss something, the loads and tonnes missed, and how the cost of whole plans stands
to that of the plan that was drawn first.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from routing.day import Day
from routing.horizon import Closure, Dated, HorizonProblem, Roster, Tank, Yard
from routing.horizon_check import check_horizon
from routing.horizon_solve import solve_horizon
from routing.parameters import Parameters
from routing.plan import Load, PlanStatus, Route, StopKind
from routing.problem import (
    Body,
    Collection,
    DayProblem,
    Depot,
    Material,
    Receiver,
    Site,
    Vehicle,
    VehicleType,
    Window,
)
from routing.schedule import Task, timetable
from routing.solve import solve
from routing.travel import TravelMatrix
from routing.warm import warm_hauls

HOUR = 3600
FULL_KG = 30_000
OPENS_S = 6 * HOUR
# Of the search that plans each day the week is drawn around.
ITERATIONS = 4000
KINDS = (
    VehicleType("tipper", Body.TIPPER, FULL_KG, None, 60_000, 480, 6_000),
    VehicleType("light", Body.TIPPER, 12_000, None, 40_000, 320, 5_000),
)


@dataclass(frozen=True, slots=True)
class KnownWeek:
    """A week and what the plan costs that it was drawn around."""

    problem: HorizonProblem
    loads: int
    plan_fen: int


@dataclass(slots=True)
class _Job:
    """One load of the plan: what it belongs to, and when and where it is taken up and put down."""

    source: str
    goal: str
    mass_kg: int
    day: int = 0
    up_s: int = 0


class _Maker:
    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.slack = self.draw.choice((0.0, 0.3, 1.0))
        self.days, self.trucks, self.each = self._size()
        self.spots = {
            name: (self.draw.uniform(0, 50), self.draw.uniform(0, 50))
            for name in (
                *(f"depot{i}" for i in range(self.draw.randint(1, 2))),
                *(f"works{i}" for i in range(self.draw.randint(2, 5))),
                *(f"plant{i}" for i in range(self.draw.randint(3, 8))),
            )
        }
        self.works = [name for name in self.spots if name.startswith("works")]
        self.plants = [name for name in self.spots if name.startswith("plant")]
        self.depots = [name for name in self.spots if name.startswith("depot")]
        # Every other plant has a tank, emptied to one receiver.
        self.tank_goal = {name: self.draw.choice(self.works) for name in self.plants[::2]}
        self.jobs: list[_Job] = []
        self.brought: dict[str, list[_Job]] = {}
        self.ends: dict[int, list[int]] = defaultdict(list)
        self.worked: dict[int, set[int]] = defaultdict(set)
        self.plan_fen = 0

    def _size(self) -> tuple[int, int, int]:
        while True:
            days, trucks = self.draw.randint(3, 7), self.draw.randint(1, 6)
            each = self.draw.randint(2, 6)
            if 15 <= days * trucks * each <= 60:
                return days, trucks, each

    def far(self, seconds: float) -> int:
        """Draw a slack of up to so many seconds or kilograms, none in tight weeks."""
        return int(self.draw.uniform(0, self.slack * seconds))

    # -- the plan ---------------------------------------------------------------------------------

    def vehicle(self, number: int) -> Vehicle:
        kind = "light" if number % 3 == 2 else "tipper"
        depot = self.depots[number % len(self.depots)]
        return Vehicle(vehicle_id(number), kind, depot, Window(OPENS_S, OPENS_S + 12 * HOUR))

    def frame(self, jobs: list[_Job]) -> Day:
        """Lay out a day with one collection for each job and no gate ever shut."""
        rows = tuple(
            Collection(str(i), row.source, "ash", row.mass_kg, (row.goal,), loading_s=900)
            for i, row in enumerate(jobs)
        )
        loads = tuple(Load(f"{row.id}#1", row.id, 1, "ash", row.mass_kg, 0) for row in rows)
        return Day(self.base(rows), loads)

    def base(self, rows: tuple[Collection, ...]) -> DayProblem:
        places = np.array(list(self.spots.values()))
        km = np.linalg.norm(places[:, None] - places[None, :], axis=2) * 1.3
        metres = np.round(1000 * km).astype(np.int64)
        travel = TravelMatrix(
            tuple(self.spots), metres, np.ceil(metres * 3.6 / 50).astype(np.int64), "plane"
        )
        return DayProblem(
            tuple(Site(name, 34.6, 112.4) for name in self.spots),
            tuple(Depot(name, name) for name in self.depots),
            (Material("ash", frozenset({Body.TIPPER})),),
            tuple(Receiver(name, name, weighing_s=300, unload_s_per_t=40) for name in self.works),
            rows,
            KINDS,
            tuple(map(self.vehicle, range(self.trucks))),
            travel,
        )

    def trip(self, heavy: bool) -> list[_Job]:
        """Draw a full load, or two or three small ones on one trip."""
        if heavy:
            source = self.draw.choice(self.plants)
            goal = self.tank_goal.get(source) or self.draw.choice(self.works)
            return [_Job(source, goal, FULL_KG)]
        lots = [name for name in self.plants if name not in self.tank_goal]
        return [
            _Job(
                self.draw.choice(lots),
                self.draw.choice(self.works),
                self.draw.randint(15, 38) * 100,
            )
            for _ in range(self.draw.randint(1, 3))
        ]

    def drawn(self, number: int) -> list[_Job]:
        """Draw trips for a truck until its day has its loads or is full."""
        vehicle, jobs, tasks = self.vehicle(number), list[_Job](), list[Task]()
        for _ in range(4 * self.each):
            if len(jobs) >= self.each:
                break
            trip = self.trip(vehicle.type == "tipper" and self.draw.random() < 0.7)
            more = [*jobs, *trip]
            numbers = range(len(jobs), len(more))
            laid = self.frame(more)
            steps = [*map(Task, numbers), *(Task(i, laid.allowed[i][0]) for i in numbers)]
            if isinstance(timetable(laid, vehicle, tuple(tasks + steps)), Route):
                jobs, tasks = more, tasks + steps
        return jobs

    def settle(self, day: int, jobs: list[_Job]) -> None:
        """Let the engine plan the day well, so that the week around it leaves little to gain."""
        plan = solve(self.frame(jobs).problem, Parameters(60, 1, ITERATIONS))
        assert plan.status is PlanStatus.COMPLETE, "drawn by the timetable, so it can be done"
        for route in plan.routes:
            number = int(route.vehicle.removeprefix("truck"))
            self.ends[number].append(route.end_s)
            self.worked[number].add(day)
            self.plan_fen += route.cost_fen
            for stop in route.stops:
                for name in stop.loads if stop.kind is StopKind.LOAD else ():
                    row = jobs[int(name.partition("#")[0])]
                    row.day, row.up_s = day, stop.start_s
        self.jobs += jobs

    # -- the week around it -----------------------------------------------------------------------

    def week(self) -> KnownWeek:
        for day in range(self.days):
            numbers = [number for number in range(self.trucks) if self.draw.random() < 0.85]
            jobs = [job for number in numbers for job in self.drawn(number)]
            if jobs:
                self.settle(day, jobs)
        self.brought = _by_day((row.goal, row) for row in self.jobs)
        base = replace(self.base(()), vehicles=tuple(map(self.shortened, sorted(self.worked))))
        base = replace(base, receivers=tuple(map(self.receiver, base.receivers)))
        problem = HorizonProblem(
            self.days,
            base,
            self.dated(),
            tuple(self.tank(name) for name in self.tank_goal if self.taken(name)),
            tuple(self.yard(name) for name in self.works if self.draw.random() < 0.3),
            tuple(self.roster(number) for number in sorted(self.worked)),
            tuple(self.closure(name) for name in (*self.works, *self.plants)),
        )
        return KnownWeek(problem, len(self.jobs), self.plan_fen)

    def kg(self, rows: list[_Job]) -> list[int]:
        return [sum(row.mass_kg for row in rows if row.day == day) for day in range(self.days)]

    def taken(self, source: str) -> list[_Job]:
        return [row for row in self.jobs if row.source == source]

    def shortened(self, number: int) -> Vehicle:
        """End the shift when the truck's longest day does, or somewhat later."""
        vehicle = self.vehicle(number)
        closes_s = max(self.ends[number]) + self.far(2 * HOUR)
        return replace(vehicle, shift=Window(OPENS_S, closes_s))

    def receiver(self, row: Receiver) -> Receiver:
        if self.draw.random() < 0.6:
            return row
        most_kg = max(self.kg(self.brought[row.id]))
        return replace(row, daily_intake_kg=most_kg + self.far(60_000))

    def dated(self) -> tuple[Dated, ...]:
        """Make a collection of each job that is of no tank; alike full loads may become one."""
        groups: dict[tuple[str, str, int], list[_Job]] = defaultdict(list)
        for at, row in enumerate(self.jobs):
            if row.source not in self.tank_goal:
                joins = row.mass_kg == FULL_KG and self.draw.random() < 0.5
                groups[row.source, row.goal, -1 if joins else at].append(row)
        return tuple(self.one_dated(i, rows) for i, rows in enumerate(groups.values()))

    def one_dated(self, number: int, rows: list[_Job]) -> Dated:
        goals = [rows[0].goal]
        if self.draw.random() < 0.2 * self.slack:
            goals = sorted({*goals, self.draw.choice(self.works)})
        windows = Window(0, 24 * HOUR)
        if self.draw.random() < 0.3:
            first_s, last_s = min(row.up_s for row in rows), max(row.up_s for row in rows)
            late_s = last_s + self.far(3 * HOUR)
            windows = Window(max(0, first_s - self.far(3 * HOUR)), late_s)
        mass_kg = sum(row.mass_kg for row in rows)
        collection = Collection(
            f"lot{number}", rows[0].source, "ash", mass_kg, tuple(goals), 0, 900, 0, (windows,)
        )
        reach = self.draw.choice((0, 1, 2, self.days))
        first = max(0, min(row.day for row in rows) - self.draw.randint(0, reach))
        last = max(row.day for row in rows) + self.draw.randint(0, reach)
        return Dated(collection, first, min(self.days - 1, last))

    def tank(self, name: str) -> Tank:
        """Let come in what is taken, unevenly, and give what room and stock that asks for."""
        out_kg = self.kg(self.taken(name))
        inflow_kg = [self.draw.randint(0, 2 * sum(out_kg) // self.days) for _ in out_kg]
        came_kg = [sum(inflow_kg[:day]) - sum(out_kg[: day + 1]) for day in range(self.days)]
        opening_kg = max(0, *(-kg for kg in came_kg)) + self.far(FULL_KG)
        evening_kg = [
            opening_kg + kg + inflow for kg, inflow in zip(came_kg, inflow_kg, strict=True)
        ]
        room_kg = max(FULL_KG, opening_kg, *evening_kg) + self.far(FULL_KG)
        collection = Collection(name, name, "ash", room_kg, (self.tank_goal[name],), 0, 900, 0)
        closing_kg = evening_kg[-1] + self.far(FULL_KG)
        return Tank(collection, opening_kg, tuple(inflow_kg), closing_kg)

    def yard(self, name: str) -> Yard:
        """Let be used what is brought, unevenly, and give what room and stock that asks for."""
        in_kg = self.kg(self.brought[name])
        use_kg = [self.draw.randint(0, 2 * sum(in_kg) // self.days) for _ in in_kg]
        least_kg = self.draw.choice((0, 20_000))
        went_kg = [sum(in_kg[: day + 1]) - sum(use_kg[: day + 1]) for day in range(self.days)]
        opening_kg = least_kg + max(0, *(-kg for kg in went_kg)) + self.far(FULL_KG)
        most_kg = max(opening_kg + kg + use for kg, use in zip(went_kg, use_kg, strict=True))
        room_kg = max(opening_kg, most_kg) + self.far(FULL_KG)
        return Yard(name, opening_kg, tuple(use_kg), room_kg, least_kg)

    def roster(self, number: int) -> Roster:
        """Keep a truck in on some days that it has no work on, or limit its days."""
        idle = sorted(set(range(self.days)) - self.worked[number])
        off = frozenset(day for day in idle if self.draw.random() < 1 - 0.7 * self.slack)
        most = len(self.worked[number]) if self.draw.random() < 0.4 else None
        return Roster(vehicle_id(number), off, most)

    def closure(self, name: str) -> Closure:
        here = {row.day for row in self.jobs if name in {row.source, row.goal}}
        idle = sorted(set(range(self.days)) - here)
        return Closure(name, frozenset(day for day in idle if self.draw.random() < 0.3))


def vehicle_id(number: int) -> str:
    return f"truck{number}"


def _by_day(rows: Iterable[tuple[str, _Job]]) -> dict[str, list[_Job]]:
    found: dict[str, list[_Job]] = defaultdict(list)
    for name, row in rows:
        found[name].append(row)
    return found


def known_week(seed: int) -> KnownWeek:
    """Draw a week of 15 to 60 loads for which a plan surely exists that misses nothing."""
    for attempt in count():
        week = _Maker(1000 * seed + attempt).week()
        if 15 <= week.loads <= 60:
            return week
    raise AssertionError("endless")


def tell(limit_s: float, weeks: Iterable[KnownWeek]) -> None:
    missed, tonnes, shares, most_s = 0, 0.0, list[float](), 0.0
    for week in weeks:
        started = time.process_time()
        plan = solve_horizon(week.problem, Parameters(time_limit_s=limit_s))
        most_s = max(most_s, time.process_time() - started)
        faults = check_horizon(week.problem, plan)
        assert not faults, faults[:3]
        missed += bool(plan.unmet)
        tonnes += sum(row.mass_kg for row in plan.unmet) / 1000
        if not plan.unmet:
            shares.append(100 * (plan.cost_fen / week.plan_fen - 1))
    print(f"{limit_s:7.0f} | {missed:6d} | {tonnes:8.1f} | {np.mean(shares):8.2f} | {most_s:6.1f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--weeks", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("seconds", type=float, nargs="*", default=[5.0, 30.0])
    given = parser.parse_args()
    warm_hauls()
    # Others may use the machine: searches look at the processor's clock.
    time.perf_counter = time.process_time
    weeks = [known_week(seed) for seed in range(given.first, given.first + given.weeks)]
    print("limit s | missed | missed t | cost +-% | most s")
    for limit_s in given.seconds:
        tell(limit_s, weeks)


if __name__ == "__main__":
    main()
