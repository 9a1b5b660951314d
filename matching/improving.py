"""Betters a plan of chosen suppliers one neighbourhood at a time.

Of a plan for thousands of slots and months nearly all is right. A few slots that share suppliers,
in months next to each other, are chosen anew by branch and bound while the rest of the plan stands
(large neighbourhood search; Shaw, CP 1998). Where somebody new would gain most is tried first.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matching.choices import Choices
from matching.deadline import Deadline
from matching.geography import Flags, Floats, Ints
from matching.linear import Entries, Outcome, Programme, Solution, minimise, minimise_mixed

_GROUPS = 24
"""Slots and months chosen anew at once: branch and bound takes a fraction of a second."""
_SECONDS = 2.0
_COMMON = 500
"""A row of more columns than this joins everybody and tells nothing of who is near."""
_GRAM = 1e-6
_ROUND = 0.5
_BETTER = 1e-9
_TRIES = 2
_SPREAD = 0.5
"""How far chance may change who counts as nearest, so that a second try is another one."""


def with_places(choices: Choices, sends: Flags) -> tuple[Flags, bool]:
    """Let everybody in where there is place for all who send nothing, and any lot will do.

    The second value tells whether no slot has places for some of them only.
    """
    groups = len(choices.most)
    idle = np.bincount(choices.group[~sends], minlength=groups)
    places = choices.most - np.bincount(choices.group[sends], minlength=groups)
    any_lot = choices.min_lot <= 0
    roomy = (places >= idle)[choices.group] & any_lot
    short = ((places > 0) & (places < idle))[choices.group] & any_lot
    return sends | roomy, not short.any()


def with_switches(programme: Programme, choices: Choices, most: Floats, able: Flags) -> Programme:
    """Add a switch b per arc: min_lot b <= x <= most b, and the switches of a group add up."""
    count, extra, rows = len(programme.cost), len(choices.arcs), len(programme.row_low)
    switch = np.arange(count, count + extra)
    above, below = rows + np.arange(extra), rows + extra + np.arange(extra)
    counted = np.isfinite(choices.most)[choices.group]
    one = np.ones(extra)
    entries = programme.entries
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


@dataclass(frozen=True, slots=True)
class Region:
    """Some columns of a programme, the others standing at what they carry."""

    columns: Ints
    programme: Programme
    choices: Choices

    @classmethod
    def of(cls, programme: Programme, choices: Choices, free: Flags, values: Floats) -> "Region":
        columns = np.nonzero(free)[0]
        place = np.full(len(free), -1)
        place[columns] = np.arange(len(columns))
        entries, rows = programme.entries, len(programme.row_low)
        mine = free[entries.column]
        stands = entries.factor * np.where(free, 0.0, values)[entries.column]
        there = np.bincount(entries.row, stands, rows)
        row_at = np.full(rows, -1)
        kept = np.unique(entries.row[mine])
        row_at[kept] = np.arange(len(kept))
        part = choices.only(free[choices.arcs])
        return cls(
            columns,
            Programme(
                programme.cost[columns],
                programme.low[columns],
                programme.high[columns],
                Entries(
                    row_at[entries.row[mine]], place[entries.column[mine]], entries.factor[mine]
                ),
                programme.row_low[kept] - there[kept],
                programme.row_high[kept] - there[kept],
            ),
            replace(part, arcs=place[part.arcs]),
        )

    def put(self, values: Floats, found: Floats) -> Floats:
        """Return all values with those of the region in their places."""
        whole = values.copy()
        whole[self.columns] = found[: len(self.columns)]
        return whole


class Improver:
    """A plan that keeps the rules, and which groups have been tried in vain since it changed."""

    def __init__(
        self, programme: Programme, choices: Choices, most: Floats, able: Flags, values: Floats
    ) -> None:
        self.programme, self.choices, self.most, self.able = programme, choices, most, able
        self.dice = np.random.default_rng(0)
        self.near = _shared_rows(programme, choices)
        self.tried = np.zeros(len(choices.most))
        self.values = values
        self.gain = np.zeros(len(choices.most))
        self.settle(values)

    @property
    def cost(self) -> float:
        return float(self.programme.cost @ self.values)

    @property
    def stuck(self) -> bool:
        """Tell whether every group was tried twice in vain."""
        return bool(self.tried.min(initial=2) >= _TRIES)

    def step(self, deadline: Deadline) -> bool:
        """Choose one neighbourhood anew; tell whether the plan became better."""
        seed = int(np.lexsort((-self.gain, self.tried))[0])
        mine = self._around(seed)
        self.tried[seed] += 1
        found = self._chosen_anew(mine, deadline)
        if found is None or float(self.programme.cost @ found) >= self.cost - _BETTER * abs(
            self.cost
        ):
            return False
        if not self.settle(found):
            return False
        self.tried[mine] = 0
        return True

    def settle(self, values: Floats) -> bool:
        """Find the best plan of a plan's suppliers, and what each group would give for another.

        A new supplier's gain is its reduced cost times what it can carry at most.
        """
        on, _ = with_places(self.choices, values[self.choices.arcs] > _GRAM)
        low, high = self._bounds(on, np.zeros_like(on))
        answer: Solution = minimise(replace(self.programme, low=low, high=high))
        if answer.outcome is not Outcome.OPTIMAL:
            return False
        self.values = np.maximum(0.0, answer.values)
        entries = self.programme.entries
        reduced = self.programme.cost - np.bincount(
            entries.column,
            entries.factor * answer.duals[entries.row],
            len(self.programme.cost),
        )
        arcs = self.choices.arcs
        gain = np.where(on | ~self.able, 0.0, -reduced[arcs] * self.most[arcs])
        self.gain = np.zeros(len(self.choices.most))
        np.maximum.at(self.gain, self.choices.group, gain)
        return True

    def _bounds(self, on: Flags, free: Flags) -> tuple[Floats, Floats]:
        """Hold all but the free arcs to be as chosen."""
        low, high = self.programme.low.copy(), self.programme.high.copy()
        arcs, lots = self.choices.arcs, self.choices.min_lot
        low[arcs] = np.where(on & ~free, lots, 0.0)
        high[arcs] = np.where(on | free, high[arcs], 0.0)
        return low, high

    def _around(self, seed: int) -> Ints:
        """Pick the groups that share most rows with one, chance deciding among the like."""
        row = self.near[seed]
        weight = row.data * (1 + _SPREAD * self.dice.random(len(row.data)))
        nearest = row.indices[np.argsort(-weight, kind="stable")]
        return np.append(seed, nearest[nearest != seed][: _GROUPS - 1])

    def _chosen_anew(self, groups: Ints, deadline: Deadline) -> Floats | None:
        choices, programme = self.choices, self.programme
        free = np.isin(choices.group, groups) & self.able
        on, _ = with_places(choices, self.values[choices.arcs] > _GRAM)
        low, high = self._bounds(on, free)
        columns = _beside(programme, choices.arcs[free]) & (high > 0)
        part = replace(programme, low=low, high=high)
        region = Region.of(part, choices, columns, self.values)
        switched = np.isin(region.columns[region.choices.arcs], choices.arcs[free])
        few = region.choices.only(switched)
        most = self.most[region.columns]
        mixed = with_switches(region.programme, few, most, np.ones(len(few.arcs), np.bool_))
        whole = np.arange(len(region.columns), len(mixed.cost))
        found = minimise_mixed(mixed, whole, deadline.left_s(_SECONDS) or 0.0)
        if not len(found.values):
            return None
        values = np.maximum(0.0, found.values[: len(region.columns)])
        # What flows on a shut arc is the solver's tolerance.
        values[few.arcs[found.values[whole] < _ROUND]] = 0.0
        return region.put(self.values, values)


def _beside(programme: Programme, columns: Ints) -> Flags:
    """Mark the columns that stand in a row with one of these, rows of nearly all left out."""
    entries, rows = programme.entries, len(programme.row_low)
    mine = np.zeros(len(programme.cost), np.bool_)
    mine[columns] = True
    touched = np.zeros(rows, np.bool_)
    touched[entries.row[mine[entries.column]]] = True
    touched &= np.bincount(entries.row, minlength=rows) <= _COMMON
    mine[entries.column[touched[entries.row]]] = True
    return mine


def _shared_rows(programme: Programme, choices: Choices) -> Any:
    """Count the rows that groups share, those that a yard joins counting too.

    A sparse matrix of shape (groups, groups).
    """
    from scipy.sparse import csr_matrix

    entries, rows, columns = programme.entries, len(programme.row_low), len(programme.cost)
    telling = np.bincount(entries.row, minlength=rows) <= _COMMON
    group_of = np.full(columns, -1)
    group_of[choices.arcs] = choices.group
    mine = telling[entries.row]
    row, column = entries.row[mine], entries.column[mine]
    chosen = group_of[column] >= 0
    ones = np.ones(int(chosen.sum()))
    shape = len(choices.most), rows
    touches = csr_matrix((ones, (group_of[column[chosen]], row[chosen])), shape=shape)
    touches.data[:] = 1.0
    others = np.ones(int((~chosen).sum()))
    yards = csr_matrix((others, (row[~chosen], column[~chosen])), shape=(rows, columns))
    return csr_matrix(touches @ touches.T + touches @ (yards @ yards.T) @ touches.T)
