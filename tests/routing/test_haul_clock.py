"""The compiled clock and the timetable tell the same day: feasible or not, to the second and fen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from routing.day import Day
from routing.haul_columns import holds
from routing.haul_day import layout
from routing.orders import Order
from routing.parameters import Parameters
from routing.plan import Route
from routing.problem import Collection, DayProblem, Receiver, Vehicle, Window
from routing.schedule import Task, timetable
from routing.solve import solve
from tests.routing.days import HOUR, day, fleet
from tests.routing.test_day_optima import FEATURES, made_up, own_hours

Draw = np.random.Generator


def slow_gates(problem: DayProblem, draw: Draw) -> DayProblem:
    """Gates close while trucks unload, so that later loads of a call are put down after hours."""
    receivers = tuple(
        replace(row, windows=(Window(0, 8 * HOUR),), unload_s_per_t=int(draw.integers(50, 500)))
        for row in problem.receivers
    )
    return replace(problem, receivers=receivers)


def drawn_order(day_: Day, draw: Draw) -> Order | None:
    """Up to four loads in any order on any truck that may carry each of them."""
    vehicle: Vehicle = day_.problem.vehicles[int(draw.integers(len(day_.problem.vehicles)))]
    able = [load for load in range(len(day_.loads)) if day_.fits(vehicle, load)]
    if not able:
        return None
    count = int(draw.integers(1, min(4, len(able)) + 1))
    waiting = [int(load) for load in draw.choice(able, count, replace=False)]
    aboard: list[int] = []
    tasks: list[Task] = []
    while waiting or aboard:
        if waiting and (not aboard or draw.random() < 0.5):
            aboard.append(waiting.pop())
            tasks.append(Task(aboard[-1]))
        else:
            load = aboard.pop(int(draw.integers(len(aboard))))
            goals = day_.allowed[load]
            tasks.append(Task(load, goals[int(draw.integers(len(goals)))]))
    return Order(vehicle, tuple(tasks))


def test_both_clocks_agree_on_what_can_be_driven_and_what_it_costs() -> None:
    features = (*FEATURES, own_hours, slow_gates)
    driven = refused = merged = 0
    for seed in range(8 * len(features)):
        draw = np.random.default_rng(seed)
        problem = features[seed % len(features)](made_up(seed, 4), draw)
        if seed % 3 == 0:
            problem = slow_gates(problem, draw)
        day_ = Day.of(problem)
        dense = layout(day_)
        arrays = dense.jobs, dense.trucks, dense.rules
        number = {task: i for i, task in enumerate(dense.tasks)}
        for order in filter(None, (drawn_order(day_, draw) for _ in range(15))):
            tour = np.array([number[task] for task in order.tasks], dtype=np.int64)
            truck = dense.vehicles.index(order.vehicle)
            size, cost_fen = holds(*arrays, truck, tour, *np.zeros((2, len(tour))))
            route = timetable(day_, order.vehicle, order.tasks)
            if not isinstance(route, Route):
                assert size < len(tour), (seed, order, route)
                refused += 1
                continue
            assert (size, cost_fen) == (len(tour), route.cost_fen), (seed, order)
            driven += 1
            merged += any(len(stop.loads) > 1 for stop in route.stops)
    assert min(driven, refused, merged) > 100


def test_a_call_that_begins_in_time_may_go_on_after_the_gate_closes() -> None:
    points = {"depot": (0, 0), "pit": (30, 0)}
    lots = [Collection(name, "pit", "ash", 10_000, ("works",)) for name in ("a", "b")]
    # A truck is back at seven, a minute before the gate closes; ten tonnes take ten minutes.
    gate = (Window(0, 7 * HOUR + 60),)
    works = Receiver("works", "depot", gate, unload_s_per_t=60)
    problem = day(points, lots, [works], vehicles=fleet(1))
    plan = solve(problem, Parameters(time_limit_s=60, max_iterations=10))
    assert plan.unserved == ()
    # One round of 60 km at 5 yuan and 100 yuan for the day.
    assert plan.cost_fen == 40_000
