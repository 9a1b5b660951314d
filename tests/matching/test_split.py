"""Prices between two sides: limits, the even split, and what competition does to it."""

from dataclasses import replace

import pytest

from matching.explain import explain_pair
from matching.problem import Acceptance, Problem
from matching.result import LineKind
from matching.solve import solve
from matching.split import split_of
from tests.matching.build import VALUE, slot, supply

USE = Acceptance("fly_ash", replaced_yuan_per_t=90.0, treatment_yuan_per_t=8.0)


def _pair(problem: Problem, supply_id: str = "a", slot_id: str = "k"):
    view = explain_pair(problem, VALUE, supply_id, slot_id)
    giver = next(row for row in problem.supplies if row.id == supply_id)
    taker = next(row for row in problem.slots if row.id == slot_id)
    return view, giver, taker


def test_limits_and_the_even_split():
    # The producer would pay up to its 50 yuan of disposal; to the receiver the ash is worth
    # 90 - 8 less 2 of freight (0 km): 80. The gain of 130 parts evenly at 15.
    problem = Problem((supply("a", 5, disposal_yuan_per_t=50.0),), (slot("k", 9, accepts=(USE,)),))
    split = split_of(*_pair(problem))
    assert (split.low, split.high) == (-50.0, pytest.approx(80.0))
    assert split.possible
    assert split.fair == pytest.approx(15.0)
    assert (split.market_low, split.market_high) == (None, None)
    assert split.missing == ()
    gain = split.high - split.low
    assert gain == pytest.approx(_pair(problem)[0].value_yuan_per_t)


def test_scarce_room_drives_the_price_down_to_the_disposal():
    # 5 t want 3 t of room: the loser's tonne is worth nothing to the plan, so ash fetches what
    # its producer would pay to be rid of it.
    problem = Problem((supply("a", 5, disposal_yuan_per_t=50.0),), (slot("k", 3, accepts=(USE,)),))
    split = split_of(*_pair(problem), solve(problem, VALUE).duals)
    assert split.market_low == pytest.approx(-50.0)
    assert split.market_high == pytest.approx(-50.0)


def test_scarce_ash_drives_it_up_to_its_use():
    problem = Problem((supply("a", 5, disposal_yuan_per_t=50.0),), (slot("k", 9, accepts=(USE,)),))
    split = split_of(*_pair(problem), solve(problem, VALUE).duals)
    assert split.market_low == pytest.approx(80.0)
    assert split.market_high == pytest.approx(80.0)


def test_balance_leaves_the_whole_range_open():
    problem = Problem((supply("a", 5, disposal_yuan_per_t=50.0),), (slot("k", 5, accepts=(USE,)),))
    split = split_of(*_pair(problem), solve(problem, VALUE).duals)
    assert split.market_low == pytest.approx(split.low)
    assert split.market_high == pytest.approx(split.high)


def test_stated_prices_take_the_place_of_reckoned_limits():
    problem = Problem(
        (supply("a", 5, disposal_yuan_per_t=50.0, ask_yuan_per_t=70.0),),
        (slot("k", 9, accepts=(USE,), bid_yuan_per_t=60.0),),
    )
    split = split_of(*_pair(problem))
    assert (split.low, split.high) == (70.0, pytest.approx(58.0))
    assert split.possible is False
    assert split.fair is None


def test_an_unknown_factor_is_named_and_its_limit_left_open():
    bare = Acceptance("fly_ash")
    problem = Problem((supply("a", 5),), (slot("k", 9, accepts=(bare,)),))
    split = split_of(*_pair(problem))
    assert (split.low, split.high, split.possible, split.fair) == (None, None, None, None)
    assert split.missing == (LineKind.AVOIDED_DISPOSAL, LineKind.REPLACED_MATERIAL)
    view = explain_pair(problem, replace(VALUE, freight=()), "a", "k")
    assert LineKind.FREIGHT in split_of(view, *_pair(problem)[1:]).missing
