"""Licensed tonnes that cannot bind, let go of where only stops are asked about.

A quota makes a plan more than a network, and each stop is then solved as a whole. Where a plant is
licensed for more than everybody offers of its codes, no plan with fewer plants reaches the quota.
"""

from collections import defaultdict
from dataclasses import replace

from matching.problem import Licence, Problem, Supply


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
