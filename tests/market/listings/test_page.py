"""The page of one listing: what can be agreed, what is only estimated, what is refused."""

import re

import pytest

from market.catalogue.rules import Operator
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


def test_a_price_keeps_its_fen(session, client, market):
    session.get_one(Listing, market.north.id).price_fen_per_t = 4150
    session.commit()
    assert "41.50" in client.get(f"/listings/{market.north.id}").text
    assert "41.50" in client.get("/market?side=offer").text


def test_an_estimate_says_how_it_was_made(session, client, market):
    assert "How it is estimated" not in client.get(f"/listings/{market.north.id}").text
    estimate(session, market.north)
    page = client.get(f"/listings/{market.north.id}").text
    link = re.search(r'<a href="([^"]+)">How it is estimated</a>', page)[1]
    assert "North" in client.get(link).text


def test_the_quality_shows_the_limits_of_the_uses_too(session, client, market):
    """GB 18599-2020 3 limits whatever is backfilled: no row of it names the material."""
    scene.make_limit(
        session, "cement_po", None, property="leachate_pH", operator=Operator.BETWEEN,
        value=6.0, value_high=9.0, unit="-", standard="GB 18599-2020", clause="3",
    )  # fmt: skip
    make_assay(session, market.north, {"leachate_pH": (9.8, 10.6, "-"), "TiO2": (1.0, 1.0, "%")})
    session.commit()
    quality = client.get(f"/listings/{market.north.id}").text.split('id="proposals"')[0]
    assert "Outside by 1.6" in quality
    assert "1 outside, 1 without a limit" in quality
    assert quality.index("Outside by 1.6") < quality.index("No limit")
