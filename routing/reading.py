"""Text as numbered lines of tokens, so that every fault can name its line and column."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from pathlib import Path

from routing.instances import InstanceError

# Sums of thousands of such numbers are still exact, and their squares finite.
MOST = 1e12
_TOKEN = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    source: str
    line: int
    column: int

    def fault(self, what: str) -> InstanceError:
        return InstanceError(self.source, self.line, self.column, what)

    def number(self, most: float = MOST) -> float:
        try:
            value = float(self.text)
        except ValueError:
            raise self.fault(f"{self.text!r} is not a number") from None
        if not math.isfinite(value):
            raise self.fault(f"{self.text!r} is not a finite number")
        if abs(value) > most:
            raise self.fault(f"{self.text} is beyond {most:,.0f}, the most that is read here")
        return value

    def whole(self) -> int:
        value = self.number()
        if value != int(value):
            raise self.fault(f"{self.text!r} is not a whole number")
        return int(value)

    def amount(self, most: float = MOST) -> float:
        """Read a number that may not be negative."""
        value = self.number(most)
        if value < 0:
            raise self.fault(f"{self.text} is negative")
        return value


@dataclass(frozen=True, slots=True)
class Line:
    source: str
    number: int
    text: str

    def tokens(self, start: int = 0) -> list[Token]:
        return [
            Token(found.group(), self.source, self.number, found.start() + 1)
            for found in _TOKEN.finditer(self.text, start)
        ]

    def fault(self, what: str, column: int = 1) -> InstanceError:
        return InstanceError(self.source, self.number, column, what)

    def fields(self, least: int, most: int | None = None) -> list[Token]:
        """Return the line's tokens, between `least` and `most` of them."""
        tokens = self.tokens()
        if len(tokens) < least:
            raise self.fault(f"{len(tokens)} values where {least} belong", len(self.text) + 1)
        if most is not None and len(tokens) > most:
            raise tokens[most].fault(f"{len(tokens)} values where {most} belong")
        return tokens


def read_lines(path: Path) -> list[Line]:
    """Return the lines of a UTF-8 file that are not blank; a byte order mark is skipped."""
    return lines_of(path.read_bytes(), str(path))


def lines_of(data: bytes, source: str) -> list[Line]:
    """Return the lines of a file's bytes; `source` is its name in faults."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise InstanceError(source, line, column, "is not UTF-8 text") from None
    lines = [Line(source, number, row) for number, row in enumerate(text.splitlines(), start=1)]
    lines = [line for line in lines if line.text.strip()]
    if not lines:
        raise InstanceError(source, 1, 1, "the file is empty")
    return lines
