"""Sources and sinks of one period and one capacity each, from two CSV files."""

import re
from pathlib import Path

from matching.problem import MAX_TONNES, Acceptance, Problem, Slot, Supply
from matching.scenario import read_position, unrepeated
from matching.tables import BadFileError, Row, Table, read_table

SOURCE_COLUMNS = ("id", "lat", "lon", "material", "tonnes_per_year")
SINK_COLUMNS = ("id", "lat", "lon", "accepts")
DEFAULT_CAPACITY = "uptake_t"


def read_problem(sources: Path, sinks: Path, capacity: str | None = None) -> Problem:
    """Build a one-period problem; `capacity` names the column of tonnes a sink takes.

    Raises `BadFileError` at the first thing that is wrong.
    """
    source_table = read_table(sources, SOURCE_COLUMNS)
    sink_table = read_table(sinks, SINK_COLUMNS)
    column = _capacity_column(sink_table, capacity)
    accepted: dict[str, Acceptance] = {}
    return Problem(
        tuple(_supply(row) for row in unrepeated(source_table)),
        tuple(_slot(row, column, accepted) for row in unrepeated(sink_table)),
    )


def _capacity_column(table: Table, asked: str | None) -> str:
    name = asked or DEFAULT_CAPACITY
    if name in table.columns:
        return name
    fitting = [column for column in table.columns if _all_amounts(table, column)]
    problem = "this column is missing"
    if fitting:
        remedy = "name the tonnes a sink takes with --sink-capacity; these columns would do: "
        remedy += ", ".join(fitting)
    else:
        remedy = f"add it with the tonnes each sink takes (the file has {', '.join(table.columns)})"
    raise BadFileError(table.path, problem, remedy, line=1, column=name)


def _all_amounts(table: Table, column: str) -> bool:
    """Tell columns that could be tonnes: named like an amount and numeric throughout."""
    if not re.search(r"(^|_)t($|_)|tonnes|capacity|uptake", column):
        return False
    try:
        for row in table.rows():
            row.number(column, 0, MAX_TONNES)
    except BadFileError:
        return False
    return True


def _supply(row: Row) -> Supply:
    return Supply(
        id=row.text("id"),
        material_id=row.text("material"),
        position=read_position(row),
        tonnes=(row.number("tonnes_per_year", 0, MAX_TONNES),),
    )


def _slot(row: Row, capacity: str, accepted: dict[str, Acceptance]) -> Slot:
    """Several accepted materials stand in one cell, separated by `|` or a blank."""
    materials = sorted(set(re.split(r"[|\s]+", row.text("accepts"))) - {""})
    return Slot(
        id=row.text("id"),
        sink_id=row.text("id"),
        position=read_position(row),
        tonnes=(row.number(capacity, 0, MAX_TONNES),),
        accepts=tuple(accepted.setdefault(name, Acceptance(name)) for name in materials),
    )
