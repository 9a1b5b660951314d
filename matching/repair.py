"""Makes a nearly feasible plan feasible by sending less, at the least loss.

First-order solvers leave constraints broken by a little. Every row of an allocation but the yards'
balance is kept by a smaller plan or, for blends, by a fitting smaller plan: so flows are first cut
to what their ends have, and then each is lowered as the blends ask, by an exact linear programme
over the flows that are there, which falls apart by slots and is solved in no time.
"""

import numpy as np

from matching.geography import Floats, Ints
from matching.linear import Entries, Outcome, Programme, minimise

_GRAM = 1e-6


def repaired(programme: Programme, flow: Floats, most: Floats, balances: int) -> Floats:
    """Return a plan that keeps every row; `most` bounds each flow.

    The first `balances` rows are supplies and slots; slots have a lower side.
    """
    there = np.nonzero(flow > _GRAM)[0]
    high = np.minimum(flow[there], most[there])
    small = _restricted(programme, there)
    if _is_separable(programme):
        high = _cut(small, high, balances)
        small = _without_balances(small, balances)
    else:
        high = most[there]
    answer = minimise(
        Programme(
            small.cost,
            np.zeros(len(there)),
            high,
            small.entries,
            small.row_low,
            small.row_high,
        )
    )
    whole = np.zeros(len(flow))
    if answer.outcome is Outcome.OPTIMAL:
        whole[there] = np.clip(answer.values, 0.0, high)
    return whole


def _restricted(programme: Programme, columns: Ints) -> Programme:
    position = np.full(len(programme.cost), -1)
    position[columns] = np.arange(len(columns))
    entries = programme.entries
    mine = position[entries.column] >= 0
    return Programme(
        programme.cost[columns],
        programme.low[columns],
        programme.high[columns],
        Entries(entries.row[mine], position[entries.column[mine]], entries.factor[mine]),
        programme.row_low,
        programme.row_high,
    )


def _is_separable(programme: Programme) -> bool:
    """Tell plans without yards: only yards have a flow into a supply or out of a slot."""
    return bool(np.all(np.isinf(programme.high)))


def _cut(programme: Programme, flow: Floats, balances: int) -> Floats:
    """Scale flows down to what each supply has and then to what each slot takes."""
    entries = programme.entries
    balance = np.arange(len(programme.row_low)) < balances
    for is_slot in (False, True):
        rows = balance & (np.isfinite(programme.row_low) == is_slot)
        mine = rows[entries.row]
        row, column = entries.row[mine], entries.column[mine]
        total = np.bincount(row, flow[column], len(rows))
        over = total > programme.row_high
        factor = np.where(over, programme.row_high / np.where(over, total, 1.0), 1.0)
        flow = flow.copy()
        flow[column] *= factor[row]
    return flow


def _without_balances(programme: Programme, balances: int) -> Programme:
    kept = np.arange(len(programme.row_low)) >= balances
    position = np.cumsum(kept) - 1
    entries = programme.entries
    mine = kept[entries.row]
    return Programme(
        programme.cost,
        programme.low,
        programme.high,
        Entries(position[entries.row[mine]], entries.column[mine], entries.factor[mine]),
        programme.row_low[kept],
        programme.row_high[kept],
    )
