"""What a firm reads of collection: its own loads, and nothing of another firm's."""

import re

import pytest
import sqlalchemy as sa

from market.accounts.rules import Role
from market.haulage import queries
from market.haulage.models import PlanLoad, PlanUnserved
from market.haulage.rules import Verb
from market.listings.models import Listing
from tests.factories import make_org
from tests.market.haulage.test_dispatch import do
from tests.market.haulage.test_views import text

RECORD = "/haulage/loads/2026-11-23/C1%231"


def rows(page: str) -> list[str]:
    return re.findall(r'href="/haulage/loads/(2026-11-23/[^"]+)"', page)


def firm(session, listing: Listing) -> int:
    """Give the listing to a firm of its own."""
    listing.org_id = make_org(session).id
    session.commit()
    return listing.org_id


def test_a_firm_reads_every_load_at_whose_ends_it_is(planned, world, sign_in, session):
    client = sign_in(Role.RECEIVER, world.wants["fly_ash"].org_id)
    client.set_cookie("lang", "en")
    page = text(client.get("/haulage/loads"))
    count = sum(
        session.scalar(sa.select(sa.func.count()).select_from(table))
        for table in (PlanLoad, PlanUnserved)
    )
    assert len(rows(page)) == count > 2
    assert "left over, no truck" in page
    assert text(client.get(RECORD))
    assert 'href="/haulage/plans/1"' not in text(client.get(RECORD))


def test_the_sender_reads_what_it_sends_alone(planned, world, sign_in, session):
    org_id = firm(session, world.offers["fly_ash"])
    sent = {row.load_key for row in queries.loads(session, 1) if row.material_id == "fly_ash"}
    sent |= {
        row.load_key
        for row in queries.unserved(session, 1)
        if row.offer_id == world.offers["fly_ash"].id
    }
    client = sign_in(Role.PRODUCER, org_id)
    client.set_cookie("lang", "en")
    page = text(client.get("/haulage/loads"))
    assert (
        {row.removeprefix("2026-11-23/").replace("%23", "#") for row in rows(page)} == sent != set()
    )
    assert "to " in page
    assert client.get(RECORD).status_code == 404


def test_to_another_firm_no_load_exists(planned, sign_in, session):
    client = sign_in(Role.PRODUCER, make_org(session).id)
    client.set_cookie("lang", "en")
    page = text(client.get("/haulage/loads"))
    assert rows(page) == []
    assert "No truck is planned to your sites yet" in page
    assert client.get(RECORD).status_code == 404


def test_visitors_sign_in_first_and_planners_have_their_plans(planned, client, sign_in):
    for page in (RECORD, "/haulage/loads"):
        assert "/sign-in" in client.get(page).location
    sign_in(Role.PARK_MANAGER)
    assert client.get(RECORD).status_code == 200
    assert client.get("/haulage/loads").status_code == 403


def test_the_list_follows_the_plan_that_counts(planned, world, sign_in, session):
    client = sign_in(Role.RECEIVER, world.wants["fly_ash"].org_id)
    client.set_cookie("lang", "en")
    before = text(client.get("/haulage/loads"))
    do(session, world.manager, 1, Verb.TAKE_OFF, load="C1#1")
    after = text(client.get("/haulage/loads"))
    assert sorted(rows(before)) == sorted(rows(after))
    assert after.count("left over, no truck") == before.count("left over, no truck") + 1


@pytest.mark.parametrize(
    ("net", "told"),
    [
        ("abc", "Write a number with a point and without the unit: 28.4"),
        ("28,4", "Write a number with a point and without the unit: 28.4"),
        ("28.4 t", "Write a number with a point and without the unit: 28.4"),
        ("-1", "Enter a number from 0 to 1000."),
        ("1001", "Enter a number from 0 to 1000."),
    ],
)
def test_a_ticket_that_is_no_mass_is_told_of(planned, client, sign_in, net, told):
    sign_in(Role.PARK_MANAGER)
    client.set_cookie("lang", "en")
    answer = client.get(RECORD, query_string={"net_t": net})
    assert answer.status_code == 422
    assert told in answer.text
    assert "weighed," not in answer.text


def test_the_menu_shows_each_its_own_entry(planned, world, client, sign_in):
    client.set_cookie("lang", "en")
    entries = ('href="/haulage/"', 'href="/haulage/loads"')
    home = text(client.get("/market"))
    assert [entry in home for entry in entries] == [False, False]
    sign_in(Role.PRODUCER, world.offers["fly_ash"].org_id)
    home = text(client.get("/market"))
    assert [entry in home for entry in entries] == [False, True]
    sign_in(Role.STAFF)
    home = text(client.get("/market"))
    assert [entry in home for entry in entries] == [True, False]


def test_a_load_drafts_a_consignment_that_keeps_the_tickets_mass(
    planned, client, sign_in, world, session
):
    """The first visit to C1 takes 2.4 t; the ticket says 2.5 t."""
    draft = f"{RECORD}/consignment.json"
    sign_in(Role.RECEIVER, world.wants["scrap_steel"].org_id)
    assert f'href="{draft}"' in client.get(RECORD).text
    told = client.get(draft)
    assert "filename=2026-11-23-C1#1.json" in told.headers["Content-Disposition"].replace('"', "")
    assert told.json["ticket"] is None
    load = told.json["load"]
    assert (load["number"], load["mass_kg"]) == ("2026-11-23/C1#1", 2400)
    assert load["loading_starts_at"].endswith("+08:00")
    assert f'href="{draft}?net_t=2.5"' in client.get(RECORD, query_string={"net_t": "2.5"}).text
    ticket = client.get(draft, query_string={"net_t": "2.5"}).json["ticket"]
    assert ticket == {"planned_kg": 2400, "net_kg": 2500, "difference_kg": 100}
    stranger = make_org(session).id
    session.commit()
    sign_in(Role.RECEIVER, stranger)
    assert client.get(draft).status_code == 404
