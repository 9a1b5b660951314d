"""CO2 of a day: by the truck's own factors, and nothing where it has none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from routing.emissions import Emitted, plan_co2, routes_co2_g
from routing.parameters import Parameters
from routing.problem import Collection, DayProblem, ProblemError, Receiver, VehicleType
from routing.solve import solve
from tests.routing.days import day, fleet, tipper


def one_trip(kind: VehicleType) -> DayProblem:
    points = {"depot": (0, 0), "pit": (10, 0), "works": (30, 0)}
    ash = Collection("ash", "pit", "ash", 30_000, ("works",))
    return day(points, [ash], [Receiver("works", "works")], vehicles=fleet(1), types=(kind,))


def grams(kind: VehicleType) -> tuple[int | None, int | None]:
    problem = one_trip(kind)
    plan = solve(problem, Parameters(time_limit_s=60, max_iterations=50))
    return plan_co2(problem, plan).total_g, routes_co2_g(problem, plan)["tipper0"]


def test_loaded_and_empty_kilometres_have_their_own_factors() -> None:
    # 20 km loaded at 900 g, 10 km out and 30 km home empty at 600 g: 18,000 + 24,000 g.
    both = replace(tipper(), co2_g_per_km=900, co2_empty_g_per_km=600)
    assert grams(both) == (42_000, 42_000)
    # One factor for all 60 km: 54,000 g.
    assert grams(replace(tipper(), co2_g_per_km=900)) == (54_000, 54_000)


def test_a_truck_without_a_factor_has_no_figure_and_neither_has_its_day() -> None:
    assert grams(tipper()) == (None, None)


def test_a_sum_that_lacks_a_truck_says_how_many_it_knows() -> None:
    part = Emitted.of([42_000, None, 0])
    assert part == Emitted(42_000, known=2, trucks=3)
    assert part.total_g is None
    assert Emitted.of([]).total_g == 0


def test_a_factor_for_empty_kilometres_alone_is_refused() -> None:
    with pytest.raises(ProblemError, match="none loaded"):
        replace(tipper(), co2_empty_g_per_km=600)
