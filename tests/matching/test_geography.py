import numpy as np
import pytest

from matching import geography
from matching.geography import EARTH_RADIUS_KM, great_circle_km, neighbours
from matching.problem import Position
from tests.matching.build import arc_km


def test_a_quarter_of_the_equator():
    km = great_circle_km(np.array([0.0]), np.array([0.0]), np.array([0.0]), np.array([90.0]))
    assert km[0] == pytest.approx(EARTH_RADIUS_KM * np.pi / 2, rel=1e-14)


def test_antipodes_are_half_a_turn_apart():
    km = great_circle_km(np.array([90.0]), np.array([0.0]), np.array([-90.0]), np.array([0.0]))
    assert km[0] == pytest.approx(EARTH_RADIUS_KM * np.pi)


def test_two_formulas_agree():
    dice = np.random.default_rng(1)
    degrees = np.column_stack((dice.uniform(-90, 90, 200), dice.uniform(-180, 180, 200)))
    a, b = degrees[:100], degrees[100:]
    km = great_circle_km(a[:, 0], a[:, 1], b[:, 0], b[:, 1])
    other = [
        arc_km(Position(*p), Position(*q)) for p, q in zip(a.tolist(), b.tolist(), strict=True)
    ]
    assert km == pytest.approx(other, rel=1e-9)


@pytest.mark.parametrize("radius_km", [50.0, 400.0, 15_000.0])
def test_the_index_finds_exactly_the_pairs_arithmetic_finds(monkeypatch, radius_km):
    dice = np.random.default_rng(2)
    a = np.column_stack((dice.uniform(20, 50, 300), dice.uniform(170, 190, 300)))
    a[:, 1] = (a[:, 1] + 180) % 360 - 180  # across the date line
    b = a[::-1] + 0.1
    plain = neighbours(a, b, radius_km)
    monkeypatch.setattr(geography, "_ALL_PAIRS_MAX", 0)
    indexed = neighbours(a, b, radius_km)
    assert len(plain[0]) > 100
    for one, other in zip(plain, indexed, strict=True):
        assert one == pytest.approx(other, abs=1e-9)


def test_a_pair_on_the_rim_is_inside(monkeypatch):
    a, b = np.array([[0.0, 0.0]]), np.array([[0.0, 1.0]])
    rim = float(great_circle_km(a[:, 0], a[:, 1], b[:, 0], b[:, 1])[0])
    assert len(neighbours(a, b, rim)[0]) == 1
    monkeypatch.setattr(geography, "_ALL_PAIRS_MAX", 0)
    assert len(neighbours(a, b, rim)[0]) == 1
    assert len(neighbours(a, b, rim * (1 - 1e-12))[0]) == 0


def test_nobody_has_no_neighbours():
    rows, columns, km = neighbours(np.zeros((0, 2)), np.zeros((3, 2)), 10)
    assert len(rows) == len(columns) == len(km) == 0
