"""What runs out within a plan: licences that then let nothing in, reports then out of date.

Only periods that are named as months have an end to hold a date against.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from matching.compatibility import acceptance_of, in_force, judge
from matching.problem import Bound, Licence, Parameters, Problem, Slot, Supply
from matching.result import LiftKind, Result


class LapseKind(StrEnum):
    LICENCE = "licence"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Lapse:
    """A licence or report valid to `last_day`, and the `periods` that outlast it.

    Of a licence of the plant `owner_id`, `names` are the codes offered that then no licence of the
    plant covers: nothing of them goes there in those periods. Of a report of the supply `owner_id`,
    they are its properties. The plan counts on them all the same: it sends `tonnes` in those
    periods, of which `refused_t` would not pass by the usual range alone. Either way the `remedy`
    is a new one by the day after.
    """

    kind: LapseKind
    owner_id: str
    names: tuple[str, ...]
    number: str
    last_day: date
    periods: tuple[str, ...]
    tonnes: float = 0.0
    refused_t: float = 0.0

    @property
    def remedy(self) -> LiftKind:
        licence = self.kind is LapseKind.LICENCE
        return LiftKind.RENEW_LICENCE if licence else LiftKind.RENEW_ASSAY


def lapses_of(problem: Problem, parameters: Parameters, result: Result) -> tuple[Lapse, ...]:
    """List licences first, each kind by day and owner; empty where no period has an end."""
    ends = {
        name: day
        for name, day in zip(problem.periods, problem.ends, strict=True)
        if day is not None
    }
    found = (
        *_licences(problem, parameters.on, ends),
        *_reports(problem, parameters, result, ends),
    )
    return tuple(sorted(found, key=lambda row: (row.kind, row.last_day, row.owner_id, row.number)))


def _licences(problem: Problem, on: date | None, ends: dict[str, date]) -> Iterator[Lapse]:
    plants: dict[str, list[Slot]] = defaultdict(list)
    for slot in problem.slots:
        plants[slot.sink_id].append(slot)
    for sink_id, slots in plants.items():
        licences = {row for slot in slots for row in slot.licences if in_force(row.valid_to, on)}
        taken = {use.material_id for slot in slots for use in slot.accepts}
        offered = {
            code
            for supply in problem.supplies
            if supply.material_id in taken
            for code in supply.hazard_codes
        }
        for licence in licences:
            lapse = _lapse(sink_id, licence, licences, offered, ends)
            if lapse is not None:
                yield lapse


def _lapse(
    sink_id: str, licence: Licence, held: set[Licence], offered: set[str], ends: dict[str, date]
) -> Lapse | None:
    """Return what a licence leaves without any other; None where another takes its place."""
    if licence.valid_to is None:
        return None
    codes: set[str] = set()
    periods = []
    for name, end in ends.items():
        if end > licence.valid_to:
            valid = [row for row in held if in_force(row.valid_to, end)]
            bare = {
                code
                for code in offered
                if licence.covers(code) and not any(row.covers(code) for row in valid)
            }
            codes |= bare
            periods += [name] if bare else []
    if not codes:
        return None
    names = tuple(sorted(codes))
    kind = LapseKind.LICENCE
    return Lapse(kind, sink_id, names, licence.number, licence.valid_to, tuple(periods))


def _reports(
    problem: Problem, parameters: Parameters, result: Result, ends: dict[str, date]
) -> Iterator[Lapse]:
    """Group what a supply's reports say by their last day."""
    slots = {row.id: row for row in problem.slots}
    sent: dict[str, list[tuple[str, str, float]]] = defaultdict(list)
    for flow in result.flows:
        sent[flow.supply_id].append((flow.slot_id, flow.period, flow.tonnes))
    for supply in problem.supplies if parameters.on is not None else ():
        by_day: dict[date, set[str]] = defaultdict(set)
        for bound in supply.assay:
            if bound.expires_on is not None and in_force(bound.expires_on, parameters.on):
                by_day[bound.expires_on].add(bound.name)
        for day, names in by_day.items():
            late = [row for row in sent[supply.id] if row[1] in ends and ends[row[1]] > day]
            if late:
                later = replace(supply, assay=tuple(_still(supply, day)))
                refused = {
                    slot_id
                    for slot_id in {row[0] for row in late}
                    if not _passes(problem, parameters, later, slots[slot_id])
                }
                yield Lapse(
                    LapseKind.REPORT,
                    supply.id,
                    tuple(sorted(names)),
                    "",
                    day,
                    tuple(name for name in ends if any(name == row[1] for row in late)),
                    math.fsum(row[2] for row in late),
                    math.fsum(row[2] for row in late if row[0] in refused),
                )


def _still(supply: Supply, day: date) -> Iterator[Bound]:
    """Yield what a supply's reports say after a day."""
    for bound in supply.assay:
        if bound.expires_on is None or bound.expires_on > day:
            yield bound


def _passes(problem: Problem, parameters: Parameters, supply: Supply, slot: Slot) -> bool:
    """Judge a pair under contract as one that nobody asks."""
    known = acceptance_of(slot, supply.material_id) is not None
    return not known or judge(problem, parameters, supply, slot).passes
