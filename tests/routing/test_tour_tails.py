"""Changing tails between tours in windows: what the search keeps up to date stays true."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routing.compiled import compiled, generator
from routing.instances import Instance, Kind
from routing.sisr import search
from routing.tour_moves import load_tours
from routing.tour_search import dense
from routing.tour_tails import TAILS, change_pair
from routing.tour_team import laid
from routing.tours import (
    AWAY,
    COST,
    DUE,
    FIRST,
    FREE,
    GAP,
    LAST,
    LATEST,
    LENGTH,
    LOAD,
    NEXT,
    OUT,
    PREV,
    READY,
    SERVICE,
    SIZE,
    SLOT,
    Fleet,
    State,
    Stops,
    empty_state,
)
from tests.routing.test_tours import delivery

# Enough customers for two pairs of tails in each iteration.
COUNT = 80


def drawn(seed: int, fixed: float) -> Instance:
    """Half of the customers in windows, tours of about a dozen."""
    draw = np.random.default_rng(seed)
    points = [(float(x), float(y)) for x, y in draw.integers(0, 100, (COUNT + 1, 2))]
    opens = draw.integers(150, 700, COUNT)
    wide = draw.random(COUNT) < 0.5
    windows = [(0.0, 1000.0)]
    windows += [
        (0.0, 900.0) if w else (float(o), float(o + 60)) for o, w in zip(opens, wide, strict=True)
    ]
    demand = [0.0, *draw.integers(1, 9, COUNT).astype(float)]
    return delivery(points, demand, (Kind(60, 40, fixed=fixed),), windows)


def searched(instance: Instance, iterations: int, heat: float) -> State:
    stops, fleet, windows = dense(instance)
    pool = instance.customers.astype(np.int32)
    state = empty_state(stops, fleet, windows, pool, generator(3))
    search(stops, fleet, state, iterations, heat, heat)
    return state


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("heat", [1e-9, 3.0, 60.0])
def test_links_sums_clocks_and_cost_are_those_of_the_tours(seed: int, heat: float) -> None:
    assert int(TAILS * COUNT) >= 2, "tails are changed here"
    instance = drawn(seed, fixed=50.0 * (seed % 2))
    state = searched(instance, 400, heat)
    cost, seen = 0.0, 0
    for slot in np.flatnonzero(state.slots[:, SIZE]):
        nodes = chained(state, slot)
        seen += len(nodes)
        check_clocks(instance, state, nodes)
        way = [0, *nodes, 0]
        legs = instance.cost[way[:-1], way[1:]]
        assert np.array_equal(state.legs[nodes, GAP], legs[:-1])
        assert np.array_equal(state.legs[nodes, OUT], legs[1:])
        assert state.sums[slot, LENGTH] == legs.sum()
        assert state.sums[slot, LOAD] == instance.demand[nodes].sum() <= 60
        cost += legs.sum() + instance.kinds[0].fixed
    assert seen == COUNT
    assert state.value[COST] == pytest.approx(cost)


def chained(state: State, slot: int) -> list[int]:
    """Follow the tour on, and see that it reads the same back."""
    nodes = [int(state.slots[slot, FIRST])]
    while (following := int(state.link[nodes[-1], NEXT])) > 0:
        assert state.link[following, PREV] == nodes[-1]
        nodes.append(following)
    assert state.link[nodes[0], PREV] == 0
    assert state.slots[slot, LAST] == nodes[-1]
    assert state.slots[slot, SIZE] == len(nodes)
    assert (state.link[nodes, SLOT] == slot).all()
    return nodes


def check_clocks(instance: Instance, state: State, nodes: list[int]) -> None:
    """Work earliest and latest starts out again, from both ends."""
    clock, latest, before, after = 0.0, instance.horizon, 0, 0
    for node in nodes:
        row, way = state.real[node], instance.time[before, node]
        start = max(clock + way, row[READY])
        assert start <= row[DUE]
        clock = start + row[SERVICE]
        assert (row[AWAY], row[FREE]) == (way, clock)
        before = node
    assert clock + instance.time[before, 0] <= instance.horizon
    for node in reversed(nodes):
        row = state.real[node]
        latest = min(latest - instance.time[node, after] - row[SERVICE], row[DUE])
        assert row[LATEST] == latest
        after = node


@compiled
def changed(  # type: ignore[no-untyped-def]
    stops: Stops, fleet: Fleet, state: State, node: int, other: int, allowed: float
):
    """Give what compiled callers alone can call to Python."""
    change_pair(stops, fleet, state, node, other, allowed)


def tours_after(
    tours: list[list[int]], node: int, other: int, allowed: float, **given: object
) -> tuple[list[list[int]], float]:
    """Change two tails of tours on a cross: two customers each on the ways east and north.

    Vehicles cost 50 each. Of the tours [1, 2] and [3, 4] each is 10 + 10 + 20 = 40 long; crossed,
    [1, 4] and [3, 2], each is 10 + 22 (from 10 east to 20 north: 22.4) + 20 = 52.
    """
    points = [(0.0, 0.0), (10.0, 0.0), (20.0, 0.0), (0.0, 10.0), (0.0, 20.0)]
    instance = delivery(points, [0.0, 1, 1, 1, 1], (Kind(2, 3, fixed=50),), [(0.0, 100.0)] * 5)
    stops, fleet, windows = dense(replace(instance, **given))  # type: ignore[arg-type]
    state = empty_state(stops, fleet, windows, np.arange(1, 5, dtype=np.int32), generator(1))
    nodes = np.array([node for tour in tours for node in tour], dtype=np.int32)
    sizes = np.array([len(tour) for tour in tours], dtype=np.int64)
    load_tours(stops, fleet, state, laid(nodes, sizes, np.zeros(len(tours), dtype=np.int64)))
    changed(stops, fleet, state, node, other, allowed)
    found = [chained(state, slot) for slot in np.flatnonzero(state.slots[:, SIZE])]
    return sorted(found), float(state.value[COST])


def _home_by(time: float) -> np.ndarray:
    return np.array([time, 100.0, 100, 100, 100])


def test_crossed_tails_are_put_right() -> None:
    crossed, right = [[1, 4], [3, 2]], [[1, 2], [3, 4]]
    # 2 x (50 + 52) = 204 before, 2 x (50 + 40) = 180 after.
    assert tours_after(crossed, 1, 2, 0.0) == (right, 180.0)
    assert tours_after(right, 1, 4, 23.9) == (right, 180.0)
    assert tours_after(right, 1, 4, 24.0) == (crossed, 204.0)


def test_a_tour_is_closed_by_going_on_with_it_and_opened_by_going_home() -> None:
    # [1] and [2] cost 70 and 90, [1, 2] costs 90.
    assert tours_after([[1], [2], [3, 4]], 1, 2, 0.0) == ([[1, 2], [3, 4]], 180.0)
    assert tours_after([[1, 2], [3, 4]], 1, 0, 70.0) == ([[1], [2], [3, 4]], 250.0)
    assert tours_after([[1, 2], [3, 4]], 1, 0, 69.9) == ([[1, 2], [3, 4]], 180.0)


def test_no_tail_goes_where_it_is_too_heavy_or_late() -> None:
    crossed = [[1, 4], [3, 2]]
    heavy = np.array([0.0, 1, 1.5, 1, 0.5])
    # Nor may [1, 2] weigh 2.5 where 2 is allowed,
    assert tours_after([[1, 4], [2, 3]], 1, 2, 99.0, demand=heavy)[0] == [[1, 4], [2, 3]]
    # nor may 2, 20 away, be reached by way of 1 (10 + 1 + 10 = 21), or home from there (42).
    early, late = np.array([100.0, 100, 20.9, 100, 100]), np.array([100.0, 100, 21, 100, 100])
    assert tours_after(crossed, 1, 2, 99.0, due=early)[0] == crossed
    assert tours_after(crossed, 1, 2, 99.0, due=late)[0] == [[1, 2], [3, 4]]
    assert tours_after([[1], [2], [3, 4]], 1, 2, 99.0, due=_home_by(41.9))[0] == [[1], [2], [3, 4]]
    assert tours_after([[1], [2], [3, 4]], 1, 2, 99.0, due=_home_by(42.0))[0] == [[1, 2], [3, 4]]
