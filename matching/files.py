"""Sources and sinks of one period from CSV, and the plan back to files, all or nothing."""

import csv
import json
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path

from matching.problem import MAX_TONNES, Acceptance, Parameters, Position, Problem, Slot, Supply
from matching.result import Dual, Result, Worth
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
        tuple(_supply(row) for row in _unrepeated(source_table)),
        tuple(_slot(row, column, accepted) for row in _unrepeated(sink_table)),
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


def _unrepeated(table: Table) -> Iterable[Row]:
    first_line: dict[str, int] = {}
    for row in table.rows():
        row_id = row.text("id")
        if row_id in first_line:
            problem = f"{row_id!r} already stands in line {first_line[row_id]}"
            raise row.bad("id", problem, "give each row an id of its own")
        first_line[row_id] = row.line
        yield row


def _supply(row: Row) -> Supply:
    return Supply(
        id=row.text("id"),
        material_id=row.text("material"),
        position=_position(row),
        tonnes=(row.number("tonnes_per_year", 0, MAX_TONNES),),
    )


def _slot(row: Row, capacity: str, accepted: dict[str, Acceptance]) -> Slot:
    """Several accepted materials stand in one cell, separated by `|` or a blank."""
    materials = sorted(set(re.split(r"[|\s]+", row.text("accepts"))) - {""})
    return Slot(
        id=row.text("id"),
        sink_id=row.text("id"),
        position=_position(row),
        tonnes=(row.number(capacity, 0, MAX_TONNES),),
        accepts=tuple(accepted.setdefault(name, Acceptance(name)) for name in materials),
    )


def _position(row: Row) -> Position:
    return Position(row.number("lat", -90, 90), row.number("lon", -180, 180))


def write_result(
    out: Path, problem: Problem, parameters: Parameters, result: Result, check_seconds: float
) -> None:
    """Write every file beside `out` first, then move them in: never half a result."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".writing-") as name:
        staged = Path(name)
        _write_csv(staged / "flows.csv", ("source", "sink", "tonnes", "km"), _flow_rows(result))
        _write_csv(staged / "duals.csv", _DUAL_COLUMNS, _dual_rows(result))
        _write_csv(
            staged / "unmatched.csv",
            ("source", "tonnes", "reason", "sinks_in_radius", "sinks_refused"),
            (
                (row.supply_id, _plain(row.tonnes), row.reason, row.in_radius, row.refused)
                for row in result.unmatched
            ),
        )
        summary = _summary(problem, parameters, result, check_seconds)
        text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
        (staged / "summary.json").write_text(text, encoding="utf-8")
        for file in sorted(staged.iterdir()):
            file.replace(out / file.name)


def _write_csv(path: Path, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _flow_rows(result: Result) -> Iterable[tuple[object, ...]]:
    return (
        (flow.supply_id, flow.slot_id, _plain(flow.tonnes), f"{flow.distance_km:.6f}")
        for flow in result.flows
    )


_DUAL_COLUMNS = (
    "side",
    "id",
    "one_more_t_tonnes",
    "one_more_t_tonne_km_saved",
    "one_less_t_tonnes_lost",
    "one_less_t_tonne_km_added",
)


def _dual_rows(result: Result) -> Iterable[tuple[object, ...]]:
    return ((dual.side, dual.id, *_worth_cells(dual)) for dual in result.duals)


def _worth_cells(dual: Dual) -> tuple[str, ...]:
    return tuple(
        _plain(value) if value is not None else ""
        for worth in (dual.more, dual.less)
        for value in _levels(worth)
    )


def _levels(worth: Worth | None) -> tuple[float | None, float | None]:
    return (None, None) if worth is None else (worth.tonnes, worth.tonne_km)


def _summary(
    problem: Problem, parameters: Parameters, result: Result, check_seconds: float
) -> dict[str, object]:
    seconds = {row.stage.value: round(row.seconds, 6) for row in result.seconds}
    seconds["check"] = round(check_seconds, 6)
    return {
        "status": result.status,
        "objective": parameters.objective,
        "radius_km": parameters.radius_km,
        "tonnes": _number(result.tonnes),
        "tonnes_available": _number(sum(sum(row.tonnes) for row in problem.supplies)),
        "tonnes_capacity": _number(sum(sum(row.tonnes) for row in problem.slots)),
        "tonnes_bound": None if result.tonnes_bound is None else _number(result.tonnes_bound),
        "tonne_km": round(result.tonne_km, 3),
        "bound": None if result.bound is None else round(result.bound, 3),
        "gap": result.gap,
        "edges": result.edges,
        "components": result.components,
        "flows": len(result.flows),
        "seconds": seconds,
        "dual_prices_file": "duals.csv",
    }


def _number(value: float) -> float | int:
    """Whole tonnes are written whole; others to the gram."""
    return int(value) if value == int(value) else round(value, 6)


def _plain(value: float) -> str:
    return str(_number(value))
