"""Tonnes a licence lets in: over slots and months of a plant together."""

import random
from dataclasses import replace
from datetime import date

import pytest
from scipy.optimize import linprog

from matching.check import Fault, check
from matching.problem import Acceptance, Commitment, Licence, Parameters, Problem, ProblemError
from matching.quotas import quotas_of
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
    # Dross has A's 5 t alone; dust and dross together have A's and B's 8 t.
    rows = (
        Licence(DROSS | DUST, tonnes=5.0, number="A"),
        Licence(DUST, tonnes=3.0, number="B"),
        Licence(DROSS, date(2026, 1, 1), tonnes=100.0, number="C"),
        Licence(frozenset({"HW31"}), number="D"),
    )
    problem = Problem((), (_kiln("k", 9, licences=rows),))
    quotas = quotas_of(problem, Parameters(on=date(2026, 11, 22)))
    assert {quota.codes: quota.tonnes for quota in quotas} == {
        ("321-024-48",): 5.0,
        ("312-001-23", "321-024-48"): 8.0,
    }


A, B = frozenset({"321-024-48"}), frozenset({"321-025-48"})
HW48 = frozenset({"HW48"})


@pytest.mark.parametrize(
    ("first", "second", "codes", "tonnes"),
    [
        # Only the second covers b: at most 5 t, whatever the first lets in of a.
        (Licence(A), Licence(A | B, tonnes=5.0), B, 5.0),
        (Licence(A, tonnes=1000.0), Licence(A | B, tonnes=5.0), B, 5.0),
        # A class covers its codes: beside one without a tonnage a is not limited.
        (Licence(HW48), Licence(A, tonnes=5.0), A, 100.0),
        (Licence(HW48, tonnes=50.0), Licence(A, tonnes=5.0), A, 55.0),
        (Licence(HW48, tonnes=50.0), Licence(A, tonnes=5.0), B, 50.0),
        # Both codes in one lot: under one licence for both, else a tonne under each.
        (Licence(A, tonnes=7.0), Licence(B, tonnes=5.0), A | B, 5.0),
        (Licence(A, tonnes=7.0), Licence(HW48, tonnes=5.0), A | B, 5.0),
        (Licence(A), Licence(B, tonnes=5.0), A | B, 5.0),
    ],
)
def test_each_tonne_needs_a_licence_that_covers_it(first, second, codes, tonnes):
    licences = (replace(first, number="1"), replace(second, number="2"))
    problem = Problem(
        (supply("s", 100, hazard_codes=codes),), (_kiln("k", 1000, licences=licences),)
    )
    result = solve(problem, TONNES)
    assert result.tonnes == pytest.approx(tonnes)
    assert check(problem, TONNES, result) == ()
    free = replace(problem, slots=(_kiln("k", 1000, licences=(Licence(HW48),)),))
    found = {v.fault for v in check(problem, TONNES, solve(free, TONNES))}
    assert (Fault.QUOTA_EXCEEDED in found) == (tonnes < 100)


def test_contracts_use_the_licence_that_leaves_most_to_others():
    # 4 t of a are promised; A takes them, so that B's 5 t are left for b: with B's 6 - 5 = 1 t
    # beside, a gets A's 4 - 4 t and that one. Beyond all licences contracts take no more than is.
    licences = (Licence(A, tonnes=4.0, number="A"), Licence(A | B, tonnes=6.0, number="B"))
    for promised, others in ((4.0, 6.0), (9.0, 1.0), (12.0, 0.0)):
        problem = Problem(
            (supply("a", 20, hazard_codes=A), supply("b", 20, hazard_codes=B)),
            (_kiln("k", 100, licences=licences),),
            commitments=(Commitment("a", "k", "year", promised),),
        )
        result = solve(problem, TONNES)
        assert result.tonnes - promised == pytest.approx(others), promised
        assert check(problem, TONNES, result) == ()


MONTHS = ("2026-12", "2027-01", "2027-02")


@pytest.mark.parametrize(
    ("last", "months"),
    [
        (date(2026, 12, 15), ()),
        (date(2026, 12, 31), MONTHS[:1]),
        (date(2027, 2, 27), MONTHS[:2]),
        (date(2027, 2, 28), MONTHS),
    ],
)
def test_a_licence_lets_in_nothing_in_the_month_it_lapses_in(last, months):
    licence = (Licence(A, last),)
    problem = Problem(
        (supply("a", 10, 10, 10, hazard_codes=A), supply("ash", 1, 1, 1)),
        (_kiln("k", 50, 50, 50, licences=licence),),
        periods=MONTHS,
    )
    run = replace(TONNES, on=date(2026, 12, 1))
    result = solve(problem, run)
    sent = {(flow.supply_id, flow.period): flow.tonnes for flow in result.flows}
    expected = dict.fromkeys((("a", month) for month in months), 10.0)
    assert sent == pytest.approx(expected | dict.fromkeys((("ash", m) for m in MONTHS), 1.0))
    assert check(problem, run, result) == ()
    lasting = replace(problem, slots=(_kiln("k", 50, 50, 50, licences=(Licence(A),)),))
    late = {v.fault for v in check(problem, run, solve(lasting, run))}
    assert (Fault.QUOTA_EXCEEDED in late) == (months != MONTHS)


def _as_assigned(problem: Problem, run: Parameters) -> float:
    """Most tonnes by columns (lot, month, licence), the definition itself, for scipy."""
    keys = [
        (lot, month, licence)
        for lot in problem.supplies
        for month, end in enumerate(problem.ends)
        for licence in problem.slots[0].licences
        if licence.covers(next(iter(lot.hazard_codes)))
        and (licence.valid_to is None or licence.valid_to >= max(end, run.on))
    ]
    rows, room = [], []
    for lot in problem.supplies:
        for month, tonnes in enumerate(lot.tonnes):
            rows.append([float(k[:2] == (lot, month)) for k in keys])
            room.append(tonnes)
    for licence in problem.slots[0].licences:
        if licence.tonnes is not None:
            for year in set(problem.years):
                rows.append([float(k[2] == licence and problem.years[k[1]] == year) for k in keys])
                room.append(licence.tonnes)
    if not keys:
        return 0.0
    return float(-linprog([-1.0] * len(keys), rows, room).fun)


def test_random_overlapping_licences_let_in_what_can_be_assigned():
    classes = ("321-024-48", "321-025-48", "312-001-23")
    ends = (None, None, date(2026, 12, 20), date(2027, 1, 31))
    limited = 0
    for seed in range(80):
        dice = random.Random(seed)
        licences = tuple(
            Licence(
                frozenset(dice.sample((*classes, "HW48", "HW23"), dice.randint(1, 3))),
                dice.choice(ends),
                dice.choice((None, 3.0, 8.0, 15.0, 30.0)),
                str(number),
            )
            for number in range(dice.randint(1, 5))
        )
        lots = tuple(
            supply(
                f"s{number}",
                *(float(dice.randint(0, 12)) for _ in MONTHS),
                hazard_codes=frozenset({code}),
            )
            for number, code in enumerate(classes)
        )
        slots = (_kiln("k", 99, 99, 99, licences=licences),)
        problem = Problem(lots, slots, periods=MONTHS, years=("2026", "2027", "2027"))
        run = replace(TONNES, on=date(2026, 12, 1))
        result = solve(problem, run)
        most = _as_assigned(problem, run)
        assert result.tonnes == pytest.approx(most, abs=1e-5), seed
        assert check(problem, run, result) == (), seed
        limited += most < sum(sum(lot.tonnes) for lot in lots) - 1
    assert limited > 40


def test_licences_that_overlap_in_too_many_ways_are_refused():
    codes = [f"{number:03}-001-48" for number in range(11)]
    licences = tuple(
        Licence(frozenset({"001-002-48", code}), tonnes=1.0, number=code) for code in codes
    )
    problem = Problem((supply("s", 1, hazard_codes=A),), (_kiln("k", 9, licences=licences),))
    with pytest.raises(ProblemError, match="too many ways"):
        solve(problem, TONNES)


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
