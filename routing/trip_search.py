"""Several trips a vehicle from one depot, with release times and backhauls, by ruin and recreate.

Deliveries before fetching is a matter of prohibitive legs: from the depot to where something is
fetched, and from there to a delivery.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from routing.annealing import Cooling, anneal
from routing.chains import FIRST, NEXT
from routing.compiled import generator
from routing.instances import Instance, Tour
from routing.parameters import OnProgress, Parameters, Progress, ShouldStop, Stage
from routing.rivals import SEED_STEP, Rivals
from routing.solution import Tours, cost_of
from routing.tours import closest, nearest
from routing.trip_sisr import search
from routing.trip_state import (
    ABSENT,
    ACTIVE,
    BEST,
    COST,
    HEAD,
    KIND,
    LATER,
    PENALTY,
    Calls,
    Floats,
    State,
    Vehicles,
    empty_state,
)
from routing.warm import warm_trips

# Temperatures as shares of the mean leg of the first plan; found by trying.
HOT_SHARE = 1.0
COLD_SHARE = 0.005
NEIGHBOURS = 250
PLACES = 40


def dense(instance: Instance) -> tuple[Calls, Vehicles, Floats]:
    """Lay the instance out for the compiled search; the times are (n, 4)."""
    nodes, kinds = len(instance.demand), instance.kinds
    back = _or_zero(instance.backhaul, nodes)
    worst = 1.0 + float(instance.cost.max()) * max(kind.unit for kind in kinds)
    worst += max(kind.fixed for kind in kinds) * instance.scale
    # Leaving somebody out is dearer than any trip could be, a leg that may not be far dearer yet.
    penalty, never = 200.0 * worst, 2.0 ** np.ceil(np.log2(1e6 * worst))
    cost = instance.cost.copy()
    fetched, brought = np.flatnonzero(back > 0), np.flatnonzero(instance.demand > 0)
    if instance.linehaul_first:
        cost[0, fetched] = never
        cost[np.ix_(fetched, brought)] = never
    duration = np.ascontiguousarray(instance.time)
    times = np.column_stack(
        [
            instance.ready,
            instance.due,
            instance.service,
            _or_zero(instance.release, nodes),
        ]
    ).astype(np.float64)
    calls = Calls(
        cost,
        np.ascontiguousarray(cost.T),
        duration,
        np.ascontiguousarray(duration.T),
        np.column_stack([instance.demand, back, np.full(nodes, penalty)]).astype(np.float64),
        nearest(instance.cost, 1, NEIGHBOURS),
        closest(cost, duration, times[:, :3], 1, PLACES),
        np.array([instance.ready[0], instance.due[0]], dtype=np.float64),
        np.array(
            [
                int(instance.timed),
                int(len(fetched) > 0 and not instance.linehaul_first),
                int(any(kind.reloads for kind in kinds)),
            ]
        ),
    )
    return calls, _vehicles(instance), times


def _or_zero(column: Floats | None, nodes: int) -> Floats:
    return np.zeros(nodes) if column is None else column


def _vehicles(instance: Instance) -> Vehicles:
    real, whole = [], []
    for number, kind in enumerate(instance.kinds):
        count = min(kind.count, len(instance.customers))
        real += [(kind.capacity, kind.fixed * instance.scale, kind.unit)] * count
        whole += [(number, int(kind.reloads))] * count
    return Vehicles(np.array(real, dtype=np.float64), np.array(whole, dtype=np.int64))


def solve_trips(
    instance: Instance,
    parameters: Parameters,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Tours:
    """Search for the least cost; customers that fit nowhere are listed as absent."""
    warm_trips()
    started = time.perf_counter()
    calls, vehicles, times = dense(instance)
    seeds = [parameters.seed + SEED_STEP * worker for worker in range(parameters.workers)]
    states = [empty_state(calls, vehicles, times, generator(seed)) for seed in seeds]
    state, customers = states[0], len(instance.customers)
    search(calls, vehicles, state, 1, 1.0, 1.0)
    team = Rivals(states, lambda *given: search(calls, vehicles, *given), frozenset({"random"}))
    absent = int(state.num[ABSENT])
    legs = customers - absent + int(state.num[ACTIVE])
    mean_leg = max(
        1e-9, (float(state.value[COST]) - absent * calls.load[1, PENALTY]) / max(1, legs)
    )
    # Between few customers a single trip more or less is a large step, so small starts are hotter.
    hot = HOT_SHARE * mean_leg * (1 + 60 / customers)

    def tell(share: float, seconds: float) -> None:
        if on_progress is not None:
            cost = round(100 * float(state.value[BEST]) / instance.scale)
            progress = Progress(Stage.IMPROVE, share, seconds, cost, int(state.num[ABSENT]))
            on_progress(progress)

    left_s = max(1e-3, parameters.time_limit_s - (time.perf_counter() - started))
    limits = replace(parameters, time_limit_s=left_s)
    stop = should_stop or (lambda: False)
    done = anneal(limits, Cooling(hot, COLD_SHARE * mean_leg), team.run, tell, stop)
    tours = tuple(_tours(vehicles, state))
    served = {node for tour in tours for node in tour.nodes}
    left = tuple(node for node in instance.customers.tolist() if node not in served)
    return Tours(tours, left, cost_of(instance, tours), time.perf_counter() - started, done)


def _tours(vehicles: Vehicles, state: State) -> Iterator[Tour]:
    """Read the best tours: customers in order, the depot between two trips."""
    for vehicle, first in enumerate(state.best_cars[:, HEAD].tolist()):
        nodes: list[int] = []
        slot = first
        while slot >= 0:
            nodes += [0] if nodes else []
            node = int(state.best_slots[slot, FIRST])
            while node:
                nodes.append(node)
                node = int(state.best_link[node, NEXT])
            slot = int(state.best_slots[slot, LATER])
        if nodes:
            yield Tour(int(vehicles.whole[vehicle, KIND]), tuple(nodes))
