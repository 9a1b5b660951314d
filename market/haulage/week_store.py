"""Puts a week's input and outcome into the tables, once; each day becomes a plan of its own."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from market.haulage import codec, day_plans, queries, store, week_levels, week_queries
from market.haulage.models import CollectionPlan, PlanWeek, PlanWeekDay
from market.haulage.rules import PlanStatus
from market.haulage.week_loader import WeekInput
from market.haulage.week_rules import called_on_day
from routing.horizon import DayPlan, HorizonPlan, HorizonProblem, HorizonStatus, Unmet


def store_input(session: Session, week_id: int, found: WeekInput) -> None:
    """Freeze the input; a week that has one keeps it."""
    row = week_queries.week_with_input(session, week_id)
    if row.input_gz is not None:
        return
    row.places = {name: asdict(place) for name, place in found.day.places.items()}
    row.cargoes = {name: asdict(cargo) for name, cargo in found.day.cargoes.items()}
    row.left_out = [asdict(flow) for flow in found.day.left_out]
    row.summary = {"away": list(found.away), "begun": list(found.begun)}
    row.input_gz = codec.freeze_week(found.problem)


def store_failure(session: Session, week_id: int, record: dict[str, Any]) -> None:
    """Keep why the days could not be measured; nothing else of them is stored."""
    week_queries.week(session, week_id).summary = {"no_ways": record}


def store_week(
    session: Session,
    week_id: int,
    problem: HorizonProblem,
    plan: HorizonPlan,
    *,
    stopped: bool,
    now: datetime,
) -> None:
    """Store the days' plans and the totals; a week that already has its outcome keeps it."""
    row = week_queries.week(session, week_id)
    if row.status != PlanStatus.PENDING:
        return
    for number, day in enumerate(plan.days):
        if day.plan.routes:
            day_plans.begin(session, _store_day(session, row, number, day), now=now)
    moved = any(day.plan.routes for day in plan.days)
    complete = plan.status is HorizonStatus.COMPLETE
    partial = PlanStatus.PARTIAL if moved else PlanStatus.EMPTY
    row.status = PlanStatus.COMPLETE if complete else partial
    numbers = {f"V{vehicle.id}": vehicle.number for vehicle in queries.every_vehicle(session)}
    summary = _summary(problem, plan) | {"unmet": [_unmet(unmet, numbers) for unmet in plan.unmet]}
    row.summary = {**row.summary, **summary, "stopped": stopped}


def _store_day(session: Session, week: PlanWeek, number: int, day: DayPlan) -> int:
    """Store the plan of a day; return its number."""
    names = [row.id for row in day.problem.collections]
    plan = CollectionPlan(
        run_id=week.run_id,
        planned_on=week.starts_on + timedelta(number),
        depot_ids=week.depot_ids,
        parameters=week.parameters,
        time_limit_s=week.time_limit_s,
        seed=week.seed,
        versions=week.versions,
        input_gz=codec.freeze(day.problem),
        places=week.places,
        cargoes={
            name: {**week.cargoes[name], "called": called}
            for name, called in zip(names, called_on_day(names), strict=True)
        },
        left_out=[],
        created_by=week.created_by,
        created_at=week.created_at,
    )
    session.add(plan)
    session.flush()
    store.store_plan(session, plan.id, day.plan, day.problem, stopped=False)
    session.add(PlanWeekDay(week_id=week.id, day=number, plan_id=plan.id))
    return plan.id


def _unmet(row: Unmet, numbers: dict[str, int]) -> dict[str, Any]:
    """Keep the planner's own figures; trucks it names are kept by the numbers people know."""
    kept = asdict(row)
    if row.unserved is not None:
        kept["unserved"] |= store.trucks_of(row.unserved, numbers)
    return kept


def _summary(problem: HorizonProblem, plan: HorizonPlan) -> dict[str, Any]:
    """Return the totals and the levels of each store; units in names."""
    shuttle_m = sum(day.plan.shuttle_m for day in plan.days)
    return {
        "loads": sum(len(day.plan.loads) for day in plan.days),
        "tonnes": plan.served_kg / 1000,
        "km": plan.distance_m / 1000,
        "empty_km": plan.empty_m / 1000,
        "shuttle_km": shuttle_m / 1000,
        "cost_fen": plan.cost_fen,
        "bound_fen": plan.bound_fen,
        "levels": week_levels.stored(problem, [*plan.tanks, *plan.yards]),
        "solve_seconds": round(plan.seconds, 2),
        "rounds": plan.rounds,
    }
