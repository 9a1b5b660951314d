"""JSON whose every value knows its line and column, for faults that point at the place."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from json.decoder import scanstring  # type: ignore[attr-defined]
from pathlib import Path

import numpy as np

from routing.instances import Floats, InstanceError
from routing.reading import MOST

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")
# Half of a pair that stands for one character may be nobody's other half: such text has no UTF-8.
_HALF = re.compile(r"[\ud800-\udfff]")
_HALF_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")
# No format here has lists and objects within each other so deep.
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class Located:
    """A value as JSON gives it, and the names and numbers that lead to it from the outermost."""

    value: object
    document: str
    source: str
    path: tuple[str | int, ...] = ()

    def fault(self, what: str) -> InstanceError:
        """Find the line and column, which nobody pays for as long as all is well."""
        scanner = _Scanner(self.document, self.source)
        place = scanner.whole()
        for key in self.path:
            place = place.within.get(key, place)
        return scanner.fault(place.at, what)

    def _within(self, key: str | int, value: object) -> Located:
        return Located(value, self.document, self.source, (*self.path, key))

    def member(self, key: str) -> Located:
        """Return the member of that name; it must exist."""
        found = self.optional(key)
        if found is None:
            raise self.fault(f"{key!r} is missing")
        return found

    def optional(self, key: str) -> Located | None:
        if not isinstance(self.value, dict):
            raise self.fault("an object belongs here")
        found = self.value.get(key)
        return None if found is None else self._within(key, found)

    def members(self) -> dict[str, Located]:
        """Return all that an object holds, nothing for any other value."""
        if not isinstance(self.value, dict):
            return {}
        return {name: self._within(name, value) for name, value in self.value.items()}

    def with_member(self, key: str, value: object) -> Located:
        """Return the object with another value of that name."""
        if not isinstance(self.value, dict):
            raise self.fault("an object belongs here")
        return Located({**self.value, key: value}, self.document, self.source, self.path)

    def only(self, known: Collection[str]) -> None:
        """Refuse members of any other name: a limit under a misspelt name would not hold."""
        if not isinstance(self.value, dict):
            raise self.fault("an object belongs here")
        for name, value in self.value.items():
            if name not in known:
                near = get_close_matches(name, sorted(known), n=1)
                remedy = (
                    f"did you mean {near[0]!r}?"
                    if near
                    else f"known are {', '.join(sorted(known))}"
                )
                raise self._within(name, value).fault(f"{name!r} is not known here; {remedy}")

    def items(self) -> list[Located]:
        if not isinstance(self.value, list):
            raise self.fault("a list belongs here")
        return [self._within(index, value) for index, value in enumerate(self.value)]

    def number(self, least: float = -MOST, most: float = MOST) -> float:
        value = self._number()
        if value < least:
            raise self.fault(f"{value:g} is below {least:g}")
        if value > most:
            raise self.fault(f"{value:g} is above {most:,.16g}, the most that is read here")
        return value

    def _number(self) -> float:
        if self.value is None:
            raise self.fault("a number is missing")
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            raise self.fault(f"{self.value!r} is not a number")
        try:
            return float(self.value)
        except OverflowError:
            return math.inf if self.value > 0 else -math.inf

    def whole(self, least: float = -MOST, most: float = MOST) -> int:
        value = self.number(least, most)
        if not value.is_integer():
            raise self.fault(f"{value} is not a whole number")
        return int(value)

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.fault("text belongs here")
        return self.value

    def square(self, names: Sequence[str], most: float) -> Floats:
        """Read rows of numbers from 0 to `most`: (n, n) for n names, with 0 from each to itself.

        Rows are read as a whole; only one with a fault is gone through number by number.
        """
        rows = self.items()
        if len(rows) != len(names):
            raise self.fault(f"{len(rows)} rows for {len(names)} sites")
        return np.array([row.row(names, place, most) for place, row in enumerate(rows)])

    def row(self, names: Sequence[str], place: int, most: float) -> list[float]:
        """Read the row of the name at that place in a square."""
        cells = self.value
        if not isinstance(cells, list):
            raise self.fault("a list belongs here")
        if len(cells) != len(names):
            raise self.fault(f"{len(cells)} values for {len(names)} sites")
        if set(map(type, cells)) <= {int, float} and min(cells) >= 0 and max(cells) <= most:
            numbers = list(map(float, cells))
        else:
            numbers = list(self._numbers(names, place, most))
        if numbers[place]:
            cell = self._within(place, cells[place])
            fault = f"{numbers[place]:g} from {names[place]} to itself in row {place + 1}"
            raise cell.fault(f"{fault}; put 0 there")
        return numbers

    def _numbers(self, names: Sequence[str], place: int, most: float) -> Iterator[float]:
        for column, cell in enumerate(self.items()):
            if cell.value is None:
                at = f"row {place + 1}, column {column + 1}, from {names[place]} to {names[column]}"
                raise cell.fault(f"a number is missing: {at}")
            yield cell.number(0, most)

    def pair(self) -> tuple[float, float]:
        values = self.items()
        if len(values) != 2:
            raise self.fault(f"{len(values)} values where 2 belong")
        return values[0].number(), values[1].number()

    def texts(self) -> tuple[str, ...]:
        return tuple(item.text() for item in self.items())


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a value begins in the text, and the places of what it holds."""

    at: int
    within: Mapping[str | int, _Place] = field(default_factory=dict)


class _Scanner:
    """Reads the text again for the places of its values, or for the place where it is no JSON."""

    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.at = 0
        self.depth = 0

    def fault(self, at: int, what: str) -> InstanceError:
        line = self.text.count("\n", 0, at) + 1
        return InstanceError(self.source, line, at - self.text.rfind("\n", 0, at), what)

    def whole(self) -> _Place:
        place = self.value()
        if self.peek():
            raise self.fault(self.at, "text after the end")
        return place

    def peek(self) -> str:
        found = _SPACE.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return self.text[self.at : self.at + 1]

    def take(self, wanted: str) -> None:
        if self.peek() != wanted:
            raise self.fault(self.at, f"{wanted!r} belongs here")
        self.at += 1

    def value(self) -> _Place:
        opening, start = self.peek(), self.at
        if opening == '"':
            self.string()
        elif opening and opening in "{[":
            self.depth += 1
            if self.depth > _DEEPEST:
                raise self.fault(start, f"lists and objects within each other above {_DEEPEST}")
            inside = self.members() if opening == "{" else enumerate(self.elements())
            within = dict(inside)
            self.depth -= 1
            return _Place(start, within)
        else:
            self.scalar()
        return _Place(start)

    def scalar(self) -> None:
        found = _SCALAR.match(self.text, self.at)
        if found is None:
            raise self.fault(self.at, "no JSON value")
        try:
            json.loads(found.group())
        except ValueError:
            raise self.fault(self.at, "a number of too many digits") from None
        self.at = found.end()

    def string(self) -> str:
        start = self.at
        try:
            value, self.at = scanstring(self.text, start + 1, True)
        except json.JSONDecodeError as error:
            raise self.fault(error.pos, error.msg) from None
        if _HALF.search(value):
            fault = "half a character (a lone surrogate); write the character itself"
            raise self.fault(start, fault)
        return str(value)

    def members(self) -> Iterator[tuple[str | int, _Place]]:
        found: set[str] = set()
        self.take("{")
        if self.peek() == "}":
            self.at += 1
            return
        while True:
            if self.peek() != '"':
                raise self.fault(self.at, "a name belongs here")
            start, name = self.at, self.string()
            if name in found:
                raise self.fault(start, f"{name!r} appears twice in one object; take one out")
            found.add(name)
            self.take(":")
            yield name, self.value()
            if self.peek() != ",":
                break
            self.at += 1
        self.take("}")

    def elements(self) -> Iterator[_Place]:
        self.take("[")
        if self.peek() == "]":
            self.at += 1
            return
        while True:
            yield self.value()
            if self.peek() != ",":
                break
            self.at += 1
        self.take("]")


def parse_json(text: str, source: Path) -> Located:
    """Read one JSON value; raises InstanceError where the text stops being JSON."""
    try:
        value = json.loads(text, object_pairs_hook=_once, parse_constant=_refused)
    except (ValueError, RecursionError) as error:
        _Scanner(text, str(source)).whole()
        raise InstanceError(str(source), 1, 1, str(error)) from None
    if _HALF_ESCAPED.search(text):
        _Scanner(text, str(source)).whole()
    return Located(value, text, str(source))


def _once(members: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(members)
    if len(found) < len(members):
        raise ValueError("a name appears twice in one object")
    return found


def _refused(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON value")
