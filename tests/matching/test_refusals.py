"""What `wujin match SCENARIO/` says of pairs that may not meet."""

import csv

import pytest

from tests.matching.test_scenario import _folder, _run

TWO = {
    "supplies.csv": """id,material,lat,lon,tonnes,hazard_codes
dross,aluminium_dross,0,0,10,321-024-48
odd,unobtanium,0,0,5,
""",
    "lines.csv": """id,lat,lon,licence_codes,licence_valid_to
works,0,1,HW48,2026-11-21
""",
    "slots.csv": "id,line,accepts,tonnes\nworks-melt,works,aluminium_dross,20\n",
    "limits.csv": """slot,property,operator,value,unit,scope,standard,clause
works-melt,Cl,<=,2,%,material,GB/T 1,5.2
""",
    "assays.csv": "supply,property,low,high,unit\ndross,Cl,1,3.5,%\n",
    "factors.csv": "name,value\nradius_km,150\non,2026-11-22\n",
}


def _two(tmp_path, **changed):
    folder = tmp_path / "two"
    folder.mkdir()
    for name, text in TWO.items():
        (folder / name).write_text(changed.get(name.removesuffix(".csv"), text))
    return folder


def _refusals(tmp_path):
    with (tmp_path / "out" / "refusals.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_refused_pairs_are_no_lack_of_reach(tmp_path):
    result = _run(_two(tmp_path))
    assert result.exit_code == 1
    assert "all 1 pairs within the radius are refused" in result.stderr
    assert "refusals.csv" in result.stderr
    odd, licence, quality = _refusals(tmp_path)
    assert (licence["source"], licence["sink"]) == ("dross", "works-melt")
    assert float(licence["km"]) == pytest.approx(111.195, abs=1e-3)
    assert (licence["reason"], licence["property"]) == ("licence_expired", "321-024-48")
    assert licence["change"] == "renew_licence"
    told = ("reason", "property", "value", "operator", "limit", "unit", "margin")
    assert [quality[name] for name in told] == [
        *("limit_exceeded", "Cl", "3.5", "<=", "2", "%", "-1.5")
    ]
    assert (quality["standard"], quality["clause"]) == ("GB/T 1", "5.2")
    assert [quality[name] for name in ("change", "change_from", "change_to")] == [
        *("improve", "3.5", "2")
    ]
    assert (odd["source"], odd["sink"], odd["reason"]) == ("odd", "", "not_accepted")


def test_without_refusals_the_distance_is_the_reason(tmp_path):
    result = _run(_two(tmp_path, factors="name,value\nradius_km,100\non,2026-11-22\n"))
    assert result.exit_code == 1
    assert "no sink that accepts the material lies within the radius" in result.stderr


def test_pairs_that_pass_are_not_among_the_refusals(tmp_path):
    assert _run(_folder(tmp_path)).exit_code == 0
    assert _refusals(tmp_path) == []


def test_pairs_that_cost_more_than_they_bring_are_not_called_refused(tmp_path):
    changes = {
        "supplies": TWO["supplies.csv"].replace("321-024-48", ""),
        "limits": TWO["limits.csv"].replace("<=,2", "<=,4"),
        "factors": "name,value,to_km\nobjective,net_value,\nradius_km,150,\n"
        "freight_yuan_per_t_km,1,150\nfreight_fixed_yuan_per_t,0,150\n",
    }
    result = _run(_two(tmp_path, **changes))
    assert result.exit_code == 1
    assert "would cost more than it brings" in result.stderr
