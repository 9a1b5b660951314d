"""Posting, changing and withdrawing: each act once, each conflict named, each denial silent."""

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from market import audit
from market.db import transaction
from market.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from market.listings import actions, queries
from market.listings.answers import Reading, from_json
from market.listings.models import Assay, Listing, ListingDraft
from market.listings.rules import EXPIRY_DAYS, Side, State, Step
from tests.conftest import NOW
from tests.factories import make_line, make_listing, make_org, make_site

TODAY = NOW.date()
READINGS = (
    Reading("residue_45um", 18.6, 18.6, "%"),
    Reading("water_requirement_ratio", 98, 98, "%"),
    Reading("LOI", 3.9, 4.2, "%"),
    Reading("moisture", 0.3, 0.5, "%"),
)
STEPS = {
    Step.WHAT: {"material_id": "fly_ash", "waste_code": "900-001-S02"},
    Step.AMOUNT: {"mass_kg_per_year": 144_000_000, "stock_kg": 1_000, "storage_kg": 8_000_000},
    Step.QUALITY: {
        "readings": READINGS,
        "sampled_on": date(2026, 11, 8),
        "assay_expires_on": date(2027, 5, 7),
        "report_no": "BM-11",
    },
    Step.TERMS: {"price_fen_per_t": 9500, "disposal_fen_per_t": 5000},
}


def fill(session, actor, site, *, key="form-1", side=Side.OFFER, **what):
    with transaction(session):
        draft = actions.start_draft(session, actor, side=side, key=key, now=NOW)
    steps = {**STEPS, Step.WHAT: STEPS[Step.WHAT] | what, Step.PLACE: {"site_id": site.id}}
    for step, changes in steps.items():
        with transaction(session):
            actions.save_step(
                session, actor, draft.id, step, changes, version=draft.version, now=NOW
            )
    return draft


def publish(session, actor, draft):
    with transaction(session):
        return actions.publish(session, actor, draft.id, today=TODAY, now=NOW)


def posted(session, firm):
    actor, site = firm
    return publish(session, actor, fill(session, actor, site)).listing_id


def test_a_complete_draft_becomes_an_open_listing_with_its_report(session, firm):
    listing_id = posted(session, firm)
    detail = queries.detail(session, listing_id, firm[0], TODAY)
    assert detail.summary.state == State.OPEN
    assert detail.summary.expires_on == TODAY + timedelta(days=EXPIRY_DAYS)
    assert detail.verdict.grade == "II"
    assert detail.moisture_share == 0.005
    assert detail.disposal_fen_per_t == 5000
    assert [entry.verb for entry in audit.history(session, "listing", listing_id)] == ["post"]


def test_publishing_the_same_draft_again_changes_nothing(session, firm):
    actor, site = firm
    draft = fill(session, actor, site)
    first, second = publish(session, actor, draft), publish(session, actor, draft)
    assert first == second
    assert session.scalar(sa.select(sa.func.count()).select_from(Listing)) == 1
    assert len(audit.history(session, "listing", first.listing_id)) == 1


def test_the_same_form_key_gives_the_same_draft(session, firm):
    actor, _site = firm
    with transaction(session):
        one = actions.start_draft(session, actor, side=Side.OFFER, key="k", now=NOW)
    with transaction(session):
        two = actions.start_draft(session, actor, side=Side.OFFER, key="k", now=NOW)
    assert one.id == two.id


def test_an_incomplete_draft_names_the_open_step(session, firm):
    actor, _site = firm
    with transaction(session):
        draft = actions.start_draft(session, actor, side=Side.OFFER, key="k", now=NOW)
    with pytest.raises(DomainError) as caught:
        publish(session, actor, draft)
    assert caught.value.code == "draft_incomplete"
    assert caught.value.params["step"] is Step.WHAT


def test_a_hazardous_offer_needs_its_code_and_the_word_of_the_firm(session, firm):
    actor, site = firm
    draft = fill(session, actor, site, material_id="al_dross", waste_code="321-024-48")
    with transaction(session):
        actions.save_step(
            session, actor, draft.id, Step.QUALITY, {}, version=draft.version, now=NOW
        )
    with pytest.raises(DomainError, match="hazard_unread"):
        publish(session, actor, draft)
    with transaction(session):
        actions.save_step(
            session,
            actor,
            draft.id,
            Step.WHAT,
            {"hazard_read": True},
            version=draft.version,
            now=NOW,
        )
    assert publish(session, actor, draft).is_new


def test_another_material_throws_the_old_readings_away(session, firm):
    actor, site = firm
    draft = fill(session, actor, site)
    with transaction(session):
        actions.save_step(
            session,
            actor,
            draft.id,
            Step.WHAT,
            {"material_id": "al_dross"},
            version=draft.version,
            now=NOW,
        )
    answers = from_json(draft.answers)
    assert answers.readings == ()
    assert answers.next_step() is Step.QUALITY


def test_a_site_of_another_firm_is_refused(session, firm):
    actor, _site = firm
    draft = fill(session, actor, make_site(session, org=make_org(session)))
    with pytest.raises(DomainError, match="site_not_own"):
        publish(session, actor, draft)


def test_a_want_names_its_process_and_line(session, firm):
    actor, site = firm
    line = make_line(session, site=site, process_id="concrete_admixture")
    session.commit()
    draft = fill(
        session,
        actor,
        site,
        side=Side.WANT,
        process_id="concrete_admixture",
        line_id=line.id,
        waste_code="",
    )
    listing = session.get_one(Listing, publish(session, actor, draft).listing_id)
    assert (listing.process_id, listing.line_id, listing.waste_code) == (
        "concrete_admixture",
        line.id,
        None,
    )


def test_saving_over_a_colleagues_change_is_a_conflict_but_repeating_is_not(session, firm):
    actor, site = firm
    draft = fill(session, actor, site)
    stale = draft.version
    with transaction(session):
        actions.save_step(
            session, actor, draft.id, Step.TERMS, {"price_fen_per_t": 9000}, version=stale, now=NOW
        )
    with transaction(session):
        actions.save_step(
            session, actor, draft.id, Step.TERMS, {"price_fen_per_t": 9000}, version=stale, now=NOW
        )
    with pytest.raises(ConflictError, match="draft_changed"), transaction(session):
        actions.save_step(
            session, actor, draft.id, Step.TERMS, {"price_fen_per_t": 1}, version=stale, now=NOW
        )


def edited(session, actor, listing_id, key="e1", **changes):
    with transaction(session):
        draft = actions.start_edit(session, actor, listing_id, key=key, now=NOW)
    with transaction(session):
        actions.save_step(
            session, actor, draft.id, Step.TERMS, changes, version=draft.version, now=NOW
        )
    return draft


def test_an_edit_changes_the_listing_and_records_old_and_new(session, firm):
    actor, _site = firm
    listing_id = posted(session, firm)
    done = publish(session, actor, edited(session, actor, listing_id, price_fen_per_t=9900))
    assert done == actions.Published(listing_id, is_new=False)
    entry = audit.history(session, "listing", listing_id)[0]
    assert (entry.verb, entry.changes) == ("edit", {"price_fen_per_t": [9500, 9900]})
    assert session.scalar(sa.select(sa.func.count()).select_from(Assay)) == 1
    history = queries.detail(session, listing_id, actor, TODAY).history
    assert [(c.verb, c.fields) for c in history] == [("edit", ("price_fen_per_t",)), ("post", ())]
    assert queries.detail(session, listing_id, None, TODAY).history == ()


def test_an_edit_under_way_is_taken_up_again(session, firm):
    actor, _site = firm
    listing_id = posted(session, firm)
    one = edited(session, actor, listing_id, price_fen_per_t=9900)
    with transaction(session):
        two = actions.start_edit(session, actor, listing_id, key="other", now=NOW)
    assert one.id == two.id


def test_publishing_over_a_changed_listing_is_a_conflict_until_rebased(session, firm):
    actor, _site = firm
    listing_id = posted(session, firm)
    draft = edited(session, actor, listing_id, price_fen_per_t=9900)
    with transaction(session):
        actions.withdraw(
            session,
            actor,
            listing_id,
            version=session.get_one(Listing, listing_id).version,
            now=NOW,
        )
    with pytest.raises(ConflictError, match="listing_changed"):
        publish(session, actor, draft)
    assert session.get_one(Listing, listing_id).price_fen_per_t == 9500
    with transaction(session):
        actions.rebase(session, actor, draft.id, now=NOW)
    publish(session, actor, draft)
    assert session.get_one(Listing, listing_id).price_fen_per_t == 9900


def test_editing_without_a_change_keeps_the_exact_tonnage(session, firm):
    actor, site = firm
    listing = make_listing(session, site=site, mass_kg_per_year=100_000_001)
    session.commit()
    publish(session, actor, edited(session, actor, listing.id, price_fen_per_t=1))
    assert session.get_one(Listing, listing.id).mass_kg_per_year == 100_000_001


def test_a_duplicate_leaves_the_report_behind(session, firm):
    actor, _site = firm
    listing_id = posted(session, firm)
    with transaction(session):
        draft = actions.duplicate(session, actor, listing_id, key="d1", now=NOW)
    answers = from_json(draft.answers)
    assert draft.listing_id is None
    assert (answers.mass_kg_per_year, answers.sampled_on) == (144_000_000, None)
    assert answers.next_step() is Step.QUALITY


def test_withdraw_and_republish_move_the_state_once(session, firm):
    actor, _site = firm
    listing_id = posted(session, firm)
    version = session.get_one(Listing, listing_id).version
    for _again in range(2):
        with transaction(session):
            actions.withdraw(session, actor, listing_id, version=version, now=NOW)
    assert session.get_one(Listing, listing_id).state == State.WITHDRAWN
    version = session.get_one(Listing, listing_id).version
    later = TODAY + timedelta(days=10)
    for _again in range(2):
        with transaction(session):
            actions.republish(session, actor, listing_id, version=version, today=later, now=NOW)
    listing = session.get_one(Listing, listing_id)
    assert listing.expires_on == later + timedelta(days=EXPIRY_DAYS)
    verbs = [entry.verb for entry in audit.history(session, "listing", listing_id)]
    assert verbs == ["republish", "withdraw", "post"]


def test_withdrawing_what_changed_meanwhile_is_a_conflict(session, firm):
    actor, _site = firm
    listing_id = posted(session, firm)
    with pytest.raises(ConflictError, match="listing_changed"), transaction(session):
        actions.withdraw(session, actor, listing_id, version=0, now=NOW)


def test_renewal_adds_ninety_days_from_today_and_only_once_a_day(session, firm):
    actor, _site = firm
    listing_id = posted(session, firm)
    later = TODAY + timedelta(days=80)
    for _again in range(2):
        with transaction(session):
            until = actions.renew(session, actor, listing_id, today=later, now=NOW)
    assert until == later + timedelta(days=EXPIRY_DAYS)
    assert [e.verb for e in audit.history(session, "listing", listing_id)] == ["renew", "post"]


@pytest.mark.parametrize("act", ["edit", "duplicate", "withdraw", "renew"])
def test_a_rival_may_not_touch_it_and_learns_nothing_of_a_withdrawn_one(session, firm, rival, act):
    actor, _site = firm
    listing_id = posted(session, firm)

    def attempt():
        with transaction(session):
            if act == "edit":
                actions.start_edit(session, rival, listing_id, key="r", now=NOW)
            elif act == "duplicate":
                actions.duplicate(session, rival, listing_id, key="r", now=NOW)
            elif act == "withdraw":
                actions.withdraw(session, rival, listing_id, version=1, now=NOW)
            else:
                actions.renew(session, rival, listing_id, today=TODAY, now=NOW)

    with pytest.raises(ForbiddenError):
        attempt()
    with transaction(session):
        listing = session.get_one(Listing, listing_id)
        actions.withdraw(session, actor, listing_id, version=listing.version, now=NOW)
    with pytest.raises(NotFoundError):
        attempt()


def test_a_rival_sees_neither_draft_nor_disposal_cost(session, firm, rival, staff):
    actor, site = firm
    draft = fill(session, actor, site)
    with pytest.raises(NotFoundError):
        queries.draft(session, draft.id, rival)
    listing_id = publish(session, actor, draft).listing_id
    for who in (None, rival):
        assert queries.detail(session, listing_id, who, TODAY).disposal_fen_per_t is None
    assert queries.detail(session, listing_id, staff, TODAY).disposal_fen_per_t == 5000


def test_staff_may_withdraw_and_then_still_see(session, firm, rival, staff):
    listing_id = posted(session, firm)
    version = session.get_one(Listing, listing_id).version
    with transaction(session):
        actions.withdraw(session, staff, listing_id, version=version, now=NOW)
    assert queries.detail(session, listing_id, staff, TODAY).summary.state == State.WITHDRAWN
    with pytest.raises(NotFoundError):
        queries.detail(session, listing_id, rival, TODAY)
    with pytest.raises(NotFoundError):
        queries.detail(session, listing_id, None, TODAY)


def test_staff_may_not_post(session, staff):
    with pytest.raises(ForbiddenError), transaction(session):
        actions.start_draft(session, staff, side=Side.OFFER, key="s", now=NOW)


def test_a_discarded_draft_is_gone_but_a_published_one_stays(session, firm):
    actor, site = firm
    draft = fill(session, actor, site)
    publish(session, actor, draft)
    with pytest.raises(ConflictError, match="draft_published"), transaction(session):
        actions.discard(session, actor, draft.id)
    other = fill(session, actor, site, key="form-2")
    with transaction(session):
        actions.discard(session, actor, other.id)
    assert session.get(ListingDraft, other.id) is None
