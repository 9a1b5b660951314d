"""The checker finds each fault that is put into a sound plan, and raises for none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from routing.check import FaultCode, check
from routing.parameters import Parameters
from routing.plan import Load, Plan, PlanStatus, Reason, Route, Stop, StopKind, Unserved
from routing.problem import ALL_DAY, Collection, DayProblem, Receiver, Segregation, Window
from routing.solve import solve
from tests.routing.days import HOUR, day, fleet, tipper

POINTS = {"depot": (0, 0), "pit": (10, 0), "works": (20, 0)}
EARLY, LATER = (Window(6 * HOUR, 7 * HOUR),), (Window(9 * HOUR, 10 * HOUR),)


def two_lots(volume_l: int = 8_000) -> DayProblem:
    """Two lots of 5 t at one pit, for a truck that holds one of them by volume."""
    lots = [Collection(name, "pit", "ash", 5_000, ("works",), volume_l) for name in ("a", "b")]
    kind = replace(tipper(), capacity_l=10_000)
    works = Receiver("works", "works")
    return day(POINTS, lots, [works], types=[kind], vehicles=fleet(1))


def planned(problem: DayProblem) -> Plan:
    plan = solve(problem, Parameters(time_limit_s=60, max_iterations=200))
    assert plan.status is PlanStatus.COMPLETE
    assert check(problem, plan) == ()
    return plan


def codes(problem: DayProblem, plan: Plan) -> set[FaultCode]:
    return {fault.code for fault in check(problem, plan)}


def with_loads(plan: Plan, change: Callable[[Load], Load]) -> Plan:
    return replace(plan, loads=tuple(change(load) for load in plan.loads))


def with_stops(plan: Plan, change: Callable[[Stop], Stop]) -> Plan:
    (route,) = plan.routes
    return replace(plan, routes=(replace(route, stops=tuple(change(row) for row in route.stops)),))


def test_loads_that_hide_their_volume_are_found() -> None:
    problem = two_lots()
    # Without volumes both lots ride at once: 16,000 l in a truck for 10,000 l.
    together = planned(two_lots(volume_l=0))
    assert together.routes[0].trips == 1
    found = check(problem, together)
    assert {fault.code for fault in found} == {FaultCode.VOLUME}
    assert {fault.detail for fault in found if fault.where == "a"} == {"0 of 8000 l in loads"}


def test_a_volume_moved_from_one_load_to_another_is_found() -> None:
    # 60 t in two loads of 30 t and 10,000 l each: the sum stays right, the shares do not.
    lot = Collection("a", "pit", "ash", 60_000, ("works",), 20_000)
    kind = replace(tipper(), capacity_l=10_000)
    problem = day(POINTS, [lot], [Receiver("works", "works")], types=[kind], vehicles=fleet(1))
    plan = planned(problem)
    assert [load.volume_l for load in plan.loads] == [10_000, 10_000]
    moved = {"a#1": 5_000, "a#2": 15_000}
    wrong = with_loads(plan, lambda load: replace(load, volume_l=moved[load.id]))
    assert codes(problem, wrong) == {FaultCode.VOLUME, FaultCode.CAPACITY}


def test_each_collection_s_window_is_read_where_two_are_loaded_at_one_stop() -> None:
    shut = {"a": (Window(0, 60),), "b": ALL_DAY}
    open_both = two_lots(volume_l=0)
    rows = tuple(replace(row, windows=shut[row.id]) for row in open_both.collections)
    problem = replace(open_both, collections=rows)
    plan = planned(open_both)
    (route,) = plan.routes
    first = next(i for i, stop in enumerate(route.stops) if stop.kind is StopKind.LOAD)
    second = route.stops[first + 1]
    assert second.kind is StopKind.LOAD
    for names in (("a#1", "b#1"), ("b#1", "a#1")):
        one = replace(route.stops[first], loads=names, onboard_kg=10_000, depart_s=second.depart_s)
        stops = (*route.stops[:first], one, *route.stops[first + 2 :])
        merged = replace(plan, routes=(replace(route, stops=stops),))
        assert check(open_both, merged) == ()
        (fault,) = check(problem, merged)
        assert (fault.code, fault.where) == (FaultCode.WINDOW, "a#1")


@pytest.mark.parametrize(
    "status", [status for status in PlanStatus if status is not PlanStatus.COMPLETE]
)
def test_a_false_status_is_found(status: PlanStatus) -> None:
    problem = two_lots()
    plan = planned(problem)
    assert codes(problem, replace(plan, status=status)) == {FaultCode.STATUS}


def test_a_plan_that_leaves_a_load_out_is_not_complete() -> None:
    problem = two_lots()
    plan = planned(problem)
    left = tuple(
        Unserved(load.id, load.collection, load.mass_kg, Reason.FLEET_BUSY) for load in plan.loads
    )
    idle = replace(plan, routes=(), shuttle_m=0, shuttle_empty_m=0)
    nothing = replace(idle, unserved=left, bound_fen=None)
    assert codes(problem, nothing) == {FaultCode.STATUS}
    assert check(problem, replace(nothing, status=PlanStatus.EMPTY)) == ()
    wrong = (replace(left[0], mass_kg=1), *left[1:])
    told = replace(nothing, status=PlanStatus.EMPTY, unserved=wrong)
    assert codes(problem, told) == {FaultCode.MASS}


def test_a_bound_above_the_cost_is_found() -> None:
    problem = two_lots()
    plan = planned(problem)
    assert check(problem, replace(plan, bound_fen=plan.cost_fen)) == ()
    # Rounding makes at most one fen for the bound and one for the only route.
    assert codes(problem, replace(plan, bound_fen=plan.cost_fen + 3)) == {FaultCode.BOUND}


@pytest.mark.parametrize(
    "change",
    [
        lambda load: replace(load, material="ghost"),
        lambda load: replace(load, collection="ghost"),
        lambda load: replace(load, id="ghost#1"),
        lambda load: replace(load, number=7),
    ],
)
def test_loads_of_nothing_known_are_faults_and_no_exception(
    change: Callable[[Load], Load],
) -> None:
    problem = two_lots()
    assert FaultCode.UNKNOWN in codes(problem, with_loads(planned(problem), change))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda stop: replace(stop, site="ghost"), FaultCode.UNKNOWN),
        (lambda stop: replace(stop, receiver=stop.receiver and "ghost"), FaultCode.RECEIVER),
        (lambda stop: replace(stop, loads=("ghost#1",)), FaultCode.UNKNOWN),
        (lambda stop: replace(stop, distance_m=-stop.distance_m), FaultCode.LEG),
        (lambda stop: replace(stop, onboard_kg=stop.onboard_kg + 1), FaultCode.ONBOARD),
        (lambda stop: replace(stop, start_s=stop.arrival_s - 1), FaultCode.CLOCK),
    ],
)
def test_stops_of_nothing_known_are_faults_and_no_exception(
    change: Callable[[Stop], Stop], code: FaultCode
) -> None:
    problem = two_lots()
    assert code in codes(problem, with_stops(planned(problem), change))


def test_routes_of_no_vehicle_and_without_stops_are_faults() -> None:
    problem = two_lots()
    plan = planned(problem)
    (route,) = plan.routes
    ghost = replace(plan, routes=(replace(route, vehicle="ghost"),))
    assert FaultCode.UNKNOWN in codes(problem, ghost)
    assert FaultCode.SHAPE in codes(problem, replace(plan, routes=(Route("tipper0", (), 0),)))


def test_a_load_stated_twice_is_found() -> None:
    problem = two_lots()
    plan = planned(problem)
    twice = replace(plan, loads=(*plan.loads, plan.loads[0]))
    assert FaultCode.TWICE in codes(problem, twice)


def washed() -> tuple[DayProblem, Plan]:
    """Ash, a wash of ten minutes at the works, then lime."""
    lots = [
        Collection("a", "pit", "ash", 20_000, ("works",), windows=EARLY),
        Collection("b", "pit", "lime", 20_000, ("works",), windows=LATER),
    ]
    apart = [Segregation("ash", "lime", 600)]
    works = Receiver("works", "works")
    problem = day(POINTS, lots, [works], vehicles=fleet(1), segregations=apart)
    return problem, planned(problem)


def test_a_wash_cut_short_is_found() -> None:
    problem, plan = washed()

    def shorter(stop: Stop) -> Stop:
        short = stop.kind is StopKind.CLEAN
        return replace(stop, depart_s=stop.depart_s - 1) if short else stop

    assert FaultCode.SERVICE in codes(problem, with_stops(plan, shorter))


def test_two_short_washes_are_no_long_one() -> None:
    problem, plan = washed()
    (route,) = plan.routes
    stops: list[Stop] = []
    for stop in route.stops:
        if stop.kind is StopKind.CLEAN:
            half_s = stop.start_s + 300
            stops.append(replace(stop, depart_s=half_s))
            stop = replace(stop, arrival_s=half_s, start_s=half_s)  # noqa: PLW2901
        stops.append(stop)
    halved = replace(plan, routes=(replace(route, stops=tuple(stops)),))
    assert codes(problem, halved) == {FaultCode.SERVICE}


def test_a_wash_where_no_receiver_stands_is_found() -> None:
    problem, plan = washed()

    def away(stop: Stop) -> Stop:
        return replace(stop, site="pit") if stop.kind is StopKind.CLEAN else stop

    assert FaultCode.SEGREGATION in codes(problem, with_stops(plan, away))


def test_metres_before_the_start_are_found() -> None:
    problem = two_lots()
    plan = planned(problem)

    def longer(stop: Stop) -> Stop:
        return replace(stop, distance_m=-1_000) if stop.kind is StopKind.START else stop

    assert FaultCode.LEG in codes(problem, with_stops(plan, longer))


def test_a_saving_on_more_shuttling_than_there_would_be_is_found() -> None:
    problem = two_lots()
    plan = planned(problem)
    # 10 km from the pit to the works and 10 km back, for each of two lots.
    assert (plan.shuttle_m, plan.shuttle_empty_m) == (40_000, 20_000)
    assert codes(problem, replace(plan, shuttle_m=10**9)) == {FaultCode.SHUTTLE}
    assert codes(problem, replace(plan, shuttle_empty_m=0)) == {FaultCode.SHUTTLE}
