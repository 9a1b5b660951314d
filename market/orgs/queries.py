"""Every SELECT on organisations, and what their public pages show."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.rules import DEMO_DOMAIN, Actor, Role
from market.catalogue import queries as catalogue
from market.catalogue.models import Factor, Process
from market.errors import DataFileError, NotFoundError
from market.orgs.estimates import (
    FACTOR_OF,
    SHARE_OF,
    Assumptions,
    Estimate,
    Ground,
    Quantity,
    Term,
)
from market.orgs.models import Facility, Licence, Line, Membership, Organisation, Site
from market.orgs.rules import FacilityKind, Standing

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class LineRow:
    line: Line
    process: Process


@dataclass(frozen=True, slots=True)
class SiteSheet:
    """A site with what stands on it; ``estimate`` is derived where a public source told of it."""

    site: Site
    lines: tuple[LineRow, ...]
    licences: tuple[Licence, ...]
    facility: Facility | None
    estimate: Estimate | None


@dataclass(frozen=True, slots=True)
class OrgSheet:
    org: Organisation
    sites: tuple[SiteSheet, ...]


@dataclass(frozen=True, slots=True)
class OrgRow:
    """An organisation in the directory, with the place of its first site."""

    org: Organisation
    site: Site | None
    site_count: int


def assumptions(session: Session) -> Assumptions:
    """Read what estimates take from the catalogue.

    Raises:
        DataFileError: the catalogue was loaded before it had these rows.

    """
    factors, share = catalogue.factors(session), catalogue.acceptance(session, *SHARE_OF)
    missing = [key for key in FACTOR_OF.values() if key not in factors]
    if missing or share is None or share.max_share is None:
        what = ", ".join(missing) or " of ".join(reversed(SHARE_OF))
        raise DataFileError(f"the catalogue lacks {what}; run: wujin demo load")
    terms = {quantity: _assumed(quantity, factors[key]) for quantity, key in FACTOR_OF.items()}
    allowed = Term(
        Quantity.ADMIXTURE_SHARE,
        share.max_share,
        "t/t",
        Ground.RULE,
        share.id,
        f"{share.standard} {share.clause}",
        share.confidence,
        share.max_exclusive,
    )
    return Assumptions({**terms, Quantity.ADMIXTURE_SHARE: allowed})


def _assumed(quantity: Quantity, factor: Factor) -> Term:
    return Term(
        quantity,
        factor.value,
        factor.unit,
        Ground.ASSUMPTION,
        factor.id,
        factor.source,
        factor.confidence,
    )


def estimate_of(facility: Facility, known: Assumptions) -> Estimate:
    """Return the yearly fly ash of a power plant, or what a cement plant could take of it."""
    if facility.kind == FacilityKind.COAL_POWER:
        assert facility.capacity is not None
        return known.fly_ash(facility.capacity)
    return known.cement_uptake(facility.capacity, facility.clinker_t_per_year)


def output_of(facility: Facility, known: Assumptions) -> Estimate:
    """Return the cement a cement plant makes in a year."""
    return known.cement_output(facility.capacity, facility.clinker_t_per_year)


def _known(session: Session, kind: type[V], row_id: int) -> V:
    """Return the row of this id.

    Raises:
        NotFoundError: there is none.

    """
    found = session.get(kind, row_id)
    if found is None:
        raise NotFoundError("not_found")
    return found


def organisation(session: Session, org_id: int) -> Organisation:
    return _known(session, Organisation, org_id)


def site(session: Session, site_id: int) -> Site:
    return _known(session, Site, site_id)


def licence(session: Session, licence_id: int) -> Licence:
    return _known(session, Licence, licence_id)


def sites_of(session: Session, org_id: int) -> list[Site]:
    return list(session.scalars(sa.select(Site).where(Site.org_id == org_id).order_by(Site.id)))


def org_of_line(session: Session, line_id: int) -> int:
    """Return the id of the firm a production line belongs to.

    Raises:
        NotFoundError: there is no such line.

    """
    org_id = session.scalar(
        sa.select(Site.org_id).join(Line, Line.site_id == Site.id).where(Line.id == line_id)
    )
    if org_id is None:
        raise NotFoundError("not_found")
    return org_id


def licence_numbered(session: Session, number: str) -> Licence | None:
    return session.scalar(sa.select(Licence).where(Licence.number == number))


def _by(pairs: Iterable[tuple[K, V]]) -> dict[K, tuple[V, ...]]:
    grouped: dict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        grouped[key].append(value)
    return {key: tuple(values) for key, values in grouped.items()}


def sheet(session: Session, org_id: int) -> OrgSheet:
    """Return what an organisation's public page shows, in as many queries whatever its size."""
    org = organisation(session, org_id)
    own = sa.select(Site.id).where(Site.org_id == org_id)
    sites = session.scalars(sa.select(Site).where(Site.org_id == org_id).order_by(Site.id)).all()
    lines = session.execute(
        sa.select(Line, Process)
        .join(Process, Process.id == Line.process_id)
        .where(Line.site_id.in_(own))
        .order_by(Line.id)
    )
    rows = _by((line.site_id, LineRow(line, process)) for line, process in lines)
    licences = _by(
        (licence.site_id, licence)
        for licence in session.scalars(sa.select(Licence).where(Licence.site_id.in_(own)))
    )
    facilities = {
        facility.site_id: facility
        for facility in session.scalars(sa.select(Facility).where(Facility.site_id.in_(own)))
    }
    known = assumptions(session) if facilities else None
    estimates = {key: estimate_of(row, known) for key, row in facilities.items() if known}
    return OrgSheet(
        org,
        tuple(
            SiteSheet(
                site,
                rows.get(site.id, ()),
                licences.get(site.id, ()),
                facilities.get(site.id),
                estimates.get(site.id),
            )
            for site in sites
        ),
    )


def count_by_standing(session: Session) -> dict[Standing, int]:
    statement = sa.select(Organisation.standing, sa.func.count()).group_by(Organisation.standing)
    return {Standing(standing): count for standing, count in session.execute(statement)}


def directory(
    session: Session, standing: Standing | None, *, offset: int, limit: int
) -> list[OrgRow]:
    """Return organisations of a standing (None: all), members first, then by name."""
    rank = sa.case(
        {Standing.MEMBER: 0, Standing.DEMO: 1, Standing.ESTIMATE: 2}, value=Organisation.standing
    )
    first = (
        sa.select(
            Site.org_id,
            sa.func.min(Site.id).label("site_id"),
            sa.func.count().label("site_count"),
        )
        .group_by(Site.org_id)
        .subquery()
    )
    statement = (
        sa.select(Organisation, Site, sa.func.coalesce(first.c.site_count, 0))
        .outerjoin(first, first.c.org_id == Organisation.id)
        .outerjoin(Site, Site.id == first.c.site_id)
        .order_by(rank, Organisation.name_en, Organisation.id)
        .offset(offset)
        .limit(limit)
    )
    if standing is not None:
        statement = statement.where(Organisation.standing == standing)
    return [OrgRow(org, site, count) for org, site, count in session.execute(statement)]


def firm_of(session: Session, user_id: int) -> Organisation | None:
    """Return the organisation a user acts for."""
    return session.scalar(
        sa.select(Organisation)
        .join(Membership, Membership.org_id == Organisation.id)
        .where(Membership.user_id == user_id)
    )


def demo_park_manager(session: Session) -> Actor:
    """Return the demonstration's park manager, in whose name the first run is started."""
    user = session.scalars(
        sa.select(User).where(
            User.role == Role.PARK_MANAGER, User.email.endswith(f"@{DEMO_DOMAIN}")
        )
    ).one()
    return Actor(user.id, Role.PARK_MANAGER, user.name_zh, user.name_en)
