"""Workers meet: everybody goes on from the cheapest plan and keeps the best one met."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routing.rivals import Rivals


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
