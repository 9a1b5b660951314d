"""A scenario folder from the outside: seasons, shares, reports, blends, money."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from market.matchmaking.commands import match_command
from matching.problem import Objective, Operator, Scope, Storage
from matching.scenario import read_scenario
from tests.matching.build import KM_PER_DEGREE

FILES = {
    "supplies.csv": """id,material,lat,lon,tonnes,disposal_yuan_per_t,moisture_pct,opening_t,room_t,storage_yuan_per_t
burnt,fly_ash,0,0,10,100,0,,,
clean,fly_ash,0,0,6,100,0,0,20,1
slag,bf_slag,0,1,5,100,10,,,
""",
    "lines.csv": """id,lat,lon,product_t,province
kiln,0,1,100,Henan
mill,0,1,,Henan
""",
    "slots.csv": """id,line,accepts,tonnes,max_share,replaced_yuan_per_t
kiln-ash,kiln,fly_ash,,0.12,
mill-mix,mill,bf_slag,5,,40
""",
    "assays.csv": """supply,property,low,high,unit,expires_on
burnt,LOI,11,12,%,2027-01-01
clean,LOI,5,5,%,
""",
    "limits.csv": """slot,property,operator,value,unit,scope,standard
kiln-ash,LOI,<=,8,%,mix,GB/T 1596-2017
""",
    "calendar.csv": """period,id,factor
January,,
February,kiln,0
""",
    "factors.csv": """name,value,to_km
objective,net_value,
radius_km,300,
on,2026-11-22,
freight_yuan_per_t_km,0.5,300
freight_fixed_yuan_per_t,2,300
""",
}


def _folder(tmp_path: Path, **changes: tuple[str, str]) -> Path:
    folder = tmp_path / "scenario"
    folder.mkdir()
    for name, text in FILES.items():
        old, new = changes.get(name.removesuffix(".csv"), ("", ""))
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
    return folder


def _run(folder: Path, *more: str):
    arguments = [str(folder), *more, "--out", str(folder.parent / "out")]
    return CliRunner().invoke(match_command, arguments)


def _rows(tmp_path: Path, name: str) -> list[dict[str, str]]:
    with (tmp_path / "out" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_scenario_is_read_as_written(tmp_path):
    problem, parameters = read_scenario(_folder(tmp_path))
    assert problem.periods == ("January", "February")
    assert parameters.objective is Objective.NET_VALUE
    assert parameters.freight[0].fixed_yuan_per_t == 2
    kiln = problem.slots[0]
    assert kiln.tonnes == (12, 0)
    assert [(x.name, x.operator, x.scope) for x in kiln.blend] == [
        ("LOI", Operator.AT_MOST, Scope.MIX)
    ]
    clean = problem.supplies[1]
    assert clean.storage == Storage(0, 20, 1)
    assert clean.tonnes == (6, 6)
    assert problem.supplies[2].moisture_share == pytest.approx(0.1)


def test_a_scenario_is_solved_over_its_seasons(tmp_path):
    # January: 6 t clean carry 4.5 t burnt ash (12 x + 30 <= 8 (x + 6)); the kiln is down in
    # February. Worth: ash 100 - 2 - 0.5 * 111.195 km; slag 100 + 40 - 2, both months.
    result = _run(_folder(tmp_path))
    assert result.exit_code == 0, result.output
    flows = {(r["source"], r["period"]): float(r["tonnes"]) for r in _rows(tmp_path, "flows.csv")}
    assert flows == pytest.approx(
        {("burnt", "January"): 4.5, ("clean", "January"): 6.0}
        | {("slag", "January"): 5.0, ("slag", "February"): 5.0}
    )
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    worth = 10.5 * (98 - 0.5 * KM_PER_DEGREE) + 10 * 138
    assert summary["net_value_yuan"] == pytest.approx(worth, rel=1e-6)
    assert summary["gap"] <= 1e-6
    (mix,) = _rows(tmp_path, "mixes.csv")
    assert (mix["slot"], mix["operator"]) == ("kiln-ash", "<=")
    assert float(mix["value"]) == pytest.approx(8.0)
    assert {r["id"] for r in _rows(tmp_path, "duals.csv")} >= {"burnt", "kiln-ash"}


def test_room_has_its_prices_in_a_file_of_its_own(tmp_path):
    # The clean ash never lies in its yard, so no room there is short; the empty period is that of
    # both ends, and there is no price of the last.
    assert _run(_folder(tmp_path)).exit_code == 0
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    rows = _rows(tmp_path, summary["room_prices_file"])
    assert {(r["side"], r["id"], r["period"]) for r in rows} == {
        ("supply", "clean", "January"),
        ("supply", "clean", ""),
    }
    for row in rows:
        assert (row["one_more_t_yuan"], row["one_less_t_yuan_lost"], row["exact"]) == (
            "0",
            "0",
            "yes",
        )


def test_options_override_the_scenarios_factors(tmp_path):
    result = _run(_folder(tmp_path), "--objective", "tonnes", "--radius-km", "1")
    assert result.exit_code == 0, result.output
    assert {r["source"] for r in _rows(tmp_path, "flows.csv")} == {"slag"}


def test_only_three_files_are_needed(tmp_path):
    folder = _folder(tmp_path)
    for name in ("assays", "limits", "calendar", "factors"):
        (folder / f"{name}.csv").unlink()
    assert _run(folder).exit_code == 0
    assert {r["period"] for r in _rows(tmp_path, "flows.csv")} == {"year"}


def _chosen(tmp_path: Path, columns: dict[str, str], text: dict[str, str]) -> Path:
    """A folder whose files have more columns: what is added to each line, by its first cell."""
    folder = _folder(tmp_path)
    for name, column in columns.items():
        lines = (folder / name).read_text(encoding="utf-8").splitlines()
        blank = "," * column.count(",")
        added = [f"{line},{text.get(line.split(',')[0], blank)}" for line in lines[1:]]
        (folder / name).write_text("\n".join([f"{lines[0]},{column}", *added]) + "\n")
    return folder


def test_choices_and_licensed_tonnes_are_read(tmp_path):
    folder = _chosen(
        tmp_path,
        {"slots.csv": "min_lot_t,max_suppliers", "lines.csv": "licence_codes,licence_t"},
        {"kiln-ash": "5,1", "mill": "HW48,700"},
    )
    problem, _ = read_scenario(folder)
    kiln, mill = problem.slots
    assert (kiln.min_lot_t, kiln.max_suppliers) == (5, 1)
    assert (mill.min_lot_t, mill.max_suppliers) == (0, None)
    assert [(row.codes, row.tonnes) for row in mill.licences] == [(frozenset({"HW48"}), 700)]
    assert kiln.licences == ()
    # One supplier of 5 t or more: clean ash alone keeps the average, in January.
    result = _run(folder, "--objective", "tonnes")
    assert result.exit_code == 0, result.output
    assert {(r["source"], float(r["tonnes"])) for r in _rows(tmp_path, "flows.csv")} == {
        ("clean", 6.0), ("slag", 5.0),
    }  # fmt: skip


def test_the_receivers_own_figures_and_where_factors_come_from_are_read(tmp_path):
    folder = _chosen(
        tmp_path,
        {
            "slots.csv": "avoided_co2_kg_per_t,avoided_co2_low,avoided_co2_source,replaced_source",
            "factors.csv": "low,source",
            "supplies.csv": "disposal_source",
        },
        {"mill-mix": "90,80,table 3,prices", "freight_yuan_per_t_km": ",haulier", "slag": "quote"},
    )
    (folder / "figures.csv").write_text("slot,property,low,high,unit\nmill-mix,IRa,0.6,0.8,-\n")
    with (folder / "limits.csv").open("a") as file:
        file.write("mill-mix,IRa,<=,0.7,-,product,GB 6566\n")
    problem, parameters = read_scenario(folder)
    (use,) = problem.slots[1].accepts
    assert use.avoided_co2_range == (80, 90)
    assert use.sources == (("replaced_material", "prices"), ("avoided_carbon", "table 3"))
    assert parameters.sources == (("freight", "haulier"),)
    assert problem.supplies[2].sources == (("avoided_disposal", "quote"),)
    # 0.8 is above 0.7: the mill's product bars the slag.
    assert _run(folder).exit_code == 0
    assert "slag" not in {r["source"] for r in _rows(tmp_path, "flows.csv")}
    with (tmp_path / "out" / "account.csv").open(encoding="utf-8") as file:
        lines = {row["line"]: row for row in csv.DictReader(file)}
    assert lines["freight"]["source"] == "haulier"
    assert float(lines["avoided_carbon"]["missing_t"]) == 10.5


FAULTS = {
    "a slot of no line": ({"slots": ("kiln,fly_ash", "oven,fly_ash")}, "slots.csv, line 2, column line"),
    "a report of no supply": ({"assays": ("clean,LOI", "ghost,LOI")}, "assays.csv, line 3, column supply"),
    "a limit of no slot": ({"limits": ("kiln-ash", "ghost")}, "limits.csv, line 2, column slot"),
    "a season of nobody": ({"calendar": ("kiln", "ghost")}, "calendar.csv, line 3, column id"),
    "a report upside down": ({"assays": ("11,12", "13,12")}, "assays.csv, line 2, column low"),
    "a report twice": ({"assays": ("clean,LOI", "burnt,LOI")}, "assays.csv, line 3, column property"),
    "no such day": ({"assays": ("2027-01-01", "2027-02-30")}, "assays.csv, line 2, column expires_on"),
    "a share above one": ({"slots": ("0.12", "1.2")}, "slots.csv, line 2, column max_share"),
    "a share of nothing": ({"lines": (",100,", ",,")}, "slots.csv, line 2, column max_share"),
    "a slot without tonnes": ({"slots": (",5,,", ",,,")}, "slots.csv, line 3, column tonnes"),
    "an unknown operator": ({"limits": ("<=", "~")}, "limits.csv, line 2, column operator"),
    "a window without a top": ({"limits": ("<=", "between")}, "limits.csv, line 2, column operator"),
    "a limit on nothing known": ({"limits": ("mix", "crowd")}, "limits.csv, line 2, column scope"),
    "an unknown factor": ({"factors": ("radius_km", "radius")}, "factors.csv, line 3, column name"),
    "an unknown objective": ({"factors": ("net_value", "fame")}, "factors.csv, line 2, column value"),
    "freight that ends too soon": ({"factors": ("0.5,300", "0.5,200")}, "factors.csv, column to_km"),
    "a yard too full": ({"supplies": (",0,20,", ",30,20,")}, "supplies.csv, line 3, column opening_t"),
    "10^10 tonnes": ({"supplies": (",6,", ",1e10,")}, "supplies.csv, line 3, column tonnes"),
    "a duplicate supply": ({"supplies": ("clean", "burnt")}, "supplies.csv, line 3, column id"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_one_line_with_its_place(tmp_path, name):
    changes, place = FAULTS[name]
    result = _run(_folder(tmp_path, **changes))
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    assert place in result.stderr
    assert not (tmp_path / "out").exists()


def test_net_value_without_freight_is_refused(tmp_path):
    folder = _folder(tmp_path)
    (folder / "factors.csv").write_text("name,value\nobjective,net_value\n")
    result = _run(folder)
    assert result.exit_code == 2
    assert "net value needs freight" in result.stderr


def test_a_file_where_a_folder_is_needed_is_refused(tmp_path):
    path = tmp_path / "scenario.csv"
    path.write_text("x")
    result = CliRunner().invoke(match_command, [str(path), "--out", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "give SOURCES and SINKS, or a scenario folder" in result.stderr


def test_a_missing_file_of_a_scenario_is_named(tmp_path):
    folder = _folder(tmp_path)
    (folder / "slots.csv").unlink()
    assert "slots.csv: No such file" in _run(folder).stderr
