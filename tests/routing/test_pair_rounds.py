"""Rounds of the pair search: tours emptied for a new start, and the best choice among tours."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.annealing import Cooling
from routing.chains import FIRST, NEXT, SLOT
from routing.compiled import generator
from routing.instances import Instance
from routing.pair_columns import Columns
from routing.pair_search import LONG_TOUR, STARTS, _Run, dense
from routing.pair_shake import shake
from routing.pair_sisr import search
from routing.pair_state import (
    ABSENT,
    ACTIVE,
    BEST,
    COST,
    LENGTH,
    MOST,
    PENALTY,
    SIZE,
    Floats,
    Ints,
    Pairs,
    State,
    empty_state,
)
from routing.parameters import Parameters, Progress
from routing.solution import Tour, Tours, cost_of, faults
from routing.tour_search import solve_tours
from tests.routing.test_pairs import pairs

LOADS = 12


def drawn(seed: int) -> Instance:
    """Twelve loads with windows of 40 in a day of 400, of which a vehicle holds a few."""
    random = np.random.default_rng(seed)
    points = [(20.0, 20.0), *(tuple(row) for row in random.integers(0, 40, (2 * LOADS, 2)))]
    opens = random.integers(0, 150, LOADS)
    windows = [(0.0, 400.0), *((float(o), o + 40.0) for o in [*opens, *(opens + 60)])]
    amounts = random.integers(3, 8, LOADS).tolist()
    return pairs([(float(x), float(y)) for x, y in points], amounts, windows, vehicles=LOADS)


def searched(instance: Instance, seed: int = 1) -> tuple[Pairs, State, Ints]:
    matrices, times, mass, nodes = dense(instance)
    state = empty_state(matrices, times, mass, LOADS, generator(seed))
    search(matrices, state, 200, 1.0, 0.1)
    return matrices, state, nodes


def orders(link: Ints, slots: Ints) -> list[tuple[int, ...]]:
    """Read the nodes of each tour."""
    found = []
    for slot in np.flatnonzero(slots[:, SIZE]).tolist():
        order, node = [], int(slots[slot, FIRST])
        while node:
            order.append(node)
            node = int(link[node, NEXT])
        found.append(tuple(order))
    return found


def checked(instance: Instance, nodes: Ints, tours: list[tuple[int, ...]]) -> float:
    """Hold the tours to the instance; returns their cost."""
    named = tuple(Tour(0, tuple(nodes[list(order)].tolist())) for order in tours)
    placed = {node for tour in named for node in tour.nodes}
    absent = tuple(node for node in instance.customers.tolist() if node not in placed)
    cost = cost_of(instance, named)
    assert not list(faults(instance, Tours(named, absent, cost, 0, 0)))
    return cost


def columns(costs: dict[frozenset[int], float]) -> Columns:
    found = Columns()
    found.cheapest = {key: (cost, ()) for key, cost in costs.items()}
    return found


def chosen(among: Columns, loads: int, vehicles: int, below: float) -> float | None:
    numbers = among.choose(loads, vehicles, below, 10.0)
    if numbers is None:
        return None
    keys = [list(among.cheapest)[number] for number in numbers]
    assert sorted(load for key in keys for load in key) == list(range(1, loads + 1))
    assert len(keys) <= vehicles
    return sum(among.cheapest[key][0] for key in keys)


def test_the_cheapest_choice_puts_tours_of_two_plans_together() -> None:
    # {1, 2} and {3} cost 15, {1} and {2, 3} 13, one tour each 12: too many for two vehicles.
    one, two, three = frozenset({1}), frozenset({2}), frozenset({3})
    among = columns({one | two: 10.0, three: 5.0, one: 4.0, two | three: 9.0, two: 3.0})
    assert chosen(among, 3, 2, math.inf) == pytest.approx(13)
    assert chosen(among, 3, 3, math.inf) == pytest.approx(12)
    # Nothing is chosen that is not cheaper than what there is.
    assert chosen(among, 3, 2, 13.0) is None
    assert chosen(among, 3, 1, math.inf) is None


subsets = [
    frozenset(group) for size in range(1, 5) for group in itertools.combinations(range(1, 5), size)
]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    costs=st.dictionaries(st.sampled_from(subsets), st.integers(1, 30), min_size=1),
    vehicles=st.integers(1, 4),
)
def test_the_choice_equals_brute_force(costs: dict[frozenset[int], int], vehicles: int) -> None:
    least = min(
        (
            sum(costs[key] for key in choice)
            for size in range(1, vehicles + 1)
            for choice in itertools.combinations(costs, size)
            if sorted(load for key in choice for load in key) == [1, 2, 3, 4]
        ),
        default=None,
    )
    found = chosen(columns({key: float(cost) for key, cost in costs.items()}), 4, vehicles, 1e6)
    assert found == (None if least is None else pytest.approx(least))


@pytest.mark.parametrize("seed", range(5))
def test_tours_gathered_can_be_driven_at_the_cost_noted(seed: int) -> None:
    instance = drawn(seed)
    matrices, state, nodes = searched(instance)
    among = Columns()
    for _ in range(20):
        search(matrices, state, 20, 5.0, 5.0)
        among.gather(state)
    for key, (cost, order) in among.cheapest.items():
        assert key == {node for node in order if node <= LOADS}
        assert checked(instance, nodes, [order]) == pytest.approx(cost)


def test_the_choice_becomes_the_best_plan() -> None:
    instance = drawn(1)
    matrices, state, nodes = searched(instance)
    among = Columns()
    among.gather(state)
    before = float(state.value[BEST])
    # The last two tours, one after the other in one tour, would cost 5 less: made up, so that there
    # is something to find.
    keys = list(among.cheapest)[-2:]
    first, second = (among.cheapest[key] for key in keys)
    among.cheapest[keys[0] | keys[1]] = (first[0] + second[0] - 5.0, first[1] + second[1])
    assert among.combine(state, 10.0)
    tours = orders(state.best_link, state.best_slots)
    assert sorted(node for order in tours for node in order) == list(range(1, 2 * LOADS + 1))
    assert first[1] + second[1] in tours
    assert state.value[BEST] == pytest.approx(before - 5.0)
    assert not among.combine(state, 10.0)
    for slot, order in enumerate(tours):
        assert set(state.best_link[list(order), SLOT]) == {slot}
    assert nodes.size == 2 * LOADS + 1
    assert matrices.alone.size == LOADS


def bookkeeping(matrices: Pairs, state: State) -> Floats:
    """Cost by the tours themselves, and by what the state adds up."""
    tours = orders(state.link, state.slots)
    driven = sum(
        matrices.cost[a, b] for tour in tours for a, b in itertools.pairwise((0, *tour, 0))
    )
    missing = matrices.about[PENALTY] * state.num[ABSENT]
    return np.array([driven + missing, state.sums[:, LENGTH].sum() + missing, state.value[COST]])


@pytest.mark.parametrize("seed", range(5))
def test_emptied_tours_leave_a_plan_whose_books_are_right(seed: int) -> None:
    instance = drawn(seed)
    matrices, state, nodes = searched(instance)
    best = orders(state.best_link, state.best_slots)
    assert len(best) > 2
    for _ in range(10):
        shake(matrices, state)
        tours = orders(state.link, state.slots)
        assert set(tours) < set(best)
        assert len(tours) == state.num[ACTIVE] <= len(best) - 2
        checked(instance, nodes, tours)
        placed = {node for order in tours for node in order}
        absent = {load + 1 for load in state.absent[: state.num[ABSENT]].tolist()}
        assert absent == set(range(1, LOADS + 1)) - placed
        assert np.ptp(bookkeeping(matrices, state)) == pytest.approx(0.0, abs=1e-6)
        # What is emptied is no loss: the best plan stays as it was.
        assert orders(state.best_link, state.best_slots) == best
        search(matrices, state, 20, 1.0, 1.0)
        best = orders(state.best_link, state.best_slots)


@pytest.mark.parametrize("seed", range(3))
def test_a_search_of_many_rounds_keeps_to_the_instance_and_repeats_itself(seed: int) -> None:
    instance = drawn(seed)
    limits = Parameters(time_limit_s=60, max_iterations=6_000, workers=2)
    told: list[Progress] = []
    first = solve_tours(instance, limits, told.append)
    second = solve_tours(instance, replace(limits, time_limit_s=50))
    assert not list(faults(instance, first))
    assert not first.absent
    assert first.tours == second.tours
    # In the second half vehicles are closed no more: what is told never gets worse.
    costs = [row.cost_fen for row in told if row.share > 0.5 and row.cost_fen is not None]
    assert costs == sorted(costs, reverse=True)
    assert 100 * first.cost <= costs[-1] + 1


# Loads of an instance whose tours are long: one or two vehicles carry them all.
MANY_LOADS = 36


def long_tours() -> Instance:
    """Loads so small and in windows so wide that a vehicle carries more than fifteen."""
    random = np.random.default_rng(1)
    points = [(20.0, 20.0), *(tuple(row) for row in random.integers(0, 40, (2 * MANY_LOADS, 2)))]
    opens = random.integers(0, 400, MANY_LOADS)
    windows = [(0.0, 700.0), *((float(o), o + 120.0) for o in [*opens, *(opens + 60)])]
    amounts = random.integers(1, 4, MANY_LOADS).tolist()
    placed = [(float(x), float(y)) for x, y in points]
    return pairs(placed, amounts, windows, vehicles=MANY_LOADS)


class Counted(_Run):
    """A run that counts how often it tried to fill tours anew, and notes whether that went."""

    def __init__(self, instance: Instance, parameters: Parameters) -> None:
        super().__init__(instance, parameters, lambda: False)
        self.filled: list[bool] = []

    def shake(self) -> bool:
        self.filled.append(super().shake())
        return self.filled[-1]


def test_long_tours_are_begun_from_several_plans() -> None:
    instance = long_tours()
    run = Counted(instance, Parameters(time_limit_s=60, max_iterations=6_000, workers=2))
    run.cool(0.1, Cooling(2.0, 0.2), run.together, lambda _share, _seconds: None)
    run.back_to_best()
    run.fewer(0.5)
    assert run.loads_per_tour() > LONG_TOUR
    told = [run.least()]
    run.settle(Cooling(2.0, 0.2), lambda _share, _seconds: told.append(run.least()))
    assert len(run.filled) == STARTS - 1
    # A start that ends worse than the ones before is no loss.
    assert told == sorted(told, reverse=True)
    assert run.least() == told[-1]
    tours = orders(run.state.best_link, run.state.best_slots)
    assert checked(instance, run.nodes, tours) == pytest.approx(run.least())


def test_long_tours_are_the_same_every_time() -> None:
    instance = long_tours()
    limits = Parameters(time_limit_s=60, max_iterations=3_000, workers=2)
    first, second = solve_tours(instance, limits), solve_tours(instance, limits)
    assert not list(faults(instance, first))
    assert not first.absent
    assert first.tours == second.tours


def test_tours_that_cannot_be_filled_anew_are_not_emptied_again() -> None:
    instance = drawn(1)
    run = Counted(instance, Parameters(time_limit_s=60, max_iterations=60_000, workers=2))
    run.cool(0.1, Cooling(1.0, 0.1), run.together, lambda _share, _seconds: None)
    run.back_to_best()
    run.ease(5.0)
    before = run.least()
    # One vehicle, where the loads need more: of what is emptied some stays out.
    for state in run.team.states:
        state.num[MOST] = 1
    run.repeat([0.2, 0.6, 0.8, 1.0], Cooling(1.0, 0.1), lambda _share, _seconds: None)
    assert run.filled == [False]
    # The best plan stays whole, and the iterations left are spent.
    assert run.iterations >= 60_000
    for state in run.team.states:
        tours = orders(state.best_link, state.best_slots)
        assert sorted(node for order in tours for node in order) == list(range(1, 2 * LOADS + 1))
    assert run.least() <= before
