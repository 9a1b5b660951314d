"""The words for why tonnes are left over, and why a want takes no more."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from market.listings.labels import property_label
from market.matchmaking.rules import SHARE_CAP
from market.quantities import KG_PER_TONNE
from market.web.filters import number, percent
from matching.result import Remainder


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


REMAINDERS: dict[str, LazyString] = {
    Remainder.NOT_ACCEPTED: _l("Nobody in this run takes it"),
    Remainder.NO_SLOT_IN_RADIUS: _l("Nobody within the radius takes it"),
    Remainder.ALL_REFUSED: _l("Every use in reach is refused"),
    Remainder.SLOTS_FULL: _l("Every use in reach that accepts it is full"),
    Remainder.HELD_BACK: _l(
        "A use in reach has room, but its mix limits, licences or supplier rules hold this back"
    ),
    Remainder.NOT_WORTH_IT: _l("It would cost more than it saves"),
    Remainder.NOT_SOLVED: _l("The run was stopped before this part"),
    Remainder.TOO_LITTLE: _l("Less than a gram: too little to plan with"),
}

_NO_ROOM = frozenset({Remainder.SLOTS_FULL, Remainder.HELD_BACK})


def left_text(reason: str, params: Mapping[str, Any]) -> str:
    """Say why tonnes are left over, or why a want takes no more; empty ``params`` in what-ifs."""
    return share_text(params) if reason == SHARE_CAP else _left_over(reason, params)


def _left_over(reason: str, params: Mapping[str, Any]) -> str:
    """Say why an offer's tonnes are left; ``params`` counts the uses."""
    in_radius, refused = params.get("in_radius", 0), params.get("refused", 0)
    if params.get("uses") == 0:
        return _("Nobody in this run takes it")
    if reason in _NO_ROOM and (text := _used_up(params)):
        return text
    if reason == Remainder.SLOTS_FULL and refused:
        return _(
            "%(n)s uses in reach: %(refused)s refuse it, the others are full",
            n=number(in_radius), refused=number(refused),
        )  # fmt: skip
    if reason == Remainder.ALL_REFUSED and in_radius:
        return _("%(n)s uses in reach, all of them refuse it", n=number(in_radius))
    if reason == Remainder.NO_SLOT_IN_RADIUS and params.get("uses"):
        return _("%(n)s uses take it, none of them within the radius", n=number(params["uses"]))
    return str(REMAINDERS[reason])


def _used_up(params: Mapping[str, Any]) -> str:
    """Name the licences or dosages that let in no more; empty = neither."""
    if params.get("licensed_out"):
        return _("The licences of the plants that take it let in no more tonnes this year")
    if not params.get("dosages"):
        return ""
    names = _(", ").join(property_label(name) for name in params["dosages"])
    return _(
        "Lines that take it have room, but what all their wastes may bring of %(names)s is used up",
        names=names,
    )


def share_text(cap: Mapping[str, float]) -> str:
    """Say how a want's share of its line's product caps it; keys are those of ``ShareCap``."""
    return _(
        "At most %(share)s %% of the %(made)s t a year its line makes: of %(wanted)s t wanted,"
        " %(most)s t count",
        share=percent(cap["share"], 1), made=number(cap["output_kg"] / KG_PER_TONNE),
        wanted=number(cap["wanted_kg"] / KG_PER_TONNE), most=number(cap["most_kg"] / KG_PER_TONNE),
    )  # fmt: skip
