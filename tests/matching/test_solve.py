"""The optimum: by hand, by brute force, by a second solver, and by what must stay unchanged."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from matching.check import check
from matching.problem import (
    Acceptance,
    Allowed,
    FreightBand,
    Objective,
    Parameters,
    Position,
    Problem,
    ProblemError,
)
from matching.result import Remainder, Side, Stage, Status, Worth
from matching.solve import solve
from tests.matching.build import (
    KM_PER_DEGREE,
    TONNES,
    VALUE,
    arc_km,
    brute_force,
    random_problem,
    resized,
    slot,
    supply,
)


def test_more_tonnes_come_before_fewer_tonne_km():
    # a at 0 deg, b at 1 deg; k at 1 deg takes 10 t, m at 3 deg takes 10 t, radius 2.5 deg.
    # a reaches k alone, b reaches both. Nearest first would send b to k (0 km) and strand a;
    # most tonnes wants a -> k (1 deg) and b -> m (2 deg): 20 t, 10 * 1 + 10 * 2 = 30 t deg.
    problem = Problem(
        (supply("a", 10), supply("b", 10, east=1)), (slot("k", 10, east=1), slot("m", 10, east=3))
    )
    result = solve(problem, Parameters(radius_km=2.5 * KM_PER_DEGREE))
    assert result.status is Status.OPTIMAL
    assert {(f.supply_id, f.slot_id, f.tonnes) for f in result.flows} == {
        ("a", "k", 10.0),
        ("b", "m", 10.0),
    }
    assert result.tonne_km == pytest.approx(30 * KM_PER_DEGREE, rel=1e-9)
    assert result.gap == 0
    assert result.tonnes_bound == 20


def test_net_value_leaves_what_is_not_worth_its_freight():
    # 100 yuan/t avoided; freight 2 + 0.5 * km. 1 deg = 111.195 km costs 57.60 (gain 42.40);
    # 2 deg cost 113.20 (loss). Only the near slot's 4 t are sent: 4 * 42.4025 yuan.
    problem = Problem(
        (supply("a", 10, disposal_yuan_per_t=100.0),), (slot("k", 4, east=1), slot("m", 9, east=2))
    )
    result = solve(problem, VALUE)
    assert [(f.slot_id, f.tonnes) for f in result.flows] == [("k", 4.0)]
    assert result.value_yuan == pytest.approx(4 * (100 - 2 - 0.5 * KM_PER_DEGREE), rel=1e-9)
    assert result.bound == pytest.approx(result.value_yuan, rel=1e-9)
    assert result.unmatched[0].reason is Remainder.SLOTS_FULL


def test_duals_say_what_one_more_tonne_is_worth():
    # a (10 t) at 0 deg; k (6 t) at 1 deg, m (9 t) at 2 deg: 6 t to k, 4 t to m.
    # One more tonne of a goes to m: +1 t, -2 deg. One more of k's room saves 1 deg (from m).
    # m has room to spare: worth nothing either way.
    problem = Problem((supply("a", 10),), (slot("k", 6, east=1), slot("m", 9, east=2)))
    result = solve(problem, TONNES)
    dual = {row.id: row for row in result.duals}
    assert dual["a"].side is Side.SUPPLY
    assert dual["a"].more.tonnes == 1
    assert dual["a"].more.tonne_km == pytest.approx(-2 * KM_PER_DEGREE, abs=1e-6)
    assert dual["k"].more.tonnes == 0
    assert dual["k"].more.tonne_km == pytest.approx(KM_PER_DEGREE, abs=1e-6)
    assert dual["k"].less == dual["k"].more
    assert dual["m"].more == Worth()
    assert dual["m"].less == Worth()


def test_a_degenerate_dual_is_a_range():
    # 10 t meet room for exactly 10 t: one tonne less of either loses a tonne and 1 deg,
    # one tonne more of either alone gains nothing.
    result = solve(Problem((supply("a", 10),), (slot("k", 10, east=1),)), TONNES)
    for dual in result.duals:
        assert dual.more == Worth()
        assert dual.less is not None
        assert dual.less.tonnes == 1
        assert dual.less.tonne_km == pytest.approx(-KM_PER_DEGREE, abs=1e-6)


def test_a_supply_without_tonnes_has_a_price_for_more_and_none_for_less():
    result = solve(Problem((supply("a", 0),), (slot("k", 10, east=1),)), TONNES)
    dual = {row.id: row for row in result.duals}
    assert dual["a"].more.tonnes == 1
    assert dual["a"].less is None
    assert result.status is Status.NOTHING


@pytest.mark.parametrize("block", range(5))
def test_tonnes_agree_with_brute_force(block):
    for seed in range(100 * block, 100 * block + 100):
        problem = random_problem(seed)
        best = brute_force(problem, TONNES)
        result = solve(problem, TONNES)
        assert result.tonnes == best.tonnes, seed
        assert result.tonne_km == pytest.approx(best.tonne_km, rel=1e-9, abs=1e-9), seed
        assert check(problem, TONNES, result) == (), seed


@pytest.mark.parametrize("block", range(5))
def test_net_value_agrees_with_brute_force(block):
    for seed in range(100 * block, 100 * block + 100):
        problem = random_problem(seed, worth=True)
        best = brute_force(problem, VALUE)
        result = solve(problem, VALUE)
        assert result.value_yuan == pytest.approx(best.merit, rel=1e-8, abs=1e-7), seed
        assert check(problem, VALUE, result) == (), seed


@pytest.mark.parametrize("objective", [TONNES, VALUE], ids=["tonnes", "net_value"])
@pytest.mark.parametrize("seed", range(60))
def test_duals_agree_with_perturbation(seed, objective):
    # 10^-3 t is less than any whole-tonne step, so the derivative is exact.
    problem = random_problem(seed, worth=objective is VALUE)
    result = solve(problem, objective)
    step = 1e-3
    for dual in result.duals:
        for worth, by in ((dual.more, step), (dual.less, -step)):
            if worth is None:
                continue
            moved = solve(resized(problem, dual.side, dual.id, by), objective)
            sign = 1 if by > 0 else -1
            if objective is VALUE:
                assert sign * (moved.value_yuan - result.value_yuan) / step == pytest.approx(
                    worth.yuan, abs=1e-4
                )
                continue
            assert sign * (moved.tonnes - result.tonnes) / step == pytest.approx(worth.tonnes)
            saved = sign * (result.tonne_km - moved.tonne_km) / step
            assert saved == pytest.approx(worth.tonne_km, abs=1e-4)


def _larger(seed: int) -> Problem:
    dice = np.random.default_rng(seed)
    return Problem(
        tuple(
            supply(
                f"s{i}",
                round(float(dice.uniform(1, 500)), 3),
                north=dice.uniform(0, 6),
                east=dice.uniform(0, 6),
            )
            for i in range(40)
        ),
        tuple(
            slot(
                f"k{j}",
                round(float(dice.uniform(1, 700)), 3),
                north=dice.uniform(0, 6),
                east=dice.uniform(0, 6),
            )
            for j in range(25)
        ),
    )


def _second_opinion(problem: Problem, parameters: Parameters) -> tuple[float, float]:
    """Most tonnes, then fewest tonne-km at that, by the HiGHS simplex of SciPy."""
    pairs = [
        (i, j, km)
        for i, s in enumerate(problem.supplies)
        for j, k in enumerate(problem.slots)
        if (km := arc_km(s.position, k.position)) <= parameters.radius_km
    ]
    rows = np.zeros((len(problem.supplies) + len(problem.slots), len(pairs)))
    for column, (i, j, _) in enumerate(pairs):
        rows[i, column] = rows[len(problem.supplies) + j, column] = 1
    room = [row.tonnes[0] for row in (*problem.supplies, *problem.slots)]
    most = linprog(-np.ones(len(pairs)), A_ub=rows, b_ub=room, method="highs")
    km = np.array([pair[2] for pair in pairs])
    least = linprog(
        km, A_ub=rows, b_ub=room, A_eq=np.ones((1, len(pairs))), b_eq=[-most.fun], method="highs"
    )
    return -most.fun, least.fun


@pytest.mark.parametrize("seed", range(8))
def test_decimal_tonnes_agree_with_a_second_solver(seed):
    problem = _larger(seed)
    parameters = Parameters(radius_km=180)
    result = solve(problem, parameters)
    tonnes, tonne_km = _second_opinion(problem, parameters)
    assert result.tonnes == pytest.approx(tonnes, rel=1e-9)
    assert result.tonne_km == pytest.approx(tonne_km, rel=1e-7)
    assert result.gap == 0
    assert check(problem, parameters, result) == ()


def test_far_apart_regions_are_solved_apart():
    near = (supply("a", 5), supply("b", 5, east=1)), (slot("k", 7, east=0.5),)
    far = (supply("c", 5, east=80),), (slot("m", 9, east=80),)
    together = solve(Problem(near[0] + far[0], near[1] + far[1]), Parameters(radius_km=200))
    assert together.components == 2
    assert together.tonnes == 7 + 5
    assert check(Problem(near[0] + far[0], near[1] + far[1]), Parameters(), together) == ()


def test_stopping_leaves_a_feasible_plan_without_a_proof():
    problem = Problem(
        (supply("a", 5), supply("c", 5, east=80)), (slot("k", 7), slot("m", 9, east=80))
    )
    asked = iter((False, True))
    result = solve(problem, Parameters(), should_stop=lambda: next(asked))
    assert result.status is Status.STOPPED
    assert result.tonnes == 5
    assert result.bound is None
    assert (result.tonnes_bound, result.gap) == (10, 0.5)
    assert {row.id for row in result.duals} == {"a", "k"}
    assert {row.reason for row in result.unmatched} == {Remainder.NOT_SOLVED}
    assert check(problem, Parameters(), result) == ()


def test_progress_names_every_stage_once_begun_and_once_done():
    seen = []
    problem = Problem((supply("a", 5),), (slot("k", 7),))
    solve(problem, TONNES, on_progress=lambda stage, share: seen.append((stage, share)))
    stages = [Stage.CANDIDATES, Stage.SOLVE, Stage.DUALS, Stage.EXPLAIN]
    assert seen == [(stage, share) for stage in stages for share in (0.0, 1.0)]


def test_unmatched_tonnes_carry_their_reason():
    refusing = Acceptance("red_mud", allowed=Allowed.NO)
    problem = Problem(
        (
            supply("alone", 5, north=60),
            supply("full", 9),
            supply("refused", 5, material_id="red_mud"),
        ),
        (slot("k", 7), slot("m", 7, accepts=(refusing,))),
    )
    result = solve(problem, Parameters(radius_km=100))
    assert {(row.supply_id, row.tonnes, row.reason) for row in result.unmatched} == {
        ("alone", 5.0, Remainder.NO_SLOT_IN_RADIUS),
        ("full", 2.0, Remainder.SLOTS_FULL),
        ("refused", 5.0, Remainder.ALL_REFUSED),
    }


def test_worthless_pairs_say_so():
    problem = Problem((supply("a", 5, disposal_yuan_per_t=1.0),), (slot("k", 7, east=1),))
    result = solve(problem, VALUE)
    assert result.status is Status.NOTHING
    assert result.unmatched[0].reason is Remainder.NOT_WORTH_IT
    assert check(problem, VALUE, result) == ()


def test_several_materials_share_a_slots_room():
    both = (Acceptance("fly_ash"), Acceptance("bf_slag"))
    problem = Problem(
        (supply("a", 5), supply("b", 5, east=1, material_id="bf_slag")),
        (slot("k", 7, accepts=both), slot("m", 9, east=1)),
    )
    result = solve(problem, TONNES)
    # b's slag fits k alone (5 t, 1 deg), so 2 t of ash stay at k and 3 t drive 1 deg to m.
    assert result.tonnes == 10
    assert result.tonne_km == pytest.approx(8 * KM_PER_DEGREE)
    assert check(problem, TONNES, result) == ()


def test_net_value_without_freight_is_refused():
    with pytest.raises(ProblemError, match="needs freight"):
        solve(Problem((), ()), Parameters(objective=Objective.NET_VALUE))


def test_an_empty_problem_is_nothing():
    result = solve(Problem((), ()), TONNES)
    assert result.status is Status.NOTHING
    assert result.flows == ()


def test_amounts_finer_than_a_gram_are_cut_not_stretched():
    problem = Problem((supply("a", 1 / 3),), (slot("k", 1),))
    result = solve(problem, TONNES)
    assert 1 / 3 - 1e-6 <= result.tonnes <= 1 / 3


def test_huge_amounts_stay_exact():
    problem = Problem((supply("a", 1e9), supply("b", 0.001)), (slot("k", 1e9), slot("m", 5)))
    assert solve(problem, TONNES).tonnes == pytest.approx(1e9 + 0.001, abs=1e-6)


def test_road_factor_stretches_distance_and_narrows_the_radius():
    problem = Problem((supply("a", 5),), (slot("k", 9, east=1),))
    stretched = solve(problem, Parameters(radius_km=150, road_factor=1.3))
    assert stretched.flows[0].distance_km == pytest.approx(1.3 * KM_PER_DEGREE)
    assert solve(problem, Parameters(radius_km=140, road_factor=1.3)).flows == ()


def test_a_materials_own_radius_narrows_the_runs():
    problem = Problem((supply("a", 5),), (slot("k", 9, east=1),))
    narrow = Parameters(radius_km=200, material_radius_km=(("fly_ash", 100.0),))
    assert solve(problem, narrow).flows == ()


def test_freight_bands_price_by_distance():
    bands = (FreightBand(100, 1.0, 10.0), FreightBand(1000, 0.4, 30.0))
    parameters = replace(VALUE, freight=bands)
    problem = Problem((supply("a", 5, disposal_yuan_per_t=100.0),), (slot("k", 9, east=1),))
    # 111.195 km falls into the second band: 30 + 0.4 * 111.195.
    value = solve(problem, parameters).value_yuan
    assert value == pytest.approx(5 * (100 - 30 - 0.4 * KM_PER_DEGREE))


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0, 1e30])
def test_absurd_tonnes_are_refused_when_built(bad):
    with pytest.raises(ProblemError, match="tonnes"):
        supply("a", bad)


def test_positions_are_on_the_earth():
    with pytest.raises(ProblemError, match="latitude"):
        Position(95, 0)


def test_ids_are_unique():
    with pytest.raises(ProblemError, match="'a' is given twice"):
        Problem((supply("a", 1), supply("a", 2)), ())


def test_less_than_a_gram_is_nothing_to_match_and_to_prove():
    # 0.1 g are cut to nothing: the plan and its proof are those of the 10 t alone.
    problem = Problem((supply("a", 1e-7), supply("b", 10)), (slot("k", 60, north=0.1),))
    for parameters in (TONNES, VALUE):
        result = solve(problem, parameters)
        assert check(problem, parameters, result) == ()
    assert [flow.supply_id for flow in solve(problem, TONNES).flows] == ["b"]
