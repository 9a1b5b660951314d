"""Several trips, release times and backhauls beside PyVRP, on instances that both read.

    python bench/route_trips.py [--published FOLDER] [--names C201R0.5,X-n1001-50-k22]
        [--seconds 10] [--seeds 1] [--workers 1]

Without a folder the instances are drawn. With one, such as https://github.com/PyVRP/Instances with
its folders MTVRPTWR and VRPB, the gap is to the cost of the `.sol` beside an instance; distances of
MTVRPTWR are cut after one decimal, as that set asks. Each instance is solved by one solver after
the other for the same wall time. PyVRP is an optional install.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pyvrp
from peers import by_pyvrp
from pyvrp.stop import MaxRuntime

from routing.instances import Instance
from routing.parameters import Parameters
from routing.reader import read_instance
from routing.solution import faults
from routing.tour_search import solve_tours

# Of each class of MTVRPTWR, with 100 and with 200 customers, and of VRPB.
PUBLISHED = (
    "C203R0.25,C206R0.5,R201R0.25,R205R0.5,R209R0.75,RC202R0.5,RC207R0.75,C2_2_03R0.25,C2_2_07R0.5,"
    "R2_2_05R0.5,R2_2_09R0.25,RC2_2_02R0.75,RC2_2_06R0.5,X-n536-66-k64,X-n670-80-k120,X-n783-50-k24,"
    "X-n895-66-k25,X-n1001-50-k22"
)
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


def in_tenths(text: str) -> str:
    """State an instance in tenths of its unit, so that cutting distances cuts after one decimal."""
    scaled = {"NODE_COORD_SECTION", "TIME_WINDOW_SECTION", "RELEASE_TIME_SECTION"}
    rows, section = [], ""
    for line in text.splitlines():
        words = line.replace(":", " ").split() or [""]
        if words[0].endswith("_SECTION"):
            section = words[0]
        if words[0] == "EDGE_WEIGHT_TYPE":
            rows.append("EDGE_WEIGHT_TYPE : FLOOR_2D")
        elif words[0] == "SERVICE_TIME":
            rows.append(f"SERVICE_TIME : {10 * float(words[1]):g}")
        elif section in scaled and words[0] != section:
            rows.append(" ".join([words[0], *(f"{10 * float(word):g}" for word in words[1:])]))
        else:
            rows.append(line)
    return "\n".join(rows)


def ours(path: Path, seconds: float, seed: int, workers: int) -> float | None:
    instance = read_instance(path)
    assert isinstance(instance, Instance)
    limits = Parameters(time_limit_s=seconds, seed=seed, workers=workers)
    solution = solve_tours(instance, limits)
    assert not list(faults(instance, solution))
    return None if solution.absent else solution.cost


def theirs(path: Path, seconds: float, seed: int) -> float | None:
    instance = read_instance(path)
    assert isinstance(instance, Instance)
    if not instance.linehaul_first:
        found = by_pyvrp(instance, seconds, seed)
        return None if found is None else found[0]
    data = pyvrp.read(path, round_func="round")
    result = pyvrp.solve(data, MaxRuntime(seconds), seed=seed, display=False)
    return float(result.cost()) if result.is_feasible() else None


def drawn(folder: Path) -> dict[Path, float | None]:
    texts = {
        "reload-50": reloading(50, 5, 1),
        "reload-100": reloading(100, 9, 2),
        "mixed-60": fetching(60, 10, 3, "VRPMB"),
        "linehaul-first-60": fetching(60, 10, 4, "VRPB"),
        "linehaul-first-100": fetching(100, 16, 5, "VRPB"),
    }
    for name, text in texts.items():
        (folder / f"{name}.vrp").write_text(text, encoding="utf-8")
    return {folder / f"{name}.vrp": None for name in texts}


def published(folder: Path, source: Path, names: list[str]) -> dict[Path, float | None]:
    """Copy the instances into the folder; with each goes its best known cost."""
    found: dict[Path, float | None] = {}
    for name in names:
        (path,) = source.rglob(f"{name}.vrp")
        text = path.read_text(encoding="utf-8")
        copy = folder / path.name
        copy.write_text(in_tenths(text) if "MTVRPTWR" in text else text, encoding="utf-8")
        rows = path.with_suffix(".sol").read_text(encoding="utf-8").splitlines()
        costs = [float(row.split()[-1]) for row in rows if row.startswith("Cost")]
        found[copy] = costs[0]
    return found


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--published", type=Path)
    parser.add_argument("--names", default=PUBLISHED)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--workers", type=int, default=1)
    return parser.parse_args()


def main() -> None:
    given, gaps = options(), []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        paths = drawn(folder)
        if given.published:
            paths = published(folder, given.published, given.names.split(","))
        for path, known in paths.items():
            for seed in map(int, given.seeds.split(",")):
                mine = ours(path, given.seconds, seed, given.workers)
                other = theirs(path, given.seconds, seed)
                best = known or other or mine
                if mine is None or other is None or best is None:
                    print(f"| {path.stem} | {seed} | {mine} | {other} |", flush=True)
                    continue
                gaps.append([100 * (cost / best - 1) for cost in (mine, other)])
                print(
                    f"| {path.stem} | {seed} | {gaps[-1][0]:.2f} | {gaps[-1][1]:.2f} |", flush=True
                )
    mean = np.mean(gaps, axis=0)
    print(f"Mean of {len(gaps)}, wujin and PyVRP above the best: {mean[0]:.2f} {mean[1]:.2f} %")


if __name__ == "__main__":
    main()
