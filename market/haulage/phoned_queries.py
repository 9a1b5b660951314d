"""Every SELECT on phoned-in jobs, and on what may take them."""

from collections.abc import Collection as Members
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue.models import Material
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


def of_day(session: Session, day: date, besides: Members[str] = ()) -> list[Phoned]:
    """Return the day's jobs in the order phoned in, without those of some keys."""
    statement = (
        sa.select(PhonedJob, Material, Site, Organisation.standing)
        .join(Material, Material.id == PhonedJob.material_id)
        .outerjoin(Site, Site.id == PhonedJob.site_id)
        .outerjoin(Organisation, Organisation.id == Site.org_id)
        .where(PhonedJob.planned_on == day)
        .order_by(PhonedJob.id)
    )
    return [
        Phoned(job, material, site, standing, _receivers(session, job))
        for job, material, site, standing in session.execute(statement)
        if job.key not in besides
    ]


def _receivers(session: Session, job: PhonedJob) -> tuple[End, ...]:
    ends = takers(session, job.material_id)
    return tuple(end for end in ends if end.listing_id in job.want_ids)
