"""Small problems and a slow, obvious solver to hold the fast one against."""

import itertools
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace

from matching.economics import factors_of, merit
from matching.problem import (
    Acceptance,
    FreightBand,
    Objective,
    Parameters,
    Position,
    Problem,
    Slot,
    Supply,
)
from matching.result import Side

ASH = Acceptance("fly_ash")
KM_PER_DEGREE = 2 * math.pi * 6371.0088 / 360
TONNES = Parameters(radius_km=1000)
VALUE = Parameters(
    objective=Objective.NET_VALUE, radius_km=1000, freight=(FreightBand(1000, 0.5, 2.0),)
)


def supply(row_id: str, *tonnes: float, north: float = 0.0, east: float = 0.0, **more) -> Supply:
    """A supply so many degrees north and east of the equator's origin."""
    return Supply(
        id=row_id,
        material_id=more.pop("material_id", "fly_ash"),
        position=Position(north, east),
        tonnes=tonnes,
        **more,
    )


def slot(row_id: str, *tonnes: float, north: float = 0.0, east: float = 0.0, **more) -> Slot:
    accepts = more.pop("accepts", (ASH,))
    return Slot(row_id, row_id, Position(north, east), tonnes, accepts, **more)


@dataclass(frozen=True)
class Best:
    tonnes: float
    tonne_km: float
    merit: float


def arc_km(start: Position, end: Position) -> float:
    """Great-circle km by another formula than the library's."""
    phi1, phi2 = math.radians(start.lat), math.radians(end.lat)
    turn = math.radians(end.lon - start.lon)
    across = math.cos(phi2) * math.sin(turn)
    along = math.cos(phi1) * math.sin(phi2) - math.sin(phi1) * math.cos(phi2) * math.cos(turn)
    towards = math.sin(phi1) * math.sin(phi2) + math.cos(phi1) * math.cos(phi2) * math.cos(turn)
    return 6371.0088 * math.atan2(math.hypot(across, along), towards)


def random_problem(seed: int, *, most: int = 3, worth: bool = False) -> Problem:
    """One to three supplies and slots with 0 to 3 t each, some pairs beyond 1000 km."""
    dice = random.Random(seed)
    spread = dice.choice((2.0, 6.0, 9.0))

    def place() -> dict[str, float]:
        return {"north": dice.uniform(0, spread), "east": dice.uniform(0, spread)}

    return Problem(
        tuple(
            supply(
                f"s{i}",
                dice.randint(0, 3),
                **place(),
                disposal_yuan_per_t=dice.uniform(0, 400) if worth else None,
            )
            for i in range(dice.randint(1, most))
        ),
        tuple(
            slot(
                f"k{j}",
                dice.randint(0, 3),
                **place(),
                accepts=(
                    Acceptance(
                        "fly_ash",
                        replaced_yuan_per_t=dice.uniform(-50, 200),
                        avoided_co2_kg_per_t=dice.uniform(0, 120),
                    ),
                )
                if worth
                else (ASH,),
            )
            for j in range(dice.randint(1, most))
        ),
    )


def resized(problem: Problem, side: Side, row_id: str, by: float) -> Problem:
    def sized(rows):
        return tuple(
            replace(row, tonnes=(row.tonnes[0] + by,)) if row.id == row_id else row for row in rows
        )

    if side is Side.SUPPLY:
        return replace(problem, supplies=sized(problem.supplies))
    return replace(problem, slots=sized(problem.slots))


def brute_force(problem: Problem, parameters: Parameters) -> Best:
    """Try every whole-tonne plan; right because such networks have whole optima."""
    pairs = [
        (i, j, arc_km(s.position, k.position))
        for i, s in enumerate(problem.supplies)
        for j, k in enumerate(problem.slots)
        if arc_km(s.position, k.position) <= parameters.radius_km
    ]
    plans = (_score(problem, parameters, pairs, plan) for plan in _plans(problem, pairs))
    if parameters.objective is Objective.TONNES:
        return max(plans, key=lambda best: (best.tonnes, -best.tonne_km))
    return max(plans, key=lambda best: best.merit)


def _plans(problem: Problem, pairs: list[tuple[int, int, float]]) -> Iterator[tuple[int, ...]]:
    most = [
        range(int(min(problem.supplies[i].tonnes[0], problem.slots[j].tonnes[0])) + 1)
        for i, j, _ in pairs
    ]
    for plan in itertools.product(*most):
        sent = [0] * len(problem.supplies)
        taken = [0] * len(problem.slots)
        for (i, j, _), tonnes in zip(pairs, plan, strict=True):
            sent[i] += tonnes
            taken[j] += tonnes
        fits = all(a <= s.tonnes[0] for a, s in zip(sent, problem.supplies, strict=True))
        if fits and all(a <= k.tonnes[0] for a, k in zip(taken, problem.slots, strict=True)):
            yield plan


def _score(
    problem: Problem,
    parameters: Parameters,
    pairs: list[tuple[int, int, float]],
    plan: tuple[int, ...],
) -> Best:
    value = sum(
        tonnes
        * merit(parameters, factors_of(problem.supplies[i], problem.slots[j].accepts[0], km))[0]
        for (i, j, km), tonnes in zip(pairs, plan, strict=True)
        if tonnes
    )
    tonne_km = sum(tonnes * km for (_, _, km), tonnes in zip(pairs, plan, strict=True))
    return Best(float(sum(plan)), tonne_km, float(value))
