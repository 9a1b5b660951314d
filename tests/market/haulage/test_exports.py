"""Downloads and driver's sheets carry the plan's own figures."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET

from python_calamine import CalamineWorkbook

from market.db import transaction
from market.haulage import exports, queries, sheets
from market.haulage.models import CollectionPlan


def body(client, plan, kind):
    answer = client.get(f"/haulage/plans/{plan.id}/plan.{kind}")
    assert answer.status_code == 200
    assert f'filename="{plan.ref}-2026-11-23.{kind}"' in answer.headers["Content-Disposition"]
    return answer.data


def test_the_workbook_holds_stops_trucks_and_both_kinds_of_leavings(planned, english, session):
    book = CalamineWorkbook.from_filelike(io.BytesIO(body(english, planned, "xlsx")))
    assert book.sheet_names == ["Stops", "Trucks", "Not placed", "Not put to the planner"]
    trucks = book.get_sheet_by_name("Trucks").to_python()
    assert trucks[0][6:10] == ["Mass (t)", "Distance (km)", "Empty (km)", "Cost (¥)"]
    routes = queries.routes(session, planned.id)
    assert [row[9] for row in trucks[1:]] == [route.cost_fen / 100 for route in routes]
    stops = book.get_sheet_by_name("Stops").to_python()
    loaded = [row for row in stops[1:] if row[3] == "load"]
    assert sum(row[7] for row in loaded) == planned.summary["tonnes"]
    assert book.get_sheet_by_name("Not placed").to_python()[1][0].startswith("Oily metal chips")
    left = book.get_sheet_by_name("Not put to the planner").to_python()[1]
    assert left[4:] == [6.2, 13.0, "2026-11-25"]


def test_the_table_opens_in_a_spreadsheet(planned, client):
    data = body(client, planned, "csv")
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows[0][:5] == ["车", "车牌", "站", "做什么", "地点"]
    assert [row[3] for row in rows[1:5]] == ["出车", "装车", "卸车", "收车"]


def test_a_name_that_looks_like_a_formula_is_made_harmless(planned, client, session):
    with transaction(session):
        row = session.get(CollectionPlan, planned.id)
        row.places = {
            name: {**place, "name_zh": '=HYPERLINK("x")', "standing": "member"}
            for name, place in row.places.items()
        }
    rows = list(csv.reader(io.StringIO(body(client, planned, "csv").decode("utf-8-sig"))))
    assert {row[4] for row in rows[1:]} == {'\'=HYPERLINK("x")'}
    book = CalamineWorkbook.from_filelike(io.BytesIO(body(client, planned, "xlsx")))
    assert book.get_sheet_by_index(0).to_python()[1][4] == '=HYPERLINK("x")'


def test_the_map_layer_is_lines_and_points_of_the_plan(planned, client):
    layer = json.loads(body(client, planned, "geojson"))
    legs = [f for f in layer["features"] if f["geometry"]["type"] == "LineString"]
    metres = sum(leg["properties"]["distance_m"] for leg in legs)
    assert metres == round(planned.summary["km"] * 1000)
    empty = sum(leg["properties"]["distance_m"] for leg in legs if not leg["properties"]["loaded"])
    assert empty == round(planned.summary["empty_km"] * 1000)
    for feature in layer["features"]:
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
    hours, minutes = divmod(routes[0].starts_s // 60, 60)
    begins = next(line for line in lines if line.startswith("DTSTART"))
    day, hour = (22, hours + 16) if hours < 8 else (23, hours - 8)
    assert begins.startswith(f"DTSTART:202611{day}T{hour:02}{minutes:02}")


def test_long_lines_are_folded_between_characters():
    folded = exports._folded("SUMMARY:" + "粉煤灰" * 40)
    assert all(len(part.encode()) <= 75 for part in folded)
    assert "".join(part.removeprefix(" ") for part in folded) == "SUMMARY:" + "粉煤灰" * 40


def test_a_sheet_tells_the_driver_everything_in_order(planned, client):
    page = client.get(f"/haulage/plans/{planned.id}/sheets/1").text
    for words in (
        "派车单\u20031 号车",
        "2026 年 11 月 23 日 星期一",
        "豫C·示001",
        "王师傅（示例）",
        "装\u2003粉煤灰 30.0 吨\u2003fly_ash offer 厂",
        "卸\u2003粉煤灰 30.0 吨\u2003fly_ash want 厂",
        "时间窗 6:00–19:00。",
        "先过磅，再卸。",
        "装后毛重（吨）",
        "磅单净重（吨）",
        "打调度电话：____",
    ):
        assert words in page
    assert page.index("装\u2003") < page.index("卸\u2003")
    assert page.count('class="sheet"') == 1
    assert not re.search(r"1\d{10}|0379-\d{7}", page), "no telephone number is invented"


def test_all_sheets_print_one_truck_a_page(planned, client, session):
    page = client.get(f"/haulage/plans/{planned.id}/sheets").text
    assert page.count('class="sheet"') == len(queries.routes(session, planned.id))


def test_the_code_is_one_path_that_says_where_the_plan_is(planned, client):
    page = client.get(f"/haulage/plans/{planned.id}/sheets/3").text
    address = f"http://localhost/haulage/plans/{planned.id}?vehicle=3"
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
