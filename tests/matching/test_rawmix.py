"""Published and computed mixes, and what makes one impossible."""

from dataclasses import replace

import pytest

from matching.clinker import (
    ash_absorbed,
    lsf_with_magnesia,
    phases_of,
    ratio_of,
    ratios_of,
)
from matching.problem import ProblemError
from matching.rawmix import Basis, Cap, RawMaterial, Target, Window, raw_mix

ASH = {"SiO2": 53.52, "Al2O3": 35.34, "Fe2O3": 4.46, "CaO": 4.79, "MgO": 1.19, "Na2O": 0, "K2O": 0}


def _material(row_id, cao, sio2, al2o3, fe2o3, mgo, na2o, k2o, loi, carbonate, price, most=None):
    analysis = {
        "CaO": cao, "SiO2": sio2, "Al2O3": al2o3, "Fe2O3": fe2o3, "MgO": mgo,
        "Na2O": na2o, "K2O": k2o,
    }  # fmt: skip
    return RawMaterial(row_id, analysis, loi, price, carbonate, max_share=most)


MATERIALS = (
    _material("limestone", 53.13, 2.42, 0.31, 0.19, 0.57, 0, 0, 42.66, 1, 40),
    _material("sandstone", 1, 88, 4.5, 2, 0.5, 0, 0, 2, 0.5, 40),
    _material("fly_ash", 2.8, 50.6, 27.1, 7.1, 1.2, 0.5, 1.3, 8.2, 0, 10, 0.10),
    _material("steel_slag", 44, 14, 3.5, 23, 7.5, 0, 0, 1.5, 0.03, 20, 0.05),
    _material("carbide_slag", 66, 4, 2, 0.6, 0.5, 0, 0, 24.5, 0.07, 30, 0.15),
    _material("red_mud_bayer", 18, 19, 23, 11, 0.8, 7, 1.2, 12, 0.25, -20, 0.03),
    _material("iron_powder", 3.53, 34.42, 11.53, 48.27, 0.09, 0, 0, 0, 0, 200, 0.05),
)
TARGET = Target(
    windows=(Window("KH", 0.89, 0.91), Window("SM", 2.4, 2.6), Window("IM", 1.4, 1.7)),
    caps=(Cap("MgO", None, 5.0), Cap("Na2Oeq", None, 0.6)),
    ash_share=ash_absorbed(3100, 0.25, 23000),
    ash=ASH,
    magnesia_co2=False,
)
WASTES = frozenset({"carbide_slag", "red_mud_bayer", "steel_slag"})


def test_bogue_phases_of_a_published_analysis():
    # understanding-cement.com, "Bogue calculation": free lime 1.0 % is taken off the CaO first.
    oxides = {"SiO2": 21.5, "Al2O3": 5.2, "Fe2O3": 2.8, "CaO": 66.6}
    phases = phases_of(oxides, free_lime=1.0)
    expected = {"C3S": 64.67, "C2S": 12.87, "C3A": 9.04, "C4AF": 8.52}
    assert phases == pytest.approx(expected, abs=0.006)


def test_magnesia_counts_as_lime_up_to_two_percent():
    clinker = {"CaO": 64.0, "SiO2": 22.0, "Al2O3": 5.0, "Fe2O3": 3.0}
    under = 2.8 * 22 + 1.18 * 5 + 0.65 * 3
    for magnesia, lime in ((0.0, 64.0), (1.0, 64.75), (2.0, 65.5), (4.0, 65.5)):
        found = lsf_with_magnesia({**clinker, "MgO": magnesia})
        assert found == pytest.approx(100 * lime / under)


def test_moduli_of_a_published_raw_meal():
    # cementops.io raw-mix tool: LSF 96, SM 2.5, AM 1.5.
    meal = {"CaO": 42.63, "SiO2": 13.93, "Al2O3": 3.34, "Fe2O3": 2.23}
    ratios = ratios_of(meal)
    assert ratios["LSF"] == pytest.approx(96.02, abs=0.005)
    assert ratios["SM"] == pytest.approx(2.501, abs=0.0005)
    assert ratios["IM"] == pytest.approx(1.498, abs=0.0005)


TEXTBOOK = (
    _material("limestone", 53.13, 2.42, 0.31, 0.19, 0.57, 0, 0, 42.66, 1, 1),
    _material("clay", 1.41, 70.25, 14.72, 5.48, 0.92, 0, 0, 5.27, 0, 1),
    _material("iron", 3.53, 34.42, 11.53, 48.27, 0.09, 0, 0, 0, 0, 1),
)


def test_the_textbook_mix_of_three_materials():
    # Shen Wei, Cement Technology, worked example: KH 0.89 and SM 2.1 fix three materials; the
    # wanted IM 1.3 is then out of reach.
    ash_share = ash_absorbed(3350, 0.2856, 20930)
    assert ash_share == pytest.approx(0.04571, abs=5e-6)
    windows = (Window("KH", 0.89, 0.89), Window("SM", 2.1, 2.1))
    target = Target(windows=windows, ash_share=ash_share, ash=ASH, magnesia_co2=False)
    mix = raw_mix(TEXTBOOK, target)
    assert {k: 100 * v for k, v in mix.kg_per_kg.items()} == pytest.approx(
        {"limestone": 121.7503, "clay": 20.1940, "iron": 6.4873}, abs=1e-3
    )
    assert {k: 100 * v for k, v in mix.shares.items()} == pytest.approx(
        {"limestone": 82.024, "clay": 13.605, "iron": 4.371}, abs=1e-3
    )
    oxides = {"CaO": 65.419, "SiO2": 21.812, "Al2O3": 5.713, "Fe2O3": 4.673, "MgO": 0.940}
    assert {k: mix.clinker[k] for k in oxides} == pytest.approx(oxides, abs=1e-3)
    assert mix.ratios["IM"] == pytest.approx(1.2226, abs=1e-4)
    assert mix.ratios["LSF"] == pytest.approx(92.330, abs=1e-3)
    # 0.94 % MgO counts at three quarters: (65.419 + 0.705) / 65.419 of 92.330.
    assert lsf_with_magnesia(mix.clinker) == pytest.approx(93.325, abs=1e-3)
    # Nothing but the limestone gives off CO2: 1.217503 kg of 53.13 % CaO; of clay and iron none.
    limestone = 1.217503 * 0.5313 * 0.7848
    assert limestone == pytest.approx(0.5077, abs=5e-5)
    assert mix.process_co2_t_per_t == pytest.approx(limestone, abs=1e-5)
    # With its 0.57 % MgO it is 0.515.
    whole = raw_mix(TEXTBOOK, replace(target, magnesia_co2=True))
    assert whole.process_co2_t_per_t == pytest.approx(0.515, abs=5e-4)
    assert mix.phases == pytest.approx(
        {"C3S": 55.43, "C2S": 20.73, "C3A": 7.24, "C4AF": 14.22}, abs=0.006
    )


def test_the_modulus_three_materials_cannot_reach_is_named():
    windows = (Window("KH", 0.89, 0.89), Window("SM", 2.1, 2.1), Window("IM", 1.3, 1.3))
    ash_share = ash_absorbed(3350, 0.2856, 20930)
    mix = raw_mix(TEXTBOOK, Target(windows=windows, ash_share=ash_share, ash=ASH))
    assert not mix.possible
    assert "IM >= 1.3" in mix.conflict
    assert len(mix.conflict) == 3


@pytest.mark.parametrize(
    ("banned", "cost", "raw", "co2", "co2_with_magnesia", "shares"),
    [
        (
            WASTES, 62.9723, 1.50279, 0.51293, 0.52089,
            {"limestone": 81.788, "sandstone": 7.480, "fly_ash": 8.036, "iron_powder": 2.697},
        ),
        (
            frozenset(), 48.1722, 1.40753, 0.37658, 0.38275,
            {
                "limestone": 62.396, "sandstone": 9.233, "fly_ash": 5.299, "steel_slag": 5.000,
                "carbide_slag": 15.000, "red_mud_bayer": 3.000, "iron_powder": 0.072,
            },
        ),
    ],
    ids=["natural and fly ash", "all wastes"],
)  # fmt: skip
def test_least_cost_mixes(banned, cost, raw, co2, co2_with_magnesia, shares):
    target = replace(TARGET, banned=banned)
    mix = raw_mix(MATERIALS, target)
    assert mix.cost_yuan_per_t == pytest.approx(cost, abs=1e-2)
    assert sum(mix.kg_per_kg.values()) == pytest.approx(raw, abs=1e-4)
    assert mix.process_co2_t_per_t == pytest.approx(co2, abs=1e-5)
    found = {name: 100 * share for name, share in mix.shares.items() if share > 1e-9}
    assert found == pytest.approx(shares, abs=1e-3)
    whole = raw_mix(MATERIALS, replace(target, magnesia_co2=True))
    assert whole.process_co2_t_per_t == pytest.approx(co2_with_magnesia, abs=1e-5)


def test_the_clinker_of_the_mix_with_all_wastes():
    mix = raw_mix(MATERIALS, TARGET)
    oxides = {"CaO": 64.956, "SiO2": 21.806, "Al2O3": 5.721, "Fe2O3": 3.365}
    assert {k: mix.clinker[k] for k in oxides} == pytest.approx(oxides, abs=1e-3)
    # MgO by hand, kg/kg clinker times %: limestone .87824 * .57, sandstone .12996 * .5, fly ash
    # .07458 * 1.2, steel slag .07038 * 7.5, carbide .21113 * .5, red mud .04223 * .8, ash
    # .033696 * 1.19 = .5006 + .0650 + .0895 + .5278 + .1056 + .0338 + .0401.
    assert mix.clinker["MgO"] == pytest.approx(1.3624, abs=2e-4)
    alkali = mix.clinker["Na2O"] + 0.658 * mix.clinker["K2O"]
    assert alkali == pytest.approx(0.430, abs=1e-3)


def test_a_carbon_price_is_paid_in_the_objective():
    mix = raw_mix(MATERIALS, replace(TARGET, carbon_yuan_per_t=75.0))
    assert mix.objective_yuan_per_t == pytest.approx(76.4160, abs=1e-2)
    assert mix.cost_yuan_per_t == pytest.approx(48.1722, abs=1e-2)


def test_without_an_iron_source_the_iron_modulus_is_named():
    banned = frozenset({"iron_powder", "steel_slag", "red_mud_bayer"})
    mix = raw_mix(MATERIALS, replace(TARGET, banned=banned))
    assert not mix.possible
    assert "IM <= 1.7" in mix.conflict
    assert mix.kg_per_kg == {}
    # The set is irreducible: without any one of its members the rest can be met.
    missing = tuple(m for m in MATERIALS if m.id not in banned)
    alone = raw_mix(missing, TARGET)
    assert "IM <= 1.7" in alone.conflict
    assert len(alone.conflict) <= 3


def test_binding_constraints_carry_what_they_cost():
    # A hair's shift of each stated value must move the cost by its worth.
    mix = raw_mix(MATERIALS, TARGET)
    worth = {row.name: row.worth for row in mix.binding}
    step = 1e-6
    shifted = replace(TARGET, windows=(Window("KH", 0.89 + step, 0.91), *TARGET.windows[1:]))
    rise = (raw_mix(MATERIALS, shifted).cost_yuan_per_t - mix.cost_yuan_per_t) / step
    assert worth["KH >= 0.89"] == pytest.approx(rise, rel=1e-3)
    wider = tuple(
        replace(m, max_share=0.15 + step) if m.id == "carbide_slag" else m for m in MATERIALS
    )
    rise = (raw_mix(wider, TARGET).cost_yuan_per_t - mix.cost_yuan_per_t) / step
    assert worth["share of carbide_slag <= 0.15"] == pytest.approx(rise, rel=1e-3)
    assert rise < 0


def test_caps_on_the_raw_meal_leave_the_ash_out():
    target = replace(TARGET, caps=(*TARGET.caps, Cap("Na2O+K2O", None, 0.2, Basis.RAW_MEAL)))
    mix = raw_mix(MATERIALS, target)
    alkali = sum(
        amount * (m.analysis["Na2O"] + m.analysis["K2O"])
        for m, amount in zip(MATERIALS, mix.kg_per_kg.values(), strict=True)
    )
    assert alkali / sum(mix.kg_per_kg.values()) == pytest.approx(0.2)
    assert mix.cost_yuan_per_t > raw_mix(MATERIALS, TARGET).cost_yuan_per_t


def test_wet_mass_is_what_is_bought():
    wet = tuple(replace(m, moisture_share=0.35) if m.id == "carbide_slag" else m for m in MATERIALS)
    mix = raw_mix(wet, TARGET)
    assert mix.wet_kg_per_kg["carbide_slag"] == pytest.approx(mix.kg_per_kg["carbide_slag"] / 0.65)


def test_a_missing_analysis_is_named_not_taken_as_zero():
    bare = RawMaterial("clay", {"CaO": 1, "SiO2": 70, "Al2O3": 15, "Fe2O3": 5}, 5, 30)
    with pytest.raises(ProblemError, match="clay has no MgO, which MgO needs"):
        raw_mix((*MATERIALS, bare), TARGET)
    raw_mix((*MATERIALS, bare), replace(TARGET, banned=frozenset({"clay"})))


def test_phase_minima_are_linear_targets_too():
    target = replace(TARGET, caps=(*TARGET.caps, Cap("C3S", 58.0, None)))
    mix = raw_mix(MATERIALS, target)
    assert mix.phases["C3S"] >= 58 - 1e-6
    assert ratio_of("KH", mix.clinker) <= 0.91 + 1e-9


@pytest.mark.parametrize(
    "change", [{"loss_on_ignition": 120.0}, {"carbonate_share": 2.0}, {"max_share": -0.1}]
)
def test_impossible_analyses_are_refused(change):
    with pytest.raises(ProblemError, match="limestone"):
        replace(MATERIALS[0], **change)


def test_unknown_moduli_are_refused():
    with pytest.raises(ProblemError, match="KHX is not a modulus"):
        raw_mix(MATERIALS, replace(TARGET, windows=(Window("KHX", 0.9, 1.0),)))
