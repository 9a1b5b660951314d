"""Licensed tonnes: what rows make it certain that each tonne finds a licence that covers it.

Tonnes can be assigned to licences exactly where, for every set of licences, what only they cover
is at most what they let in (Hall, J. London Math. Soc. 10, 1935; with amounts, Gale 1957). A code
under a licence without a tonnage is not limited. Where a period outlasts every licence for a code,
the empty set lets in nothing.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from matching.compatibility import in_force
from matching.problem import Licence, Parameters, Problem, ProblemError

_MOST_SETS = 1000
Held = frozenset[Licence]


@dataclass(frozen=True, slots=True)
class Quota:
    """Tonnes in a year that only `held` of a plant's licences cover, and how many they let in.

    `valid` are all licences of the plant in force in each period.
    """

    sink_id: str
    codes: tuple[str, ...]
    tonnes: float
    year: str
    held: Held
    valid: tuple[Held, ...]

    def counts(self, codes: Iterable[str], period: int) -> int:
        """Say how often a tonne with these codes counts in a period of the quota's year."""
        return sum(_counts(part, self.held) for part in _parts(codes, self.valid[period]))


class _Bound(NamedTuple):
    """Tonnes under contract, and the licences that cover them."""

    part: Held
    tonnes: float


def lapses(problem: Problem) -> bool:
    """Tell whether a licence ends before the periods do."""
    last = max((day for day in problem.ends if day is not None), default=None)
    return last is not None and any(
        not in_force(row.valid_to, last) for slot in problem.slots for row in slot.licences
    )


def quotas_of(problem: Problem, parameters: Parameters) -> tuple[Quota, ...]:
    """Read each plant's quotas of each year, what contracts use up taken off."""
    plants: dict[str, set[Licence]] = defaultdict(set)
    for slot in problem.slots:
        plants[slot.sink_id] |= {
            row for row in slot.licences if in_force(row.valid_to, parameters.on)
        }
    lots = {row.hazard_codes for row in problem.supplies if row.hazard_codes}
    told = lapses(problem)
    return tuple(
        quota
        for sink_id, licences in sorted(plants.items())
        if told or any(row.tonnes is not None for row in licences)
        for year in sorted(set(problem.year_of.values()))
        for quota in _quotas_in(problem, sink_id, frozenset(licences), year, lots)
    )


def _quotas_in(
    problem: Problem, sink_id: str, licences: Held, year: str, lots: set[frozenset[str]]
) -> Iterator[Quota]:
    valid = _valid(problem, licences)
    mine = [t for t, name in enumerate(problem.periods) if problem.year_of[name] == year]
    names = {code for row in licences for code in row.codes}
    known = {frozenset({name}) for name in names} | {
        lot for lot in lots if all(any(row.covers(code) for row in licences) for code in lot)
    }
    parts = {
        part for held in {valid[t] for t in mine} for lot in known for part in _parts(lot, held)
    }
    bound = _bound(problem, sink_id, valid, mine)
    for held, tonnes in _limits(parts, bound):
        codes = {
            name
            for name in names
            for t in mine
            if any(_counts(part, held) for part in _parts({name}, valid[t]))
        }
        yield Quota(sink_id, tuple(sorted(codes)), tonnes, year, held, valid)


def _valid(problem: Problem, licences: Held) -> tuple[Held, ...]:
    """List which licences are in force to the end of each period."""
    return tuple(
        frozenset(row for row in licences if in_force(row.valid_to, end)) for end in problem.ends
    )


def _parts(codes: Iterable[str], valid: Held) -> set[Held]:
    """Return the licences that a tonne needs one of: of each set in turn, if it has many codes.

    One that covers all its limited codes is enough, where there is one.
    """
    covering = [frozenset(row for row in valid if row.covers(code)) for code in codes]
    limited = [rows for rows in covering if all(row.tonnes is not None for row in rows)]
    whole = frozenset.intersection(*limited) if limited else frozenset()
    if whole:
        return {whole}
    return {rows for rows in limited if not any(other < rows for other in limited)}


def _counts(part: Held, held: Held) -> bool:
    """Tell whether only these licences will do; what none covers counts under no others."""
    return part <= held if part else not held


def _bound(
    problem: Problem, sink_id: str, valid: tuple[Held, ...], mine: list[int]
) -> list[_Bound]:
    """List what contracts bring under licences in these periods."""
    if not problem.fixed:
        return []
    codes = {row.id: row.hazard_codes for row in problem.supplies}
    sink_of = {row.id: row.sink_id for row in problem.slots}
    period_of = {problem.periods[t]: t for t in mine}
    return [
        _Bound(part, row.tonnes)
        for row in problem.fixed
        if sink_of[row.slot_id] == sink_id and row.period in period_of
        for part in _parts(codes[row.supply_id], valid[period_of[row.period]])
        if part
    ]


def _limits(parts: set[Held], bound: list[_Bound]) -> Iterator[tuple[Held, float]]:
    """Yield sets of licences and what they let in beside contracts; none that others imply.

    Contracts beyond a licence use up no more than there is.
    """
    if frozenset() in parts:
        yield frozenset(), 0.0
    for group in _groups({part for part in (*parts, *(row.part for row in bound)) if part}):
        room = {}
        for held in _unions(group):
            used = math.fsum(row.tonnes for row in bound if row.part <= held)
            room[held] = math.fsum(row.tonnes or 0.0 for row in held) - used
        beyond = max(0.0, -min(room.values()))
        for held, tonnes in room.items():
            apart = len(_groups({part for part in group if part <= held})) > 1
            implied = any(held < more and most <= tonnes for more, most in room.items())
            if not (implied or (apart and not beyond)):
                yield held, tonnes + beyond


def _groups(parts: set[Held]) -> list[set[Held]]:
    """Put together what shares a licence, directly or through others."""
    groups: list[tuple[Held, set[Held]]] = []
    for part in sorted(parts, key=_order):
        near = [row for row in groups if row[0] & part]
        groups = [row for row in groups if not row[0] & part]
        groups.append((part.union(*(row[0] for row in near)), {part}.union(*(r[1] for r in near))))
    return [members for _, members in groups]


def _unions(parts: set[Held]) -> list[Held]:
    found: set[Held] = set()
    for part in parts:
        found |= {part} | {part | other for other in found}
        if len(found) > _MOST_SETS:
            names = ", ".join(sorted(row.number for row in frozenset.union(*parts)))
            raise ProblemError(
                f"licences {names} overlap in too many ways: join those for the same codes",
                field_name="licences",
            )
    return sorted(found, key=_order)


def _order(held: Held) -> list[tuple[str, list[str], str]]:
    return sorted((row.number, sorted(row.codes), str(row.valid_to)) for row in held)
