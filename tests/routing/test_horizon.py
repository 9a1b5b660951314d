"""Several days small enough to plan on paper; the arithmetic stands beside each number."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.horizon import (
    Blocker,
    Closure,
    Dated,
    HorizonProblem,
    HorizonStatus,
    Roster,
    Shortfall,
    Tank,
    Yard,
)
from routing.horizon_check import FaultCode, check_horizon, read_tank, read_yard
from routing.horizon_levels import Ledger
from routing.horizon_loads import Offers
from routing.horizon_master import Master
from routing.horizon_solve import solve_horizon
from routing.parameters import Parameters, Progress
from routing.plan import Reason
from routing.problem import Body, Collection, ProblemError, Receiver, VehicleType, Window
from tests.routing.days import HOUR, fleet, tipper
from tests.routing.horizons import LINE, QUICK, horizon, loads_by_day, planned, tank
from tests.routing.test_horizon_small import drawn


def test_two_loads_of_one_tank_wait_for_the_day_on_which_both_fit_one_shift() -> None:
    # Three days, one tank, one truck. 30 t stand there, 30 t come in a day, 60 t have room.
    # Evenings without a truck: 60, 90, 120; so one load must be gone by day 1 and two by day 2.
    # One load: 10 km out, 20 loaded, 30 home = 60 km x 5 yuan + 100 = 400 yuan; two on two days
    # 800. Both on day 1, when 60 t stand there in the morning: 10 + 20 + 20 + 20 + 30 = 100 km,
    # 600 yuan. On day 0 only 30 t stand there; on day 2 it would be too late for the first.
    plan = planned(horizon(3, tanks=[tank(60, 30, (30, 30, 30))]))
    assert plan.status is HorizonStatus.COMPLETE
    assert loads_by_day(plan) == [0, 2, 0]
    assert plan.cost_fen == 60_000
    assert plan.tanks[0].evening_kg == (60_000, 30_000, 60_000)
    # The relaxation knows all of it: only the rounding of fen, one a truck and day, is left.
    assert plan.cost_fen - 10 <= plan.bound_fen <= plan.cost_fen


def test_the_closing_level_empties_a_tank_that_had_room_to_the_end() -> None:
    problem = horizon(2, tanks=[tank(200, 60, (10, 10))])
    assert loads_by_day(planned(problem)) == [0, 0]
    # 60 + 20 - 2 x 30 = 20 t; with one load only 50 t would be left.
    closing = replace(problem, tanks=(tank(200, 60, (10, 10), closing_t=20),))
    plan = planned(closing)
    assert sum(loads_by_day(plan)) == 2
    assert plan.tanks[0].evening_kg[-1] == 20_000


def test_a_collection_goes_by_its_latest_day_with_what_goes_there_anyway() -> None:
    # The tank has room for 60 t; 30 t come on day 0 and 31 t on day 1, so that one load must leave
    # on day 1, when 30 t stand there. The lot beside it may go on days 0 to 2: with the tank's it
    # costs 40 km more, alone 60 km and a truck.
    lot = Dated(Collection("lot", "pit", "ash2", 30_000, ("works",)), 0, 2)
    plan = planned(horizon(3, tanks=[tank(60, 0, (30, 31, 0))], dated=[lot]))
    assert loads_by_day(plan) == [0, 2, 0]
    late = replace(lot, earliest_day=2)
    plan = planned(horizon(3, tanks=[tank(60, 0, (30, 31, 0))], dated=[late]))
    assert loads_by_day(plan) == [0, 1, 1]


def test_a_yard_is_supplied_before_it_runs_down_to_its_minimum() -> None:
    # 40 t stand in the yard, 20 t must stay, 20 t are used a day: day 1 needs a load by its
    # evening, and 30 t last for it and half of day 2; day 2 needs the second. The yard has room
    # for 60 t: 40 + 30 do not fit on day 0. In the morning of day 1 there are 20: 20 + 30 fit,
    # two loads (80) do not.
    yard = Yard("works", 40_000, (20_000,) * 3, 60_000, 20_000)
    plan = planned(horizon(3, tanks=[tank(300, 200, (0, 0, 0))], yards=[yard]))
    assert plan.status is HorizonStatus.COMPLETE
    assert loads_by_day(plan) == [0, 1, 1]
    assert plan.yards[0].evening_kg == (20_000, 30_000, 40_000)


def test_an_overflow_names_the_day_and_how_many_truck_days_would_help() -> None:
    # 60 t come in a day. A shift of 4 h holds one load (60 km at 60 km/h and no service: 1 h;
    # each further load 40 km, 40 min) - so make each load take 3 h of loading.
    slow = Collection("ash", "pit", "ash", 60_000, ("works",), loading_s=3 * HOUR)
    full = replace(tank(60, 60, (60, 60)), collection=slow)
    problem = horizon(2, tanks=[full], vehicles=fleet(1, shift=Window(6 * HOUR, 11 * HOUR)))
    plan = planned(problem)
    # Each day one load of the two that come in: 30 t overflow on day 0 and 30 t on day 1.
    assert plan.status is HorizonStatus.PARTIAL
    assert plan.tanks[0].missed_kg == (30_000, 30_000)
    (unmet,) = plan.unmet
    assert (unmet.kind, unmet.subject, unmet.day) == (Shortfall.OVERFLOW, "ash", 0)
    assert unmet.mass_kg == 60_000
    # A second truck on both days would fetch the other load.
    assert (unmet.blocker, unmet.relaxation, unmet.unit) == (Blocker.FLEET, 2, "truck-days")


def test_each_blocker_is_named_with_the_least_that_would_lift_it() -> None:
    lot = Collection("lot", "pit", "ash", 30_000, ("works",))
    dated = Dated(lot, 0, 0)
    shut = Closure("pit", frozenset({0}))
    (unmet,) = planned(horizon(2, dated=[dated], closures=[shut])).unmet
    assert (unmet.blocker, unmet.relaxation, unmet.unit) == (Blocker.CLOSED, 1, "loads")
    # The roster keeps the only truck in until day 1: one day later it could go.
    off = Roster("tipper0", frozenset({0}))
    (unmet,) = planned(horizon(2, dated=[dated], rosters=[off])).unmet
    assert (unmet.blocker, unmet.relaxation, unmet.unit) == (Blocker.DATES, 1, "days")
    narrow = [Receiver("works", "works", daily_intake_kg=20_000)]
    (unmet,) = planned(horizon(1, dated=[dated], receivers=narrow)).unmet
    assert (unmet.blocker, unmet.relaxation, unmet.unit) == (Blocker.INTAKE, 10_000, "kg")
    little = Yard("works", 10_000, (0,), 30_000)
    (unmet,) = planned(horizon(1, dated=[dated], yards=[little])).unmet
    assert (unmet.blocker, unmet.relaxation, unmet.unit) == (Blocker.ROOM, 10_000, "kg")
    dry = Yard("works", 0, (30_000,), 60_000)
    (unmet,) = planned(horizon(1, tanks=[tank(60, 10, (50,))], yards=[dry])).unmet
    assert (unmet.kind, unmet.blocker) == (Shortfall.SHORTAGE, Blocker.STOCK)
    # 10 t stand there in the morning and a load takes 30.
    assert (unmet.relaxation, unmet.unit) == (20_000, "kg")


def test_a_load_no_truck_could_bring_alone_has_the_days_own_reason() -> None:
    far = Collection("lot", "pit", "ash", 30_000, ("works",), windows=(Window(0, 60),))
    (unmet,) = planned(horizon(2, dated=[Dated(far, 0, 1)])).unmet
    assert unmet.blocker is Blocker.ALONE
    assert unmet.unserved is not None
    assert unmet.unserved.reason is Reason.COLLECTION_WINDOW


def test_a_price_on_overflow_is_weighed_against_the_way() -> None:
    # Fetching costs 400 yuan a load; 30 t of overflow at 10 yuan a tonne cost 300, at 20 yuan 600.
    cheap = planned(horizon(1, tanks=[tank(30, 30, (30,), overflow_fen_per_t=1000)]))
    assert (loads_by_day(cheap), cheap.cost_fen) == ([0], 30_000)
    assert cheap.unmet[0].blocker is Blocker.PRICE
    dear = planned(horizon(1, tanks=[tank(30, 30, (30,), overflow_fen_per_t=2000)]))
    assert (loads_by_day(dear), dear.cost_fen) == ([1], 40_000)


def test_a_driver_rests_on_the_day_that_needs_the_fewest_trucks() -> None:
    # Two trucks, each at most one day of two. A load must go each day, since only one day's
    # inflow has room: each truck takes one of the days.
    rosters = [Roster(f"tipper{i}", most_days=1) for i in range(2)]
    problem = horizon(2, tanks=[tank(30, 30, (30, 30))], vehicles=fleet(2), rosters=rosters)
    plan = planned(problem)
    assert plan.status is HorizonStatus.COMPLETE
    drivers = [route.vehicle for day in plan.days for route in day.plan.routes]
    assert sorted(drivers) == ["tipper0", "tipper1"]


def test_of_two_receivers_the_near_one_takes_what_its_intake_lets_it() -> None:
    points = {**LINE, "near": (12, 0)}
    both = tank(60, 60, (30, 30), receivers=("works", "near"))

    def cost_fen(intake_kg: int | None) -> int:
        near = Receiver("near", "near", daily_intake_kg=intake_kg)
        receivers = [Receiver("works", "works"), near]
        return planned(horizon(2, tanks=[both], points=points, receivers=receivers)).cost_fen

    # Both loads on one day to the near one: 10 + 2 + 2 + 2 + 12 = 28 km, 140 + 100 yuan.
    assert cost_fen(None) == 24_000
    # One of them to the works on the same day: 10 + 2 + 2 + 20 + 30 = 64 km, 320 + 100 yuan;
    # on two days to the near one: 2 x (24 km, 120 + 100 yuan) = 440 yuan.
    assert cost_fen(30_000) == 42_000


def test_a_small_tank_is_emptied_by_loads_of_its_own_size() -> None:
    plan = planned(horizon(1, tanks=[tank(12, 12, (12,))]))
    assert plan.tanks[0].moved_kg == (12_000,)


def test_loads_are_cut_alike_on_days_on_which_the_truck_that_sets_their_size_stays_in() -> None:
    # Two trucks of 30 t and one of 20 t: loads of 30 t (2 x 30 = 3 x 20, the larger counts). When
    # both large ones are off on day 0 its loads would be 20 t, so that the load waits for day 1.
    types = (tipper(), tipper(20_000, "small"))
    vehicles = (*fleet(2), *fleet(1, "small"))
    rosters = [Roster(f"tipper{i}", frozenset({0})) for i in range(2)]
    lot = Dated(Collection("lot", "pit", "ash", 30_000, ("works",)), 0, 1)
    plan = planned(horizon(2, dated=[lot], vehicles=vehicles, types=types, rosters=rosters))
    assert loads_by_day(plan) == [0, 1]


def test_stopping_at_once_still_gives_a_plan_that_holds() -> None:
    problem = horizon(3, tanks=[tank(60, 30, (30, 30, 30))])
    told: list[Progress] = []
    plan = solve_horizon(problem, Parameters(5), told.append, lambda: True)
    assert check_horizon(problem, plan) == ()
    assert told[-1].share == 1.0
    assert [row.share for row in told] == sorted(row.share for row in told)


def test_the_same_seed_gives_the_same_plan() -> None:
    problem = horizon(
        3, tanks=[tank(90, 60, (30, 45, 20)), tank(60, 30, (10, 30, 30), name="slag")]
    )
    one, other = solve_horizon(problem, QUICK), solve_horizon(problem, QUICK)
    assert [day.plan.routes for day in one.days] == [day.plan.routes for day in other.days]


@pytest.mark.parametrize(
    ("wrong", "fault"),
    [
        ({"days": 0}, "days: 0, beyond 1 to 31"),
        ({"tanks": (tank(60, 10, (1,)),)}, "one inflow a day"),
        ({"yards": (Yard("nobody", 0, (1, 1), 9),)}, "no such receiver"),
        ({"yards": (Yard("works", 0, (1,), 9),)}, "one use a day"),
        ({"rosters": (Roster("nobody"),)}, "no such vehicle"),
        ({"rosters": (Roster("tipper0", frozenset({2})),)}, "a day beyond the horizon"),
        ({"closures": (Closure("nowhere", frozenset({0})),)}, "no such site"),
    ],
)
def test_a_problem_that_cannot_be_read_is_refused(wrong: dict[str, object], fault: str) -> None:
    sound = horizon(2, tanks=[tank(60, 30, (10, 10))])
    with pytest.raises(ProblemError, match=fault.replace("(", r"\(")):
        replace(sound, **wrong)  # type: ignore[arg-type]


def test_levels_that_cannot_be_are_refused() -> None:
    with pytest.raises(ProblemError, match="opens with 70000 kg"):
        tank(60, 70, (1, 1))
    with pytest.raises(ProblemError, match="an inflow is negative"):
        tank(60, 10, (-1, 1))
    with pytest.raises(ProblemError, match="minimum 5, opening 3, room 9 kg"):
        Yard("works", 3, (1,), 9, 5)
    with pytest.raises(ProblemError, match="latest day 1 before earliest day 2"):
        Dated(Collection("lot", "pit", "ash", 1, ("works",)), 2, 1)


def test_the_checker_sees_what_is_wrong_between_days() -> None:
    problem = horizon(3, tanks=[tank(60, 30, (30, 30, 30))])
    plan = planned(problem)

    def codes(changed: HorizonProblem) -> set[FaultCode]:
        return {code for code, _, _ in check_horizon(changed, plan)}

    assert codes(replace(problem, tanks=(tank(60, 0, (30, 30, 30)),))) >= {FaultCode.LEVEL}
    assert codes(replace(problem, closures=(Closure("pit", frozenset({1})),))) == {FaultCode.CLOSED}
    off = Roster("tipper0", frozenset({1}))
    assert codes(replace(problem, rosters=(off,))) == {FaultCode.ROSTER}
    yard = Yard("works", 0, (0, 0, 0), 50_000)
    assert FaultCode.LEVEL in codes(replace(problem, yards=(yard,)))
    assert codes(replace(problem, tanks=())) >= {FaultCode.SOURCE}
    types = (VehicleType("tipper", Body.TIPPER, 31_000),)
    other = replace(problem, day=replace(problem.day, vehicle_types=types))
    assert FaultCode.FRAME in codes(other)
    assert {code for code, _, _ in check_horizon(problem, replace(plan, days=plan.days[:2]))} == {
        FaultCode.DAYS
    }
    assert {code for code, _, _ in check_horizon(problem, replace(plan, priced_fen=1))} == {
        FaultCode.COST
    }
    wrong = replace(plan, bound_fen=plan.cost_fen + 1)
    assert {code for code, _, _ in check_horizon(problem, wrong)} == {FaultCode.BOUND}


def test_a_search_that_is_stopped_leaves_causes_unnamed_and_keeps_the_bound() -> None:
    # 60 t in a tank of 60 t and 60 t more a day: with one truck of one load a day, 30 t overflow.
    slow = Collection("ash", "pit", "ash", 60_000, ("works",), loading_s=3 * HOUR)
    full = replace(tank(60, 60, (60, 60)), collection=slow)
    problem = horizon(2, tanks=[full], vehicles=fleet(1, shift=Window(6 * HOUR, 11 * HOUR)))
    plan = solve_horizon(problem, QUICK, should_stop=lambda: True)
    assert check_horizon(problem, plan) == ()
    assert {row.blocker for row in plan.unmet} == {Blocker.UNTRIED}
    assert 0 < plan.bound_fen <= plan.cost_fen


def test_what_limits_break_is_left_out_day_by_day() -> None:
    # A yard of 60 t holds 40 t and uses 20 t a day: one load fits on day 0 only after its use, so
    # none; from day 1 on one load a day does.
    yard = Yard("works", 40_000, (20_000,) * 3, 60_000)
    ledger = Ledger(Offers.of(horizon(3, tanks=[tank(300, 200, (0, 0, 0))], yards=[yard])))
    assert ledger.price({(0, 0): 2, (0, 1): 2, (0, 2): 1}) is None
    assert ledger.within({(0, 0): 2, (0, 1): 2, (0, 2): 1}) == {(0, 1): 1, (0, 2): 1}
    assert ledger.within({(0, 1): 1}) == {(0, 1): 1}


def test_a_tank_is_followed_though_more_is_taken_than_stands_there() -> None:
    # Nothing stands there, so the 10 t of day 0 are lacking; 20 t come in, of which 15 find room.
    # On day 1 20 t are taken, 5 of them lacking; again 20 t come in.
    found = read_tank(tank(15, 0, (20, 20)), (10_000, 20_000))
    assert found.beyond_kg == (10_000, 5_000)
    assert found.level.evening_kg == (15_000, 15_000)
    assert found.level.missed_kg == (5_000, 5_000)


def test_a_yard_is_followed_though_more_is_brought_than_finds_room() -> None:
    # 50 of 60 t stand there: of 30 t brought 10 fit, 20 are used, 40 stay. Then 20 used of 40 + 0.
    found = read_yard(Yard("works", 50_000, (20_000, 60_000), 60_000), (30_000, 0))
    assert found.beyond_kg == (20_000, 0)
    assert found.level.evening_kg == (40_000, 0)
    assert found.level.missed_kg == (0, 20_000)


def test_a_store_of_twenty_million_tonnes_with_room_overflows_nothing() -> None:
    """Red mud lies in heaps of that size: nothing need be fetched, so nothing is spent."""
    plan = solve_horizon(
        horizon(2, tanks=[tank(20_000_100, 20_000_000, (30, 30))]), Parameters(time_limit_s=2)
    )
    assert not plan.unmet
    assert plan.tanks[0].evening_kg == (20_000_030_000, 20_000_060_000)
    assert (plan.cost_fen, plan.bound_fen) == (0, 0)


def test_a_tank_below_one_truckload_is_emptied_beside_a_lot() -> None:
    # Without a truck the tank would hold 13.332 t in the evening of day 1: its load goes that day,
    # and the lot with it: 10 + 20 + 20 + 20 + 30 = 100 km x 5 yuan + 100.
    store = Tank(Collection("ash", "pit", "ash", 6_666, ("works",)), 0, (6_666, 6_666))
    lot = Dated(Collection("lot", "pit", "lot", 30_000, ("works",)), 0, 1)
    plan = planned(horizon(2, tanks=[store], dated=[lot]))
    assert plan.status is HorizonStatus.COMPLETE
    assert plan.cost_fen == 60_000


def test_no_column_of_the_programme_ends_far_beyond_what_a_week_can_hold() -> None:
    # HiGHS ends the process, or misses the optimum, where columns end far off.
    for seed in range(20):
        problem = drawn(seed)
        for ease in (None, *Blocker):
            assert max(Master(Offers.of(problem), ease).rows.high) < 1000
