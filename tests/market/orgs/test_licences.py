"""A firm keeps the licences of its sites; nobody else does, and what is wrong is named."""

from datetime import date

import pytest
import sqlalchemy as sa

from market.accounts.rules import Role
from market.audit import AuditEntry
from market.orgs.models import Licence
from tests.factories import make_licence, make_line, make_org, make_process, make_site


@pytest.fixture
def works(session):
    make_process(session)
    site = make_site(session, org=make_org(session))
    make_line(session, site=site)
    session.commit()
    return site


def answers(site, **fields):
    row = {
        "site_id": site.id,
        "number": "豫环许可危废字1号",
        "codes": "321-024-48, HW31",
        "tonnes": "15,000",
        "valid_to": "2028-12-31",
    }
    return {**row, **fields}


def new(works):
    return f"/orgs/{works.org_id}/licences/new"


def test_a_firm_adds_a_licence_and_its_page_shows_it(session, client, sign_in, works):
    sign_in(Role.RECEIVER, works.org_id)
    answer = client.post(new(works), data=answers(works))
    assert answer.status_code == 303
    licence = session.scalars(sa.select(Licence)).one()
    assert (licence.hw_codes, licence.mass_kg_per_year) == (["321-024-48", "HW31"], 15_000_000)
    assert licence.valid_to == date(2028, 12, 31)
    assert "豫环许可危废字1号" in client.get(answer.location).text
    assert session.scalars(sa.select(AuditEntry.verb)).all() == ["added"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"codes": "321-024"}, "321-024 is no code"),
        ({"codes": " "}, "codes it covers"),
        ({"tonnes": "0"}, "above 0"),
        ({"tonnes": "NaN"}, "Write a number such as"),
        ({"tonnes": "1e30"}, "Write a number such as"),
        ({"tonnes": "99999999"}, "up to 10,000,000"),
        ({"valid_to": "2028-13-01"}, "Write a date such as"),
        ({"number": "x" * 65}, "up to 64 characters"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_stored(
    session, client, sign_in, works, fields, said
):
    sign_in(Role.RECEIVER, works.org_id)
    client.set_cookie("lang", "en")
    answer = client.post(new(works), data=answers(works, **fields))
    assert answer.status_code == 422
    assert said in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(Licence)) == 0


def test_a_number_is_held_once(session, client, sign_in, works):
    make_licence(session, number="豫环许可危废字1号")
    sign_in(Role.RECEIVER, works.org_id)
    client.set_cookie("lang", "en")
    answer = client.post(new(works), data=answers(works))
    assert answer.status_code == 422
    assert "on record already" in answer.text


def test_it_is_renewed_and_taken_off(session, client, sign_in, works):
    licence = make_licence(session, site=works, valid_to=date(2020, 1, 1))
    session.commit()
    sign_in(Role.RECEIVER, works.org_id)
    address = f"/orgs/{works.org_id}/licences/{licence.id}"
    assert licence.number in client.get(address).text
    client.post(address, data=answers(works, valid_to="2029-01-01"))
    session.rollback()
    assert session.scalars(sa.select(Licence.valid_to)).all() == [date(2029, 1, 1)]
    assert client.post(f"{address}/remove").status_code == 303
    session.rollback()
    assert session.scalars(sa.select(Licence.valid_to)).all() == []


def test_nobody_else_changes_it(session, client, sign_in, works):
    licence = make_licence(session, site=works)
    other = make_site(session, org=make_org(session))
    session.commit()
    address = f"/orgs/{works.org_id}/licences/{licence.id}"
    assert client.get(address).status_code == 303
    sign_in(Role.RECEIVER, other.org_id)
    assert client.get(address).status_code == 403
    assert client.post(f"{address}/remove").status_code == 403
    assert client.post(new(works), data=answers(works)).status_code == 403
    theirs = f"/orgs/{other.org_id}/licences"
    assert client.get(f"{theirs}/{licence.id}").status_code == 404
    answer = client.post(f"{theirs}/new", data=answers(works))
    assert answer.status_code == 422
    assert session.scalars(sa.select(Licence)).one().site_id == works.id
