"""A first plan for the full loads of a day, by column generation.

Loads of one collection and mass are alike and make a flow. A column is one truck's day, a chain of
full loads, priced over the minutes of its shift and the flow brought last; choosing days is a
linear programme with a row a flow and a row a class of trucks. Its columns, each cut down to what
the full timetable allows, then go to an integer programme whose days start the search. Rests are
reckoned as one in a shift while pricing, and washing only between neighbours: this finds a start,
not a bound.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import ortools.linear_solver.pywraplp as pywraplp  # noqa: PLR0402 - its stubs hide it from the package

from routing.compiled import compiled, inlined
from routing.day import Day
from routing.haul import Floats, Ints
from routing.orders import Order
from routing.parameters import ShouldStop
from routing.plan import Route
from routing.problem import Vehicle, Window
from routing.schedule import Task, timetable

FAR = 1e15
# What a load left out costs: above any single truck's day, so that as much as can be is brought.
LEFT_OUT_FEN = 1e6
LEAST_PROMISE_FEN = 1.0
MINUTE_S = 60
# Columns taken up from one class of trucks in one round.
MOST_CHAINS = 25
# Share of the time for the integer programme, and the most of it that has been of use, in seconds.
WHOLE_SHARE = 0.5
MOST_WHOLE_S = 6.0
OPENS_UP, CLOSES_UP, LOADING, HAUL, OPENS_DOWN, CLOSES_DOWN, UNLOADING, HOME = range(8)


@dataclass(frozen=True, slots=True)
class Flow:
    """Loads alike, and one receiver they may go to; a flow with two receivers is two of these."""

    row: int
    loads: tuple[int, ...]
    receiver: int


@inlined
def brought(gates: Ints, flow: int, clock: int) -> int:
    """Say when a load is brought by a truck that comes for it at `clock`; -1 for never."""
    clock = max(clock, gates[OPENS_UP, flow])
    if clock > gates[CLOSES_UP, flow]:
        return -1
    clock = max(clock + gates[LOADING, flow] + gates[HAUL, flow], gates[OPENS_DOWN, flow])
    return clock + gates[UNLOADING, flow] if clock <= gates[CLOSES_DOWN, flow] else -1


@compiled
def price_days(
    worth: Floats, out_min: Ints, out_fen: Floats, next_min: Ints, next_fen: Floats, gates: Ints,
    value: Floats, best: Floats, came_flow: Ints, came_min: Ints,
) -> None:  # fmt: skip
    """Fill `value[minute, flow]`: least fen less worth of a chain that has just brought the flow.

    `out_*` (flows,) lead from the depot, `next_*` (flows, flows) from a flow's receiver to the next
    flow's gate; `gates` (8, flows) in minutes of the shift. `came_*` lead back, -1 from the depot.
    """
    horizon, flows = value.shape[0] - 1, len(worth)
    value[:] = FAR
    best[:] = FAR
    for minute in range(-1, horizon):
        for flow in range(1 if minute < 0 else flows):
            base = 0.0
            if minute >= 0:
                base = value[minute, flow]
                if base >= best[flow]:
                    continue
                best[flow] = base
            for other in range(flows):
                clock, cost = out_min[other], out_fen[other]
                if minute >= 0:
                    clock, cost = minute + next_min[flow, other], base + next_fen[flow, other]
                clock = brought(gates, other, clock)
                if clock < 0 or clock + gates[HOME, other] > horizon:
                    continue
                cost -= worth[other]
                if cost < value[clock, other]:
                    value[clock, other] = cost
                    came_flow[clock, other] = flow if minute >= 0 else -1
                    came_min[clock, other] = minute


@dataclass(frozen=True, slots=True)
class Chain:
    """A column: flows in the order in which one truck brings them, and the cost of its day."""

    kind: int
    flows: tuple[int, ...]
    cost_fen: int


class Class:
    """Interchangeable trucks, and the search for the days worth most to them."""

    def __init__(self, day: Day, trucks: Sequence[Vehicle], flows: Sequence[Flow]) -> None:
        self.day, self.trucks, self.flows = day, trucks, flows
        vehicle, travel = trucks[0], day.problem.travel
        kind, start = day.kind(vehicle), travel.index(day.start_site(vehicle))
        home = travel.index(day.end_site(vehicle))
        ups = np.array([travel.index(day.collection(flow.loads[0]).site) for flow in flows])
        downs = np.array([travel.index(day.receiver(flow.receiver).site) for flow in flows])
        hour_fen, seconds = kind.fen_per_h / 3600, travel.duration_s
        fen = travel.distance_m * (kind.fen_per_km / 1000) + seconds * hour_fen
        wash_s = _washing_s(day, flows)
        self.barred = np.array([not day.fits(vehicle, flow.loads[0]) for flow in flows])
        self.fixed_fen = float(kind.fixed_fen)
        self.home_fen = fen[downs, home]
        self.legs = (
            _minutes(seconds[start, ups]),
            np.ascontiguousarray(fen[start, ups] + fen[ups, downs]),
            _minutes(seconds[np.ix_(downs, ups)] + wash_s),
            np.ascontiguousarray(fen[np.ix_(downs, ups)] + fen[ups, downs] + wash_s * hour_fen),
        )
        shift, rest_s = vehicle.shift, day.problem.hours.rest_s
        horizon = max(1, (shift.closes_s - shift.opens_s - rest_s) // MINUTE_S)
        # A chain may bring a flow more often than it has loads; only the nearest case is kept out.
        for one, other in itertools.product(range(len(flows)), repeat=2):
            if flows[one].row == flows[other].row and len(flows[one].loads) == 1:
                self.legs[2][one, other] = horizon + 1
        self.gates = np.zeros((8, len(flows)), dtype=np.int64)
        self.gates[HAUL], self.gates[HOME] = (
            _minutes(seconds[ups, downs]),
            _minutes(seconds[downs, home]),
        )
        for number, flow in enumerate(flows):
            self._open(number, flow, shift.opens_s)
        shape = (horizon + 1, len(flows))
        self.value, self.best = np.zeros(shape), np.zeros(len(flows))
        self.came = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int64)

    def _open(self, number: int, flow: Flow, opens_s: int) -> None:
        """Fill in the flow's gates: from the first opening to the last closing."""
        collection, receiver = self.day.collection(flow.loads[0]), self.day.receiver(flow.receiver)
        mass_kg = self.day.loads[flow.loads[0]].mass_kg
        unload_s = receiver.weighing_s + self.day.unload_s(receiver, mass_kg)
        load_s = collection.loading_s + collection.weighing_s
        self.gates[LOADING, number] = -(-load_s // MINUTE_S)
        self.gates[UNLOADING, number] = -(-unload_s // MINUTE_S)
        up, down = _span(collection.windows, opens_s), _span(receiver.windows, opens_s)
        self.gates[[OPENS_UP, CLOSES_UP], number] = up
        self.gates[[OPENS_DOWN, CLOSES_DOWN], number] = down

    def chains(self, worth: Floats) -> list[tuple[int, ...]]:
        """Find the chains worth most beyond their cost, one at most for each flow brought last."""
        worth = np.where(self.barred, -FAR / 1e3, worth)
        price_days(worth, *self.legs, self.gates, self.value, self.best, *self.came)
        minutes = self.value.argmin(axis=0)
        lasts = np.arange(len(self.flows))
        total = self.value[minutes, lasts] + self.home_fen + self.fixed_fen
        chosen = np.argsort(total, kind="stable")[:MOST_CHAINS]
        return [self._path(int(minutes[last]), int(last)) for last in chosen if total[last] < 0]

    def _path(self, minute: int, flow: int) -> tuple[int, ...]:
        path = [flow]
        while self.came[0][minute, flow] >= 0:
            minute, flow = int(self.came[1][minute, flow]), int(self.came[0][minute, flow])
            path.append(flow)
        return tuple(reversed(path))

    def in_stock(self, chain: Sequence[int]) -> tuple[int, ...]:
        """Leave out of the chain what there are no loads for."""
        times: Counter[int] = Counter()
        kept = []
        for flow in chain:
            times[self.flows[flow].row] += 1
            if times[self.flows[flow].row] <= len(self.flows[flow].loads):
                kept.append(flow)
        return tuple(kept)

    def driven(self, chain: Sequence[int]) -> tuple[tuple[int, ...], int]:
        """Cut the chain's end off until the full timetable allows it; returns it and its cost."""
        while chain:
            tasks = [
                Task(self.flows[flow].loads[0], receiver)
                for flow in chain
                for receiver in (None, self.flows[flow].receiver)
            ]
            route = timetable(self.day, self.trucks[0], tasks)
            if isinstance(route, Route):
                return tuple(chain), route.cost_fen
            chain = chain[:-1]
        return (), 0


def _minutes(seconds: Ints | Floats) -> Ints:
    return np.ascontiguousarray(np.ceil(seconds / MINUTE_S)).astype(np.int64)


def _span(windows: Sequence[Window], opens_s: int) -> tuple[int, int]:
    first, last = min(row.opens_s for row in windows), max(row.closes_s for row in windows)
    return max(0, -(-(first - opens_s) // MINUTE_S)), (last - opens_s) // MINUTE_S


def _washing_s(day: Day, flows: Sequence[Flow]) -> Floats:
    names = [day.loads[flow.loads[0]].material for flow in flows]
    return np.array([[day.cleaning_s.get((a, b), 0) for b in names] for a in names], dtype=float)


def _flows(day: Day) -> tuple[list[Flow], list[int]]:
    """Full loads by flow and receiver, and the number of loads of each row.

    A load is full when no two of its kind fit on any truck that may carry it.
    """
    groups: dict[tuple[str, int], list[int]] = {}
    kinds = {row.type: row for row in day.problem.vehicles}.values()
    for load, cargo in enumerate(day.loads):
        rooms = [day.kind(row).capacity_kg for row in kinds if day.fits(row, load)]
        if rooms and 2 * cargo.mass_kg > max(rooms):
            groups.setdefault((cargo.collection, cargo.mass_kg), []).append(load)
    flows = [
        Flow(row, tuple(loads), receiver)
        for row, loads in enumerate(groups.values())
        for receiver in day.allowed[loads[0]]
    ]
    return flows, [len(loads) for loads in groups.values()]


class Master:
    """Days known so far, of which each class drives as many as it has trucks."""

    def __init__(
        self, flows: Sequence[Flow], counts: Sequence[int], classes: Sequence[Class]
    ) -> None:
        self.flows, self.counts, self.classes = flows, counts, classes
        self.chains: dict[tuple[int, tuple[int, ...]], int] = {}
        self.solver, self.rows, self.sizes = self._programme("GLOP")

    def _programme(
        self, name: str
    ) -> tuple[pywraplp.Solver, list[pywraplp.Constraint], list[pywraplp.Constraint]]:
        """Set up the rows of flows and of classes, without columns."""
        solver = pywraplp.Solver.CreateSolver(name)
        rows = [solver.Constraint(count, solver.infinity()) for count in self.counts]
        sizes = [solver.Constraint(0, len(row.trucks)) for row in self.classes]
        for row, count in zip(rows, self.counts, strict=True):
            left = solver.NumVar(0, count, "")
            solver.Objective().SetCoefficient(left, LEFT_OUT_FEN)
            row.SetCoefficient(left, 1)
        return solver, rows, sizes

    def add(self, kind: int, chain: tuple[int, ...], cost_fen: int) -> bool:
        """Take the day up; False when it is known."""
        if not chain or (kind, chain) in self.chains:
            return False
        self.chains[kind, chain] = cost_fen
        self._fill(self.solver.NumVar(0, self.solver.infinity(), ""), kind, chain, cost_fen)
        return True

    def _fill(
        self, column: pywraplp.Variable, kind: int, chain: tuple[int, ...], cost_fen: int
    ) -> None:
        self.solver.Objective().SetCoefficient(column, cost_fen)
        self.sizes[kind].SetCoefficient(column, 1)
        for row, times in Counter(self.flows[flow].row for flow in chain).items():
            self.rows[row].SetCoefficient(column, times)

    def prices(self) -> tuple[Floats, Floats]:
        """Solve; what one load more of each flow and one truck more of each class is worth."""
        if self.solver.Solve() != pywraplp.Solver.OPTIMAL:
            # Going on from the last basis has led to trouble with numbers; from none it goes.
            self.solver, self.rows, self.sizes = self._programme("GLOP")
            for (kind, chain), cost_fen in self.chains.items():
                self._fill(self.solver.NumVar(0, self.solver.infinity(), ""), kind, chain, cost_fen)
            self.solver.Solve()
        worth = np.array([self.rows[flow.row].dual_value() for flow in self.flows])
        return worth, np.array([row.dual_value() for row in self.sizes])

    def whole(self, seconds: float) -> list[tuple[int, tuple[int, ...]]]:
        """Choose whole days of those known, one entry a truck."""
        self.solver, self.rows, self.sizes = self._programme("SCIP")
        self.solver.SetTimeLimit(max(1, round(1000 * seconds)))
        columns = []
        for (kind, chain), cost_fen in self.chains.items():
            columns.append(self.solver.IntVar(0, len(self.classes[kind].trucks), ""))
            self._fill(columns[-1], kind, chain, cost_fen)
        if self.solver.Solve() not in (pywraplp.Solver.OPTIMAL, pywraplp.Solver.FEASIBLE):
            return []
        return [
            known
            for known, column in zip(self.chains, columns, strict=True)
            for _ in range(round(column.solution_value()))
        ]


def full_truck_orders(day: Day, until: float, should_stop: ShouldStop) -> list[Order]:
    """Plan the full loads alone, until `until` on the performance counter at the latest."""
    flows, counts = _flows(day)
    trucks: dict[tuple[object, ...], list[Vehicle]] = {}
    for row in day.problem.vehicles:
        trucks.setdefault(row.like, []).append(row)
    if not flows:
        return []
    classes = [Class(day, rows, flows) for rows in trucks.values()]
    master = Master(flows, counts, classes)
    started = time.perf_counter()
    columns_until = until - WHOLE_SHARE * max(0.0, until - started)
    while time.perf_counter() < columns_until and not should_stop():
        worth, rent = master.prices()
        new = 0
        for kind, trucks_alike in enumerate(classes):
            found = trucks_alike.chains(worth)
            for chain in {row: None for one in found for row in (one, trucks_alike.in_stock(one))}:
                cut, cost_fen = trucks_alike.driven(chain)
                promise = cost_fen - sum(worth[flow] for flow in cut) - rent[kind]
                new += promise < -LEAST_PROMISE_FEN and master.add(kind, cut, cost_fen)
        if not new:
            break
    left_s = min(MOST_WHOLE_S, until - time.perf_counter())
    return _handed_out(master, master.whole(left_s)) if left_s > 0 and not should_stop() else []


def _handed_out(master: Master, days: Sequence[tuple[int, tuple[int, ...]]]) -> list[Order]:
    """Give the days trucks and loads; what more than one day would bring goes with the first."""
    loads = {flow.row: list(flow.loads) for flow in master.flows}
    free = [list(row.trucks) for row in master.classes]
    orders = []
    for kind, chain in days:
        tasks = []
        for flow in chain:
            row = master.flows[flow].row
            if loads[row]:
                load = loads[row].pop()
                tasks += [Task(load), Task(load, master.flows[flow].receiver)]
        if tasks and free[kind]:
            orders.append(Order(free[kind].pop(), tuple(tasks)))
    return orders
