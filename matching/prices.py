"""Duals: what one more or one less tonne is worth, as a range where the optimum is degenerate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.allocate import Model
from matching.blended import Blended
from matching.candidates import Rows
from matching.geography import Flags, Floats, Ints
from matching.kiln_rows import Kilns
from matching.network import UNREACHED, Prices, Solved, balance, bound, prices, without
from matching.problem import Slot, Supply
from matching.ranges import Ends
from matching.result import Dual, RoomDual, Side, Worth
from matching.room_prices import room_ends
from matching.rooms import Rooms


@dataclass(frozen=True, slots=True)
class Proof:
    """Prices of an optimal plan and what they prove; bounds in tonnes and in tonne-km or yuan.

    One dual per node, one of `rooms` per place of `Rooms`; None where the plan is not finished and
    there is no price.
    """

    duals: tuple[Dual | None, ...] = ()
    rooms: tuple[RoomDual | None, ...] = ()
    tonnes_bound: float | None = None
    cost_bound: float | None = None


def proof_of(
    model: Model, solved: Solved, rows: Rows, periods: tuple[str, ...], elsewhere: Flags
) -> Proof:
    """Prove what was solved as a network, but for nodes decided `elsewhere`; bound the rest."""
    if not solved.still_open.any():
        return _prove(model, solved.flow, rows, periods, elsewhere)
    closed = replace(model, network=without(model.network, solved.still_open))
    proof = _prove(closed, solved.flow, rows, periods, elsewhere | solved.still_open)
    return _with_open(proof, _loose_proof(model, solved.still_open), model, solved.still_open)


def proof_of_blended(
    model: Model, answer: Blended, kilns: Kilns, rows: Rows, periods: tuple[str, ...]
) -> Proof:
    """Prove what was solved as programmes; with kilns that may gain, the rest has no bound."""
    proof = _prove_blended(model, answer, rows, periods)
    if answer.complete:
        return proof
    rest = _loose_proof(model, answer.still_open)
    if not kilns.only_cost:
        rest = replace(rest, cost_bound=None)
    return _with_open(proof, rest, model, answer.still_open)


def _with_open(proof: Proof, rest: Proof, model: Model, still_open: Flags) -> Proof:
    """Leave out the prices of what was not finished."""
    silent = Proof((None,) * len(proof.duals), (None,) * len(proof.rooms))
    left = joined(proof, silent, model, still_open)
    return replace(
        left,
        tonnes_bound=_added(proof.tonnes_bound, rest.tonnes_bound),
        cost_bound=_added(proof.cost_bound, rest.cost_bound),
    )


def _prove(
    model: Model, flow: Ints, rows: Rows, periods: tuple[str, ...], elsewhere: Flags
) -> Proof:
    found = prices(model.network, flow)
    quanta, cost = bound(model.network, found)
    lexicographic = model.network.lexicographic
    return Proof(
        duals=_duals(model, flow, found, rows, periods),
        rooms=_room_duals(
            model, room_ends(model, Rooms.of(model), flow, found, elsewhere), rows, periods
        ),
        tonnes_bound=quanta / model.quanta_per_tonne if lexicographic else None,
        cost_bound=(cost if lexicographic else -cost) / model.quanta_per_tonne,
    )


def _loose_proof(model: Model, still_open: Flags) -> Proof:
    """Bound parts that were not finished: every tonne goes where it alone would do most.

    Tonnes have no more than one side has; under them, a bound on tonne-km says nothing.
    """
    network, pairs = model.network, np.arange(len(model.kept) * model.periods)
    pairs = pairs[still_open[network.tail[pairs]]]
    tail, head = network.tail[pairs], network.head[pairs]
    inject = np.where(still_open, network.inject, 0)
    if network.lexicographic:
        absorb = np.where(still_open, network.absorb, 0)
        ends = (inject[np.unique(tail)].sum(), absorb[np.unique(head)].sum())
        stored = bool(model.supply_yards.size or model.slot_yards.size)
        every = (inject.sum(), absorb.sum())
        return Proof(tonnes_bound=float(min(every if stored else ends)) / model.quanta_per_tonne)
    rows = max(1, model.supply.amount.shape[1])
    best = np.zeros(rows)
    np.maximum.at(best, tail % rows, -network.cost[pairs])
    amount = inject[: model.split].reshape(-1, rows).sum(axis=0) if model.split else np.zeros(1)
    return Proof(cost_bound=float(amount @ best) / model.quanta_per_tonne)


def _prove_blended(model: Model, answer: Blended, rows: Rows, periods: tuple[str, ...]) -> Proof:
    lexicographic = model.network.lexicographic
    held = (model.network.inject + model.network.absorb > 0).tolist()
    ends = answer.node_ends
    exact = ends.exact & ~_ends_waiting(rows, len(periods))
    columns = zip(
        _names(rows, periods),
        level_worths(ends.more, lexicographic=lexicographic),
        level_worths(ends.less, lexicographic=lexicographic),
        exact.tolist(),
        held,
        strict=True,
    )
    return Proof(
        duals=tuple(
            Dual(side, row_id, period, more, less if has else None, exact=sure)
            for (side, row_id, period), more, less, sure, has in columns
        ),
        rooms=_room_duals(model, answer.room_ends, rows, periods),
        tonnes_bound=answer.tonnes_bound,
        cost_bound=answer.cost_bound if lexicographic else -answer.cost_bound,
    )


def joined(plain: Proof, linear: Proof, model: Model, nodes: Flags) -> Proof:
    """Take each price from where its part was decided: `linear` for `nodes`; bounds add up."""
    pairs = zip(plain.duals, linear.duals, nodes.tolist(), strict=True)
    inside = nodes[Rooms.of(model).nodes(model)].tolist()
    rooms = zip(plain.rooms, linear.rooms, inside, strict=True)
    return Proof(
        duals=tuple(theirs if marked else ours for ours, theirs, marked in pairs),
        rooms=tuple(theirs if marked else ours for ours, theirs, marked in rooms),
        tonnes_bound=_added(plain.tonnes_bound, linear.tonnes_bound),
        cost_bound=_added(plain.cost_bound, linear.cost_bound),
    )


def _room_duals(
    model: Model, ends: Ends, rows: Rows, periods: tuple[str, ...]
) -> tuple[RoomDual, ...]:
    lexicographic, rooms = model.network.lexicographic, Rooms.of(model)
    columns = zip(
        rooms.names(rows, periods),
        level_worths(ends.more, lexicographic=lexicographic),
        level_worths(ends.less, lexicographic=lexicographic),
        ends.exact.tolist(),
        rooms.has_room(model).tolist(),
        strict=True,
    )
    return tuple(
        RoomDual(side, row_id, period, more, less if has else None, exact=sure)
        for (side, row_id, period), more, less, sure, has in columns
    )


def _added(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one + other


def level_worths(gains: Floats, *, lexicographic: bool) -> list[Worth]:
    """Read gains, shape (2, rows); without a tonne gained, a relaxation can only save way."""
    first, second = np.maximum(gains[0], 0.0), gains[1]
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
        Dual(side, row_id, period, gain or Worth(), loss, price, exact=not stocked)
        for (side, row_id, period), gain, loss, price, stocked in zip(
            names, *columns, _ends_waiting(rows, len(periods)).tolist(), strict=True
        )
    )


def _ends_waiting(rows: Rows, periods: int) -> Flags:
    """Mark, in order of the nodes, where one more tonne first ends what waits there.

    A slot fills more room from its opening stock and from contracts in its silo, and a supply sends
    a contract later tonnes in place of those that wait for it: the price is of new pairs alone.
    """
    left = np.array([row.storage.opening_t if row.storage else 0.0 for row in rows.slots])
    marks = np.zeros((periods, len(rows.slots)), np.bool_)
    for period in range(periods if left.any() else 0):
        marks[period] = left > 0
        left = np.maximum(0.0, left - [row.tonnes[period] for row in rows.slots])
    marks |= _held(rows.slots, periods)
    awaited = np.zeros((periods, len(rows.supplies)), np.bool_)
    awaited[1:] = _held(rows.supplies, periods)[:-1]
    return np.concatenate((awaited.ravel(), marks.ravel()))


def _held(rows: Sequence[Supply | Slot], periods: int) -> Flags:
    """Tell, in shape (periods, rows), where contracts keep something beyond the period."""
    held = np.zeros((periods, len(rows)), np.bool_)
    for index, row in enumerate(rows):
        if row.storage is not None and row.storage.held_t:
            held[:, index] = np.array(row.storage.held_t) > 0
    return held


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
    nothing = Worth()
    return [
        (Worth(tonnes=float(t), tonne_km=km) if t or km else nothing) if flag else None
        for t, km, flag in zip(tonnes.tolist(), saved.tolist(), flags.tolist(), strict=True)
    ]
