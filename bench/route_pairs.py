"""Pick-up and delivery on Li and Lim's sets: vehicles and distance beside the best known and PyVRP.

    python bench/route_pairs.py FOLDER [--names lr1_2_1,lc103] [--sets 100,200] [--seconds 10]
        [--seeds 1] [--workers 1] [--solvers wujin,pyvrp]

FOLDER is a copy of https://github.com/rogalski-wmii-uni-lodz-pl/vrp-benchmarks: the instances are
in `instances/LiLim`, the best known of SINTEF's list in `tables.csv`. Each instance is solved by
one solver after the other for the same wall time. `--sets` takes whole sets instead of names. PyVRP
(an optional install) plans these natively, as shipments; as it knows no order of aims, a vehicle
more costs it more than any distance.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from peers import Found, by_pyvrp

from routing.instances import Instance
from routing.parameters import Parameters
from routing.reader import read_instance
from routing.solution import faults
from routing.tour_search import solve_tours

# The instances that the target names, then of each class with 100 and with 200 customers one where
# vehicles are hard to save or distances hard to shorten.
NAMES = (
    "lr1_2_1,lr2_2_1,lrc1_2_1,lc1_4_1,lc103,lc104,lc204,lr104,lr112,lr204,lr211,lrc103,lrc108,"
    "lrc205,lc1_2_3,lc1_2_4,lc1_2_8,lc2_2_4,lr1_2_3,lr1_2_4,lr1_2_6,lr1_2_10,lr2_2_5,lr2_2_6,"
    "lrc1_2_5,lrc2_2_1,lrc2_2_10"
)
# Gap aimed at, in percent.
MOST_GAP = 0.5


def ours(instance: Instance, seconds: float, seed: int, workers: int) -> Found:
    limits = Parameters(time_limit_s=seconds, seed=seed, workers=workers)
    solution = solve_tours(instance, limits)
    assert not list(faults(instance, solution))
    return None if solution.absent else (solution.cost, solution.vehicles)


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--names", default=NAMES)
    parser.add_argument("--sets", default="", help="all instances of so many customers")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--seeds", default="1")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--solvers", default="wujin,pyvrp")
    return parser.parse_args()


def main() -> None:
    given = options()
    with (given.folder / "tables.csv").open(encoding="utf-8") as text:
        rows = [row for row in csv.DictReader(text) if row["benchmark"] == "LiLim"]
    sets = [size for size in given.sets.split(",") if size]
    names = [row["instance"] for row in rows if row["clients"] in sets] or given.names.split(",")
    known = {row["instance"]: (int(row["routes"]), float(row["distance"])) for row in rows}
    solvers = given.solvers.split(",")
    gaps: dict[str, list[float]] = {name: [] for name in solvers}
    for name in names:
        instance = read_instance(given.folder / "instances" / "LiLim" / f"{name}.txt")
        assert isinstance(instance, Instance)
        fewest, least = known[name]
        for seed in map(int, given.seeds.split(",")):
            cells = []
            for solver in solvers:
                if solver == "wujin":
                    found = ours(instance, given.seconds, seed, given.workers)
                else:
                    found = by_pyvrp(instance, given.seconds, seed)
                if found is None:
                    cells.append("-")
                    continue
                gap = 100 * (found[0] / least - 1)
                cells.append(f"{found[1]} / {gap:.2f}")
                # With more vehicles than the best known, a distance says nothing.
                gaps[solver].append(gap if found[1] <= fewest else np.nan)
            print(f"| {name} | {seed} | {fewest} | " + " | ".join(cells) + " |", flush=True)
    for solver, values in gaps.items():
        equal = [gap for gap in values if not np.isnan(gap)]
        mean = f"mean gap {np.mean(equal):.2f} %, " if equal else ""
        over = sum(gap > MOST_GAP for gap in equal)
        print(
            f"{solver}: {mean}{over} above {MOST_GAP} %, {len(values) - len(equal)} of "
            f"{len(values)} with more vehicles"
        )


if __name__ == "__main__":
    main()
