"""Duals: what one more or one less tonne is worth, as a range where the optimum is degenerate."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.allocate import Model
from matching.blended import Blended
from matching.candidates import Rows
from matching.geography import Flags, Floats, Ints
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


def loose_proof(model: Model) -> Proof:
    """Bound a plan that was not finished: every tonne goes where it alone would do most.

    Tonnes have no more than one side has; under them, a bound on tonne-km says nothing.
    """
    network, pairs = model.network, len(model.kept) * model.periods
    tail, head = network.tail[:pairs], network.head[:pairs]
    rows = model.supply.amount.shape[1]
    if network.lexicographic:
        ends = (network.inject[np.unique(tail)].sum(), network.absorb[np.unique(head)].sum())
        stored = bool(model.supply_yards.size or model.slot_yards.size)
        every = (network.inject.sum(), network.absorb.sum())
        return Proof(tonnes_bound=float(min(every if stored else ends)) / model.quanta_per_tonne)
    best = np.zeros(max(rows, 1))
    np.maximum.at(best, tail % max(rows, 1), -network.cost[:pairs])
    amount = network.inject[: model.split].reshape(-1, rows).sum(axis=0) if rows else np.zeros(1)
    return Proof(cost_bound=float(amount @ best) / model.quanta_per_tonne)


def prove_blended(model: Model, answer: Blended, rows: Rows, periods: tuple[str, ...]) -> Proof:
    """Publish the linear programme's duals; one optimal set, so `more` equals `less`."""
    lexicographic = model.network.lexicographic
    held = (model.network.inject + model.network.absorb > 0).tolist()
    worths = level_worths(
        answer.levels.node_first, answer.levels.node_second, lexicographic=lexicographic
    )
    return Proof(
        duals=tuple(
            Dual(side, row_id, period, worth, worth if has else None)
            for (side, row_id, period), worth, has in zip(
                _names(rows, periods), worths, held, strict=True
            )
        ),
        tonnes_bound=answer.tonnes_bound,
        cost_bound=answer.cost_bound if lexicographic else -answer.cost_bound,
    )


def joined(plain: Proof, linear: Proof, nodes: Flags) -> Proof:
    """Take each row's duals from where it was decided; bounds of parts add up."""
    pairs = zip(plain.duals, linear.duals, nodes.tolist(), strict=True)
    return Proof(
        duals=tuple(theirs if marked else ours for ours, theirs, marked in pairs),
        tonnes_bound=_added(plain.tonnes_bound, linear.tonnes_bound),
        cost_bound=_added(plain.cost_bound, linear.cost_bound),
    )


def _added(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def level_worths(first: Floats, second: Floats, *, lexicographic: bool) -> list[Worth]:
    """Without a tonne gained, a relaxation can only save way."""
    if not lexicographic:
        return [Worth(yuan=value) for value in np.maximum(second, 0.0).tolist()]
    saved = np.where(first > 1e-9, second, np.maximum(second, 0.0))
    pairs = zip(first.tolist(), saved.tolist(), strict=True)
    return [Worth(tonnes=tonnes, tonne_km=km) for tonnes, km in pairs]


def _names(rows: Rows, periods: tuple[str, ...]) -> Iterator[tuple[Side, str, str]]:
    return (
        (side, row.id, period)
        for side, of_side in ((Side.SUPPLY, rows.supplies), (Side.SLOT, rows.slots))
        for period in periods
        for row in of_side
    )


def _duals(
    model: Model, flow: Ints, found: Prices, rows: Rows, periods: tuple[str, ...]
) -> tuple[Dual, ...]:
    network, split = model.network, model.split
    left, absorbed = balance(network, flow)
    spare = network.absorb > absorbed
    more = np.where(spare, 0, np.maximum(0, found.priority - found.from_ground))
    less = np.where(spare, 0, found.to_ground + found.priority)
    more[:split] = -np.minimum(found.to_ground, 0)[:split]
    less[:split] = np.where(left > 0, 0, found.from_ground)[:split]
    known = found.from_ground < UNREACHED
    columns = (
        _worths(more, found),
        _worths(less, found, network.inject + network.absorb > 0),
        _worths(found.from_ground, found, known),
    )
    names = _names(rows, periods)
    return tuple(
        Dual(side, row_id, period, gain or Worth(), loss, price)
        for (side, row_id, period), gain, loss, price in zip(names, *columns, strict=True)
    )


def _worths(steps: Ints, found: Prices, known: Flags | None = None) -> list[Worth | None]:
    """Split cost steps into levels; None where `known` says that there is nothing to price."""
    steps = np.where(np.abs(steps) >= UNREACHED // 2, 0, steps)
    flags = np.ones(len(steps), np.bool_) if known is None else known
    if not found.priority:
        yuan: Floats = steps / found.steps_per_unit
        return [
            Worth(yuan=value) if flag else None
            for value, flag in zip(yuan.tolist(), flags.tolist(), strict=True)
        ]
    tonnes = np.rint(steps / found.priority).astype(np.int64)
    saved = (steps - tonnes * found.priority) / found.steps_per_unit
    return [
        Worth(tonnes=float(t), tonne_km=km) if flag else None
        for t, km, flag in zip(tonnes.tolist(), saved.tolist(), flags.tolist(), strict=True)
    ]
