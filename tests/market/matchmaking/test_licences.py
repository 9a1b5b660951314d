"""What a receiver's licence lets in: which codes, until when, and how many tonnes of them."""

import io
import zipfile
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from market.catalogue.rules import Behaviour, LegalClass, Topic
from market.listings.rules import Side
from market.matchmaking import loader
from market.matchmaking.models import MatchBalance, MatchFlow, MatchRefusal
from market.matchmaking.quotas import plants_licensed_out, without_idle
from market.matchmaking.rules import Objective
from market.matchmaking.summary import RunSummary
from matching import solve
from matching.loss import losses
from matching.problem import Acceptance, Licence, Parameters, Position, Problem, Slot, Supply
from tests.conftest import NOW
from tests.factories import make_assay, make_licence, make_listing, make_material, make_process
from tests.market.matchmaking import scene
from tests.market.matchmaking.test_worker import make_run, request

CODE = "321-026-48"


def dross_market(session, **licence):
    """5,400 t of dross and one furnace 9 km away that wants 8,000 t."""
    scene.make_catalogue(session)
    make_material(
        session, "al_dross", name_en="Dross", hw_codes=[CODE], legal_class=LegalClass.HAZARDOUS
    )
    make_process(session, "al_dross_recovery", name_zh="铝灰回收", name_en="Dross recovery")
    scene.make_acceptance(session, "al_dross_recovery", "al_dross")
    scene.make_rule(session, "H1-C", Behaviour.BLOCK, topic=Topic.HAZARDOUS, article="534")
    works = scene.place(session, 0.1, "Furnace")
    offer = make_listing(
        session, site=scene.place(session, 0.0, "Smelter"), material_id="al_dross",
        mass_kg_per_year=5_400_000, waste_code=CODE,
    )  # fmt: skip
    want = make_listing(
        session, site=works, side=Side.WANT, material_id="al_dross",
        process_id="al_dross_recovery", mass_kg_per_year=8_000_000,
    )  # fmt: skip
    if licence:
        make_licence(session, site=works, hw_codes=[CODE], **licence)
    session.commit()
    return offer, want


def made(session, sessions):
    return make_run(session, sessions, request(session, scene.actor_of(session)))


def test_a_licence_lets_in_its_yearly_tonnes_and_no_more(session, sessions):
    offer, want = dross_market(session, mass_kg_per_year=3_000_000)
    run = made(session, sessions)
    assert session.scalars(sa.select(MatchFlow.mass_kg)).all() == [3_000_000]
    (line,) = RunSummary.of(run.summary).quotas
    assert (line.site_id, line.codes, line.tonnes) == (want.site_id, (CODE,), 3000)
    assert abs(line.used_t - 3000) < 1e-3
    balance = session.get(MatchBalance, (run.id, offer.id))
    assert balance.reason_params["licensed_out"] == 1


def test_the_run_page_shows_who_has_licensed_tonnes_left(session, sessions, client):
    dross_market(session, mass_kg_per_year=3_000_000)
    run = made(session, sessions)
    client.set_cookie("lang", "en")
    page = client.get(f"/runs/{run.id}").get_data(as_text=True)
    section = page.split('id="licensed"')[1].split("</section>")[0]
    assert "Furnace" in section
    assert section.count("3,000") == 2
    assert "let in no more tonnes" in page


def test_a_pair_refused_by_an_expired_licence_alone_passes_once_it_is_renewed(session, sessions):
    dross_market(session, valid_to=NOW.date() - timedelta(days=1))
    run = made(session, sessions)
    refusal = session.scalars(sa.select(MatchRefusal)).one()
    (reason,) = refusal.reasons
    assert (reason["reason"], reason["rule"]["clause"]) == ("licence_expired", "534")
    assert reason["lift"]["kind"] == "renew_licence"
    assert run.status == "empty"


def test_the_listing_page_names_the_expired_licence_its_rule_and_the_one_change(session, client):
    offer, _want = dross_market(session, valid_to=NOW.date() - timedelta(days=1))
    client.set_cookie("lang", "en")
    page = client.get(f"/listings/{offer.id}").get_data(as_text=True)
    refused = page.split('id="refusals"')[1]
    assert "licence for 321-026-48 has expired" in refused
    assert "534" in refused
    assert "The receiver renews its licence" in refused


def test_what_is_one_change_away_can_be_listed_alone(session, sessions, client):
    """An expired licence is one change; a second furnace without any takes a licence to begin."""
    offer, _want = dross_market(session, valid_to=NOW.date() - timedelta(days=1))
    make_material(session, "cfb_like", family="ash")
    scene.make_acceptance(
        session, "al_dross_recovery", "cfb_like", allowed=scene.Allowed.NO, note_en="never"
    )
    make_listing(session, site=scene.place(session, 0.05, "Ash works"), material_id="cfb_like")
    make_listing(
        session, site=scene.place(session, 0.1, "Ash taker"), side=Side.WANT,
        material_id="al_dross", process_id="al_dross_recovery", waste_code=None,
    )  # fmt: skip
    session.commit()
    run = made(session, sessions)
    client.set_cookie("lang", "en")
    page = client.get(f"/runs/{run.id}/refusals?reason=near_miss").text
    near = session.scalars(sa.select(MatchRefusal).where(MatchRefusal.near_miss)).all()
    assert {row.offer_id for row in near} == {offer.id}
    assert f"One change away {len(near)}" in page
    assert page.count("How it could pass") == len(near)
    assert "licence for 321-026-48 has expired" in page


@pytest.mark.parametrize(("licensed_t", "kept"), [(5_400, None), (5_399, 5_399)])
def test_only_a_quota_nobody_could_fill_is_let_go(session, licensed_t, kept):
    dross_market(session, mass_kg_per_year=licensed_t * 1000)
    scene_ = loader.Scene(Objective.TONNES, 200_000, 1.3, (), NOW.date())
    problem, parameters = loader.load(session, scene_)
    eased = without_idle(problem)
    assert [row.tonnes for slot in eased.slots for row in slot.licences] == [kept]
    (told,) = losses(problem, parameters)
    (found,) = losses(eased, parameters)
    assert (found.took_t, found.stranded_t) == pytest.approx((told.took_t, told.stranded_t))


def test_a_run_over_two_calendar_years_counts_a_licence_in_each(session, sessions):
    """450 t come a month: one of 2026 goes in, of eleven of 2027 no more than 3,000 t."""
    dross_market(session, mass_kg_per_year=3_000_000)
    december = NOW.date().replace(month=12, day=1)
    run = make_run(
        session, sessions, request(session, scene.actor_of(session), first_month=december)
    )
    lines = {line.year: line for line in RunSummary.of(run.summary).quotas}
    assert {year: round(line.used_t) for year, line in lines.items()} == {"2026": 450, "2027": 3000}
    assert {line.tonnes for line in lines.values()} == {3000}


def test_a_licence_that_ends_within_the_run_is_told_with_its_months_and_remedy(
    session, sessions, client
):
    """Valid to mid-March: nothing of the code goes there from March to the last month, November."""
    offer, _want = dross_market(session, valid_to=date(2027, 3, 15))
    make_assay(session, offer, {"Al2O3": (30.0, 40.0, "%")}, expires_on=date(2026, 12, 31))
    session.commit()
    december = NOW.date().replace(month=12, day=1)
    run = make_run(
        session, sessions, request(session, scene.actor_of(session), first_month=december)
    )
    assert session.scalars(sa.select(MatchFlow.mass_kg)).all() == [3 * 450_000]
    licence, report = RunSummary.of(run.summary).lapses
    assert (licence.names, licence.first, licence.last) == ((CODE,), "2027-03", "2027-11")
    assert (report.owner_id, report.first, report.last) == (offer.id, "2027-01", "2027-02")
    assert report.tonnes == pytest.approx(900)
    client.set_cookie("lang", "en")
    section = client.get(f"/runs/{run.id}").text.split('id="lapses"')[1].split("</section>")[0]
    assert "The licence for 321-026-48 is valid to 2027-03-15" in section
    assert "The receiver renews its licence" in section
    assert "900 t planned from 2027-01 to 2027-02 count on a new report" in section
    book = zipfile.ZipFile(io.BytesIO(client.get(f"/runs/{run.id}/download/run.xlsx").data))
    assert "2027-03-15" in book.read("xl/sharedStrings.xml").decode()


def test_a_lot_is_licensed_out_only_where_none_of_its_licences_has_tonnes_left():
    """HW48 lets in 50 t and 321-024-48 five: dust of another code fills the class alone."""
    at = Position(34.0, 112.0)
    held = (
        Licence(frozenset({"HW48"}), tonnes=50.0, number="class"),
        Licence(frozenset({"321-024-48"}), tonnes=5.0, number="code"),
    )
    uses = (Acceptance("dross"), Acceptance("dust"))
    dross = Supply("1", "dross", at, (2.0,), hazard_codes=frozenset({"321-024-48"}))
    dust = Supply("2", "dust", at, (60.0,), hazard_codes=frozenset({"321-025-48"}))
    plant = Slot("3", "9", at, (100.0,), accepts=uses, licences=held)
    problem = Problem((dross, dust), (plant,))
    result = solve(problem, Parameters())
    assert result.tonnes == pytest.approx(52.0)
    out = [plants_licensed_out(problem, Parameters(), result, lot, {"9"}) for lot in (dross, dust)]
    assert out == [0, 1]
    more = replace(problem, supplies=(replace(dross, tonnes=(20.0,)), dust))
    full = solve(more, Parameters())
    assert full.tonnes == pytest.approx(55.0)
    assert plants_licensed_out(more, Parameters(), full, more.supplies[0], {"9"}) == 1
    # A lot of which only the class is known.
    named = replace(more.supplies[1], hazard_codes=frozenset({"HW48"}))
    assert plants_licensed_out(more, Parameters(), full, named, {"9"}) == 1
