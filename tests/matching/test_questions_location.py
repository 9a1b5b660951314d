"""Siting one plant: hand-solved, and equal to trying every candidate."""

import random
from dataclasses import replace

import pytest

from matching.location import Candidate, best_site
from matching.problem import (
    Acceptance,
    BorderRule,
    Bound,
    Commitment,
    Limit,
    Objective,
    Operator,
    Parameters,
    Position,
    Problem,
    ProblemError,
    Rule,
    Severity,
    Storage,
    Weights,
)
from matching.result import Worth
from matching.solve import solve
from tests.matching.build import KM_PER_DEGREE, TONNES, VALUE, random_problem, slot, supply

USE = (Acceptance("fly_ash", replaced_yuan_per_t=200.0),)
# a with 10 t at 0 degrees, b with 6 t at 5; k takes 4 t at 0.
TWO = Problem((supply("a", 10), supply("b", 6, east=5)), (slot("k", 4),))


def east(degrees: float, province: str = "") -> Candidate:
    return Candidate(Position(0, degrees), province)


def test_where_most_tonnes_lie_idle():
    # Radius 2 degrees. At 1: a's other 6 t; at 5: b's 6 t and no way; at 6: 6 t, 1 degree.
    parameters = Parameters(radius_km=2 * KM_PER_DEGREE)
    found = best_site(TWO, parameters, [slot("new", 8)], [east(1), east(5), east(6), east(20)])
    assert found.proven
    assert found.best is not None
    assert found.best.candidate == east(5)
    assert found.best.gain == Worth(tonnes=6, tonne_km=0)
    assert [(flow.supply_id, flow.tonnes) for flow in found.best.feeds] == [("b", 6)]
    # Priced at nothing, a's 10 t could fill all 8 t at 1 degree, so that place is solved too; the
    # one at 6 is bound to 6 t and a way, which the best already beats.
    assert found.best.bound == Worth(tonnes=6, tonne_km=0)
    assert found.sites[1].bound.tonnes == 8
    assert found.solved == 2
    assert found.sites[2].candidate == east(6)
    assert found.sites[-1].bound == Worth()


def test_a_place_that_only_saves_the_way():
    # One supply of 4 t drives 3 degrees to k. A plant 1 degree away saves 2 * 4 t deg.
    problem = Problem((supply("a", 4),), (slot("k", 9, east=3),))
    found = best_site(problem, TONNES, [slot("new", 4)], [east(4), east(1)])
    assert found.best is not None
    assert found.best.gain is not None
    assert found.best.gain.tonnes == 0
    assert found.best.gain.tonne_km == pytest.approx(8 * KM_PER_DEGREE)


def test_worth_in_yuan():
    # At 0: 6 t of a's rest (k has 4) at 200 - 2 = 198 yuan/t; room is 5 t: 990 yuan.
    problem = replace(TWO, slots=(replace(TWO.slots[0], accepts=USE),))
    found = best_site(problem, VALUE, [slot("new", 5, accepts=USE)], [east(0), east(2)])
    assert found.best is not None
    assert found.best.gain is not None
    assert found.best.gain.yuan == pytest.approx(5 * 198)


def test_a_border_closes_a_place():
    rule = BorderRule(hazardous=False, severity=Severity.BLOCK, rule=Rule("border"))
    problem = replace(
        TWO,
        supplies=(replace(TWO.supplies[0], province="Henan"),),
        slots=(replace(TWO.slots[0], province="Henan"),),
        border_rules=(rule,),
    )
    places = [east(0.1, "Shanxi"), east(1, "Henan")]
    found = best_site(problem, TONNES, [slot("new", 9)], places)
    assert found.best is not None
    assert found.best.candidate == places[1]
    assert found.sites[1].bound == Worth()


def test_stopping_early_is_said():
    found = best_site(TWO, TONNES, [slot("new", 8)], [east(1)], should_stop=lambda: True)
    assert (found.best, found.proven, found.solved) == (None, False, 0)
    assert best_site(TWO, TONNES, [slot("new", 8)], []).best is None


def test_rounding_does_not_decide_between_equal_tonnes():
    # 0.3 t from c, a degree off, or 0.1 t of a and 0.2 t of b at 5 degrees, whose sum is a hair
    # more in floating point. What d has a month too soon only makes the bound there a loose one.
    lots = supply("a", 0, 0.1), supply("b", 0, 0.2), supply("c", 0, 0.3, east=20)
    problem = Problem((*lots, supply("d", 0.3, 0, east=5)), (), periods=("2026-01", "2026-02"))
    plant = slot("new", 0, 0.3, storage=Storage())
    parameters = Parameters(radius_km=6 * KM_PER_DEGREE)
    found = best_site(problem, parameters, [plant], [east(5), east(21)])
    assert (found.solved, found.proven) == (2, True)
    assert [site.candidate for site in found.sites] == [east(21), east(5)]
    assert found.sites[0].gain is not None
    assert found.sites[0].gain.tonne_km == pytest.approx(-0.3 * KM_PER_DEGREE)


def test_what_plans_without_time_tell_is_not_proven():
    hurried = replace(TONNES, time_limit_s=0.0)
    assert best_site(TWO, TONNES, [slot("new", 8)], [east(1)]).proven
    assert not best_site(TWO, hurried, [slot("new", 8)], [east(1)]).proven


def test_a_plant_that_is_there_already_is_no_new_one():
    with pytest.raises(ProblemError, match="already there"):
        best_site(TWO, TONNES, [slot("k", 8)], [east(1)])
    with pytest.raises(ProblemError, match="2 amounts for 1 periods"):
        best_site(TWO, TONNES, [slot("new", 8, 8)], [east(1)])


def levels(worth: Worth) -> tuple[float, float]:
    return worth.tonnes, worth.tonne_km + worth.yuan


def agrees_with_trying_all(problem, parameters, plant, candidates) -> int:
    found = best_site(problem, parameters, plant, candidates)
    before, gains = solve(problem, parameters), []
    for candidate in candidates:
        placed = tuple(replace(k, position=candidate.position) for k in plant)
        after = solve(replace(problem, slots=(*problem.slots, *placed)), parameters)
        if parameters.objective is Objective.TONNES:
            gain = after.tonnes - before.tonnes, before.tonne_km - after.tonne_km
        else:
            gain = 0.0, after.merit - before.merit
        gains.append(gain)
        bound = next(levels(s.bound) for s in found.sites if s.candidate == candidate)
        rounded = round(gain[0] - bound[0], 5), gain[1] - bound[1]
        assert rounded <= (0, 1e-5 * max(1.0, abs(bound[1]))), "a bound below the truth"
    assert found.best is not None
    assert found.best.gain is not None
    best = max((round(tonnes, 5), second) for tonnes, second in gains)
    assert levels(found.best.gain) == pytest.approx(best, rel=1e-6, abs=1e-4)
    return len(candidates) - found.solved


POINTS = replace(
    VALUE, objective=Objective.WEIGHTED, weights=Weights(yuan=1, tonne=30, tonne_km=-0.2)
)


@pytest.mark.parametrize("parameters", [TONNES, VALUE, POINTS], ids=["tonnes", "value", "points"])
def test_the_best_of_many_places_as_by_trying_all(parameters: Parameters):
    pruned = 0
    for seed in range(40):
        dice = random.Random(seed)
        problem = random_problem(seed, most=4, worth=parameters is not TONNES)
        places = [Candidate(Position(dice.uniform(0, 9), dice.uniform(0, 9))) for _ in range(5)]
        plant = [slot("new", dice.randint(1, 4), accepts=USE), slot("new2", 1, accepts=USE)]
        pruned += agrees_with_trying_all(problem, parameters, plant, places)
    assert pruned > 40


@pytest.mark.parametrize("parameters", [TONNES, VALUE], ids=["tonnes", "value"])
@pytest.mark.parametrize("silo", [None, Storage(1, 3, 1.0)])
def test_over_months_with_yards(parameters: Parameters, silo: Storage | None):
    problem = Problem(
        (
            supply("a", 5, 0, 5, storage=Storage(2, 3, 1.0)),
            supply("b", 4, 0, 6, east=1),
        ),
        (slot("k", 3, 0, 4, east=1, accepts=USE),),
        periods=("one", "two", "three"),
    )
    plant = [slot("new", 2, 4, 3, accepts=USE, storage=silo)]
    agrees_with_trying_all(problem, parameters, plant, [east(d) for d in (0, 0.5, 1.5, 3)])


def test_under_blend_limits():
    problem = Problem(
        (
            supply("clean", 6, assay=(Bound("LOI", 3, 3),)),
            supply("burnt", 6, east=0.5, assay=(Bound("LOI", 9, 9),)),
        ),
        (slot("k", 4, east=1, blend=(Limit("LOI", Operator.AT_MOST, 5.0),)),),
    )
    plant = [slot("new", 8, blend=(Limit("LOI", Operator.AT_MOST, 6.0),))]
    agrees_with_trying_all(problem, TONNES, plant, [east(0), east(2)])


def test_with_a_choice_of_suppliers():
    problem = Problem(
        (supply("a", 5), supply("b", 4, east=0.5), supply("c", 6, east=1)),
        (slot("k", 5, east=1, max_suppliers=1),),
    )
    plant = [slot("new", 8, min_lot_t=5.0)]
    agrees_with_trying_all(problem, TONNES, plant, [east(0), east(1), east(2)])


@pytest.mark.parametrize("parameters", [TONNES, VALUE], ids=["tonnes", "value"])
def test_where_one_part_is_blended_and_another_is_not(parameters: Parameters):
    blended = slot("k", 4, east=1, blend=(Limit("LOI", Operator.AT_MOST, 5.0),), accepts=USE)
    problem = Problem(
        (
            supply("clean", 6, assay=(Bound("LOI", 3, 3),)),
            supply("burnt", 6, east=0.5, assay=(Bound("LOI", 9, 9),)),
            supply("slag", 5, east=2, material_id="bf_slag"),
        ),
        (
            blended,
            slot("mill", 9, east=4, accepts=(Acceptance("bf_slag", replaced_yuan_per_t=300),)),
        ),
        commitments=(Commitment("slag", "mill", "year", 1.0),),
    )
    both = (*USE, Acceptance("bf_slag", replaced_yuan_per_t=200.0))
    plant = [slot("new", 7, accepts=both)]
    agrees_with_trying_all(problem, parameters, plant, [east(d) for d in (0, 0.5, 2, 3)])
