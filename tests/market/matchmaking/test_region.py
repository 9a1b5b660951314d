"""Which run speaks for the region, and what a run may claim."""

import pytest

from market.accounts.rules import Role
from market.db import transaction
from market.matchmaking import actions, queries
from market.matchmaking.rules import Objective, RunStatus
from market.matchmaking.summary import RunSummary
from tests.conftest import NOW
from tests.market.matchmaking import scene
from tests.market.matchmaking.test_worker import make_run, request


def test_only_an_overseers_run_on_fresh_input_speaks_for_the_region(session, sessions):
    scene.make_market(session)
    manager = scene.actor_of(session)
    of_region = make_run(session, sessions, request(session, manager))
    make_run(session, sessions, request(session, scene.actor_of(session, Role.PRODUCER)))
    make_run(session, sessions, request(session, manager, material_ids=("fly_ash",)))
    with transaction(session):
        repeat = actions.repeat_run(session, manager, of_region.id, now=NOW)
    make_run(session, sessions, repeat)

    latest = queries.latest_run(session)
    assert latest is not None
    assert latest.id == of_region.id


def test_repeating_twice_at_once_is_one_run(session, sessions):
    scene.make_market(session)
    actor = scene.actor_of(session)
    first = make_run(session, sessions, request(session, actor))
    with transaction(session):
        once = actions.repeat_run(session, actor, first.id, now=NOW).id
    with transaction(session):
        assert actions.repeat_run(session, actor, first.id, now=NOW).id == once


def test_no_bound_lies_beyond_the_value_it_bounds(session, sessions):
    scene.make_market(session)
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    summary = RunSummary.of(run.summary)
    # A lower bound of tonne-km, with room for a kilogram rounded here and there.
    assert summary.bound <= summary.tonne_km * (1 + 1e-8)
    assert summary.bound == pytest.approx(summary.tonne_km, rel=1e-8)


def test_a_result_without_flows_says_that_nothing_can_be_matched(session, sessions):
    scene.make_market(session)
    actor = scene.actor_of(session)
    far = request(session, actor, radius_km=0.001, objective=Objective.VALUE)
    run = make_run(session, sessions, far)
    assert queries.flows(session, run.id) == []
    assert run.status == RunStatus.EMPTY
