"""Every SELECT on phoned-in jobs, and on what may take them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue.models import Material
from market.errors import NotFoundError
from market.haulage import day_queries
from market.haulage.models import CollectionPlan
from market.haulage.phoned_models import PhonedJob
from market.listings.models import Listing
from market.listings.rules import Side, State
from market.matchmaking.flows import End
from market.matchmaking.queries import end_of
from market.orgs.models import Organisation, Site


@dataclass(frozen=True, slots=True)
class Phoned:
    """A job with its material, its site where it has one, and those of its wants still open."""

    job: PhonedJob
    material: Material
    origin: Site | None
    standing: str | None
    receivers: tuple[End, ...]


def takers(session: Session, material_id: str) -> list[End]:
    """Return where the material is wanted, firms before estimates, by name."""
    statement = (
        sa.select(Listing, Site, Organisation.standing)
        .join(Site, Site.id == Listing.site_id)
        .join(Organisation, Organisation.id == Listing.org_id)
        .where(
            Listing.material_id == material_id,
            Listing.side == Side.WANT,
            Listing.state == State.OPEN,
        )
        .order_by(Organisation.standing, Site.name_en, Listing.id)
    )
    return [end_of(*row) for row in session.execute(statement)]


def wanted_materials(session: Session) -> Sequence[Material]:
    wanted = sa.select(Listing.material_id).where(
        Listing.side == Side.WANT, Listing.state == State.OPEN
    )
    statement = sa.select(Material).where(Material.id.in_(wanted))
    return session.scalars(statement.order_by(Material.family, Material.name_en)).all()


def usual_form(session: Session, material_id: str) -> str | None:
    """Return the form in which the material is offered most often."""
    statement = (
        sa.select(Listing.form)
        .where(Listing.material_id == material_id, Listing.side == Side.OFFER)
        .group_by(Listing.form)
        .order_by(sa.func.count().desc(), Listing.form)
        .limit(1)
    )
    return session.scalar(statement)


def job(session: Session, job_id: int) -> PhonedJob:
    found = session.get(PhonedJob, job_id)
    if found is None:
        raise NotFoundError("not_found")
    return found


def jobs(session: Session, ids: Collection[int]) -> dict[int, PhonedJob]:
    if not ids:
        return {}
    found = session.scalars(sa.select(PhonedJob).where(PhonedJob.id.in_(ids)))
    return {row.id: row for row in found}


def of_day(session: Session, day: date) -> list[Phoned]:
    """Return the day's jobs in the order phoned in, those withdrawn too."""
    return _phoned(session, PhonedJob.planned_on == day)


def to_fetch(session: Session, day: date) -> list[Phoned]:
    """Return the day's jobs that were not withdrawn and that somebody still takes."""
    return [row for row in of_day(session, day) if row.job.withdrawn_at is None and row.receivers]


def _phoned(session: Session, *which: sa.ColumnElement[bool]) -> list[Phoned]:
    statement = (
        sa.select(PhonedJob, Material, Site, Organisation.standing)
        .join(Material, Material.id == PhonedJob.material_id)
        .outerjoin(Site, Site.id == PhonedJob.site_id)
        .outerjoin(Organisation, Organisation.id == Site.org_id)
        .where(*which)
        .order_by(PhonedJob.planned_on, PhonedJob.id)
    )
    return [
        Phoned(job, material, site, standing, _receivers(session, job))
        for job, material, site, standing in session.execute(statement)
    ]


def waiting(session: Session, plan: CollectionPlan) -> list[Phoned]:
    """Return the jobs of the plan's day that are not in the plan, and still to be fetched."""
    planned = in_plan(plan)
    return [
        row
        for row in of_day(session, plan.planned_on)
        if row.job.id not in planned and row.job.withdrawn_at is None
    ]


def in_plan(plan: CollectionPlan) -> dict[int, str]:
    """Return what the plan calls each job that is in its day."""
    return {
        cargo["phoned_id"]: name
        for name, cargo in plan.cargoes.items()
        if cargo.get("phoned_id") is not None and not cargo.get("removed")
    }


def has_withdrawn(session: Session, plan: CollectionPlan) -> bool:
    """Tell whether a job that is in the plan's day was withdrawn."""
    gone = (PhonedJob.id.in_(in_plan(plan)), PhonedJob.withdrawn_at.is_not(None))
    return session.scalar(sa.select(PhonedJob.id).where(*gone).limit(1)) is not None


def of_firm_waiting(session: Session, org_id: int, today: date) -> list[Phoned]:
    """Return what was phoned in for a firm's sites from today on and is in no plan driven."""
    of_firm = (
        Site.org_id == org_id,
        PhonedJob.planned_on >= today,
        PhonedJob.withdrawn_at.is_(None),
    )
    rows = _phoned(session, *of_firm)
    driven = day_queries.driven_on_days(session, {row.job.planned_on for row in rows})
    planned = {number for found in driven.values() for number in in_plan(found.plan)}
    return [row for row in rows if row.job.id not in planned]


def _receivers(session: Session, job: PhonedJob) -> tuple[End, ...]:
    ends = takers(session, job.material_id)
    return tuple(end for end in ends if end.listing_id in job.want_ids)
