"""Minimum lots and numbers of suppliers: who supplies whom becomes a matter of yes or no.

What a contract brings is part of its supplier's lot, and its supplier holds a place already.
"""

from dataclasses import dataclass

import numpy as np

from matching.allocate import Model
from matching.candidates import Pairs, Rows, fixed_lots
from matching.geography import Flags, Floats, Ints
from matching.problem import Problem


@dataclass(frozen=True, slots=True)
class Choices:
    """Arcs of a part that are chosen or not, and the groups of which only so many may be.

    `min_lot` per such arc; `group` numbers slot and period; `most` per group, infinite = any.
    """

    arcs: Ints
    min_lot: Floats
    group: Ints
    most: Floats

    @classmethod
    def none(cls) -> "Choices":
        nobody = np.zeros(0, np.int64)
        return cls(nobody, np.zeros(0), nobody, np.zeros(0))

    def only(self, which: Flags) -> "Choices":
        """Keep some of the arcs; the groups keep their numbers."""
        return Choices(self.arcs[which], self.min_lot[which], self.group[which], self.most)


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules, and the ends of each kept pair.

    `has` and `min_lot` per kept pair: the larger lot of its two ends; `most` per slot. `fixed`
    tonnes by slot and period, and there by supply.
    """

    supply_of_pair: Ints
    slot_of_pair: Ints
    has: Flags
    min_lot: Floats
    most: Floats
    fixed: dict[tuple[int, int], dict[int, float]]

    @classmethod
    def of(cls, rows: Rows, pairs: Pairs, model: Model, problem: Problem) -> "Rules":
        supply, slot = pairs.supply[model.kept], pairs.slot[model.kept]
        sent = np.array([row.min_lot_t for row in rows.supplies], np.float64)
        taken = np.array([row.min_lot_t for row in rows.slots], np.float64)
        most = np.array(
            [np.inf if row.max_suppliers is None else row.max_suppliers for row in rows.slots],
            np.float64,
        )
        min_lot = np.maximum(sent[supply], taken[slot])
        has = (min_lot > 0) | np.isfinite(most[slot])
        return cls(supply, slot, has, min_lot, most, fixed_lots(problem, rows))

    def on(self, model: Model, arcs: Ints) -> Choices:
        """Pick the choices among a part's arcs; positions count within the part."""
        kept = len(self.slot_of_pair)
        pair_arcs = np.nonzero(arcs < kept * model.periods)[0]
        if not kept or not self.has.any():
            return Choices.none()
        columns = pair_arcs[self.has[arcs[pair_arcs] % kept]]
        pair = arcs[columns] % kept
        slot, min_lot = self.slot_of_pair[pair], self.min_lot[pair]
        key = slot * model.periods + arcs[columns] // kept
        groups, group = np.unique(key, return_inverse=True)
        most = self.most[groups // model.periods]
        if not self.fixed:
            return Choices(columns, min_lot, group, most)
        bound = [self.fixed.get(divmod(one, model.periods), {}) for one in groups.tolist()]
        places = np.maximum(0.0, most - np.array([len(one) for one in bound], np.float64))
        supply = self.supply_of_pair[pair]
        there = np.array(
            [bound[g].get(i, 0.0) for g, i in zip(group.tolist(), supply.tolist(), strict=True)],
            np.float64,
        )
        # Who is under contract stands in a group where anybody may.
        return Choices(
            columns,
            np.maximum(0.0, min_lot - there),
            np.where(there > 0, len(groups), group),
            np.append(places, np.inf),
        )
