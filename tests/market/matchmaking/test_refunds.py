"""How far a line is from a VAT refund: one mill, its ash, and what closes the gap."""

import pytest

from market.catalogue.models import VatRow
from market.catalogue.rules import Behaviour, ShareBasis, Topic, VatKind
from market.listings.rules import Side
from tests.conftest import NOW
from tests.factories import make_assay, make_line, make_listing
from tests.market.matchmaking import scene


def add_row(session, **fields):
    row = {
        "id": "2.2a",
        "kind": VatKind.ROW,
        "resource_zh": "废渣",
        "resource_en": "waste slag",
        "product_zh": "42.5 水泥",
        "product_en": "cement of class 42.5",
        "min_share": 0.2,
        "refund_share": 0.7,
        "material_ids": ["fly_ash"],
        "process_ids": ["cement_po"],
        "valid_from": NOW.date().replace(year=2022, month=3, day=1),
        "valid_to": None,
        **scene.evidence(),
    }
    session.add(VatRow(**{**row, **fields}))
    session.flush()


@pytest.fixture
def mill(session):
    """1,000 kt of cement a year; ash of 60 kt for 30 and of 200 kt for 90 yuan/t stands near."""
    scene.make_catalogue(session)
    scene.make_rule(session, "V1", Behaviour.CALCULATE, topic=Topic.VAT, text_en="Estimate only")
    site = scene.place(session, 0.1, "Mill")
    line = make_line(session, site=site, output_kg_per_year=1_000_000_000)
    want = make_listing(
        session, site=site, side=Side.WANT, line_id=line.id, mass_kg_per_year=100_000_000
    )
    for place, kilotonnes, yuan in ((0.0, 60, 30), (0.2, 200, 90)):
        offer = make_listing(
            session, site=scene.place(session, place, f"Plant {yuan}"),
            mass_kg_per_year=kilotonnes * 1_000_000, price_fen_per_t=yuan * 100,
        )  # fmt: skip
        make_assay(session, offer, {"LOI": (3.0, 4.0, "%")})
    session.commit()
    return want


def page(client, want, query=""):
    client.set_cookie("lang", "en")
    return client.get(f"/listings/{want.id}/refund{query}")


def lead(answer):
    return answer.text.split('id="answer">')[1].split("<")[0].strip()


def test_the_gap_and_the_offers_that_close_it_cheapest_first(session, client, mill):
    """15 % now, 20 % asked: 5 points of 1,000 kt are 50 kt, all of them from the cheaper plant."""
    add_row(session)
    session.commit()
    answer = page(client, mill, "?row=2.2a&clinker=bought&total_t=1000000&counted_t=150000")
    assert lead(answer) == (
        "The line stands at 15.0 %; row 2.2a asks for 20 %: 5 points short."
        " 50,000 t a year of the offers below close it."
    )
    offers = answer.text.split('id="offers"')[1].split("</table>")[0]
    assert offers.count('scope="row"') == 1
    assert "Plant 30" in offers
    assert "Estimate only" in answer.text


def test_no_more_of_a_material_is_taken_than_the_process_may(session, client, mill):
    """At most 16 % of cement may be ash: 10 kt more than the 150 kt there, not the 50 kt asked."""
    add_row(session)
    use = session.get(scene.Acceptance, "cement_po.fly_ash")
    use.max_share, use.share_basis = 0.16, ShareBasis.CEMENT_MASS
    session.commit()
    answer = page(client, mill, "?row=2.2a&clinker=bought&total_t=1000000&counted_t=150000")
    assert "All that may still be added, 10,000 t a year, takes it to 16.0 %" in lead(answer)


def test_a_reached_share_says_so_and_names_the_rows_source(session, client, mill):
    add_row(session, source="税务总局公告2024年第5号")
    session.commit()
    answer = page(client, mill, "?row=2.2a&clinker=bought&total_t=1000000&counted_t=200000")
    assert "The share is reached." in lead(answer)
    assert "2022-03-01" in answer.text
    assert "#vat-2.2a" in answer.text
    assert "State Taxation Administration announcement no. 5 of 2024" in answer.text


def test_a_row_that_has_ended_is_no_row(session, client, mill):
    add_row(session, valid_to=NOW.date().replace(year=2023))
    session.commit()
    assert "No row of the VAT refund catalogue in force" in page(client, mill).text


def test_what_counts_cannot_be_more_than_all_there_is(session, client, mill):
    add_row(session)
    session.commit()
    answer = page(client, mill, "?row=2.2a&clinker=bought&total_t=100&counted_t=101")
    assert answer.status_code == 422
    assert "This is more than all raw material of the line." in answer.text


def test_a_want_links_to_its_refund_and_an_offer_has_none(session, client, mill):
    add_row(session)
    session.commit()
    client.set_cookie("lang", "en")
    assert f"/listings/{mill.id}/refund" in client.get(f"/listings/{mill.id}").text
    offer = make_listing(session)
    session.commit()
    assert page(client, offer).status_code == 404
