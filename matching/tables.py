"""Reads tables people export from spreadsheets; every complaint names file, line and column."""

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

Choice = TypeVar("Choice", bound=StrEnum)
_DELIMITERS = (",", ";", "\t")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SEPARATOR_LINE = re.compile(r"sep=([,;\t])\r?\n", re.IGNORECASE)


class BadFileError(ValueError):
    """A file that cannot be used; its text is one line with place, fault and remedy."""

    def __init__(
        self, path: Path, problem: str, remedy: str, *, line: int = 0, column: str = ""
    ) -> None:
        place = str(path) + (f", line {line}" if line else "")
        place += f", column {column}" if column else ""
        super().__init__(" ".join(f"{place}: {problem}; {remedy}".split()))
        self.path, self.line, self.column = path, line, column


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a table and the line of the file it starts on."""

    table: "Table"
    line: int
    cells: tuple[str, ...]

    def text(self, column: str) -> str:
        place = self.table.position.get(column)
        value = "" if place is None else self.cells[place].strip()
        if not value:
            raise self.bad(column, "is empty", "fill it in")
        if _CONTROL.search(value):
            raise self.bad(column, "holds a control character", "type the cell again")
        return value

    def filled(self, column: str) -> bool:
        return bool(self.cells[self.table.position[column]].strip())

    def number(self, column: str, low: float, high: float) -> float:
        """Read a finite number between `low` and `high`, with a decimal point or comma."""
        text = self.text(column)
        if not _NUMBER.fullmatch(text):
            raise self.bad(column, f"{_shown(text)} is not a number", "write digits such as 1234.5")
        if "," in text and self.table.decimal != ",":
            raise self.bad(
                column,
                f"{_shown(text)} has a comma",
                "write a decimal point and no thousands separators",
            )
        if "." in text and self.table.decimal == ",":
            raise self.bad(
                column,
                f"{_shown(text)} has a point while other numbers of this file have commas",
                "use one decimal sign throughout and no thousands separators",
            )
        value = float(text.replace(",", "."))
        if not math.isfinite(value) or not low <= value <= high:
            raise self.bad(column, f"{_shown(text)} is out of range", f"give {low:g} to {high:g}")
        return value

    def optional(self, column: str, low: float, high: float) -> float | None:
        """Read a number that may be blank, or whose column may be absent."""
        return self.number(column, low, high) if self._has(column) else None

    def words(self, column: str) -> str:
        return self.text(column) if self._has(column) else ""

    def day(self, column: str) -> date | None:
        if not self._has(column):
            return None
        try:
            return date.fromisoformat(self.text(column))
        except ValueError as error:
            problem = f"{_shown(self.text(column))} is not a date"
            raise self.bad(column, problem, "write it as 2026-11-22") from error

    def choice(self, column: str, kind: type[Choice]) -> Choice | None:
        if not self._has(column):
            return None
        try:
            return kind(self.text(column))
        except ValueError as error:
            known = ", ".join(kind)
            problem = f"{_shown(self.text(column))} is not known"
            raise self.bad(column, problem, f"use one of {known}") from error

    def _has(self, column: str) -> bool:
        return column in self.table.columns and self.filled(column)

    def bad(self, column: str, problem: str, remedy: str) -> BadFileError:
        return BadFileError(self.table.path, problem, remedy, line=self.line, column=column)


@dataclass(frozen=True, slots=True)
class Table:
    path: Path
    columns: tuple[str, ...]
    decimal: str
    records: tuple[tuple[int, tuple[str, ...]], ...]

    @property
    def position(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.columns)}

    def rows(self) -> Iterator[Row]:
        return (Row(self, line, cells) for line, cells in self.records)

    def require(self, columns: Iterable[str]) -> None:
        for column in columns:
            if column not in self.columns:
                raise BadFileError(
                    self.path,
                    "this column is missing",
                    f"the file has {', '.join(self.columns)}",
                    line=1,
                    column=column,
                )


def read_table(path: Path, required: Iterable[str] = ()) -> Table:
    """Read a comma, semicolon or tab separated UTF-8 file, with or without a byte order mark.

    A first line such as ``sep=;``, which spreadsheets write for themselves, names the separator.
    """
    text = _decoded(path)
    named = _SEPARATOR_LINE.match(text)
    delimiter = named[1] if named else _delimiter(text)
    text = "\n" + text[named.end() :] if named else text  # the lines below keep their numbers
    records = list(_records(path, text, delimiter))
    if not records:
        raise BadFileError(path, "the file is empty", "give a header and at least one row", line=1)
    _, header = records[0]
    columns = tuple(name.strip() for name in header)
    for name in columns:
        if name and columns.count(name) > 1:
            raise BadFileError(path, "the header has it twice", "rename one", line=1, column=name)
    body = tuple(records[1:])
    table = Table(path, columns, "." if delimiter == "," else _decimal_sign(body), body)
    table.require(required)
    if not body:
        raise BadFileError(path, "there is no row below the header", "give at least one", line=2)
    _require_even(table)
    return table


def _decoded(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        remedy = "give the path of a readable CSV file"
        raise BadFileError(path, error.strerror or "cannot be read", remedy) from error
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("latin-1").split("\n")
        column = before[-1].count(_delimiter(before[0])) + 1
        remedy = "save it as 'CSV UTF-8'"
        raise BadFileError(
            path, "the file is not UTF-8", remedy, line=len(before), column=f"{column}"
        ) from error


def _delimiter(text: str) -> str:
    header = re.sub(r'"[^"]*"', "", text.lstrip().partition("\n")[0])
    return max(_DELIMITERS, key=header.count)


def _records(path: Path, text: str, delimiter: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield the line each record starts on and its cells; wholly blank records are skipped."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                yield line, tuple(record)
            line = reader.line_num + 1
    except csv.Error as error:
        raise BadFileError(
            path, f"broken quoting ({error})", "close the quotes", line=line
        ) from error


def _decimal_sign(records: tuple[tuple[int, tuple[str, ...]], ...]) -> str:
    """Find the decimal sign of a file whose cells are not separated by commas: the first seen."""
    for _, cells in records:
        for cell in map(str.strip, cells):
            if _NUMBER.fullmatch(cell) and ("," in cell or "." in cell):
                return "," if "," in cell else "."
    return "."


def _require_even(table: Table) -> None:
    expected = len(table.columns)
    for line, cells in table.records:
        if len(cells) != expected:
            first_odd = min(len(cells), expected)
            column = table.columns[first_odd] if first_odd < expected else f"{expected + 1}"
            raise BadFileError(
                table.path,
                f"the row has {len(cells)} cells where the header has {expected}",
                "quote cells that contain the separator, or add the missing ones",
                line=line,
                column=column,
            )


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")
