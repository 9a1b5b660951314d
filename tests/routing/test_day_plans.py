"""Days small enough to plan on paper; the arithmetic stands beside each number."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from routing.bound import lower_bound_fen
from routing.check import check
from routing.day import Day
from routing.explain import explain
from routing.insertion import Inserter
from routing.parameters import Parameters, Progress, Stage
from routing.plan import Plan, PlanStatus, Reason, StopKind
from routing.problem import (
    Body,
    Collection,
    DayProblem,
    DriverHours,
    Material,
    Receiver,
    Segregation,
    Vehicle,
    Window,
)
from routing.solve import solve
from tests.routing.days import HOUR, SHIFT, day, fleet, tipper
from tests.routing.test_day_optima import made_up


def planned(problem: DayProblem) -> Plan:
    plan = solve(problem, Parameters(time_limit_s=1, max_iterations=2_000))
    assert check(problem, plan) == ()
    return plan


def test_two_dump_trips_in_one_shift() -> None:
    points = {"depot": (0, 0), "pit": (10, 0), "works": (30, 0)}
    problem = day(
        points,
        [Collection("ash", "pit", "ash", 60_000, ("works",))],
        [Receiver("works", "works")],
        vehicles=fleet(1),
    )
    plan = planned(problem)
    # 10 km out, 20 loaded, 20 back, 20 loaded, 30 home = 100 km; 40 of them loaded.
    assert plan.distance_m == 100_000
    assert plan.loaded_m == 40_000
    # 100 km at 5 yuan and 100 yuan for the day.
    assert plan.cost_fen == 60_000
    assert plan.routes[0].trips == 2
    assert [load.mass_kg for load in plan.loads] == [30_000, 30_000]


def test_a_second_truck_goes_out_only_when_the_shift_is_full() -> None:
    points = {"depot": (0, 0), "pit": (60, 0), "works": (120, 0)}
    problem = day(
        points,
        [Collection("ash", "pit", "ash", 60_000, ("works",))],
        [Receiver("works", "works")],
        # One trip: 60 + 60 + 120 km = 4 h, with one rest of 20 min before the way home would pass
        # 4 h at the wheel: no, exactly 4 h is allowed. Two trips: 60+60+60+60+120 = 6 h.
        vehicles=fleet(2, shift=Window(6 * HOUR, 11 * HOUR)),
    )
    plan = planned(problem)
    assert plan.status is PlanStatus.COMPLETE
    assert len(plan.routes) == 2
    assert plan.distance_m == 480_000


def test_backhaul_halves_the_empty_run() -> None:
    points = {"depot": (0, 0), "west": (0, 0.001), "east": (40, 0)}
    there = Collection("there", "west", "ash", 30_000, ("east",))
    back = Collection("back", "east", "slag", 30_000, ("west",))
    receivers = [Receiver("east", "east"), Receiver("west", "west")]
    alone = planned(day(points, [there], receivers))
    both = planned(day(points, [there, back], receivers))
    # Alone: 40 km out loaded and 40 back empty. Together both ways are loaded.
    assert alone.empty_m == pytest.approx(40_000, abs=5)
    assert both.empty_m <= 5
    assert both.shuttle_m == pytest.approx(160_000, abs=10)
    assert both.saved_m == pytest.approx(80_000, abs=10)


def test_a_window_forces_a_detour() -> None:
    points = {"depot": (0, 0), "near": (10, 0), "far": (20, 0), "works": (0, 0.001)}
    near = Collection("near", "near", "scrap", 5_000, ("works",))
    far = Collection("far", "far", "scrap", 5_000, ("works",))
    receivers = [Receiver("works", "works")]
    free = planned(day(points, [near, far], receivers, vehicles=fleet(1)))
    assert free.distance_m == pytest.approx(40_000, abs=5)
    # Far shuts at 6:25 and is 20 min away, near opens at 6:50: both orders drive 40 km. Near must
    # come second, or, with a gate that shuts at 6:15 as well, first; shutting near from 6:05 to
    # 6:10 and opening far only until 6:20 leaves no order but far, then back.
    early_far = replace(far, windows=(Window(6 * HOUR, 6 * HOUR + 1200),))
    plan = planned(day(points, [near, early_far], receivers, vehicles=fleet(1)))
    taken = [name for stop in plan.routes[0].stops for name in stop.loads]
    assert taken.index("far#1") < taken.index("near#1") or plan.distance_m == 40_001
    late_works = [Receiver("works", "works", windows=(Window(6 * HOUR, 6 * HOUR + 2400),))]
    shut = replace(near, windows=(Window(6 * HOUR + 1801, 7 * HOUR),))
    tight = planned(day(points, [shut, early_far], late_works, vehicles=fleet(1)))
    # Far at 6:20, near at 6:30 but it opens one second later, works at 6:40: a second too late.
    assert tight.status is PlanStatus.PARTIAL


def test_segregation_forces_two_trucks() -> None:
    points = {"depot": (0, 0), "one": (100, 0), "two": (100, 1), "works": (0, 0.001)}
    collections = [
        Collection("a", "one", "acid", 10_000, ("works",)),
        Collection("b", "two", "alkali", 10_000, ("works",)),
    ]
    receivers = [Receiver("works", "works")]
    short = Window(6 * HOUR, 11 * HOUR)
    together = planned(day(points, collections, receivers, vehicles=fleet(2, shift=short)))
    assert len(together.routes) == 1
    rule = (Segregation("acid", "alkali", 1800),)
    apart = planned(
        day(points, collections, receivers, vehicles=fleet(2, shift=short), segregations=rule)
    )
    # One truck would need two trips of 200 km = 6 h 40 min; the shift has 5 h.
    assert len(apart.routes) == 2
    assert apart.distance_m == pytest.approx(400_000, abs=20)


def test_cleaning_takes_its_time_between_cargoes() -> None:
    points = {"depot": (0, 0), "one": (10, 0), "works": (0, 0.001)}
    collections = [
        Collection("a", "one", "acid", 10_000, ("works",)),
        Collection("b", "one", "alkali", 10_000, ("works",)),
    ]
    rule = (Segregation("acid", "alkali", 1800),)
    plan = planned(
        day(
            points,
            collections,
            [Receiver("works", "works")],
            vehicles=fleet(1),
            segregations=rule,
        )
    )
    (route,) = plan.routes
    assert [stop.kind for stop in route.stops].count(StopKind.CLEAN) == 1
    # Four legs of 10 km at 60 km/h = 40 min, and 30 min of washing.
    assert route.duty_s == pytest.approx(4200, abs=5)


def test_rest_comes_before_the_leg_that_would_pass_four_hours() -> None:
    points = {"depot": (0, 0), "pit": (150, 0), "works": (300, 0)}
    problem = day(
        points,
        [Collection("ash", "pit", "ash", 30_000, ("works",))],
        [Receiver("works", "works")],
        vehicles=fleet(1, shift=Window(6 * HOUR, 20 * HOUR)),
    )
    (route,) = planned(problem).routes
    rests = [stop for stop in route.stops if stop.kind is StopKind.REST]
    # 2.5 h out; 2.5 h more would be 5 h, so rest at the pit; 5 h home: rest at the works (2.5 h
    # driven since), then after 4 h on the road, 240 km from the works, and 1 h more.
    assert [(stop.site, stop.drive_s) for stop in rests] == [
        ("pit", 0),
        ("works", 0),
        (None, 4 * HOUR),
    ]
    assert route.duty_s == 10 * HOUR + 3 * 1200


def test_unloading_and_weighing_take_their_time_and_merge_at_one_receiver() -> None:
    points = {"depot": (0, 0), "one": (10, 0), "two": (20, 0), "works": (30, 0)}
    collections = [
        Collection("a", "one", "scrap", 5_000, ("works",), loading_s=600),
        Collection("b", "two", "scrap", 5_000, ("works",), loading_s=600, weighing_s=60),
    ]
    receivers = [Receiver("works", "works", weighing_s=300, unload_s_per_t=90)]
    (route,) = planned(day(points, collections, receivers, vehicles=fleet(1))).routes
    # One hour of driving, 600 + 660 s of loading, one weighing of 300 s, 10 t at 90 s.
    assert route.duty_s == 3600 + 1260 + 300 + 900
    assert [stop.kind for stop in route.stops].count(StopKind.UNLOAD) == 1


def test_intake_sends_the_second_load_to_the_farther_receiver() -> None:
    points = {"depot": (0, 0), "pit": (10, 0), "close": (20, 0), "distant": (40, 0)}
    receivers = [
        Receiver("close", "close", daily_intake_kg=45_000),
        Receiver("distant", "distant"),
    ]
    problem = day(
        points, [Collection("ash", "pit", "ash", 60_000, ("close", "distant"))], receivers
    )
    plan = planned(problem)
    places = sorted(stop.receiver for route in plan.routes for stop in route.stops if stop.receiver)
    assert places == ["close", "distant"]


def test_an_optional_collection_is_left_when_it_costs_more_than_it_brings() -> None:
    points = {"depot": (0, 0), "pit": (50, 0), "works": (0, 0.001)}
    # 100 km at 5 yuan + 100 yuan for the truck = 600 yuan.
    dear = Collection("ash", "pit", "ash", 30_000, ("works",), skip_fen=59_000)
    plan = planned(day(points, [dear], [Receiver("works", "works")]))
    assert plan.status is PlanStatus.EMPTY
    (row,) = plan.unserved
    assert row.reason is Reason.NOT_WORTH
    assert row.limit == 59_000
    assert row.value == pytest.approx(60_000, abs=2)
    worth = replace(dear, skip_fen=61_000)
    assert planned(day(points, [worth], [Receiver("works", "works")])).unserved == ()


def test_optional_loads_that_pay_for_a_detour_together_are_fetched_on_a_large_day() -> None:
    # The detour is 100 km at 5 yuan: less than ten lots left out at 60 yuan, more than any one.
    points = {"depot": (0, 0), "works": (1, 0), "pit": (50, 0)}
    points |= {f"near{i}": (2 + 0.3 * (i % 8), 0.3 * (i // 8)) for i in range(60)}
    must = [Collection(f"n{i}", f"near{i}", "ash", 3_000, ("works",)) for i in range(60)]
    lots = [Collection(f"o{i}", "pit", "ash", 1_000, ("works",), skip_fen=6_000) for i in range(10)]
    problem = day(points, must + lots, [Receiver("works", "works")], vehicles=fleet(12))
    assert planned(problem).unserved == ()


def _unserved(problem: DayProblem, load: str) -> tuple[Reason, int | None]:
    plan = planned(problem)
    (row,) = [row for row in plan.unserved if row.load == load]
    return row.reason, row.relaxation


def test_every_unserved_load_names_its_limit_and_the_smallest_relaxation() -> None:
    points = {"depot": (0, 0), "pit": (60, 0), "works": (0, 0.001)}
    ash = Collection("ash", "pit", "ash", 10_000, ("works",))
    works = Receiver("works", "works")
    early = replace(ash, windows=(Window(0, 6 * HOUR + 3000),))
    # The truck arrives at 7:00, 600 s after the gate shuts at 6:50.
    assert _unserved(day(points, [early], [works]), "ash#1") == (Reason.COLLECTION_WINDOW, 600)
    shut = replace(works, windows=(Window(0, 7 * HOUR),))
    reason, late_s = _unserved(day(points, [ash], [shut]), "ash#1")
    assert reason is Reason.RECEIVER_WINDOW
    assert late_s == pytest.approx(3600, abs=2)
    short = fleet(1, shift=Window(6 * HOUR, 7 * HOUR))
    reason, late_s = _unserved(day(points, [ash], [works], vehicles=short), "ash#1")
    assert reason is Reason.SHIFT
    assert late_s == pytest.approx(3600, abs=5)
    full = replace(works, daily_intake_kg=4_000)
    assert _unserved(day(points, [ash], [full]), "ash#1") == (Reason.RECEIVER_INTAKE, 6_000)
    hours = DriverHours(daily_drive_s=HOUR)
    reason, over_s = _unserved(day(points, [ash], [works], hours=hours), "ash#1")
    assert reason is Reason.DRIVER_HOURS
    assert over_s == pytest.approx(3600, abs=5)


def test_when_time_is_up_the_limit_is_still_named_but_not_how_to_lift_it() -> None:
    points = {"depot": (0, 0), "pit": (60, 0), "works": (0, 0.001)}
    early = Collection(
        "ash", "pit", "ash", 10_000, ("works",), windows=(Window(0, 6 * HOUR + 3000),)
    )
    free = Collection("slag", "pit", "slag", 10_000, ("works",))
    late = Day.of(day(points, [early, free], [Receiver("works", "works")]))
    shut, busy = explain(late, [], (0, 1), until=time.perf_counter())
    # The truck arrives at 7:00; the gate shuts at 6:50.
    assert (shut.reason, shut.value, shut.limit) == (
        Reason.COLLECTION_WINDOW,
        7 * HOUR,
        6 * HOUR + 3000,
    )
    assert shut.relaxation is None
    assert (busy.reason, busy.limit) == (Reason.FLEET_BUSY, None)
    # One trip of 120.001 km: 600.005 yuan and 100 for the truck, less a fen for rounding, and up
    # to a whole fen.
    assert lower_bound_fen(late, (1,), until=time.perf_counter()) == 70_000


def test_cargo_without_body_or_licence_is_named() -> None:
    points = {"depot": (0, 0), "pit": (60, 0), "works": (0, 0.001)}
    problem = day(
        points, [Collection("c", "pit", "oil", 1_000, ("works",))], [Receiver("works", "works")]
    )
    van = replace(problem, materials=(Material("oil", frozenset({Body.HAZARDOUS_VAN}), "HW08"),))
    assert _unserved(van, "c#1") == (Reason.NO_BODY, None)
    licensed = replace(problem, materials=(Material("oil", frozenset({Body.TIPPER}), "HW08"),))
    assert _unserved(licensed, "c#1") == (Reason.NO_LICENCE, None)
    choosy = replace(problem, vehicle_types=(replace(tipper(), materials=frozenset({"gravel"})),))
    assert _unserved(choosy, "c#1") == (Reason.NOT_ADMITTED, None)
    bulky = replace(
        problem,
        collections=(replace(problem.collections[0], volume_l=9_000_000),),
        vehicle_types=(replace(tipper(), capacity_l=100),),
    )
    plan = planned(bulky)
    assert {row.reason for row in plan.unserved} <= {Reason.VOLUME, Reason.FLEET_BUSY}


def test_a_busy_fleet_says_how_late_the_least_late_truck_would_be() -> None:
    points = {"depot": (0, 0), "pit": (60, 0), "works": (0, 0.001)}
    problem = day(
        points,
        [Collection("ash", "pit", "ash", 60_000, ("works",))],
        [Receiver("works", "works")],
        vehicles=fleet(1, shift=Window(6 * HOUR, 9 * HOUR)),
    )
    plan = planned(problem)
    (row,) = plan.unserved
    # One round takes 2 h; two take 4 h and a second of driving, hence a rest, of the 3 h shift.
    assert row.reason is Reason.FLEET_BUSY
    assert row.relaxation == pytest.approx(3600 + 1200, abs=5)


def test_no_vehicle_at_all_leaves_everything_with_a_reason() -> None:
    points = {"depot": (0, 0), "pit": (60, 0), "works": (0, 0.001)}
    problem = day(
        points,
        [Collection("ash", "pit", "ash", 60_000, ("works",))],
        [Receiver("works", "works")],
        vehicles=(),
    )
    plan = planned(problem)
    assert plan.status is PlanStatus.EMPTY
    assert {row.reason for row in plan.unserved} == {Reason.NO_VEHICLE}


def test_a_load_asked_for_on_a_day_without_vehicles_finds_no_place() -> None:
    points = {"depot": (0, 0), "pit": (60, 0), "works": (0, 0.001)}
    ash = Collection("ash", "pit", "ash", 30_000, ("works",))
    empty = Day.of(day(points, [ash], [Receiver("works", "works")], vehicles=()))
    assert Inserter(empty, []).best(0) is None
    (row,) = explain(empty, [], (0,))
    assert row.reason is Reason.NO_VEHICLE


def test_each_truck_keeps_to_its_own_depot_and_capacity() -> None:
    points = {"depot": (0, 0), "pit": (10, 0), "works": (20, 0)}
    kinds = (tipper(30_000, "big"), tipper(10_000, "small"))
    vehicles = (
        Vehicle("big0", "big", "depot", SHIFT),
        Vehicle("small0", "small", "depot", SHIFT),
    )
    problem = day(
        points,
        [Collection("ash", "pit", "ash", 60_000, ("works",))],
        [Receiver("works", "works")],
        types=kinds,
        vehicles=vehicles,
    )
    plan = planned(problem)
    # The big truck in two trips (10 + 10 + 10 + 10 + 20 km) beats any use of the small one.
    assert [route.vehicle for route in plan.routes] == ["big0"]
    assert plan.distance_m == 60_000


def test_progress_is_told_and_a_stop_keeps_the_best_plan_so_far() -> None:
    points = {"depot": (0, 0), "pit": (10, 0), "works": (20, 0)}
    problem = day(
        points,
        [Collection("ash", "pit", "ash", 90_000, ("works",))],
        [Receiver("works", "works")],
    )
    told: list[Progress] = []
    plan = solve(problem, Parameters(time_limit_s=30), told.append, lambda: True)
    assert check(problem, plan) == ()
    assert plan.status is PlanStatus.COMPLETE
    assert plan.seconds < 10
    assert told[0].stage is Stage.SPLIT
    assert told[-1].stage is Stage.CHECK
    assert told[-1].unserved == 0


def test_what_is_told_while_searching_is_the_plan_a_stop_would_keep() -> None:
    problem = made_up(5, 12)
    told: list[Progress] = []
    plan = solve(
        problem,
        Parameters(time_limit_s=60, seed=3, max_iterations=2_000),
        told.append,
        lambda: len(told) > 12,
    )
    found = [row for row in told if row.stage is Stage.IMPROVE]
    costs = [row.cost_fen for row in found if row.cost_fen is not None]
    # Nothing is left out on this day, so that the cost alone says which plan is better.
    assert {row.unserved for row in found} == {0}
    assert len(costs) > 5
    assert costs == sorted(costs, reverse=True)
    # Each truck's cost is rounded to the fen.
    assert plan.cost_fen == pytest.approx(costs[-1], abs=len(plan.routes))
    assert 0 < plan.iterations < 2_000
