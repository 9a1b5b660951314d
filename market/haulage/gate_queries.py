"""Every SELECT on gates and the sites they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue.models import Material
from market.haulage.gate_models import Gate
from market.haulage.gate_rules import GateFacts
from market.listings.models import Listing
from market.listings.rules import Side, State
from market.orgs.models import Organisation, Site


@dataclass(frozen=True, slots=True)
class SiteGate:
    """A site that sends or takes something, with what it states of its gate, if anything."""

    site: Site
    standing: str
    gate: Gate | None


def facts_of(row: Gate) -> GateFacts:
    return GateFacts(
        windows=tuple((opens_s, closes_s) for opens_s, closes_s in row.windows),
        loading_s=row.loading_s,
        weighing_s=row.weighing_s,
        unload_s_per_t=row.unload_s_per_t,
        intakes_kg={int(want): mass_kg for want, mass_kg in row.intakes_kg.items()},
        source=row.source,
    )


def stated(session: Session) -> dict[int, GateFacts]:
    """Return what sites state of their gates, by the site's number."""
    return {row.site_id: facts_of(row) for row in session.scalars(sa.select(Gate))}


def gate(session: Session, site_id: int) -> Gate | None:
    return session.get(Gate, site_id)


def sites(session: Session) -> list[SiteGate]:
    """Return the sites with a public listing; firms before estimates, by name."""
    open_sites = sa.select(Listing.site_id).where(Listing.state == State.OPEN)
    statement = (
        sa.select(Site, Organisation.standing, Gate)
        .join(Organisation, Organisation.id == Site.org_id)
        .outerjoin(Gate, Gate.site_id == Site.id)
        .where(Site.id.in_(open_sites))
        .order_by(Organisation.standing, Site.name_en, Site.id)
    )
    return [SiteGate(*row) for row in session.execute(statement)]


def wants_at(session: Session, site_id: int) -> Sequence[tuple[int, Material]]:
    """Return the numbers of the site's public wants, each with its material."""
    statement = (
        sa.select(Listing.id, Material)
        .join(Material, Material.id == Listing.material_id)
        .where(Listing.site_id == site_id, Listing.side == Side.WANT, Listing.state == State.OPEN)
        .order_by(Listing.id)
    )
    return [(want_id, material) for want_id, material in session.execute(statement)]
