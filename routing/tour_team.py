"""Several workers on one set of tours: each improves its own tours for a while, then they meet.

A large plan is cut between two far corners into as many parts as there are workers, along another
line each time, so that each searches a smaller problem and nothing is done twice. On a small plan
each works alone and the cheapest counts: the first does what it would do without the others.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from routing.compiled import generator
from routing.sisr import search
from routing.tour_moves import load_tours, read_tours
from routing.tours import (
    BEST,
    COST,
    MANY,
    POOL,
    Fleet,
    Floats,
    Ints,
    Layout,
    Nodes,
    State,
    Stops,
    empty_layout,
    empty_state,
)

# Each part of a plan that is cut has at least so many customers and tours; found by trying.
FEWEST_CUSTOMERS = 200
FEWEST_TOURS = 3
# The first plan takes so many iterations a customer at a temperature at which nothing gets worse:
# its cost sets the scale of all temperatures, and the very first tours vary too much for that.
DESCENT = 10
STRETCH = 1000
FROZEN = 1e-9


class Team:
    """The workers' states; `plan` and `cost` are where all go on from, `best` the best so far.

    They begin with the plan `start`, and put in whom it leaves out where there is room; without one
    they make a plan and let it settle, until `until` on the performance counter at the latest.
    """

    def __init__(
        self,
        stops: Stops,
        fleet: Fleet,
        windows: Floats,
        pool: Nodes,
        seeds: list[int],
        start: Layout | None,
        until: float,
    ) -> None:
        self.stops, self.fleet, self.pool = stops, fleet, pool
        self.states = [empty_state(stops, fleet, windows, pool, generator(seed)) for seed in seeds]
        self.draw = np.random.default_rng(seeds)
        self.helpers = ThreadPoolExecutor(max(1, len(seeds) - 1))
        self.best_cost = np.inf
        self._begin(start, until)
        self._meet(self.states[:1], together=True)
        count = len(self.states)
        self.cuts = count > 1 and len(self.pool) >= FEWEST_CUSTOMERS * count
        self.cuts = self.cuts and self.plan.ends[0] >= FEWEST_TOURS * count
        for state in self.states[1:]:
            load_tours(self.stops, self.fleet, state, self.plan)

    def _begin(self, start: Layout | None, until: float) -> None:
        """Let the first worker make a plan that all go on from."""
        settling = DESCENT * len(self.pool)
        if start is not None:
            load_tours(self.stops, self.fleet, self.states[0], start)
            settling = 0
        search(self.stops, self.fleet, self.states[0], 1, FROZEN, FROZEN)
        while settling > 0 and time.perf_counter() < until:
            few = min(settling, STRETCH)
            search(self.stops, self.fleet, self.states[0], few, FROZEN, FROZEN)
            settling -= few

    def begin(self, start: Layout) -> None:
        """Let all workers go on from this plan; the best so far is kept."""
        for state in self.states:
            load_tours(self.stops, self.fleet, state, start)

    def search(self, iterations: int, hot: float, cold: float) -> None:
        """Let every worker do so many iterations, then see what they have."""
        parts = self._cut() if self.cuts else []

        def work(worker: int) -> None:
            state, fleet = self.states[worker], self.fleet
            if parts:
                plan, fleet, pool = parts[worker]
                state.num[POOL] = len(pool)
                state.pool[: len(pool)] = pool
                load_tours(self.stops, fleet, state, plan)
            search(self.stops, fleet, state, iterations, hot, cold)

        others = [self.helpers.submit(work, worker) for worker in range(1, len(self.states))]
        work(0)
        for other in others:
            other.result()
        self._meet(self.states, together=self.cuts)

    def _meet(self, states: list[State], together: bool) -> None:
        """Look at the parts put together, or else at the cheapest of the plans."""
        rivals = [states] if together else [[state] for state in states]
        costs = [sum(float(state.value[BEST]) for state in group) for group in rivals]
        least = int(np.argmin(costs))
        if costs[least] < self.best_cost - 1e-7:
            self.best_cost = costs[least]
            rows = [(state.best_link, state.best_slots) for state in rivals[least]]
            self.best = joined(states[0], rows)
        if together:
            self.cost = sum(float(state.value[COST]) for state in states)
            self.plan = joined(states[0], [(state.link, state.slots) for state in states])

    def _cut(self) -> list[tuple[Layout, Fleet, Nodes]]:
        """Cut the plan by whether tours lie towards one or the other of two far corners."""
        count, tours = len(self.states), int(self.plan.ends[0])
        ends = self.plan.ends[: tours + 1].copy()
        ends[0] = 0
        sizes, order, kinds = np.diff(ends), self.plan.order[: ends[-1]], self.plan.kinds[:tours]
        corner = self.draw.choice(self.pool)
        other = self.pool[self.stops.cost[corner, self.pool].argmax()]
        lean = (self.stops.cost[corner] - self.stops.cost[other])[order]
        rank = np.argsort(np.add.reduceat(lean, ends[:-1]) / sizes, kind="stable")
        part = np.empty(tours, dtype=np.int64)
        part[rank] = (np.cumsum(sizes[rank]) - sizes[rank] / 2) * count // len(order)
        part_of = np.repeat(part, sizes)
        absent = np.setdiff1d(self.pool, order)
        free = self.fleet.whole[:, MANY] - np.bincount(kinds, minlength=len(self.fleet.real))
        found = []
        for worker in range(count):
            mine = part == worker
            plan = laid(order[part_of == worker], sizes[mine], kinds[mine])
            whole = self.fleet.whole.copy()
            whole[:, MANY] = np.bincount(plan.kinds, minlength=len(whole))
            whole[:, MANY] += free // count + (worker < free % count)
            pool = plan.order if worker else np.concatenate([plan.order, absent])
            found.append((plan, self.fleet._replace(whole=whole), pool))
        return found


def laid(order: Nodes, sizes: Ints, kinds: Ints) -> Layout:
    """Make a plan of tours given end to end."""
    ends = np.concatenate([[len(sizes)], np.cumsum(sizes)]).astype(np.int64)
    return Layout(order, ends, np.ascontiguousarray(kinds))


def joined(state: State, rows: list[tuple[Nodes, Ints]]) -> Layout:
    """Put the tours of several states into one plan."""
    orders, sizes, kinds = [], [], []
    for link, slots in rows:
        plan = empty_layout(state)
        read_tours(link, slots, plan)
        tours = int(plan.ends[0])
        plan.ends[0] = 0
        orders.append(plan.order[: plan.ends[tours]])
        sizes.append(np.diff(plan.ends[: tours + 1]))
        kinds.append(plan.kinds[:tours])
    return laid(np.concatenate(orders), np.concatenate(sizes), np.concatenate(kinds))
