"""Organisations, their sites and production lines, and the public-source facility table."""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.db import Base, one_of
from market.orgs.rules import FacilityKind, PlantType, Standing


class Organisation(Base):
    __tablename__ = "organisation"
    __table_args__ = (one_of("standing", Standing),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(200))
    name_en: Mapped[str] = mapped_column(sa.String(200))
    standing: Mapped[str] = mapped_column(sa.String(16))
    verified_on: Mapped[date | None]

    sites: Mapped[list["Site"]] = relationship(back_populates="org", lazy="raise")


class Membership(Base):
    """A user acts for at most one organisation; park managers and staff have none."""

    __tablename__ = "membership"

    user_id: Mapped[int] = mapped_column(
        sa.ForeignKey("user.id", ondelete="CASCADE"), primary_key=True
    )
    org_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)


class Site(Base):
    """A place where material arises or is used. Positions are WGS-84 degrees."""

    __tablename__ = "site"
    __table_args__ = (
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name="lat_on_earth"),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name="lon_on_earth"),
        sa.Index(None, "lat", "lon"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    org_id: Mapped[int] = mapped_column(sa.ForeignKey("organisation.id"), index=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(200))
    name_en: Mapped[str] = mapped_column(sa.String(200))
    prefecture_zh: Mapped[str] = mapped_column(sa.String(64), default="洛阳市")
    prefecture_en: Mapped[str] = mapped_column(sa.String(64), default="Luoyang")
    county_zh: Mapped[str] = mapped_column(sa.String(64), default="")
    county_en: Mapped[str] = mapped_column(sa.String(64), default="")
    province: Mapped[str] = mapped_column(sa.String(32), default="Henan")
    lat: Mapped[float]
    lon: Mapped[float]

    org: Mapped[Organisation] = relationship(back_populates="sites", lazy="raise")
    lines: Mapped[list["Line"]] = relationship(back_populates="site", lazy="raise")


class Line(Base):
    """产线: what a receiving site makes, by which process, and how much product a year."""

    __tablename__ = "line"
    __table_args__ = (sa.CheckConstraint("output_kg_per_year > 0", name="output_positive"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(sa.ForeignKey("site.id"), index=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    process_id: Mapped[str] = mapped_column(sa.ForeignKey("process.id"), index=True)
    name_zh: Mapped[str] = mapped_column(sa.String(200))
    name_en: Mapped[str] = mapped_column(sa.String(200))
    output_kg_per_year: Mapped[int] = mapped_column(sa.BigInteger)

    site: Mapped[Site] = relationship(back_populates="lines", lazy="raise")


class Licence(Base):
    """危险废物经营许可证: waste codes, mode and yearly tonnage a site may take."""

    __tablename__ = "licence"

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(sa.ForeignKey("site.id"), index=True)
    number: Mapped[str] = mapped_column(sa.String(64), unique=True)
    hw_codes: Mapped[list[str]]
    mass_kg_per_year: Mapped[int] = mapped_column(sa.BigInteger)
    valid_to: Mapped[date]


class Facility(Base):
    """One public-source fact sheet: where a plant stands and how large it is, by whom told.

    ``capacity`` is in ``capacity_unit`` and None where the source has none; of a cement plant it
    is cement. ``verified`` tells how well the sheet was checked against its source, in the words
    of the catalogue.
    """

    __tablename__ = "facility"
    __table_args__ = (one_of("kind", FacilityKind), one_of("plant_type", PlantType))

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(16))
    site_id: Mapped[int] = mapped_column(sa.ForeignKey("site.id"), unique=True)
    capacity: Mapped[float | None]
    capacity_unit: Mapped[str] = mapped_column(sa.String(16))
    clinker_t_per_year: Mapped[float | None]
    plant_type: Mapped[str | None] = mapped_column(sa.String(16))
    position_accuracy: Mapped[str] = mapped_column(sa.String(16))
    source: Mapped[str] = mapped_column(sa.String(200))
    source_version: Mapped[str] = mapped_column(sa.String(64))
    licence: Mapped[str] = mapped_column(sa.String(32))
    verified: Mapped[str] = mapped_column(sa.String(16))
