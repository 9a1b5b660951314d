"""Road factors by region and year: the narrowest region with figures, the newest of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from routing.day_text import _road_factor
from routing.instances import InstanceError
from routing.jsontext import parse_json
from routing.road_factors import NoRoadFactorError, RoadFactor, road_factor_for

PLAIN = RoadFactor("plain", "country", 1.27, 2015, 2025)
NEWER = RoadFactor("newer", "country", 1.25, 2024)
HILLS = RoadFactor("hills", "hill county", 1.45, 2015, 2025)
ROWS = (PLAIN, HILLS, NEWER)


@pytest.mark.parametrize(
    ("regions", "year", "found"),
    [
        (["hill county", "country"], 2026, HILLS),
        (["plain county", "country"], 2026, NEWER),
        (["plain county", "country"], 2023, PLAIN),
    ],
)
def test_the_narrowest_region_with_figures_by_then_counts(
    regions: list[str], year: int, found: RoadFactor
) -> None:
    assert road_factor_for(ROWS, regions, year) is found


def test_no_figures_are_told_and_never_made_up() -> None:
    with pytest.raises(NoRoadFactorError, match="no road factor for moon in 2026; there is count"):
        road_factor_for(ROWS, ["moon"], 2026)
    with pytest.raises(NoRoadFactorError, match="there is no region"):
        road_factor_for(ROWS, ["country"], 2000)
    with pytest.raises(ValueError, match="below 1"):
        RoadFactor("wrong", "country", 0.9)


def test_a_day_may_give_rows_regions_and_a_year() -> None:
    text = """{"road_factors": [{"id": "a", "region": "country", "value": 1.3, "year_from": 2015}],
      "regions": ["county", "country"], "year": 2026}"""
    assert _road_factor(parse_json(text, Path("day"))) == 1.3
    wrong = parse_json(text.replace('"county", "country"', '"moon"'), Path("day"))
    with pytest.raises(InstanceError, match="line 2, column 18: no road factor for moon"):
        _road_factor(wrong)
