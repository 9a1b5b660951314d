"""Pick-up and delivery with windows: brute force, fewest vehicles first, field instances."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.instances import Family, Instance, Kind, euclidean
from routing.parameters import Parameters
from routing.reader import read_instance
from routing.solution import Tour, Tours, cost_of, faults
from routing.tour_search import solve_tours
from tests.routing.test_tours import shared_instances

QUICK = Parameters(time_limit_s=60, max_iterations=2_000)


def pairs(
    points: list[tuple[float, float]],
    amounts: list[float],
    windows: list[tuple[float, float]],
    *,
    capacity: float = 10,
    vehicles: int = 3,
) -> Instance:
    """Nodes 1 to k are pick-ups, k + 1 to 2k their deliveries."""
    nodes = len(points)
    half = (nodes - 1) // 2
    cost = euclidean(np.array(points, dtype=float))
    partner = [-1, *range(half + 1, nodes), *range(1, half + 1)]
    demand = [0.0, *amounts, *(-amount for amount in amounts)]
    return Instance(
        "", Family.PDPTW, cost, cost, np.array(demand, dtype=float),
        np.array([row[0] for row in windows]), np.array([row[1] for row in windows]),
        np.zeros(nodes), np.array(partner), np.arange(nodes), (Kind(capacity, vehicles),), 1,
        timed=True,
    )  # fmt: skip


def brute_force(instance: Instance) -> tuple[int, float]:
    """Try all partitions of up to three pairs in every order: (vehicles, distance)."""
    half = (len(instance.demand) - 1) // 2
    tour_cost: dict[frozenset[int], float] = {}
    for size in range(1, half + 1):
        for group in itertools.combinations(range(1, half + 1), size):
            nodes = [*group, *(pick + half for pick in group)]
            rest = tuple(n for n in instance.customers.tolist() if n not in nodes)
            for order in itertools.permutations(nodes):
                tours = (Tour(0, order),)
                cost = cost_of(instance, tours)
                if not any(faults(instance, Tours(tours, rest, cost, 0, 0))):
                    key = frozenset(group)
                    tour_cost[key] = min(cost, tour_cost.get(key, np.inf))
    best = (half + 1, np.inf)
    for labels in itertools.product(range(half), repeat=half):
        groups = [frozenset(i + 1 for i in range(half) if labels[i] == k) for k in set(labels)]
        if all(group in tour_cost for group in groups):
            best = min(best, (len(groups), sum(tour_cost[group] for group in groups)))
    return best


coordinate = st.integers(0, 40)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    points=st.lists(st.tuples(coordinate, coordinate), min_size=7, max_size=7),
    amounts=st.lists(st.integers(1, 9), min_size=3, max_size=3),
    opens=st.lists(st.integers(0, 60), min_size=6, max_size=6),
)
def test_search_equals_brute_force(points, amounts, opens) -> None:  # type: ignore[no-untyped-def]
    windows = [(0.0, 400.0), *((float(o), float(o + 120)) for o in opens)]
    found = pairs(points, amounts, windows)
    solution = solve_tours(found, QUICK)
    assert not list(faults(found, solution))
    vehicles, distance = brute_force(found)
    assert solution.vehicles == vehicles
    assert solution.cost == pytest.approx(distance)


def test_one_vehicle_is_preferred_to_less_distance() -> None:
    # Two pairs on opposite sides, 10 km out: one vehicle drives 40 km either way; the windows make
    # it cross over after the first pair, where two vehicles would each drive 20 km: a tie broken
    # by a detour of the order forced by the windows.
    points = [(0.0, 0.0), (10.0, 0.0), (-10.0, 0.0), (10.0, 1.0), (-10.0, 1.0)]
    windows = [(0.0, 100.0), (0.0, 20.0), (30.0, 60.0), (30.0, 50.0), (60.0, 90.0)]
    found = pairs(points, [1, 1], windows)
    solution = solve_tours(found, QUICK)
    assert solution.vehicles == 1


def test_two_workers_find_the_optimum_and_repeat_themselves() -> None:
    points = [
        (0.0, 0.0),
        (9.0, 2.0),
        (-7.0, 5.0),
        (3.0, -8.0),
        (1.0, 9.0),
        (-4.0, -6.0),
        (8.0, 8.0),
    ]
    windows = [(0.0, 200.0), *((10.0 * node, 10.0 * node + 60.0) for node in range(6))]
    found = pairs(points, [4, 5, 6], windows)
    both = replace(QUICK, max_iterations=300, workers=2)
    # Another time limit that does not strike changes nothing either.
    first, second = solve_tours(found, both), solve_tours(found, replace(both, time_limit_s=10))
    assert not list(faults(found, first))
    assert (first.vehicles, first.cost) == pytest.approx(brute_force(found))
    assert first.tours == second.tours


def test_a_load_no_vehicle_can_carry_is_left_out() -> None:
    points = [(0.0, 0.0), (10.0, 0.0), (-10.0, 0.0), (10.0, 1.0), (-10.0, 1.0)]
    windows = [(0.0, 100.0), (0.0, 90.0), (0.0, 90.0), (0.0, 90.0), (0.0, 9.0)]
    # The second is due at a place 10 km away before anybody can have been at its first.
    solution = solve_tours(pairs(points, [1, 1], windows), QUICK)
    assert solution.absent == (2, 4)
    assert solution.vehicles == 1


@pytest.mark.skipif(not shared_instances().is_dir(), reason="benchmark files are not here")
def test_li_and_lim_reaches_best_known() -> None:
    found = read_instance(shared_instances() / "pdptw" / "lc101.txt")
    assert isinstance(found, Instance)
    solution = solve_tours(found, Parameters(time_limit_s=60, max_iterations=3_000))
    assert not list(faults(found, solution))
    assert solution.vehicles == 10
    assert solution.cost == pytest.approx(828.94, abs=0.01)


@pytest.mark.skipif(not shared_instances().is_dir(), reason="benchmark files are not here")
def test_twenty_vehicles_carry_two_hundred_customers_the_same_every_time() -> None:
    # The first plans need 21 or more: closing vehicles takes loads thrown out for one another.
    found = read_instance(shared_instances() / "pdptw" / "LR1_2_1.txt")
    assert isinstance(found, Instance)
    limits = Parameters(time_limit_s=60, max_iterations=4_000, workers=2)
    first, second = solve_tours(found, limits), solve_tours(found, limits)
    assert not list(faults(found, first))
    assert first.vehicles == 20
    assert first.tours == second.tours
