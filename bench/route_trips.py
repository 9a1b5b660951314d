"""Several trips, release times and backhauls beside PyVRP, on drawn instances that both read.

    python bench/route_trips.py [--seconds 10] [--seed 1]

Each instance is written in PyVRP's VRPLIB dialect, read by either side from that file, and solved
by one after the other for the same wall time. PyVRP is an optional install.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pyvrp
from pyvrp.stop import MaxRuntime

from routing.instances import Instance
from routing.parameters import Parameters
from routing.reader import read_instance
from routing.solution import faults
from routing.tour_search import solve_tours

SQUARE = 100
CAPACITY = 100


def section(name: str, values: list[int]) -> list[str]:
    return [name, *(f"{number} {value}" for number, value in enumerate(values, start=1))]


def head(kind: str, points: np.ndarray, vehicles: int) -> list[str]:
    rows = ["NAME : drawn", f"TYPE : {kind}", f"DIMENSION : {len(points)}"]
    rows += [f"VEHICLES : {vehicles}", f"CAPACITY : {CAPACITY}", "EDGE_WEIGHT_TYPE : EUC_2D"]
    rows += ["NODE_COORD_SECTION"]
    return rows + [f"{number} {x} {y}" for number, (x, y) in enumerate(points.tolist(), start=1)]


def reloading(customers: int, vehicles: int, seed: int) -> str:
    """Draw deliveries released through the first half of the day, each within wide windows."""
    draw = np.random.default_rng(seed)
    points = draw.integers(0, SQUARE, (customers + 1, 2))
    points[0] = SQUARE // 2
    day = 1200
    release = draw.integers(0, day // 2, customers)
    release[draw.random(customers) < 0.5] = 0
    opens = release + 100
    closes = np.minimum(opens + draw.integers(200, 500, customers), day - 100)
    rows = head("MTVRPTWR", points, vehicles)
    rows += section("DEMAND_SECTION", [0, *draw.integers(10, 35, customers).tolist()])
    rows += ["DEPOT_SECTION", "1", "-1", "TIME_WINDOW_SECTION", f"1 0 {day}"]
    rows += [
        f"{number} {a} {b}" for number, (a, b) in enumerate(zip(opens, closes, strict=True), 2)
    ]
    rows += section("SERVICE_TIME_SECTION", [0, *[10] * customers])
    rows += section("RELEASE_TIME_SECTION", [0, *release.tolist()])
    rows += section("VEHICLES_RELOAD_DEPOT_SECTION", [1] * vehicles)
    return "\n".join([*rows, "EOF"])


def fetching(customers: int, vehicles: int, seed: int, kind: str) -> str:
    """Draw deliveries and, one customer in three, something to fetch."""
    draw = np.random.default_rng(seed)
    points = draw.integers(0, SQUARE, (customers + 1, 2))
    mass = draw.integers(5, 25, customers)
    fetched = np.arange(customers) % 3 == 2
    rows = head(kind, points, vehicles)
    rows += section("LINEHAUL_SECTION", [0, *np.where(fetched, 0, mass).tolist()])
    rows += section("BACKHAUL_SECTION", [0, *np.where(fetched, mass, 0).tolist()])
    return "\n".join([*rows, "DEPOT_SECTION", "1", "-1", "EOF"])


def ours(path: Path, seconds: float, seed: int) -> float | None:
    instance = read_instance(path)
    assert isinstance(instance, Instance)
    solution = solve_tours(instance, Parameters(time_limit_s=seconds, seed=seed))
    assert not list(faults(instance, solution))
    return None if solution.absent else solution.cost


def by_pyvrp(path: Path, seconds: float, seed: int) -> float | None:
    data = pyvrp.read(path, round_func="round")
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, display=False)
    return float(result.cost()) if result.is_feasible() else None


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=10)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    drawn = {
        "reload-50": reloading(50, 5, 1),
        "reload-100": reloading(100, 9, 2),
        "mixed-60": fetching(60, 10, 3, "VRPMB"),
        "linehaul-first-60": fetching(60, 10, 4, "VRPB"),
        "linehaul-first-100": fetching(100, 16, 5, "VRPB"),
    }
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for name, text in drawn.items():
            path = Path(folder) / f"{name}.vrp"
            path.write_text(text, encoding="utf-8")
            mine = ours(path, given.seconds, given.seed)
            theirs = by_pyvrp(path, given.seconds, given.seed)
            print(f"{name:20s} wujin {mine} | PyVRP {theirs}", flush=True)
            if mine and theirs:
                ratios.append(100 * (mine / theirs - 1))
    print(f"wujin against PyVRP, mean of {len(ratios)}: {np.mean(ratios):+.2f} %")


if __name__ == "__main__":
    main()
