"""Small horizons on a line, and a reading of them by trying every assignment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from routing.horizon import Closure, Dated, HorizonPlan, HorizonProblem, Roster, Tank, Yard
from routing.horizon_check import check_horizon
from routing.horizon_solve import solve_horizon
from routing.parameters import Parameters
from routing.problem import Body, Collection, Material, Receiver, Vehicle, VehicleType
from tests.routing.days import Points, day, fleet

LINE: Points = {"depot": (0, 0), "pit": (10, 0), "works": (30, 0)}
QUICK = Parameters(time_limit_s=30, max_iterations=200)


def horizon(
    days: int,
    *,
    tanks: Iterable[Tank] = (),
    dated: Iterable[Dated] = (),
    yards: Iterable[Yard] = (),
    receivers: Sequence[Receiver] = (Receiver("works", "works"),),
    points: Points = LINE,
    vehicles: Sequence[Vehicle] | None = None,
    types: Sequence[VehicleType] = (),
    rosters: Iterable[Roster] = (),
    closures: Iterable[Closure] = (),
) -> HorizonProblem:
    """One truck that costs 100 yuan a day and 5 yuan a km, unless told otherwise."""
    base = day(points, (), receivers, vehicles=vehicles or fleet(1), types=types)
    rows = tuple(tanks), tuple(dated)
    names = {row.collection.material for group in rows for row in group}  # type: ignore[attr-defined]
    materials = tuple(Material(name, frozenset({Body.TIPPER})) for name in sorted(names))
    base = replace(base, materials=materials)
    return HorizonProblem(
        days, base, rows[1], rows[0], tuple(yards), tuple(rosters), tuple(closures)
    )


def tank(
    room_t: int,
    opening_t: int,
    inflow_t: Sequence[int],
    *,
    name: str = "ash",
    site: str = "pit",
    receivers: tuple[str, ...] = ("works",),
    closing_t: int | None = None,
    overflow_fen_per_t: int | None = None,
) -> Tank:
    return Tank(
        Collection(name, site, name, 1000 * room_t, receivers),
        1000 * opening_t,
        tuple(1000 * mass for mass in inflow_t),
        None if closing_t is None else 1000 * closing_t,
        overflow_fen_per_t,
    )


def planned(problem: HorizonProblem, parameters: Parameters = QUICK) -> HorizonPlan:
    plan = solve_horizon(problem, parameters)
    assert check_horizon(problem, plan) == ()
    return plan


def loads_by_day(plan: HorizonPlan) -> list[int]:
    return [len(day.plan.loads) for day in plan.days]
