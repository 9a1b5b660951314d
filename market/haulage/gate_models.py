"""What sites state of their gates."""

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base


class Gate(Base):
    """门岗: when a site's gate is open and how long loading, weighing and unloading take there.

    ``windows`` are pairs of seconds of day; one that ends after midnight runs past 86,400. None
    and an empty list: the site states nothing, and plans reckon with ``PlanParameters``.
    ``intakes_kg`` is what the site takes a day for a want, by the want's number as JSON spells it.
    """

    __tablename__ = "gate"
    __table_args__ = (
        sa.CheckConstraint("loading_s >= 0 AND weighing_s >= 0", name="times_not_negative"),
        sa.CheckConstraint("unload_s_per_t >= 0", name="unloading_not_negative"),
    )

    site_id: Mapped[int] = mapped_column(
        sa.ForeignKey("site.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    windows: Mapped[list[Any]] = mapped_column(default=list)
    loading_s: Mapped[int | None]
    weighing_s: Mapped[int | None]
    unload_s_per_t: Mapped[int | None]
    intakes_kg: Mapped[dict[str, Any]] = mapped_column(default=dict)
    source: Mapped[str] = mapped_column(sa.String(200))
    stated_on: Mapped[date]
