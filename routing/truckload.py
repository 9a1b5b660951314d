"""Full trucks: shifts as columns, a proven bound, and a start that the tour search improves.

Loads of one flow are alike, so a shift is a count of loads per flow, and choosing shifts is a
linear programme with one row a flow: exactly its loads. At least its loads would give a bound some
4 % weaker, where fetching a load twice is a shorter way than driving empty. New shifts are priced
exactly by dynamic programming over the minutes of a shift and the receiver the truck stands at.
The optimum is a lower bound on empty kilometres; its whole part starts the tour search, which plans
the rest.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import ortools.linear_solver.pywraplp as pywraplp  # noqa: PLR0402 - its stubs hide it from the package
from numpy.typing import NDArray

from routing.compiled import compiled
from routing.instances import Instance

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_LOG = logging.getLogger(__name__)

# A column enters when it promises at least this many kilometres.
LEAST_PROMISE_KM = 1e-4
FAR = 1e15


@dataclass(frozen=True, slots=True)
class Flows:
    """Loads alike are one flow: its nodes, and the place (row) where a truck stands after it."""

    nodes: tuple[tuple[int, ...], ...]
    place: Ints
    first: Ints
    horizon: int

    @staticmethod
    def of(instance: Instance) -> Flows:
        groups: dict[int, list[int]] = {}
        for node in instance.customers.tolist():
            groups.setdefault(int(instance.labels[node]), []).append(node)
        nodes = tuple(tuple(group) for group in groups.values())
        first = np.array([group[0] for group in nodes], dtype=np.int64)
        _, place = np.unique(instance.cost[first], axis=0, return_inverse=True)
        return Flows(nodes, place.reshape(-1).astype(np.int64), first, int(instance.horizon))


@dataclass(frozen=True, slots=True)
class Shift:
    """A column: a depot, the flows served in order, and its empty kilometres."""

    depot: int
    flows: tuple[int, ...]
    empty_km: float


@compiled
def price_shifts(
    worth: Floats,
    out_km: Floats,
    out_min: Ints,
    next_km: Floats,
    next_min: Ints,
    work_min: Ints,
    place: Ints,
    value: Floats,
    came_flow: Ints,
    came_place: Ints,
    came_min: Ints,
) -> None:
    """Fill `value[minute, place]`, least empty km less worth, for shifts out of one depot.

    `out_*` (flows,) lead from the depot to a flow's source, `next_*` (places, flows) from a
    receiver to a source; `work_min` is loading, the loaded drive and unloading. `came_*` lead back.
    """
    horizon = value.shape[0] - 1
    value[:] = FAR
    for flow in range(len(worth)):
        done = out_min[flow] + work_min[flow]
        cost = out_km[flow] - worth[flow]
        if done <= horizon and cost < value[done, place[flow]]:
            value[done, place[flow]] = cost
            came_flow[done, place[flow]] = flow
            came_place[done, place[flow]] = -1
    for minute in range(horizon):
        for spot in range(value.shape[1]):
            base = value[minute, spot]
            if base >= FAR:
                continue
            for flow in range(len(worth)):
                done = minute + next_min[spot, flow] + work_min[flow]
                if done > horizon:
                    continue
                cost = base + next_km[spot, flow] - worth[flow]
                if cost < value[done, place[flow]]:
                    value[done, place[flow]] = cost
                    came_flow[done, place[flow]] = flow
                    came_place[done, place[flow]] = spot
                    came_min[done, place[flow]] = minute


class Pricer:
    """The instance by flow and place, and the exact search for shifts worth more than they cost."""

    def __init__(self, instance: Instance, flows: Flows) -> None:
        first, places = flows.first, int(flows.place.max()) + 1
        self.flows = flows
        self.stand = np.array([first[flows.place == spot][0] for spot in range(places)])
        self.depots = range(instance.depots)
        minutes = instance.time.astype(np.int64)
        self.out = [(instance.cost[d, first].copy(), minutes[d, first].copy()) for d in self.depots]
        self.next_km = np.ascontiguousarray(instance.cost[np.ix_(self.stand, first)])
        self.next_min = np.ascontiguousarray(minutes[np.ix_(self.stand, first)])
        self.home = [(instance.cost[self.stand, d], minutes[self.stand, d]) for d in self.depots]
        self.work = instance.service[first].astype(np.int64)
        shape = (flows.horizon + 1, places)
        self.value = np.zeros(shape)
        self.came = [np.zeros(shape, dtype=np.int64) for _ in range(3)]

    def shifts(self, worth: Floats) -> tuple[list[Shift], float]:
        """Find, per depot and last receiver, the shift that is worth most beyond its cost.

        With them comes by how many kilometres any shift at all is worth more than it costs.
        """
        found, promise = [], 0.0
        for depot in self.depots:
            price_shifts(
                worth, *self.out[depot], self.next_km, self.next_min, self.work,
                self.flows.place, self.value, *self.came,
            )  # fmt: skip
            home_km, home_min = self.home[depot]
            for spot in range(self.value.shape[1]):
                last = self.flows.horizon - int(home_min[spot])
                if last < 0:
                    continue
                minute = int(self.value[: last + 1, spot].argmin())
                total = float(self.value[minute, spot] + home_km[spot])
                promise = max(promise, -total)
                if total < -LEAST_PROMISE_KM:
                    path = self._path(minute, spot)
                    km = total + float(worth[list(path)].sum())
                    found.append(Shift(depot, path, km))
        return found, promise

    def alone(self) -> list[Shift]:
        """Give the shifts of one load, from every depot that they fit."""
        found = []
        for depot in self.depots:
            out_km, out_min = self.out[depot]
            home_km, home_min = (row[self.flows.place] for row in self.home[depot])
            fits = out_min + self.work + home_min <= self.flows.horizon
            found += [
                Shift(depot, (flow,), float(out_km[flow] + home_km[flow]))
                for flow in np.flatnonzero(fits).tolist()
            ]
        return found

    def _path(self, minute: int, spot: int) -> tuple[int, ...]:
        flow_at, place_at, minute_at = self.came
        path = [int(flow_at[minute, spot])]
        while place_at[minute, spot] >= 0:
            minute, spot = int(minute_at[minute, spot]), int(place_at[minute, spot])
            path.append(int(flow_at[minute, spot]))
        return tuple(reversed(path))


class Master:
    """The linear programme over the shifts known so far, solved by GLOP.

    It begins with shifts of one load each, so that every load that can be brought is, and all costs
    are alike in size: next to a price for loads left out GLOP lost the sixth digit of the rest.
    """

    def __init__(self, flows: Flows, alone: list[Shift]) -> None:
        self.counts = [len(group) for group in flows.nodes]
        self.shifts = alone
        self._build()

    def _build(self) -> None:
        """Set the programme up afresh, with all shifts known so far."""
        self.solver = pywraplp.Solver.CreateSolver("GLOP")
        fits = {shift.flows[0] for shift in self.shifts if len(shift.flows) == 1}
        # What fits in no shift is left out.
        self.rows = [
            self.solver.Constraint(count if flow in fits else 0, count)
            for flow, count in enumerate(self.counts)
        ]
        self.columns: list[pywraplp.Variable] = []
        known, self.shifts = self.shifts, []
        self.add(known)

    def add(self, shifts: list[Shift]) -> None:
        for shift in shifts:
            column = self.solver.NumVar(0, self.solver.infinity(), "")
            self.solver.Objective().SetCoefficient(column, shift.empty_km)
            for flow, times in Counter(shift.flows).items():
                self.rows[flow].SetCoefficient(column, times)
            self.shifts.append(shift)
            self.columns.append(column)

    def solve(self) -> tuple[float, Floats] | None:
        """Return the optimum and what one load more of each flow is worth, in kilometres.

        None where GLOP gets into trouble with numbers: going on from the last basis has led there,
        and from none it mostly goes, so that is tried before giving up.
        """
        if self.solver.Solve() != pywraplp.Solver.OPTIMAL:
            self._build()
            if self.solver.Solve() != pywraplp.Solver.OPTIMAL:
                return None
        worth = np.array([row.dual_value() for row in self.rows])
        return float(self.solver.Objective().Value()), worth

    def chosen(self) -> list[tuple[Shift, float]]:
        values = [column.solution_value() for column in self.columns]
        return [(s, v) for s, v in zip(self.shifts, values, strict=True) if v > 1e-9]


@dataclass(frozen=True, slots=True)
class Columns:
    """What column generation gives: the bound, weak when time ran out, and whole shifts' tours."""

    bound_km: float | None
    tours: tuple[tuple[int, tuple[int, ...]], ...]


def generate(instance: Instance, until: float, should_stop: Callable[[], bool]) -> Columns:
    """Generate shifts until none promises anything, or until `until` on the performance counter.

    The tours are as many whole shifts as the optimum uses, as (kind, nodes).
    """
    flows = Flows.of(instance)
    pricer = Pricer(instance, flows)
    master, counts = Master(flows, pricer.alone()), np.array([len(row) for row in flows.nodes])
    bound: float | None = None
    while time.perf_counter() < until and not should_stop():
        solved = master.solve()
        if solved is None:
            _LOG.warning(
                "the linear programme over shifts cannot be solved: the bound is a weak one"
            )
            break
        _, worth = solved
        new, promise = pricer.shifts(worth)
        # No plan has more shifts than loads, and none promises more than the most promising: so
        # much is proven whatever the worth is, and however roughly it was reckoned.
        so_far = float(counts @ worth) - promise * len(instance.customers)
        if not new or so_far > (bound or 0.0):
            bound = so_far if bound is None else max(bound, so_far)
        if not new:
            break
        master.add(new)
    return Columns(None if bound is None else max(0.0, bound), _whole(flows, master))


def _whole(flows: Flows, master: Master) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Round the shares of shifts down and hand their loads out, flow by flow."""
    if not master.shifts or master.solve() is None:
        return ()
    left = [list(group) for group in flows.nodes]
    return tuple(
        (shift.depot, tuple(left[flow].pop() for flow in shift.flows))
        for shift, value in master.chosen()
        for _ in range(int(value + 1e-6))
    )
