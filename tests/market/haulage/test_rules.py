from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.errors import DomainError
from market.haulage.rules import PlanParameters, loads_due, next_due

MONDAY = date(2026, 11, 23)


def test_a_stream_of_one_and_a_half_trucks_fills_two_then_one() -> None:
    # Day number 739,943 is odd: floor(1.5 n) - floor(1.5 (n - 1)) is 1 for odd n and 2 for even.
    assert MONDAY.toordinal() == 739_943
    assert [loads_due(45_000, 30_000, MONDAY + timedelta(days=n)) for n in range(4)] == [1, 2, 1, 2]


def test_a_small_stream_waits_until_a_truck_is_full() -> None:
    # 6.2 t a day fill a 31 t truck every fifth day: those whose number five divides.
    due = [n for n in range(10) if loads_due(6_200, 31_000, MONDAY + timedelta(days=n))]
    assert due == [2, 7]
    assert next_due(6_200, 31_000, MONDAY) == MONDAY + timedelta(days=2)


def test_a_stream_that_fills_no_truck_within_a_year_has_no_date() -> None:
    assert next_due(0, 30_000, MONDAY) is None
    assert next_due(50, 30_000, MONDAY) is None


@given(
    day_kg=st.integers(1, 5_000_000),
    full_kg=st.integers(1_000, 50_000),
    days=st.integers(1, 400),
)
def test_no_tonne_is_lost_between_days(day_kg: int, full_kg: int, days: int) -> None:
    sent = sum(loads_due(day_kg, full_kg, MONDAY + timedelta(days=n)) for n in range(days))
    assert abs(sent * full_kg - days * day_kg) <= full_kg


@given(day_kg=st.integers(1, 60_000), full_kg=st.integers(1_000, 50_000))
def test_the_next_date_is_the_first_on_which_a_load_is_due(day_kg: int, full_kg: int) -> None:
    following = next_due(day_kg, full_kg, MONDAY)
    if following is None:
        return
    assert loads_due(day_kg, full_kg, following) >= 1
    between = (following - MONDAY).days
    assert not any(
        loads_due(day_kg, full_kg, MONDAY + timedelta(days=n)) for n in range(1, between)
    )


@pytest.mark.parametrize(
    ("field", "value"), [("reach_km", 0), ("loads_per_flow", 51), ("working_days", 400)]
)
def test_parameters_outside_their_range_name_the_field(field: str, value: int) -> None:
    with pytest.raises(DomainError) as caught:
        PlanParameters(**{field: value})
    assert (caught.value.code, caught.value.field) == ("out_of_range", field)
