"""Planning again while trucks are on the road: what is done stays, the rest may change."""

from __future__ import annotations

from dataclasses import replace

from routing.check import check
from routing.hand import done_otherwise, taken_up
from routing.late import add, options, with_collection
from routing.locks import Lock
from routing.moves import lock, move, move_to_truck, place_of, take_off
from routing.operate import RefusalCode, Situation
from routing.parameters import Parameters, Progress
from routing.places import Place, barred
from routing.plan import Reason, StopKind
from routing.problem import (
    Body,
    Collection,
    DayProblem,
    DriverHours,
    Material,
    Receiver,
    Segregation,
    Window,
)
from routing.replan import replan, solve_from
from routing.solve import solve
from routing.trucks import take_out
from tests.routing.days import HOUR, day, fleet
from tests.routing.hands import granted, refused, route_of, same_work, visits, written

LINE = {"depot": (0, 0), "near": (10, 0), "mid": (20, 0), "far": (30, 0), "works": (40, 0)}
QUICK = Parameters(time_limit_s=5, max_iterations=400)


def on_the_road(now_s: int) -> Situation:
    """Truck 0 fetches near, then mid in a second trip; truck 1 fetches far. All loads are full.

    Truck 0: near 6:10, works 6:40, mid 7:00, works 7:20, home 8:00. Truck 1: far 6:30, works 6:40,
    home 7:20.
    """
    rows = [
        Collection(f"c-{name}", name, "ash", 30_000, ("works",)) for name in ("near", "mid", "far")
    ]
    problem = day(LINE, rows, [Receiver("works", "works")])
    situation = written(
        problem,
        {
            "tipper0": ["c-near#1", "c-near#1>works", "c-mid#1", "c-mid#1>works"],
            "tipper1": ["c-far#1", "c-far#1>works"],
        },
    )
    return replace(situation, now_s=now_s)


def test_a_load_that_is_being_fetched_stays_and_one_that_is_not_may_go() -> None:
    # 6:35: truck 0 is under way to the works with near, truck 1 with far; mid is not begun.
    situation = on_the_road(6 * HOUR + 2100)
    assert refused(move_to_truck(situation, "c-near#1", "tipper1")).code is RefusalCode.STARTED
    assert place_of(situation, "c-near#1") is None
    after = granted(move_to_truck(situation, "c-mid#1", "tipper1"))
    # Truck 1 is at the works at 6:40, at mid at 7:00, at the works at 7:20, home at 8:00.
    assert route_of(after.plan, "tipper1").end_s == 8 * HOUR
    # Truck 0 drives home from the works: 7:20.
    assert route_of(after.plan, "tipper0").end_s == 7 * HOUR + 1200
    for vehicle in ("tipper0", "tipper1"):
        before = route_of(situation.plan, vehicle).stops
        assert route_of(after.plan, vehicle).stops[:3] == before[:3]


def test_a_truck_that_is_home_waits_there_and_is_sent_out_again() -> None:
    # 8:30: both trucks are home (8:00 and 7:20).
    situation = on_the_road(8 * HOUR + 1800)
    added = with_collection(situation, Collection("late", "near", "ash", 5_000, ("works",)))
    best = options(added.situation, "late#1")[0]
    # Whoever goes leaves at 8:30 and is at near at 8:40; 80 km more.
    assert (best.start_s, best.extra_m) == (8 * HOUR + 2400, 80_000)
    after = granted(move(added.situation, "late#1", best.place))
    stops = route_of(after.plan, best.place.vehicle).stops
    wait = next(stop for stop in stops if stop.kind is StopKind.REST)
    assert (wait.site, wait.depart_s) == ("depot", 8 * HOUR + 1800)
    # A minute later the truck is on its way: the load is begun and may not be moved.
    later = replace(after, now_s=8 * HOUR + 1860)
    assert refused(move_to_truck(later, "late#1", "tipper0")).code is RefusalCode.STARTED
    # Taken out before it leaves again, the day ends as it had ended.
    home = granted(take_out(after, best.place.vehicle))
    assert route_of(home.plan, best.place.vehicle) == route_of(situation.plan, best.place.vehicle)


def test_nothing_new_happens_before_now() -> None:
    rows = [Collection("c", "near", "ash", 5_000, ("works",))]
    problem = day(LINE, rows, [Receiver("works", "works")], vehicles=fleet(1))
    situation = replace(written(problem, {}), now_s=10 * HOUR)
    after = granted(replan(situation, QUICK))
    assert route_of(after.plan, "tipper0").start_s == 10 * HOUR
    # At 19:00 the shift, which ends at 18:00, is over by an hour.
    closed = granted(replan(replace(situation, now_s=19 * HOUR), QUICK))
    assert closed.plan.routes == ()
    answer = refused(move_to_truck(replace(situation, now_s=19 * HOUR), "c#1", "tipper0"))
    assert (answer.reason, answer.relaxation) == (Reason.SHIFT, HOUR)


def test_a_broken_truck_keeps_what_it_has_begun_and_gives_away_the_rest() -> None:
    situation = on_the_road(6 * HOUR + 2100)
    after = granted(take_out(situation, "tipper0"))
    assert route_of(after.plan, "tipper0").load_ids == ("c-near#1",)
    assert route_of(after.plan, "tipper1").load_ids == ("c-far#1", "c-mid#1")


def test_planning_again_takes_the_shorter_way_and_keeps_what_is_done() -> None:
    rows = [
        Collection("a", "near", "ash", 10_000, ("works",)),
        Collection("b", "mid", "ash", 10_000, ("works",)),
        Collection("c", "far", "ash", 10_000, ("works",)),
    ]
    problem = day(LINE, rows, [Receiver("works", "works")], vehicles=fleet(3))
    poor = written(
        problem,
        {"tipper0": ["a#1", "a#1>works"], "tipper1": ["b#1", "b#1>works", "c#1", "c#1>works"]},
    )
    # Before the shift everything is open: one truck takes all three on one way of 80 km.
    fresh = granted(replan(replace(poor, now_s=5 * HOUR), QUICK))
    assert fresh.plan.distance_m == 80_000
    # At 6:05 truck 0 is on its way to near and truck 1 to mid: c can only be fetched on the way,
    # by either, which saves truck 1 its second trip of 20 km.
    late = granted(replan(replace(poor, now_s=6 * HOUR + 300), QUICK))
    assert late.plan.distance_m == 160_000
    for vehicle, load in (("tipper0", "a#1"), ("tipper1", "b#1")):
        assert route_of(late.plan, vehicle).load_ids[0] == load
    assert late.plan.cost_fen < poor.plan.cost_fen


def test_planning_again_tells_the_whole_day_s_cost_and_its_bound() -> None:
    rows = [Collection(name, name, "ash", 10_000, ("works",)) for name in ("near", "mid", "far")]
    problem = day(LINE, rows, [Receiver("works", "works")], vehicles=fleet(3))
    work = {f"tipper{i}": [f"{row.id}#1", f"{row.id}#1>works"] for i, row in enumerate(rows)}
    # At 6:05 each truck is on its way to its own load: the search sees what comes after that.
    before = replace(written(problem, work), now_s=6 * HOUR + 300)
    assert before.plan.bound_fen is None
    told: list[Progress] = []
    after = granted(replan(before, QUICK, told.append))
    costs = {row.cost_fen for row in told if row.cost_fen is not None}
    assert told[-1].cost_fen == after.plan.cost_fen
    assert min(costs) >= after.plan.cost_fen
    assert after.plan.bound_fen is not None
    assert 0 < after.plan.bound_fen <= after.plan.cost_fen


def test_planning_again_keeps_locked_trucks_and_locked_loads() -> None:
    rows = [
        Collection(name, place, "ash", 10_000, ("works",))
        for name, place in (("a", "near"), ("b", "mid"), ("c", "far"))
    ]
    problem = day(LINE, rows, [Receiver("works", "works")], vehicles=fleet(3))
    poor = written(
        problem,
        {
            "tipper0": ["a#1", "a#1>works"],
            "tipper1": ["b#1", "b#1>works"],
            "tipper2": ["c#1", "c#1>works"],
        },
    )
    shut = granted(lock(poor, Lock("tipper1")))
    one = granted(replan(shut, QUICK))
    assert route_of(one.plan, "tipper1") == route_of(poor.plan, "tipper1")
    # The two others become one.
    assert one.plan.distance_m == 160_000
    held = granted(lock(poor, Lock("tipper2", "c#1", 7 * HOUR)))
    two = granted(replan(held, QUICK))
    loaded = next(s for s in route_of(two.plan, "tipper2").stops if "c#1" in s.loads)
    assert loaded.start_s == 7 * HOUR
    # All on the truck to which c is locked, which waits for it.
    assert [route.vehicle for route in two.plan.routes] == ["tipper2"]
    assert two.plan.distance_m == 80_000


def test_the_same_seed_gives_the_same_plan_and_never_a_worse_one() -> None:
    situation = on_the_road(6 * HOUR + 2100)
    one, two = (granted(replan(situation, QUICK)) for _ in range(2))
    assert same_work(one.plan, two.plan)
    assert one.plan.cost_fen <= situation.plan.cost_fen


def test_hours_at_the_wheel_go_on_counting() -> None:
    # 150 km to the pit are 2.5 h; the works stands there too, and the depot again 2.5 h away.
    points = {"depot": (0, 0), "pit": (150, 0), "works": (150, 1), "aside": (150, 60)}
    problem = day(
        points,
        [Collection("a", "pit", "ash", 30_000, ("works",))],
        [Receiver("works", "works")],
        vehicles=fleet(1, shift=Window(6 * HOUR, 20 * HOUR)),
        hours=DriverHours(),
    )
    situation = replace(written(problem, {"tipper0": ["a#1", "a#1>works"]}), now_s=8 * HOUR)
    added = add(situation, Collection("b", "aside", "ash", 30_000, ("works",)))
    (route,) = granted(added.situation).plan.routes
    rests = [stop for stop in route.stops if stop.kind is StopKind.REST]
    # 2 h 31 min to the works, 59 min aside (3 h 30), 59 min back would be 4 h 29: rest aside;
    # then back and 2 h 30 home make 3 h 29. The one rest of the old day, before the way home,
    # is no longer needed.
    assert [stop.site for stop in rests] == ["aside"]


def test_cargo_carried_before_now_still_asks_for_a_clean_body() -> None:
    rows = [
        Collection("a", "near", "acid", 10_000, ("works",)),
        Collection("b", "mid", "alkali", 10_000, ("works",)),
    ]
    rule = (Segregation("acid", "alkali", 1800),)
    problem: DayProblem = day(
        LINE, rows, [Receiver("works", "works")], vehicles=fleet(1), segregations=rule
    )
    situation = replace(written(problem, {"tipper0": ["a#1", "a#1>works"]}), now_s=6 * HOUR + 1500)
    after = granted(move_to_truck(situation, "b#1", "tipper0"))
    assert ("clean", "works") in visits(after.plan, "tipper0")
    # At 6:05 the truck is on its way to a, and could fetch b on the way to the works.
    early = replace(situation, now_s=6 * HOUR + 300)
    onboard = refused(move(early, "b#1", Place("tipper0", "works", 0, 1)))
    assert onboard.reason is Reason.SEGREGATION
    again = granted(replan(situation, QUICK))
    assert again.plan.unserved == ()


def test_a_whole_day_planned_again_from_noon_holds() -> None:
    points = {
        "depot": (0, 0), "a": (18, 7), "b": (-12, 9), "c": (25, -14), "d": (6, -22),
        "kiln": (30, 5), "yard": (-20, -8),
    }  # fmt: skip
    rows = [
        Collection("ca", "a", "ash", 70_000, ("kiln", "yard"), loading_s=900),
        Collection("cb", "b", "slag", 50_000, ("yard",), loading_s=900),
        Collection("cc", "c", "ash", 65_000, ("kiln",), loading_s=900, skip_fen=90_000),
        Collection("cd", "d", "slag", 40_000, ("yard", "kiln"), loading_s=900),
    ]
    receivers = [
        Receiver("kiln", "kiln", weighing_s=300, unload_s_per_t=30, daily_intake_kg=150_000),
        Receiver("yard", "yard", weighing_s=300, unload_s_per_t=30),
    ]
    problem = day(
        points, rows, receivers, vehicles=fleet(3), segregations=(Segregation("ash", "slag", 600),)
    )
    plan = solve(problem, Parameters(time_limit_s=5, max_iterations=300))
    situation = Situation(problem, plan)
    for now_s in range(5 * HOUR, 19 * HOUR, 2 * HOUR):
        timed = replace(situation, now_s=now_s)
        again = granted(replan(timed, QUICK))
        assert len(again.plan.unserved) <= len(plan.unserved)
        assert again.plan.cost_fen <= plan.cost_fen
        late = add(timed, Collection("late", "b", "ash", 20_000, ("kiln", "yard")))
        granted(late.situation)
        granted(take_out(timed, "tipper1"))


def test_rules_for_cargo_that_is_not_there_today_do_no_harm() -> None:
    rows = [Collection("a", "near", "ash", 10_000, ("works",))]
    problem = day(LINE, rows, [Receiver("works", "works")])
    others = (Material("acid", frozenset({Body.TIPPER})), Material("lye", frozenset({Body.TIPPER})))
    ruled = replace(
        problem,
        materials=(*problem.materials, *others),
        segregations=(Segregation("acid", "lye", 600), Segregation("ash", "lye", 600)),
    )
    assert solve(ruled, QUICK).distance_m == 80_000
    assert granted(replan(written(ruled, {}), QUICK)).plan.distance_m == 80_000


def test_driving_since_the_last_rest_is_added_up_and_locked_loads_bar_other_trucks() -> None:
    situation = granted(lock(on_the_road(7 * HOUR), Lock("tipper0", "c-mid#1")))
    hand = taken_up(situation)
    # Truck 0 by 7:00: 10 + 30 + 20 km are an hour; it never halts for 20 minutes.
    assert hand.by_id["tipper0"].at_wheel_s(20 * 60) == HOUR
    number = hand.day.load_index["c-mid#1"]
    assert barred(hand, hand.by_id["tipper0"], number) is None
    refusal = barred(hand, hand.by_id["tipper1"], number)
    assert refusal is not None
    assert (refusal.code, refusal.subject) == (RefusalCode.LOCKED, "tipper0")
    # Sent out again after its wait at the depot, a truck begins with none.
    rested = taken_up(on_the_road(9 * HOUR)).by_id["tipper0"]
    assert rested.at_wheel_s(20 * 60) == 0


def test_a_day_planned_while_it_runs_starts_from_then_and_leaves_out_what_is_too_late() -> None:
    """Near's gate shuts at 9:00: from 8:51 on no truck gets there, 10 minutes from the depot.

    Mid and far are full loads of 80 minutes each, 100 together on one truck. The shift ends at
    18:00: from 17:00 on there is no time for either, from 16:30 on for one on each truck.
    """
    rows = [
        Collection("c-near", "near", "ash", 30_000, ("works",), windows=(Window(0, 9 * HOUR),)),
        *(Collection(f"c-{name}", name, "ash", 30_000, ("works",)) for name in ("mid", "far")),
    ]
    problem = day(LINE, rows, [Receiver("works", "works")])
    times = ((9 * HOUR - 540, 1, 1), (16 * HOUR + 1800, 2, 1), (17 * HOUR, 0, 3))
    for now_s, trucks, left in times:
        plan = solve_from(problem, now_s, QUICK)
        assert check(problem, plan) == ()
        assert (len(plan.routes), len(plan.unserved)) == (trucks, left)
        assert all(route.start_s >= now_s for route in plan.routes)
    [near] = solve_from(problem, 9 * HOUR - 540, QUICK).unserved
    # The truck could be there at 9:01, a minute too late; a sooner start is no remedy any more.
    assert (near.reason, near.value, near.limit) == (
        Reason.COLLECTION_WINDOW,
        9 * HOUR + 60,
        9 * HOUR,
    )
    after = solve_from(problem, 19 * HOUR, QUICK)
    assert {row.reason for row in after.unserved} == {Reason.NO_VEHICLE}
    assert solve_from(problem, 0, QUICK).distance_m == solve(problem, QUICK).distance_m


def test_two_plans_tell_one_past_until_a_truck_does_otherwise() -> None:
    """Truck 0 is done with near at 6:40 and drives to mid; without mid it drives home then."""
    before = on_the_road(6 * HOUR)
    after = granted(take_off(before, "c-mid#1"))
    routes = before.plan.routes, after.plan.routes
    assert [done_otherwise(*routes, 6 * HOUR + minute * 60) for minute in (0, 20, 40)] == [[]] * 3
    assert done_otherwise(*routes, 6 * HOUR + 2401) == ["tipper0"]
    # Truck 1 leaves at 6:00 for far; without that it stays at home.
    home = granted(take_off(on_the_road(5 * HOUR), "c-far#1"))
    assert done_otherwise(before.plan.routes, home.plan.routes, 6 * HOUR) == []
    assert done_otherwise(before.plan.routes, home.plan.routes, 6 * HOUR + 1) == ["tipper1"]
