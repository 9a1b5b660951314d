"""Metres and seconds between sites from a file: CSV by pair, CSV as two squares, or JSON.

By pair, under the header `from,to,distance_m,duration_s`, one line for each ordered pair of sites;
columns to the right of these are passed over.
As squares, a line `distance_m,SITE,SITE,...` over one line `SITE,number,number,...` for each
origin, then the same under `duration_s`. JSON is an object with `sites`, `distance_m` and
`duration_s`, rows being origins. A file may know more sites than the day has. Metres are rounded,
seconds rounded up; every fault names file, line and column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import permutations, product
from pathlib import Path

import numpy as np

from routing.instances import InstanceError
from routing.jsontext import Located, parse_json
from routing.reading import Line, Token, lines_of
from routing.travel import MOST_TRAVEL, TravelMatrix

PAIR_HEADER = ("from", "to", "distance_m", "duration_s")
TABLES = ("distance_m", "duration_s")
_FIELD = re.compile(r'\s*(?:"((?:[^"]|"")*)"|((?!")[^,]*?))\s*(?:,|$)')

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Tables:
    """What the file says: for each table, a number for each ordered pair of sites."""

    source: str
    last_line: int
    values: dict[str, dict[Pair, float]]


class MissingWayError(InstanceError):
    """The file lacks ways between sites of the day: `pairs`, each from one to the other."""

    def __init__(self, tables: _Tables, name: str, pairs: Sequence[Pair]) -> None:
        fault = f"no {name} from {pairs[0][0]} to {pairs[0][1]}"
        if len(pairs) > 1:
            fault += f", and {len(pairs) - 1} more are missing"
        super().__init__(tables.source, tables.last_line, 1, fault)
        self.pairs = tuple(pairs)


def read_matrix(path: Path, site_ids: Sequence[str]) -> TravelMatrix:
    """Read the table for these sites, in this order. Raises InstanceError, OSError."""
    return parse_matrix(path.read_bytes(), path, site_ids)


def parse_matrix(data: bytes, path: Path, site_ids: Sequence[str]) -> TravelMatrix:
    """Read the table from a file's bytes; `path` names it. Raises InstanceError."""
    lines = lines_of(data, str(path))
    if path.suffix.lower() == ".json":
        text = "\n".join(_all_lines(lines))
        tables = _json_tables(parse_json(text, path), str(path), text.count("\n") + 1)
    else:
        tables = _csv_tables(lines)
    metres, seconds = (_matrix(tables, name, site_ids) for name in TABLES)
    return TravelMatrix(
        tuple(site_ids),
        np.rint(metres).astype(np.int64),
        np.ceil(seconds).astype(np.int64),
        f"file {path.name}",
    )


def _all_lines(lines: Sequence[Line]) -> list[str]:
    """Give the file's lines with the blank ones in place, so that positions stay true."""
    rows = [""] * lines[-1].number
    for line in lines:
        rows[line.number - 1] = line.text
    return rows


def _matrix(
    tables: _Tables, name: str, site_ids: Sequence[str]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    values = tables.values.get(name, {})
    missing = [pair for pair in permutations(site_ids, 2) if pair not in values]
    if missing:
        raise MissingWayError(tables, name, missing)
    size = len(site_ids)
    matrix = np.zeros((size, size), dtype=np.float64)
    for i, j in permutations(range(size), 2):
        matrix[i, j] = values[site_ids[i], site_ids[j]]
    return matrix


def _csv_tables(lines: Sequence[Line]) -> _Tables:
    source, last_line = lines[0].source, lines[-1].number
    head = [row.text for row in _fields(lines[0])]
    if head[0] in TABLES:
        return _Tables(source, last_line, _squares(lines))
    width = len(PAIR_HEADER)
    if tuple(head[:width]) != PAIR_HEADER:
        fault = f"the header must be {','.join(PAIR_HEADER)}, or begin with {TABLES[0]}"
        raise lines[0].fault(fault)
    found: dict[str, dict[Pair, float]] = {name: {} for name in TABLES}
    for line in lines[1:]:
        row = _fields(line)
        if len(row) != len(head):
            raise line.fault(f"{len(row)} values where {len(head)} belong")
        pair = row[0].text, row[1].text
        for name, cell in zip(TABLES, row[2:width], strict=True):
            _put(found[name], pair, cell)
    return _Tables(source, last_line, found)


def _squares(lines: Sequence[Line]) -> dict[str, dict[Pair, float]]:
    found: dict[str, dict[Pair, float]] = {}
    table: dict[Pair, float] = {}
    sites: list[Token] = []
    for line in lines:
        row = _fields(line)
        if row[0].text in TABLES:
            if row[0].text in found:
                raise row[0].fault(f"{row[0].text} appears twice")
            table = found[row[0].text] = {}
            sites = row[1:]
            _refuse_twice(sites)
            continue
        if len(row) != len(sites) + 1:
            raise line.fault(f"{len(row) - 1} values for {len(sites)} sites")
        for site, cell in zip(sites, row[1:], strict=True):
            _put(table, (row[0].text, site.text), cell)
    return found


def _refuse_twice(sites: Iterable[Token]) -> None:
    seen = set()
    for site in sites:
        if site.text in seen:
            raise site.fault(f"site {site.text} appears twice")
        seen.add(site.text)


def _put(table: dict[Pair, float], pair: Pair, cell: Token) -> None:
    if pair in table:
        raise cell.fault(f"{pair[0]} -> {pair[1]} appears twice")
    value = _amount(cell)
    if pair[0] == pair[1] and value:
        raise cell.fault(f"{cell.text} from {pair[0]} to itself")
    table[pair] = value


def _amount(cell: Token) -> float:
    if not cell.text:
        raise cell.fault("a number is missing")
    return cell.amount(MOST_TRAVEL)


def _fields(line: Line) -> list[Token]:
    """Split at commas; quotes as in RFC 4180, within one line."""
    tokens, at = [], 0
    while True:
        found = _FIELD.match(line.text, at)
        if found is None:
            raise line.fault("a quoted value does not end, or text follows it", at + 1)
        quoted = found.group(1)
        text = found.group(2) if quoted is None else quoted.replace('""', '"')
        start = found.start(2) if quoted is None else found.start(1)
        tokens.append(Token(text, line.source, line.number, start + 1))
        at = found.end()
        if not found.group().endswith(","):
            return tokens


def _json_tables(text: Located, source: str, last_line: int) -> _Tables:
    sites = [row.text() for row in text.member("sites").items()]
    for position, row in enumerate(text.member("sites").items()):
        if row.text() in sites[:position]:
            raise row.fault(f"site {row.text()} appears twice")
    values = {name: _json_square(text.member(name), sites) for name in TABLES}
    return _Tables(source, last_line, values)


def _json_square(rows: Located, sites: Sequence[str]) -> dict[Pair, float]:
    values = rows.square(sites, MOST_TRAVEL).ravel().tolist()
    return dict(zip(product(sites, sites), values, strict=True))
