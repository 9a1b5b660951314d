"""Runs over other than twelve months; what storing costs; lots and numbers of suppliers."""

from datetime import date

import pytest
import sqlalchemy as sa

from market.accounts.rules import Role
from market.errors import DomainError
from market.matchmaking import actions, loader, queries
from market.matchmaking.models import MatchMonth, OwnStop
from market.matchmaking.rules import Objective, RunStatus
from market.matchmaking.summary import RunSummary
from tests.market.matchmaking import scene
from tests.market.matchmaking.test_loader import asked
from tests.market.matchmaking.test_worker import NOW, make_run, request

APRIL, DECEMBER = date(2027, 4, 1), date(2026, 12, 1)


def page(client, url, language="en"):
    client.set_cookie("lang", language)
    response = client.get(url)
    assert response.status_code == 200, response.text
    return response.text


def test_half_a_year_is_planned_shown_and_kept_from_the_park(session, sessions, client, sign_in):
    market = scene.make_kiln_market(session)
    asked_for = request(session, scene.actor_of(session), first_month=APRIL, months=6)
    run = make_run(session, sessions, asked_for)
    summary = RunSummary.of(run.summary)
    # From April to September 10 kt come a month, beside 2 in store; the kiln could take more.
    assert summary.available_t == summary.tonnes == 62_000
    months = session.scalars(
        sa.select(MatchMonth.month).where(MatchMonth.listing_id == market.ash.id)
    ).all()
    assert (min(months), max(months), len(months)) == (APRIL, date(2027, 9, 1), 6)
    (flow,) = queries.flows(session, run.id)
    assert (flow.months, flow.mass_kg, flow.mass_kg_per_year) == (6, 62_000_000, 124_000_000)
    shown = page(client, f"/runs/{run.id}")
    assert "60.0 kt arise in 6 months" in shown
    assert "62,000 t in 6 months" in shown
    assert "t/a" not in shown.split('id="flows"')[1].split("</section>")[0]
    assert "Who stands still" not in shown  # no stop falls between April and September
    assert queries.latest_run(session) is None
    header = client.get(f"/runs/{run.id}/download/flows.csv").text.splitlines()[0]
    assert "t in 6 months, wet" in header
    assert "6 个月" in page(client, f"/runs/{run.id}", "zh")
    sign_in(Role.PARK_MANAGER)
    form = page(client, f"/runs/new?from={run.id}")
    assert 'value="2027-04"' in form
    assert 'value="6"' in form


def test_years_beyond_the_first_repeat_it(session, sessions):
    scene.make_kiln_market(session)
    problem, _ = loader.load(session, asked(first_month=DECEMBER, months=30))
    (supply,), (slot,) = problem.supplies, problem.slots
    assert len(problem.periods) == len(supply.tonnes) == 30
    assert problem.years[0] == "2026"
    assert problem.years[1] == problem.years[12] == "2027"
    assert slot.tonnes[:12] == pytest.approx(slot.tonnes[12:24], abs=0.01)
    assert slot.tonnes[24:30] == pytest.approx(slot.tonnes[:6], abs=0.01)


@pytest.mark.parametrize("months", [0, 61, -3])
def test_absurd_horizons_are_refused(session, months):
    scene.make_market(session)
    with pytest.raises(DomainError):
        request(session, scene.actor_of(session), first_month=APRIL, months=months)


def test_another_horizon_is_another_request(session):
    scene.make_market(session)
    actor = scene.actor_of(session)
    year = request(session, actor, first_month=APRIL)
    assert request(session, actor, first_month=APRIL, months=12).id == year.id
    assert request(session, actor, first_month=APRIL, months=18).id != year.id


def test_the_page_names_the_stop_and_whom_it_holds(session, sessions, client):
    market = scene.make_kiln_market(session)
    session.add(
        OwnStop(
            site_id=market.kiln.site_id, process_id="clinker", created_at=NOW,
            first_on=date(2027, 6, 1), last_on=date(2027, 6, 30),
        )
    )  # fmt: skip
    session.commit()
    asked_for = request(session, scene.actor_of(session), first_month=DECEMBER)
    run = make_run(session, sessions, asked_for)
    law, own = run.stops
    assert law["wants"] == own["wants"] == [market.kiln.id]
    shown = page(client, f"/runs/{run.id}").split('id="stops"')[1]
    assert "K1 · Henan" in shown
    assert "2026-12-01 – 2027-03-15" in shown
    assert "2027-11-15 – 2027-11-30" in shown
    assert "2027-06-01 – 2027-06-30" in shown
    months = session.scalars(
        sa.select(MatchMonth).where(MatchMonth.listing_id == market.kiln.id)
    ).all()
    assert {row.month.month for row in months if not row.available_kg} == {12, 1, 2, 6}
    repeated = actions.repeat_run(session, scene.actor_of(session), run.id, now=NOW)
    assert repeated.stops == run.stops
    session.rollback()


def test_what_storing_costs_is_paid_shown_and_weighed(session, sessions, client):
    market = scene.make_kiln_market(session)
    asked_for = {"first_month": DECEMBER, "objective": Objective.VALUE}
    run = make_run(session, sessions, request(session, scene.actor_of(session), **asked_for))
    free = RunSummary.of(run.summary)
    assert (free.storage_yuan, free.stores, free.stores_free) == (0, 1, 1)
    assert "1 of 1 stores gave no cost" in page(client, f"/runs/{run.id}")
    market.ash.storage_fen_per_t_month = 300
    session.commit()
    dear = request(session, scene.actor_of(session), **asked_for, radius_km=150)
    run = make_run(session, sessions, dear)
    paid = RunSummary.of(run.summary)
    assert (paid.stores, paid.stores_free) == (1, 0)
    # Flows keep their worth in whole fen a tonne.
    assert paid.storage_yuan > 0.001 * paid.bound
    assert paid.value_yuan == pytest.approx(paid.bound, rel=1e-4)
    assert paid.value_yuan < free.value_yuan


def test_a_want_of_one_supplier_is_served_by_one(session, sessions):
    market = scene.make_market(session)
    market.mill_a.max_suppliers = 1
    market.north.min_lot_kg = 3_000_000
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session), first_month=APRIL))
    assert run.status in {RunStatus.OPTIMAL, RunStatus.FEASIBLE}
    assert RunSummary.of(run.summary).is_best
    problem, _ = loader.load(session, asked(first_month=APRIL))
    lots = {row.id: row.min_lot_t for row in problem.supplies}
    assert lots[str(market.north.id)] == 3_000
    for month in {row.month for row in session.scalars(sa.select(MatchMonth))}:
        flows = queries.flows(session, run.id, month=month)
        to_mill = [row for row in flows if row.want_id == market.mill_a.id]
        assert len(to_mill) <= 1
        north = [row.mass_kg for row in flows if row.offer_id == market.north.id]
        assert all(kg >= 3_000_000 - 1 for kg in north)
    whole, _ = loader.load(session, asked())
    assert all(row.max_suppliers is None and row.min_lot_t == 0 for row in whole.slots)


def test_a_lot_above_every_month_is_the_fullest_month(session):
    market = scene.make_market(session)
    market.north.min_lot_kg = 90_000_000
    session.commit()
    problem, _ = loader.load(session, asked(first_month=APRIL))
    supply = next(row for row in problem.supplies if row.id == str(market.north.id))
    assert supply.min_lot_t == max(supply.tonnes)
