"""Runs the compiled search on a benchmark instance, by the clock or a count of iterations."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from routing.compiled import generator
from routing.instances import Instance
from routing.parameters import OnProgress, Parameters, Progress, ShouldStop, Stage
from routing.sisr import search
from routing.solution import Tour, Tours, cost_of
from routing.tours import ABSENT, BEST, COST, Fleet, State, Stops, empty_state, nearest

# Start and end temperature as shares of the mean leg of the first solution; found by trying.
HOT_SHARE = 0.3
COLD_SHARE = 0.005
# Seconds of search between two looks at the clock, and the first stretch, in iterations.
STRETCH_S = 0.1
FIRST_STRETCH = 50
NEIGHBOURS = 1000


@dataclass(slots=True)
class Cooling:
    """Temperatures by the share of the run that has passed."""

    hot: float
    cold: float

    def at(self, share: float) -> float:
        return float(self.hot * (self.cold / self.hot) ** min(1.0, share))


def anneal(
    parameters: Parameters,
    cooling: Cooling,
    stretch: Callable[[int, float, float], None],
    tell: Callable[[float, float], None],
    should_stop: ShouldStop,
) -> int:
    """Call `stretch(iterations, hot, cold)` until time, iterations or patience run out.

    Returns the number of iterations done. With `max_iterations` set the stretches, and with them
    the result, do not depend on the clock unless the time limit strikes first.
    """
    started = time.perf_counter()
    done, size = 0, FIRST_STRETCH
    most = parameters.max_iterations
    share = 0.0
    while share < 1.0 and not should_stop():
        if most is not None:
            size = max(1, min(most // 50 + 1, most - done))
        following = (
            share + STRETCH_S / parameters.time_limit_s if most is None else ((done + size) / most)
        )
        before = time.perf_counter()
        stretch(size, cooling.at(share), cooling.at(following))
        done += size
        now = time.perf_counter()
        share = (now - started) / parameters.time_limit_s
        if most is not None:
            share = max(share, done / most) if share >= 1.0 else done / most
        left_s = parameters.time_limit_s - (now - started)
        aim_s = min(STRETCH_S, max(left_s, 0.0))
        size = max(1, int(size * min(4.0, aim_s / max(now - before, 1e-6))))
        tell(min(share, 1.0), now - started)
    return done


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
    """Search with `routing.sisr`; customers that fit nowhere are listed as absent."""
    stops, fleet = dense(instance)
    state = empty_state(stops, fleet, generator(parameters.seed))
    # The first call compiles, or loads what was compiled before; it builds the first solution.
    search(stops, fleet, state, 1, 1.0, 1.0)
    legs = len(stops.customers) + int(state.num[0])
    mean_leg = max(1e-9, _tour_part(stops, state) / legs)
    started = time.perf_counter()

    def tell(share: float, seconds: float) -> None:
        if on_progress is not None:
            cost = round(100 * state.value[BEST] / instance.scale)
            progress = Progress(Stage.IMPROVE, share, seconds, cost, int(state.num[ABSENT]))
            on_progress(progress)

    done = anneal(
        parameters,
        Cooling(HOT_SHARE * mean_leg, COLD_SHARE * mean_leg),
        lambda count, hot, cold: search(stops, fleet, state, count, hot, cold),
        tell,
        should_stop or (lambda: False),
    )
    return _best(instance, state, done, time.perf_counter() - started)


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
