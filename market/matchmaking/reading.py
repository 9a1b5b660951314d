"""SELECTs on what a run stored beside its flows: balances, prices, refusals, other runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from market.accounts.models import User
from market.catalogue.models import Material, Process
from market.jobs import Job
from market.listings.models import Listing
from market.matchmaking.account import Account
from market.matchmaking.flows import End
from market.matchmaking.models import (
    MatchBalance,
    MatchFlow,
    MatchMonth,
    MatchMonthFlow,
    MatchRefusal,
    MatchRun,
)
from market.matchmaking.queries import end_of, in_month
from market.orgs.models import Organisation, Site


def _stock(kg: sa.ColumnElement[int], month: sa.ColumnElement[date]) -> sa.ColumnElement[int]:
    """Return what lies in an offer's store by the row of one end of its months, else 0."""
    found = (
        sa.select(kg)
        .where(
            MatchMonth.run_id == MatchBalance.run_id,
            MatchMonth.listing_id == MatchBalance.listing_id,
            MatchMonth.side == "offer",
            MatchMonth.room_kg > 0,
        )
        .order_by(month)
        .limit(1)
        .correlate(MatchBalance)
        .scalar_subquery()
    )
    return sa.func.coalesce(found, 0)


_CLOSING = _stock(MatchMonth.stock_kg + 0, MatchMonth.month.desc())
_OPENING = _stock(
    MatchMonth.stock_kg + MatchMonth.placed_kg + MatchMonth.left_kg - MatchMonth.available_kg,
    MatchMonth.month.asc(),
)
"""What the first month has placed, stored and left beyond what came in it."""
_REST = MatchBalance.available_kg - MatchBalance.placed_kg - _CLOSING


@dataclass(frozen=True, slots=True)
class RunLine:
    """One line of the list of runs; the names are of whoever asked for it."""

    run: MatchRun
    job: Job | None
    by_zh: str
    by_en: str


@dataclass(frozen=True, slots=True)
class MaterialTotal(Account):
    """Of one material: where its tonnes come from and go, what was wanted; wet kilograms."""

    material_id: str
    name_zh: str
    name_en: str
    family: str
    wanted_kg: int
    estimate_kg: int


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """What a run says of one listing; the stocks are nought for a want."""

    end: End
    side: str
    material_id: str
    material_zh: str
    material_en: str
    family: str
    process_id: str
    process_zh: str
    process_en: str
    available_kg: int
    placed_kg: int
    opening_kg: int
    closing_kg: int
    dual_low: float | None
    dual_high: float | None
    dual_km_low: float | None
    dual_km_high: float | None
    reason: str | None
    reason_params: dict[str, Any]

    @property
    def account(self) -> Account:
        return Account(self.available_kg, self.opening_kg, self.placed_kg, self.closing_kg)

    @property
    def rest_kg(self) -> int:
        return self.account.unplaced_kg


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """A refused pair; ``note_zh``/``note_en`` is the catalogue's remark on that use."""

    offer: End
    want: End
    material_id: str
    material_zh: str
    material_en: str
    family: str
    process_id: str
    process_zh: str
    process_en: str
    code: str
    distance_m: int
    reasons: Sequence[dict[str, Any]]
    near_miss: bool


def runs(session: Session, *, limit: int, offset: int) -> list[RunLine]:
    statement = (
        sa.select(MatchRun, Job, User.name_zh, User.name_en)
        .join(Job, Job.id == MatchRun.job_id, isouter=True)
        .join(User, User.id == MatchRun.created_by, isouter=True)
        .order_by(MatchRun.id.desc())
        .limit(limit)
        .offset(offset)
    )
    found = session.execute(statement)
    return [RunLine(run, job, zh or "", en or "") for run, job, zh, en in found]


def count_runs(session: Session) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(MatchRun)) or 0


def count_flows(
    session: Session, run_id: int, material_id: str | None = None, month: date | None = None
) -> int:
    counted = sa.select(sa.func.count()).select_from(MatchFlow).where(MatchFlow.run_id == run_id)
    if month is not None:
        counted = counted.join(MatchMonthFlow, in_month(month))
    if material_id is not None:
        counted = counted.where(MatchFlow.material_id == material_id)
    return session.scalar(counted) or 0


def _sum_kg(column: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """Sum to an integer: PostgreSQL sums whole kilograms to a decimal."""
    return sa.cast(sa.func.sum(column), sa.BigInteger)


def material_totals(session: Session, run_id: int) -> list[MaterialTotal]:
    """Return the materials of a run, the one with most left over first."""
    offered = MatchBalance.side == "offer"
    kg = MatchBalance.available_kg
    sums = {
        "offered_kg": sa.case((offered, kg), else_=0),
        "opening_kg": _OPENING,
        "placed_kg": sa.case((offered, MatchBalance.placed_kg), else_=0),
        "closing_kg": _CLOSING,
        "wanted_kg": sa.case((offered, 0), else_=kg),
        "estimate_kg": sa.case((offered & (Listing.basis == "estimate"), kg), else_=0),
    }
    statement = (
        sa.select(
            Material.id.label("material_id"),
            Material.name_zh,
            Material.name_en,
            Material.family,
            *(_sum_kg(column).label(name) for name, column in sums.items()),
        )
        .join(Listing, Listing.material_id == Material.id)
        .join(MatchBalance, MatchBalance.listing_id == Listing.id)
        .where(MatchBalance.run_id == run_id)
        .group_by(Material.id)
    )
    totals = [MaterialTotal(**row) for row in session.execute(statement).mappings()]
    return sorted(totals, key=lambda row: (-row.unplaced_kg, -row.offered_kg, row.material_id))


def balances(
    session: Session,
    run_id: int,
    *,
    listing_id: int | None = None,
    listing_ids: Sequence[int] | None = None,
    side: str | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> list[BalanceRow]:
    """Return the listings of a run, most left over first; one query."""
    statement = _balances(run_id).order_by(_REST.desc(), MatchBalance.listing_id)
    if listing_id is not None:
        statement = statement.where(MatchBalance.listing_id == listing_id)
    if listing_ids is not None:
        statement = statement.where(MatchBalance.listing_id.in_(listing_ids))
    if side is not None:
        statement = statement.where(MatchBalance.side == side)
    if limit is not None:
        statement = statement.limit(limit).offset(offset)
    return [_balance(*row) for row in session.execute(statement)]


def receivers(session: Session, run_id: int, site_ids: Sequence[int]) -> dict[int, End]:
    """Return one of each site's wants in the run: who stands there."""
    statement = _balances(run_id).where(MatchBalance.side == "want", Site.id.in_(site_ids))
    rows = (_balance(*row) for row in session.execute(statement))
    return {row.end.site_id: row.end for row in rows}


def unplaced(session: Session, run_id: int, *, limit: int) -> list[BalanceRow]:
    """Return the offers with tonnes left over, most first."""
    statement = (
        _balances(run_id)
        .where(MatchBalance.side == "offer", _REST > 0)
        .order_by(_REST.desc(), MatchBalance.listing_id)
        .limit(limit)
    )
    return [_balance(*row) for row in session.execute(statement)]


def dearest(session: Session, run_id: int, *, side: str, limit: int) -> list[BalanceRow]:
    """Return the listings of which one more tonne is worth most.

    Of wants only those whose room is short: elsewhere one more tonne of room changes nothing.
    """
    statement = _balances(run_id).where(
        MatchBalance.side == side, MatchBalance.dual_high.is_not(None)
    )
    if side == "want":
        statement = statement.where(MatchBalance.dual_high > 0)
    statement = statement.order_by(
        MatchBalance.dual_high.desc(),
        sa.func.coalesce(MatchBalance.dual_km_high, 0).desc(),
        MatchBalance.listing_id,
    ).limit(limit)
    return [_balance(*row) for row in session.execute(statement)]


def count_balances(session: Session, run_id: int, side: str) -> int:
    counted = sa.select(sa.func.count()).select_from(MatchBalance)
    statement = counted.where(MatchBalance.run_id == run_id, MatchBalance.side == side)
    return session.scalar(statement) or 0


def _balances(run_id: int) -> Any:
    return (
        sa.select(
            MatchBalance, _OPENING, _CLOSING, Listing, Site, Organisation.standing, Material,
            Process,
        )
        .join(Listing, Listing.id == MatchBalance.listing_id)
        .join(Site, Site.id == Listing.site_id)
        .join(Organisation, Organisation.id == Listing.org_id)
        .join(Material, Material.id == Listing.material_id)
        .join(Process, Process.id == Listing.process_id, isouter=True)
        .where(MatchBalance.run_id == run_id)
    )  # fmt: skip


def _balance(
    row: MatchBalance,
    opening_kg: int,
    closing_kg: int,
    listing: Listing,
    site: Site,
    standing: str,
    material: Material,
    process: Process | None,
) -> BalanceRow:
    return BalanceRow(
        end=end_of(listing, site, standing),
        side=row.side,
        material_id=material.id,
        material_zh=material.name_zh,
        material_en=material.name_en,
        family=material.family,
        process_id=process.id if process else "",
        process_zh=process.name_zh if process else "",
        process_en=process.name_en if process else "",
        available_kg=row.available_kg,
        placed_kg=row.placed_kg,
        opening_kg=opening_kg,
        closing_kg=closing_kg,
        dual_low=row.dual_low,
        dual_high=row.dual_high,
        dual_km_low=row.dual_km_low,
        dual_km_high=row.dual_km_high,
        reason=row.reason,
        reason_params=row.reason_params,
    )


def refusal_counts(session: Session, run_id: int) -> list[tuple[str, int]]:
    """Return (reason code, pairs), the commonest first."""
    number = sa.func.count()
    statement = (
        sa.select(MatchRefusal.code, number)
        .where(MatchRefusal.run_id == run_id)
        .group_by(MatchRefusal.code)
        .order_by(number.desc(), MatchRefusal.code)
    )
    return [(code, count) for code, count in session.execute(statement)]


def count_near_misses(session: Session, run_id: int) -> int:
    """Count the refused pairs that a single change would let pass."""
    counted = sa.select(sa.func.count()).select_from(MatchRefusal)
    statement = counted.where(MatchRefusal.run_id == run_id, MatchRefusal.near_miss)
    return session.scalar(statement) or 0


def refusals(
    session: Session,
    run_id: int,
    *,
    code: str | None = None,
    near_misses: bool = False,
    limit: int | None = None,
    offset: int = 0,
) -> list[RefusalRow]:
    """Return refused pairs, nearest first."""
    offer, want = aliased(Listing), aliased(Listing)
    offer_site, want_site = aliased(Site), aliased(Site)
    offer_org, want_org = aliased(Organisation), aliased(Organisation)
    statement: Any = (
        sa.select(
            MatchRefusal, offer, offer_site, offer_org.standing, want, want_site,
            want_org.standing, Material, Process,
        )
        .join(offer, offer.id == MatchRefusal.offer_id)
        .join(offer_site, offer_site.id == offer.site_id)
        .join(offer_org, offer_org.id == offer.org_id)
        .join(want, want.id == MatchRefusal.want_id)
        .join(want_site, want_site.id == want.site_id)
        .join(want_org, want_org.id == want.org_id)
        .join(Material, Material.id == offer.material_id)
        .join(Process, Process.id == want.process_id)
        .where(MatchRefusal.run_id == run_id)
        .order_by(MatchRefusal.distance_m, MatchRefusal.offer_id, MatchRefusal.want_id)
    )  # fmt: skip
    if code is not None:
        statement = statement.where(MatchRefusal.code == code)
    if near_misses:
        statement = statement.where(MatchRefusal.near_miss)
    if limit is not None:
        statement = statement.limit(limit).offset(offset)
    return [_refusal(*row) for row in session.execute(statement)]


def _refusal(
    row: MatchRefusal,
    offer: Listing,
    offer_site: Site,
    offer_standing: str,
    want: Listing,
    want_site: Site,
    want_standing: str,
    material: Material,
    process: Process,
) -> RefusalRow:
    return RefusalRow(
        offer=end_of(offer, offer_site, offer_standing),
        want=end_of(want, want_site, want_standing),
        material_id=material.id,
        material_zh=material.name_zh,
        material_en=material.name_en,
        family=material.family,
        process_id=process.id,
        process_zh=process.name_zh,
        process_en=process.name_en,
        code=row.code,
        distance_m=row.distance_m,
        reasons=row.reasons,
        near_miss=row.near_miss,
    )
