"""The words for every code of the engine and of runs: short, verb first, whole sentences."""

from collections.abc import Iterable, Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from market.catalogue import phrases
from market.listings import labels as listing_labels
from market.listings.labels import SIDES
from market.listings.rules import MONTHS_PER_YEAR, Side
from market.matchmaking import labels_left, labels_reasons, labels_span
from market.matchmaking.account import Account
from market.matchmaking.rules import JobStage, Objective, RunStatus
from market.matchmaking.summary import RunSummary
from market.web.filters import percent, trimmed, wan
from market.web.language import language
from matching.result import LineKind


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

REMAINDERS = labels_left.REMAINDERS
left_text = labels_left.left_text
NOTED = labels_reasons.NOTED
REASONS = labels_reasons.REASONS
SIGNS = labels_reasons.SIGNS
ReasonWords = labels_reasons.ReasonWords
amount = labels_reasons.amount
binding_text = labels_reasons.binding_text
limit_text = labels_reasons.limit_text
margin_text = labels_reasons.margin_text
property_label = listing_labels.property_label
reason_words = labels_reasons.reason_words
remedy = labels_reasons.remedy
source_of = labels_reasons.source_of
unit_name = phrases.unit_name

LINES: dict[str, LazyString] = {
    LineKind.AVOIDED_DISPOSAL: _l("Disposal saved"),
    LineKind.REPLACED_MATERIAL: _l("Raw material replaced"),
    LineKind.TREATMENT: _l("Preparation"),
    LineKind.FREIGHT: _l("Freight"),
    LineKind.AVOIDED_CARBON: _l("Carbon saved"),
    LineKind.TRANSPORT_CARBON: _l("Carbon of the haul"),
}


def joined(sentences: Iterable[str]) -> str:
    """Join what is not empty into one line."""
    return _("; ").join(sentence for sentence in sentences if sentence)


SHOWN_GAP = 0.0005
"""A smaller one would show as none."""


def verdict(status: str, gap: float | None) -> str:
    """Name how good the plan is known to be; ``gap`` None: nothing is proven."""
    if gap is None:
        return str(STATUSES[status])
    if status == RunStatus.OPTIMAL:
        return _("Optimal, gap %(gap)s %%", gap=percent(gap, 1))
    shown = "< 0.1" if 0 < gap < SHOWN_GAP else percent(gap, 1)
    return _("Holds, gap %(gap)s %%", gap=shown)


def paragraph(*sentences: str) -> str:
    """Set texts side by side; Chinese needs no space between them."""
    return ("" if language() == "zh" else " ").join(filter(None, sentences))


def result_sentence(
    summary: RunSummary, account: Account, months: int, radius_km: str, largest_gap: str
) -> str:
    """Say what a run found; ``largest_gap`` is the material with most left over, if any."""
    if not summary.tonnes:
        return _("Nothing can be matched within %(km)s km. The reasons stand below.", km=radius_km)
    guessed = summary.estimate_available_t / summary.available_t
    return paragraph(
        _where_it_goes(account, months),
        _("The largest gap is %(material)s.", material=largest_gap) if largest_gap else "",
        _("%(share)s %% of what is offered is estimated from public sources"
          " and confirmed by nobody.", share=percent(guessed, 0)) if guessed else "",
    )  # fmt: skip


def _where_it_goes(account: Account, months: int) -> str:
    masses = {
        "placed": wan(account.placed_kg),
        "offered": wan(account.offered_kg),
        "rest": wan(account.unplaced_kg),
    }
    if not account.has_stock:
        if months == MONTHS_PER_YEAR:
            return _(
                "Places %(placed)s of %(offered)s a year; %(rest)s have nowhere to go.", **masses
            )
        return _("Places %(placed)s of %(offered)s in %(span)s; %(rest)s have nowhere to go.",
                 span=labels_span.span(months), **masses)  # fmt: skip
    return _(
        "%(generated)s arise in %(span)s; with %(opening)s from store that is %(offered)s:"
        " places %(placed)s, leaves %(closing)s in store; %(rest)s have nowhere to go.",
        generated=wan(account.generated_kg), opening=wan(account.opening_kg),
        closing=wan(account.closing_kg), span=labels_span.span(months), **masses,
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


def waiting_note() -> str:
    return _("Waiting for a free worker. You can close this page.")


def side(code: str) -> str:
    return str(SIDES[Side(code)])
