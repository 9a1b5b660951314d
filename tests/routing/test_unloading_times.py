"""Loads that a receiver takes at times of their own: stated with the collection, or locked by hand."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.bound import lower_bound_fen
from routing.check import FaultCode, check
from routing.compare import Change, compare
from routing.day import Day
from routing.day_text import parse_day
from routing.hand import taken_up
from routing.haul_columns import full_truck_orders, holds
from routing.haul_day import layout
from routing.jsontext import parse_json
from routing.late import add, options
from routing.locks import Lock, broken_locks
from routing.moves import lock, move, move_to_truck, unlock
from routing.operate import RefusalCode, Situation
from routing.ortools_model import ReferenceModel
from routing.parameters import Parameters
from routing.places import Place
from routing.plan import Plan, Reason, Route, StopKind
from routing.problem import Collection, DayProblem, ProblemError, Receiver, Window
from routing.replan import replan
from routing.schedule import Task, timetable
from routing.solve import solve
from routing.trucks import take_out
from tests.routing.day_optimum import optimum, orders
from tests.routing.days import HOUR, day, fleet, tipper
from tests.routing.hands import granted, refused, route_of, written
from tests.routing.test_day_optima import breaks, made_up, result, short_shifts, weighing, windows
from tests.routing.test_operate import LINE, both_trucks

QUICK = Parameters(time_limit_s=60, max_iterations=1_500)
ROAD = {"depot": (0, 0), "pit": (20, 0), "works": (40, 0)}


def at(*hours: float) -> tuple[Window, ...]:
    return tuple(Window(round(hour * HOUR), round(hour * HOUR)) for hour in hours)


def lots(*own: tuple[Window, ...] | None, **kwargs: object) -> list[Collection]:
    return [
        Collection(f"c{i}", "pit", "ash", 10_000, ("works",), unload_windows=row, **kwargs)  # type: ignore[arg-type]
        for i, row in enumerate(own)
    ]


def put_down_s(plan: Plan, load: str) -> int:
    stops = (stop for route in plan.routes for stop in route.stops)
    return next(s.start_s for s in stops if s.kind is StopKind.UNLOAD and load in s.loads)


def own_times(problem: DayProblem, draw: np.random.Generator) -> DayProblem:
    """One load has an hour of its own, one a choice of two, one none."""

    def slot() -> Window:
        opens_s = 6 * HOUR + int(draw.integers(30, 240)) * 60
        return Window(opens_s, opens_s + int(draw.integers(0, 60)) * 60)

    chosen = [(slot(),), (slot(), slot()), None]
    rows = [replace(row, unload_windows=chosen[i % 3]) for i, row in enumerate(problem.collections)]
    return replace(problem, collections=tuple(rows))


def test_two_hours_promised_for_one_gate_make_two_trips_of_one() -> None:
    first, second = lots(at(7), at(12))
    late = replace(second, windows=(Window(8 * HOUR, 9 * HOUR),))
    works = Receiver("works", "works")
    one_truck = fleet(1)
    free = [replace(row, unload_windows=None) for row in (first, late)]
    # Both in one trip: 80 km at 5 yuan and 100 yuan for the truck.
    assert solve(day(ROAD, free, [works], vehicles=one_truck), QUICK).cost_fen == 50_000
    # The first is due at 7:00, before the second can be had: back to the pit and forth again, 40 km
    # more. A second truck would cost another 500 yuan.
    problem = day(ROAD, [first, late], [works])
    plan = solve(problem, QUICK)
    assert check(problem, plan) == ()
    assert plan.cost_fen == 70_000
    assert (put_down_s(plan, "c0#1"), put_down_s(plan, "c1#1")) == (7 * HOUR, 12 * HOUR)


def test_loads_of_one_hour_are_one_call_and_others_are_weighed_each() -> None:
    works = Receiver("works", "works", weighing_s=600, unload_s_per_t=60)

    def calls(*own: tuple[Window, ...] | None) -> list[tuple[int, int]]:
        day_ = Day.of(day(ROAD, lots(*own), [works]))
        tasks = [Task(0), Task(1), Task(0, 0), Task(1, 0)]
        route = timetable(day_, day_.problem.vehicles[0], tasks)
        assert isinstance(route, Route)
        return [(s.start_s, s.depart_s) for s in route.stops if s.kind is StopKind.UNLOAD]

    # 10 min of weighing and a minute a tonne; the truck is there at 6:40.
    assert calls(None, None) == [(24_000, 25_800)]
    assert calls(at(8), at(8)) == [(8 * HOUR, 8 * HOUR + 1800)]
    assert calls(at(8), None) == [(8 * HOUR, 8 * HOUR + 1200), (8 * HOUR + 1200, 8 * HOUR + 2400)]
    # The one without an hour does not wait for the other's.
    assert calls(None, at(8)) == [(24_000, 25_200), (8 * HOUR, 8 * HOUR + 1200)]


FEATURES = (windows, weighing, breaks, short_shifts)


@pytest.mark.parametrize("seed", range(16))
def test_the_plan_is_the_best_of_all_and_the_bound_below_it(seed: int) -> None:
    draw = np.random.default_rng(seed + 300)
    problem = own_times(FEATURES[seed % 4](made_up(seed), draw), draw)
    day_, found = Day.of(problem), []
    for again in range(3):
        plan = solve(problem, Parameters(time_limit_s=60, max_iterations=8_000, seed=again))
        assert check(problem, plan) == ()
        assert plan.bound_fen is None or plan.bound_fen <= plan.cost_fen
        found.append(result(day_, plan))
    # Places are compared by their driving alone: one search may end with a wait too many.
    assert min(found, key=lambda row: (row.must_left, row.cost_fen)) == optimum(day_)


@pytest.mark.parametrize("seed", range(24))
def test_the_bound_is_below_the_least_cost_of_serving_the_same_loads(seed: int) -> None:
    draw = np.random.default_rng(seed + 700)
    problem = own_times(FEATURES[seed % 4](made_up(seed + 50), draw), draw)
    day_ = Day.of(problem)
    for served in ({0, 1, 2}, {0, 1}, {1}):
        least = optimum(day_, frozenset(served))
        bound_fen = lower_bound_fen(day_, sorted(served), time.perf_counter() + 60)
        assert bound_fen is not None
        assert least is None or bound_fen <= least.cost_fen


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_both_clocks_tell_one_time_and_no_load_is_put_down_out_of_its_own(
    seed: int, order: int
) -> None:
    draw = np.random.default_rng(seed)
    problem = own_times(FEATURES[seed % 3](made_up(seed), draw), draw)
    day_ = Day.of(problem)
    goals = tuple((load, day_.allowed[load][0]) for load in range(3))
    every = list(orders(goals))
    tasks = every[order % len(every)]
    dense = layout(day_)
    number = {task: i for i, task in enumerate(dense.tasks)}
    tour = np.array([number[task] for task in tasks], dtype=np.int64)
    dense_arrays = dense.jobs, dense.trucks, dense.rules
    size, cost_fen = holds(*dense_arrays, 0, tour, *np.zeros((2, len(tour))))
    route = timetable(day_, dense.vehicles[0], tasks)
    if not isinstance(route, Route):
        assert size < len(tour)
        return
    assert (size, cost_fen) == (len(tour), route.cost_fen)
    for stop in route.stops:
        for name in stop.loads if stop.kind is StopKind.UNLOAD else ():
            own = day_.collection(day_.load_index[name]).unload_windows
            assert own is None or any(w.opens_s <= stop.start_s <= w.closes_s for w in own)


@settings(max_examples=8, deadline=None, derandomize=True)
@given(st.integers(0, 10_000))
def test_an_hour_of_its_own_never_makes_a_day_cheaper(seed: int) -> None:
    draw = np.random.default_rng(seed)
    free = windows(made_up(seed, 2), draw)
    bound = own_times(free, draw)
    with_times, without = optimum(Day.of(bound)), optimum(Day.of(free))
    assert with_times is not None
    assert without is not None
    assert (with_times.must_left, with_times.cost_fen) >= (without.must_left, without.cost_fen)


def test_the_reference_model_and_the_columns_keep_the_hours_too() -> None:
    full = [replace(row, mass_kg=30_000) for row in lots(at(8), at(11), (Window(0, 7 * HOUR),))]
    problem = day(ROAD, full, [Receiver("works", "works", (Window(6 * HOUR, 12 * HOUR),))])
    day_ = Day.of(problem)
    found = ReferenceModel(day_).solve(5, lambda: False)
    rows = [(vehicle, tasks) for vehicle, tasks in found or ()]
    until = time.perf_counter() + 5
    columns = full_truck_orders(layout(day_), until, lambda: False)
    for made in (rows, [(order.vehicle, order.tasks) for order in columns]):
        assert {task.load for _, tasks in made for task in tasks} == {0, 1, 2}
        assert all(isinstance(timetable(day_, *row), Route) for row in made)


def test_a_load_whose_hours_miss_its_gate_s_is_left_out_with_the_least_that_would_mend_it() -> None:
    works = Receiver("works", "works", (Window(9 * HOUR, 10 * HOUR), Window(13 * HOUR, 14 * HOUR)))

    def cause(own: tuple[Window, ...], gate: Receiver = works) -> tuple[Reason, int | None, str]:
        problem = day(ROAD, lots(own), [gate], vehicles=fleet(1))
        plan = solve(problem, QUICK)
        assert (check(problem, plan), plan.routes) == ((), ())
        (row,) = plan.unserved
        return row.reason, row.relaxation, row.subject

    # Between its two openings the gate is an hour off at 11:00, on the side of the morning.
    assert cause(at(11)) == (Reason.RECEIVER_WINDOW, HOUR, "works")
    # An hour of its own at 6:30 comes ten minutes before the truck can be there.
    assert cause(at(6.5), Receiver("works", "works")) == (Reason.UNLOADING_TIME, 600, "c0")
    # At 18:00 the shift ends, 40 min from there: it is put down by 17:20, or not at all.
    assert cause(at(18), Receiver("works", "works")) == (Reason.UNLOADING_TIME, 2400, "c0")


def test_a_gate_that_opens_too_late_is_told_by_how_much_sooner_it_would_have_to() -> None:
    evening = (Window(20 * HOUR, 21 * HOUR),)
    problem = day(ROAD, lots(None, windows=evening), [Receiver("works", "works")])
    (row,) = solve(problem, QUICK).unserved
    # The shift ends at 18:00, an hour after the pit: loading must begin by 17:00.
    assert (row.reason, row.value, row.limit) == (Reason.COLLECTION_WINDOW, 17 * HOUR, 20 * HOUR)
    assert row.relaxation == 3 * HOUR


def test_an_unloading_time_is_locked_kept_to_and_unlocked() -> None:
    situation = both_trucks()
    wish = Lock("tipper1", "c-far#1", unload_s=9 * HOUR)
    held = granted(lock(situation, wish))
    # The receiver that promised the hour is part of what is locked.
    assert held.locks == (replace(wish, receiver="works"),)
    assert put_down_s(held.plan, "c-far#1") == 9 * HOUR
    assert broken_locks(held.plan, held.locks) == ()
    assert broken_locks(situation.plan, held.locks)[0].code is FaultCode.LOCK
    (change,) = compare(situation.problem, situation.plan, held.plan).loads
    assert (change.load, change.change) == ("c-far#1", Change.OTHER_TIME)
    # Near is put down on the way before it, or after it; neither moves it.
    for place in (Place("tipper1", "works", 0, 1), Place("tipper1", "works", 2, 2)):
        both = granted(move(held, "c-near#1", place))
        assert put_down_s(both.plan, "c-far#1") == 9 * HOUR
    assert refused(move_to_truck(held, "c-far#1", "tipper0")).code is RefusalCode.LOCKED
    assert refused(take_out(held, "tipper1")).code is RefusalCode.LOCKED
    free = unlock(held, Lock("tipper1", "c-far#1"))
    assert free.locks == ()
    assert granted(move_to_truck(free, "c-far#1", "tipper0"))


def test_both_ends_of_a_load_can_be_locked_to_times() -> None:
    wish = Lock("tipper1", "c-far#1", 8 * HOUR, 10 * HOUR)
    held = granted(lock(both_trucks(), wish))
    stops = [(s.kind.value, s.start_s) for s in route_of(held.plan, "tipper1").stops[1:3]]
    assert stops == [("load", 8 * HOUR), ("unload", 10 * HOUR)]


def test_a_time_that_cannot_be_kept_is_refused_by_what_is_lacking() -> None:
    situation = both_trucks()
    # From the depot over far to the works are 40 km: 6:40 is the soonest.
    refusal = refused(lock(situation, Lock("tipper1", "c-far#1", unload_s=6 * HOUR + 1800)))
    assert (refusal.reason, refusal.subject) == (Reason.UNLOADING_TIME, "c-far#1")
    assert (refusal.value, refusal.relaxation) == (6 * HOUR + 2400, 600)
    # The shift ends at 18:00, 40 min from the works.
    late = refused(lock(situation, Lock("tipper1", "c-far#1", unload_s=17 * HOUR + 1800)))
    assert (late.reason, late.relaxation) == (Reason.SHIFT, 600)


def test_a_time_at_which_the_receiver_is_shut_cannot_be_locked() -> None:
    situation = both_trucks()
    hours = (Window(6 * HOUR, 8 * HOUR), Window(13 * HOUR, 15 * HOUR))
    receivers = tuple(replace(row, windows=hours) for row in situation.problem.receivers)
    shut = replace(situation, problem=replace(situation.problem, receivers=receivers))
    refusal = refused(lock(shut, Lock("tipper1", "c-far#1", unload_s=12 * HOUR)))
    assert (refusal.code, refusal.subject) == (RefusalCode.RECEIVER_SHUT, "works")
    assert (refusal.value, refusal.limit) == (12 * HOUR, 13 * HOUR)
    held = granted(lock(shut, Lock("tipper1", "c-far#1", unload_s=refusal.limit)))
    assert put_down_s(held.plan, "c-far#1") == 13 * HOUR


def test_what_is_on_board_can_still_be_given_an_hour_and_what_is_unloaded_cannot() -> None:
    # Far is loaded at 6:30 and would be at the works at 6:40.
    road = replace(both_trucks(), now_s=6 * HOUR + 1500)
    assert refused(lock(road, Lock("tipper1", "c-far#1", 7 * HOUR))).code is RefusalCode.STARTED
    held = granted(lock(road, Lock("tipper1", "c-far#1", unload_s=8 * HOUR)))
    assert put_down_s(held.plan, "c-far#1") == 8 * HOUR
    later = replace(held, now_s=7 * HOUR + 1800)
    again = granted(replan(later, QUICK))
    assert put_down_s(again.plan, "c-far#1") == 8 * HOUR
    done = replace(held, now_s=8 * HOUR + 60)
    refusal = refused(lock(done, Lock("tipper1", "c-far#1", unload_s=9 * HOUR)))
    assert refusal.code is RefusalCode.STARTED


def test_a_late_load_goes_where_the_locked_hour_allows_and_the_rest_says_so() -> None:
    far = Collection("c-far", "far", "ash", 10_000, ("works",))
    problem = day(LINE, [far], [Receiver("works", "works")], vehicles=fleet(1))
    alone = written(problem, {"tipper0": ["c-far#1", "c-far#1>works"]})
    alone = granted(lock(alone, Lock("tipper0", "c-far#1", unload_s=6 * HOUR + 2400)))
    aside = Collection(
        "aside", "mid", "ash", 25_000, ("works",), windows=(Window(0, 6 * HOUR + 1800),)
    )
    added = add(alone, aside).situation
    # 25 t beside 10 t are too much for 30 t, and mid shuts at 6:30, so that aside goes first: from
    # mid to the works, back to far and there again makes 20 + 20 + 10 + 10 min, 20 too many.
    assert put_down_s(added.plan, "c-far#1") == 6 * HOUR + 2400
    (left,) = added.plan.unserved
    (told,) = options(added, "aside#1")
    assert left.load == "aside#1"
    assert (left.reason, left.relaxation) == (Reason.UNLOADING_TIME, 20 * 60)
    assert told.refusal is not None
    assert told.refusal.subject == "c-far#1"


@pytest.mark.parametrize("seed", range(6))
def test_planning_again_keeps_the_hours_and_never_gets_worse(seed: int) -> None:
    draw = np.random.default_rng(seed)
    problem = weighing(made_up(seed, 4), draw)
    situation = Situation(problem, solve(problem, QUICK))
    held = situation
    for route in situation.plan.routes:
        load = route.load_ids[-1]
        wished = put_down_s(held.plan, load) + int(draw.integers(0, 60)) * 60
        answer = lock(held, Lock(route.vehicle, load, unload_s=wished))
        held = granted(answer) if isinstance(answer, Situation) else held
    assert held.locks
    for now_s in (None, 7 * HOUR, 9 * HOUR):
        again = granted(replan(replace(held, now_s=now_s), QUICK))
        assert broken_locks(again.plan, held.locks) == ()
        assert len(again.plan.unserved) <= len(held.plan.unserved)
        assert again.plan.cost_fen <= held.plan.cost_fen


def test_the_checker_catches_a_load_put_down_out_of_its_hours_and_a_broken_lock() -> None:
    problem = day(ROAD, lots((Window(0, 12 * HOUR),)), [Receiver("works", "works")])
    plan = solve(problem, QUICK)
    assert check(problem, plan) == ()
    early = replace(problem, collections=tuple(lots(at(6.5))))
    assert [(row.code, row.where) for row in check(early, plan)] == [(FaultCode.WINDOW, "c0#1")]
    (route,) = plan.routes
    start_s = put_down_s(plan, "c0#1")
    good = Lock(route.vehicle, "c0#1", route.stops[1].start_s, start_s, "works")
    assert broken_locks(plan, [good]) == ()
    for wrong in (
        replace(good, vehicle="other"),
        replace(good, start_s=1),
        replace(good, unload_s=start_s + 1),
        replace(good, receiver="mill"),
        replace(good, load="c9#1"),
    ):
        assert {row.code for row in broken_locks(plan, [wrong])} == {FaultCode.LOCK}, wrong


def test_the_hand_s_day_is_taken_apart_and_put_together_with_its_calls() -> None:
    works = Receiver("works", "works", weighing_s=600)
    problem = day(ROAD, lots(at(8), at(8, 9)), [works])
    tasks = ["c0#1", "c1#1", "c0#1>works", "c1#1>works"]
    held = written(problem, {"tipper0": tasks})
    kinds = [(s.start_s, s.loads) for s in route_of(held.plan, "tipper0").stops[3:5]]
    assert kinds == [(8 * HOUR, ("c0#1",)), (9 * HOUR, ("c1#1",))]
    assert taken_up(held).closed(held.plan.unserved).plan == held.plan


def test_the_day_s_json_has_the_hours_and_refuses_nonsense() -> None:
    text = """{"sites": [{"id": "a", "latitude_deg": 34, "longitude_deg": 112}],
     "depots": [{"id": "d", "site": "a"}],
     "materials": [{"id": "ash", "bodies": ["tipper"]}],
     "receivers": [{"id": "r", "site": "a"}],
     "collections": [{"id": "c", "site": "a", "material": "ash", "mass_kg": 1, "receivers": ["r"],
                      "unload_windows_s": [[25200, 27000]]}],
     "vehicle_types": [{"id": "t", "body": "tipper", "capacity_kg": 9}],
     "vehicles": [{"id": "v", "type": "t", "depot": "d", "shift_s": [0, 90000]}],
     "travel": {"road_factor": 1.3, "speed_km_h": 50}}"""
    problem = parse_day(parse_json(text, Path("day.json")))
    assert problem.collections[0].unload_windows == (Window(25_200, 27_000),)
    with pytest.raises(ProblemError, match="may never be unloaded"):
        replace(problem.collections[0], unload_windows=())


def test_a_call_is_locked_and_unlocked_as_one() -> None:
    works = Receiver("works", "works", weighing_s=600)
    problem = day(ROAD, lots(None, None, None), [works])
    tasks = ["c0#1", "c1#1", "c0#1>works", "c1#1>works", "c2#1", "c2#1>works"]
    before = granted(lock(written(problem, {"tipper0": tasks}), Lock("tipper0", "c2#1")))
    held = granted(lock(before, Lock("tipper0", "c0#1", unload_s=8 * HOUR)))
    stops = [s.loads for s in route_of(held.plan, "tipper0").stops if s.kind is StopKind.UNLOAD]
    assert stops == [("c0#1", "c1#1"), ("c2#1",)]
    assert {row.load for row in held.locks if row.unload_s == 8 * HOUR} == {"c0#1", "c1#1"}
    # What is planned can always be locked as it is, and again at another time.
    later = granted(lock(held, Lock("tipper0", "c1#1", unload_s=9 * HOUR)))
    assert {row.load: row.unload_s for row in later.locks} == {
        "c0#1": 9 * HOUR,
        "c1#1": 9 * HOUR,
        "c2#1": None,
    }
    assert unlock(later, Lock("tipper0", "c0#1")).locks == before.locks


def test_no_hour_of_its_own_changes_nothing_of_a_plan() -> None:
    problem = weighing(made_up(3, 4), np.random.default_rng(1))
    whole = replace(
        problem,
        collections=tuple(
            replace(row, unload_windows=(Window(0, 40 * HOUR),)) for row in problem.collections
        ),
    )
    kinds = (tipper(30_000, fen_per_h=4000),)
    plans = [solve(replace(row, vehicle_types=kinds), QUICK) for row in (problem, whole)]
    assert plans[0].routes == plans[1].routes
