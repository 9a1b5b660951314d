"""Thousands of full loads in a day: the search beside a greedy dispatcher, and what a bound says.

    python bench/route_truckload.py [--loads 5000] [--flows 250] [--seconds 60] [--seed 1]

The day is drawn: sources and receivers on a 150 km square, five depots, twelve-hour shifts. The
greedy dispatcher always sends the truck to the load with the least empty way to it that it can
still finish, and sends out another truck, from the depot nearest to any load, when there is none.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path

import numpy as np

from routing.instances import Instance
from routing.parameters import Parameters
from routing.reader import read_instance
from routing.solution import Tour as Route
from routing.solution import cost_of, faults
from routing.tour_search import solve_tours

SQUARE_KM = 150.0


def made_up_day(loads: int, flows: int, seed: int) -> Instance:
    """Draw flows that share the loads as evenly as chance lets them, one at the least."""
    draw = np.random.default_rng(seed)
    receivers = draw.uniform(0, SQUARE_KM, (25, 2)).round(3)
    counts = 1 + draw.multinomial(loads - flows, np.full(flows, 1 / flows))
    rows = [
        {
            "id": number,
            "source": draw.uniform(0, SQUARE_KM, 2).round(3).tolist(),
            "receiver": int(draw.integers(len(receivers))),
            "loads": int(count),
        }
        for number, count in enumerate(counts)
    ]
    day = {
        "road_factor": 1.3,
        "speed_km_h": 60.0,
        "shift_min": 720,
        "load_min": 20,
        "unload_min": 20,
        "depots": draw.uniform(SQUARE_KM / 4, 3 * SQUARE_KM / 4, (5, 2)).round(3).tolist(),
        "receivers": receivers.tolist(),
        "flows": rows,
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.json"
        path.write_text(json.dumps(day), encoding="utf-8")
        instance = read_instance(path)
    assert isinstance(instance, Instance)
    return instance


def greedy(instance: Instance) -> tuple[Route, ...]:
    """Chain loads by the least empty kilometres, one truck after another."""
    left = np.zeros(len(instance.demand), dtype=bool)
    left[instance.customers] = True
    tours = []
    while left.any():
        nearest = np.where(left, instance.cost[: instance.depots], np.inf)
        depot = int(nearest.min(axis=1).argmin())
        home_min = instance.service + instance.time[:, depot]
        last, clock, nodes = depot, 0.0, []
        while True:
            fits = left & (clock + instance.time[last] + home_min <= instance.horizon)
            if not fits.any():
                break
            node = int(np.where(fits, instance.cost[last], np.inf).argmin())
            clock += float(instance.time[last, node] + instance.service[node])
            left[node] = False
            nodes.append(node)
            last = node
        assert nodes, "a load takes longer than a shift"
        tours.append(Route(depot, tuple(nodes)))
    return tuple(tours)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--loads", type=int, default=5000)
    options.add_argument("--flows", type=int, default=250)
    options.add_argument("--seconds", type=float, default=60)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    instance = made_up_day(given.loads, given.flows, given.seed)
    plain = cost_of(instance, greedy(instance))
    started, busy = time.perf_counter(), time.process_time()
    solution = solve_tours(instance, Parameters(time_limit_s=given.seconds, seed=given.seed))
    wall_s, cpu_s = time.perf_counter() - started, time.process_time() - busy
    assert not list(faults(instance, solution))
    assert not solution.absent
    print(f"{len(instance.customers)} loads in {given.flows} flows, seed {given.seed}")
    print(f"greedy          {plain:9.0f} empty km")
    less = 100 * (1 - solution.cost / plain)
    print(f"wujin           {solution.cost:9.0f} empty km, {less:.1f} % less")
    if solution.bound is not None:
        gap = 100 * (solution.cost / solution.bound - 1)
        print(f"proven bound    {solution.bound:9.0f} empty km, the plan is {gap:.2f} % above")
    print(f"{solution.vehicles} trucks, {solution.iterations} iterations")
    print(f"wall {wall_s:.1f} s, processor {cpu_s:.1f} s")


if __name__ == "__main__":
    main()
