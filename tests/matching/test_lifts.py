"""Every refusal's change, made to the problem, ends that refusal; a hair less does not."""

import math
import random
from dataclasses import replace
from datetime import date

import pytest

from matching.check import check
from matching.compatibility import judge
from matching.explain import explain_pair, rank_for_supply
from matching.problem import (
    Acceptance,
    BorderRule,
    Bound,
    Licence,
    Limit,
    Material,
    Operator,
    Parameters,
    Problem,
    Rule,
    Scope,
    Severity,
    Slot,
    Supply,
)
from matching.result import Finding, Lift, LiftKind, Reason, Remainder, Status
from matching.solve import solve
from tests.matching.build import KM_PER_DEGREE, slot, supply

ON = date(2026, 11, 22)
BORDERS = (
    BorderRule(hazardous=False, severity=Severity.WARN, rule=Rule("code", "476")),
    BorderRule(hazardous=True, severity=Severity.BLOCK, rule=Rule("code", "536")),
)
PROPERTIES = (("LOI", "%"), ("SO3", "%"), ("Cl", "mg/kg"), ("pH", "-"), ("Na2O+K2O", "%"))
HW48 = frozenset({"HW48"})
LICENCES = ((), (Licence(HW48, date(2026, 1, 1)),), (Licence(HW48, date(2027, 1, 1)),))
VALUES = {LiftKind.IMPROVE, LiftKind.ASSAY, LiftKind.RENEW_ASSAY}


def _limit(dice: random.Random, name: str, unit: str) -> Limit:
    operator = dice.choice(list(Operator))
    return Limit(
        name,
        operator,
        dice.uniform(2, 5),
        unit,
        value_high=dice.uniform(6, 9) if operator is Operator.BETWEEN else None,
        scope=dice.choice((Scope.MATERIAL, Scope.MATERIAL, Scope.PRODUCT, Scope.PLANT)),
        severity=dice.choice((Severity.BLOCK, Severity.BLOCK, Severity.WARN)),
        rule=Rule("standard", name),
    )


def _bounds(dice: random.Random) -> tuple[Bound, ...]:
    expiry = (None, date(2026, 1, 1), date(2027, 1, 1))
    some = [pair for pair in PROPERTIES if dice.random() < 0.7]
    found = []
    for name, unit in some:
        low = dice.uniform(0, 9)
        shown = dice.choice((unit, unit, unit, "mg/L"))
        found.append(Bound(name, low, low + dice.uniform(0, 3), shown, dice.choice(expiry)))
    return tuple(found)


def _pair(seed: int) -> tuple[Problem, Parameters]:
    dice = random.Random(seed)
    limits = tuple(_limit(dice, *pair) for pair in PROPERTIES if dice.random() < 0.8)
    giver = supply(
        "a",
        5,
        assay=_bounds(dice),
        hazard_codes=frozenset({"321-024-48"} if dice.random() < 0.5 else ()),
        province=dice.choice(("Henan", "Shanxi", "")),
        identified=dice.random() < 0.7,
    )
    taker = slot(
        "k",
        5,
        north=dice.choice((0.0, 3.0)),
        accepts=(Acceptance("fly_ash", limits=limits),),
        province="Henan",
        licences=dice.choice(LICENCES),
        figures=_bounds(dice),
        blend=(Limit("Fe2O3", Operator.AT_MOST, 5.0),) if dice.random() < 0.2 else (),
    )
    usual = tuple(
        Bound(name, low, low + dice.uniform(0, 6), unit)
        for name, unit in PROPERTIES
        if (low := dice.uniform(0, 8)) < 5
    )
    problem = Problem((giver,), (taker,), (Material("fly_ash", usual),), BORDERS)
    strict = dice.random() < 0.5
    return problem, Parameters(radius_km=200, on=ON, require_assay=strict)


def _within(finding: Finding, step: float = 0.0) -> float:
    """Return the lift's target, a hair inside where the limit is strict, `step` short of it."""
    assert finding.lift is not None
    target = finding.lift.target
    if target is None:
        return 1.0
    if finding.operator in {"<", ">"}:
        target = math.nextafter(target, -math.inf if finding.operator == "<" else math.inf)
    current = target if finding.lift.current is None else finding.lift.current
    return target + step * (current - target)


def _bettered(known: Bound, current: float | None, value: float) -> Bound:
    """Move the end that is named; the other one only where the range would turn over."""
    if known.high == current:
        return replace(known, low=min(known.low, value), high=value)
    assert known.low == current
    return replace(known, low=value, high=max(known.high, value))


def _breaks_both_ends(problem: Problem, finding: Finding) -> bool:
    rows = (*problem.supplies[0].assay, *problem.slots[0].figures)
    limits = problem.slots[0].accepts[0].limits
    return any(
        bound.name == limit.name == finding.name
        and limit.value_high is not None
        and bound.low < limit.value
        and bound.high > limit.value_high
        for bound in rows
        for limit in limits
    )


def _changed(
    problem: Problem, parameters: Parameters, finding: Finding, step: float = 0.0
) -> tuple[Problem, Parameters]:
    lift = finding.lift
    assert lift is not None
    giver: Supply = problem.supplies[0]
    taker: Slot = problem.slots[0]
    if lift.kind in VALUES:
        value = _within(finding, step)
        rows = taker.figures if finding.scope in {Scope.PRODUCT, Scope.PLANT} else giver.assay
        known = next((row for row in rows if row.name == lift.name), None)
        shown = Bound(lift.name, value, value, lift.unit)
        if lift.kind is LiftKind.IMPROVE and known is not None and known.unit == lift.unit:
            shown = _bettered(known, lift.current, value)
        if finding.scope in {Scope.PRODUCT, Scope.PLANT}:
            rest = tuple(row for row in taker.figures if row.name != lift.name)
            taker = replace(taker, figures=(*rest, shown))
        else:
            rest = tuple(row for row in giver.assay if row.name != lift.name)
            giver = replace(giver, assay=(*rest, shown))
    elif lift.kind in {LiftKind.OBTAIN_LICENCE, LiftKind.RENEW_LICENCE}:
        taker = replace(taker, licences=(*taker.licences, Licence(frozenset({lift.name}))))
    elif lift.kind in {LiftKind.OBTAIN_APPROVAL, LiftKind.INFORM_PROVINCES}:
        giver = replace(giver, cleared=giver.cleared | {lift.name})
    elif lift.kind is LiftKind.IDENTIFY:
        giver = replace(giver, identified=True)
    else:
        assert lift.kind is LiftKind.WIDEN_RADIUS
        assert lift.target is not None
        parameters = replace(parameters, radius_km=_within(finding, step))
    return replace(problem, supplies=(giver,), slots=(taker,)), parameters


def _findings(problem: Problem, parameters: Parameters) -> tuple[Finding, ...]:
    return explain_pair(problem, parameters, "a", "k").verdict.findings


def _same(finding: Finding) -> tuple[str, Scope, bool]:
    """Name what the remark is about: another limit of the property may speak up, not this one."""
    about = finding.name or finding.reason.value
    return about, finding.scope, finding.reason is Reason.OUT_OF_RADIUS


@pytest.mark.parametrize("block", range(20))
def test_the_named_change_ends_each_remark(block):
    for seed in range(50 * block, 50 * block + 50):
        problem, parameters = _pair(seed)
        for finding in _findings(problem, parameters):
            if finding.lift is None:
                assert _breaks_both_ends(problem, finding)
                continue
            after = _findings(*_changed(problem, parameters, finding))
            assert _same(finding) not in {_same(row) for row in after}, (seed, finding)


@pytest.mark.parametrize("block", range(20))
def test_a_hair_less_than_the_named_change_is_not_enough(block):
    for seed in range(50 * block, 50 * block + 50):
        problem, parameters = _pair(seed)
        for finding in _findings(problem, parameters):
            short = finding.margin is not None and finding.margin < 0
            if not short or finding.lift is None or finding.lift.target is None:
                continue
            after = _findings(*_changed(problem, parameters, finding, step=1e-6))
            assert _same(finding) in {_same(row) for row in after}, (seed, finding)


def test_a_near_miss_passes_once_its_change_is_made():
    seen: set[LiftKind] = set()
    for seed in range(2000):
        problem, parameters = _pair(seed)
        verdict = explain_pair(problem, parameters, "a", "k").verdict
        if verdict.near_miss is not None:
            assert not verdict.passes
            after, wider = _changed(problem, parameters, verdict.near_miss)
            assert explain_pair(after, wider, "a", "k").verdict.passes, seed
            assert verdict.near_miss.lift is not None
            seen.add(verdict.near_miss.lift.kind)
    cautions_only = {LiftKind.MEET_CONDITION, LiftKind.INFORM_PROVINCES, LiftKind.IDENTIFY}
    assert seen == set(LiftKind) - cautions_only


def test_a_range_wider_than_its_window_is_no_near_miss():
    window = Limit("Fe2O3", Operator.BETWEEN, 3.0, value_high=5.0)
    taker = slot("k", 5, accepts=(Acceptance("fly_ash", limits=(window,)),))

    def shown(low: float, high: float) -> Problem:
        lot = supply("a", 5, assay=(Bound("Fe2O3", low, high),))
        return Problem((lot,), (taker,))

    wide = explain_pair(shown(2.0, 6.5), Parameters(radius_km=200), "a", "k").verdict
    (finding,) = wide.findings
    assert (finding.reason, finding.lift, wide.near_miss) == (Reason.LIMIT_EXCEEDED, None, None)
    low = explain_pair(shown(2.0, 5.0), Parameters(radius_km=200), "a", "k").verdict
    assert low.near_miss is not None
    assert low.near_miss.lift == Lift(LiftKind.IMPROVE, "Fe2O3", 2.0, 3.0, "%")
    assert explain_pair(shown(3.0, 5.0), Parameters(radius_km=200), "a", "k").verdict.passes


def _graded(first: Limit, second: Limit, low: float, high: float) -> Problem:
    limits = (replace(first, grades=("I",)), replace(second, grades=("II",)))
    lot = supply("a", 5, assay=(Bound("SO3", low, high), Bound("LOI", 9, 9)))
    return Problem((lot,), (slot("k", 5, accepts=(Acceptance("fly_ash", limits=limits),)),))


def test_the_change_is_the_smallest_over_all_grades():
    # From 4.4 % it is nearer to grade I above 6.78 % than to grade II above 0.08267 or 8.267 %.
    first = Limit("SO3", Operator.ABOVE, 6.78)
    second = Limit("SO3", Operator.ABOVE, 0.08267, "share")
    for severity in Severity.BLOCK, Severity.WARN:
        problem = _graded(replace(first, severity=severity), second, 4.4, 4.6)
        verdict = explain_pair(problem, Parameters(), "a", "k").verdict
        assert verdict.near_miss is not None
        assert verdict.near_miss.lift == Lift(LiftKind.IMPROVE, "SO3", 4.4, 6.78, "%")
        for low, passes in (6.77, False), (6.79, True):
            after = _graded(replace(first, severity=severity), second, low, 6.9)
            assert explain_pair(after, Parameters(), "a", "k").verdict.passes is passes
    # Where grade II is the nearer one, or another property keeps grade I away, it stays grade II.
    for nearer in (
        (second, replace(second, value=0.05)),
        (Limit("LOI", Operator.AT_MOST, 1), second),
    ):
        problem = _graded(*nearer, 4.4, 4.6)
        near = explain_pair(problem, Parameters(), "a", "k").verdict.near_miss
        assert near is not None
        assert (near.limit, near.unit) == (nearer[1].value, "share")


def test_each_refusal_says_what_it_is_about():
    reasons: set[Reason] = set()
    for seed in range(2000):
        problem, parameters = _pair(seed)
        for row in judge(problem, parameters, problem.supplies[0], problem.slots[0]).findings:
            reasons.add(row.reason)
            assert row.name
            assert row.lift is not None or _breaks_both_ends(problem, row)
            measured = row.reason in {Reason.LIMIT_EXCEEDED, Reason.LIMIT_UNPROVEN}
            assert (row.margin is not None and row.margin <= 0) or not measured
            assert row.rule is not None or row.reason != Reason.LIMIT_EXCEEDED
    assert reasons == {
        Reason.LIMIT_EXCEEDED,
        Reason.LIMIT_UNPROVEN,
        Reason.VALUE_UNKNOWN,
        Reason.ASSAY_EXPIRED,
        Reason.UNIT_MISMATCH,
        Reason.CODE_NOT_LICENSED,
        Reason.LICENCE_EXPIRED,
        Reason.NOT_IDENTIFIED,
        Reason.PROVINCE_BORDER,
    }


def test_a_plan_held_up_by_an_expired_licence_alone_runs_once_it_is_renewed():
    # The works lets in 7 t under a licence that ended yesterday: 0 t today. Renewed for one day
    # more, 7 of the 10 t go, 1 degree far: 7 t * 111.195 km = 778.4 tonne-km; 3 t are left over.
    ended = Licence(HW48, date(2026, 11, 21), 7.0)
    dross = supply("dross", 10, hazard_codes=frozenset({"321-024-48"}))
    works = slot("works", 20, north=1, licences=(ended,))
    problem = Problem((dross,), (works,), licence_rule=Rule("code", "H1"))
    today = Parameters(radius_km=200, on=ON)
    stopped = solve(problem, today)
    assert (stopped.status, stopped.tonnes, stopped.refused_pairs) == (Status.NOTHING, 0, 1)
    assert [(row.reason, row.tonnes) for row in stopped.unmatched] == [(Remainder.ALL_REFUSED, 10)]
    (view,) = rank_for_supply(problem, today, "dross")
    assert view.verdict.near_miss is not None
    assert view.verdict.near_miss.reason is Reason.LICENCE_EXPIRED
    assert view.verdict.near_miss.rule == Rule("code", "H1")
    assert view.verdict.near_miss.lift == Lift(LiftKind.RENEW_LICENCE, "321-024-48")
    renewed = replace(works, licences=(replace(ended, valid_to=ON),))
    running = solve(replace(problem, slots=(renewed,)), today)
    assert running.tonnes == pytest.approx(7)
    assert running.tonne_km == pytest.approx(7 * KM_PER_DEGREE)
    assert [(row.reason, row.tonnes) for row in running.unmatched] == [
        (Remainder.HELD_BACK, pytest.approx(3))
    ]
    assert check(replace(problem, slots=(renewed,)), today, running) == ()
