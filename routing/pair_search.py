"""Pick-up and delivery instances of the field through the haul search: fewest vehicles, then km."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from routing.annealing import Cooling, anneal
from routing.compiled import generator
from routing.haul import ABSENT, BEST, BY_ABSENCE, COST, Jobs, Plan, Rules, Trucks, empty_plan
from routing.haul_day import related
from routing.haul_moves import restore
from routing.haul_search import search
from routing.instances import Instance
from routing.parameters import OnProgress, Parameters, Progress, ShouldStop, Stage
from routing.solution import Tour, Tours, cost_of
from routing.warm import warm_hauls

# The run has three parts: distance alone with all vehicles open, which leads to good plans with few
# vehicles; doing with a vehicle less, as often as that goes; and distance with the vehicles left.
# These are the ends of the first two, as shares of the time.
OPEN_UNTIL = 0.35
FEWER_UNTIL = 0.5
# Temperatures as shares of the mean leg; found by trying.
HOT_SHARE = 0.3
WARM_SHARE = 0.1
COLD_SHARE = 0.003
FEWER_STRETCH = 200


def dense(instance: Instance) -> tuple[Jobs, Trucks, Rules]:
    """Lay the pairs out as loads; task numbers are pick-ups first, then their deliveries."""
    pickups = np.flatnonzero((instance.partner >= 0) & (instance.demand > 0))
    nodes = np.concatenate([pickups, instance.partner[pickups]])
    loads, tasks = len(pickups), len(nodes)
    whole = np.zeros((tasks, 7), dtype=np.int64)
    whole[:, 0] = nodes
    whole[:, 1] = np.tile(np.arange(loads), 2)
    whole[:, 2] = np.repeat([0, 1], loads)
    whole[:, 3] = -1
    whole[:, 5], whole[:, 6] = np.arange(tasks), np.arange(tasks) + 1
    real = np.zeros((tasks, 4))
    real[:, 0] = instance.demand[nodes]
    real[:, 2] = instance.service[nodes]
    (kind,) = instance.kinds
    # Leaving a load out costs more than any plan could save by it.
    penalty = 100.0 * (float(instance.cost.max()) + 1.0) * 2
    jobs = Jobs(
        whole,
        real,
        np.column_stack([instance.ready[nodes], instance.due[nodes]]).astype(np.float64),
        np.arange(loads, 2 * loads + 1, dtype=np.int64),
        np.ones((loads, 1), dtype=np.int64),
        np.full(loads, penalty),
        related(nodes[:loads], nodes[loads:], instance.cost),
    )
    shift = (0.0, float(instance.horizon))
    trucks = Trucks.of(
        np.tile(np.array([kind.capacity, 1.0, 0.0, 0.0, *shift]), (kind.count, 1)),
        np.tile(np.array([0, kind.depot, kind.depot], dtype=np.int64), (kind.count, 1)),
        np.ascontiguousarray(instance.cost)[None],
        np.ascontiguousarray(instance.time),
    )
    unlimited = np.array([np.inf, 0.0, np.inf])
    rules = Rules(np.zeros((0, 0)), np.zeros(0), unlimited, np.ones(1, dtype=np.int64))
    return jobs, trucks, rules


class _Run:
    def __init__(self, instance: Instance, parameters: Parameters, stop: ShouldStop) -> None:
        self.instance = instance
        self.parameters = parameters
        self.stop = stop
        self.started = time.perf_counter()
        jobs, trucks, rules = dense(instance)
        width = len(jobs.whole) + 2
        self.plan = empty_plan(jobs, trucks, rules, generator(parameters.seed), width)
        self.arrays: tuple[Jobs, Trucks, Rules, Plan] = (jobs, trucks, rules, self.plan)
        self.iterations = 0

    def seconds(self) -> float:
        return time.perf_counter() - self.started

    def spent(self) -> float:
        """Share of the allowance used so far, by the clock or by iterations."""
        most = self.parameters.max_iterations
        by_count = self.iterations / most if most else 0.0
        return max(by_count, self.seconds() / self.parameters.time_limit_s)

    def run(self, stretch: int, hot: float, cold: float) -> None:
        self.iterations += search(*self.arrays, stretch, hot, cold)

    def mean_leg(self) -> float:
        tasks = int(self.plan.size.sum()) + int((self.plan.size > 0).sum())
        return max(1e-9, float(self.plan.truck[0].sum()) / max(1, tasks))

    def cool(self, until: float, cooling: Cooling, tell: Callable[[float, float], None]) -> None:
        """Anneal on distance for this part of the run."""
        part = max(0.0, until - self.spent())
        most = self.parameters.max_iterations
        left_s = max(1e-3, part * self.parameters.time_limit_s)
        count = None if most is None else round(part * most)
        if count == 0:
            return
        limits = replace(self.parameters, time_limit_s=left_s, max_iterations=count)
        anneal(limits, cooling, self.run, tell, self.stop)

    def fewer(self, until: float) -> None:
        """Close one vehicle after another as long as everything can still be carried."""
        plan = self.plan
        while plan.num[ABSENT] == 0 and self.spent() < until and not self.stop():
            kept = plan.best_tour.copy(), plan.best_size.copy(), float(plan.value[BEST])
            if not self.without(self.least_used(), until):
                plan.best_tour[:], plan.best_size[:], plan.value[BEST] = kept
                plan.closed[:] = plan.best_size == 0
                restore(*self.arrays)
                break
        plan.num[BY_ABSENCE] = 0

    def least_used(self) -> int:
        size = self.plan.best_size
        return int(np.where(size > 0, size, size.max() + 1).argmin())

    def without(self, truck: int, until: float) -> bool:
        """Try to carry everything with this vehicle and all idle ones closed."""
        plan, jobs = self.plan, self.arrays[0]
        plan.best_size[truck] = 0
        restore(*self.arrays)
        plan.closed[:] = plan.size == 0
        absent = plan.absent[: plan.num[ABSENT]]
        plan.value[COST] = plan.truck[0].sum() + jobs.penalty[absent].sum()
        plan.num[BY_ABSENCE] = 1
        warm = HOT_SHARE * self.mean_leg()
        while plan.num[ABSENT] and self.spent() < until and not self.stop():
            self.run(FEWER_STRETCH, warm, warm)
        return bool(plan.num[ABSENT] == 0)


def solve_pairs(
    instance: Instance,
    parameters: Parameters,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Tours:
    """Search for the fewest vehicles, then the least distance."""
    stop = should_stop or (lambda: False)
    warm_hauls()
    run = _Run(instance, parameters, stop)
    run.run(1, 1.0, 1.0)
    mean = run.mean_leg()

    def tell(share: float, _: float) -> None:
        if on_progress is not None:
            cost = round(100 * float(run.plan.value[BEST]))
            left = int(run.plan.num[ABSENT])
            on_progress(Progress(Stage.IMPROVE, share, run.seconds(), cost, left))

    run.cool(OPEN_UNTIL, Cooling(HOT_SHARE * mean, COLD_SHARE * mean), tell)
    restore(*run.arrays)
    run.fewer(FEWER_UNTIL)
    restore(*run.arrays)
    run.cool(1.0, Cooling(WARM_SHARE * mean, COLD_SHARE * mean), tell)
    return _best(run)


def _best(run: _Run) -> Tours:
    whole, plan = run.arrays[0].whole, run.plan
    tours = tuple(
        Tour(0, tuple(whole[plan.best_tour[truck, :size], 0].tolist()))
        for truck, size in enumerate(plan.best_size.tolist())
        if size
    )
    placed = {node for tour in tours for node in tour.nodes}
    absent = tuple(node for node in run.instance.customers.tolist() if node not in placed)
    cost = cost_of(run.instance, tours)
    return Tours(tours, absent, cost, run.seconds(), run.iterations)
