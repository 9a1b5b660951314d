"""The search for suppliers as large programmes have it: relax, settle what is broken, prove."""

from dataclasses import replace

import numpy as np
import pytest

from matching import Objective, Problem, Status, check, choosing, solve
from matching.choices import Choices
from matching.choosing import Search, broken
from matching.commitments import less_commitments
from matching.deadline import Deadline
from matching.improving import Improver
from matching.linear import Entries, Programme
from matching.problem import Storage
from tests.matching.build import VALUE, slot, supply
from tests.matching.reference import Reference
from tests.matching.test_all_together import RUNS, Dice

NEAR = 5e-4


def test_what_breaks_a_rule_is_told_apart():
    # Group 0 lets two in: 5, 3 and 2 t send, the last is beyond; group 1 anybody, 1 t is no lot.
    choices = Choices(
        np.array([0, 1, 2, 4, 5]),
        np.array([0.0, 0.0, 0.0, 4.0, 4.0]),
        np.array([0, 0, 0, 1, 1]),
        np.array([2.0, np.inf]),
    )
    small, beyond = broken(choices, np.array([5.0, 2.0, 3.0, 9.0, 1.0, 4.0]))
    assert small.tolist() == [False, False, False, True, False]
    assert beyond.tolist() == [False, True, False, False, False]


@pytest.mark.parametrize("objective", RUNS)
def test_a_large_programmes_plan_holds_and_its_bound_is_never_wrong(objective, monkeypatch):
    monkeypatch.setattr(choosing, "_MANY_COLUMNS", 0)
    parameters, exact = RUNS[objective], 0
    for seed in range(4000, 4060):
        problem = Dice(seed).problem()
        result = solve(problem, parameters)
        assert check(problem, parameters, result) == (), seed
        most, _ = Reference(problem, parameters).best()
        free = less_commitments(problem, parameters, result)
        by_tonnes = parameters.objective is Objective.TONNES
        reached = free.tonnes if by_tonnes else free.merit
        proven = free.tonnes_bound if by_tonnes else free.bound
        slack = 1e-3 + 1e-6 * abs(most)
        assert reached - slack <= most <= proven + slack, seed
        exact += abs(most - reached) <= NEAR * max(1.0, abs(most))
    assert exact >= 50


def _many(suppliers=60, slots=30, **more):
    """Over four months; by itself above the size of large programmes."""
    dice = np.random.default_rng(7)

    def place() -> dict[str, float]:
        return {"north": float(dice.uniform(0, 3)), "east": float(dice.uniform(0, 3))}

    months = tuple(f"month {t}" for t in range(4))
    return Problem(
        tuple(
            supply(
                f"s{n}",
                *dice.uniform(5, 60, 4),
                storage=Storage(0.0, 40.0, 1.0),
                disposal_yuan_per_t=120.0,
                **place(),
            )
            for n in range(suppliers)
        ),
        tuple(slot(f"k{n}", *dice.uniform(40, 90, 4), **more, **place()) for n in range(slots)),
        periods=months,
    )


def test_lots_of_thousands_of_pairs_are_proven_near_the_best():
    problem, parameters = _many(min_lot_t=2.0), replace(VALUE, radius_km=200)
    result = solve(problem, parameters)
    assert result.edges * 4 > 3_000
    assert check(problem, parameters, result) == ()
    assert result.status in {Status.OPTIMAL, Status.FEASIBLE}
    assert result.gap <= NEAR


def test_a_plan_for_few_suppliers_is_bettered_to_near_the_best(monkeypatch):
    # Five slots of 40 to 90 t in four months, two suppliers of 5 to 60 t each at most.
    problem, parameters = _many(10, 5, max_suppliers=2), replace(VALUE, radius_km=150)
    best = solve(problem, parameters)
    assert best.status is Status.OPTIMAL
    monkeypatch.setattr(choosing, "_MANY_COLUMNS", 0)
    monkeypatch.setattr(choosing, "_FEW", 0)
    tried = []
    step = Improver.step

    def watched(improver, deadline):
        before = improver.cost
        tried.append((step(improver, deadline), before, improver.cost))
        return tried[-1][0]

    monkeypatch.setattr(Improver, "step", watched)
    near = solve(problem, parameters)
    assert check(problem, parameters, near) == ()
    assert near.merit <= best.merit * (1 + 1e-9) <= near.bound * (1 + 1e-8)
    assert -tried[-1][2] >= best.merit * 0.998
    assert any(better for better, _, _ in tried)
    assert all(after < before if better else after == before for better, before, after in tried)


def test_a_plan_at_once_leaves_out_all_that_breaks_a_rule():
    # One slot with room for 4 t from one supplier: of 3 t and 1 t the smaller stays away.
    programme = Programme(
        cost=np.array([-1.0, -1.0]),
        low=np.zeros(2),
        high=np.array([3.0, 2.0]),
        entries=Entries(np.array([0, 0]), np.array([0, 1]), np.ones(2)),
        row_low=np.array([-np.inf]),
        row_high=np.array([4.0]),
    )
    one = Choices(np.array([0, 1]), np.zeros(2), np.array([0, 0]), np.array([1.0]))
    search = Search(programme, one, programme.high, Deadline(), large=False)
    search.settle_at_once(np.array([3.0, 1.0]))
    assert search.best is not None
    assert search.best.tolist() == [3.0, 0.0]
