"""Blend slots whose limits no mix of what is in reach can meet, and the limits that clash."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.candidates import Rows, find_pairs
from matching.compatibility import usual_ranges
from matching.geography import Floats
from matching.limits import unfavourable
from matching.linear import Entries, Outcome, Programme, minimise
from matching.problem import Limit, Operator, Parameters, Problem, Slot, Supply
from matching.result import Result, Status


@dataclass(frozen=True, slots=True)
class Clash:
    """One side of a blend limit: at most, or at least, `value` in the limit's unit."""

    limit: Limit
    value: float
    at_most: bool

    def __str__(self) -> str:
        sign = "<=" if self.at_most else ">="
        rule = self.limit.rule
        written = f" ({rule.standard})" if rule and rule.standard else ""
        return f"{self.limit.name} {sign} {self.value:g} {self.limit.unit}{written}"


@dataclass(frozen=True, slots=True)
class Conflict:
    """`clashes` exclude every mix of the lots in reach; none of them can be spared."""

    slot_id: str
    clashes: tuple[Clash, ...]


def conflicts_of(problem: Problem, parameters: Parameters, result: Result) -> tuple[Conflict, ...]:
    """Look at each blend slot with room and lots in reach that gets nothing in any period.

    A plan that was stopped proves nothing of the slots it leaves empty, and is not looked into.
    """
    served = {flow.slot_id for flow in result.flows}
    rows = Rows.of(problem)
    asked = [
        number
        for number, slot in enumerate(rows.slots)
        if slot.blend and slot.id not in served and any(slot.tonnes)
    ]
    if not asked or result.status is Status.STOPPED:
        return ()
    pairs = find_pairs(problem, parameters, rows)
    passing = np.nonzero(pairs.passes)[0]
    passing = passing[np.argsort(pairs.slot[passing], kind="stable")]
    found = []
    for number in asked:
        first, last = np.searchsorted(pairs.slot[passing], (number, number + 1))
        mine = pairs.supply[passing[first:last]].tolist()
        lots = [rows.supplies[index] for index in mine if any(rows.supplies[index].tonnes)]
        clashes = _clashes(problem, parameters, rows.slots[number], lots)
        if clashes:
            found.append(Conflict(rows.slots[number].id, clashes))
    return tuple(found)


def _clashes(
    problem: Problem, parameters: Parameters, slot: Slot, lots: Sequence[Supply]
) -> tuple[Clash, ...]:
    """Drop one side after another while the rest still excludes every mix."""
    kept = _sides(slot.blend)
    excess = {side: _excess(problem, parameters, side, lots) for side in kept}
    if not lots or _mixes([excess[side] for side in kept]):
        return ()
    for side in tuple(kept):
        fewer = [one for one in kept if one is not side]
        if not _mixes([excess[one] for one in fewer]):
            kept = fewer
    return tuple(kept)


def _sides(limits: Sequence[Limit]) -> list[Clash]:
    sides = []
    for limit in limits:
        below = limit.operator in {Operator.AT_MOST, Operator.BELOW}
        sides.append(Clash(limit, limit.value, below))
        if limit.value_high is not None:
            sides.append(Clash(limit, limit.value_high, at_most=True))
    return sides


def _excess(
    problem: Problem, parameters: Parameters, side: Clash, lots: Sequence[Supply]
) -> Floats:
    """Return how far each lot's unfavourable end is beyond the limit, in its unit."""
    excess = []
    for lot in lots:
        bound = unfavourable(lot, usual_ranges(problem, lot), side.limit, parameters.on)
        assert bound is not None  # unknown to a blend is refused
        excess.append(bound.high - side.value if side.at_most else side.value - bound.low)
    return np.array(excess, np.float64)


def _mixes(excess: Sequence[Floats]) -> bool:
    """Tell whether dry shares that add up to 1 keep every average excess at 0 or below."""
    if not excess:
        return True
    factors = np.vstack((*excess, np.ones_like(excess[0])))
    row, column = np.nonzero(factors)
    lots = factors.shape[1]
    programme = Programme(
        cost=np.zeros(lots),
        low=np.zeros(lots),
        high=np.ones(lots),
        entries=Entries(row, column, factors[row, column]),
        row_low=np.append(np.full(len(excess), -np.inf), 1.0),
        row_high=np.append(np.zeros(len(excess)), 1.0),
    )
    return minimise(programme).outcome is not Outcome.INFEASIBLE
