"""Scenarios nobody should hand in: each ends in one clear line or in a plan that says why."""

import csv

import pytest

from matching.scenario import read_scenario
from tests.matching.test_scenario import FILES, _folder, _run

WITH_MIX = {
    "lines": (
        "id,lat,lon,product_t,province\nkiln,0,1,100,Henan\nmill,0,1,,Henan",
        "id,lat,lon,product_t,province,raw_mix\nkiln,0,1,100,Henan,mix.toml\nmill,0,1,,Henan,",
    ),
    # The kiln's ash has no complete analysis: it is refused, and what clinker there is needs feeds.
    "limits": ("kiln-ash,LOI,<=,8,%,mix", "mill-mix,LOI,<=,8,%,material"),
}
MIX = "[moduli]\nKH = [0.89, 0.91]\nSM = [2.3, 2.6]\nIM = [1.3, 1.7]\n"
FEEDS = """id,LOI,price_yuan_per_t,CaO,SiO2,Al2O3,Fe2O3,MgO
limestone,42,30,52,3,1,0.5,1
"""
BETWEEN = (
    "operator,value,unit,scope,standard\nkiln-ash,LOI,<=,8,%",
    "operator,value,value_high,unit,scope,standard\nkiln-ash,LOI,between,8,6,%",
)


def _choice(of_the_kiln: str) -> tuple[str, str]:
    return FILES["slots.csv"], (
        "id,line,accepts,tonnes,max_share,min_lot_t,max_suppliers\n"
        f"kiln-ash,kiln,fly_ash,,0.12,{of_the_kiln}\n"
    )


def _rows(tmp_path, name):
    with (tmp_path / "out" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"limits": BETWEEN}, "limits.csv, line 2, column operator: limit of LOI: nothing lies"),
        ({"limits": (",8,%", ",nan,%")}, "limits.csv, line 2, column value: 'nan' is not a number"),
        ({"limits": (",8,%", ",-6,%")}, "limits.csv, line 2, column value: '-6' is out of range"),
        ({"assays": ("11,12,%", "-50,12,%")}, "assays.csv, line 2, column low: '-50' is out of"),
        ({"assays": ("11,12,%", "7,760,%")}, "assays.csv, line 2, column high: '760' is out of"),
        ({"assays": ("11,12,%", "7,2e6,mg/kg")}, "assays.csv, line 2, column high: '2e6' is out"),
        ({"slots": _choice("13,")}, "slots.csv, line 2, column min_lot_t: a lot of 13 t is above"),
        ({"slots": _choice(",0")}, "slots.csv, line 2, column max_suppliers: '0' is out of range"),
        ({"supplies": (",10,100", ",-10,100")}, "supplies.csv, line 2, column tonnes: '-10'"),
        ({"supplies": (",10,100", ",1e10,100")}, "supplies.csv, line 2, column tonnes: '1e10'"),
        ({"supplies": (",10,100,0", ",10,100,100")}, "supplies.csv, line 2, column moisture_pct"),
        ({"factors": ("300", "nan")}, "factors.csv, line 3, column value: 'nan'"),
        ({"factors": ("300", "-300")}, "factors.csv, line 3, column value: '-300'"),
        ({"factors": ("to_km", "up_to")}, "factors.csv, line 5, column to_km: is empty"),
        ({"calendar": ("kiln,0", "kiln,1e9")}, "calendar.csv, line 3, column factor: '1e9'"),
        (
            {"supplies": (",10,100", ",1e8,100"), "calendar": ("kiln,0", "burnt,50")},
            "supplies.csv, line 2, column tonnes: with its factor in February comes to 5e+09 t",
        ),
    ],
)
def test_quantities_that_cannot_be_are_one_line_with_their_place(tmp_path, changes, message):
    result = _run(_folder(tmp_path, **changes))
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


def test_percent_of_a_reference_may_be_above_a_hundred(tmp_path):
    # Water demand and activity are measured against a reference mortar.
    named = ("burnt,LOI,11,12,%", "burnt,water_requirement_ratio,104,107,%")
    problem, _ = read_scenario(_folder(tmp_path, assays=named))
    assert problem.supplies[0].assay[0].high == 107


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"feeds.csv": FEEDS}, "mix.toml: No such file"),
        ({"mix.toml": MIX}, "feeds.csv: No such file"),
        ({"mix.toml": MIX.replace("0.89, 0.91", "0.91, 0.89"), "feeds.csv": FEEDS}, "moduli.KH"),
        ({"mix.toml": MIX.replace("0.89", "nan"), "feeds.csv": FEEDS}, "moduli.KH: nan"),
        ({"mix.toml": MIX, "feeds.csv": FEEDS.replace(",42,", ",-42,")}, "feeds.csv, line 2"),
        ({"mix.toml": "KH", "feeds.csv": FEEDS}, "mix.toml: "),
    ],
)
def test_references_of_a_kiln_that_lead_nowhere_are_named(tmp_path, files, message):
    folder = _folder(tmp_path, **WITH_MIX)
    for name, text in files.items():
        (folder / name).write_text(text)
    result = _run(folder)
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    assert message in result.stderr


def test_a_page_that_names_itself_is_no_mix(tmp_path):
    changes = {
        "lines": (WITH_MIX["lines"][0], WITH_MIX["lines"][1].replace("mix.toml", "lines.csv"))
    }
    result = _run(_folder(tmp_path, **changes))
    assert result.exit_code == 2
    assert "lines.csv: " in result.stderr


def test_an_impossible_mix_makes_no_clinker_and_says_which_windows_clash(tmp_path):
    folder = _folder(tmp_path, **WITH_MIX)
    (folder / "mix.toml").write_text(MIX)
    (folder / "feeds.csv").write_text(FEEDS)
    assert _run(folder).exit_code == 0
    january = _rows(tmp_path, "raw_mixes.csv")[0]
    assert (january["clinker_t"], january["missing_t"]) == ("0", "100")
    assert january["conflict"]


def test_a_material_nobody_knows_is_named_and_the_rest_is_planned(tmp_path):
    result = _run(_folder(tmp_path, slots=("kiln,fly_ash", "kiln,fly_ahs")))
    assert result.exit_code == 0
    assert "; no sink accepts fly_ash\n" in result.stdout
    reasons = {row["source"]: row["reason"] for row in _rows(tmp_path, "unmatched.csv")}
    assert reasons == {"burnt": "not_accepted", "clean": "not_accepted"}


def test_a_blend_no_mix_can_meet_is_an_explained_remainder(tmp_path):
    result = _run(_folder(tmp_path, limits=("<=,8", "<=,2")))
    assert result.exit_code == 0
    assert "no mix in reach meets LOI <= 2 % (GB/T 1596-2017) of kiln-ash\n" in result.stdout
    (row,) = _rows(tmp_path, "refusals.csv")
    told = ("source", "sink", "reason", "property", "operator", "limit", "unit", "standard")
    assert [row[name] for name in told] == [
        *("", "kiln-ash", "no_mix", "LOI", "<=", "2", "%", "GB/T 1596-2017")
    ]
    reasons = {
        (row["source"], row["period"]): row["reason"] for row in _rows(tmp_path, "unmatched.csv")
    }
    # In February the kiln stands: there is no room to hold anything back from.
    assert reasons["burnt", "January"] == "held_back"
    assert reasons["burnt", "February"] == "slots_full"


def test_limits_of_one_blend_that_clash_are_named_and_no_others(tmp_path):
    # The lots have 5 and 11 to 12 % LOI: any mix has at least 5, which 20 % never binds.
    own = "<=,6,%,mix,mine\nkiln-ash,LOI,>=,7,%,mix,theirs\nkiln-ash,LOI,<=,20,%,mix,"
    result = _run(_folder(tmp_path, limits=("<=,8,%,mix,", own)))
    assert result.exit_code == 0
    assert "meets LOI <= 6 % (mine) and LOI >= 7 % (theirs) of kiln-ash\n" in result.stdout
    rows = _rows(tmp_path, "refusals.csv")
    assert [(row["operator"], row["limit"]) for row in rows] == [("<=", "6"), (">=", "7")]


def test_a_blend_that_is_merely_too_dear_is_no_clash(tmp_path):
    result = _run(
        _folder(tmp_path, factors=("freight_yuan_per_t_km,0.5", "freight_yuan_per_t_km,9"))
    )
    assert not any(row["sink"] == "kiln-ash" for row in _rows(tmp_path, "flows.csv"))
    assert "no mix" not in result.output
    assert _rows(tmp_path, "refusals.csv") == []


def test_a_billion_tonnes_are_planned_like_ten(tmp_path):
    changes = {"supplies": (",10,100", ",1e9,100"), "lines": ("100", "1e9")}
    result = _run(_folder(tmp_path, **changes))
    assert result.exit_code == 0, result.output
    flows = {(r["source"], r["period"]): float(r["tonnes"]) for r in _rows(tmp_path, "flows.csv")}
    assert flows["burnt", "January"] == pytest.approx(4.5)


CONTRACTS = "supply,slot,tonnes,period\n"


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("contracts", CONTRACTS + "ghost,kiln-ash,1,\n", "contracts.csv, line 2, column supply"),
        ("contracts", CONTRACTS + "burnt,oven,1,\n", "contracts.csv, line 2, column slot"),
        ("contracts", CONTRACTS + "burnt,kiln-ash,1,May\n", "contracts.csv, line 2, column period"),
        ("contracts", CONTRACTS + "burnt,kiln-ash,-1,\n", "contracts.csv, line 2, column tonnes"),
        ("contracts", CONTRACTS + "burnt,kiln-ash,nan,\n", "contracts.csv, line 2, column tonnes"),
        (
            # 10 t come in January, and line 3 binds 11 t of them.
            "contracts",
            CONTRACTS + "burnt,kiln-ash,6,February\nburnt,kiln-ash,11,January\n",
            "line 3, column tonnes: contracts of burnt in January bind 1 t more than come (lines 2, 3)",
        ),
        ("contracts", CONTRACTS + "burnt,mill-mix,1,\n", "contracts.csv, line 2, column slot"),
        (
            "licences",
            "line,codes,valid_to,tonnes\nmill,HW48 foo,,5\n",
            "licences.csv, line 2, column codes: 'foo' is no code",
        ),
        (
            "slots",
            "id,line,accepts,tonnes,max_share\nkiln-ash,kiln,fly_ash,9,0.3\n",
            "slots.csv, line 2, column max_share: the slot has tonnes as well",
        ),
        (
            "factors",
            "name,value\nobjective,net_value\n",
            "factors.csv, column name: net value needs freight",
        ),
        (
            "factors",
            "name,value\nobjective,net_co2\n",
            "factors.csv, column name: net CO2 needs the CO2 of a tonne-km; add transport_co2",
        ),
        ("figures", "slot,property,low,high,unit\noven,IRa,1,1,-\n", "figures.csv, line 2, column"),
        ("dosages", "line,property,value,unit\noven,Cl,1,%\n", "dosages.csv, line 2, column line"),
        (
            "dosages",
            "line,property,value,unit\nkiln,Cl,-1,%\n",
            "dosages.csv, line 2, column value",
        ),
        ("ranges", "material,property,low,high,unit\nash,LOI,nan,1,%\n", "ranges.csv, line 2"),
        ("factors", "name,value\nfirst_month,2026-13\n", "factors.csv, line 2, column value"),
        ("factors", "name,value\nfirst_month,2026-12\nmonths,61\n", "factors.csv, line 3"),
    ],
)
def test_what_leads_nowhere_or_cannot_be_is_named_with_its_place(tmp_path, name, text, message):
    folder = _folder(tmp_path)
    (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    result = _run(folder)
    assert result.exit_code == 2, result.output
    assert result.stderr.count("\n") == 1
    assert message in result.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("option", ["--radius-km", "--time-limit"])
@pytest.mark.parametrize("value", ["nan", "-1"])
def test_options_that_cannot_be_are_refused(tmp_path, option, value):
    result = _run(_folder(tmp_path), option, value)
    assert result.exit_code == 2, result.output
    assert "Traceback" not in result.output
    assert not (tmp_path / "out").exists()


def test_a_year_in_which_everybody_stands_still_says_why_nothing_moves(tmp_path):
    still = "".join(
        f"{month},{line},0\n" for month in ("January", "February") for line in ("kiln", "mill")
    )
    result = _run(_folder(tmp_path, calendar=("January,,\nFebruary,kiln,0\n", still)))
    assert result.exit_code == 1, result.output
    assert "no sink has room" in result.stderr
    left = {row["source"]: row["reason"] for row in _rows(tmp_path, "unmatched.csv")}
    assert left["burnt"] == "slots_full"


def test_a_licence_that_ended_before_the_plan_leaves_an_explained_remainder(tmp_path):
    changes = {
        "supplies": ("disposal_yuan_per_t,moisture_pct", "disposal_yuan_per_t,hazard_codes"),
        "lines": (
            "id,lat,lon,product_t,province\nkiln,0,1,100,Henan",
            "id,lat,lon,product_t,licence_codes,licence_valid_to,province\nkiln,0,1,100,HW48,2026-11-21,Henan",
        ),
    }
    folder = _folder(tmp_path, **changes)
    text = (folder / "lines.csv").read_text().replace("mill,0,1,,Henan", "mill,0,1,,,,Henan")
    (folder / "lines.csv").write_text(text)
    text = (
        (folder / "supplies.csv")
        .read_text()
        .replace("10,100,0,", "10,100,321-024-48,")
        .replace("6,100,0,", "6,100,,")
        .replace("5,100,10,", "5,100,,")
    )
    (folder / "supplies.csv").write_text(text)
    result = _run(folder)
    assert result.exit_code == 0, result.output
    refused = [row for row in _rows(tmp_path, "refusals.csv") if row["source"] == "burnt"]
    assert [(row["reason"], row["change"]) for row in refused] == [
        ("licence_expired", "renew_licence")
    ]
    left = {row["source"]: row["reason"] for row in _rows(tmp_path, "unmatched.csv")}
    assert left["burnt"] == "all_refused"


def test_what_only_the_whole_scenario_shows_names_its_folder(tmp_path):
    # Eleven licences of a code each and one of all in common overlap in 2^11 ways.
    codes = [f"900-0{number}-48" for number in range(10, 21)]
    folder = _folder(tmp_path)
    supplies = "".join(f"s{code},fly_ash,0,1,1,{code}\n" for code in (*codes, "900-099-48"))
    (folder / "supplies.csv").write_text("id,material,lat,lon,tonnes,hazard_codes\n" + supplies)
    licences = "".join(f"kiln,{code}|900-099-48,,1\n" for code in codes)
    (folder / "licences.csv").write_text("line,codes,valid_to,tonnes\n" + licences)
    (folder / "assays.csv").unlink()
    (folder / "limits.csv").unlink()
    result = _run(folder)
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith(f"{folder}: licences line 10, line 11")
    assert "overlap in too many ways: join those" in result.stderr
