"""Questions asked of a saved run: its frozen input is reckoned with again, nothing is stored.

Every answer compares best plans of that input, so it speaks of the run only where the run's own
plan is proven to be the best, or as good as that, of all its listings. Minimum lots and numbers of
suppliers are left aside in both plans, so that each is found in a moment.
"""

import functools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from market.errors import ConflictError
from market.matchmaking import queries, reading
from market.matchmaking.codec import thaw
from market.matchmaking.models import MatchRun
from market.matchmaking.quotas import without_idle, without_lots
from market.matchmaking.reading import BalanceRow
from market.matchmaking.rules import SETTLED, RunStatus
from market.matchmaking.summary import RunSummary
from matching.changes import Case
from matching.problem import Limit, Objective, Operator, Scope, Severity, Slot
from matching.result import Finding, Result, Side, Worth

if TYPE_CHECKING:
    from matching.location import Candidate, Site
    from matching.loss import Loss
    from matching.mixes import Mixture
    from matching.reach import UseReach
    from matching.whatif import WhatIf

SECONDS = 4.0
"""An answer is stopped here: the person is waiting."""
SITE_SECONDS = 2.5
"""Places are reckoned one by one: what is known by then is shown, with what is proven of it."""
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
    """What a what-if may change; several changes may stand behind one another."""

    OFFER_TONNES = "offer-tonnes"
    WANT_TONNES = "want-tonnes"
    AMOUNT = "amount"
    STOPPAGE = "stoppage"
    STORAGE = "storage"
    LIMIT = "limit"
    DOSAGE = "dosage"
    DISPOSAL = "disposal"
    REPLACED = "replaced"
    TREATMENT = "treatment"
    FREIGHT = "freight"
    CARBON = "carbon"
    RADIUS = "radius"
    REMOVE_OFFER = "remove-offer"
    REMOVE_PLANT = "remove-plant"
    ADD_PLANT = "add-plant"


class Deadline:
    """Stops the engine when the person has waited long enough."""

    def __init__(self, seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._until = time.monotonic() + seconds
        self.passed = False

    def __call__(self) -> bool:
        self.passed = self.passed or time.monotonic() > self._until
        return self.passed

    def require(self) -> None:
        """Raise where the engine was stopped: half an answer is none."""
        if self.passed:
            raise ConflictError("question_takes_too_long", seconds=round(self.seconds))


@dataclass(frozen=True, slots=True)
class Read:
    """A run with what its questions need; ``rows`` are its listings by id.

    ``leaves_lots`` tells whether minimum lots or numbers of suppliers are left out of ``case``.
    """

    run: MatchRun
    frozen: bytes
    case: Case
    rows: dict[int, BalanceRow]
    leaves_lots: bool

    def side(self, side: str) -> list[BalanceRow]:
        """Return the listings of one side that are in the input too, the largest first."""
        problem = self.case.problem
        known = {s.id for s in problem.supplies} | {k.id for k in problem.slots}
        rows = (row for key, row in self.rows.items() if row.side == side and str(key) in known)
        return sorted(rows, key=lambda row: (-row.available_kg, row.end.listing_id))


def read(session: Session, run_id: int) -> Read:
    """Read a run and its input; raise ``ConflictError`` where no comparison would be honest."""
    run = queries.run(session, run_id)
    frozen = queries.frozen_input(session, run_id)
    summary = RunSummary.of(run.summary)
    if frozen is None or summary is None or run.status not in SETTLED:
        raise ConflictError("run_has_no_input")
    if summary.changed_meanwhile or (run.status == RunStatus.FEASIBLE and not summary.is_best):
        raise ConflictError("run_not_comparable")
    rows = {row.end.listing_id: row for row in reading.balances(session, run_id)}
    try:
        case, leaves_lots = _thawed(frozen)
    except ValueError as error:
        raise ConflictError("run_input_outdated") from error
    return Read(run, frozen, case, rows, leaves_lots)


@functools.lru_cache(maxsize=8)
def _thawed(frozen: bytes) -> tuple[Case, bool]:
    case = Case(*thaw(frozen))
    plain = without_lots(case.problem)
    return replace(case, problem=plain), plain != case.problem


@functools.lru_cache(maxsize=8)
def _plan(frozen: bytes) -> Result:
    """Solve the input as it is; an input never changes, so neither does its plan."""
    from matching.solve import solve

    (case, _), deadline = _thawed(frozen), Deadline()
    plan = solve(case.problem, case.parameters, should_stop=deadline)
    deadline.require()
    return plan


def what_if(asked: Read, changed: Case) -> "WhatIf":
    """Compare the run's plan with that of its input as changed."""
    from matching.whatif import compare

    deadline = Deadline()
    saved = _plan(asked.frozen)
    answer = compare(asked.case, changed, saved, should_stop=deadline)
    deadline.require()
    return answer


@dataclass(frozen=True, slots=True)
class Losses:
    """Most stranded first; ``untried`` were left when time ran out, none of them a larger one."""

    found: "tuple[Loss, ...]"
    untried: int = 0


def losses(asked: Read, side: Side) -> Losses:
    """Take out the receivers or the offers in turn, those that move most first."""
    from matching.loss import losses as lose
    from matching.residual import get_ready

    get_ready()
    deadline, problem = Deadline(), without_idle(asked.case.problem)
    found = lose(problem, asked.case.parameters, should_stop=deadline, side=side)
    if side is Side.SUPPLY:
        all_of_them = len(problem.supplies)
    else:
        all_of_them = len({slot.sink_id for slot in problem.slots})
    if all_of_them and not found:
        deadline.require()
    return Losses(found, all_of_them - len(found))


@dataclass(frozen=True, slots=True)
class Ranking:
    """The places that do most, best first, each with its index among the candidates.

    ``first_proven``: no other place can do more than the first; ``all_proven``: nor than those
    listed. ``most_left_t``: no place left untried can place more tonnes anew.
    """

    found: tuple[tuple[int, "Site"], ...]
    first_proven: bool
    all_proven: bool
    most_left_t: float | None = None


def best_places(asked: Read, plant: Slot, candidates: Sequence["Candidate"]) -> Ranking:
    """Rank the places by tonnes placed, then tonne-km, whatever the run itself aimed for.

    Where time runs out the places reckoned by then are ranked, and what is proven is said.
    """
    from matching.location import best_site

    deadline = Deadline(SITE_SECONDS)
    parameters = replace(asked.case.parameters, objective=Objective.TONNES)
    solved: dict[int, Site] = {}
    left = dict(enumerate(candidates))
    bounds: list[tuple[float, float]] = []
    while left and not deadline():
        where = {id(candidate): index for index, candidate in left.items()}
        rest = list(left.values())
        siting = best_site(asked.case.problem, parameters, [plant], rest, deadline)
        for site in siting.sites:
            if site.gain is not None:
                index = where[id(site.candidate)]
                solved[index] = site
                del left[index]
        bounds = [_gain(site.bound) for site in siting.sites if site.gain is None]
        shown = _best(solved)
        if len(shown) == PLACES and not _beaten(shown[-1][1], bounds):
            break
    shown = _best(solved)
    if not shown:
        deadline.require()
    return Ranking(
        shown,
        first_proven=bool(shown) and not _beaten(shown[0][1], bounds),
        all_proven=bool(shown) and not _beaten(shown[-1][1], bounds),
        most_left_t=max((tonnes for tonnes, _haul in bounds), default=None),
    )


def _best(solved: "Mapping[int, Site]") -> "tuple[tuple[int, Site], ...]":
    order = sorted(solved.items(), key=lambda item: (*(-x for x in _gain(item[1].gain)), item[0]))
    return tuple((index, site) for index, site in order if site.feeds)[:PLACES]


def _gain(worth: Worth | None) -> tuple[float, float]:
    """Round to what is weighed, so that rounding decides no rank."""
    return (0.0, 0.0) if worth is None else (round(worth.tonnes, 3), round(worth.tonne_km, 1))


def _beaten(site: "Site", bounds: Sequence[tuple[float, float]]) -> bool:
    return any(bound > _gain(site.gain) for bound in bounds)


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
    """An offer in reach of a want by itself; ``findings`` block it, none = it passes alone.

    Of its ``tonnes`` the want's line may take in ``dosed_t``; ``dosages`` name what runs out.
    """

    offer_id: int
    road_km: float
    tonnes: float
    findings: tuple[Finding, ...]
    dosed_t: float
    dosages: tuple[str, ...]


def alone(asked: Read, want_id: int) -> list[Obstacle]:
    """Return the nearest offers of what the want takes, each judged by itself."""
    from matching.blending import budgets_of
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
    budgets = budgets_of(problem, parameters, slot)
    found = []
    for km, _, supply in ways[:OBSTACLES]:
        tonnes = sum(supply.tonnes)
        dosed = {row.limit.name: row.most_t(supply.id, tonnes) for row in budgets}
        findings = judge(problem, parameters, supply, slot).findings
        found.append(
            Obstacle(
                int(supply.id),
                km,
                tonnes,
                tuple(finding for finding in findings if finding.severity is Severity.BLOCK),
                min(dosed.values(), default=tonnes),
                tuple(name for name, most in dosed.items() if most < tonnes - _WEIGHABLE_T),
            )
        )
    return found


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


def dosages_of(asked: Read) -> list[tuple[int, Limit]]:
    """Return the limits on what wastes bring into a product, each with one want of its line."""
    wants: dict[str, int] = {}
    for slot in asked.case.problem.slots:
        if int(slot.id) in asked.rows:
            wants.setdefault(slot.line_id, int(slot.id))
    return [
        (wants[dosage.line_id], limit)
        for dosage in asked.case.problem.dosages
        if dosage.line_id in wants
        for limit in {row.name: row for row in dosage.limits}.values()
    ]


def _grade(limit: Limit) -> str:
    return limit.grades[0] if limit.grades else ""


def limit_key(limit: Limit) -> str:
    return f"{limit.name}|{_grade(limit)}"
