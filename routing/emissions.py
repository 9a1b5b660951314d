"""The CO2 of a truck's day, from its type's own factors; unknown where the type has none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from routing.plan import Plan, Route
from routing.problem import DayProblem, VehicleType


@dataclass(frozen=True, slots=True)
class Emitted:
    """CO2 of some trucks' days: `known_g` is that of `known` of `trucks`, the rest is unknown."""

    known_g: int
    known: int
    trucks: int

    @classmethod
    def of(cls, grams: Iterable[int | None]) -> Emitted:
        rows = list(grams)
        found = [row for row in rows if row is not None]
        return cls(sum(found), len(found), len(rows))

    @property
    def total_g(self) -> int | None:
        """Grams of them all; None where one has no factor."""
        return self.known_g if self.known == self.trucks else None


def route_co2_g(kind: VehicleType, route: Route) -> int | None:
    """Add up grams over loaded and empty metres, rounded to a whole gram."""
    if kind.co2_g_per_km is None:
        return None
    empty = kind.co2_g_per_km if kind.co2_empty_g_per_km is None else kind.co2_empty_g_per_km
    return (route.loaded_m * kind.co2_g_per_km + route.empty_m * empty + 500) // 1000


def routes_co2_g(problem: DayProblem, plan: Plan) -> dict[str, int | None]:
    """Grams by vehicle, for each route of the plan."""
    kinds = {row.id: row for row in problem.vehicle_types}
    kind_of = {row.id: kinds[row.type] for row in problem.vehicles}
    return {row.vehicle: route_co2_g(kind_of[row.vehicle], row) for row in plan.routes}


def plan_co2(problem: DayProblem, plan: Plan) -> Emitted:
    return Emitted.of(routes_co2_g(problem, plan).values())
