"""What a plan is judged by: empty share, proven bound, saving on plain shuttling. View-side."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask_babel import gettext as _

from market.haulage.models import PlanRoute
from market.web.filters import number, percent, yuan
from routing.plan import StopKind

Number = float | int | None


def headline(summary: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield what a plan is judged by: empty share, bound with gap, saving against shuttling."""
    shuttled = percent(share(summary["shuttle_empty_km"], summary["shuttle_km"]), 0)
    empty = percent(share(summary["empty_km"], summary["km"]), 0)
    yield _("Empty share"), empty, _("%%; plain shuttling %(share)s %%", share=shuttled)
    if summary["bound_fen"]:
        gap = percent(summary["cost_fen"] / summary["bound_fen"] - 1, 1)
        words = _("%% above the proven least, ¥%(bound)s", bound=yuan(summary["bound_fen"]))
        yield _("Gap to the bound"), gap, words
    else:
        yield _("Gap to the bound"), "–", _("no bound proven for this plan")
    saved_km = round(summary["shuttle_km"] - summary["km"])
    by = percent(share(abs(saved_km), summary["shuttle_km"]), 0)
    if saved_km < 0:
        yield (
            _("More than plain shuttling"),
            number(-saved_km),
            _("km, %(share)s %% more", share=by),
        )
    else:
        yield _("Saved on plain shuttling"), number(saved_km), _("km, %(share)s %%", share=by)


def compared_words(summary: Mapping[str, Any], routes: Sequence[PlanRoute]) -> str:
    """Say what plain shuttling is, and why a plan may drive more than it."""
    if not summary["km"]:
        return ""
    depots_km = depots_m(routes) / 1000
    words = _(
        "Plain shuttling: each load by itself, then straight back to where it was loaded. "
        "It leaves out the ways from and to the depots, %(km)s km of this plan. "
        "Kilometres alone are compared, neither waiting nor what a truck costs a day.",
        km=number(depots_km),
    )
    more_km = round(summary["km"] - depots_km - summary["shuttle_km"])
    if more_km <= 0:
        return str(words)
    rest = _("Without them, too, this plan drives %(km)s km more.", km=number(more_km))
    return f"{words} {rest}"


def depots_m(routes: Sequence[PlanRoute]) -> int:
    """Return the metres from depots to the first loads, and from the last unloadings to depots."""
    return sum(sum(stop["distance_m"] for stop in _outside(route.stops)) for route in routes)


def _outside(stops: Sequence[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the stops up to the first loading, and those after the last unloading."""
    kinds = [StopKind(stop["kind"]) for stop in stops]
    first = kinds.index(StopKind.LOAD)
    last = len(kinds) - 1 - kinds[::-1].index(StopKind.UNLOAD)
    yield from stops[: first + 1]
    yield from stops[last + 1 :]


def summary_rows(summary: dict[str, Any]) -> Iterator[tuple[str, Number, Number]]:
    """Yield the totals with units in their names: of this plan, and of plain shuttling."""
    bound_fen, km = summary["bound_fen"], summary["km"]
    shuttle_km, shuttle_empty_km = summary["shuttle_km"], summary["shuttle_empty_km"]
    above = _share_pct(summary["cost_fen"] - bound_fen, bound_fen) if bound_fen else None
    shuttle_empty = _share_pct(shuttle_empty_km, shuttle_km)
    yield _("Empty share (%)"), _share_pct(summary["empty_km"], km), shuttle_empty
    yield _("Above the proven bound (%)"), above, None
    yield _("Saved on plain shuttling (km)"), round(shuttle_km - km, 2), None
    yield _("Distance (km)"), round(km, 2), round(shuttle_km, 2)
    yield _("Empty (km)"), round(summary["empty_km"], 2), round(shuttle_empty_km, 2)
    yield _("Cost (¥)"), summary["cost_fen"] / 100, None
    yield _("Proven bound (¥)"), bound_fen / 100 if bound_fen else None, None
    yield _("Trucks"), summary["vehicles"], None
    yield _("Loads"), summary["loads"], None
    yield _("Mass (t)"), round(summary["tonnes"], 3), None
    yield _("Loads left over"), summary["unserved"], None


def _share_pct(part: float, whole: float) -> float:
    return round(100 * share(part, whole), 1)


def share(part: float, whole: float) -> float:
    """Return the part of a whole; nothing of nothing is none."""
    return part / whole if whole else 0.0
