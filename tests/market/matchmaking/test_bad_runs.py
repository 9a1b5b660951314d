"""Runs nobody hopes for: each says on its page what is wrong, or why nothing goes anywhere."""

import re

import pytest
import sqlalchemy as sa

from market.catalogue.models import Factor
from market.listings.rules import MAX_MASS_KG_PER_YEAR
from market.matchmaking.models import MatchFlow
from market.matchmaking.rules import RunStatus
from market.matchmaking.summary import RunSummary
from tests.factories import make_listing, make_material
from tests.market.matchmaking import scene
from tests.market.matchmaking.test_worker import make_run, request

FAR = 1.5
"""Degrees east: 1.5 x 91.42 km x 1.3 are 178.3 km by road."""


def _lone_pair(session, degrees_east, **offer):
    """One offer of 10 kt and one mill that takes as much."""
    ash = make_listing(
        session, site=scene.place(session, degrees_east, "Far plant"),
        **{"mass_kg_per_year": 10_000_000, **offer},
    )  # fmt: skip
    make_listing(
        session, site=scene.place(session, 0.0, "Mill"), side="want", mass_kg_per_year=10_000_000
    )
    session.commit()
    return ash


def _page(session, sessions, client, **asked):
    run = make_run(session, sessions, request(session, scene.actor_of(session), **asked))
    client.set_cookie("lang", "en")
    return run, client.get(f"/runs/{run.id}").text


def test_a_haul_that_gives_off_more_than_its_use_avoids_is_shown_as_a_loss(
    session, sessions, client
):
    """10 kg CO2 a dry tonne, 9 kg a wet one, beside 178.3 km x 0.1 x 1.3 = 23 kg of haulage."""
    scene.make_catalogue(session)
    session.get(Factor, "co2_clinker").value = 0.01
    _lone_pair(session, FAR)
    run, page = _page(session, sessions, client)
    flow = session.scalars(sa.select(MatchFlow)).one()
    per_t = flow.explanation["co2_kg_per_t"]
    assert per_t == pytest.approx(9 - 178.3 * 0.13, abs=0.1)
    assert RunSummary.of(run.summary).co2_kg == pytest.approx(per_t * 10_000, rel=1e-6)
    strip = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
    assert re.search(r"Net CO₂ saved [−-]0\.1\d* kt CO₂", strip), strip[:3000]
    told = client.get(f"/runs/{run.id}/flows/{flow.offer_id}-{flow.want_id}")
    assert told.status_code == 200
    assert re.search(rf"[−-]{abs(per_t):.1f}", told.text)


def test_the_largest_lot_there_may_be_ends_in_the_room_there_is(session, sessions, client):
    """100 Mt, above any works; more than that no listing may have (`test_fields.py`)."""
    scene.make_catalogue(session)
    _lone_pair(session, 0.1, mass_kg_per_year=MAX_MASS_KG_PER_YEAR)
    run, page = _page(session, sessions, client)
    summary = RunSummary.of(run.summary)
    assert (summary.tonnes, summary.available_t) == (10_000, 100_000_000)
    assert run.status == RunStatus.OPTIMAL
    assert "Every use in reach that accepts it is full" in page


def test_what_nobody_takes_is_an_empty_run_that_says_so(session, sessions, client):
    scene.make_catalogue(session)
    make_material(session, "odd", name_en="Odd waste")
    _lone_pair(session, 0.1, material_id="odd")
    run, page = _page(session, sessions, client)
    assert run.status == RunStatus.EMPTY
    assert "Nobody in this run takes it" in page
