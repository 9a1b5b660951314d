"""Two plans side by side: the figures are worked out in the comments."""

from __future__ import annotations

from dataclasses import replace

from routing.compare import Change, Sums, compare
from routing.late import add
from routing.moves import move_to_truck, take_off
from routing.operate import Situation
from routing.problem import Collection, DayProblem, Receiver
from tests.routing.days import HOUR, day, fleet, tipper
from tests.routing.hands import granted, written

LINE = {"depot": (0, 0), "near": (10, 0), "far": (30, 0), "works": (40, 0), "mill": (50, 0)}


def two_trucks() -> Situation:
    rows = [
        Collection("a", "near", "ash", 10_000, ("works", "mill")),
        Collection("b", "far", "ash", 12_000, ("works",)),
    ]
    receivers = [Receiver("works", "works"), Receiver("mill", "mill")]
    kind = replace(tipper(), co2_g_per_km=900)
    problem = day(LINE, rows, receivers, vehicles=fleet(2), types=(kind,))
    return written(problem, {"tipper0": ["a#1", "a#1>works"], "tipper1": ["b#1", "b#1>works"]})


def test_a_plan_does_not_differ_from_itself() -> None:
    plan = two_trucks().plan
    found = compare(two_trucks().problem, plan, plan)
    assert found.same
    assert found.difference == Sums()


def test_a_load_on_another_truck_shows_in_loads_trucks_and_sums() -> None:
    situation = two_trucks()
    after = granted(move_to_truck(situation, "b#1", "tipper0")).plan
    found = compare(situation.problem, situation.plan, after)
    rows = {row.load: row for row in found.loads}
    assert rows["b#1"].change is Change.OTHER_TRUCK
    assert rows["b#1"].before is not None
    assert rows["b#1"].after is not None
    assert (rows["b#1"].before.vehicle, rows["b#1"].after.vehicle) == ("tipper1", "tipper0")
    # Far is 30 km away at 60 km/h: taken up at 6:30 both times, put down at 6:40.
    assert (rows["b#1"].after.loaded_s, rows["b#1"].after.unloaded_s) == (
        6 * HOUR + 1800,
        6 * HOUR + 2400,
    )
    assert [row.vehicle for row in found.trucks] == ["tipper0", "tipper1"]
    assert found.trucks[1].after == Sums()
    assert found.trucks[1].after_end_s is None
    # One day of 80 km and 80 minutes less, of which 70 km were empty before (30 out and 40 back):
    # of the other's 80 km 50 were empty and still are. 100 + 400 yuan and 72 kg of CO2 less.
    assert found.difference == Sums(0, 0, -80_000, -70_000, -4800, -4800, -50_000, -72_000, 0)


def test_another_receiver_or_only_another_time_is_told_apart() -> None:
    situation = two_trucks()
    after = granted(move_to_truck(situation, "a#1", "tipper0", "mill")).plan
    (row,) = compare(situation.problem, situation.plan, after).loads
    assert row.change is Change.OTHER_RECEIVER
    joined = granted(move_to_truck(situation, "a#1", "tipper1")).plan
    changes = {
        row.load: row.change for row in compare(situation.problem, situation.plan, joined).loads
    }
    # b is fetched on the way at the same second as before: only a differs.
    assert changes == {"a#1": Change.OTHER_TRUCK}


def test_loads_left_out_and_loads_that_are_new_are_named() -> None:
    situation = two_trucks()
    without = granted(take_off(situation, "a#1")).plan
    found = compare(situation.problem, situation.plan, without)
    assert [(row.load, row.change) for row in found.loads] == [("a#1", Change.LEFT_OUT)]
    assert found.difference.unserved == 1
    assert found.difference.served_kg == -10_000
    again = compare(situation.problem, without, situation.plan)
    assert [(row.load, row.change) for row in again.loads] == [("a#1", Change.SERVED)]
    assert again.difference.cost_fen == -found.difference.cost_fen
    late = add(situation, Collection("c", "near", "ash", 1_000, ("works",))).situation
    problem: DayProblem = late.problem
    grown = compare(problem, situation.plan, late.plan)
    assert [(r.load, r.change) for r in grown.loads if r.change is Change.ADDED] == [
        ("c#1", Change.ADDED)
    ]
    shrunk = compare(problem, late.plan, situation.plan)
    assert Change.DROPPED in {row.change for row in shrunk.loads}


def test_a_truck_without_a_factor_is_not_counted_as_none_emitted() -> None:
    """One truck of two loses its factor: the known part is told, no sum and no difference."""
    situation = two_trucks()
    problem, plan = situation.problem, situation.plan
    known = problem.vehicle_types[0]
    silent = replace(known, id="silent", co2_g_per_km=None)
    vehicles = (problem.vehicles[0], replace(problem.vehicles[1], type="silent"))
    half = replace(problem, vehicle_types=(known, silent), vehicles=vehicles)
    found = compare(half, plan, plan, was=problem)
    # 80 km each at 900 g.
    assert found.before.co2_g == 144_000
    assert (found.after.co2_g, found.difference.co2_g) == (None, None)
    assert (found.co2[1].known_g, found.co2[1].known, found.co2[1].trucks) == (72_000, 1, 2)


def test_a_truck_that_has_left_the_fleet_is_still_told_of() -> None:
    situation = two_trucks()
    after = granted(move_to_truck(situation, "b#1", "tipper0")).plan
    smaller = replace(situation.problem, vehicles=situation.problem.vehicles[:1])
    found = compare(smaller, situation.plan, after, was=situation.problem)
    assert [row.vehicle for row in found.trucks] == ["tipper0", "tipper1"]
    assert found.before.co2_g == 144_000


def test_the_order_in_which_one_stop_puts_loads_down_changes_no_truck_s_day() -> None:
    situation = two_trucks()
    both = granted(move_to_truck(situation, "a#1", "tipper1")).plan
    (route,) = both.routes
    stops = tuple(replace(stop, loads=stop.loads[::-1]) for stop in route.stops)
    assert stops != route.stops
    turned = replace(both, routes=(replace(route, stops=stops),))
    assert compare(situation.problem, both, turned).same
