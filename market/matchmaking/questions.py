"""Questions asked of a saved run: its frozen input is reckoned with again, nothing is stored.

Every answer compares best plans of that input, so it speaks of the run only where the run's own
plan is a proven optimum of all its listings.
"""

import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from market.errors import ConflictError
from market.matchmaking import queries, reading
from market.matchmaking.codec import thaw
from market.matchmaking.models import MatchRun
from market.matchmaking.reading import BalanceRow
from market.matchmaking.rules import SETTLED, RunStatus
from market.matchmaking.summary import RunSummary
from matching.changes import Case, Change
from matching.problem import Limit, Objective, Operator, Scope, Severity, Slot
from matching.result import Finding, Result

if TYPE_CHECKING:
    from matching.location import Candidate, Site
    from matching.loss import Loss
    from matching.mixes import Mixture
    from matching.reach import UseReach
    from matching.whatif import WhatIf

SECONDS = 5.0
"""An answer is stopped here: the person is waiting."""
PLACES = 5
MIXTURES = 8
MIXTURES_TRIED = 60
OBSTACLES = 6
NEW_PLANT = "new"
_WEIGHABLE_T = 1e-6


class Question(StrEnum):
    WHAT_IF = "what-if"
    LOSS = "loss"
    SITE = "site"
    REACH = "reach"
    MIX = "mix"


class Kind(StrEnum):
    """What a what-if may change; one thing a question."""

    OFFER_TONNES = "offer-tonnes"
    WANT_TONNES = "want-tonnes"
    LIMIT = "limit"
    DISPOSAL = "disposal"
    REPLACED = "replaced"
    RADIUS = "radius"
    REMOVE_OFFER = "remove-offer"
    REMOVE_PLANT = "remove-plant"
    ADD_PLANT = "add-plant"


class Deadline:
    """Stops the engine when the person has waited long enough."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self._until = time.monotonic() + seconds
        self.passed = False

    def __call__(self) -> bool:
        self.passed = self.passed or time.monotonic() > self._until
        return self.passed

    def require(self) -> None:
        """Raise where the engine was stopped: half an answer is none."""
        if self.passed:
            raise ConflictError("question_takes_too_long", seconds=int(SECONDS))


@dataclass(frozen=True, slots=True)
class Read:
    """A run with what its questions need; ``rows`` are its listings by id."""

    run: MatchRun
    frozen: bytes
    case: Case
    rows: dict[int, BalanceRow]

    def side(self, side: str) -> list[BalanceRow]:
        """Return the listings of one side that are in the input too, the largest first."""
        known = {int(row.id) for row in self.case.problem.supplies + self.case.problem.slots}
        rows = (row for key, row in self.rows.items() if row.side == side and key in known)
        return sorted(rows, key=lambda row: (-row.available_kg, row.end.listing_id))


def read(session: Session, run_id: int) -> Read:
    """Read a run and its input; raise ``ConflictError`` where no comparison would be honest."""
    run = queries.run(session, run_id)
    frozen = queries.frozen_input(session, run_id)
    summary = RunSummary.of(run.summary)
    if frozen is None or summary is None or run.status not in SETTLED:
        raise ConflictError("run_has_no_input")
    if summary.changed_meanwhile or run.status == RunStatus.FEASIBLE:
        raise ConflictError("run_not_comparable")
    rows = {row.end.listing_id: row for row in reading.balances(session, run_id)}
    try:
        case = _thawed(frozen)
    except ValueError as error:
        raise ConflictError("run_input_outdated") from error
    return Read(run, frozen, case, rows)


@functools.lru_cache(maxsize=8)
def _thawed(frozen: bytes) -> Case:
    return Case(*thaw(frozen))


@functools.lru_cache(maxsize=8)
def _plan(frozen: bytes) -> Result:
    """Solve the input as it is; an input never changes, so neither does its plan."""
    from matching.solve import solve

    case, deadline = _thawed(frozen), Deadline()
    plan = solve(case.problem, case.parameters, should_stop=deadline)
    deadline.require()
    return plan


def what_if(asked: Read, changes: Sequence[Change]) -> "WhatIf":
    from matching.whatif import what_if as compare

    deadline = Deadline()
    case = asked.case
    saved = _plan(asked.frozen)
    answer = compare(case.problem, case.parameters, changes, saved, should_stop=deadline)
    deadline.require()
    return answer


def losses(asked: Read) -> "tuple[Loss, ...]":
    from matching.loss import losses as lose

    deadline = Deadline()
    found = lose(asked.case.problem, asked.case.parameters, should_stop=deadline)
    deadline.require()
    return found


def best_places(
    asked: Read, plant: Slot, candidates: Sequence["Candidate"]
) -> "list[tuple[int, Site]]":
    """Return the places that do most, best first, each with its index among the candidates.

    Each is the proven best of those not named before it. Tonnes placed count first, then
    tonne-km, whatever the run itself aimed for.
    """
    from matching.location import best_site

    deadline = Deadline()
    parameters = replace(asked.case.parameters, objective=Objective.TONNES)
    left = list(enumerate(candidates))
    found: list[tuple[int, Site]] = []
    while left and len(found) < PLACES:
        rest = [candidate for _, candidate in left]
        siting = best_site(asked.case.problem, parameters, [plant], rest, deadline)
        deadline.require()
        best = siting.best
        if best is None or not best.feeds:
            break
        place = next(n for n, row in enumerate(left) if row[1] is best.candidate)
        found.append((left.pop(place)[0], best))
    return found


def reaches(asked: Read, offer_id: int) -> "tuple[UseReach, ...]":
    from matching.reach import reaches as reach

    return reach(asked.case.problem, asked.case.parameters, str(offer_id))


def mixes(asked: Read, want_id: int) -> "list[Mixture]":
    """Return the best mixtures that really use each of their offers, best first."""
    from matching.mixes import mixtures

    found = mixtures(asked.case.problem, asked.case.parameters, str(want_id), top=MIXTURES_TRIED)
    real = [mix for mix in found if all(part.tonnes > _WEIGHABLE_T for part in mix.parts)]
    return real[:MIXTURES]


@dataclass(frozen=True, slots=True)
class Obstacle:
    """An offer in reach of a want by itself; ``findings`` block it, none = it passes alone."""

    offer_id: int
    road_km: float
    tonnes: float
    findings: tuple[Finding, ...]


def alone(asked: Read, want_id: int) -> list[Obstacle]:
    """Return the nearest offers of what the want takes, each judged by itself."""
    from matching.compatibility import acceptance_of, judge
    from matching.lookup import find_slot, road_km

    problem, parameters = asked.case.problem, asked.case.parameters
    slot = find_slot(problem, str(want_id))
    wanted = asked.rows[want_id].material_id
    ways = sorted(
        (km, supply.id, supply)
        for supply in problem.supplies
        if supply.material_id == wanted
        and acceptance_of(slot, supply.material_id)
        and (km := road_km(parameters, supply, slot)) <= parameters.radius_of(supply.material_id)
    )
    return [
        Obstacle(
            int(supply.id),
            km,
            sum(supply.tonnes),
            tuple(
                finding
                for finding in judge(problem, parameters, supply, slot).findings
                if finding.severity is Severity.BLOCK
            ),
        )
        for km, _, supply in ways[:OBSTACLES]
    ]


def limits_of(asked: Read, want_id: int) -> list[Limit]:
    """Return what a what-if may move of a want: one-sided limits of the rules that can refuse."""
    wanted = asked.rows[want_id].material_id
    slot = next(row for row in asked.case.problem.slots if row.id == str(want_id))
    rows = [
        limit
        for use in slot.accepts
        if use.material_id == wanted
        for limit in use.limits
        if limit.severity is Severity.BLOCK and limit.scope is Scope.MATERIAL
    ]
    signs: dict[tuple[str, str], set[Operator]] = {}
    for row in rows:
        signs.setdefault((row.name, _grade(row)), set()).add(row.operator)
    kept = {
        (row.name, _grade(row)): row
        for row in rows
        if row.operator is not Operator.BETWEEN and len(signs[row.name, _grade(row)]) == 1
    }
    return list(kept.values())


def _grade(limit: Limit) -> str:
    return limit.grades[0] if limit.grades else ""


def limit_key(limit: Limit) -> str:
    return f"{limit.name}|{_grade(limit)}"
