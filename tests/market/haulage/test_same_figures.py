"""Every download of a plan tells the same of every stop as the plan that is stored."""

import csv
import io
import json
import re
from datetime import datetime

from python_calamine import CalamineWorkbook

from market.haulage import queries
from market.haulage.rules import LOCAL, moment, whole_minute
from tests.market.haulage.test_exports import body, unfolded
from tests.market.haulage.world import MONDAY

MOVES = {"load", "unload"}


def minutes(told):
    """Return the minute of Monday of an hour, or of a day with its hour."""
    if len(told) > len("24:00"):
        at = whole_minute(datetime.fromisoformat(told).replace(tzinfo=LOCAL))
        return round((at - moment(MONDAY, 0)).total_seconds() / 60)
    hour, minute = map(int, told.split(":"))
    return 60 * hour + minute


def of_day(iso):
    at = whole_minute(datetime.fromisoformat(iso))
    return 60 * at.hour + at.minute


def stored_stops(session, plan):
    """Of each loading and unloading: truck, kind, minutes from and to, place, kilograms."""
    masses = {row.load_key: row.mass_kg for row in queries.loads(session, plan.id)}
    return [
        (
            route.number,
            stop["kind"],
            *(round(stop[name] / 60) for name in ("start_s", "depart_s")),
            plan.places[stop["site"]]["name_en"] + " (demo)",
            sum(masses[name] for name in stop["loads"]),
        )
        for route in queries.routes(session, plan.id)
        for stop in route.stops
        if stop["kind"] in MOVES
    ]


def test_every_file_tells_the_same_time_place_and_mass_of_every_stop(planned, english, session):
    stops = stored_stops(session, planned)
    assert {kind for _, kind, *_ in stops} == MOVES
    rows = list(csv.reader(io.StringIO(body(english, planned, "csv").decode("utf-8-sig"))))
    book = CalamineWorkbook.from_filelike(io.BytesIO(body(english, planned, "xlsx")))
    for table in (rows, book.get_sheet_by_name("Stops").to_python()):
        assert [
            (int(row[0]), row[3], *map(minutes, row[9:11]), row[4], round(1000 * float(row[7])))
            for row in table
            if row[3] in MOVES
        ] == stops
    points = [
        row["properties"] | {"at": row["geometry"]["coordinates"]}
        for row in json.loads(body(english, planned, "geojson"))["features"]
        if row["properties"]["kind"] in MOVES
    ]
    assert [
        (row["truck"], row["kind"], *(minutes(row[name]) for name in ("start", "leave")),
         row["place"], row["mass_kg"])
        for row in points
    ] == stops  # fmt: skip
    where = {
        row["name_en"] + " (demo)": [row["lon"], row["lat"]] for row in planned.places.values()
    }
    assert all(row["at"] == where[row["place"]] for row in points)
    days = [row["DESCRIPTION"] for row in unfolded(body(english, planned, "ics"))]
    lines = [re.fullmatch(r"(\S+) (\w+) .* (\S+) t\\, (.+)", line)
             for day in days for line in day.split("\\n")]  # fmt: skip
    assert [(minutes(at), kind, place, round(1000 * float(tonnes)))
            for at, kind, tonnes, place in (line.groups() for line in lines)] == [
        (start, kind, place, mass) for _, kind, start, _, place, mass in stops
    ]  # fmt: skip


def test_every_load_s_record_tells_the_times_and_places_of_its_stops(planned, english, session):
    masses = {row.load_key: row.mass_kg for row in queries.loads(session, planned.id)}
    told = {
        (name, stop["kind"]): (
            route.number,
            *(round(stop[at] / 60) for at in ("start_s", "depart_s")),
            planned.places[stop["site"]],
            masses[name],
        )
        for route in queries.routes(session, planned.id)
        for stop in route.stops
        for name in stop["loads"]
    }
    rows = json.loads(body(english, planned, "json"))["loads"]
    found = {
        (row["load_key"], kind): (
            row["truck"],
            of_day(row[f"{kind}ing_starts_at"]),
            of_day(row[f"{kind}ing_ends_at"]),
            row[end],
            row["mass_kg"],
        )
        for row in rows
        for kind, end in (("load", "origin"), ("unload", "destination"))
        if row["truck"] is not None
    }
    assert found == told
    assert len(found) == 2 * len(masses)
