"""What comes to a kiln without being asked for in its month: contracts, and lots out of a silo.

A silo holds each lot apart, so that what leaves it has a known analysis.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from matching.allocate import Model
from matching.candidates import Pairs, Rows, fixed_lots
from matching.geography import Flags, Floats, Ints
from matching.kiln import RawMixLine
from matching.problem import Problem


@dataclass(frozen=True, slots=True)
class Promised:
    """Tonnes as received under contract into a line: `lots` are supplies, shape (periods, lots)."""

    lots: Ints
    tonnes: Floats

    @classmethod
    def of(cls, problem: Problem, rows: Rows, line: RawMixLine) -> "Promised":
        found: dict[int, Floats] = defaultdict(lambda: np.zeros(len(problem.periods)))
        for (slot, period), bound in fixed_lots(problem, rows).items():
            own = rows.slots[slot].raw_mix
            for supply, amount in bound.items() if own is not None and own.id == line.id else ():
                found[supply][period] += amount
        lots = np.array(sorted(found), np.int64)
        tonnes = np.array([found[lot] for lot in lots.tolist()], np.float64)
        return cls(lots, tonnes.reshape(len(lots), len(problem.periods)).T)

    def only(self, which: Flags) -> "Promised":
        return Promised(self.lots[which], self.tonnes[:, which])


@dataclass(frozen=True, slots=True)
class Silos:
    """The arcs into slots with a silo, by their place among the kiln's (`into`).

    `room` is what of each arc's lot finds room at the end of a period, shape (periods, into).
    `yard` is, by period, the arc that carries the whole silo on, -1 where nothing can be kept.
    """

    into: Ints
    room: Floats
    yard: Ints

    @classmethod
    def of(cls, pairs: Pairs, model: Model, arcs: Ints) -> "Silos":
        slot = pairs.slot[model.kept][arcs]
        free = model.slot.room[:, slot] / model.quanta_per_tonne
        free[-1:] = 0.0
        into = np.nonzero(free.any(axis=0))[0]
        first = len(model.kept) * model.periods + model.supply_yards.shape[1]
        yard_of = np.full(model.slot.room.shape, -1)
        yard_of[model.slot_yards[1], model.slot_yards[0]] = first + np.arange(
            model.slot_yards.shape[1]
        )
        return cls(into, free[:, into], yard_of[:, slot[into]])
