"""A day planned anew: jobs phoned in, promises, trucks that are out; and the pages of its plans."""

from datetime import timedelta

import pytest

from market.db import transaction
from market.haulage import (
    day_queries,
    dispatch,
    phoned_actions,
    phoned_queries,
    queries,
    versions,
    week_queries,
)
from market.haulage.dispatch import Wish
from market.haulage.phoned_actions import JobFacts
from market.haulage.rules import Verb, moment
from tests.conftest import NOW
from tests.market.haulage.test_dispatch import do
from tests.market.haulage.test_views import text
from tests.market.haulage.test_weeks import ask_week, carry_out_week
from tests.market.haulage.world import MONDAY, ask, carry_out


def take_down(session, world, plan_id, mass_kg=2_000):
    """Take down scrap beside a road, from nine to eleven."""
    want_id = phoned_queries.takers(session, "scrap_steel")[0].listing_id
    facts = JobFacts(
        material_id="scrap_steel",
        form="baled",
        site_id=None,
        name="白马路 12 号旧厂房",
        lat=34.66,
        lon=112.41,
        want_ids=(want_id,),
        mass_kg=mass_kg,
        volume_l=None,
        window=(9 * 3600, 11 * 3600),
        loading_s=900,
        skip_fen=None,
    )
    with transaction(session):
        return phoned_actions.take_down(session, world.manager, plan_id, facts, now=NOW)


@pytest.fixture
def promised(planned, session, world):
    """Monday's plan with the ash locked to a time, and truck 3 out."""
    [ash] = [row for row in queries.loads(session, planned.id) if row.mass_kg == 30_000]
    row = do(
        session,
        world.manager,
        planned.id,
        Verb.LOCK,
        load=ash.load_key,
        start_s=ash.loading_starts_s + 600,
    )
    return do(session, world.manager, row.id, Verb.TAKE_OUT, vehicle="V3")


def test_a_new_plan_keeps_promised_times_and_trucks_that_are_out(
    promised, session, sessions, world, english
):
    new = carry_out(sessions, ask(session, world, seed=2, keeps_promises=True))
    held = queries.held(session, promised)
    assert queries.held(session, new)["locks"] == held["locks"]
    [ash] = [row for row in queries.loads(session, new.id) if row.mass_kg == 30_000]
    assert ash.loading_starts_s == held["locks"][0]["start_s"]
    assert 3 not in {row.number for row in queries.routes(session, new.id)}
    page = text(english.get(f"/haulage/plans/{new.id}"))
    assert f"Of plan {promised.ref} 1 of 1 locks hold here too, and 1 of 1 trucks" in page
    # What is locked there is locked here, for a dispatcher too.
    changed = do(session, world.manager, new.id, Verb.UNLOCK, load=ash.load_key)
    assert queries.held(session, changed)["out"] == ["V3"]


def test_a_new_plan_without_the_promises_says_so(promised, session, sessions, world, english):
    new = carry_out(sessions, ask(session, world, seed=2))
    assert 3 in {row.number for row in queries.routes(session, new.id)}
    page = text(english.get(f"/haulage/plans/{new.id}"))
    assert f"Of plan {promised.ref} 0 of 1 locks hold here too, and 0 of 1 trucks" in page


def test_the_form_offers_to_keep_promises(planned, english, session):
    page = text(english.get("/haulage/plans/new"))
    assert 'name="keeps_promises"' in page
    assert "checked" in page[page.index('name="keeps_promises"') - 200 :][:400]


def test_a_new_plan_takes_up_the_jobs_phoned_in(planned, session, sessions, world):
    job = take_down(session, world, planned.id)
    gone = take_down(session, world, planned.id, 3_000)
    with transaction(session):
        gone.withdrawn_at = NOW
    new = carry_out(sessions, ask(session, world, seed=2))
    assert phoned_queries.in_plan(new) == {job.id: job.key}
    assert job.id in {row.phoned_id for row in queries.loads(session, new.id)}
    assert phoned_queries.waiting(session, new) == []


def test_a_week_takes_up_the_jobs_phoned_in_for_its_days(planned, session, sessions, world):
    job = take_down(session, world, planned.id)
    week = carry_out_week(sessions, ask_week(session, world, days=2))
    plans = week_queries.plans_by_day(session, week.id)
    assert [job.id in phoned_queries.in_plan(row) for row in plans.values()] == [True, False]


def test_a_truck_called_back_with_nothing_on_board_is_on_no_paper(
    planned, session, world, clock, english
):
    [route] = [row for row in queries.routes(session, planned.id) if row.number == 1]
    clock.at = moment(MONDAY, route.starts_s + 60)
    wish = Wish(Verb.TAKE_OUT, vehicle="V1")
    changed = dispatch.prepare(session, world.manager, planned.id, wish, now=clock.at)
    with transaction(session):
        new = versions.keep(session, world.manager, planned.id, changed, now=clock.at)
    back = [row for row in queries.routes(session, new.id) if row.number == 1]
    assert [row.load_count for row in back] == [0]
    assert new.summary["vehicles"] == 1
    assert english.get(f"/haulage/plans/{new.id}/sheets/1").status_code == 404
    assert "Truck 1" not in text(english.get(f"/haulage/plans/{new.id}/sheets"))
    calendar = english.get(f"/haulage/plans/{new.id}/plan.ics").text
    own = next(part for part in calendar.split("BEGIN:VEVENT") if f"{MONDAY}-1@wujin" in part)
    assert "STATUS:CANCELLED" in own


def test_the_list_begins_with_today_and_ends_with_its_last_page(
    planned, session, world, clock, english
):
    for days in (1, 3):
        ask(session, world, planned_on=MONDAY + timedelta(days))
    clock.at = NOW + timedelta(days=2)
    page = text(english.get("/haulage/"))
    shown = [page.index(f'id="day-{number}"') for number in (1, 2, 3)]
    days = ["24 November 2026</h2>", "26 November 2026</h2>", "23 November 2026</h2>"]
    assert shown == sorted(shown)
    assert [page.index(day) for day in days] == sorted(page.index(day) for day in days)
    beyond = text(english.get("/haulage/?page=999"))
    assert planned.ref in beyond
    one = text(english.get("/haulage/?day=2026-11-23"))
    assert '<option value="2026-11-23" selected>' in one
    assert "in force" in one


def test_addresses_that_forms_are_sent_to_lead_to_their_pages(planned, english, client):
    for sent in ("change", "search", "drive", "current", "out-of-force"):
        answer = english.get(f"/haulage/plans/{planned.id}/{sent}")
        assert (answer.status_code, answer.location) == (303, f"/haulage/plans/{planned.id}")
    answer = english.get("/haulage/weeks/7/drive")
    assert (answer.status_code, answer.location) == (303, "/haulage/weeks/7")


def test_the_page_takes_a_plan_out_of_force_and_puts_it_back(planned, english, session):
    address = f"/haulage/plans/{planned.id}"
    page = text(english.get(address))
    assert f'action="{address}/out-of-force"' in page
    answer = english.post(f"{address}/out-of-force")
    assert (answer.status_code, answer.location) == (303, address)
    page = text(english.get(address))
    assert "on 23 November no plan is in force since" in page
    assert f"took {planned.ref} out" in page
    session.expire_all()
    assert day_queries.driven_on(session, MONDAY) is None
    assert english.post(f"{address}/drive").status_code == 303
    page = text(english.get(address))
    assert "no plan is in force" not in page
    assert f'action="{address}/out-of-force"' in page
