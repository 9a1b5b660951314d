"""Every SELECT on weeks of collection plans."""

from collections.abc import Collection as Members
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session, undefer

from market.errors import NotFoundError
from market.haulage import queries
from market.haulage.models import CollectionPlan, PlanChange, PlanWeek, PlanWeekDay
from market.haulage.rules import PlanStatus
from market.haulage.week_rules import Store
from market.jobs import ENDED, Job
from market.listings.models import Listing

MOST_OF_SAME_DATES = 9


def week(session: Session, week_id: int) -> PlanWeek:
    found = session.get(PlanWeek, week_id)
    if found is None:
        raise NotFoundError("not_found")
    return found


def week_with_input(session: Session, week_id: int) -> PlanWeek:
    return session.scalars(
        sa.select(PlanWeek).where(PlanWeek.id == week_id).options(undefer(PlanWeek.input_gz))
    ).one()


def frozen_input(session: Session, week_id: int) -> bytes | None:
    return session.scalar(sa.select(PlanWeek.input_gz).where(PlanWeek.id == week_id))


def weeks(session: Session, *, limit: int, offset: int) -> tuple[list[tuple[PlanWeek, str]], int]:
    """Return one page of weeks with the state of their jobs, newest first, and how many in all."""
    total = session.scalar(sa.select(sa.func.count()).select_from(PlanWeek)) or 0
    statement = (
        sa.select(PlanWeek, Job.state)
        .outerjoin(Job, Job.id == PlanWeek.job_id)
        .order_by(PlanWeek.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [(row, state) for row, state in session.execute(statement)], total


def of_same_dates(session: Session, row: PlanWeek) -> Sequence[PlanWeek]:
    """Return the other weeks that plan the same days, newest first."""
    statement = (
        sa.select(PlanWeek)
        .where(
            PlanWeek.starts_on == row.starts_on,
            PlanWeek.days == row.days,
            PlanWeek.id != row.id,
            PlanWeek.status != PlanStatus.PENDING,
        )
        .order_by(PlanWeek.id.desc())
        .limit(MOST_OF_SAME_DATES)
    )
    return session.scalars(statement).all()


def unfinished(session: Session, run_id: int) -> Sequence[PlanWeek]:
    """Return the weeks of a run whose job is queued or running and still wanted."""
    statement = (
        sa.select(PlanWeek)
        .join(Job, Job.id == PlanWeek.job_id)
        .where(
            PlanWeek.run_id == run_id,
            Job.state.not_in(ENDED),
            Job.cancel_requested_at.is_(None),
        )
        .order_by(PlanWeek.id)
    )
    return session.scalars(statement).all()


def job_of(session: Session, row: PlanWeek) -> Job | None:
    return None if row.job_id is None else session.get(Job, row.job_id)


def plans_by_day(session: Session, week_id: int) -> dict[int, CollectionPlan]:
    """Return the week's plans by the number of their day."""
    statement = (
        sa.select(PlanWeekDay.day, CollectionPlan)
        .join(CollectionPlan, CollectionPlan.id == PlanWeekDay.plan_id)
        .where(PlanWeekDay.week_id == week_id)
    )
    return {day: plan for day, plan in session.execute(statement)}  # noqa: C416 - rows to pairs


def week_of(session: Session, plan_id: int) -> PlanWeek | None:
    """Return the week of which a plan, or what it was changed from, is one day; None if of none."""
    root = sa.select(PlanChange.root_id).where(PlanChange.plan_id == plan_id).scalar_subquery()
    statement = sa.select(PlanWeek).join(PlanWeekDay, PlanWeekDay.week_id == PlanWeek.id)
    return session.scalar(statement.where(PlanWeekDay.plan_id == sa.func.coalesce(root, plan_id)))


def heads_by_day(session: Session, week_id: int) -> dict[int, CollectionPlan]:
    """Return for each day of the week the plan that is to be driven, after changes by hand."""
    plans = plans_by_day(session, week_id)
    return {
        day: queries.plan(session, queries.head_id(session, plan.id)) for day, plan in plans.items()
    }


def sites_of_listings(session: Session, listing_ids: Members[int]) -> dict[int, int]:
    """Return the site of each of those listings that exist."""
    statement = sa.select(Listing.id, Listing.site_id).where(Listing.id.in_(listing_ids))
    return {listing: site for listing, site in session.execute(statement)}  # noqa: C416 - rows to pairs


def stores(session: Session, listing_ids: Members[int]) -> dict[int, Store]:
    """Return the stores of those listings that say how much room they have.

    ``stock_kg`` is None where nobody said what stands there.
    """
    statement = sa.select(Listing).where(
        Listing.id.in_(listing_ids), Listing.storage_kg.is_not(None), Listing.storage_kg > 0
    )
    return {
        row.id: Store(row.stock_kg, row.storage_kg or 0, row.mass_kg_per_year)
        for row in session.scalars(statement)
    }
