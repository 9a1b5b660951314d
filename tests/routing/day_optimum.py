"""The best plan of a tiny day by trying every truck, order and receiver for every load."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from routing.day import Day
from routing.plan import Route
from routing.problem import Vehicle
from routing.schedule import Task, timetable

# Above any cost of a tiny day: leaving out one load more that must go is never worth it.
MUST_GO_FEN = 10**9
Goals = tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Optimum:
    """Loads left out that must go, and all that is paid: driving and what else is left out."""

    must_left: int
    cost_fen: int


def orders(goals: Goals) -> Iterator[tuple[Task, ...]]:
    """Every order of taking up and putting down these (load, receiver)."""

    def extend(tasks: tuple[Task, ...]) -> Iterator[tuple[Task, ...]]:
        if len(tasks) == 2 * len(goals):
            yield tasks
            return
        for load, receiver in goals:
            up, down = Task(load), Task(load, receiver)
            if up not in tasks:
                yield from extend((*tasks, up))
            elif down not in tasks:
                yield from extend((*tasks, down))

    return extend(())


def cheapest_day(day: Day, vehicle: Vehicle, goals: Goals) -> float:
    """Cost of the best order, infinite when the truck cannot bring these loads there."""
    if not goals:
        return 0.0
    walked = (timetable(day, vehicle, tasks) for tasks in orders(goals))
    return min((r.cost_fen for r in walked if isinstance(r, Route)), default=math.inf)


def optimum(day: Day, loads: frozenset[int] | None = None) -> Optimum | None:
    """Find the least of any plan; with `loads`, of plans that serve just these, None if none does."""
    vehicles = day.problem.vehicles
    # Trucks that are alike bring the same loads at the same cost.
    known: dict[tuple[object, Goals], float] = {}
    best = math.inf
    everything = range(len(day.loads))
    for trucks in itertools.product(range(-1, len(vehicles)), repeat=len(everything)):
        served = [load for load in everything if trucks[load] >= 0]
        if loads is not None and frozenset(served) != loads:
            continue
        paid = 0 if loads is not None else _left_fen(day, trucks)
        for choice in itertools.product(*(day.allowed[load] for load in served)):
            if not _taken(day, served, choice):
                continue
            total = float(paid)
            for number, vehicle in enumerate(vehicles):
                goals = tuple(
                    (load, goal)
                    for load, goal in zip(served, choice, strict=True)
                    if trucks[load] == number
                )
                key = (vehicle.like, goals)
                if key not in known:
                    known[key] = cheapest_day(day, vehicle, goals)
                total += known[key]
            best = min(best, total)
    if best == math.inf:
        return None
    must, cost_fen = divmod(round(best), MUST_GO_FEN)
    return Optimum(must, cost_fen)


def _left_fen(day: Day, trucks: tuple[int, ...]) -> int:
    skips = [day.collection(load).skip_fen for load, truck in enumerate(trucks) if truck < 0]
    return sum(MUST_GO_FEN if skip is None else skip for skip in skips)


def _taken(day: Day, served: list[int], choice: tuple[int, ...]) -> bool:
    """Whether the receivers can take what they are brought."""
    taken_kg: Counter[int] = Counter()
    for load, goal in zip(served, choice, strict=True):
        taken_kg[goal] += day.loads[load].mass_kg
    limits = {goal: day.receiver(goal).daily_intake_kg for goal in taken_kg}
    return all(kg is None or taken_kg[goal] <= kg for goal, kg in limits.items())
