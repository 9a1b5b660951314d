"""The library's own JSON for a planning day, read and written; the README lists its members."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import fields
from functools import partial
from typing import TypeVar

import numpy as np

from routing.instances import InstanceError
from routing.jsontext import Located
from routing.loads import split_collections
from routing.problem import (
    ALL_DAY,
    Body,
    Collection,
    DayProblem,
    Depot,
    DriverHours,
    Material,
    ProblemError,
    Receiver,
    Segregation,
    Site,
    Vehicle,
    VehicleType,
    Window,
)
from routing.road_factors import NoRoadFactorError, RoadFactor, road_factor_for
from routing.travel import MOST_TRAVEL, TravelMatrix, great_circle_travel

T = TypeVar("T")
V = TypeVar("V")

# Names under which the file has what the library calls otherwise.
NAMES = {"windows": "windows_s", "unload_windows": "unload_windows_s", "shift": "shift_s"}
_REMARKS = frozenset({"name", "comment"})
_GIVEN_WAYS = frozenset({"distance_m", "duration_s"})
_RECKONED_WAYS = frozenset({"road_factor", "speed_km_h", "road_factors", "regions", "year"})
_FINITE = sys.float_info.max


def members(*parts: type) -> frozenset[str]:
    """Return the names under which a file has the members of these parts of a problem."""
    return frozenset(NAMES.get(row.name, row.name) for part in parts for row in fields(part))


def parse_day(text: Located, also: frozenset[str] = frozenset()) -> DayProblem:
    """Build the day; a fault in a value is reported at the place where the value stands.

    `also` are members of the file that are not the day's and are left to the caller.
    """
    text.only(members(DayProblem) | _REMARKS | also)
    return _at(text, partial(_day, text))


def _day(text: Located) -> DayProblem:
    sites = _rows(text, "sites", _site)
    problem = DayProblem(
        sites,
        _rows(text, "depots", _depot),
        _rows(text, "materials", _material),
        _rows(text, "receivers", _receiver),
        _rows(text, "collections", _collection),
        _rows(text, "vehicle_types", _vehicle_type),
        _rows(text, "vehicles", _vehicle),
        _travel(text, sites),
        _rows(text, "segregations", _segregation) if text.optional("segregations") else (),
        _hours(text.optional("hours")) or DriverHours(),
    )
    # A mistyped mass shows in the number of loads.
    split_collections(problem)
    return problem


def _at(place: Located, build: Callable[[], V]) -> V:
    try:
        return build()
    except ProblemError as error:
        row = _named(place, error.where) or place
        known = isinstance(row.value, dict) and error.field in row.value
        raise (row.member(error.field) if known else row).fault(str(error)) from None


def _named(place: Located, where: str) -> Located | None:
    """Find the row that a fault between rows is about, such as "vehicle type t1"."""
    for name, rows in place.members().items():
        kind = name.rstrip("s").replace("_", " ")
        for row in rows.items() if isinstance(rows.value, list) else ():
            if isinstance(row.value, dict) and where == f"{kind} {row.value.get('id')}":
                return row
    return None


def _rows(text: Located, name: str, build: Callable[[Located], T]) -> tuple[T, ...]:
    return tuple(_built(row, build) for row in text.member(name).items())


def _built(row: Located, build: Callable[[Located], T]) -> T:
    return _at(row, lambda: build(row))


def _whole(row: Located, name: str, default: int = 0) -> int:
    found = _maybe(row, name)
    return default if found is None else found


def _maybe(row: Located, name: str) -> int | None:
    """Read a whole number of any size: the problem itself knows the largest of each kind."""
    found = row.optional(name)
    return None if found is None else found.whole(-_FINITE, _FINITE)


def _text(row: Located, name: str) -> str:
    return row.member(name).text()


def _bodies(row: Located) -> frozenset[Body]:
    bodies = set()
    for item in row.member("bodies").items():
        if item.text() not in set(Body):
            raise item.fault(f"{item.text()!r} is none of {', '.join(Body)}")
        bodies.add(Body(item.text()))
    return frozenset(bodies)


def _window(row: Located) -> Window:
    ends = [item.whole(-_FINITE, _FINITE) for item in row.items()]
    if len(ends) != 2:
        raise row.fault(f"{len(ends)} values where 2 belong")
    return _at(row, lambda: Window(*ends))


def _windows(row: Located) -> tuple[Window, ...]:
    found = _maybe_windows(row, "windows_s")
    return ALL_DAY if found is None else found


def _maybe_windows(row: Located, name: str) -> tuple[Window, ...] | None:
    found = row.optional(name)
    return None if found is None else tuple(_window(item) for item in found.items())


def _site(row: Located) -> Site:
    row.only(members(Site))
    name = row.optional("name")
    return Site(
        _text(row, "id"),
        row.member("latitude_deg").number(),
        row.member("longitude_deg").number(),
        name.text() if name else "",
    )


def _depot(row: Located) -> Depot:
    row.only(members(Depot))
    return Depot(_text(row, "id"), _text(row, "site"))


def _material(row: Located) -> Material:
    row.only(members(Material))
    licence = row.optional("licence")
    return Material(_text(row, "id"), _bodies(row), licence.text() if licence else None)


def _receiver(row: Located) -> Receiver:
    row.only(members(Receiver))
    return Receiver(
        _text(row, "id"),
        _text(row, "site"),
        _windows(row),
        _whole(row, "weighing_s"),
        _whole(row, "unload_s_per_t"),
        _maybe(row, "daily_intake_kg"),
    )


def _collection(row: Located) -> Collection:
    row.only(members(Collection))
    return parse_collection(row)


def parse_collection(row: Located) -> Collection:
    """Read a collection from an object that may have more members than a day's."""
    return Collection(
        _text(row, "id"),
        _text(row, "site"),
        _text(row, "material"),
        row.member("mass_kg").whole(-_FINITE, _FINITE),
        row.member("receivers").texts(),
        _whole(row, "volume_l"),
        _whole(row, "loading_s"),
        _whole(row, "weighing_s"),
        _windows(row),
        _maybe(row, "skip_fen"),
        _maybe_windows(row, "unload_windows_s"),
    )


def _vehicle_type(row: Located) -> VehicleType:
    row.only(members(VehicleType))
    licences, materials = row.optional("licences"), row.optional("materials")
    body = row.member("body")
    if body.text() not in set(Body):
        raise body.fault(f"{body.text()!r} is none of {', '.join(Body)}")
    return VehicleType(
        _text(row, "id"),
        Body(body.text()),
        row.member("capacity_kg").whole(-_FINITE, _FINITE),
        _maybe(row, "capacity_l"),
        _whole(row, "fixed_fen"),
        _whole(row, "fen_per_km"),
        _whole(row, "fen_per_h"),
        frozenset(licences.texts()) if licences else frozenset(),
        frozenset(materials.texts()) if materials else None,
        _maybe(row, "co2_g_per_km"),
        _maybe(row, "co2_empty_g_per_km"),
        _hours(row.optional("hours")),
    )


def _vehicle(row: Located) -> Vehicle:
    row.only(members(Vehicle))
    end = row.optional("end_depot")
    return Vehicle(
        _text(row, "id"),
        _text(row, "type"),
        _text(row, "depot"),
        _window(row.member("shift_s")),
        end.text() if end else None,
    )


def _segregation(row: Located) -> Segregation:
    row.only(members(Segregation))
    return Segregation(_text(row, "one"), _text(row, "other"), _whole(row, "cleaning_s"))


def _hours(row: Located | None) -> DriverHours | None:
    if row is None:
        return None
    row.only(members(DriverHours))
    usual = DriverHours()
    return _at(
        row,
        lambda: DriverHours(
            _whole(row, "continuous_drive_s", usual.continuous_drive_s),
            _whole(row, "rest_s", usual.rest_s),
            _maybe(row, "daily_drive_s"),
        ),
    )


def _travel(text: Located, sites: tuple[Site, ...]) -> TravelMatrix:
    """Take the matrices when they are given, else the great circle by factor and speed."""
    row = text.member("travel")
    row.only(_GIVEN_WAYS | _RECKONED_WAYS)
    if row.optional("distance_m") is None:
        positions = [(site.id, site.latitude_deg, site.longitude_deg) for site in sites]
        speed = row.member("speed_km_h")
        try:
            return great_circle_travel(
                positions, road_factor=_road_factor(row), speed_km_h=speed.number(1)
            )
        except ValueError as error:
            if isinstance(error, InstanceError):
                raise
            raise speed.fault(str(error)) from None
    names = tuple(site.id for site in sites)
    metres, seconds = (_matrix(row.member(name), names) for name in ("distance_m", "duration_s"))
    return TravelMatrix(names, metres, seconds, "given")


def _road_factor(row: Located) -> float:
    """Read the factor, or the row of `road_factors` that holds for `regions` in `year`."""
    if row.optional("road_factors") is None:
        return row.member("road_factor").number(1)
    rows = [
        RoadFactor(
            _text(one, "id"),
            _text(one, "region"),
            one.member("value").number(1),
            _maybe(one, "year_from"),
            _maybe(one, "year_to"),
        )
        for one in row.member("road_factors").items()
    ]
    regions = row.member("regions")
    try:
        return road_factor_for(rows, regions.texts(), row.member("year").whole()).value
    except NoRoadFactorError as error:
        raise regions.fault(str(error)) from None


def _matrix(
    rows: Located, names: tuple[str, ...]
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    values = rows.square(names, MOST_TRAVEL)
    for row, column in np.argwhere(values % 1).tolist():
        rows.items()[row].items()[column].whole()
    return values.astype(np.int64)
