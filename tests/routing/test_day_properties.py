"""What must hold of a day's plan whatever the day: more means never give a worse one."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.check import check
from routing.day import Day
from routing.locks import Lock
from routing.operate import Situation
from routing.parameters import Parameters
from routing.plan import Plan
from routing.problem import Collection, DayProblem, ProblemError, Receiver, Window
from routing.replan import replan
from routing.solve import solve
from routing.trucks import bring_back
from tests.routing.days import HOUR, day, fleet, plane_travel, tipper
from tests.routing.hands import granted
from tests.routing.test_day_optima import FEATURES, made_up, result

Row = TypeVar("Row")
SHORT = Window(6 * HOUR, 9 * HOUR)


def outcome(problem: DayProblem, iterations: int = 1_000) -> tuple[int, int]:
    """Loads left out that must go, then the cost with what else is left out: less is better."""
    return worth(problem, solve(problem, Parameters(time_limit_s=60, max_iterations=iterations)))


def worth(problem: DayProblem, plan: Plan) -> tuple[int, int]:
    assert check(problem, plan) == ()
    found = result(Day(problem, plan.loads), plan)
    return found.must_left, found.cost_fen


def tight(seed: int) -> DayProblem:
    return replace(made_up(seed, 5), vehicles=fleet(2, shift=SHORT))


def busy(seed: int) -> DayProblem:
    """Eight to thirty collections, two to five trucks and up to two features of the model."""
    draw = np.random.default_rng(seed)
    problem = made_up(seed, int(draw.integers(8, 31)))
    for pick in draw.choice(len(FEATURES), 2, replace=False):
        # Two that bring trucks of their own may not go together: then the first stays alone.
        with suppress(ProblemError):
            problem = FEATURES[int(pick)](problem, draw)
    more = (replace(problem.vehicles[0], id=f"more{i}") for i in range(int(draw.integers(4))))
    return replace(problem, vehicles=(*problem.vehicles, *more))


def mixed(rows: tuple[Row, ...], draw: np.random.Generator) -> tuple[Row, ...]:
    return tuple(rows[i] for i in draw.permutation(len(rows)))


def turned(problem: DayProblem, draw: np.random.Generator) -> DayProblem:
    """The same day with its rows in another order."""
    return replace(
        problem,
        collections=mixed(problem.collections, draw),
        receivers=mixed(problem.receivers, draw),
        materials=mixed(problem.materials, draw),
        vehicle_types=mixed(problem.vehicle_types, draw),
        vehicles=mixed(problem.vehicles, draw),
    )


@pytest.mark.parametrize("seed", range(8))
def test_on_busy_days_more_search_is_never_worse_and_the_order_of_input_nothing(seed: int) -> None:
    problem = busy(seed)
    some, more, many = (outcome(problem, count) for count in (300, 1_200, 2_600))
    assert many <= more <= some
    assert outcome(turned(problem, np.random.default_rng(seed)), 1_200) == more


@pytest.mark.parametrize("seed", range(6))
def test_searching_on_the_order_of_the_input_does_not_matter(seed: int) -> None:
    problem, draw = busy(seed), np.random.default_rng(seed)
    plan = solve(problem, Parameters(time_limit_s=60, max_iterations=0))
    first = plan.routes[0]
    locks = (Lock(first.vehicle, first.load_ids[0]),)
    limits = Parameters(time_limit_s=60, max_iterations=400)
    there = Situation(problem, plan, locks)
    here = Situation(turned(problem, draw), replace(plan, loads=mixed(plan.loads, draw)), locks)
    routes = [set(replan(row, limits).plan.routes) for row in (there, here)]
    assert routes[0] == routes[1]


@pytest.mark.parametrize("seed", range(3))
def test_the_search_never_ends_worse_than_its_first_plan_or_a_shorter_search(seed: int) -> None:
    problem = tight(seed)
    first, some, many = (outcome(problem, count) for count in (0, 200, 2_000))
    assert many <= some <= first


@pytest.mark.parametrize("seed", range(3))
def test_two_workers_end_as_well_as_one_and_the_same_every_time(seed: int) -> None:
    problem = tight(seed)
    one, *both = (
        solve(problem, Parameters(time_limit_s=60, max_iterations=500, workers=workers))
        for workers in (1, 2, 2)
    )
    assert [check(problem, plan) for plan in both] == [(), ()]
    assert both[0].routes == both[1].routes
    ends = [result(Day(problem, plan.loads), plan) for plan in (one, both[0])]
    assert ends[0] == ends[1]


@pytest.mark.parametrize("seed", range(3))
def test_one_more_truck_never_makes_the_plan_worse(seed: int) -> None:
    fewer = tight(seed)
    assert outcome(replace(fewer, vehicles=fleet(3, shift=SHORT))) <= outcome(fewer)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(seed=st.integers(0, 10**6), like=st.integers(0, 9), out=st.booleans())
def test_planned_on_with_one_more_truck_a_plan_never_gets_worse(
    seed: int, like: int, *, out: bool
) -> None:
    problem, limits = busy(seed), Parameters(time_limit_s=60, max_iterations=300)
    plan = solve(problem, limits)
    kind = problem.vehicles[like % len(problem.vehicles)]
    more = replace(problem, vehicles=(*problem.vehicles, replace(kind, id="one more")))
    before = Situation(more, plan, out=frozenset({"one more"}) if out else frozenset())
    if out:
        before = granted(bring_back(before, "one more"))
        assert worth(more, before.plan) <= worth(problem, plan)
    assert worth(more, replan(before, limits).plan) <= worth(problem, plan)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_input_does_not_matter(seed: int) -> None:
    problem = tight(seed)
    turned = replace(
        problem,
        collections=problem.collections[::-1],
        receivers=problem.receivers[::-1],
        vehicles=problem.vehicles[::-1],
    )
    assert outcome(turned) == outcome(problem)


@pytest.mark.parametrize("seed", range(3))
def test_moving_the_map_changes_nothing_and_stretching_it_stretches_the_cost(seed: int) -> None:
    draw = np.random.default_rng(seed)
    names = ("depot", "near", "far", "pit0", "pit1", "pit2", "pit3")
    # Whole kilometres, so that moved points are as far apart as before to the metre.
    points = {
        name: (int(x), int(y))
        for name, (x, y) in zip(names, draw.integers(0, 40, (7, 2)), strict=True)
    }
    collections = [
        Collection(f"c{i}", f"pit{i}", "ash", 9_000 + 1_000 * i, ("near", "far")) for i in range(4)
    ]
    receivers = [Receiver("near", "near"), Receiver("far", "far")]
    kinds = (replace(tipper(), fixed_fen=0, fen_per_km=1000),)
    here = day(points, collections, receivers, types=kinds)
    moved = {name: (x + 700, y - 300) for name, (x, y) in points.items()}
    assert outcome(replace(here, travel=plane_travel(moved))) == outcome(here)
    # Twice as far at twice the speed: the same seconds, and at one fen a metre twice the cost, but
    # for a metre of rounding a leg.
    wide = {name: (2 * x, 2 * y) for name, (x, y) in points.items()}
    stretched = replace(here, travel=plane_travel(wide, speed_km_h=120))
    assert outcome(stretched)[1] == pytest.approx(2 * outcome(here)[1], abs=20)
