"""Traces, chloride and sulphur held by hand; and clashes no member of which can be spared."""

import itertools
import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from matching.check import check
from matching.clinker import ash_absorbed, ratios_of
from matching.kiln import RawMixLine
from matching.problem import Problem
from matching.rawmix import (
    Basis,
    Cap,
    MixRow,
    RawMaterial,
    Target,
    Window,
    closure,
    raw_mix,
    rows_of,
)
from matching.solve import solve
from tests.matching.test_kilns import NATURAL, VALUE, _lot, _slot
from tests.matching.test_rawmix import ASH, MATERIALS, TARGET


def test_the_textbooks_target_clinker_has_the_moduli_it_is_made_for():
    # Shen Wei's worked example: KH 0.89, SM 2.1, IM 1.3 and C + S + A + F = 97.5 give F = 97.5 /
    # ((2.8 KH + 1)(IM + 1) SM + 2.65 IM + 1.35) = 97.5 / 21.662 = 4.501, A = 1.3 F = 5.851,
    # S = 2.1 (A + F) = 21.740, C = 97.5 - S - A - F = 65.408.
    kh, sm, im = 0.89, 2.1, 1.3
    iron = 97.5 / ((2.8 * kh + 1) * (im + 1) * sm + 2.65 * im + 1.35)
    alumina = im * iron
    silica = sm * (alumina + iron)
    clinker = {
        "Fe2O3": iron, "Al2O3": alumina, "SiO2": silica, "CaO": 97.5 - silica - alumina - iron,
    }  # fmt: skip
    assert clinker == pytest.approx(
        {"Fe2O3": 4.50, "Al2O3": 5.85, "SiO2": 21.74, "CaO": 65.41}, abs=5e-3
    )
    found = ratios_of(clinker)
    assert (found["KH"], found["SM"], found["IM"]) == pytest.approx((kh, sm, im), abs=1e-4)
    assert 100 * ash_absorbed(3350, 0.2856, 20930) == pytest.approx(4.57, abs=5e-3)


def _with(percent: dict[str, dict[str, float]], *materials: RawMaterial) -> list[RawMaterial]:
    """Add components to the analyses; whoever is not named has none of it."""
    names = {name for more in percent.values() for name in more}
    return [
        replace(row, analysis={**row.analysis, **dict.fromkeys(names, 0.0), **percent.get(row.id, {})})
        for row in materials
    ]  # fmt: skip


def test_traces_are_dosed_per_kilogram_of_clinker():
    # 0.2 % Zn in the red mud alone: 30 mg/kg of clinker = 0.003 % let in 0.003 / 0.2 = 0.015 kg.
    materials = _with({"red_mud_bayer": {"Zn": 0.2}}, *MATERIALS)
    ash = {**ASH, "Zn": 0.0}
    free = raw_mix(materials, replace(TARGET, ash=ash))
    assert free.kg_per_kg["red_mud_bayer"] > 0.04
    held = raw_mix(materials, replace(TARGET, ash=ash, caps=(*TARGET.caps, Cap("Zn", None, 0.003))))
    assert held.kg_per_kg["red_mud_bayer"] == pytest.approx(0.015)
    assert held.clinker["Zn"] == pytest.approx(0.003)


def test_weighed_sums_of_metals_are_one_cap():
    # Pb + 15 As <= 230 mg/kg: 0.01 % Pb and 0.002 % As weigh 0.04 %; 0.023 / 0.04 = 0.575 kg/kg
    # of limestone is less than any clinker needs; with a cap of 0.06 % it may be 1.5 and all is well.
    materials = _with({"limestone": {"Pb": 0.01, "As": 0.002}}, *MATERIALS)
    target = replace(TARGET, ash={**ASH, "Pb": 0.0, "As": 0.0})
    tight = raw_mix(materials, replace(target, caps=(Cap("Pb+15As", None, 0.023),)))
    assert not tight.possible
    assert "Pb+15As <= 0.023 %" in tight.conflict
    assert raw_mix(materials, replace(target, caps=(Cap("Pb+15As", None, 0.06),))).possible


def test_chloride_is_capped_in_the_meal_and_sulphur_in_the_clinker():
    # HJ 662: Cl <= 0.04 % of the meal. Carbide slag with 0.4 % may make a tenth of it: 0.04 / 0.4.
    materials = _with({"carbide_slag": {"Cl": 0.4, "SO3": 5.0}}, *MATERIALS)
    target = replace(TARGET, ash={**ASH, "Cl": 0.0, "SO3": 0.0})
    salty = raw_mix(
        materials, replace(target, caps=(*TARGET.caps, Cap("Cl", None, 0.04, Basis.RAW_MEAL)))
    )
    assert salty.shares["carbide_slag"] == pytest.approx(0.1)
    # SO3 <= 0.5 % of clinker: 0.5 / 5 = 0.1 kg per kg of clinker.
    sour = raw_mix(materials, replace(target, caps=(*TARGET.caps, Cap("SO3", None, 0.5))))
    assert sour.kg_per_kg["carbide_slag"] == pytest.approx(0.1)


def _holds(materials: Sequence[RawMaterial], target: Target, rows: Sequence[MixRow]) -> bool:
    """Ask another solver whether some mix keeps these rows."""
    whole = closure(materials, target)
    upper, most = [], []
    for row in rows:
        factors = np.array(row.factors)
        if np.isfinite(row.high):
            upper.append(factors)
            most.append(row.high - row.constant)
        if np.isfinite(row.low):
            upper.append(-factors)
            most.append(row.constant - row.low)
    found = linprog(
        np.zeros(len(materials)),
        np.array(upper) if upper else None,
        most or None,
        [whole.factors],
        [1 - whole.constant],
        method="highs",
    )
    return bool(found.status == 0)


def _drawn(seed: int) -> tuple[list[RawMaterial], Target]:
    dice = random.Random(seed)
    materials = dice.sample(MATERIALS, dice.randint(3, 6))
    ranges = {"KH": (0.8, 1.0), "SM": (1.8, 3.2), "IM": (0.9, 2.4), "LSF": (85, 100)}
    windows = tuple(
        Window(name, low := dice.uniform(*ends), low * dice.choice((1.0, 1.01, 1.1)))
        for name, ends in ranges.items()
        if dice.random() < 0.8
    )
    caps = (
        Cap("MgO", None, dice.uniform(0.5, 3)),
        Cap("Na2Oeq", None, dice.uniform(0.05, 0.6)),
        Cap("C3S", dice.uniform(40, 65), None),
    )
    ban = frozenset(row.id for row in materials if dice.random() < 0.2)
    chosen = tuple(cap for cap in caps if dice.random() < 0.6)
    return materials, replace(TARGET, windows=windows, caps=chosen, banned=ban)


@pytest.mark.parametrize("block", range(6))
def test_what_clashes_clashes_and_nothing_of_it_can_be_spared(block):
    """Every subset of every clash is tried; up to four members, every other set of rows too."""
    clashes = 0
    for seed in range(20 * block, 20 * block + 20):
        materials, target = _drawn(seed)
        mix = raw_mix(materials, target)
        rows = rows_of(materials, target)
        assert mix.possible == _holds(materials, target, rows), seed
        if mix.possible:
            continue
        clashes += 1
        named = [row for row in rows if row.name in mix.conflict]
        assert len(named) == len(mix.conflict), seed
        assert not _holds(materials, target, named), seed
        for fewer in itertools.combinations(named, len(named) - 1):
            assert _holds(materials, target, fewer), (seed, mix.conflict)
        for size in range(1, min(len(named), 4)):
            for some in itertools.combinations(rows, size):
                assert _holds(materials, target, some), (seed, [row.name for row in some])
    assert clashes >= 5


def test_chloride_sulphur_and_the_lime_standard_hold_in_a_plan_as_they_do_alone():
    materials = _with({"carbide_slag": {"Cl": 0.4, "SO3": 5.0}}, *MATERIALS)
    target = replace(
        TARGET,
        windows=(Window("LSF", 92.0, 92.5), *TARGET.windows[1:]),
        caps=(*TARGET.caps, Cap("Cl", None, 0.04, Basis.RAW_MEAL), Cap("SO3", None, 0.8)),
        ash={**ASH, "Cl": 0.0, "SO3": 0.0},
    )
    alone = raw_mix(materials, target)
    assert alone.shares["carbide_slag"] == pytest.approx(0.1)
    assert alone.ratios["LSF"] == pytest.approx(92.0)
    feeds = tuple(row for row in materials if row.id in NATURAL)
    wastes = [row for row in materials if row.id not in NATURAL]
    caps = tuple((row.id, row.max_share) for row in wastes if row.max_share)
    line = RawMixLine("kiln", (1000.0,), target, feeds, caps)
    lots = tuple(_lot(row.id, row) for row in wastes)
    problem = Problem(lots, (_slot(line, wastes),))
    result = solve(problem, VALUE)
    assert check(problem, VALUE, result) == ()
    (use,) = result.raw_mixes
    amounts = {f.supply_id: f.tonnes for f in result.flows} | dict(use.feeds)
    wanted = {name: 1000 * kg for name, kg in alone.kg_per_kg.items() if kg > 1e-8}
    assert amounts == pytest.approx(wanted, abs=1e-3)
    # Without the two caps as much goes in as its share allows, and the judge sees it.
    free = replace(line, target=replace(target, caps=TARGET.caps))
    loose = solve(Problem(lots, (_slot(free, wastes),)), VALUE)
    owners = {row.owner for row in check(problem, VALUE, loose)}
    assert {"kiln Cl", "kiln SO3"} <= owners
