"""What the catalogue limits in the mix wastes go into, held by all wants of a line together.

A limit on raw meal, clinker or cement is taken of what the line makes: the strict side for meal and
cement, which are more. All its wants count together, tonnes times content, against limit times
product; what else is in the mix is not counted. A lot whose content neither its report nor the
catalogue's usual range knows is in no sum: the limit stays an open condition of its pair, as it
does of every pair where nobody knows what a line makes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.listings.models import Listing
from market.matchmaking.summary import DosageLine
from market.orgs.models import Line, Site
from matching.compatibility import usual_ranges
from matching.kiln import RawMixLine
from matching.limits import unfavourable
from matching.problem import (
    Dosage,
    Limit,
    Operator,
    Parameters,
    Problem,
    Rule,
    Scope,
    Severity,
    Slot,
    Supply,
)
from matching.result import DosageUse, Result

MASS_UNITS = ("%", "mg/kg")
FULL = 1e-6
"""A limit of which less than this part is left counts as used up."""
Made = Callable[[Line, Site], tuple[float, ...]]
"""Tonnes of product of a line at a site in each period."""


def with_dosages(
    session: Session, problem: Problem, rows: Sequence[tuple[Listing, Site]], made: Made
) -> Problem:
    """Give each line with wants in the problem the limits of its mix that can be reckoned."""
    ends = {str(want.id): (want.line_id, site) for want, site in rows if want.line_id is not None}
    of_line: dict[int, list[Slot]] = defaultdict(list)
    sites: dict[int, Site] = {}
    for slot in problem.slots:
        if slot.id in ends:
            line_id, sites[line_id] = ends[slot.id]
            of_line[line_id].append(slot)
    limits = {line_id: _limits(slots) for line_id, slots in of_line.items()}
    wanted = [line_id for line_id, found in limits.items() if found]
    lines = session.scalars(sa.select(Line).where(Line.id.in_(wanted)).order_by(Line.id))
    dosages = tuple(
        Dosage(str(line.id), made(line, sites[line.id]), limits[line.id]) for line in lines
    )
    dosed = {row.line_id for row in dosages}
    return replace(
        problem,
        slots=tuple(
            replace(slot, line_id=str(ends[slot.id][0]))
            if slot.id in ends and str(ends[slot.id][0]) in dosed
            else slot
            for slot in problem.slots
        ),
        dosages=dosages,
    )


def _limits(slots: Iterable[Slot]) -> tuple[Limit, ...]:
    """Return the upper limits by mass of what these slots go into, each once."""
    found = {
        replace(limit, unit=unit): None
        for slot in slots
        for limit in slot.accepts[0].limits
        if limit.scope is Scope.MIX
        and limit.severity is Severity.BLOCK
        and limit.operator in {Operator.AT_MOST, Operator.BELOW}
        and (unit := limit.unit.split(" ")[0]) in MASS_UNITS
        and not _held_by(slot.raw_mix, limit)
    }
    return tuple(found)


def _held_by(kiln: RawMixLine | None, limit: Limit) -> bool:
    """Tell whether a raw mix keeps a limit itself, its own feeds included."""
    return kiln is not None and any(
        cap.name == limit.name and cap.high is not None and cap.high <= limit.value
        for cap in kiln.target.caps
    )


def dosage_lines(
    problem: Problem, parameters: Parameters, result: Result
) -> tuple[DosageLine, ...]:
    """Return the fullest period of each limit that wastes bring anything of, the fullest first."""
    periods: dict[tuple[str, str, float, str], list[DosageUse]] = defaultdict(list)
    for use in result.dosages:
        periods[use.line_id, use.name, use.limit, use.unit].append(use)
    found = []
    for dosage in problem.dosages:
        for limit in dosage.limits:
            uses = periods[dosage.line_id, limit.name, limit.value, limit.unit]
            fullest = max(uses, key=lambda use: use.value, default=None)
            unknown_t = sum(use.unknown_t for use in uses)
            if fullest is None or not (fullest.value > 0 or unknown_t > 0):
                continue
            rule = limit.rule or Rule("")
            parts = _parts(problem, parameters, result, dosage, limit, fullest.period)
            found.append(
                DosageLine(
                    line_id=int(dosage.line_id),
                    name=limit.name,
                    value=fullest.value,
                    limit=limit.value,
                    unit=limit.unit,
                    unknown_t=unknown_t,
                    standard=rule.standard,
                    clause=rule.clause,
                    parts=parts,
                )
            )
    return tuple(sorted(found, key=lambda row: (-row.share, row.line_id, row.name)))


def _parts(
    problem: Problem,
    parameters: Parameters,
    result: Result,
    dosage: Dosage,
    limit: Limit,
    period: str,
) -> dict[str, float]:
    """Return what each material brings, in the limit's unit, the most first."""
    product_t = dict(zip(problem.periods, dosage.product_t, strict=True))[period]
    supplies = {row.id: row for row in problem.supplies}
    line_of = {slot.id: slot.line_id for slot in problem.slots}
    brought: dict[str, float] = defaultdict(float)
    for flow in result.flows:
        if flow.period == period and line_of[flow.slot_id] == dosage.line_id:
            supply = supplies[flow.supply_id]
            held = dry_content(problem, parameters, supply, limit) or 0.0
            brought[supply.material_id] += flow.tonnes * held / product_t
    return dict(sorted(((k, v) for k, v in brought.items() if v > 0), key=lambda row: -row[1]))


def dry_content(
    problem: Problem, parameters: Parameters, supply: Supply, limit: Limit
) -> float | None:
    """Return what a tonne as received brings, in the limit's unit; None where nobody knows."""
    bound = unfavourable(supply, usual_ranges(problem, supply), limit, parameters.on)
    return None if bound is None else bound.high * (1.0 - (supply.moisture_share or 0.0))


def full_for(
    problem: Problem, parameters: Parameters, result: Result, supply: Supply
) -> tuple[str, ...]:
    """Name what is used up, in some period, on lines that take this material."""
    lines = {
        slot.line_id
        for slot in problem.slots
        if any(use.material_id == supply.material_id for use in slot.accepts)
    }
    limits = {
        (row.line_id, limit.name, limit.value): limit
        for row in problem.dosages
        for limit in row.limits
    }
    return tuple(
        sorted(
            {
                use.name
                for use in result.dosages
                if use.line_id in lines
                and use.value >= use.limit * (1 - FULL)
                and dry_content(
                    problem, parameters, supply, limits[use.line_id, use.name, use.limit]
                )
            }
        )
    )
