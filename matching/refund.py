"""How far a line is from a VAT refund for using waste, and which offers would take it there.

An estimate: whether a tax office grants it depends on more than the share (taxpayer's standing,
ledgers, emission standards). What counts, in which product and from which share is data of the
caller: the rows of the catalogue and a flag per material. Blast-furnace slag (高炉水渣) is the
trap: the notes on 废渣 leave it out, so it is raw material like limestone and lowers the share.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from matching import validation
from matching.validation import ProblemError


class Stage(StrEnum):
    """Where a material enters: the kiln's raw meal, or the mill.

    `CLINKER` is clinker bought from elsewhere.
    """

    RAW_MEAL = "raw_meal"
    GRINDING = "grinding"
    CLINKER = "clinker"


@dataclass(frozen=True, slots=True)
class RefundRow:
    """A row of the catalogue: at least `min_share` (0 to 1) of eligible waste, by weight.

    It holds from `valid_from` to `valid_to` (last day, None = until further notice);
    `refund_share` of the VAT paid comes back, None = not known.
    """

    id: str
    min_share: float
    refund_share: float | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    source: str = ""

    def __post_init__(self) -> None:
        validation.require_within(self.min_share, 0, 1, "least share", self.id)
        if self.refund_share is not None:
            validation.require_within(self.refund_share, 0, 1, "refund", self.id)

    def in_force(self, on: date) -> bool:
        begun = self.valid_from is None or self.valid_from <= on
        return begun and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Inflow:
    """Tonnes of a material into a line over the period the share is taken for."""

    material_id: str
    tonnes: float
    stage: Stage = Stage.RAW_MEAL

    def __post_init__(self) -> None:
        validation.require_within(self.tonnes, 0, validation.MAX_TONNES, "tonnes", self.material_id)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Tonnes on offer and what one costs at the line's gate (negative = it brings money).

    `replaces` is the material a tonne of it takes the place of, tonne for tonne; empty = it comes
    on top.
    """

    id: str
    material_id: str
    tonnes: float
    cost_yuan_per_t: float
    replaces: str = ""
    stage: Stage = Stage.RAW_MEAL

    def __post_init__(self) -> None:
        validation.require_within(self.tonnes, 0, validation.MAX_TONNES, "tonnes", self.id)
        validation.require_finite(self.cost_yuan_per_t, "cost", self.id)


@dataclass(frozen=True, slots=True)
class Step:
    """Take so much of an offer; `share` is where the line then stands."""

    candidate_id: str
    tonnes: float
    cost_yuan: float
    share: float


@dataclass(frozen=True, slots=True)
class RefundGap:
    """`points_short` are percentage points below the row's least share, 0 = it is reached.

    `steps` are offers in the order to take them, cheapest gain of a point first; `closes` says
    whether they reach the share. `estimate_only` is always true: this is no tax advice.
    """

    row: RefundRow
    eligible_t: float
    total_t: float
    share: float
    points_short: float
    steps: tuple[Step, ...]
    closes: bool
    estimate_only: bool = True


def refund_gap(
    inflows: Sequence[Inflow],
    eligible: Mapping[str, bool],
    row: RefundRow,
    offers: Sequence[Candidate],
    on: date,
) -> RefundGap:
    """Reckon the share of a line and close what is missing; raises `ProblemError`.

    Own clinker: (raw-meal slag + grinding slag) / (everything into meal and mill). With bought
    clinker the raw meal was another's: grinding slag / (clinker + everything into the mill)
    (财税〔2009〕163号). A material without a flag is an error, not a guess.
    """
    if not row.in_force(on):
        raise ProblemError(f"row {row.id} is not in force on {on}", owner=row.id)
    counted = _counted(inflows)
    named = {row.material_id for row in counted} | {offer.material_id for offer in offers}
    for material_id in sorted(named - eligible.keys()):
        raise ProblemError(f"nobody says whether {material_id} counts as waste", owner=material_id)
    waste = sum(r.tonnes for r in counted if _counts(r, eligible))
    total = sum(r.tonnes for r in counted)
    share = waste / total if total else 0.0
    missing = max(0.0, row.min_share - share)
    steps = _steps(counted, eligible, row.min_share, offers) if missing else ()
    reached = steps[-1].share if steps else share
    closes = reached >= row.min_share - 1e-12
    return RefundGap(row, waste, total, share, 100 * missing, steps, closes)


def _counted(inflows: Sequence[Inflow]) -> list[Inflow]:
    """Leave the raw meal out where clinker is bought: only the mill is the line's own."""
    if any(row.stage is Stage.CLINKER and row.tonnes for row in inflows):
        return [row for row in inflows if row.stage is not Stage.RAW_MEAL]
    return list(inflows)


def _counts(row: Inflow | Candidate, eligible: Mapping[str, bool]) -> bool:
    return row.stage is not Stage.CLINKER and eligible[row.material_id]


def _steps(
    counted: Sequence[Inflow],
    eligible: Mapping[str, bool],
    least: float,
    offers: Sequence[Candidate],
) -> tuple[Step, ...]:
    """Take the offers by yuan per tonne of lack they close; the lack is least * total - waste.

    It is linear in tonnes, and offers that compete for the same replaced material close as much
    per tonne as each other, so that this order is the cheapest (a polymatroid's greedy order).
    """
    stages = {row.stage for row in counted}
    bought = Stage.CLINKER in stages
    left: dict[str, float] = {}
    for row in counted:
        if not _counts(row, eligible):
            left[row.material_id] = left.get(row.material_id, 0.0) + row.tonnes
    waste = sum(row.tonnes for row in counted if _counts(row, eligible))
    total = sum(row.tonnes for row in counted)
    closing = sorted(
        (offer.cost_yuan_per_t / gain, offer.id, offer, gain)
        for offer in offers
        if _counts(offer, eligible)
        and not (bought and offer.stage is Stage.RAW_MEAL)
        and (gain := 1.0 if offer.replaces else 1.0 - least) > 0
    )
    steps: list[Step] = []
    for _, _, offer, gain in closing:
        lack = least * total - waste
        if lack <= 1e-9 * max(1.0, total):
            break
        room = left.get(offer.replaces, 0.0) if offer.replaces else offer.tonnes
        tonnes = min(offer.tonnes, room, lack / gain)
        if tonnes <= 0:
            continue
        waste += tonnes
        if offer.replaces:
            left[offer.replaces] -= tonnes
        else:
            total += tonnes
        steps.append(Step(offer.id, tonnes, tonnes * offer.cost_yuan_per_t, waste / total))
    return tuple(steps)
