"""How a scenario is run: its factors, and the months of its calendar."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from matching.economics import require_factors
from matching.problem import (
    MAX_TONNES,
    FreightBand,
    Objective,
    Parameters,
    ProblemError,
    Weights,
)
from matching.result import LineKind
from matching.tables import BadFileError, Row, Table, read_table

YUAN = 1e6
MOST_MONTHS = 60


@dataclass(frozen=True, slots=True)
class Calendar:
    """Factors by (id, period); whatever is not named runs at 1. `years` as in `Problem`."""

    periods: tuple[str, ...]
    years: tuple[str, ...]
    factors: Mapping[tuple[str, str], float]

    def spread(self, row: Row, column: str, row_id: str) -> tuple[float, ...]:
        """Multiply a row's tonnes by the factors of an id."""
        tonnes = row.number(column, 0, MAX_TONNES)
        found = [tonnes * self.factors.get((row_id, period), 1.0) for period in self.periods]
        for period, amount in zip(self.periods, found, strict=True):
            if amount > MAX_TONNES:
                problem = f"with its factor in {period} comes to {amount:g} t"
                raise row.bad(column, problem, f"no plant has more than {MAX_TONNES:g}")
        return tuple(found)


def require_known(row: Row, column: str, name: str, known: Iterable[str], where: str) -> None:
    if name not in known:
        raise row.bad(column, f"{name!r} is not an id of {where}", "correct it or add the row")


def read_ends(row: Row, centre: str, low: str, high: str) -> tuple[float, float] | None:
    """Read the range of a value; an end left out is the value itself."""
    value = row.optional(centre, -YUAN, YUAN)
    if value is None:
        return None
    ends = [row.optional(name, -YUAN, YUAN) for name in (low, high)]
    found = tuple(value if end is None else end for end in ends)
    if not found[0] <= value <= found[1]:
        raise row.bad(low, f"{value:g} is not between {found[0]:g} and {found[1]:g}", "mend them")
    return found[0], found[1]


def read_calendar(path: Path, ids: set[str], horizon: tuple[str, ...]) -> Calendar:
    """Read period, id, factor; a blank id only names the period.

    The periods are the months of the `horizon`, of which each row names one; without a horizon
    they are those named here, in order of first appearance, or else one year.
    """
    if not path.exists():
        periods = horizon or ("year",)
        return Calendar(periods, _years(horizon), {})
    table = read_table(path, ("period", "id", "factor"))
    named: dict[str, None] = {}
    factors: dict[tuple[str, str], float] = {}
    for row in table.rows():
        period = row.text("period")
        if horizon and period not in horizon:
            problem = f"{period!r} is no month from {horizon[0]} to {horizon[-1]}"
            raise row.bad("period", problem, "correct it, or months in factors.csv")
        named[period] = None
        if not row.filled("id"):
            continue
        row_id = row.text("id")
        require_known(row, "id", row_id, ids, "supplies.csv or lines.csv")
        if (row_id, period) in factors:
            raise row.bad("id", f"{row_id!r} already has a factor in {period}", "keep one row")
        factors[row_id, period] = row.number("factor", 0, 100)
    return Calendar(horizon or tuple(named), _years(horizon), factors)


def _years(horizon: Iterable[str]) -> tuple[str, ...]:
    """Name the calendar year of each month: licences count by it."""
    return tuple(month[:4] for month in horizon)


_FACTORS = {
    "radius_km": (1e-3, 20_100.0),
    "road_factor": (1.0, 5.0),
    "carbon_yuan_per_t": (0.0, 1e5),
    "transport_co2_kg_per_t_km": (0.0, 100.0),
    "time_limit_s": (0.0, 1e6),
    "months": (1.0, MOST_MONTHS),
}
_FACTOR_LINES = {
    "freight_yuan_per_t_km": (LineKind.FREIGHT,),
    "freight_fixed_yuan_per_t": (LineKind.FREIGHT,),
    "carbon_yuan_per_t": (LineKind.AVOIDED_CARBON, LineKind.TRANSPORT_CARBON),
    "transport_co2_kg_per_t_km": (LineKind.TRANSPORT_CARBON,),
}
_FREIGHT = ("freight_yuan_per_t_km", "freight_fixed_yuan_per_t")


_WEIGHTS = {f"weight_{name}": name for name in ("yuan", "co2_kg", "tonne", "tonne_km")}
_WORDS = ("objective", "on", "first_month")


def read_parameters(path: Path) -> tuple[Parameters, tuple[str, ...]]:
    """Read name, value and, for freight, to_km; return the months of the horizon beside.

    `objective`, `on` and `first_month` are words. Without `months` a horizon has twelve.
    """
    if not path.exists():
        return Parameters(), ()
    table = read_table(path, ("name", "value"))
    read = _Factors()
    for row in table.rows():
        read.take(row)
    given, words = read.numbers, read.words
    horizon = _horizon(table, words.get("first_month"), given.pop("months", None))
    if "objective" in words:
        given["objective"] = words["objective"].choice("value", Objective)
    if "on" in words:
        given["on"] = words["on"].day("value")
    if read.weights:
        given["weights"] = replace(Weights(yuan=0.0), **read.weights)
    told = tuple((kind, "; ".join(texts)) for kind, texts in sorted(read.sources.items()))
    return replace(Parameters(), freight=_bands(table, read.bands), sources=told, **given), horizon


def require_run(folder: Path, parameters: Parameters) -> None:
    """Refuse an objective whose factors are missing, by the file of the scenario they belong in."""
    try:
        require_factors(parameters)
    except ProblemError as error:
        names = _FREIGHT[0] if error.field_name == "freight" else "transport_co2_kg_per_t_km"
        remedy = f"add {names}, or choose another objective"
        raise BadFileError(folder / "factors.csv", str(error), remedy, column="name") from error


class _Factors:
    """What rows of factors.csv have given so far."""

    def __init__(self) -> None:
        self.numbers: dict[str, Any] = {}
        self.words: dict[str, Row] = {}
        self.weights: dict[str, float] = {}
        self.bands: dict[str, dict[float, float]] = {name: {} for name in _FREIGHT}
        self.sources: dict[str, dict[str, None]] = defaultdict(dict)

    def take(self, row: Row) -> None:
        name = row.text("name")
        if name in self.numbers or name in self.words or _WEIGHTS.get(name) in self.weights:
            raise row.bad("name", f"{name!r} is given twice", "keep one row")
        if name in _FACTORS:
            self.numbers[name] = row.number("value", *_FACTORS[name])
        elif name in _WEIGHTS:
            self.weights[_WEIGHTS[name]] = row.number("value", -YUAN, YUAN)
        elif name in self.bands:
            _add_band(row, self.bands[name])
        elif name in _WORDS:
            self.words[name] = row
        else:
            known = ", ".join((*_FACTORS, *_FREIGHT, *_WEIGHTS, *_WORDS))
            raise row.bad("name", f"{name!r} is not a factor", f"use one of {known}")
        if name == "transport_co2_kg_per_t_km":
            self.numbers["transport_co2_range"] = read_ends(row, "value", "low", "high")
        for kind in _FACTOR_LINES.get(name, ()) if row.words("source") else ():
            self.sources[kind][row.words("source")] = None


def _add_band(row: Row, band: dict[float, float]) -> None:
    reach = row.number("to_km", 1e-3, 1e5)
    if reach in band:
        raise row.bad("to_km", f"freight up to {reach:g} km is given twice", "keep one row")
    band[reach] = row.number("value", 0, YUAN)


def _horizon(table: Table, first: Row | None, months: float | None) -> tuple[str, ...]:
    """Name the months as ISO 8601 does, 2026-12."""
    if first is None:
        if months is not None:
            problem = "months are given without a first one"
            raise BadFileError(table.path, problem, "add first_month as 2026-12", column="name")
        return ()
    text = first.text("value")
    try:
        start = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise first.bad("value", f"{text!r} is not a month", "write it as 2026-12") from error
    if months is not None and months != int(months):
        problem = f"{months:g} is no whole number of months"
        raise BadFileError(table.path, problem, f"give 1 to {MOST_MONTHS}", column="value")
    count = start.year * 12 + start.month - 1
    later = range(count, count + int(months or 12))
    return tuple(f"{number // 12:04}-{number % 12 + 1:02}" for number in later)


def _bands(table: Table, bands: Mapping[str, Mapping[float, float]]) -> tuple[FreightBand, ...]:
    per_km, fixed = (bands[name] for name in _FREIGHT)
    strangers = sorted(set(fixed) - set(per_km))
    if strangers:
        problem = f"fixed freight up to {strangers[0]:g} km has no price per km"
        raise BadFileError(table.path, problem, f"add a {_FREIGHT[0]} row", column="to_km")
    return tuple(
        FreightBand(reach, per_km[reach], fixed.get(reach, 0.0)) for reach in sorted(per_km)
    )
