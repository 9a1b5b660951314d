"""Every SELECT on conversions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from market.accounts.rules import Actor
from market.catalogue.models import Material, Process
from market.listings.models import Listing
from market.listings.rules import Side, State
from market.matchmaking.flows import End
from market.matchmaking.queries import end_of
from market.orgs.models import Organisation, Site
from market.parks import policy
from market.parks.models import Conversion


@dataclass(frozen=True, slots=True)
class Declared:
    """A conversion with its names; ``end`` is its site as the want it begins with.

    ``is_open`` where its want and its offer both are public.
    """

    id: int
    end: End
    process_id: str
    process_zh: str
    process_en: str
    takes_id: str
    takes_zh: str
    takes_en: str
    takes_family: str
    makes_id: str
    makes_zh: str
    makes_en: str
    makes_family: str
    yield_share: float
    capacity_kg_per_year: int | None
    ground: str
    stated_on: date
    note: str
    is_open: bool

    @property
    def site_id(self) -> int:
        return self.end.site_id


def visible(session: Session, actor: Actor | None, today: date) -> list[Declared]:
    """Return the conversions this actor may know of, by site.

    Whose want and offer are public is public itself; the rest is for its firm and overseers.
    """
    return [
        row
        for row in _read(session, today)
        if row.is_open or policy.sees_private(actor, row.end.org_id)
    ]


def of_want(session: Session, want: Listing, today: date) -> list[Declared]:
    """Return what its firm says comes out of what a want takes."""
    return _read(session, today, *at(want))


def at(want: Listing) -> tuple[sa.ColumnElement[bool], ...]:
    """Say which conversions begin with what a want takes."""
    return (
        Conversion.site_id == want.site_id,
        Conversion.process_id == want.process_id,
        Conversion.takes_id == want.material_id,
    )


def offered_at(session: Session, site_id: int) -> Sequence[Material]:
    """Return the materials a site has an offer of, open or not."""
    offers = sa.select(Listing.material_id).where(
        Listing.site_id == site_id, Listing.side == Side.OFFER
    )
    statement = sa.select(Material).where(Material.id.in_(offers)).order_by(Material.position)
    return session.scalars(statement).all()


def _read(session: Session, today: date, *where: sa.ColumnElement[bool]) -> list[Declared]:
    """Return conversions in two queries; one whose want is gone has nothing to begin with."""
    takes, makes = aliased(Material), aliased(Material)
    rows = session.execute(
        sa.select(Conversion, Site, Organisation.standing, Process, takes, makes)
        .join(Site, Site.id == Conversion.site_id)
        .join(Organisation, Organisation.id == Site.org_id)
        .join(Process, Process.id == Conversion.process_id)
        .join(takes, takes.id == Conversion.takes_id)
        .join(makes, makes.id == Conversion.makes_id)
        .where(*where)
        .order_by(Conversion.site_id, Conversion.id)
    ).all()
    if not rows:
        return []
    book = _Book.of(session, {row[0].site_id for row in rows}, today)
    found = (_declared(book, *row) for row in rows)
    return [row for row in found if row is not None]


@dataclass(frozen=True, slots=True)
class _Book:
    """The listings of some sites, by what they are of: those that are open come last."""

    by_kind: dict[tuple[int, str, str | None, str], Listing]
    today: date

    @classmethod
    def of(cls, session: Session, site_ids: set[int], today: date) -> "_Book":
        listings = session.scalars(sa.select(Listing).where(Listing.site_id.in_(site_ids)))
        book = cls({}, today)
        for row in sorted(listings, key=lambda row: (book.is_open(row), row.id)):
            book.by_kind[row.site_id, row.side, row.process_id, row.material_id] = row
        return book

    def is_open(self, row: Listing | None) -> bool:
        return row is not None and row.state == State.OPEN and row.expires_on >= self.today

    def want(self, row: Conversion) -> Listing | None:
        return self.by_kind.get((row.site_id, Side.WANT, row.process_id, row.takes_id))

    def offer(self, row: Conversion) -> Listing | None:
        return self.by_kind.get((row.site_id, Side.OFFER, None, row.makes_id))


def _declared(
    book: _Book,
    row: Conversion,
    site: Site,
    standing: str,
    process: Process,
    takes: Material,
    makes: Material,
) -> Declared | None:
    want = book.want(row)
    if want is None:
        return None
    return Declared(
        id=row.id,
        end=end_of(want, site, standing),
        process_id=process.id,
        process_zh=process.name_zh,
        process_en=process.name_en,
        takes_id=takes.id,
        takes_zh=takes.name_zh,
        takes_en=takes.name_en,
        takes_family=takes.family,
        makes_id=makes.id,
        makes_zh=makes.name_zh,
        makes_en=makes.name_en,
        makes_family=makes.family,
        yield_share=row.yield_share,
        capacity_kg_per_year=row.capacity_kg_per_year,
        ground=row.ground,
        stated_on=row.stated_on,
        note=row.note,
        is_open=book.is_open(want) and book.is_open(book.offer(row)),
    )
