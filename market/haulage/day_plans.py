"""Which plan of a day is in force: the first one made, until a person says another, or none.

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
from market.haulage.rules import PlanStatus


def begin(session: Session, plan_id: int, *, now: datetime) -> None:
    """Put the first plan of a date in force; on a date that has had one, a new plan is a draft.

    So is one that sends out no truck, and one so long in coming that its trucks should be out.
    """
    row = queries.plan(session, plan_id)
    one_at_a_time(session, _name(row.planned_on))
    if (
        queries.change(session, plan_id) is None
        and row.status != PlanStatus.EMPTY
        and day_queries.of_day(session, row.planned_on) is None
        and versions.barred(session, row, None, now) is None
    ):
        first = PlanOfDay(planned_on=row.planned_on)
        _set(session, first, row.id, row.created_by, row.created_at)


def drive(
    session: Session, actor: Actor | None, plan_id: int, *, instead_of: int, now: datetime
) -> CollectionPlan:
    """Put this plan in force on its day; saying so twice is saying it once.

    Raises:
        ConflictError: it is not made yet or was changed meanwhile, by now another plan than
            ``instead_of`` is in force, or it cannot count (`versions.barred`).

    """
    person = require_planner(actor)
    row = versions.require_head(session, plan_id)
    one_at_a_time(session, _name(row.planned_on))
    driven = day_queries.driven_on(session, row.planned_on)
    if driven is not None and driven.plan.id == plan_id:
        return row
    if driven is not None and driven.plan.id != instead_of:
        raise ConflictError("another_plan_driven", ref=driven.plan.ref)
    error = versions.barred(session, row, None if driven is None else driven.plan.id, now)
    if error is not None:
        raise error
    record = day_queries.of_day(session, row.planned_on) or PlanOfDay(planned_on=row.planned_on)
    _replace(session, record, queries.root_id(session, plan_id), person.user_id, now)
    _record(session, person, plan_id, "drive", now, {"instead_of": instead_of})
    return row


def take_out_of_force(
    session: Session, actor: Actor | None, plan_id: int, *, now: datetime
) -> CollectionPlan:
    """Make the plan in force a draft again: then nothing is driven on its day.

    Raises:
        ConflictError: it is not the plan in force, its day is over, or a truck has set out by it.

    """
    person = require_planner(actor)
    row = versions.require_head(session, plan_id)
    if is_over(row, now):
        raise ConflictError("day_is_over")
    one_at_a_time(session, _name(row.planned_on))
    driven = day_queries.driven_on(session, row.planned_on)
    if driven is None:
        return row
    if driven.plan.id != plan_id:
        raise ConflictError("another_plan_driven", ref=driven.plan.ref)
    trucks = versions.trucks_apart(session, row, None, now)
    if trucks:
        raise ConflictError("truck_has_left", truck=min(trucks), ref=row.ref)
    _replace(session, driven.record, None, person.user_id, now)
    _record(session, person, plan_id, "take_out_of_force", now, {})
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


def _replace(
    session: Session, record: PlanOfDay, root_id: int | None, user_id: int, now: datetime
) -> None:
    """Let another line, or none, be in force, and remember which one was."""
    if record.set_at is not None:
        record.before_id = record.root_id
        # Counted by the database: the line that was driven may change at this moment.
        record.changes = PlanOfDay.changes + 1
    _set(session, record, root_id, user_id, now)


def _set(
    session: Session, record: PlanOfDay, root_id: int | None, user_id: int | None, now: datetime
) -> None:
    record.root_id, record.set_by, record.set_at = root_id, user_id, now
    session.add(record)
    session.flush()


def _record(
    session: Session,
    person: Actor,
    plan_id: int,
    verb: str,
    now: datetime,
    changes: dict[str, int],
) -> None:
    audit.record(
        session,
        now=now,
        user_id=person.user_id,
        verb=verb,
        subject="collection_plan",
        subject_id=plan_id,
        changes=changes,
    )


def _name(day: date) -> str:
    return f"plan-of-day-{day}"
