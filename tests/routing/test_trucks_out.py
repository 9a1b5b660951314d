"""Trucks that break down or come back while they are on the road: counted by hand on one road."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.hand import done_otherwise, taken_up
from routing.late import add
from routing.locks import Lock
from routing.moves import lock, move_to_truck
from routing.operate import RefusalCode, Situation
from routing.parameters import Parameters
from routing.plan import Reason
from routing.problem import Collection, Receiver, Segregation
from routing.replan import replan
from routing.trucks import bring_back, take_out
from tests.routing.days import HOUR, day, fleet
from tests.routing.hands import granted, refused, route_of, visits, written

MIN = 60
LINE = {"depot": (0, 0), "near": (10, 0), "mid": (20, 0), "far": (30, 0), "works": (40, 0)}
QUICK = Parameters(time_limit_s=5, max_iterations=100)


def fetching_two(now_s: int, vehicles: int = 2) -> Situation:
    """Truck 0 is at near at 6:10, at mid at 6:20, at the works at 6:40 and home at 7:20."""
    rows = [Collection(name, name, "ash", 10_000, ("works",)) for name in ("near", "mid")]
    problem = day(LINE, rows, [Receiver("works", "works")], vehicles=fleet(vehicles))
    work = {"tipper0": ["near#1", "mid#1", "near#1>works", "mid#1>works"]}
    return replace(written(problem, work), now_s=now_s)


def test_a_broken_truck_gives_up_what_it_is_on_its_way_to_and_brings_what_it_has() -> None:
    # 6:15: it has left near with 10 t and would be at mid at 6:20. From near the works are 30 min.
    after = granted(take_out(fetching_two(6 * HOUR + 15 * MIN), "tipper0"))
    assert visits(after.plan, "tipper0") == [
        ("start", "depot"),
        ("load", "near"),
        ("unload", "works"),
        ("end", "depot"),
    ]
    stops = route_of(after.plan, "tipper0").stops
    assert [row.depart_s for row in stops] == [
        6 * HOUR,
        6 * HOUR + 15 * MIN,
        6 * HOUR + 45 * MIN,
        7 * HOUR + 25 * MIN,
    ]
    # The other leaves at once and is at mid 20 minutes later.
    assert route_of(after.plan, "tipper1").stops[1].start_s == 6 * HOUR + 35 * MIN
    assert after.plan.unserved == ()


def test_a_broken_truck_that_stands_at_the_pit_keeps_the_load() -> None:
    after = granted(take_out(fetching_two(6 * HOUR + 20 * MIN), "tipper0"))
    assert route_of(after.plan, "tipper0").load_ids == ("near#1", "mid#1")


def test_a_truck_that_breaks_down_on_its_first_way_goes_home_with_nothing() -> None:
    before = fetching_two(6 * HOUR + 5 * MIN)
    after = granted(take_out(before, "tipper0"))
    assert visits(after.plan, "tipper0") == [("start", "depot"), ("end", "depot")]
    assert route_of(after.plan, "tipper1").load_ids == ("near#1", "mid#1")
    # It has been out, and may be sent out again.
    back = granted(bring_back(replace(after, now_s=6 * HOUR + 30 * MIN), "tipper0"))
    assert taken_up(back).by_id["tipper0"].started == frozenset()
    granted(replan(back, QUICK))


def test_until_it_would_have_been_there_a_truck_out_by_mistake_has_done_nothing_else() -> None:
    before = fetching_two(6 * HOUR + 15 * MIN)
    out = granted(take_out(before, "tipper0"))
    routes, times = (before.plan.routes, out.plan.routes), (15, 19, 20)
    told = [
        done_otherwise(*routes, 6 * HOUR + minute * MIN, out=out.out | before.out)
        for minute in times
    ]
    # Truck 1 has by then set out for mid.
    assert told == [[], ["tipper1"], ["tipper0", "tipper1"]]
    alone = fetching_two(6 * HOUR + 15 * MIN, vehicles=1)
    out = granted(take_out(alone, "tipper0"))
    assert [row.load for row in out.plan.unserved] == ["mid#1"]
    routes = alone.plan.routes, out.plan.routes
    told = [done_otherwise(*routes, 6 * HOUR + minute * MIN, out=out.out) for minute in times]
    assert told == [[], [], ["tipper0"]]


def test_a_load_that_is_being_fetched_and_locked_must_be_unlocked_first() -> None:
    held = granted(lock(fetching_two(6 * HOUR + 15 * MIN), Lock("tipper0", "mid#1")))
    answer = refused(take_out(held, "tipper0"))
    assert (answer.code, answer.subject) == (RefusalCode.LOCKED, "mid#1")
    kept = granted(lock(fetching_two(6 * HOUR + 15 * MIN), Lock("tipper0", "near#1")))
    assert route_of(granted(take_out(kept, "tipper0")).plan, "tipper0").load_ids == ("near#1",)


@pytest.mark.parametrize("material", ["ash", "slag"])
def test_a_truck_that_came_home_unwashed_takes_nothing_that_asks_for_a_wash(material: str) -> None:
    """It is home at 7:20 as the ash left it; trucks are washed at receivers alone."""
    before = fetching_two(8 * HOUR, vehicles=1)
    (ash,) = before.problem.materials
    problem = replace(
        before.problem,
        materials=(ash, replace(ash, id="slag")),
        segregations=(Segregation("ash", "slag", 600),),
    )
    before = replace(before, problem=problem)
    added = add(before, Collection("late", "far", material, 10_000, ("works",))).situation
    if material == "ash":
        assert granted(added).plan.unserved == ()
        return
    assert [row.load for row in granted(added).plan.unserved] == ["late#1"]
    answer = refused(move_to_truck(added, "late#1", "tipper0"))
    assert (answer.reason, answer.subject) == (Reason.SEGREGATION, "ash")
    assert [row.load for row in granted(replan(added, QUICK)).plan.unserved] == ["late#1"]
