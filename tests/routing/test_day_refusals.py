"""Days that nobody could drive: the fault, or the load left out, is named at once."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from routing.check import FaultCode, check
from routing.day import Day
from routing.day_text import parse_day
from routing.explain import explain
from routing.instances import InstanceError
from routing.jsontext import parse_json
from routing.parameters import Parameters
from routing.plan import PlanStatus, Reason
from routing.problem import (
    Body,
    Collection,
    DayProblem,
    DriverHours,
    ProblemError,
    Receiver,
    VehicleType,
)
from routing.solve import solve
from tests.routing.days import day, fleet, tipper

POINTS = {"depot": (0, 0), "pit": (60, 0), "works": (0, 0.001)}


def one_load(kind: VehicleType, mass_kg: int, volume_l: int = 0, trucks: int = 1) -> DayProblem:
    ash = Collection("ash", "pit", "ash", mass_kg, ("works",), volume_l)
    return day(POINTS, [ash], [Receiver("works", "works")], vehicles=fleet(trucks), types=(kind,))


def test_a_volume_far_above_every_truck_is_one_row_with_what_would_do() -> None:
    # 9,000 trips of ten litres: no truck makes them in a day.
    problem = one_load(replace(tipper(), capacity_l=10), 90_000, 90_000)
    plan = solve(problem, Parameters(time_limit_s=60, max_iterations=10))
    (row,) = plan.unserved
    assert plan.status is PlanStatus.EMPTY
    assert (row.reason, row.subject) == (Reason.VOLUME, "tipper")
    assert (row.value, row.limit, row.relaxation, row.unit) == (90_000, 10, 89_990, "l")


def test_a_flow_that_the_fleet_could_bring_in_many_trips_is_cut() -> None:
    problem = one_load(replace(tipper(), capacity_l=10), 90_000, 90_000, trucks=57)
    # 57 trucks make at most 9,120 trips.
    assert len(Day.of(problem).loads) == 9_000


def test_a_billion_tonnes_are_a_mistyped_mass() -> None:
    with pytest.raises(ProblemError, match=r"collection ash: with its 1e\+09 t .* check the mass"):
        solve(one_load(tipper(), 10**12))


def test_the_truck_that_lacks_least_is_named_when_none_takes_a_load() -> None:
    strong = VehicleType("strong", Body.TIPPER, 30_000, 100)
    roomy = VehicleType("roomy", Body.TIPPER, 10_000, 60_000)
    small = VehicleType("small", Body.TIPPER, 10_000, 100)
    problem = one_load(tipper(), 50_000, 100_000)
    # The first of two loads: 30 t and 60,000 l.
    loads = Day.of(problem).loads

    def cause(*kinds: VehicleType) -> tuple[Reason, int | None, int | None, int | None]:
        trucks = tuple(replace(fleet(1)[0], id=kind.id, type=kind.id) for kind in kinds)
        other = replace(problem, vehicle_types=kinds, vehicles=trucks)
        (row,) = explain(Day(other, loads), [], (0,))
        return row.reason, row.value, row.limit, row.relaxation

    # Three times the roomy truck's mass is less than 600 times the strong one's volume.
    assert cause(strong, roomy) == (Reason.MASS, 30_000, 10_000, 20_000)
    assert cause(strong, small) == (Reason.VOLUME, 60_000, 100, 59_900)
    # The small truck lacks both: lifting one limit alone would not do.
    assert cause(small) == (Reason.VOLUME, 60_000, 100, None)


@pytest.mark.parametrize("name", ["distance_m", "duration_s"])
def test_a_hole_in_the_day_s_own_table_is_named_by_row_and_column(name: str) -> None:
    square = [[0, 5], [5, 0]]
    travel = {"distance_m": square, "duration_s": square}
    text = {
        "sites": [
            {"id": key, "latitude_deg": 34, "longitude_deg": 112} for key in ("pit", "works")
        ],
        "depots": [{"id": "depot", "site": "works"}],
        "materials": [{"id": "ash", "bodies": ["tipper"]}],
        "receivers": [{"id": "works", "site": "works"}],
        "collections": [],
        "vehicle_types": [],
        "vehicles": [],
        "travel": travel | {name: [[0, 5], [None, 0]]},
    }
    fault = "a number is missing: row 2, column 1, from works to pit"
    with pytest.raises(InstanceError, match=fault) as caught:
        parse_day(parse_json(json.dumps(text, indent=0), Path("day.json")))
    assert caught.value.line > 1


def test_drivers_keep_the_hours_of_their_type_or_else_of_the_day() -> None:
    # Out and back take two hours at the wheel and a little.
    kind = replace(tipper(), hours=DriverHours(daily_drive_s=7_200))
    plan = solve(one_load(kind, 1_000), Parameters(time_limit_s=60, max_iterations=10))
    (row,) = plan.unserved
    assert (row.reason, row.limit, row.relaxation) == (Reason.DRIVER_HOURS, 7_200, 1)
    longer = replace(kind, hours=DriverHours(daily_drive_s=7_201))
    strict = replace(one_load(longer, 1_000), hours=DriverHours(daily_drive_s=60))
    plan = solve(strict, Parameters(time_limit_s=60, max_iterations=10))
    assert plan.status is PlanStatus.COMPLETE
    assert check(strict, plan) == ()
    # The checker reads the same type: with the day's minute the route is too long.
    usual = replace(strict, vehicle_types=(tipper(),))
    assert {fault.code for fault in check(usual, plan)} == {FaultCode.HOURS}
