"""Minimum lots and numbers of suppliers: who supplies whom becomes a matter of yes or no.

What a contract brings is part of its supplier's lot, and its supplier holds a place already.
"""

from dataclasses import dataclass

import numpy as np

from matching.allocate import Model
from matching.candidates import Pairs, Rows, fixed_lots
from matching.deadline import OutOfTimeError
from matching.geography import Flags, Floats, Ints
from matching.linear import Entries, Programme, minimise_mixed
from matching.problem import Problem

SECONDS = 60.0
"""Branch and bound stops here with the best plan so far; the gap then says how far it may be."""
_ROUND = 0.5
_GRAM = 1e-6


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


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of all slots, and the ends of each kept pair.

    `fixed` tonnes by slot and period, and there by supply.
    """

    supply_of_pair: Ints
    slot_of_pair: Ints
    has: Ints
    min_lot: Floats
    most: Floats
    fixed: dict[tuple[int, int], dict[int, float]]

    @classmethod
    def of(cls, rows: Rows, pairs: Pairs, model: Model, problem: Problem) -> "Rules":
        return cls(
            pairs.supply[model.kept],
            pairs.slot[model.kept],
            np.array([row.has_choices for row in rows.slots], np.int64),
            np.array([row.min_lot_t for row in rows.slots], np.float64),
            np.array(
                [np.inf if row.max_suppliers is None else row.max_suppliers for row in rows.slots],
                np.float64,
            ),
            fixed_lots(problem, rows),
        )

    def on(self, model: Model, arcs: Ints) -> Choices:
        """Pick the choices among a part's arcs; positions count within the part."""
        kept = len(self.slot_of_pair)
        pair_arcs = np.nonzero(arcs < kept * model.periods)[0]
        if not kept or not self.has.any():
            return Choices.none()
        slot = self.slot_of_pair[arcs[pair_arcs] % kept]
        chosen = self.has[slot] > 0
        slot, columns = slot[chosen], pair_arcs[chosen]
        key = slot * model.periods + arcs[columns] // kept
        groups, group = np.unique(key, return_inverse=True)
        most = self.most[groups // model.periods]
        if not self.fixed:
            return Choices(columns, self.min_lot[slot], group, most)
        bound = [self.fixed.get(divmod(one, model.periods), {}) for one in groups.tolist()]
        places = np.maximum(0.0, most - np.array([len(one) for one in bound], np.float64))
        supply = self.supply_of_pair[arcs[columns] % kept]
        there = np.array(
            [bound[g].get(i, 0.0) for g, i in zip(group.tolist(), supply.tolist(), strict=True)],
            np.float64,
        )
        # Who is under contract stands in a group where anybody may.
        return Choices(
            columns,
            np.maximum(0.0, self.min_lot[slot] - there),
            np.where(there > 0, len(groups), group),
            np.append(places, np.inf),
        )


@dataclass(frozen=True, slots=True)
class Chosen:
    """The plan found, and the bounds on each arc that keep its choice.

    `settled`: no slot has places left for some, but not for all of those who send nothing.
    """

    flow: Floats
    low: Floats
    high: Floats
    settled: bool


def choose(
    programme: Programme, choices: Choices, most: Floats, seconds: float | None = None
) -> tuple[Chosen, float]:
    """Return the best choice found and the least cost any choice can have.

    Raises `OutOfTimeError` if none was found within the time.
    """
    count, extra = len(programme.cost), len(choices.arcs)
    mixed = _with_switches(programme, choices, most)
    solution = minimise_mixed(
        mixed, np.arange(count, count + extra), SECONDS if seconds is None else seconds
    )
    if not len(solution.values):
        raise OutOfTimeError("no plan was found within the time for choosing suppliers")
    flow = np.maximum(0.0, solution.values[:count])
    low, high = programme.low.copy(), programme.high.copy()
    on, settled = _with_free_places(
        choices, solution.values[count:] > _ROUND, flow[choices.arcs] > _GRAM
    )
    low[choices.arcs] = np.where(on, choices.min_lot, 0.0)
    high[choices.arcs] = np.where(on, programme.high[choices.arcs], 0.0)
    return Chosen(flow, low, high, settled), solution.bound


def _with_free_places(choices: Choices, on: Flags, sends: Flags) -> tuple[Flags, bool]:
    """Let everybody in where there is place for all who send nothing, and any lot will do."""
    groups = len(choices.most)
    idle = np.bincount(choices.group[~sends], minlength=groups)
    places = choices.most - np.bincount(choices.group[sends], minlength=groups)
    any_lot = choices.min_lot <= 0
    roomy = (places >= idle)[choices.group] & any_lot
    short = ((places > 0) & (places < idle))[choices.group] & any_lot
    return on | roomy, not short.any()


def _with_switches(programme: Programme, choices: Choices, most: Floats) -> Programme:
    """Add a switch b per arc: min_lot b <= x <= most b, and the switches of a group add up."""
    count, extra, rows = len(programme.cost), len(choices.arcs), len(programme.row_low)
    switch = np.arange(count, count + extra)
    above, below = rows + np.arange(extra), rows + extra + np.arange(extra)
    counted = np.isfinite(choices.most)[choices.group]
    one = np.ones(extra)
    entries = programme.entries
    # An arc that can never carry its minimum lot stays switched off.
    able = most[choices.arcs] >= choices.min_lot
    return Programme(
        cost=np.concatenate((programme.cost, np.zeros(extra))),
        low=np.concatenate((programme.low, np.zeros(extra))),
        high=np.concatenate((np.minimum(programme.high, most), able.astype(np.float64))),
        entries=Entries(
            np.concatenate(
                (entries.row, above, above, below, below, rows + 2 * extra + choices.group[counted])
            ),
            np.concatenate(
                (entries.column, choices.arcs, switch, choices.arcs, switch, switch[counted])
            ),
            np.concatenate(
                (entries.factor, one, -most[choices.arcs], -one, choices.min_lot, one[counted])
            ),
        ),
        row_low=np.concatenate(
            (programme.row_low, np.full(2 * extra + len(choices.most), -np.inf))
        ),
        row_high=np.concatenate((programme.row_high, np.zeros(2 * extra), choices.most)),
    )
