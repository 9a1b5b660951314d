"""Reads a full scenario: a folder of CSV files, described in README.md, into a problem."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matching.kiln import RawMixLine
from matching.problem import (
    MAX_TONNES,
    Acceptance,
    Allowed,
    Bound,
    FreightBand,
    Licence,
    Limit,
    Objective,
    Operator,
    Parameters,
    Position,
    Problem,
    ProblemError,
    Rule,
    Scope,
    Severity,
    Slot,
    Storage,
    Supply,
)
from matching.rawmix_files import read_line_target, read_materials
from matching.result import LineKind
from matching.tables import BadFileError, Row, Table, read_table

_YUAN = 1e6


@dataclass(frozen=True, slots=True)
class _Line:
    """A plant's line and how much product it makes in each period."""

    row: Row
    position: Position
    product_t: tuple[float, ...] | None
    province: str
    licences: tuple[Licence, ...]
    raw_mix: RawMixLine | None


@dataclass(frozen=True, slots=True)
class _Calendar:
    """Factors by (id, period); whatever is not named runs at 1."""

    periods: tuple[str, ...]
    factors: Mapping[tuple[str, str], float]

    def spread(self, row_id: str, per_period: float) -> tuple[float, ...]:
        return tuple(per_period * self.factors.get((row_id, p), 1.0) for p in self.periods)


def read_scenario(folder: Path) -> tuple[Problem, Parameters]:
    """Raise `BadFileError` at the first thing that is wrong, references included."""
    supply_rows = _by_id(folder / "supplies.csv", ("id", "material", "lat", "lon", "tonnes"))
    line_rows = _by_id(folder / "lines.csv", ("id", "lat", "lon"))
    slot_rows = _by_id(folder / "slots.csv", ("id", "line", "accepts"))
    calendar = _calendar(folder / "calendar.csv", {*supply_rows, *line_rows})
    lines = {row_id: _line(row, calendar) for row_id, row in line_rows.items()}
    assays = _bounds(folder / "assays.csv", "supply", supply_rows, "supplies.csv")
    figures = _bounds(folder / "figures.csv", "slot", slot_rows, "slots.csv")
    limits = _limits(folder / "limits.csv", slot_rows)
    problem = Problem(
        tuple(_supply(row, calendar, assays) for row in supply_rows.values()),
        tuple(_slot(row, calendar, lines, limits, figures) for row in slot_rows.values()),
        periods=calendar.periods,
    )
    return problem, _parameters(folder / "factors.csv")


def _by_id(path: Path, columns: tuple[str, ...]) -> dict[str, Row]:
    return {row.text("id"): row for row in unrepeated(read_table(path, columns))}


def unrepeated(table: Table) -> Iterator[Row]:
    """Yield the rows; a second row of one id is refused with the line of the first."""
    first_line: dict[str, int] = {}
    for row in table.rows():
        row_id = row.text("id")
        if row_id in first_line:
            problem = f"{row_id!r} already stands in line {first_line[row_id]}"
            raise row.bad("id", problem, "give each row an id of its own")
        first_line[row_id] = row.line
        yield row


def read_position(row: Row) -> Position:
    return Position(row.number("lat", -90, 90), row.number("lon", -180, 180))


def _calendar(path: Path, ids: set[str]) -> _Calendar:
    """Read period, id, factor; a blank id only names the period, in order of first appearance."""
    if not path.exists():
        return _Calendar(("year",), {})
    table = read_table(path, ("period", "id", "factor"))
    periods: dict[str, None] = {}
    factors: dict[tuple[str, str], float] = {}
    for row in table.rows():
        period = row.text("period")
        periods[period] = None
        if not row.filled("id"):
            continue
        row_id = row.text("id")
        _require_known(row, "id", row_id, ids, "supplies.csv or lines.csv")
        if (row_id, period) in factors:
            raise row.bad("id", f"{row_id!r} already has a factor in {period}", "keep one row")
        factors[row_id, period] = row.number("factor", 0, 100)
    return _Calendar(tuple(periods), factors)


def _require_known(row: Row, column: str, name: str, known: Iterable[str], where: str) -> None:
    if name not in known:
        raise row.bad(column, f"{name!r} is not an id of {where}", "correct it or add the row")


def _line(row: Row, calendar: _Calendar) -> _Line:
    product = row.optional("product_t", 0, MAX_TONNES)
    product_t = None if product is None else calendar.spread(row.text("id"), product)
    return _Line(
        row,
        read_position(row),
        product_t,
        row.words("province"),
        _licences(row),
        _raw_mix(row, product_t),
    )


def _raw_mix(row: Row, product_t: tuple[float, ...] | None) -> RawMixLine | None:
    """Read the line's target page and feeds; what it produces is then clinker."""
    if not row.words("raw_mix"):
        return None
    if product_t is None:
        raise row.bad("raw_mix", "the line has no product_t", "give its tonnes of clinker")
    folder = row.table.path.parent
    target, shares = read_line_target(folder / row.text("raw_mix"))
    feeds = read_materials(folder / (row.words("feeds") or "feeds.csv"), target)
    try:
        return RawMixLine(row.text("id"), product_t, target, feeds, shares)
    except ProblemError as error:
        raise row.bad("raw_mix", str(error), "correct the target or the feeds") from error


def _licences(row: Row) -> tuple[Licence, ...]:
    codes = frozenset(row.words("licence_codes").replace("|", " ").split())
    tonnes = row.optional("licence_t", 0, MAX_TONNES)
    return (Licence(codes, row.day("licence_valid_to"), tonnes),) if codes else ()


def _supply(row: Row, calendar: _Calendar, assays: Mapping[str, tuple[Bound, ...]]) -> Supply:
    row_id = row.text("id")
    moisture = row.optional("moisture_pct", 0, 99)
    return Supply(
        id=row_id,
        material_id=row.text("material"),
        position=read_position(row),
        tonnes=calendar.spread(row_id, row.number("tonnes", 0, MAX_TONNES)),
        name=row.words("name"),
        province=row.words("province"),
        assay=assays.get(row_id, ()),
        hazard_codes=frozenset(row.words("hazard_codes").replace("|", " ").split()),
        moisture_share=None if moisture is None else moisture / 100,
        disposal_yuan_per_t=row.optional("disposal_yuan_per_t", -_YUAN, _YUAN),
        storage=_storage(row),
        sources=_sources(row, {"disposal_source": LineKind.AVOIDED_DISPOSAL}),
    )


def _sources(row: Row, columns: Mapping[str, LineKind]) -> tuple[tuple[str, str], ...]:
    return tuple((kind.value, row.words(name)) for name, kind in columns.items() if row.words(name))


def _storage(row: Row) -> Storage | None:
    room = row.optional("room_t", 0, MAX_TONNES)
    if room is None:
        return None
    opening = row.optional("opening_t", 0, MAX_TONNES) or 0.0
    if opening > room:
        raise row.bad("opening_t", "more lies there than there is room", "raise room_t")
    return Storage(opening, room, row.optional("storage_yuan_per_t", 0, _YUAN) or 0.0)


def _slot(
    row: Row,
    calendar: _Calendar,
    lines: Mapping[str, _Line],
    limits: Mapping[str, tuple[Limit, ...]],
    figures: Mapping[str, tuple[Bound, ...]],
) -> Slot:
    """Its tonnes are its own `tonnes`, or `max_share` of what its line produces."""
    _require_known(row, "line", row.text("line"), lines, "lines.csv")
    line = lines[row.text("line")]
    own = limits.get(row.text("id"), ())
    use = Acceptance(
        material_id="",
        allowed=row.choice("allowed", Allowed) or Allowed.YES,
        limits=tuple(limit for limit in own if limit.scope is not Scope.MIX),
        replaced_yuan_per_t=row.optional("replaced_yuan_per_t", -_YUAN, _YUAN),
        treatment_yuan_per_t=row.optional("treatment_yuan_per_t", -_YUAN, _YUAN),
        avoided_co2_kg_per_t=row.optional("avoided_co2_kg_per_t", -_YUAN, _YUAN),
        avoided_co2_range=_ends(row, "avoided_co2_kg_per_t", "avoided_co2_low", "avoided_co2_high"),
        sources=_sources(row, _SLOT_SOURCES),
    )
    materials = sorted(set(re.split(r"[|\s]+", row.text("accepts"))) - {""})
    return Slot(
        id=row.text("id"),
        sink_id=row.text("line"),
        position=line.position,
        tonnes=_slot_tonnes(row, line, calendar),
        accepts=tuple(replace(use, material_id=name) for name in materials),
        name=row.words("name"),
        province=line.province,
        licences=line.licences,
        storage=_storage(row),
        blend=tuple(limit for limit in own if limit.scope is Scope.MIX),
        min_lot_t=row.optional("min_lot_t", 0, MAX_TONNES) or 0.0,
        max_suppliers=_count(row, "max_suppliers"),
        raw_mix=line.raw_mix,
        figures=figures.get(row.text("id"), ()),
    )


def _count(row: Row, column: str) -> int | None:
    value = row.optional(column, 0, 1e6)
    if value is not None and value != int(value):
        raise row.bad(column, f"{value:g} is no whole number", "write how many")
    return None if value is None else int(value)


_SLOT_SOURCES = {
    "replaced_source": LineKind.REPLACED_MATERIAL,
    "treatment_source": LineKind.TREATMENT,
    "avoided_co2_source": LineKind.AVOIDED_CARBON,
}


def _ends(row: Row, centre: str, low: str, high: str) -> tuple[float, float] | None:
    """Read the range of a value; an end left out is the value itself."""
    value = row.optional(centre, -_YUAN, _YUAN)
    if value is None:
        return None
    ends = [row.optional(name, -_YUAN, _YUAN) for name in (low, high)]
    found = tuple(value if end is None else end for end in ends)
    if not found[0] <= value <= found[1]:
        raise row.bad(low, f"{value:g} is not between {found[0]:g} and {found[1]:g}", "mend them")
    return found[0], found[1]


def _slot_tonnes(row: Row, line: _Line, calendar: _Calendar) -> tuple[float, ...]:
    share = row.optional("max_share", 0, 1)
    if share is not None and line.product_t is not None:
        return tuple(share * product for product in line.product_t)
    if share is not None:
        raise row.bad("max_share", "its line has no product_t", "add it to lines.csv")
    if "tonnes" not in row.table.columns or not row.filled("tonnes"):
        raise row.bad("tonnes", "is empty", "give tonnes, or max_share of the line's product")
    return calendar.spread(line.row.text("id"), row.number("tonnes", 0, MAX_TONNES))


def _bounds(
    path: Path, owner: str, known: Iterable[str], where: str
) -> dict[str, tuple[Bound, ...]]:
    """Read the reports of lots, or the figures of receivers, by their owner's id."""
    found: dict[str, list[Bound]] = defaultdict(list)
    if not path.exists():
        return {}
    for row in read_table(path, (owner, "property", "low", "high", "unit")).rows():
        _require_known(row, owner, row.text(owner), known, where)
        low, high = (row.number(column, -1e9, 1e9) for column in ("low", "high"))
        if low > high:
            raise row.bad("low", "is above high", "swap them")
        name = row.text("property")
        if any(bound.name == name for bound in found[row.text(owner)]):
            raise row.bad("property", f"{name!r} is reported twice", "keep one row")
        bound = Bound(name, low, high, row.text("unit"), row.day("expires_on"))
        found[row.text(owner)].append(bound)
    return {key: tuple(bounds) for key, bounds in found.items()}


def _limits(path: Path, known: Iterable[str]) -> dict[str, tuple[Limit, ...]]:
    found: dict[str, list[Limit]] = defaultdict(list)
    if not path.exists():
        return {}
    columns = ("slot", "property", "operator", "value", "unit", "scope")
    for row in read_table(path, columns).rows():
        _require_known(row, "slot", row.text("slot"), known, "slots.csv")
        found[row.text("slot")].append(_limit(row))
    return {key: tuple(limits) for key, limits in found.items()}


def _limit(row: Row) -> Limit:
    scope = row.choice("scope", Scope)
    try:
        return Limit(
            name=row.text("property"),
            operator=row.choice("operator", Operator) or Operator.AT_MOST,
            value=row.number("value", -1e9, 1e9),
            unit=row.text("unit"),
            value_high=row.optional("value_high", -1e9, 1e9),
            scope=scope or Scope.MATERIAL,
            severity=row.choice("severity", Severity) or Severity.BLOCK,
            rule=Rule(row.words("standard"), row.words("clause")),
        )
    except ProblemError as error:
        raise row.bad("operator", str(error), "correct the row") from error


_FACTORS = {
    "radius_km": (1e-3, 20_100.0),
    "road_factor": (1.0, 5.0),
    "carbon_yuan_per_t": (0.0, 1e5),
    "transport_co2_kg_per_t_km": (0.0, 100.0),
    "time_limit_s": (0.0, 1e6),
}
_FACTOR_LINES = {
    "freight_yuan_per_t_km": (LineKind.FREIGHT,),
    "freight_fixed_yuan_per_t": (LineKind.FREIGHT,),
    "carbon_yuan_per_t": (LineKind.AVOIDED_CARBON, LineKind.TRANSPORT_CARBON),
    "transport_co2_kg_per_t_km": (LineKind.TRANSPORT_CARBON,),
}
_FREIGHT = ("freight_yuan_per_t_km", "freight_fixed_yuan_per_t")


def _parameters(path: Path) -> Parameters:
    """Read name, value and, for freight, to_km; `objective` and `on` are words."""
    if not path.exists():
        return Parameters()
    table = read_table(path, ("name", "value"))
    given: dict[str, Any] = {}
    bands: dict[str, dict[float, float]] = {name: {} for name in _FREIGHT}
    sources: dict[str, dict[str, None]] = defaultdict(dict)
    parameters = Parameters()
    for row in table.rows():
        name = row.text("name")
        for kind in _FACTOR_LINES.get(name, ()) if row.words("source") else ():
            sources[kind][row.words("source")] = None
        if name == "transport_co2_kg_per_t_km":
            given["transport_co2_range"] = _ends(row, "value", "low", "high")
        if name in _FACTORS:
            given[name] = row.number("value", *_FACTORS[name])
        elif name in bands:
            bands[name][row.number("to_km", 1e-3, 1e5)] = row.number("value", 0, _YUAN)
        elif name == "objective":
            chosen = row.choice("value", Objective) or Objective.TONNES
            parameters = replace(parameters, objective=chosen)
        elif name == "on":
            parameters = replace(parameters, on=row.day("value"))
        else:
            known = ", ".join((*_FACTORS, *_FREIGHT, "objective", "on"))
            raise row.bad("name", f"{name!r} is not a factor", f"use one of {known}")
    told = tuple((kind, "; ".join(texts)) for kind, texts in sorted(sources.items()))
    return replace(parameters, freight=_bands(table, bands), sources=told, **given)


def _bands(table: Table, bands: Mapping[str, Mapping[float, float]]) -> tuple[FreightBand, ...]:
    per_km, fixed = (bands[name] for name in _FREIGHT)
    strangers = sorted(set(fixed) - set(per_km))
    if strangers:
        problem = f"fixed freight up to {strangers[0]:g} km has no price per km"
        raise BadFileError(table.path, problem, f"add a {_FREIGHT[0]} row", column="to_km")
    return tuple(
        FreightBand(reach, per_km[reach], fixed.get(reach, 0.0)) for reach in sorted(per_km)
    )
