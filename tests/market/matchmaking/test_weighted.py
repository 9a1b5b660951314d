"""A run that weighs tonnes against haulage: what it is asked with decides which pairs pay."""

import pytest
import sqlalchemy as sa

from market.accounts.rules import Role
from market.errors import DomainError
from market.matchmaking.models import MatchFlow, MatchRun
from market.matchmaking.rules import Objective
from market.matchmaking.summary import RunSummary
from tests.market.matchmaking import scene
from tests.market.matchmaking.test_worker import STEP_KM, make_run, request


def weighted(session, sessions, **points):
    actor = scene.actor_of(session)
    run = request(session, actor, objective=Objective.WEIGHTED, weights=points)
    return make_run(session, sessions, run)


def test_a_tonne_goes_only_as_far_as_its_points_reach(session, sessions):
    """All pairs but North to Mill B are neighbours at 1.3 x 9.14 = 11.9 km by road.

    With 20 points a tonne and one off a tonne-kilometre a neighbour gains 8.1 points and North to
    Mill B, 35.7 km, loses: the 50 kt of South and 80 kt of Mill A are what neighbours can move.
    """
    scene.make_market(session)
    run = weighted(session, sessions, tonne=20, tonne_km=-1)
    flows = session.scalars(sa.select(MatchFlow)).all()
    assert {round(row.distance_m / 1000 / STEP_KM) for row in flows} == {1}
    summary = RunSummary.of(run.summary)
    points = 20 * summary.tonnes - summary.tonne_km
    assert summary.bound == pytest.approx(points, rel=1e-6)
    assert summary.tonnes == 120_000
    assert run.status == "optimal"


def test_haulage_that_costs_more_points_than_a_tonne_brings_moves_nothing(session, sessions):
    scene.make_market(session)
    run = weighted(session, sessions, tonne=10, tonne_km=-1)
    assert (run.status, RunSummary.of(run.summary).tonnes) == ("empty", 0)


def test_without_points_there_is_nothing_to_aim_for(session):
    scene.make_market(session)
    with pytest.raises(DomainError) as refused:
        request(session, scene.actor_of(session), objective=Objective.WEIGHTED, weights={})
    assert refused.value.code == "no_weight"


def test_runs_of_other_weights_are_other_runs(session):
    scene.make_market(session)
    actor = scene.actor_of(session)
    some = request(session, actor, objective=Objective.WEIGHTED, weights={"yuan": 1})
    same = request(session, actor, objective=Objective.WEIGHTED, weights={"yuan": 1})
    other = request(session, actor, objective=Objective.WEIGHTED, weights={"yuan": 2})
    assert (some.id == same.id, some.id == other.id) == (True, False)


def test_the_form_asks_with_weights_and_the_page_names_them(session, sessions, client, sign_in):
    scene.make_market(session)
    sign_in(Role.PARK_MANAGER)
    client.set_cookie("lang", "en")
    form = {"objective": "weighted", "radius_km": 200, "horizon": "year"}
    nothing = {f"weight_{name}": 0 for name in ("yuan", "co2_kg", "tonne", "tonne_km")}
    refused = client.post("/runs/new", data={**form, **nothing})
    assert refused.status_code == 422
    assert "Give points for at least one of them." in refused.text
    asked = client.post("/runs/new", data={**form, "weight_yuan": 0, "weight_tonne": 20,
                                           "weight_tonne_km": -1})  # fmt: skip
    assert asked.status_code == 303
    run = session.scalars(sa.select(MatchRun)).one()
    make_run(session, sessions, run)
    page = client.get(asked.location).text
    assert "Points for a tonne placed 20; Points for a tonne-kilometre driven −1" in page
    assert 'value="-1"' in client.get(f"/runs/new?from={run.id}").text.replace("-1.0", "-1")
