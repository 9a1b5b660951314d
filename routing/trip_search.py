"""Several trips a vehicle from one depot, with release times and backhauls, as hauls of pairs.

A delivery is a load taken up at the depot and put down at the customer; what is fetched goes the
other way. Loading and unloading at the depot have places of their own in the matrices, at no
distance from it, so that what may follow what is a matter of prohibitive legs: coming back to load
where a vehicle may not reload, fetching before the first delivery, delivering after fetching.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from routing.annealing import Cooling, anneal
from routing.compiled import generator
from routing.haul import (
    ABSENT,
    ALIKE,
    BEST,
    CLASS,
    PLACE,
    Floats,
    Jobs,
    Plan,
    Rules,
    Trucks,
    empty_plan,
)
from routing.haul_search import search
from routing.instances import Instance, Kind, Tour
from routing.parameters import OnProgress, Parameters, Progress, ShouldStop, Stage
from routing.solution import Tours, cost_of
from routing.warm import warm_hauls

# Temperatures as shares of the mean leg of the first plan; found by trying.
HOT_SHARE = 0.3
COLD_SHARE = 0.005


def dense(instance: Instance) -> tuple[Jobs, Trucks, Rules]:
    """Lay customers out as loads; after the nodes come the places to load and to unload."""
    kinds = instance.kinds
    worst = 1.0 + float(instance.cost.max()) * max(kind.unit for kind in kinds)
    worst += max(kind.fixed for kind in kinds)
    unlimited = np.array([np.inf, 0.0, np.inf])
    rules = Rules(np.zeros((0, 0)), np.zeros(0), unlimited, np.full(1, ALIKE))
    # Leaving somebody out is dearer than any trip could be, a leg that may not be far dearer yet.
    jobs = _jobs(instance, 200.0 * worst)
    return jobs, _trucks(instance, len(jobs.penalty), 1e6 * worst), rules


def _jobs(instance: Instance, penalty: float) -> Jobs:
    nodes = len(instance.demand)
    customers = instance.customers.astype(np.int64)
    back = _or_zero(instance.backhaul, nodes)[customers]
    loads, fetched = len(customers), back > 0
    at_customer = np.concatenate([fetched, ~fetched])
    mass = np.where(fetched, back, instance.demand[customers])
    whole = np.zeros((2 * loads, 7), dtype=np.int64)
    depot = np.repeat([nodes, nodes + 1], loads)
    whole[:, 0] = np.where(at_customer, np.tile(customers, 2), depot)
    whole[:, 1] = np.tile(np.arange(loads), 2)
    whole[:, 2] = np.repeat([0, 1], loads)
    whole[:, 3] = -1
    whole[:, 5], whole[:, 6] = np.arange(2 * loads), np.arange(2 * loads) + 1
    real = np.zeros((2 * loads, 4))
    real[:, 0] = np.concatenate([mass, -mass])
    real[:, 2] = np.where(at_customer, np.tile(instance.service[customers], 2), 0.0)
    release = _or_zero(instance.release, nodes)[customers]
    gates = np.column_stack([instance.ready[customers], instance.due[customers]])
    ready = np.column_stack([release, np.full(loads, np.inf)])
    windows = np.where(at_customer[:, None], np.tile(gates, (2, 1)), np.tile(ready, (2, 1)))
    room = np.array([kind.capacity for kind in instance.kinds])
    return Jobs(
        whole,
        real,
        windows.astype(np.float64),
        np.arange(loads, 2 * loads + 1, dtype=np.int64),
        (mass[:, None] <= room).astype(np.int64),
        np.full(loads, penalty),
        np.argsort(instance.cost[np.ix_(customers, customers)], axis=1, kind="stable"),
    )


def _or_zero(column: Floats | None, nodes: int) -> Floats:
    return np.zeros(nodes) if column is None else column


def _trucks(instance: Instance, loads: int, never: float) -> Trucks:
    rows = [(number, kind) for number, kind in enumerate(instance.kinds)]
    shift = (float(instance.ready[0]), float(instance.horizon))
    real, whole = [], []
    for number, kind in rows:
        for _ in range(min(kind.count, loads)):
            real.append((kind.capacity, 1.0, kind.fixed, 0.0, *shift))
            whole.append((number, kind.depot, kind.depot))
    return Trucks(
        np.array(real, dtype=np.float64),
        np.array(whole, dtype=np.int64),
        np.array([_legs(instance, kind, never) for kind in instance.kinds]),
        _with_depot_places(instance.time),
    )


def _with_depot_places(matrix: Floats) -> Floats:
    """Append twice the row and the column of the depot."""
    rows = [*range(len(matrix)), 0, 0]
    wide = np.ascontiguousarray(matrix[np.ix_(rows, rows)], dtype=np.float64)
    depot = np.array([0, -1, -2])
    wide[np.ix_(depot, depot)] = 0.0
    return wide


def _legs(instance: Instance, kind: Kind, never: float) -> Floats:
    """Cost the legs for one kind of vehicle; what may not follow is `never`."""
    nodes = len(instance.demand)
    load, unload = nodes, nodes + 1
    cost = kind.unit * _with_depot_places(instance.cost)
    if not kind.reloads:
        cost[1:nodes, load] = never
        cost[unload, 1 : load + 1] = never
    if instance.linehaul_first:
        fetched = np.flatnonzero(_or_zero(instance.backhaul, nodes) > 0)
        delivered = np.flatnonzero(instance.demand > 0)
        cost[np.ix_(np.array([0, load, unload]), fetched)] = never
        cost[np.ix_(fetched, delivered)] = never
    return cost


def solve_trips(
    instance: Instance,
    parameters: Parameters,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Tours:
    """Search for the least cost; customers that fit nowhere are listed as absent."""
    warm_hauls()
    started = time.perf_counter()
    jobs, trucks, rules = dense(instance)
    plan = empty_plan(jobs, trucks, rules, generator(parameters.seed), len(jobs.whole) + 2)
    search(jobs, trucks, rules, plan, 1, 1.0, 1.0)
    legs = max(1, len(jobs.penalty) + int((plan.size > 0).sum()))
    mean_leg = max(1e-9, float(plan.truck[0].sum()) / legs)

    def tell(share: float, seconds: float) -> None:
        if on_progress is not None:
            cost = round(100 * float(plan.value[BEST]))
            progress = Progress(Stage.IMPROVE, share, seconds, cost, int(plan.num[ABSENT]))
            on_progress(progress)

    left_s = max(1e-3, parameters.time_limit_s - (time.perf_counter() - started))
    done = anneal(
        replace(parameters, time_limit_s=left_s),
        Cooling(HOT_SHARE * mean_leg, COLD_SHARE * mean_leg),
        lambda count, hot, cold: search(jobs, trucks, rules, plan, count, hot, cold),
        tell,
        should_stop or (lambda: False),
    )
    tours = tuple(_tours(instance, jobs, trucks, plan))
    placed = {node for tour in tours for node in tour.nodes}
    absent = tuple(node for node in instance.customers.tolist() if node not in placed)
    return Tours(tours, absent, cost_of(instance, tours), time.perf_counter() - started, done)


def _tours(instance: Instance, jobs: Jobs, trucks: Trucks, plan: Plan) -> Iterator[Tour]:
    """Read the best tours: customers in order, one depot node for each call between them.

    What was taken up at an earlier call than its trip's is taken up at the last one instead: never
    heavier, and never too early, since that call comes later.
    """
    customers = len(instance.demand)
    for truck, size in enumerate(plan.best_size.tolist()):
        nodes: list[int] = []
        for place in jobs.whole[plan.best_tour[truck, :size], PLACE].tolist():
            node = place if place < customers else 0
            if node or (nodes and nodes[-1]):
                nodes.append(node)
        while nodes and not nodes[-1]:
            nodes.pop()
        if nodes:
            yield Tour(int(trucks.whole[truck, CLASS]), tuple(nodes))
