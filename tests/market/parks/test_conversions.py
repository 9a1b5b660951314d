"""A firm says what comes out of what it takes, and the network page joins the chains over it."""

import io
from datetime import date

import pytest
import sqlalchemy as sa
from python_calamine import CalamineWorkbook

from market.accounts.rules import Role
from market.listings.rules import Side, State
from market.parks.chains import find_chains
from market.parks.models import Conversion
from market.parks.network import Cut
from market.parks.queries import Declared
from tests.factories import make_listing, make_material, make_process
from tests.market.matchmaking import scene
from tests.market.matchmaking.test_worker import make_run, request
from tests.market.parks.test_parks import end, flow

TODAY = date(2026, 11, 20)
SAID = {
    "makes_id": "wire",
    "yield_share": "0.2",
    "ground": "measured",
    "stated_on": "2026-05-04",
    "note": "Report 7",
}


def declared(site_id, makes_id="wire", takes_id="tyres", **fields):
    row = {
        "id": 1, "end": end(site_id, site_id), "process_id": "p", "process_zh": "p",
        "process_en": "p", "takes_id": takes_id, "takes_zh": takes_id, "takes_en": takes_id,
        "takes_family": "metal", "makes_id": makes_id, "makes_zh": makes_id, "makes_en": makes_id,
        "makes_family": "metal", "yield_share": 0.2, "capacity_kg_per_year": None,
        "ground": "measured", "stated_on": TODAY, "note": "", "is_open": True,
    }  # fmt: skip
    return Declared(**{**row, **fields})


def tyre_flows():
    # Sites 1 and 2 bring 60 and 30 t of tyres to 103; of what 103 offers, 12 t of wire go to 104.
    brought = [flow(1, 3, 60_000, material_id="tyres"), flow(2, 3, 30_000, material_id="tyres")]
    wire = flow(103, 4, 12_000, material_id="wire")
    return [*brought, wire]


def test_a_chain_carries_what_its_narrowest_step_lets_pass():
    # 60 t of tyres give 12 t of wire: just what 104 takes. 30 t give 6 t. Together 18 t, 6 too many.
    found = find_chains(tyre_flows(), [declared(103)], Cut())
    assert [(row.entered_kg, row.delivered_kg) for row in found.rows] == [
        (60_000, pytest.approx(12_000)),
        (30_000, pytest.approx(6_000)),
    ]
    assert [leg.full for leg in found.rows[1].legs] == [True, False]
    (processor,) = found.processors
    assert (processor.taken_kg, processor.made_kg, processor.sent_kg) == pytest.approx(
        (90_000, 18_000, 12_000)
    )
    assert (processor.through_kg, processor.unused_kg, processor.short_kg) == pytest.approx(
        (12_000, 6_000, 0)
    )


def test_a_capacity_holds_a_chain_and_is_named():
    found = find_chains(tyre_flows(), [declared(103, capacity_kg_per_year=25_000)], Cut())
    assert [row.entered_kg for row in found.rows] == [25_000, 25_000]
    assert found.rows[0].held_by.site_id == 103
    # 25 t give 5 t; the other 7 t of wire must be made of something else.
    assert found.processors[0].short_kg == pytest.approx(7_000)


def test_what_comes_for_another_process_is_not_converted():
    assert find_chains(tyre_flows(), [declared(103, process_id="fuel")], Cut()).rows == []


def test_a_cut_keeps_the_chains_that_begin_in_it_and_lets_them_lead_out():
    flows = tyre_flows()
    there = [flow(2, 3, 30_000, material_id="tyres", county="孟津区")]
    found = find_chains([flows[0], *there, flows[2]], [declared(103)], Cut(county="孟津区"))
    assert [row.legs[0].flow.offer.site_id for row in found.rows] == [2]
    assert find_chains(flows, [declared(103)], Cut(material_id="wire")).rows == []


def test_more_chains_than_a_page_holds_are_told():
    flows = [flow(n, 3, n * 1000, material_id="tyres") for n in range(1, 13)]
    found = find_chains([*flows, flow(103, 4, 900, material_id="wire")], [declared(103)], Cut())
    assert (len(found.rows), found.more) == (10, True)


@pytest.fixture
def trade(session):
    """A tyre works at 112.1 takes 20 kt of the depot's tyres and offers 3 kt of wire to a mill."""
    market = scene.make_market(session)
    make_process(session, "shred", name_zh="切胶", name_en="Shredding")
    make_process(session, "melt", name_zh="电炉", name_en="Melting")
    make_material(session, "tyres", name_zh="废轮胎", name_en="Tyres", family="metal")
    make_material(session, "wire", name_zh="钢丝", name_en="Wire", family="metal")
    scene.make_acceptance(session, "shred", "tyres")
    scene.make_acceptance(session, "melt", "wire")
    works = scene.place(session, 0.1, "Tyre works")
    kt = 1_000_000
    depot = make_listing(
        session, site=scene.place(session, 0.0, "Depot"), material_id="tyres",
        mass_kg_per_year=20 * kt,
    )  # fmt: skip
    want = make_listing(
        session, site=works, side=Side.WANT, process_id="shred", material_id="tyres",
        mass_kg_per_year=30 * kt,
    )  # fmt: skip
    offer = make_listing(session, site=works, material_id="wire", mass_kg_per_year=3 * kt)
    make_listing(
        session, site=scene.place(session, 0.2, "Melt shop"), side=Side.WANT, process_id="melt",
        material_id="wire", mass_kg_per_year=9 * kt,
    )  # fmt: skip
    session.commit()
    return market, depot, want, offer


def owner_of(sign_in, listing):
    client = sign_in(Role.RECEIVER, listing.org_id)
    client.set_cookie("lang", "en")
    return client


def kept(session):
    session.rollback()
    return session.scalars(sa.select(Conversion)).all()


def test_a_yield_is_said_said_again_and_taken_back(session, sign_in, trade):
    _, _, want, _ = trade
    url = f"/listings/{want.id}/outputs"
    client = owner_of(sign_in, want)
    assert "What comes out of it" in client.get(f"/listings/{want.id}").text
    for share in ("0.2", "0.3"):
        answer = client.post(url, data={**SAID, "yield_share": share, "capacity": "15,000"})
        assert answer.status_code == 303
    (row,) = kept(session)
    assert (row.yield_share, row.capacity_kg_per_year, row.note) == (0.3, 15_000_000, "Report 7")
    assert row.stated_on == date(2026, 5, 4)
    assert "Report 7" in client.get(url).text
    taken_back = {"drop": str(row.id)}
    assert client.post(url, data=taken_back).status_code == 303
    assert kept(session) == []
    assert client.post(url, data=taken_back).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"yield_share": ""}, "yield_share", "Answer this to go on"),
        ({"yield_share": "twenty"}, "yield_share", "Write a number such as 0.35"),
        ({"yield_share": "nan"}, "yield_share", "Write a number such as 0.35"),
        ({"yield_share": "0"}, "yield_share", "Write tonnes per tonne, above 0 and up to 10"),
        ({"yield_share": "35"}, "yield_share", "35 % is 0.35"),
        ({"capacity": "0"}, "capacity", "Write tonnes a year, above 0"),
        ({"capacity": "1e30"}, "capacity", "Write a number such as 15000"),
        ({"stated_on": "2999-01-01"}, "stated_on", "This day is still to come"),
        ({"stated_on": "May"}, "stated_on", "Write a date such as 2026-11-08"),
        ({"ground": ""}, "ground", "Answer this to go on"),
        ({"note": "x" * 201}, "note", "At most 200 characters"),
        ({"makes_id": "fly_ash"}, "makes_id", "Not a valid choice"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(session, sign_in, trade, wrong, field, words):
    _, _, want, _ = trade
    answer = owner_of(sign_in, want).post(f"/listings/{want.id}/outputs", data={**SAID, **wrong})
    assert answer.status_code == 422
    assert words in answer.text
    assert f'href="#{field}' in answer.text
    assert kept(session) == []


def test_others_have_no_such_page_and_offers_neither(session, client, sign_in, trade):
    market, _, want, offer = trade
    url = f"/listings/{want.id}/outputs"
    assert client.get(url).status_code in {302, 303, 403}
    stranger = sign_in(Role.RECEIVER, market.north.org_id)
    assert stranger.get(url).status_code == 404
    assert stranger.post(url, data=SAID).status_code == 404
    assert owner_of(sign_in, want).get(f"/listings/{offer.id}/outputs").status_code == 404
    assert kept(session) == []


def test_a_site_without_offers_is_told_to_post_one_first(session, sign_in, trade):
    market, *_ = trade
    page = owner_of(sign_in, market.mill_a).get(f"/listings/{market.mill_a.id}/outputs").text
    assert "Post what comes out as an offer of this site first" in page
    assert 'name="yield_share"' not in page


@pytest.fixture
def shown(session, sessions, sign_in, trade):
    """The works says that a fifth is wire, a run is made, and the visitor is nobody."""
    _, _, want, offer = trade
    client = owner_of(sign_in, want)
    assert client.post(f"/listings/{want.id}/outputs", data=SAID).status_code == 303
    make_run(session, sessions, request(session, scene.actor_of(session)))
    with client.session_transaction() as cookie:
        cookie.clear()
    return want, offer


def park(client):
    client.set_cookie("lang", "en")
    return client.get("/park").text.split('id="chains"')[1].split("</section>")[0]


def test_the_network_page_shows_the_chain_to_everybody(shown, client):
    # 20 kt of tyres give 4 kt of wire, of which the offer and the melt shop take 3: 15 kt pass.
    part = park(client)
    assert "Tyres → Wire" in part
    assert "15,000 → 3,000" in part
    assert "15,000 of 20,000 t/a" in part
    assert "No more passes: that is all Tyre works (demo) sends to Melt shop (demo)" in part
    assert "1,000 t could be made that nobody takes." in part
    assert "Report 7" not in part


def test_the_workbook_lists_the_same_chain(shown, client):
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(client.get("/park/download/network.xlsx").data)
    )
    rows = book.get_sheet_by_name(book.sheet_names[-1]).to_python()[1:]
    assert [(row[0], row[1], row[6], row[7], row[8]) for row in rows] == [
        (1, 1, 15_000, 20_000, 0.2),
        (1, 2, 3_000, 3_000, ""),
    ]


@pytest.mark.parametrize("side", ["want", "offer"])
def test_what_is_withdrawn_on_either_side_is_for_its_firm_and_overseers(
    session, shown, client, sign_in, side
):
    want, offer = shown
    (want if side == "want" else offer).state = State.WITHDRAWN
    session.commit()
    assert "No chain can be told yet" in park(client)
    assert "Report 7" in park(owner_of(sign_in, want))
    assert "Report 7" in park(sign_in(Role.PARK_MANAGER))
    assert "No chain can be told yet" in park(sign_in(Role.RECEIVER))


def test_a_firm_that_signed_up_stays_hidden_in_chains(session, shown, client):
    from market.orgs.models import Organisation

    want, offer = shown
    session.get(Organisation, want.org_id).standing = "member"
    session.commit()
    part = park(client)
    assert "Tyre works" in part
    assert "own measurement, 2026-05-04" in part
    want.state = offer.state = "withdrawn"
    session.commit()
    assert "Tyre works" not in client.get("/park").text


def test_a_yield_of_an_invented_firm_is_told_to_be_invented(shown, client):
    assert "the figure is invented, as the firm is" in park(client)


def test_without_conversions_the_page_says_how_to_say_one(session, sessions, client, trade):
    make_run(session, sessions, request(session, scene.actor_of(session)))
    part = park(client)
    assert "No chain can be told yet" in part
    assert "No yield is assumed for anybody" in part
