"""Re-proves a bound from the published prices: weak duality, checked pair by pair.

With u the loss of one tonne less of a supply and v the gain of one tonne more of a slot's room,
u + v >= worth of the pair for every pair that may meet, and the amounts valued at u and v add up
to the bound. Whoever has the problem and the prices can repeat this with a spreadsheet.
"""

import math

import numpy as np

from matching.candidates import Rows, find_pairs
from matching.economics import net_value, waterfall
from matching.geography import Floats
from matching.problem import Objective, Parameters, Problem
from matching.result import Dual, Result, Side, Worth

_TOLERANCE = 1e-6
"""km or yuan per tonne: prices come from costs rounded to far finer steps."""


def certificate_holds(problem: Problem, parameters: Parameters, result: Result) -> bool:
    rows = Rows.of(problem)
    supplies = [row.id for row in rows.supplies]
    slots = [row.id for row in rows.slots]
    by_row = {(dual.side, dual.id, dual.period): dual for dual in result.duals}
    totals = np.zeros(3)
    pairs = find_pairs(problem, parameters, rows)
    worth = _pair_worths(
        parameters, pairs.distance_km, net_value(waterfall(parameters, pairs.factors))
    )
    for t, period in enumerate(problem.periods):
        u = _prices(by_row, Side.SUPPLY, supplies, period)
        v = _prices(by_row, Side.SLOT, slots, period)
        if u is None or v is None:
            return False
        offered = np.array([row.tonnes[t] for row in rows.supplies])
        room = np.array([row.tonnes[t] for row in rows.slots])
        real = pairs.passes & (offered[pairs.supply] > 0) & (room[pairs.slot] > 0)
        excess = (u[pairs.supply] + v[pairs.slot] - worth)[real]
        if not _lexicographically_non_negative(excess):
            return False
        totals += offered @ u + room @ v
    return _adds_up(parameters, result, totals)


def _pair_worths(parameters: Parameters, distance_km: Floats, value: Floats) -> Floats:
    """Columns: tonnes, tonne-km saved, yuan; of one tonne sent, shape (pairs, 3)."""
    zero = np.zeros(len(value))
    if parameters.objective is Objective.TONNES:
        return np.column_stack((zero + 1, -distance_km, zero))
    return np.column_stack((zero, zero, value))


def _prices(
    by_row: dict[tuple[Side, str, str], Dual], side: Side, ids: list[str], period: str
) -> Floats | None:
    """Shape (rows, 3); None if a row has no price."""
    found = [by_row.get((side, row_id, period)) for row_id in ids]
    if any(dual is None for dual in found):
        return None
    worths = [
        (dual.less or Worth()) if side is Side.SUPPLY else dual.more for dual in found if dual
    ]
    return np.array([(w.tonnes, w.tonne_km, w.yuan) for w in worths]).reshape(-1, 3)


def _lexicographically_non_negative(excess: Floats) -> bool:
    tonnes, saved, yuan = excess.T
    level = np.rint(tonnes)
    ranked = np.where(level == 0, np.minimum(saved, yuan), level)
    return bool(np.all(ranked >= -_TOLERANCE))


def _adds_up(parameters: Parameters, result: Result, totals: Floats) -> bool:
    tonnes, saved, yuan = totals.tolist()
    if parameters.objective is Objective.NET_VALUE:
        return _close(yuan, result.bound)
    return _close(tonnes, result.tonnes_bound) and _close(-saved, result.bound)


def _close(found: float, stated: float | None) -> bool:
    return stated is not None and math.isclose(found, stated, rel_tol=1e-7, abs_tol=1e-2)
