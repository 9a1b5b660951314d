"""Reads the CSV files that come with the platform, strictly.

A fault is a ``DataFileError`` that names file, row (as a spreadsheet counts, the header being
row 1), column, value and remedy.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import DecimalException
from pathlib import Path
from typing import NoReturn, TypeVar

from market.errors import DataFileError

FIRST_ROW = 2
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Record:
    """One line of a file: its texts by column, stripped, and the number of its row."""

    file: str
    number: int
    texts: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        try:
            return self.texts[column]
        except KeyError as error:
            message = f"{self.file}, row 1: column {column} is missing; add it"
            raise DataFileError(message) from error

    def read(self, column: str, convert: Callable[[str], T]) -> T:
        """Return the cell as ``convert`` makes it; what it cannot make is a ``DataFileError``."""
        try:
            return convert(self[column])
        except (ValueError, DecimalException) as error:
            self.refuse(column, "correct it", error)

    def find(self, column: str, known: Mapping[str, T], where: str) -> T:
        """Return what ``known`` has under the cell's name; a name it lacks is an error."""
        try:
            return known[self[column]]
        except KeyError as error:
            self.refuse(column, f"no such name in {where}; correct it or add that row", error)

    def refuse(self, column: str, remedy: str, cause: Exception | None = None) -> NoReturn:
        where = f"{self.file}, row {self.number}, column {column}"
        raise DataFileError(f"{where}: {self[column]!r}; {remedy}") from cause


def read_header(path: Path) -> tuple[list[str], Iterator[Record]]:
    """Return the file's columns and its rows; rows are checked as they are taken."""
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise DataFileError(f"{path.name}: not found in {path.parent}; restore the file") from error
    except UnicodeDecodeError as error:
        raise DataFileError(f"{path.name}: not UTF-8; save it as CSV UTF-8") from error
    lines = csv.reader(io.StringIO(content, newline=""), strict=True)
    header = next(lines, [])
    if len(set(header)) < len(header):
        raise DataFileError(f"{path.name}, row 1: a column stands twice; remove one")
    return header, _records(path.name, header, lines)


def read_records(path: Path) -> Iterator[Record]:
    """Yield the file's rows in order."""
    return read_header(path)[1]


def _records(file: str, header: Sequence[str], lines: Iterator[list[str]]) -> Iterator[Record]:
    number = FIRST_ROW
    try:
        for number, cells in enumerate(lines, FIRST_ROW):
            if cells:  # editors leave an empty line at the end
                yield _record(file, number, header, cells)
    except csv.Error as error:
        message = f"{file}, after row {number}: {error}; close the quotes and double those inside"
        raise DataFileError(message) from error


def _record(file: str, number: int, header: Sequence[str], cells: Sequence[str]) -> Record:
    if len(cells) != len(header):
        column = header[min(len(cells), len(header) - 1)]
        raise DataFileError(
            f"{file}, row {number}, column {column}: {len(cells)} cells for {len(header)} columns;"
            " put text with commas in quotes"
        )
    return Record(file, number, dict(zip(header, map(str.strip, cells), strict=True)))
