"""A stored plan as the planner's own values again: the day, its plan, what is settled. And back.

On its own day a plan stands where the trucks do, and those drive by the plan in force alone.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from market.errors import ConflictError
from market.haulage import codec, day_queries, queries
from market.haulage.models import CollectionPlan, PlanRoute, PlanUnserved
from market.haulage.rules import PlanParameters, seconds_over
from routing import carry, hand
from routing.assemble import Run, assembled
from routing.day import Day
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
    return _settled(problem, _plan(session, row, problem), queries.held(session, row))


def as_of(
    session: Session, row: CollectionPlan, found: Situation, now: datetime, *, lead: timedelta
) -> Situation:
    """Let the clock bind on the plan's own day, as far as the plan in force has come by then.

    A draft goes on from what that has done ``lead`` after the moment; its own trucks do nothing.

    Raises:
        ConflictError: it does not know of all that is done.

    """
    if seconds_over(row.planned_on, now) is None:
        return found
    driven = day_queries.driven_on(session, row.planned_on)
    if driven is not None and driven.record.root_id == queries.root_id(session, row.id):
        return at(found, row.planned_on, now)
    later = at(found, row.planned_on, now + lead)
    before = _standing_still(found) if driven is None else read(session, driven.plan)
    assert later.now_s is not None
    plans, begun = (found.plan.routes, before.plan.routes), (found.begun, before.begun)
    if not hand.done_otherwise(*plans, later.now_s, begun, found.out | before.out):
        return later
    resumed = carry.resumed(found, before, later.now_s)
    if resumed is None:
        raise ConflictError("draft_behind", ref="" if driven is None else driven.plan.ref)
    return resumed


def _standing_still(found: Situation) -> Situation:
    """Return the day with nothing planned: no truck moves."""
    return replace(
        found,
        plan=assembled(Day.of(found.problem), (), (), Run(0, 0, 0.0)),
        locks=(),
        out=frozenset(),
        begun={},
    )


def search_from(session: Session, row: CollectionPlan, until: datetime) -> Situation | None:
    """Return what a plan still to be searched starts from; None for one that starts from nothing.

    A change starts from its parent's plan, under what is settled in the plan itself. A new plan
    starts from what the plan in force has done ``until`` then, and from what it promised.
    """
    change = queries.change(session, row.id)
    if change is None:
        return _beginning(session, row, until)
    before = queries.plan(session, change.parent_id)
    parent = read(session, before)
    found = _settled(parent.problem, parent.plan, change.held)
    return as_of(session, before, found, until, lead=timedelta())


def _beginning(session: Session, row: CollectionPlan, until: datetime) -> Situation | None:
    driven = day_queries.driven_on(session, row.planned_on)
    promises = PlanParameters(**row.parameters).keeps_promises
    from_s = seconds_over(row.planned_on, until)
    if driven is None or (from_s is None and not promises):
        return None
    frozen = queries.frozen_input(session, row.id)
    assert frozen is not None
    problem, before = codec.thaw(frozen), read(session, driven.plan)
    start = carry.begun_with(problem, before, from_s, promises=promises)
    if start is None and promises:
        start = carry.begun_with(problem, before, from_s, promises=False)
    if start is None or not (start.plan.routes or start.locks or start.out):
        return None
    return start


def taken_over(session: Session, row: CollectionPlan, start: Situation | None) -> dict[str, Any]:
    """Return, to be stored with a new plan, what is settled in it, and what not, of another's.

    ``kept`` is how many of how many locks, and of trucks that are out, the plan in force had.
    """
    driven = day_queries.driven_on(session, row.planned_on)
    if driven is None or queries.change(session, row.id) is not None:
        return {}
    before = queries.held(session, driven.plan)
    settled = {"locks": [], "out": []} if start is None else held(start)
    return {
        **({} if start is None else {"held": settled}),
        "kept": {
            "of": driven.plan.id,
            **{name: [len(settled[name]), len(before.get(name, ()))] for name in ("locks", "out")},
        },
    }


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
