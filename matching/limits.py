"""One measured range against one limit, always on the unfavourable side."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from matching.problem import Bound, Limit, Operator, Origin, Rule, Scope, Severity, Slot, Supply
from matching.result import Finding, Lift, LiftKind, Reason

_MASS_FRACTION = {"%": 1e-2, "mass %": 1e-2, "mg/kg": 1e-6, "ppm": 1e-6, "share": 1.0}
_TO_A_REFERENCE = ("ratio", "index")
"""Words in names of properties whose percent is of a reference sample: they may be above 100."""
_NO_BOUND = 1e9
_TERM = re.compile(r"(\d+(?:\.\d+)?)?([A-Z(].*)")


@dataclass(frozen=True, slots=True)
class Measured:
    """`bound` is None where nobody knows; `expired` where there was a report and it has run out."""

    bound: Bound | None
    origin: Origin = Origin.ASSAY
    expired: bool = False


def possible(name: str, unit: str) -> tuple[float, float]:
    """Return the least and the most a property can be: a part of a lot is from nothing to all."""
    if unit not in _MASS_FRACTION:
        return -_NO_BOUND, _NO_BOUND
    if any(word in name for word in _TO_A_REFERENCE):
        return 0.0, _NO_BOUND
    return 0.0, 1 / _MASS_FRACTION[unit]


def known_range(
    supply: Supply, catalogue: tuple[Bound, ...], limit: Limit, on: date | None
) -> Measured:
    """Take the lot's own report before the catalogue's usual range; sums like `Na2O+K2O` add up.

    What a report said after its last day is as good as nothing: the usual range takes its place.
    """
    own = {bound.name: bound for bound in supply.assay}
    if supply.moisture_share is not None:
        percent = supply.moisture_share * 100
        own.setdefault("moisture", Bound("moisture", percent, percent))
    found = _named_or_summed(limit.name, own)
    if found and not _is_expired(found, on):
        return Measured(found, Origin.ASSAY)
    usual = {bound.name: bound for bound in catalogue}
    valid = {name: bound for name, bound in own.items() if not _is_expired(bound, on)}
    mixed = _named_or_summed(limit.name, usual | valid)
    return Measured(mixed, Origin.CATALOGUE, expired=found is not None)


def figure_of(slot: Slot, limit: Limit, on: date | None) -> Measured:
    """Take the receiver's own figure; a catalogue knows none of those."""
    found = _named_or_summed(limit.name, {bound.name: bound for bound in slot.figures})
    expired = found is not None and _is_expired(found, on)
    return Measured(None if expired else found, Origin.ASSAY, expired)


def _is_expired(bound: Bound, on: date | None) -> bool:
    return bound.expires_on is not None and on is not None and on > bound.expires_on


def _named_or_summed(name: str, bounds: dict[str, Bound]) -> Bound | None:
    if name in bounds:
        return bounds[name]
    terms = terms_of(name)
    known = [(factor, bounds[part]) for factor, part in terms if part in bounds]
    if not known or len(known) < len(terms) or len({bound.unit for _, bound in known}) != 1:
        return None
    expiries = [bound.expires_on for _, bound in known if bound.expires_on]
    return Bound(
        name,
        sum(factor * bound.low for factor, bound in known),
        sum(factor * bound.high for factor, bound in known),
        known[0][1].unit,
        min(expiries) if expiries else None,
    )


@lru_cache(maxsize=1024)
def terms_of(name: str) -> tuple[tuple[float, str], ...]:
    """Part a sum into factors and properties; what is no sum has none.

    `15As` is fifteen times As; `C3S` is a name, for a factor stands in front.
    """
    found = [_TERM.fullmatch(part.strip()) for part in name.split("+")]
    if len(found) == 1 or not all(found):
        return ()
    return tuple((float(term[1] or 1), term[2]) for term in found if term)


def compare(measured: Measured, limit: Limit) -> Finding:
    """Judge the unfavourable end; an expired report is told even where the usual range would do."""
    expired = measured.expired
    if measured.bound is None:
        reason = Reason.ASSAY_EXPIRED if expired else Reason.VALUE_UNKNOWN
        return _remark(limit, reason, LiftKind.RENEW_ASSAY if expired else LiftKind.ASSAY)
    bound = in_unit_of(limit, measured.bound)
    if bound is None:
        return _remark(limit, Reason.UNIT_MISMATCH, LiftKind.ASSAY)
    worst, best = _worst_and_best(bound, limit)
    usual = measured.origin is Origin.CATALOGUE
    if not _holds(best if usual else worst, limit):
        return _judged(limit, Reason.LIMIT_EXCEEDED, worst, measured)
    if expired:
        return _judged(limit, Reason.ASSAY_EXPIRED, worst, measured)
    if not _holds(worst, limit):
        return _judged(limit, Reason.LIMIT_UNPROVEN, worst, measured)
    return _judged(limit, Reason.WITHIN_LIMIT, worst, measured)


def unfavourable(
    supply: Supply, catalogue: tuple[Bound, ...], limit: Limit, on: date | None
) -> Bound | None:
    """Return the range to reckon a mix with, in the limit's unit; None where nobody knows."""
    measured = known_range(supply, catalogue, limit, on)
    return None if measured.bound is None else in_unit_of(limit, measured.bound)


def unknown_to_a_mix(name: str, unit: str, rule: Rule | None = None) -> Finding:
    """Ask for a report of any value: others may make up for it."""
    lift = Lift(LiftKind.ASSAY, name, unit=unit)
    return Finding(
        Reason.VALUE_UNKNOWN, Severity.BLOCK, name, unit=unit, rule=rule, lift=lift, scope=Scope.MIX
    )


def in_unit_of(limit: Limit, bound: Bound) -> Bound | None:
    """Return the range in the limit's unit; None where one does not tell the other."""
    if bound.unit == limit.unit:
        return bound
    if bound.unit not in _MASS_FRACTION or limit.unit not in _MASS_FRACTION:
        return None
    factor = _MASS_FRACTION[bound.unit] / _MASS_FRACTION[limit.unit]
    return Bound(bound.name, bound.low * factor, bound.high * factor, limit.unit)


def smaller(one: Lift | None, other: Lift | None) -> bool:
    """Tell whether `one` is the smaller change of the same property, brought about alike."""
    if one is None or other is None or (one.kind, one.name) != (other.kind, other.name):
        return False
    steps = []
    for lift in (one, other):
        if lift.current is None or lift.target is None:
            return False
        share = _MASS_FRACTION.get(lift.unit)
        unit = "" if share else lift.unit
        steps.append((unit, abs(lift.target - lift.current) * (share or 1.0)))
    return steps[0][0] == steps[1][0] and steps[0][1] < steps[1][1]


def _margin(value: float, limit: Limit) -> float:
    """Room left, in the limit's unit; negative = broken by so much."""
    match limit.operator:
        case Operator.AT_MOST | Operator.BELOW:
            return limit.value - value
        case Operator.AT_LEAST | Operator.ABOVE:
            return value - limit.value
        case Operator.BETWEEN:
            assert limit.value_high is not None
            return min(value - limit.value, limit.value_high - value)


def _holds(value: float, limit: Limit) -> bool:
    margin = _margin(value, limit)
    strict = limit.operator in {Operator.BELOW, Operator.ABOVE}
    return margin > 0 if strict else margin >= 0


def _worst_and_best(bound: Bound, limit: Limit) -> tuple[float, float]:
    """Find the values of the range with least and most room; a window is best met inside."""
    ends = sorted((bound.low, bound.high), key=lambda value: _margin(value, limit))
    if limit.operator is not Operator.BETWEEN:
        return ends[0], ends[1]
    assert limit.value_high is not None
    middle = (limit.value + limit.value_high) / 2
    return ends[0], min(max(middle, bound.low), bound.high)


def _target(value: float, limit: Limit) -> float:
    if limit.value_high is not None and value > limit.value_high:
        return limit.value_high
    return limit.value


def _judged(limit: Limit, reason: Reason, value: float, measured: Measured) -> Finding:
    """Where only the usual range speaks, a report is the smallest change; else a better lot."""
    kind = LiftKind.RENEW_ASSAY if measured.expired else LiftKind.ASSAY
    if measured.origin is Origin.ASSAY:
        kind = LiftKind.IMPROVE
    target = _target(value, limit)
    lift = Lift(kind, limit.name, value, target, limit.unit)
    holds = reason is Reason.WITHIN_LIMIT
    return Finding(
        reason,
        Severity.INFO if holds else limit.severity,
        name=limit.name,
        value=value,
        limit=target,
        operator=limit.operator.value,
        unit=limit.unit,
        margin=_margin(value, limit),
        origin=measured.origin,
        rule=limit.rule,
        lift=None if holds or (kind is LiftKind.IMPROVE and _wider(measured, limit)) else lift,
        scope=limit.scope,
    )


def _wider(measured: Measured, limit: Limit) -> bool:
    """Tell a lot that breaks both ends of a window: to better one of them is not enough."""
    bound = measured.bound and in_unit_of(limit, measured.bound)
    if bound is None or limit.value_high is None:
        return False
    return bound.low < limit.value and bound.high > limit.value_high


def _remark(limit: Limit, reason: Reason, kind: LiftKind) -> Finding:
    target = _target(limit.value, limit)
    return Finding(
        reason,
        limit.severity,
        name=limit.name,
        limit=target,
        operator=limit.operator.value,
        unit=limit.unit,
        rule=limit.rule,
        lift=Lift(kind, limit.name, None, target, limit.unit),
        scope=limit.scope,
    )
