"""Answers on tiny worlds against trying every whole-tonne plan: nothing of the solver is believed."""

import random
from dataclasses import replace

import pytest

from matching.changes import (
    AddPlant,
    AddSupply,
    PriceKind,
    RemovePlant,
    RemoveSupply,
    ScaleCapacity,
    SetCalendar,
    SetLimit,
    SetParameters,
    SetPrice,
)
from matching.explain import rank_for_slot, rank_for_supply
from matching.location import Candidate, best_site
from matching.loss import losses
from matching.mixes import mixtures
from matching.problem import (
    Acceptance,
    Bound,
    Limit,
    Objective,
    Operator,
    Parameters,
    Position,
    Problem,
    Weights,
)
from matching.result import Side
from matching.solve import solve
from matching.whatif import Figure, what_if
from tests.matching.build import TONNES, VALUE, arc_km, brute_force, random_problem, slot, supply

POINTS = replace(
    VALUE,
    objective=Objective.WEIGHTED,
    transport_co2_kg_per_t_km=0.1,
    weights=Weights(yuan=1, co2_kg=0.5, tonne=20, tonne_km=-0.1),
)
CO2 = replace(VALUE, objective=Objective.NET_CO2, transport_co2_kg_per_t_km=0.1)
OBJECTIVES = {"tonnes": TONNES, "value": VALUE, "co2": CO2, "points": POINTS}
MOST = 8.0


def _world(seed: int, *, most: int = 3) -> Problem:
    """Lots of which some break a limit, some have no report."""
    dice = random.Random(seed)
    drawn = random_problem(seed, most=most, worth=True)
    limit = Limit("LOI", Operator.AT_MOST, MOST)
    return replace(
        drawn,
        supplies=tuple(
            replace(row, assay=dice.choice(((), (Bound("LOI", 3, dice.uniform(4, 10)),))))
            for row in drawn.supplies
        ),
        slots=tuple(
            replace(row, accepts=tuple(replace(use, limits=(limit,)) for use in row.accepts))
            for row in drawn.slots
        ),
    )


def _passing(problem: Problem) -> Problem:
    """Leave out the lots each slot refuses, by arithmetic of one line; limits may differ by slot."""
    limits = {use.limits for row in problem.slots for use in row.accepts}
    (own,) = limits or {()}
    kept = tuple(
        row
        for row in problem.supplies
        if not row.assay or not own or row.assay[0].high <= own[0].value
    )
    return replace(problem, supplies=kept)


def _reached(problem: Problem, parameters: Parameters) -> tuple[float, float]:
    best = brute_force(_passing(problem), parameters)
    if parameters.objective is Objective.TONNES:
        return best.tonnes, -best.tonne_km
    return 0.0, best.merit


def _gain(after: tuple[float, float], before: tuple[float, float]) -> tuple[float, float]:
    return after[0] - before[0], after[1] - before[1]


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("block", range(4))
def test_a_what_if_differs_by_what_all_plans_of_both_worlds_differ(name, block):
    parameters = OBJECTIVES[name]
    for seed in range(25 * block, 25 * block + 25):
        dice, problem = random.Random(seed), _world(seed)
        giver, taker = dice.choice(problem.supplies), dice.choice(problem.slots)
        new = slot("new", 2, north=1, east=1, accepts=taker.accepts)
        lot = replace(supply("more", 2, north=2), disposal_yuan_per_t=50.0)
        change = dice.choice((
            SetPrice(PriceKind.DISPOSAL, giver.id, dice.uniform(0, 400)),
            SetCalendar(Side.SUPPLY, giver.id, (float(dice.randint(0, 3)),)),
            ScaleCapacity(Side.SLOT, taker.id, 0.0),
            SetParameters(replace(parameters, radius_km=400)),
            AddSupply(lot), RemoveSupply(giver.id), AddPlant((new,)), RemovePlant(taker.sink_id),
        ))  # fmt: skip
        answer = what_if(problem, parameters, [change])
        before, after = (
            _reached(problem, parameters),
            _reached(answer.case.problem, answer.case.parameters),
        )
        if parameters.objective is Objective.TONNES:
            figures = (
                answer.change_of(Figure.TONNES),
                -answer.change_of(Figure.TONNE_KM),
            )
        else:
            figures = 0.0, answer.after.merit - answer.before.merit
        assert figures == pytest.approx(_gain(after, before), rel=1e-6, abs=1e-4), (seed, change)


def test_a_what_if_on_a_limit_differs_by_what_all_plans_differ():
    for seed in range(60):
        problem = _world(seed)
        if len(problem.slots) != 1:
            continue
        change = SetLimit(problem.slots[0].id, "LOI", 9.5, material_id="fly_ash")
        answer = what_if(problem, VALUE, [change])
        after = _reached(answer.case.problem, VALUE)
        gain = _gain(after, _reached(problem, VALUE))[1]
        assert answer.after.merit - answer.before.merit == pytest.approx(gain, abs=1e-4), seed


@pytest.mark.parametrize("seed", range(60))
def test_each_loss_is_what_all_plans_without_the_plant_fall_short(seed):
    problem = _world(seed)
    for loss in losses(problem, TONNES):
        without = replace(problem, slots=tuple(k for k in problem.slots if k.sink_id != loss.id))
        fallen = _gain(_reached(problem, TONNES), _reached(without, TONNES))
        found = loss.stranded_t, loss.extra_tonne_km
        assert found == pytest.approx(fallen, rel=1e-6, abs=1e-3)
    for loss in losses(problem, VALUE):
        without = replace(problem, slots=tuple(k for k in problem.slots if k.sink_id != loss.id))
        fallen = _gain(_reached(problem, VALUE), _reached(without, VALUE))
        assert loss.lost_yuan == pytest.approx(fallen[1], rel=1e-6, abs=1e-4)


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("seed", range(12))
def test_the_best_site_is_the_best_of_all_plans_at_all_sites(name, seed):
    parameters, problem = OBJECTIVES[name], _world(seed, most=2)
    dice = random.Random(seed)
    plant = slot("new", 2, accepts=problem.slots[0].accepts)
    places = [Candidate(Position(dice.uniform(0, 6), dice.uniform(0, 6))) for _ in range(4)]
    today = _reached(problem, parameters)
    gains = [
        _gain(
            _reached(
                replace(problem, slots=(*problem.slots, replace(plant, position=place.position))),
                parameters,
            ),
            today,
        )
        for place in places
    ]
    best = best_site(problem, parameters, [plant], places).best
    assert best is not None
    assert best.gain is not None
    found = best.gain.tonnes, best.gain.tonne_km + best.gain.yuan
    assert found == pytest.approx(max(gains), rel=1e-6, abs=1e-3)


@pytest.mark.parametrize("name", OBJECTIVES)
@pytest.mark.parametrize("block", range(3))
def test_proposals_are_the_pairs_that_do_most_when_alone(name, block):
    """A pair's place is by the gain of one tonne of it in a world of these two."""
    parameters = replace(OBJECTIVES[name], radius_km=600.0)
    for seed in range(20 * block, 20 * block + 20):
        problem = _world(seed, most=6)
        taker = problem.slots[0]
        gains = {}
        for row in problem.supplies:
            pair = Problem((replace(row, tonnes=(1.0,)),), (replace(taker, tonnes=(1.0,)),))
            if arc_km(row.position, taker.position) <= 600 and _passing(pair).supplies:
                reached = _reached(pair, parameters)
                gains[row.id] = reached[1] if reached != (0.0, 0.0) else None
        found = [
            view.supply_id
            for view in rank_for_slot(problem, parameters, taker.id, 99)
            if view.verdict.passes
        ]
        assert set(found) == set(gains), seed
        worth = [gain for gain in (gains[name] for name in found) if gain is not None]
        assert worth == sorted(worth, reverse=True), seed
        # What is worth nothing alone stands behind whatever is worth something.
        assert all(gains[name] is None for name in found[len(worth) :]), seed
        for row in problem.supplies:
            views = rank_for_supply(problem, parameters, row.id, 99)
            mine = [v.slot_id for v in views if v.verdict.passes]
            assert (taker.id in mine) == (row.id in gains), seed


def _three_lots(seed: int) -> Problem:
    dice = random.Random(seed)
    limits = (Limit("LOI", Operator.AT_MOST, 8.0), Limit("SO3", Operator.AT_MOST, 3.0))
    return Problem(
        tuple(
            supply(
                f"s{i}",
                float(dice.randint(1, 9)),
                east=dice.uniform(0, 3),
                moisture_share=dice.choice((None, 0.2)),
                assay=(
                    Bound("LOI", v := dice.uniform(2, 12), v + dice.choice((0, 1))),
                    Bound("SO3", w := dice.uniform(1, 5), w),
                ),
            )
            for i in range(4)
        ),
        (slot("k", 12.0, accepts=(Acceptance("fly_ash"),), blend=limits),),
    )


@pytest.mark.parametrize("seed", range(60))
def test_a_mixture_is_the_best_plan_of_its_offers_and_no_other_mixture_is_missing(seed):
    """Each pair is solved as a plan of its own: what both can bring together, if anything."""
    problem = _three_lots(seed)
    found = {
        frozenset(part.supply_id for part in mix.parts): mix
        for mix in mixtures(problem, TONNES, "k", top=999)
    }
    alone = {
        row.id for row in problem.supplies if solve(replace(problem, supplies=(row,)), TONNES).flows
    }
    for first in problem.supplies:
        for second in problem.supplies:
            both = frozenset((first.id, second.id))
            if first.id >= second.id:
                continue
            plan = solve(replace(problem, supplies=(first, second)), TONNES)
            together = {flow.supply_id for flow in plan.flows} == both
            assert (both in found) == (together and not both <= alone), (seed, both)
            if both in found:
                tonnes = sum(part.tonnes for part in found[both].parts)
                assert tonnes == pytest.approx(plan.tonnes, rel=1e-6)
