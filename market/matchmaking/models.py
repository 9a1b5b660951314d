"""测算: matching runs with their frozen input, flows, refusals and what stayed unplaced."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, one_of
from market.matchmaking.rules import Objective, RunStatus


class MatchRun(Base):
    """One run: parameters and input as they were, the solver's verdict, and the totals.

    ``input_gz`` is the gzipped JSON of the problem, so a run can be solved again as it was.
    ``repeats_id`` is the run whose input was taken over unchanged. ``summary`` holds the numbers
    shown; its keys are the fields of ``summary.RunSummary``.
    """

    __tablename__ = "match_run"
    __table_args__ = (one_of("objective", Objective), one_of("status", RunStatus))

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str | None] = mapped_column(sa.ForeignKey("job.id"), unique=True)
    repeats_id: Mapped[int | None] = mapped_column(sa.ForeignKey("match_run.id"))
    objective: Mapped[str] = mapped_column(sa.String(16))
    radius_m: Mapped[int]
    road_factor: Mapped[float]
    material_ids: Mapped[list[str]]  # empty: all
    seed: Mapped[int] = mapped_column(default=1)
    versions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    input_gz: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    status: Mapped[str] = mapped_column(sa.String(16), default=RunStatus.PENDING)
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[datetime]

    @property
    def ref(self) -> str:
        return f"M-{self.id:04d}"


class MatchFlow(Base):
    """流向 proposed by a run: so many wet kilograms a year from an offer to a want."""

    __tablename__ = "match_flow"

    run_id: Mapped[int] = mapped_column(
        sa.ForeignKey("match_run.id", ondelete="CASCADE"), primary_key=True
    )
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("listing.id"), primary_key=True)
    want_id: Mapped[int] = mapped_column(sa.ForeignKey("listing.id"), primary_key=True, index=True)
    material_id: Mapped[str] = mapped_column(sa.ForeignKey("material.id"))
    mass_kg: Mapped[int] = mapped_column(sa.BigInteger)
    distance_m: Mapped[int]  # great circle; road = x the run's road factor
    transport_kg_m: Mapped[int] = mapped_column(sa.BigInteger)  # by road, before metres are rounded
    value_fen_per_t: Mapped[int | None]
    explanation: Mapped[dict[str, Any]] = mapped_column(default=dict)


class MatchRefusal(Base):
    """A pair within reach that may not meet: the worst reason first, all of them in ``reasons``."""

    __tablename__ = "match_refusal"

    run_id: Mapped[int] = mapped_column(
        sa.ForeignKey("match_run.id", ondelete="CASCADE"), primary_key=True
    )
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("listing.id"), primary_key=True)
    want_id: Mapped[int] = mapped_column(sa.ForeignKey("listing.id"), primary_key=True, index=True)
    code: Mapped[str] = mapped_column(sa.String(32))
    distance_m: Mapped[int]
    reasons: Mapped[list[Any]]


class MatchBalance(Base):
    """Per listing: how much the run placed, what one more tonne is worth, why the rest stayed.

    ``dual_low`` to ``dual_high`` is what one tonne less loses and one tonne more gains, in the
    unit of the run's first objective: tonnes placed a tonne, or yuan a tonne.
    ``dual_km_low/high`` are the tonne-km that go with it when tonnes are the objective
    (positive: saved). None: the listing took no part in the optimum.
    """

    __tablename__ = "match_balance"

    run_id: Mapped[int] = mapped_column(
        sa.ForeignKey("match_run.id", ondelete="CASCADE"), primary_key=True
    )
    listing_id: Mapped[int] = mapped_column(sa.ForeignKey("listing.id"), primary_key=True)
    side: Mapped[str] = mapped_column(sa.String(8))
    available_kg: Mapped[int] = mapped_column(sa.BigInteger)
    placed_kg: Mapped[int] = mapped_column(sa.BigInteger)
    dual_low: Mapped[float | None]
    dual_high: Mapped[float | None]
    dual_km_low: Mapped[float | None]
    dual_km_high: Mapped[float | None]
    reason: Mapped[str | None] = mapped_column(sa.String(32))
    reason_params: Mapped[dict[str, Any]] = mapped_column(default=dict)
