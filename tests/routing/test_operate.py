"""A dispatcher's verbs on days small enough to work out on paper."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.day import Day
from routing.hand import taken_up
from routing.late import add, options, with_collection
from routing.locks import Lock
from routing.moves import lock, move, move_to_truck, place_of, take_off, unlock
from routing.operate import RefusalCode, Situation
from routing.places import Place, shared_places, taken_up_s
from routing.plan import Reason, Route, StopKind
from routing.problem import Collection, DayProblem, DriverHours, Receiver, Window
from routing.schedule import Task, timetable
from routing.trucks import bring_back, take_out
from tests.routing.days import HOUR, day, fleet, tipper
from tests.routing.hands import (
    every_order,
    granted,
    refused,
    route_of,
    same_work,
    visits,
    written,
)

LINE = {"depot": (0, 0), "near": (10, 0), "mid": (20, 0), "far": (30, 0), "works": (40, 0)}


def three_pits(**kwargs: object) -> DayProblem:
    """Three loads of 10 t along a road of 40 km to one works; trucks hold 30 t; 60 km/h."""
    rows = [
        Collection(f"c-{name}", name, "ash", 10_000, ("works",))
        for name in LINE
        if name in {"near", "mid", "far"}
    ]
    return day(LINE, rows, [Receiver("works", "works")], **kwargs)  # type: ignore[arg-type]


def both_trucks() -> Situation:
    """One truck takes near and mid in one trip, the other takes far: 80 km each."""
    return written(
        three_pits(),
        {
            "tipper0": ["c-near#1", "c-mid#1", "c-near#1>works", "c-mid#1>works"],
            "tipper1": ["c-far#1", "c-far#1>works"],
        },
    )


def test_a_moved_load_empties_one_truck_and_both_days_are_timed_again() -> None:
    situation = both_trucks()
    # Two trucks: 2 x (100 yuan + 80 km x 5 yuan) = 1,000 yuan.
    assert situation.plan.cost_fen == 100_000
    to = Place("tipper0", "works", 2, 2)
    after = granted(move(situation, "c-far#1", to)).plan
    # Far lies on the way: one truck, 80 km, 100 + 400 yuan.
    assert after.cost_fen == 50_000
    assert visits(after, "tipper0") == [
        ("start", "depot"),
        ("load", "near"),
        ("load", "mid"),
        ("load", "far"),
        ("unload", "works"),
        ("end", "depot"),
    ]
    assert [route.vehicle for route in after.routes] == ["tipper0"]


def test_moving_there_and_back_gives_the_same_plan() -> None:
    situation = both_trucks()
    for load in ("c-near#1", "c-mid#1", "c-far#1"):
        home = place_of(situation, load)
        assert home is not None
        other = "tipper1" if home.vehicle == "tipper0" else "tipper0"
        there = granted(move_to_truck(situation, load, other))
        assert route_of(there.plan, other).load_ids
        back = granted(move(there, load, home))
        assert back.plan == situation.plan


def test_the_other_trucks_keep_their_day_to_the_second() -> None:
    problem = three_pits(vehicles=fleet(3))
    situation = written(
        problem,
        {
            "tipper0": ["c-near#1", "c-near#1>works"],
            "tipper1": ["c-mid#1", "c-mid#1>works"],
            "tipper2": ["c-far#1", "c-far#1>works"],
        },
    )
    after = granted(move_to_truck(situation, "c-near#1", "tipper1"))
    assert route_of(after.plan, "tipper2") is route_of(situation.plan, "tipper2")


def test_best_place_on_a_truck_is_the_best_of_every_order() -> None:
    situation = both_trucks()
    work = Day.of(situation.problem)
    tasks = [Task(i, receiver) for i in range(3) for receiver in (None, 0)]
    truck = situation.problem.vehicles[0]
    routes = [timetable(work, truck, order) for order in every_order(tasks)]
    # 6! / 2^3 orders of six tasks of which each put follows its pick.
    assert len(routes) == 90
    least = min(route.cost_fen for route in routes if isinstance(route, Route))
    after = granted(move_to_truck(situation, "c-far#1", "tipper0"))
    assert after.plan.cost_fen == least


def test_a_move_over_the_truck_is_refused_with_the_mass_that_is_too_much() -> None:
    problem = three_pits(types=(tipper(25_000),))
    situation = written(
        problem,
        {
            "tipper0": ["c-near#1", "c-mid#1", "c-near#1>works", "c-mid#1>works"],
            "tipper1": ["c-far#1", "c-far#1>works"],
        },
    )
    refusal = refused(move(situation, "c-far#1", Place("tipper0", "works", 2, 2)))
    # All three at once are 30 t on a truck of 25 t.
    assert (refusal.code, refusal.reason) == (RefusalCode.LIMIT, Reason.MASS)
    assert (refusal.value, refusal.limit, refusal.relaxation) == (30_000, 25_000, 5_000)
    # Put down first what is on board, and it goes.
    assert granted(move(situation, "c-far#1", Place("tipper0", "works", 4, 4)))


def test_a_move_past_a_gate_names_the_smallest_of_the_limits_that_must_give_way() -> None:
    rows = [
        Collection("c-near", "near", "ash", 10_000, ("works",)),
        # Mid shuts at 6:30; straight from the depot it is reached at 6:20.
        Collection(
            "c-mid", "mid", "ash", 10_000, ("works",), windows=(Window(0, 6 * HOUR + 1800),)
        ),
        Collection("c-far", "far", "ash", 10_000, ("works",)),
    ]
    problem = day(LINE, rows, [Receiver("works", "works")])
    situation = written(
        problem,
        {"tipper0": ["c-mid#1", "c-mid#1>works"], "tipper1": ["c-far#1", "c-far#1>works"]},
    )
    refusal = refused(move(situation, "c-far#1", Place("tipper0", "works", 0, 1)))
    # Far first, at 6:30, then back to mid at 6:40: ten minutes late there and nowhere else.
    assert refusal.reason is Reason.COLLECTION_WINDOW
    assert refusal.subject == "c-mid"
    assert refusal.relaxation == 600


def test_giving_way_by_what_is_told_is_enough_and_one_second_less_is_not() -> None:
    problem = three_pits(vehicles=fleet(2, shift=Window(6 * HOUR, 7 * HOUR + 2400)))
    situation = written(problem, {"tipper0": ["c-near#1", "c-near#1>works"]})
    place = Place("tipper0", "works", 2, 2)
    refusal = refused(move(situation, "c-mid#1", place))
    # A second trip: 40 km out, 20 back, 20 again, 40 home: two hours; the shift ends at 7:40.
    assert (refusal.reason, refusal.relaxation) == (Reason.SHIFT, 1200)

    def with_more(more_s: int) -> Situation:
        shift = Window(6 * HOUR, 7 * HOUR + 2400 + more_s)
        longer = tuple(replace(row, shift=shift) for row in problem.vehicles)
        return replace(situation, problem=replace(problem, vehicles=longer))

    assert granted(move(with_more(1200), "c-mid#1", place))
    assert refused(move(with_more(1199), "c-mid#1", place)).relaxation == 1


def test_a_locked_load_and_a_locked_truck_refuse_to_move() -> None:
    situation = both_trucks()
    locked = granted(lock(situation, Lock("tipper1", "c-far#1")))
    assert refused(move_to_truck(locked, "c-far#1", "tipper0")).code is RefusalCode.LOCKED
    assert refused(take_off(locked, "c-far#1")).code is RefusalCode.LOCKED
    assert refused(take_out(locked, "tipper1")).code is RefusalCode.LOCKED
    free = unlock(locked, Lock("tipper1", "c-far#1"))
    assert granted(move_to_truck(free, "c-far#1", "tipper0"))
    shut = granted(lock(situation, Lock("tipper0")))
    refusal = refused(move_to_truck(shut, "c-far#1", "tipper0"))
    assert (refusal.code, refusal.subject) == (RefusalCode.LOCKED, "tipper0")
    assert refused(move_to_truck(shut, "c-near#1", "tipper1")).code is RefusalCode.LOCKED


def test_a_load_locked_to_a_time_is_waited_for() -> None:
    situation = both_trucks()
    at_s = 9 * HOUR
    held = granted(lock(situation, Lock("tipper1", "c-far#1", at_s)))
    loaded = route_of(held.plan, "tipper1").stops[1]
    assert (loaded.kind, loaded.start_s) == (StopKind.LOAD, at_s)
    # Far is 30 min from the depot: it cannot be loaded at 6:15. The shift opens 15 min too late,
    # but no window closes later that would help: the lock is told as the limit, 900 s short.
    refusal = refused(lock(situation, Lock("tipper1", "c-far#1", 6 * HOUR + 900)))
    assert (refusal.reason, refusal.relaxation) == (Reason.COLLECTION_WINDOW, 900)
    # A load put in before it must not make it late: near is on the way, the works is not.
    both = granted(move(held, "c-near#1", Place("tipper1", "works", 0, 2)))
    assert taken_up_s(route_of(both.plan, "tipper1"), "c-far#1") == at_s


def test_in_a_locked_route_a_load_is_locked_only_to_what_already_holds() -> None:
    situation = granted(lock(both_trucks(), Lock("tipper0")))
    before = route_of(situation.plan, "tipper0")
    # Near is taken up when it is reached at 6:10, both are put down at 6:40.
    near, works_s = "c-near#1", 6 * HOUR + 2400
    assert [stop.start_s for stop in before.stops if near in stop.loads] == [
        6 * HOUR + 600,
        works_s,
    ]
    for wish in (
        Lock("tipper0", near),
        Lock("tipper0", near, 6 * HOUR + 600),
        Lock("tipper0", near, unload_s=works_s),
    ):
        assert route_of(granted(lock(situation, wish)).plan, "tipper0") == before
    for wish in (
        Lock("tipper0", near, 6 * HOUR + 1200),
        Lock("tipper0", near, unload_s=works_s + 600),
        Lock("tipper0", near, 6 * HOUR + 600, works_s + 600),
    ):
        refusal = refused(lock(situation, wish))
        assert (refusal.code, refusal.subject) == (RefusalCode.LOCKED, "tipper0")
    # The other truck may still be told to wait.
    granted(lock(situation, Lock("tipper1", "c-far#1", 7 * HOUR)))


def test_wishes_for_what_is_not_there_are_refused_by_name() -> None:
    situation = both_trucks()
    nowhere = Place("tipper9", "works", 0, 0)
    assert refused(move(situation, "c-far#1", nowhere)).code is RefusalCode.UNKNOWN_VEHICLE
    assert refused(move(situation, "c-x#1", nowhere)).code is RefusalCode.UNKNOWN_LOAD
    beyond = Place("tipper0", "works", 3, 9)
    assert refused(move(situation, "c-far#1", beyond)).code is RefusalCode.NO_SUCH_PLACE
    elsewhere = Place("tipper0", "mill", 0, 0)
    assert refused(move(situation, "c-far#1", elsewhere)).code is RefusalCode.NO_SUCH_PLACE
    assert refused(take_out(situation, "tipper9")).code is RefusalCode.UNKNOWN_VEHICLE
    assert refused(lock(situation, Lock("tipper0", "c-far#1"))).code is RefusalCode.UNKNOWN_LOAD


def test_a_late_collection_is_ranked_over_all_trucks_with_cost_metres_and_reason() -> None:
    points = {**LINE, "aside": (20, 15)}
    rows = [
        Collection("c-near", "near", "ash", 30_000, ("works",)),
        Collection("c-far", "far", "ash", 10_000, ("works",)),
    ]
    vehicles = (
        *fleet(2),
        # The third truck's shift ends after an hour.
        replace(fleet(3)[2], shift=Window(6 * HOUR, 7 * HOUR)),
    )
    problem = day(points, rows, [Receiver("works", "works")], vehicles=vehicles)
    situation = written(
        problem,
        {
            "tipper0": ["c-near#1", "c-near#1>works"],
            "tipper1": ["c-far#1", "c-far#1>works"],
        },
    )
    added = with_collection(situation, Collection("c-late", "aside", "ash", 10_000, ("works",)))
    assert added.loads == ("c-late#1",)
    ranked = options(added.situation, "c-late#1")
    # Aside is 25 km from depot and works (3-4-5 triangles) and 18,028 m from far.
    # tipper1 takes it on the way: depot-aside 25,000 + aside-far 18,028 instead of 30,000:
    # 13,028 m more, 65.14 yuan. tipper0 is full from near on, so it comes back for it:
    # works-aside-works 50 km, or on the way home: works-aside, aside-works, home: 50 km more; or
    # before everything: 25 + 25 + 30 instead of 10: 70 km more. 50 km = 250 yuan.
    # tipper2 needs 25 + 25 + 40 = 90 min, 30 more than its shift has.
    best, second, third = ranked
    assert (best.place.vehicle, best.extra_m, best.extra_fen) == ("tipper1", 13_028, 6_514)
    assert (second.place.vehicle, second.extra_m, second.extra_fen) == ("tipper0", 50_000, 25_000)
    assert third.place.vehicle == "tipper2"
    assert third.late_s == 1800
    assert third.refusal is not None
    assert third.refusal.reason is Reason.SHIFT
    chosen = granted(move(added.situation, "c-late#1", best.place))
    assert chosen.plan.cost_fen == situation.plan.cost_fen + best.extra_fen
    assert chosen.plan.unserved == ()
    direct = add(situation, Collection("c-late", "aside", "ash", 10_000, ("works",)))
    assert same_work(direct.situation.plan, chosen.plan)


def test_a_late_collection_that_no_truck_can_take_says_why() -> None:
    full = Receiver("works", "works", daily_intake_kg=35_000)
    rows = [Collection("c-far", "far", "ash", 30_000, ("works",))]
    problem = day(LINE, rows, [full])
    situation = written(problem, {"tipper0": ["c-far#1", "c-far#1>works"]})
    added = add(situation, Collection("c-late", "near", "ash", 10_000, ("works",)))
    (row,) = added.situation.plan.unserved
    # 30 t are in, 5 t of room for 10.
    assert (row.load, row.reason, row.relaxation) == ("c-late#1", Reason.RECEIVER_INTAKE, 5_000)
    assert {o.refusal.reason for o in options(added.situation, "c-late#1") if o.refusal} == {
        Reason.RECEIVER_INTAKE
    }


def test_a_large_late_collection_goes_out_in_several_loads() -> None:
    situation = both_trucks()
    added = add(situation, Collection("c-big", "far", "ash", 75_000, ("works",)))
    assert len(added.loads) == 3
    plan = granted(added.situation).plan
    assert plan.unserved == ()
    assert plan.served_kg == 105_000


def test_a_truck_taken_out_gives_its_loads_to_the_other_and_back_again_is_never_worse() -> None:
    situation = both_trucks()
    out = granted(take_out(situation, "tipper1"))
    assert [route.vehicle for route in out.plan.routes] == ["tipper0"]
    assert out.plan.unserved == ()
    assert out.plan.cost_fen == 50_000
    assert refused(move_to_truck(out, "c-far#1", "tipper1")).code is RefusalCode.TRUCK_OUT
    back = granted(bring_back(out, "tipper1"))
    assert len(back.plan.unserved) <= len(out.plan.unserved)
    assert back.plan.cost_fen <= out.plan.cost_fen


def test_what_finds_no_other_truck_is_reported_with_the_time_that_is_short() -> None:
    # Loads that fill a truck: each takes 80 min from depot to depot (80 km).
    rows = [
        Collection("c-near", "near", "ash", 30_000, ("works",)),
        Collection("c-far", "far", "ash", 30_000, ("works",)),
    ]
    vehicles = fleet(2, shift=Window(6 * HOUR, 7 * HOUR + 1800))
    problem = day(LINE, rows, [Receiver("works", "works")], vehicles=vehicles)
    situation = written(
        problem,
        {"tipper0": ["c-near#1", "c-near#1>works"], "tipper1": ["c-far#1", "c-far#1>works"]},
    )
    out = granted(take_out(situation, "tipper1"))
    (row,) = out.plan.unserved
    # Both on one truck: 40 + 10 back to far + 10 + 40 home = 100 min, of which the shift has 90.
    assert (row.load, row.reason, row.relaxation) == ("c-far#1", Reason.FLEET_BUSY, 600)
    back = granted(bring_back(out, "tipper1"))
    assert back.plan.unserved == ()
    assert same_work(back.plan, situation.plan)


def test_taking_a_load_off_leaves_it_out_with_what_it_would_take_to_put_it_in() -> None:
    situation = both_trucks()
    after = granted(take_off(situation, "c-far#1")).plan
    (row,) = after.unserved
    assert row.load == "c-far#1"
    assert after.cost_fen == 50_000


@pytest.mark.parametrize("hours", [None, DriverHours(daily_drive_s=80 * 60)])
def test_daily_driving_binds_the_hand_as_it_binds_the_planner(hours: DriverHours | None) -> None:
    problem = three_pits(hours=hours)
    situation = written(
        problem,
        {"tipper0": ["c-near#1", "c-near#1>works"], "tipper1": ["c-far#1", "c-far#1>works"]},
    )
    answer = move(situation, "c-far#1", Place("tipper0", "works", 2, 2))
    if hours is None:
        assert granted(answer)
        return
    # 40 + 10 + 10 + 40 km at 60 km/h = 100 min at the wheel, 20 more than allowed.
    refusal = refused(answer)
    assert (refusal.reason, refusal.relaxation) == (Reason.DRIVER_HOURS, 1200)


def test_a_time_with_a_shut_gate_cannot_be_locked() -> None:
    problem = three_pits()
    hours = (Window(7 * HOUR, 8 * HOUR), Window(13 * HOUR, 15 * HOUR))
    rows = tuple(replace(row, windows=hours) for row in problem.collections)
    situation = written(
        replace(problem, collections=rows), {"tipper1": ["c-far#1", "c-far#1>works"]}
    )
    # Noon is an hour before the gate opens again, and four hours after it shut.
    refusal = refused(lock(situation, Lock("tipper1", "c-far#1", 12 * HOUR)))
    assert (refusal.code, refusal.subject) == (RefusalCode.SHUT, "c-far")
    assert (refusal.value, refusal.limit) == (12 * HOUR, 13 * HOUR)
    held = granted(lock(situation, Lock("tipper1", "c-far#1", refusal.limit)))
    assert taken_up_s(route_of(held.plan, "tipper1"), "c-far#1") == 13 * HOUR


def test_shared_places_are_all_orders_in_which_the_load_rides_along() -> None:
    problem = three_pits()
    situation = written(problem, {"tipper0": ["c-far#1", "c-far#1>works"]})
    hand = taken_up(situation)
    load = hand.day.load_index["c-near#1"]
    found = shared_places(hand, hand.by_id["tipper0"], load)
    # Near lies on the way to far and both go to the works: no metre more; which is unloaded first
    # at one call is all the same. Fetched after far it is 20 km back and 20 km forth.
    places = [(row.place.pick_after, row.place.put_after, row.extra_m) for row in found]
    assert places == [(0, 1, 0), (1, 2, 40_000)]
    for row in found:
        moved = granted(move(situation, "c-near#1", row.place))
        assert moved.plan.distance_m - situation.plan.distance_m == row.extra_m
