"""A week at a real region's size: tanks that fill, yards that are used up, lots with dates.

    python bench/route_week.py [seconds ...]

Forty trucks with six days of work in seven, sixty tanks that fill thirty tonnes to a hundred and
twenty a day, yards at every third receiver, and a hundred lots with a latest day. Prints the cost,
its proven bound, the tonnes that overflow, run short or stay, and the empty share; and in a second
row the same week without looking ahead: a load goes on the day that fills it, a lot on its first
day, through shut gates too. What that does to tanks and yards is worked out afterwards.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from dataclasses import replace

import numpy as np
from route_day import made_up_day

from routing.horizon import (
    Closure,
    Dated,
    HorizonPlan,
    HorizonProblem,
    Roster,
    Shortfall,
    Tank,
    Yard,
)
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


def without_foresight(problem: HorizonProblem) -> HorizonProblem:
    """Give every load its day: the one after the tank's inflow has filled another truck."""
    heaviest_kg = max(row.capacity_kg for row in problem.day.vehicle_types)
    due = list[Dated]()
    for tank in problem.tanks:
        surplus_kg = tank.opening_kg - (tank.closing_kg or 0)
        for day in range(DAYS):
            came_kg = surplus_kg + sum(tank.inflow_kg[: day + 1])
            before_kg = came_kg - tank.inflow_kg[day]
            loads = max(0, came_kg // heaviest_kg) - max(0, before_kg // heaviest_kg)
            if loads:
                name = f"{tank.id}.{day}"
                row = replace(tank.collection, id=name, mass_kg=loads * heaviest_kg)
                due.append(Dated(row, day, day))
    lots = tuple(replace(row, latest_day=row.earliest_day) for row in problem.dated)
    return replace(problem, tanks=(), yards=(), dated=(*due, *lots), closures=())


def strayed_t(problem: HorizonProblem, plan: HorizonPlan) -> float:
    """Roll the week's own stores forward by what a plan moves, however it was made."""
    out_kg: Counter[tuple[str, int]] = Counter()
    in_kg: Counter[tuple[str, int]] = Counter()
    for number, day in enumerate(plan.days):
        for row in day.problem.collections:
            out_kg[row.id.partition(".")[0], number] += row.mass_kg
            in_kg[row.receivers[0], number] += row.mass_kg
    missed_kg = 0
    for tank in problem.tanks:
        level = tank.opening_kg
        for number, inflow_kg in enumerate(tank.inflow_kg):
            level += inflow_kg - out_kg[tank.id, number]
            missed_kg += max(0, level - tank.room_kg)
            level = min(level, tank.room_kg)
        missed_kg += max(0, level - (tank.closing_kg or 0))
    for yard in problem.yards:
        level = yard.opening_kg
        for number, use_kg in enumerate(yard.use_kg):
            level += in_kg[yard.receiver, number] - use_kg
            missed_kg += max(0, yard.minimum_kg - level) + max(0, level + use_kg - yard.room_kg)
            level = max(level, yard.minimum_kg)
    late_kg = sum(row.mass_kg for row in plan.unmet if row.kind is Shortfall.LATE)
    return (missed_kg + late_kg) / 1000


def tell(limit_s: float, name: str, problem: HorizonProblem, week: HorizonProblem) -> None:
    started = time.perf_counter()
    plan = solve_horizon(problem, Parameters(time_limit_s=limit_s))
    wall_s = time.perf_counter() - started
    assert not check_horizon(problem, plan), check_horizon(problem, plan)[:3]
    gap = 100 * (plan.cost_fen / plan.bound_fen - 1) if plan.bound_fen else float("nan")
    loads = sum(len(day.plan.loads) for day in plan.days)
    print(
        f"{limit_s:7.0f} | {name:13s} | {plan.cost_fen / 100:9.0f} | {plan.bound_fen / 100:10.0f} "
        f"| {gap:5.1f} | {loads:5d} | {plan.cost_fen / plan.served_kg * 10:10.2f} "
        f"| {strayed_t(week, plan):8.0f} | {100 * plan.empty_share:7.1f} | {wall_s:6.1f}"
    )


def main() -> None:
    problem = made_up_week()
    print(
        "limit s | days          | cost yuan | bound yuan | gap % | loads | yuan per t "
        "| missed t | empty % | wall s"
    )
    for limit_s in [float(word) for word in sys.argv[1:]] or [30.0, 120.0]:
        tell(limit_s, "together", problem, problem)
        tell(limit_s, "one by one", without_foresight(problem), problem)


if __name__ == "__main__":
    main()
