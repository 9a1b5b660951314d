"""One listing with what it could do today and what the newest run allotted to it."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime

import flask
from flask.typing import ResponseReturnValue

from market.catalogue import queries as catalogue
from market.listings import queries as listings
from market.listings.models import Listing
from market.listings.rules import Side, State
from market.listings.values import ListingSummary
from market.matchmaking import labels, proposals, queries, reading, refunds
from market.matchmaking.flows import End, FlowRow
from market.matchmaking.labels import ReasonWords
from market.matchmaking.labels_left import share_text
from market.matchmaking.presenting import Names
from market.matchmaking.shares import share_caps
from market.money import fen_from_yuan
from market.web.access import current_actor
from market.web.database import session
from market.web.filters import SHANGHAI
from market.web.language import pick


@dataclass(frozen=True, slots=True)
class Proposal:
    """One place it could go, in words; ``waterfall`` is (label, fen per tonne or None).

    Between ``low_fen`` and ``high_fen`` at the producer's gate both gain; None: no factor.
    """

    rank: int
    other: ListingSummary
    end: End
    mass_kg: int
    distance_m: int
    road_m: int
    value_fen_per_t: int
    binding: str
    cautions: tuple[ReasonWords, ...]
    waterfall: tuple[tuple[str, int | None], ...]
    grade: str
    low_fen: int | None
    fair_fen: int | None
    high_fen: int | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """One place it cannot go: the first reason in words, the rest in ``reasons``."""

    other: ListingSummary
    end: End
    distance_m: int
    road_m: int
    code: str
    kind: str
    sentence: str
    source: str
    value: str
    limit: str
    remedy: str
    reasons: tuple[ReasonWords, ...]


@dataclass(frozen=True, slots=True)
class Allotted:
    """What the newest run gave this listing; ``balance`` None: it took no part."""

    flows: tuple[FlowRow, ...]
    balance: reading.BalanceRow | None


def today() -> date:
    return datetime.now(UTC).astimezone(SHANGHAI).date()


def listing(listing_id: int) -> ResponseReturnValue:
    database, on = session(), today()
    detail = listings.detail(database, listing_id, current_actor(), on)
    answer = proposals.for_listing(
        database,
        detail.summary,
        on=on,
        road_factor=flask.current_app.config["WUJIN"].road_factor,
    )
    run = queries.latest_run(database)
    return flask.render_template(
        "listings/detail.html",
        listing=detail,
        today=on,
        computed_at=datetime.now(UTC),
        run=run,
        names=Names(current_actor()),
        proposals=[_proposal(candidate) for candidate in answer.candidates],
        refusals=[_refusal(miss, detail.summary) for miss in answer.misses],
        has_refund_rows=bool(refunds.rows_for(database, detail.summary, on)),
        share_cap=_share_cap(detail.summary, on),
        allotted=None if run is None else _allotted(run.id, detail.summary),
    )


def _share_cap(own: ListingSummary, on: date) -> str:
    """Say what a want's share of its line's product lets in where that is less than wanted."""
    listing = session().get(Listing, own.id)
    cap = share_caps(session(), [listing], on).get(own.id) if listing else None
    return share_text(asdict(cap)) if cap and cap.binds else ""


def _end(other: ListingSummary) -> End:
    """Return a counterpart as the runs know it, so that one rule says who may read its name."""
    return End(
        other.id, other.org_id, other.site_id, other.org_name_zh, other.org_name_en,
        other.county_zh, other.county_en, other.lat, other.lon, other.standing, other.basis,
        other.prefecture_zh, other.prefecture_en, other.state == State.OPEN,
    )  # fmt: skip


def _proposal(candidate: proposals.Candidate) -> Proposal:
    return Proposal(
        rank=candidate.rank,
        other=candidate.other,
        end=_end(candidate.other),
        mass_kg=candidate.mass_kg,
        distance_m=candidate.distance_m,
        road_m=candidate.road_m,
        value_fen_per_t=candidate.value_fen_per_t,
        binding=labels.binding_text(candidate.margins, candidate.cautions),
        cautions=tuple(labels.reason_words(finding) for finding in candidate.cautions),
        waterfall=tuple(
            (
                str(labels.LINES[line.kind]),
                None if line.yuan_per_t is None else fen_from_yuan(line.yuan_per_t),
            )
            for line in candidate.lines
        ),
        grade=candidate.grade,
        low_fen=_fen(candidate.split.low),
        fair_fen=_fen(candidate.split.fair),
        high_fen=_fen(candidate.split.high),
    )


def _fen(yuan: float | None) -> int | None:
    return None if yuan is None else fen_from_yuan(yuan)


def _refusal(miss: proposals.Miss, own: ListingSummary) -> Refusal:
    note = _note(own, miss.other) if _needs_note(miss) else ""
    words = tuple(labels.reason_words(finding, note=note) for finding in miss.reasons)
    first, blocking = words[0], [row for row in words if row.blocks]
    return Refusal(
        other=miss.other,
        end=_end(miss.other),
        distance_m=miss.distance_m,
        road_m=miss.road_m,
        code=first.code,
        kind=first.kind,
        sentence=labels.joined(row.sentence for row in blocking),
        source=first.source,
        value=first.value,
        limit=first.limit,
        remedy=labels.joined(row.remedy for row in blocking),
        reasons=words,
    )


def _needs_note(miss: proposals.Miss) -> bool:
    return any(finding.reason in labels.NOTED for finding in miss.reasons)


def _note(own: ListingSummary, other: ListingSummary) -> str:
    """Return the catalogue's remark on the use that the two make together."""
    offer, want = (own, other) if own.side == Side.OFFER else (other, own)
    use = catalogue.acceptance(session(), want.process_id or "", offer.material_id)
    return "" if use is None else pick(use, "note")


def _allotted(run_id: int, own: ListingSummary) -> Allotted:
    database = session()
    if own.side == Side.OFFER:
        flows = queries.flows(database, run_id, offer_id=own.id)
    else:
        flows = queries.flows(database, run_id, want_id=own.id)
    balance = next(iter(reading.balances(database, run_id, listing_id=own.id)), None)
    return Allotted(tuple(flows), balance)
