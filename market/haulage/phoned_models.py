"""Jobs that somebody phoned in for one day."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, one_of
from market.listings.rules import Form


class PhonedJob(Base):
    """电话加单: one mass of a material at a site or a point, for one day, to any of some wants.

    ``site_id`` None: a point, with its own name and WGS-84 position. ``windows`` are the pairs of
    seconds of day within which loading may begin. ``volume_l`` None: by the material's density;
    ``skip_fen`` is what leaving it out costs, None: it must go if it can.
    ``withdrawn_at`` None: it is to be fetched. ``caller``, ``phone`` and ``remark`` are for the
    driver; empty where nothing was said.
    """

    __tablename__ = "phoned_job"
    __table_args__ = (
        one_of("form", Form),
        sa.CheckConstraint("mass_kg > 0", name="mass_positive"),
        sa.CheckConstraint("volume_l > 0", name="volume_positive"),
        sa.CheckConstraint(
            "loading_s >= 0 AND weighing_s >= 0 AND skip_fen >= 0", name="amounts_not_negative"
        ),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name="lat_on_earth"),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name="lon_on_earth"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    planned_on: Mapped[date] = mapped_column(index=True)
    material_id: Mapped[str] = mapped_column(sa.ForeignKey("material.id"), index=True)
    form: Mapped[str] = mapped_column(sa.String(16))
    site_id: Mapped[int | None] = mapped_column(sa.ForeignKey("site.id"), index=True)
    name: Mapped[str] = mapped_column(sa.String(200))
    lat: Mapped[float]
    lon: Mapped[float]
    want_ids: Mapped[list[Any]]
    mass_kg: Mapped[int]
    volume_l: Mapped[int | None]
    windows: Mapped[list[Any]]
    loading_s: Mapped[int]
    weighing_s: Mapped[int]
    skip_fen: Mapped[int | None]
    caller: Mapped[str] = mapped_column(sa.String(100), default="")
    phone: Mapped[str] = mapped_column(sa.String(40), default="")
    remark: Mapped[str] = mapped_column(sa.String(400), default="")
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    @property
    def key(self) -> str:
        """What the planner calls it, on whichever day's plan."""
        return f"J{self.id}"
