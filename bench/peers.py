"""Other solvers on our instances: PyVRP, VROOM and stock OR-Tools, one thread each.

Each gets the same matrices. They count in whole numbers, so what is kept in double precision is
given to them in thousandths. PyVRP and VROOM (the package `pyvroom`) are optional installs.
"""

from __future__ import annotations

import importlib
from datetime import timedelta
from typing import Any

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing.instances import Family, Instance

# Cost and vehicles; None without a plan that serves everybody, or where the solver has no part.
Found = tuple[float, int] | None
FINE = 1000
# Where vehicles count before distance, one more costs more than any distance that could save.
PER_VEHICLE = 10_000


class Whole:
    """An instance in whole numbers."""

    def __init__(self, instance: Instance) -> None:
        paired = instance.family is Family.PDPTW
        self.factor = FINE if paired else 1
        self.scale = instance.scale * self.factor
        self.cost, self.time = self.of(instance.cost), self.of(instance.time)
        self.ready, self.service = self.of(instance.ready), self.of(instance.service)
        far = float(instance.cost.max()) * len(instance.cost) * 10
        self.due = self.of(np.where(np.isfinite(instance.due), instance.due, far))
        self.demand = instance.demand.astype(np.int64)
        self.nodes = len(instance.demand)
        self.fixed = [int(kind.fixed) for kind in instance.kinds]
        self.extra = PER_VEHICLE * self.scale if paired else 0

    def of(self, values: np.ndarray) -> np.ndarray:
        return np.round(values * self.factor).astype(np.int64)

    def found(self, cost: int, vehicles: int) -> Found:
        return (cost - self.extra * vehicles) / self.scale, vehicles


def by_pyvrp(instance: Instance, seconds: float, seed: int) -> Found:
    """Run PyVRP on all families but full trucks and backhauls that come last."""
    if instance.family is Family.TRUCKLOAD or instance.linehaul_first:
        return None
    pyvrp: Any = importlib.import_module("pyvrp")
    whole = Whole(instance)
    clients, shipments = _visits(pyvrp, instance, whole)
    kinds = [
        pyvrp.VehicleType(
            kind.count,
            [int(kind.capacity)],
            fixed_cost=fixed + whole.extra,
            unit_distance_cost=int(kind.unit),
            tw_late=int(whole.due[0]),
            reload_depots=[0] if kind.reloads else [],
        )
        for kind, fixed in zip(instance.kinds, whole.fixed, strict=True)
    ]
    places = [pyvrp.Location(0, 0) for _ in range(whole.nodes)]
    data = pyvrp.ProblemData(
        places, clients, [pyvrp.Depot(0)], kinds, [whole.cost], [whole.time], shipments=shipments
    )
    result = pyvrp.solve(data, pyvrp.stop.MaxRuntime(seconds), seed=seed, display=False)
    if not result.is_feasible():
        return None
    return whole.found(int(result.cost()), len(result.best.routes()))


def _visits(pyvrp: Any, instance: Instance, whole: Whole) -> tuple[list[Any], list[Any]]:
    none = np.zeros(whole.nodes, dtype=np.int64)
    release = none if instance.release is None else whole.of(instance.release)
    fetched = none if instance.backhaul is None else instance.backhaul.astype(np.int64)

    def times(node: int, name: str = "") -> dict[str, int]:
        rows = {"tw_early": whole.ready, "tw_late": whole.due, "service_duration": whole.service}
        return {name + row: int(values[node]) for row, values in rows.items()}

    pickups = np.flatnonzero((instance.partner >= 0) & (instance.demand > 0)).tolist()
    pairs = [(node, int(instance.partner[node])) for node in pickups]
    shipments = [
        pyvrp.Shipment(a, b, amount=[int(whole.demand[a])], **times(a, "pickup_"),
                       **times(b, "delivery_"))
        for a, b in pairs
    ]  # fmt: skip
    clients = [
        pyvrp.Client(node, [int(whole.demand[node])], [int(fetched[node])],
                     release_time=int(release[node]), **times(node))
        for node in instance.customers.tolist()
        if not pairs
    ]  # fmt: skip
    return clients, shipments


def by_vroom(instance: Instance, seconds: float, _: int) -> Found:
    """Run VROOM at its highest exploration level; it may end early. One trip a vehicle."""
    if instance.family in {Family.TRUCKLOAD, Family.TRIPS}:
        return None
    vroom: Any = importlib.import_module("vroom")
    whole = Whole(instance)
    problem = vroom.Input()
    problem.set_durations_matrix("car", whole.time.astype(np.uint32))
    costs = {kind.unit: f"p{number}" for number, kind in enumerate(instance.kinds)}
    for unit, profile in costs.items():
        problem.set_durations_matrix(profile, whole.time.astype(np.uint32))
        problem.set_costs_matrix(profile, (whole.cost * int(unit)).astype(np.uint32))
    for node in range(instance.depots, whole.nodes):
        _add_visit(vroom, problem, instance, whole, node)
    number = 0
    for kind, fixed in zip(instance.kinds, whole.fixed, strict=True):
        for _vehicle in range(min(kind.count, whole.nodes)):
            number += 1
            vehicle = vroom.Vehicle(
                number, start=kind.depot, end=kind.depot, profile=costs[kind.unit],
                capacity=[int(kind.capacity)], costs=vroom.VehicleCosts(fixed=fixed + whole.extra),
                time_window=vroom.TimeWindow(0, int(whole.due[0])),
            )  # fmt: skip
            problem.add_vehicle(vehicle)
    limit = timedelta(seconds=seconds)
    found = problem.solve(exploration_level=5, nb_threads=1, timeout=limit)
    if found.unassigned:
        return None
    vehicles = int(found.routes["vehicle_id"].nunique())
    return whole.found(int(found.summary.cost), vehicles)


def _add_visit(vroom: Any, problem: Any, instance: Instance, whole: Whole, node: int) -> None:
    def when(place: int) -> dict[str, Any]:
        window = vroom.TimeWindow(int(whole.ready[place]), int(whole.due[place]))
        return {"default_service": int(whole.service[place]), "time_windows": [window]}

    mass = vroom.Amount([abs(int(whole.demand[node]))])
    other = int(instance.partner[node])
    if other < 0:
        problem.add_job(vroom.Job(node, node, delivery=mass, **when(node)))
    elif instance.demand[node] > 0:
        first = vroom.ShipmentStep(node, node, **when(node))
        second = vroom.ShipmentStep(other, other, **when(other))
        problem.add_shipment(first, second, mass)


def by_ortools(instance: Instance, seconds: float, _: int) -> Found:
    """Run stock OR-Tools with guided local search; one kind of vehicle, one trip each."""
    if len(instance.kinds) > 1 or instance.family in {Family.TRIPS, Family.TRUCKLOAD}:
        return None
    whole, kind = Whole(instance), instance.kinds[0]
    manager = pywrapcp.RoutingIndexManager(whole.nodes, min(kind.count, whole.nodes - 1), 0)
    model = pywrapcp.RoutingModel(manager)
    model.SetArcCostEvaluatorOfAllVehicles(model.RegisterTransitMatrix(whole.cost.tolist()))
    model.SetFixedCostOfAllVehicles(whole.extra)
    load = model.RegisterUnaryTransitVector(whole.demand.tolist())
    model.AddDimension(load, 0, int(kind.capacity), True, "load")
    if instance.timed:
        _clock(model, manager, instance, whole)
    search = pywrapcp.DefaultRoutingSearchParameters()
    heuristic = routing_enums_pb2.LocalSearchMetaheuristic
    search.local_search_metaheuristic = heuristic.GUIDED_LOCAL_SEARCH
    search.time_limit.FromMilliseconds(int(seconds * 1000))
    found = model.SolveWithParameters(search)
    if not found:
        return None
    used = sum(model.IsVehicleUsed(found, vehicle) for vehicle in range(model.vehicles()))
    return whole.found(found.ObjectiveValue(), used)


def _clock(model: Any, manager: Any, instance: Instance, whole: Whole) -> None:
    matrix = model.RegisterTransitMatrix((whole.time + whole.service[:, None]).tolist())
    horizon = int(whole.due[0])
    model.AddDimension(matrix, horizon, horizon, False, "time")
    clock = model.GetDimensionOrDie("time")
    for node in instance.customers.tolist():
        index = manager.NodeToIndex(node)
        clock.CumulVar(index).SetRange(int(whole.ready[node]), int(whole.due[node]))
        if instance.partner[node] >= 0 and instance.demand[node] > 0:
            other = manager.NodeToIndex(int(instance.partner[node]))
            model.AddPickupAndDelivery(index, other)
            model.solver().Add(model.VehicleVar(index) == model.VehicleVar(other))
            model.solver().Add(clock.CumulVar(index) <= clock.CumulVar(other))
