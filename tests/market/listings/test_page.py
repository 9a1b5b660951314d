"""The page of one listing: what can be agreed, what is only estimated, what is refused."""

import re

import pytest

from market.listings.models import Listing
from market.listings.rules import Basis
from tests.factories import make_assay, make_listing
from tests.market.matchmaking import scene


@pytest.fixture
def market(session, client):
    client.set_cookie("lang", "en")
    return scene.make_market(session)


def estimate(session, listing):
    session.get_one(Listing, listing.id).basis = Basis.ESTIMATE
    session.commit()


def lead(page):
    return re.search(r'<p class="lead">(.*?)</p>', page, re.DOTALL)[1].strip()


def test_an_estimate_is_counted_and_listed_apart(session, client, market):
    estimate(session, market.mill_a)
    page = client.get(f"/listings/{market.north.id}").text
    assert "1 could be agreed; 1 estimate, to be confirmed first; 0 refused" in page
    assert lead(page).startswith("It can go to 1 place")
    assert page.index("Mill B") < page.index("Estimates that would fit") < page.rindex("Mill A")
    assert '"estimate": true, "family": null' in page
    prices = page[page.index("Where both sides gain") : page.index("Below the first")]
    assert re.findall(r'<th scope="row">(\d+)</th>', prices) == ["1"]


def test_estimates_alone_are_no_agreement(session, client, market):
    estimate(session, market.mill_a)
    estimate(session, market.mill_b)
    page = client.get(f"/listings/{market.north.id}").text
    assert "0 could be agreed; 2 estimates, to be confirmed first" in page
    assert lead(page).startswith("Nothing can be agreed yet; 2 estimated places would fit")


def test_an_estimates_own_page_promises_nothing(session, client, market):
    estimate(session, market.north)
    assert "0 could be agreed; 2 estimates" in client.get(f"/listings/{market.north.id}").text


def test_both_kinds_of_rows_name_the_road(session, client, market):
    poor = make_listing(session, site=scene.place(session, 0.15, "Poor ash"))
    make_assay(session, poor, {"LOI": (9.0, 9.5, "%"), "TiO2": (1.0, 1.0, "%")})
    session.commit()
    good = client.get(f"/listings/{market.mill_b.id}").text
    bad = client.get(f"/listings/{poor.id}").text
    refused = re.search(r"Poor ash[^<]*· (\d+) km", good)[1]
    assert re.search(rf"Mill B[^<]*· {refused} km", bad)
    assert "1 without a limit" in bad
