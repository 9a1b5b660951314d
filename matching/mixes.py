"""Which two or three offers, mixed, keep the limits of a want that one of them alone breaks.

Amounts x (tonnes as received) keep a limit on the dry mix where the sum of
x * dry * (content - limit) <= 0, so the mixtures of a few offers are a cone. A cone in two or
three dimensions is spanned by its edges, and each edge lies in as many limits less one: trying
them all is exact and needs no solver. Only smallest mixtures are listed: a pair whose members do
not both pass alone, or of which a dosage lets in a part only; a triple none of whose pairs can be
mixed.
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from matching import filling
from matching.blending import Budget, Offer, Side, budgets_of, offers_of, sides_of
from matching.commitments import without_commitments
from matching.geography import Flags, Floats
from matching.lookup import find_slot
from matching.problem import Objective, Operator, Parameters, Problem

_EVEN = 1e-9
"""Limits are scaled to one; what breaks them by less than this is rounding."""
_BINDING = 1e-6
_CHUNK = 4_000
"""Triples tried at once: a few tens of MB."""


@dataclass(frozen=True, slots=True)
class Part:
    """One offer in a mixture; shares are of tonnes as received, the range of all that pass."""

    supply_id: str
    tonnes: float
    share: float
    least_share: float
    most_share: float


@dataclass(frozen=True, slots=True)
class MixLimit:
    """`value` of the dry mix on its unfavourable side; `binding`: no room is left.

    `material_id` is empty for a limit on everything in the slot. `line_id` names the line of a
    dosage, whose `value` is by mass of the product, contracts included.
    """

    name: str
    material_id: str
    operator: str
    value: float
    limit: float
    margin: float
    unit: str
    binding: bool
    line_id: str = ""


@dataclass(frozen=True, slots=True)
class Mixture:
    """The best amounts of these offers for the run's objective, all periods together.

    `merit` is in the objective's unit (under `Objective.TONNES`, yuan).
    """

    parts: tuple[Part, ...]
    limits: tuple[MixLimit, ...]
    tonnes: float
    tonne_km: float
    merit: float

    @property
    def binding(self) -> tuple[MixLimit, ...]:
        return tuple(limit for limit in self.limits if limit.binding)

    @property
    def mean_haul_km(self) -> float:
        return self.tonne_km / self.tonnes


def mixtures(
    problem: Problem,
    parameters: Parameters,
    slot_id: str,
    most_offers: int = 3,
    nearest: int = 30,
    top: int = 20,
) -> tuple[Mixture, ...]:
    """List mixtures of two up to `most_offers` (2 or 3) of the `nearest` offers, best first.

    Offers must be legal here and known in every limit that counts: nothing unknown can be
    reckoned into a mix. Strict limits may be met with equality, as in the plan. Tonnes, room
    and dosages of the slot's line are what contracts leave of them; its other slots count nothing.
    """
    problem = without_commitments(problem) if problem.commitments else problem
    slot = find_slot(problem, slot_id)
    offers = offers_of(problem, parameters, slot, nearest)
    sides, budgets = sides_of(slot, offers), budgets_of(problem, parameters, slot)
    table = [[side.excess(offer) for side in sides] for offer in offers]
    excess = _scaled(np.array(table, np.float64).reshape(len(offers), len(sides)))
    loads = [[budget.load(offer) for budget in budgets] for offer in offers]
    task = filling.Task(
        excess,
        *_in_tonnes(
            np.array(loads, np.float64).reshape(len(offers), len(budgets)),
            np.array([budget.room for budget in budgets], np.float64),
        ),
        np.array([offer.tonnes for offer in offers], np.float64),
        sum(slot.tonnes),
        np.array([offer.distance_km for offer in offers], np.float64),
        np.array([offer.merit for offer in offers], np.float64),
        by_tonnes=parameters.objective is Objective.TONNES,
    )
    groups = list(_groups(excess, task.whole(), most_offers))
    amounts = filling.fill(task, [group for group, _ in groups])
    best = sorted(
        (n for n in range(len(groups)) if amounts[n].any()),
        key=lambda n: (*task.goodness(groups[n][0], amounts[n]), len(groups[n][0]), groups[n][0]),
    )
    return tuple(
        _mixture((sides, budgets), [offers[i] for i in groups[n][0]], amounts[n], groups[n][1])
        for n in best[:top]
    )


def _in_tonnes(loads: Floats, budgets: Floats) -> tuple[Floats, Floats]:
    """Scale each budget so that the largest load of a tonne is one."""
    largest = np.max(loads, axis=0, initial=0.0)
    scale = np.where(largest > 0, largest, 1.0)
    return loads / scale, budgets / scale


def _scaled(excess: Floats) -> Floats:
    """Scale each limit so that its largest excess is one."""
    if not excess.size:
        return excess
    largest = np.max(np.abs(excess), axis=0)
    scaled: Floats = excess / np.where(largest > 0, largest, 1.0)
    return scaled


def _groups(
    excess: Floats, whole: Flags, most_offers: int
) -> Iterable[tuple[tuple[int, ...], Floats]]:
    """Yield the smallest groups that can be mixed, with the edges of their cone.

    Who keeps the limits, and of whom the `whole` may come, needs no mixing.
    """
    alone = np.all(excess <= _EVEN, axis=1) & whole
    pairs = [
        (i, j)
        for i, j in itertools.combinations(range(len(excess)), 2)
        if not (alone[i] and alone[j])
    ]
    mixed = set()
    for group, rays in _mixable(excess, pairs):
        mixed.add(group)
        yield group, rays
    if most_offers < 3:
        return
    failing = [i for i in range(len(excess)) if not alone[i]]
    triples = [
        group
        for group in itertools.combinations(failing, 3)
        if not any(pair in mixed for pair in itertools.combinations(group, 2))
    ]
    yield from _mixable(excess, triples)


def _mixable(
    excess: Floats, groups: Sequence[tuple[int, ...]]
) -> Iterable[tuple[tuple[int, ...], Floats]]:
    """Keep groups with a mixture that has some of each; rays have shape (edges, offers)."""
    for start in range(0, len(groups), _CHUNK):
        chunk = groups[start : start + _CHUNK]
        rays, holds = _edges(excess[np.array(chunk)])
        for group, edges, good in zip(chunk, rays, holds, strict=True):
            kept = edges[good]
            if len(kept) and np.all(np.max(kept, axis=0) > _EVEN):
                yield group, kept


def _edges(excess: Floats) -> tuple[Floats, Flags]:
    """Find the edges of cones {x >= 0, excess . x <= 0}; `excess` has shape (groups, k, limits).

    Returns candidates of shape (groups, edges, k), each summing up to one, and which are real.
    """
    groups, k, _ = excess.shape
    faces = np.concatenate(
        (np.swapaxes(excess, 1, 2), np.broadcast_to(-np.eye(k), (groups, k, k))), axis=1
    )
    if k == 2:
        lines = np.stack((faces[..., 1], -faces[..., 0]), axis=-1)
    else:
        one, other = np.triu_indices(faces.shape[1], 1)
        lines = np.cross(faces[:, one], faces[:, other])
    total = lines.sum(axis=2, keepdims=True)
    pointed = np.abs(total) > _EVEN * np.abs(lines).sum(axis=2, keepdims=True)
    rays = np.where(pointed, lines / np.where(pointed, total, 1.0), -1.0)
    holds = np.all(np.einsum("gfk,grk->grf", faces, rays) <= _EVEN, axis=2)
    return rays, holds & pointed[..., 0]


def _mixture(
    rules: tuple[Sequence[Side], Sequence[Budget]],
    offers: Sequence[Offer],
    amounts: Floats,
    rays: Floats,
) -> Mixture:
    total = float(amounts.sum())
    found = [_limit(side, offers, amounts) for side in rules[0]]
    found += [_dosed(budget, offers, amounts) for budget in rules[1]]
    return Mixture(
        tuple(
            Part(offer.supply.id, float(x), float(x) / total, float(low), float(high))
            for offer, x, low, high in zip(
                offers, amounts, rays.min(axis=0), rays.max(axis=0), strict=True
            )
        ),
        tuple(limit for limit in found if limit is not None),
        total,
        float(amounts @ [offer.distance_km for offer in offers]),
        float(amounts @ [offer.merit for offer in offers]),
    )


def _limit(side: Side, offers: Sequence[Offer], amounts: Floats) -> MixLimit | None:
    """Reckon the mix in one limit; None where it says nothing about these offers."""
    dry = [x * side.dry(offer) for offer, x in zip(offers, amounts.tolist(), strict=True)]
    if not sum(dry) > 0:
        return None
    content = [side.content(offer) for offer in offers]
    value = sum(d * c for d, c in zip(dry, content, strict=True)) / sum(dry)
    margin = (side.value - value) if side.at_most else (value - side.value)
    return MixLimit(
        side.limit.name,
        side.material_id,
        side.operator,
        value,
        side.value,
        margin,
        side.limit.unit,
        binding=margin <= _BINDING * max(1.0, abs(side.value)),
    )


def _dosed(budget: Budget, offers: Sequence[Offer], amounts: Floats) -> MixLimit | None:
    """Reckon the mix and the contracts in the line's product; None where it makes none."""
    if not budget.product_t > 0:
        return None
    brought = float(amounts @ [budget.load(offer) for offer in offers])
    limit, value = budget.limit, (brought + budget.fixed) / budget.product_t
    return MixLimit(
        limit.name,
        "",
        Operator.AT_MOST.value,
        value,
        limit.value,
        limit.value - value,
        limit.unit,
        binding=brought > 0 and limit.value - value <= _BINDING * limit.value,
        line_id=budget.line_id,
    )
