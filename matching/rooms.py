"""The room of yards and silos as things with a price: each period's end, and each store's whole."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.allocate import Model
from matching.candidates import Rows
from matching.geography import Flags, Ints
from matching.problem import Slot, Supply
from matching.result import Side


@dataclass(frozen=True, slots=True)
class PartRooms:
    """The yards of one part: their `columns` among its arcs, and the part's own store of each.

    `places` are those of their prices in `Rooms`: the yards', then the stores'.
    """

    columns: Ints
    store: Ints
    places: Ints

    @property
    def stores(self) -> int:
        return len(self.places) - len(self.columns)


@dataclass(frozen=True, slots=True)
class Rooms:
    """Prices: one per yard arc, in the arcs' order, then one per store for all its arcs at once.

    `arcs` and `store` have shape (yard arcs,); `rows` is what each store belongs to, supplies
    before slots, shape (stores,).
    """

    arcs: Ints
    store: Ints
    period: Ints
    rows: Ints

    @classmethod
    def of(cls, model: Model) -> "Rooms":
        supplies = model.supply.amount.shape[1]
        row = np.concatenate((model.supply_yards[0], supplies + model.slot_yards[0]))
        rows, store = np.unique(row, return_inverse=True)
        first = len(model.kept) * model.periods
        period = np.concatenate((model.supply_yards[1], model.slot_yards[1]))
        return cls(first + np.arange(len(row)), store.reshape(-1), period, rows)

    def __len__(self) -> int:
        return len(self.arcs) + len(self.rows)

    def within(self, arcs: Ints) -> PartRooms:
        """Return the yards among a part's arcs; a store's are all in one part."""
        columns = np.nonzero(np.isin(arcs, self.arcs))[0]
        yards = np.searchsorted(self.arcs, arcs[columns])
        stores, store = np.unique(self.store[yards], return_inverse=True)
        return PartRooms(
            columns, store.reshape(-1), np.concatenate((yards, len(self.arcs) + stores))
        )

    def nodes(self, model: Model) -> Ints:
        """Return a node of the part that each price is found in; shape (prices,)."""
        tail = model.network.tail[self.arcs]
        _, first = np.unique(self.store, return_index=True)
        return np.concatenate((tail, tail[first]))

    def has_room(self, model: Model) -> Flags:
        """Mark prices of room that can become less; shape (prices,)."""
        free = model.network.capacity[self.arcs] > 0
        full = np.bincount(self.store[~free], minlength=len(self.rows)) > 0
        return np.concatenate((free, ~full))

    def names(self, rows: Rows, periods: tuple[str, ...]) -> Iterator[tuple[Side, str, str]]:
        owners: tuple[Supply | Slot, ...] = (*rows.supplies, *rows.slots)
        sides = [
            (Side.SUPPLY if row < len(rows.supplies) else Side.SLOT, owners[row].id)
            for row in self.rows.tolist()
        ]
        for store, period in zip(self.store.tolist(), self.period.tolist(), strict=True):
            yield *sides[store], periods[period]
        for side, row_id in sides:
            yield side, row_id, ""
