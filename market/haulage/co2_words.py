"""Words for what trucks emit; a sum that lacks a truck never stands as if complete. View-side."""

from flask_babel import gettext as _

from market.haulage.models import PlanRoute
from market.web.filters import number
from routing.emissions import Emitted


def kilograms(grams: int) -> str:
    return number(grams / 1000, 1)


def part_words(emitted: Emitted) -> str:
    """Say of how many trucks the sum tells, where one has no factor; else nothing."""
    if emitted.total_g is not None:
        return ""
    values = {"known": emitted.known, "all": emitted.trucks}
    return str(_("%(known)s of %(all)s trucks; the others have no factor", **values))


def sum_words(emitted: Emitted) -> str:
    """Return the known kilograms, with the part of the trucks they are of."""
    if not emitted.known:
        return "–"
    part = part_words(emitted)
    return f"{kilograms(emitted.known_g)} ({part})" if part else kilograms(emitted.known_g)


def co2_words(route: PlanRoute) -> str:
    """Say by which factors a truck's CO2 was reckoned, and whose they are."""
    if route.co2_g is None:
        return ""
    truck = route.vehicle
    loaded, empty = truck["co2_g_per_km"], truck["co2_empty_g_per_km"]
    values = {"loaded": number(loaded), "source": truck["co2_source"]}
    if empty is None:
        return str(_("%(loaded)s g/km loaded and empty: %(source)s", **values))
    return str(
        _("%(loaded)s g/km loaded, %(empty)s g/km empty: %(source)s", empty=number(empty), **values)
    )
