"""What the pages of gates are handed: what is stated and what is assumed. View-side."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from market.haulage.gate_queries import SiteGate, facts_of
from market.haulage.gate_rules import GateFacts, terms
from market.haulage.picture import spans_words, standing_mark
from market.haulage.rules import PlanParameters
from market.web.filters import local_date, tonnes
from market.web.language import pick

# A figure with whether it is assumed.
Figure = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class GateRow:
    """One site's gate: what plans reckon with, each figure stated or assumed."""

    site_id: int
    name: str
    county: str
    hours: Figure
    loading: Figure
    weighing: Figure
    unloading: Figure
    intake: str
    source: str


def rows(sites: Sequence[SiteGate]) -> list[GateRow]:
    return [_row(row) for row in sites]


def _row(row: SiteGate) -> GateRow:
    facts = GateFacts() if row.gate is None else facts_of(row.gate)
    known = terms(PlanParameters(), facts)
    source = ""
    if row.gate is not None:
        source = _("%(who)s, %(day)s", who=row.gate.source, day=local_date(row.gate.stated_on))
    return GateRow(
        site_id=row.site.id,
        name=pick(row.site) + standing_mark(row.standing),
        county=pick(row.site, "county"),
        hours=(spans_words(known.windows), not facts.windows),
        loading=(str(known.loading_s // 60), facts.loading_s is None),
        weighing=(str(known.weighing_s // 60), facts.weighing_s is None),
        unloading=(str(known.unload_s_per_t), facts.unload_s_per_t is None),
        intake=str(pgettext("list", ", ").join(tonnes(kg) for kg in facts.intakes_kg.values())),
        source=source,
    )


def sentence(shown: Sequence[GateRow]) -> str:
    stated = sum(bool(row.source) for row in shown)
    words = ngettext(
        "%(stated)s of %(num)s site states something of its gate; the rest is assumed.",
        "%(stated)s of %(num)s sites state something of their gates; the rest is assumed.",
        len(shown),
        stated=stated,
    )
    return str(words)


def assumed() -> list[tuple[str, str]]:
    """Return what plans assume of a gate of which nothing is stated."""
    known = terms(PlanParameters(), None)
    return [
        (pgettext("gate", "Open"), spans_words(known.windows)),
        (_("Loading a truck takes"), _("%(n)s min", n=known.loading_s // 60)),
        (_("Weighing takes"), _("%(n)s min", n=known.weighing_s // 60)),
        (_("Unloading takes"), _("%(n)s s a tonne", n=known.unload_s_per_t)),
        (_("Takes a day"), _("whatever comes")),
        (_("Where it comes from"), _("the platform's assumption; no site has stated it")),
    ]
