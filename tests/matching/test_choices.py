"""Minimum lots and numbers of suppliers: yes or no, with a proven bound."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from matching.check import Fault, check
from matching.problem import Bound, Limit, Operator, Parameters, Problem, ProblemError
from matching.result import Status
from matching.solve import solve
from tests.matching.build import KM_PER_DEGREE, TONNES, VALUE, arc_km, slot, supply


def test_one_supplier_alone_is_the_largest():
    # Three suppliers of 4, 5 and 3 t, room for 9 t: one alone gives 5 t, two give 9 t.
    givers = (supply("a", 4), supply("b", 5), supply("c", 3))
    for most, tonnes in ((1, 5), (2, 9), (0, 0)):
        problem = Problem(givers, (slot("k", 9, max_suppliers=most),))
        result = solve(problem, TONNES)
        assert result.tonnes == pytest.approx(tonnes)
        assert result.tonnes_bound == pytest.approx(tonnes)
        assert check(problem, TONNES, result) == ()


def test_a_lot_below_the_minimum_goes_elsewhere_or_nowhere():
    # 10 t; k has room for 7 t and takes lots of at least 4 t; m takes 9 t two degrees away.
    # Most tonnes is 10 in both orders: 7 t to k leave 3 t for m; nearest fills k.
    problem = Problem((supply("a", 10),), (slot("k", 7, min_lot_t=4), slot("m", 9, east=2)))
    result = solve(problem, TONNES)
    assert {f.slot_id: round(f.tonnes, 6) for f in result.flows} == {"k": 7.0, "m": 3.0}
    assert result.tonne_km == pytest.approx(3 * 2 * KM_PER_DEGREE, rel=1e-6)
    small = Problem((supply("a", 3),), problem.slots[:1])
    assert solve(small, TONNES).status is Status.NOTHING
    assert check(small, TONNES, solve(small, TONNES)) == ()


def test_minimum_lots_split_a_slot_between_fewer():
    # Room 10 t, lots of at least 6 t: two suppliers do not fit, one brings its 8 t.
    problem = Problem((supply("a", 8), supply("b", 7)), (slot("k", 10, min_lot_t=6),))
    result = solve(problem, TONNES)
    assert [(f.supply_id, f.tonnes) for f in result.flows] == [("a", pytest.approx(8.0))]
    assert check(problem, TONNES, result) == ()


def test_a_supply_that_sends_only_whole_lots_serves_fewer():
    # 10 t in lots of at least 6 t: k has room for 7 t, m for 9 t two degrees away. Both would get
    # 10 t; with the lot one gets what it has room for, the larger: 9 t.
    giver = supply("a", 10, min_lot_t=6)
    problem = Problem((giver,), (slot("k", 7), slot("m", 9, east=2)))
    result = solve(problem, TONNES)
    assert {f.slot_id: round(f.tonnes, 6) for f in result.flows} == {"m": 9.0}
    assert check(problem, TONNES, result) == ()
    loose = solve(replace(problem, supplies=(supply("a", 10),)), TONNES)
    assert Fault.LOT_TOO_SMALL in {v.fault for v in check(problem, TONNES, loose)}


def test_of_two_lots_the_larger_holds():
    for own, theirs, tonnes in ((4, 3, 4), (5, 3, 0), (3, 5, 0)):
        problem = Problem((supply("a", 4, min_lot_t=own),), (slot("k", 9, min_lot_t=theirs),))
        assert solve(problem, TONNES).tonnes == pytest.approx(tonnes)


def test_choices_and_blends_hold_together():
    # 12 % and 5 % ash to at most 8 %, from one supplier: only the clean one alone will do.
    limit = Limit("LOI", Operator.AT_MOST, 8.0)
    problem = Problem(
        (
            supply("burnt", 10, assay=(Bound("LOI", 12, 12),)),
            supply("clean", 6, assay=(Bound("LOI", 5, 5),)),
        ),
        (slot("k", 20, blend=(limit,), max_suppliers=1),),
    )
    result = solve(problem, TONNES)
    assert {f.supply_id: round(f.tonnes, 6) for f in result.flows} == {"clean": 6.0}
    assert check(problem, TONNES, result) == ()


def _random(seed: int) -> Problem:
    dice = np.random.default_rng(seed)

    def place() -> dict[str, float]:
        return {"north": float(dice.uniform(0, 5)), "east": float(dice.uniform(0, 5))}

    return Problem(
        tuple(
            supply(
                f"s{i}",
                float(dice.integers(1, 10)),
                disposal_yuan_per_t=float(dice.uniform(50, 300)),
                min_lot_t=float(dice.integers(0, 4)),
                **place(),
            )
            for i in range(int(dice.integers(1, 4)))
        ),
        tuple(
            slot(
                f"k{j}",
                float(dice.integers(2, 14)),
                min_lot_t=float(dice.integers(0, 6)),
                max_suppliers=int(dice.integers(1, 3)) if dice.random() < 0.6 else None,
                **place(),
            )
            for j in range(int(dice.integers(1, 3)))
        ),
    )


def _best_over_all_choices(problem: Problem, parameters: Parameters, *, value: bool) -> float:
    """Every subset of pairs in turn, each with its linear programme."""
    pairs = [
        (s, k, km)
        for s in problem.supplies
        for k in problem.slots
        if (km := arc_km(s.position, k.position)) <= parameters.radius_km
    ]
    best = 0.0
    for switches in itertools.product((False, True), repeat=len(pairs)):
        chosen = [pair for pair, on in zip(pairs, switches, strict=True) if on]
        crowded = any(
            k.max_suppliers is not None and sum(c[1] is k for c in chosen) > k.max_suppliers
            for k in problem.slots
        )
        if crowded or not chosen:
            continue
        owners = (*problem.supplies, *problem.slots)
        rows = [[float(owner in (s, k)) for s, k, _ in chosen] for owner in owners]
        gain = [s.disposal_yuan_per_t - 2 - 0.5 * km if value else 1.0 for s, _, km in chosen]
        answer = linprog(
            -np.array(gain),
            A_ub=rows,
            b_ub=[owner.tonnes[0] for owner in owners],
            bounds=[(max(s.min_lot_t, k.min_lot_t), None) for s, k, _ in chosen],
            method="highs",
        )
        if answer.status == 0:
            best = max(best, -answer.fun)
    return best


@pytest.mark.parametrize("seed", range(25))
def test_choices_agree_with_trying_them_all(seed):
    problem = _random(seed)
    parameters = Parameters(radius_km=400)
    result = solve(problem, parameters)
    assert result.tonnes == pytest.approx(
        _best_over_all_choices(problem, parameters, value=False), abs=1e-5
    )
    assert check(problem, parameters, result) == ()
    worth = solve(problem, VALUE)
    assert worth.value_yuan == pytest.approx(
        _best_over_all_choices(problem, VALUE, value=True), rel=1e-6, abs=1e-3
    )
    assert worth.gap <= 1e-6
    assert check(problem, VALUE, worth) == ()


def test_broken_rules_are_found():
    problem = Problem((supply("a", 8), supply("b", 7)), (slot("k", 20, min_lot_t=6),))
    result = solve(problem, TONNES)
    strict = replace(problem, slots=(slot("k", 20, min_lot_t=7.5, max_suppliers=1),))
    faults = {v.fault for v in check(strict, TONNES, result)}
    assert {Fault.LOT_TOO_SMALL, Fault.TOO_MANY_SUPPLIERS} <= faults


def test_absurd_rules_are_refused():
    with pytest.raises(ProblemError, match="minimum lot"):
        slot("k", 1, min_lot_t=-1.0)
    with pytest.raises(ProblemError, match="minimum lot"):
        supply("a", 1, min_lot_t=-1.0)
    with pytest.raises(ProblemError, match="number of suppliers"):
        slot("k", 1, max_suppliers=-1)
