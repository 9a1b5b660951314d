"""Offers and wants, and the assays of offers."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.db import Base, one_of
from market.listings.rules import (
    MAX_MASS_KG_PER_YEAR,
    MAX_SUPPLIERS,
    Basis,
    Form,
    Side,
    State,
)


class Listing(Base):
    """信息: an offer of a material at a site, or a want of a material for a process at a site.

    Tonnages are wet kilograms a year. Prices are fen per wet tonne and signed: an offer's is
    ex works (negative: the producer pays), a want's is delivered. ``disposal_fen_per_t`` is what
    the producer pays today; it is private to the firm and to staff. What a tonne in store costs a
    month is public, for runs reckon with it. A want may bound who supplies it in one month.
    """

    __tablename__ = "listing"
    __table_args__ = (
        one_of("side", Side),
        one_of("state", State),
        one_of("basis", Basis),
        one_of("form", Form),
        sa.CheckConstraint(
            f"mass_kg_per_year > 0 AND mass_kg_per_year <= {MAX_MASS_KG_PER_YEAR}",
            name="mass_in_range",
        ),
        sa.CheckConstraint("(side = 'want') = (process_id IS NOT NULL)", name="want_has_process"),
        sa.CheckConstraint("moisture_share >= 0 AND moisture_share < 1", name="moisture_is_share"),
        sa.CheckConstraint("storage_fen_per_t_month >= 0", name="storage_costs"),
        sa.CheckConstraint(
            f"max_suppliers IS NULL OR"
            f" (max_suppliers >= 1 AND max_suppliers <= {MAX_SUPPLIERS} AND side = 'want')",
            name="suppliers_of_a_want",
        ),
        sa.Index(None, "side", "state", "material_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    side: Mapped[str] = mapped_column(sa.String(8))
    state: Mapped[str] = mapped_column(sa.String(16))
    basis: Mapped[str] = mapped_column(sa.String(16))
    org_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    site_id: Mapped[int] = mapped_column(sa.ForeignKey("site.id"), index=True)
    material_id: Mapped[str] = mapped_column(sa.ForeignKey("material.id"), index=True)
    process_id: Mapped[str | None] = mapped_column(sa.ForeignKey("process.id"), index=True)
    line_id: Mapped[int | None] = mapped_column(sa.ForeignKey("line.id"))
    form: Mapped[str] = mapped_column(sa.String(16), default=Form.DRY)
    moisture_share: Mapped[float | None]
    waste_code: Mapped[str | None] = mapped_column(sa.String(16))
    mass_kg_per_year: Mapped[int] = mapped_column(sa.BigInteger)
    min_lot_kg: Mapped[int | None] = mapped_column(sa.BigInteger)
    stock_kg: Mapped[int | None] = mapped_column(sa.BigInteger)
    storage_kg: Mapped[int | None] = mapped_column(sa.BigInteger)
    storage_fen_per_t_month: Mapped[int | None]
    max_suppliers: Mapped[int | None]
    price_fen_per_t: Mapped[int | None]
    disposal_fen_per_t: Mapped[int | None]
    note: Mapped[str] = mapped_column(sa.Text, default="")
    expires_on: Mapped[date]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form

    assays: Mapped[list["Assay"]] = relationship(
        back_populates="listing", lazy="raise", cascade="all, delete-orphan"
    )

    @property
    def ref(self) -> str:
        return f"L-{self.id:04d}"


class ListingDraft(Base):
    """What a firm has answered so far, for a new listing or for changes to a published one.

    ``answers`` is ``market.listings.answers.Answers`` as JSON. ``listing_id`` and ``base_version``
    name what is being changed and the version it was read at; once published, ``published_at`` is
    set and ``listing_id`` names the result, so that publishing twice is publishing once.
    """

    __tablename__ = "listing_draft"
    __table_args__ = (one_of("side", Side),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    side: Mapped[str] = mapped_column(sa.String(8))
    org_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    listing_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("listing.id", ondelete="CASCADE"), index=True
    )
    base_version: Mapped[int | None]
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by: Mapped[int] = mapped_column(sa.ForeignKey("user.id"))
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy's own form

    @property
    def ref(self) -> str:
        return f"D-{self.id:04d}"


class Assay(Base):
    """检测报告 of one lot. Values are bounds; a single result has both equal."""

    __tablename__ = "assay"

    id: Mapped[int] = mapped_column(primary_key=True)
    listing_id: Mapped[int] = mapped_column(
        sa.ForeignKey("listing.id", ondelete="CASCADE"), index=True
    )
    report_no: Mapped[str] = mapped_column(sa.String(64), default="")
    laboratory: Mapped[str] = mapped_column(sa.String(200), default="")
    sampled_on: Mapped[date]
    expires_on: Mapped[date]

    listing: Mapped[Listing] = relationship(back_populates="assays", lazy="raise")
    values: Mapped[list["AssayValue"]] = relationship(lazy="raise", cascade="all, delete-orphan")


class AssayValue(Base):
    """One property; ``property`` and ``unit`` are those of the catalogue's limits."""

    __tablename__ = "assay_value"
    __table_args__ = (sa.CheckConstraint("low <= high", name="bounds_ordered"),)

    assay_id: Mapped[int] = mapped_column(
        sa.ForeignKey("assay.id", ondelete="CASCADE"), primary_key=True
    )
    property: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    low: Mapped[float]
    high: Mapped[float]
    unit: Mapped[str] = mapped_column(sa.String(32))
