"""Reads the data files, checks every cell, and makes the tables equal to them.

Nothing is written before every file has been read without fault. A fault is a ``DataFileError``
that names file, row (as a spreadsheet counts, the header being row 1), column, value and remedy.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from market.catalogue.rules import Operator
from market.catalogue.tables import ACCEPTANCES, LIMITS, TABLES, Column, Table
from market.datafiles import Record, read_header
from market.db import Base
from market.errors import DataFileError

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, slots=True)
class Row:
    """The parsed cells of one line and the number a spreadsheet gives that line."""

    number: int
    values: Mapping[str, Any]


def load(session: Session, now: datetime, directory: Path = DATA) -> int:
    """Make the catalogue's tables equal to the files in ``directory``; return rows added.

    Rows that left a file leave the table. A wrong file, or a dropped row that others still use,
    is a ``DataFileError``. Call inside ``transaction(session)``, which undoes a half-done load.
    """
    del now
    contents = read_all(directory)
    added = sum(_write(session, table, contents[table.file]) for table in TABLES)
    session.flush()
    for table in reversed(TABLES):
        _drop(session, table, contents[table.file])
    return added


def read_all(directory: Path = DATA) -> dict[str, Sequence[Row]]:
    """Read and check every file; references are checked against the files read before."""
    contents: dict[str, Sequence[Row]] = {}
    ids: dict[str, frozenset[str]] = {}
    for table in TABLES:
        rows = read_table(directory / table.file, table)
        _check_references(table, rows, ids)
        contents[table.file] = rows
        ids[table.file] = frozenset(str(row.values.get("id")) for row in rows)
    _check_limits_have_acceptance(contents)
    return contents


def read_table(path: Path, table: Table) -> list[Row]:
    header, records = read_header(path)
    _check_header(table, header)
    rows = [_parse(table, record) for record in records]
    if not rows:
        raise DataFileError(f"{table.file}: no rows below the header; restore the file")
    _check_keys(table, rows)
    return rows


def _check_header(table: Table, header: Sequence[str]) -> None:
    for name in sorted(table.names - set(header)):
        raise DataFileError(f"{table.file}, row 1: column {name} is missing; add it")
    for name in header:
        if name not in table.names:
            raise DataFileError(f"{table.file}, row 1: unknown column {name!r}; remove it")


def _parse(table: Table, record: Record) -> Row:
    number = record.number
    values = {
        column.name: _cell(table, number, column, record[column.name]) for column in table.columns
    }
    row = Row(number, values)
    _check_order(table, row)
    return row


def _cell(table: Table, number: int, column: Column, cell: str) -> Any:
    try:
        return column.parse(cell)
    except ValueError as error:
        raise _fault(table, number, column.name, cell, str(error)) from error


def _fault(table: Table, number: int, column: str, value: object, remedy: str) -> DataFileError:
    return DataFileError(f"{table.file}, row {number}, column {column}: {value!r}; {remedy}")


def _check_order(table: Table, row: Row) -> None:
    for low, high in table.ordered:
        first, second = row.values[low], row.values[high]
        if first is not None and second is not None and first > second:
            remedy = f"may not exceed {high}, which is {second}"
            raise _fault(table, row.number, low, _shown(first), remedy)
    if table is LIMITS:
        between = row.values["operator"] == Operator.BETWEEN
        if between != (row.values["value_high"] is not None):
            remedy = "an upper value belongs to 'between', and to it alone"
            raise _fault(table, row.number, "value_high", row.values["value_high"], remedy)


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _check_keys(table: Table, rows: Sequence[Row]) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows:
        key = tuple(row.values[name] for name in table.key)
        if key in seen:
            remedy = f"row {seen[key]} has the same {' and '.join(table.key)}; keep one"
            raise _fault(table, row.number, table.key[-1], key[-1], remedy)
        seen[key] = row.number


def _check_references(table: Table, rows: Sequence[Row], ids: Mapping[str, frozenset[str]]) -> None:
    for column in table.columns:
        if column.refers_to is None:
            continue
        known = ids[column.refers_to]
        for row in rows:
            value = row.values[column.name]
            for name in value if isinstance(value, list) else [value]:
                if name is not None and name not in known:
                    remedy = f"no such id in {column.refers_to}; correct it or add that row"
                    raise _fault(table, row.number, column.name, name, remedy)


def _check_limits_have_acceptance(contents: Mapping[str, Sequence[Row]]) -> None:
    pairs = {
        (row.values["process_id"], row.values["material_id"]) for row in contents[ACCEPTANCES.file]
    }
    for row in contents[LIMITS.file]:
        material_id = row.values["material_id"]
        if material_id is not None and (row.values["process_id"], material_id) not in pairs:
            remedy = f"{row.values['process_id']} does not take it; add a row to {ACCEPTANCES.file}"
            raise _fault(LIMITS, row.number, "material_id", material_id, remedy)


def _identity(table: Table, row: Row) -> Any:
    if table is ACCEPTANCES:
        return f"{row.values['process_id']}.{row.values['material_id']}"
    key = tuple(row.values[name] for name in table.key)
    return key[0] if len(key) == 1 else key


def _stored(session: Session, table: Table) -> dict[Any, Base]:
    found: dict[Any, Base] = {}
    for instance in session.scalars(sa.select(table.model)):
        identity = tuple(sa.inspect(instance).identity or ())
        found[identity[0] if len(identity) == 1 else identity] = instance
    return found


def _write(session: Session, table: Table, rows: Sequence[Row]) -> int:
    stored = _stored(session, table)
    added = 0
    for row in rows:
        identity = _identity(table, row)
        values = {**row.values, "position": row.number}
        if table is ACCEPTANCES:
            values["id"] = identity
        instance = stored.get(identity)
        if instance is None:
            session.add(table.model(**values))
            added += 1
            continue
        for name, value in values.items():
            if getattr(instance, name) != value:
                setattr(instance, name, value)
    return added


def _drop(session: Session, table: Table, rows: Sequence[Row]) -> None:
    kept = {_identity(table, row) for row in rows}
    gone = {key: row for key, row in _stored(session, table).items() if key not in kept}
    for instance in gone.values():
        session.delete(instance)
    try:
        session.flush()
    except IntegrityError as error:
        names = ", ".join(str(key) for key in gone)
        raise DataFileError(
            f"{table.file}: {names} left the file but is still in use; put the row back"
        ) from error
