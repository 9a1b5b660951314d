"""`wujin route`: what it prints, what it writes, and how it refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from market.haulage.commands import route_command
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


@pytest.mark.parametrize("text", [SOLOMON, LI_LIM, TRUCKLOAD, DAY])
def test_reads_every_family(tmp_path: Path, text: str) -> None:
    result, out = run(tmp_path, text)
    assert result.exit_code == 0, result.output
    assert out.read_text().startswith("Route #1:")


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
        ('"site": "p", "material"', '"site": "x", "material"', "line 1"),
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


def test_help_does_not_pay_for_solvers() -> None:
    code = (
        "import sys, market.haulage.commands;"
        "sys.exit(any(n.partition('.')[0] in ('numba', 'ortools', 'numpy') for n in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
