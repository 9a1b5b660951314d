"""A stored plan as the planner's own values again: the day, its plan, what is settled. And back."""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from market.haulage import codec, queries
from market.haulage.models import CollectionPlan, PlanRoute, PlanUnserved
from market.haulage.rules import seconds_over
from routing.loads import split_collections
from routing.locks import Lock
from routing.operate import Situation
from routing.plan import (
    Elsewhere,
    Obstacle,
    Plan,
    PlanStatus,
    Reason,
    Route,
    Stop,
    StopKind,
    Unserved,
)
from routing.problem import DayProblem


def read(session: Session, row: CollectionPlan) -> Situation:
    """Return the situation of a plan that has its outcome."""
    frozen = queries.frozen_input(session, row.id)
    assert frozen is not None
    problem = codec.thaw(frozen)
    change = queries.change(session, row.id)
    return _settled(problem, _plan(session, row, problem), {} if change is None else change.held)


def resumed(session: Session, row: CollectionPlan) -> Situation | None:
    """Return what a plan still to be searched starts from; None for one that starts from nothing.

    That is its parent's plan, under what is settled in the plan itself.
    """
    change = queries.change(session, row.id)
    if change is None:
        return None
    parent = read(session, queries.plan(session, change.parent_id))
    return _settled(parent.problem, parent.plan, change.held)


def at(found: Situation, day: date, now: datetime) -> Situation:
    """Let the clock bind on the plan's own day; it never runs back."""
    over_s = seconds_over(day, now)
    return found if over_s is None else replace(found, now_s=max(over_s, found.now_s or 0))


def held(situation: Situation) -> dict[str, Any]:
    """Return what is settled in JSON; reading it back gives the same."""
    return {
        "locks": [asdict(lock) for lock in situation.locks],
        "out": sorted(situation.out),
        "now_s": situation.now_s,
        "begun": dict(situation.begun),
    }


def begun(session: Session, plan_id: int) -> dict[str, int]:
    """Return how many of their stops late trucks had set out for, by truck."""
    change = queries.change(session, plan_id)
    return {} if change is None else change.held.get("begun", {})


def _settled(problem: DayProblem, plan: Plan, kept: Mapping[str, Any]) -> Situation:
    return Situation(
        problem,
        plan,
        tuple(Lock(**lock) for lock in kept.get("locks", ())),
        kept.get("now_s"),
        frozenset(kept.get("out", ())),
        kept.get("begun", {}),
    )


def _plan(session: Session, row: CollectionPlan, problem: DayProblem) -> Plan:
    summary = row.summary
    return Plan(
        status=PlanStatus(row.status),
        routes=tuple(route(stored) for stored in queries.routes(session, row.id)),
        loads=split_collections(problem),
        unserved=tuple(_unserved(left) for left in queries.unserved(session, row.id)),
        shuttle_m=round(summary["shuttle_km"] * 1000),
        shuttle_empty_m=round(summary["shuttle_empty_km"] * 1000),
        seed=row.seed,
        iterations=summary["iterations"],
        seconds=summary["solve_seconds"],
        bound_fen=summary["bound_fen"],
    )


def route(row: PlanRoute) -> Route:
    return Route(f"V{row.vehicle_id}", tuple(_stop(stop) for stop in row.stops), row.cost_fen)


def _stop(stored: dict[str, Any]) -> Stop:
    return Stop(**{**stored, "kind": StopKind(stored["kind"]), "loads": tuple(stored["loads"])})


def _unserved(row: PlanUnserved) -> Unserved:
    """Read a row back; one of before has fewer figures."""
    known = {field.name for field in fields(Unserved)}
    params = {name: value for name, value in row.params.items() if name in known}
    if params.get("also"):
        also = params["also"]
        params["also"] = Obstacle(**{**also, "reason": Reason(also["reason"])})
    if params.get("elsewhere"):
        params["elsewhere"] = Elsewhere(**params["elsewhere"])
    if params.get("spare_s"):
        params["spare_s"] = tuple(params["spare_s"])
    return Unserved(
        load=row.load_key,
        collection=row.load_key.rsplit("#", 1)[0],
        mass_kg=row.mass_kg,
        reason=Reason(row.reason),
        **params,
    )
