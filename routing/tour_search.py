"""Runs the compiled search on a benchmark instance, by the clock or a count of iterations."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from routing.annealing import Cooling, anneal
from routing.compiled import generator
from routing.instances import Family, Instance
from routing.pair_search import solve_pairs
from routing.parameters import OnProgress, Parameters, Progress, ShouldStop, Stage
from routing.sisr import search
from routing.solution import Tour, Tours, cost_of
from routing.tour_moves import restore
from routing.tours import ABSENT, BEST, COST, Fleet, State, Stops, empty_state, nearest
from routing.trip_search import solve_trips
from routing.truckload import generate
from routing.warm import warm_tours

# Start and end temperature as shares of the mean leg of the first solution; found by trying.
HOT_SHARE = 0.3
COLD_SHARE = 0.005
NEIGHBOURS = 1000
# Share of the time that column generation may take on truckload days.
COLUMNS_SHARE = 0.6


def dense(instance: Instance) -> tuple[Stops, Fleet]:
    """Lay the instance out for the compiled search."""
    customers = instance.customers
    cost = np.ascontiguousarray(instance.cost)
    duration = np.ascontiguousarray(instance.time)
    # Leaving somebody out is never cheaper than any tours could be.
    penalty = 10.0 * (cost.max() * max(kind.unit for kind in instance.kinds) + 1.0)
    penalty += max(kind.fixed for kind in instance.kinds) * instance.scale
    penalty *= 10.0
    stops = Stops(
        cost,
        np.ascontiguousarray(cost.T),
        duration,
        np.ascontiguousarray(duration.T),
        instance.demand.astype(np.float64),
        instance.ready.astype(np.float64),
        instance.due.astype(np.float64),
        instance.service.astype(np.float64),
        np.full(len(cost), penalty),
        customers,
        nearest(cost, customers, NEIGHBOURS),
        np.array([int(instance.timed)]),
    )
    kinds = instance.kinds
    fleet = Fleet(
        np.array([kind.capacity for kind in kinds], dtype=np.float64),
        np.array([kind.fixed * instance.scale for kind in kinds], dtype=np.float64),
        np.array([kind.unit for kind in kinds], dtype=np.float64),
        np.zeros(len(kinds)),
        np.full(len(kinds), instance.horizon),
        np.array([kind.depot for kind in kinds], dtype=np.int64),
        np.array([kind.depot for kind in kinds], dtype=np.int64),
        np.array([kind.count for kind in kinds], dtype=np.int64),
    )
    return stops, fleet


def solve_tours(
    instance: Instance,
    parameters: Parameters,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Tours:
    """Search with the method of the family; customers that fit nowhere are listed as absent."""
    if instance.family is Family.PDPTW:
        return solve_pairs(instance, parameters, on_progress, should_stop)
    if instance.family is Family.TRIPS:
        return solve_trips(instance, parameters, on_progress, should_stop)
    stop = should_stop or (lambda: False)
    warm_tours()
    started = time.perf_counter()
    stops, fleet = dense(instance)
    state = empty_state(stops, fleet, generator(parameters.seed))
    columns = None
    if instance.family is Family.TRUCKLOAD:
        until = started + COLUMNS_SHARE * parameters.time_limit_s
        columns = generate(instance, until, stop)
        _start_from(stops, fleet, state, columns.tours)
    else:
        search(stops, fleet, state, 1, 1.0, 1.0)
    legs = len(stops.customers) + int(state.num[0])
    mean_leg = max(1e-9, _tour_part(stops, state) / legs)
    # Between few customers a single tour more or less is a large step, so small starts are hotter.
    hot = HOT_SHARE * mean_leg * (1 + 60 / len(stops.customers))

    def tell(share: float, seconds: float) -> None:
        if on_progress is not None:
            cost = round(100 * state.value[BEST] / instance.scale)
            progress = Progress(Stage.IMPROVE, share, seconds, cost, int(state.num[ABSENT]))
            on_progress(progress)

    left_s = max(1e-3, parameters.time_limit_s - (time.perf_counter() - started))
    done = anneal(
        replace(parameters, time_limit_s=left_s),
        Cooling(hot, COLD_SHARE * mean_leg),
        lambda count, hot, cold: search(stops, fleet, state, count, hot, cold),
        tell,
        stop,
    )
    solution = _best(instance, state, done, time.perf_counter() - started)
    return replace(solution, bound=columns.bound_km) if columns else solution


def _start_from(
    stops: Stops, fleet: Fleet, state: State, tours: Sequence[tuple[int, tuple[int, ...]]]
) -> None:
    """Put the given (kind, nodes) in place of the current tours; the rest is inserted at once."""
    state.best_size[:] = 0
    for slot, (kind, nodes) in enumerate(tours):
        state.best_kind[slot], state.best_size[slot] = kind, len(nodes)
        state.best_tour[slot, : len(nodes)] = nodes
    restore(stops, fleet, state)
    search(stops, fleet, state, 1, 1.0, 1.0)


def _tour_part(stops: Stops, state: State) -> float:
    absent = state.absent[: state.num[ABSENT]]
    return float(state.value[COST] - stops.penalty[absent].sum())


def _best(instance: Instance, state: State, iterations: int, seconds: float) -> Tours:
    tours = tuple(
        Tour(int(state.best_kind[slot]), tuple(state.best_tour[slot, :size].tolist()))
        for slot, size in enumerate(state.best_size.tolist())
        if size
    )
    placed = {node for tour in tours for node in tour.nodes}
    absent = tuple(node for node in instance.customers.tolist() if node not in placed)
    return Tours(tours, absent, cost_of(instance, tours), seconds, iterations)
