"""The search for suppliers as large programmes have it: relax, settle what is broken, prove."""

from dataclasses import replace

import numpy as np
import pytest

from matching import Objective, Problem, Status, check, choosing, solve
from matching.choices import Choices
from matching.choosing import broken
from matching.commitments import less_commitments
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


def _many(**more):
    """Sixty suppliers and thirty slots over four months, above the size of large programmes."""
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
            for n in range(60)
        ),
        tuple(slot(f"k{n}", *dice.uniform(40, 90, 4), **more, **place()) for n in range(30)),
        periods=months,
    )


def test_lots_of_thousands_of_pairs_are_proven_near_the_best():
    problem, parameters = _many(min_lot_t=2.0), replace(VALUE, radius_km=200)
    result = solve(problem, parameters)
    assert result.edges * 4 > 3_000
    assert check(problem, parameters, result) == ()
    assert result.status in {Status.OPTIMAL, Status.FEASIBLE}
    assert result.gap <= NEAR
