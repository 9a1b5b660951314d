"""Tonnes a licence lets in: over slots and months of a plant together."""

from dataclasses import replace
from datetime import date

import pytest

from matching.check import Fault, check
from matching.problem import Acceptance, Commitment, Licence, Parameters, Problem, ProblemError
from matching.sides import quotas_of
from matching.solve import solve
from tests.matching.build import KM_PER_DEGREE, TONNES, slot, supply

DROSS = frozenset({"321-024-48"})
DUST = frozenset({"312-001-23"})
USES = (Acceptance("fly_ash"),)


def _kiln(row_id: str, *tonnes: float, licences: tuple[Licence, ...], **more):
    made = slot(row_id, *tonnes, licences=licences, **more)
    return type(made)(made.id, "plant", made.position, made.tonnes, USES, licences=licences)


def test_a_quota_binds_slots_and_months_together():
    # Two slots of 6 t a month for two months could take 24 t; the licence lets in 10 t.
    licence = (Licence(frozenset({"HW48"}), tonnes=10.0),)
    problem = Problem(
        (supply("near", 3, 3, hazard_codes=DROSS), supply("far", 9, 9, east=1, hazard_codes=DROSS)),
        (_kiln("k1", 6, 6, licences=licence), _kiln("k2", 6, 6, licences=licence)),
        periods=("May", "June"),
    )
    result = solve(problem, TONNES)
    assert result.tonnes == pytest.approx(10.0)
    # The near lot's 6 t come first; 4 t drive one degree.
    assert result.tonne_km == pytest.approx(4 * KM_PER_DEGREE, rel=1e-6)
    (use,) = result.quota_uses
    assert (use.sink_id, use.tonnes) == ("plant", 10.0)
    assert use.used_t == pytest.approx(10.0)
    assert use.worth.tonnes == pytest.approx(1.0)
    assert check(problem, TONNES, result) == ()


def test_other_materials_do_not_count():
    licence = (Licence(frozenset({"HW48"}), tonnes=2.0),)
    problem = Problem(
        (supply("dross", 5, hazard_codes=DROSS), supply("ash", 5)),
        (_kiln("k", 9, licences=licence),),
    )
    result = solve(problem, TONNES)
    assert {f.supply_id: round(f.tonnes, 6) for f in result.flows} == {"ash": 5.0, "dross": 2.0}


def test_licences_that_share_a_code_count_together_and_expired_ones_not():
    rows = (
        Licence(DROSS | DUST, tonnes=5.0, number="A"),
        Licence(DUST, tonnes=3.0, number="B"),
        Licence(DROSS, date(2026, 1, 1), tonnes=100.0, number="C"),
        Licence(frozenset({"HW31"}), number="D"),
    )
    quotas = quotas_of((_kiln("k", 9, licences=rows),), Parameters(on=date(2026, 11, 22)))
    assert [(quota.codes, quota.tonnes) for quota in quotas] == [
        (("312-001-23", "321-024-48"), 8.0)
    ]


def test_a_broken_quota_is_found():
    loose = Problem(
        (supply("dross", 5, hazard_codes=DROSS),),
        (_kiln("k", 9, licences=(Licence(DROSS, tonnes=4.0),)),),
    )
    free = Problem(loose.supplies, (_kiln("k", 9, licences=(Licence(DROSS),)),))
    result = solve(free, TONNES)
    assert Fault.QUOTA_EXCEEDED in {v.fault for v in check(loose, TONNES, result)}
    assert solve(loose, TONNES).tonnes == pytest.approx(4.0)


def test_negative_quotas_are_refused():
    with pytest.raises(ProblemError, match="licensed tonnes"):
        Licence(DROSS, tonnes=-1.0)


def test_each_year_has_its_own_tonnes_and_contracts_use_up_those_of_theirs():
    # 10 t a year over two Decembers and two Januaries; 4 t of the second year are promised.
    licence = (Licence(frozenset({"HW48"}), tonnes=10.0),)
    problem = Problem(
        (supply("a", 9, 9, 9, 9, hazard_codes=DROSS),),
        (_kiln("k", 8, 8, 8, 8, licences=licence),),
        periods=("2026-11", "2026-12", "2027-01", "2027-02"),
        years=("2026", "2026", "2027", "2027"),
        commitments=(Commitment("a", "k", "2027-02", 4.0),),
    )
    result = solve(problem, TONNES)
    assert check(problem, TONNES, result) == ()
    sent = dict.fromkeys(problem.years, 0.0)
    for flow in result.flows:
        sent[flow.period[:4]] += flow.tonnes
    assert sent == pytest.approx({"2026": 10.0, "2027": 10.0})
    used = {use.year: (use.used_t, use.tonnes) for use in result.quota_uses}
    assert used == {"2026": pytest.approx((10, 10)), "2027": pytest.approx((6, 6))}
    one_year = replace(problem, years=())
    assert solve(one_year, TONNES).tonnes == pytest.approx(10.0)
    assert Fault.QUOTA_EXCEEDED in {v.fault for v in check(one_year, TONNES, result)}


def test_every_period_needs_a_year_or_none():
    with pytest.raises(ProblemError, match="year of every period"):
        Problem((), (), periods=("May", "June"), years=("2026",))
