"""Truckload days: the bound is below every plan, and the plan below it by hand or brute force."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path

import numpy as np
import ortools.linear_solver.pywraplp as pywraplp  # noqa: PLR0402 - its stubs hide it
import pytest

from routing.instances import Instance
from routing.jsontext import parse_json
from routing.no_place import causes
from routing.parameters import Parameters
from routing.reader import read_instance
from routing.solution import Tour, faults
from routing.tour_search import solve_tours
from routing.truckload import Flows, Master, Pricer, generate
from routing.truckload_text import parse_truckload
from tests.routing.test_tours import shared_instances


def truckload(seed: int, flows: int = 3, loads: tuple[int, ...] = (2, 1, 1)) -> Instance:
    draw = np.random.default_rng(seed)

    def spots(count: int) -> list[list[float]]:
        return draw.uniform(0, 60, (count, 2)).tolist()

    rows = [
        {"id": i, "source": spots(1)[0], "receiver": int(draw.integers(2)), "loads": loads[i]}
        for i in range(flows)
    ]
    text = {
        "road_factor": 1.3, "speed_km_h": 60, "shift_min": 400, "load_min": 20,
        "unload_min": 20, "depots": spots(2), "receivers": spots(2), "flows": rows,
    }  # fmt: skip
    return parse_truckload(parse_json(json.dumps(text), Path("made up")))


def tiny(seed: int) -> Instance:
    """Two to five loads of one flow or several, one depot or two, some places on a grid."""
    draw = np.random.default_rng(seed)
    side = float(draw.choice([20, 60, 100, 150]))

    def spots(count: int) -> list[list[float]]:
        places = draw.uniform(0, side, (count, 2))
        if draw.random() < 0.3:
            places = np.round(places / 10) * 10
        elif draw.random() < 0.5:
            places = np.round(places)
        return [[float(x), float(y)] for x, y in places]

    depots, receivers = int(draw.integers(1, 3)), int(draw.integers(1, 4))
    left, ends = int(draw.integers(2, 6)), spots(receivers)
    rows: list[dict[str, object]] = []
    while left > 0:
        loads = int(draw.integers(1, left + 1))
        left -= loads
        source = spots(1)[0]
        if draw.random() < 0.3:
            source = ends[int(draw.integers(receivers))]
        end = int(draw.integers(receivers))
        rows.append({"id": len(rows), "source": source, "receiver": end, "loads": loads})
    text = {
        "road_factor": float(draw.choice([1, 1.3])), "speed_km_h": float(draw.choice([40, 60])),
        "shift_min": int(draw.choice([400, 600, 720])), "load_min": int(draw.choice([10, 20])),
        "unload_min": int(draw.choice([10, 20])), "depots": spots(depots),
        "receivers": ends, "flows": rows,
    }  # fmt: skip
    return parse_truckload(parse_json(json.dumps(text), Path("made up")))


def optimum(instance: Instance) -> float:
    """Try every shift in every order from every depot, then every partition into shifts."""
    nodes = instance.customers.tolist()
    shifts: dict[frozenset[int], float] = {}
    for size in range(1, len(nodes) + 1):
        for order in itertools.permutations(nodes, size):
            for depot in range(instance.depots):
                stops = (depot, *order, depot)
                minutes = sum(
                    instance.time[a, b] + instance.service[a] for a, b in itertools.pairwise(stops)
                )
                if minutes <= instance.horizon:
                    km = float(sum(instance.cost[a, b] for a, b in itertools.pairwise(stops)))
                    key = frozenset(order)
                    shifts[key] = min(km, shifts.get(key, np.inf))

    def best(left: frozenset[int]) -> float:
        if not left:
            return 0.0
        first = min(left)
        return min(
            (km + best(left - part) for part, km in shifts.items() if first in part <= left),
            default=np.inf,
        )

    return best(frozenset(nodes))


@pytest.mark.parametrize("seed", range(8))
def test_bound_and_plan_enclose_the_optimum(seed: int) -> None:
    instance = truckload(seed)
    solution = solve_tours(instance, Parameters(time_limit_s=20, max_iterations=2_000))
    assert not list(faults(instance, solution))
    best = optimum(instance)
    assert solution.bound is not None
    assert solution.bound <= best + 1e-6
    assert solution.cost == pytest.approx(best)


def test_two_opposite_flows_share_a_truck() -> None:
    # Works A at 0 km and B at 30 km send each other one load; the depot stands at A.
    text = """{"road_factor": 1, "speed_km_h": 60, "shift_min": 200, "load_min": 10,
     "unload_min": 10, "depots": [[0, 0]], "receivers": [[0, 0], [30, 0]],
     "flows": [{"id": 1, "source": [0, 0], "receiver": 1, "loads": 1},
               {"id": 2, "source": [30, 0], "receiver": 0, "loads": 1}]}"""
    instance = parse_truckload(parse_json(text, Path("made up")))
    solution = solve_tours(instance, Parameters(time_limit_s=20, max_iterations=200))
    # Loaded there and loaded back: no empty kilometre, 2 x (10 + 30 + 10) = 100 minutes.
    assert solution.cost == pytest.approx(0)
    assert [len(tour.nodes) for tour in solution.tours] == [2]
    assert solution.bound == pytest.approx(0, abs=1e-3)


def test_no_bound_stands_where_a_load_is_left_out() -> None:
    # 10 + 30 + 10 minutes of work and 30 back: a shift of 79 minutes holds no load.
    text = """{"road_factor": 1, "speed_km_h": 60, "shift_min": 79, "load_min": 10,
     "unload_min": 10, "depots": [[0, 0]], "receivers": [[30, 0]],
     "flows": [{"id": 1, "source": [0, 0], "receiver": 0, "loads": 3}]}"""
    limits = Parameters(time_limit_s=20, max_iterations=200)
    short = parse_truckload(parse_json(text, Path("made up")))
    solution = solve_tours(short, limits)
    assert (len(solution.absent), solution.bound) == (3, None)
    assert list(causes(short, solution)) == [
        (1, "3 loads: the shortest shift with one takes 80 minutes of 79; 1 more would do")
    ]
    longer = parse_truckload(parse_json(text.replace("79", "80"), Path("made up")))
    whole = solve_tours(longer, limits)
    assert not whole.absent
    assert whole.bound == pytest.approx(90)


def test_whole_shifts_hold() -> None:
    instance = truckload(3, flows=3, loads=(9, 8, 7))
    columns = generate(instance, time.perf_counter() + 60, lambda: False)
    seen = [node for _, nodes in columns.tours for node in nodes]
    assert len(seen) == len(set(seen))
    for kind, nodes in columns.tours:
        tour = Tour(kind, nodes)
        stops = (kind, *tour.nodes, kind)
        minutes = sum(
            instance.time[a, b] + instance.service[a] for a, b in itertools.pairwise(stops)
        )
        assert minutes <= instance.horizon


class Troubled:
    """A solver that gets into trouble with numbers the next time it is asked."""

    def __init__(self, solver: pywraplp.Solver) -> None:
        self.solver = solver

    def __getattr__(self, name: str) -> object:
        return getattr(self.solver, name)

    def Solve(self) -> int:
        return int(pywraplp.Solver.ABNORMAL)


def test_trouble_with_numbers_starts_the_programme_afresh() -> None:
    instance = truckload(3, flows=3, loads=(9, 8, 7))
    flows = Flows.of(instance)
    pricer = Pricer(instance, flows)
    master = Master(flows, pricer.alone())
    first = master.solve()
    assert first is not None
    master.add(pricer.shifts(first[1])[0])
    sound = master.solve()
    master.solver = Troubled(master.solver)
    again = master.solve()
    assert sound is not None
    assert again is not None
    assert again[0] == pytest.approx(sound[0])
    assert not isinstance(master.solver, Troubled)


@pytest.mark.parametrize("seed", [191, 637, 749, 939, 1147, 1184, 1963, 2489])
def test_many_short_loads_in_one_shift_are_no_trouble_with_numbers(
    seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    instance = tiny(seed)
    columns = generate(instance, time.perf_counter() + 60, lambda: False)
    assert not caplog.records
    assert columns.bound_km is not None
    assert columns.bound_km <= optimum(instance) + 1e-6


def test_the_bound_so_far_is_kept_when_the_programme_ends_early() -> None:
    instance = truckload(3, flows=3, loads=(9, 8, 7))
    whole = generate(instance, time.perf_counter() + 60, lambda: False)
    asked = itertools.count()
    early = generate(instance, time.perf_counter() + 60, lambda: next(asked) == 6)
    assert whole.bound_km is not None
    assert early.bound_km is None or early.bound_km <= whole.bound_km + 1e-6


@pytest.mark.skipif(not shared_instances().is_dir(), reason="benchmark files are not here")
def test_sixty_flows_stay_within_a_few_percent_of_the_bound() -> None:
    instance = read_instance(shared_instances() / "truckload" / "f60_seed1.json")
    assert isinstance(instance, Instance)
    solution = solve_tours(instance, Parameters(time_limit_s=120, max_iterations=10_000))
    assert not list(faults(instance, solution))
    assert solution.bound is not None
    assert solution.bound > 18_867
    assert solution.cost <= 1.05 * solution.bound
