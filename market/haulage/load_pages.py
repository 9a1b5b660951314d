"""One load's page in words. View-side."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from markupsafe import Markup

from market.haulage.labels import day_long
from market.haulage.models import CollectionPlan
from market.haulage.picture import place_name
from market.haulage.queries import FirmLoad
from market.haulage.records import LoadRecord, Weighed, load_name, number_of
from market.haulage.rules import LOCAL, moment
from market.web.filters import clock, percent, tonnes
from market.web.language import language


def load_address(plan: CollectionPlan, load_key: str) -> str:
    """Return where a load's record stands, as the plan that is driven has it."""
    return str(url_for("loads.load", on=plan.planned_on, name=load_name(plan, load_key)))


def material(record: LoadRecord) -> str:
    return record.material_en if language() == "en" else record.material_zh


def sentence(record: LoadRecord) -> str:
    """Say what goes where on which truck, in one line."""
    values = {
        "mass": tonnes(record.mass_kg, 1),
        "material": material(record),
        "origin": place_name(record.origin),
        "destination": place_name(record.destination),
    }
    if record.truck is None:
        words = _("%(mass)s t of %(material)s, %(origin)s → %(destination)s: left over.", **values)
    else:
        words = _(
            "%(mass)s t of %(material)s, %(origin)s → %(destination)s, on truck %(truck)s.",
            truck=record.truck,
            **values,
        )
    return str(words)


def facts(record: LoadRecord) -> list[tuple[str, Any]]:
    """Return what a consignment is drafted from."""
    rows: list[tuple[str, Any]] = [
        (_("Material"), f"{material(record)} · {record.material_id}"),
        (_("Planned mass"), f"{tonnes(record.mass_kg, 1)} {_('t')}"),
        (_("Sender"), _end(record.offer_id, place_name(record.origin))),
        (_("Receiver"), _end(record.want_id, place_name(record.destination))),
    ]
    if record.loading_starts_at is not None:
        day = record.loading_starts_at.astimezone(LOCAL).date()
        rows += [
            (_("Day"), day_long(day)),
            (_("Loading"), _span(day, record.loading_starts_at, record.loading_ends_at)),
            (_("Unloading"), _span(day, record.unloading_starts_at, record.unloading_ends_at)),
            (_("Truck"), f"{record.truck} · {record.plate}"),
            (_("Driver"), record.driver_en if language() == "en" else record.driver_zh),
        ]
    return rows


def _span(day: date, *ends: datetime | None) -> str:
    """Return the hours of the day of loading; what is after its midnight is of the next day."""
    midnight = moment(day, 0)
    return "–".join(clock((at - midnight).total_seconds()) for at in ends if at is not None)


def _end(listing_id: int | None, name: str) -> str | Markup:
    if listing_id is None:
        return name
    return Markup('<a href="{}">{}</a>').format(
        url_for("listing_page.listing", listing_id=listing_id), name
    )


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A firm's load in its list, under the day of its loading; ``between`` names the other end."""

    url: str
    number: str
    day: str
    is_sent: bool
    material: str
    between: str
    mass_kg: int
    loading: str
    unloading: str
    truck: int | None


def own_line(row: FirmLoad) -> OwnLine:
    cargo = row.plan.cargoes[row.load_key.rsplit("#", 1)[0]]
    day = moment(row.plan.planned_on, row.loading_starts_s or 0).date()
    return OwnLine(
        url=load_address(row.plan, row.load_key),
        number=number_of(row.plan, row.load_key),
        day=day_long(day),
        is_sent=row.is_sent,
        material=cargo["material_en" if language() == "en" else "material_zh"],
        between=place_name(row.plan.places[cargo["destination" if row.is_sent else "origin"]]),
        mass_kg=row.mass_kg,
        loading=_hour(row.plan, row.loading_starts_s, day),
        unloading=_hour(row.plan, row.unloading_starts_s, day),
        truck=row.truck,
    )


def _hour(plan: CollectionPlan, second: int | None, day: date) -> str:
    return "–" if second is None else _span(day, moment(plan.planned_on, second))


def weighed_words(found: Weighed) -> str:
    """Say by how much a ticket differs from the plan."""
    values = {"net": tonnes(found.net_kg, 2), "planned": tonnes(found.planned_kg, 2)}
    if not found.difference_kg:
        return str(_("%(net)s t weighed, just as planned.", **values))
    values |= {
        "gap": tonnes(abs(found.difference_kg), 2),
        "share": percent(abs(found.share), 1),
    }
    if found.difference_kg > 0:
        return str(
            _(
                "%(net)s t weighed, %(gap)s t (%(share)s %%) above the planned %(planned)s t.",
                **values,
            )
        )
    return str(
        _("%(net)s t weighed, %(gap)s t (%(share)s %%) below the planned %(planned)s t.", **values)
    )
