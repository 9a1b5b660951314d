"""Workers meet: everybody goes on from the cheapest plan and keeps the best one met."""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from routing.day import Day
from routing.haul import PLACE, Plan
from routing.haul_day import Layout, layout
from routing.haul_search import search
from routing.rivals import Rivals
from tests.routing.test_day_optima import made_up


class Walk(NamedTuple):
    """A search over whole numbers whose cost is the number; `step` is each worker's own."""

    value: NDArray[np.float64]
    place: NDArray[np.int64]
    best_place: NDArray[np.int64]
    step: NDArray[np.int64]


def walk(start: int, step: int) -> Walk:
    return Walk(
        np.array([float(start), float(start)]), np.array([start]), np.array([start]),
        np.array([step]),
    )  # fmt: skip


def advance(state: Walk, iterations: int, _hot: float, _cold: float) -> None:
    for _ in range(iterations):
        state.place[0] += state.step[0]
        state.value[0] = state.place[0]
        if state.value[0] < state.value[1]:
            state.value[1], state.best_place[0] = state.value[0], state.place[0]


def test_all_workers_go_on_from_the_cheapest() -> None:
    states = [walk(9, 2), walk(9, -1)]
    renewed: list[int] = []
    team = Rivals(states, advance, frozenset({"step"}), lambda state: renewed.append(id(state)))
    team.run(3, 1.0, 1.0)
    # The second went 9, 8, 7, 6, the first up to 15: both stand at 6 now, each with its own step.
    assert [int(state.place[0]) for state in states] == [6, 6]
    assert [int(state.step[0]) for state in states] == [2, -1]
    assert {id(state) for state in states} <= set(renewed)


def test_the_best_plan_outlives_a_cheaper_current_one() -> None:
    # The first was at 1 once and stands at 7; the second stands at 5: go on from 5, remember 1.
    first, second = walk(7, 0), walk(5, 0)
    first.value[1], first.best_place[0] = 1.0, 1
    Rivals([first, second], advance, frozenset({"step"})).run(1, 1.0, 1.0)
    for state in (first, second):
        assert (state.place[0], state.best_place[0], state.value[0], state.value[1]) == (5, 1, 5, 1)


def driven(dense: Layout, truck: int, tasks: list[int]) -> float:
    """What driving the tasks in turn costs, from the truck's start to its end."""
    kind, start, home = dense.trucks.whole[truck]
    places = [start, *dense.jobs.whole[tasks, PLACE], home]
    return float(sum(dense.trucks.cost[kind, a, b] for a, b in itertools.pairwise(places)))


def test_rivals_on_a_day_know_places_in_their_own_tours_only() -> None:
    """A place remembered from another worker's tours once led out of the arrays."""
    dense = layout(Day.of(made_up(0, 80)))
    states = [dense.empty(seed) for seed in (1, 2)]

    def searched(plan: Plan, iterations: int, hot: float, cold: float) -> None:
        search(dense.jobs, dense.trucks, dense.rules, plan, iterations, hot, cold)

    team = Rivals(states, searched, frozenset({"random"}))
    places = 0
    for _ in range(20):
        team.run(50, 1e4, 1e4)
        plan = states[0]
        fresh = (plan.known == plan.version) & (plan.size > 0) & (plan.known_at[:, :, 0] >= 0)
        for load, truck in np.argwhere(fresh):
            tour = plan.tour[truck, : plan.size[truck]].tolist()
            start, drop, end = plan.known_at[load, truck]
            longer = [*tour[:start], load, *tour[start:end], drop, *tour[end:]]
            extra = driven(dense, truck, longer) - driven(dense, truck, tour)
            assert plan.least[load, truck] == pytest.approx(extra, abs=1e-6)
            places += 1
    assert places > 0
