"""Plans asked for in other ways than by the form's numbers: with a table, once more, by count."""

import hashlib
from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.errors import ConflictError, DomainError
from market.haulage import actions, loader, queries, store, ways
from market.haulage.actions import PlanRequest
from market.haulage.models import CollectionPlan
from market.haulage.policy import require_planner
from market.haulage.rules import MAX_TABLE_BYTES, PlanParameters, PlanStatus, Ways


def with_table(
    session: Session,
    actor: Actor | None,
    request: PlanRequest,
    data: bytes,
    name: str,
    *,
    now: datetime,
) -> CollectionPlan:
    """Queue a plan over a dispatcher's own ways; the day is read and frozen with them at once.

    Raises:
        DomainError: the table is too large, is broken, or lacks a way of the day.

    """
    if len(data) > MAX_TABLE_BYTES:
        raise DomainError("table_too_large", field="table", most=MAX_TABLE_BYTES // 1_000_000)
    digest = hashlib.sha256(data).hexdigest()[:12]
    parameters = replace(request.parameters, ways=Ways.TABLE, table=digest)
    asked = replace(request, parameters=parameters)
    plan = actions.request_plan(session, actor, asked, now=now)
    if queries.frozen_input(session, plan.id) is None:
        day = loader.load(session, plan)
        store.store_input(session, plan.id, ways.from_table(day, data, name))
    return plan


def again(
    session: Session,
    actor: Actor | None,
    plan_id: int,
    *,
    by_great_circle: bool,
    now: datetime,
) -> CollectionPlan:
    """Queue the same day once more, by the same ways, or by great circle where a person says so."""
    require_planner(actor)
    row = queries.plan(session, plan_id)
    asked = PlanParameters(**row.parameters)
    if by_great_circle:
        asked = replace(asked, ways=Ways.GREAT_CIRCLE, table="")
    plan = actions.request_plan(session, actor, _request(row, asked), now=now)
    if asked.ways == Ways.TABLE:
        store.copy_input(session, plan_id, plan.id)
    return plan


def by_count(
    session: Session, actor: Actor | None, plan_id: int, *, now: datetime
) -> CollectionPlan:
    """Queue the same frozen day with as many iterations as the plan took, whatever the clock says.

    Raises:
        ConflictError: the plan is not made yet.

    """
    require_planner(actor)
    row = queries.plan(session, plan_id)
    if row.status == PlanStatus.PENDING:
        raise ConflictError("plan_not_made")
    asked = PlanParameters(**row.parameters)
    asked = replace(asked, max_iterations=row.summary["iterations"])
    plan = actions.request_plan(session, actor, _request(row, asked), now=now)
    store.copy_input(session, plan_id, plan.id)
    return plan


def _request(row: CollectionPlan, parameters: PlanParameters) -> PlanRequest:
    return PlanRequest(
        run_id=row.run_id,
        planned_on=row.planned_on,
        depot_ids=tuple(row.depot_ids),
        time_limit_s=row.time_limit_s,
        seed=row.seed,
        parameters=parameters,
    )
