"""`wujin route`: what it prints, what it writes, and how it refuses."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from market.haulage.commands import route_command
from tests.routing.road_server import Land, road_server
from tests.routing.test_instances import CVRP, LI_LIM, SOLOMON, TRUCKLOAD

DAY = """{
 "sites": [{"id": "d", "latitude_deg": 34.6, "longitude_deg": 112.4},
           {"id": "p", "latitude_deg": 34.7, "longitude_deg": 112.5}],
 "depots": [{"id": "d", "site": "d"}],
 "materials": [{"id": "ash", "bodies": ["tipper"]}],
 "receivers": [{"id": "w", "site": "d", "unload_s_per_t": 30}],
 "collections": [{"id": "c", "site": "p", "material": "ash", "mass_kg": 20000,
                  "receivers": ["w"], "windows_s": [[0, 43200]]}],
 "vehicle_types": [{"id": "t", "body": "tipper", "capacity_kg": 30000, "fen_per_km": 500}],
 "vehicles": [{"id": "v", "type": "t", "depot": "d", "shift_s": [21600, 64800]}],
 "travel": {"road_factor": 1.3, "speed_km_h": 50}
}"""

WEEK = DAY.replace(
    '"collections": [{"id": "c", "site": "p", "material": "ash", "mass_kg": 20000,',
    """"days": 3,
 "tanks": [{"id": "silo", "site": "p", "material": "ash", "room_kg": 60000, "receivers": ["w"],
            "opening_kg": 30000, "inflow_kg": 30000}],
 "collections": [{"id": "c", "site": "p", "material": "ash", "mass_kg": 20000, "earliest_day": 2,""",
)


def run(tmp_path: Path, text: str, *options: str) -> tuple[Result, Path]:
    source, out = tmp_path / "tiny.txt", tmp_path / "tiny.out"
    source.write_text(text)
    limit = ["--time-limit", "0.2", "--seed", "1", "--out", str(out)]
    return CliRunner().invoke(route_command, [str(source), *limit, *options]), out


def test_writes_a_solution_and_prints_cost_vehicles_seconds(tmp_path: Path) -> None:
    result, out = run(tmp_path, CVRP)
    assert result.exit_code == 0, result.output
    # Capacity 10: {2, 3} or {2} with {3}, and 4 alone (6 + 5 > 10): 5 + 4 + 1 + 14 = 24.
    assert out.read_text().splitlines()[-1] == "Cost 24"
    assert "cost 24" in result.output
    assert "vehicles 2" in result.output
    assert "seconds" in result.output


def test_prints_the_gap_to_a_solution_beside_the_instance(tmp_path: Path) -> None:
    (tmp_path / "tiny.sol").write_text("Route #1: 1 2\nRoute #2: 3\nCost 24\n")
    result, _ = run(tmp_path, CVRP)
    assert "best known 24 (gap 0.00 %)" in result.output
    given, _ = run(tmp_path, CVRP, "--best-known", "20")
    assert "best known 20 (gap 20.00 %)" in given.output


@pytest.mark.parametrize(
    ("text", "place"),
    [("Route #1: 1 x\n", "line 1, column 13"), ("Cost much\n", "line 1, column 6")],
)
def test_a_broken_solution_beside_the_instance_is_bad_input(
    tmp_path: Path, text: str, place: str
) -> None:
    (tmp_path / "tiny.sol").write_text(text)
    result, out = run(tmp_path, CVRP)
    assert result.exit_code == 2
    assert f"tiny.sol, {place}" in result.output
    assert not out.exists()


def test_prints_the_days_of_a_week_with_levels_cost_and_bound(tmp_path: Path) -> None:
    result, out = run(tmp_path, WEEK)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    # Two loads must leave the silo by day 2, and the small lot goes on day 2 with one of them or
    # after both have gone on day 1; either way two loads of 30 t leave 60 t at the end.
    silo = next(line for line in lines if line.startswith("tank silo: 30.0 |"))
    assert silo.endswith("60.0 t")
    assert [line.split(":")[0] for line in lines[:3]] == ["day 0", "day 1", "day 2"]
    assert "status complete" in result.output
    cost, bound = (
        float(next(line for line in lines if line.startswith(word)).split()[1])
        for word in ("cost", "bound")
    )
    assert 0 < bound <= cost
    assert out.read_text().startswith("Day 0\n")
    assert out.read_text().splitlines()[-1] == f"Cost {cost:.2f}"


def test_says_what_overflows_and_what_blocks_it(tmp_path: Path) -> None:
    result, _ = run(
        tmp_path,
        WEEK.replace(
            '"vehicles": [', '"rosters": [{"vehicle": "v", "off_days": [1, 2]}], "vehicles": ['
        ),
        "--time-limit",
        "5",
    )
    assert result.exit_code == 0, result.output
    # One load leaves on day 0; the evenings are 30, 60 and, with room for 60, 90 t.
    assert "overflow silo, day 2: 30.0 t; fleet, by 1 truck-days" in result.output
    # The lot could only have gone with that load on day 0.
    assert "late c, day 2: 20.0 t; dates, by 2 days" in result.output


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ('"days": 0', "0 is below 1"),
        ('"days": 40', "beyond 1 to 31"),
        ('"days": 2', "latest day 1 before earliest day 2"),
    ],
)
def test_a_fault_in_a_week_is_told_with_its_place(tmp_path: Path, wrong: str, fault: str) -> None:
    result, out = run(tmp_path, WEEK.replace('"days": 3', wrong))
    assert result.exit_code == 2
    assert "tiny.txt, line " in result.output
    assert fault in result.output
    assert not out.exists()


@pytest.mark.parametrize("text", [SOLOMON, LI_LIM, TRUCKLOAD, DAY])
def test_reads_every_family(tmp_path: Path, text: str) -> None:
    result, out = run(tmp_path, text)
    assert result.exit_code == 0, result.output
    assert out.read_text().startswith("Route #1:")


def test_full_loads_are_told_with_their_empty_share_bound_and_saving(tmp_path: Path) -> None:
    # 2 out, 10 of work and 9 loaded for each, 9 between them and 10 home: 59 minutes for both.
    result, out = run(tmp_path, TRUCKLOAD.replace('"shift_min": 100', '"shift_min": 59'))
    assert result.exit_code == 0, result.output
    # Each load goes 8.49 km; empty are 2 out, 8.49 between the two and 10 home.
    lines = result.output.splitlines()
    assert "cost 20.49" in lines
    assert "empty 54.7 % of the way (plain shuttling 50.0 %)" in lines
    assert "bound 20.49 (the cost is 0.00 % above)" in lines
    assert "saved -3.5 km, -10.4 %, on plain shuttling" in lines
    assert out.read_text() == "Route #1: 7 7\nCost 20.49\n"
    # 2 out, 10 of work and 9 loaded, 10 back: 31 minutes for one load.
    short, _ = run(tmp_path, TRUCKLOAD.replace('"shift_min": 100', '"shift_min": 30'))
    assert short.exit_code == 1
    assert "bound" not in short.output
    assert (
        "unserved 7: 2 loads: the shortest shift with one takes 31 minutes of 30; 1 more would do"
        in short.output
    )


def test_bad_input_is_one_line_with_file_line_and_column_and_writes_nothing(
    tmp_path: Path,
) -> None:
    result, out = run(tmp_path, CVRP.replace("3 1 1", "3 one 1"))
    assert result.exit_code == 2
    assert result.output.count("\n") == 1
    assert "tiny.txt, line 10, column 3: 'one' is not a number" in result.output
    assert not out.exists()


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('"tipper", "capacity', '"barge", "capacity', "line 9"),
        ('"site": "p", "material"', '"site": "x", "material"', "line 7"),
        ('"material": "ash", "mass', '"material": "tar", "mass', "line 7"),
        ('"type": "t"', '"type": "u"', "line 10"),
        ("[[0, 43200]]", "[[9, 4]]", "line 8"),
        ("20000", "-1", "line 7"),
    ],
)
def test_bad_days_point_at_the_place(tmp_path: Path, old: str, new: str, place: str) -> None:
    result, out = run(tmp_path, DAY.replace(old, new))
    assert result.exit_code == 2, result.output
    assert place in result.output
    assert not out.exists()


def test_a_missing_file_is_bad_input() -> None:
    result = CliRunner().invoke(route_command, ["nowhere.vrp"])
    assert result.exit_code == 2
    assert "nowhere.vrp" in result.output


def test_customers_that_fit_nowhere_are_infeasible(tmp_path: Path) -> None:
    result, out = run(tmp_path, CVRP.replace("4 6", "4 60"))
    assert result.exit_code == 1
    assert "fit nowhere: 3" in result.output
    assert not out.exists()
    assert "unserved 3: 60 of goods, and no vehicle holds more than 10\n" in result.output


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        # 1.4 to customer 1, cut after one decimal; its window shuts at 1.
        (
            SOLOMON.replace("2   50  10", "0    1  10"),
            "1: reached at 1.4 at the earliest, 0.4 after",
        ),
        # 5 there, 10 of service and 5 back.
        (SOLOMON.replace("0  100   0", "0   19   0"), "2: back at 20 at the earliest, 1 after the"),
        # Goods of 5 and 5 in one vehicle for 8.
        (
            SOLOMON.replace("  2         20", "  1         8 "),
            "no vehicle left: all of those that hold it (1) are out",
        ),
        # From 1 at sqrt(2) = 1.41 and a minute of work, sqrt(13) = 3.61 to 2: 6.02.
        (
            LI_LIM.replace("0 60 1 1 0", "0 6 1 1 0"),
            "2: reached at 6.0198 at the earliest, 0.0198 after its window shuts at 6",
        ),
        (LI_LIM.replace("0 60 1 1 0", "0 6 1 1 0"), "after the window of its partner 2 shuts at 6"),
        (LI_LIM.replace("2 10 1", "2 4 1"), "1: 5 of goods, and no vehicle holds more than 4"),
    ],
)
def test_each_customer_without_a_place_is_told_what_keeps_it_out(
    tmp_path: Path, text: str, cause: str
) -> None:
    result, out = run(tmp_path, text)
    assert result.exit_code == 1, result.output
    assert cause in result.output
    assert "fit nowhere" in result.output
    assert not out.exists()


def test_many_customers_without_a_place_are_counted_after_ten(tmp_path: Path) -> None:
    count = 14
    nodes = "".join(f"{node} {node} 0\n" for node in range(1, count + 1))
    demands = "1 0\n" + "".join(f"{node} 60\n" for node in range(2, count + 1))
    head, _, rest = CVRP.replace("DIMENSION : 4", f"DIMENSION : {count}").partition("1 0 0\n")
    tail = rest.partition("DEPOT_SECTION")[2]
    text = f"{head}{nodes}DEMAND_SECTION\n{demands}DEPOT_SECTION{tail}"
    result, _ = run(tmp_path, text)
    told = [row for row in result.output.splitlines() if row.startswith("unserved")]
    assert len(told) == 11
    assert told[-1] == "unserved 3 more"
    assert "13 customers fit nowhere: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ..." in result.output


def test_a_day_that_no_plan_can_be_of_is_bad_input(tmp_path: Path) -> None:
    more = ", ".join(f'{{"id": "m{i}", "bodies": ["tipper"]}}' for i in range(80))
    text = DAY.replace('"materials": [', f'"materials": [{more}, ')
    result, out = run(tmp_path, text)
    assert result.exit_code == 2
    assert "tiny.txt: materials: more than" in result.output
    assert not out.exists()


def test_help_does_not_pay_for_solvers() -> None:
    code = (
        "import sys, market.haulage.commands;"
        "sys.exit(any(n.partition('.')[0] in ('numba', 'ortools', 'numpy') for n in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


WAYS = "from,to,distance_m,duration_s\nd,p,20000,1500\np,d,30000,2000\n"


def test_a_day_is_measured_by_a_table(tmp_path: Path) -> None:
    table = tmp_path / "ways.csv"
    table.write_text(WAYS)
    result, _ = run(tmp_path, DAY, "--ways", str(table))
    assert result.exit_code == 0, result.output
    # 50 km at 5 yuan; out is empty: 20 of 50 km.
    assert "cost 250.00 yuan" in result.output
    # 1500 s and 2000 s of driving, 600 s of unloading.
    told = "\n  v: 250.00 = 0.00 a day + 250.00 for 50.000 km + 0.00 for 1.1389 h\n"
    assert told in result.output
    assert result.output.splitlines()[:3] == [
        "empty 40.0 % of the way (plain shuttling 40.0 %)",
        # One load on one truck: nothing to gain, but for the fen that rounding might hide.
        "bound 249.99 yuan (the cost is 0.00 % above)",
        "saved 0.0 km, 0.0 %, on plain shuttling",
    ]
    week, _ = run(tmp_path, WEEK, "--ways", str(table))
    assert "50.0 km" in week.output
    table.write_text(WAYS.replace("30000", "-3"))
    result, _ = run(tmp_path, DAY, "--ways", str(table))
    assert result.exit_code == 2
    assert f"{table}, line 3, column 5: -3 is negative" in result.output
    missing, _ = run(tmp_path, DAY, "--ways", str(tmp_path / "none.csv"))
    assert (missing.exit_code, "none.csv: No such file" in missing.output) == (2, True)
    tours, _ = run(tmp_path, CVRP, "--ways", str(table))
    assert (tours.exit_code, "only days in JSON" in tours.output) == (2, True)


def test_a_day_is_measured_by_a_road_router_or_not_at_all(tmp_path: Path) -> None:
    with road_server(Land()) as land:
        # A tenth of a degree north and east: 20 km of that land each way.
        for kind in ("osrm", "valhalla"):
            result, _ = run(tmp_path, DAY, "--ways", f"{kind}:{land.address}")
            assert "empty 50.0 % of the way" in result.output
            assert "kilometres 40.0\n" in result.output
        land.text = "<html>"
        result, _ = run(tmp_path, DAY, "--ways", f"osrm:{land.address}")
    assert result.exit_code == 1
    assert "the ways could not be measured" in result.output
    assert "no JSON" in result.output
    assert "cost" not in result.output


def test_a_router_that_asks_to_wait_is_told_of_and_waited_for_within_reason(tmp_path: Path) -> None:
    with road_server(Land(bad_statuses=[429], retry_after="1")) as land:
        result, _ = run(tmp_path, DAY, "--ways", f"osrm:{land.address}")
        assert result.exit_code == 0
        assert f"{land.address}: status 429; asked again in 1 s\n" in result.stderr
        land.bad_statuses, land.retry_after = [429], "99999"
        result, _ = run(tmp_path, DAY, "--ways", f"osrm:{land.address}")
    assert result.exit_code == 1
    assert "asks to wait 99999 s and of the 20 s for one answer too little is left" in result.stderr


def test_a_search_ended_by_count_comes_out_the_same(tmp_path: Path) -> None:
    plans = []
    for limit in ("5", "50"):
        result, out = run(tmp_path, CVRP, "--max-iterations", "300", "--time-limit", limit)
        assert "300 iterations" in result.output
        plans.append(out.read_text())
    assert plans[0] == plans[1]


def test_co2_is_told_by_truck_and_in_sum(tmp_path: Path) -> None:
    result, _ = run(tmp_path, DAY)
    assert "CO2" not in result.output
    told = DAY.replace('"capacity_kg"', '"co2_g_per_km": 1000, "capacity_kg"')
    result, _ = run(tmp_path, told)
    # A kilogram a kilometre: the figure is that of the kilometres.
    kilometres = next(row.split()[1] for row in result.output.splitlines() if "kilom" in row)
    lines = [row for row in result.output.splitlines() if row.startswith("CO2")]
    assert lines[-1] == f"CO2 {kilometres.rstrip(',')} kg"
    assert len(lines) == 2


def test_no_gap_is_told_for_a_plan_that_leaves_customers_out(tmp_path: Path) -> None:
    # Eleven of customer 4 fit into no vehicle of ten.
    result, out = run(tmp_path, CVRP.replace("4 6", "4 11"), "--best-known", "20")
    assert "fit nowhere" in result.output
    assert "gap" not in result.output
    assert result.exit_code == 1
    assert not out.exists()


def test_what_is_left_over_says_by_how_much(tmp_path: Path) -> None:
    # The gate is open from midnight to noon; made to shut a minute after six, when the shift
    # begins, it is 15 km x 1.3 or so away.
    result, _ = run(tmp_path, DAY.replace("[[0, 43200]]", "[[0, 21660]]"))
    found = re.search(
        r"unserved c#1: collection_window c: (\d+) of 21660 s; (\d+) s more would do", result.output
    )
    assert found, result.output
    arrives_s, more_s = map(int, found.groups())
    assert more_s == arrives_s - 21660
    eased, _ = run(tmp_path, DAY.replace("[[0, 43200]]", f"[[0, {arrives_s}]]"))
    assert "loads 1 of 1" in eased.output
