"""The day as an OR-Tools routing model: the reference model, and the first plan on small days.

Each load is a pick-up node and one delivery node per allowed receiver, of which one is used.
Matrices are registered as such; a Python callback per arc measured six times slower. Rests are not
in the model: the shared timetable adds them, and `routing.solve` takes out what then breaks.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing.day import Day
from routing.parameters import ShouldStop
from routing.problem import Vehicle, Window
from routing.schedule import Task

# Cost of leaving out a load that must go; above any day's driving, far below the 64-bit ceiling.
MUST_GO_FEN = 10**10


@dataclass(frozen=True, slots=True)
class _Node:
    """A visit: `load` None at a depot, `receiver` None at a pick-up."""

    site: int
    load: int | None = None
    receiver: int | None = None


@dataclass(frozen=True, slots=True)
class _Layout:
    nodes: tuple[_Node, ...]
    pickups: tuple[int, ...]
    deliveries: tuple[tuple[int, ...], ...]
    starts: tuple[int, ...]
    ends: tuple[int, ...]


def _layout(day: Day) -> _Layout:
    travel, problem = day.problem.travel, day.problem
    nodes = [_Node(travel.index(depot.site)) for depot in problem.depots]
    position = {depot.id: i for i, depot in enumerate(problem.depots)}
    starts = tuple(position[vehicle.depot] for vehicle in problem.vehicles)
    ends = tuple(position[vehicle.ends_at] for vehicle in problem.vehicles)
    pickups, deliveries = [], []
    for load in range(len(day.loads)):
        pickups.append(len(nodes))
        nodes.append(_Node(travel.index(day.collection(load).site), load))
        first = len(nodes)
        for receiver in day.allowed[load]:
            site = travel.index(day.receiver(receiver).site)
            nodes.append(_Node(site, load, receiver))
        deliveries.append(tuple(range(first, len(nodes))))
    return _Layout(tuple(nodes), tuple(pickups), tuple(deliveries), starts, ends)


def _service_s(day: Day, node: _Node) -> int:
    if node.load is None:
        return 0
    if node.receiver is None:
        collection = day.collection(node.load)
        return collection.loading_s + collection.weighing_s
    receiver = day.receiver(node.receiver)
    return receiver.weighing_s + day.unload_s(receiver, day.loads[node.load].mass_kg)


def _durations(day: Day, layout: _Layout) -> NDArray[np.int64]:
    """Seconds from starting work at one node to reaching the next, washing in between included."""
    sites = np.array([node.site for node in layout.nodes])
    service = np.array([_service_s(day, node) for node in layout.nodes])
    total: NDArray[np.int64] = (
        day.problem.travel.duration_s[np.ix_(sites, sites)] + service[:, None]
    )
    for i, before in enumerate(layout.nodes):
        if before.receiver is None or before.load is None:
            continue
        for j, after in enumerate(layout.nodes):
            if after.load is not None and after.receiver is None:
                pair = (day.loads[before.load].material, day.loads[after.load].material)
                total[i, j] += day.cleaning_s.get(pair, 0)
    return total


class ReferenceModel:
    """The OR-Tools model of one day, and the orders of work that its solution gives."""

    def __init__(self, day: Day) -> None:
        self.day = day
        self.layout = _layout(day)
        self.vehicles = day.problem.vehicles
        ends = list(self.layout.starts), list(self.layout.ends)
        self.manager = pywrapcp.RoutingIndexManager(
            len(self.layout.nodes), len(self.vehicles), *ends
        )
        self.model = pywrapcp.RoutingModel(self.manager)
        self._add_time()
        self._add_capacity()
        self._add_costs()
        self._add_pairs()
        self._add_segregation()
        self._add_intake()

    def _add_time(self) -> None:
        durations = self.model.RegisterTransitMatrix(_durations(self.day, self.layout).tolist())
        latest_s = max(vehicle.shift.closes_s for vehicle in self.vehicles)
        self.model.AddDimension(durations, latest_s, latest_s, False, "time")
        self.time = self.model.GetDimensionOrDie("time")
        for node, row in enumerate(self.layout.nodes):
            if row.load is None:
                continue
            windows = self.day.collection(row.load).windows
            if row.receiver is not None:
                windows = self.day.put_windows(row.load, self.day.receiver(row.receiver))
            self._open(self.manager.NodeToIndex(node), windows, latest_s)
        for number, vehicle in enumerate(self.vehicles):
            for index in (self.model.Start(number), self.model.End(number)):
                shift = vehicle.shift
                self.time.CumulVar(index).SetRange(shift.opens_s, shift.closes_s)
            self.model.AddVariableMinimizedByFinalizer(self.time.CumulVar(self.model.End(number)))

    def _open(self, index: int, windows: tuple[Window, ...], latest_s: int) -> None:
        variable = self.time.CumulVar(index)
        ordered = sorted(windows)
        closes_s = min(ordered[-1].closes_s, latest_s) if ordered else -1
        if not ordered or ordered[0].opens_s > closes_s:
            self.model.VehicleVar(index).SetValue(-1)
            return
        variable.SetRange(ordered[0].opens_s, closes_s)
        for before, after in pairwise(ordered):
            if after.opens_s - before.closes_s > 1:
                variable.RemoveInterval(before.closes_s + 1, after.opens_s - 1)

    def _add_capacity(self) -> None:
        kinds = [self.day.kind(vehicle) for vehicle in self.vehicles]
        unlimited_l = 1 + sum(load.volume_l for load in self.day.loads)
        for name, caps in (
            ("mass_kg", [kind.capacity_kg for kind in kinds]),
            ("volume_l", [kind.capacity_l or unlimited_l for kind in kinds]),
        ):
            amounts = [self._amount(node, name) for node in self.layout.nodes]
            transit = self.model.RegisterUnaryTransitVector(amounts)
            self.model.AddDimensionWithVehicleCapacity(transit, 0, caps, True, name)

    def _amount(self, node: _Node, name: str) -> int:
        if node.load is None:
            return 0
        amount = int(getattr(self.day.loads[node.load], name))
        return amount if node.receiver is None else -amount

    def _add_costs(self) -> None:
        sites = np.array([node.site for node in self.layout.nodes])
        metres = self.day.problem.travel.distance_m[np.ix_(sites, sites)]
        by_rate: dict[int, int] = {}
        for number, vehicle in enumerate(self.vehicles):
            kind = self.day.kind(vehicle)
            if kind.fen_per_km not in by_rate:
                fen = (metres * kind.fen_per_km + 500) // 1000
                by_rate[kind.fen_per_km] = self.model.RegisterTransitMatrix(fen.tolist())
            self.model.SetArcCostEvaluatorOfVehicle(by_rate[kind.fen_per_km], number)
            self.model.SetFixedCostOfVehicle(kind.fixed_fen, number)
            # Span costs are whole fen per second; half a fen at most is lost to rounding.
            self.time.SetSpanCostCoefficientForVehicle(round(kind.fen_per_h / 3600), number)

    def _add_pairs(self) -> None:
        for load, pickup in enumerate(self.layout.pickups):
            skip = self.day.collection(load).skip_fen
            penalty = MUST_GO_FEN if skip is None else min(skip, MUST_GO_FEN)
            first = self.model.AddDisjunction([self.manager.NodeToIndex(pickup)], penalty)
            places = [self.manager.NodeToIndex(node) for node in self.layout.deliveries[load]]
            second = self.model.AddDisjunction(places, 0)
            self.model.AddPickupAndDeliverySets(first, second)
            allowed = [
                number for number, row in enumerate(self.vehicles) if self.day.fits(row, load)
            ]
            pickup_index = self.manager.NodeToIndex(pickup)
            for index in (pickup_index, *places):
                self.model.VehicleVar(index).SetValues([-1, *allowed])
            self._tie(pickup_index, places)

    def _tie(self, pickup: int, places: list[int]) -> None:
        """One truck for both ends, the pick-up first, and no delivery without it."""
        solver = self.model.solver()
        active = [self.model.ActiveVar(place) for place in places]
        solver.Add(solver.Sum(active) == self.model.ActiveVar(pickup))
        for place in places:
            used = self.model.ActiveVar(place)
            same = self.model.VehicleVar(pickup) == self.model.VehicleVar(place)
            solver.Add(same >= used)
            later = self.time.CumulVar(pickup) <= self.time.CumulVar(place)
            solver.Add(later >= used)

    def _add_segregation(self) -> None:
        if not self.day.problem.segregations:
            return
        number = {row.id: i for i, row in enumerate(self.day.problem.materials)}
        policy = pywrapcp.RoutingModel
        for node, row in enumerate(self.layout.nodes):
            if row.load is None:
                continue
            kind = number[self.day.loads[row.load].material]
            how = (
                policy.TYPE_ADDED_TO_VEHICLE
                if row.receiver is None
                else policy.ADDED_TYPE_REMOVED_FROM_VEHICLE
            )
            self.model.SetVisitType(self.manager.NodeToIndex(node), kind, how)
        # The solver crashes on a type that no visit has.
        present = {load.material for load in self.day.loads}
        for one, other in self.day.cleaning_s:
            if one in present and other in present:
                self.model.AddTemporalTypeIncompatibility(number[one], number[other])

    def _add_intake(self) -> None:
        solver = self.model.solver()
        for position, receiver in enumerate(self.day.problem.receivers):
            if receiver.daily_intake_kg is None:
                continue
            taken = [
                self.model.ActiveVar(self.manager.NodeToIndex(node))
                * self.day.loads[row.load].mass_kg
                for node, row in enumerate(self.layout.nodes)
                if row.load is not None and row.receiver == position
            ]
            if taken:
                solver.Add(solver.Sum(taken) <= receiver.daily_intake_kg)

    def solve(
        self, time_limit_s: float, should_stop: ShouldStop
    ) -> list[tuple[Vehicle, tuple[Task, ...]]] | None:
        """Orders of work, one per vehicle in use; None when the model finds nothing in time.

        The search ends by itself at the first local optimum unless time is up before.
        """
        self.model.AddSearchMonitor(self.model.solver().CustomLimit(should_stop))
        search = pywrapcp.DefaultRoutingSearchParameters()
        strategy = routing_enums_pb2.FirstSolutionStrategy
        search.first_solution_strategy = strategy.PARALLEL_CHEAPEST_INSERTION
        heuristic = routing_enums_pb2.LocalSearchMetaheuristic
        search.local_search_metaheuristic = heuristic.GREEDY_DESCENT
        search.time_limit.FromMilliseconds(max(1, round(time_limit_s * 1000)))
        solution = self.model.SolveWithParameters(search)
        if solution is None:
            return None
        orders = []
        for number, vehicle in enumerate(self.vehicles):
            tasks = self._tasks(solution, number)
            if tasks:
                orders.append((vehicle, tasks))
        return orders

    def _tasks(self, solution: pywrapcp.Assignment, number: int) -> tuple[Task, ...]:
        tasks = []
        index = self.model.Start(number)
        while not self.model.IsEnd(index):
            row = self.layout.nodes[self.manager.IndexToNode(index)]
            if row.load is not None:
                tasks.append(Task(row.load, row.receiver))
            index = solution.Value(self.model.NextVar(index))
        return tuple(tasks)
