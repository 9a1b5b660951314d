"""A lot is judged by its unfavourable bound; only failing the lowest grade puts it outside."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.listings.answers import Answers, Reading, from_json, to_json
from market.listings.quality import (
    LimitRow,
    Outcome,
    assess,
    ceiling,
    converted,
    oxide_sum,
    uses,
)
from market.listings.rules import Step


def row(name, operator, value, grades=(), process="concrete", bars=True, unit="%", high=None):
    return LimitRow(
        process, name, operator, value, high, unit, tuple(grades), bars, "GB/T 1596", "表 1"
    )


# GB/T 1596-2017 table 1: residue 12/30/45 %, water ratio 95/105/115 %, LOI 5/8/10 %
FLY_ASH = tuple(
    row(name, "<=", value, [grade])
    for name, values in {
        "residue_45um": (12, 30, 45),
        "water_requirement_ratio": (95, 105, 115),
        "LOI": (5, 8, 10),
    }.items()
    for grade, value in zip(("I", "II", "III"), values, strict=True)
)


def reading(name, low, high=None, unit="%"):
    return Reading(name, low, low if high is None else high, unit)


def lot(residue, water, loi):
    return [
        reading("residue_45um", residue),
        reading("water_requirement_ratio", water),
        reading("LOI", loi),
    ]


@pytest.mark.parametrize(
    ("values", "grade"),
    [
        ((12, 95, 5), "I"),
        ((12.1, 95, 5), "II"),
        ((18.6, 98, 4.2), "II"),
        ((18.6, 98, 9), "III"),
        ((46, 98, 4.2), ""),
    ],
)
def test_the_worst_property_decides_the_grade(values, grade):
    assert assess(FLY_ASH, lot(*values)).grade == grade


def test_the_upper_bound_counts_against_at_most():
    verdict = assess(FLY_ASH, [reading("LOI", 4.2, 5.1), *lot(10, 90, 4)[:2]])
    assert verdict.grade == "II"
    assert verdict.deciding == ("LOI",)


def test_the_lower_bound_counts_against_at_least():
    rows = [row("CaSO4.2H2O", ">=", v, [g]) for g, v in (("一级", 95), ("二级", 90), ("三级", 85))]
    check = assess(rows, [reading("CaSO4.2H2O", 88, 96)]).checks[0]
    assert (check.grade, check.better, check.gap) == ("三级", "二级", 2)
    assert check.margin == 3


def test_no_grade_while_a_deciding_property_is_missing():
    verdict = assess(FLY_ASH, lot(10, 90, 4)[:2])
    assert verdict.grade == ""
    assert verdict.missing == ("LOI",)


def test_a_limit_that_does_not_bar_only_warns():
    rows = [row("ammonium_NH4", "<=", 210, unit="mg/kg", bars=False)]
    check = assess(rows, [reading("ammonium_NH4", 236, unit="mg/kg")]).checks[0]
    assert check.outcome is Outcome.WARN
    assert check.margin == -26


def test_the_stricter_variant_is_shown():
    rows = [row("f-CaO", "<=", 1.0), row("f-CaO", "<=", 4.0)]
    assert assess(rows, []).checks[0].limit == 1.0


def test_a_limit_on_the_best_grade_alone_costs_that_grade_and_no_more():
    """JC/T 2074-2011: chloride is limited for the first grade only."""
    rows = [row("CaSO4.2H2O", ">=", v, [g]) for g, v in (("一级", 95), ("二级", 90), ("三级", 85))]
    rows.append(row("Cl", "<=", 100, ["一级"], unit="mg/kg"))
    pure = reading("CaSO4.2H2O", 96)
    salty = assess(rows, [pure, reading("Cl", 620, unit="mg/kg")])
    assert (salty.grade, salty.deciding) == ("二级", ("Cl",))
    chloride = salty.checks[-1]
    assert (chloride.outcome, chloride.margin, chloride.better, chloride.gap) == (
        Outcome.WITHIN, None, "一级", 520,
    )  # fmt: skip
    assert assess(rows, [pure, reading("Cl", 80, unit="mg/kg")]).grade == "一级"
    assert assess(rows, [pure]).missing == ("Cl",)


@pytest.mark.parametrize(("operator", "outcome"), [("<", Outcome.OUTSIDE), ("<=", Outcome.WITHIN)])
def test_a_strict_limit_is_missed_by_its_own_value(operator, outcome):
    check = assess([row("SO3", operator, 1.0)], [reading("SO3", 1.0)]).checks[0]
    assert (check.outcome, check.margin) == (outcome, 0)


def test_between_counts_the_nearer_end():
    check = assess([row("pH", "between", 5, unit="-", high=9)], [reading("pH", 6.4, 8.5, "-")])
    assert check.checks[0].margin == 0.5


def test_chloride_is_converted_between_per_cent_and_mg_per_kg():
    rows = [row("Cl", "<=", 100, unit="mg/kg")]
    check = assess(rows, [reading("Cl", 0.02)]).checks[0]
    assert check.high == 200
    assert check.outcome is Outcome.OUTSIDE
    assert converted(1, "mm", "%") is None


def test_a_property_without_limit_is_kept_and_passes_nothing():
    verdict = assess(FLY_ASH, [reading("TiO2", 1.2), reading("LOI", 4)])
    assert [c.name for c in verdict.checks][-1] == "TiO2"
    assert verdict.checks[-1].outcome is Outcome.UNLIMITED
    assert [verdict.count(o) for o in ("within", "unlimited", "unknown")] == [1, 1, 2]


def test_at_the_limit_there_is_no_negative_zero():
    check = assess([row("Fe2O3", ">=", 40)], [reading("Fe2O3", 40.0)]).checks[0]
    assert (check.outcome, str(check.margin)) == (Outcome.WITHIN, "0.0")


def test_each_use_is_judged_apart():
    rows = [*FLY_ASH, row("LOI", "<=", 4, process="raw_meal", bars=False)]
    found = {use.process_id: use for use in uses(rows, lot(10, 90, 4.5))}
    assert found["concrete"].outcome is Outcome.WITHIN
    assert found["raw_meal"].outcome is Outcome.WARN
    assert found["raw_meal"].first.name == "LOI"
    assert {use.outcome for use in uses(rows, [])} == {Outcome.UNKNOWN}


def test_oxides_add_up_by_their_lower_bounds():
    assert (
        oxide_sum([reading("SiO2", 60), reading("Al2O3", 30, 45), reading("residue_45um", 90)])
        == 90
    )


def test_ceilings():
    assert ceiling("SiO2", "%") == 100
    assert ceiling("water_requirement_ratio", "%") == 300
    assert ceiling("leachate_pH", "-") == 14


@settings(deadline=None)
@given(st.floats(0, 60), st.floats(60, 130), st.floats(0, 15), st.floats(0, 5))
def test_a_better_lot_is_never_graded_worse(residue, water, loi, less):
    order = ["I", "II", "III", ""]
    before = assess(FLY_ASH, lot(residue, water, loi)).grade
    after = assess(FLY_ASH, lot(max(0, residue - less), water - less, max(0, loi - less))).grade
    assert order.index(after) <= order.index(before)


def test_answers_survive_json():
    answers = Answers(
        material_id="fly_ash",
        mass_kg_per_year=1,
        sampled_on=__import__("datetime").date(2026, 11, 8),
        readings=(reading("LOI", 3.9, 4.2),),
        done=frozenset({Step.WHAT, Step.QUALITY}),
    )
    assert from_json(to_json(answers)) == answers
    assert answers.next_step() is Step.AMOUNT
