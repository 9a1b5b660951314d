"""Months and stoppages, counted by hand."""

from datetime import date
from fractions import Fraction

import pytest

from market.catalogue.models import PolicyRule
from market.matchmaking.calendar import KILN_STOPPAGES, Year, later, spread

KILN = ("clinker", "Henan")


def test_a_kiln_stands_from_mid_november_to_mid_march():
    running = Year(date(2026, 11, 1), KILN_STOPPAGES).running(*KILN)
    # 1 to 14 November, nothing in winter, 16 to 31 March.
    assert running[:6] == (Fraction(14, 30), 0, 0, 0, Fraction(16, 31), 1)
    assert set(running[6:]) == {1}


@pytest.mark.parametrize(("process", "province"), [("cement_po", "Henan"), ("clinker", "Hubei")])
def test_mills_and_other_provinces_keep_running(process, province):
    assert set(Year(date(2026, 12, 1), KILN_STOPPAGES).running(process, province)) == {1}


def test_without_the_rule_in_force_nothing_stops():
    assert Year.under(date(2026, 12, 1), []).stoppages == ()
    assert Year.under(date(2026, 12, 1), [PolicyRule(id="K1")]).stoppages == KILN_STOPPAGES


def test_twelve_months_run_over_new_year():
    year = Year(date(2026, 12, 1))
    assert year.periods[:2] == ("2026-12", "2027-01")
    assert year.periods[-1] == "2027-11"
    assert later(date(2026, 12, 1), -1) == date(2026, 11, 1)


def test_no_kilogram_is_lost_in_spreading():
    assert spread(100, [Fraction(1)] * 3) == (33, 33, 34)
    assert spread(7, [Fraction(1, 2), Fraction(0), Fraction(1)]) == (2, 0, 5)
    assert spread(7, [Fraction(0)] * 2) == (0, 0)
    shares = Year(date(2026, 12, 1), KILN_STOPPAGES).running(*KILN)
    assert sum(spread(144_000_001, shares)) == 144_000_001
