"""What a pair that may meet has yet to show: limits that no report of the lot can settle.

Limits of the mix, the product, the plant and the effect of a use, and those given for information,
refuse nobody before the first load. They are listed with the rule they stand in, so that both
sides know what the receiver will be held to.
"""

from dataclasses import replace

from matching.compatibility import applies, mixed_components, usual_ranges
from matching.limits import Measured, compare, figure_of, known_range, unfavourable
from matching.problem import (
    Acceptance,
    Dosage,
    Limit,
    Parameters,
    Problem,
    Scope,
    Severity,
    Slot,
    Supply,
)
from matching.result import Finding, Reason


def conditions(
    problem: Problem, parameters: Parameters, supply: Supply, slot: Slot, acceptance: Acceptance
) -> tuple[Finding, ...]:
    """List what is still open, none of it blocking.

    `LIMIT_EXCEEDED` of a mix says that the lot alone would break it, `DOSAGE` that not all of the
    lot fits into what the line's slots share. `note` is the limit's variant: the kind of product or
    plant it is about.
    """
    mixed = {(limit.name, limit.unit) for limit in (*slot.blend, *mixed_components(slot))}
    dosed = {
        _text_of(limit): (dosage, limit)
        for dosage in problem.dosages
        if dosage.line_id == slot.line_id
        for limit in dosage.limits
    }
    found = []
    for limit in acceptance.limits:
        measured = _measured(problem, parameters, supply, slot, limit)
        if (limit.name, limit.unit) in mixed or _is_judged(limit, measured, supply, acceptance):
            continue
        finding = compare(measured, limit)
        if _text_of(limit) in dosed:
            dosage, own = dosed[_text_of(limit)]
            finding = _dosed(problem, parameters, supply, slot, dosage, own) or finding
        if finding.reason is not Reason.WITHIN_LIMIT:
            told = replace(finding, severity=Severity.INFO, note=limit.variant, lift=None)
            found.append(told)
    return tuple(found)


def _text_of(limit: Limit) -> tuple[object, ...]:
    """Tell limits apart however their unit is written: `mg/kg clinker` is mg/kg of the product."""
    return limit.scope, limit.name, limit.operator, limit.value, limit.rule


def _dosed(
    problem: Problem,
    parameters: Parameters,
    supply: Supply,
    slot: Slot,
    dosage: Dosage,
    limit: Limit,
) -> Finding | None:
    """Say whether all that the two could do would fit the dosage; None where nobody knows."""
    content = unfavourable(supply, usual_ranges(problem, supply), limit, parameters.on)
    if content is None:
        return None
    dry = 1.0 - (supply.moisture_share or 0.0)
    fits = all(
        min(given, taken) * dry * content.high <= limit.value * product
        for given, taken, product in zip(supply.tonnes, slot.tonnes, dosage.product_t, strict=True)
    )
    return Finding(
        Reason.WITHIN_LIMIT if fits else Reason.DOSAGE,
        Severity.INFO,
        limit.name,
        content.high,
        limit.value,
        limit.operator,
        limit.unit,
        rule=limit.rule,
        scope=Scope.MIX,
    )


def _is_judged(limit: Limit, measured: Measured, supply: Supply, acceptance: Acceptance) -> bool:
    """Tell what `judge` has settled, and what is not about this lot at all."""
    if limit.scope is Scope.MIX:
        return False
    if limit.scope is not Scope.MATERIAL:
        return measured.bound is not None and applies(limit, supply, acceptance)
    told = limit.severity is Severity.INFO
    return not told or not applies(replace(limit, severity=Severity.WARN), supply, acceptance)


def _measured(
    problem: Problem, parameters: Parameters, supply: Supply, slot: Slot, limit: Limit
) -> Measured:
    if limit.scope in {Scope.MATERIAL, Scope.MIX}:
        return known_range(supply, usual_ranges(problem, supply), limit, parameters.on)
    return figure_of(slot, limit, parameters.on)
