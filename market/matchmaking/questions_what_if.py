"""A what-if from its address: which change is meant, in the engine's terms and in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from market.listings.labels import grade_label
from market.matchmaking import questions_places
from market.matchmaking.forms_questions import FORMS, ChosenWant, MovedLimit
from market.matchmaking.presenting_questions import Says, limit_text, place_name
from market.matchmaking.questions import Kind, Read, limit_key, limits_of, what_if
from market.matchmaking.questions_places import Use
from market.web.filters import number, trimmed
from market.web.language import pick
from matching.changes import (
    AddPlant,
    Change,
    PriceKind,
    RemovePlant,
    RemoveSupply,
    SetCalendar,
    SetLimit,
    SetParameters,
    SetPrice,
)
from matching.lookup import find_slot, find_supply
from matching.problem import Limit
from matching.result import Side

if TYPE_CHECKING:
    from matching.whatif import WhatIf


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


@dataclass(frozen=True, slots=True)
class Asked:
    """``changes`` None: nothing asked yet, or not rightly; the form then says what is wrong."""

    kind: Kind
    form: Any
    changes: tuple[Change, ...] | None = None
    sentence: str = ""


def answer_of(asked: Read, question: Asked) -> "WhatIf":
    return what_if(asked, question.changes or ())


def ask(session: Session, says: Says, arguments: MultiDict[str, str]) -> Asked:
    raw = arguments.get("change", Kind.OFFER_TONNES.value)
    if raw not in set(Kind):
        form = FORMS[Kind.OFFER_TONNES].of(MultiDict())
        form.form_errors.append(_("There is no such change. Choose one of these."))
        return Asked(Kind.OFFER_TONNES, _with_lists(session, says, form))
    kind = Kind(raw)
    if kind is Kind.LIMIT and not {"limit", "value"} & arguments.keys():
        return Asked(kind, _want_first(session, says, arguments))
    form = _with_lists(session, says, FORMS[kind].of(arguments))
    if not form.asked or not form.validate():
        return Asked(kind, form)
    changes, sentence = _CHANGES[kind](session, says, form)
    return Asked(kind, form, changes, sentence)


def _want_first(session: Session, says: Says, arguments: MultiDict[str, str]) -> Any:
    """Ask for a limit in two steps: which limits there are depends on the want."""
    chosen = _with_lists(session, says, ChosenWant.of(arguments))
    if not chosen.asked or not chosen.validate():
        return chosen
    form = MovedLimit(formdata=None, data={"want_id": chosen.want_id.data})
    form.asked = False
    return _with_lists(session, says, form)


def _with_lists(session: Session, says: Says, form: Any) -> Any:
    lists: dict[str, Callable[[], list[tuple[str, str]]]] = {
        "offer_id": lambda: listing_choices(says, "offer"),
        "want_id": lambda: listing_choices(says, "want"),
        "limit": lambda: _limit_choices(says, form.want_id.data),
        "material_id": lambda: _materials(says),
        "site_id": lambda: _sites(says),
        "use": lambda: use_choices(questions_places.uses(session, says.asked)),
        "place": lambda: _places(says),
    }
    form.offer({name: make() for name, make in lists.items() if name in form})
    return form


def listing_choices(says: Says, side: str) -> list[tuple[str, str]]:
    return [
        (
            str(row.end.listing_id),
            f"{row.end.ref} · {says.names.marked(row.end)} · {pick(row, 'material')}",
        )
        for row in says.asked.side(side)
    ]


def use_choices(uses: Sequence[Use]) -> list[tuple[str, str]]:
    return [(use.key, f"{pick(use, 'material')} → {pick(use, 'process')}") for use in uses]


def _limit_choices(says: Says, want_id: str) -> list[tuple[str, str]]:
    known = {str(row.end.listing_id) for row in says.asked.side("want")}
    if want_id not in known:
        return []
    return [(limit_key(row), _limit_name(row)) for row in limits_of(says.asked, int(want_id))]


def _limit_name(limit: Limit) -> str:
    grade = grade_label(limit.grades[0]) if limit.grades else ""
    return " · ".join(filter(None, (limit_text(limit), grade)))


def _materials(says: Says) -> list[tuple[str, str]]:
    found = {row.material_id: pick(row, "material") for row in says.asked.side("offer")}
    return sorted(found.items(), key=lambda item: item[1])


def _sites(says: Says) -> list[tuple[str, str]]:
    rows = {row.end.site_id: row.end for row in says.asked.side("want")}
    return [(str(site_id), says.names.marked(end)) for site_id, end in rows.items()]


def _places(says: Says) -> list[tuple[str, str]]:
    return [
        (place.key, place_name(place, says.names)) for place in questions_places.places(says.asked)
    ]


Changed = tuple[tuple[Change, ...], str]


def _offer_tonnes(_session: Session, says: Says, form: Any) -> Changed:
    offer_id, tonnes = form.offer_id.data, form.value.data
    old = find_supply(says.asked.case.problem, offer_id).tonnes
    return (SetCalendar(Side.SUPPLY, offer_id, _spread(old, tonnes)),), _(
        "If %(name)s supplies %(new)s t a year instead of %(old)s:",
        name=says.listing(int(offer_id)), new=number(tonnes), old=number(sum(old)),
    )  # fmt: skip


def _want_tonnes(_session: Session, says: Says, form: Any) -> Changed:
    want_id, tonnes = form.want_id.data, form.value.data
    old = find_slot(says.asked.case.problem, want_id).tonnes
    return (SetCalendar(Side.SLOT, want_id, _spread(old, tonnes)),), _(
        "If %(name)s takes %(new)s t a year instead of %(old)s:",
        name=says.listing(int(want_id)), new=number(tonnes), old=number(sum(old)),
    )  # fmt: skip


def _spread(old: tuple[float, ...], tonnes: float) -> tuple[float, ...]:
    """Keep the shape of the year; where nothing was, spread evenly."""
    total = sum(old)
    if not total:
        return (tonnes / len(old),) * len(old)
    return tuple(tonnes * part / total for part in old)


def _limit(_session: Session, says: Says, form: Any) -> Changed:
    want_id, value = form.want_id.data, form.value.data
    limit = next(
        row for row in limits_of(says.asked, int(want_id)) if limit_key(row) == form.limit.data
    )
    grade = limit.grades[0] if limit.grades else ""
    material_id = says.row(int(want_id)).material_id
    change = SetLimit(want_id, limit.name, value, material_id=material_id, grade=grade)
    return (change,), _(
        "If %(name)s had to keep %(limit)s (today %(old)s):",
        name=says.listing(int(want_id)), old=_limit_name(limit),
        limit=limit_text(replace(limit, value=value)),
    )  # fmt: skip


def _disposal(_session: Session, says: Says, form: Any) -> Changed:
    material_id, price = form.material_id.data, form.value.data
    changes = tuple(
        SetPrice(PriceKind.DISPOSAL, supply.id, price)
        for supply in says.asked.case.problem.supplies
        if supply.material_id == material_id
    )
    return changes, _(
        "If disposing of %(material)s cost %(price)s yuan a tonne everywhere:",
        material=dict(_materials(says))[material_id], price=trimmed(price),
    )  # fmt: skip


def _replaced(_session: Session, says: Says, form: Any) -> Changed:
    want_id, price = form.want_id.data, form.value.data
    material_id = says.row(int(want_id)).material_id
    return (SetPrice(PriceKind.REPLACED, want_id, price, material_id),), _(
        "If a tonne replaced raw material worth %(price)s yuan at %(name)s:",
        name=says.listing(int(want_id)), price=trimmed(price),
    )  # fmt: skip


def _radius(_session: Session, says: Says, form: Any) -> Changed:
    parameters, km = says.asked.case.parameters, form.value.data
    return (SetParameters(replace(parameters, radius_km=km)),), _(
        "If hauls may be %(new)s km long instead of %(old)s:",
        new=trimmed(km), old=trimmed(parameters.radius_km),
    )  # fmt: skip


def _remove_offer(_session: Session, says: Says, form: Any) -> Changed:
    offer_id = form.offer_id.data
    return (RemoveSupply(offer_id),), _("Without %(name)s:", name=says.listing(int(offer_id)))


def _remove_plant(_session: Session, says: Says, form: Any) -> Changed:
    site_id = form.site_id.data
    return (RemovePlant(site_id),), _("Without %(name)s:", name=says.site(int(site_id)))


def _add_plant(session: Session, says: Says, form: Any) -> Changed:
    uses = questions_places.uses(session, says.asked)
    use = next(row for row in uses if row.key == form.use.data)
    place = next(row for row in questions_places.places(says.asked) if row.key == form.place.data)
    slot = questions_places.new_slot(session, says.asked, use, form.value.data)
    return (AddPlant((questions_places.at(slot, place),)),), _(
        "If %(process)s for %(t)s t a year of %(material)s stood at %(place)s:",
        process=pick(use, "process"), material=pick(use, "material"), t=number(form.value.data),
        place=place_name(place, says.names),
    )  # fmt: skip


_CHANGES: dict[Kind, Callable[[Session, Says, Any], Changed]] = {
    Kind.OFFER_TONNES: _offer_tonnes,
    Kind.WANT_TONNES: _want_tonnes,
    Kind.LIMIT: _limit,
    Kind.DISPOSAL: _disposal,
    Kind.REPLACED: _replaced,
    Kind.RADIUS: _radius,
    Kind.REMOVE_OFFER: _remove_offer,
    Kind.REMOVE_PLANT: _remove_plant,
    Kind.ADD_PLANT: _add_plant,
}
