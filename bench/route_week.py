"""A week at a real region's size: tanks that fill, yards that are used up, lots with dates.

    python bench/route_week.py [seconds ...]

Forty trucks with six days of work in seven, sixty tanks that fill thirty tonnes to a hundred and
twenty a day, yards at every third receiver, and a hundred lots with a latest day. Prints the cost,
its proven bound, what could not be kept, the empty share, and beside it the cost of the same tanks
fetched day by day without looking ahead: each day's inflow on that day.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import numpy as np
from route_day import made_up_day

from routing.horizon import Closure, Dated, HorizonProblem, Roster, Tank, Yard
from routing.horizon_check import check_horizon
from routing.horizon_solve import solve_horizon
from routing.parameters import Parameters
from routing.problem import Collection

DAYS = 7


def made_up_week(
    seed: int = 1, tanks: int = 60, lots: int = 100, trucks: int = 40
) -> HorizonProblem:
    """Draw a week on the sites, trucks and roads of the made-up day."""
    base = made_up_day(seed, tanks, lots, trucks)
    draw = np.random.default_rng(seed)
    full, small = base.collections[:tanks], base.collections[tanks:]
    return HorizonProblem(
        DAYS,
        replace(base, collections=()),
        tuple(_dated(row, draw) for row in small),
        tuple(_tank(row, draw) for row in full),
        tuple(_yard(row.id, full, draw) for row in base.receivers[::3]),
        tuple(Roster(row.id, most_days=6) for row in base.vehicles),
        (Closure(full[0].site, frozenset({5, 6})), Closure(base.receivers[0].site, frozenset({6}))),
    )


def _tank(row: Collection, draw: np.random.Generator) -> Tank:
    """Draw a tank of three to six days' inflow, a third to two thirds full."""
    daily_kg = int(draw.integers(30, 120)) * 1000
    room_kg = daily_kg * int(draw.integers(3, 7))
    opening_kg = int(room_kg * draw.uniform(0.33, 0.66))
    collection = replace(row, mass_kg=room_kg, volume_l=0)
    return Tank(collection, opening_kg, (daily_kg,) * DAYS, opening_kg + 30_000)


def _dated(row: Collection, draw: np.random.Generator) -> Dated:
    first = int(draw.integers(0, DAYS))
    return Dated(
        replace(row, skip_fen=None), first, min(DAYS - 1, first + int(draw.integers(0, 4)))
    )


def _yard(receiver: str, full: tuple[Collection, ...], draw: np.random.Generator) -> Yard:
    """Draw a yard that uses about what the tanks that bring to it alone let it expect."""
    brought = sum(75_000 for row in full if row.receivers == (receiver,))
    use_kg = int(brought * draw.uniform(0.6, 0.9))
    return Yard(receiver, 3 * use_kg, (use_kg,) * DAYS, 6 * use_kg + 400_000, use_kg // 2)


def main() -> None:
    problem = made_up_week()
    print("limit s | cost yuan | bound yuan | gap % | loads | unmet | empty % | rounds | wall s")
    for limit_s in [float(word) for word in sys.argv[1:]] or [20.0, 60.0]:
        started = time.perf_counter()
        plan = solve_horizon(problem, Parameters(time_limit_s=limit_s))
        wall_s = time.perf_counter() - started
        assert not check_horizon(problem, plan), check_horizon(problem, plan)[:3]
        bound = plan.bound_fen
        gap = 100 * (plan.cost_fen / bound - 1) if bound else float("nan")
        loads = sum(len(day.plan.loads) for day in plan.days)
        unmet_t = sum(row.mass_kg for row in plan.unmet) / 1000
        print(
            f"{limit_s:7.0f} | {plan.cost_fen / 100:9.0f} | {bound / 100:10.0f} | {gap:5.1f} "
            f"| {loads:5d} | {len(plan.unmet)} ({unmet_t:.0f} t) | {100 * plan.empty_share:7.1f} "
            f"| {plan.rounds} | {wall_s:.1f}"
        )
        for row in plan.unmet[:8]:
            print("   ", row)


if __name__ == "__main__":
    main()
