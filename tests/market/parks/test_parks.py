"""The network page: map, Sankey, table, files and the run say the same."""

import io
import json

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from market.listings.rules import Side
from market.matchmaking import queries, reading
from market.matchmaking.account import Account
from market.matchmaking.flows import End, FlowRow
from market.matchmaking.presenting import Names
from market.matchmaking.summary import RunSummary
from market.parks import whatif
from market.parks.indicators import structure
from market.parks.network import Cut, counties, network
from market.parks.presenting import sankey
from tests.factories import make_listing, make_process
from tests.market.matchmaking import scene
from tests.market.matchmaking.test_worker import make_run, request


@pytest.fixture
def made(session, sessions):
    """The small market, and ash that nobody within reach may take."""
    market = scene.make_market(session)
    make_listing(
        session, site=scene.place(session, 0.05, "CFB", county_zh="孟津区", county_en="Mengjin"),
        material_id="cfb_ash", mass_kg_per_year=7_000_000, basis="estimate",
    )  # fmt: skip
    session.commit()
    return market, make_run(session, sessions, request(session, scene.actor_of(session)))


@pytest.fixture
def english(client):
    client.set_cookie("lang", "en")
    return client


def data_of(page, block_id):
    return json.loads(page.split(f'id="{block_id}-data">')[1].split("</script>")[0])


def end(listing_id, site_id, *, county="新安县", basis="declared"):
    return End(
        listing_id=listing_id, org_id=1, site_id=site_id, name_zh=f"厂{site_id}",
        name_en=f"Works {site_id}", county_zh=county, county_en=county, lat=34.7, lon=112.0,
        standing="demo", basis=basis,
    )  # fmt: skip


def flow(giver, taker, mass_kg, *, material_id="fly_ash", county="新安县", co2=None):
    return FlowRow(
        run_id=1, material_id=material_id, material_zh=material_id, material_en=material_id,
        family="ash", form="dry", waste_code=None, process_id="p", process_zh="p", process_en="p",
        mass_kg=mass_kg, distance_m=1000, road_m=1300, transport_kg_m=mass_kg * 1300, value_fen_per_t=None, co2_kg_per_t=co2, is_co2_unknown=co2 is None or co2 < 0,
        offer=end(giver, giver, county=county), want=end(100 + taker, 100 + taker),
    )  # fmt: skip


def balance(
    listing_id, available_kg, placed_kg, *, material_id="fly_ash", county="新安县", stocks=(0, 0)
):
    return reading.BalanceRow(
        end=end(listing_id, listing_id, county=county), side="offer", material_id=material_id,
        material_zh=material_id, material_en=material_id, family="ash", process_id="",
        process_zh="", process_en="", available_kg=available_kg, placed_kg=placed_kg,
        opening_kg=stocks[0], closing_kg=stocks[1], dual_low=None, dual_high=None, dual_km_low=None, dual_km_high=None, reason=None, reason_params={},
    )  # fmt: skip


markets = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.integers(1, 4),
        st.integers(1, 10**9),
        st.sampled_from(["fly_ash", "red_mud"]),
        st.sampled_from(["新安县", "孟津区"]),
        st.integers(0, 10**9),
    ),
    unique_by=lambda row: (row[0], row[1]),
    max_size=12,
)


@given(
    markets, st.sampled_from(["", "新安县", "孟津区"]), st.sampled_from(["", "fly_ash", "red_mud"])
)
def test_every_cut_adds_up(rows, county, material_id):
    flows, placed, left = [], {}, {}
    kinds = {}
    for giver, taker, mass, *kind, rest in rows:
        material, place = kinds.setdefault(giver, tuple(kind))
        flows.append(flow(giver, taker, mass, material_id=material, county=place))
        placed[giver] = placed.get(giver, 0) + mass
        left[giver] = rest
    balances = [
        balance(giver, placed[giver] + left[giver], placed[giver],
                material_id=kinds[giver][0], county=kinds[giver][1])
        for giver in placed
    ]  # fmt: skip
    found = network(1, flows, balances, Cut(county, material_id))
    assert found.offered_kg == found.placed_kg + found.unplaced_kg
    assert sum(row.placed_kg for row in found.materials) == found.placed_kg
    assert sum(row.unplaced_kg for row in found.gaps) == found.unplaced_kg
    assert sum(sink.mass_kg for sink in found.sinks) == found.placed_kg
    if found.sinks:
        assert sum(sink.share for sink in found.sinks) == pytest.approx(1)
        assert found.largest_sink.mass_kg == max(sink.mass_kg for sink in found.sinks)


def test_what_lies_in_store_is_neither_placed_nor_left_over():
    balances = [balance(1, 9, 5, stocks=(2, 3)), balance(2, 8, 7, material_id="red_mud")]
    found = network(1, [flow(1, 1, 5), flow(2, 1, 7, material_id="red_mud")], balances, Cut())
    assert found.account == Account(17, 2, 12, 3)
    assert (found.account.generated_kg, found.unplaced_kg) == (15, 2)
    links = sankey(found, Names(None))["links"]
    held = [(row["source"], row["state"], row["value"]) for row in links]
    assert [row for row in held if row[1] != "potential"] == [
        ("material-fly_ash", "unplaced", 0.001),
        ("material-red_mud", "unplaced", 0.001),
        ("material-fly_ash", "stored", 0.003),
    ]
    assert sum(row["value"] for row in links) == pytest.approx(0.017)


def test_the_cuts_of_all_counties_make_the_whole():
    flows = [flow(1, 1, 5, county="新安县"), flow(2, 1, 7, county="孟津区")]
    balances = [balance(1, 9, 5, county="新安县"), balance(2, 7, 7, county="孟津区")]
    whole = network(1, flows, balances, Cut())
    parts = [network(1, flows, balances, Cut(zh)) for zh, _ in counties(balances)]
    assert sum(part.placed_kg for part in parts) == whole.placed_kg == 12
    assert sum(part.unplaced_kg for part in parts) == whole.unplaced_kg == 4


def test_carbon_counts_the_haul_of_what_has_no_factor_and_says_how_much_that_is():
    flows = [flow(1, 1, 2000, co2=500.0), flow(2, 1, 3000, co2=-10.0), flow(3, 1, 4000)]
    found = network(1, flows, [], Cut())
    assert found.carbon.saved_kg == 2 * 500 - 3 * 10  # the last is of an older run: nothing stored
    assert found.carbon.unknown_kg == 7000


def test_the_park_saves_what_its_run_says_though_a_factor_is_missing(session, sessions):
    """A brickworks takes ash in place of nothing that has a factor: only its haul counts."""
    scene.make_market(session)
    make_process(session, "brick", name_zh="制砖", name_en="Bricks")
    scene.make_acceptance(session, "brick", "fly_ash")
    make_listing(
        session, site=scene.place(session, 0.15, "Bricks"), side=Side.WANT, process_id="brick",
        mass_kg_per_year=30_000_000,
    )  # fmt: skip
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    flows, summary = queries.flows(session, run.id), RunSummary.of(run.summary)
    carbon = network(run.id, flows, [], Cut()).carbon
    bricks = [row for row in flows if row.process_id == "brick"]
    haul_kg = sum(row.tonne_km * 0.13 for row in bricks)
    assert bricks
    assert haul_kg > 0
    assert carbon.saved_kg == pytest.approx(summary.co2_kg, abs=0.5)
    assert carbon.unknown_kg == summary.co2_unknown_kg == sum(row.mass_kg for row in bricks)
    saved = sum(row.mass_kg / 1000 * row.co2_kg_per_t for row in flows if row not in bricks)
    assert summary.co2_kg == pytest.approx(saved - haul_kg, rel=1e-6)
    assert summary.co2_low_kg <= summary.co2_kg <= summary.co2_high_kg


def test_indicators_of_a_network_counted_by_hand():
    # 1 -> 101 <- 2, 2 -> 102 and apart 3 -> 103 (twice): six sites, four links.
    flows = [flow(1, 1, 1000), flow(2, 1, 1000), flow(2, 2, 1000), flow(3, 3, 1000),
             flow(3, 3, 1000, material_id="red_mud")]  # fmt: skip
    found = structure(flows)
    assert (found.sites, found.links) == (6, 4)
    values = {row.name.value: row.value for row in found.figures}
    assert values["density"] == pytest.approx(4 / 30)
    assert values["connectance"] == pytest.approx(2 * 4 / 30)
    assert values["linkage_density"] == pytest.approx(4 / 6)
    assert values["prey_to_predator"] == 1
    # 101 and 103 take two fifths each, 102 one.
    assert values["concentration"] == pytest.approx((4 + 4 + 1) / 25)
    assert values["cyclicity"] == 0
    # 1 km of great circle is 1.3 by road; only 101 and 103 share the largest receipt.
    assert values["mean_haul"] == pytest.approx(1.3)
    assert values["largest_receiver"] == pytest.approx(0.4)
    # No part has both three plants and two materials.
    assert values["kernels"] == 0
    # 1 - 101 - 2 - 102 is a chain: each link is a bridge, its inner places are keystones. By
    # tonnes (1, 1, 1; apart 2; in all 5) the two parts are the communities:
    # Q = (3/5 - (6/10)^2) + (2/5 - (4/10)^2) = 0.48; cutting the chain gives 0.46.
    assert list(map(len, found.parts)) == list(map(len, found.communities)) == [4, 2]
    assert [(b.ends[0].site_id, b.ends[1].site_id, b.mass_kg) for b in found.bridges] == [
        (103, 3, 2000),
        (1, 101, 1000),
        (101, 2, 1000),
        (102, 2, 1000),
    ]
    assert [end.site_id for end in found.keystones] == [101, 2]
    assert found.modularity == pytest.approx(0.48)


def test_rates_take_what_arises_from_the_offers():
    # 1 uses a half of 2 t, old stock included, 2 two quarters of 4 t, 3 all of 1 t and 1 t; 5 of 8.
    flows = [flow(1, 1, 1000), flow(2, 1, 1000), flow(2, 2, 1000), flow(3, 3, 1000),
             flow(3, 3, 1000, material_id="red_mud")]  # fmt: skip
    offers = [balance(1, 2000, 1000, stocks=(500, 0)), balance(2, 4000, 2000),
              balance(3, 1000, 1000), balance(3, 1000, 1000, material_id="red_mud")]  # fmt: skip
    values = {row.name.value: row.value for row in structure(flows, offers).figures}
    assert values["use_rate"] == pytest.approx(5 / 8)
    # Of the streams leaving on the five exchanges a half, a half, a half, all and all is used.
    assert values["recycling_rate"] == pytest.approx(8 / 30 * (0.5 * 3 + 2) / 5)


def test_no_flow_has_no_density():
    found = structure([])
    assert (found.sites, found.links, found.parts, found.keystones) == (0, 0, [], [])
    assert {row.name.value: row.value for row in found.figures}["density"] is None


def test_every_indicator_shown_has_words():
    from market.parks.labels import INDICATORS
    from matching.sources import IndicatorName

    assert list(INDICATORS) == list(IndicatorName)


def test_page_map_sankey_table_and_run_agree(made, english, session):
    _, run = made
    page = english.get("/park").text
    summary = RunSummary.of(run.summary)
    drawn = sum(flow["tonnes"] for flow in data_of(page, "park-map")["flows"])
    links = data_of(page, "park-sankey")["links"]
    placed = sum(link["value"] for link in links if link["state"] == "potential")
    left = sum(link["value"] for link in links if link["state"] == "unplaced")
    assert drawn == placed == summary.tonnes == 120_000
    assert left == summary.unplaced_t == 37_000
    assert f"All {summary.flows} flows" in page
    assert "<b>120,000</b>" in page
    assert "not on record: no weighbridge ticket is kept here yet" in page
    assert "not on record: no contract is kept here yet" in page
    # 7 of 157 kt are estimated.
    assert "4 % of the supply is estimated" in page


def test_a_filter_in_the_address_cuts_picture_table_and_file_alike(made, english):
    page = english.get("/park?county=孟津区").text
    assert data_of(page, "park-map")["flows"] == []
    assert [link["value"] for link in data_of(page, "park-sankey")["links"]] == [7_000]
    lines = english.get("/park/download/flows.csv?county=孟津区").data.decode("utf-8-sig")
    assert len(lines.splitlines()) == 1
    page = english.get("/park?material=fly_ash").text
    assert sum(flow["tonnes"] for flow in data_of(page, "park-map")["flows"]) == 120_000
    assert english.get("/park?county=nowhere").status_code == 200


def test_files_hold_what_the_page_shows(made, client):
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(client.get("/park/download/network.xlsx").data)
    )
    flows, materials, _shape = (book.get_sheet_by_index(i).to_python() for i in range(3))
    assert sum(row[8] for row in flows[1:]) == 120_000
    assert sum(row[3] for row in materials[1:]) == 120_000
    assert sum(row[5] for row in materials[1:]) == 37_000
    assert client.get("/park/download/flows.geojson").status_code == 200
    assert client.get("/park/download/all").status_code == 404


def test_when_a_mill_stops_its_ash_goes_elsewhere_or_nowhere(made, session):
    market, run = made
    frozen = queries.frozen_input(session, run.id)
    found = whatif.stop_receiver(frozen, market.mill_b.site_id)
    # Mill A was full with 80 kt: B's 40 kt have no other place in the region.
    assert found.lost_kg == 40_000_000
    assert found.region_kg == 40_000_000
    assert found.moved_kg + found.stranded_kg == found.lost_kg
    assert found.stranded_kg + found.yielded_kg == found.region_kg
    assert found.more_tonne_km < 0
    to_mill = queries.flows(session, run.id, want_id=market.mill_b.id)
    assert sum(flow.mass_kg for flow in to_mill) == found.lost_kg


def test_a_stop_with_room_elsewhere_strands_nothing(session, sessions):
    market = scene.make_market(session)
    make_listing(
        session, site=scene.place(session, 0.5, "Spare"), side="want", mass_kg_per_year=90_000_000
    )
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    found = whatif.stop_receiver(queries.frozen_input(session, run.id), market.mill_b.site_id)
    # All 150 kt were placed and A and the spare mill still hold 170: what B took moves further on.
    assert found.region_kg == 0
    assert found.stranded_kg == 0
    assert found.moved_kg == found.lost_kg
    assert found.more_tonne_km > 0


def test_the_stop_is_shown_on_the_page_and_alone(made, english):
    market, _ = made
    url = f"stop={market.mill_b.site_id}"
    assert (
        "If Mill B (demo) stops, 40.0 kt a year need another place"
        in english.get(f"/park?{url}").text
    )
    alone = english.get(f"/park/stop?{url}").text
    assert "Nowhere to go" in alone
    assert "<html" not in alone
    for odd in ("stop=999", "stop=x", "stop=-1", "stop=٣"):
        assert "Whose stop would strand most" in english.get(f"/park/stop?{odd}").text


def test_the_run_says_whose_stop_would_strand_most(made, english):
    market, run = made
    losses = RunSummary.of(run.summary).losses
    # Both mills are full, so each strands exactly what it took.
    assert [(row.site_id, row.stranded_t) for row in losses] == [
        (market.mill_a.site_id, 80_000),
        (market.mill_b.site_id, 40_000),
    ]
    page = english.get("/park").text
    assert "if it stops, 80.0 kt a year are stranded" in page
    assert f"stop={market.mill_b.site_id}#stop" in page


def test_an_estimate_is_marked_wherever_a_firm_is_named(session, sessions, english):
    market = scene.make_market(session)
    make_listing(
        session, site=scene.place(session, 0.05, "CFB"), material_id="cfb_ash",
        mass_kg_per_year=7_000_000, basis="estimate",
    )  # fmt: skip
    market.mill_a.basis = market.north.basis = "estimate"
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    page = english.get("/park").text
    losses, select = page.split('id="stop-result"')[1], page.split('id="stopped"')[1]
    for part in (losses.split("</table>")[0], select.split("</select>")[0]):
        assert "Mill A (demo) (estimate)" in part
        assert "Mill B (demo)" in part
        assert "Mill B (demo) (estimate)" not in part
    assert "Mill A (demo) (estimate), of what is placed" in page
    stopped = english.get(f"/park/stop?stop={market.mill_a.site_id}").text
    assert "If Mill A (demo) (estimate) stops" in stopped
    assert "North (demo) (estimate)" in stopped
    result = english.get(f"/runs/{run.id}").text
    assert "CFB (demo) (estimate)" in result.split('id="unmatched"')[1].split("</section>")[0]
    assert "Estimate</span>" in result.split("Proposed, not agreed")[0].split("Supplies")[1]


def test_without_a_run_the_page_says_what_to_do(english, session):
    assert "No run of the whole market yet" in english.get("/park").text
    assert english.get("/park/stop").status_code == 404
    assert english.get("/park/download/flows.csv").status_code == 404


def test_a_run_of_one_material_is_not_the_network(session, sessions, english):
    scene.make_market(session)
    asked = request(session, scene.actor_of(session), material_ids=["fly_ash"])
    make_run(session, sessions, asked)
    assert "No run of the whole market yet" in english.get("/park").text


def test_the_page_asks_the_database_few_questions(made, client, app):
    from market.web.database import db

    statements = []
    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    client.get("/park")
    assert len([s for s in statements if s.startswith("SELECT")]) <= 6


def test_a_gap_names_the_plants_that_are_missing(made, english, session):
    from tests.factories import make_process

    make_process(session, "mine_backfill", name_zh="采空区充填", name_en="Mine backfill")
    make_process(session, "eco_restoration", name_zh="生态修复", name_en="Land restoration")
    scene.make_acceptance(session, "mine_backfill", "cfb_ash", allowed="conditional")
    scene.make_acceptance(session, "eco_restoration", "cfb_ash")
    scene.make_acceptance(session, "mine_backfill", "fly_ash")
    session.commit()
    page = english.get("/park?material=cfb_ash").text
    missing = page.split("Uses nobody wants it for yet:")[1].split("</p>")[0]
    assert missing.index("Land restoration") < missing.index("Mine backfill")
    assert "(on a condition)" in missing
    # Cement may not take it, and what fly ash lacks is not said of this ash.
    assert "Cement grinding" not in missing
