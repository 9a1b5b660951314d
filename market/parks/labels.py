"""Sentences of the network page, and the words that its scripts draw."""

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from market.matchmaking.labels import paragraph
from market.parks.network import Network
from market.parks.whatif import Stop
from market.quantities import KG_PER_TONNE
from market.web.filters import number, percent, wan
from market.web.language import pick
from matching.sources import IndicatorName

NAMED_GAPS = 2

INDICATORS = {
    IndicatorName.KERNELS: (
        _l("Symbiosis kernels"),
        _l("separate parts with at least three plants and two materials"),
    ),
    IndicatorName.DENSITY: (
        _l("Density"),
        _l("links ÷ n(n − 1): the share of possible links that exist"),
    ),
    IndicatorName.CONNECTANCE: (
        _l("Connectance"),
        _l("linked pairs ÷ all pairs, whichever way it flows"),
    ),
    IndicatorName.LINKAGE_DENSITY: (_l("Links per plant"), _l("links ÷ plants")),
    IndicatorName.PREY_TO_PREDATOR: (
        _l("Givers to takers"),
        _l("plants that give ÷ plants that take"),
    ),
    IndicatorName.CENTRALISATION: (
        _l("Centralisation"),
        _l("0: all alike; 1: everything hangs on one plant"),
    ),
    IndicatorName.CONCENTRATION: (
        _l("Concentration of receivers"),
        _l("sum of squared shares of what is received; 1: one takes all"),
    ),
    IndicatorName.CYCLICITY: (
        _l("Cyclicity"),
        _l("0: nothing goes round; 1 and more: materials circulate"),
    ),
}
"""What each indicator is called, and what it measures."""


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
