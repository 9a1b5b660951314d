"""What holds for every small horizon: by trying all assignments, and by changing the problem."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.horizon import Dated, HorizonProblem, HorizonStatus, Yard
from routing.horizon_programme import Programme
from routing.parameters import Parameters
from routing.plan import PlanStatus
from routing.problem import Collection
from routing.solve import solve
from tests.routing.days import fleet
from tests.routing.horizons import LINE, horizon, planned, tank

FEW = Parameters(time_limit_s=60, max_iterations=60)
MANY = settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
POINTS = {**LINE, "mill": (20, 5)}
LOAD_KG = 30_000


@st.composite
def horizons(draw: st.DrawFn) -> HorizonProblem:
    """Two tanks, a lot with dates and perhaps a yard, over two or three days."""
    days = draw(st.integers(2, 3))
    levels = st.integers(0, 60)
    tanks = [
        tank(
            60, draw(levels), [draw(st.integers(0, 40)) for _ in range(days)], name=name, site=site
        )
        for name, site in (("ash", "pit"), ("slag", "mill"))
    ]
    first = draw(st.integers(0, days - 1))
    last = draw(st.integers(first, days - 1))
    lot = Dated(
        Collection("lot", "mill", "lot", draw(st.integers(5, 40)) * 1000, ("works",)), first, last
    )
    yards = []
    if draw(st.booleans()):
        use = tuple(draw(st.integers(0, 30)) * 1000 for _ in range(days))
        yards = [Yard("works", draw(levels) * 1000, use, 120_000)]
    return horizon(
        days,
        tanks=tanks,
        dated=[lot],
        yards=yards,
        points=POINTS,
        vehicles=fleet(draw(st.integers(1, 2))),
    )


def assignments(problem: HorizonProblem) -> Iterator[list[dict[str, int]]]:
    """Every way to spread up to two full loads a day of each tank, and the lot on any one day."""
    ranges = [range(3) for _ in problem.tanks for _ in range(problem.days)]
    (lot,) = problem.dated
    for counts in product(*ranges):
        for lot_day in (None, *range(lot.earliest_day, lot.latest_day + 1)):
            rows: list[dict[str, int]] = []
            for day in range(problem.days):
                row = {
                    tank.id: counts[at * problem.days + day]
                    for at, tank in enumerate(problem.tanks)
                }
                rows.append({**row, lot.collection.id: int(day == lot_day)})
            yield rows


def missed_kg(problem: HorizonProblem, rows: list[dict[str, int]]) -> int | None:
    """Read an assignment by hand: what it misses, or None when it cannot be."""
    (lot,) = problem.dated
    missed = 0 if any(row["lot"] for row in rows) else lot.collection.mass_kg
    for store in problem.tanks:
        level = store.opening_kg
        for row, inflow_kg in zip(rows, store.inflow_kg, strict=True):
            if row[store.id] * LOAD_KG > level:
                return None
            level += inflow_kg - row[store.id] * LOAD_KG
            missed += max(0, level - store.room_kg)
            level = min(level, store.room_kg)
    for yard in problem.yards:
        level = yard.opening_kg
        for row, use_kg in zip(rows, yard.use_kg, strict=True):
            level += sum(row[store.id] for store in problem.tanks) * LOAD_KG
            level += row["lot"] * lot.collection.mass_kg
            if level > yard.room_kg:
                return None
            missed += max(0, use_kg - level)
            level = max(0, level - use_kg)
    return missed


def day_cost_fen(problem: HorizonProblem, row: dict[str, int]) -> int | None:
    """Let the day's own engine bring exactly these loads; None when it cannot bring all."""
    collections = [
        replace(source, mass_kg=row[source.id] * min(LOAD_KG, source.mass_kg))
        for source in [t.collection for t in problem.tanks]
        if row[source.id]
    ]
    collections += [row_.collection for row_ in problem.dated if row["lot"]]
    if not collections:
        return 0
    plan = solve(problem.day_with(collections), Parameters(time_limit_s=60, max_iterations=60))
    return plan.cost_fen if plan.status is PlanStatus.COMPLETE else None


@MANY
@given(horizons())
def test_no_assignment_misses_less_or_as_much_for_less(problem: HorizonProblem) -> None:
    plan = planned(problem, FEW)
    best: tuple[int, int] | None = None
    known: dict[tuple[tuple[str, int], ...], int | None] = {}
    ranked = sorted(
        (missed, at, rows)
        for at, rows in enumerate(assignments(problem))
        if (missed := missed_kg(problem, rows)) is not None
    )
    for missed, _, rows in ranked:
        if best is not None and missed > best[0]:
            break
        costs = []
        for row in rows:
            key = tuple(sorted(row.items()))
            if key not in known:
                known[key] = day_cost_fen(problem, row)
            costs.append(known[key])
        if None not in costs:
            best = min(filter(None, [best, (missed, sum(cost or 0 for cost in costs))]))
    assert best is not None
    assert (sum(row.mass_kg for row in plan.unmet), plan.cost_fen) <= best
    assert plan.bound_fen <= best[1]


@MANY
@given(horizons())
def test_one_more_truck_or_more_room_never_misses_more(problem: HorizonProblem) -> None:
    missed = sum(row.mass_kg for row in planned(problem, FEW).unmet)
    trucks = fleet(len(problem.day.vehicles) + 1)
    more = replace(problem, day=replace(problem.day, vehicles=trucks))
    assert sum(row.mass_kg for row in planned(more, FEW).unmet) <= missed
    roomy = replace(
        problem,
        tanks=tuple(
            replace(row, collection=replace(row.collection, mass_kg=300_000))
            for row in problem.tanks
        ),
    )
    assert sum(row.mass_kg for row in planned(roomy, FEW).unmet) <= missed


@MANY
@given(horizons())
def test_what_is_missed_is_explained_and_nothing_else(problem: HorizonProblem) -> None:
    plan = planned(problem, FEW)
    assert (plan.status is HorizonStatus.COMPLETE) == (not plan.unmet)
    for row in plan.unmet:
        assert row.mass_kg > 0
        assert row.relaxation is None or row.relaxation > 0


@given(least=st.floats(0.1, 100.0), size=st.floats(1.0, 40.0), loads=st.integers(0, 120))
def test_rounding_to_whole_loads_cuts_off_no_plan_in_whole_loads(
    least: float, size: float, loads: int
) -> None:
    # As little is missed as can be with so many loads; the row may ask for no more than that.
    missed = max(0.0, least - size * loads)
    rows = Programme()
    load, other = rows.column(loads, loads), rows.column(0.0, 200.0)
    rows.row(least, [(load, size), (other, 1.0)], float("inf"))
    rows.whole_at_least(least, size, [(load, 1.0)], [(other, 1.0)])
    found = rows.minimise([(other, 1.0)], [], 10.0, 0.0, None)
    assert found is not None
    assert found.objective == pytest.approx(missed, abs=1e-5)
