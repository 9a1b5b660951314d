"""The changes of a what-if: the lists their forms offer, and what each means in the engine."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from market.listings.labels import grade_label
from market.matchmaking import questions_places
from market.matchmaking.forms_questions import ChosenWant, MovedLimit
from market.matchmaking.presenting_questions import Says, limit_text, place_name
from market.matchmaking.questions import Kind, dosages_of, limit_key, limits_of
from market.matchmaking.questions_places import Use
from market.matchmaking.rules import MAX_RADIUS_KM
from market.web.filters import number, trimmed
from market.web.language import pick
from matching.changes import (
    AddPlant,
    Change,
    PriceKind,
    RemovePlant,
    RemoveSupply,
    ScaleCapacity,
    SetAmount,
    SetCalendar,
    SetCarbonPrice,
    SetDosage,
    SetFreight,
    SetLimit,
    SetPrice,
    SetReach,
    SetStorage,
)
from matching.lookup import find_slot, find_supply
from matching.problem import FreightBand, Limit, Slot, Storage, Supply
from matching.result import Side


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


def want_first(session: Session, says: Says, arguments: MultiDict[str, str]) -> Any:
    """Ask for a limit in two steps: which limits there are depends on the want."""
    chosen = with_lists(session, says, ChosenWant.of(arguments))
    if not chosen.asked or not chosen.validate():
        return chosen
    form = MovedLimit(formdata=None, data={"want_id": chosen.want_id.data})
    form.asked = False
    return with_lists(session, says, form)


def with_lists(session: Session, says: Says, form: Any) -> Any:
    lists: dict[str, Callable[[], list[tuple[str, str]]]] = {
        "offer_id": lambda: listing_choices(says, "offer"),
        "want_id": lambda: listing_choices(says, "want"),
        "listing_id": lambda: [*listing_choices(says, "offer"), *listing_choices(says, "want")],
        "month": lambda: _months(says),
        "first": lambda: _months(says),
        "last": lambda: _months(says),
        "limit": lambda: _limit_choices(says, form.want_id.data),
        "dosage": lambda: list(_dosages(says)),
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
            f"{says.names.ref(row.end)} · {says.names.marked(row.end)} · {pick(row, 'material')}",
        )
        for row in says.asked.side(side)
        if says.may_ask(row.end.listing_id)
    ]


def use_choices(uses: Sequence[Use]) -> list[tuple[str, str]]:
    return [(use.key, f"{pick(use, 'material')} → {pick(use, 'process')}") for use in uses]


def _limit_choices(says: Says, want_id: str) -> list[tuple[str, str]]:
    known = {str(row.end.listing_id) for row in says.asked.side("want")}
    if want_id not in known:
        return []
    return [(limit_key(row), _limit_name(row)) for row in limits_of(says.asked, int(want_id))]


def _dosages(says: Says) -> Iterator[tuple[str, str]]:
    """Name each dosage by one want of its line and its property."""
    for want_id, limit in dosages_of(says.asked):
        if not says.may_ask(want_id):
            continue
        firm = says.names.marked(says.row(want_id).end)
        yield f"{want_id}|{limit.name}", f"{firm} · {limit_text(limit)}"


def _limit_name(limit: Limit) -> str:
    grade = grade_label(limit.grades[0]) if limit.grades else ""
    return " · ".join(filter(None, (limit_text(limit), grade)))


def _months(says: Says) -> list[tuple[str, str]]:
    """Name the periods of the run; one that takes the year as one has a single one."""
    periods = says.asked.case.problem.periods
    if len(periods) == 1:
        return [(periods[0], _("the whole time of the run"))]
    return [(period, period) for period in periods]


def _side_of(says: Says, listing_id: str) -> Side:
    return Side.SUPPLY if says.row(int(listing_id)).side == "offer" else Side.SLOT


def _row_of(says: Says, listing_id: str) -> Supply | Slot:
    problem = says.asked.case.problem
    if _side_of(says, listing_id) is Side.SUPPLY:
        return find_supply(problem, listing_id)
    return find_slot(problem, listing_id)


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
        "If %(name)s supplies %(new)s instead of %(old)s:",
        name=says.listing(int(offer_id)), new=says.moved(tonnes), old=number(sum(old)),
    )  # fmt: skip


def _want_tonnes(_session: Session, says: Says, form: Any) -> Changed:
    want_id, tonnes = form.want_id.data, form.value.data
    old = find_slot(says.asked.case.problem, want_id).tonnes
    return (SetCalendar(Side.SLOT, want_id, _spread(old, tonnes)),), _(
        "If %(name)s takes %(new)s instead of %(old)s:",
        name=says.listing(int(want_id)), new=says.moved(tonnes), old=number(sum(old)),
    )  # fmt: skip


def _spread(old: tuple[float, ...], tonnes: float) -> tuple[float, ...]:
    """Keep the shape of the year; where nothing was, spread evenly."""
    total = sum(old)
    if not total:
        return (tonnes / len(old),) * len(old)
    return tuple(tonnes * part / total for part in old)


def _amount(_session: Session, says: Says, form: Any) -> Changed:
    listing_id, month, tonnes = form.listing_id.data, form.month.data, form.value.data
    row, months = _row_of(says, listing_id), says.asked.case.problem.periods
    return (SetAmount(_side_of(says, listing_id), listing_id, month, tonnes),), _(
        "If %(name)s has %(new)s t in %(month)s instead of %(old)s:",
        name=says.listing(int(listing_id)), new=number(tonnes), month=dict(_months(says))[month],
        old=number(row.tonnes[months.index(month)]),
    )  # fmt: skip


def _stoppage(_session: Session, says: Says, form: Any) -> Changed:
    listing_id, share = form.listing_id.data, form.value.data
    months = says.asked.case.problem.periods
    hit = months[months.index(form.first.data) : months.index(form.last.data) + 1]
    words = dict(_months(says))
    return (ScaleCapacity(_side_of(says, listing_id), listing_id, share / 100, hit),), _(
        "If %(name)s runs at %(share)s %% from %(first)s to %(last)s:",
        name=says.listing(int(listing_id)), share=trimmed(share),
        first=words[form.first.data], last=words[form.last.data],
    )  # fmt: skip


def _storage(_session: Session, says: Says, form: Any) -> Changed:
    listing_id = form.listing_id.data
    store = Storage(form.opening.data, form.value.data, form.cost.data)
    old = _row_of(says, listing_id).storage or Storage()
    return (SetStorage(_side_of(says, listing_id), listing_id, store),), _(
        "If %(name)s has a store for %(room)s t with %(opening)s t in it, at %(cost)s yuan a tonne"
        " and month (today %(old)s t with %(was)s t in it):",
        name=says.listing(int(listing_id)), room=number(store.room_t),
        opening=number(store.opening_t), cost=trimmed(store.cost_yuan_per_t),
        old=number(old.room_t), was=number(old.opening_t),
    )  # fmt: skip


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


def _dosage(_session: Session, says: Says, form: Any) -> Changed:
    want_id, name = form.dosage.data.split("|")
    limit = next(
        row for want, row in dosages_of(says.asked) if (str(want), row.name) == (want_id, name)
    )
    line_id = find_slot(says.asked.case.problem, want_id).line_id
    return (SetDosage(line_id, name, form.value.data),), _(
        "If all wastes together had to keep %(limit)s of what %(name)s makes (today %(old)s):",
        name=says.names.marked(says.row(int(want_id)).end), old=limit_text(limit),
        limit=limit_text(replace(limit, value=form.value.data)),
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


def _treatment(_session: Session, says: Says, form: Any) -> Changed:
    want_id, price = form.want_id.data, form.value.data
    material_id = says.row(int(want_id)).material_id
    return (SetPrice(PriceKind.TREATMENT, want_id, price, material_id),), _(
        "If making a tonne fit cost %(price)s yuan at %(name)s:",
        name=says.listing(int(want_id)), price=trimmed(price),
    )  # fmt: skip


def _freight(_session: Session, says: Says, form: Any) -> Changed:
    bands = says.asked.case.parameters.freight
    reach = bands[-1].to_km if bands else MAX_RADIUS_KM
    band = FreightBand(reach, form.value.data, form.fixed.data)
    return (SetFreight((band,)),), _(
        "If freight cost %(rate)s yuan a tonne-kilometre and %(fixed)s yuan a tonne besides:",
        rate=trimmed(form.value.data), fixed=trimmed(form.fixed.data),
    )  # fmt: skip


def _carbon(_session: Session, says: Says, form: Any) -> Changed:
    old = says.asked.case.parameters.carbon_yuan_per_t
    return (SetCarbonPrice(form.value.data),), _(
        "If a tonne of CO₂ cost %(new)s yuan instead of %(old)s:",
        new=trimmed(form.value.data), old=_("nothing") if old is None else trimmed(old),
    )  # fmt: skip


def _radius(_session: Session, says: Says, form: Any) -> Changed:
    old, km = says.asked.case.parameters.radius_km, form.value.data
    return (SetReach(km),), _(
        "If hauls may be %(new)s km long instead of %(old)s:", new=trimmed(km), old=trimmed(old),
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
    known = sum(row.id.startswith(slot.id) for row in says.asked.case.problem.slots)
    own = f"{slot.id}-{known + 1}"
    placed = replace(questions_places.at(slot, place), id=own, sink_id=own)
    return (AddPlant((placed,)),), _(
        "If %(process)s for %(moved)s of %(material)s stood at %(place)s:",
        process=pick(use, "process"), material=pick(use, "material"),
        moved=says.moved(form.value.data), place=place_name(place, says.names),
    )  # fmt: skip


CHANGES: dict[Kind, Callable[[Session, Says, Any], Changed]] = {
    Kind.OFFER_TONNES: _offer_tonnes,
    Kind.WANT_TONNES: _want_tonnes,
    Kind.AMOUNT: _amount,
    Kind.STOPPAGE: _stoppage,
    Kind.STORAGE: _storage,
    Kind.LIMIT: _limit,
    Kind.DOSAGE: _dosage,
    Kind.DISPOSAL: _disposal,
    Kind.REPLACED: _replaced,
    Kind.TREATMENT: _treatment,
    Kind.FREIGHT: _freight,
    Kind.CARBON: _carbon,
    Kind.RADIUS: _radius,
    Kind.REMOVE_OFFER: _remove_offer,
    Kind.REMOVE_PLANT: _remove_plant,
    Kind.ADD_PLANT: _add_plant,
}
