"""A truck that runs late: counted by hand on one road."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.check import check
from routing.delay import delayed
from routing.hand import done_otherwise, taken_up
from routing.late import add
from routing.operate import Refusal, RefusalCode, Situation
from routing.parameters import Parameters
from routing.plan import Reason, StopKind
from routing.problem import (
    Body,
    Collection,
    DayProblem,
    Depot,
    Material,
    Receiver,
    Site,
    Vehicle,
    VehicleType,
    Window,
)
from routing.replan import replan
from routing.solve import solve
from routing.travel import TravelMatrix
from tests.routing.hands import written

MIN = 60
H = 3600


def day(trucks: int) -> DayProblem:
    """One hour from the depot to the pit, one from there to the works, one back; two loads.

    A truck leaves at 6:00, loads 7:00 to 7:30, unloads 8:30 to 9:00, is at the pit again at 10:00,
    loads until 10:30, unloads 11:30 to 12:00, and is back at 13:00.
    """
    sites = ("D", "P", "W")
    hours = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]])
    return DayProblem(
        sites=tuple(Site(name, 34.6, 112.4) for name in sites),
        depots=(Depot("D", "D"),),
        materials=(Material("ash", frozenset({Body.TIPPER})),),
        receivers=(Receiver("W", "W", (Window(6 * H, 12 * H),), unload_s_per_t=60),),
        collections=(
            Collection(
                "C",
                "P",
                "ash",
                60_000,
                ("W",),
                loading_s=30 * MIN,
                windows=(Window(7 * H, 18 * H),),
            ),
        ),
        vehicle_types=(VehicleType("T", Body.TIPPER, 30_000, fen_per_km=600),),
        vehicles=tuple(
            Vehicle(f"V{n}", "T", "D", Window(6 * H, 20 * H)) for n in range(1, trucks + 1)
        ),
        travel=TravelMatrix(sites, hours * 60_000, hours * H, "by hand"),
    )


def under_way(now_s: int, trucks: int = 1) -> Situation:
    return replace(planned(trucks), now_s=now_s)


@cache
def planned(trucks: int) -> Situation:
    problem = day(trucks)
    plan = solve(problem, Parameters(time_limit_s=5, seed=1, max_iterations=50))
    return Situation(problem, plan)


def late(situation: Situation, delay_s: int) -> Situation:
    answer = delayed(situation, "V1", delay_s)
    assert isinstance(answer, Situation), answer
    assert check(answer.problem, answer.plan) == ()
    return answer


def unloadings(situation: Situation) -> list[int]:
    route = next(row for row in situation.plan.routes if row.vehicle == "V1")
    return [stop.start_s for stop in route.stops if stop.kind is StopKind.UNLOAD]


def test_a_truck_that_loads_longer_comes_later_to_all_that_follows() -> None:
    # At 7:10 it loads; 20 minutes late it unloads at 8:50 and at 11:50, before 12:00.
    found = late(under_way(7 * H + 10 * MIN), 20 * MIN)
    assert unloadings(found) == [8 * H + 50 * MIN, 11 * H + 50 * MIN]
    assert not found.plan.unserved


def test_a_truck_late_on_its_way_stays_bound_for_where_it_goes() -> None:
    # At 6:30 it is on its way to the pit; it comes at 7:20, and no wait there counts as rest.
    found = late(under_way(6 * H + 30 * MIN), 20 * MIN)
    assert unloadings(found) == [8 * H + 50 * MIN, 11 * H + 50 * MIN]
    assert found.begun == {"V1": 2}
    load = found.plan.routes[0].stops[1]
    assert (load.arrival_s, load.start_s) == (7 * H + 20 * MIN, 7 * H + 20 * MIN)
    assert taken_up(found).by_id["V1"].started == frozenset(load.loads)


def test_a_late_truck_has_done_nothing_otherwise_until_it_should_have_been_there() -> None:
    """Told at 6:10 that it comes at 7:20, not at 7:00: as if it had left at 6:20, not at 6:00."""
    before = under_way(6 * H + 10 * MIN)
    after = late(before, 20 * MIN)
    routes = before.plan.routes, after.plan.routes
    begun = before.begun, after.begun
    for now_s in (6 * H + 10 * MIN, 6 * H + 30 * MIN, 7 * H):
        assert done_otherwise(*routes, now_s, begun) == []
    assert done_otherwise(*routes, 7 * H + 1, begun) == ["V1"]
    # Times alone would have it still at home.
    assert done_otherwise(*routes, 6 * H + 10 * MIN) == ["V1"]


def test_a_truck_at_home_sets_out_later_and_stays_so_when_planned_again() -> None:
    found = late(under_way(5 * H), 20 * MIN)
    assert found.plan.routes[0].start_s == 6 * H + 20 * MIN
    again = replan(found, Parameters(time_limit_s=5, seed=1, max_iterations=50))
    assert again.plan.routes[0].start_s >= 6 * H + 20 * MIN


def test_a_load_that_comes_too_late_is_left_out_by_name() -> None:
    # 45 minutes late the second load would be at the works at 12:15; it closes at 12:00.
    found = late(under_way(7 * H + 10 * MIN), 45 * MIN)
    assert unloadings(found) == [9 * H + 15 * MIN]
    left = found.plan.unserved[0]
    assert (left.reason, left.value, left.limit) == (
        Reason.RECEIVER_WINDOW,
        12 * H + 15 * MIN,
        12 * H,
    )


def test_another_truck_takes_what_the_late_one_cannot() -> None:
    situation = under_way(7 * H + 10 * MIN, trucks=2)
    if len(situation.plan.routes) == 2:
        pytest.fail("one truck was to bring both loads")
    first = situation.plan.routes[0].vehicle
    answer = delayed(situation, first, 45 * MIN)
    assert isinstance(answer, Situation)
    assert check(answer.problem, answer.plan) == ()
    assert not answer.plan.unserved
    assert len(answer.plan.routes) == 2


def test_a_load_on_board_that_comes_too_late_names_the_gate() -> None:
    # Loaded until 7:30, four hours late: 12:30 at the works, which closes at 12:00.
    answer = delayed(under_way(7 * H + 40 * MIN), "V1", 4 * H)
    assert isinstance(answer, Refusal)
    assert (answer.code, answer.reason) == (RefusalCode.LIMIT, Reason.RECEIVER_WINDOW)


def test_a_load_that_the_truck_is_on_its_way_to_stays_its_own_or_names_the_gate() -> None:
    """At 6:30 it is on its way to the pit, where it is at 7:00; the pit is open until 7:30."""
    problem, plan = planned(1).problem, planned(1).plan
    pit = replace(problem.collections[0], windows=(Window(7 * H, 10 * H + 30 * MIN),))
    situation = Situation(replace(problem, collections=(pit,)), plan, now_s=6 * H + 30 * MIN)
    # Two hours late it is there at 9:00 and unloads at 10:30; the second load is left out.
    found = late(situation, 2 * H)
    assert unloadings(found) == [10 * H + 30 * MIN]
    assert found.plan.routes[0].stops[1].loads == plan.routes[0].stops[1].loads
    # Four hours late it is there at 11:00. It cannot be sent elsewhere from where it was at 6:00.
    answer = delayed(situation, "V1", 4 * H)
    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.value, answer.limit) == (
        Reason.COLLECTION_WINDOW,
        11 * H,
        10 * H + 30 * MIN,
    )


def test_a_rest_on_the_road_stays_when_it_was() -> None:
    """Six hours to the pit: four, 20 minutes of rest from 10:00 on, and two more."""
    problem = day(1)
    far = replace(problem.travel, duration_s=problem.travel.duration_s * np.array([[1, 6, 1]]))
    works = replace(problem.receivers[0], windows=(Window(0, 24 * H),))
    (collection,) = problem.collections
    one = replace(collection, mass_kg=30_000)
    problem = replace(problem, travel=far, receivers=(works,), collections=(one,))
    situation = replace(written(problem, {"V1": ["C#1", "C#1>W"]}), now_s=11 * H)
    found = late(situation, 30 * MIN)
    rest, load = found.plan.routes[0].stops[1:3]
    assert (rest.site, rest.start_s, rest.depart_s) == (None, 10 * H, 10 * H + 50 * MIN)
    assert load.start_s == 12 * H + 50 * MIN
    begun = situation.begun, found.begun
    assert done_otherwise(situation.plan.routes, found.plan.routes, 11 * H, begun) == []


def test_a_truck_sent_out_again_from_its_depot_leaves_later() -> None:
    # It is back at 13:00, and at 13:30 is given a load of the works' that it fetches at once.
    situation = under_way(13 * H + 30 * MIN)
    works = replace(situation.problem.receivers[0], windows=(Window(6 * H, 18 * H),))
    situation = replace(situation, problem=replace(situation.problem, receivers=(works,)))
    (known,) = situation.problem.collections
    again = add(situation, replace(known, id="E", mass_kg=20_000)).situation
    assert unloadings(again)[-1] == 16 * H
    found = late(again, 20 * MIN)
    assert unloadings(found)[-1] == 16 * H + 20 * MIN


def test_a_truck_without_work_or_back_home_cannot_be_late() -> None:
    answer = delayed(under_way(14 * H), "V1", 20 * MIN)
    assert answer == Refusal(RefusalCode.NOTHING_LEFT, "V1")
    assert delayed(under_way(5 * H), "V9", 1) == Refusal(RefusalCode.UNKNOWN_VEHICLE, "V9")
    out = replace(under_way(7 * H + 10 * MIN), out=frozenset({"V1"}))
    assert delayed(out, "V1", 1) == Refusal(RefusalCode.TRUCK_OUT, "V1")


@given(
    st.integers(5 * H, 14 * H),
    st.lists(st.tuples(st.integers(1, 3 * H), st.integers(0, 3 * H)), min_size=1, max_size=3),
)
def test_however_late_and_whenever_told_the_plan_can_be_driven_or_the_limit_is_named(
    now_s: int, told: list[tuple[int, int]]
) -> None:
    situation = under_way(now_s)
    for delay_s, later_s in told:
        answer = delayed(situation, "V1", delay_s)
        if isinstance(answer, Refusal):
            assert answer.code in {RefusalCode.LIMIT, RefusalCode.NOTHING_LEFT, RefusalCode.LOCKED}
            return
        assert check(answer.problem, answer.plan) == ()
        started = taken_up(situation).by_id["V1"].started
        assert started <= taken_up(answer).by_id["V1"].started | {
            row.load for row in answer.plan.unserved
        }
        situation = replace(answer, now_s=(answer.now_s or 0) + later_s)
