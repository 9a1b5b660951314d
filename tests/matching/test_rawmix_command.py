"""`wujin rawmix` from the outside."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from market.matchmaking.commands import rawmix_command

MATERIALS = """id,CaO,SiO2,Al2O3,Fe2O3,MgO,Na2O,K2O,LOI,carbonate_share_of_CaO,price_yuan_per_t,max_share
limestone,53.13,2.42,.31,.19,.57,0,0,42.66,1,40,
sandstone,1,88,4.5,2,.5,0,0,2,.5,40,
fly_ash,2.8,50.6,27.1,7.1,1.2,.5,1.3,8.2,0,10,.10
steel_slag,44,14,3.5,23,7.5,0,0,1.5,.03,20,.05
carbide_slag,66,4,2,.6,.5,0,0,24.5,.07,30,.15
red_mud_bayer,18,19,23,11,.8,7,1.2,12,.25,-20,.03
iron_powder,3.53,34.42,11.53,48.27,.09,0,0,0,0,200,.05
"""
TARGETS = """
[moduli]
KH = [0.89, 0.91]
SM = [2.4, 2.6]
IM = [1.4, 1.7]

[clinker.max]
MgO = 5.0
Na2Oeq = 0.6

[coal_ash]
heat_kj_per_kg_clinker = 3100
ash_share = 0.25
coal_kj_per_kg = 23000
analysis = { SiO2 = 53.52, Al2O3 = 35.34, Fe2O3 = 4.46, CaO = 4.79, MgO = 1.19, Na2O = 0, K2O = 0 }

[carbon]
yuan_per_t = 75
count_magnesia = false
"""


def _run(tmp_path: Path, materials: str = MATERIALS, targets: str = TARGETS):
    (tmp_path / "materials.csv").write_text(materials, encoding="utf-8")
    (tmp_path / "targets.toml").write_text(targets, encoding="utf-8")
    files = [str(tmp_path / "materials.csv"), str(tmp_path / "targets.toml")]
    return CliRunner().invoke(rawmix_command, files)


def test_the_least_cost_mix_is_printed(tmp_path):
    result = _run(tmp_path)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    cost = float(lines[0].split()[1])
    with_carbon = float(lines[1].split()[3])
    assert cost == pytest.approx(48.1722, abs=1e-2)
    assert with_carbon == pytest.approx(76.4160, abs=1e-2)
    assert any(line.split()[:2] == ["limestone", "62.396"] for line in lines)
    (moduli,) = (line for line in lines if line.startswith("moduli:"))
    words = moduli.split()
    # 64.956 % CaO and 1.362 % MgO: LSF times (64.956 + 0.75 * 1.362) / 64.956.
    assert float(words[-1]) == pytest.approx(
        float(words[words.index("LSF") + 1]) * (1 + 0.75 * 1.3624 / 64.956), abs=1e-3
    )


def test_an_impossible_mix_names_the_clash_and_is_status_1(tmp_path):
    banned = '\n[materials]\nbanned = ["iron_powder", "steel_slag", "red_mud_bayer"]\n'
    result = _run(tmp_path, targets=TARGETS + banned)
    assert result.exit_code == 1
    assert result.stderr.startswith("impossible: IM <= 1.7;")


def test_what_burns_off_and_is_paid_for_has_no_least_cost(tmp_path):
    fume = "fume,0,0,0,0,0,0,0,100,0,-50,"
    result = _run(tmp_path, MATERIALS + fume + "\n")
    assert result.exit_code == 1
    assert result.stderr.startswith("no least cost: fume with LOI 100 % and a price below 0; give")
    assert _run(tmp_path, MATERIALS + fume + "0.1\n").exit_code == 0
    # Where no mix exists at any price, that is the news.
    kept = MATERIALS.splitlines()[:3]
    assert _run(tmp_path, "\n".join([*kept, fume])).stderr.startswith("impossible: ")


FAULTS = {
    "a modulus nobody knows": (MATERIALS, TARGETS.replace("KH =", "KX ="), "moduli.KX"),
    "a window upside down": (MATERIALS, TARGETS.replace("0.89, 0.91", "0.91, 0.89"), "moduli.KH"),
    "text for a number": (MATERIALS, TARGETS.replace("MgO = 5.0", 'MgO = "x"'), "clinker.max.MgO"),
    "a section nobody knows": (MATERIALS, TARGETS + "\n[kiln]\na = 1\n", "[kiln] is not known"),
    "broken TOML": (MATERIALS, "[moduli\nKH = 1", "at line 1"),
    "half a coal": (
        MATERIALS, TARGETS.replace("coal_kj_per_kg", "absorption"), "coal_ash.coal_kj_per_kg"
    ),
    "an ash without alkali": (MATERIALS, TARGETS.replace(", K2O = 0 }", " }"), "coal ash has no K2O"),
    "a missing column": (MATERIALS.replace("Na2O", "soda"), TARGETS, "line 1, column Na2O"),
    "a blank analysis": (MATERIALS.replace("1.2,.5,1.3", "1.2,,1.3"), TARGETS, "line 4, column Na2O"),
    "an id twice": (MATERIALS.replace("sandstone", "limestone"), TARGETS, "line 3, column id"),
    "LOI of 120": (MATERIALS.replace("42.66", "120"), TARGETS, "line 2, column LOI"),
    "an analysis of 280 %": (
        MATERIALS.replace("1,88,4.5", "90,88,99"), TARGETS, "line 3, column LOI: oxides and LOI add up to 281.5"
    ),
    "KH of free lime": (MATERIALS, TARGETS.replace("0.89, 0.91", "5, 6"), "moduli.KH: KH above 1 is"),
    "LSF of free lime": (MATERIALS, TARGETS.replace("KH = [0.89, 0.91]", "LSF = [101, 102]"), "LSF above"),
    "KH without alite": (MATERIALS, TARGETS.replace("0.89, 0.91", "0.5, 0.6"), "moduli.KH: KH up to 0.667"),
    "IM without aluminate": (MATERIALS, TARGETS.replace("1.4, 1.7", "0.3, 0.5"), "moduli.IM: the formulas"),
    "a ban on nobody": (MATERIALS, TARGETS + '\n[materials]\nbanned = ["gold"]\n', "gold"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_one_line_and_status_2(tmp_path, name):
    materials, targets, place = FAULTS[name]
    result = _run(tmp_path, materials, targets)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert place in result.stderr
