"""What is done after midnight, on a truck whose shift began the evening before."""

import re
from urllib.parse import quote

import pytest

from market.accounts.rules import Role
from market.haulage import queries
from market.haulage.forms import WishForm
from tests.market.haulage.test_views import text

LATER_S = 19 * 3600


@pytest.fixture
def night(planned, session):
    """The ash and its truck's whole day 19 hours later: loaded and unloaded after midnight."""
    [load] = [row for row in queries.loads(session, planned.id) if row.mass_kg == 30_000]
    [truck] = [
        row for row in queries.routes(session, planned.id) if row.vehicle_id == load.vehicle_id
    ]
    for row in queries.loads(session, planned.id):
        if row.vehicle_id == load.vehicle_id:
            for name in ("loading_starts", "loading_ends", "unloading_starts", "unloading_ends"):
                setattr(row, f"{name}_s", getattr(row, f"{name}_s") + LATER_S)
    times = ("arrival_s", "start_s", "depart_s")
    truck.stops = [stop | {name: stop[name] + LATER_S for name in times} for stop in truck.stops]
    truck.starts_s, truck.ends_s = truck.starts_s + LATER_S, truck.ends_s + LATER_S
    session.commit()
    return load


def hour(second: int) -> str:
    minutes = round(second / 60) % (24 * 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


def test_a_load_is_dated_by_its_loading_in_the_list_and_in_its_record(
    night, world, sign_in, planned
):
    client = sign_in(Role.RECEIVER, world.wants["fly_ash"].org_id)
    client.set_cookie("lang", "en")
    record = text(client.get(f"/haulage/loads/2026-11-23/{quote(night.load_key)}"))
    listed = text(client.get("/haulage/loads"))
    [row] = [row for row in listed.split("<tr>") if f"2026-11-23/{night.load_key}<" in row]
    assert night.loading_starts_s >= 24 * 3600
    for page in (record, row):
        assert "Tuesday 24 November 2026" in page
        assert hour(night.loading_starts_s) in page
        assert "next day" not in page


def test_pages_say_next_day_and_files_the_date(night, planned, english):
    [at] = {hour(night.loading_starts_s)}
    for page in ("plans/1", "plans/1/stops", "plans/1/sheets"):
        assert f"{at} next day" in text(english.get(f"/haulage/{page}"))
    assert f"2026-11-24 {at.zfill(5)}" in english.get("/haulage/plans/1/plan.csv").text
    assert f"2026-11-24T{at.zfill(5)}:00+08:00" in english.get("/haulage/plans/1/plan.geojson").text
    calendar = english.get("/haulage/plans/1/plan.ics").text.replace("\r\n ", "")
    assert f"{at} next day load" in calendar
    axis = re.findall(r'class="tt-hour"[^>]*>([^<]+)<', text(english.get("/haulage/plans/1")))
    assert "0:00 next day" in axis
    assert all(int(word.split(":")[0]) < 24 for word in axis)


def test_a_stop_after_midnight_is_locked_like_any_other(night, planned, english, app):
    page = text(english.get("/haulage/plans/1/stops"))
    [form] = [
        form
        for form in page.split("<form")
        if f'value="{night.load_key}"' in form and "at_time" in form
    ]
    said = dict(re.findall(r'name="(\w+)"\s+value="([^"]*)"', form))
    with app.test_request_context(method="POST", data=said):
        wish = WishForm(meta={"csrf": False}).wish()
    assert (wish.load, wish.start_s) == (night.load_key, night.loading_starts_s)
