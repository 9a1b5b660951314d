"""How far a want's line is from a VAT refund, and which open offers would take it there."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.catalogue.models import Acceptance, PolicyRule, VatRow
from market.catalogue.rules import Sector, ShareBasis, VatKind, in_force
from market.listings import queries as listings
from market.listings.models import Listing
from market.listings.values import ListingSummary
from market.matchmaking import loader, queries
from market.matchmaking.line_offers import LineOffer, offers_for_line
from market.matchmaking.rules import DEFAULT_RADIUS_KM, Objective
from market.orgs.models import Line
from market.quantities import KG_PER_TONNE, m_from_km
from matching.refund import Candidate, Inflow, RefundGap, RefundRow, Stage, refund_gap

KILN_PROCESSES = ("clinker", "clinker_hw_coproc")
OTHER = "other"
REFUND_RULES = ("V1", "V2", "V3")
"""What the catalogue says of every refund: an estimate, slag that does not count, the papers."""


@dataclass(frozen=True, slots=True)
class LineFacts:
    """What is known of a line before anybody says more; tonnes a year, as received.

    A ``mill`` grinds clinker to cement, so that what goes in comes out: note N5 counts the mill
    alone where clinker is bought, kiln and mill together where there is an ``own_kiln``.
    ``held`` is what the newest run allots to it of each material that counts.
    """

    rows: tuple[VatRow, ...]
    notes: tuple[VatRow, ...]
    policies: tuple[PolicyRule, ...]
    line_name_zh: str
    line_name_en: str
    output_t: float | None
    mill: bool
    own_kiln: bool
    held: Mapping[str, float]
    run_ref: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A step that closes some of the gap; ``share`` is where the line then stands."""

    offer: LineOffer
    tonnes: float
    share: float


@dataclass(frozen=True, slots=True)
class Refund:
    """``steps`` in the order to take them; ``in_reach`` offers count and pass, in all."""

    row: VatRow
    gap: RefundGap
    steps: tuple[Taken, ...]
    in_reach: int


def _in_force(session: Session, on: date) -> list[VatRow]:
    every = catalogue.vat_rows(session)
    return [row for row in every if in_force(row.valid_from, row.valid_to, on)]


def rows_for(session: Session, listing: ListingSummary, on: date) -> tuple[VatRow, ...]:
    """Return the rows in force whose product a want's process may make; none for an offer."""
    if listing.process_id is None:
        return ()
    return tuple(
        row
        for row in _in_force(session, on)
        if row.kind == VatKind.ROW and row.min_share and listing.process_id in row.process_ids
    )


def facts(session: Session, want: ListingSummary, on: date) -> LineFacts:
    """Read the rows of the catalogue that speak of the want's process and hold on the day."""
    every = _in_force(session, on)
    rows = rows_for(session, want, on)
    counted = {material_id for row in rows for material_id in row.material_ids}
    line_id = listings.listing(session, want.id).line_id
    line = session.get(Line, line_id) if line_id else None
    run = queries.latest_run(session)
    return LineFacts(
        rows=rows,
        notes=tuple(row for row in every if row.kind == VatKind.NOTE),
        policies=tuple(
            row for row in catalogue.policy_rules(session, on=on) if row.id in REFUND_RULES
        ),
        line_name_zh=line.name_zh if line else "",
        line_name_en=line.name_en if line else "",
        mill=_is_mill(session, want),
        own_kiln=bool(
            session.scalar(
                sa.select(sa.func.count())
                .select_from(Line)
                .where(Line.site_id == want.site_id, Line.process_id.in_(KILN_PROCESSES))
            )
        ),
        output_t=line.output_kg_per_year / KG_PER_TONNE if line else None,
        held={} if run is None else _held(session, run.id, want, counted),
        run_ref="" if run is None else run.ref,
    )


def _is_mill(session: Session, want: ListingSummary) -> bool:
    process = catalogue.process(session, want.process_id or "")
    return process.sector == Sector.CEMENT and process.id not in KILN_PROCESSES


def _held(
    session: Session, run_id: int, want: ListingSummary, counted: Collection[str]
) -> dict[str, float]:
    """Add up what a run sends to the process on the want's site of each material that counts."""
    wants = sa.select(Listing.id).where(
        Listing.site_id == want.site_id, Listing.process_id == want.process_id
    )
    held: dict[str, float] = defaultdict(float)
    for want_id in session.scalars(wants):
        for flow in queries.flows(session, run_id, want_id=want_id):
            if flow.material_id in counted:
                held[flow.material_id] += flow.mass_kg / KG_PER_TONNE
    return dict(held)


@dataclass(frozen=True, slots=True)
class Asked:
    """The line as its firm describes it: tonnes a year of all raw material, and of what counts."""

    row: VatRow
    total_t: float
    counted_t: float
    bought_clinker: bool


def refund(
    session: Session,
    want: ListingSummary,
    known: LineFacts,
    asked: Asked,
    *,
    on: date,
    road_factor: float,
) -> Refund:
    """Reckon the share and close what is missing, cheapest at the gate first."""
    scene = loader.Scene(Objective.VALUE, m_from_km(DEFAULT_RADIUS_KM), road_factor, (), on)
    case = offers_for_line(
        session, want, asked.row.material_ids, scene, tonnes=max(asked.total_t, 1.0)
    )
    stage = Stage.GRINDING if asked.bought_clinker else Stage.RAW_MEAL
    offers = {row.supply.id: row for row in case.offers}
    gap = refund_gap(
        _inflows(asked, stage),
        {OTHER: False, want.material_id: True} | dict.fromkeys(asked.row.material_ids, True),
        _engine_row(asked.row),
        _candidates(session, want, known, asked, case.offers, stage),
        on,
    )
    steps = tuple(Taken(offers[row.candidate_id], row.tonnes, row.share) for row in gap.steps)
    return Refund(asked.row, gap, steps, len(offers))


def _inflows(asked: Asked, stage: Stage) -> list[Inflow]:
    rest = asked.total_t - asked.counted_t
    other = Stage.CLINKER if asked.bought_clinker else stage
    counted = asked.row.material_ids[0]
    return [Inflow(counted, asked.counted_t, stage), Inflow(OTHER, rest, other)]


def _engine_row(row: VatRow) -> RefundRow:
    assert row.min_share is not None
    return RefundRow(
        row.id, row.min_share, row.refund_share, row.valid_from, row.valid_to, row.source
    )


def _candidates(
    session: Session,
    want: ListingSummary,
    known: LineFacts,
    asked: Asked,
    offers: Sequence[LineOffer],
    stage: Stage,
) -> list[Candidate]:
    """Cap what may be taken of a material by its greatest share, less what the line takes now."""
    held = _held_now(want, known, asked)
    room = {
        row.material_id: max(
            0.0, row.max_share * _basis_t(row, known, asked) - held.get(row.material_id, 0.0)
        )
        for row in catalogue.acceptance_for_process(session, want.process_id or "")
        if row.max_share is not None
    }
    found = []
    for offer in sorted(offers, key=lambda row: (row.delivered, row.supply.id)):
        material_id = offer.supply.material_id
        tonnes = min(sum(offer.supply.tonnes), room.get(material_id, asked.total_t))
        if tonnes <= 0:
            continue
        if material_id in room:
            room[material_id] -= tonnes
        found.append(Candidate(offer.supply.id, material_id, tonnes, offer.delivered, OTHER, stage))
    return found


def _basis_t(use: Acceptance, known: LineFacts, asked: Asked) -> float:
    """Return what the share is of: the cement the mill makes, or all raw material."""
    of_cement = use.share_basis == ShareBasis.CEMENT_MASS
    return known.output_t if of_cement and known.output_t else asked.total_t


def _held_now(want: ListingSummary, known: LineFacts, asked: Asked) -> Mapping[str, float]:
    """Part what counts over the materials as the newest run does; without one, it is its own."""
    allotted = sum(known.held.values())
    if not allotted:
        return {want.material_id: asked.counted_t}
    return {name: asked.counted_t * tonnes / allotted for name, tonnes in known.held.items()}
