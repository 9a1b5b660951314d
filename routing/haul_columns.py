"""A first plan for the full loads of a day, by column generation.

Loads of one collection and mass are alike and make a flow. A column is one truck's day, a chain of
full loads, priced over the minutes of its shift and the flow brought last; choosing days is a
linear programme with a row a flow, a class of trucks, and a receiver with an intake. Columns are
cut down to what the whole clock allows. Then days are settled a few at a time, those of which the
programme takes most, and new ones are priced for the loads and trucks that are left. Rests are
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
from routing.haul import Floats, Ints, Jobs, Rules, Trucks
from routing.haul_clock import NEVER, price, walk
from routing.haul_day import Layout
from routing.orders import Order
from routing.parameters import ShouldStop
from routing.problem import Vehicle, Window
from routing.schedule import Task

FAR = 1e15
# What a load left out costs: above any single truck's day, so that as much as can be is brought.
LEFT_OUT_FEN = 1e6
LEAST_PROMISE_FEN = 1.0
MINUTE_S = 60
# Columns taken up from one class of trucks in one round.
MOST_CHAINS = 25
# Rounds of new columns before the first day is settled, and after each.
MOST_ROUNDS = 150
ROUNDS_BETWEEN = 2
# Share of the time by which days must begin to be settled.
COLUMNS_SHARE = 0.6
OPENS_UP, CLOSES_UP, LOADING, HAUL, OPENS_DOWN, CLOSES_DOWN, UNLOADING, HOME = range(8)


@dataclass(frozen=True, slots=True)
class Flow:
    """Loads alike, and one receiver they may go to; a flow with two receivers is two of these."""

    row: int
    loads: tuple[int, ...]
    receiver: int
    mass_kg: int


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


@compiled
def holds(
    jobs: Jobs, trucks: Trucks, rules: Rules, truck: int, tour: Ints, free: Floats, wheel: Floats
) -> tuple[int, float]:
    """Count the tasks from the first on that the truck can do in a day: (tasks, cost)."""
    size = len(tour)
    while size > 0:
        duty, driven = walk(jobs, trucks, rules, truck, tour, size, free, wheel)
        if duty != NEVER:
            return size, price(jobs, trucks, truck, tour, size, duty, driven)
        size -= 2
    return 0, 0.0


class Class:
    """Interchangeable trucks, and the search for the days worth most to them."""

    def __init__(self, dense: Layout, trucks: Sequence[Vehicle], flows: Sequence[Flow]) -> None:
        day = dense.day
        self.day, self.trucks, self.flows, self.dense = day, trucks, flows, dense
        self.number = dense.vehicles.index(trucks[0])
        position = {task: i for i, task in enumerate(dense.tasks)}
        self.tasks = [
            (position[Task(flow.loads[0])], position[Task(flow.loads[0], flow.receiver)])
            for flow in flows
        ]
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
        shift, rest_s = vehicle.shift, day.hours(vehicle).rest_s
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
        up = _span(collection.windows, opens_s)
        down = _span(self.day.put_windows(flow.loads[0], receiver), opens_s)
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

    def in_stock(self, chain: Sequence[int], counts: Ints, room_kg: Floats) -> tuple[int, ...]:
        """Leave out of the chain what there are no loads for, or no room at the receiver."""
        left, left_kg, kept = counts.copy(), room_kg.copy(), []
        for number in chain:
            flow = self.flows[number]
            if left[flow.row] and flow.mass_kg <= left_kg[flow.receiver]:
                left[flow.row] -= 1
                left_kg[flow.receiver] -= flow.mass_kg
                kept.append(number)
        return tuple(kept)

    def driven(self, chain: tuple[int, ...]) -> tuple[tuple[int, ...], float]:
        """Cut the chain's end off until the whole clock allows it; returns it and its cost."""
        tour = np.array([task for flow in chain for task in self.tasks[flow]], dtype=np.int64)
        free, wheel = np.zeros(len(tour)), np.zeros(len(tour))
        dense = (self.dense.jobs, self.dense.trucks, self.dense.rules)
        size, cost_fen = holds(*dense, self.number, tour, free, wheel)
        return chain[: size // 2], cost_fen


def _minutes(seconds: Ints | Floats) -> Ints:
    return np.ascontiguousarray(np.ceil(seconds / MINUTE_S)).astype(np.int64)


def _span(windows: Sequence[Window], opens_s: int) -> tuple[int, int]:
    if not windows:
        return 1, 0
    first, last = min(row.opens_s for row in windows), max(row.closes_s for row in windows)
    return max(0, -(-(first - opens_s) // MINUTE_S)), (last - opens_s) // MINUTE_S


def _washing_s(day: Day, flows: Sequence[Flow]) -> Floats:
    names = [day.loads[flow.loads[0]].material for flow in flows]
    return np.array([[day.cleaning_s.get((a, b), 0) for b in names] for a in names], dtype=float)


def _flows(day: Day) -> tuple[list[Flow], Ints]:
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
        Flow(row, tuple(loads), receiver, mass_kg)
        for row, ((_, mass_kg), loads) in enumerate(groups.items())
        for receiver in day.allowed[loads[0]]
    ]
    return flows, np.array([len(loads) for loads in groups.values()])


class Master:
    """Days known so far, of which each class drives as many as it has trucks left."""

    def __init__(self, dense: Layout, classes: Sequence[Class], counts: Ints) -> None:
        self.flows, self.counts, self.classes = classes[0].flows, counts, classes
        self.room_kg = dense.rules.intake.copy()
        self.free = [len(row.trucks) for row in classes]
        self.chains: dict[tuple[int, tuple[int, ...]], float] = {}
        self.settled: list[tuple[int, tuple[int, ...]]] = []
        self._build()

    def _build(self) -> None:
        """Set the programme up afresh, with all days known so far."""
        self.solver = solver = pywraplp.Solver.CreateSolver("GLOP")
        self.rows = [solver.Constraint(float(count), solver.infinity()) for count in self.counts]
        self.sizes = [solver.Constraint(0, free) for free in self.free]
        self.stores = {
            int(receiver): solver.Constraint(0, float(self.room_kg[receiver]))
            for receiver in np.flatnonzero(np.isfinite(self.room_kg))
        }
        for row in self.rows:
            left = solver.NumVar(0, solver.infinity(), "")
            solver.Objective().SetCoefficient(left, LEFT_OUT_FEN)
            row.SetCoefficient(left, 1)
        self.columns: list[pywraplp.Variable] = []
        for (kind, chain), cost_fen in self.chains.items():
            self._column(kind, chain, cost_fen)

    def add(self, kind: int, chain: tuple[int, ...], cost_fen: float) -> bool:
        """Take the day up; False when it is known."""
        if not chain or (kind, chain) in self.chains:
            return False
        self.chains[kind, chain] = cost_fen
        self._column(kind, chain, cost_fen)
        return True

    def _column(self, kind: int, chain: tuple[int, ...], cost_fen: float) -> None:
        column = self.solver.NumVar(0, self.solver.infinity(), "")
        self.columns.append(column)
        self.solver.Objective().SetCoefficient(column, cost_fen)
        self.sizes[kind].SetCoefficient(column, 1)
        for row, times in Counter(self.flows[flow].row for flow in chain).items():
            self.rows[row].SetCoefficient(column, times)
        for receiver, store in self.stores.items():
            flows = (self.flows[flow] for flow in chain)
            store.SetCoefficient(column, sum(x.mass_kg for x in flows if x.receiver == receiver))

    def solve(self) -> bool:
        """Solve; False where GLOP gets into trouble with numbers.

        Going on from the last basis has led there; from none it goes.
        """
        if self.solver.Solve() == pywraplp.Solver.OPTIMAL:
            return True
        self._build()
        return bool(self.solver.Solve() == pywraplp.Solver.OPTIMAL)

    def grow(self) -> bool:
        """Price new days for what is left; False when none promises anything."""
        if not self.solve():
            return False
        worth = np.array([self._worth(flow) for flow in self.flows])
        rent = [row.dual_value() for row in self.sizes]
        new = 0
        for kind, alike in enumerate(self.classes):
            found = alike.chains(worth) if self.free[kind] else []
            stocked = (alike.in_stock(one, self.counts, self.room_kg) for one in found)
            for chain in dict.fromkeys([*found, *stocked]):
                cut, cost_fen = alike.driven(chain)
                promise = cost_fen - sum(worth[flow] for flow in cut) - rent[kind]
                new += promise < -LEAST_PROMISE_FEN and self.add(kind, cut, cost_fen)
        return new > 0

    def _worth(self, flow: Flow) -> float:
        """Price a load of the flow, less what the receiver's room for it is worth."""
        worth = self.rows[flow.row].dual_value()
        store = self.stores.get(flow.receiver)
        return float(worth if store is None else worth + store.dual_value() * flow.mass_kg)

    def settle(self) -> bool:
        """Settle the days that the programme takes whole, or else that it takes most of."""
        if not any(self.free) or not self.counts.any() or not self.solve():
            return False
        share = [(column.solution_value(), i) for i, column in enumerate(self.columns)]
        known = list(self.chains)
        whole = [known[i] for value, i in share for _ in range(int(value + 1e-6))]
        if not whole:
            value, most = max(share, key=lambda row: (row[0], -row[1]), default=(0.0, 0))
            whole = [known[most]] if value > 1e-6 else []
        for kind, chain in whole:
            self._take(kind, chain)
        return bool(whole)

    def _take(self, kind: int, chain: tuple[int, ...]) -> None:
        brought = self.classes[kind].in_stock(chain, self.counts, self.room_kg)
        self.settled.append((kind, brought))
        self.free[kind] -= 1
        self.sizes[kind].SetBounds(0, self.free[kind])
        for number in brought:
            flow = self.flows[number]
            self.counts[flow.row] -= 1
            self.rows[flow.row].SetLb(float(self.counts[flow.row]))
            self.room_kg[flow.receiver] -= flow.mass_kg
            if flow.receiver in self.stores:
                self.stores[flow.receiver].SetUb(float(self.room_kg[flow.receiver]))


def full_truck_orders(dense: Layout, until: float, should_stop: ShouldStop) -> list[Order]:
    """Plan the full loads alone, until `until` on the performance counter at the latest."""
    flows, counts = _flows(dense.day)
    trucks: dict[tuple[object, ...], list[Vehicle]] = {}
    for row in dense.day.problem.vehicles:
        trucks.setdefault(row.like, []).append(row)
    if not flows:
        return []
    classes = [Class(dense, rows, flows) for rows in trucks.values()]
    master = Master(dense, classes, counts)
    started = time.perf_counter()
    settle_from = started + COLUMNS_SHARE * (until - started)

    def grow(rounds: int, latest: float) -> None:
        for _ in range(rounds):
            if time.perf_counter() > latest or should_stop() or not master.grow():
                return

    grow(MOST_ROUNDS, settle_from)
    while not should_stop() and master.settle():
        grow(ROUNDS_BETWEEN, until)
    return _handed_out(master)


def _handed_out(master: Master) -> list[Order]:
    """Give the settled days their trucks and loads."""
    loads = {flow.row: list(flow.loads) for flow in master.flows}
    free = [list(row.trucks) for row in master.classes]
    orders = []
    for kind, chain in master.settled:
        tasks = []
        for flow in chain:
            load = loads[master.flows[flow].row].pop()
            tasks += [Task(load), Task(load, master.flows[flow].receiver)]
        if tasks:
            orders.append(Order(free[kind].pop(), tuple(tasks)))
    return orders
