"""Pages of runs: what they show, to whom, and what they cost."""

import csv
import io
import json
import re

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from market import jobs
from market.accounts.rules import Role
from market.listings.rules import State
from market.matchmaking import exports, queries
from market.matchmaking.models import MatchRun
from market.matchmaking.rules import Objective
from market.orgs.models import Organisation
from market.orgs.rules import Standing
from tests.factories import make_assay, make_listing
from tests.market.matchmaking import scene
from tests.market.matchmaking.test_worker import make_run, request


@pytest.fixture
def made(session, sessions):
    """A finished run of the small market, with one refused pair beside it."""
    market = scene.make_market(session)
    poor = make_listing(session, site=scene.place(session, 0.15, "Poor ash"))
    make_assay(session, poor, {"LOI": (9.0, 9.5, "%")})
    session.commit()
    return market, make_run(session, sessions, request(session, scene.actor_of(session)))


@pytest.fixture
def english(client):
    client.set_cookie("lang", "en")
    return client


@pytest.fixture
def counted(app):
    """Return the statements of the next requests."""
    from market.web.database import db

    statements = []
    with app.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_rest):
        statements.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    yield statements
    sa.event.remove(engine, "before_cursor_execute", note)


def text(response):
    assert response.status_code == 200, response.text
    return response.text


def test_the_result_says_what_is_placed_and_that_it_is_proven(made, english):
    _, run = made
    page = text(english.get(f"/runs/{run.id}"))
    assert "Places 120.0 kt of 250.0 kt a year; 130.0 kt have nowhere to go." in page
    assert "Optimal, gap 0.0 %" in page
    assert "Independent check passed" in page
    assert "Poor ash" in page
    assert f"Seed {run.seed}" in page
    assert "ortools 9.15" in page


def test_the_map_draws_exactly_the_flows_of_the_table(made, english, session):
    _, run = made
    page = text(english.get(f"/runs/{run.id}"))
    block = page.split('id="run-map-data">')[1].split("</script>")[0]
    drawn = json.loads(block)
    assert sum(flow["tonnes"] for flow in drawn["flows"]) == run.summary["tonnes"]
    assert len(drawn["flows"]) == run.summary["flows"]


def test_the_table_sorts_on_the_server_and_turns_round(made, english):
    market, run = made

    def order(query):
        page = text(english.get(f"/runs/{run.id}?{query}"))
        table = page.split('id="flows"')[1].split("</table>")[0]
        return [table.find(f'/flows/{o.id}-{w.id}"') for o, w in
                [(market.south, market.mill_b), (market.north, market.mill_a)]]  # fmt: skip

    near_first, far_first = order("sort=mass&dir=asc"), order("sort=mass&dir=desc")
    assert (near_first[0] < near_first[1]) != (far_first[0] < far_first[1])


def test_a_flow_explains_its_value_and_its_margins(made, english):
    market, run = made
    page = text(english.get(f"/runs/{run.id}/flows/{market.south.id}-{market.mill_b.id}"))
    assert "Disposal saved" in page
    assert "+50.0" in page
    assert "Loss on ignition" in page
    assert "≤ 8 %" in page
    assert "4 % left" in page
    # Each line names the factor it was reckoned with, its value and its source.
    told = " ".join(re.sub(r"<[^>]*>", "", page).split())
    for line in ("Disposal saved disp_class1 50", "Raw material replaced pr_clinker 200",
                 "Carbon saved co2_clinker 0.8", "Carbon saved pr_cea 100",
                 "Freight fr_long 0.3", "Carbon of the haul tr_heavy_diesel_truck_30_t 0.1"):  # fmt: skip
        assert line in told
    assert told.count("test · checked against the original · high confidence") >= 8
    assert "more limit" not in page
    assert re.search(r"Net CO2 saved, haulage taken off ?[\d.,]+ kg/t \([\d.,]+ to [\d.,]+\)", told)
    assert english.get(f"/runs/{run.id}/flows/{market.south.id}-999").status_code == 404


def test_refusals_carry_value_limit_source_and_remedy(made, english):
    _, run = made
    page = text(english.get(f"/runs/{run.id}/refusals?reason=limit_exceeded"))
    assert "Loss on ignition 9.5 %, limit ≤ 8 %" in page
    assert "GB/T 1596-2017 T2" in page
    assert "Loss on ignition down from 9.5 % to 8 %" in page


def test_prices_are_listed_for_both_sides(made, english):
    _, run = made
    wants = text(english.get(f"/runs/{run.id}/listings?side=want"))
    assert "Mill A" in wants
    offers = text(english.get(f"/runs/{run.id}/listings"))
    assert "all of them refuse it" in offers


def test_files_hold_the_same_flows_as_the_table(made, client, session):
    _, run = made
    lines = client.get(f"/runs/{run.id}/download/flows.csv").data.decode("utf-8-sig").splitlines()
    assert len(lines) == 1 + run.summary["flows"]
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(client.get(f"/runs/{run.id}/download/run.xlsx").data)
    )
    flows = book.get_sheet_by_index(0).to_python()
    assert sum(row[8] for row in flows[1:]) == run.summary["tonnes"]
    assert len(book.sheet_names) == 4
    drawn = client.get(f"/runs/{run.id}/download/flows.geojson").get_json(force=True)
    assert len(drawn["features"]) == run.summary["flows"]
    assert client.get(f"/runs/{run.id}/download/secrets").status_code == 404


def test_the_sheet_of_refusals_gives_every_reason_the_page_gives(session, sessions, english):
    scene.make_market(session)
    scene.make_limit(session, "cement_po", "fly_ash", property="SO3", value=3.0)
    poor = make_listing(session, site=scene.place(session, 0.15, "Poor ash"))
    make_assay(session, poor, {"LOI": (9.0, 9.5, "%"), "SO3": (4.0, 4.5, "%")})
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    page = text(english.get(f"/runs/{run.id}/refusals"))
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(english.get(f"/runs/{run.id}/download/run.xlsx").data)
    )
    rows = [row for row in book.get_sheet_by_index(2).to_python() if row[1] == "Poor ash (demo)"]
    assert len(rows) == page.count("Poor ash (demo) → ") > 0
    for row in rows:
        assert "Loss on ignition 9.5 %, limit ≤ 8 %" in row[8]
        assert "4.5 %, limit ≤ 3 %" in row[8]
        assert {"Loss on ignition down from 9.5 % to 8 %"} < set(row[10].split("; "))
        assert all(said in page for column in (8, 10) for said in row[column].split("; "))
        assert f"{row[6]:,.0f} km" in page


def test_the_whole_input_is_for_overseers(made, client, sign_in):
    _, run = made
    url = f"/runs/{run.id}/download/problem.json"
    assert client.get(url).status_code == 403
    sign_in(Role.PRODUCER)
    assert client.get(url).status_code == 403
    sign_in(Role.STAFF)
    assert client.get(url).get_json()["format"] == 1


def test_a_cell_that_looks_like_a_formula_is_made_harmless():
    sheet = exports.Sheet("s", ("name",), [["=1+1"], ["@x"], [-3.5], ["Mill A"]])
    assert exports.as_csv(sheet).decode("utf-8-sig").split() == [
        "name",
        "'=1+1",
        "'@x",
        "-3.5",
        "Mill",
        "A",
    ]


def test_nobody_starts_repeats_or_stops_a_run_without_signing_in(made, client, session):
    _, run = made
    before = session.scalar(sa.select(sa.func.count()).select_from(MatchRun))
    for url in ("/runs/new", f"/runs/{run.id}/repeat", f"/runs/{run.id}/cancel"):
        assert client.post(url, data={"objective": "tonnes", "radius_km": "200"}).status_code in {
            302,
            303,
            401,
        }
    session.commit()
    assert session.scalar(sa.select(sa.func.count()).select_from(MatchRun)) == before


def test_a_firm_asks_for_a_run_and_sees_its_progress(session, client, sign_in):
    scene.make_market(session)
    sign_in(Role.PRODUCER)
    client.set_cookie("lang", "en")
    sent = {"objective": "value", "radius_km": "150", "material_ids": ["fly_ash"]}
    first = client.post("/runs/new", data=sent)
    again = client.post("/runs/new", data=sent)
    assert first.status_code == 303
    assert first.location == again.location
    run = session.scalars(sa.select(MatchRun)).one()
    assert (run.objective, run.radius_m, run.material_ids) == (
        Objective.VALUE,
        150_000,
        ["fly_ash"],
    )
    page = text(client.get(first.location))
    assert "Waiting for a free worker" in page
    assert 'hx-get="/runs/' in page


def test_wrong_answers_are_named_at_the_field_and_kept(session, client, sign_in):
    scene.make_market(session)
    sign_in(Role.RECEIVER)
    client.set_cookie("lang", "en")
    response = client.post("/runs/new", data={"objective": "tonnes", "radius_km": "5000"})
    assert response.status_code == 422
    assert response.text.count("Enter whole kilometres from 1 to 1000.") == 2
    assert 'value="5000"' in response.text


def test_another_persons_run_is_not_theirs_to_stop(session, client, sign_in):
    scene.make_market(session)
    run = request(session, scene.actor_of(session))
    sign_in(Role.RECEIVER)
    assert client.post(f"/runs/{run.id}/cancel").status_code == 403
    sign_in(Role.PARK_MANAGER)
    client.set_cookie("lang", "en")
    assert client.post(f"/runs/{run.id}/cancel").status_code == 303
    assert "stopped before it had a result" in text(client.get(f"/runs/{run.id}"))


def test_a_finished_run_refreshes_the_panel_that_watches_it(made, client, session):
    _, run = made
    session.execute(sa.update(jobs.Job).values(state=jobs.JobState.DONE))
    session.commit()
    assert client.get(f"/runs/{run.id}/progress").headers["HX-Refresh"] == "true"


def test_a_failed_run_says_why(session, client):
    scene.make_market(session)
    run = request(session, scene.actor_of(session))
    session.execute(sa.update(jobs.Job).values(state=jobs.JobState.FAILED, error="2 faults: x"))
    session.commit()
    assert "2 faults: x" in text(client.get(f"/runs/{run.id}"))


def test_a_firm_that_signed_up_stays_anonymous_to_strangers(session, sessions, client, sign_in):
    market = scene.make_market(session)
    session.get_one(Organisation, market.mill_a.org_id).standing = Standing.MEMBER
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    hidden = market.mill_a.id
    urls = [
        f"/runs/{run.id}{rest}"
        for rest in ("", "/download/flows.csv", "/download/flows.geojson", "/listings?side=want")
    ]
    assert all("Mill A" in client.get(url).data.decode() for url in (f"/listings/{hidden}", *urls))
    market.mill_a.state = State.WITHDRAWN
    session.commit()
    assert client.get(f"/listings/{hidden}").status_code == 404
    for url in urls:
        page = client.get(url).data.decode()
        assert "Mill A" not in page
        assert f"L-{hidden:04d}" not in page
        assert f"/listings/{hidden}" not in page
        assert not re.search(rf'/flows/\d+-{hidden}"', page)
        assert "Mill B" in page
    sign_in(Role.PARK_MANAGER)
    assert "Mill A" in client.get(f"/runs/{run.id}").text


def test_no_figure_leads_to_the_site_of_a_hidden_firm(session, sessions, client):
    market = scene.make_market(session)
    session.get_one(Organisation, market.mill_a.org_id).standing = Standing.MEMBER
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    url = f"/runs/{run.id}/download"
    known = [row for row in flow_rows(client, url) if row["to"].startswith("Mill A")]
    assert known
    assert all(float(row["km"]) == round(float(row["km"]), 1) for row in known)
    market.mill_a.state = State.WITHDRAWN
    session.commit()
    hidden = [row for row in flow_rows(client, url) if "nonymous" in row["to"]]
    assert len(hidden) == len(known)
    for row in hidden:
        assert float(row["km"]) % 5 == 0
        assert float(row["tonne_km"]) == pytest.approx(float(row["tonnes"]) * float(row["km"]))
        assert row["value"] == ""
    roads = [
        row["properties"]["road_km"]
        for row in client.get(f"{url}/flows.geojson").get_json(force=True)["features"]
        if "nonymous" in row["properties"]["to"]
    ]
    assert roads
    assert all(road % 5 == 0 for road in roads)


FLOW_COLUMNS = (
    "offer", "from", "place", "want", "to", "place_to", "material", "process", "tonnes", "km",
    "tonne_km", "value", "estimate",
)  # fmt: skip


def flow_rows(client, url):
    client.set_cookie("lang", "en")
    text_of_file = client.get(f"{url}/flows.csv").data.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text_of_file), FLOW_COLUMNS))[1:]


def test_why_a_pair_was_joined_stays_with_the_two_once_a_listing_is_withdrawn(
    session, sessions, english, sign_in, app
):
    market = scene.make_market(session)
    poor = make_listing(session, site=scene.place(session, 0.15, "Poor ash"))
    make_assay(session, poor, {"LOI": (9.125, 9.25, "%")})
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    flow = next(row for row in queries.flows(session, run.id) if row.offer_id == market.south.id)
    pages = (
        f"/runs/{run.id}/flows/{flow.offer_id}-{flow.want_id}",
        f"/runs/{run.id}/questions/reach?offer_id={flow.offer_id}",
        f"/runs/{run.id}/questions/reach/table.csv?offer_id={flow.offer_id}",
        f"/runs/{run.id}/questions/what-if?change=remove-offer&offer_id={flow.offer_id}",
        f"/runs/{run.id}/questions/what-if?and=change%3Dremove-offer%26offer_id%3D{flow.offer_id}",
    )
    assert [english.get(page).status_code for page in pages] == [200] * 5
    refusals = f"/runs/{run.id}/refusals"
    assert "9.25" in english.get(refusals).text
    market.south.state = poor.state = State.WITHDRAWN
    session.commit()
    assert [english.get(page).status_code for page in pages] == [404] * 5
    assert pages[0] not in english.get(f"/runs/{run.id}").text
    assert "9.25" not in english.get(refusals).text
    assert f'value="{flow.offer_id}"' not in english.get(f"/runs/{run.id}/questions/reach").text
    sign_in(Role.PARK_MANAGER)
    assert [english.get(page).status_code for page in pages] == [200] * 5
    assert "9.25" in english.get(refusals).text


def test_runs_are_listed_newest_first(made, english):
    _, run = made
    page = text(english.get("/runs"))
    assert run.ref in page
    assert "Proven optimum" in page
    assert english.get("/runs/99").status_code == 404


def test_the_result_page_asks_the_database_few_questions(made, client, counted):
    _, run = made
    client.get(f"/runs/{run.id}")
    assert len([s for s in counted if s.startswith("SELECT")]) <= 11


def test_every_code_of_the_engine_has_words_in_both_languages(app):
    from flask_babel import force_locale

    from market.matchmaking import labels, store, worker
    from matching.problem import Severity
    from matching.result import Finding, Lift, LiftKind, LineKind, Reason, Remainder, Stage, Status

    assert set(labels.REASONS) == set(Reason)
    assert set(labels.REMAINDERS) == set(Remainder)
    assert set(labels.LINES) == set(LineKind)
    assert set(worker.SHOWN_AS) == set(Stage)
    assert set(store.STATUS) == set(Status)
    for locale in ("en", "zh_Hans"):
        with app.test_request_context(), force_locale(locale):
            for reason in Reason:
                for severity in (Severity.BLOCK, Severity.WARN):
                    assert labels.reason_words(Finding(reason, severity, name="LOI")).sentence
            for kind in LiftKind:
                lift = Lift(kind, "LOI", 9.0, 8.0, "%")
                finding = Finding(
                    Reason.LIMIT_EXCEEDED, Severity.BLOCK, name="LOI", value=9.0, lift=lift
                )
                assert labels.remedy(finding)
