"""A firm says on which days its use stands still; only its own people see the form."""

from datetime import date

import pytest
import sqlalchemy as sa

from market.accounts.rules import Role
from market.matchmaking.models import OwnStop
from tests.market.matchmaking import scene

JUNE = {"first_on": "2027-06-01", "last_on": "2027-06-20", "note": "Overhaul"}


@pytest.fixture
def market(session):
    return scene.make_kiln_market(session)


def owner_of(sign_in, listing):
    client = sign_in(Role.RECEIVER, listing.org_id)
    client.set_cookie("lang", "en")
    return client


def days(session):
    session.rollback()
    return [(row.first_on, row.last_on, row.note) for row in session.scalars(sa.select(OwnStop))]


def test_days_are_said_once_and_taken_back(session, sign_in, market):
    url = f"/listings/{market.kiln.id}/stops"
    client = owner_of(sign_in, market.kiln)
    assert "Days on which it stands still" in client.get(f"/listings/{market.kiln.id}").text
    for _ in range(2):
        assert client.post(url, data=JUNE).status_code == 303
    assert days(session) == [(date(2027, 6, 1), date(2027, 6, 20), "Overhaul")]
    assert "Overhaul" in client.get(url).text
    stop_id = session.scalars(sa.select(OwnStop.id)).one()
    assert client.post(url, data={"drop": str(stop_id)}).status_code == 303
    assert days(session) == []
    assert client.post(url, data={"drop": str(stop_id)}).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"first_on": ""}, "first_on", "Answer this to go on"),
        ({"first_on": "2027-02-30"}, "first_on", "Write the day as 2027-06-15"),
        ({"last_on": "2027-05-31"}, "last_on", "This is before the first day"),
        (
            {"first_on": "2020-01-01", "last_on": "2020-01-02"},
            "last_on",
            "These days are over: runs plan what comes",
        ),
        ({"note": "x" * 201}, "note", "At most 200 characters"),
    ],
)
def test_a_wrong_day_is_told_at_its_field(session, sign_in, market, wrong, field, words):
    client = owner_of(sign_in, market.kiln)
    answer = client.post(f"/listings/{market.kiln.id}/stops", data={**JUNE, **wrong})
    assert answer.status_code == 422
    assert f'id="{field}-error">{words}' in answer.text
    assert days(session) == []


def test_others_have_no_such_page_and_offers_neither(session, client, sign_in, market):
    url = f"/listings/{market.kiln.id}/stops"
    assert client.get(url).status_code in {302, 303, 403}
    stranger = sign_in(Role.RECEIVER, market.ash.org_id)
    assert stranger.get(url).status_code == 404
    assert stranger.post(url, data=JUNE).status_code == 404
    assert stranger.get(f"/listings/{market.ash.id}/stops").status_code == 404
    assert days(session) == []


def test_the_page_speaks_chinese(sign_in, market):
    client = owner_of(sign_in, market.kiln)
    client.set_cookie("lang", "zh")
    text = client.get(f"/listings/{market.kiln.id}/stops").text
    for words in ("自报停产", "停产首日", "停产末日", "法规要求的停产已在目录中"):
        assert words in text
