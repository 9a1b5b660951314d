"""What a plan is judged by says what it is compared with, also where it comes out worse."""

import pytest

from market.haulage.headline import compared_words, depots_m, headline
from market.haulage.models import PlanRoute
from market.haulage.pages import sentence

# Two loads of 10 km out and back: shuttling drives 40 km. The truck drives 30 km from and to its
# depot and 30 km between them: 60 km, of which 40 empty.
STOPS = [
    ("start", 0), ("rest", 5_000), ("load", 10_000), ("unload", 10_000), ("load", 10_000),
    ("unload", 10_000), ("rest", 9_000), ("end", 6_000),
]  # fmt: skip
SUMMARY = {
    "km": 60.0, "empty_km": 40.0, "shuttle_km": 40.0, "shuttle_empty_km": 20.0,
    "cost_fen": 110, "bound_fen": 100, "loads": 2, "vehicles": 1, "fleet": 1, "tonnes": 60.0,
    "unserved": 0,
}  # fmt: skip


def route() -> PlanRoute:
    return PlanRoute(stops=[{"kind": kind, "distance_m": way} for kind, way in STOPS])


@pytest.fixture(autouse=True)
def english(app):
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        app.preprocess_request()
        yield


def test_the_ways_from_and_to_depots_are_those_outside_the_first_and_last_load():
    assert depots_m([route()]) == 30_000


def test_a_plan_that_drives_more_than_shuttling_says_so_and_by_what():
    assert list(headline(SUMMARY))[2] == ("More than plain shuttling", "20", "km, 50 % more")
    assert ", 20 km more than one load at a time, counting the ways from" in sentence(SUMMARY)
    words = compared_words(SUMMARY, [route()])
    assert "the ways from and to the depots, 30 km of this plan" in words
    # 60 - 30 is less than the 40 km of shuttling.
    assert "Without them" not in words
    words = compared_words(SUMMARY | {"km": 75.0}, [route()])
    assert words.endswith("Without them, too, this plan drives 5 km more.")


def test_a_plan_that_saves_says_how_much():
    better = SUMMARY | {"km": 30.0}
    assert list(headline(better))[2] == ("Saved on plain shuttling", "10", "km, 25 %")
    assert "10 km less than one load at a time" in sentence(better)
