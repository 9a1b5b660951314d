"""Dosages of lines, reckoned again from the flows alone."""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from matching.compatibility import usual_ranges
from matching.faults import Fault, Violation
from matching.limits import unfavourable
from matching.problem import Dosage, Limit, Parameters, Problem, Supply
from matching.result import Result


@dataclass(frozen=True, slots=True)
class _Lot:
    """Tonnes delivered, by a contract where `fixed`."""

    supply: Supply
    tonnes: float
    fixed: bool


def check_dosages(problem: Problem, parameters: Parameters, result: Result) -> Iterator[Violation]:
    """Hold what comes to all slots of a line against its limits, and what the result says of it.

    Contracts alone may break a dosage; nothing may be added then.
    """
    if not problem.dosages:
        return
    supplies = {row.id: row for row in problem.supplies}
    line_of = {slot.id: slot.line_id for slot in problem.slots}
    lots: dict[tuple[str, str], list[_Lot]] = defaultdict(list)
    for flow in result.flows:
        lot = _Lot(supplies[flow.supply_id], flow.tonnes, fixed=False)
        lots[line_of[flow.slot_id], flow.period].append(lot)
    for row in problem.fixed:
        lot = _Lot(supplies[row.supply_id], row.tonnes, fixed=True)
        lots[line_of[row.slot_id], row.period].append(lot)
    stated = {
        (use.line_id, use.period, use.name, use.limit, use.unit): (use.value, use.unknown_t)
        for use in result.dosages
    }
    for dosage in problem.dosages:
        for period, product_t in zip(problem.periods, dosage.product_t, strict=True):
            mine = lots[dosage.line_id, period]
            for limit in dosage.limits:
                place = (dosage, limit, period)
                yield from _check(problem, parameters, place, product_t, mine, stated)


def _check(
    problem: Problem,
    parameters: Parameters,
    place: tuple[Dosage, Limit, str],
    product_t: float,
    lots: list[_Lot],
    stated: dict[tuple[str, str, str, float, str], tuple[float, float]],
) -> Iterator[Violation]:
    dosage, limit, period = place
    known: list[tuple[float, bool]] = []
    unknown_t = 0.0
    for lot in lots:
        ranges = usual_ranges(problem, lot.supply)
        content = unfavourable(lot.supply, ranges, limit, parameters.on)
        dry = lot.tonnes * (1 - (lot.supply.moisture_share or 0.0))
        if content is None:
            unknown_t += lot.tonnes
        else:
            known.append((dry * max(0.0, content.high), lot.fixed))
    owner = f"{dosage.line_id} {limit.name}"
    mass, most = math.fsum(part for part, _ in known), limit.value * product_t
    allowed = max(most, math.fsum(part for part, fixed in known if fixed))
    if mass > allowed + 1e-6 * max(1.0, most):
        yield Violation(Fault.DOSAGE_EXCEEDED, owner, period, mass, most)
    if product_t <= 0:
        return
    key = (dosage.line_id, period, limit.name, limit.value, limit.unit)
    for found, right in zip(
        stated.get(key, (math.nan,) * 2), (mass / product_t, unknown_t), strict=True
    ):
        if not math.isclose(found, right, rel_tol=1e-6, abs_tol=1e-6):
            yield Violation(Fault.WRONG_VALUE, owner, period, found, right)
