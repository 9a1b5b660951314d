"""JSON whose every value knows its line and column, for faults that point at the place."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from json.decoder import scanstring  # type: ignore[attr-defined]
from pathlib import Path

from routing.instances import InstanceError
from routing.reading import MOST

_SPACE = re.compile(r"[ \t\r\n]*")
_SCALAR = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false|null")


@dataclass(frozen=True, slots=True)
class Located:
    """A value as JSON gives it; members of lists and objects are Located too."""

    value: object
    source: str
    line: int
    column: int

    def fault(self, what: str) -> InstanceError:
        return InstanceError(self.source, self.line, self.column, what)

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
        if found is None or found.value is None:
            return None
        assert isinstance(found, Located)
        return found

    def only(self, known: Collection[str]) -> None:
        """Refuse members of any other name: a limit under a misspelt name would not hold."""
        if not isinstance(self.value, dict):
            raise self.fault("an object belongs here")
        for name, member in self.value.items():
            if name not in known:
                near = get_close_matches(name, sorted(known), n=1)
                remedy = (
                    f"did you mean {near[0]!r}?"
                    if near
                    else f"known are {', '.join(sorted(known))}"
                )
                raise member.fault(f"{name!r} is not known here; {remedy}")

    def items(self) -> list[Located]:
        if not isinstance(self.value, list):
            raise self.fault("a list belongs here")
        return self.value

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

    def square(self, names: Sequence[str]) -> Iterator[tuple[str, str, Located]]:
        """Go through a list of rows of numbers, one row and one column for each of the names."""
        rows = self.items()
        if len(rows) != len(names):
            raise self.fault(f"{len(rows)} rows for {len(names)} sites")
        for number, (origin, row) in enumerate(zip(names, rows, strict=True), start=1):
            cells = row.items()
            if len(cells) != len(names):
                raise row.fault(f"{len(cells)} values for {len(names)} sites")
            for column, (destination, cell) in enumerate(zip(names, cells, strict=True), start=1):
                if cell.value is None:
                    at = f"row {number}, column {column}, from {origin} to {destination}"
                    raise cell.fault(f"a number is missing: {at}")
                yield origin, destination, cell

    def pair(self) -> tuple[float, float]:
        values = self.items()
        if len(values) != 2:
            raise self.fault(f"{len(values)} values where 2 belong")
        return values[0].number(), values[1].number()

    def texts(self) -> tuple[str, ...]:
        return tuple(item.text() for item in self.items())


class _Scanner:
    def __init__(self, text: str, source: str) -> None:
        self.text = text
        self.source = source
        self.at = 0

    def located(self, value: object, start: int) -> Located:
        line = self.text.count("\n", 0, start) + 1
        return Located(value, self.source, line, start - self.text.rfind("\n", 0, start))

    def peek(self) -> str:
        found = _SPACE.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return self.text[self.at : self.at + 1]

    def take(self, wanted: str) -> None:
        if self.peek() != wanted:
            raise self.located(None, self.at).fault(f"{wanted!r} belongs here")
        self.at += 1

    def value(self) -> Located:
        opening, start = self.peek(), self.at
        if opening == "{":
            return self.located(self.members(), start)
        if opening == "[":
            return self.located(list(self.elements()), start)
        if opening == '"':
            return self.located(self.string(), start)
        found = _SCALAR.match(self.text, start)
        if found is None:
            raise self.located(None, start).fault("no JSON value")
        self.at = found.end()
        try:
            return self.located(json.loads(found.group()), start)
        except ValueError:
            raise self.located(None, start).fault("a number of too many digits") from None

    def string(self) -> str:
        try:
            value, self.at = scanstring(self.text, self.at + 1, True)
        except json.JSONDecodeError as error:
            raise InstanceError(self.source, error.lineno, error.colno, error.msg) from None
        return str(value)

    def members(self) -> dict[str, Located]:
        found: dict[str, Located] = {}
        self.take("{")
        if self.peek() == "}":
            self.at += 1
            return found
        while True:
            if self.peek() != '"':
                raise self.located(None, self.at).fault("a name belongs here")
            start, name = self.at, self.string()
            if name in found:
                fault = f"{name!r} appears twice in one object; take one out"
                raise self.located(None, start).fault(fault)
            self.take(":")
            found[name] = self.value()
            if self.peek() != ",":
                break
            self.at += 1
        self.take("}")
        return found

    def elements(self) -> Iterator[Located]:
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
    scanner = _Scanner(text, str(source))
    value = scanner.value()
    if scanner.peek():
        raise scanner.located(None, scanner.at).fault("text after the end")
    return value
