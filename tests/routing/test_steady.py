"""A new plan leaves alone what it need not change: who drives what, and which load of a call."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from routing.check import check
from routing.hand import Hand, taken_up
from routing.operate import Situation
from routing.parameters import Parameters
from routing.plan import Plan, StopKind
from routing.problem import Collection, DayProblem, Receiver
from routing.refill import reasons
from routing.replan import replan, worth
from routing.schedule import Breach
from routing.solve import solve
from routing.steady import steady
from tests.routing.days import day, fleet
from tests.routing.hands import granted, route_of, written

LINE = {"depot": (0, 0), "near": (10, 0), "far": (30, 0), "works": (40, 0)}
QUICK = Parameters(time_limit_s=60, max_iterations=500)


def carried(plan: Plan) -> dict[str, frozenset[str]]:
    return {row.vehicle: frozenset(row.load_ids) for row in plan.routes}


def test_alike_trucks_and_loads_keep_each_other_when_another_day_is_mended() -> None:
    # Near gives three full loads, far three loads of 10 t that fit into one truck. Two trucks are
    # sent to far for one trip's worth, which is 10,000 + 80 x 500 fen too dear; who drives to near,
    # and with which of its loads, is as good any way round.
    problem = day(
        LINE,
        [
            Collection("n", "near", "ash", 90_000, ("works",)),
            Collection("f", "far", "ash", 10_000, ("works",)),
            Collection("g", "far", "ash", 10_000, ("works",)),
        ],
        [Receiver("works", "works")],
        vehicles=fleet(6),
    )
    before = written(
        problem,
        {
            "tipper1": ["f#1", "f#1>works"],
            "tipper2": ["n#3", "n#3>works"],
            "tipper3": ["g#1", "g#1>works"],
            "tipper5": ["n#1", "n#1>works", "n#2", "n#2>works"],
        },
    )
    after = granted(replan(before, QUICK)).plan
    assert after.cost_fen < before.plan.cost_fen
    was, now = carried(before.plan), carried(after)
    assert set(now) < set(was)
    # Whatever the search found best, no load of near left its truck but those of a truck closed.
    for truck, loads in now.items():
        assert was[truck] <= loads, (truck, was, now)


def drawn(number: int) -> DayProblem:
    draw = np.random.default_rng(number)
    points = {"depot": (0.0, 0.0), "works": (20.0, 5.0), "mill": (5.0, 20.0)}
    points |= {f"p{i}": tuple(draw.integers(0, 40, 2).tolist()) for i in range(3)}
    rows = [
        Collection(
            f"c{i}",
            f"p{draw.integers(3)}",
            "ash",
            int(draw.integers(1, 90)) * 1000,
            ("works", "mill")[: int(draw.integers(1, 3))],
            skip_fen=None if draw.random() < 0.7 else 20_000,
        )
        for i in range(4)
    ]
    receivers = [Receiver("works", "works"), Receiver("mill", "mill")]
    return day(points, rows, receivers, vehicles=fleet(5))


def shared(one: Hand, other: Hand) -> int:
    """Count the loads that ride on the same truck in both."""
    was, now = carried_by(one), carried_by(other)
    return sum(now.get(load) == truck for load, truck in was.items())


def carried_by(hand: Hand) -> dict[str, str]:
    return {load: row.vehicle.id for load, row in hand.carrier.items()}


def scrambled(hand: Hand, draw: np.random.Generator) -> Hand:
    """Exchange the days of the trucks, who are all alike, and the loads of each call."""
    loads = hand.day.loads
    becomes = dict(enumerate(draw.permutation(len(loads)).tolist()))
    for group in {(row.collection, row.mass_kg) for row in loads}:
        own = [i for i, row in enumerate(loads) if (row.collection, row.mass_kg) == group]
        becomes |= dict(zip(own, draw.permutation(own).tolist(), strict=True))
    days = [row.tasks for row in hand.trucks]
    for truck, number in zip(hand.trucks, draw.permutation(len(days)), strict=True):
        tasks = tuple(replace(task, load=becomes[task.load]) for task in days[number])
        route = hand.timed(truck, tasks)
        assert not isinstance(route, Breach)
        hand = hand.given(truck, tasks, route)
    return hand


def test_whatever_was_exchanged_comes_back() -> None:
    for number in range(40):
        problem = drawn(number)
        first = taken_up(Situation(problem, solve(problem, QUICK)))
        made = steady(first, scrambled(first, np.random.default_rng(number)))
        assert [row.route for row in made.trucks] == [row.route for row in first.trucks]


def test_a_plan_made_like_another_costs_no_more_and_shares_no_less() -> None:
    gained = 0
    for number in range(40):
        problem = drawn(number)
        first = taken_up(Situation(problem, solve(problem, replace(QUICK, max_iterations=1))))
        second = taken_up(Situation(problem, solve(problem, replace(QUICK, seed=number))))
        after = scrambled(second, np.random.default_rng(number))
        made = steady(first, after)
        assert worth(made) <= worth(after)
        assert shared(first, made) >= shared(first, after)
        gained += shared(first, made) > shared(first, after)
        plan = made.closed(reasons(made, made.left_out)).plan
        assert check(problem, plan) == ()
    assert gained > 30


def test_the_load_being_fetched_keeps_its_name() -> None:
    problem = day(
        LINE,
        [Collection("n", "near", "ash", 120_000, ("works",))],
        [Receiver("works", "works")],
        vehicles=fleet(3),
    )
    before = written(
        problem,
        {
            "tipper0": ["n#4", "n#4>works", "n#2", "n#2>works"],
            "tipper1": ["n#1", "n#1>works", "n#3", "n#3>works"],
        },
    )
    begun_s = route_of(before.plan, "tipper0").stops[1].start_s
    after = granted(replan(replace(before, now_s=begun_s + 1), QUICK)).plan
    for truck, load in (("tipper0", "n#4"), ("tipper1", "n#1")):
        first = next(row for row in route_of(after, truck).stops if row.kind is StopKind.LOAD)
        assert first.loads == (load,)
