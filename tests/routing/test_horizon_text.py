"""Several days as JSON: what is written reads back the same, and faults name their place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from routing.horizon import Closure, Dated, HorizonProblem, Roster, Yard
from routing.horizon_text import written_horizon
from routing.instances import InstanceError
from routing.problem import Collection, Window
from routing.reader import read_instance
from tests.routing.horizons import horizon, tank

LOT = Collection("lot", "pit", "glass", 4_000, ("works",), 900, 60, 30, (Window(0, 9),), 500)
FULL = horizon(
    2,
    tanks=[tank(60, 30, (10, 20), closing_t=40, overflow_fen_per_t=7)],
    dated=[Dated(LOT, 0, 1)],
    yards=[Yard("works", 10_000, (5_000, 0), 20_000, 1_000, 3)],
    rosters=[Roster("tipper0", frozenset({1}), 1)],
    closures=[Closure("pit", frozenset({0}))],
)


def read(tmp_path: Path, text: str) -> HorizonProblem:
    path = tmp_path / "week.json"
    path.write_text(text, encoding="utf-8")
    found = read_instance(path)
    assert isinstance(found, HorizonProblem)
    return found


def test_what_is_written_reads_back_the_same(tmp_path: Path) -> None:
    back = read(tmp_path, written_horizon(FULL))
    for name in ("days", "dated", "tanks", "yards", "rosters", "closures"):
        assert getattr(back, name) == getattr(FULL, name)
    for name in ("sites", "depots", "materials", "receivers", "vehicle_types", "vehicles", "hours"):
        assert getattr(back.day, name) == getattr(FULL.day, name)
    assert (back.day.travel.duration_s == FULL.day.travel.duration_s).all()


def test_one_number_stands_for_every_day(tmp_path: Path) -> None:
    text = re.sub(r'"inflow_kg": \[[^]]*\]', '"inflow_kg": 7', written_horizon(FULL))
    assert read(tmp_path, text).tanks[0].inflow_kg == (7, 7)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('"opening_kg": 30000', '"opening_kg": 90000', "tank ash: opens with 90000 kg"),
        ('"room_kg": 60000', '"room": 60000', "'room' is not known here; did you mean 'room_kg'"),
        ('"most_days": 1', '"most_days": -1', "-1 is below 0"),
        ('"latest_day": 1', '"latest_day": 5', "latest day 5"),
    ],
)
def test_a_fault_names_file_line_and_column(tmp_path: Path, old: str, new: str, fault: str) -> None:
    text = written_horizon(FULL)
    assert old in text
    with pytest.raises(InstanceError, match=fault) as caught:
        read(tmp_path, text.replace(old, new))
    assert re.search(r"week\.json, line \d+, column \d+: ", str(caught.value))


def test_a_tanks_mass_may_stand_beside_its_room_if_it_is_the_same(tmp_path: Path) -> None:
    """Weeks stored before the two were told apart state both."""
    written = written_horizon(FULL)
    both = written.replace('"room_kg": 60000', '"mass_kg": 60000, "room_kg": 60000')
    assert both != written
    assert read(tmp_path, both).tanks == FULL.tanks
    with pytest.raises(InstanceError, match="a tank's mass is its room, 60000 kg"):
        read(tmp_path, both.replace('"mass_kg": 60000', '"mass_kg": 5'))
