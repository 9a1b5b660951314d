"""May this supply meet this slot? Every refusal says why, by which rule, and what would lift it."""

from collections.abc import Hashable
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date

from matching.grades import attained_grade, grade_order, limits_of_grade
from matching.limits import (
    Measured,
    compare,
    figure_of,
    known_range,
    smaller,
    unfavourable,
    unknown_to_a_mix,
)
from matching.problem import (
    Acceptance,
    Allowed,
    BorderRule,
    Bound,
    Limit,
    Operator,
    Parameters,
    Problem,
    Scope,
    Severity,
    Slot,
    Supply,
)
from matching.result import Finding, Lift, LiftKind, Reason, Verdict


def acceptance_of(slot: Slot, material_id: str) -> Acceptance | None:
    for row in slot.accepts:
        if row.material_id == material_id:
            return row
    return None


def judge(problem: Problem, parameters: Parameters, supply: Supply, slot: Slot) -> Verdict:
    """Everything but distance, which `geography` answers for all pairs at once."""
    acceptance = acceptance_of(slot, supply.material_id)
    if acceptance is None:
        return Verdict((Finding(Reason.NOT_ACCEPTED, Severity.BLOCK, name=supply.material_id),))
    if acceptance.allowed is Allowed.NO:
        return Verdict((_prohibited(acceptance),))
    verdict = _judge_limits(problem, parameters, supply, slot, acceptance)
    legal = (
        *_judge_condition(acceptance),
        *_judge_class(problem, supply),
        *_judge_codes(problem, parameters, supply, slot),
        *_judge_border(problem.border_rules, supply, slot),
        *_judge_blend(problem, parameters, supply, slot),
    )
    return replace(verdict, findings=legal + verdict.findings)


def supply_kind(row: Supply) -> Hashable:
    """Everything of a supply that a verdict depends on, besides its material."""
    legal = (row.hazard_codes, row.province, row.identified, row.cleared)
    return (row.assay, row.tags, row.moisture_share, *legal)


def slot_kind(row: Slot, material_id: str) -> Hashable:
    """Identify by object: rows built from one catalogue share their acceptances."""
    acceptance = acceptance_of(row, material_id)
    blended = tuple((limit.name, limit.unit) for limit in row.blend)
    mixed = row.raw_mix.components if row.raw_mix else ()
    return (id(acceptance), row.licences, row.province, blended, mixed, row.figures)


def _prohibited(acceptance: Acceptance) -> Finding:
    return Finding(
        Reason.PROHIBITED,
        Severity.BLOCK,
        name=acceptance.material_id,
        rule=acceptance.rule,
        note=acceptance.note,
    )


def _judge_condition(acceptance: Acceptance) -> tuple[Finding, ...]:
    if acceptance.allowed is not Allowed.CONDITIONAL:
        return ()
    lift = Lift(LiftKind.MEET_CONDITION, name=acceptance.material_id)
    return (
        Finding(
            Reason.CONDITIONAL,
            Severity.WARN,
            name=acceptance.material_id,
            rule=acceptance.rule,
            note=acceptance.note,
            lift=lift,
        ),
    )


def _judge_class(problem: Problem, supply: Supply) -> tuple[Finding, ...]:
    """Caution against a stream nobody has shown to be harmless, as its kind demands."""
    if supply.identified:
        return ()
    name = supply.material_id
    lift = Lift(LiftKind.IDENTIFY, name)
    rule = problem.identify_rule
    return (Finding(Reason.NOT_IDENTIFIED, Severity.WARN, name=name, rule=rule, lift=lift),)


def _judge_codes(
    problem: Problem, parameters: Parameters, supply: Supply, slot: Slot
) -> tuple[Finding, ...]:
    findings = []
    for code in sorted(supply.hazard_codes):
        covering = [licence for licence in slot.licences if licence.covers(code)]
        if any(in_force(licence.valid_to, parameters.on) for licence in covering):
            continue
        reason = Reason.LICENCE_EXPIRED if covering else Reason.CODE_NOT_LICENSED
        kind = LiftKind.RENEW_LICENCE if covering else LiftKind.OBTAIN_LICENCE
        findings.append(
            Finding(
                reason,
                Severity.BLOCK,
                name=code,
                rule=problem.licence_rule,
                lift=Lift(kind, name=code),
            )
        )
    return tuple(findings)


def in_force(valid_to: date | None, on: date | None) -> bool:
    return valid_to is None or on is None or on <= valid_to


def _judge_border(rules: tuple[BorderRule, ...], supply: Supply, slot: Slot) -> tuple[Finding, ...]:
    """Unknown provinces cross no border: the caller may not know them, and says so elsewhere."""
    if not supply.province or slot.province in {"", supply.province, *supply.cleared}:
        return ()
    hazardous = bool(supply.hazard_codes)
    return tuple(
        Finding(
            Reason.PROVINCE_BORDER,
            rule.severity,
            name=slot.province,
            rule=rule.rule,
            lift=Lift(_border_step(rule), name=slot.province),
        )
        for rule in rules
        if rule.hazardous == hazardous
    )


def _judge_blend(
    problem: Problem, parameters: Parameters, supply: Supply, slot: Slot
) -> tuple[Finding, ...]:
    """Refuse lots whose properties are unknown to a mix: it could not be reckoned."""
    ranges = usual_ranges(problem, supply)
    return tuple(
        unknown_to_a_mix(limit.name, limit.unit, limit.rule)
        for limit in (*slot.blend, *mixed_components(slot))
        if unfavourable(supply, ranges, limit, parameters.on) is None
    )


def mixed_components(slot: Slot) -> tuple[Limit, ...]:
    """Name what a kiln line must know of a lot, in percent; no limit is meant."""
    names = (*slot.raw_mix.components, "LOI") if slot.raw_mix else ()
    return tuple(Limit(name, Operator.AT_MOST, 100.0) for name in names)


def usual_ranges(problem: Problem, supply: Supply) -> tuple[Bound, ...]:
    return next((m.ranges for m in problem.materials if m.id == supply.material_id), ())


def _border_step(rule: BorderRule) -> LiftKind:
    blocks = rule.severity is Severity.BLOCK
    return LiftKind.OBTAIN_APPROVAL if blocks else LiftKind.INFORM_PROVINCES


def _judge_limits(
    problem: Problem, parameters: Parameters, supply: Supply, slot: Slot, acceptance: Acceptance
) -> Verdict:
    ranges = usual_ranges(problem, supply)
    findings: dict[Limit, Finding] = {}
    for limit in acceptance.limits:
        if not applies(limit, supply, acceptance):
            continue
        if limit.scope is Scope.MATERIAL:
            measured = known_range(supply, ranges, limit, parameters.on)
        elif limit.scope is Scope.MIX or not slot.figures:
            continue
        else:
            measured = figure_of(slot, limit, parameters.on)
        if limit.scope is Scope.MATERIAL or measured.bound is not None:
            findings[limit] = _judge_limit(parameters, measured, limit)
    grade = attained_grade(findings, {k for k, v in findings.items() if not _is_margin(v)})
    broken = {limit for limit, finding in findings.items() if _fails_grade(finding)}
    kept = limits_of_grade(findings, grade, broken)
    kept, findings = _nearest(findings, kept, broken)
    remarks = tuple(findings[limit] for limit in kept if not _is_margin(findings[limit]))
    margins = tuple(findings[limit] for limit in kept if _is_margin(findings[limit]))
    return Verdict(remarks, margins, grade)


def applies(limit: Limit, supply: Supply, acceptance: Acceptance) -> bool:
    """Tell whether a limit judges this lot; what is only for information judges nobody."""
    if limit.severity is Severity.INFO:
        return False
    return not limit.variant or limit.variant in supply.tags | acceptance.variants


def _fails_grade(finding: Finding) -> bool:
    """Tell limits that are certainly broken, or that refuse for want of proof."""
    if finding.reason is Reason.WITHIN_LIMIT:
        return False
    return finding.reason is Reason.LIMIT_EXCEEDED or finding.severity is Severity.BLOCK


def _nearest(
    findings: dict[Limit, Finding], kept: tuple[Limit, ...], broken: AbstractSet[Limit]
) -> tuple[tuple[Limit, ...], dict[Limit, Finding]]:
    """Ask a refused lot for the grade that one change gives it, if that change is the smallest.

    What it lacks of that grade then refuses it, even where the limit itself would only caution.
    """
    refusing = {limit for limit in kept if findings[limit].severity is Severity.BLOCK}
    if not any(limit.grades for limit in refusing):
        return kept, findings
    alone = _alone(findings, refusing)
    for grade in grade_order(findings)[::-1]:
        asked = tuple(limit for limit in findings if not limit.grades or grade in limit.grades)
        faults = {limit for limit in asked if limit in (broken if limit.grades else refusing)}
        fault = _alone(findings, faults)
        if fault and (alone is None or smaller(findings[fault].lift, findings[alone].lift)):
            alone, kept = fault, asked
    if alone is not None:
        findings = {**findings, alone: replace(findings[alone], severity=Severity.BLOCK)}
    return kept, findings


def _alone(findings: dict[Limit, Finding], faults: AbstractSet[Limit]) -> Limit | None:
    """Return the one limit that a single change would mend, where it is one."""
    return next((f for f in faults if findings[f].lift), None) if len(faults) == 1 else None


def _is_margin(finding: Finding) -> bool:
    return finding.reason is Reason.WITHIN_LIMIT


def _judge_limit(parameters: Parameters, measured: Measured, limit: Limit) -> Finding:
    """Unproven and unknown values caution; they refuse only where an assay is required."""
    finding = compare(measured, limit)
    soft = finding.reason in {
        Reason.LIMIT_UNPROVEN,
        Reason.VALUE_UNKNOWN,
        Reason.ASSAY_EXPIRED,
        Reason.UNIT_MISMATCH,
    }
    if soft and not parameters.require_assay:
        return replace(finding, severity=Severity.WARN)
    return finding
