"""Pick-up and delivery instances of the field: fewest vehicles, then the least distance."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from routing.annealing import Cooling, anneal
from routing.chains import FIRST, NEXT, SLOT
from routing.compiled import generator
from routing.haul_day import related
from routing.instances import TOLERANCE, Instance
from routing.pair_columns import Columns
from routing.pair_shake import shake
from routing.pair_sisr import search, start_from_best
from routing.pair_state import (
    ABSENT,
    ACTIVE,
    BEST,
    BY_ABSENCE,
    BY_EJECTION,
    CLOSING,
    EASED,
    MOST,
    PRICE,
    SIZE,
    Floats,
    Ints,
    Pairs,
    State,
    empty_state,
    renew,
)
from routing.parameters import OnProgress, Parameters, Progress, ShouldStop, Stage
from routing.rivals import SEED_STEP, Rivals
from routing.solution import Tour, Tours, cost_of
from routing.warm import warm_pairs

# The run has three parts: a short one for distance with all vehicles open; doing with a vehicle
# less as often as that goes; and distance with the vehicles left. These are the ends of the first
# two as shares of the time, and what doing with one vehicle less may take; found by trying.
OPEN_UNTIL = 0.05
FEWER_UNTIL = 0.5
ATTEMPT_SHARE = 0.25
# Temperatures as shares of the mean leg; found by trying.
FEWER_SHARE = 0.3
COLD_SHARE = 0.05
# The last part starts the hotter the longer tours are, by this share for each load of a tour, and
# ends so much colder.
HOT_PER_LOAD = 1 / 15
HOTTEST_SHARE = 2.0
COOLING = 40.0
FEWER_STRETCH = 400
# Ejections close vehicles sooner, but not those of tours of more loads than this; found by trying.
LONG_TOUR = 15
# What an absent load counts for at the start of the last part, in mean legs.
EASED_LEGS = 15.0


# Where tours are tight a search settles soon, and where is chance: after one long round, for half
# of the time, and then after so many iterations for each load and each load of a tour, some tours
# are emptied and filled anew. How often that is tried, and for how many stretches each time; found
# by trying. Few rounds are worse than one long one.
LONG_SHARE = 0.5
ROUND = 30
FEWEST_ROUNDS = 5
SHAKES = 4
SHAKE_STRETCHES = 10
# Long tours settle near the plan that closing ended with: so many plans are tried first, each with
# some or all tours filled anew, for this share of what is left of the time; found by trying.
STARTS = 6
STARTS_SHARE = 0.5
# Share of the time after which tours of all rounds are put together.
SETTLED_UNTIL = 0.92


def dense(instance: Instance) -> tuple[Pairs, Floats, Floats, Ints]:
    """Lay the pairs out: (matrices, times (n, 3), mass (n,), the instance's name of each node)."""
    pickups = np.flatnonzero((instance.partner >= 0) & (instance.demand > 0))
    nodes = np.concatenate([[0], pickups, instance.partner[pickups]])
    square = np.ix_(nodes, nodes)
    cost, duration = instance.cost[square], instance.time[square]
    # A tenth of what the checker allows, so that sums in another order do not matter.
    due = instance.due + TOLERANCE / 10
    times = np.column_stack([instance.ready, due, instance.service])[nodes]
    loads = np.arange(1, len(pickups) + 1)
    (kind,) = instance.kinds
    alone = cost[0, loads] + cost[loads, loads + len(loads)] + cost[loads + len(loads), 0]
    pairs = Pairs(
        np.ascontiguousarray(cost),
        np.ascontiguousarray(cost.T),
        np.ascontiguousarray(duration),
        np.ascontiguousarray(duration.T),
        related(loads, loads + len(loads), cost).astype(np.int32),
        np.where(_fits_alone(times, duration, instance, nodes), alone, np.inf),
        # Leaving a load out costs more than any plan could save by it.
        np.array(
            [kind.capacity, instance.ready[0], instance.due[0], 200.0 * (float(cost.max()) + 1.0)]
        ),
    )
    return (
        pairs,
        times.astype(np.float64),
        instance.demand[nodes].astype(np.float64),
        nodes,
    )


def _fits_alone(times: Floats, duration: Floats, instance: Instance, nodes: Ints) -> Floats:
    """Tell which loads a vehicle can carry that carries nothing else."""
    loads = np.arange(1, len(nodes) // 2 + 1)
    drops = loads + len(loads)
    ready, due, service = times.T
    up = np.maximum(ready[0] + duration[0, loads], ready[loads])
    down = np.maximum(up + service[loads] + duration[loads, drops], ready[drops])
    back = down + service[drops] + duration[drops, 0]
    light = instance.demand[nodes[loads]] <= instance.kinds[0].capacity
    in_time = (up <= due[loads]) & (down <= due[drops]) & (back <= instance.due[0])
    return np.asarray(light & in_time)


@dataclass(frozen=True, slots=True)
class _Kept:
    """The best plan of a worker, put by."""

    link: Ints
    slots: Ints
    cost: float

    def restore(self, state: State) -> None:
        state.best_link[:], state.best_slots[:], state.value[BEST] = (
            self.link, self.slots, self.cost,
        )  # fmt: skip


def _kept(state: State) -> _Kept:
    return _Kept(state.best_link.copy(), state.best_slots.copy(), float(state.value[BEST]))


class _Run:
    def __init__(self, instance: Instance, parameters: Parameters, stop: ShouldStop) -> None:
        self.parameters, self.stop = parameters, stop
        self.started = time.perf_counter()
        self.pairs, times, mass, self.nodes = dense(instance)
        vehicles = instance.kinds[0].count
        seeds = [parameters.seed + SEED_STEP * worker for worker in range(parameters.workers)]
        states = [empty_state(self.pairs, times, mass, vehicles, generator(s)) for s in seeds]
        self.state, self.iterations = states[0], 0
        search(self.pairs, self.state, 1, 1.0, 1.0)
        own = frozenset({"random", "version", "stamp", "known", "price"})
        self.columns = Columns()
        self.kept: list[_Kept] = []
        self.team = Rivals(states, lambda *args: search(self.pairs, *args), own, renew)

    def seconds(self) -> float:
        return time.perf_counter() - self.started

    def spent(self) -> float:
        """Share of the allowance used so far, by the clock or by iterations."""
        most = self.parameters.max_iterations
        by_clock = self.seconds() / self.parameters.time_limit_s
        # With a count the clock has no say before the time is up, so that a run can be repeated.
        return self.iterations / most if most and by_clock < 1.0 else by_clock

    def together(self, stretch: int, hot: float, cold: float) -> None:
        self.iterations += stretch
        self.team.run(stretch, hot, cold)

    def apart(self, stretch: int, hot: float, cold: float) -> None:
        self.iterations += stretch
        self.team.run(stretch, hot, cold, meet=False)

    def mean_leg(self) -> float:
        state, loads = self.state, len(self.pairs.alone)
        legs = 2 * (loads - int(state.num[ABSENT])) + int(state.num[ACTIVE])
        return max(1e-9, float(state.sums[:, 0].sum()) / max(1, legs))

    def loads_per_tour(self) -> float:
        return len(self.pairs.alone) / max(1, int(self.state.num[ACTIVE]))

    def closing(self) -> int:
        return BY_ABSENCE if self.loads_per_tour() > LONG_TOUR else BY_EJECTION

    def cool(
        self,
        until: float,
        cooling: Cooling,
        stretch: Callable[[int, float, float], None],
        tell: Callable[[float, float], None],
    ) -> None:
        """Anneal on distance for this part of the run."""
        part = max(0.0, until - self.spent())
        most = self.parameters.max_iterations
        left_s = max(1e-3, part * self.parameters.time_limit_s)
        count = None if most is None else round(part * most)
        if count == 0:
            return
        limits = replace(self.parameters, time_limit_s=left_s, max_iterations=count)
        anneal(limits, cooling, stretch, tell, self.stop)

    def back_to_best(self) -> None:
        """Go on from the best plan, with no more vehicles than it has."""
        start_from_best(self.pairs, self.state)
        self.state.num[CLOSING] = 0
        if self.state.num[ABSENT] == 0:
            self.state.num[MOST] = self.state.num[ACTIVE]
        self._spread()

    def ease(self, price: float) -> None:
        """Let tours lack a load for a while at this price, where the best plan lacks none."""
        if self.state.num[ABSENT] == 0:
            for state in self.team.states:
                state.value[PRICE] = state.value[EASED] = price

    def _spread(self) -> None:
        """Give the first state's plans to all workers."""
        for state in self.team.states[1:]:
            state.value[:] = np.inf
        self.team.share()

    def fewer(self, until: float) -> None:
        """Close one vehicle after another as long as everything can still be carried."""
        state = self.state
        while state.num[ABSENT] == 0 and state.num[ACTIVE] > 1 and self.spent() < until:
            if self.stop():
                return
            kept = _kept(state)
            if not self.without(self.least_missed(), min(until, self.spent() + ATTEMPT_SHARE)):
                kept.restore(state)
                self.back_to_best()
                break
            self.back_to_best()

    def least_missed(self) -> int:
        """Choose the vehicle whose loads were absent least often, of those the emptiest."""
        state, loads = self.state, len(self.pairs.alone)
        slot = state.best_link[1 : loads + 1, SLOT]
        missed = np.bincount(slot, state.missed + 1.0, len(state.slots))
        return int(np.where(state.best_slots[:, SIZE] > 0, missed, np.inf).argmin())

    def least(self) -> float:
        """Cost of the best plan, of whatever round."""
        return min(float(self.state.value[BEST]), *(plan.cost for plan in self.kept), math.inf)

    def rounds(self) -> int:
        """Tell how often what is left of the run after a long round suffices to settle."""
        if self.state.num[ABSENT]:
            return 0
        left = self.iterations * (1.0 / max(1e-9, self.spent()) - 1.0) * (1.0 - LONG_SHARE)
        rounds = int(left / (ROUND * self.loads_per_tour() * len(self.pairs.alone)))
        return rounds if rounds >= FEWEST_ROUNDS else 0

    def gathering(self, stretch: int, hot: float, cold: float) -> None:
        self.apart(stretch, hot, cold)
        for state in self.team.states:
            self.columns.gather(state)

    def settle(self, cooling: Cooling, tell: Callable[[float, float], None]) -> None:
        """Anneal for long, then again and again, each time with some tours filled anew.

        Long tours are filled anew before. In the end the cheapest choice is made among the tours of
        all these times.
        """
        if self.loads_per_tour() > LONG_TOUR and self.state.num[ABSENT] == 0:
            begun = self.spent()
            until = begun + STARTS_SHARE * max(0.0, 1.0 - begun)
            self.repeat(np.linspace(begun, until, STARTS + 1)[1:].tolist(), cooling, tell)
            for state in self.team.states:
                start_from_best(self.pairs, state)
            self.ease(float(self.state.value[EASED]))
        rounds, begun = self.rounds(), self.spent()
        if rounds == 0:
            self.cool(1.0, cooling, self.apart, tell)
            self.team.share()
            return
        until = SETTLED_UNTIL if self.parameters.max_iterations is None else 1.0
        ends = np.linspace(begun + LONG_SHARE * max(0.0, until - begun), until, rounds + 1)
        self.repeat(ends.tolist(), cooling, tell)
        self.team.share()
        left_s = self.parameters.time_limit_s - self.seconds()
        if left_s > 0.0 and not self.stop():
            self.columns.combine(self.state, left_s)

    def repeat(
        self, ends: list[float], cooling: Cooling, tell: Callable[[float, float], None]
    ) -> None:
        """Anneal up to each of these ends, from the second on with some tours filled anew.

        Where nobody can fill tours anew, nobody tries again: what is left goes to one annealing.
        """
        for number, end in enumerate(ends):
            self.kept = [_kept(state) for state in self.team.states]
            failed = number > 0 and not self.shake()
            self.cool(ends[-1] if failed else end, cooling, self.gathering, tell)
            for state, plan in zip(self.team.states, self.kept, strict=True):
                if plan.cost < state.value[BEST]:
                    plan.restore(state)
            if failed:
                break

    def shake(self) -> bool:
        """Let each worker fill some tours of its best plan anew; who fails goes on from that.

        Tells whether anybody could.
        """
        both = list(zip(self.team.states, self.kept, strict=True))
        price = float(self.state.value[EASED])
        warm = FEWER_SHARE * self.mean_leg()
        for stretch in range(SHAKES * SHAKE_STRETCHES):
            lacking = [(s, plan) for s, plan in both if stretch == 0 or s.num[ABSENT]]
            if not lacking or self.stop() or self.spent() >= 1.0:
                break
            if stretch % SHAKE_STRETCHES == 0:
                for state, plan in lacking:
                    plan.restore(state)
                    shake(self.pairs, state)
                    state.num[CLOSING] = self.closing()
                    state.value[EASED], state.value[BEST] = 0.0, np.inf
            self.apart(FEWER_STRETCH, warm, warm)
        filled = self.complete()
        for state, plan in both:
            state.num[CLOSING] = 0
            if state.num[ABSENT]:
                plan.restore(state)
                start_from_best(self.pairs, state)
            state.value[PRICE] = state.value[EASED] = price
        return filled

    def complete(self) -> bool:
        return any(state.num[ABSENT] == 0 for state in self.team.states)

    def without(self, slot: int, until: float) -> bool:
        """Try to carry everything without this vehicle."""
        state = self.state
        state.best_slots[slot, SIZE] = 0
        start_from_best(self.pairs, state)
        state.num[MOST], state.num[CLOSING] = state.num[ACTIVE], self.closing()
        state.value[BEST] = np.inf
        self._spread()
        warm = FEWER_SHARE * self.mean_leg()
        # Nobody follows another here, so that two succeed wherever one alone would.
        while not self.complete() and self.spent() < until and not self.stop():
            self.iterations += FEWER_STRETCH
            self.team.run(FEWER_STRETCH, warm, warm, meet=False)
        self.team.share()
        return bool(state.num[ABSENT] == 0)


def solve_pairs(
    instance: Instance,
    parameters: Parameters,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Tours:
    """Search for the fewest vehicles, then the least distance."""
    stop = should_stop or (lambda: False)
    warm_pairs()
    run = _Run(instance, parameters, stop)
    mean, loads = run.mean_leg(), len(run.pairs.alone)

    def tell(_share: float, _seconds: float) -> None:
        if on_progress is not None:
            cost = round(100 * run.least())
            left = int((run.state.best_link[1 : loads + 1, SLOT] < 0).sum())
            on_progress(Progress(Stage.IMPROVE, min(1.0, run.spent()), run.seconds(), cost, left))

    run.cool(OPEN_UNTIL, Cooling(FEWER_SHARE * mean, COLD_SHARE * mean), run.together, tell)
    run.back_to_best()
    run.fewer(FEWER_UNTIL)
    hot = mean * min(HOTTEST_SHARE, HOT_PER_LOAD * run.loads_per_tour())
    run.ease(EASED_LEGS * mean)
    # Where a search settles is chance: two that settle apart find more than two led by the best.
    run.settle(Cooling(hot, hot / COOLING), tell)
    return _best(instance, run)


def _best(instance: Instance, run: _Run) -> Tours:
    state, tours = run.state, []
    for slot in np.flatnonzero(state.best_slots[:, SIZE]).tolist():
        nodes, node = [], int(state.best_slots[slot, FIRST])
        while node:
            nodes.append(int(run.nodes[node]))
            node = int(state.best_link[node, NEXT])
        tours.append(Tour(0, tuple(nodes)))
    placed = {node for tour in tours for node in tour.nodes}
    absent = tuple(node for node in instance.customers.tolist() if node not in placed)
    cost = cost_of(instance, tuple(tours))
    return Tours(tuple(tours), absent, cost, run.seconds(), run.iterations)
