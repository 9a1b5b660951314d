"""Where a plan's kilometres come from: what was chosen is used, or nothing is planned."""

import csv
import io

import pytest
import sqlalchemy as sa

from market import jobs
from market.accounts.rules import Role
from market.config import Settings, load_settings
from market.db import transaction
from market.errors import DomainError, SettingsError
from market.haulage import (
    codec,
    dispatch,
    dispatch_bench,
    queries,
    requests,
    ways,
    week_queries,
    week_worker,
    worker,
)
from market.haulage.actions import PlanRequest
from market.haulage.models import CollectionPlan
from market.haulage.rules import PlanParameters, PlanStatus, Ways
from market.jobs import JobState
from routing.http_client import Patience
from routing.travel import TravelMatrix
from tests.conftest import NOW
from tests.market.haulage.test_views import form_for, text
from tests.market.haulage.test_weeks import ask_week
from tests.market.haulage.world import MONDAY, ask, carry_out
from tests.routing.road_server import Land, road_server

HASTY = Patience(timeout_s=0.5, tries=2, pause_s=0.0)


@pytest.fixture
def land(monkeypatch, settings):
    """A road router that the worker's and the pages' settings name."""
    monkeypatch.setattr(ways, "PATIENCE", HASTY)
    monkeypatch.setattr(ways, "BRIEF", HASTY)
    monkeypatch.setenv("WUJIN_DATA_DIR", str(settings.data_dir))
    with road_server(Land()) as land:
        monkeypatch.setenv("WUJIN_ROAD_TABLES", f"osrm:{land.address}")
        yield land


def travel_of(session, plan) -> TravelMatrix:
    frozen = queries.frozen_input(session, plan.id)
    assert frozen is not None
    return codec.thaw(frozen).travel


def at(session, plan, site):
    place = session.get(CollectionPlan, plan.id, populate_existing=True).places[site]
    return place["lon"], place["lat"]


def failed(session, sessions, plan):
    """Do the job as the worker would, up to its failure."""
    with pytest.raises(ways.NoWaysError) as caught:
        worker.freeze(sessions, plan.id, jobs.Progress(plan.job_id, sessions))
    with transaction(session):
        job = session.get(jobs.Job, plan.job_id)
        job.state, job.error = JobState.FAILED, str(caught.value)
    session.expire_all()
    return caught.value


@pytest.mark.parametrize("kind", ["osrm", "valhalla"])
def test_a_plan_drives_what_the_router_says(
    session, sessions, world, land, monkeypatch, english, kind
):
    monkeypatch.setenv("WUJIN_ROAD_TABLES", f"{kind}:{land.address}")
    plan = carry_out(sessions, ask(session, world, ways=Ways.ROUTER))
    assert plan.status == PlanStatus.PARTIAL
    travel = travel_of(session, plan)
    for origin, destination in (("D1", "C1"), ("C1", "D1")):
        metres, seconds = land.drive(at(session, plan, origin), at(session, plan, destination))
        assert abs(travel.metres(origin, destination) - metres) <= 1
        assert abs(travel.seconds(origin, destination) - seconds) <= 1
    # Driving east is slower in that land than west: the table was not made symmetric.
    assert travel.seconds("D1", "C1") != travel.seconds("C1", "D1")
    name = {"osrm": "OSRM driving", "valhalla": "Valhalla truck"}[kind]
    assert plan.summary["ways"] == name
    page = text(english.get(f"/haulage/plans/{plan.id}"))
    assert f"distance: road tables of {name}" in page
    assert f"road tables of {name}; only the reach is judged by great circle × 1.30" in page
    assert f"Distances: road tables of {name}." in text(
        english.get(f"/haulage/plans/{plan.id}/sheets")
    )


def test_the_same_day_is_not_asked_for_twice(session, sessions, world, land):
    carry_out(sessions, ask(session, world, ways=Ways.ROUTER))
    asked = len(land.asked)
    assert asked == 1
    second = ask(session, world, ways=Ways.ROUTER, seed=2)
    carry_out(sessions, second)
    assert len(land.asked) == asked
    assert list((load_settings().data_dir / "road-tables").glob("*.json"))


def test_a_passing_fault_is_tried_again(session, sessions, world, land):
    land.bad_statuses = [503]
    plan = carry_out(sessions, ask(session, world, ways=Ways.ROUTER))
    assert plan.summary["ways"] == "OSRM driving"
    assert len(land.asked) == 2


def test_a_router_that_is_down_fails_the_plan_with_a_remedy(
    session, sessions, world, land, sign_in
):
    land.bad_statuses = [503] * 9
    plan = ask(session, world, ways=Ways.ROUTER)
    failed(session, sessions, plan)
    row = queries.plan(session, plan.id)
    assert row.status == PlanStatus.PENDING
    assert queries.frozen_input(session, plan.id) is None
    client = sign_in(Role.PARK_MANAGER)
    client.set_cookie("lang", "en")
    page = text(client.get(f"/haulage/plans/{plan.id}"))
    assert "The ways could not be measured, and nothing was planned." in page
    assert f"The road router {land.address} says that it cannot answer just now." in page
    assert "status 503, asked 2 times" in page
    assert "Try again later, or have the router looked at." in page
    assert "No other distances were put in their place." in page
    client.set_cookie("lang", "zh")
    page = text(client.get(f"/haulage/plans/{plan.id}"))
    assert f"路网服务 {land.address} 说它现在答不了" in page
    assert "No other" not in page


def test_a_person_may_choose_great_circles_or_try_again(session, sessions, world, land, sign_in):
    land.bad_statuses = [503] * 9
    plan = ask(session, world, ways=Ways.ROUTER)
    failed(session, sessions, plan)
    client = sign_in(Role.PARK_MANAGER)
    page = text(client.get(f"/haulage/plans/{plan.id}"))
    assert f'action="/haulage/plans/{plan.id}/again"' in page
    client.post(f"/haulage/plans/{plan.id}/again", data={"ways": "great_circle"})
    client.post(f"/haulage/plans/{plan.id}/again")
    session.rollback()
    plans = session.scalars(sa.select(CollectionPlan).order_by(CollectionPlan.id)).all()
    assert [row.parameters["ways"] for row in plans] == ["router", "great_circle", "router"]
    assert {row.planned_on for row in plans} == {plan.planned_on}


def test_places_without_a_road_are_named(session, sessions, world, land, english):
    probe = carry_out(sessions, ask(session, world))
    land.cut = {(at(session, probe, "D1"), at(session, probe, "C1"))}
    plan = ask(session, world, ways=Ways.ROUTER)
    error = failed(session, sessions, plan)
    assert error.pairs == (("D1", "C1"),)
    page = text(english.get(f"/haulage/plans/{plan.id}"))
    assert "OSRM driving knows no road between some places of the day." in page
    assert "Jianxi depot (demo) → Machine shop 1 (demo)" in page


def test_a_worker_without_the_setting_says_so(session, sessions, world, land, monkeypatch, english):
    monkeypatch.delenv("WUJIN_ROAD_TABLES")
    plan = ask(session, world, ways=Ways.ROUTER)
    failed(session, sessions, plan)
    page = text(english.get(f"/haulage/plans/{plan.id}"))
    assert "No road router is set for the worker that plans." in page


def test_the_router_is_offered_where_one_is_set(app, world, sign_in, land):
    client = sign_in(Role.PARK_MANAGER)
    assert 'value="router"' not in text(client.get("/haulage/plans/new"))
    app.config["WUJIN"] = Settings(data_dir=app.config["WUJIN"].data_dir)
    page = text(client.get("/haulage/plans/new"))
    assert 'checked id="ways-1" name="ways" type="radio" value="router"' in page


@pytest.mark.parametrize("address", ["http://roads:5000", "osrm:roads", "osrm:http://a b"])
def test_a_broken_address_stops_the_program_and_names_itself(monkeypatch, tmp_path, address):
    monkeypatch.setenv("WUJIN_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("WUJIN_ROAD_TABLES", address)
    with pytest.raises(SettingsError, match="WUJIN_ROAD_TABLES"):
        load_settings()


def test_a_late_load_is_measured_by_the_days_own_source(session, sessions, world, land):
    plan = carry_out(sessions, ask(session, world, ways=Ways.ROUTER))
    before = dispatch.situation(session, plan, now=NOW)
    bench = dispatch_bench.late_bench(session, plan, before, "C2")
    assert "C2" in bench.places
    land.bad_statuses = [503] * 9
    for kept in (load_settings().data_dir / "road-tables").iterdir():
        kept.unlink()
    with pytest.raises(ways.NoWaysError):
        dispatch_bench.late_bench(session, plan, before, "C2")


def ways_file(client, plan):
    answer = client.get(f"/haulage/plans/{plan.id}/ways.csv")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def written(rows, encoding="utf-8"):
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode(encoding)


def post_table(client, world, data, name="ways.csv"):
    fields = form_for(world, ways="table", scope="firms", table=(io.BytesIO(data), name))
    return client.post("/haulage/plans/new", data=fields, content_type="multipart/form-data")


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_an_own_table_goes_out_changed_and_in_again(session, sessions, world, planner, encoding):
    first = carry_out(sessions, ask(session, world))
    rows = ways_file(planner, first)
    assert rows[0] == ["from", "to", "distance_m", "duration_s", "from_name", "to_name"]
    size = len(travel_of(session, first).site_ids)
    assert len(rows) == 1 + size * (size - 1)
    for row in rows[1:]:
        row[2] = str(2 * int(row[2]))
    asked = PlanRequest(world.run.id, MONDAY, (world.depot.id,), time_limit_s=1)
    made = []
    for _ in range(2):
        with transaction(session):
            args = (session, world.manager, asked, written(rows, encoding), "ways.csv")
            made.append(requests.with_table(*args, now=NOW))
    assert made[0].id == made[1].id
    plan = made[0]
    assert plan.parameters["ways"] == "table"
    old, new = travel_of(session, first), travel_of(session, plan)
    assert new.metres("D1", "C1") == 2 * old.metres("D1", "C1")
    assert new.seconds("D1", "C1") == old.seconds("D1", "C1")
    done = carry_out(sessions, plan)
    assert done.summary["ways"] == "file ways.csv"
    planner.set_cookie("lang", "en")
    assert "own table, ways.csv" in text(planner.get(f"/haulage/plans/{plan.id}"))
    before = dispatch.situation(session, done, now=NOW)
    with pytest.raises(DomainError, match="not_in_table"):
        dispatch_bench.late_bench(session, done, before, "C2")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (
            b"from,to,distance_m,duration_s\nD1,S1,far,9\n",
            "Line 2, column 7: &#39;far&#39; is not a",
        ),
        (b"from,to,distance_m,duration_s\nD1,S1,-4,9\n", "Line 2, column 7: -4 is negative"),
        (b"from,to,km\n", "Line 1, column 1: the header must be from,to,distance_m,duration_s"),
        (b"", "Line 1, column 1: the file is empty"),
        (
            b"from,to,distance_m,duration_s\n",
            "ways of this day; add a line for each, beginning with: D1 Jianxi depot (demo) → ",
        ),
    ],
)
def test_a_broken_table_is_refused_by_line_and_leaves_nothing(session, world, sign_in, data, words):
    client = sign_in(Role.PARK_MANAGER)
    client.set_cookie("lang", "en")
    answer = post_table(client, world, data)
    assert answer.status_code == 422
    assert answer.text.count(words) == 2
    assert 'href="#table"' in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(CollectionPlan)) == 0


def test_a_table_chosen_without_a_file_is_asked_for(world, sign_in):
    client = sign_in(Role.PARK_MANAGER)
    client.set_cookie("lang", "en")
    answer = client.post("/haulage/plans/new", data=form_for(world, ways="table"))
    assert answer.status_code == 422
    assert "Choose the file with the ways." in answer.text


def test_a_week_without_ways_says_why_and_is_planned_again_by_great_circle_on_request(
    session, sessions, world, land, english, sign_in
):
    client = sign_in(Role.PARK_MANAGER)
    land.bad_statuses = [503] * 9
    router = PlanParameters(max_iterations=50, ways=Ways.ROUTER)
    week = ask_week(session, world, days=2, driver_days=2, time_limit_s=1, parameters=router)
    with pytest.raises(ways.NoWaysError) as caught:
        week_worker.freeze(sessions, week.id, jobs.Progress(week.job_id, sessions))
    with transaction(session):
        job = session.get(jobs.Job, week.job_id)
        job.state, job.error = JobState.FAILED, str(caught.value)
    page = text(english.get(f"/haulage/weeks/{week.id}"))
    assert "says that it cannot answer just now" in page
    assert "No other distances were put in their place." in page
    assert str(caught.value) not in page
    answer = client.post(f"/haulage/weeks/{week.id}/again", data={"ways": "great_circle"})
    assert answer.status_code == 303
    new = week_queries.week(session, int(answer.location.rsplit("/", 1)[1]))
    assert new.parameters == {**week.parameters, "ways": "great_circle"}
    assert (new.starts_on, new.days, new.depot_ids) == (week.starts_on, 2, week.depot_ids)
