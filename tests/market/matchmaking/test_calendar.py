"""Months, stoppages and what of a year falls into them, counted by hand."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.catalogue.models import Stoppage
from market.matchmaking.calendar import Horizon, later, spread
from market.matchmaking.models import OwnStop
from market.matchmaking.stopping import spells
from market.matchmaking.stops import Place, Stop, Stops

NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
KILN = Place(1, "Henan", "Luoyang", "clinker")


def law(**fields) -> Stoppage:
    row = {
        "id": "K1-HA",
        "province": "Henan",
        "prefecture": "",
        "process_ids": ["clinker"],
        "first_day": "11-15",
        "last_day": "03-15",
        "valid_from": None,
        "valid_to": None,
    }
    return Stoppage(**{**row, **fields})


def running(first_month, stops, place=KILN, months=12):
    return Horizon(first_month, months).running(stops.of(place))


def test_a_kiln_stands_from_mid_november_to_mid_march():
    shares = running(NOVEMBER, Stops([law()]))
    # 1 to 14 November, nothing in winter, 16 to 31 March.
    assert shares[:6] == (Fraction(14, 30), 0, 0, 0, Fraction(16, 31), 1)
    assert set(shares[6:]) == {1}


@pytest.mark.parametrize(
    "place",
    [Place(1, "Henan", "Luoyang", "cement_po"), Place(1, "Hubei", "Wuhan", "clinker")],
)
def test_mills_and_other_provinces_keep_running(place):
    assert set(running(DECEMBER, Stops([law()]), place)) == {1}


def test_without_a_row_nothing_stops():
    assert set(running(DECEMBER, Stops())) == {1}


def test_a_row_holds_within_its_dates_only():
    ended = law(valid_to=date(2026, 12, 10))
    # Of December the first ten days are taken, of January none.
    assert running(DECEMBER, Stops([ended]))[:2] == (Fraction(21, 31), 1)


def test_a_local_notice_takes_the_place_of_the_province_for_its_own_dates():
    notice = law(
        id="LY", prefecture="Luoyang", first_day="12-01", last_day="12-10",
        valid_from=date(2026, 11, 1), valid_to=date(2027, 3, 31),
    )  # fmt: skip
    shares = running(NOVEMBER, Stops([law(), notice]), months=24)
    # The first winter ten days by the notice, the second from 15 November by the province.
    assert shares[:3] == (1, Fraction(21, 31), 1)
    assert shares[12:14] == (Fraction(14, 30), 0)
    elsewhere = Place(1, "Henan", "Sanmenxia", "clinker")
    assert running(NOVEMBER, Stops([law(), notice]), elsewhere)[0] == Fraction(14, 30)


def test_a_firm_adds_days_of_its_own_to_its_process_alone():
    june = {"first_on": date(2027, 6, 1), "last_on": date(2027, 6, 15)}
    own = OwnStop(site_id=1, process_id="clinker", **june)
    stops = Stops([law()], [own])
    assert running(DECEMBER, stops)[6] == Fraction(15, 30)
    assert running(DECEMBER, stops, Place(2, "Henan", "Luoyang", "clinker"))[6] == 1


def test_a_stop_is_told_as_unbroken_times():
    stop = Stop(None, None, "11-15", "03-15")
    assert spells(stop, Horizon(date(2027, 1, 1), 12).months) == [
        (date(2027, 1, 1), date(2027, 3, 15)),
        (date(2027, 11, 15), date(2027, 12, 31)),
    ]
    assert spells(stop, Horizon(date(2027, 4, 1), 3).months) == []
    assert Stop.of_json(stop.as_json()) == stop


def test_months_run_over_new_year():
    horizon = Horizon(DECEMBER)
    assert horizon.periods[:2] == ("2026-12", "2027-01")
    assert horizon.periods[-1] == "2027-11"
    assert later(DECEMBER, -1) == NOVEMBER


def test_part_of_a_year_has_the_tonnes_of_its_days():
    # April to October run whole, half of November and of March beside them.
    april = Horizon(date(2027, 4, 1), 7)
    stops = Stops([law()]).of(KILN)
    weights = 7 + Fraction(14, 30) + Fraction(16, 31)
    assert april.spread(120_000, stops)[0] == int(120_000 / weights)
    assert Horizon(date(2027, 1, 1), 2).spread(120_000, stops) == (0, 0)
    assert Horizon(date(2027, 1, 1), 6).spread(120) == (10,) * 6


@given(
    st.integers(1, 60),
    st.integers(0, 10**9),
    st.dates(date(2024, 1, 1), date(2030, 1, 1)),
    st.booleans(),
)
def test_every_whole_year_of_a_horizon_has_the_years_mass(months, mass_kg, day, stopped):
    horizon = Horizon(day.replace(day=1), months)
    stops = Stops([law()]).of(KILN) if stopped else ()
    parts = horizon.spread(mass_kg, stops)
    assert len(parts) == months
    for year in range(months // 12):
        assert sum(parts[12 * year : 12 * year + 12]) == mass_kg
    assert sum(parts[months // 12 * 12 :]) <= mass_kg
    # More months change nothing before them.
    assert Horizon(horizon.first_month, months + 1).spread(mass_kg, stops)[:months] == parts


def test_no_kilogram_is_lost_in_spreading():
    assert spread(100, [Fraction(1)] * 3) == (33, 33, 34)
    assert spread(7, [Fraction(1, 2), Fraction(0), Fraction(1)]) == (2, 0, 5)
    assert spread(7, [Fraction(0)] * 2) == (0, 0)
