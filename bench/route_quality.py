"""Gap to the best known cost beside PyVRP, VROOM and stock OR-Tools, as Markdown tables.

    python bench/route_quality.py [INSTANCES] [--seconds 10] [--seed 1] [--sets cvrp,vrptw]
        [--names X-n101-k25,C101] [--solvers wujin,wujin2,pyvrp,vroom,ortools] [--together 1]

INSTANCES is a folder with a folder for each set (cvrp, vrptw, hfvrp, pdptw, trips, truckload);
without it, `instances` in the folder that WUJIN_SHARED names, or in `shared` beside the checkout.
The best known plan is the `.sol` beside an instance or stands in `best_known.json`; without either
the gap is to the best of the row, marked *. `wujin2` is ours with two workers; all others have one
thread, and `--together 2` runs two such at once. Solvers that are not installed are left out.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import groupby
from pathlib import Path

import numpy as np
from peers import Found, by_ortools, by_pyvrp, by_vroom

from routing.instances import Family, Instance
from routing.parameters import Parameters
from routing.reader import read_instance
from routing.solution import best_known, faults
from routing.tour_search import solve_tours

NAMES = {"wujin": "wujin", "wujin2": "wujin, 2 workers", "pyvrp": "PyVRP", "vroom": "VROOM",
         "ortools": "OR-Tools"}  # fmt: skip
PEERS = {"pyvrp": by_pyvrp, "vroom": by_vroom, "ortools": by_ortools}
NEEDS = {"pyvrp": "pyvrp", "vroom": "vroom"}


def ours(instance: Instance, seconds: float, seed: int, workers: int) -> Found:
    limits = Parameters(time_limit_s=seconds, seed=seed, workers=workers)
    solution = solve_tours(instance, limits)
    assert not list(faults(instance, solution)), instance.name
    return None if solution.absent else (solution.cost, solution.vehicles)


def solve(path: Path, solver: str, seconds: float, seed: int) -> Found:
    warnings.simplefilter("ignore")
    instance = read_instance(path)
    assert isinstance(instance, Instance)
    if solver in PEERS:
        return PEERS[solver](instance, seconds, seed)
    return ours(instance, seconds, seed, 2 if solver == "wujin2" else 1)


def known(instance: Instance, path: Path) -> Found:
    """Read the best known cost and number of vehicles, 0 where nothing says how many."""
    if path.with_suffix(".sol").is_file():
        cost = best_known(instance, path.with_suffix(".sol"))
        return None if cost is None else (cost, 0)
    if instance.family is Family.TRUCKLOAD:
        return float(json.loads(path.read_text())["known"]["best_known_empty_km"]), 0
    table = path.parent / "best_known.json"
    row = json.loads(table.read_text()).get(path.stem) if table.is_file() else None
    return None if row is None else (row["best_known_cost"], row["solved_with_vehicles"])


def row_of(path: Path, given: argparse.Namespace, solvers: list[str]) -> dict[str, Found]:
    alone = [name for name in solvers if name == "wujin2"]
    found: dict[str, Found] = {}
    with ProcessPoolExecutor(given.together) as pool:
        tasks = {
            name: pool.submit(solve, path, name, given.seconds, given.seed)
            for name in solvers
            if name not in alone
        }
        found.update((name, task.result()) for name, task in tasks.items())
    for name in alone:
        found[name] = solve(path, name, given.seconds, given.seed)
    return {name: found[name] for name in solvers}


def cells(instance: Instance, best: Found, found: dict[str, Found]) -> Iterator[tuple[str, float]]:
    """Yield text and gap for each solver, in order."""
    counts = instance.least_vehicles_first
    against = best or min(
        filter(None, found.values()), key=lambda pair: pair[:: -1 if counts else 1]
    )
    for result in found.values():
        if result is None:
            yield "-", np.nan
            continue
        gap = 100 * (result[0] / against[0] - 1) + 0.0
        # With more vehicles than the best known, a distance says nothing.
        more = counts and result[1] != against[1]
        yield f"{result[1]} / {gap:.2f}" if counts else f"{gap:.2f}", np.nan if more else gap


def table(title: str, paths: list[Path], given: argparse.Namespace, solvers: list[str]) -> None:
    heads = [NAMES[name] for name in solvers]
    print(f"\n{title}, {given.seconds:g} s, seed {given.seed}: gap in percent\n")
    print("| Instance | " + " | ".join(heads) + " |\n|---" + "|---:" * len(heads) + "|")
    gaps = []
    for path in paths:
        instance = read_instance(path)
        assert isinstance(instance, Instance)
        best, found = known(instance, path), row_of(path, given, solvers)
        if not any(found.values()):
            continue
        pairs = list(cells(instance, best, found))
        name = path.stem + ("" if best else " *")
        if instance.least_vehicles_first and best:
            name += f" ({best[1]} vehicles)"
        print(f"| {name} | " + " | ".join(text for text, _ in pairs) + " |", flush=True)
        gaps.append([gap for _, gap in pairs])
    rows = np.array(gaps)
    means = [f"{np.mean(c):.2f}" if np.isfinite(c).all() else "" for c in rows.T]
    print(f"| Mean of {len(rows)} | " + " | ".join(means) + " |")
    if "pyvrp" in solvers:
        ahead = rows - rows[:, [solvers.index("pyvrp")]]
        worst = [f"{np.nanmax(c):+.2f}" if np.isfinite(c).any() else "" for c in ahead.T]
        print("| Most above PyVRP | " + " | ".join(worst) + " |", flush=True)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    shared = Path(os.environ.get("WUJIN_SHARED", Path(__file__).parents[2] / "shared"))
    parser.add_argument("instances", type=Path, nargs="?", default=shared / "instances")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sets", help="folders, by comma; all by default")
    parser.add_argument("--names", help="instances, by comma; all by default")
    parser.add_argument("--solvers", default=",".join(NAMES))
    parser.add_argument("--together", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    given = options()
    if not given.instances.is_dir():
        print("skipped: there is no folder of instances")
        return
    solvers = given.solvers.split(",")
    for name in [name for name in solvers if name in NEEDS]:
        if importlib.util.find_spec(NEEDS[name]) is None:
            print(f"{NAMES[name]} is not installed")
            solvers.remove(name)
    paths = [
        path
        for path in sorted(given.instances.glob("*/*"))
        if path.suffix in {".vrp", ".txt", ".json"} and path.stem != "best_known"
        if given.sets is None or path.parent.name in given.sets.split(",")
        if given.names is None or path.stem in given.names.split(",")
    ]
    for folder, group in groupby(paths, key=lambda path: path.parent.name):
        table(folder, list(group), given, solvers)


if __name__ == "__main__":
    main()
