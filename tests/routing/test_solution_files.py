"""Solution files: written by whom each vehicle drives, and read back to the same cost."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.instances import Instance, Tour
from routing.reader import read_instance
from routing.solution import Tours, best_known, cost_of, written
from tests.routing.test_instances import TRUCKLOAD

CUSTOMERS = 8


def section(name: str, values: list[float]) -> str:
    rows = [f"{number} {value}" for number, value in enumerate(values, start=1)]
    return "\n".join([name, *rows]) + "\n"


def vrplib(draw: random.Random, depots: int, *, mixed: bool, more: str = "") -> str:
    """Draw places and vehicles; the depots are nodes here and there."""
    nodes, vehicles = CUSTOMERS + depots, 5
    homes = draw.sample(range(1, nodes + 1), depots)
    places = [
        f"{node} {draw.randint(0, 99)} {draw.randint(0, 99)}\n" for node in range(1, nodes + 1)
    ]
    text = f"NAME : t\nTYPE : VRP\nDIMENSION : {nodes}\nVEHICLES : {vehicles}\nCAPACITY : 99\n"
    text += f"EDGE_WEIGHT_TYPE : EUC_2D\nNODE_COORD_SECTION\n{''.join(places)}"
    if mixed:
        units, fixed = ([draw.choice(some) for _ in range(vehicles)] for some in ((1, 0.1), (0, 7)))
        text += section("VEHICLES_UNIT_DISTANCE_COST_SECTION", units)
        text += section("VEHICLES_FIXED_COST_SECTION", fixed)
    if depots > 1:
        text += section("VEHICLES_DEPOT_SECTION", [draw.choice(homes) for _ in range(vehicles)])
    return text + more + "DEPOT_SECTION\n" + "".join(f"{home}\n" for home in homes) + "-1\nEOF\n"


def solomon(draw: random.Random) -> str:
    rows = [
        f"{i} {draw.randint(0, 99)} {draw.randint(0, 99)} 0 0 9 0" for i in range(CUSTOMERS + 1)
    ]
    return "T\nVEHICLE\nNUMBER CAPACITY\n9 9\nCUSTOMER\nCUST NO.\n" + "\n".join(rows)


def li_lim(draw: random.Random) -> str:
    rows = ["9 9 1", "0 5 5 0 0 9 0 0 0"]
    for node in range(1, CUSTOMERS, 2):
        rows.append(f"{node} {draw.random()} {draw.random()} 1 0 9 0 0 {node + 1}")
        rows.append(f"{node + 1} {draw.random()} {draw.random()} -1 0 9 0 {node} 0")
    return "\n".join(rows)


def truckload(draw: random.Random) -> str:
    def spot() -> list[float]:
        return [draw.random(), draw.random()]

    flows = [
        {"id": number, "source": spot(), "receiver": draw.randrange(2), "loads": 2}
        for number in draw.sample(range(9), CUSTOMERS // 2)
    ]
    drawn = {"depots": [spot(), spot()], "receivers": [spot(), spot()], "flows": flows}
    return json.dumps(json.loads(TRUCKLOAD) | drawn)


RELOADS = section("VEHICLES_RELOAD_DEPOT_SECTION", [1] * 5)
FAMILIES = {
    "one kind": lambda draw: vrplib(draw, 1, mixed=False),
    "mixed": lambda draw: vrplib(draw, 1, mixed=True),
    "depots": lambda draw: vrplib(draw, 3, mixed=False),
    "mixed with depots": lambda draw: vrplib(draw, 2, mixed=True),
    "trips": lambda draw: re.sub(
        "\nDEPOT_SECTION\n[0-9]+", "\nDEPOT_SECTION\n1", vrplib(draw, 1, mixed=True, more=RELOADS)
    ),
    "solomon": solomon,
    "li and lim": li_lim,
    "truckload": truckload,
}


def drawn_tours(instance: Instance, draw: random.Random) -> tuple[Tour, ...]:
    """Give the customers to vehicles by chance, no more of a kind than there are."""
    vehicles = [kind for kind, row in enumerate(instance.kinds) for _ in range(min(row.count, 4))]
    draw.shuffle(vehicles)
    nodes = instance.customers.tolist()
    draw.shuffle(nodes)
    cuts = sorted(draw.sample(range(1, len(nodes)), min(len(vehicles) - 1, 3)))
    rows = [nodes[first:last] for first, last in zip([0, *cuts], [*cuts, len(nodes)], strict=True)]
    if instance.kinds[0].reloads:
        rows = [[row[0], 0, *row[1:]] if row[1:] else row for row in rows]
    return tuple(Tour(kind, tuple(row)) for kind, row in zip(vehicles, rows, strict=False))


@pytest.mark.parametrize("family", FAMILIES)
@settings(
    max_examples=20,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 10**9))
def test_what_is_written_costs_the_same_when_read_back(
    tmp_path: Path, family: str, seed: int
) -> None:
    draw = random.Random(seed)
    path, beside = tmp_path / "t.vrp", tmp_path / "t.sol"
    path.write_text(FAMILIES[family](draw))
    instance = read_instance(path)
    assert isinstance(instance, Instance)
    tours = drawn_tours(instance, draw)
    solution = Tours(tours, (), cost_of(instance, tours), 0.0, 0)
    text = written(instance, solution)
    beside.write_text(text)
    assert best_known(instance, beside) == solution.cost
    # The cost that is written is that of the routes as well, up to its decimals.
    assert float(text.split()[-1]) == pytest.approx(solution.cost, abs=0.051)


def read(tmp_path: Path, text: str) -> Instance:
    path = tmp_path / "t.vrp"
    path.write_text(text)
    found = read_instance(path)
    assert isinstance(found, Instance)
    return found


def test_route_k_is_what_vehicle_k_drives(tmp_path: Path) -> None:
    rooms = section("CAPACITY_SECTION", [9, 5, 9, 5, 9])
    text = vrplib(random.Random(1), 1, mixed=False, more=rooms)
    instance = read(tmp_path, text.replace("CAPACITY : 99\n", ""))
    assert instance.order == (0, 1, 0, 1, 0)
    # Both of the second kind, one of the first: the third and the fifth vehicle stay at home.
    tours = (Tour(1, (1, 2)), Tour(0, (3, 4, 5)), Tour(1, (6, 7, 8)))
    lines = written(instance, Tours(tours, (), 1.0, 0.0, 0)).splitlines()
    assert lines[:3] == ["Route #1: 3 4 5", "Route #2: 1 2", "Route #3: "]
    assert lines[3:5] == ["Route #4: 6 7 8", "Route #5: "]


def test_nodes_of_several_depots_are_counted_from_the_first_depot_on(tmp_path: Path) -> None:
    # As in the set MDVRPTW of PyVRP/Instances: four depots, 364 nodes, customers 4 to 363.
    instance = read(tmp_path, vrplib(random.Random(2), 3, mixed=False))
    assert instance.labels[instance.customers].tolist() == list(range(3, CUSTOMERS + 3))


def test_trucks_of_full_loads_are_counted_by_turns_from_depot_to_depot(tmp_path: Path) -> None:
    given = json.loads(TRUCKLOAD) | {"depots": [[0, 0], [0, 9]]}
    instance = read(tmp_path, json.dumps(given))
    tours = (Tour(1, (2,)), Tour(1, (3,)))
    lines = written(instance, Tours(tours, (), 1.0, 0.0, 0)).splitlines()
    # The second and the fourth truck are those of the second depot.
    assert lines == ["Route #1: ", "Route #2: 7", "Route #3: ", "Route #4: 7", "Cost 1.00"]


@pytest.mark.parametrize("routes", ["Route #1: 1 2\n" * 6, "Route #1: 1 9"])
def test_routes_that_are_not_of_the_instance_count_as_they_say(tmp_path: Path, routes: str) -> None:
    beside = tmp_path / "t.sol"
    beside.write_text(f"{routes}\nCost 12.5\n")
    instance = read(tmp_path, vrplib(random.Random(3), 1, mixed=True))
    assert best_known(instance, beside) == 12.5
