"""Licensed tonnes that cannot bind, let go of where only stops are asked about.

A quota makes a plan more than a network, and each stop is then solved as a whole. Where a plant is
licensed for more than everybody offers of its codes, no plan with fewer plants reaches the quota.
"""

from collections import defaultdict
from dataclasses import replace

from matching.commitments import without_commitments
from matching.problem import Licence, Parameters, Problem, Supply
from matching.quotas import quotas_of
from matching.result import Result

WEIGHABLE_T = 1e-3


def plants_licensed_out(
    problem: Problem, parameters: Parameters, result: Result, lot: Supply, plants: set[str]
) -> int:
    """Count the plants with licensed tonnes used up that this lot needs, in some year.

    A lot under two licences is let in while either has tonnes left: only what lets in no more
    under all of its licences together is used up for it.
    """
    lowered = without_commitments(problem) if problem.commitments else problem
    held = [quota for quota in quotas_of(lowered, parameters) if quota.held]
    return len(
        {
            quota.sink_id
            for quota, use in zip(held, result.quota_uses, strict=True)
            if quota.sink_id in plants
            and use.used_t >= use.tonnes - WEIGHABLE_T
            and any(
                quota.counts(lot.hazard_codes, period)
                for period, name in enumerate(problem.periods)
                if problem.year_of[name] == quota.year
            )
        }
    )


def without_idle(problem: Problem) -> Problem:
    """Return the problem with the tonnages left out of plants none of whose licences can be full.

    All of a plant's licences or none: those that share a code count their tonnes together.
    """
    licences: dict[str, set[Licence]] = defaultdict(set)
    for slot in problem.slots:
        licences[slot.sink_id] |= set(slot.licences)
    idle = {
        sink_id
        for sink_id, held in licences.items()
        if all(row.tonnes is None or _offered_t(problem, row) <= row.tonnes for row in held)
    }
    return replace(
        problem,
        slots=tuple(
            replace(slot, licences=tuple(replace(row, tonnes=None) for row in slot.licences))
            if slot.sink_id in idle and slot.licences
            else slot
            for slot in problem.slots
        ),
    )


def without_lots(problem: Problem) -> Problem:
    """Return the problem without minimum lots and numbers of suppliers.

    Stops are then found among plans anyway, each in a moment; a run that is within ``NEAR`` of the
    best differs from such plans by as little.
    """
    return replace(
        problem,
        supplies=tuple(replace(row, min_lot_t=0.0) for row in problem.supplies),
        slots=tuple(replace(row, min_lot_t=0.0, max_suppliers=None) for row in problem.slots),
    )


def _offered_t(problem: Problem, licence: Licence) -> float:
    return sum(
        sum(row.tonnes) + _opening_t(row)
        for row in problem.supplies
        if any(licence.covers(code) for code in row.hazard_codes)
    )


def _opening_t(supply: Supply) -> float:
    return 0.0 if supply.storage is None else supply.storage.opening_t
