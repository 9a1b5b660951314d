"""Pages of plans: what they say, to whom, and at what cost."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from werkzeug.test import TestResponse

from market.accounts.rules import Role
from market.db import transaction
from market.haulage import queries, worker
from market.haulage.models import Collection, CollectionPlan, PlanRoute
from market.jobs import Job, JobState, Progress
from market.matchmaking.models import MatchRun
from market.matchmaking.rules import RunStatus
from routing import parameters as routing
from tests.market.haulage.world import MONDAY, ask, carry_out

READING = (
    "/haulage/",
    "/haulage/fleet",
    "/haulage/plans/1",
    "/haulage/plans/1/progress",
    "/haulage/plans/1/stops",
    "/haulage/plans/1/sheets",
    "/haulage/plans/1/sheets/1",
    "/haulage/plans/1/plan.json",
    "/haulage/plans/1/ways.csv",
)

PAGES = ("", "/stops", "/sheets", "/sheets/1")


def text(response: TestResponse) -> str:
    """Return the page; the spaces that keep a dot on its line read as any other."""
    assert response.status_code == 200, response.text
    return response.text.replace("\xa0", " ")


def test_the_page_leads_with_the_answer(planned, english):
    page = text(english.get(f"/haulage/plans/{planned.id}"))
    assert "Collection plan for 23 November" in page
    assert "2 trucks of 3 carry 2 loads, 32 t" in page
    assert "1 load is left over, with its reason." in page
    assert "Can be driven" in page
    assert "<b>2</b>" in page
    assert "/ 3" in page


def test_the_page_speaks_chinese_first(planned, planner):
    page = text(planner.get(f"/haulage/plans/{planned.id}"))
    assert "11 月 23 日收运方案" in page
    assert "3 辆车出 2 辆，跑 2 车次、32 吨" in page
    assert "1 车没排上，都有原因。" in page
    assert "含油金属屑" in page


def test_what_is_left_over_says_what_would_place_it(planned, english):
    page = text(english.get(f"/haulage/plans/{planned.id}"))
    assert "Oily metal chips 3.0 t · oily_chips offer" in page
    assert "No truck of these depots has the body for it (hazardous-goods van)." in page
    assert "Hire such a truck for the day, or pick a depot that has one." in page


def test_what_never_reached_the_planner_is_told(planned, english):
    page = text(english.get(f"/haulage/plans/{planned.id}"))
    assert "Not a full truck yet on the day: 1 flow, 6 t that day" in page
    assert "25 November" in page


def test_the_address_chooses_the_truck_the_map_draws(planned, english):
    numbers = []
    for number in (1, 3):
        page = text(english.get(f"/haulage/plans/{planned.id}?vehicle={number}"))
        assert f"Truck {number} is chosen" in page
        block = page.split('id="plan-map-data">')[1].split("</script>")[0]
        drawn = json.loads(block)
        numbers.append([p["number"] for p in drawn["points"] if p["shape"] == "stop"])
        lines = {flow["line"] for flow in drawn["flows"]}
        assert lines == {"thin", "route", "empty"}
    assert numbers == [["1", "2"], ["1", "2"]]


@pytest.mark.parametrize("tail", ["?vehicle=99", "?vehicle=x", "/sheets/99", "/plan.pdf"])
def test_a_truck_or_file_that_is_not_there_is_not_found(planned, planner, tail):
    assert planner.get(f"/haulage/plans/{planned.id}{tail}").status_code == 404


def test_a_plan_that_is_not_there_is_not_found(planner):
    for tail in (*PAGES, "/progress", "/plan.csv"):
        assert planner.get(f"/haulage/plans/77{tail}").status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_whole_in_both_languages(planned, planner, language):
    planner.set_cookie("lang", language)
    for address in (
        "/haulage/",
        "/haulage/fleet",
        *(f"/haulage/plans/{planned.id}{t}" for t in PAGES),
    ):
        page = text(planner.get(address))
        assert "%(" not in page
        assert "style=" not in page
        assert "None" not in page


def test_pages_cost_few_statements(planned, planner, statements, session):
    # Two more than each page asks tell who is signed in.
    budget = {
        "/haulage/": 5,
        "/haulage/fleet": 9,
        f"/haulage/plans/{planned.id}": 14,
        f"/haulage/plans/{planned.id}/stops": 11,
        f"/haulage/plans/{planned.id}/sheets": 10,
        f"/haulage/plans/{planned.id}/plan.xlsx": 9,
    }
    for address, most in budget.items():
        text_or_bytes = planner.get(address)
        assert text_or_bytes.status_code == 200
        selects = [row for row in statements if row.lstrip().upper().startswith("SELECT")]
        assert len(selects) <= most, (address, selects)
        statements.clear()


def test_the_list_shows_every_plan_and_its_state(planned, english, session, world):
    waiting = ask(session, world, loads_per_flow=9)
    page = text(english.get("/haulage/"))
    assert planned.ref in page
    assert waiting.ref in page
    assert "some left over" in page
    assert "under way" in page


def test_an_empty_list_says_what_comes_first(english):
    page = text(english.get("/haulage/"))
    assert "No day has been planned yet" in page
    assert "Plan a day" in page


def test_a_plan_under_way_shows_stages_and_polls(session, world, english):
    plan = ask(session, world)
    page = text(english.get(f"/haulage/plans/{plan.id}"))
    assert "is being made" in page
    assert "Cut empty kilometres" in page
    assert "Waiting for a worker." in page
    assert f'hx-get="/haulage/plans/{plan.id}/progress"' in page
    for tail in ("/stops", "/sheets", "/plan.csv"):
        assert english.get(f"/haulage/plans/{plan.id}{tail}").status_code == 404


def test_the_panel_tells_the_page_to_reload_when_done(planned, planner):
    answer = planner.get(f"/haulage/plans/{planned.id}/progress")
    assert answer.headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(
    ("state", "words"), [(JobState.FAILED, "BrokenPlanError"), (JobState.CANCELLED, "Stopped.")]
)
def test_a_plan_that_was_not_made_says_why(session, world, english, state, words):
    plan = ask(session, world)
    with transaction(session):
        job = session.get(Job, plan.job_id)
        job.state, job.error = state, "BrokenPlanError: 1 faults"
    page = text(english.get(f"/haulage/plans/{plan.id}"))
    assert "was not made" in page
    assert words in page
    assert english.get(f"/haulage/plans/{plan.id}/progress").headers["HX-Refresh"] == "true"


def form_for(world, **fields):
    return {
        "planned_on": MONDAY.isoformat(),
        "run_id": str(world.run.id),
        "depot_ids": [str(world.depot.id)],
        "scope": "all",
        "reach_km": "60",
        "loads_per_flow": "4",
        "working_days": "300",
        "time_limit_s": "5",
        **fields,
    }


@pytest.mark.parametrize("role", [Role.PARK_MANAGER, Role.STAFF])
def test_planners_ask_for_a_day(world, sign_in, session, role):
    client = sign_in(role)
    assert 'name="planned_on"' in text(client.get("/haulage/plans/new"))
    answer = client.post("/haulage/plans/new", data=form_for(world))
    assert answer.status_code == 303
    plan = session.scalars(sa.select(CollectionPlan)).one()
    assert answer.location.endswith(f"/haulage/plans/{plan.id}")
    assert plan.parameters["loads_per_flow"] == 4
    assert plan.parameters["road_factor"] == world.run.road_factor
    assert plan.depot_ids == [world.depot.id]
    again = client.post("/haulage/plans/new", data=form_for(world))
    assert again.location == answer.location


def test_planning_again_starts_from_what_the_plan_was_asked(planned, sign_in):
    client = sign_in(Role.PARK_MANAGER)
    link = f"/haulage/plans/new?like={planned.id}"
    assert link in text(client.get(f"/haulage/plans/{planned.id}"))
    page = text(client.get(link))
    assert re.search(r'name="time_limit_s"[^>]*value="30"', page)
    assert re.search(r'name="loads_per_flow"[^>]*value="2"', page)
    assert client.get("/haulage/plans/new?like=77").status_code == 404


@pytest.mark.parametrize("role", [Role.PRODUCER, Role.RECEIVER, None])
def test_others_neither_plan_nor_read_plans(planned, world, client, sign_in, session, role):
    if role is not None:
        sign_in(role, world.offers["fly_ash"].org_id)
    refused = {403} if role is not None else {302, 303, 401}
    for page in READING:
        assert client.get(page).status_code in refused, page
    assert client.get("/haulage/plans/new").status_code in refused
    assert client.post("/haulage/plans/new", data=form_for(world)).status_code in refused
    assert client.post(f"/haulage/plans/{planned.id}/cancel").status_code in refused
    assert session.scalar(sa.select(sa.func.count()).select_from(CollectionPlan)) == 1


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("planned_on", "2020-01-01", "Choose a day from today to 60 days ahead."),
        ("planned_on", "", "Choose the day."),
        ("depot_ids", [], "Choose at least one depot that has a truck in service."),
        ("reach_km", "0", "Enter a whole number from 1 to 300."),
        ("loads_per_flow", "many", "Not a valid integer value"),
        ("time_limit_s", "9999", "Enter a whole number from 1 to 600."),
        ("run_id", "99", "Not a valid choice."),
    ],
)
def test_a_wrong_field_keeps_the_input_and_names_itself(world, sign_in, field, value, words):
    client = sign_in(Role.PARK_MANAGER)
    client.set_cookie("lang", "en")
    answer = client.post("/haulage/plans/new", data=form_for(world, **{field: value}))
    assert answer.status_code == 422
    assert answer.text.count(words) == 2
    assert f'href="#{field}"' in answer.text
    if field != "working_days":
        assert 'value="300"' in answer.text


def test_without_a_run_the_form_says_what_comes_first(world, sign_in, session):
    with transaction(session):
        session.get(MatchRun, world.run.id).status = RunStatus.PENDING
    client = sign_in(Role.STAFF)
    client.set_cookie("lang", "en")
    page = text(client.get("/haulage/plans/new"))
    assert "There is no matching run to plan from" in page
    assert 'href="/runs/new"' in page


def test_a_planner_stops_a_plan(world, sign_in, session):
    plan = ask(session, world)
    client = sign_in(Role.PARK_MANAGER)
    assert f"/haulage/plans/{plan.id}/cancel" in text(client.get(f"/haulage/plans/{plan.id}"))
    assert client.post(f"/haulage/plans/{plan.id}/cancel").status_code == 303
    assert session.get(Job, plan.job_id, populate_existing=True).state == JobState.CANCELLED
    assert client.post(f"/haulage/plans/{plan.id}/cancel").status_code == 409


def test_the_fleet_shows_where_its_costs_come_from(planned, english):
    page = text(english.get("/haulage/fleet"))
    assert "3 trucks at 1 depots take 69 t at one go" in page
    assert "assumption" in page
    assert "Machine shop 1" in page
    assert "Mon, Wed" in page


def test_a_names_markup_is_text(planned, planner, session):
    with transaction(session):
        row = session.get(CollectionPlan, planned.id)
        places = dict(row.places)
        places["C1"] = {**places["C1"], "name_zh": "<script>alert(1)</script>"}
        row.places = places
        session.get(Collection, 1).name_zh = "<b>bold</b>"
    for address in (
        f"/haulage/plans/{planned.id}?vehicle=3",
        f"/haulage/plans/{planned.id}/sheets",
        "/haulage/fleet",
    ):
        page = text(planner.get(address))
        assert "<script>alert" not in page
        assert "<b>bold" not in page


def test_a_stopped_search_says_so(planned, english, session):
    with transaction(session):
        row = session.get(CollectionPlan, planned.id)
        row.summary = {**row.summary, "stopped": True}
    assert "stopped early" in text(english.get(f"/haulage/plans/{planned.id}"))


def test_the_number_of_trucks_on_the_page_is_that_of_the_tables(planned, english, session):
    page = text(english.get(f"/haulage/plans/{planned.id}"))
    rows = queries.routes(session, planned.id)
    assert page.count('class="tt-day"') == len(rows) == session.query(PlanRoute).count()


def test_the_page_says_what_a_plan_depends_on_and_repeats_it(planned, sign_in, session):
    client = sign_in(Role.PARK_MANAGER)
    client.set_cookie("lang", "en")
    page = text(client.get(f"/haulage/plans/{planned.id}"))
    count = f"{planned.summary['iterations']:,}"
    assert f"Seed 1, {count} iterations, wujin" in page
    assert "so this plan cannot be had again exactly" in page
    assert f"It makes {count} iterations and comes out the same every time" in page
    answer = client.post(f"/haulage/plans/{planned.id}/by-count")
    assert answer.status_code == 303
    again = session.get(CollectionPlan, 2)
    assert answer.location.endswith("/haulage/plans/2")
    assert again.parameters["max_iterations"] == planned.summary["iterations"]
    assert again.seed == planned.seed


def test_a_count_of_iterations_may_be_asked_for(world, sign_in, session):
    client = sign_in(Role.PARK_MANAGER)
    client.post("/haulage/plans/new", data=form_for(world, max_iterations="5000"))
    assert session.get(CollectionPlan, 1).parameters["max_iterations"] == 5000
    answer = client.post("/haulage/plans/new", data=form_for(world, max_iterations="-1"))
    assert answer.status_code == 422


def test_a_day_that_is_over_says_so_and_offers_no_change(planned, sign_in, clock):
    client = sign_in(Role.PARK_MANAGER)
    client.set_cookie("lang", "en")
    words = "The day of this plan is over; it stays as it was driven."
    page = text(client.get(f"/haulage/plans/{planned.id}"))
    assert words not in page
    assert f"/haulage/plans/{planned.id}/dispatch" in page
    # Monday is over when Tuesday begins in Luoyang, which is at four in the afternoon UTC.
    clock.at = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
    page = text(client.get(f"/haulage/plans/{planned.id}"))
    assert words in page
    assert f"/haulage/plans/{planned.id}/dispatch" not in page
    assert "/by-count" not in page
    desk = client.get(f"/haulage/plans/{planned.id}/dispatch")
    assert desk.status_code == 303
    assert desk.location.endswith(f"/haulage/plans/{planned.id}")


def test_other_plans_of_the_day_are_listed_and_compared(planned, english, session, sessions, world):
    other = carry_out(sessions, ask(session, world, loads_per_flow=1))
    elsewhere = carry_out(sessions, ask(session, world, planned_on=MONDAY + timedelta(days=1)))
    page = text(english.get(f"/haulage/plans/{planned.id}"))
    assert "Other plans of this day" in page
    assert f"/haulage/plans/{planned.id}/compare/{other.id}" in page
    assert elsewhere.ref not in page
    assert "The two plans drive the same." in text(
        english.get(f"/haulage/plans/{planned.id}/compare/{other.id}")
    )
    assert english.get(f"/haulage/plans/{planned.id}/compare/{elsewhere.id}").status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_loads_page_is_whole_in_both_languages(planned, planner, language):
    planner.set_cookie("lang", language)
    for tail in ("", "?net_t=2.5"):
        page = text(planner.get(f"/haulage/loads/2026-11-23/C1%231{tail}"))
        assert "%(" not in page
        assert "style=" not in page
        assert "None" not in page


def test_the_panel_says_how_good_the_best_plan_is_so_far(session, sessions, world, english):
    plan = ask(session, world)
    job = session.get(Job, plan.job_id)
    worker.freeze(sessions, plan.id, Progress(job.id, sessions))
    report = worker._reporter(Progress(job.id, sessions), sessions, plan.id)
    with transaction(session):
        job.state = JobState.RUNNING
    # 123,456 fen.
    report(routing.Progress(routing.Stage.IMPROVE, 0.5, 1.0, 123_456, 2))
    page = text(english.get(f"/haulage/plans/{plan.id}"))
    assert "The best plan so far costs ¥1,235 and leaves 2 loads over." in page
    assert "Cut empty kilometres" in page


def test_a_proven_bound_stands_beside_the_cost(planned, english, session):
    with transaction(session):
        row = session.get(CollectionPlan, planned.id)
        row.summary = {**row.summary, "cost_fen": 220_000, "bound_fen": 200_000}
    page = text(english.get(f"/haulage/plans/{planned.id}"))
    assert "Gap to the bound" in page
    assert "10.0" in page
    assert "% above the proven least, ¥2,000" in page
    with transaction(session):
        row.summary = {**row.summary, "bound_fen": None}
    page = text(english.get(f"/haulage/plans/{planned.id}"))
    assert "above the proven least" not in page
    assert "no bound proven for this plan" in page
