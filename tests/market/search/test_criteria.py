"""No address breaks the market: what makes no sense is left out and said so."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.listings.rules import Side
from market.search.criteria import Criteria, Point, Sort, parse
from market.search.labels import NOTES

MATERIALS = ("fly_ash", "fgd_gypsum")


def read(**raw):
    lists = {name: value if isinstance(value, list) else [value] for name, value in raw.items()}
    return parse(lists, materials=MATERIALS)


def test_a_full_address_is_read():
    criteria, notes = read(
        side="want",
        q=" 石膏 ",
        material=["fly_ash", "fgd_gypsum"],
        near="34.6,112.4",
        radius_km="60",
        min_t="1,000",
        sort="distance",
        page="3",
        estimates="1",
    )
    assert notes == ()
    assert criteria == Criteria(
        side=Side.WANT,
        q="石膏",
        material=("fly_ash", "fgd_gypsum"),
        near=Point(34.6, 112.4),
        radius_km=60.0,
        min_t=1000.0,
        sort=Sort.DISTANCE,
        page=3,
        estimates=True,
    )


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ({"near": "95,112"}, "bad_near"),
        ({"near": "34.6"}, "bad_near"),
        ({"near": "nan,1"}, "bad_near"),
        ({"near": "34.6,112.4", "radius_km": "-1"}, "bad_radius_km"),
        ({"near": "34.6,112.4", "radius_km": "1e999"}, "bad_radius_km"),
        ({"radius_km": "50"}, "radius_alone"),
        ({"page": "0"}, "bad_page"),
        ({"page": "9" * 6000}, "bad_page"),
        ({"page": "²"}, "bad_page"),
        ({"min_t": "-1"}, "bad_min_t"),
        ({"max_t": "lots"}, "bad_max_t"),
        ({"min_t": "10", "max_t": "5"}, "range_empty"),
        ({"side": "both"}, "bad_side"),
        ({"sort": "luck"}, "bad_sort"),
        ({"material": "gold"}, "bad_material"),
        ({"standing": "best"}, "bad_standing"),
        ({"form": "gas"}, "bad_form"),
    ],
)
def test_a_part_without_sense_is_left_out_and_named(raw, code):
    criteria, notes = read(**raw)
    assert [note.code for note in notes] == [code]
    assert criteria.page == 1
    assert criteria.radius_km is None


NAMES = ["side", "q", "material", "family", "standing", "grade", "county", "form", "near",
         "radius_km", "min_t", "max_t", "sort", "page", "estimates"]  # fmt: skip


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(NAMES), st.lists(st.text(max_size=20), max_size=3)))
def test_no_address_fails_and_every_note_has_words(raw):
    criteria, notes = parse(raw, materials=MATERIALS)
    assert all(note.code in NOTES for note in notes)
    again, more = parse(_lists(criteria.arguments(page=criteria.page)), materials=MATERIALS)
    assert again == criteria
    assert {note.code for note in more} <= {"range_empty"}


def _lists(arguments):
    return {n: v if isinstance(v, list) else [str(v)] for n, v in arguments.items()}


@settings(deadline=None)
@given(st.floats(-90, 90), st.floats(-180, 180), st.floats(1, 1000), st.floats(0, 1e8))
def test_numbers_come_back_exactly(lat, lon, radius_km, tonnes):
    criteria = Criteria(near=Point(lat, lon), radius_km=radius_km, min_t=tonnes)
    again, notes = parse(_lists(criteria.arguments()), materials=MATERIALS)
    assert (again, notes) == (criteria, ())


def test_removing_a_chip_keeps_everything_else():
    criteria, _notes = read(
        material=["fly_ash", "fgd_gypsum"], near="34.6,112.4", radius_km="60", page="2"
    )
    assert criteria.without("material", "fly_ash") == {
        "side": "offer",
        "material": ["fgd_gypsum"],
        "near": "34.6,112.4",
        "radius_km": "60",
    }
    assert "radius_km" not in criteria.without("near")


def test_without_a_viewpoint_nothing_is_sorted_by_delivered_price():
    assert read(sort="delivered")[0].order() is Sort.NEWEST
    assert read(near="34,112")[0].order() is Sort.DELIVERED
