"""Runs the compiled search on a benchmark instance, by the clock or a count of iterations."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from routing.annealing import Cooling, anneal, anneal_in_rounds
from routing.instances import Family, Instance
from routing.pair_search import solve_pairs
from routing.parameters import OnProgress, Parameters, Progress, ShouldStop, Stage
from routing.solution import Tour, Tours, cost_of
from routing.tour_start import savings
from routing.tour_team import Team, laid
from routing.tours import (
    PENALTY,
    Fleet,
    Floats,
    Ints,
    Layout,
    Nodes,
    Stops,
    apart,
    closest,
    nearest,
)
from routing.trip_search import solve_trips
from routing.truckload import generate
from routing.warm import warm_tours

# Start and end temperature as shares of the mean leg of the first tours, and both after column
# generation, whose tours are good already; found by trying, as is how many neighbours to look at:
# in windows as many places as customers fill a vehicle, from PLACES to MOST_PLACES.
HOT_SHARE = 1.0
WARM_SHARE = 0.3
COLD_SHARE = 0.01
WARM_COLD_SHARE = 0.005
NEIGHBOURS = 250
PLACES = 40
MOST_PLACES = 100
# Distance between the seeds of two workers.
SEED_STEP = 2**31
# Where a search of few customers settles is chance, so it begins anew where there is time. Plans of
# up to SMALL customers are searched in rounds each twice as long as the one before, which find less
# beyond; those of up to FEW_CUSTOMERS in so many equal ones, each of so many iterations a customer;
# found by trying. By the clock so many iterations a second are reckoned with.
SMALL = 60
MOST_ROUNDS = 3
ROUND = 4000
FEW_CUSTOMERS = 400
RATE = 350_000
# Share of the time that column generation may take on truckload days, and that the first plan of
# others may take to settle.
COLUMNS_SHARE = 0.6
DESCENT_SHARE = 0.2


def dense(instance: Instance) -> tuple[Stops, Fleet, Floats]:
    """Lay the instance out for the compiled search; the windows are (n, 3)."""
    cost = np.ascontiguousarray(instance.cost)
    # Where one matrix serves for all four they share the processor's cache.
    same = instance.time is instance.cost or bool((instance.time == instance.cost).all())
    duration = cost if same else np.ascontiguousarray(instance.time)
    # Leaving somebody out is never cheaper than any tours could be.
    penalty = 10.0 * (cost.max() * max(kind.unit for kind in instance.kinds) + 1.0)
    penalty += max(kind.fixed for kind in instance.kinds) * instance.scale
    # The larger the dearer, since a small one left out finds room more easily.
    penalties = 10.0 * penalty * (1.0 + instance.demand / max(1.0, instance.demand.max()))
    windows = np.column_stack([instance.ready, instance.due, instance.service]).astype(np.float64)
    close = closest(cost, duration, windows, instance.depots, _places(instance))
    stops = Stops(
        cost,
        _transposed(cost),
        duration,
        _transposed(duration),
        np.column_stack([instance.demand, penalties]).astype(np.float64),
        nearest(cost, instance.depots, NEIGHBOURS),
        close,
        apart(cost, close) * min(kind.unit for kind in instance.kinds),
        np.array([int(instance.timed), instance.depots, int(_transposed(cost) is cost)]),
    )
    kinds = instance.kinds
    real = [(kind.capacity, kind.fixed * instance.scale, kind.unit) for kind in kinds]
    whole = [(kind.depot, kind.depot, kind.count) for kind in kinds]
    fleet = Fleet(np.array(real, dtype=np.float64), np.array(whole, dtype=np.int64))
    return stops, fleet, windows


def _places(instance: Instance) -> int:
    """How many places to look at; long tours in windows pass each customer at many times."""
    demand = float(instance.demand[instance.customers].sum())
    if not instance.timed or demand <= 0.0:
        return PLACES
    most = max(kind.capacity for kind in instance.kinds)
    return int(np.clip(most * len(instance.customers) / demand, PLACES, MOST_PLACES))


def _transposed(matrix: Floats) -> Floats:
    return matrix if (matrix == matrix.T).all() else np.ascontiguousarray(matrix.T)


def _in_line(instance: Instance) -> Nodes:
    """Order the nodes so that neighbours mostly have close numbers: always on to the nearest.

    What the search reads in one iteration then lies close together in memory. Of several that are
    as near the first by what is known of them comes next, whatever the order of the file.
    """
    cost, depots = instance.cost, instance.depots
    known = [instance.service, instance.due, instance.ready, instance.demand]
    known += [cost.max(axis=0), cost.max(axis=1), *cost[:depots], *cost.T[:depots]]
    rank = np.lexsort([column[depots:] for column in known]) + depots
    order = np.concatenate([np.arange(depots), rank]).astype(np.int32)
    both = (cost + cost.T)[np.ix_(order, order)]
    both[:, :depots] = np.inf
    line = np.arange(len(cost))
    for place in range(depots, len(cost)):
        line[place] = both[line[place - 1]].argmin()
        both[:, line[place]] = np.inf
    return order[line]


def renumbered(instance: Instance, order: Nodes) -> Instance:
    """Let node i be what was node `order[i]`."""
    square = np.ix_(order, order)
    cost = instance.cost[square]
    time = cost if instance.time is instance.cost else instance.time[square]
    return replace(
        instance,
        cost=cost,
        time=time,
        demand=instance.demand[order],
        ready=instance.ready[order],
        due=instance.due[order],
        service=instance.service[order],
    )


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
    order = _in_line(instance)
    stops, fleet, windows = dense(renumbered(instance, order))
    seeds = [parameters.seed + SEED_STEP * worker for worker in range(parameters.workers)]
    columns, start = None, None
    if instance.family is Family.TRUCKLOAD:
        columns = generate(instance, started + COLUMNS_SHARE * parameters.time_limit_s, stop)
        start = _numbered(columns.tours, np.argsort(order))
    elif (tours := savings(stops, fleet, instance.customers)) is not None:
        start = _numbered([(0, nodes) for nodes in tours], np.arange(len(order)))
    until = started + DESCENT_SHARE * parameters.time_limit_s
    if parameters.max_iterations is not None:
        until = np.inf
    team = Team(stops, fleet, windows, instance.customers, seeds, start, until)
    customers = len(instance.customers)
    absent = np.setdiff1d(instance.customers, team.plan.order)
    legs = customers + int(team.plan.ends[0])
    mean_leg = max(1e-9, (team.cost - stops.load[absent, PENALTY].sum()) / legs)
    # Between few customers a single tour more or less is a large step, so small starts are hotter.
    hot, cold = (WARM_SHARE, WARM_COLD_SHARE) if columns else (HOT_SHARE, COLD_SHARE)
    hot *= 1 + 60 / customers

    def tell(share: float, seconds: float) -> None:
        if on_progress is not None:
            cost = round(100 * team.best_cost / instance.scale)
            left = customers - len(team.best.order)
            on_progress(Progress(Stage.IMPROVE, share, seconds, cost, left))

    left_s = max(1e-3, parameters.time_limit_s - (time.perf_counter() - started))
    limits = replace(parameters, time_limit_s=left_s)
    cooling = Cooling(hot * mean_leg, cold * mean_leg, 1 if columns else _rounds(limits, customers))
    done = _annealed(team, limits, cooling, not columns and customers <= SMALL, tell, stop)
    solution = _solution(instance, order, team.best, done, time.perf_counter() - started)
    if columns is None or solution.absent:
        return solution
    return replace(solution, bound=columns.bound_km)


def _annealed(
    team: Team,
    limits: Parameters,
    cooling: Cooling,
    growing: bool,
    tell: Callable[[float, float], None],
    stop: ShouldStop,
) -> int:
    """Search in rounds that grow, or in those of the cooling; returns the iterations done."""
    if not growing:
        return anneal(limits, cooling, team.search, tell, stop)
    nothing = _numbered([], np.zeros(0, dtype=np.int64))

    def begin(number: int) -> None:
        """Start each round from the best plan or from nothing, in turn."""
        team.begin(nothing if number % 2 else team.best)

    return anneal_in_rounds(limits, cooling, begin, team.search, tell, stop)


def _rounds(limits: Parameters, customers: int) -> int:
    iterations = limits.max_iterations
    if iterations is None:
        iterations = int(RATE * limits.time_limit_s)
    enough = iterations // (ROUND * customers)
    return max(1, min(MOST_ROUNDS, enough)) if customers <= FEW_CUSTOMERS else 1


def _numbered(tours: Sequence[tuple[int, Sequence[int]]], place: Ints) -> Layout:
    """Lay (kind, nodes) end to end, with node i written as `place[i]`."""
    order = [place[node] for _, nodes in tours for node in nodes]
    return laid(
        np.array(order, dtype=np.int32),
        np.array([len(nodes) for _, nodes in tours], dtype=np.int64),
        np.array([kind for kind, _ in tours], dtype=np.int64),
    )


def _solution(
    instance: Instance, order: Nodes, plan: Layout, iterations: int, seconds: float
) -> Tours:
    ends = [0, *plan.ends[1:].tolist()]
    nodes = order[plan.order].tolist()
    tours = tuple(
        Tour(kind, tuple(nodes[first:last]))
        for kind, (first, last) in zip(plan.kinds.tolist(), itertools.pairwise(ends), strict=True)
    )
    placed = set(nodes)
    absent = tuple(node for node in instance.customers.tolist() if node not in placed)
    return Tours(tours, absent, cost_of(instance, tours), seconds, iterations)
