"""What one more tonne of room in a yard or silo is worth, held against plans made again with it."""

from dataclasses import replace

import pytest

from matching import Objective, Parameters, Problem, Result, blended, check, room_prices, solve
from matching.check import Fault
from matching.commitments import without_commitments
from matching.problem import Bound, Limit, Operator, Storage
from matching.result import RoomDual, Side, Worth
from tests.matching.build import TONNES, VALUE, slot, supply
from tests.matching.test_all_together import RUNS, Dice, Stocked
from tests.matching.test_months import _random

STEP = 1e-3
LOI = Limit("LOI", Operator.AT_MOST, 8.0)


def _roomier(yard: Storage, months: tuple[str, ...], period: str, by: float) -> Storage:
    """Move the room of one period's end, or of all with none named."""
    held = yard.held_t or (0.0,) * len(months)
    less = [max(0.0, by) - by * (not period or name == period) for name in months]
    held = tuple(kept + taken for kept, taken in zip(held, less, strict=True))
    return replace(yard, room_t=yard.room_t + max(0.0, by), held_t=held)


def _moved(problem: Problem, dual: RoomDual, by: float) -> Problem:
    def rows(given):
        return tuple(
            replace(row, storage=_roomier(row.storage, problem.periods, dual.period, by))
            if row.id == dual.id
            else row
            for row in given
        )

    if dual.side is Side.SUPPLY:
        return replace(problem, supplies=rows(problem.supplies))
    return replace(problem, slots=rows(problem.slots))


def _gain(before: Result, after: Result, parameters: Parameters) -> tuple[float, float]:
    if parameters.objective is Objective.TONNES:
        return after.tonnes - before.tonnes, before.tonne_km - after.tonne_km
    return after.merit - before.merit, 0.0


def _hold(problem: Problem, parameters: Parameters, step: float = STEP) -> int:
    """Move each room by a kilogram both ways; return how many prices other than 0 held."""
    result = solve(problem, parameters)
    assert check(problem, parameters, result) == ()
    held = 0
    for dual in result.room_duals:
        for worth, by in ((dual.more, step), (dual.less, -step)):
            if worth is None or not dual.exact:
                continue
            after = solve(_moved(problem, dual, by), parameters)
            found = [gain / by for gain in _gain(result, after, parameters)]
            first = worth.tonnes if parameters.objective is Objective.TONNES else worth.yuan
            assert found[0] == pytest.approx(first, rel=2e-3, abs=2e-3), dual
            assert found[1] == pytest.approx(worth.tonne_km, rel=2e-2, abs=2e-2), dual
            held += worth != Worth()
    return held


@pytest.mark.parametrize("objective", ["tonnes", "net_value"])
def test_room_prices_hold_in_networks(objective):
    assert sum(_hold(_random(seed), RUNS[objective]) for seed in range(32, 36)) > 2


@pytest.mark.parametrize("objective", RUNS)
def test_room_prices_hold_under_every_feature_at_once(objective):
    problems = (without_commitments(Dice(seed).problem()) for seed in (64, 68, 75))
    assert sum(_hold(problem, RUNS[objective]) for problem in problems) > 1


def _by_hand(room_t: float, *months: str, **yard: float) -> Problem:
    """10 t come in the first month; 2 t are used then and 8 t in the last, with none between."""
    still = (0.0,) * (len(months) - 2)
    giver = supply("a", 10, *still, 0, disposal_yuan_per_t=100.0, storage=Storage(0, room_t, 5.0))
    return Problem((giver,), (slot("k", 2, *still, 8, **yard),), periods=months)


def _worths(result: Result) -> dict[tuple[str, str], tuple[float, float | None]]:
    return {
        (dual.id, dual.period): (dual.more.yuan, dual.less and dual.less.yuan)
        for dual in result.room_duals
    }


@pytest.mark.parametrize("blend", [(), (LOI,)], ids=["network", "programme"])
def test_room_for_one_more_tonne_by_hand(blend):
    # Two months, one yard of 3 t: 2 + 3 t are used. One tonne of room more saves 100 yuan of
    # disposal, less 2 yuan of freight at 0 km and 5 yuan of waiting: 93 yuan. With 8 t of room
    # February is full too: one more gains nothing, one less still loses 93. With 9 t it is not
    # full, and worth exactly nothing.
    for room_t, ends in ((3, (93, 93)), (8, (0, 93)), (9, (0, 0))):
        problem = _by_hand(room_t, "January", "February", blend=blend)
        clean = replace(problem.supplies[0], assay=(Bound("LOI", 5, 5),))
        result = solve(replace(problem, supplies=(clean,)), VALUE)
        for worth in _worths(result).values():
            assert worth == pytest.approx(ends)
        assert all(dual.exact for dual in result.room_duals)


def test_room_in_every_month_is_worth_more_than_in_each_alone():
    # A tonne waits at the end of January and of February: 100 - 2 - 2 * 5 = 88 yuan with room at
    # both, nothing with more room at one. One tonne less at either end already loses the 88.
    result = solve(_by_hand(3, "January", "February", "March"), VALUE)
    assert _worths(result) == {
        ("a", "January"): pytest.approx((0, 88)),
        ("a", "February"): pytest.approx((0, 88)),
        ("a", ""): pytest.approx((88, 88)),
    }


def test_a_silo_full_of_old_stock_would_take_a_tonne_more_but_has_none_to_lose():
    # 2 t fill the silo until February, and all the ash comes in January: nothing can be sent. One
    # more tonne of room takes one for February, which uses 9 t.
    silo = Storage(2, 2, 0.0)
    problem = Problem(
        (supply("a", 5, 0),), (slot("k", 0, 9, storage=silo),), periods=("January", "February")
    )
    result = solve(problem, TONNES)
    assert result.flows == ()
    for dual in result.room_duals:
        assert (dual.more, dual.less) == (Worth(tonnes=1.0), None)
    assert check(problem, TONNES, result) == ()


def test_contracts_that_wait_leave_the_room_its_price():
    problems = (Stocked(seed).problem() for seed in range(3000, 3030))
    found = [(p, solve(p, RUNS["net_value"])) for p in problems]
    assert any(dual.more.yuan > 0 for _, result in found for dual in result.room_duals)
    assert all(check(p, RUNS["net_value"], result) == () for p, result in found)


def test_one_dual_of_several_is_said_to_be_one(monkeypatch):
    problem = _by_hand(8, "January", "February")
    monkeypatch.setattr(room_prices, "_MOST_WORK", 0)
    assert [dual.exact for dual in solve(problem, VALUE).room_duals] == [False, False]
    monkeypatch.setattr(blended, "_LARGE", 0)
    mixed = replace(problem.supplies[0], assay=(Bound("LOI", 5, 5),))
    taker = replace(problem.slots[0], blend=(LOI,))
    result = solve(replace(problem, supplies=(mixed,), slots=(taker,)), VALUE)
    assert [dual.exact for dual in result.room_duals] == [False, False]


def test_the_checker_finds_false_worths_of_room():
    full = _by_hand(3, "January", "February", "March")
    wide = _by_hand(9, "January", "February", "March")
    for problem, place, changes in (
        (wide, 0, {"more": Worth(yuan=1.0)}),
        (wide, 1, {"less": Worth(yuan=1.0)}),
        (full, 0, {"more": Worth(yuan=-1.0)}),
        (full, 0, {"less": Worth(yuan=-1.0)}),
        (full, 2, {"less": Worth(yuan=200.0)}),
        (full, 1, {"more": Worth(yuan=90.0), "less": Worth(yuan=90.0)}),
        (full, 1, {"id": "k"}),
    ):
        result = solve(problem, VALUE)
        duals = list(result.room_duals)
        duals[place] = replace(duals[place], **changes)
        bad = replace(result, room_duals=tuple(duals))
        faults = {row.fault for row in check(problem, VALUE, bad)}
        assert faults == {Fault.WRONG_PRICE}, changes
    lost = replace(solve(full, VALUE), room_duals=())
    assert [row.fault for row in check(full, VALUE, lost)] == [Fault.WRONG_PRICE]
