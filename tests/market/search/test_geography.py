"""Distances agree with a second opinion, and the box always holds the circle."""

import pytest
from geopy.distance import great_circle
from hypothesis import given, settings
from hypothesis import strategies as st

from market.search import geography

lats = st.floats(-89, 89)
lons = st.floats(-180, 180)


@settings(deadline=None)
@given(lats, lons, lats, lons)
def test_the_distance_is_geopys(lat, lon, to_lat, to_lon):
    assert geography.distance_m(lat, lon, to_lat, to_lon) == pytest.approx(
        great_circle((lat, lon), (to_lat, to_lon)).m, rel=1e-5, abs=0.01
    )


@settings(deadline=None)
@given(lats, lons, st.floats(0, 360), st.floats(0, 1), st.floats(1_000, 1_000_000))
def test_what_lies_in_the_circle_lies_in_the_box(lat, lon, bearing, share, radius_m):
    # geopy's sphere is 1e-7 smaller than ours; a thousandth keeps the point inside the circle.
    there = great_circle(meters=radius_m * share * 0.999).destination((lat, lon), bearing)
    south, west, north, east = geography.box(lat, lon, radius_m)
    assert south <= there.latitude <= north
    assert west <= there.longitude <= east
