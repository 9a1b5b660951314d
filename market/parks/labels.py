"""Sentences of the network page, and the words that its scripts draw."""

from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from market.matchmaking.labels import paragraph
from market.parks.indicators import Structure
from market.parks.network import Network
from market.parks.whatif import Stop
from market.quantities import KG_PER_TONNE
from market.web.filters import number, percent, wan
from market.web.language import pick
from matching.sources import IndicatorName

NAMED_GAPS = 2


@dataclass(frozen=True, slots=True)
class Words:
    """What an indicator is called, how it is reckoned and what it says.

    In formulas n are sites, L links, E linked pairs either way, t tonnes received, d partners.
    ``source`` stands where no work is cited.
    """

    name: LazyString
    formula: LazyString | str
    meaning: LazyString
    source: LazyString | None = None


INDICATORS = {
    IndicatorName.KERNELS: Words(
        _l("Symbiosis kernels"),
        _l("parts with at least 3 sites and 2 materials"),
        _l("the 3-2 rule; firms that live by recycling are counted here too"),
    ),
    IndicatorName.DENSITY: Words(
        _l("Density"), "L ÷ n(n − 1)", _l("the share of possible links that exist")
    ),
    IndicatorName.CONNECTANCE: Words(
        _l("Connectance"), "2E ÷ n(n − 1)", _l("linked pairs ÷ all pairs, whichever way it flows")
    ),
    IndicatorName.FOOD_WEB_CONNECTANCE: Words(
        _l("Food-web connectance"), "L ÷ n²", _l("the share of links, as food webs are compared")
    ),
    IndicatorName.LINKAGE_DENSITY: Words(_l("Links per site"), "L ÷ n", _l("links ÷ sites")),
    IndicatorName.PREY_TO_PREDATOR: Words(
        _l("Givers to takers"),
        _l("sites that give ÷ sites that take"),
        _l("above 1: more give than take"),
    ),
    IndicatorName.RECYCLING_RATE: Words(
        _l("Waste recycling rate"),
        _l("connectance × mean over links of (used ÷ on offer)"),
        _l("connectance, weighed by how much of each stream is used"),
    ),
    IndicatorName.USE_RATE: Words(
        _l("Utilisation"),
        _l("t used ÷ (t arising + t from store)"),
        _l("if every proposal were carried out; the statistics add only what is used of old stock"),
        _l("the rate of the environmental statistics, from professional memory"),
    ),
    IndicatorName.CENTRALISATION: Words(
        _l("Centralisation"),
        "Σ (max d − d) ÷ (n − 1)(n − 2)",
        _l("0: all alike; 1: everything hangs on one site"),
    ),
    IndicatorName.BETWEENNESS: Words(
        _l("Largest betweenness"),
        _l("shortest paths through one site ÷ (n − 1)(n − 2)"),
        _l("0: nobody passes anything on; high: much passes over one site"),
    ),
    IndicatorName.LARGEST_RECEIVER: Words(
        _l("Share of the largest receiver"),
        "max t ÷ Σ t",
        _l("of all that is received"),
        _l("concentration ratio CR1, as defined here"),
    ),
    IndicatorName.CONCENTRATION: Words(
        _l("Concentration of receivers"),
        "Σ (t ÷ Σ t)²",
        _l("near 0: many small receivers; 1: one takes all"),
    ),
    IndicatorName.CYCLICITY: Words(
        _l("Cyclicity"),
        _l("largest eigenvalue of the matrix of links"),
        _l("0: nothing goes round; 1 and more: materials circulate"),
    ),
    IndicatorName.MEAN_HAUL: Words(
        _l("Mean haul"),
        "t·km ÷ t",
        _l("how far a tonne goes by road, in km"),
        _l("as defined here"),
    ),
}


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


def network_sentence(network: Network) -> str:
    """Say what arises, what could be used, where the gap is and how sure that is."""
    if not network.offered_kg:
        return _("Nothing on offer here. Take another place or material.")
    gaps = _(" and ").join(pick(row) for row in network.gaps[:NAMED_GAPS])
    whole = network.account
    return paragraph(
        _("%(generated)s arise a year; no deal is on record, so nobody knows what is carried out.",
          generated=wan(whole.generated_kg)),
        _("With %(opening)s from store, if every proposal were, %(placed)s would be used and"
          " %(closing)s be in store at the end.", opening=wan(whole.opening_kg),
          placed=wan(whole.placed_kg), closing=wan(whole.closing_kg))
        if whole.has_stock else
        _("If every proposal were, %(placed)s would be used.", placed=wan(whole.placed_kg)),
        _("The gap is %(names)s: %(left)s have nowhere to go.",
          names=gaps, left=wan(network.unplaced_kg)) if gaps else "",
        _("%(share)s %% of the supply is estimated from public sources and confirmed by nobody.",
          share=percent(network.estimate_share, 0)) if network.estimate_kg else "",
    )  # fmt: skip


def structure_sentence(found: Structure) -> str:
    """Say how the network hangs together and how easily it comes apart."""
    if not found.links:
        return _("No flow, so no network.")
    return _(
        "%(links)s links tie %(sites)s sites into %(parts)s separate parts. The loss of any one of"
        " %(bridges)s links or %(keystones)s sites splits a part.",
        links=number(found.links), sites=number(found.sites), parts=number(len(found.parts)),
        bridges=number(len(found.bridges)), keystones=number(len(found.keystones)),
    )  # fmt: skip


def largest_note(name: str, stranded_t: float | None) -> str:
    if stranded_t is None:
        return _("%(name)s, of what is placed", name=name)
    return _(
        "%(name)s, of what is placed; if it stops, %(stranded)s a year are stranded",
        name=name,
        stranded=wan(stranded_t * KG_PER_TONNE),
    )


def stop_sentence(stop: Stop, name: str) -> str:
    """Say what happens to the tonnes of a receiver that stops."""
    return paragraph(
        _("If %(name)s stops, %(lost)s a year need another place:"
          " %(moved)s find one, %(stranded)s do not.",
          name=name, lost=wan(stop.lost_kg), moved=wan(stop.moved_kg),
          stranded=wan(stop.stranded_kg)),
        _("Making room pushes out %(yielded)s of others; the region places %(region)s less.",
          yielded=wan(stop.yielded_kg), region=wan(stop.region_kg)) if stop.yielded_kg else "",
    )  # fmt: skip


def stop_note(stop: Stop) -> str:
    million = number(abs(stop.more_tonne_km) / 1e6, 1)
    if stop.more_tonne_km >= 0:
        haul = _("The whole plan then drives %(km)s million t·km more.", km=million)
    else:
        haul = _("The whole plan then drives %(km)s million t·km less.", km=million)
    return paragraph(
        haul,
        _("Solved again in %(s)s s, proven.", s=number(stop.seconds, 2)),
    )


def unit() -> str:
    return _("t/a")


def unplaced() -> str:
    return _("Unplaced")


def stored() -> str:
    return _("Left in store")


def others(count: int) -> str:
    return _("%(n)s others", n=count)


def link_title(amount: str, state: str) -> str:
    if state == "unplaced":
        return _("%(amount)s a year, unplaced", amount=amount)
    if state == "stored":
        return _("%(amount)s left in store after the last month", amount=amount)
    return _("%(amount)s a year, potential", amount=amount)
