"""Which plan of a day is driven."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base


class PlanOfDay(Base):
    """The line of plans that is driven on a date: one at most, every other plan is a draft.

    Lines are named by their first plan; without ``root_id`` a person has taken the date's plan out
    of force, and only a person puts another in. ``before_id`` is the line that this one replaced,
    or that was taken out; None: there was none. ``changes`` counts how often another plan came to
    be driven on the date, or none.
    """

    __tablename__ = "plan_of_day"

    planned_on: Mapped[date] = mapped_column(primary_key=True)
    root_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("collection_plan.id", ondelete="CASCADE"), unique=True
    )
    before_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("collection_plan.id", ondelete="SET NULL"), index=True
    )
    set_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    set_at: Mapped[datetime]
    changes: Mapped[int] = mapped_column(default=0)
