"""What one listing could do today: computed while the person waits, without a solver.

Each pair is judged and valued by itself, as if nobody else were there; what a run allots when
everybody is there is another question, and is shown beside it.
"""

from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from market.listings import queries as listings
from market.listings.rules import Side
from market.listings.values import ListingSummary
from market.matchmaking import loader, outcome
from market.matchmaking.codec import build
from market.matchmaking.nearby import Question, shortlist
from market.matchmaking.rules import DEFAULT_RADIUS_KM, DEFAULT_ROAD_FACTOR, Objective
from market.money import fen_from_yuan
from market.quantities import kg_from_tonnes, m_from_km
from matching.explain import PairView, rank_for_slot, rank_for_supply
from matching.problem import Parameters, Problem, Slot, Supply
from matching.result import Finding, Line, Reason
from matching.split import Split, split_of

TOP = 10
NEAR_MISSES = 8


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair that may meet; ``distance_m`` is the great circle, ``road_m`` by road."""

    rank: int
    other: ListingSummary
    mass_kg: int
    distance_m: int
    road_m: int
    value_fen_per_t: int
    lines: tuple[Line, ...]
    margins: tuple[Finding, ...]
    cautions: tuple[Finding, ...]
    grade: str
    split: Split


@dataclass(frozen=True, slots=True)
class Miss:
    """A pair that may not meet today: ``reasons`` with what blocks it first."""

    other: ListingSummary
    distance_m: int
    road_m: int
    reasons: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    candidates: tuple[Candidate, ...]
    misses: tuple[Miss, ...]


def for_listing(
    session: Session,
    listing: ListingSummary,
    *,
    on: date,
    road_factor: float = DEFAULT_ROAD_FACTOR,
    radius_km: float = DEFAULT_RADIUS_KM,
) -> Answer:
    """Rank the counterparts of a listing by net value, and name what stands before the rest."""
    scene = loader.Scene(Objective.VALUE, m_from_km(radius_km), road_factor, (), on)
    question = Question.about(session, listing, scene)
    named = shortlist(question, top=TOP, refused=NEAR_MISSES)
    problem, parameters = question.with_others(named), question.parameters
    rank = rank_for_supply if listing.side == Side.OFFER else rank_for_slot
    views = rank(problem, parameters, str(listing.id), len(named))
    passing = [view for view in views if view.verdict.passes][:TOP]
    refused = _refused(problem, parameters, views, listing.side)[:NEAR_MISSES]
    wanted = [_other_id(view, listing.side) for view in passing] + [row[0] for row in refused]
    others = listings.summaries(session, wanted)
    supplies = {row.id: row for row in problem.supplies}
    slots = {row.id: row for row in problem.slots}
    return Answer(
        candidates=tuple(
            _candidate(
                rank,
                view,
                others[_other_id(view, listing.side)],
                road_factor,
                _public_split(view, supplies[view.supply_id], slots[view.slot_id]),
            )
            for rank, view in enumerate(passing, 1)
        ),
        misses=tuple(
            Miss(others[other_id], distance_m, round(distance_m * road_factor), reasons)
            for other_id, distance_m, reasons in refused
        ),
    )


def _other_id(view: PairView, side: str) -> int:
    return int(view.slot_id if side == Side.OFFER else view.supply_id)


Refused = tuple[int, int, tuple[Finding, ...]]


def _refused(
    problem: Problem, parameters: Parameters, views: tuple[PairView, ...], side: str
) -> list[Refused]:
    """Return what is refused within reach, nearest first, then what is only too far away."""
    near: list[Refused] = [
        (
            row.want_id if side == Side.OFFER else row.offer_id,
            row.distance_m,
            tuple(build(Finding, reason) for reason in row.reasons),
        )
        for row in outcome.refusals(problem, parameters, NEAR_MISSES)
    ]
    far: list[Refused] = [
        (
            _other_id(view, side),
            m_from_km(view.distance_km / parameters.road_factor),
            tuple(outcome.blocking_first(view.verdict.findings)),
        )
        for view in views
        if any(finding.reason is Reason.OUT_OF_RADIUS for finding in view.verdict.findings)
    ]
    return near + far


def _public_split(view: PairView, supply: Supply, slot: Slot) -> Split:
    """Part the gain by the platform's factors alone.

    What either side asks or bids would let the other work back from the middle to its limit.
    """
    return split_of(view, replace(supply, ask_yuan_per_t=None), replace(slot, bid_yuan_per_t=None))


def _candidate(
    rank: int, view: PairView, other: ListingSummary, road_factor: float, split: Split
) -> Candidate:
    return Candidate(
        rank=rank,
        other=other,
        mass_kg=kg_from_tonnes(view.tonnes),
        distance_m=m_from_km(view.distance_km / road_factor),
        road_m=m_from_km(view.distance_km),
        value_fen_per_t=fen_from_yuan(view.value_yuan_per_t),
        lines=view.lines,
        margins=view.verdict.margins,
        cautions=view.verdict.findings,
        grade=view.verdict.grade,
        split=split,
    )
