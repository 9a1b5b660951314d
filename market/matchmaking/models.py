"""测算: matching runs with their frozen input, flows, refusals and what stayed unplaced."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from market.db import Base, one_of
from market.listings.rules import MONTHS_PER_YEAR
from market.matchmaking.rules import MAX_MONTHS, MAX_STOP_NOTE_CHARS, Objective, RunStatus


class MatchRun(Base):
    """One run: parameters and input as they were, the solver's verdict, and the totals.

    ``input_gz`` is the gzipped JSON of the problem, so a run can be solved again as it was.
    ``repeats_id`` is the run whose input was taken over unchanged. ``summary`` holds the numbers
    shown; its keys are the fields of ``summary.RunSummary``. ``first_month`` is the first of its
    ``month_count`` months, both None where the year is taken as one. ``stops`` are the days on
    which receivers stand still, by ``stopping.Held``, as they were when the input was frozen; None
    in runs older than it. The search ends after ``time_limit_s``.
    ``weights`` are the points of a weighted run by ``rules.WEIGHTS``, None of all others.
    """

    __tablename__ = "match_run"
    __table_args__ = (
        one_of("objective", Objective),
        one_of("status", RunStatus),
        sa.CheckConstraint(
            "(first_month IS NULL) = (month_count IS NULL)", name="months_have_a_first"
        ),
        sa.CheckConstraint(
            f"month_count >= 1 AND month_count <= {MAX_MONTHS}", name="months_in_range"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str | None] = mapped_column(sa.ForeignKey("job.id"), unique=True)
    repeats_id: Mapped[int | None] = mapped_column(sa.ForeignKey("match_run.id"))
    objective: Mapped[str] = mapped_column(sa.String(16))
    radius_m: Mapped[int]
    road_factor: Mapped[float]
    material_ids: Mapped[list[str]]  # empty: all
    first_month: Mapped[date | None]
    month_count: Mapped[int | None]
    stops: Mapped[list[Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    time_limit_s: Mapped[int | None]
    weights: Mapped[dict[str, float] | None] = mapped_column(sa.JSON(none_as_null=True))
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

    @property
    def span_months(self) -> int:
        """Return how many months its tonnes are of."""
        return MONTHS_PER_YEAR if self.month_count is None else self.month_count

    @property
    def is_of_a_year(self) -> bool:
        return self.span_months == MONTHS_PER_YEAR


class MatchFlow(Base):
    """流向 proposed by a run: so many wet kilograms in all its months from an offer to a want."""

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
    """A pair within reach that may not meet: the worst reason first, all of them in ``reasons``.

    A ``near_miss`` is one that a single change would let pass.
    """

    __tablename__ = "match_refusal"

    run_id: Mapped[int] = mapped_column(
        sa.ForeignKey("match_run.id", ondelete="CASCADE"), primary_key=True
    )
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("listing.id"), primary_key=True)
    want_id: Mapped[int] = mapped_column(sa.ForeignKey("listing.id"), primary_key=True, index=True)
    code: Mapped[str] = mapped_column(sa.String(32))
    distance_m: Mapped[int]
    reasons: Mapped[list[Any]]
    near_miss: Mapped[bool] = mapped_column(default=False)


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


class MatchMonthFlow(Base):
    """What of a flow falls into one month, in wet kilograms."""

    __tablename__ = "match_month_flow"

    run_id: Mapped[int] = mapped_column(
        sa.ForeignKey("match_run.id", ondelete="CASCADE"), primary_key=True
    )
    offer_id: Mapped[int] = mapped_column(sa.ForeignKey("listing.id"), primary_key=True)
    want_id: Mapped[int] = mapped_column(sa.ForeignKey("listing.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    mass_kg: Mapped[int] = mapped_column(sa.BigInteger)


class MatchMonth(Base):
    """Per listing and month: what comes or can be taken, what moves, waits and is left.

    ``stock_kg`` stands in the listing's own store at the end of the month, which has room for
    ``room_kg``; ``left_kg`` of an offer found no place and no room. The duals are those of
    ``MatchBalance`` for a tonne of this month.
    """

    __tablename__ = "match_month"

    run_id: Mapped[int] = mapped_column(
        sa.ForeignKey("match_run.id", ondelete="CASCADE"), primary_key=True
    )
    listing_id: Mapped[int] = mapped_column(sa.ForeignKey("listing.id"), primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    side: Mapped[str] = mapped_column(sa.String(8))
    available_kg: Mapped[int] = mapped_column(sa.BigInteger)
    placed_kg: Mapped[int] = mapped_column(sa.BigInteger)
    stock_kg: Mapped[int] = mapped_column(sa.BigInteger)
    room_kg: Mapped[int] = mapped_column(sa.BigInteger)
    left_kg: Mapped[int] = mapped_column(sa.BigInteger)
    dual_low: Mapped[float | None]
    dual_high: Mapped[float | None]
    dual_km_low: Mapped[float | None]
    dual_km_high: Mapped[float | None]


class OwnStop(Base):
    """Days on which a firm says that a process at its site stands still, beside those of the law.

    Both days are without production; ``note`` is the firm's own reason.
    """

    __tablename__ = "own_stop"
    __table_args__ = (sa.CheckConstraint("first_on <= last_on", name="days_ordered"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(sa.ForeignKey("site.id", ondelete="CASCADE"), index=True)
    process_id: Mapped[str] = mapped_column(sa.ForeignKey("process.id"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    note: Mapped[str] = mapped_column(sa.String(MAX_STOP_NOTE_CHARS), default="")
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[datetime]


class RawMixTarget(Base):
    """What a works says of its kiln line, for runs: windows, limits, feeds, coal.

    ``facts`` are the numbers of ``raw_mix_facts`` by name; they are private to the firm and staff.
    """

    __tablename__ = "raw_mix_target"

    line_id: Mapped[int] = mapped_column(
        sa.ForeignKey("line.id", ondelete="CASCADE"), primary_key=True
    )
    facts: Mapped[dict[str, Any]]
    updated_at: Mapped[datetime]
    updated_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
