"""Which plan of a day is driven: the first one made, until a person says that another is.

Each runs inside the caller's transaction.
"""

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy.orm import Session

from market import audit
from market.accounts.rules import Actor
from market.db import one_at_a_time
from market.errors import ConflictError
from market.haulage import day_queries, queries, versions, week_queries
from market.haulage.actions import is_over
from market.haulage.day_models import PlanOfDay
from market.haulage.models import CollectionPlan
from market.haulage.policy import require_planner


def begin(session: Session, plan_id: int) -> None:
    """Let the first plan of a date be driven; on a date that has one, a new plan is a draft."""
    row = queries.plan(session, plan_id)
    one_at_a_time(session, _name(row.planned_on))
    if (
        queries.change(session, plan_id) is None
        and day_queries.of_day(session, row.planned_on) is None
    ):
        first = PlanOfDay(planned_on=row.planned_on)
        _set(session, first, row.id, row.created_by, row.created_at)


def drive(
    session: Session, actor: Actor | None, plan_id: int, *, instead_of: int, now: datetime
) -> CollectionPlan:
    """Let this plan be driven on its day; saying so twice is saying it once.

    Raises:
        ConflictError: it is not made yet or was changed meanwhile, its day is over, by now another
            plan than ``instead_of`` is driven, or a truck has done what this plan does not know of.

    """
    person = require_planner(actor)
    row = versions.require_head(session, plan_id)
    if is_over(row, now):
        raise ConflictError("day_is_over")
    one_at_a_time(session, _name(row.planned_on))
    driven = day_queries.driven_on(session, row.planned_on)
    if driven is None or driven.plan.id == plan_id:
        begin(session, plan_id)
        return row
    if driven.plan.id != instead_of:
        raise ConflictError("another_plan_driven", ref=driven.plan.ref)
    error = versions.barred(session, row, driven.plan.id, now)
    if error is not None:
        raise error
    driven.record.before_id = driven.record.root_id
    # Counted by the database: the line that was driven may change at this moment.
    driven.record.changes = PlanOfDay.changes + 1
    _set(session, driven.record, queries.root_id(session, plan_id), person.user_id, now)
    audit.record(
        session,
        now=now,
        user_id=person.user_id,
        verb="drive",
        subject="collection_plan",
        subject_id=plan_id,
        changes={"instead_of": instead_of},
    )
    return row


def drive_week(
    session: Session,
    actor: Actor | None,
    week_id: int,
    *,
    instead_of: Mapping[date, int],
    now: datetime,
) -> None:
    """Let all of a week's days be driven that are not over, instead of the plans named.

    Raises:
        ConflictError: as `drive`; then none of its days is changed.

    """
    require_planner(actor)
    for plan in week_queries.heads_by_day(session, week_id).values():
        if not is_over(plan, now):
            seen = instead_of.get(plan.planned_on, plan.id)
            drive(session, actor, plan.id, instead_of=seen, now=now)


def _set(
    session: Session, record: PlanOfDay, root_id: int, user_id: int | None, now: datetime
) -> None:
    record.root_id, record.set_by, record.set_at = root_id, user_id, now
    session.add(record)
    session.flush()


def _name(day: date) -> str:
    return f"plan-of-day-{day}"
