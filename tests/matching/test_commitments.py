"""Contracts in force flow whatever the plan would rather do, and everything around them is best."""

from dataclasses import replace

import pytest

from matching.check import Fault, check
from matching.problem import (
    Acceptance,
    Allowed,
    Bound,
    Commitment,
    Licence,
    Limit,
    Operator,
    Problem,
    ProblemError,
    Storage,
)
from matching.result import Status
from matching.solve import solve
from tests.matching.build import KM_PER_DEGREE, TONNES, VALUE, random_problem, slot, supply


def _tonnes(result) -> dict[tuple[str, str], float]:
    return {(f.supply_id, f.slot_id): f.tonnes for f in result.flows}


def test_a_contract_flows_though_another_way_is_shorter():
    # a's 10 t would all go next door to k; 4 t are promised to m, two degrees away.
    problem = Problem(
        (supply("a", 10),),
        (slot("k", 20), slot("m", 20, east=2)),
        commitments=(Commitment("a", "m", "year", 4.0),),
    )
    result = solve(problem, TONNES)
    assert _tonnes(result) == {("a", "k"): 6.0, ("a", "m"): 4.0}
    assert result.tonne_km == pytest.approx(4 * 2 * KM_PER_DEGREE)
    assert (result.tonnes, result.tonnes_bound, result.gap) == (10.0, 10.0, 0.0)
    used = {use.slot_id: (use.used_t, use.spare_t) for use in result.slot_uses}
    assert used == {"k": (6.0, 14.0), "m": (4.0, 16.0)}
    assert check(problem, TONNES, result) == ()


def test_a_contract_and_the_plan_may_use_the_same_pair():
    problem = Problem(
        (supply("a", 10),), (slot("k", 20),), commitments=(Commitment("a", "k", "year", 4.0),)
    )
    result = solve(problem, TONNES)
    assert _tonnes(result) == {("a", "k"): 10.0}
    assert check(problem, TONNES, result) == ()


def test_a_contract_outlives_a_refusal_but_gets_no_more():
    refused = slot("k", 20, accepts=(Acceptance("fly_ash", Allowed.NO),))
    problem = Problem(
        (supply("a", 10),), (refused,), commitments=(Commitment("a", "k", "year", 4.0),)
    )
    result = solve(problem, TONNES)
    assert _tonnes(result) == {("a", "k"): 4.0}
    assert result.status is Status.OPTIMAL
    assert result.unmatched[0].tonnes == 6.0
    assert check(problem, TONNES, result) == ()


def test_contracts_use_up_licensed_tonnes():
    licence = (Licence(frozenset({"HW48"}), tonnes=5.0),)
    problem = Problem(
        (supply("a", 10, hazard_codes=frozenset({"321-024-48"})),),
        (slot("k", 20, licences=licence),),
        commitments=(Commitment("a", "k", "year", 2.0),),
    )
    result = solve(problem, TONNES)
    assert result.tonnes == pytest.approx(5.0)
    assert check(problem, TONNES, result) == ()


def _lot(row_id: str, tonnes: float, loi: float, **more):
    return supply(row_id, tonnes, assay=(Bound("LOI", loi, loi),), **more)


def _bound(*rows, limit: float, room: float = 40, promised: tuple[str, float], **more) -> Problem:
    taker = slot("k", room, blend=(Limit("LOI", Operator.AT_MOST, limit),), **more)
    return Problem(rows, (taker,), commitments=(Commitment(promised[0], "k", "year", promised[1]),))


def test_a_contract_for_the_clean_part_of_a_mix_carries_the_burnt_part():
    # 12 x + 5 * 6 <= 8 (x + 6), x <= 4.5, whoever sends the 6 t; dx/dL = 42 / (12 - 8)^2.
    problem = _bound(_lot("burnt", 10, 12), _lot("clean", 6, 5), limit=8, promised=("clean", 6))
    result = solve(problem, TONNES)
    assert _tonnes(result) == pytest.approx({("burnt", "k"): 4.5, ("clean", "k"): 6.0})
    assert (result.tonnes_bound, result.gap) == (pytest.approx(10.5), 0.0)
    (mix,) = result.mixes
    assert (mix.value, mix.worth.tonnes) == (pytest.approx(8.0), pytest.approx(2.625))
    assert check(problem, TONNES, result) == ()


def test_what_a_contract_does_to_a_mix_is_made_up_for():
    # 2 t at 12 % are 2 * 6 above 6 %; 20 t at 5 % make up for 20, and 8 t at 7 % use the rest.
    problem = _bound(
        _lot("burnt", 5, 12),
        _lot("clean", 20, 5),
        _lot("mid", 10, 7),
        limit=6,
        promised=("burnt", 2),
    )
    result = solve(problem, TONNES)
    sent = {("burnt", "k"): 2.0, ("clean", "k"): 20.0, ("mid", "k"): 8.0}
    assert _tonnes(result) == pytest.approx(sent)
    assert result.mixes[0].value == pytest.approx(6.0)
    assert check(problem, TONNES, result) == ()


def test_a_mix_is_made_up_for_even_at_a_loss():
    # Each tonne at 5 % costs freight and saves nothing; 12 t are what 2 t at 12 % need, no more.
    problem = _bound(
        _lot("burnt", 5, 12, disposal_yuan_per_t=90.0),
        _lot("clean", 20, 5, east=1),
        limit=6,
        promised=("burnt", 2),
    )
    result = solve(problem, VALUE)
    assert _tonnes(result) == pytest.approx({("burnt", "k"): 2.0, ("clean", "k"): 12.0})
    assert check(problem, VALUE, result) == ()


def test_a_mix_nothing_can_mend_is_mended_as_far_as_can_be_and_said_to_be_above():
    # 2 t at 12 % and all 6 t at 5 %: 54 / 8 = 6.75 %, 0.75 above; 7 % would make it worse.
    problem = _bound(
        _lot("burnt", 5, 12),
        _lot("clean", 6, 5),
        _lot("mid", 10, 7),
        limit=6,
        promised=("burnt", 2),
    )
    result = solve(problem, TONNES)
    assert _tonnes(result) == pytest.approx({("burnt", "k"): 2.0, ("clean", "k"): 6.0})
    (mix,) = result.mixes
    assert (mix.value, mix.margin) == (pytest.approx(6.75), pytest.approx(-0.75))
    assert result.status is Status.OPTIMAL
    assert check(problem, TONNES, result) == ()


def test_a_mix_that_contracts_break_may_not_be_made_worse_nor_be_said_to_hold():
    problem = _bound(
        _lot("burnt", 5, 12),
        _lot("clean", 20, 5),
        _lot("mid", 10, 7),
        limit=6,
        promised=("burnt", 2),
    )
    result = solve(problem, TONNES)
    worse = tuple(replace(f, tonnes=0.5) if f.supply_id == "clean" else f for f in result.flows)
    faults = {v.fault for v in check(problem, TONNES, replace(result, flows=worse))}
    assert {Fault.MIX_EXCEEDED, Fault.WRONG_VALUE} <= faults
    (mix,) = result.mixes
    lie = replace(result, mixes=(replace(mix, value=5.0, margin=1.0),))
    assert [v.fault for v in check(problem, TONNES, lie)] == [Fault.WRONG_VALUE]


def test_a_lot_under_contract_that_nobody_knows_is_left_out_of_the_mix():
    # As without it: 4.5 t at 12 % with 6 t at 5 %.
    problem = _bound(
        _lot("burnt", 10, 12), _lot("clean", 6, 5), supply("dark", 3), limit=8, promised=("dark", 2)
    )
    result = solve(problem, TONNES)
    assert result.tonnes == pytest.approx(12.5)
    assert result.mixes[0].value == pytest.approx(8.0)
    assert check(problem, TONNES, result) == ()


def test_a_supplier_under_contract_holds_a_place():
    # One place: whoever has the contract has it, though b alone could send more.
    problem = Problem(
        (supply("a", 5), supply("b", 9)),
        (slot("k", 10, max_suppliers=1),),
        commitments=(Commitment("a", "k", "year", 2.0),),
    )
    result = solve(problem, TONNES)
    assert _tonnes(result) == {("a", "k"): pytest.approx(5.0)}
    assert check(problem, TONNES, result) == ()
    two = replace(problem, slots=(slot("k", 10, max_suppliers=2),))
    both = solve(two, TONNES)
    assert both.tonnes == pytest.approx(10.0)
    assert check(two, TONNES, both) == ()
    assert Fault.TOO_MANY_SUPPLIERS in {v.fault for v in check(problem, TONNES, both)}


@pytest.mark.parametrize(
    ("there", "room", "min_lot", "tonnes"),
    [
        (9, 3, 2, 3),  # 2 t and 1 t are one lot of 3 t
        (3, 10, 4, 2),  # 3 t are no lot of 4 t: the contract flows, no more
        (5, 10, 4, 5),
    ],
)
def test_a_contract_is_part_of_its_suppliers_lot(there, room, min_lot, tonnes):
    problem = Problem(
        (supply("a", there),),
        (slot("k", room, min_lot_t=min_lot),),
        commitments=(Commitment("a", "k", "year", 2.0),),
    )
    result = solve(problem, TONNES)
    assert result.tonnes == pytest.approx(tonnes)
    assert check(problem, TONNES, result) == ()


def test_too_small_a_lot_beside_a_contract_is_found():
    loose = Problem(
        (supply("a", 3),), (slot("k", 10),), commitments=(Commitment("a", "k", "year", 2.0),)
    )
    strict = replace(loose, slots=(slot("k", 10, min_lot_t=4),))
    faults = {v.fault for v in check(strict, TONNES, solve(loose, TONNES))}
    assert Fault.LOT_TOO_SMALL in faults


@pytest.mark.parametrize("parameters", [TONNES, VALUE], ids=["tonnes", "value"])
@pytest.mark.parametrize("seed", range(30))
def test_a_contract_for_what_is_best_anyway_changes_nothing(seed, parameters):
    problem = random_problem(seed, worth=True)
    best = solve(problem, parameters)
    promised = tuple(Commitment(f.supply_id, f.slot_id, f.period, f.tonnes) for f in best.flows[:1])
    bound = replace(problem, commitments=promised)
    result = solve(bound, parameters)
    assert result.tonnes == best.tonnes
    assert result.merit == pytest.approx(best.merit)
    assert result.bound == pytest.approx(best.bound)
    assert check(bound, parameters, result) == ()


def test_a_broken_contract_is_found():
    problem = Problem((supply("a", 10),), (slot("k", 20), slot("m", 20, east=2)))
    promised = replace(problem, commitments=(Commitment("a", "m", "year", 4.0),))
    faults = [v.fault for v in check(promised, TONNES, solve(problem, TONNES))]
    assert faults == [Fault.CONTRACT_BROKEN]


def test_a_worse_plan_around_a_contract_is_found():
    problem = Problem(
        (supply("a", 10),), (slot("k", 20),), commitments=(Commitment("a", "k", "year", 4.0),)
    )
    result = solve(problem, TONNES)
    lazy = replace(
        result,
        tonnes=4.0,
        flows=tuple(replace(f, tonnes=4.0) for f in result.flows),
        slot_uses=tuple(replace(u, used_t=4.0, spare_t=16.0) for u in result.slot_uses),
    )
    assert Fault.UNBALANCED in {v.fault for v in check(problem, TONNES, lazy)}


@pytest.mark.parametrize(
    ("commitment", "message"),
    [
        (
            Commitment("a", "k", "year", 11.0),
            "contracts of a in year bind 1 t more than come: lower them, or raise tonnes",
        ),
        (
            Commitment("a", "m", "year", 5.0),
            "contracts of m in year bind 3 t more than can be used or kept: lower them, or raise tonnes or room",
        ),
        (Commitment("ghost", "k", "year", 1.0), "unknown id"),
        (Commitment("a", "k", "May", 1.0), "no such period"),
    ],
)
def test_contracts_that_cannot_be_kept_are_explained(commitment, message):
    problem = Problem((supply("a", 10),), (slot("k", 20), slot("m", 2)), commitments=(commitment,))
    with pytest.raises(ProblemError, match=message):
        solve(problem, TONNES)


MONTHS = ("May", "June")


def test_a_contract_takes_from_the_yard_what_its_month_does_not_bring():
    # June brings 2 t of the 4 t bound: 2 t of May's 6 wait. 3 yuan/t for 2 t are 6 yuan.
    problem = Problem(
        (supply("a", 6, 2, storage=Storage(0.0, 5.0, 3.0), disposal_yuan_per_t=90.0),),
        (slot("k", 10, 10),),
        periods=MONTHS,
        commitments=(Commitment("a", "k", "June", 4.0),),
    )
    for parameters in (TONNES, VALUE):
        result = solve(problem, parameters)
        assert [(f.period, f.tonnes) for f in result.flows] == [("May", 4.0), ("June", 4.0)]
        assert [(s.period, s.tonnes) for s in result.stocks] == [("May", 2.0)]
        assert result.storage_yuan == pytest.approx(6.0)
        assert result.gap == 0.0
        assert check(problem, parameters, result) == ()
    assert result.merit == pytest.approx(8 * (90 - 2) - 6)


def test_a_contract_may_empty_the_opening_stock():
    giver = supply("a", 1, storage=Storage(3.0, 3.0))
    bound = (Commitment("a", "k", "year", 4.0),)
    problem = Problem((giver,), (slot("k", 10),), commitments=bound)
    result = solve(problem, TONNES)
    assert result.tonnes == pytest.approx(4.0)
    assert result.stocks == ()
    assert check(problem, TONNES, result) == ()


def test_what_waits_for_a_contract_takes_room_from_others():
    # Room 3 t: 2 t of May wait for June's contract, so that only 1 t more of May's 6 can wait.
    problem = Problem(
        (supply("a", 6, 2, storage=Storage(0.0, 3.0)),),
        (slot("k", 0, 10),),
        periods=MONTHS,
        commitments=(Commitment("a", "k", "June", 4.0),),
    )
    result = solve(problem, TONNES)
    assert result.tonnes == pytest.approx(5.0)
    assert check(problem, TONNES, result) == ()


def test_a_contract_fills_the_silo_with_what_its_month_cannot_use():
    # May uses 2 of the 5 t bound, 3 t wait, and June has room for 2 t more.
    problem = Problem(
        (supply("a", 5, 9),),
        (slot("k", 2, 5, storage=Storage(0.0, 4.0, 1.0)),),
        periods=MONTHS,
        commitments=(Commitment("a", "k", "May", 5.0),),
    )
    for parameters in (TONNES, VALUE):
        result = solve(problem, parameters)
        assert check(problem, parameters, result) == ()
        assert result.storage_yuan == pytest.approx(3.0)
        assert result.slot_uses[0].used_t == pytest.approx(2.0)
    planned = solve(problem, TONNES)
    assert [(f.period, f.tonnes) for f in planned.flows] == [("May", 5.0), ("June", 2.0)]
    assert [use.used_t for use in planned.slot_uses] == [pytest.approx(2.0), pytest.approx(5.0)]


def test_a_contract_goes_before_what_lies_in_the_silo():
    # 3 t lie there, 2 t come under contract and are used; of the 3 t, 1 t is left for June.
    problem = Problem(
        (supply("a", 2, 9),),
        (slot("k", 4, 4, storage=Storage(3.0, 3.0)),),
        periods=MONTHS,
        commitments=(Commitment("a", "k", "May", 2.0),),
    )
    result = solve(problem, TONNES)
    assert result.tonnes == pytest.approx(5.0)
    assert check(problem, TONNES, result) == ()


@pytest.mark.parametrize(
    ("yard", "silo", "message"),
    [
        (Storage(1.0, 1.0), None, "of a in June bind 1 t more than come or can wait: .* or room_t"),
        (Storage(0.0, 9.0), None, "of a in June bind 1 t more than come"),
        (
            Storage(3.0, 9.0),
            Storage(2.0, 2.0),
            "of k in June bind 1 t more than can be used or kept",
        ),
    ],
)
def test_what_neither_yard_nor_silo_can_do_is_said_with_the_month_and_the_tonnes(
    yard, silo, message
):
    problem = Problem(
        (supply("a", 2, 1, storage=yard),),
        (slot("k", 0, 3, storage=silo),),
        periods=MONTHS,
        commitments=(Commitment("a", "k", "June", 3.0 if yard.room_t < 9 else 4.0),),
    )
    with pytest.raises(ProblemError, match=message):
        solve(problem, TONNES)
