"""A listing's own page: what it could do today, and what the newest run gave it."""

import re

import pytest
import sqlalchemy as sa

from market.accounts.rules import Role
from market.catalogue.rules import FactorKind
from market.listings import queries as listings
from market.listings.rules import Basis, Side, State
from market.matchmaking import labels, proposals, queries
from market.matchmaking.valuation import Valuation
from market.money import fen_from_yuan
from market.orgs.models import Organisation
from market.orgs.rules import Standing
from matching.problem import Severity
from matching.result import Finding, Reason
from tests.conftest import NOW
from tests.factories import make_assay, make_listing
from tests.market.matchmaking import scene
from tests.market.matchmaking.test_worker import STEP_KM, make_run, request

TODAY = NOW.date()


def answer(session, listing):
    summary = listings.summaries(session, [listing.id])[listing.id]
    return proposals.for_listing(session, summary, on=TODAY)


def test_the_nearest_of_equal_uses_is_worth_most(session):
    market = scene.make_market(session)
    found = answer(session, market.north)
    assert [row.other.id for row in found.candidates] == [market.mill_a.id, market.mill_b.id]
    first = found.candidates[0]
    assert (first.rank, first.mass_kg) == (1, 80_000_000)
    assert first.road_m == pytest.approx(STEP_KM * 1300, rel=1e-4)
    # 50 disposal + 180 clinker + 72 carbon - (0.7 + 0.013) x km, as in the run's own test.
    assert first.value_fen_per_t == pytest.approx(fen_from_yuan(302 - 0.713 * STEP_KM * 1.3), abs=2)
    assert sum(line.yuan_per_t or 0 for line in first.lines) == pytest.approx(
        first.value_fen_per_t / 100, abs=0.01
    )


def test_a_want_sees_its_supplies(session):
    market = scene.make_market(session)
    found = answer(session, market.mill_b)
    assert [row.other.id for row in found.candidates] == [market.south.id, market.north.id]


def test_what_is_refused_says_by_how_much_and_what_would_help(session):
    market = scene.make_market(session)
    poor = make_listing(session, site=scene.place(session, 0.15, "Poor ash"))
    make_assay(session, poor, {"LOI": (9.0, 9.5, "%")})
    session.commit()
    found = answer(session, poor)
    assert found.candidates == ()
    assert {row.other.id for row in found.misses} == {market.mill_a.id, market.mill_b.id}
    reason = found.misses[0].reasons[0]
    assert (reason.value, reason.limit, reason.lift.target) == (9.5, 8.0, 8.0)


def test_what_is_only_too_far_away_is_a_miss(session):
    market = scene.make_market(session)
    far = make_listing(session, site=scene.place(session, 2.1, "Far ash"))
    session.commit()
    found = answer(session, far)
    assert {row.reasons[0].reason for row in found.misses} == {"out_of_radius"}
    assert market.mill_b.id in {row.other.id for row in found.misses}


def test_withdrawn_counterparts_are_no_proposals(session):
    market = scene.make_market(session)
    market.mill_a.state = State.WITHDRAWN
    session.commit()
    assert [row.other.id for row in answer(session, market.north).candidates] == [market.mill_b.id]


def test_the_page_shows_proposals_waterfall_and_the_runs_share(session, sessions, client):
    market = scene.make_market(session)
    client.set_cookie("lang", "en")
    make_run(session, sessions, request(session, scene.actor_of(session)))
    response = client.get(f"/listings/{market.south.id}")
    assert response.status_code == 200
    page = response.text
    assert "Mill A" in page
    assert "Disposal saved" in page
    assert "+50" in page
    assert "M-0001" in page
    assert "40,000" in page


def test_a_counterpart_is_named_as_on_the_runs_page(session, sessions, client, sign_in):
    market = scene.make_market(session)
    session.get_one(Organisation, market.mill_a.org_id).standing = Standing.MEMBER
    session.get_one(Organisation, market.mill_b.org_id).standing = Standing.DEMO
    session.commit()
    make_run(session, sessions, request(session, scene.actor_of(session)))
    poor = make_listing(session, site=scene.place(session, 0.15, "Poor ash"))
    make_assay(session, poor, {"LOI": (9.0, 9.5, "%")})
    session.commit()
    client.set_cookie("lang", "en")
    assert "Mill A" in client.get(f"/listings/{market.south.id}").text
    market.mill_a.state = State.WITHDRAWN
    session.commit()
    for listing, is_allotted in ((market.north, True), (market.south, False), (poor, False)):
        page = client.get(f"/listings/{listing.id}").text
        assert "Mill A" not in page
        assert f'/listings/{market.mill_a.id}"' not in page
        assert ("Anonymous firm" in page) is is_allotted
        assert page.count("Mill B") == len(re.findall(r"Mill B[^(]{0,60}\(demo\)", page)) > 0
    sign_in(Role.PARK_MANAGER)
    assert "Mill A" in client.get(f"/listings/{market.north.id}").text


def test_what_a_run_gave_an_estimate_is_marked(session, sessions, client):
    market = scene.make_market(session)
    market.mill_b.basis = Basis.ESTIMATE
    session.commit()
    make_run(session, sessions, request(session, scene.actor_of(session)))
    client.set_cookie("lang", "en")
    page = client.get(f"/listings/{market.south.id}").text
    allotted, rest = page.split("M-0001")[1].split("</table>", 1)
    assert re.search(
        r"Mill B <span class=\"demo\">\(demo\)</span></a>.*Estimate</span>", allotted, re.DOTALL
    )
    assert "Mill B (demo) (estimate)" in rest


def test_a_refused_listing_shows_the_remedy(session, client):
    scene.make_market(session)
    poor = make_listing(session, site=scene.place(session, 0.15, "Poor ash"))
    make_assay(session, poor, {"LOI": (9.0, 9.5, "%")})
    session.commit()
    client.set_cookie("lang", "en")
    page = client.get(f"/listings/{poor.id}").text
    assert "Loss on ignition 9.5 %, limit ≤ 8 %" in page
    assert "Loss on ignition down from 9.5 % to 8 %" in page


def test_a_look_alike_is_told_the_catalogues_own_words(session, client):
    scene.make_market(session)
    ash = make_listing(session, site=scene.place(session, 0.05, "CFB"), material_id="cfb_ash")
    session.commit()
    assert "不属于粉煤灰" in client.get(f"/listings/{ash.id}").text


def test_a_withdrawn_listing_is_its_firms_alone(session, client, sign_in):
    market = scene.make_market(session)
    market.north.state = State.WITHDRAWN
    session.commit()
    url = f"/listings/{market.north.id}"
    assert client.get(url).status_code == 404
    sign_in(Role.RECEIVER)
    assert client.get(url).status_code == 404
    sign_in(Role.PRODUCER, org_id=market.north.org_id)
    assert client.get(url).status_code == 200
    assert client.get("/listings/99999").status_code == 404


def test_the_page_needs_no_solver(session, client):
    """Loading the solver takes longer than the page may: it stays out of the web process."""
    import subprocess
    import sys

    code = "import market.matchmaking.views_listing, sys; sys.exit('ortools' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_page_asks_the_database_a_bounded_number_of_questions(session, client, app):
    from market.web.database import db

    market = scene.make_market(session)
    for index in range(12):
        make_listing(
            session, site=scene.place(session, index / 100, f"Mill {index}"), side=Side.WANT
        )
    session.commit()
    statements = []
    with app.app_context():
        engine = db.engine
    sa.event.listen(engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    assert client.get(f"/listings/{market.north.id}").status_code == 200
    assert len([s for s in statements if s.startswith("SELECT")]) <= 28


def test_products_and_recyclables_have_a_worth(session):
    from market.catalogue import queries as catalogue
    from tests.factories import make_material, make_process

    scene.make_catalogue(session)
    make_material(session, "scrap_steel", family="metal", legal_class="not_waste")
    make_process(session, "eaf_steel", sector="metal")
    scene.make_acceptance(
        session, "eaf_steel", "fly_ash", replaces_en="clinker", replacement_ratio=0.5
    )
    scene.make_acceptance(session, "eaf_steel", "scrap_steel", replaces_en="pig iron")
    scene.make_factor(session, "co2_clinker_total", FactorKind.EMBODIED, 0.83, unit="t/t")
    scene.make_factor(session, "pr_scrap", FactorKind.PRICE, 2250, material_ids=["scrap_steel"])
    session.commit()
    materials = {row.id: row for row in catalogue.materials(session)}
    valuation = Valuation(catalogue.factors(session), materials)
    ash = catalogue.acceptance(session, "eaf_steel", "fly_ash")
    scrap = catalogue.acceptance(session, "eaf_steel", "scrap_steel")
    # Half a tonne of clinker (200 yuan, 830 kg CO2) for 0.9 dry tonnes of ash.
    assert valuation.replaced_yuan_per_t(ash) == pytest.approx(90)
    assert valuation.avoided_co2_kg_per_t(ash) == pytest.approx(373.5)
    assert valuation.replaced_yuan_per_t(scrap) == 2250
    assert valuation.disposal_yuan_per_t("scrap_steel") is None
    assert valuation.disposal_yuan_per_t("fly_ash") == 50


def test_the_fair_split_is_reckoned_from_the_platforms_factors(session, client):
    market = scene.make_market(session)
    client.set_cookie("lang", "en")
    split = answer(session, market.north).candidates[0].split
    km = STEP_KM * 1.3
    # The producer saves 50 of disposal; the receiver has 180 and 72 less freight and its carbon.
    assert split.low == -50
    assert split.high == pytest.approx(252 - 0.713 * km, abs=0.02)
    assert split.fair == pytest.approx((split.low + split.high) / 2)
    assert "Where both sides gain" in client.get(f"/listings/{market.mill_b.id}").text


def test_nobodys_own_costs_reach_what_others_see(session, sessions, client):
    market = scene.make_market(session)
    urls = [f"/listings/{row.id}" for row in (market.mill_a, market.mill_b, market.north)]

    def seen():
        run = make_run(session, sessions, request(session, scene.actor_of(session)))
        session.expire_all()
        numbers = [(r.offer_id, r.want_id, r.mass_kg, r.value_fen_per_t) for r in flows(run)]
        answers = [answer(session, row) for row in (market.mill_a, market.mill_b)]
        splits = [row.split for found in answers for row in found.candidates]
        tables = [client.get(url).text.split("Where both sides gain")[-1][:2000] for url in urls]
        return numbers, splits, tables

    def flows(run):
        return queries.flows(session, run.id)

    client.set_cookie("lang", "en")
    before = seen()
    market.north.disposal_fen_per_t = fen_from_yuan(777)
    session.commit()
    assert seen() == before
    # Nor does what it asks for move the middle, from which the other could work back.
    market.north.price_fen_per_t = fen_from_yuan(33)
    session.commit()
    assert seen()[1] == before[1]


@pytest.mark.parametrize(
    ("value", "limit", "margin", "shown"),
    [
        (10.6, 9.0, -1.6, "≤ 9"),
        (5.2, 6.0, -0.8, "≥ 6"),
        (8.5, 9.0, 0.5, "≤ 9"),
        (6.4, 6, 0.4, "≥ 6"),
    ],
)
def test_a_window_names_the_end_that_is_broken_or_nearest(app, value, limit, margin, shown):
    reason = Reason.LIMIT_EXCEEDED if margin < 0 else Reason.WITHIN_LIMIT
    finding = Finding(
        reason, Severity.BLOCK, "pH", value=value, limit=limit, operator="between", unit="-",
        margin=margin,
    )  # fmt: skip
    with app.test_request_context():
        assert labels.limit_text(finding) == shown


@pytest.mark.parametrize(
    ("operator", "shown"),
    [(">=", "may be as low as 51.9 %, the limit is ≥ 70 %"), ("<=", "may reach 51.9 %, the limit")],
)
def test_an_unproven_minimum_names_how_low_it_may_be(app, operator, shown):
    finding = Finding(
        Reason.LIMIT_UNPROVEN, Severity.WARN, "LOI", value=51.9, limit=70.0, operator=operator,
        unit="%",
    )  # fmt: skip
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        assert shown in labels.reason_words(finding).sentence
