"""Loss of a plant: hand-solved, and equal to solving the whole problem without it."""

from dataclasses import replace

import pytest

from matching.loss import losses
from matching.problem import (
    Acceptance,
    Bound,
    Commitment,
    Limit,
    Objective,
    Operator,
    Parameters,
    Problem,
    ProblemError,
    Storage,
)
from matching.solve import solve
from tests.matching.build import KM_PER_DEGREE, TONNES, VALUE, random_problem, slot, supply

# One row along the equator: a at 0, b at 3 degrees; near at 1, far at 4 degrees.
ROW = Problem(
    (supply("a", 10), supply("b", 6, east=3)),
    (slot("near", 12, east=1), slot("far", 8, east=4)),
)


def test_what_a_lost_plant_leaves_behind():
    # a: 10 t to near (1 deg), b: 6 t to far (1 deg): 16 t deg. Without near, far has 8 t of room:
    # 8 t are placed, best are b's 6 (1 deg) and 2 of a's (4 deg): 14 t deg, 8 t are stranded.
    loss = next(row for row in losses(ROW, TONNES) if row.id == "near")
    assert (loss.took_t, loss.stranded_t, loss.rerouted_t) == (10, 8, 2)
    assert loss.extra_tonne_km == pytest.approx(-2 * KM_PER_DEGREE)
    (turn,) = loss.turns
    assert (turn.id, turn.lost_t, turn.stranded_t) == ("a", 10, 8)
    assert [(move.other_id, move.more_t) for move in turn.moves] == [("far", 2)]
    assert turn.second_best is not None
    assert turn.second_best.other_id == "far"
    assert turn.second_best.extra_km == pytest.approx(3 * KM_PER_DEGREE)


def test_the_most_stranding_loss_stands_first():
    # Without far, near takes a's 10 t and 2 of b's (2 deg): 4 t are stranded.
    assert [(row.id, row.stranded_t) for row in losses(ROW, TONNES)] == [
        ("near", 8),
        ("far", 4),
    ]


def test_one_who_never_sent_there_may_be_pushed_out():
    # far takes b alone; without near a's 10 t come 3 deg to far, where there is room for 8.
    # Worth: a 100, b 90 yuan/t less the way: a (4 deg) 100 - 40, b (1 deg) 30 - 10.
    km = KM_PER_DEGREE
    parameters = replace(
        VALUE, freight=(replace(VALUE.freight[0], yuan_per_t_km=10 / km, fixed_yuan_per_t=0.0),)
    )
    problem = Problem(
        (
            supply("a", 10, disposal_yuan_per_t=100.0),
            supply("b", 6, east=3, disposal_yuan_per_t=30.0),
        ),
        ROW.slots,
    )
    loss = next(row for row in losses(problem, parameters) if row.id == "near")
    assert loss.stranded_t == pytest.approx(16 - 8)
    turns = {turn.id: turn for turn in loss.turns}
    assert (turns["a"].lost_t, turns["a"].stranded_t) == (10, 2)
    assert (turns["b"].lost_t, turns["b"].stranded_t) == (0, 6)
    assert turns["b"].second_best is None
    # Before 10 * 90 + 6 * 20, after 8 * 60.
    assert loss.lost_yuan == pytest.approx(1020 - 480)


def test_a_plant_falls_with_all_its_slots():
    joined = replace(ROW, slots=tuple(replace(row, sink_id="works") for row in ROW.slots))
    (loss,) = losses(joined, TONNES)
    assert loss.stranded_t == 16
    assert {turn.second_best for turn in loss.turns} == {None}


def test_an_idle_plant_is_no_loss():
    problem = replace(ROW, slots=(*ROW.slots, slot("idle", 50, east=9)))
    loss = next(row for row in losses(problem, TONNES) if row.id == "idle")
    assert (loss.took_t, loss.stranded_t, loss.extra_tonne_km, loss.turns) == (0, 0, 0, ())


def test_only_those_asked_for_and_as_far_as_time_allows():
    assert [row.id for row in losses(ROW, TONNES, ["far"])] == ["far"]
    assert losses(ROW, TONNES, should_stop=lambda: True) == ()
    shares: list[float] = []
    losses(ROW, TONNES, on_progress=shares.append)
    assert shares == [0.5, 1.0]
    with pytest.raises(ProblemError, match="'ghost'"):
        losses(ROW, TONNES, ["ghost"])


def agrees_with_solving_anew(problem: Problem, parameters: Parameters) -> None:
    whole = solve(problem, parameters)
    for loss in losses(problem, parameters):
        slots = tuple(row for row in problem.slots if row.sink_id != loss.id)
        left = {row.id for row in slots}
        bound = tuple(row for row in problem.commitments if row.slot_id in left)
        rest = solve(replace(problem, slots=slots, commitments=bound), parameters)
        lost = (whole.value_yuan - whole.storage_yuan) - (rest.value_yuan - rest.storage_yuan)
        if parameters.objective is Objective.TONNES:
            assert loss.stranded_t == pytest.approx(whole.tonnes - rest.tonnes, abs=1e-5)
            assert loss.extra_tonne_km == pytest.approx(
                rest.tonne_km - whole.tonne_km, rel=1e-6, abs=1e-3
            )
        else:
            assert loss.lost_yuan == pytest.approx(lost, rel=1e-6, abs=1e-4)
        took = sum(turn.lost_t for turn in loss.turns)
        assert took == pytest.approx(loss.took_t)
        moved = sum(move.more_t for turn in loss.turns for move in turn.moves)
        assert moved >= loss.rerouted_t - 1e-6


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("parameters", [TONNES, VALUE], ids=["tonnes", "value"])
def test_each_loss_agrees_with_solving_anew(seed: int, parameters: Parameters):
    agrees_with_solving_anew(random_problem(seed, most=5, worth=parameters is VALUE), parameters)


@pytest.mark.parametrize("parameters", [TONNES, VALUE], ids=["tonnes", "value"])
def test_over_months_with_yards_too(parameters: Parameters):
    use = (Acceptance("fly_ash", replaced_yuan_per_t=500.0),)
    problem = Problem(
        (
            supply("a", 5, 5, 5, storage=Storage(2, 5, 1.0)),
            supply("b", 4, 0, 6, east=1),
            supply("c", 0, 3, 3, east=2),
        ),
        (
            slot("k", 10, 0, 10, east=1, accepts=use, storage=Storage(1, 4, 2.0)),
            slot("m", 0, 5, 0, east=3, accepts=use),
            slot("n", 3, 3, 3, east=2.5, accepts=use, storage=Storage(0, 6, 0.5)),
        ),
        periods=("one", "two", "three"),
    )
    agrees_with_solving_anew(problem, parameters)


def blended_pair() -> Problem:
    blend = (Limit("LOI", Operator.AT_MOST, 5.0),)
    return Problem(
        (
            supply("clean", 6, assay=(Bound("LOI", 3, 3),)),
            supply("burnt", 6, east=0.5, assay=(Bound("LOI", 9, 9),)),
        ),
        (slot("k", 8, east=1, blend=blend), slot("m", 8, east=2, blend=blend)),
    )


def test_under_blend_limits_too():
    agrees_with_solving_anew(blended_pair(), TONNES)


def test_whoever_asks_to_stop_waits_for_no_plan_of_a_part():
    answers = iter([False])
    assert losses(blended_pair(), TONNES, should_stop=lambda: next(answers, True)) == ()
    assert losses(blended_pair(), replace(TONNES, time_limit_s=0.0)) == ()


def test_with_a_choice_of_suppliers_too():
    problem = Problem(
        (supply("a", 5), supply("b", 4, east=0.5), supply("c", 6, east=1)),
        (
            slot("k", 9, east=1, max_suppliers=1),
            slot("m", 8, east=2, min_lot_t=3.0),
            slot("n", 3, east=3),
        ),
    )
    agrees_with_solving_anew(problem, TONNES)


@pytest.mark.parametrize("parameters", [TONNES, VALUE], ids=["tonnes", "value"])
def test_with_contracts_in_force_too(parameters: Parameters):
    # a is bound to far, 2000 km beyond any radius; when far falls, its 4 t are free for near.
    far = 30.0
    problem = Problem(
        (
            supply("a", 10, disposal_yuan_per_t=300.0),
            supply("b", 6, east=1, disposal_yuan_per_t=250.0),
        ),
        (slot("near", 9, east=1), slot("far", 8, east=far)),
        commitments=(Commitment("a", "far", "year", 4.0),),
    )
    agrees_with_solving_anew(problem, parameters)
    loss = next(row for row in losses(problem, parameters) if row.id == "far")
    assert loss.took_t == 4
    assert loss.turns[0].lost_t == 4
