"""Contracts in force flow whatever the plan would rather do, and everything around them is best."""

from dataclasses import replace

import pytest

from matching.check import Fault, check
from matching.problem import Acceptance, Allowed, Commitment, Licence, Problem, ProblemError
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
        (Commitment("a", "k", "year", 11.0), "1 t more than there are"),
        (Commitment("a", "m", "year", 5.0), "bind 5 t of m in year, 3 t more"),
        (Commitment("ghost", "k", "year", 1.0), "unknown id"),
        (Commitment("a", "k", "May", 1.0), "no such period"),
    ],
)
def test_contracts_that_cannot_be_kept_are_explained(commitment, message):
    problem = Problem((supply("a", 10),), (slot("k", 20), slot("m", 2)), commitments=(commitment,))
    with pytest.raises(ProblemError, match=message):
        solve(problem, TONNES)
