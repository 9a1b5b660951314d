"""From pairs to a flow network and back: which tonnes go where, period by period.

Each supply and each slot is a node in every period. A yard or silo is an arc from a node to
itself a period later. What is in a receiver's silo at the start is used up first: it lowers what
the receiver takes, and its room, until it is gone.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from matching.candidates import Pairs, Rows
from matching.economics import storage_weight
from matching.geography import Flags, Floats, Ints
from matching.network import Amount, Network, balance
from matching.problem import Objective, Parameters, Slot, Storage, Supply

_QUANTA_PER_TONNE = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
"""Amounts are whole multiples of the coarsest of these; beyond a gram nothing is weighed."""

_NO_YARD = Storage()
_DUST_T = 1e-6
"""Less than a gram is a linear solver's tolerance; whole quanta are never below it."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Whole quanta, shape (periods, rows): what comes or is taken, and room to the next period.

    `eaten` is what a slot takes of its opening stock in each period, `stock` what then remains.
    """

    amount: Ints
    room: Ints
    eaten: Ints
    stock: Ints


@dataclass(frozen=True, slots=True)
class Model:
    """`kept` are the rows of `Pairs` that became arcs, the same in every period.

    The arcs are the kept pairs period by period, then `yards`: (row, period) of supplies' and
    slots' storage, shape (2, arcs).
    """

    network: Network
    quanta_per_tonne: int
    kept: Ints
    supply: Amounts
    slot: Amounts
    supply_yards: Ints
    slot_yards: Ints
    storage_yuan: Floats

    @property
    def periods(self) -> int:
        return len(self.supply.amount)

    @property
    def split(self) -> int:
        """Number of supply nodes; slot nodes follow, both period by period."""
        return self.supply.amount.size


@dataclass(frozen=True, slots=True)
class Allocation:
    """Tonnes, shape (periods, kept pairs) or (periods, rows)."""

    tonnes: Floats
    left: Floats
    used: Floats
    supply_stock: Floats
    slot_stock: Floats
    storage_yuan: float
    complete: bool
    parts: int


def build(pairs: Pairs, merit: Floats, rows: Rows, periods: int, parameters: Parameters) -> Model:
    """Turn passing pairs into arcs.

    `merit` is the objective per tonne of each pair. A pair that only costs has a place nowhere
    but where it may dilute a blend or spare a virgin feed, unless tonnes come first.
    """
    by_tonnes = parameters.objective is Objective.TONNES
    blends = np.array([bool(row.blend or row.raw_mix) for row in rows.slots], np.bool_)
    kept = np.nonzero(pairs.passes & (by_tonnes | (merit > 0) | blends[pairs.slot]))[0]
    scale = quanta_per_tonne((*rows.supplies, *rows.slots))
    supply = _supply_amounts(rows.supplies, scale, periods)
    slot = _slot_amounts(rows.slots, scale, periods)
    supply_yards, slot_yards = _yards(rows.supplies, periods), _yards(rows.slots, periods)
    cost = pairs.distance_km if by_tonnes else -merit
    weight = storage_weight(parameters)
    holding = [
        _holding_yuan(rows.supplies, supply_yards),
        _holding_yuan(rows.slots, slot_yards),
    ]
    tail, head, capacity = _arcs(pairs, kept, supply, slot, supply_yards, slot_yards)
    network = Network(
        tail=tail,
        head=head,
        capacity=capacity,
        scarce=_scarce(len(kept) * periods, len(tail)),
        cost=np.concatenate((np.tile(cost[kept], periods), *(weight * yuan for yuan in holding))),
        inject=np.concatenate((supply.amount.ravel(), np.zeros(slot.amount.size, np.int64))),
        absorb=np.concatenate((np.zeros(supply.amount.size, np.int64), slot.amount.ravel())),
        lexicographic=by_tonnes,
    )
    holding_yuan = np.concatenate(holding)
    return Model(network, scale, kept, supply, slot, supply_yards, slot_yards, holding_yuan)


def _supply_amounts(rows: Sequence[Supply], scale: int, periods: int) -> Amounts:
    amount = _quanta(rows, scale, periods)
    opening, room = _yard_quanta(rows, scale, periods)
    if periods:
        amount[0] += opening
    none = np.zeros_like(amount)
    return Amounts(amount, room, none, none)


def _slot_amounts(rows: Sequence[Slot], scale: int, periods: int) -> Amounts:
    amount = _quanta(rows, scale, periods)
    opening, room = _yard_quanta(rows, scale, periods)
    eaten = np.minimum(opening, np.cumsum(amount, axis=0))
    eaten[1:] -= eaten[:-1].copy()
    stock = opening - np.cumsum(eaten, axis=0)
    return Amounts(amount - eaten, room - stock, eaten, stock)


def _yards(rows: Sequence[Supply | Slot], periods: int) -> Ints:
    """List (row, period) of every store and each period after which it can keep something.

    Also where stock or contracts fill it for now: a tonne of room more has a worth there.
    """
    stores = np.array([(row.storage or _NO_YARD).room_t > 0 for row in rows], np.bool_)
    period, row = np.nonzero(np.tile(stores, (max(0, periods - 1), 1)))
    return np.stack((row, period))


def _holding_yuan(rows: Sequence[Supply | Slot], yards: Ints) -> Floats:
    yuan = np.array([(row.storage or _NO_YARD).cost_yuan_per_t for row in rows], np.float64)
    held: Floats = yuan[yards[0]]
    return held


def _arcs(
    pairs: Pairs, kept: Ints, supply: Amounts, slot: Amounts, supply_yards: Ints, slot_yards: Ints
) -> tuple[Ints, Ints, Ints]:
    """Return tail, head and capacity; a pair's capacity is what its ends can ever give and take."""
    periods, supplies = supply.amount.shape
    slots = slot.amount.shape[1]
    i, j = pairs.supply[kept], pairs.slot[kept]
    ever, later = supply.amount.copy(), slot.amount.copy()
    for t in range(1, periods):
        ever[t] += np.minimum(ever[t - 1], supply.room[t - 1])
        later[-1 - t] += np.minimum(later[-t], slot.room[-1 - t])
    steps = range(periods)
    first_slot = periods * supplies
    supply_tail = supply_yards[1] * supplies + supply_yards[0]
    slot_tail = first_slot + slot_yards[1] * slots + slot_yards[0]
    return (
        np.concatenate([*(t * supplies + i for t in steps), supply_tail, slot_tail]),
        np.concatenate(
            [
                *(first_slot + t * slots + j for t in steps),
                supply_tail + supplies,
                slot_tail + slots,
            ]
        ),
        np.concatenate(
            [
                *(np.minimum(ever[t][i], later[t][j]) for t in steps),
                supply.room[supply_yards[1], supply_yards[0]],
                slot.room[slot_yards[1], slot_yards[0]],
            ]
        ),
    )


def _scarce(pairs: int, arcs: int) -> Flags:
    """Mark the yards; a pair's capacity only repeats what its ends have."""
    return np.arange(arcs) >= pairs


def allocation_of(model: Model, flow: Amount, *, complete: bool, parts: int) -> Allocation:
    """Read stocks, remainders and uses off a flow in quanta, whole or not."""
    left, absorbed = balance(model.network, flow)
    scale, shape = model.quanta_per_tonne, model.supply.amount.shape
    left = np.where(left < _DUST_T * scale, np.zeros_like(left), left)
    pair_flow = flow[: len(model.kept) * model.periods].reshape(model.periods, -1)
    yard_flow = flow[pair_flow.size :]
    supply_stock = _stocks(model.supply, model.supply_yards, yard_flow)
    slot_stock = _stocks(model.slot, model.slot_yards, yard_flow[model.supply_yards.shape[1] :])
    left = left[: model.split].reshape(shape)
    supply_stock[-1:] = np.minimum(left[-1:], model.supply.room[-1:])
    left[-1:] -= supply_stock[-1:]
    return Allocation(
        tonnes=pair_flow / scale,
        left=left / scale,
        used=(absorbed[model.split :].reshape(model.slot.amount.shape) + model.slot.eaten) / scale,
        supply_stock=supply_stock / scale,
        slot_stock=(slot_stock + model.slot.stock) / scale,
        storage_yuan=float(yard_flow @ model.storage_yuan) / scale,
        complete=complete,
        parts=parts,
    )


def _stocks(amounts: Amounts, yards: Ints, flow: Amount) -> Amount:
    stock = np.zeros(amounts.amount.shape, flow.dtype)
    stock[yards[1], yards[0]] = flow[: yards.shape[1]]
    return stock


def quanta_per_tonne(rows: Iterable[Supply | Slot]) -> int:
    """Choose the coarsest quantum that divides every amount; finer than a gram is cut off."""
    amounts = np.array(
        [
            tonnes
            for row in rows
            for tonnes in (
                *row.tonnes,
                *(_amounts_of(row.storage) if row.storage else ()),
            )
        ],
        np.float64,
    )
    for scale in _QUANTA_PER_TONNE:
        scaled = amounts * scale
        if np.all(np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.maximum(1.0, scaled)):
            return scale
    return _QUANTA_PER_TONNE[-1]


def _quanta(rows: Sequence[Supply | Slot], scale: int, periods: int) -> Ints:
    """Shape (periods, rows)."""
    amounts = np.array([row.tonnes for row in rows], np.float64).reshape(len(rows), periods)
    return _whole(amounts.T * scale)


def _amounts_of(yard: Storage) -> tuple[float, ...]:
    return (yard.opening_t, yard.room_t, *yard.held_t)


def _yard_quanta(rows: Sequence[Supply | Slot], scale: int, periods: int) -> tuple[Ints, Ints]:
    """Return opening stocks, and free room, shape (periods, rows)."""
    yards = [row.storage or _NO_YARD for row in rows]
    room = np.array([yard.free_t(periods) for yard in yards], np.float64)
    return (
        _whole(np.array([yard.opening_t for yard in yards], np.float64) * scale),
        _whole(room.reshape(len(rows), periods).T * scale),
    )


def _whole(amounts: Floats) -> Ints:
    """Round to quanta; an amount between two is cut, never stretched."""
    near = np.rint(amounts)
    whole = np.where(np.abs(amounts - near) <= 1e-9 * np.maximum(1.0, near), near, amounts)
    return np.floor(whole).astype(np.int64)
