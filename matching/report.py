"""Turns the arrays of a solved model into the rows people read."""

import math
from dataclasses import dataclass

import numpy as np

from matching.allocate import Allocation, Model
from matching.blend import Blend
from matching.blended import Blended
from matching.candidates import Pairs, Rows
from matching.dosage import Dosages
from matching.economics import net_co2_kg_per_t, net_value, waterfall
from matching.geography import Flags, Floats, Ints
from matching.prices import level_worths
from matching.problem import Objective, Parameters, Slot, Storage
from matching.quotas import Quota
from matching.result import (
    DosageUse,
    Flow,
    Mix,
    QuotaUse,
    Remainder,
    Side,
    SlotUse,
    Stock,
    Unmatched,
)
from matching.sides import Sides

_GAP_RESOLUTION = 1e-9
"""Differences below this are rounding of 64-bit sums; the gap is then 0."""
_WEIGHABLE_T = 1e-6
_CUT = 1e-9
"""Relative: what quanta differ by less from amounts is rounding, no cut."""
_NEAR_NOTHING = 1e-6
"""Between plans of nothing, a linear solver's tolerance is no gap."""


def gap_between(reached: float, proven: float) -> float:
    apart = abs(reached - proven)
    gap = apart / max(abs(reached), abs(proven), 1e-9)
    return gap if apart > _NEAR_NOTHING and gap > _GAP_RESOLUTION else 0.0


def gap_of(first: tuple[float, float | None], second: tuple[float, float | None]) -> float | None:
    """Return the wider gap of (reached, proven) of both goals; None where neither is bounded."""
    gaps = [
        gap_between(reached, proven) for reached, proven in (first, second) if proven is not None
    ]
    return max(gaps, default=None)


@dataclass(frozen=True, slots=True)
class Plan:
    """A solved run before it is written out."""

    periods: tuple[str, ...]
    parameters: Parameters
    rows: Rows
    pairs: Pairs
    model: Model
    allocation: Allocation


@dataclass(frozen=True, slots=True)
class Written:
    """Everything of a result that is a list of rows."""

    flows: tuple[Flow, ...]
    unmatched: tuple[Unmatched, ...]
    slot_uses: tuple[SlotUse, ...]
    stocks: tuple[Stock, ...]


def written(plan: Plan) -> Written:
    return Written(flows_of(plan), unmatched_of(plan), slot_uses_of(plan), stocks_of(plan))


def mixes_of(plan: Plan, blend: Blend, answer: Blended) -> tuple[Mix, ...]:
    """Say what each blend came to with contracts in it, where anything was delivered."""
    entries, count = blend.entries, len(blend.rows)
    sent = blend.dry * answer.flow[entries.column]
    dry = np.bincount(entries.row, sent, count) + blend.fixed_dry
    held = np.bincount(entries.row, sent * blend.content, count) + blend.fixed_held
    lexicographic = plan.model.network.lexicographic
    ends = answer.side_ends
    looser = level_worths(ends.more[:, :count] * dry, lexicographic=lexicographic)
    tighter = level_worths(ends.less[:, :count] * dry, lexicographic=lexicographic)
    found = []
    for index in np.nonzero(dry > 0)[0].tolist():
        row = blend.rows[index]
        value = float(held[index] / dry[index])
        found.append(
            Mix(
                plan.rows.slots[row.slot].id,
                plan.periods[row.period],
                row.limit.name,
                "<=" if row.at_most else ">=",
                value,
                row.value,
                (row.value - value) * (1 if row.at_most else -1),
                row.limit.unit,
                looser[index],
                tighter[index],
                exact=bool(ends.exact[index]),
            )
        )
    return tuple(found)


def dosage_uses_of(
    plan: Plan, dosages: Dosages, before: int, answer: Blended
) -> tuple[DosageUse, ...]:
    """Say what each dosage came to, where the line makes anything; `before` it stand other rows."""
    entries, count = dosages.entries, len(dosages.rows)
    sent = np.bincount(entries.row, entries.factor * answer.flow[entries.column], count)
    mine = slice(before, before + count)
    per_unit = np.array([row.product_t / row.scale for row in dosages.rows], np.float64)
    ends = answer.side_ends
    lexicographic = plan.model.network.lexicographic
    looser = level_worths(ends.more[:, mine] * per_unit, lexicographic=lexicographic)
    tighter = level_worths(ends.less[:, mine] * per_unit, lexicographic=lexicographic)
    return tuple(
        DosageUse(
            row.line_id,
            plan.periods[row.period],
            row.limit.name,
            float(sent[index] * row.scale + row.fixed) / row.product_t,
            row.limit.value,
            row.limit.unit,
            float(plan.allocation.tonnes[row.period, row.unknown].sum()) + row.fixed_unknown_t,
            looser[index],
            tighter[index],
            exact=bool(ends.exact[mine][index]),
        )
        for index, row in enumerate(dosages.rows)
        if row.product_t > 0
    )


def flows_of(plan: Plan) -> tuple[Flow, ...]:
    """List the flows by period, supply and slot."""
    period, column = np.nonzero(plan.allocation.tonnes > 0)
    pair = plan.model.kept[column]
    factors = plan.pairs.factors.take(pair)
    supplies, slots = plan.rows.supplies, plan.rows.slots
    return tuple(
        Flow(supplies[i].id, slots[j].id, plan.periods[t], tonnes, km, value, co2)
        for t, i, j, tonnes, km, value, co2 in zip(
            period.tolist(),
            plan.pairs.supply[pair].tolist(),
            plan.pairs.slot[pair].tolist(),
            plan.allocation.tonnes[period, column].tolist(),
            plan.pairs.distance_km[pair].tolist(),
            net_value(waterfall(plan.parameters, factors)).tolist(),
            net_co2_kg_per_t(plan.parameters, factors).tolist(),
            strict=True,
        )
    )


def quota_uses_of(
    plan: Plan, sides: Sides, quotas: tuple[Quota, ...], answer: Blended
) -> tuple[QuotaUse, ...]:
    last = len(sides.room) - len(sides.kilns.low)
    mine = slice(last - len(quotas), last)
    every = np.concatenate((answer.flow, answer.beside))
    used = np.bincount(sides.entries.row, every[sides.entries.column], len(sides.room))[mine]
    ends = answer.side_ends
    lexicographic = plan.model.network.lexicographic
    more = level_worths(ends.more[:, mine], lexicographic=lexicographic)
    less = level_worths(ends.less[:, mine], lexicographic=lexicographic)
    return tuple(
        QuotaUse(
            quota.sink_id,
            quota.codes,
            float(tonnes),
            quota.tonnes,
            gain,
            loss,
            exact=bool(exact),
            year=quota.year,
        )
        for quota, tonnes, gain, loss, exact in zip(
            quotas, used, more, less, ends.exact[mine], strict=True
        )
        if quota.held
    )


def merit_of(plan: Plan, lists: Written, clinker: tuple[float, float]) -> float:
    """Add up the objective over the flows, less what storage and the clinker cost in it.

    `clinker` is yuan and kg of process CO2.
    """
    parameters, weights = plan.parameters, plan.parameters.weights
    value = math.fsum(flow.tonnes * flow.value_yuan_per_t for flow in lists.flows)
    value -= plan.allocation.storage_yuan + clinker[0]
    co2 = math.fsum(flow.tonnes * flow.co2_kg_per_t for flow in lists.flows) - clinker[1]
    if parameters.objective is Objective.NET_CO2:
        return co2
    if parameters.objective is not Objective.WEIGHTED:
        return value
    tonnes = math.fsum(flow.tonnes for flow in lists.flows)
    tonne_km = math.fsum(flow.tonnes * flow.distance_km for flow in lists.flows)
    return (
        weights.yuan * value
        + weights.co2_kg * co2
        + weights.tonne * tonnes
        + weights.tonne_km * tonne_km
    )


def slot_uses_of(plan: Plan) -> tuple[SlotUse, ...]:
    return tuple(
        _slot_use(slot, period, slot.tonnes[t], used)
        for t, period in enumerate(plan.periods)
        for slot, used in zip(plan.rows.slots, plan.allocation.used[t].tolist(), strict=True)
    )


def _slot_use(slot: Slot, period: str, room: float, used: float) -> SlotUse:
    """Call a slot full that less than a gram, a linear solver's tolerance, is missing from."""
    spare = room - used
    return SlotUse(slot.id, period, *((used, spare) if abs(spare) >= _WEIGHABLE_T else (room, 0.0)))


def stocks_of(plan: Plan) -> tuple[Stock, ...]:
    """List what every yard and silo holds at the end of each period, empty ones left out."""
    sides = (
        (Side.SUPPLY, plan.rows.supplies, plan.allocation.supply_stock),
        (Side.SLOT, plan.rows.slots, plan.allocation.slot_stock),
    )
    return tuple(
        Stock(side, rows[row].id, plan.periods[period], float(tonnes[period, row]))
        for side, rows, tonnes in sides
        for period, row in zip(*(axis.tolist() for axis in np.nonzero(tonnes)), strict=True)
    )


def unmatched_of(plan: Plan) -> tuple[Unmatched, ...]:
    pairs, count = plan.pairs, len(plan.rows.supplies)
    in_radius = _count(pairs.supply, count)
    refused = _count(pairs.supply[~pairs.passes], count)
    arcs = _count(pairs.supply[plan.model.kept], count)
    held = _held_back(plan)
    wanted = {use.material_id for slot in plan.rows.slots for use in slot.accepts}
    cut = _cut_off(plan)
    left = plan.allocation.left + cut
    period, row = np.nonzero(left > 0)
    return tuple(
        Unmatched(
            plan.rows.supplies[i].id,
            plan.periods[t],
            tonnes,
            Remainder.NOT_ACCEPTED
            if plan.rows.supplies[i].material_id not in wanted
            else Remainder.TOO_LITTLE
            if tonnes <= cut[t, i]
            else Remainder.HELD_BACK
            if held[t, i]
            else _reason(plan, int(in_radius[i]), int(refused[i]), int(arcs[i])),
            int(in_radius[i]),
            int(refused[i]),
        )
        for t, i, tonnes in zip(
            period.tolist(), row.tolist(), left[period, row].tolist(), strict=True
        )
    )


def _cut_off(plan: Plan) -> Floats:
    """Return what of each supply is too fine for the plan's quanta; shape (periods, rows)."""
    planned = plan.model.supply.amount
    exact = np.array([row.tonnes for row in plan.rows.supplies], np.float64)
    exact = exact.reshape(-1, len(planned)).T.copy()
    opening = [(row.storage or Storage()).opening_t for row in plan.rows.supplies]
    exact[:1] += opening
    cut = exact - planned / plan.model.quanta_per_tonne
    none = np.zeros_like(cut)
    return np.where(cut > _CUT * np.maximum(1.0 / plan.model.quanta_per_tonne, exact), cut, none)


def _held_back(plan: Plan) -> Flags:
    """Mark supplies, shape (periods, rows), with a slot in reach that has room and would gain."""
    held = np.zeros_like(plan.allocation.left, np.bool_)
    if not plan.allocation.complete:
        return held
    kept, network = plan.model.kept, plan.model.network
    room = np.array([slot.tonnes for slot in plan.rows.slots], np.float64).T
    spare = room.reshape(held.shape[0], -1) - plan.allocation.used > _WEIGHABLE_T
    gains = network.lexicographic | (network.cost[: len(kept)] < 0)
    for period in range(held.shape[0]):
        open_to = gains & spare[period, plan.pairs.slot[kept]]
        held[period, plan.pairs.supply[kept[open_to]]] = True
    return held


def _count(index: Ints, rows: int) -> Ints:
    return np.bincount(index, minlength=rows)


def _reason(plan: Plan, in_radius: int, refused: int, arcs: int) -> Remainder:
    """With slots left that it may reach at a gain, tonnes would have been matched."""
    if not in_radius:
        return Remainder.NO_SLOT_IN_RADIUS
    if refused == in_radius:
        return Remainder.ALL_REFUSED
    if not plan.allocation.complete:
        return Remainder.NOT_SOLVED
    return Remainder.SLOTS_FULL if arcs else Remainder.NOT_WORTH_IT
