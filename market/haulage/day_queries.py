"""Every SELECT on which plan of a day is driven."""

from collections.abc import Collection as Members
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.haulage import queries
from market.haulage.day_models import PlanOfDay
from market.haulage.models import CollectionPlan, PlanChange, PlanHead, PlanRoute
from market.jobs import Job


@dataclass(frozen=True, slots=True)
class Driven:
    """The plan that is driven on a day, after changes by hand, and since when it is that."""

    plan: CollectionPlan
    record: PlanOfDay
    since: datetime


def of_day(session: Session, day: date) -> PlanOfDay | None:
    return session.get(PlanOfDay, day, populate_existing=True)


def count_change(session: Session, root_id: int) -> None:
    """Count one more plan that is driven, where the line of this first plan is the day's."""
    rows = sa.update(PlanOfDay).where(PlanOfDay.root_id == root_id)
    session.execute(rows.values(changes=PlanOfDay.changes + 1))


def driven_on(session: Session, day: date) -> Driven | None:
    """Return the plan that is driven on a day; None where nothing is planned yet."""
    return driven_on_days(session, [day]).get(day)


def driven_on_days(session: Session, days: Iterable[date]) -> dict[date, Driven]:
    """Return the plans that are driven on those of the days that have one, in their order."""
    head_id = sa.func.coalesce(PlanHead.plan_id, PlanOfDay.root_id)
    statement = (
        sa.select(CollectionPlan, PlanOfDay, PlanHead.set_at)
        .select_from(PlanOfDay)
        .outerjoin(PlanHead, PlanHead.root_id == PlanOfDay.root_id)
        .join(CollectionPlan, CollectionPlan.id == head_id)
        .where(PlanOfDay.planned_on.in_(days))
        .order_by(PlanOfDay.planned_on)
        .execution_options(populate_existing=True)
    )
    return {
        record.planned_on: Driven(plan, record, max(record.set_at, changed_at or record.set_at))
        for plan, record, changed_at in session.execute(statement)
    }


def is_driven(session: Session, plan: CollectionPlan) -> bool:
    found = driven_on(session, plan.planned_on)
    return found is not None and found.plan.id == plan.id


@dataclass(frozen=True, slots=True)
class OtherDay:
    """When a truck would have been out by another plan of the day."""

    number: int
    starts_s: int
    ends_s: int


def stays_in(session: Session, plan: CollectionPlan) -> list[OtherDay]:
    """Return the trucks that only other plans of the day sent out, as the newest of them did."""
    works = PlanRoute.load_count > 0
    out = sa.select(PlanRoute.vehicle_id).where(PlanRoute.plan_id == plan.id, works)
    statement = (
        sa.select(PlanRoute.number, PlanRoute.starts_s, PlanRoute.ends_s)
        .join(CollectionPlan, CollectionPlan.id == PlanRoute.plan_id)
        .where(CollectionPlan.planned_on == plan.planned_on, works)
        .where(PlanRoute.vehicle_id.not_in(out))
        .order_by(PlanRoute.number, PlanRoute.plan_id)
    )
    return list({row.number: OtherDay(*row) for row in session.execute(statement)}.values())


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A plan in the list: its job's state, what it came from, what it is in its line and day."""

    plan: CollectionPlan
    job_state: str | None
    parent_id: int | None
    root_id: int
    is_head: bool
    driven: bool


@dataclass(frozen=True, slots=True)
class DayLines:
    """A day's lines of plans, the driven one first, then the newest; and all versions of each."""

    day: date
    lines: list[PlanLine]
    versions: dict[int, list[PlanLine]]


def planned_days(session: Session, today: date) -> list[date]:
    """Return every day that has a plan: today, the days ahead in their order, then those before."""
    found = session.scalars(sa.select(CollectionPlan.planned_on).distinct()).all()
    ahead = sorted(day for day in found if day >= today)
    return [*ahead, *sorted((day for day in found if day < today), reverse=True)]


def lines_of(session: Session, shown: Members[date]) -> list[DayLines]:
    """Return the plans of some days, in the order of the days named."""
    rows = plan_lines(session, shown)
    return [_day(one, [row for row in rows if row.plan.planned_on == one]) for one in shown]


def _day(day: date, rows: list[PlanLine]) -> DayLines:
    versions: dict[int, list[PlanLine]] = {}
    for row in rows:
        versions.setdefault(row.root_id, []).append(row)
    heads = [row for row in rows if row.is_head]
    return DayLines(day, sorted(heads, key=lambda row: (not row.driven, -row.plan.id)), versions)


def plan_lines(session: Session, days: Members[date]) -> list[PlanLine]:
    """Return all plans of some days, the newest first."""
    statement = (
        sa.select(
            CollectionPlan,
            Job.state,
            PlanChange.parent_id,
            sa.func.coalesce(PlanChange.root_id, CollectionPlan.id),
            _head(),
            queries.driven(),
        )
        .outerjoin(Job, Job.id == CollectionPlan.job_id)
        .outerjoin(PlanChange, PlanChange.plan_id == CollectionPlan.id)
        .where(CollectionPlan.planned_on.in_(days))
        .order_by(CollectionPlan.id.desc())
    )
    return [PlanLine(*row) for row in session.execute(statement)]


def _head() -> sa.ColumnElement[bool]:
    """Tell the plan of its line that counts: the first until a dispatcher changes it."""
    moved_on = sa.select(PlanHead.root_id)
    derived = sa.select(PlanChange.plan_id)
    heads = sa.select(PlanHead.plan_id)
    first = sa.and_(CollectionPlan.id.not_in(derived), CollectionPlan.id.not_in(moved_on))
    return sa.or_(CollectionPlan.id.in_(heads), first)
