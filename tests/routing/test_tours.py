"""The tour search: brute force on small instances, properties, and the solution checker."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.instances import Family, Instance, Kind, euclidean, untimed
from routing.parameters import Parameters
from routing.reader import read_instance
from routing.solution import Tour, Tours, best_known, faults, written
from routing.tour_search import dense, solve_tours
from routing.tour_start import savings

QUICK = Parameters(time_limit_s=60, max_iterations=3_000)


def delivery(
    points: list[tuple[float, float]],
    demand: list[float],
    kinds: tuple[Kind, ...],
    windows: list[tuple[float, float]] | None = None,
) -> Instance:
    nodes = len(points)
    cost = np.floor(euclidean(np.array(points, dtype=float)) + 0.5)
    ready, due, service = untimed(nodes)
    if windows is not None:
        ready = np.array([row[0] for row in windows], dtype=float)
        due = np.array([row[1] for row in windows], dtype=float)
        service = np.array([0.0] + [1.0] * (nodes - 1))
    return Instance(
        "", Family.CVRP if windows is None else Family.VRPTW, cost, cost,
        np.array(demand, dtype=float), ready, due, service,
        np.full(nodes, -1), np.arange(nodes), kinds, 1,
        timed=windows is not None,
    )  # fmt: skip


def brute_force(instance: Instance) -> float:
    """Try every set of customers as one tour in every order, then every partition (DP on sets)."""
    customers = instance.customers.tolist()
    best_tour: dict[frozenset[int], float] = {}
    for size in range(1, len(customers) + 1):
        for order in itertools.permutations(customers, size):
            for number, _ in enumerate(instance.kinds):
                tour = Tour(number, order)
                rest = tuple(c for c in customers if c not in order)
                cost = _cost(instance, tour)
                if any(faults(instance, Tours((tour,), rest, cost, 0, 0))):
                    continue
                key = frozenset(order)
                best_tour[key] = min(best_tour.get(key, np.inf), cost)
    best = {frozenset[int](): 0.0}
    for size in range(1, len(customers) + 1):
        for group in map(frozenset, itertools.combinations(customers, size)):
            first = min(group)
            best[group] = min(
                (
                    best_tour.get(part, np.inf) + best[group - part]
                    for length in range(size)
                    for others in itertools.combinations(sorted(group - {first}), length)
                    for part in [frozenset((first, *others))]
                ),
                default=np.inf,
            )
    return best[frozenset(customers)]


def _cost(instance: Instance, tour: Tour) -> float:
    kind = instance.kinds[tour.kind]
    stops = (kind.depot, *tour.nodes, kind.depot)
    length = sum(instance.cost[a, b] for a, b in itertools.pairwise(stops))
    return float(kind.fixed + kind.unit * length)


coordinate = st.integers(0, 60)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    points=st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=6),
    demand=st.lists(st.integers(1, 6), min_size=6, max_size=6),
    capacity=st.integers(6, 14),
)
def test_search_equals_brute_force_on_deliveries(points, demand, capacity) -> None:  # type: ignore[no-untyped-def]
    found = delivery(points, [0, *demand][: len(points)], (Kind(capacity, 6),))
    solution = solve_tours(found, QUICK)
    assert not list(faults(found, solution))
    assert solution.cost == brute_force(found)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    points=st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=6),
    opens=st.lists(st.integers(0, 80), min_size=6, max_size=6),
    widths=st.lists(st.integers(10, 100), min_size=6, max_size=6),
)
def test_search_equals_brute_force_with_windows(points, opens, widths) -> None:  # type: ignore[no-untyped-def]
    # Each window leaves room to drive straight out, and the depot stays open long enough.
    away = [0.0] + [float(np.hypot(x - points[0][0], y - points[0][1])) for x, y in points[1:]]
    windows = [(0.0, 500.0)] + [
        (float(open_), open_ + width + away[i] + 1)
        for i, (open_, width) in enumerate(zip(opens, widths, strict=True), start=1)
        if i < len(points)
    ]
    found = delivery(points, [0] + [1] * (len(points) - 1), (Kind(10, 6),), windows)
    solution = solve_tours(found, QUICK)
    assert not list(faults(found, solution))
    assert solution.cost == pytest.approx(brute_force(found))


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    points=st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=6),
    demand=st.lists(st.integers(1, 6), min_size=6, max_size=6),
    fixed=st.tuples(st.integers(0, 80), st.integers(0, 80)),
)
def test_search_equals_brute_force_with_a_mixed_fleet(points, demand, fixed) -> None:  # type: ignore[no-untyped-def]
    kinds = (Kind(7, 6, fixed=fixed[0], unit=1), Kind(14, 6, fixed=fixed[1] + 30, unit=2))
    found = delivery(points, [0, *demand][: len(points)], kinds)
    solution = solve_tours(found, QUICK)
    assert not list(faults(found, solution))
    assert solution.cost == brute_force(found)


def test_first_tours_are_joined_where_that_saves_most() -> None:
    # From the depot at 0: joining 10 and 11 saves 10 + 11 - 1 = 20, 4 and 10 saves 8, 4 and 11 too;
    # nothing is saved by joining with -5. Two loads of 1 fill a vehicle of 2, so 4 stays alone.
    points = [(0.0, 0.0), (10.0, 0.0), (-5.0, 0.0), (4.0, 0.0), (11.0, 0.0)]
    stops, fleet, _ = dense(delivery(points, [0, 1, 1, 1, 1], (Kind(2, 3),)))
    pool = np.arange(1, 5, dtype=np.int32)
    assert savings(stops, fleet, pool) == [[2], [3], [1, 4]]
    # In a vehicle of 3 the tours of 4 and of 10 and 11 join, and the end at 10 is the nearer one.
    three = fleet._replace(real=np.array([[3.0, 0.0, 1.0]]))
    assert savings(stops, three, pool) in ([[2], [3, 1, 4]], [[2], [4, 1, 3]])
    # Three tours are more than two vehicles can drive.
    assert savings(stops, fleet._replace(whole=np.array([[0, 0, 2]])), pool) is None


def test_first_tours_of_savings_hold_everybody_once_and_no_vehicle_too_much() -> None:
    found = drawn(200, ONE_KIND, timed=False)
    stops, fleet, _ = dense(found)
    tours = savings(stops, fleet, found.customers)
    assert tours is not None
    assert sorted(node for nodes in tours for node in nodes) == list(range(1, 201))
    assert all(found.demand[nodes].sum() <= 40 for nodes in tours)
    first = Tours(tuple(Tour(0, tuple(nodes)) for nodes in tours), (), 0, 0, 0)
    cost = sum(_cost(found, tour) for tour in first.tours)
    assert not list(faults(found, replace(first, cost=cost)))
    # The search begins with such tours; it numbers customers anew, so equal savings may differ.
    assert solve_tours(found, replace(QUICK, max_iterations=1)).cost <= 1.01 * cost


DEPOTS_IN_TURN = """NAME : depots
TYPE : VRPTW
DIMENSION : 4
CAPACITY : 10
VEHICLES : 2
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 100 0
3 10 0
4 90 0
DEMAND_SECTION
1 0
2 0
3 1
4 1
TIME_WINDOW_SECTION
1 0 1000
2 0 50
3 0 500
4 200 500
VEHICLES_DEPOT_SECTION
1 1
2 2
DEPOT_SECTION
1
2
-1
EOF
"""


@pytest.mark.parametrize("seed", range(1, 7))
def test_a_plan_of_few_tours_is_taken_apart_as_far_as_it_must(seed: int) -> None:
    # Two vehicles of 43 for 79 in narrow windows: a customer out of each tour at a time leads from
    # no plan of 262 to the best one.
    points = [(27, 67), (48, 80), (86, 82), (80, 57), (52, 85), (66, 74), (83, 76)]
    demand = [0.0, 11.0, 17.0, 4.0, 17.0, 16.0, 14.0]
    opens = [0.0, 0, 158, 113, 183, 51, 64]
    shuts = [400.0, 400, 198, 213, 223, 151, 464]
    windows = list(zip(opens, shuts, strict=True))
    one = delivery([*map(tuple, points)], demand, (Kind(43, 2),), windows)  # type: ignore[misc]
    found = replace(one, service=np.array([0.0, 0, 0, 5, 0, 10, 10]))
    solution = solve_tours(found, replace(QUICK, seed=seed))
    assert solution.cost == brute_force(found) == 252


def test_each_depot_shuts_and_opens_by_its_own_clock(tmp_path: Path) -> None:
    path = tmp_path / "depots.vrp"

    def solved(text: str) -> Tours:
        path.write_text(text)
        found = read_instance(path)
        assert isinstance(found, Instance)
        solution = solve_tours(found, QUICK)
        assert not list(faults(found, solution))
        return solution

    # The second depot, at 100, shuts at 50: the customer at 90 opens at 200, so the truck from 0
    # goes to both, out to 90 and back. From its own depot, shutting at 500, 10 out and 10 back.
    assert solved(DEPOTS_IN_TURN).cost == 180
    assert solved(DEPOTS_IN_TURN.replace("2 0 50\n", "2 0 500\n")).cost == 20 + 20
    # One that opens at 491 comes to 90 at 501, a minute late; from 490 on it does not.
    assert solved(DEPOTS_IN_TURN.replace("2 0 50\n", "2 491 900\n")).cost == 180
    assert solved(DEPOTS_IN_TURN.replace("2 0 50\n", "2 490 900\n")).cost == 20 + 20


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    points=st.lists(st.tuples(coordinate, coordinate), min_size=5, max_size=6),
    opens=st.lists(st.integers(0, 80), min_size=6, max_size=6),
    shuts=st.tuples(st.integers(150, 400), st.integers(150, 400)),
)
def test_search_equals_brute_force_with_depots_that_open_in_turn(points, opens, shuts) -> None:  # type: ignore[no-untyped-def]
    windows = [(float(o), float(o + 120)) for o in opens[: len(points)]]
    windows[:2] = [(float(o), float(o + s)) for o, s in zip(opens[:2], shuts, strict=True)]
    kinds = (Kind(3, 4, depot=0), Kind(3, 4, depot=1))
    one = delivery(points, [0.0, 0.0] + [1.0] * (len(points) - 2), kinds, windows)
    found = replace(one, depots=2, service=np.array([0.0, 0.0] + [1.0] * (len(points) - 2)))
    solution = solve_tours(found, QUICK)
    assert not list(faults(found, solution))
    best = brute_force(found)
    assert bool(solution.absent) == np.isinf(best)
    assert solution.absent or solution.cost == pytest.approx(best)


def test_asymmetric_roads_are_driven_the_short_way_round() -> None:
    # A one-way ring 0 -> 1 -> 2 -> 0 of 1 km legs; against the traffic each leg is 10 km.
    cost = np.array([[0.0, 1, 10], [10, 0, 1], [1, 10, 0]])
    ready, due, service = untimed(3)
    ring = Instance(
        "", Family.CVRP, cost, cost, np.array([0.0, 1, 1]), ready, due, service,
        np.full(3, -1), np.arange(3), (Kind(2, 2),), 1, timed=False,
    )  # fmt: skip
    assert solve_tours(ring, QUICK).cost == 3


def test_the_same_seed_gives_the_same_tours() -> None:
    rows = np.random.default_rng(5).integers(0, 100, (30, 2)).tolist()
    found = delivery([tuple(row) for row in rows], [0] + [3] * 29, (Kind(15, 29),))
    first, second = solve_tours(found, QUICK), solve_tours(found, QUICK)
    assert first.tours == second.tours
    other = solve_tours(found, replace(QUICK, seed=2, max_iterations=1))
    assert other.iterations == 1


def drawn(customers: int, kinds: tuple[Kind, ...], timed: bool) -> Instance:
    draw = np.random.default_rng(customers)
    rows = [tuple(row) for row in draw.integers(0, 1000, (customers + 1, 2)).tolist()]
    opens = draw.integers(0, 2000, customers).tolist()
    windows = [(0.0, 6000.0), *((float(open_), open_ + 2000.0) for open_ in opens)]
    demand = [0.0, *draw.integers(1, 9, customers).astype(float).tolist()]
    return delivery(rows, demand, kinds, windows if timed else None)


ONE_KIND = (Kind(40, 400),)
# So few large vehicles that the workers, who each get a part of them, must make do with small ones.
FEW_LARGE = (Kind(15, 400, fixed=10), Kind(60, 5, fixed=20))


@pytest.mark.parametrize("kinds", [ONE_KIND, FEW_LARGE], ids=["one kind", "two kinds"])
@pytest.mark.parametrize("timed", [False, True], ids=["no clock", "windows"])
@pytest.mark.parametrize("customers", [40, 430])
def test_two_workers_make_one_plan_the_same_each_time(
    kinds: tuple[Kind, ...], timed: bool, customers: int
) -> None:
    found = drawn(customers, kinds, timed)
    two = Parameters(time_limit_s=600, max_iterations=2_000, workers=2)
    first, second = solve_tours(found, two), solve_tours(found, two)
    assert not list(faults(found, first))
    assert first.absent == ()
    assert first.tours == second.tours
    # 40 customers are searched twice, so two never end worse; 430 are cut in two, and either
    # search may be the luckier by a little.
    alone = solve_tours(found, replace(two, workers=1))
    assert first.cost <= alone.cost * (1 if customers == 40 else 1.01)


@pytest.mark.parametrize("kinds", [ONE_KIND, FEW_LARGE], ids=["one kind", "two kinds"])
@pytest.mark.parametrize("timed", [False, True], ids=["no clock", "windows"])
@pytest.mark.parametrize("customers", [40, 60])
def test_a_longer_search_of_few_customers_never_ends_worse(
    kinds: tuple[Kind, ...], timed: bool, customers: int
) -> None:
    found = drawn(customers, kinds, timed)
    counts = [500, 1_000, 2_000, 4_000, 8_000]
    ends = [solve_tours(found, replace(QUICK, max_iterations=count)) for count in counts]
    costs = [end.cost for end in ends]
    assert costs == sorted(costs, reverse=True)
    assert costs[-1] < costs[0]
    assert not list(faults(found, ends[-1]))


def test_workers_leave_nobody_out_when_the_last_vehicle_is_needed() -> None:
    # 400 loads of 1 in 20 vehicles of 20: there is no vehicle and no room to spare.
    rows = [tuple(row) for row in np.random.default_rng(3).integers(0, 99, (401, 2)).tolist()]
    found = delivery(rows, [0.0] + [1.0] * 400, (Kind(20, 20),))
    solution = solve_tours(found, replace(QUICK, workers=2))
    assert not list(faults(found, solution))
    assert solution.absent == ()
    assert len(solution.tours) == 20


def test_a_customer_that_fits_nowhere_is_absent_not_lost() -> None:
    found = delivery([(0, 0), (1, 0), (2, 0)], [0, 5, 99], (Kind(10, 3),))
    solution = solve_tours(found, QUICK)
    assert solution.absent == (2,)
    assert not list(faults(found, solution))


def test_checker_names_each_broken_claim() -> None:
    windows = [(0.0, 100.0), (0.0, 10.0), (20.0, 30.0)]
    found = delivery([(0, 0), (3, 4), (6, 8)], [0, 6, 6], (Kind(12, 1),), windows)
    good = Tours((Tour(0, (1, 2)),), (), 20.0, 0.0, 0)
    assert not list(faults(found, good))

    def broken(**change: object) -> str:
        return "; ".join(faults(found, replace(good, **change)))  # type: ignore[arg-type]

    assert "placed 0 times" in broken(tours=(Tour(0, (1,)),), cost=10.0)
    assert "placed 2 times" in broken(absent=(1,))
    assert "after 10" in broken(tours=(Tour(0, (2, 1)),))
    assert "the cost is 20" in broken(cost=19.0)
    assert "2 vehicles" in broken(tours=(Tour(0, (1,)), Tour(0, (2,))), cost=30.0)
    tight = replace(found, kinds=(Kind(10, 1),))
    assert "carries 12" in "; ".join(faults(tight, good))


def test_solution_text_reads_back(tmp_path: Path) -> None:
    found = delivery([(0, 0), (3, 4), (6, 8)], [0, 6, 6], (Kind(12, 2),))
    text = written(found, Tours((Tour(0, (1, 2)),), (), 20.0, 0.0, 0))
    assert text == "Route #1: 1 2\nCost 20\n"
    path = tmp_path / "a.sol"
    path.write_text(text)
    assert best_known(found, path) == 20


def shared_instances() -> Path:
    import os

    given = os.environ.get("WUJIN_SHARED")
    root = Path(given) if given else Path(__file__).resolve().parents[3] / "shared"
    return root / "instances"


@pytest.mark.skipif(not shared_instances().is_dir(), reason="benchmark files are not here")
@pytest.mark.parametrize(
    ("name", "most_above_best"),
    [("cvrp/X-n101-k25.vrp", 0.05), ("vrptw/C101.txt", 0.02), ("hfvrp/X101-FSMFD.vrp", 0.06)],
)
def test_field_instances_come_close_to_best_known(name: str, most_above_best: float) -> None:
    path = shared_instances() / name
    found = read_instance(path)
    assert isinstance(found, Instance)
    solution = solve_tours(found, Parameters(time_limit_s=60, max_iterations=5_000))
    assert not list(faults(found, solution))
    known = best_known(found, path.with_suffix(".sol"))
    assert known is not None
    assert known * 0.9999 <= solution.cost <= known * (1 + most_above_best)
