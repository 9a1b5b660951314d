"""From the engine's result to rows: one short write transaction that may be run again."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.db import transaction
from market.listings.models import Listing
from market.listings.rules import Basis, State
from market.matchmaking.models import (
    MatchBalance,
    MatchFlow,
    MatchMonth,
    MatchMonthFlow,
    MatchRefusal,
    MatchRun,
)
from market.matchmaking.monthly import MonthFlowOut, MonthOut, Months
from market.matchmaking.outcome import BalanceOut, FlowOut, RefusalOut
from market.matchmaking.rules import RunStatus
from market.matchmaking.summary import (
    DosageLine,
    KilnMix,
    LapseLine,
    QuotaLine,
    RoomLine,
    RunSummary,
    SinkLoss,
)
from market.quantities import KG_PER_TONNE, M_PER_KM
from matching.economics import Co2Range
from matching.problem import Storage
from matching.result import Result, Status

STATUS = {
    Status.OPTIMAL: RunStatus.OPTIMAL,
    Status.NOTHING: RunStatus.EMPTY,
    Status.FEASIBLE: RunStatus.FEASIBLE,
    Status.STOPPED: RunStatus.FEASIBLE,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be stored of a run; ``on`` is the day its listings had to be valid."""

    result: Result
    flows: Sequence[FlowOut]
    refusals: Sequence[RefusalOut]
    balances: Sequence[BalanceOut]
    losses: tuple[SinkLoss, ...]
    quotas: tuple[QuotaLine, ...]
    kilns: tuple[KilnMix, ...]
    dosages: tuple[DosageLine, ...]
    rooms: tuple[RoomLine, ...]
    lapses: tuple[LapseLine, ...]
    months: Months
    stores: Sequence[Storage]
    on: date


TABLES = (MatchFlow, MatchRefusal, MatchBalance, MatchMonth, MatchMonthFlow)


def store(session: Session, run_id: int, outcome: Outcome) -> RunSummary:
    """Replace whatever the run had stored; a second call leaves the same rows.

    Listings that were withdrawn or ran out while the solver worked are left out, with their
    flows, and counted in ``changed_meanwhile``.
    """
    with transaction(session):
        for table in TABLES:
            session.execute(sa.delete(table).where(table.run_id == run_id))
        bases = _still_open(session, outcome.on)
        kept = _Kept.of(outcome, bases)
        _insert(session, run_id, kept)
        summary = _summary(outcome, kept, bases)
        session.execute(
            sa.update(MatchRun)
            .where(MatchRun.id == run_id)
            .values(status=summary.status, summary=summary.as_json())
        )
    return summary


def _still_open(session: Session, on: date) -> Mapping[int, str]:
    """Return the basis of each listing that may still be matched, by id."""
    statement = sa.select(Listing.id, Listing.basis).where(
        Listing.state == State.OPEN, Listing.expires_on >= on
    )
    return {row.id: row.basis for row in session.execute(statement)}


@dataclass(frozen=True, slots=True)
class _Kept:
    flows: Sequence[FlowOut]
    refusals: Sequence[RefusalOut]
    balances: Sequence[BalanceOut]
    months: Months
    dropped: int

    @classmethod
    def of(cls, outcome: Outcome, bases: Mapping[int, str]) -> "_Kept":
        def both_open(row: FlowOut | RefusalOut | MonthFlowOut) -> bool:
            return row.offer_id in bases and row.want_id in bases

        flows = [row for row in outcome.flows if both_open(row)]
        placed: dict[int, int] = {}
        for flow in flows:
            for listing_id in (flow.offer_id, flow.want_id):
                placed[listing_id] = placed.get(listing_id, 0) + flow.mass_kg
        balances = [row for row in outcome.balances if row.listing_id in bases]
        return cls(
            flows=flows,
            refusals=[row for row in outcome.refusals if both_open(row)],
            balances=[_with_placed(row, placed.get(row.listing_id, 0)) for row in balances],
            months=_months([row for row in outcome.months.flows if both_open(row)], outcome, bases),
            dropped=len(outcome.balances) - len(balances),
        )


def _with_placed(row: BalanceOut, placed_kg: int) -> BalanceOut:
    return BalanceOut(**{**asdict(row), "placed_kg": placed_kg})


def _months(flows: Sequence[MonthFlowOut], outcome: Outcome, bases: Mapping[int, str]) -> Months:
    """Give back to an offer as left what a listing that is gone would have taken."""
    placed: dict[tuple[int, date], int] = {}
    for flow in flows:
        for listing_id in (flow.offer_id, flow.want_id):
            key = (listing_id, flow.month)
            placed[key] = placed.get(key, 0) + flow.mass_kg
    return Months(
        flows,
        [
            _month(row, placed.get((row.listing_id, row.month), 0))
            for row in outcome.months.listings
            if row.listing_id in bases
        ],
    )


def _month(row: MonthOut, placed_kg: int) -> MonthOut:
    back_kg = row.placed_kg - placed_kg if row.side == "offer" else 0
    return replace(row, placed_kg=placed_kg, left_kg=row.left_kg + back_kg)


def _insert(session: Session, run_id: int, kept: _Kept) -> None:
    flows = [{"run_id": run_id, **asdict(row)} for row in kept.flows]
    refusals = [{"run_id": run_id, **asdict(row)} for row in kept.refusals]
    balances = [
        {
            "run_id": run_id,
            "listing_id": row.listing_id,
            "side": row.side,
            "available_kg": row.available_kg,
            "placed_kg": row.placed_kg,
            "dual_low": row.dual[0],
            "dual_high": row.dual[1],
            "dual_km_low": row.dual_km[0],
            "dual_km_high": row.dual_km[1],
            "reason": row.reason,
            "reason_params": row.reason_params,
        }
        for row in kept.balances
    ]
    months = [{"run_id": run_id, **asdict(row)} for row in kept.months.listings]
    month_flows = [{"run_id": run_id, **asdict(row)} for row in kept.months.flows]
    for table, rows in zip(TABLES, (flows, refusals, balances, months, month_flows), strict=True):
        if rows:
            session.execute(sa.insert(table), rows)


def _summary(outcome: Outcome, kept: _Kept, bases: Mapping[int, str]) -> RunSummary:
    result = outcome.result
    offers = [row for row in kept.balances if row.side == "offer"]
    wants = [row for row in kept.balances if row.side == "want"]
    guessed = {key for key, basis in bases.items() if basis == Basis.ESTIMATE}
    carbon = _carbon(kept.flows)
    return RunSummary(
        status=_status(result, kept).value,
        tonnes=_tonnes(row.mass_kg for row in kept.flows),
        available_t=_tonnes(row.available_kg for row in offers),
        wanted_t=_tonnes(row.available_kg for row in wants),
        tonne_km=sum(row.transport_kg_m for row in kept.flows) / (KG_PER_TONNE * M_PER_KM),
        value_yuan=sum(row.mass_kg / KG_PER_TONNE * row.value_fen_per_t for row in kept.flows) / 100
        - result.storage_yuan,
        tonnes_bound=result.tonnes_bound,
        bound=result.bound,
        gap=result.gap,
        solve_seconds=sum(stage.seconds for stage in result.seconds),
        offers=len(offers),
        wants=len(wants),
        flows=len(kept.flows),
        estimate_tonnes=_tonnes(
            row.mass_kg for row in kept.flows if guessed & {row.offer_id, row.want_id}
        ),
        estimate_available_t=_tonnes(
            row.available_kg for row in offers if row.listing_id in guessed
        ),
        edges=result.edges,
        components=result.components,
        refused_pairs=result.refused_pairs,
        refusals_stored=len(kept.refusals),
        changed_meanwhile=kept.dropped,
        losses=() if kept.dropped else outcome.losses,
        quotas=outcome.quotas,
        kilns=outcome.kilns,
        dosages=outcome.dosages,
        rooms=tuple(row for row in outcome.rooms if row.listing_id in bases),
        lapses=outcome.lapses,
        co2_kg=carbon.central,
        co2_low_kg=carbon.low,
        co2_high_kg=carbon.high,
        co2_missing=carbon.missing,
        co2_unknown_kg=sum(row.mass_kg for row in kept.flows if row.explanation["co2_missing"]),
        stock_end_t=_stock_end_t(kept.months.listings),
        storage_yuan=result.storage_yuan,
        stores=len(outcome.stores),
        stores_free=sum(not row.cost_yuan_per_t for row in outcome.stores),
        stage_seconds={stage.stage.value: stage.seconds for stage in result.seconds},
    )


def _carbon(flows: Sequence[FlowOut]) -> Co2Range:
    """Add up the net kg of the flows as stored: whoever adds them up again gets the same."""

    def total(of: Callable[[dict[str, Any]], float]) -> float:
        return sum(row.mass_kg / KG_PER_TONNE * of(row.explanation) for row in flows)

    return Co2Range(
        total(lambda told: told["co2_range"][0]),
        total(lambda told: told["co2_kg_per_t"]),
        total(lambda told: told["co2_range"][1]),
        any(row.explanation["co2_missing"] for row in flows),
    )


def _stock_end_t(rows: Sequence[MonthOut]) -> float:
    """Add up what lies in the offers' stores at the end of the last month."""
    offers = [row for row in rows if row.side == "offer"]
    last = max((row.month for row in offers), default=None)
    return _tonnes(row.stock_kg for row in offers if row.month == last)


def _status(result: Result, kept: _Kept) -> RunStatus:
    """Say plainly when nothing could be matched; a search cut short has not shown that."""
    if not kept.flows and result.status is not Status.STOPPED:
        return RunStatus.EMPTY
    return STATUS[result.status]


def _tonnes(masses_kg: Iterable[int]) -> float:
    return sum(masses_kg) / KG_PER_TONNE
