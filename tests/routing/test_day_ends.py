"""Trucks whose shift ends at another depot than it starts from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from routing import late
from routing.check import FaultCode, check
from routing.day_text import parse_day
from routing.horizon import HorizonProblem
from routing.jsontext import parse_json
from routing.operate import Situation
from routing.parameters import Parameters
from routing.plan import Plan
from routing.problem import (
    Collection,
    DayProblem,
    Depot,
    DriverHours,
    ProblemError,
    Receiver,
    Vehicle,
    Window,
)
from routing.replan import replan
from routing.solve import solve
from tests.routing.days import HOUR, SHIFT, day

LINE = {"depot": (0, 0), "pit": (10, 0), "works": (40, 0), "east": (50, 0)}
ASH = Collection("ash", "pit", "ash", 30_000, ("works",))


def moved(*vehicles: Vehicle, collections: tuple[Collection, ...] = (ASH,)) -> DayProblem:
    problem = day(LINE, collections, [Receiver("works", "works")], vehicles=())
    depots = (Depot("depot", "depot"), Depot("east", "east"))
    return replace(problem, depots=depots, vehicles=vehicles)


def planned(problem: DayProblem) -> Plan:
    plan = solve(problem, Parameters(time_limit_s=60, max_iterations=300))
    assert check(problem, plan) == ()
    return plan


def test_a_truck_that_ends_elsewhere_spares_the_way_back() -> None:
    back = planned(moved(Vehicle("back", "tipper", "depot", SHIFT)))
    # 10 km out, 30 loaded, 40 home at 5 yuan, and 100 yuan for the day.
    assert back.cost_fen == 50_000
    both = moved(
        Vehicle("back", "tipper", "depot", SHIFT),
        Vehicle("across", "tipper", "depot", SHIFT, "east"),
    )
    plan = planned(both)
    # 10 out, 30 loaded, 10 on to the eastern depot: 50 km. The bound may lose a fen to rounding.
    assert [route.vehicle for route in plan.routes] == ["across"]
    assert [stop.site for stop in plan.routes[0].stops] == ["depot", "pit", "works", "east"]
    assert plan.cost_fen == 35_000
    assert plan.bound_fen is not None
    assert 34_999 <= plan.bound_fen <= 35_000


def test_the_shift_is_over_at_the_end_depot() -> None:
    # 50 min to the eastern depot, 80 min back to the first one.
    short = Window(6 * HOUR, 6 * HOUR + 50 * 60)
    assert planned(moved(Vehicle("t", "tipper", "depot", short, "east"))).unserved == ()
    (row,) = planned(moved(Vehicle("t", "tipper", "depot", short))).unserved
    assert row.relaxation == 30 * 60


def test_full_truck_days_start_and_end_where_they_should() -> None:
    """Ninety loads are too many for the reference model: the search and its clock alone."""
    many = replace(ASH, mass_kg=90 * 30_000)
    trucks = [
        Vehicle(f"t{i}", "tipper", "depot", SHIFT, "east" if i % 2 else None) for i in range(12)
    ]
    plan = planned(moved(*trucks, collections=(many,)))
    ends = {route.vehicle: route.stops[-1].site for route in plan.routes}
    assert set(ends.values()) == {"depot", "east"}
    assert all((site == "east") == bool(int(name[1:]) % 2) for name, site in ends.items())


def test_a_route_that_ends_at_the_wrong_depot_is_a_fault() -> None:
    problem = moved(Vehicle("t", "tipper", "depot", SHIFT, "east"))
    plan = planned(problem)
    returning = replace(problem, vehicles=(Vehicle("t", "tipper", "depot", SHIFT),))
    assert [fault.code for fault in check(returning, plan)] == [FaultCode.SHAPE]


def test_what_is_left_of_the_day_still_ends_at_the_end_depot() -> None:
    slag = Collection("slag", "pit", "ash", 30_000, ("works",))
    problem = moved(Vehicle("t", "tipper", "depot", SHIFT, "east"))
    situation = Situation(problem, planned(problem), now_s=6 * HOUR + 1200)
    (option,) = late.options(late.with_collection(situation, slag).situation, "slag#1")
    # The truck is loaded and under way. From the works 30 km back, 30 loaded: 60 km more, 300 yuan.
    assert option.extra_fen == 30_000
    added = late.add(situation, slag).situation
    again = replan(added, Parameters(time_limit_s=60, max_iterations=300))
    assert again.plan.unserved == ()
    assert again.plan.routes[0].stops[-1].site == "east"
    assert again.plan.cost_fen == 35_000 + 30_000


def test_files_name_the_end_depot_and_the_hours_of_a_type() -> None:
    text = {
        "sites": [{"id": "a", "latitude_deg": 34, "longitude_deg": 112}],
        "depots": [{"id": "west", "site": "a"}, {"id": "east", "site": "a"}],
        "materials": [],
        "receivers": [],
        "collections": [],
        "vehicle_types": [
            {"id": "tipper", "body": "tipper", "capacity_kg": 1},
            {"id": "van", "body": "tipper", "capacity_kg": 1, "hours": {"daily_drive_s": 9}},
        ],
        "vehicles": [
            {"id": "t", "type": "tipper", "depot": "west", "end_depot": "east", "shift_s": [0, 9]}
        ],
        "travel": {"road_factor": 1.3, "speed_km_h": 50},
    }
    problem = parse_day(parse_json(json.dumps(text), Path("day.json")))
    (vehicle,) = problem.vehicles
    assert (vehicle.depot, vehicle.ends_at) == ("west", "east")
    tipper_kind, van = problem.vehicle_types
    assert tipper_kind.hours is None
    assert van.hours == DriverHours(daily_drive_s=9)


def test_an_unknown_end_depot_and_a_week_that_does_not_return_are_refused() -> None:
    with pytest.raises(ProblemError, match="unknown depot nowhere"):
        moved(Vehicle("t", "tipper", "depot", SHIFT, "nowhere"))
    with pytest.raises(ProblemError, match="does not return to its depot"):
        HorizonProblem(2, moved(Vehicle("t", "tipper", "depot", SHIFT, "east"), collections=()))
