"""A plan that goes on from another plan of its day: what is done, and what is promised."""

from __future__ import annotations

from dataclasses import replace

from routing.carry import begun_with, resumed
from routing.check import check
from routing.hand import done_otherwise
from routing.locks import Lock
from routing.parameters import Parameters
from routing.problem import Collection, DayProblem, Receiver
from routing.replan import replan
from tests.routing.days import HOUR, day
from tests.routing.hands import route_of, written

LINE = {"depot": (0, 0), "near": (10, 0), "mid": (20, 0), "far": (30, 0), "works": (40, 0)}
QUICK = Parameters(time_limit_s=5, max_iterations=200)


def of(*names: str, kg: int = 30_000) -> DayProblem:
    rows = [Collection(f"c-{name}", name, "ash", kg, ("works",)) for name in names]
    return day(LINE, rows, [Receiver("works", "works")])


def driven():
    """Truck 0 fetches near, then mid. Truck 1 fetches far.

    Truck 0: near 6:10, works 6:40, mid 7:00, works 7:20, home 8:00. Truck 1: far 6:30, works 6:40,
    home 7:20.
    """
    return written(
        of("near", "mid", "far"),
        {
            "tipper0": ["c-near#1", "c-near#1>works", "c-mid#1", "c-mid#1>works"],
            "tipper1": ["c-far#1", "c-far#1>works"],
        },
    )


def loads_of(plan):
    return {row.vehicle: row.load_ids for row in plan.routes}


def test_a_new_plan_begins_with_what_trucks_have_set_out_for():
    # 6:35: truck 0 is on its way to the works with near, truck 1 with far.
    now_s = 6 * HOUR + 2100
    start = begun_with(of("far", "mid", "near"), driven(), now_s, promises=False)
    assert loads_of(start.plan) == {"tipper0": ("c-near#1",), "tipper1": ("c-far#1",)}
    # Nothing else is planned: truck 0 would drive home from the works, 7:20.
    assert route_of(start.plan, "tipper0").end_s == 7 * HOUR + 1200
    made = replan(start, QUICK).plan
    assert check(start.problem, made) == ()
    assert sorted(name for row in made.routes for name in row.load_ids) == [
        "c-far#1",
        "c-mid#1",
        "c-near#1",
    ]
    for second in range(6 * HOUR, now_s + 1, 300):
        assert done_otherwise(driven().plan.routes, made.routes, second) == []


def test_before_anything_is_done_nothing_is_taken_over():
    start = begun_with(of("near", "far"), driven(), None, promises=True)
    assert start.plan.routes == ()
    assert begun_with(of("near"), driven(), 6 * HOUR, promises=True).plan.routes == ()


def test_a_day_without_a_load_that_is_done_cannot_tell_what_is_done():
    assert begun_with(of("mid", "far"), driven(), 7 * HOUR, promises=False) is None
    # A load of another mass is another load, by the same name.
    other = of("near", "mid", "far", kg=20_000)
    assert begun_with(other, driven(), 7 * HOUR, promises=False) is None


def test_promised_times_and_trucks_that_are_out_are_taken_over():
    mine = replace(
        driven(),
        locks=(
            Lock("tipper0", "c-mid#1", start_s=7 * HOUR),
            Lock("tipper1", "c-far#1", start_s=6 * HOUR + 1800),
        ),
        out=frozenset({"tipper1"}),
    )
    start = begun_with(of("near", "mid"), mine, None, promises=True)
    # The day has no load at far, so that promise is not kept; truck 0 still waits for mid at 7:00.
    assert start.locks == mine.locks[:1]
    assert start.out == {"tipper1"}
    assert loads_of(start.plan) == {"tipper0": ("c-mid#1",)}
    made = replan(start, QUICK).plan
    (stop,) = [row for row in route_of(made, "tipper0").stops if "c-mid#1" in row.loads][:1]
    assert stop.start_s == 7 * HOUR
    assert set(loads_of(made)) == {"tipper0"}
    assert begun_with(of("near", "mid"), mine, None, promises=False).locks == ()


def test_a_draft_whose_trucks_did_not_set_out_sets_out_later():
    """At 7:00 nothing is done by the driven plan, which has no truck out; the draft had two."""
    nobody = written(of("near", "mid", "far"), {})
    draft = driven()
    later = resumed(draft, nobody, 7 * HOUR)
    assert loads_of(later.plan) == loads_of(draft.plan)
    assert all(row.start_s >= 7 * HOUR for row in later.plan.routes)
    assert later.now_s == 7 * HOUR
    # At 17:30 there is no time left for truck 0's second trip in a shift until 18:00.
    late = resumed(draft, nobody, 17 * HOUR + 600)
    assert {row.load for row in late.plan.unserved} | {
        name for row in late.plan.routes for name in row.load_ids
    } == {"c-near#1", "c-mid#1", "c-far#1"}
    assert check(late.problem, late.plan) == ()
    assert late.plan.unserved


def test_a_draft_takes_over_what_was_done_otherwise():
    """By the draft truck 1 fetches near and truck 0 far; at 6:05 they had left for the other."""
    draft = written(
        of("near", "mid", "far"),
        {
            "tipper1": ["c-near#1", "c-near#1>works"],
            "tipper0": ["c-far#1", "c-far#1>works", "c-mid#1", "c-mid#1>works"],
        },
    )
    draft = replace(draft, locks=(Lock("tipper1", "c-near#1"), Lock("tipper0", "c-mid#1")))
    later = resumed(draft, driven(), 6 * HOUR + 300)
    assert loads_of(later.plan) == {"tipper0": ("c-near#1", "c-mid#1"), "tipper1": ("c-far#1",)}
    assert later.locks == draft.locks[1:]
    assert done_otherwise(driven().plan.routes, later.plan.routes, 6 * HOUR + 300) == []


def test_a_truck_sent_out_again_has_done_the_same_until_then():
    """Home at 7:20 and 8:00; at 8:30 both are sent out again for what the draft still has."""
    done = written(of("near", "mid", "far"), {"tipper0": ["c-near#1", "c-near#1>works"]})
    later = resumed(driven(), done, 8 * HOUR + 1800)
    assert done_otherwise(done.plan.routes, later.plan.routes, 8 * HOUR + 1200) == []
