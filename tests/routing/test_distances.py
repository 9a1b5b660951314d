"""Road tables over real HTTP on 127.0.0.1."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from routing.http_client import Client, Patience, RoadTableError, Trouble
from routing.problem import Site
from routing.tables_http import (
    Osrm,
    Router,
    UnreachableError,
    Valhalla,
    road_travel,
    router_at,
)
from tests.routing.road_server import Land, road_server

SITES = (
    Site("kiln", 34.60, 112.40),
    Site("mill", 34.65, 112.55),
    Site("pit", 34.70, 112.30),
)
HASTY = Patience(timeout_s=0.3, tries=3, pause_s=0.01)


@pytest.fixture
def land(monkeypatch: pytest.MonkeyPatch) -> Iterator[Land]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with road_server(Land()) as served:
        yield served


def routers(land: Land) -> list[Router]:
    return [Osrm(land.address), Valhalla(land.address)]


def many(count: int) -> tuple[Site, ...]:
    return tuple(Site(f"s{i}", 34 + i % 7 / 100, 112 + i / 100) for i in range(count))


@pytest.mark.parametrize("slim", [False, True])
def test_both_routers_give_metres_and_seconds_each_way(land: Land, slim: bool) -> None:
    land.slim = slim
    for router in routers(land):
        travel = road_travel(router, SITES, Client(patience=HASTY))
        # kiln to mill: 0.15 degrees east and 0.05 north of 100 km each: 20 km, 1,000 s at 20 m/s,
        # and 15 km eastward at 40 m/s more: 375 s. Back, westward: 1,000 s.
        assert travel.metres("kiln", "mill") == 20_000
        assert travel.seconds("kiln", "mill") == 1_375
        assert travel.seconds("mill", "kiln") == 1_000
        assert travel.seconds("pit", "pit") == 0
        assert travel.source == router.name


def test_a_large_table_is_asked_for_in_blocks_and_put_together_in_order(land: Land) -> None:
    land.most_places, land.most_pairs = 10, 25
    sites = many(11)
    seen: list[tuple[int, int]] = []
    asked = []
    for router in (Osrm(land.address, most_places=10), Valhalla(land.address, most_pairs=25)):
        before = len(land.asked)
        travel = road_travel(
            router, sites, Client(patience=HASTY), lambda a, b: seen.append((a, b))
        )
        asked.append(len(land.asked) - before)
        for i, origin in enumerate(sites):
            for j, destination in enumerate(sites):
                metres, seconds = land.drive(
                    (origin.longitude_deg, origin.latitude_deg),
                    (destination.longitude_deg, destination.latitude_deg),
                )
                assert metres is not None
                assert seconds is not None
                assert travel.metres(origin.id, destination.id) == round(metres), (i, j)
                assert abs(travel.seconds(origin.id, destination.id) - seconds) <= 1
    # Blocks of 5, 5 and 1: nine pairs of blocks, of which one is a single site and itself.
    assert asked == [8, 8]
    assert seen == [(i, 8) for i in range(1, 9)] * 2


def test_a_server_with_a_lower_limit_is_told_of_by_name(land: Land) -> None:
    land.most_places, land.most_pairs = 4, 4
    with pytest.raises(RoadTableError, match="most_places"):
        road_travel(Osrm(land.address), many(5), Client(patience=HASTY))
    with pytest.raises(RoadTableError, match=r"Exceeded max locations \(code 150"):
        road_travel(Valhalla(land.address), many(5), Client(patience=HASTY))
    assert len(land.asked) == 2


def test_pairs_without_a_road_are_named_and_never_made_up(land: Land) -> None:
    kiln, mill = ((row.longitude_deg, row.latitude_deg) for row in SITES[:2])
    land.cut = {(kiln, mill)}
    for router in routers(land):
        with pytest.raises(UnreachableError, match="kiln -> mill") as caught:
            road_travel(router, SITES, Client(patience=HASTY))
        assert caught.value.pairs == (("kiln", "mill"),)


def test_a_place_off_the_road_is_found_by_halving(land: Land) -> None:
    sites = many(12)
    lost = sites[7]
    land.off_road = {(round(lost.longitude_deg, 6), round(lost.latitude_deg, 6))}
    for router in routers(land):
        before = len(land.asked)
        with pytest.raises(UnreachableError) as caught:
            road_travel(router, sites, Client(patience=HASTY))
        assert "s7" in caught.value.pairs[0]
        assert len(land.asked) - before <= 2 + 2 * 8


def test_what_may_pass_is_tried_again_a_bounded_number_of_times(land: Land) -> None:
    land.bad_statuses = [503, 502]
    waits: list[float] = []
    client = Client(patience=HASTY, sleep=waits.append)
    assert road_travel(Osrm(land.address), SITES, client).metres("kiln", "mill") == 20_000
    # Twice as long each time.
    assert waits == [0.01, 0.02]
    land.bad_statuses = [500] * 9
    with pytest.raises(RoadTableError, match="status 500, asked 3 times"):
        road_travel(Osrm(land.address), SITES, client)
    assert len(land.bad_statuses) == 6


def test_the_server_says_how_long_to_wait(land: Land) -> None:
    land.bad_statuses, land.retry_after = [429], "7"
    waits: list[float] = []
    road_travel(Valhalla(land.address), SITES, Client(patience=HASTY, sleep=waits.append))
    assert waits == [7.0]
    land.bad_statuses, land.retry_after = [429], "Wed, 21 Oct 2026 07:28:00 GMT"
    road_travel(Valhalla(land.address), SITES, Client(patience=HASTY, sleep=waits.append))
    assert waits == [7.0, 0.01]


def test_a_wait_longer_than_patience_lasts_is_not_begun(land: Land) -> None:
    land.bad_statuses, land.retry_after = [429] * 9, "99999"
    waits: list[float] = []
    told: list[str] = []
    client = Client(patience=HASTY, sleep=waits.append, on_wait=told.append)
    with pytest.raises(RoadTableError, match=r"asks to wait 99999 s and of the 60 s .* asked once"):
        road_travel(Osrm(land.address), SITES, client)
    assert waits == []
    assert told == []
    assert len(land.asked) == 1


def test_each_pause_is_told_before_it_begins(land: Land) -> None:
    land.bad_statuses, land.retry_after = [429, 503], "2"
    told: list[str] = []
    client = Client(patience=HASTY, sleep=lambda _: None, on_wait=told.append)
    road_travel(Osrm(land.address), SITES, client)
    assert told == [f"{land.address}: status {status}; asked again in 2 s" for status in (429, 503)]


@pytest.mark.parametrize("part", ["drip", "drip_head"])
def test_an_answer_byte_by_byte_ends_with_the_time_for_all_tries(land: Land, part: str) -> None:
    setattr(land, part, True)
    patience = Patience(timeout_s=0.3, tries=9, pause_s=0.01, total_s=0.7)
    began = time.monotonic()
    with pytest.raises(RoadTableError, match="no answer within"):
        road_travel(Osrm(land.address), SITES, Client(patience=patience))
    assert time.monotonic() - began < 1.5


def test_a_refusal_is_not_asked_again(land: Land) -> None:
    with pytest.raises(RoadTableError, match="No costing method found"):
        road_travel(Valhalla(land.address, costing="sledge"), SITES, Client(patience=HASTY))
    with pytest.raises(RoadTableError, match="InvalidUrl"):
        road_travel(Osrm(land.address, profile="a b"), SITES, Client(patience=HASTY))
    assert len(land.asked) == 2


def test_slow_broken_and_hung_up_answers_end_in_a_clear_error(land: Land) -> None:
    land.delay_s = 0.6
    with pytest.raises(RoadTableError, match=r"no answer within 0.3 s, asked 3 times"):
        road_travel(Osrm(land.address), SITES, Client(patience=HASTY))
    land.delay_s, land.drip = 0.0, True
    with pytest.raises(RoadTableError, match="no answer within"):
        road_travel(Osrm(land.address), SITES, Client(patience=HASTY))
    land.drip, land.hang_up = False, 9
    with pytest.raises(RoadTableError, match="cannot be reached"):
        road_travel(Osrm(land.address), SITES, Client(patience=HASTY))
    land.hang_up, land.shorten = 0, 2
    assert road_travel(Osrm(land.address), SITES, Client(patience=HASTY)).metres("pit", "pit") == 0
    land.text = "<html>Welcome</html>"
    with pytest.raises(RoadTableError, match="no JSON"):
        road_travel(Osrm(land.address), SITES, Client(patience=HASTY))


def test_nobody_listening_and_no_web_address_are_told_apart(land: Land) -> None:
    with road_server(Land()) as other:
        address = other.address
    with pytest.raises(RoadTableError, match=r"cannot be reached .*asked 3 times"):
        road_travel(Osrm(address), SITES, Client(patience=HASTY))
    with pytest.raises(RoadTableError, match="not an http"):
        road_travel(Osrm("file:///etc"), SITES, Client(patience=HASTY))


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"code": "Ok"}', "'distances' is not a table of 3 x 3"),
        ('{"code": "Ok", "distances": [[0, 1, 2]], "durations": []}', "not a table"),
        (
            '{"code": "Ok", "distances": [[0, 1, "x"], [1, 0, 1], [1, 1, 0]], "durations": []}',
            "'x', which is no number",
        ),
        (
            '{"code": "Ok", "distances": [[0, 1, -4], [1, 0, 1], [1, 1, 0]], "durations": []}',
            "holds -4",
        ),
        ("[1]", "no JSON object"),
    ],
)
def test_an_answer_that_is_no_table_is_refused(land: Land, text: str, fault: str) -> None:
    land.text = text
    with pytest.raises(RoadTableError, match=fault):
        road_travel(Osrm(land.address), SITES, Client(patience=HASTY))


@pytest.mark.parametrize("number", ["1e300", "NaN", "2147484"])
def test_a_router_s_number_beyond_any_way_is_told_as_what_it_is(land: Land, number: str) -> None:
    # 2,147,484 km are more metres than a table holds.
    row = f"[0, {number}, 1]"
    rows = f"[{row}, {row}, {row}]"
    land.text = f'{{"sources_to_targets": {{"distances": {rows}, "durations": {rows}}}}}'
    with pytest.raises(RoadTableError, match="which is not from 0 to 2,147,483"):
        road_travel(Valhalla(land.address), SITES, Client(patience=HASTY))
    if number != "2147484":
        land.text = f'{{"code": "Ok", "distances": {rows}, "durations": {rows}}}'
        with pytest.raises(RoadTableError, match="which is not from 0 to 2,147,483,647"):
            road_travel(Osrm(land.address), SITES, Client(patience=HASTY))


def test_straight_lines_in_the_answer_are_refused(land: Land) -> None:
    land.straight = True
    with pytest.raises(RoadTableError, match="straight lines"):
        road_travel(Osrm(land.address), SITES, Client(patience=HASTY))


def test_good_answers_are_kept_and_bad_ones_are_not(land: Land, tmp_path: Path) -> None:
    client = Client(tmp_path / "tables", HASTY)
    first = road_travel(Osrm(land.address), SITES, client)
    again = road_travel(Osrm(land.address), SITES, client)
    assert len(land.asked) == 1
    assert np.array_equal(first.distance_m, again.distance_m)
    assert np.array_equal(first.duration_s, again.duration_s)
    # Another place, profile or router is another question.
    moved = (*SITES[:2], Site("pit", 34.70, 112.31))
    road_travel(Osrm(land.address), moved, client)
    road_travel(Osrm(land.address, profile="truck"), SITES, client)
    road_travel(Valhalla(land.address), SITES, client)
    assert len(land.asked) == 4
    (tmp_path / "tables" / next(iter(sorted((tmp_path / "tables").iterdir()))).name).write_text("{")
    for router in (Osrm(land.address), Osrm(land.address, profile="truck"), Valhalla(land.address)):
        road_travel(router, SITES, client)
    road_travel(Osrm(land.address), moved, client)
    # The file cut short is asked for once more, the rest is not.
    assert len(land.asked) == 5
    land.straight = True
    with pytest.raises(RoadTableError):
        road_travel(Osrm(land.address), many(4), client)
    land.straight = False
    road_travel(Osrm(land.address), many(4), client)
    assert len(land.asked) == 7


def test_one_site_needs_no_server() -> None:
    travel = road_travel(Osrm("http://127.0.0.1:9"), SITES[:1], Client(patience=HASTY))
    assert travel.metres("kiln", "kiln") == 0


def test_patience_has_bounds() -> None:
    for wrong in (
        {"timeout_s": 0.0},
        {"tries": 0},
        {"pause_s": -1.0},
        {"timeout_s": math.nan},
        {"total_s": 0.0},
    ):
        with pytest.raises(ValueError, match="patience"):
            Patience(**wrong)  # type: ignore[arg-type]


def test_a_failure_says_of_what_kind_it_is(land: Land) -> None:
    def trouble(address: str) -> Trouble:
        with pytest.raises(RoadTableError) as caught:
            road_travel(Osrm(address), SITES, Client(patience=HASTY))
        return caught.value.trouble

    land.text = "<html>"
    assert trouble(land.address) is Trouble.REFUSED
    land.bad_statuses = [503] * 9
    assert trouble(land.address) is Trouble.BUSY
    land.bad_statuses, land.delay_s = [], 0.6
    assert trouble(land.address) is Trouble.SLOW
    with road_server(Land()) as other:
        gone = other.address
    assert trouble(gone) is Trouble.AWAY


def test_an_address_names_the_router_and_its_profile() -> None:
    assert router_at("osrm:http://roads:5000") == Osrm("http://roads:5000")
    assert router_at("valhalla:https://roads/v", "bus") == Valhalla("https://roads/v", "bus")
    for address in ("http://roads:5000", "osrm:", "graphhopper:http://roads"):
        with pytest.raises(ValueError, match="neither osrm"):
            router_at(address)
