"""Routes and what was left out, put together into a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from routing.day import Day
from routing.plan import Plan, PlanStatus, Route, StopKind, Unserved


@dataclass(frozen=True, slots=True)
class Run:
    """What a plan remembers of the search that found it."""

    seed: int
    iterations: int
    seconds: float
    bound_fen: int | None = None


def assembled(day: Day, routes: Sequence[Route], unserved: Sequence[Unserved], run: Run) -> Plan:
    """Build the plan: routes in the order of the vehicles, with what plain shuttling would take."""
    position = {row.id: i for i, row in enumerate(day.problem.vehicles)}
    status = PlanStatus.PARTIAL if unserved and routes else PlanStatus.COMPLETE
    if not routes:
        status = PlanStatus.EMPTY
    return Plan(
        status,
        tuple(sorted(routes, key=lambda route: position[route.vehicle])),
        day.loads,
        tuple(unserved),
        *_shuttle(day, routes),
        run.seed,
        run.iterations,
        run.seconds,
        run.bound_fen,
    )


def _shuttle(day: Day, routes: Sequence[Route]) -> tuple[int, int]:
    """Metres, and empty metres, if each load were brought alone and the truck sent back."""
    travel = day.problem.travel
    out_m = back_m = 0
    for route in routes:
        for stop in route.stops:
            if stop.kind is not StopKind.UNLOAD or stop.site is None:
                continue
            for load in stop.loads:
                site = day.collection(day.load_index[load]).site
                out_m += travel.metres(site, stop.site)
                back_m += travel.metres(stop.site, site)
    return out_m + back_m, back_m
