"""Finds who supplies whom: the plan without the rules first, then only the rules that it breaks.

In an optimal plan few arcs carry less than a minimum lot, and few slots have too many suppliers.
So the relaxed plan's bound is nearly always reached by settling those few one after another (a
dive). Where it is not, branch and bound decides about the arcs that ever broke a rule, and more
of them join until none is broken (Dantzig, Fulkerson, Johnson, Oper. Res. 2, 1954, on rows added
as they are needed). Where hundreds of slots and months have too many suppliers that proves next
to nothing; the plan is then bettered one neighbourhood after another, see `improving`. Every such
bound holds for the whole: large programmes are searched among the arcs that the relaxed plan
prices best.
"""

import time
from dataclasses import dataclass, replace

import numpy as np

from matching.choices import Choices
from matching.deadline import Deadline, OutOfTimeError
from matching.geography import Flags, Floats
from matching.improving import Improver, Region, with_places, with_switches
from matching.linear import (
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
_GENTLE_ROUNDS = 40
"""The same where slots have too many suppliers and lose one at a time."""
_AT_ONCE = 0.5
"""Of the slots and months with too many suppliers, how many lose one in a round."""
_PROMISING = 8
"""Arcs into each slot and month of a large programme that are tried, best priced first."""
_FEW = 300
"""Arcs up to which branch and bound decides before neighbourhoods are tried."""
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
    limit, large = _searching(deadline, spent_s), is_large(programme)
    whole = Search(programme, choices, most, limit, large=large)
    whole.bound = weak_bound(programme, root.duals, most)
    if known is not None:
        whole.keep(known)
    if deadline.ends is not None:
        whole.settle_at_once(root.values)
    if large:
        _search_largely(whole, choices, root, known, patient=patient)
    else:
        whole.dive_both_ways(root.values)
        if patient or whole.best is not None:
            whole.branch(root.values)
    if whole.best is None:
        raise OutOfTimeError("no plan was found within the time for choosing suppliers")
    return _chosen(whole, whole.best, root.duals, spent_s)


def _search_largely(
    whole: "Search", choices: Choices, root: Solution, known: Floats | None, *, patient: bool
) -> None:
    """Dive among promising columns, then prove or better the plan, whichever promises more."""
    near = _Near(whole, _promising(whole.programme, choices, root, known))
    near.dive(root.values)
    few = int(whole.to_decide(root.values).sum()) <= _FEW
    wanted = patient or whole.best is not None
    if few and wanted:
        whole.branch(root.values)
    near.improve()
    if not few and wanted:
        whole.branch(root.values)


def _promising(
    programme: Programme, choices: Choices, root: Solution, known: Floats | None
) -> Flags:
    """Mark the columns to search: into each slot and month what is priced best, and plans."""
    kept = np.ones(len(programme.cost), np.bool_)
    entries, arcs = programme.entries, choices.arcs
    worth = np.bincount(entries.column, entries.factor * root.duals[entries.row], len(kept))
    order = np.lexsort(((programme.cost - worth)[arcs], choices.group))
    group = choices.group[order]
    place = np.arange(len(group)) - np.searchsorted(group, group)
    kept[arcs[order[place >= _PROMISING]]] = False
    kept |= (root.values > _GRAM) | (programme.low > 0)
    return kept if known is None else kept | (known > _GRAM)


def is_large(programme: Programme) -> bool:
    """Tell programmes of which a plan proven within `_NEAR` of the best is good enough."""
    return len(programme.cost) > _MANY_COLUMNS


def _searching(deadline: Deadline, spent_s: float) -> Deadline:
    """Leave time for pricing, but rather half of what there is without a price than no plan."""
    left = deadline.left_s()
    most = SECONDS if left is None else min(SECONDS, max(left / 2, left - _PRICING * spent_s))
    return Deadline.after(most, deadline.asked)


class Search:
    """The best plan that keeps the rules, and what is proven about all of them."""

    def __init__(
        self,
        programme: Programme,
        choices: Choices,
        most: Floats,
        deadline: Deadline,
        *,
        large: bool,
    ) -> None:
        self.programme, self.choices, self.most = programme, choices, most
        self.deadline, self.large = deadline, large
        self.near = _NEAR if large else _CLOSED
        self.best: Floats | None = None
        self.cost = np.inf
        self.bound = -np.inf
        # An arc that can never carry its minimum lot stays shut.
        able = np.minimum(most, programme.high)[choices.arcs]
        self.able: Flags = able >= choices.min_lot - _GRAM

    def closed(self) -> bool:
        apart = self.cost - self.bound
        return self.best is not None and apart <= self.near * max(1.0, abs(self.cost))

    def settle_at_once(self, values: Floats) -> None:
        """Shut all that breaks a rule or sends nothing: quick, so that there is some plan."""
        small, beyond = broken(self.choices, values)
        high = self.programme.high.copy()
        shut = small | beyond | (values[self.choices.arcs] <= _GRAM)
        high[self.choices.arcs[shut]] = 0.0
        low = self.programme.low.copy()
        low[self.choices.arcs] = np.where(shut, 0.0, self.choices.min_lot)
        answer = self._solved(low, high)
        if answer.outcome is Outcome.OPTIMAL:
            self.keep(answer.values)

    def dive_both_ways(self, values: Floats) -> None:
        """Settle what a relaxed plan breaks, with arcs raised to a lot first, then without."""
        for forced in (True, False) if self.choices.min_lot.any() else (False,):
            if not self.closed():
                self.dive(values, forced=forced)

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
            gentle = self.large and bool(beyond.any())
            shut = ((small | beyond) & ~up) if not gentle else self._least(beyond, sent)
            if number >= (_GENTLE_ROUNDS if gentle else _FREE_ROUNDS):
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

    def _least(self, beyond: Flags, sent: Floats) -> Flags:
        """Mark the least sender of each slot with too many, of the half where it matters least."""
        group = self.choices.group
        share = sent / np.maximum(_GRAM, np.bincount(group, sent))[group]
        candidates = np.nonzero(beyond)[0]
        candidates = candidates[np.lexsort((share[candidates], group[candidates]))]
        least = candidates[np.unique(group[candidates], return_index=True)[1]]
        least = least[np.argsort(share[least], kind="stable")]
        shut = np.zeros(len(sent), np.bool_)
        shut[least[: int(np.ceil(_AT_ONCE * len(least)))]] = True
        return shut

    def _solved(self, low: Floats, high: Floats) -> Solution:
        return minimise(replace(self.programme, low=low, high=high), seconds=self.deadline.left_s())

    def keep(self, values: Floats) -> None:
        cost = float(self.programme.cost @ values)
        if cost < self.cost:
            self.best, self.cost = np.maximum(0.0, values), cost

    def branch(self, values: Floats) -> None:
        """Decide by branch and bound, in large programmes about ever more of the arcs."""
        large = self.large
        switched = np.full(len(self.choices.arcs), not large)
        switched &= self.programme.high[self.choices.arcs] > 0
        while not self.closed() and not self.deadline.passed():
            more = self.to_decide(values) & ~switched if large else switched
            if not more.any():
                return
            switched |= more
            part = self.choices.only(switched)
            programme = with_switches(self.programme, part, self.most, self.able[switched])
            whole = np.arange(len(self.programme.cost), len(programme.cost))
            found = minimise_mixed(programme, whole, self.deadline.left_s() or 0.0)
            self.bound = max(self.bound, min(found.bound, self.cost))
            if not len(found.values):
                return
            values = self._as_decided(part, found.values, found.values[whole] >= _ROUND)
            self.dive(values)
            if not large:
                return

    def _as_decided(self, part: Choices, values: Floats, on: Flags) -> Floats:
        """Plan again for the switches of a mixed plan: its tonnes hold to the solver's tolerance.

        Where no plan keeps them to the letter, return the mixed one, nothing on the shut arcs.
        """
        low, high = self.programme.low.copy(), self.programme.high.copy()
        low[part.arcs[on]] = part.min_lot[on]
        high[part.arcs[~on]] = 0.0
        answer = self._solved(low, high)
        if answer.outcome is Outcome.OPTIMAL:
            return answer.values
        values = values[: len(self.programme.cost)].copy()
        values[part.arcs[~on]] = 0.0
        return values

    def to_decide(self, values: Floats) -> Flags:
        """Mark the arcs that break a rule, and all of a slot with too many suppliers."""
        small, beyond = broken(self.choices, values)
        crowded = np.isin(self.choices.group, self.choices.group[beyond])
        return small | crowded


class _Near:
    """A search among some columns of a large programme, for plans of the whole."""

    def __init__(self, whole: Search, columns: Flags) -> None:
        self.whole, self.columns = whole, columns
        self.nothing = np.zeros(len(columns))
        self.region = Region.of(whole.programme, whole.choices, columns, self.nothing)
        self.search = Search(
            self.region.programme,
            self.region.choices,
            whole.most[columns],
            whole.deadline,
            large=True,
        )

    def dive(self, values: Floats) -> None:
        self.search.bound = self.whole.bound
        self.search.dive_both_ways(values[self.columns])
        if self.search.best is not None:
            self.whole.keep(self.region.put(self.nothing, self.search.best))

    def improve(self) -> None:
        """Better the plan until time is up or nothing near helps any more."""
        whole, own, plan = self.whole, self.search, self._plan()
        if plan is None or whole.closed() or whole.deadline.passed():
            return
        improver = Improver(own.programme, own.choices, own.most, own.able, plan)
        while not (whole.closed() or whole.deadline.passed() or improver.stuck):
            if improver.step(whole.deadline):
                whole.keep(self.region.put(self.nothing, improver.values))

    def _plan(self) -> Floats | None:
        """Return the best plan, or where it uses other columns the best of these."""
        best = self.whole.best
        if best is None or (best[~self.columns] > _GRAM).any():
            return self.search.best
        return best[self.columns]


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


def _chosen(search: Search, flow: Floats, duals: Floats, seconds: float) -> Chosen:
    programme, choices = search.programme, search.choices
    low, high = programme.low.copy(), programme.high.copy()
    on, settled = with_places(choices, flow[choices.arcs] > _GRAM)
    low[choices.arcs] = np.where(on, choices.min_lot, 0.0)
    high[choices.arcs] = np.where(on, programme.high[choices.arcs], 0.0)
    bound = min(search.bound, search.cost)
    return Chosen(flow, search.cost, bound, low, high, settled, duals, seconds)
