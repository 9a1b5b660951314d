"""The words for a verdict: what refuses or cautions, by which limit, and what would end it."""

from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from market.catalogue.phrases import clause_text, unit_name
from market.listings.labels import property_label
from market.web.filters import number, trimmed
from matching.kiln import CARBONATE
from matching.problem import Origin, Severity
from matching.result import Finding, Lift, LiftKind, Reason


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


REASONS: dict[str, LazyString] = {
    Reason.NOT_ACCEPTED: _l("Not taken by this process"),
    Reason.PROHIBITED: _l("Prohibited"),
    Reason.CONDITIONAL: _l("On a condition"),
    Reason.LIMIT_EXCEEDED: _l("Quality"),
    Reason.LIMIT_UNPROVEN: _l("Not proven"),
    Reason.VALUE_UNKNOWN: _l("Not measured"),
    Reason.ASSAY_EXPIRED: _l("Report expired"),
    Reason.UNIT_MISMATCH: _l("Unit unclear"),
    Reason.CODE_NOT_LICENSED: _l("No licence"),
    Reason.LICENCE_EXPIRED: _l("Licence expired"),
    Reason.NOT_IDENTIFIED: _l("Not identified"),
    Reason.PROVINCE_BORDER: _l("Out of province"),
    Reason.OUT_OF_RADIUS: _l("Too far"),
    Reason.DOSAGE: _l("Dosage"),
    Reason.WITHIN_LIMIT: _l("Within the limit"),
}

NOTED = frozenset({Reason.PROHIBITED, Reason.CONDITIONAL})
"""Reasons whose sentence is the catalogue's own remark."""

SIGNS = {"<=": "≤", ">=": "≥", "<": "<", ">": ">"}


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """One refusal or caution for a reader; ``blocks`` tells them apart."""

    code: str
    kind: str
    sentence: str
    source: str
    value: str
    limit: str
    remedy: str
    blocks: bool


def reason_words(finding: Finding, *, note: str = "") -> ReasonWords:
    """Put a finding into words; ``note`` is the catalogue's remark on this use of the material."""
    return ReasonWords(
        code=finding.reason.value,
        kind=str(REASONS[finding.reason]),
        sentence=_sentence(finding, note),
        source=source_of(finding),
        value=amount(finding.value, finding.unit),
        limit=limit_text(finding),
        remedy=remedy(finding),
        blocks=finding.severity is Severity.BLOCK,
    )


def source_of(finding: Finding) -> str:
    rule = finding.rule
    return "" if rule is None else clause_text(rule.standard, rule.clause)


def amount(value: float | None, unit: str) -> str:
    if value is None:
        return ""
    return trimmed(value, 4) if unit in {"", "-"} else f"{trimmed(value, 4)} {unit_name(unit)}"


def _end_sign(finding: Finding) -> str:
    """Tell which end of a window a finding speaks of: the one that is broken, or the nearest."""
    assert finding.limit is not None
    if finding.value is None:
        return ""
    broken = finding.margin is not None and finding.margin < 0
    return "≤" if (finding.value > finding.limit) == broken else "≥"


def limit_text(finding: Finding) -> str:
    if finding.limit is None:
        return ""
    sign = SIGNS.get(finding.operator) or _end_sign(finding)
    return f"{sign} {amount(finding.limit, finding.unit)}".strip()


def margin_text(finding: Finding) -> str:
    """Return the tightest limit in one line: name, limit, room left."""
    return _(
        "%(name)s %(limit)s, %(margin)s left",
        name=property_label(finding.name),
        limit=limit_text(finding),
        margin=amount(finding.margin, finding.unit),
    )


def tightest(margins: tuple[Finding, ...]) -> Finding | None:
    """Return the limit with least room relative to its own size."""
    known = [row for row in margins if row.margin is not None and row.limit is not None]
    return min(known, key=_relative_room, default=None)


def _relative_room(finding: Finding) -> float:
    assert finding.margin is not None
    assert finding.limit is not None
    return finding.margin / max(abs(finding.limit), 1e-9)


def binding_text(margins: tuple[Finding, ...], cautions: tuple[Finding, ...]) -> str:
    """Say what is tightest about a pair that passes, or what still has to be proven."""
    found = tightest(tuple(row for row in margins if row.origin is Origin.ASSAY))
    if found is not None:
        return margin_text(found)
    if cautions:
        return _sentence(cautions[0], "")
    return _("No limit in the way")


def _sentence(finding: Finding, note: str) -> str:
    name = property_label(finding.name)
    value, limit = amount(finding.value, finding.unit), limit_text(finding)
    match finding.reason:
        case Reason.LIMIT_EXCEEDED if finding.origin is Origin.CATALOGUE:
            text = _("%(name)s is usually %(value)s, the limit is %(limit)s",
                     name=name, value=value, limit=limit)  # fmt: skip
        case Reason.LIMIT_EXCEEDED if finding.margin is not None:
            text = _("%(name)s %(value)s, limit %(limit)s, off by %(off)s", name=name, value=value,
                     limit=limit, off=amount(abs(finding.margin), finding.unit))  # fmt: skip
        case Reason.LIMIT_EXCEEDED | Reason.WITHIN_LIMIT:
            text = _("%(name)s %(value)s, limit %(limit)s", name=name, value=value, limit=limit)
        case Reason.LIMIT_UNPROVEN:
            text = _unproven(name, value, limit)
        case Reason.VALUE_UNKNOWN:
            text = _unmeasured(finding, name, limit)
        case Reason.ASSAY_EXPIRED:
            text = _("The report on %(name)s has expired", name=name)
        case Reason.DOSAGE:
            text = _("%(name)s %(value)s: the wastes of the line may together bring %(limit)s of"
                     " what it makes, so not all of this lot fits",
                     name=name, value=value, limit=limit)  # fmt: skip
        case Reason.UNIT_MISMATCH:
            text = _("%(name)s is given in a unit that cannot be compared with %(limit)s",
                     name=name, limit=limit)  # fmt: skip
        case _:
            text = _legal_sentence(finding, note)
    return text


def _unmeasured(finding: Finding, name: str, limit: str) -> str:
    if finding.name == CARBONATE:
        return _("Nobody knows how much of its CaO is carbonate: no mix can count it")
    if finding.limit is None:
        return _("%(name)s is not measured: the mix cannot be reckoned", name=name)
    return _("%(name)s is not measured, limit %(limit)s", name=name, limit=limit)


def _unproven(name: str, value: str, limit: str) -> str:
    """Name the unfavourable end of the usual range: for a minimum the lowest."""
    if limit.startswith(("≥", ">")):
        return _("%(name)s is not measured; it may be as low as %(value)s, the limit is %(limit)s",
                 name=name, value=value, limit=limit)  # fmt: skip
    return _("%(name)s is not measured; it may reach %(value)s, the limit is %(limit)s",
             name=name, value=value, limit=limit)  # fmt: skip


def _legal_sentence(finding: Finding, note: str) -> str:
    """Put what is not about a measured limit into words."""
    match finding.reason:
        case Reason.PROHIBITED:
            text = note or _("The standard does not allow this material here")
        case Reason.CONDITIONAL:
            text = note or _("Allowed on a condition")
        case Reason.CODE_NOT_LICENSED:
            text = _("The receiver has no licence for %(code)s", code=finding.name)
        case Reason.LICENCE_EXPIRED:
            text = _("The receiver's licence for %(code)s has expired", code=finding.name)
        case Reason.NOT_IDENTIFIED:
            text = _("This kind must be identified as hazardous or not; the lot has no code yet")
        case Reason.PROVINCE_BORDER if finding.severity is Severity.BLOCK:
            text = _("Hazardous waste may not leave the province without approval")
        case Reason.PROVINCE_BORDER:
            text = _("Use outside the province: both provinces must be informed in advance")
        case Reason.OUT_OF_RADIUS:
            text = _("%(value)s km by road, the radius is %(limit)s km",
                     value=number(finding.value), limit=number(finding.limit))  # fmt: skip
        case _:
            text = _("The catalogue knows no such use")
    return text


def remedy(finding: Finding) -> str:
    """Say the smallest change that would let the pair pass; empty when there is none."""
    lift = finding.lift
    if lift is None:
        return str(NO_REMEDIES.get(finding.reason, ""))
    match lift.kind:
        case LiftKind.IMPROVE:
            return _improve(finding, lift)
        case LiftKind.ASSAY:
            return _measured(finding, lift)
        case LiftKind.WIDEN_RADIUS:
            return _("Widen the radius to %(km)s km", km=number(lift.target))
        case LiftKind.OBTAIN_LICENCE:
            return _("The receiver obtains a licence for %(code)s", code=lift.name)
        case _:
            return str(PLAIN_REMEDIES[lift.kind])


def _measured(finding: Finding, lift: Lift) -> str:
    if lift.name == CARBONATE:
        return _("Have the carbonate part of its CaO measured")
    name = property_label(lift.name)
    if finding.limit is None:
        return _("%(name)s measured, whatever it is", name=name)
    return _("%(name)s measured; %(limit)s passes", name=name, limit=limit_text(finding))


NO_REMEDIES = {
    Reason.PROHIBITED: _l("No change of the lot lifts this; its material page names other uses"),
    Reason.NOT_ACCEPTED: _l("No change of the lot lifts this; its material page names other uses"),
}
PLAIN_REMEDIES = {
    LiftKind.RENEW_ASSAY: _l("Have the lot tested again"),
    LiftKind.RENEW_LICENCE: _l("The receiver renews its licence"),
    LiftKind.IDENTIFY: _l("The producer has it identified and enters its code"),
    LiftKind.MEET_CONDITION: _l("Agree how the condition is met and keep the proof"),
    LiftKind.OBTAIN_APPROVAL: _l("Obtain the approval of both provinces first"),
    LiftKind.INFORM_PROVINCES: _l("Report to both provinces before the first load"),
}


def _improve(finding: Finding, lift: Lift) -> str:
    name = property_label(lift.name)
    target = amount(lift.target, lift.unit)
    if lift.current is not None and lift.target is not None and lift.current > lift.target:
        return _("%(name)s down from %(now)s to %(target)s",
                 name=name, target=target, now=amount(lift.current, lift.unit))  # fmt: skip
    return _("%(name)s up from %(now)s to %(target)s",
             name=name, target=target, now=amount(finding.value, lift.unit))  # fmt: skip
