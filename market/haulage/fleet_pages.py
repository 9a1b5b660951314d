"""The fleet's page: depots with their trucks, what they cost and why, what repeats. View-side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from market.catalogue.labels import FAMILIES
from market.catalogue.models import Material
from market.catalogue.rules import Family
from market.haulage.labels import BASES, KINDS, RULE_BASES, weekday_name
from market.haulage.models import CargoRule, Depot, Vehicle, VehicleType
from market.haulage.queries import PickUp
from market.haulage.rules import Basis, RuleBasis, VehicleKind
from market.orgs.rules import Standing
from market.web.filters import tonnes, trimmed
from market.web.language import pick


@dataclass(frozen=True, slots=True)
class FleetView:
    """Depots with their trucks, what trucks cost and why, what is kept apart, what repeats."""

    sentence: str
    depots: list[tuple[Depot, list[Vehicle]]]
    types: list[dict[str, Any]]
    rules: list[dict[str, Any]]
    pick_ups: list[dict[str, Any]]


def fleet(
    depots: Sequence[Depot],
    vehicles: Sequence[Vehicle],
    types: Sequence[VehicleType],
    rules: Sequence[CargoRule],
    pick_ups: Sequence[PickUp],
    materials: Sequence[Material],
) -> FleetView:
    payload_kg = sum(vehicle.type.capacity_kg for vehicle in vehicles)
    return FleetView(
        sentence=_(
            "%(trucks)s trucks at %(depots)s depots take %(mass)s t at one go; "
            "%(pick_ups)s small pick-ups repeat by weekday.",
            trucks=len(vehicles),
            depots=len({vehicle.depot_id for vehicle in vehicles}),
            mass=tonnes(payload_kg),
            pick_ups=len(pick_ups),
        ),
        depots=[
            (depot, [vehicle for vehicle in vehicles if vehicle.depot_id == depot.id])
            for depot in depots
        ],
        types=[_type_row(row, vehicles) for row in types],
        rules=[_rule_row(row, {material.id: material for material in materials}) for row in rules],
        pick_ups=[_pick_up_row(row) for row in pick_ups],
    )


def _type_row(row: VehicleType, vehicles: Sequence[Vehicle]) -> dict[str, Any]:
    return {
        "type": row,
        "kind": str(KINDS[VehicleKind(row.kind)]),
        "count": sum(vehicle.type_id == row.id for vehicle in vehicles),
        "basis": str(BASES[Basis(row.cost_basis)]),
        "families": families_words(row),
        "volume": volume_words(row),
        "hours": " · ".join(hours_words(row)),
    }


def families_words(row: VehicleType) -> str:
    """Return the families of material it is kept for; empty where the body decides alone."""
    return str(pgettext("list", ", ").join(str(FAMILIES[Family(name)]) for name in row.families))


def volume_words(row: VehicleType) -> str:
    if row.capacity_l is None:
        return ""
    return str(_("%(n)s m³", n=trimmed(row.capacity_l / 1000)))


def hours_words(row: VehicleType) -> Iterator[str]:
    """Yield what of its drivers' hours is stricter than the law."""
    if row.continuous_drive_s is not None:
        yield str(_("%(n)s h at the wheel at a stretch", n=_hours(row.continuous_drive_s)))
    if row.rest_s is not None:
        yield str(_("%(n)s min of rest", n=row.rest_s // 60))
    if row.daily_drive_s is not None:
        yield str(_("%(n)s h at the wheel in a day", n=_hours(row.daily_drive_s)))


def _hours(seconds: int) -> str:
    return trimmed(seconds / 3600)


def type_facts(row: VehicleType) -> list[tuple[str, str]]:
    """Return what makes a type what it is, which no form changes."""
    return [
        (str(_("Truck body")), str(KINDS[VehicleKind(row.kind)])),
        (str(_("Payload")), str(_("%(n)s t", n=tonnes(row.capacity_kg, 1)))),
        (str(_("Volume it holds")), volume_words(row) or str(_("not stated"))),
        (str(_("Materials it carries")), families_words(row) or str(_("whatever the body suits"))),
        (str(_("Licences")), " ".join(row.licences) or "–"),
    ]


def _rule_row(row: CargoRule, materials: Mapping[str, Material]) -> dict[str, Any]:
    return {
        "one": _cargoes(row.one, materials),
        "other": _cargoes(row.other, materials),
        "together": row.together,
        "minutes": row.cleaning_s // 60,
        "reason": pick(row, "reason"),
        "basis": str(RULE_BASES[RuleBasis(row.basis)]),
    }


def _cargoes(names: Sequence[str], materials: Mapping[str, Material]) -> list[tuple[str, str]]:
    """Return family and words of each name of a rule, whether it is a family or a material."""
    return [
        (materials[name].family, pick(materials[name]))
        if name in materials
        else (name, str(FAMILIES[Family(name)]))
        for name in names
    ]


def _pick_up_row(pick_up: PickUp) -> dict[str, Any]:
    row = pick_up.collection
    return {
        "id": row.id,
        "place": pick(row),
        "county": pick(row, "county"),
        "demo": row.standing == Standing.DEMO,
        "material": pick(pick_up.material),
        "family": pick_up.material.family,
        "mass_kg": row.mass_kg,
        "weekdays": pgettext("list", ", ").join(weekday_name(day) for day in row.weekdays),
        "opens_s": row.window_opens_s,
        "closes_s": row.window_closes_s,
        "receiver": pick(pick_up.receiver),
        "receiver_demo": pick_up.receiver.standing == Standing.DEMO,
    }
