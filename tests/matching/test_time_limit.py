"""A plan that had to end early: what there is holds, and its bound is on the right side."""

import random
import time
from dataclasses import replace

import pytest

from matching import Objective, Problem, Status, check, solve
from matching.problem import Acceptance, Bound, Limit, Operator
from tests.matching.build import TONNES, VALUE, slot, supply
from tests.matching.test_all_together import RUNS, Dice

LOI = Limit("LOI", Operator.AT_MOST, 8.0)
PAID = (Acceptance("fly_ash", replaced_yuan_per_t=300.0),)


def _far_apart(**more):
    """Two parts that share nothing, each with a blend."""
    return Problem(
        tuple(supply(f"s{n}", 10, east=30.0 * n, assay=(Bound("LOI", 5, 5),)) for n in range(2)),
        tuple(slot(f"k{n}", 6 + n, east=30.0 * n, accepts=PAID, **more) for n in range(2)),
    )


@pytest.mark.parametrize("objective", RUNS)
def test_a_deadline_already_past_gives_a_feasible_plan_and_an_honest_bound(objective):
    parameters, planned = RUNS[objective], 0
    for seed in range(200):
        problem = Dice(seed).problem()
        whole = solve(problem, parameters)
        result = solve(problem, replace(parameters, time_limit_s=0))
        assert check(problem, parameters, result) == (), seed
        if parameters.objective is Objective.TONNES:
            assert result.tonnes - 1e-6 <= whole.tonnes <= result.tonnes_bound + 1e-6, seed
        else:
            assert result.merit - 1e-6 <= whole.merit <= result.bound + 1e-6, seed
        if result.status is Status.STOPPED:
            assert result.gap is not None, seed
            planned += bool(result.flows)
    assert planned > 100


def test_who_asks_for_an_end_gets_only_what_was_solved():
    result = solve(_far_apart(), VALUE, should_stop=lambda: True)
    assert (result.status, result.flows) == (Status.STOPPED, ())


def test_nearest_first_under_a_blend_takes_what_the_clean_lot_makes_room_for():
    # The nearest lot alone breaks the limit; once 6 t at 5 % are there, 4.5 t at 12 % fit.
    problem = Problem(
        (
            supply("burnt", 10, assay=(Bound("LOI", 12, 12),)),
            supply("clean", 6, east=1, assay=(Bound("LOI", 5, 5),)),
        ),
        (slot("k", 20, blend=(LOI,)),),
    )
    result = solve(problem, replace(TONNES, time_limit_s=0))
    assert {f.supply_id: f.tonnes for f in result.flows} == pytest.approx(
        {"burnt": 4.5, "clean": 6.0}
    )
    assert (result.status, result.tonnes_bound) == (Status.STOPPED, 16.0)
    assert check(problem, TONNES, result) == ()


@pytest.mark.parametrize("more", [{"blend": (LOI,)}, {"min_lot_t": 2.0}, {}])
def test_a_stop_between_parts_keeps_the_parts_that_are_done(more):
    problem = _far_apart(**more)
    asked = iter([False, *[True] * 9])
    result = solve(problem, VALUE, should_stop=lambda: next(asked))
    assert check(problem, VALUE, result) == ()
    assert result.status is Status.STOPPED
    assert [f.slot_id for f in result.flows] == ["k0"]
    assert result.merit <= solve(problem, VALUE).merit <= result.bound


def test_the_bound_of_a_stopped_plan_is_checked():
    problem = _far_apart()
    asked = iter([False, *[True] * 9])
    result = solve(problem, VALUE, should_stop=lambda: next(asked))
    wrong = replace(result, bound=result.merit - 1.0)
    assert [row.owner for row in check(problem, VALUE, wrong)] == ["bound"]


def test_branch_and_bound_ends_in_time_with_what_it_has():
    dice = random.Random(5)
    problem = Problem(
        tuple(
            supply(
                f"s{n}",
                dice.uniform(5, 60),
                north=dice.uniform(0, 2),
                disposal_yuan_per_t=dice.uniform(0, 90),
            )
            for n in range(60)
        ),
        tuple(
            slot(
                f"k{n}",
                dice.uniform(60, 90),
                north=dice.uniform(0, 2),
                accepts=PAID,
                min_lot_t=dice.uniform(15, 30),
                max_suppliers=3,
            )
            for n in range(20)
        ),
    )
    for parameters in (TONNES, VALUE):
        started = time.monotonic()
        result = solve(problem, replace(parameters, time_limit_s=1.0))
        assert time.monotonic() - started < 10
        assert check(problem, parameters, result) == ()
        assert result.status in {Status.FEASIBLE, Status.OPTIMAL, Status.STOPPED}
        if result.status is Status.FEASIBLE and parameters is VALUE:
            assert result.gap > 0
            assert result.bound > result.merit > 0
