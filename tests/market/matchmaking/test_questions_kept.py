"""Several changes at once, and questions that a job works out: by hand on the small market.

North 100 kt at 0.0, Mill A 80 kt at 0.1, South 50 kt at 0.2, Mill B 40 kt at 0.3 degrees; the best
plan fills both mills with 120 of the 150 kt.
"""

import csv
import io
import re
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from market import jobs
from market.accounts.rules import Role
from market.matchmaking import kept_questions, question_worker
from market.matchmaking.question_models import KeptQuestion
from tests.market.matchmaking import scene
from tests.market.matchmaking.test_worker import make_run, request


@pytest.fixture
def made(session, sessions):
    market = scene.make_market(session)
    return market, make_run(session, sessions, request(session, scene.actor_of(session)))


@pytest.fixture
def member(sign_in):
    """Return somebody who signed in, reading English."""
    client = sign_in(Role.PRODUCER)
    client.set_cookie("lang", "en")
    return client


def change(kind, **fields):
    return urlencode({"change": kind, **fields})


def lead(page):
    return re.sub(r"\s+", " ", page.split('id="answer">')[1].split("</p>")[0]).strip()


def worked_out(session, sessions):
    session.rollback()
    row = session.scalars(sa.select(KeptQuestion).order_by(KeptQuestion.id.desc())).first()
    question_worker.answer(sessions, row.id, jobs.Progress(row.job_id, sessions))
    session.rollback()
    return row


def test_changes_stand_behind_one_another(made, client):
    market, run = made
    client.set_cookie("lang", "en")
    url = f"/runs/{run.id}/questions/what-if"
    # Mill A stands still, then Mill B takes 60 kt: South's 50 kt and 10 kt of North's.
    earlier = [
        change("stoppage", listing_id=market.mill_a.id, first="year", last="year", value=0),
        change("want-tonnes", want_id=market.mill_b.id, value=60_000),
    ]
    page = client.get(url, query_string={"and": earlier}).text
    assert "With these 2 changes: 60,000 t a year less are placed." in lead(page)
    assert page.count("Take out") == 2
    # A store changes nothing of a year taken as one; the third change says what was before it.
    page = client.get(
        url,
        query_string={
            "and": earlier, "change": "want-tonnes", "want_id": market.mill_b.id, "value": 40_000,
        },
    ).text  # fmt: skip
    assert "takes 40,000 t a year instead of 60,000" in page
    assert "With these 3 changes: 80,000 t a year less are placed." in lead(page)
    rows = list(csv.DictReader(io.StringIO(
        client.get(f"{url}/table.csv", query_string={"and": earlier}).data.decode("utf-8-sig")
    )))  # fmt: skip
    assert [float(row["Difference"]) for row in rows if row["Figure"] == "Placed"] == [-60_000]
    mine = [row for row in rows if row["Figure"] == "takes" and row["Unit"] == "t/a"]
    assert {row["From"].split(" (")[0]: float(row["Difference"]) for row in mine} == {
        "Mill A": -80_000, "Mill B": 20_000,
    }  # fmt: skip


def test_a_change_that_no_longer_fits_is_said(made, client):
    market, run = made
    client.set_cookie("lang", "en")
    gone = change("remove-offer", offer_id=market.north.id)
    answer = client.get(
        f"/runs/{run.id}/questions/what-if",
        query_string={
            "and": [gone, change("offer-tonnes", offer_id=market.north.id, value=5)],
            "change": "offer-tonnes", "offer_id": market.north.id, "value": "7",
        },
    )  # fmt: skip
    assert answer.status_code == 422
    assert "Choose one of the list." in answer.text
    assert "A change named before no longer fits and was left out." in answer.text
    # What does fit is answered all the same: without North, South's 50 kt are placed.
    assert "70,000 t a year less are placed." in lead(answer.text)


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("storage", {"value": 5, "opening": 9, "cost": 1}, "No more can be in store"),
        ("storage", {"value": 5, "opening": 1}, "Enter a number."),
        ("stoppage", {"first": "year", "last": "never", "value": 3}, "Choose one of the list."),
        ("amount", {"month": "year", "value": -1}, "Enter a number from 0"),
        ("freight", {"value": 0.5, "fixed": "x"}, "Enter a number."),
        ("carbon", {"value": -5}, "Enter a number from 0"),
    ],
)
def test_errors_stand_at_their_field(made, client, kind, fields, words):
    market, run = made
    client.set_cookie("lang", "en")
    own = {} if kind in {"freight", "carbon"} else {"listing_id": market.north.id}
    answer = client.get(
        f"/runs/{run.id}/questions/what-if", query_string={"change": kind, **own, **fields}
    )
    assert answer.status_code == 422
    assert words in answer.text.split('fld-error"')[1][:300]


def test_freight_and_carbon_move_money_and_no_tonne(made, client):
    _, run = made
    client.set_cookie("lang", "en")
    url = f"/runs/{run.id}/questions/what-if"
    page = client.get(url, query_string={"change": "freight", "value": 9, "fixed": 0}).text
    assert "Not a tonne more or less is placed. Net value falls by" in lead(page)
    page = client.get(url, query_string={"change": "carbon", "value": 1000}).text
    assert "If a tonne of CO₂ cost 1,000 yuan instead of" in lead(page)


def test_a_question_is_worked_out_kept_and_is_its_askers_alone(
    made, member, session, sessions, sign_in
):
    market, run = made
    url = f"/runs/{run.id}/questions/what-if"
    sent = {"and": [change("remove-plant", site_id=market.mill_b.site_id)]}
    asked = member.post(f"{url}/keep", data=sent)
    again = member.post(f"{url}/keep", data=sent)
    assert asked.status_code == 303
    assert asked.location == again.location, "asked twice, worked out once"
    assert 'id="job-panel"' in member.get(asked.location).text
    live = member.get(url, query_string=sent).text
    worked_out(session, sessions)
    page = member.get(asked.location).text
    assert lead(page) == lead(live)
    assert "40,000 t a year less are placed." in lead(page)
    tables = [text.split("<tbody>")[1].split("</tbody>")[0] for text in (page, live)]
    assert tables[0] == tables[1]
    assert (
        member.get(f"{asked.location}/table.csv").data
        == member.get(f"{url}/table.csv", query_string=sent).data
    )
    assert asked.location in member.get(f"/runs/{run.id}/questions").text
    other = sign_in(Role.PRODUCER)
    for address in ("", "/table.csv", "/progress"):
        assert other.get(asked.location + address).status_code == 404
    assert other.post(f"{asked.location}/cancel").status_code == 404
    assert asked.location not in other.get(f"/runs/{run.id}/questions").text


def test_a_waiting_question_can_be_stopped(made, member, session):
    market, run = made
    sent = {"and": [change("remove-offer", offer_id=market.south.id)]}
    asked = member.post(f"/runs/{run.id}/questions/what-if/keep", data=sent)
    assert member.post(f"{asked.location}/cancel").status_code == 303
    assert "stopped before it had an answer" in member.get(asked.location).text
    session.rollback()
    job = session.scalars(sa.select(jobs.Job).where(jobs.Job.kind == kept_questions.KIND)).one()
    assert job.state == jobs.JobState.CANCELLED
    # Asked again it is a new one.
    assert member.post(f"/runs/{run.id}/questions/what-if/keep", data=sent).location != (
        asked.location
    )


def test_nothing_asked_is_nothing_kept(made, member, client, session):
    _, run = made
    url = f"/runs/{run.id}/questions"
    assert member.post(f"{url}/what-if/keep", data={"and": ["change=gold"]}).status_code == 303
    assert member.post(f"{url}/reach/keep").status_code == 404
    session.rollback()
    assert session.scalar(sa.select(sa.func.count()).select_from(KeptQuestion)) == 0


def test_the_whole_table_of_losses_is_made_once_for_everybody(made, member, session, sessions):
    _, run = made
    url = f"/runs/{run.id}/questions/loss"
    offers = member.get(url, query_string={"of": "offers"}).text
    # Without North, South's 50 kt are placed; without South, North fills Mill A and 20 kt of B.
    assert "If North (demo) stops, receivers get 70,000 t a year less" in lead(offers)
    asked = member.post(f"{url}/keep")
    worked_out(session, sessions)
    assert member.get(asked.location).location == url
    table = kept_questions.loss_table(session, run.id)
    assert [(row.took_t, row.stranded_t) for row in table.plants] == [
        (80_000, 80_000), (40_000, 40_000),
    ]  # fmt: skip
    assert [(row.took_t, row.stranded_t) for row in table.offers] == [
        (80_000, 70_000), (40_000, 20_000),
    ]  # fmt: skip
    assert lead(member.get(url, query_string={"of": "offers"}).text) == lead(offers)
