"""Refusals: the reason, the rule, the figures, and the change that would lift them."""

from dataclasses import replace
from datetime import date

import pytest

from matching.compatibility import judge
from matching.explain import PairView, explain_pair
from matching.grades import split_grade
from matching.problem import (
    Acceptance,
    Allowed,
    BorderRule,
    Bound,
    Licence,
    Limit,
    Material,
    Operator,
    Origin,
    Parameters,
    Problem,
    Rule,
    Scope,
    Severity,
)
from matching.result import Finding, Lift, LiftKind, Reason, Verdict
from tests.matching.build import slot, supply

T1 = Rule("GB/T 1596-2017", "T1")
LOI = Limit("LOI", Operator.AT_MOST, 8.0, rule=T1)
TODAY = Parameters(on=date(2026, 11, 22))


def _judge(
    *limits: Limit,
    assay: tuple[Bound, ...] = (),
    usual: tuple[Bound, ...] = (),
    parameters: Parameters = TODAY,
    **more,
) -> Verdict:
    acceptance = Acceptance("fly_ash", limits=limits, variants=more.pop("variants", frozenset()))
    giver = supply("a", 5, assay=assay, **more)
    taker = slot("k", 5, accepts=(acceptance,))
    problem = Problem((giver,), (taker,), materials=(Material("fly_ash", usual),))
    return judge(problem, parameters, giver, taker)


def test_an_assay_is_judged_on_its_unfavourable_bound():
    verdict = _judge(LOI, assay=(Bound("LOI", 6.0, 9.5),))
    assert verdict.findings == (
        Finding(
            Reason.LIMIT_EXCEEDED,
            Severity.BLOCK,
            name="LOI",
            value=9.5,
            limit=8.0,
            operator="<=",
            unit="%",
            margin=-1.5,
            origin=Origin.ASSAY,
            rule=T1,
            lift=Lift(LiftKind.IMPROVE, "LOI", 9.5, 8.0, "%"),
        ),
    )
    assert not verdict.passes
    assert verdict.near_miss == verdict.findings[0]


def test_a_limit_that_holds_is_a_margin():
    verdict = _judge(LOI, assay=(Bound("LOI", 6.0, 7.5),))
    assert verdict.passes
    assert verdict.findings == ()
    assert [(m.reason, m.margin) for m in verdict.margins] == [(Reason.WITHIN_LIMIT, 0.5)]


@pytest.mark.parametrize(
    ("operator", "value", "passes"),
    [
        (Operator.AT_MOST, 8.0, True),
        (Operator.BELOW, 8.0, False),
        (Operator.AT_LEAST, 8.0, True),
        (Operator.ABOVE, 8.0, False),
    ],
)
def test_strict_limits_are_strict(operator, value, passes):
    limit = Limit("LOI", operator, 8.0)
    assert _judge(limit, assay=(Bound("LOI", value, value),)).passes is passes


def test_a_window_is_judged_at_both_ends():
    ph = Limit("pH", Operator.BETWEEN, 5.0, "-", value_high=9.0)
    assert _judge(ph, assay=(Bound("pH", 6.0, 8.0, "-"),)).passes
    verdict = _judge(ph, assay=(Bound("pH", 6.0, 9.6, "-"),))
    assert verdict.findings[0].lift == Lift(LiftKind.IMPROVE, "pH", 9.6, 9.0, "-")
    assert verdict.findings[0].margin == pytest.approx(-0.6)


def test_without_an_assay_the_usual_range_only_cautions():
    verdict = _judge(LOI, usual=(Bound("LOI", 2.0, 12.0),))
    assert verdict.passes
    finding = verdict.findings[0]
    assert (finding.reason, finding.severity, finding.origin) == (
        Reason.LIMIT_UNPROVEN,
        Severity.WARN,
        Origin.CATALOGUE,
    )
    assert finding.lift == Lift(LiftKind.ASSAY, "LOI", 12.0, 8.0, "%")


def test_where_an_assay_is_required_the_unproven_is_refused():
    strict = Parameters(require_assay=True)
    assert not _judge(LOI, usual=(Bound("LOI", 2.0, 12.0),), parameters=strict).passes
    assert not _judge(LOI, parameters=strict).passes
    assert _judge(LOI, usual=(Bound("LOI", 2.0, 7.0),), parameters=strict).passes


def test_a_usual_range_that_cannot_hold_refuses():
    verdict = _judge(LOI, usual=(Bound("LOI", 9.0, 12.0),))
    assert [f.reason for f in verdict.findings] == [Reason.LIMIT_EXCEEDED]
    assert not verdict.passes


def test_nothing_known_is_said():
    verdict = _judge(LOI)
    assert verdict.passes
    assert [f.reason for f in verdict.findings] == [Reason.VALUE_UNKNOWN]


def test_an_expired_report_no_longer_counts():
    old = Bound("LOI", 3.0, 3.0, expires_on=date(2026, 11, 21))
    verdict = _judge(LOI, assay=(old,))
    assert [f.reason for f in verdict.findings] == [Reason.ASSAY_EXPIRED]
    assert verdict.findings[0].lift == Lift(LiftKind.RENEW_ASSAY, "LOI", None, 8.0, "%")
    last_day = Bound("LOI", 3.0, 3.0, expires_on=date(2026, 11, 22))
    assert _judge(LOI, assay=(last_day,)).findings == ()


def test_after_its_last_day_the_usual_range_takes_the_reports_place():
    old = Bound("LOI", 3.0, 3.0, expires_on=date(2026, 11, 21))
    verdict = _judge(LOI, assay=(old,), usual=(Bound("LOI", 2.0, 12.0),))
    assert [(f.reason, f.severity, f.value, f.origin) for f in verdict.findings] == [
        (Reason.ASSAY_EXPIRED, Severity.WARN, 12.0, Origin.CATALOGUE)
    ]
    assert verdict.findings[0].lift == Lift(LiftKind.RENEW_ASSAY, "LOI", 12.0, 8.0, "%")
    # No lot of this kind is usually below 9 %: as without any report, it is refused till tested.
    verdict = _judge(LOI, assay=(old,), usual=(Bound("LOI", 9.0, 12.0),))
    assert not verdict.passes
    assert verdict.findings[0].reason is Reason.LIMIT_EXCEEDED
    assert verdict.findings[0].lift == Lift(LiftKind.RENEW_ASSAY, "LOI", 12.0, 8.0, "%")


PURE = Limit("C3A", Operator.AT_MOST, 5.0, scope=Scope.PRODUCT, variant="road cement", rule=T1)
RECOVERY = Limit("Li_recovery", Operator.AT_LEAST, 90.0, scope=Scope.PLANT, rule=T1)


def _at(*figures: Bound, limits: tuple[Limit, ...] = (RECOVERY,), **more) -> PairView:
    giver = supply("a", 5, assay=(Bound("Cl", 0.05, 0.06),))
    taker = slot("k", 5, accepts=(Acceptance("fly_ash", limits=limits),), figures=figures, **more)
    return explain_pair(Problem((giver,), (taker,)), TODAY, "a", "k")


def test_limits_of_the_plant_are_held_against_the_receivers_own_figures():
    verdict = _at(Bound("Li_recovery", 85.0, 92.0)).verdict
    assert [(f.reason, f.scope, f.margin) for f in verdict.findings] == [
        (Reason.LIMIT_EXCEEDED, Scope.PLANT, -5.0)
    ]
    assert not verdict.passes
    good = _at(Bound("Li_recovery", 91.0, 92.0))
    assert good.verdict.passes
    assert [(m.scope, m.margin) for m in good.verdict.margins] == [(Scope.PLANT, 1.0)]
    assert good.conditions == ()


def test_what_nobody_can_show_yet_is_a_condition_and_no_refusal():
    pair = _at(limits=(RECOVERY, PURE))
    assert pair.verdict == Verdict()
    assert [(c.name, c.scope, c.limit, c.note, c.severity) for c in pair.conditions] == [
        ("Li_recovery", Scope.PLANT, 90.0, "", Severity.INFO),
        ("C3A", Scope.PRODUCT, 5.0, "road cement", Severity.INFO),
    ]


def test_a_lot_above_the_limit_of_a_mix_is_told_so_and_goes_into_it():
    chloride = Limit("Cl", Operator.AT_MOST, 0.04, scope=Scope.MIX)
    pair = _at(limits=(chloride,))
    assert pair.verdict.passes
    (condition,) = pair.conditions
    assert (condition.reason, condition.scope) == (Reason.LIMIT_EXCEEDED, Scope.MIX)
    assert condition.margin == pytest.approx(-0.02)
    assert _at(limits=(replace(chloride, value=0.07),)).conditions == ()
    # Where the plan itself holds the mix to it, nothing is left to say.
    assert _at(limits=(chloride,), blend=(chloride,)).conditions == ()


def test_a_stream_that_must_be_identified_is_a_caution():
    rule = Rule("名录", "S3")
    verdict = _verdict(supply("a", 5, identified=False), slot("k", 5), identify_rule=rule)
    assert verdict.passes
    assert [(f.reason, f.rule, f.lift) for f in verdict.findings] == [
        (Reason.NOT_IDENTIFIED, rule, Lift(LiftKind.IDENTIFY, "fly_ash"))
    ]


def test_warnings_and_other_scopes_do_not_block():
    soft = Limit("MgO", Operator.AT_MOST, 3.0, severity=Severity.WARN)
    product = Limit("MgO", Operator.AT_MOST, 1.0, scope=Scope.PRODUCT)
    verdict = _judge(soft, product, assay=(Bound("MgO", 5.0, 5.0),))
    assert verdict.passes
    assert [(f.reason, f.limit) for f in verdict.findings] == [(Reason.LIMIT_EXCEEDED, 3.0)]


def test_percent_and_mg_per_kg_are_the_same_quantity():
    chloride = Limit("Cl", Operator.AT_MOST, 100.0, "mg/kg")
    assert _judge(chloride, assay=(Bound("Cl", 0.009, 0.0099),)).passes
    verdict = _judge(chloride, assay=(Bound("Cl", 0.02, 0.02),))
    assert verdict.findings[0].value == pytest.approx(200.0)


def test_units_that_cannot_be_compared_are_named():
    limit = Limit("Cl", Operator.AT_MOST, 1.0, "mg/L")
    assert [f.reason for f in _judge(limit, assay=(Bound("Cl", 1, 1),)).findings] == [
        Reason.UNIT_MISMATCH
    ]


def test_sums_of_oxides_add_their_unfavourable_ends():
    total = Limit("SiO2+Al2O3+Fe2O3", Operator.AT_LEAST, 70.0)
    assay = (Bound("SiO2", 45, 50), Bound("Al2O3", 20, 25), Bound("Fe2O3", 4, 6))
    verdict = _judge(total, assay=assay)
    assert verdict.findings[0].value == 69
    assert verdict.findings[0].margin == -1


def test_weighted_sums_of_metals():
    metals = Limit("Pb+15As", Operator.AT_MOST, 230.0, "mg/kg")
    assay = (Bound("Pb", 50, 80, "mg/kg"), Bound("As", 5, 10, "mg/kg"))
    assert _judge(metals, assay=assay).margins[0].value == 80 + 150


def test_a_sum_of_one_measured_and_one_usual_part_is_unproven():
    total = Limit("Na2O+K2O", Operator.AT_MOST, 2.0)
    verdict = _judge(
        total, assay=(Bound("Na2O", 0.5, 0.5),), usual=(Bound("Na2O", 3, 4), Bound("K2O", 0.5, 3))
    )
    assert [(f.reason, f.value) for f in verdict.findings] == [(Reason.LIMIT_UNPROVEN, 3.5)]


def test_moisture_comes_from_the_supply_when_no_report_names_it():
    dry = Limit("moisture", Operator.AT_MOST, 1.0)
    assert _judge(dry, moisture_share=0.005).passes
    assert not _judge(dry, moisture_share=0.2).passes


GRADES = tuple(
    Limit("LOI", Operator.AT_MOST, value, grades=(grade,), rule=T1)
    for grade, value in (("I", 5.0), ("II", 8.0), ("III", 10.0))
)


def test_a_grade_is_what_the_lot_is_shown_to_attain():
    fine = Limit("residue", Operator.AT_MOST, 12.0, grades=("I",))
    coarse = Limit("residue", Operator.AT_MOST, 30.0, grades=("II", "III"))
    report = (Bound("LOI", 4.0, 4.0),)
    # By its LOI it could be I, but nobody has sieved it: the least is asked, and still open.
    unsieved = _judge(*GRADES, fine, coarse, assay=report)
    assert (unsieved.passes, unsieved.grade) == (True, "")
    assert [(f.reason, f.limit) for f in unsieved.findings] == [(Reason.VALUE_UNKNOWN, 30.0)]
    sieved = _judge(*GRADES, fine, coarse, assay=(*report, Bound("residue", 20, 20)))
    assert sieved.grade == "II"
    # What the product is graded by says nothing of the lot.
    product = Limit("activity", Operator.AT_LEAST, 95.0, scope=Scope.PRODUCT, grades=("S95",))
    assert _judge(product, assay=report).grade == ""


@pytest.mark.parametrize(("loi", "grade"), [(4.0, "I"), (6.0, "II"), (10.0, "III")])
def test_grades_classify(loi, grade):
    verdict = _judge(*GRADES, assay=(Bound("LOI", loi, loi),))
    assert verdict.passes
    assert verdict.grade == grade


def test_only_failing_the_lowest_grade_refuses():
    verdict = _judge(*GRADES, assay=(Bound("LOI", 12.0, 12.0),))
    assert not verdict.passes
    assert verdict.grade == ""
    assert [(f.limit, f.margin) for f in verdict.findings] == [(10.0, -2.0)]


def test_a_limit_of_every_grade_refuses_alone():
    everywhere = Limit("SO3", Operator.AT_MOST, 3.0, grades=("I", "II", "III"))
    verdict = _judge(*GRADES, everywhere, assay=(Bound("LOI", 4, 4), Bound("SO3", 3.5, 3.5)))
    assert not verdict.passes
    assert verdict.near_miss is not None
    assert verdict.near_miss.name == "SO3"


def test_variants_apply_only_to_their_own():
    class_c = Limit("f-CaO", Operator.AT_MOST, 4.0, variant="class C")
    lime = (Bound("f-CaO", 6.0, 6.0),)
    assert _judge(class_c, assay=lime).passes
    assert not _judge(class_c, assay=lime, tags=frozenset({"class C"})).passes
    assert not _judge(class_c, assay=lime, variants=frozenset({"class C"})).passes


@pytest.mark.parametrize(
    ("text", "grades", "variant"),
    [
        ("I/II/III class F", ("I", "II", "III"), "class F"),
        ("S95", ("S95",), ""),
        ("一级", ("一级",), ""),
        ("all", (), ""),
        ("", (), ""),
        ("ferrous corrective", (), "ferrous corrective"),
    ],
)
def test_catalogue_grades_are_split(text, grades, variant):
    assert split_grade(text) == (grades, variant)


def _verdict(giver, taker, **more) -> Verdict:
    return judge(Problem((giver,), (taker,), **more), TODAY, giver, taker)


def test_prohibited_and_unknown_uses_name_the_rule():
    rule = Rule("GB 175-2023", "T2")
    banned = slot("k", 5, accepts=(Acceptance("fly_ash", Allowed.NO, "CFB ash", rule),))
    verdict = _verdict(supply("a", 5), banned)
    assert [(f.reason, f.rule, f.note) for f in verdict.findings] == [
        (Reason.PROHIBITED, rule, "CFB ash")
    ]
    assert verdict.near_miss is None
    foreign = _verdict(supply("a", 5, material_id="red_mud"), banned)
    assert [f.reason for f in foreign.findings] == [Reason.NOT_ACCEPTED]


def test_a_condition_cautions_with_its_note():
    use = Acceptance("fly_ash", Allowed.CONDITIONAL, "washing first")
    verdict = _verdict(supply("a", 5), slot("k", 5, accepts=(use,)))
    assert verdict.passes
    assert [(f.reason, f.note) for f in verdict.findings] == [(Reason.CONDITIONAL, "washing first")]


HAZARDOUS = supply("a", 5, hazard_codes=frozenset({"321-024-48"}))


@pytest.mark.parametrize(
    ("licences", "reason"),
    [
        ((), Reason.CODE_NOT_LICENSED),
        ((Licence(frozenset({"HW31"})),), Reason.CODE_NOT_LICENSED),
        ((Licence(frozenset({"HW48"}), date(2026, 11, 21)),), Reason.LICENCE_EXPIRED),
        ((Licence(frozenset({"HW48"}), date(2026, 11, 22)),), None),
        ((Licence(frozenset({"321-024-48"})),), None),
    ],
)
def test_hazardous_codes_need_a_licence_in_force(licences, reason):
    rule = Rule("危险废物经营许可证管理办法")
    verdict = _verdict(HAZARDOUS, slot("k", 5, licences=licences), licence_rule=rule)
    assert verdict.passes is (reason is None)
    assert [f.reason for f in verdict.findings] == ([reason] if reason else [])


def test_a_match_blocked_only_by_an_expired_licence_is_a_near_miss():
    old = Licence(frozenset({"HW48"}), date(2026, 1, 1))
    verdict = _verdict(HAZARDOUS, slot("k", 5, licences=(old,)))
    assert verdict.near_miss is not None
    assert verdict.near_miss.lift == Lift(LiftKind.RENEW_LICENCE, "321-024-48")


def test_provincial_borders_follow_their_rules():
    rules = (
        BorderRule(hazardous=False, severity=Severity.WARN, rule=Rule("生态环境法典", "476")),
        BorderRule(hazardous=True, severity=Severity.BLOCK, rule=Rule("生态环境法典", "536")),
    )
    across = slot("k", 5, province="Shanxi")
    usual = _verdict(supply("a", 5, province="Henan"), across, border_rules=rules)
    assert usual.passes
    assert [f.reason for f in usual.findings] == [Reason.PROVINCE_BORDER]
    home = _verdict(supply("a", 5, province="Shanxi"), across, border_rules=rules)
    assert home.findings == ()
