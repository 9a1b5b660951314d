"""The field's text formats, on files small enough to check by eye."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from routing.instances import Family, Instance, InstanceError
from routing.problem import DayProblem
from routing.reader import read_instance

CVRP = """NAME : tiny
COMMENT : three customers
TYPE : CVRP
DIMENSION : 4
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 10
NODE_COORD_SECTION
1 0 0
2 3 4
3 1 1
4 0 7
DEMAND_SECTION
1 0
2 5
3 5
4 6
DEPOT_SECTION
 1
 -1
EOF
"""
SOLOMON = """TINY

VEHICLE
NUMBER     CAPACITY
  2         20

CUSTOMER
CUST NO.  XCOORD.  YCOORD.  DEMAND  READY TIME  DUE DATE  SERVICE TIME

    0   0   0   0   0  100   0
    1   1   1   5   2   50  10
    2   3   4   5   0   60  10
"""
LI_LIM = """2 10 1
0 0 0 0 0 100 0 0 0
1 1 1 5 0 50 1 0 2
2 3 4 -5 0 60 1 1 0
"""
TRUCKLOAD = """{"road_factor": 2, "speed_km_h": 60, "shift_min": 100, "load_min": 5,
 "unload_min": 5, "depots": [[0, 0]], "receivers": [[3, 4]],
 "flows": [{"id": 7, "source": [0, 1], "receiver": 0, "loads": 2}]}
"""


def read(tmp_path: Path, text: str | bytes, name: str = "a.txt") -> Instance | DayProblem:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_instance(path)


def instance(tmp_path: Path, text: str) -> Instance:
    found = read(tmp_path, text)
    assert isinstance(found, Instance)
    return found


def test_cvrplib_rounds_to_the_nearest_integer(tmp_path: Path) -> None:
    found = instance(tmp_path, CVRP)
    assert found.family is Family.CVRP
    # sqrt(2) = 1.41 -> 1; sqrt(4 + 9) = 3.61 -> 4; sqrt(9 + 9) = 4.24 -> 4
    assert found.cost[0].tolist() == [0, 5, 1, 7]
    assert found.cost[1, 2] == 4
    assert found.cost[1, 3] == 4
    assert found.demand.tolist() == [0, 5, 5, 6]
    assert [(kind.capacity, kind.count) for kind in found.kinds] == [(10, 3)]


def test_explicit_matrices_may_be_asymmetric(tmp_path: Path) -> None:
    text = (
        "DIMENSION : 2\nEDGE_WEIGHT_TYPE : EXPLICIT\nEDGE_WEIGHT_FORMAT : FULL_MATRIX\n"
        "CAPACITY : 5\nEDGE_WEIGHT_SECTION\n0 3\n9 0\nDEMAND_SECTION\n1 0\n2 1\n"
        "DEPOT_SECTION\n1\n-1\n"
    )
    assert instance(tmp_path, text).cost.tolist() == [[0, 3], [9, 0]]


def test_mixed_fleets_are_grouped_by_description(tmp_path: Path) -> None:
    text = CVRP.replace("CAPACITY : 10\n", "VEHICLES : 3\n").replace(
        "DEPOT_SECTION",
        "CAPACITY_SECTION\n1 10\n2 20\n3 10\n"
        "VEHICLES_FIXED_COST_SECTION\n1 100\n2 180\n3 100\n"
        "VEHICLES_UNIT_DISTANCE_COST_SECTION\n1 1\n2 2\n3 1\nDEPOT_SECTION",
    )
    found = instance(tmp_path, text)
    assert [(kind.capacity, kind.count, kind.fixed, kind.unit) for kind in found.kinds] == [
        (10, 2, 100, 1),
        (20, 1, 180, 2),
    ]
    assert found.order == (0, 1, 0)


def test_solomon_cuts_distances_after_one_decimal(tmp_path: Path) -> None:
    found = instance(tmp_path, SOLOMON)
    assert found.family is Family.VRPTW
    # sqrt(2) = 1.414 -> 1.4; sqrt(4 + 9) = 3.606 -> 3.6; all times ten
    assert found.cost[0].tolist() == [0, 14, 50]
    assert found.cost[1, 2] == 36
    assert found.ready.tolist() == [0, 20, 0]
    assert found.due.tolist() == [1000, 500, 600]
    assert found.kinds[0].count == 2


def test_li_lim_keeps_double_precision_and_pairs(tmp_path: Path) -> None:
    found = instance(tmp_path, LI_LIM)
    assert found.family is Family.PDPTW
    assert found.cost[0, 1] == pytest.approx(np.sqrt(2), abs=1e-15)
    assert found.partner.tolist() == [-1, 2, 1]
    assert found.least_vehicles_first


def test_truckload_makes_a_node_of_every_load(tmp_path: Path) -> None:
    found = instance(tmp_path, TRUCKLOAD)
    assert found.family is Family.TRUCKLOAD
    assert found.labels.tolist() == [0, 7, 7]
    # From the depot 1 km straight x 2; back from (3, 4) 5 x 2; from there to the source
    # sqrt(9 + 9) x 2 = 8.49 km.
    assert found.cost[0, 1] == pytest.approx(2)
    assert found.cost[1, 0] == pytest.approx(10)
    assert found.cost[1, 2] == pytest.approx(8.485, abs=1e-3)
    # A kilometre a minute, rounded up: 9 loaded, 5 + 5 of work.
    assert found.time[1, 2] == 9
    assert found.service[1] == 19


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        (CVRP.replace("3 1 1", "3 one 1"), 10, 3),
        (CVRP.replace("3 1 1", "3 1"), 10, 4),
        (CVRP.replace("3 1 1", "3 1 nan"), 10, 5),
        (CVRP.replace("3 1 1", "2 1 1"), 10, 1),
        (CVRP.replace("3 1 1", "9 1 1"), 10, 1),
        (CVRP.replace("4 6", "4 -6"), 16, 3),
        (CVRP.replace("4 6\n", ""), 12, 1),
        (CVRP.replace("EUC_2D", "GEO"), 5, 20),
        (CVRP.replace("CAPACITY : 10", "CAPACITY :"), 6, 11),
        (CVRP.replace("DIMENSION : 4\n", ""), 1, 1),
        (CVRP.replace("DIMENSION : 4", "DIMENSION : 4.5"), 4, 13),
        (CVRP.replace(" 1\n -1\n", " 7\n"), 18, 2),
        (CVRP.replace("DEPOT_SECTION", "RELOAD_SECTION"), 17, 1),
        (SOLOMON.replace("2   50", "60   50"), 11, 26),
        (SOLOMON.replace("    2   3", "    3   3"), 12, 5),
        (LI_LIM.replace("1 0\n", "2 0\n", 1), 3, 1),
        (LI_LIM.replace("50 1 0 2", "50 1 0 9"), 3, 1),
        (LI_LIM.replace("50 1 0 2", "50 1 0 1"), 3, 1),
        (LI_LIM.replace("50 1 0 2", "50 1 0 1.5"), 3, 18),
        (LI_LIM.replace("50 1 0 2", "50 1 2 0"), 3, 16),
        (LI_LIM.replace("1 1 1 5", "1 1 1 0"), 3, 7),
        (CVRP.replace(" 1\n -1\n", " 1\n 1\n -1\n"), 19, 2),
        (CVRP.replace(" 1\n -1\n", " 1 2 3 4\n -1\n").replace("5\n", "0\n"), 17, 1),
        (LI_LIM.splitlines()[0], 1, 7),
        (LI_LIM.replace("2 10 1", "0 10 1"), 1, 1),
        (LI_LIM.replace("2 10 1", "2 0 1"), 1, 3),
        (LI_LIM.replace("4 -5 0", "4 -4 0"), 3, 1),
        (LI_LIM.replace("60 1 1 0", "60 -1 1 0"), 4, 15),
        (SOLOMON.replace("1   5   2", "1   -5   2"), 11, 17),
        (TRUCKLOAD.replace('"receiver": 0', '"receiver": 4'), 3, 52),
        (TRUCKLOAD.replace('"loads": 2', '"loads": -2'), 3, 64),
        (TRUCKLOAD.replace('"shift_min": 100', '"shift_min": "x"'), 1, 51),
        (TRUCKLOAD.replace("]}\n", "}\n"), 3, 66),
        ("", 1, 1),
        (b"NAME : t\n\xff\xfe\n", 2, 1),
    ],
)
def test_faults_name_line_and_column(
    tmp_path: Path, text: str | bytes, line: int, column: int
) -> None:
    with pytest.raises(InstanceError) as caught:
        read(tmp_path, text)
    assert (caught.value.line, caught.value.column) == (line, column), str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("CAPACITY : 10", "VEHICLES_MAX_DURATION : 5", r"line 6, .*VEHICLES_MAX_DURATION is not"),
        ("DEPOT_SECTION", "PRIZE_SECTION", r"line 17, .*PRIZE_SECTION is not supported.*DEPOT_SEC"),
        ("DEPOT_SECTION\n 1\n -1\n", "", r"DEPOT_SECTION is missing: add it"),
        ("CAPACITY : 10", "CAPACITY : 10\nCAPACITY : 9", "line 7, .*twice, first in line 6; take"),
        ("EOF", "DEMAND_SECTION\n1 0\nEOF", "line 20, .*DEMAND_SECTION appears twice, .* line 12"),
        ("CAPACITY : 10\n", "", "DEMAND_SECTION has goods and no vehicle a capacity: add CAPACITY"),
        ("1 0\n2 5", "1 3\n2 5", "line 13, column 3: depot 1 has 3 in DEMAND_SECTION: put 0 there"),
        (" 1\n -1", " 1\n 3\n -1", "line 15, column 3: depot 3 has 5 in DEMAND_SECTION: put 0"),
        ("3 4\n", "3 1e300\n", "1e300 is beyond 1,000,000,000,000, the most that is read"),
        (
            "DIMENSION : 4",
            "DIMENSION : 1000000000",
            "line 12, .*has 4 rows where DIMENSION is 1000",
        ),
        ("4 6\n", "", "3 rows where DIMENSION is 4: it has no entry for 4; add it or correct DIM"),
        ("EUC_2D", "EUC_2D\nVEHICLES : 1000000000", "line 6, .*1000000000 vehicles are above"),
    ],
)
def test_what_is_not_read_is_named_with_what_to_do(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    assert old in CVRP
    with pytest.raises(InstanceError, match=fault):
        read(tmp_path, CVRP.replace(old, new))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (SOLOMON.replace("0   0   0   0", "0   0   0   7"), r"line 10, column 17: the depot has a"),
        (LI_LIM.replace("0 0 0 0 0", "0 0 0 7 0"), "line 2, column 7: the depot has a demand of 7"),
        (
            SOLOMON.replace("  2     ", "  2000000000"),
            "line 5, column 3: 2000000000.* above 20,000",
        ),
    ],
)
def test_goods_at_the_depot_and_countless_vehicles_are_refused(
    tmp_path: Path, text: str, fault: str
) -> None:
    with pytest.raises(InstanceError, match=fault):
        read(tmp_path, text)


@pytest.mark.parametrize("kind", ["SDVRP", "VRPSPD", "cvrp"])
def test_a_problem_of_another_type_is_refused_by_name(tmp_path: Path, kind: str) -> None:
    fault = f"line 3, column 1: TYPE {kind} is not supported; read are ACVRP, .*; name one of these"
    with pytest.raises(InstanceError, match=fault):
        read(tmp_path, CVRP.replace("TYPE : CVRP", f"TYPE : {kind}"))


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"id": 7,', '"id": 7, "window_min": [0, 9],', "'window_min' is not known here; known are"),
        ('"shift_min": 100', '"shift_min": 100, "shift": 9', "did you mean 'shift_min'"),
        ('"shift_min": 100', '"shift_min": 1e12', r"1e\+12 is above 10,080, the most"),
        ('"shift_min": 100', '"shift_min": 100.5', "100.5 is not a whole number"),
        (
            '"loads": 2}',
            '"loads": 2},\n {"id": 7, "source": [0, 2], "receiver": 0, "loads": 1}',
            "line 4, column 9: flow 7 appears twice; give each a number of its own",
        ),
    ],
)
def test_what_full_loads_are_not_read_with_is_refused(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    assert old in TRUCKLOAD
    with pytest.raises(InstanceError, match=fault):
        read(tmp_path, TRUCKLOAD.replace(old, new))


def test_what_a_truckload_file_tells_beside_the_problem_is_passed_over(tmp_path: Path) -> None:
    told = '{"description": "made up", "truck_t": 30, "loads": 2, "known": {"greedy": 9}, '
    found = instance(tmp_path, TRUCKLOAD.replace("{", told, 1))
    assert len(found.customers) == 2
    # 3 east and 3 north, twice as far by road: 2 x sqrt(18).
    assert found.loaded is not None
    assert found.loaded[1] == pytest.approx(8.485, abs=1e-3)


def explicit(cells: str, dimension: int, more: str = "") -> str:
    return (
        f"DIMENSION : {dimension}\nEDGE_WEIGHT_TYPE : EXPLICIT\n"
        "EDGE_WEIGHT_FORMAT : FULL_MATRIX\nCAPACITY : 5\n"
        f"EDGE_WEIGHT_SECTION\n{cells}\n{more}DEPOT_SECTION\n1\n-1\n"
    )


def test_a_way_from_a_node_to_itself_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(InstanceError, match="line 7, column 3: 4 from 2 to itself; put 0 there"):
        read(tmp_path, explicit("0 3\n9 4", 2))


def test_a_mistyped_dimension_is_found_before_anything_of_that_size_is_made(
    tmp_path: Path,
) -> None:
    tracemalloc.start()
    with pytest.raises(InstanceError, match="1000000000 nodes are above 20,000"):
        read(tmp_path, explicit("0 3\n9 0", 10**9))
    with pytest.raises(InstanceError, match="DIMENSION is 1000000000"):
        read(tmp_path, CVRP.replace("DIMENSION : 4", "DIMENSION : 1000000000"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1_000_000


def test_more_nodes_than_memory_holds_are_refused(tmp_path: Path) -> None:
    rows = "".join(f"{node} {node} 0\n" for node in range(1, 20_002))
    text = CVRP.replace("DIMENSION : 4", "DIMENSION : 20001")
    head, _, _ = text.partition("1 0 0\n")
    demands = "".join(f"{node} 0\n" for node in range(1, 20_002))
    with pytest.raises(InstanceError, match="20001 nodes are above 20,000"):
        read(tmp_path, f"{head}{rows}DEMAND_SECTION\n{demands}DEPOT_SECTION\n1\n-1\nEOF\n")


def test_a_byte_order_mark_is_skipped(tmp_path: Path) -> None:
    assert isinstance(read(tmp_path, b"\xef\xbb\xbf" + CVRP.encode()), Instance)
