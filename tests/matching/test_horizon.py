"""Any number of months from any first one, from a scenario folder and in the library."""

import json

import pytest

from matching import check, solve
from matching.scenario import read_scenario
from tests.matching.test_all_together import RUNS
from tests.matching.test_scenario import FILES, _folder, _run

FACTORS = FILES["factors.csv"]


def _with(tmp_path, *rows: str, calendar: str = "period,id,factor\n2027-01,kiln,0\n"):
    folder = _folder(tmp_path)
    (folder / "factors.csv").write_text(FACTORS + "".join(f"{row},\n" for row in rows))
    (folder / "calendar.csv").write_text(calendar)
    return folder


@pytest.mark.parametrize(
    ("months", "last", "years"),
    [(1, "2026-11", 1), (2, "2026-12", 1), (14, "2027-12", 2), (60, "2031-10", 6)],
)
def test_a_horizon_has_any_number_of_months_and_a_first_one(tmp_path, months, last, years):
    calendar = f"period,id,factor\n{last},kiln,0\n"
    folder = _with(tmp_path, "first_month,2026-11", f"months,{months}", calendar=calendar)
    problem, parameters = read_scenario(folder)
    assert (len(problem.periods), problem.periods[-1]) == (months, last)
    assert len(set(problem.years)) == years
    kiln = next(row for row in problem.slots if row.id == "kiln-ash")
    assert kiln.tonnes == (12.0,) * (months - 1) + (0.0,)
    result = solve(problem, parameters)
    assert check(problem, parameters, result) == ()
    # The mill takes the slag's 5 t every month.
    assert sum(f.tonnes for f in result.flows if f.supply_id == "slag") == pytest.approx(5 * months)


def test_without_a_number_of_months_there_are_twelve(tmp_path):
    problem, _ = read_scenario(_with(tmp_path, "first_month,2026-12"))
    assert problem.periods[0] == "2026-12"
    assert problem.periods[-1] == "2027-11"
    assert _run(tmp_path / "scenario").exit_code == 0
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["periods"] == 12


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        (("first_month,2026-13",), "factors.csv, line 7, column value"),
        (("first_month,December",), "factors.csv, line 7, column value"),
        (("months,12",), "factors.csv, column name: months are given without a first one"),
        (("first_month,2026-12", "months,61"), "factors.csv, line 8, column value"),
        (("first_month,2026-12", "months,0"), "factors.csv, line 8, column value"),
        (("first_month,2026-12", "months,1.5"), "factors.csv, column value: 1.5 is no whole"),
        (("first_month,2025-01", "months,12"), "calendar.csv, line 2, column period"),
        (("radius_km,100",), "factors.csv, line 7, column name: 'radius_km' is given twice"),
    ],
)
def test_a_horizon_that_cannot_be_is_one_line_with_its_place(tmp_path, rows, place):
    result = _run(_with(tmp_path, *rows))
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    assert place in result.stderr
    assert not (tmp_path / "out").exists()


def test_the_weights_of_a_weighted_run_are_factors(tmp_path):
    folder = _with(tmp_path, "weight_tonne,2", "weight_yuan,0.5", "first_month,2026-12")
    text = (folder / "factors.csv").read_text()
    (folder / "factors.csv").write_text(text.replace("objective,net_value", "objective,weighted"))
    problem, parameters = read_scenario(folder)
    assert (parameters.weights.tonne, parameters.weights.yuan) == (2.0, 0.5)
    assert parameters.weights.co2_kg == 0
    result = solve(problem, parameters)
    points = 2 * result.tonnes + 0.5 * result.net_value_yuan
    assert result.merit == pytest.approx(points)
    assert result.merit > 0
    assert RUNS["weighted"].objective is parameters.objective


def test_contracts_are_read_for_one_month_or_for_all(tmp_path):
    folder = _with(tmp_path, "first_month,2026-12", "months,2")
    (folder / "contracts.csv").write_text("supply,slot,tonnes,period\nclean,kiln-ash,2,2026-12\n")
    problem, parameters = read_scenario(folder)
    assert [(c.period, c.tonnes) for c in problem.commitments] == [("2026-12", 2.0)]
    assert check(problem, parameters, solve(problem, parameters)) == ()
    (folder / "contracts.csv").write_text("supply,slot,tonnes\nslag,mill-mix,2\n")
    problem, _ = read_scenario(folder)
    assert [(c.period, c.tonnes) for c in problem.commitments] == [
        ("2026-12", 2.0),
        ("2027-01", 2.0),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("ghost,kiln-ash,2,2026-12", "contracts.csv, line 2, column supply"),
        ("clean,ghost,2,2026-12", "contracts.csv, line 2, column slot"),
        ("clean,kiln-ash,2,2029-12", "contracts.csv, line 2, column period"),
        ("clean,kiln-ash,-2,2026-12", "contracts.csv, line 2, column tonnes"),
        ("clean,kiln-ash,nan,2026-12", "contracts.csv, line 2, column tonnes"),
        ("clean,kiln-ash,7,2026-12", "contracts of clean in 2026-12 bind 1 t more than come"),
        ("clean,kiln-ash,1,2026-12\nclean,kiln-ash,1,2026-12", "contracts.csv, line 3, column"),
    ],
)
def test_a_contract_that_cannot_be_kept_is_told(tmp_path, row, message):
    folder = _with(tmp_path, "first_month,2026-12")
    (folder / "contracts.csv").write_text(f"supply,slot,tonnes,period\n{row}\n")
    result = _run(folder)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert not (tmp_path / "out").exists()
