"""How the time a run's tonnes are of is named: a year, or so many months."""

from flask_babel import gettext

from market.listings.rules import MONTHS_PER_YEAR


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


def mass_unit(months: int) -> str:
    """Head a column of tonnes; where they are of no year the page says of what."""
    return _("t/a") if months == MONTHS_PER_YEAR else _("t")


def mass_note(months: int) -> str:
    if months == MONTHS_PER_YEAR:
        return _("t a year")
    return _("t in %(n)s months", n=months) if months > 1 else _("t in the month")


def haul_unit(months: int) -> str:
    return _("t·km/a") if months == MONTHS_PER_YEAR else _("t·km")


def money_unit(months: int) -> str:
    return _("¥/a") if months == MONTHS_PER_YEAR else _("¥")


def money_moved(yuan: str, months: int) -> str:
    if months == MONTHS_PER_YEAR:
        return _("%(yuan)s yuan a year", yuan=yuan)
    return _("%(yuan)s yuan in %(span)s", yuan=yuan, span=span(months))


def per_span(months: int) -> str:
    """Follow a unit of anything added up over a run."""
    return _("/a") if months == MONTHS_PER_YEAR else ""


def tonnes_moved(tonnes: str, months: int) -> str:
    if months == MONTHS_PER_YEAR:
        return _("%(tonnes)s t a year", tonnes=tonnes)
    if months == 1:
        return _("%(tonnes)s t in the month", tonnes=tonnes)
    return _("%(tonnes)s t in %(n)s months", tonnes=tonnes, n=months)


def flow_title(giver: str, taker: str, material: str, moved: str) -> str:
    """Put who, whom and what before ``tonnes_moved``."""
    return _("%(giver)s to %(taker)s: %(material)s %(moved)s",
             giver=giver, taker=taker, material=material, moved=moved)  # fmt: skip


def span(months: int) -> str:
    """Name the time itself, as in: 12 months."""
    return _("%(n)s months", n=months) if months > 1 else _("1 month")
