"""What a scenario folder says of quality and law, from its files to the refusals."""

import csv

import pytest
from click.testing import CliRunner

from market.matchmaking.commands import match_command

FILES = {
    "supplies.csv": """id,material,lat,lon,tonnes,province,hazard_codes,variants,identified,cleared
ash,fly_ash,0,0,10,Shanxi,,class F,yes,
cfb,fly_ash,0,0,10,Henan,,class C,yes,
gas,fgd_gypsum,0,0,10,Henan,,,no,
dross,al_dross,0,0,10,Shanxi,321-024-48,,yes,
told,al_dross,0,0,10,Shanxi,321-024-48,,yes,Hubei|Henan
dust,eaf_dust,0,0,10,Henan,312-001-23,,yes,
""",
    "lines.csv": """id,lat,lon,product_t,province
kiln,0,0.1,100,Henan
""",
    "slots.csv": """id,line,accepts,tonnes,allowed,note,standard,clause,variants
mill,kiln,fly_ash,50,yes,,,,
board,kiln,fgd_gypsum,50,conditional,washed,GB/T 37785-2019,5.1,
oven,kiln,al_dross eaf_dust,50,yes,,,,
""",
    "limits.csv": """slot,property,operator,value,unit,scope,grades,variant,standard,clause
mill,LOI,<=,5,%,material,I,,GB/T 1596-2017,5.1
mill,LOI,<=,8,%,material,II,,GB/T 1596-2017,5.1
mill,LOI,<=,10,%,material,III,,GB/T 1596-2017,5.1
mill,free_CaO,<=,1,%,material,,class F,GB/T 1596-2017,5.2
""",
    "assays.csv": "supply,property,low,high,unit,expires_on\nash,LOI,6,7,%,\ncfb,LOI,9,12,%,\n",
    "ranges.csv": "material,property,low,high,unit\nfly_ash,free_CaO,0.1,0.8,%\n",
    "rules.csv": """about,severity,standard,clause
border,warn,Solid Waste Law,37
hazardous_border,block,Solid Waste Law,37
licence,,Solid Waste Law,80
identify,,GB 5085.7-2019,4
""",
    "licences.csv": """line,codes,valid_to,tonnes
kiln,HW48,,4
kiln,312-001-23,,3
""",
    "factors.csv": "name,value\nradius_km,300\non,2026-11-22\n",
}


def run(tmp_path, **changes):
    folder = tmp_path / "scenario"
    folder.mkdir()
    for name, text in FILES.items():
        old, new = changes.get(name.removesuffix(".csv"), ("", ""))
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
    arguments = [str(folder), "--out", str(tmp_path / "out")]
    return CliRunner().invoke(match_command, arguments)


def table(tmp_path, name):
    with (tmp_path / "out" / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def sent(tmp_path):
    return {row["source"]: float(row["tonnes"]) for row in table(tmp_path, "flows.csv")}


def test_grades_variants_codes_and_borders_decide_who_flows(tmp_path):
    """ash holds grade II; cfb fails III; dross has no approval; HW48 has 4 t, 312-001-23 3 t."""
    result = run(tmp_path)
    assert result.exit_code == 0, result.output
    assert sent(tmp_path) == {"ash": 10, "gas": 10, "told": 4, "dust": 3}
    refused = {row["source"]: row for row in table(tmp_path, "refusals.csv")}
    assert refused.keys() == {"cfb", "dross"}
    cfb, dross = refused["cfb"], refused["dross"]
    assert (cfb["reason"], cfb["value"], cfb["limit"], cfb["margin"]) == (
        "limit_exceeded", "12", "10", "-2",
    )  # fmt: skip
    assert (cfb["standard"], cfb["clause"]) == ("GB/T 1596-2017", "5.1")
    assert (dross["reason"], dross["property"]) == ("province_border", "Henan")
    assert (dross["standard"], dross["change"]) == ("Solid Waste Law", "obtain_approval")


def test_without_a_report_the_usual_range_decides(tmp_path):
    """The free lime of class F ash is 1.2 to 3 %: even the good end is above 1."""
    run(tmp_path, ranges=("0.1,0.8", "1.2,3"))
    (row,) = [r for r in table(tmp_path, "refusals.csv") if r["source"] == "ash"]
    assert (row["reason"], row["property"], row["limit"]) == ("limit_exceeded", "free_CaO", "1")


def test_a_dosage_holds_the_slots_of_a_line_together(tmp_path):
    """0.04 % of 100 t of product are 40 t·%: 10 t of ash of 2 % leave 20 for gypsum of 4 %."""
    limits = "line,property,value,unit,standard,clause\nkiln,Cl,0.4,%,HJ 662-2013,6.6\n"
    more = {"assays": ("\ncfb", "\nash,Cl,2,2,%,\ngas,Cl,4,4,%,\ncfb")}
    folder = tmp_path / "scenario"
    assert run(tmp_path, **more).exit_code == 0
    (folder / "dosages.csv").write_text(limits, encoding="utf-8")
    out = str(tmp_path / "out2")
    result = CliRunner().invoke(match_command, [str(folder), "--out", out])
    assert result.exit_code == 0, result.output
    with (tmp_path / "out2" / "flows.csv").open(encoding="utf-8") as file:
        flows = {row["source"]: float(row["tonnes"]) for row in csv.DictReader(file)}
    assert flows["ash"] == pytest.approx(10)
    assert flows["gas"] == pytest.approx(5)
    with (tmp_path / "out2" / "dosages.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["line"], row["property"], row["limit"], row["value"]) == (
        "kiln",
        "Cl",
        "0.4",
        "0.4",
    )
    assert float(row["unknown_t"]) == pytest.approx(7)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"rules": ("border,warn", "border,info")}, "rules.csv, line 2, column severity"),
        ({"rules": ("border,warn", "river,warn")}, "rules.csv, line 2, column about"),
        ({"rules": ("licence,,", "licence,warn,")}, "rules.csv, line 4, column severity"),
        ({"rules": ("identify,,", "licence,,")}, "rules.csv, line 5, column about"),
        ({"licences": ("kiln,HW48", "oven,HW48")}, "licences.csv, line 2, column line"),
        ({"licences": (",,4", ",soon,4")}, "licences.csv, line 2, column valid_to"),
        ({"ranges": ("0.1,0.8", "0.9,0.8")}, "ranges.csv, line 2, column low"),
        ({"supplies": ("class F,yes", "class F,maybe")}, "supplies.csv, line 2, column identified"),
    ],
)
def test_each_fault_is_one_line_with_its_place(tmp_path, changes, place):
    result = run(tmp_path, **changes)
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    assert place in result.stderr
    assert not (tmp_path / "out").exists()
