"""Re-proves a bound from the published prices: weak duality, checked pair by pair.

A price p stands at every supply and every gate in every period: what a tonne is worth there, or
has cost until it stands there. It proves the bound if nobody gains by moving a tonne: at a gate
it is at most that of any supply allowed to come, plus the way; and what is offered, taken and
stored, valued at it, adds up to the bound. Whoever has the problem and the prices can repeat it.
"""

import math
from collections.abc import Sequence

import numpy as np

from matching.candidates import Pairs, Rows, find_pairs
from matching.economics import merit, storage_weight
from matching.geography import Flags, Floats
from matching.problem import Objective, Parameters, Problem, Slot, Storage, Supply
from matching.result import Dual, Result, Side

_TOLERANCE = 1e-6
"""km or yuan per tonne: prices come from costs rounded to far finer steps."""
_NOWHERE = (0.0, math.inf)
_NO_YARD = Storage()
_GRAM = 1e-6
"""Amounts finer than a gram are cut: what is less is nothing, and has no price."""


def certificate_holds(problem: Problem, parameters: Parameters, result: Result) -> bool:
    """Prices have two levels in the last axis: tonnes, and tonne-km or yuan."""
    rows = Rows.of(problem)
    by_row = {(dual.side, dual.id, dual.period): dual for dual in result.duals}
    if len(by_row) != len(problem.periods) * (len(rows.supplies) + len(rows.slots)):
        return False
    ranked = parameters.objective is Objective.TONNES
    ceiling = np.array([1.0 if ranked else 0.0, 0.0])
    here = _prices(by_row, Side.SUPPLY, rows.supplies, problem.periods)
    there = _prices(by_row, Side.SLOT, rows.slots, problem.periods)
    there = np.where(_is_above(there, ceiling)[..., None], ceiling, there)
    offered, yard = _offered(rows.supplies, len(problem.periods))
    taken, silo = _taken(rows.slots, len(problem.periods))
    if np.any(_is_above(-here, np.zeros(2)) & (offered > 0)):
        return False
    if not _pairs_hold(find_pairs(problem, parameters, rows), parameters, here, there, ranked):
        return False
    weight = storage_weight(parameters)
    total = _valued(offered, here) + _valued(taken, ceiling - there)
    total += _valued(yard, _gain_of_keeping(here, rows.supplies, weight))
    total += _valued(silo, _gain_of_keeping(there, rows.slots, weight))
    return _adds_up(result, total, ranked=ranked)


def _prices(
    by_row: dict[tuple[Side, str, str], Dual],
    side: Side,
    rows: Sequence[Supply | Slot],
    periods: tuple[str, ...],
) -> Floats:
    """Shape (periods, rows, 2); where no tonne can come the price is beyond everything."""
    found = [by_row[side, row.id, period].price for period in periods for row in rows]
    levels = [_NOWHERE if p is None else (p.tonnes, p.tonne_km + p.yuan) for p in found]
    return np.array(levels, np.float64).reshape(len(periods), len(rows), 2)


def _is_above(price: Floats, floor: Floats) -> Flags:
    """Compare level by level, the first deciding unless equal."""
    first, second = np.rint(price[..., 0] - floor[0]), price[..., 1] - floor[1]
    above: Flags = (first > 0) | ((first == 0) & (second > _TOLERANCE))
    return above | np.isposinf(price[..., 1])


def _pairs_hold(
    pairs: Pairs, parameters: Parameters, here: Floats, there: Floats, ranked: bool
) -> bool:
    way = pairs.distance_km if ranked else -merit(parameters, pairs.factors)
    reach = here[:, pairs.supply[pairs.passes]].copy()
    reach[..., 1] += way[pairs.passes]
    excess = there[:, pairs.slot[pairs.passes]] - np.where(np.isinf(reach), 0.0, reach)
    known = np.isfinite(reach[..., 1])
    return not np.any(_is_above(excess, np.zeros(2)) & known)


def _offered(rows: Sequence[Supply], periods: int) -> tuple[Floats, Floats]:
    """Return tonnes, shape (periods, rows), and room to the next period, one row fewer."""
    tonnes = np.array([row.tonnes for row in rows], np.float64).reshape(len(rows), periods).T
    tonnes = tonnes.copy()
    tonnes[:1] += [(row.storage or _NO_YARD).opening_t for row in rows]
    room = np.array([(row.storage or _NO_YARD).free_t(periods) for row in rows], np.float64)
    return _cut(tonnes), room.reshape(len(rows), periods).T[: max(0, periods - 1)]


def _taken(rows: Sequence[Slot], periods: int) -> tuple[Floats, Floats]:
    """Return what deliveries can fill, and room beside what is left of the opening stock."""
    tonnes = np.zeros((periods, len(rows)))
    room = np.zeros((max(0, periods - 1), len(rows)))
    for column, row in enumerate(rows):
        silo = row.storage or _NO_YARD
        stock, free = silo.opening_t, silo.free_t(periods)
        for period, amount in enumerate(row.tonnes):
            eaten = min(stock, amount)
            stock -= eaten
            tonnes[period, column] = amount - eaten
            if period + 1 < periods:
                room[period, column] = free[period] - stock
    return _cut(tonnes), room


def _cut(tonnes: Floats) -> Floats:
    return np.where(tonnes < _GRAM * (1 - _TOLERANCE), 0.0, tonnes)


def _gain_of_keeping(price: Floats, rows: Sequence[Supply | Slot], weight: float) -> Floats:
    """Price the waiting of a tonne for a period, where it gains; shape (periods - 1, rows, 2)."""
    cost = weight * np.array([(row.storage or _NO_YARD).cost_yuan_per_t for row in rows])
    now = np.where(np.isinf(price[:-1]), 0.0, price[:-1])
    gain = price[1:] - now
    gain[..., 1] -= cost
    gains = _is_above(gain, np.zeros(2)) & np.isfinite(price[:-1, :, 1])
    return np.where(gains[..., None], gain, 0.0)


def _valued(tonnes: Floats, price: Floats) -> Floats:
    """Sum amounts at their prices; what has no tonnes needs no price."""
    real = tonnes > 0
    total: Floats = (tonnes[real][:, None] * price[real]).sum(axis=0)
    return total


def _adds_up(result: Result, total: Floats, *, ranked: bool) -> bool:
    tonnes, second = total.tolist()
    if not ranked:
        return _close(second, result.bound)
    return _close(tonnes, result.tonnes_bound) and _close(-second, result.bound)


def _close(found: float, stated: float | None) -> bool:
    return stated is not None and math.isclose(found, stated, rel_tol=1e-7, abs_tol=1e-2)
