"""What one tonne more or less is worth, held against plans made again with it."""

from dataclasses import replace

import pytest

from matching import Objective, Problem, blended, solve
from matching.problem import Acceptance, Bound, Commitment, Licence, Limit, Operator, Storage
from matching.rawmix import RawMaterial
from matching.result import Dual, Result, Side, Worth
from tests.matching.build import TONNES, VALUE, slot, supply
from tests.matching.test_all_together import RUNS, Dice
from tests.matching.test_kilns import FEEDS, _alone, _wastes
from tests.matching.test_kilns import VALUE as KILN_VALUE

STEP = 1e-3
LOI = Limit("LOI", Operator.AT_MOST, 8.0)


def _moved(problem: Problem, dual: Dual, by: float) -> Problem:
    month = problem.periods.index(dual.period)

    def rows(given):
        return tuple(
            replace(
                row, tonnes=(*row.tonnes[:month], row.tonnes[month] + by, *row.tonnes[month + 1 :])
            )
            if row.id == dual.id
            else row
            for row in given
        )

    if dual.side is Side.SUPPLY:
        return replace(problem, supplies=rows(problem.supplies))
    return replace(problem, slots=rows(problem.slots))


def _gain(before: Result, after: Result, parameters) -> tuple[float, float]:
    if parameters.objective is Objective.TONNES:
        return after.tonnes - before.tonnes, before.tonne_km - after.tonne_km
    return after.merit - before.merit, 0.0


def _hold(problem: Problem, parameters) -> int:
    """Move each supply and slot by a kilogram both ways; return how many prices held."""
    result = solve(problem, parameters)
    held = 0
    for dual in result.duals:
        for worth, by in ((dual.more, STEP), (dual.less, -STEP)):
            amounts = problem.supplies if dual.side is Side.SUPPLY else problem.slots
            row = next(row for row in amounts if row.id == dual.id)
            if (
                worth is None
                or not dual.exact
                or row.tonnes[problem.periods.index(dual.period)] + by < 0
            ):
                continue
            after = solve(_moved(problem, dual, by), parameters)
            found = [gain / by for gain in _gain(result, after, parameters)]
            first = worth.tonnes if parameters.objective is Objective.TONNES else worth.yuan
            assert found[0] == pytest.approx(first, rel=2e-3, abs=2e-3), dual
            assert found[1] == pytest.approx(worth.tonne_km, rel=2e-2, abs=2e-2), dual
            held += 1
    return held


def _without_old_stock(problem: Problem) -> Problem:
    """More room of a slot whose opening stock lasts is filled from that first."""
    slots = tuple(
        replace(row, storage=row.storage and replace(row.storage, opening_t=0.0))
        for row in problem.slots
    )
    return replace(problem, slots=slots)


@pytest.mark.parametrize("objective", RUNS)
def test_prices_hold_under_every_feature_at_once(objective):
    problems = (_without_old_stock(Dice(seed).problem()) for seed in range(60, 74))
    assert sum(_hold(problem, RUNS[objective]) for problem in problems) > 200


@pytest.mark.parametrize("objective", [Objective.NET_VALUE, Objective.NET_CO2, Objective.WEIGHTED])
def test_prices_hold_at_a_kiln(objective):
    # 60 t of each waste and all the virgin feeds one could want.
    clay = RawMaterial(
        "clay",
        {"SiO2": 60, "Al2O3": 18, "Fe2O3": 7, "CaO": 2, "MgO": 1, "Na2O": 0.3, "K2O": 1},
        7,
        15,
    )
    problem = _alone(_wastes("fly_ash", "steel_slag", "carbide_slag"), feeds=(*FEEDS, clay))
    short = tuple(replace(row, tonnes=(60.0,)) for row in problem.supplies)
    parameters = replace(
        KILN_VALUE,
        objective=objective,
        carbon_yuan_per_t=75,
        transport_co2_kg_per_t_km=0.1,
        weights=RUNS["weighted"].weights,
    )
    assert _hold(replace(problem, supplies=short), parameters) >= 6


def test_a_degenerate_price_under_a_blend_is_a_range():
    # 6 t at 5 % carry exactly the 4.5 t at 12 % that there are: one more clean tonne gains itself
    # alone, one less takes 3/4 t of the burnt with it.
    problem = Problem(
        (
            supply("burnt", 4.5, assay=(Bound("LOI", 12, 12),)),
            supply("clean", 6, assay=(Bound("LOI", 5, 5),)),
        ),
        (slot("k", 20, blend=(LOI,)),),
    )
    result = solve(problem, TONNES)
    dual = {row.id: row for row in result.duals}
    assert dual["clean"].more.tonnes == pytest.approx(1.0)
    assert dual["clean"].less.tonnes == pytest.approx(1.75)
    assert dual["burnt"].more.tonnes == pytest.approx(0.0)
    assert dual["burnt"].less.tonnes == pytest.approx(1.0)
    assert dual["k"].more == dual["k"].less == Worth()
    (mix,) = result.mixes
    assert mix.worth.tonnes == pytest.approx(0.0)
    assert mix.tighter.tonnes == pytest.approx(2.625)
    assert all(row.exact for row in (*result.duals, mix))


def test_a_licence_that_just_fits_has_two_prices():
    codes = frozenset({"321-024-48"})
    problem = Problem(
        (supply("dross", 5, hazard_codes=codes),),
        (slot("k", 9, licences=(Licence(codes, tonnes=5.0),)),),
    )
    (use,) = solve(problem, TONNES).quota_uses
    assert (use.worth.tonnes, use.less.tonnes) == (0.0, pytest.approx(1.0))


def test_a_supplier_without_a_place_gains_nothing_with_more():
    # One supplier only: the 5 t stay chosen when the 4 t grow by little, and lose all when short.
    problem = Problem((supply("a", 4), supply("b", 5)), (slot("k", 9, max_suppliers=1),))
    dual = {row.id: row for row in solve(problem, TONNES).duals}
    assert (dual["a"].more.tonnes, dual["b"].more.tonnes) == (0.0, pytest.approx(1.0))
    assert dual["b"].less.tonnes == pytest.approx(1.0)


def test_one_dual_of_several_is_said_to_be_one(monkeypatch):
    # The first-order solver of large plans gives near-optimal duals: they are no ranges.
    uses = (Acceptance("fly_ash", replaced_yuan_per_t=90.0),)
    problem = Problem(
        (supply("a", 5, assay=(Bound("LOI", 5, 5),)),), (slot("k", 5, accepts=uses, blend=(LOI,)),)
    )
    assert all(row.exact for row in solve(problem, VALUE).duals)
    monkeypatch.setattr(blended, "_LARGE", 0)
    assert not any(row.exact for row in solve(problem, VALUE).duals)


@pytest.mark.parametrize("blend", [(), (LOI,)], ids=["network", "programme"])
def test_room_that_opening_stock_would_fill_has_no_exact_price(blend):
    # 4 t lie there: 3 t of room are eaten in the first period, 1 t in the second. Then it is gone,
    # and a tonne of room more is a tonne of ash more.
    taker = slot("k", *(3.0, 3.0, 3.0), storage=Storage(4.0, 4.0), blend=blend)
    giver = supply("a", *(9.0, 9.0, 9.0), assay=(Bound("LOI", 5, 5),))
    problem = Problem((giver,), (taker,), periods=("p", "q", "r"))
    duals = solve(problem, TONNES).duals
    assert [row.exact for row in duals if row.side is Side.SLOT] == [False, False, True]
    assert all(row.exact for row in duals if row.side is Side.SUPPLY)
    last = duals[-1]
    assert (last.period, last.more.tonnes) == ("r", pytest.approx(1.0))


@pytest.mark.parametrize("blend", [(), (LOI,)], ids=["network", "programme"])
def test_what_waits_for_contracts_leaves_no_exact_price(blend):
    # In q 4 t come to 2 t of room: the other 2 t wait in the silo, and 2 t more room take those.
    report = (Bound("LOI", 5, 5),)
    givers = (supply("a", 0.0, 4.0, assay=report), supply("b", 0.0, 9.0, assay=report))
    taker = slot("k", 2.0, 2.0, storage=Storage(0.0, 5.0), blend=blend)
    bound = (Commitment("a", "k", "q", 4.0),)
    problem = Problem(givers, (taker,), periods=("p", "q"), commitments=bound)
    plan, roomy = (
        solve(replace(problem, slots=(replace(taker, tonnes=(2.0, last)),)), TONNES)
        for last in (2.0, 4.0)
    )
    assert (plan.tonnes, roomy.tonnes) == (4.0, 4.0)
    assert [row.exact for row in plan.duals if row.side is Side.SLOT] == [True, False]
    assert all(row.exact for row in plan.duals if row.side is Side.SUPPLY)
    # 4 t of p wait at 8 yuan/t for the contract of q: a tonne arising in q would save 8 yuan.
    giver = supply("a", 4.0, 0.0, assay=report, storage=Storage(0.0, 4.0, 8.0))
    waiting = replace(problem, supplies=(giver,), slots=(replace(taker, tonnes=(0.0, 4.0)),))
    later = replace(waiting, supplies=(replace(giver, tonnes=(4.0, 1.0)),))
    plan = solve(waiting, VALUE)
    assert (plan.storage_yuan, solve(later, VALUE).storage_yuan) == (32.0, 24.0)
    assert [row.exact for row in plan.duals if row.side is Side.SUPPLY] == [True, False]
    assert all(row.exact for row in plan.duals if row.side is Side.SLOT)
