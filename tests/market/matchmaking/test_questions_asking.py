"""Asking of a saved run: bad addresses, runs that cannot be asked, privacy, and what it costs."""

import json
import re
from datetime import date

import pytest
import sqlalchemy as sa

from market.listings.rules import State
from market.matchmaking import questions
from market.matchmaking.models import MatchRun
from market.matchmaking.questions import Deadline, Kind, Question
from market.matchmaking.rules import RunStatus
from market.orgs.rules import Standing
from tests.factories import make_assay, make_listing
from tests.market.matchmaking import scene
from tests.market.matchmaking.test_worker import make_run, request


@pytest.fixture
def made(session, sessions):
    market = scene.make_market(session)
    return market, make_run(session, sessions, request(session, scene.actor_of(session)))


@pytest.fixture
def english(client):
    client.set_cookie("lang", "en")
    return client


@pytest.fixture
def ask(made, english):
    """Return a function that asks a question of the run and returns the answer."""
    _, run = made

    def get(code, **arguments):
        return english.get(f"/runs/{run.id}/questions/{code}", query_string=arguments)

    return get


def data_of(page, block_id):
    return json.loads(page.split(f'id="{block_id}-data">')[1].split("</script>")[0])


@pytest.mark.parametrize(
    "address",
    [
        "what-if?change=nonsense",
        "what-if?change=offer-tonnes&offer_id=999&value=5",
        "what-if?change=offer-tonnes&offer_id=x&value=5",
        "what-if?change=offer-tonnes&value=5",
        "what-if?change=radius&value=",
        "what-if?change=radius&value=nan",
        "what-if?change=radius&value=inf",
        "what-if?change=radius&value=0",
        "what-if?change=radius&value=1e9",
        "what-if?change=disposal&material_id=gold&value=3",
        "what-if?change=limit&want_id=999",
        "what-if?change=limit&want_id=1&limit=Gold|&value=3",
        "what-if?change=limit&limit=LOI|&value=3",
        "what-if?change=remove-plant&site_id=-1",
        "what-if?change=add-plant&use=cement_po|fly_ash&value=10&place=moon",
        "site?use=cement_po|gold&value=10",
        "site?use=cement_po|fly_ash&value=-1",
        "site?value=10",
        "reach?offer_id=٣",
        "mix?want_id=0",
        "mix/table.csv?want_id=0",
        "mix/table.csv",
    ],
)
def test_bad_parameters_are_refused_with_a_message(made, english, address):
    _, run = made
    answer = english.get(f"/runs/{run.id}/questions/{address}")
    assert answer.status_code == 422
    if address != "mix/table.csv":
        assert "error-summary" in answer.text


def test_what_was_typed_stays_in_the_field(made, ask):
    market, _ = made
    page = ask("what-if", change="offer-tonnes", offer_id=market.south.id, value="lots").text
    assert 'value="lots"' in page
    assert f'selected value="{market.south.id}"' in page
    assert "Enter a number." in page


def test_a_what_if_says_beside_its_figures_that_it_leaves_lots_aside(session, sessions, english):
    market = scene.make_market(session)
    said = []
    for months, min_lot_kg in ((2, None), (3, 1_000_000)):
        market.mill_a.min_lot_kg = min_lot_kg
        session.commit()
        asked = request(
            session, scene.actor_of(session), first_month=date(2026, 9, 1), months=months
        )
        run = make_run(session, sessions, asked)
        url = f"/runs/{run.id}/questions/what-if?change=remove-offer&offer_id={market.south.id}"
        page = english.get(url).text
        assert "Both best plans side by side" in page
        said.append("Before is not the run's own plan" in page.replace("&#39;", "'"))
    assert said == [False, True]


def test_every_kind_of_change_has_a_form(made, ask):
    for kind in Kind:
        assert ask("what-if", change=kind.value).status_code == 200
    for code in Question:
        assert ask(code.value).status_code == 200


def test_what_is_not_there_is_404(made, english):
    _, run = made
    assert english.get("/runs/999/questions").status_code == 404
    assert english.get("/runs/999/questions/loss").status_code == 404
    assert english.get(f"/runs/{run.id}/questions/meaning-of-life").status_code == 404


def test_a_run_that_has_not_ended_is_refused(session, client):
    scene.make_market(session)
    run = request(session, scene.actor_of(session))
    answer = client.get(f"/runs/{run.id}/questions/loss")
    assert answer.status_code == 409


def test_a_run_without_its_input_is_refused(made, session, english):
    _, run = made
    session.execute(sa.update(MatchRun).where(MatchRun.id == run.id).values(input_gz=None))
    session.commit()
    assert english.get(f"/runs/{run.id}/questions/loss").status_code == 409


@pytest.mark.parametrize(("gap", "status"), [(None, 409), (0.002, 409), (0.0005, 200)])
def test_a_run_must_be_proven_near_the_best_to_be_compared(made, session, english, gap, status):
    _, run = made
    change = {"status": RunStatus.FEASIBLE, "summary": {**run.summary, "gap": gap}}
    session.execute(sa.update(MatchRun).where(MatchRun.id == run.id).values(**change))
    session.commit()
    assert english.get(f"/runs/{run.id}/questions/loss").status_code == status


def test_listings_changed_meanwhile_are_not_compared(made, session, english):
    _, run = made
    summary = {**run.summary, "changed_meanwhile": 1}
    session.execute(sa.update(MatchRun).where(MatchRun.id == run.id).values(summary=summary))
    session.commit()
    answer = english.get(f"/runs/{run.id}/questions/what-if")
    assert answer.status_code == 409
    assert "a comparison would mislead" in answer.text


def test_a_firm_that_signed_up_stays_anonymous(session, sessions, english):
    market = scene.make_market(session)
    secret = make_listing(
        session,
        site=scene.place(session, 0.06, "Secret works", standing=Standing.MEMBER),
        mass_kg_per_year=5_000_000,
    )
    make_assay(session, secret, {"LOI": (3.0, 4.0, "%")})
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    secret.state = State.WITHDRAWN
    session.commit()
    url = f"/runs/{run.id}/questions"
    pages = [
        english.get(f"{url}/{address}").text
        for address in (
            "what-if?change=remove-offer",
            "what-if?change=add-plant",
            "loss",
            "site?use=cement_po|fly_ash&value=25000",
            "reach",
            f"mix?want_id={market.mill_a.id}",
            f"mix/table.csv?want_id={market.mill_a.id}",
            "site/table.csv?use=cement_po|fly_ash&value=25000",
        )
    ]
    assert all("Secret works" not in page for page in pages)
    assert all(f"L-{secret.id:04d}" not in page for page in pages)
    assert any("Anonymous firm" in page for page in pages)
    # It stands at 112.06 and is drawn on the grid of 0.05 degrees.
    points = data_of(pages[3], "site-map")["points"]
    hidden = [row for row in points if row["title"].startswith("Anonymous")]
    assert hidden
    assert {(row["lat"], row["lon"]) for row in hidden} == {(34.7, 112.05)}
    assert not any(row.get("url") for row in hidden)


def test_nobodys_own_disposal_cost_or_price_is_shown(session, sessions, english):
    market = scene.make_market(session)
    market.north.disposal_fen_per_t = 7_654_321
    market.north.price_fen_per_t = -1_234_567
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    for address in (
        "loss", f"reach?offer_id={market.north.id}",
        f"what-if?change=offer-tonnes&offer_id={market.north.id}&value=90000",
        "what-if?change=disposal&material_id=fly_ash&value=60",
    ):  # fmt: skip
        page = english.get(f"/runs/{run.id}/questions/{address}").text
        assert not re.search(r"76,?543|12,?345", page)


def test_asking_stores_nothing_and_costs_few_queries(made, client, app):
    from market.web.database import db

    market, run = made
    statements = []
    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for address, most in (
        ("loss", 4),
        (f"what-if?change=remove-plant&site_id={market.mill_a.site_id}", 3),
        (f"reach?offer_id={market.north.id}", 3),
        (f"mix?want_id={market.mill_a.id}", 3),
        ("site?use=cement_po|fly_ash&value=1000", 10),
    ):
        statements.clear()
        assert client.get(f"/runs/{run.id}/questions/{address}").status_code == 200
        assert len([s for s in statements if s.startswith("SELECT")]) <= most
        assert not [s for s in statements if s.startswith(("INSERT", "UPDATE", "DELETE"))]


def test_chinese_pages_have_chinese_words(made, client):
    market, run = made
    url = f"/runs/{run.id}/questions"
    answer = client.get(f"{url}/what-if?change=remove-plant&site_id={market.mill_b.site_id}").text
    assert "少安置 40,000 吨/年" in answer
    for code in Question:
        page = client.get(f"{url}/{code.value}").text
        assert "Reckoned with" not in page


@pytest.mark.parametrize("address", ["loss", "site?use=cement_po|fly_ash&value=1000"])
def test_an_answer_that_takes_too_long_is_stopped(made, english, monkeypatch, address):
    _, run = made
    monkeypatch.setattr(questions, "SITE_SECONDS", -1.0)
    monkeypatch.setattr(Deadline.__init__, "__defaults__", (-1.0,))
    answer = english.get(f"/runs/{run.id}/questions/{address}")
    assert answer.status_code == 409
    assert "seconds. Ask a smaller run." in answer.text


def test_receivers_that_time_leaves_out_are_counted(made, english, monkeypatch):
    market, run = made
    asked = []

    class Hurried(Deadline):
        """Lets the first receiver be tried and no more."""

        def __call__(self):
            asked.append(self)
            self.passed = len(asked) > 2
            return self.passed

    english.get(f"/runs/{run.id}/questions/loss")  # the plan itself is known by now
    monkeypatch.setattr(questions, "Deadline", Hurried)
    page = english.get(f"/runs/{run.id}/questions/loss").text
    assert "1 of the smaller ones were not tried" in page
    assert "Mill A" in page.split('<table class="tbl tbl-stack">')[1]
    assert f"/listings/{market.mill_b.id}" not in page
