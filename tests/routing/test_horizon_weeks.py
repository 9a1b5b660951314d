"""Weeks too full to try every order of work: all days searched as one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.route_weeks import known_week
from routing import horizon_small
from routing.horizon import Closure, Dated, HorizonProblem, HorizonStatus, Roster, Yard
from routing.horizon_check import check_horizon
from routing.horizon_days import cut_otherwise, day_of
from routing.horizon_levels import Ledger
from routing.horizon_loads import Offers
from routing.horizon_search import WeekSearch
from routing.horizon_small import small_day
from routing.horizon_solve import solve_horizon
from routing.horizon_turns import Turn, relieved, turns
from routing.horizon_week import Week
from routing.parameters import Parameters
from routing.problem import Collection, Receiver, Window
from tests.routing.days import HOUR, fleet, tipper
from tests.routing.horizons import horizon, planned, tank
from tests.routing.test_horizon_small import LOAD_KG, Reading, drawn, worth

COUNTED = Parameters(time_limit_s=60, max_iterations=4000)


def asked(problem: HorizonProblem, given: dict[tuple[int, int], int]) -> list[Turn]:
    offers = Offers.of(problem)
    return turns(offers, Ledger(offers), given, frozenset())


def test_a_tank_gives_each_of_its_loads_a_span_of_days() -> None:
    # 30 t stand there, 30 t come in a day, 60 t have room. Evenings without a truck: 60, 90, 120.
    # The first load is there on day 0 and must be gone on day 1; the second is there on day 1, when
    # 60 t have come in all, and must be gone on day 2.
    rows = asked(horizon(3, tanks=[tank(60, 30, (30, 30, 30))]), {(0, 1): 2})
    assert [sorted(row.days) for row in rows] == [[0, 1], [1, 2]]


def test_a_yard_gives_each_load_that_is_brought_a_span_of_days() -> None:
    # 40 of 60 t stand there, 20 t must stay, 20 t are used a day. Room for 30 t in the morning of
    # day 1 (20 + 30), for 60 t never by day 2 (40 - 40 + 60 = 60): then. Evenings without a truck:
    # 20, 0, -20: the first is needed on day 1, the second on day 2, since 30 t last for -10 + 20.
    yard = Yard("works", 40_000, (20_000,) * 3, 60_000, 20_000)
    problem = horizon(3, tanks=[tank(300, 200, (0, 0, 0))], yards=[yard])
    rows = asked(problem, {(0, 1): 1, (0, 2): 1})
    assert [sorted(row.days) for row in rows] == [[1], [2]]


def test_a_heavy_load_fills_the_yard_so_that_light_ones_may_come_later() -> None:
    # 10 t are used on day 0 and none stand there: of 30 t and 5 t brought that day the 30 t are
    # enough, and the 5 t may come later, unless they cannot.
    yard = Yard("works", 0, (10_000, 0), 100_000)
    light = Collection("a", "pit", "ash", 5_000, ("works",))
    lots = [Dated(light, 0, 1), Dated(replace(light, id="b", mass_kg=30_000), 0, 1)]
    rows = asked(horizon(2, dated=lots, yards=[yard]), {(0, 0): 1, (1, 0): 1})
    assert [(row.given, sorted(row.days)) for row in rows] == [((1, 0), [0]), ((0, 0), [0, 1])]
    lots[0] = Dated(light, 0, 0)
    rows = asked(horizon(2, dated=lots, yards=[yard]), {(0, 0): 1, (1, 0): 1})
    assert [row.given for row in rows] == [(0, 0), (1, 0)]


def test_what_an_assignment_leaves_out_may_go_on_all_its_days() -> None:
    lot = Dated(Collection("lot", "pit", "ash", 60_000, ("works",)), 0, 2)
    rows = asked(horizon(3, dated=[lot]), {(0, 1): 1})
    assert [(row.given, sorted(row.days)) for row in rows] == [
        ((0, 1), [0, 1, 2]),
        (None, [0, 1, 2]),
    ]


def test_loads_that_lower_what_is_missed_are_added_where_they_do_so() -> None:
    # Without a truck 30 t overflow on day 1 and 30 t more on day 2; the one load that stands there
    # on day 0, or the two on day 1, prevent it: a load by day 1 and another by day 2.
    offers = Offers.of(horizon(3, tanks=[tank(60, 30, (30, 30, 30))]))
    ledger = Ledger(offers)
    assert ledger.price({}) == (60_000, 0)
    assert ledger.price(relieved(offers, ledger, {}, lambda: False)) == (0, 0)


def test_no_more_loads_are_added_than_there_are() -> None:
    # The yard lacks 60 t, and one load of 30 t is all there is.
    lot = Dated(Collection("lot", "pit", "ash", LOAD_KG, ("works",)), 0, 0)
    yard = Yard("works", 0, (60_000,), 90_000)
    offers = Offers.of(horizon(1, dated=[lot], yards=[yard]))
    ledger = Ledger(offers)
    assert ledger.price({}) == (90_000, 0)
    assert relieved(offers, ledger, {}, lambda: False) == {(0, 0): 1}


@pytest.mark.parametrize("seed", range(20))
def test_a_small_horizon_searched_as_one_day_is_never_better_and_seldom_worse(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # No day is small, so that nothing is tried out. What the spans of days keep out, or a load's
    # share in an overflow, may cost: of these drawings one.
    monkeypatch.setattr(horizon_small, "MOST_LOADS", 0)
    problem = drawn(seed)
    plan, best = planned(problem, COUNTED), Reading(problem).best()
    assert worth(plan) == best if seed != 17 else worth(plan) >= best
    assert plan.bound_fen <= best[1]


def searched(problem: HorizonProblem, given: dict[tuple[int, int], int]) -> list[int] | None:
    """Search a horizon from nothing, the loads given to days; return each day's cost."""
    offers = Offers.of(problem)
    ledger = Ledger(offers)
    duty = [frozenset(row.id for row in problem.day.vehicles)] * problem.days
    week = Week(offers, duty, turns(offers, ledger, given, frozenset()))
    orders, _ = WeekSearch(week, 1).run([], Parameters(60, 1, 3000), lambda: False)
    assigned, rows = week.sketched(orders)
    assert ledger.price(assigned) == (0, 0)
    days = week.planned(assigned, rows, duty)
    return None if days is None else [row.cost_fen for row in days]


def test_a_full_day_gives_up_loads_that_can_go_on_another() -> None:
    # By 7:15 the works take two loads a day. a may go on day 1 only, b and c on day 0 too: given
    # all three on day 1, one of these goes on day 0. 100 km and 60 km, 600 + 400 yuan.
    gate = Receiver("works", "works", (Window(6 * HOUR, 7 * HOUR + 900),))
    lots = [
        Dated(Collection(name, "pit", name, LOAD_KG, ("works",)), first, 1)
        for name, first in (("a", 1), ("b", 0), ("c", 0))
    ]
    problem = horizon(2, dated=lots, receivers=[gate])
    assert searched(problem, {(0, 1): 1, (1, 1): 1, (2, 1): 1}) == [40_000, 60_000]


def test_a_gate_that_is_shut_and_an_intake_that_is_full_move_loads_to_other_days() -> None:
    # Three loads for the works, 30 t a day, which are shut on day 1: days 0, 2 and 3.
    works = Receiver("works", "works", daily_intake_kg=30_000)
    lots = [
        Dated(Collection(name, "pit", name, LOAD_KG, ("works",)), 0, 3) for name in ("a", "b", "c")
    ]
    shut = Closure("works", frozenset({1}))
    problem = horizon(4, dated=lots, receivers=[works], closures=[shut])
    assert searched(problem, {(0, 0): 1, (1, 2): 1, (2, 3): 1}) == [40_000, 0, 40_000, 40_000]


def test_drivers_of_limited_days_share_the_days_out(monkeypatch: pytest.MonkeyPatch) -> None:
    # A load must go on each of four days, two drivers may work two of them each.
    monkeypatch.setattr(horizon_small, "MOST_LOADS", 0)
    rosters = [Roster(f"tipper{i}", most_days=2) for i in range(2)]
    lots = [Dated(Collection(f"lot{i}", "pit", "ash", LOAD_KG, ("works",)), i, i) for i in range(4)]
    plan = planned(horizon(4, dated=lots, vehicles=fleet(2), rosters=rosters), COUNTED)
    assert plan.status is HorizonStatus.COMPLETE
    assert plan.cost_fen == 4 * 40_000


def test_days_that_would_cut_loads_otherwise_are_barred() -> None:
    # Without the two of 30 t the truck of 20 t would cut 60 t into three loads.
    types = (tipper(), tipper(20_000, "small"))
    vehicles = (*fleet(2), *fleet(1, "small"))
    lot = Dated(Collection("lot", "pit", "ash", 60_000, ("works",)), 0, 1)
    problem = horizon(2, dated=[lot], vehicles=vehicles, types=types)
    duty = [frozenset({"small0"}), frozenset({"tipper0", "tipper1", "small0"})]
    assert cut_otherwise(Offers.of(problem), duty) == {(0, 0)}


@pytest.mark.parametrize("seed", [6, 13, 36])
def test_a_week_that_can_be_done_is_done(seed: int) -> None:
    # Each was drawn around a plan that misses nothing.
    week = known_week(seed)
    plan = planned(week.problem, COUNTED)
    assert plan.status is HorizonStatus.COMPLETE
    assert plan.cost_fen <= week.plan_fen


def test_a_week_searched_by_count_comes_out_the_same_again() -> None:
    week = known_week(6).problem
    one, other = planned(week, COUNTED), planned(week, COUNTED)
    assert [day.plan.routes for day in one.days] == [day.plan.routes for day in other.days]


def test_a_stopped_week_keeps_what_it_has() -> None:
    week = known_week(6).problem
    stops = iter([False] * 3)
    plan = solve_horizon(week, Parameters(60), should_stop=lambda: next(stops, True))
    assert check_horizon(week, plan) == ()
    assert plan.served_kg > 0


def test_a_load_whose_gates_are_shut_on_all_its_days_has_no_turn() -> None:
    lots = [Dated(Collection("lot", "pit", "ash", LOAD_KG, ("works",)), 0, 1)]
    problem = horizon(3, dated=lots, closures=[Closure("pit", frozenset({0, 1}))])
    assert asked(problem, {}) == []


def test_a_shift_without_end_leaves_days_that_can_be_laid_behind_one_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Seconds go up to 2^31 - 1, which three such days would pass.
    monkeypatch.setattr(horizon_small, "MOST_LOADS", 0)
    lots = [Dated(Collection("lot", "pit", "ash", LOAD_KG, ("works",)), 2, 2)]
    vehicles = fleet(1, shift=Window(6 * HOUR, 2**31 - 1))
    assert planned(horizon(3, dated=lots, vehicles=vehicles), COUNTED).cost_fen == 40_000


def test_an_order_with_a_load_that_may_go_on_no_day_is_left_out_of_the_week() -> None:
    lots = [Dated(Collection(name, "pit", name, LOAD_KG, ("works",)), 0, 0) for name in "ab"]
    problem = horizon(1, dated=lots)
    given, free = {(0, 0): 1, (1, 0): 1}, frozenset(row.id for row in problem.day.vehicles)
    offers = Offers.of(problem)
    found = small_day(day_of(offers, given, 0, free))
    assert found is not None
    rows = asked(problem, given)
    assert [len(row.tasks) for row in Week(offers, [free], rows).orders([found.state])] == [4]
    assert Week(offers, [free], rows[:1]).orders([found.state]) == []
