"""A kiln line in a scenario folder: read, planned and written."""

import csv

import pytest
from click.testing import CliRunner

from market.matchmaking.commands import match_command
from matching import check, solve
from matching.scenario import read_scenario
from matching.tables import BadFileError
from tests.matching.test_rawmix import ASH, MATERIALS

WASTES = ("fly_ash", "steel_slag", "carbide_slag", "red_mud_bayer")
OXIDES = ("CaO", "SiO2", "Al2O3", "Fe2O3", "MgO", "Na2O", "K2O")


def _folder(tmp_path, target_more="", line="kiln,34.6,112.4,1000,mix.toml"):
    lots = [row for row in MATERIALS if row.id in WASTES]
    feeds = [row for row in MATERIALS if row.id not in WASTES]
    write = {
        "supplies.csv": ["id,material,lat,lon,tonnes,disposal_yuan_per_t"]
        + [f"{m.id},{m.id},34.6,112.4,100000,{-m.price_yuan_per_t}" for m in lots],
        "lines.csv": ["id,lat,lon,product_t,raw_mix", line],
        "slots.csv": ["id,line,accepts,tonnes", f"meal,kiln,{'|'.join(WASTES)},100000"],
        "assays.csv": ["supply,property,low,high,unit"]
        + [
            f"{m.id},{name},{value},{value},%"
            for m in lots
            for name, value in {**m.analysis, "LOI": m.loss_on_ignition}.items()
        ]
        + [
            f"{m.id},carbonate_share_of_CaO,{m.carbonate_share},{m.carbonate_share},share"
            for m in lots
        ],
        "factors.csv": [
            "name,value,to_km", "objective,net_value,", "radius_km,100,",
            "freight_yuan_per_t_km,0,100",
        ],
        "feeds.csv": [
            f"id,LOI,price_yuan_per_t,carbonate_share_of_CaO,max_share,{','.join(OXIDES)}"
        ]
        + [
            f"{m.id},{m.loss_on_ignition},{m.price_yuan_per_t},{m.carbonate_share},"
            f"{m.max_share or 1},{','.join(str(m.analysis[name]) for name in OXIDES)}"
            for m in feeds
        ],
        "mix.toml": [
            "[moduli]", "KH = [0.89, 0.91]", "SM = [2.4, 2.6]", "IM = [1.4, 1.7]",
            "[clinker.max]", "MgO = 5.0", "Na2Oeq = 0.6",
            "[coal_ash]", "heat_kj_per_kg_clinker = 3100", "ash_share = 0.25",
            "coal_kj_per_kg = 23000", "[coal_ash.analysis]",
            *(f"{name} = {value}" for name, value in ASH.items()),
            "[max_share]", *(f"{m.id} = {m.max_share}" for m in lots),
            target_more,
        ],
    }  # fmt: skip
    for name, lines in write.items():
        (tmp_path / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


def test_a_line_of_a_scenario_mixes_its_clinker(tmp_path):
    problem, parameters = read_scenario(_folder(tmp_path))
    result = solve(problem, parameters)
    assert check(problem, parameters, result) == ()
    assert -result.merit / 1000 == pytest.approx(48.1722, abs=1e-3)


def test_the_command_writes_what_the_line_burns(tmp_path):
    out = tmp_path / "out"
    run = CliRunner().invoke(match_command, [str(_folder(tmp_path)), "--out", str(out)])
    assert run.exit_code == 0, run.output
    (row,) = csv.DictReader((out / "raw_mixes.csv").read_text(encoding="utf-8").splitlines())
    assert float(row["clinker_t"]) == pytest.approx(1000, abs=1e-5)
    assert 0.89 - 1e-6 <= float(row["KH"]) <= 0.91 + 1e-6
    assert (row["missing_t"], row["conflict"]) == ("0", "")
    assert "limestone=" in row["feeds"]


def test_a_carbon_price_on_the_page_belongs_to_the_run(tmp_path):
    with pytest.raises(BadFileError, match="price of carbon is the run's"):
        read_scenario(_folder(tmp_path, target_more="[carbon]\nyuan_per_t = 75"))


def test_a_line_without_product_has_no_clinker(tmp_path):
    with pytest.raises(BadFileError, match="no product_t"):
        read_scenario(_folder(tmp_path, line="kiln,34.6,112.4,,mix.toml"))


def test_a_silo_before_a_mix_that_does_not_begin_empty_is_named_with_its_place(tmp_path):
    folder = _folder(tmp_path)
    slots = f"id,line,accepts,tonnes,room_t,opening_t\nmeal,kiln,{'|'.join(WASTES)},9,5,1\n"
    (folder / "slots.csv").write_text(slots, encoding="utf-8")
    with pytest.raises(BadFileError, match=r"slots\.csv, line 2, column opening_t: a silo"):
        read_scenario(folder)
