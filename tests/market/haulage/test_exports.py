"""Downloads and driver's sheets carry the plan's own figures."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from datetime import date, datetime, timedelta

import pytest
from python_calamine import CalamineWorkbook

from market.accounts.rules import Role
from market.db import transaction
from market.haulage import calendar_file, exports, queries, sheet_links, sheets
from market.haulage.models import CollectionPlan
from market.haulage.picture import StopLine
from market.haulage.rules import LOCAL, moment, whole_minute
from market.web.filters import clock


def body(client, plan, kind):
    answer = client.get(f"/haulage/plans/{plan.id}/plan.{kind}")
    assert answer.status_code == 200
    assert f'filename="{plan.ref}-2026-11-23.{kind}"' in answer.headers["Content-Disposition"]
    return answer.data


def test_the_workbook_holds_stops_trucks_and_both_kinds_of_leavings(planned, english, session):
    book = CalamineWorkbook.from_filelike(io.BytesIO(body(english, planned, "xlsx")))
    names = ["Summary", "Stops", "Trucks", "Loads", "Not placed", "Not put to the planner"]
    assert book.sheet_names == names
    told = {row[0]: row[1:3] for row in book.get_sheet_by_name("Summary").to_python()[1:]}
    summary = planned.summary
    empty = 100 * summary["empty_km"] / summary["km"]
    shuttled = 100 * summary["shuttle_empty_km"] / summary["shuttle_km"]
    assert told["Empty share (%)"] == pytest.approx([empty, shuttled], abs=0.05)
    above = 100 * (summary["cost_fen"] / summary["bound_fen"] - 1)
    assert told["Above the proven bound (%)"][0] == pytest.approx(above, abs=0.05)
    saved_km = summary["shuttle_km"] - summary["km"]
    assert told["Saved on plain shuttling (km)"][0] == round(saved_km, 2)
    trucks = book.get_sheet_by_name("Trucks").to_python()
    assert trucks[0][5:11] == [
        "Shift ends at", "Loads", "Mass (t)", "Distance (km)", "Empty (km)", "Cost (¥)",
    ]  # fmt: skip
    routes = queries.routes(session, planned.id)
    assert [row[10] for row in trucks[1:]] == [route.cost_fen / 100 for route in routes]
    assert trucks[0][11:14] == ["Of it a day (¥)", "Of it kilometres (¥)", "Of it hours (¥)"]
    parts = [[round(100 * part) for part in row[11:14]] for row in trucks[1:]]
    assert list(map(sum, parts)) == [route.cost_fen for route in routes]
    assert sum(map(sum, parts)) == summary["cost_fen"]
    stops = book.get_sheet_by_name("Stops").to_python()
    loaded = [row for row in stops[1:] if row[3] == "load"]
    assert sum(row[7] for row in loaded) == planned.summary["tonnes"]
    (unplaced,) = book.get_sheet_by_name("Not placed").to_python()[1:]
    assert unplaced[:2] == ["2026-11-23/F7-4#1", "Oily metal chips"]
    left = book.get_sheet_by_name("Not put to the planner").to_python()[1]
    assert left[4:] == [6.2, 13.0, "2026-11-25"]


def test_the_table_opens_in_a_spreadsheet(planned, planner):
    data = body(planner, planned, "csv")
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows[0][:5] == ["车", "车牌", "站", "做什么", "地点"]
    assert [row[3] for row in rows[1:5]] == ["出车", "装车", "卸车", "收车"]


def test_sheets_carry_no_noise_of_floating_point(planned, english):
    book = CalamineWorkbook.from_filelike(io.BytesIO(body(english, planned, "xlsx")))
    for name in book.sheet_names:
        for row in book.get_sheet_by_name(name).to_python():
            for cell in row:
                assert not isinstance(cell, float) or cell == round(cell, 3), (name, row)
    assert (exports._km(71_112), exports._km(22_705), exports._tonnes(12_346)) == (
        71.11, 22.7, 12.346,
    )  # fmt: skip


def test_the_table_for_programs_is_to_the_second_and_the_metre(planned, english, session):
    rows = list(csv.reader(io.StringIO(body(english, planned, "csv").decode("utf-8-sig"))))
    head = rows[0]
    stops = [stop for route in queries.routes(session, planned.id) for stop in route.stops]
    assert len(rows) - 1 == len(stops)
    for row, stop in zip(rows[1:], stops, strict=True):
        told = dict(zip(head, row, strict=True))
        for name, key in (("Arrives", "arrival_s"), ("Begins", "start_s"), ("Departs", "depart_s")):
            at = datetime.fromisoformat(told[name]).replace(tzinfo=LOCAL)
            assert at == moment(date(2026, 11, 23), stop[key])
        assert round(float(told["Way here (km)"]) * 1000) == stop["distance_m"]
    assert any(stop["arrival_s"] % 60 for stop in stops)


def test_a_name_that_looks_like_a_formula_is_made_harmless(planned, planner, session):
    with transaction(session):
        row = session.get(CollectionPlan, planned.id)
        row.places = {
            name: {**place, "name_zh": '=HYPERLINK("x")', "standing": "member"}
            for name, place in row.places.items()
        }
    rows = list(csv.reader(io.StringIO(body(planner, planned, "csv").decode("utf-8-sig"))))
    assert {row[4] for row in rows[1:]} == {'\'=HYPERLINK("x")'}
    book = CalamineWorkbook.from_filelike(io.BytesIO(body(planner, planned, "xlsx")))
    assert book.get_sheet_by_index(1).to_python()[1][4] == '=HYPERLINK("x")'


def test_the_map_layer_is_lines_and_points_of_the_plan(planned, planner, session):
    layer = json.loads(body(planner, planned, "geojson"))
    legs = [f for f in layer["features"] if f["geometry"]["type"] == "LineString"]
    metres = sum(leg["properties"]["distance_m"] for leg in legs)
    assert metres == round(planned.summary["km"] * 1000)
    empty = sum(leg["properties"]["distance_m"] for leg in legs if not leg["properties"]["loaded"])
    assert empty == round(planned.summary["empty_km"] * 1000)
    keys = {row.load_key for row in queries.loads(session, planned.id)}
    named = [
        f["properties"]["loads"] for f in layer["features"] if f["properties"]["kind"] == "load"
    ]
    assert {name for names in named for name in names} == {f"2026-11-23/{key}" for key in keys}
    for feature in layer["features"]:
        told = feature["properties"]
        assert (told["plan"], told["day"]) == (planned.ref, "2026-11-23")
        flat = json.dumps(feature["geometry"]["coordinates"])
        lon, lat = map(float, re.findall(r"[\d.]+", flat)[:2])
        assert 112 < lon < 113
        assert 34 < lat < 35


def test_the_calendar_has_one_event_a_truck_in_universal_time(planned, english, session):
    data = body(english, planned, "ics")
    lines = data.decode().split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert all(len(line.encode()) <= 75 for line in lines)
    routes = queries.routes(session, planned.id)
    assert lines.count("BEGIN:VEVENT") == len(routes)
    # Luoyang is eight hours ahead of universal time.
    hours, minutes = divmod(round(routes[0].starts_s / 60), 60)
    begins = next(line for line in lines if line.startswith("DTSTART"))
    day, hour = (22, hours + 16) if hours < 8 else (23, hours - 8)
    assert begins == f"DTSTART:202611{day}T{hour:02}{minutes:02}00Z"


@pytest.mark.parametrize("second", [0, 22_830, 34_829, 34_851, 37_170, 86_399, 86_430, 93_690])
def test_a_load_s_moment_and_a_stop_s_clock_show_the_same_minute(app, second):
    at = whole_minute(moment(date(2026, 11, 24), second))
    assert (at.second, at.microsecond) == (0, 0)
    with app.test_request_context():
        shown = clock(second).removeprefix("次日 ")
    assert shown.replace("24:00", "0:00") == f"{at.hour}:{at.minute:02d}"


def test_long_lines_are_folded_between_characters():
    folded = calendar_file._folded("SUMMARY:" + "粉煤灰" * 40)
    assert all(len(part.encode()) <= 75 for part in folded)
    assert "".join(part.removeprefix(" ") for part in folded) == "SUMMARY:" + "粉煤灰" * 40


def test_a_sheet_tells_the_driver_everything_in_order(planned, planner):
    page = planner.get(f"/haulage/plans/{planned.id}/sheets/1").text
    for words in (
        "派车单\u20031 号车",
        "2026 年 11 月 23 日 星期一",
        "豫C·示001",
        "王师傅（示例）",
        "装\u2003粉煤灰 30.0 吨\u2003fly_ash offer 厂",
        "卸\u2003粉煤灰 30.0 吨\u2003fly_ash want 厂",
        "时间窗 6:00–19:00 · ",
        "先过磅，再卸。",
        "装后毛重（吨）",
        "磅单净重（吨）",
        "拍照，打调度电话。",
        "34.70000, 112.35000",
    ):
        assert words in page
    assert page.index("装\u2003") < page.index("卸\u2003")
    assert page.count('class="sheet"') == 1
    assert not re.search(r"1\d{10}|0379-\d{7}", page), "no telephone number is invented"


@pytest.mark.parametrize(
    ("language", "first", "second"),
    [
        ("en", "After slag, before ash.", "After ash, gypsum, before mud."),
        ("zh", "卸完slag、装ash之前。", "卸完ash、gypsum、装mud之前。"),
    ],
)
def test_a_wash_says_after_what_and_before_what(app, language, first, second):
    def line(kind, material=""):
        words = {"county": "", "site": None, "family": None, "windows": ()}
        numbers = dict.fromkeys(
            ("mass_kg", "arrival_s", "start_s", "depart_s", "distance_m", "onboard_kg"), 0
        )
        kinds = {"number": None, "kind": kind, "place": "", "material": material, "loads": ()}
        return StopLine(**kinds, **words, **numbers)

    lines = [line("load", "slag"), line("unload", "slag"), line("clean"), line("load", "ash")]
    lines += [line("load", "gypsum"), line("unload", "gypsum"), line("clean"), line("load", "mud")]
    with app.test_request_context(headers={"Cookie": f"lang={language}"}):
        app.preprocess_request()
        details = [row["detail"] for row in sheets._stops(lines, {}) if row["kind"] == "wash"]
    assert details == [first, second]


@pytest.mark.parametrize(("count", "long"), [(9, False), (10, True)])
def test_a_long_day_is_set_tighter_on_paper(app, count, long):
    stop = {"number": 1, "kind": "load", "at": "6:00", "until": "", "title": "", "detail": ""}
    with app.test_request_context():
        macro = app.jinja_env.get_template("components/sheet.html").module.driver_sheet
        page = macro("", "", "", None, "", [], [stop] * count, "", [], "")
    assert page.count("sheet-mark") == count
    assert ('class="sheet is-long"' in page) == long


@pytest.mark.parametrize(("count", "split"), [(13, [13]), (14, [7, 7]), (27, [9, 9, 9])])
def test_a_long_sheet_goes_on_with_its_head_and_page_number(
    app, session, planned, monkeypatch, count, split
):
    loads, routes = queries.loads(session, planned.id), queries.routes(session, planned.id)
    masses = {row.load_key: row.mass_kg for row in loads}
    stored = exports.StoredPlan(planned, routes, [], masses, loads, None, None)
    stop = {"number": 1, "kind": "load", "at": "", "until": "", "title": "", "detail": ""}
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        app.preprocess_request()
        whole = sheets.sheet(stored, stored.routes[0])
        monkeypatch.setattr(sheets, "sheet", lambda *_: whole | {"stops": [stop] * count})
        made = sheets.pages(stored, stored.routes[0])
    assert [len(page["stops"]) for page in made] == split
    numbers = [page["kicker"].rpartition(" · ")[2] for page in made]
    if len(split) > 1:
        assert numbers == [f"page {at} of {len(split)}" for at in range(1, len(split) + 1)]
    assert [bool(page["signatures"]) for page in made] == [False] * (len(split) - 1) + [True]
    assert len({(page["title"], page["lead"]) for page in made}) == 1


def test_the_calendar_has_its_unit_in_the_readers_language(planned, planner):
    texts = [event["DESCRIPTION"] for event in unfolded(body(planner, planned, "ics"))]
    assert any("粉煤灰 30.0 吨" in text for text in texts)
    assert not any(" t\\," in text for text in texts)


def test_all_sheets_print_one_truck_a_page(planned, planner, session):
    page = planner.get(f"/haulage/plans/{planned.id}/sheets").text
    assert page.count('class="sheet"') == len(queries.routes(session, planned.id))


def test_the_code_is_one_path_that_says_where_the_sheet_is(planned, planner, app):
    page = planner.get(f"/haulage/plans/{planned.id}/sheets/3").text
    code = sheet_links.code(app.secret_key, planned.id, 3)
    address = f"http://localhost/haulage/sheet/{planned.id}-3-{code}"
    assert f'aria-label="二维码：{address}"' in page


def test_the_code_is_drawn_as_its_matrix(app):
    import qrcode

    with app.test_request_context():
        drawn = ET.fromstring(sheets.qr_svg("https://example.org/haulage/plans/1"))
    code = qrcode.QRCode(border=2, error_correction=qrcode.constants.ERROR_CORRECT_M)
    code.add_data("https://example.org/haulage/plans/1")
    code.make(fit=True)
    dark = {(x, y) for y, row in enumerate(code.get_matrix()) for x, on in enumerate(row) if on}
    path = drawn.find("path").attrib["d"]
    assert {(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path)} == dark


def unfolded(data):
    """Read an iCalendar file strictly by RFC 5545: content lines, components, escaped text."""
    text = data.decode("utf-8")
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    lines = text.replace("\r\n ", "").split("\r\n")[:-1]
    events, stack = [], []
    for line in lines:
        name, _, value = line.partition(":")
        assert re.fullmatch(r"[A-Z-]+", name), line
        assert not re.search(r"[\x00-\x08\x0a-\x1f]", value)
        if name == "BEGIN":
            stack.append(value)
            if value == "VEVENT":
                events.append({})
        elif name == "END":
            assert stack.pop() == value
        elif stack[-1] == "VEVENT":
            assert name not in events[-1], f"{name} stands twice"
            if name in {"SUMMARY", "DESCRIPTION", "LOCATION"}:
                assert not re.search(r"(?<!\\)[;,]", value), value
            events[-1][name] = value
    assert stack == []
    return events


def test_the_calendar_is_one_by_the_letter_and_keeps_its_events(planned, planner, clock, sign_in):
    events = unfolded(body(planner, planned, "ics"))
    must = {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "LOCATION"}
    for event in events:
        assert must <= event.keys()
        assert re.fullmatch(r"\d{8}T\d{6}Z", event["DTSTART"])
        assert event["DTSTART"] < event["DTEND"]
    clock.at += timedelta(seconds=1)
    new = take_off(sign_in, "C1#1")
    later = unfolded(planner.get(f"/haulage/plans/{new}/plan.ics").data)
    assert later[0]["UID"] == events[0]["UID"]
    assert int(later[0]["SEQUENCE"]) > int(events[0]["SEQUENCE"])


def take_off(sign_in, load):
    answer = sign_in(Role.PARK_MANAGER).post(
        "/haulage/plans/1/change", data={"verb": "take_off", "load": load}
    )
    return int(answer.location.removesuffix("/dispatch").rsplit("/", 1)[1])


def test_the_map_layer_is_geojson_by_the_letter(planned, planner):
    """RFC 7946: a collection of features, positions as longitude and latitude, no other system."""
    layer = json.loads(body(planner, planned, "geojson"))
    assert set(layer) == {"type", "features"}
    assert layer["type"] == "FeatureCollection"
    for feature in layer["features"]:
        assert set(feature) == {"type", "geometry", "properties"}
        assert feature["type"] == "Feature"
        assert re.match(r"\d+ 号 .+ · .+", feature["properties"]["name"])
        kind, positions = feature["geometry"]["type"], feature["geometry"]["coordinates"]
        assert kind in {"Point", "LineString"}
        for lon, lat in [positions] if kind == "Point" else positions:
            assert isinstance(lon, float)
            assert isinstance(lat, float)
        assert kind == "Point" or len(positions) >= 2


def test_loads_are_records_under_numbers_that_stay(planned, english, session, sign_in):
    rows = json.loads(body(english, planned, "json"))["loads"]
    assert [row["number"] for row in rows] == [f"2026-11-23/{row['load_key']}" for row in rows]
    ash = next(row for row in rows if row["material_id"] == "fly_ash")
    assert ash["mass_kg"] == 30_000
    assert ash["plate"] == "豫C·示001"
    assert re.fullmatch(r"2026-11-23T\d\d:\d\d:00\+08:00", ash["loading_starts_at"])
    assert ash["load_key"] == f"F{ash['offer_id']}-{ash['want_id']}#1"
    assert ash["origin"]["lat"] == 34.70
    left = next(row for row in rows if row["material_id"] == "oily_chips")
    assert left["truck"] is None
    assert left["loading_starts_at"] is None
    # Taken off, the load is still the same record, and its truck is gone.
    new = take_off(sign_in, "C1#1")
    later = json.loads(english.get(f"/haulage/plans/{new}/plan.json").data)["loads"]
    assert {row["number"] for row in later} == {row["number"] for row in rows}
    pick = next(row for row in later if row["load_key"] == "C1#1")
    assert (pick["plan"], pick["number"], pick["truck"]) == (
        f"P-{new:04d}",
        "2026-11-23/C1#1",
        None,
    )
    sheet = CalamineWorkbook.from_filelike(
        io.BytesIO(english.get(f"/haulage/plans/{new}/plan.xlsx").data)
    ).get_sheet_by_name("Loads")
    table = sheet.to_python()
    assert table[0][4] == "Planned mass (t)"
    assert {row[0] for row in table[1:]} == {row["number"] for row in rows}


def test_a_load_has_a_page_that_follows_it_through_changes(planned, english, sign_in):
    address = "/haulage/loads/2026-11-23/C1%231"
    page = english.get(address).text
    assert "2.4 t of Scrap steel" in page
    assert "on truck 3." in page
    assert address in english.get("/haulage/plans/1/stops").text
    sheet = english.get("/haulage/plans/1/sheets/3").text
    assert "· C1#1" in sheet
    assert "Load numbers begin with 2026-11-23/." in sheet
    take_off(sign_in, "C1#1")
    assert "left over." in english.get(address).text
    for missing in (
        "/haulage/loads/2026-11-23/C9%231",
        "/haulage/loads/2026-11-24/C1%231",
        "/haulage/loads/2026-13-23/C1%231",
    ):
        assert english.get(missing).status_code == 404


def test_a_ticket_is_compared_with_the_plan(planned, english):
    def told(net):
        return english.get(f"/haulage/loads/2026-11-23/C1%231?net_t={net}").text

    # 2,448 kg are 48 kg above 2,400: two per cent.
    assert "2.45 t weighed, 0.05 t (2.0 %) above the planned 2.40 t." in told("2.448")
    assert "2.30 t weighed, 0.10 t (4.2 %) below the planned 2.40 t." in told("2.3")
    assert "2.40 t weighed, just as planned." in told("2.4")
    assert "weighed," not in told("much")
    assert "Enter a number from 0 to 1000." in told("-3")
