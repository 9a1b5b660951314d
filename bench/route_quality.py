"""Gap to best known beside PyVRP and stock OR-Tools: same machine, same wall time, one after other.

    python bench/route_quality.py [INSTANCES] [--seconds 10] [--seed 1]

INSTANCES is a folder with cvrp/, vrptw/, hfvrp/, pdptw/ and truckload/; without it, `instances` in
the folder that WUJIN_SHARED names, or in `shared` beside the checkout. Each solver gets the same
rounded matrix. Truckload days are compared with the proven bound. PyVRP is an optional install.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing.instances import Family, Instance
from routing.parameters import Parameters
from routing.reader import read_instance
from routing.solution import best_known, faults
from routing.tour_search import solve_tours

Solver = Callable[[Instance, float, int], float | None]


def ours(instance: Instance, seconds: float, seed: int) -> float | None:
    solution = solve_tours(instance, Parameters(time_limit_s=seconds, seed=seed))
    assert not list(faults(instance, solution)), instance.name
    if solution.bound is not None:
        print(f"{'':18s} proven bound {solution.bound:.1f}")
    if instance.least_vehicles_first:
        print(f"{'':18s} {solution.vehicles} vehicles")
    return None if solution.absent else solution.cost


def by_pyvrp(instance: Instance, seconds: float, seed: int) -> float | None:
    """Deliveries only: PyVRP counts in integers, so double-precision families are left out."""
    if instance.family in {Family.PDPTW, Family.TRUCKLOAD}:
        return None
    import pyvrp
    from pyvrp.stop import MaxRuntime

    nodes = len(instance.demand)
    far = np.iinfo(np.int64).max
    latest = [int(due) if np.isfinite(due) else far for due in instance.due]
    clients = [
        pyvrp.Client(
            node,
            [int(instance.demand[node])],
            service_duration=int(instance.service[node]),
            tw_early=int(instance.ready[node]),
            tw_late=latest[node],
        )
        for node in instance.customers.tolist()
    ]
    kinds = [
        pyvrp.VehicleType(
            kind.count,
            [int(kind.capacity)],
            fixed_cost=int(kind.fixed),
            unit_distance_cost=int(kind.unit),
            tw_late=latest[0],
        )
        for kind in instance.kinds
    ]
    data = pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in range(nodes)],
        clients,
        [pyvrp.Depot(0)],
        kinds,
        [instance.cost.astype(np.int64)],
        [instance.time.astype(np.int64)],
    )
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, display=False)
    return result.cost() / instance.scale if result.is_feasible() else None


def by_ortools(instance: Instance, seconds: float, _: int) -> float | None:
    """Stock settings with guided local search; one kind of vehicle."""
    if len(instance.kinds) > 1 or instance.family is Family.PDPTW:
        return None
    kind, nodes = instance.kinds[0], len(instance.demand)
    manager = pywrapcp.RoutingIndexManager(nodes, min(kind.count, nodes - 1), 0)
    model = pywrapcp.RoutingModel(manager)
    cost = model.RegisterTransitMatrix(instance.cost.astype(np.int64).tolist())
    model.SetArcCostEvaluatorOfAllVehicles(cost)
    load = model.RegisterUnaryTransitVector(instance.demand.astype(np.int64).tolist())
    model.AddDimension(load, 0, int(kind.capacity), True, "load")
    if instance.timed:
        spent = (instance.time + instance.service[:, None]).astype(np.int64)
        horizon = int(instance.horizon)
        matrix = model.RegisterTransitMatrix(spent.tolist())
        model.AddDimension(matrix, horizon, horizon, False, "time")
        clock = model.GetDimensionOrDie("time")
        for node in instance.customers.tolist():
            span = (int(instance.ready[node]), int(instance.due[node]))
            clock.CumulVar(manager.NodeToIndex(node)).SetRange(*span)
    search = pywrapcp.DefaultRoutingSearchParameters()
    heuristic = routing_enums_pb2.LocalSearchMetaheuristic
    search.local_search_metaheuristic = heuristic.GUIDED_LOCAL_SEARCH
    search.time_limit.FromMilliseconds(int(seconds * 1000))
    found = model.SolveWithParameters(search)
    return found.ObjectiveValue() / instance.scale if found else None


def known_cost(instance: Instance, path: Path) -> float | None:
    """Read the best-known cost; for truckload the best plan known before."""
    if path.with_suffix(".sol").is_file():
        return best_known(instance, path.with_suffix(".sol"))
    if instance.family is Family.TRUCKLOAD:
        return float(json.loads(path.read_text())["known"]["best_known_empty_km"])
    table = json.loads((path.parent / "best_known.json").read_text())
    return float(table[path.stem]["best_known_cost"])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    shared = Path(os.environ.get("WUJIN_SHARED", Path(__file__).parents[2] / "shared"))
    options.add_argument("instances", type=Path, nargs="?", default=shared / "instances")
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    if not given.instances.is_dir():
        print("skipped: there is no folder of instances")
        return
    solvers: dict[str, Solver] = {"wujin": ours, "PyVRP": by_pyvrp, "OR-Tools": by_ortools}
    suffixes = {".vrp", ".txt", ".json"}
    paths = [
        path
        for path in sorted(given.instances.glob("*/*"))
        if path.suffix in suffixes and path.stem != "best_known"
    ]
    gaps: dict[str, list[float]] = {name: [] for name in solvers}
    for path in paths:
        instance = read_instance(path)
        assert isinstance(instance, Instance)
        known = known_cost(instance, path)
        cells = []
        for name, solver in solvers.items():
            cost = solver(instance, given.seconds, given.seed)
            if cost is None or known is None:
                cells.append(f"{name} -")
                continue
            gap = 100 * (cost / known - 1)
            cells.append(f"{name} {cost:.1f} ({gap:+.2f} %)")
            if instance.family in {Family.CVRP, Family.VRPTW}:
                gaps[name].append(gap)
        print(f"{path.stem:18s} {' | '.join(cells)}", flush=True)
    for name, values in gaps.items():
        if values:
            print(f"mean gap of {name} on {len(values)} delivery sets: {np.mean(values):.2f} %")


if __name__ == "__main__":
    main()
