"""Finds who supplies whom: the plan without the rules first, then only the rules that it breaks.

In an optimal plan few arcs carry less than a minimum lot, and few slots have too many suppliers.
So the relaxed plan's bound is nearly always reached by settling those few one after another (a
dive). Where it is not, branch and bound decides about the arcs that ever broke a rule, and more
of them join until none is broken (Dantzig, Fulkerson, Johnson, Oper. Res. 2, 1954, on rows added
as they are needed). Every such bound holds for the whole.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from matching.choices import Choices
from matching.deadline import Deadline, OutOfTimeError
from matching.geography import Flags, Floats
from matching.linear import (
    Entries,
    Outcome,
    Programme,
    Solution,
    Solver,
    minimise,
    minimise_mixed,
    optimum,
    weak_bound,
)

SECONDS = 60.0
"""Branch and bound stops here with the best plan so far; the gap then says how far it may be."""
_GRAM = 1e-6
_ROUND = 0.5
_CLOSED = 1e-8
_NEAR = 5e-4
_MANY_COLUMNS = 3_000
_FREE_ROUNDS = 6
"""Rounds of a dive after which nobody new may come in."""
_PRICING = 2.0
"""Times as long as the relaxed plans took is left to price what is found."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The plan found, the least cost any can have, and bounds on each arc that keep its choice.

    `settled`: no slot has places left for some, but not for all of those who send nothing.
    `duals` are those without the rules, which took `seconds` to find.
    """

    flow: Floats
    cost: float
    bound: float
    low: Floats
    high: Floats
    settled: bool
    duals: Floats
    seconds: float


def choose(
    programme: Programme,
    choices: Choices,
    most: Floats,
    deadline: Deadline,
    *,
    known: Floats | None = None,
    patient: bool = True,
    spent_s: float = 0.0,
) -> Chosen:
    """Return the best choice found; raise `OutOfTimeError` if there is none.

    `known` is a plan that keeps the rules. Without being `patient`, where the dive finds no plan
    there is none. Time is left for pricing, which takes as long as the relaxed plans, of which
    others took `spent_s` before.
    """
    started = time.monotonic()
    root = optimum(programme, Solver.GLOP, deadline)
    spent_s += time.monotonic() - started
    search = _Search(programme, choices, most, _searching(deadline, spent_s))
    search.bound = weak_bound(programme, root.duals, most)
    if known is not None:
        search.keep(known)
    for forced in (True, False):
        if not search.closed():
            search.dive(root.values, forced=forced)
    if patient or search.best is not None:
        search.branch(root.values)
    if search.best is None:
        raise OutOfTimeError("no plan was found within the time for choosing suppliers")
    return _chosen(search, search.best, root.duals, spent_s)


def is_large(programme: Programme) -> bool:
    """Tell programmes of which a plan proven within `_NEAR` of the best is good enough."""
    return len(programme.cost) > _MANY_COLUMNS


def _searching(deadline: Deadline, spent_s: float) -> Deadline:
    """Leave time for pricing, but rather half of what there is without a price than no plan."""
    left = deadline.left_s()
    most = SECONDS if left is None else min(SECONDS, max(left / 2, left - _PRICING * spent_s))
    return Deadline.after(most, deadline.asked)


class _Search:
    """The best plan that keeps the rules, and what is proven about all of them."""

    def __init__(
        self, programme: Programme, choices: Choices, most: Floats, deadline: Deadline
    ) -> None:
        self.programme, self.choices, self.most = programme, choices, most
        self.deadline = deadline
        self.near = _NEAR if is_large(programme) else _CLOSED
        self.best: Floats | None = None
        self.cost = np.inf
        self.bound = -np.inf
        # An arc that can never carry its minimum lot stays shut.
        able = np.minimum(most, programme.high)[choices.arcs]
        self.able: Flags = able >= choices.min_lot - _GRAM

    def closed(self) -> bool:
        apart = self.cost - self.bound
        return self.best is not None and apart <= self.near * max(1.0, abs(self.cost))

    def dive(self, values: Floats, *, forced: bool = True) -> None:
        """Settle what a plan breaks, plan again, and so on.

        With `forced` an arc that carries half a lot must carry one; without, it is shut.
        """
        arcs, lots = self.choices.arcs, self.choices.min_lot
        low, high = self.programme.low.copy(), self.programme.high.copy()
        for number in range(len(arcs) + 1):
            small, beyond = broken(self.choices, values)
            if not (small | beyond).any():
                self.keep(values)
                return
            if self.deadline.passed():
                return
            sent = values[arcs]
            up = small & ~beyond & self.able & (sent >= lots / 2) & forced
            low[arcs[up]] = lots[up]
            shut = (small | beyond) & ~up
            if number >= _FREE_ROUNDS:
                shut |= sent <= _GRAM
            high[arcs[shut]] = 0.0
            answer = self._solved(low, high)
            if answer.outcome is not Outcome.OPTIMAL and forced:
                forced = False
                raised = low[arcs] > self.programme.low[arcs]
                low = self.programme.low.copy()
                high[arcs[raised]] = 0.0
                answer = self._solved(low, high)
            if answer.outcome is not Outcome.OPTIMAL:
                return
            values = answer.values

    def _solved(self, low: Floats, high: Floats) -> Solution:
        return minimise(replace(self.programme, low=low, high=high), seconds=self.deadline.left_s())

    def keep(self, values: Floats) -> None:
        cost = float(self.programme.cost @ values)
        if cost < self.cost:
            self.best, self.cost = np.maximum(0.0, values), cost

    def branch(self, values: Floats) -> None:
        """Decide by branch and bound, in large programmes about ever more of the arcs."""
        large = is_large(self.programme)
        switched = np.full(len(self.choices.arcs), not large)
        switched &= self.programme.high[self.choices.arcs] > 0
        while not self.closed() and not self.deadline.passed():
            more = self._to_decide(values) & ~switched if large else switched
            if not more.any():
                return
            switched |= more
            part = self.choices.only(switched)
            programme = _with_switches(self.programme, part, self.most, self.able[switched])
            whole = np.arange(len(self.programme.cost), len(programme.cost))
            found = minimise_mixed(programme, whole, self.deadline.left_s() or 0.0)
            self.bound = max(self.bound, min(found.bound, self.cost))
            if not len(found.values):
                return
            values = found.values[: len(self.programme.cost)]
            # What flows on a shut arc is the solver's tolerance.
            values[part.arcs[found.values[whole] < _ROUND]] = 0.0
            self.dive(values)
            if not large:
                return

    def _to_decide(self, values: Floats) -> Flags:
        """Mark the arcs that break a rule, and all of a slot with too many suppliers."""
        small, beyond = broken(self.choices, values)
        crowded = np.isin(self.choices.group, self.choices.group[beyond])
        return small | crowded


def broken(choices: Choices, values: Floats) -> tuple[Flags, Flags]:
    """Mark the arcs below their minimum lot, and the smallest of those above their number."""
    sent = values[choices.arcs]
    sends = sent > _GRAM
    small = sends & (sent < choices.min_lot - _GRAM)
    order = np.lexsort((-sent, choices.group))
    group = choices.group[order]
    first = np.searchsorted(group, group)
    place = np.cumsum(sends[order])
    rank = place - (place - sends[order])[first] if len(order) else place
    beyond = np.zeros(len(sent), np.bool_)
    beyond[order] = sends[order] & (rank > choices.most[group])
    return small, beyond


def _chosen(search: _Search, flow: Floats, duals: Floats, seconds: float) -> Chosen:
    programme, choices = search.programme, search.choices
    low, high = programme.low.copy(), programme.high.copy()
    on, settled = _with_free_places(choices, flow[choices.arcs] > _GRAM)
    low[choices.arcs] = np.where(on, choices.min_lot, 0.0)
    high[choices.arcs] = np.where(on, programme.high[choices.arcs], 0.0)
    bound = min(search.bound, search.cost)
    return Chosen(flow, search.cost, bound, low, high, settled, duals, seconds)


def _with_free_places(choices: Choices, sends: Flags) -> tuple[Flags, bool]:
    """Let everybody in where there is place for all who send nothing, and any lot will do."""
    groups = len(choices.most)
    idle = np.bincount(choices.group[~sends], minlength=groups)
    places = choices.most - np.bincount(choices.group[sends], minlength=groups)
    any_lot = choices.min_lot <= 0
    roomy = (places >= idle)[choices.group] & any_lot
    short = ((places > 0) & (places < idle))[choices.group] & any_lot
    return sends | roomy, not short.any()


def _with_switches(programme: Programme, choices: Choices, most: Floats, able: Flags) -> Programme:
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
