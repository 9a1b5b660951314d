"""What comes out of the wastes that works take in, as far as they say so."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, one_of
from market.parks.rules import MAX_NOTE_CHARS, MAX_YIELD, Ground


class Conversion(Base):
    """A process at a site takes one material and gives off another, by its firm's own word.

    ``yield_share`` is wet tonnes out per wet tonne in; what comes out of the same tonne together
    stands in rows side by side. ``capacity_kg_per_year`` is the most it takes in; None: as much as
    comes. ``stated_on`` is the day the yield is of; ``note`` is for the firm and overseers alone.
    """

    __tablename__ = "conversion"
    __table_args__ = (
        one_of("ground", Ground),
        sa.CheckConstraint(
            f"yield_share > 0 AND yield_share <= {MAX_YIELD}", name="yield_in_range"
        ),
        sa.CheckConstraint("capacity_kg_per_year > 0", name="capacity_positive"),
        sa.UniqueConstraint("site_id", "process_id", "takes_id", "makes_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(sa.ForeignKey("site.id", ondelete="CASCADE"))
    process_id: Mapped[str] = mapped_column(sa.ForeignKey("process.id"))
    takes_id: Mapped[str] = mapped_column(sa.ForeignKey("material.id"))
    makes_id: Mapped[str] = mapped_column(sa.ForeignKey("material.id"))
    yield_share: Mapped[float]
    capacity_kg_per_year: Mapped[int | None] = mapped_column(sa.BigInteger)
    ground: Mapped[str] = mapped_column(sa.String(16))
    stated_on: Mapped[date]
    note: Mapped[str] = mapped_column(sa.String(MAX_NOTE_CHARS), default="")
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[datetime]
