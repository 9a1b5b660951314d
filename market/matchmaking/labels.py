"""The words for every code of the engine and of runs: short, verb first, whole sentences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from market.catalogue.phrases import clause_text, unit_name
from market.listings.labels import SIDES, property_label
from market.listings.rules import Side
from market.matchmaking import labels_left
from market.matchmaking.account import Account
from market.matchmaking.rules import JobStage, Objective, RunStatus
from market.matchmaking.summary import RunSummary
from market.web.filters import number, percent, trimmed, wan
from market.web.language import language
from matching.kiln import CARBONATE
from matching.problem import Origin, Severity
from matching.result import Finding, Lift, LiftKind, LineKind, Reason


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


OBJECTIVES: dict[str, LazyString] = {
    Objective.TONNES: _l("Most tonnes, then fewest tonne-km"),
    Objective.VALUE: _l("Highest net value"),
    Objective.CO2: _l("Most CO2 saved, haulage taken off"),
    Objective.WEIGHTED: _l("Weighted: points for each of them"),
}

STATUSES: dict[str, LazyString] = {
    RunStatus.PENDING: _l("No result yet"),
    RunStatus.OPTIMAL: _l("Proven optimum"),
    RunStatus.FEASIBLE: _l("Holds, optimum not proven"),
    RunStatus.EMPTY: _l("Nothing can be matched"),
}

STAGES: dict[str, LazyString] = {
    JobStage.FREEZE: _l("Read and freeze the market"),
    JobStage.CANDIDATES: _l("Compatibility and distance"),
    JobStage.SOLVE: _l("Allocate"),
    JobStage.PRICES: _l("Prices and ranges"),
    JobStage.CHECK: _l("Independent check"),
    JobStage.STORE: _l("Store and explain"),
}

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
    Reason.WITHIN_LIMIT: _l("Within the limit"),
}

REMAINDERS = labels_left.REMAINDERS
left_text = labels_left.left_text

LINES: dict[str, LazyString] = {
    LineKind.AVOIDED_DISPOSAL: _l("Disposal saved"),
    LineKind.REPLACED_MATERIAL: _l("Raw material replaced"),
    LineKind.TREATMENT: _l("Preparation"),
    LineKind.FREIGHT: _l("Freight"),
    LineKind.AVOIDED_CARBON: _l("Carbon saved"),
    LineKind.TRANSPORT_CARBON: _l("Carbon of the haul"),
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
        case Reason.VALUE_UNKNOWN if finding.name == CARBONATE:
            text = _("Nobody knows how much of its CaO is carbonate: no mix can count it")
        case Reason.VALUE_UNKNOWN if finding.limit is None:
            text = _("%(name)s is not measured: the mix cannot be reckoned", name=name)
        case Reason.VALUE_UNKNOWN:
            text = _("%(name)s is not measured, limit %(limit)s", name=name, limit=limit)
        case Reason.ASSAY_EXPIRED:
            text = _("The report on %(name)s has expired", name=name)
        case Reason.UNIT_MISMATCH:
            text = _("%(name)s is given in a unit that cannot be compared with %(limit)s",
                     name=name, limit=limit)  # fmt: skip
        case _:
            text = _legal_sentence(finding, note)
    return text


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


def joined(sentences: Iterable[str]) -> str:
    """Join what is not empty into one line."""
    return _("; ").join(sentence for sentence in sentences if sentence)


def verdict(status: str, gap: float | None) -> str:
    """Name how good the plan is known to be; ``gap`` None: nothing is proven."""
    if gap is None:
        return str(STATUSES[status])
    shown = percent(gap, 1)
    if status == RunStatus.OPTIMAL:
        return _("Optimal, gap %(gap)s %%", gap=shown)
    return _("Holds, gap %(gap)s %%", gap=shown)


def paragraph(*sentences: str) -> str:
    """Set texts side by side; Chinese needs no space between them."""
    return ("" if language() == "zh" else " ").join(filter(None, sentences))


def result_sentence(summary: RunSummary, account: Account, radius_km: str, largest_gap: str) -> str:
    """Say what a run found; ``largest_gap`` is the material with most left over, if any."""
    if not summary.tonnes:
        return _("Nothing can be matched within %(km)s km. The reasons stand below.", km=radius_km)
    guessed = summary.estimate_available_t / summary.available_t
    return paragraph(
        _where_it_goes(account),
        _("The largest gap is %(material)s.", material=largest_gap) if largest_gap else "",
        _("%(share)s %% of what is offered is estimated from public sources"
          " and confirmed by nobody.", share=percent(guessed, 0)) if guessed else "",
    )  # fmt: skip


def _where_it_goes(account: Account) -> str:
    masses = {
        "placed": wan(account.placed_kg),
        "offered": wan(account.offered_kg),
        "rest": wan(account.unplaced_kg),
    }
    if not account.has_stock:
        return _("Places %(placed)s of %(offered)s a year; %(rest)s have nowhere to go.", **masses)
    return _(
        "%(generated)s arise in twelve months; with %(opening)s from store that is %(offered)s:"
        " places %(placed)s, leaves %(closing)s in store; %(rest)s have nowhere to go.",
        generated=wan(account.generated_kg), opening=wan(account.opening_kg),
        closing=wan(account.closing_kg), **masses,
    )  # fmt: skip


def anonymous(place: str) -> str:
    """Name a firm that stays hidden until both agree."""
    return _("Anonymous firm, %(place)s", place=place)


def as_demo(name: str) -> str:
    return paragraph(name, _("(demo)"))


def as_estimate(name: str) -> str:
    return paragraph(name, _("(estimate)"))


def dual_unit(objective: str) -> str:
    """Name the unit of what one more tonne is worth; empty where it is tonnes placed."""
    return {
        Objective.TONNES: "",
        Objective.VALUE: _("¥/t"),
        Objective.CO2: _("kg CO2/t"),
        Objective.WEIGHTED: _("points/t"),
    }[Objective(objective)]


WEIGHTS: dict[str, LazyString] = {
    "yuan": _l("Points for a yuan of net value"),
    "co2_kg": _l("Points for a kg of CO2 saved"),
    "tonne": _l("Points for a tonne placed"),
    "tonne_km": _l("Points for a tonne-kilometre driven"),
}


def weights_text(weights: Mapping[str, float]) -> str:
    """List the points a weighted run was asked with, those of nothing left out."""
    return joined(f"{WEIGHTS[name]} {trimmed(value)}" for name, value in weights.items() if value)


def flow_title(
    giver: str, taker: str, material: str, tonnes: str, *, in_month: bool = False
) -> str:
    if in_month:
        return _("%(giver)s to %(taker)s: %(material)s %(tonnes)s t in the month",
                 giver=giver, taker=taker, material=material, tonnes=tonnes)  # fmt: skip
    return _("%(giver)s to %(taker)s: %(material)s %(tonnes)s t a year",
             giver=giver, taker=taker, material=material, tonnes=tonnes)  # fmt: skip


def tonnes_moved(tonnes: str, *, in_month: bool = False) -> str:
    if in_month:
        return _("%(tonnes)s t in the month", tonnes=tonnes)
    return _("%(tonnes)s t a year", tonnes=tonnes)


def waiting_note() -> str:
    return _("Waiting for a free worker. You can close this page.")


def side(code: str) -> str:
    return str(SIDES[Side(code)])
