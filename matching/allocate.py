"""From pairs to a flow network and back: which tonnes go where, period by period."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from matching.candidates import Pairs, Rows
from matching.geography import Floats, Ints
from matching.network import Network, balance
from matching.network import solve as solve_network
from matching.problem import Objective, Slot, Supply

_QUANTA_PER_TONNE = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
"""Amounts are whole multiples of the coarsest of these; beyond a gram nothing is weighed."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a row of a period stands among the nodes: supplies first, period by period."""

    supplies: int
    slots: int
    periods: int

    def supply(self, row: Ints | int, period: int) -> Ints | int:
        return period * self.supplies + row

    def slot(self, row: Ints | int, period: int) -> Ints | int:
        return self.periods * self.supplies + period * self.slots + row


@dataclass(frozen=True, slots=True)
class Allocation:
    """`tonnes` per period and kept pair, shape (periods, kept); the rest per period and row."""

    tonnes: Floats
    left: Floats
    used: Floats
    flow: Ints
    complete: bool
    parts: int


@dataclass(frozen=True, slots=True)
class Model:
    network: Network
    layout: Layout
    quanta_per_tonne: int
    kept: Ints
    """Rows of `Pairs` that became arcs, the same in every period."""


def build(
    pairs: Pairs, value_yuan_per_t: Floats, rows: Rows, periods: int, objective: Objective
) -> Model:
    """Turn passing pairs into arcs; those that lose money have no place in a net-value plan."""
    worth_it = pairs.passes & ((objective is Objective.TONNES) | (value_yuan_per_t > 0))
    kept = np.nonzero(worth_it)[0]
    cost = pairs.distance_km if objective is Objective.TONNES else -value_yuan_per_t
    layout = Layout(len(rows.supplies), len(rows.slots), periods)
    scale = quanta_per_tonne((*rows.supplies, *rows.slots))
    inject = _quanta(rows.supplies, scale, periods)
    absorb = _quanta(rows.slots, scale, periods)
    i, j = pairs.supply[kept], pairs.slot[kept]
    steps = range(periods)
    network = Network(
        tail=np.concatenate([layout.supply(i, t) for t in steps]),
        head=np.concatenate([layout.slot(j, t) for t in steps]),
        capacity=np.concatenate([np.minimum(inject[t][i], absorb[t][j]) for t in steps]),
        scarce=np.zeros(len(kept) * periods, np.bool_),
        cost=np.tile(cost[kept], periods),
        inject=np.concatenate((inject.ravel(), np.zeros(absorb.size, np.int64))),
        absorb=np.concatenate((np.zeros(inject.size, np.int64), absorb.ravel())),
        lexicographic=objective is Objective.TONNES,
    )
    return Model(network, layout, scale, kept)


def allocate(model: Model, should_stop: Callable[[], bool]) -> Allocation:
    flow, complete, parts = solve_network(model.network, should_stop)
    left, absorbed = balance(model.network, flow)
    layout, scale = model.layout, model.quanta_per_tonne
    split = layout.supplies * layout.periods
    return Allocation(
        tonnes=flow.reshape(layout.periods, -1) / scale,
        left=left[:split].reshape(layout.periods, -1) / scale,
        used=absorbed[split:].reshape(layout.periods, -1) / scale,
        flow=flow,
        complete=complete,
        parts=parts,
    )


def quanta_per_tonne(rows: Iterable[Supply | Slot]) -> int:
    """Choose the coarsest quantum that divides every amount; finer than a gram is cut off."""
    amounts = np.array([tonnes for row in rows for tonnes in row.tonnes], np.float64)
    for scale in _QUANTA_PER_TONNE:
        scaled = amounts * scale
        if np.all(np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.maximum(1.0, scaled)):
            return scale
    return _QUANTA_PER_TONNE[-1]


def _quanta(rows: tuple[Supply, ...] | tuple[Slot, ...], scale: int, periods: int) -> Ints:
    """Shape (periods, rows); an amount between two quanta is cut, never stretched."""
    amounts = np.array([row.tonnes for row in rows], np.float64).reshape(-1, periods).T * scale
    near = np.rint(amounts)
    whole = np.where(np.abs(amounts - near) <= 1e-9 * np.maximum(1.0, near), near, amounts)
    return np.floor(whole).astype(np.int64)
