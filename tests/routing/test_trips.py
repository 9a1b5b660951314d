"""Several trips from one depot, release times and backhauls: by hand and by trying everything."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations, product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.instances import Family, Instance, InstanceError, Tour
from routing.parameters import Parameters
from routing.reader import read_instance
from routing.solution import Tours, best_known, cost_of, faults, written
from routing.tour_search import solve_tours
from routing.trip_check import trip_faults
from routing.warm import is_cold

Point = tuple[float, float]
QUICK = Parameters(time_limit_s=20, seed=1, max_iterations=400)


def text(points: list[Point], demand: list[int], *more: str, vehicles: int = 1) -> str:
    rows = ["NAME : made", "TYPE : VRP", f"DIMENSION : {len(points)}", f"VEHICLES : {vehicles}"]
    rows += ["CAPACITY : 10", "EDGE_WEIGHT_TYPE : EUC_2D", "NODE_COORD_SECTION"]
    rows += [f"{number} {x} {y}" for number, (x, y) in enumerate(points, start=1)]
    rows += section("LINEHAUL_SECTION", demand)
    return "\n".join([*rows, "DEPOT_SECTION", "1", "-1", *more, "EOF"])


def section(name: str, values: list[int]) -> list[str]:
    return [name, *(f"{number} {value}" for number, value in enumerate(values, start=1))]


def read(folder: Path, words: str) -> Instance:
    path = folder / "made.vrp"
    path.write_text(words, encoding="utf-8")
    found = read_instance(path)
    assert isinstance(found, Instance)
    return found


def solved(instance: Instance) -> Tours:
    solution = solve_tours(instance, QUICK)
    assert not list(faults(instance, solution))
    return solution


THREE: list[Point] = [(0, 0), (3, 4), (0, 7), (6, 8)]
RELOAD = section("VEHICLES_RELOAD_DEPOT_SECTION", [1])


def test_one_vehicle_drives_two_trips(tmp_path: Path) -> None:
    instance = read(tmp_path, text(THREE, [0, 6, 5, 4], *RELOAD))
    assert instance.family is Family.TRIPS
    solution = solved(instance)
    # 15 in all, 10 aboard: 1 alone is 5 + 5, then 2 and 3 are 7 + 6 + 10; 1 and 3 are 5 + 5 + 10
    # and 2 alone 7 + 7.
    assert solution.cost == 33
    assert solution.vehicles == 1
    assert {part for tour in solution.tours for part in tour.nodes} == {0, 1, 2, 3}


def test_without_reloading_somebody_is_left(tmp_path: Path) -> None:
    never = [*RELOAD, *section("VEHICLES_MAX_RELOADS_SECTION", [0])]
    solution = solved(read(tmp_path, text(THREE, [0, 6, 5, 4], *never)))
    assert len(solution.absent) == 1
    assert 0 not in solution.tours[0].nodes


def test_a_late_release_takes_a_second_trip(tmp_path: Path) -> None:
    # Together 5 + 1 + 6; but 2 is not at the depot before 20 and 1 waits no longer than 10.
    points: list[Point] = [(0, 0), (3, 4), (3, 5)]
    windows = ["TIME_WINDOW_SECTION", "1 0 100", "2 0 10", "3 0 100"]
    late = [*section("RELEASE_TIME_SECTION", [0, 0, 20]), *windows, *RELOAD]
    assert solved(read(tmp_path, text(points, [0, 5, 5], *late))).cost == 5 + 5 + 6 + 6
    soon = [*section("RELEASE_TIME_SECTION", [0, 0, 0]), *windows, *RELOAD]
    assert solved(read(tmp_path, text(points, [0, 5, 5], *soon))).cost == 5 + 1 + 6


def test_a_backhaul_rides_on_the_way_home(tmp_path: Path) -> None:
    # Each alone 10 + 6; the truck that brings 10 to the far end fetches 10 half way back.
    words = text([(0, 0), (0, 5), (0, 3)], [0, 10, 0], *section("BACKHAUL_SECTION", [0, 0, 10]))
    solution = solved(read(tmp_path, words))
    assert solution.cost == 10
    assert solution.tours == (Tour(0, (1, 2)),)


def test_linehaul_first_goes_round_another_way(tmp_path: Path) -> None:
    # Round the rectangle, fetching in between: 4 + 3 + 4 + 3. Deliveries first: 3 + 5 + 3 + 5.
    points: list[Point] = [(0, 0), (4, 0), (4, 3), (0, 3)]
    words = text(points, [0, 1, 0, 1], *section("BACKHAUL_SECTION", [0, 0, 1, 0]), vehicles=2)
    assert solved(read(tmp_path, words)).cost == 14
    strict = read(tmp_path, words.replace("TYPE : VRP", "TYPE : VRPB"))
    assert solved(strict).cost == 16
    refused = list(trip_faults(strict, Tour(0, (1, 2, 3))))
    assert refused == ["delivers to 3 after fetching"]


def drawn(seed: int, folder: Path) -> Instance:
    draw = np.random.default_rng(seed)
    points: list[Point] = [(0, 0), *((int(x), int(y)) for x, y in draw.integers(-20, 20, (5, 2)))]
    demand, back = [0, *draw.integers(1, 8, 5).tolist()], [0] * 6
    if seed % 2:
        demand[5], back[5] = 0, demand[5]
    release = [0, *draw.integers(0, 60, 4).tolist(), 0]
    words = text(
        points,
        demand,
        *section("RELEASE_TIME_SECTION", release),
        *section("BACKHAUL_SECTION", back),
        "TIME_WINDOW_SECTION",
        "1 0 400",
        *(f"{node} 0 {120 + 40 * node}" for node in range(2, 7)),
        *RELOAD,
    )
    return read(folder, words)


def by_trying(instance: Instance) -> float:
    """Least cost over every order of the customers and every way to break it into trips."""
    best = np.inf
    for order in permutations(instance.customers.tolist()):
        for breaks in product([False, True], repeat=len(order) - 1):
            nodes = [order[0]]
            for again, node in zip(breaks, order[1:], strict=True):
                nodes += [0, node] if again else [node]
            tour = Tour(0, tuple(nodes))
            if not list(trip_faults(instance, tour)):
                best = min(best, cost_of(instance, (tour,)))
    return float(best)


@pytest.mark.parametrize("seed", range(6))
def test_nothing_cheaper_is_found_by_trying_everything(tmp_path: Path, seed: int) -> None:
    instance = drawn(seed, tmp_path)
    solution = solved(instance)
    least = by_trying(instance)
    if np.isinf(least):
        assert solution.absent
    else:
        assert not solution.absent
        assert solution.cost == least


def test_two_workers_find_the_optimum_and_repeat_themselves(tmp_path: Path) -> None:
    instance = drawn(2, tmp_path)
    both = replace(QUICK, workers=2)
    first, second = solve_tours(instance, both), solve_tours(instance, both)
    assert not list(faults(instance, first))
    assert first.cost == by_trying(instance)
    assert first.tours == second.tours


points_near = st.tuples(st.integers(-20, 20), st.integers(-20, 20))


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    points=st.lists(points_near, min_size=6, max_size=6),
    cargo=st.lists(st.integers(-9, 9).filter(bool), min_size=6, max_size=6),
    opens=st.lists(st.integers(0, 60), min_size=6, max_size=6),
    kind=st.sampled_from(["VRP", "VRPB"]),
)
def test_plans_are_sound_and_one_more_vehicle_costs_nothing(  # type: ignore[no-untyped-def]
    tmp_path_factory, points, cargo, opens, kind
) -> None:
    release = [opened if load > 0 else 0 for opened, load in zip(opens, cargo, strict=True)]
    more = [
        *section("BACKHAUL_SECTION", [0, *(max(0, -load) for load in cargo)]),
        *section("RELEASE_TIME_SECTION", [0, *release]),
        "TIME_WINDOW_SECTION",
        "1 0 500",
        *(f"{node} {opened} {opened + 150}" for node, opened in enumerate(opens, start=2)),
    ]
    costs = []
    for vehicles in (2, 3):
        again = section("VEHICLES_RELOAD_DEPOT_SECTION", [1] * vehicles)
        words = text(
            [(0, 0), *points], [0, *(max(0, load) for load in cargo)], *more, *again,
            vehicles=vehicles,
        )  # fmt: skip
        solution = solved(
            read(tmp_path_factory.mktemp("drawn"), words.replace(": VRP", f": {kind}"))
        )
        costs.append((len(solution.absent), solution.cost))
    assert costs[1] <= costs[0]


def test_trips_are_written_and_read_back(tmp_path: Path) -> None:
    instance = read(tmp_path, text(THREE, [0, 6, 5, 4], *RELOAD))
    solution = solved(instance)
    path = tmp_path / "made.sol"
    path.write_text(written(instance, solution), encoding="utf-8")
    assert path.read_text().endswith("Cost 33\n")
    assert best_known(instance, path) == 33


def test_checker_finds_what_is_wrong_with_trips(tmp_path: Path) -> None:
    late = [*section("RELEASE_TIME_SECTION", [0, 50, 0, 0])]
    late += ["TIME_WINDOW_SECTION", "1 0 70", "2 0 40", "3 0 70", "4 0 70"]
    instance = read(tmp_path, text(THREE, [0, 6, 5, 4], *late))
    found = list(trip_faults(instance, Tour(0, (1, 0, 2, 3))))
    assert found[0] == "loads again, which it may not"
    assert found[1] == "reaches 1 at 55.0, after 40.0"
    again = replace(instance.kinds[0], reloads=True)
    assert "carries 11.0 of 10" in next(
        trip_faults(replace(instance, kinds=(again,)), Tour(0, (1, 2)))
    )


@pytest.mark.parametrize(
    ("more", "fault"),
    [
        (["VEHICLES_RELOAD_DEPOT_SECTION", "1 2"], "reloading at 2"),
        (["VEHICLES_RELOAD_DEPOT_SECTION", "3 1"], "3 is outside 1..1"),
        (section("BACKHAUL_SECTION", [0, 1, 0, 0]), "2 has a delivery and a backhaul"),
        ([*RELOAD, *section("VEHICLES_MAX_RELOADS_SECTION", [1])], "a limit on reloads"),
    ],
)
def test_what_trips_cannot_hold_is_refused(tmp_path: Path, more: list[str], fault: str) -> None:
    with pytest.raises(InstanceError, match=fault):
        read(tmp_path, text(THREE, [0, 6, 5, 4], *more))


def test_cache_is_cold_until_every_function_is_there(tmp_path: Path) -> None:
    assert is_cold(tmp_path / "none", "a.one")
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "a.one-12.py311.nbi").touch()
    assert not is_cold(tmp_path, "a.one")
    assert is_cold(tmp_path, "a.one", "a.two")
