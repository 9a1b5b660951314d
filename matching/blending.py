"""Offers and limits as the numbers a mixture of a few is reckoned with."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.compatibility import acceptance_of, judge, usual_ranges
from matching.economics import factors_of, merit
from matching.grades import grade_order
from matching.limits import unfavourable
from matching.lookup import road_km
from matching.problem import (
    Acceptance,
    Bound,
    Dosage,
    Limit,
    Operator,
    Parameters,
    Problem,
    Scope,
    Severity,
    Slot,
    Supply,
)
from matching.result import Reason

_CURABLE = {(reason, Scope.MATERIAL) for reason in (Reason.LIMIT_EXCEEDED, Reason.LIMIT_UNPROVEN)}
"""Refusals that mixing can lift; not those of the receiver's own figures."""


@dataclass(frozen=True, slots=True)
class Offer:
    """`bounds` are the contents in each limit that speaks about this lot, by the limit itself."""

    supply: Supply
    use: Acceptance
    distance_km: float
    merit: float
    tonnes: float
    bounds: dict[Limit, Bound]


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a limit on the dry mix: of all lots, or of those of one material."""

    limit: Limit
    material_id: str
    value: float
    at_most: bool

    @property
    def operator(self) -> str:
        return Operator.AT_MOST.value if self.at_most else Operator.AT_LEAST.value

    def dry(self, offer: Offer) -> float:
        """Dry share of the offer, 0 where the limit does not speak about it."""
        if self.material_id and offer.supply.material_id != self.material_id:
            return 0.0
        if self.limit not in offer.bounds:
            return 0.0
        return 1.0 - (offer.supply.moisture_share or 0.0)

    def content(self, offer: Offer) -> float:
        bound = offer.bounds.get(self.limit)
        if bound is None:
            return 0.0
        return bound.high if self.at_most else bound.low

    def excess(self, offer: Offer) -> float:
        """Break of the limit by one tonne of the offer, per tonne as received."""
        over = self.content(offer) - self.value
        return self.dry(offer) * (over if self.at_most else -over)


@dataclass(frozen=True, slots=True)
class Budget:
    """What all slots of a line may bring of a property into the product of all periods.

    `fixed` is what contracts bring of it; contents in the limit's unit, lots nobody knows counting
    as nothing.
    """

    line_id: str
    limit: Limit
    product_t: float
    fixed: float
    content: dict[str, float]

    @property
    def room(self) -> float:
        return max(0.0, self.limit.value * self.product_t - self.fixed)

    def load(self, offer: Offer) -> float:
        """Return what a tonne of the offer as received brings."""
        return self.content.get(offer.supply.id, 0.0)

    def most_t(self, supply_id: str, tonnes: float) -> float:
        """Return how many of an offer's tonnes may come if nobody else's do."""
        content = self.content.get(supply_id, 0.0)
        return min(tonnes, self.room / content) if content > 0 else tonnes


def budgets_of(problem: Problem, parameters: Parameters, slot: Slot) -> tuple[Budget, ...]:
    """List the dosages of a slot's line, what contracts use of them taken off."""
    line = {row.id for row in problem.slots if slot.line_id and row.line_id == slot.line_id}
    return tuple(
        _budget(problem, parameters, dosage, limit, line)
        for dosage in problem.dosages
        if dosage.line_id == slot.line_id
        for limit in dosage.limits
    )


def _budget(
    problem: Problem, parameters: Parameters, dosage: Dosage, limit: Limit, line: set[str]
) -> Budget:
    content = {}
    for supply in problem.supplies:
        bound = unfavourable(supply, usual_ranges(problem, supply), limit, parameters.on)
        if bound is not None:
            content[supply.id] = (1.0 - (supply.moisture_share or 0.0)) * max(0.0, bound.high)
    fixed = math.fsum(
        row.tonnes * content.get(row.supply_id, 0.0) for row in problem.fixed if row.slot_id in line
    )
    return Budget(dosage.line_id, limit, math.fsum(dosage.product_t), fixed, content)


def offers_of(
    problem: Problem, parameters: Parameters, slot: Slot, nearest: int
) -> tuple[Offer, ...]:
    """List the nearest offers that mixing could make pass, and those that pass already."""
    ways = [
        (km, supply.id, supply, use)
        for supply in problem.supplies
        if (use := acceptance_of(slot, supply.material_id))
        and (km := road_km(parameters, supply, slot)) <= parameters.radius_of(supply.material_id)
    ]
    offers = (
        _offer(problem, parameters, supply, slot, use, km)
        for km, _, supply, use in sorted(ways, key=lambda way: way[:2])
    )
    return tuple(itertools.islice((offer for offer in offers if offer is not None), nearest))


def _offer(
    problem: Problem, parameters: Parameters, supply: Supply, slot: Slot, use: Acceptance, km: float
) -> Offer | None:
    tonnes = sum(supply.tonnes)
    if not tonnes:
        return None
    findings = judge(problem, parameters, supply, slot).findings
    if any(f.severity is Severity.BLOCK and (f.reason, f.scope) not in _CURABLE for f in findings):
        return None
    ranges = usual_ranges(problem, supply)
    bounds: dict[Limit, Bound] = {}
    for limit in (*slot.blend, *_asked(use, supply)):
        bound = unfavourable(supply, ranges, limit, parameters.on)
        if bound is None:
            return None
        bounds[limit] = bound
    gain = float(np.asarray(merit(parameters, factors_of(supply, use, km)))[0])
    return Offer(supply, use, km, gain, tonnes, bounds)


def _asked(use: Acceptance, supply: Supply) -> tuple[Limit, ...]:
    """Keep the limits that can refuse this lot: those without grade and those of the lowest."""
    grades = grade_order(limit for limit in use.limits if limit.scope is Scope.MATERIAL)
    return tuple(
        limit
        for limit in use.limits
        if limit.scope is Scope.MATERIAL
        and limit.severity is Severity.BLOCK
        and (not limit.grades or grades[-1] in limit.grades)
        and (not limit.variant or limit.variant in supply.tags | use.variants)
    )


def sides_of(slot: Slot, offers: Sequence[Offer]) -> tuple[Side, ...]:
    """Write each limit that speaks about any of the offers as one or two sides."""
    spoken = {limit for offer in offers for limit in offer.bounds}
    limits = [
        *(("", limit) for limit in slot.blend),
        *((use.material_id, limit) for use in slot.accepts for limit in use.limits),
    ]
    return tuple(
        side
        for material_id, limit in dict.fromkeys(limits)
        if limit in spoken
        for side in _sides(limit, material_id)
    )


def _sides(limit: Limit, material_id: str) -> tuple[Side, ...]:
    below = limit.operator in {Operator.AT_MOST, Operator.BELOW}
    one = Side(limit, material_id, limit.value, below)
    if limit.value_high is None:
        return (one,)
    return one, Side(limit, material_id, limit.value_high, at_most=True)
