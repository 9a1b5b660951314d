"""Days that nobody could drive: the fault, or the load left out, is named at once."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

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
    with pytest.raises(
        ProblemError, match=r"mass_kg is 1e.13; it must be from 1 to 1,000,000,000,000"
    ):
        one_load(tipper(), 10**13)


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


SMALL_DAY: dict[str, Any] = {
    "sites": [{"id": key, "latitude_deg": 34, "longitude_deg": 112} for key in ("pit", "works")],
    "depots": [{"id": "depot", "site": "works"}],
    "materials": [{"id": "ash", "bodies": ["tipper"]}, {"id": "lime", "bodies": ["tipper"]}],
    "receivers": [{"id": "works", "site": "works"}],
    "collections": [
        {"id": "c", "site": "pit", "material": "ash", "mass_kg": 9, "receivers": ["works"]}
    ],
    "vehicle_types": [{"id": "t", "body": "tipper", "capacity_kg": 30_000}],
    "vehicles": [{"id": "v", "type": "t", "depot": "depot", "shift_s": [0, 80_000]}],
    "travel": {"distance_m": [[0, 5], [5, 0]], "duration_s": [[0, 5], [5, 0]]},
    "segregations": [{"one": "ash", "other": "lime"}],
    "hours": {},
}


def refusal(part: str, name: str, value: object) -> tuple[str, str]:
    """Put a value into the small day; return the message, and the text it points at."""
    document = json.loads(json.dumps(SMALL_DAY))
    row = document[part] if isinstance(document[part], dict) else document[part][0]
    row[name] = value
    text = json.dumps(document, indent=1)
    with pytest.raises(InstanceError) as caught:
        parse_day(parse_json(text, Path("day.json")))
    pointed = text.splitlines()[caught.value.line - 1][caught.value.column - 1 :]
    return str(caught.value), pointed.rstrip(",")


@pytest.mark.parametrize("value", [10**30, 10**17, -1, 1.5])
@pytest.mark.parametrize(
    ("part", "name"),
    [
        *(
            ("collections", name)
            for name in ("mass_kg", "volume_l", "loading_s", "weighing_s", "skip_fen")
        ),
        *(("receivers", name) for name in ("weighing_s", "unload_s_per_t", "daily_intake_kg")),
        *(
            ("vehicle_types", name)
            for name in ("capacity_kg", "capacity_l", "fixed_fen", "fen_per_km", "fen_per_h")
        ),
        ("vehicle_types", "co2_g_per_km"),
        ("segregations", "cleaning_s"),
        *(("hours", name) for name in ("continuous_drive_s", "rest_s", "daily_drive_s")),
    ],
)
def test_a_number_out_of_its_range_is_named_where_it_stands(
    part: str, name: str, value: float
) -> None:
    message, pointed = refusal(part, name, value)
    assert pointed == json.dumps(value)
    if value == 1.5:
        assert "is not a whole number" in message
    else:
        assert re.search(rf"{name} is .*; it must be from [01] to [\d,]+$", message)


@pytest.mark.parametrize("ends", [[0, 10**30], [-1, 5], [0.5, 9], [5, 4], [1], [1, 2, 3]])
def test_a_window_is_two_whole_seconds_of_some_day(ends: list[float]) -> None:
    refusal("collections", "windows_s", [ends])


@pytest.mark.parametrize(
    ("part", "name", "near"),
    [
        ("collections", "window_s", "windows_s"),
        ("receivers", "daily_intake", "daily_intake_kg"),
        ("vehicle_types", "license", "licences"),
        ("vehicles", "shift", "shift_s"),
        ("travel", "distances_m", "distance_m"),
        ("hours", "daily_driving_s", "daily_drive_s"),
        ("segregations", "clean_s", "cleaning_s"),
    ],
)
def test_a_misspelt_member_is_refused_with_the_name_that_is_near(
    part: str, name: str, near: str
) -> None:
    message, pointed = refusal(part, name, 77)
    assert message.endswith(f"{name!r} is not known here; did you mean {near!r}?")
    assert pointed == "77"


def test_a_member_of_the_whole_day_is_refused_too_but_not_a_remark() -> None:
    def read(name: str) -> DayProblem:
        text = json.dumps({**SMALL_DAY, name: "x"})
        return parse_day(parse_json(text, Path("day.json")))

    assert read("comment").collections == read("name").collections
    with pytest.raises(InstanceError, match=r"'vehicle_type' .* did you mean 'vehicle_types'"):
        read("vehicle_type")


def test_a_member_named_twice_is_refused() -> None:
    with pytest.raises(InstanceError, match="'a' appears twice in one object") as caught:
        parse_json('{"a": 1,\n "b": 2, "a": 3}', Path("day.json"))
    assert (caught.value.line, caught.value.column) == (2, 10)


@pytest.mark.parametrize("digits", ["1" + "0" * 400, "1" + "0" * 5000, "1e999"])
def test_a_number_beyond_every_range_is_refused(digits: str) -> None:
    text = json.dumps(SMALL_DAY).replace('"mass_kg": 9', f'"mass_kg": {digits}')
    with pytest.raises(InstanceError, match=r"line 1, column \d+"):
        parse_day(parse_json(text, Path("day.json")))


def test_a_way_from_a_site_to_itself_is_refused_with_its_row() -> None:
    message, _ = refusal("travel", "distance_m", [[0, 5], [5, 7]])
    assert message.endswith("7 from works to itself in row 2; put 0 there")
    message, _ = refusal("travel", "duration_s", [[0, 10**25], [5, 0]])
    assert message.endswith("1e+25 is above 2,147,483,647, the most that is read here")


def test_a_mass_of_too_many_loads_is_told_where_it_stands() -> None:
    message, pointed = refusal("collections", "mass_kg", 10**9)
    assert message.endswith("with its 1e+06 t the day has over 20000 loads; check the mass")
    assert pointed == "1000000000"
