"""Duals: what one more or one less tonne is worth, as a range where the optimum is degenerate."""

from dataclasses import dataclass

import numpy as np

from matching.allocate import Model
from matching.candidates import Rows
from matching.geography import Floats, Ints
from matching.network import UNREACHED, Prices, balance, bound, prices
from matching.result import Dual, Side, Worth


@dataclass(frozen=True, slots=True)
class Proof:
    """Prices of an optimal plan and what they prove; bounds in tonnes and in tonne-km or yuan."""

    duals: tuple[Dual, ...] = ()
    tonnes_bound: float | None = None
    cost_bound: float | None = None


def prove(model: Model, flow: Ints, rows: Rows, periods: tuple[str, ...]) -> Proof:
    found = prices(model.network, flow)
    quanta, cost = bound(model.network, found)
    lexicographic = model.network.lexicographic
    return Proof(
        duals=_duals(model, flow, found, rows, periods),
        tonnes_bound=quanta / model.quanta_per_tonne if lexicographic else None,
        cost_bound=(cost if lexicographic else -cost) / model.quanta_per_tonne,
    )


def _duals(
    model: Model, flow: Ints, found: Prices, rows: Rows, periods: tuple[str, ...]
) -> tuple[Dual, ...]:
    network, layout = model.network, model.layout
    left, absorbed = balance(network, flow)
    spare = network.absorb > absorbed
    supply_more = -np.minimum(found.to_ground, 0)
    supply_less = np.where(left > 0, 0, found.from_ground)
    slot_more = np.where(spare, 0, np.maximum(0, found.priority - found.from_ground))
    slot_less = np.where(spare, 0, found.to_ground + found.priority)
    split = layout.supplies * layout.periods
    supplies = _duals_of(
        Side.SUPPLY,
        [row.id for row in rows.supplies],
        periods,
        found,
        network.lexicographic,
        supply_more[:split],
        supply_less[:split],
        network.inject[:split],
    )
    slots = _duals_of(
        Side.SLOT,
        [row.id for row in rows.slots],
        periods,
        found,
        network.lexicographic,
        slot_more[split:],
        slot_less[split:],
        network.absorb[split:],
    )
    return supplies + slots


def _duals_of(
    side: Side,
    ids: list[str],
    periods: tuple[str, ...],
    found: Prices,
    lexicographic: bool,
    more: Ints,
    less: Ints,
    amount: Ints,
) -> tuple[Dual, ...]:
    """Pair gains and losses with their rows; where there is no tonne to lose, `less` is None."""
    names = ((row_id, period) for period in periods for row_id in ids)
    return tuple(
        Dual(side, row_id, period, gain, loss if held else None)
        for (row_id, period), gain, loss, held in zip(
            names,
            _worths(more, found, lexicographic),
            _worths(less, found, lexicographic),
            (amount > 0).tolist(),
            strict=True,
        )
    )


def _worths(steps: Ints, found: Prices, lexicographic: bool) -> list[Worth]:
    steps = np.where(np.abs(steps) >= UNREACHED // 2, 0, steps)
    if not lexicographic:
        yuan: Floats = steps / found.steps_per_unit
        return [Worth(yuan=value) for value in yuan.tolist()]
    tonnes = np.rint(steps / found.priority)
    saved = (steps - tonnes.astype(np.int64) * found.priority) / found.steps_per_unit
    return [
        Worth(tonnes=t, tonne_km=km) for t, km in zip(tonnes.tolist(), saved.tolist(), strict=True)
    ]
