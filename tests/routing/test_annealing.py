"""Temperatures over a run."""

from __future__ import annotations

import pytest

from routing.annealing import Cooling


def test_one_round_falls_by_equal_factors() -> None:
    cooling = Cooling(100.0, 1.0)
    assert [cooling.at(share) for share in (0.0, 0.5, 1.0, 1.2)] == pytest.approx([100, 10, 1, 1])


def test_each_round_begins_hot_and_only_the_last_ends_cold() -> None:
    """Of two rounds the first is half over at a quarter of the run, the second at three."""
    cooling = Cooling(100.0, 1.0, rounds=2)
    shares = (0.0, 0.25, 0.5, 0.75, 1.0)
    assert [cooling.at(share) for share in shares] == pytest.approx([100, 10, 100, 10, 1])
