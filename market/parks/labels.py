"""Words of the network page that scripts draw."""

from flask_babel import gettext


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


def unit() -> str:
    return _("t/a")


def unplaced() -> str:
    return _("Unplaced")


def others(count: int) -> str:
    return _("%(n)s others", n=count)


def link_title(amount: str, *, unplaced: bool) -> str:
    if unplaced:
        return _("%(amount)s a year, unplaced", amount=amount)
    return _("%(amount)s a year, potential", amount=amount)
