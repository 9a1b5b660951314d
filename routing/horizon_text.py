"""The library's own JSON for several days, read and written; the README lists its members."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import partial
from typing import Any, TypeVar

from routing.day_text import NAMES, members, parse_collection, parse_day
from routing.horizon import Closure, Dated, HorizonProblem, Roster, Tank, Yard
from routing.jsontext import Located
from routing.problem import Collection, ProblemError, Window
from routing.travel import TravelMatrix

T = TypeVar("T")


def parse_horizon(text: Located) -> HorizonProblem:
    """Build the horizon: a day's members, with dates on its collections, and what the days add.

    Raises InstanceError at the place where a fault stands.
    """
    days = text.member("days").whole(1)
    return _at(
        text,
        lambda: HorizonProblem(
            days,
            parse_day(
                text.with_member("collections", []), members(HorizonProblem) - {"day", "dated"}
            ),
            _rows(text, "collections", lambda row: _dated(row, days)),
            _rows(text, "tanks", lambda row: _tank(row, days)),
            _rows(text, "yards", lambda row: _yard(row, days)),
            _rows(text, "rosters", _roster),
            _rows(text, "closures", _closure),
        ),
    )


def _at(place: Located, build: Callable[[], T]) -> T:
    try:
        return build()
    except ProblemError as error:
        raise place.fault(str(error)) from None


def _rows(text: Located, name: str, build: Callable[[Located], T]) -> tuple[T, ...]:
    found = text.optional(name)
    return tuple(_at(row, partial(build, row)) for row in found.items()) if found else ()


def _maybe(row: Located, name: str) -> int | None:
    found = row.optional(name)
    return None if found is None else found.whole(0)


def _daily(row: Located, name: str, days: int) -> tuple[int, ...]:
    """Read one amount for every day, or one for each."""
    found = row.member(name)
    if isinstance(found.value, list):
        return tuple(item.whole(0) for item in found.items())
    return (found.whole(0),) * days


def _day_set(row: Located, name: str) -> frozenset[int]:
    found = row.optional(name)
    return frozenset(item.whole(0) for item in found.items()) if found else frozenset()


def _dated(row: Located, days: int) -> Dated:
    row.only(members(Collection, Dated) - {"collection"})
    first, last = _maybe(row, "earliest_day"), _maybe(row, "latest_day")
    return Dated(parse_collection(row), first or 0, days - 1 if last is None else last)


def _tank(row: Located, days: int) -> Tank:
    row.only(members(Collection, Tank) - {"collection"} | {"room_kg"})
    room_kg, stated = row.member("room_kg").whole(1), row.optional("mass_kg")
    if stated is not None and stated.whole(1) != room_kg:
        raise stated.fault(f"a tank's mass is its room, {room_kg} kg; leave mass_kg out")
    full = row.with_member("mass_kg", room_kg)
    return Tank(
        parse_collection(full),
        row.member("opening_kg").whole(0),
        _daily(row, "inflow_kg", days),
        _maybe(row, "closing_kg"),
        _maybe(row, "overflow_fen_per_t"),
    )


def _yard(row: Located, days: int) -> Yard:
    row.only(members(Yard))
    return Yard(
        row.member("receiver").text(),
        row.member("opening_kg").whole(0),
        _daily(row, "use_kg", days),
        row.member("room_kg").whole(0),
        _maybe(row, "minimum_kg") or 0,
        _maybe(row, "shortage_fen_per_t"),
    )


def _roster(row: Located) -> Roster:
    row.only(members(Roster))
    vehicle = row.member("vehicle").text()
    return Roster(vehicle, _day_set(row, "off_days"), _maybe(row, "most_days"))


def _closure(row: Located) -> Closure:
    row.only(members(Closure))
    return Closure(row.member("site").text(), _day_set(row, "days"))


def written_horizon(problem: HorizonProblem) -> str:
    """Return the JSON that `parse_horizon` reads back to the same problem."""
    document = {
        **_written(problem.day),
        "days": problem.days,
        "collections": [
            {
                **_written(row.collection),
                "earliest_day": row.earliest_day,
                "latest_day": row.latest_day,
            }
            for row in problem.dated
        ],
        "tanks": [_written_tank(row) for row in problem.tanks],
        "yards": [_written(row) for row in problem.yards],
        "rosters": [_written(row) for row in problem.rosters],
        "closures": [_written(row) for row in problem.closures],
    }
    return json.dumps(document, ensure_ascii=False, indent=1)


def _written_tank(tank: Tank) -> dict[str, Any]:
    row = {**_written(tank.collection), **_written(tank)}
    del row["collection"]
    row["room_kg"] = row.pop("mass_kg")
    return row


def _written(value: object) -> dict[str, Any]:
    return {
        NAMES.get(field.name, field.name): _plain(getattr(value, field.name))
        for field in fields(value)  # type: ignore[arg-type]
    }


def _plain(value: object) -> object:
    if isinstance(value, TravelMatrix):
        return {
            "distance_m": value.distance_m.tolist(),
            "duration_s": value.duration_s.tolist(),
        }
    if isinstance(value, frozenset):
        return sorted(_plain(item) for item in value)  # type: ignore[type-var]
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Window):
        return [value.opens_s, value.closes_s]
    if is_dataclass(value):
        return _written(value)
    return value.value if isinstance(value, Enum) else value
