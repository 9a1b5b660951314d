from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.money import fen_from_yuan, yuan_from_fen
from market.quantities import kg_from_tonnes, m_from_km, tonnes_from_kg
from market.web import filters


@pytest.mark.parametrize(
    ("value", "decimals", "shown"),
    [
        (None, 0, "–"),
        (0, 0, "0"),
        (-0.04, 1, "0.0"),
        (13778181, 0, "13,778,181"),
        (-35, 0, "−35"),
        (1.005, 2, "1.00"),
    ],
)
def test_numbers_are_grouped_and_minus_is_a_minus_sign(value, decimals, shown):
    assert filters.number(value, decimals) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(5.0, "5"), (0.045, "0.045"), (12345.678, "12,345.7"), (-0.5, "−0.5"), (2e9, "2,000,000,000")],
)
def test_measured_values_are_not_padded(value, shown):
    assert filters.trimmed(value) == shown


def test_ten_thousand_tonnes_in_chinese_are_kilotonnes_in_english(app):
    with app.test_request_context("/"):
        assert str(filters.wan(394_000_000)) == "39.40 万吨"
    with app.test_request_context("/", headers={"Cookie": "lang=en"}):
        assert str(filters.wan(394_000_000)) == "394.0 kt"


@pytest.mark.parametrize(
    ("fen", "shown"), [(None, "–"), (4150, "41.50"), (4200, "42"), (-3505, "−35.05"), (0, "0")]
)
def test_a_stated_price_keeps_its_fen(fen, shown):
    assert filters.price(fen) == shown


def test_people_see_shanghai_time():
    assert filters.local_time(datetime(2026, 11, 21, 18, 30, tzinfo=UTC)) == "2026-11-22 02:30"
    assert filters.local_date(datetime(2026, 11, 21, 18, 30, tzinfo=UTC)) == "2026-11-22"
    assert filters.local_date(date(2026, 1, 2)) == "2026-01-02"
    assert filters.hours(91200) == "25:20"


@pytest.mark.parametrize(
    ("second", "zh", "en"),
    [
        (19200, "5:20", "5:20"),
        (86400, "24:00", "24:00"),
        (88740, "次日 0:39", "0:39 next day"),
        (2 * 86400 + 60, "2 天后 0:01", "0:01, 2 days later"),
    ],
)
def test_what_is_after_midnight_is_a_time_of_the_next_day(app, second, zh, en):
    for lang, shown in (("zh", zh), ("en", en)):
        with app.test_request_context(headers={"Cookie": f"lang={lang}"}):
            assert filters.clock(second) == shown


@given(st.integers(min_value=0, max_value=10**12))
def test_tonnes_typed_come_back_as_the_kilograms_stored(mass_kg):
    assert kg_from_tonnes(tonnes_from_kg(mass_kg)) == mass_kg


@given(st.integers(min_value=-(10**10), max_value=10**10))
def test_yuan_typed_come_back_as_the_fen_stored(fen):
    assert fen_from_yuan(yuan_from_fen(fen)) == fen


def test_half_a_kilogram_and_half_a_metre_round_up():
    assert kg_from_tonnes("0.0005") == 1
    assert m_from_km("0.0005") == 1
