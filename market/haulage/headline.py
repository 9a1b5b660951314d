"""What a plan is judged by: empty share, proven bound, saving on plain shuttling. View-side."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _

from market.web.filters import number, percent, yuan

Number = float | int | None


def headline(summary: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
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
    saved_km = summary["shuttle_km"] - summary["km"]
    words = _("km, %(share)s %%", share=percent(share(saved_km, summary["shuttle_km"]), 0))
    yield _("Saved on plain shuttling"), number(saved_km), words


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
