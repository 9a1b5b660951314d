"""Reads a full scenario: a folder of CSV files, described in README.md, into a problem."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from matching.commitments import without_commitments
from matching.compatibility import acceptance_of
from matching.kiln import RawMixLine
from matching.problem import (
    MAX_TONNES,
    Acceptance,
    Allowed,
    Bound,
    Commitment,
    Licence,
    Limit,
    Parameters,
    Position,
    Problem,
    ProblemError,
    Scope,
    Slot,
    Storage,
    Supply,
)
from matching.rawmix_files import read_line_target
from matching.rawmix_files import read_materials as read_feeds
from matching.result import LineKind
from matching.scenario_rules import (
    Answer,
    hazard_codes,
    listed,
    read_bounds,
    read_dosages,
    read_licences,
    read_limits,
    read_materials,
    read_rules,
    rule_of,
)
from matching.scenario_run import (
    YUAN,
    Calendar,
    read_calendar,
    read_ends,
    read_parameters,
    require_known,
)
from matching.tables import Row, Table, read_table


@dataclass(frozen=True, slots=True)
class _Line:
    """A plant's line and how much product it makes in each period."""

    row: Row
    position: Position
    product_t: tuple[float, ...] | None
    province: str
    licences: tuple[Licence, ...]
    raw_mix: RawMixLine | None


def read_scenario(folder: Path) -> tuple[Problem, Parameters]:
    """Raise `BadFileError` at the first thing that is wrong, references included."""
    supply_rows = _by_id(folder / "supplies.csv", ("id", "material", "lat", "lon", "tonnes"))
    line_rows = _by_id(folder / "lines.csv", ("id", "lat", "lon"))
    slot_rows = _by_id(folder / "slots.csv", ("id", "line", "accepts"))
    parameters, horizon = read_parameters(folder / "factors.csv")
    calendar = read_calendar(folder / "calendar.csv", {*supply_rows, *line_rows}, horizon)
    licences = read_licences(folder / "licences.csv", line_rows)
    lines = {row_id: _line(row, calendar, licences) for row_id, row in line_rows.items()}
    assays = read_bounds(folder / "assays.csv", "supply", supply_rows, "supplies.csv")
    figures = read_bounds(folder / "figures.csv", "slot", slot_rows, "slots.csv")
    limits = read_limits(folder / "limits.csv", slot_rows)
    rules = read_rules(folder / "rules.csv")
    supplies = {key: _supply(row, calendar, assays) for key, row in supply_rows.items()}
    slots = {key: _slot(row, calendar, lines, limits, figures) for key, row in slot_rows.items()}
    contracts = _contracts(folder / "contracts.csv", supplies, slots, calendar)
    problem = Problem(
        tuple(supplies.values()),
        tuple(slots.values()),
        read_materials(folder / "ranges.csv"),
        border_rules=rules.borders,
        licence_rule=rules.licence,
        identify_rule=rules.identify,
        periods=calendar.periods,
        years=calendar.years,
        commitments=tuple(contracts),
        dosages=read_dosages(
            folder / "dosages.csv", {row_id: line.product_t for row_id, line in lines.items()}
        ),
    )
    _require_kept(problem, contracts)
    return problem, parameters


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


def _line(row: Row, calendar: Calendar, licences: Mapping[str, tuple[Licence, ...]]) -> _Line:
    product = row.optional("product_t", 0, MAX_TONNES)
    product_t = None if product is None else calendar.spread(row, "product_t", row.text("id"))
    return _Line(
        row,
        read_position(row),
        product_t,
        row.words("province"),
        (*_licences(row), *licences.get(row.text("id"), ())),
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
    feeds = read_feeds(folder / (row.words("feeds") or "feeds.csv"), target)
    try:
        return RawMixLine(row.text("id"), product_t, target, feeds, shares)
    except ProblemError as error:
        raise row.bad("raw_mix", str(error), "correct the target or the feeds") from error


def _licences(row: Row) -> tuple[Licence, ...]:
    codes = hazard_codes(row, "licence_codes")
    tonnes = row.optional("licence_t", 0, MAX_TONNES)
    return (Licence(codes, row.day("licence_valid_to"), tonnes),) if codes else ()


def _supply(row: Row, calendar: Calendar, assays: Mapping[str, tuple[Bound, ...]]) -> Supply:
    row_id = row.text("id")
    moisture = row.optional("moisture_pct", 0, 99)
    tonnes, storage = calendar.spread(row, "tonnes", row_id), _storage(row)
    return Supply(
        id=row_id,
        material_id=row.text("material"),
        position=read_position(row),
        tonnes=tonnes,
        name=row.words("name"),
        province=row.words("province"),
        assay=assays.get(row_id, ()),
        tags=frozenset(listed(row, "variants")),
        hazard_codes=hazard_codes(row, "hazard_codes"),
        moisture_share=None if moisture is None else moisture / 100,
        disposal_yuan_per_t=row.optional("disposal_yuan_per_t", -YUAN, YUAN),
        storage=storage,
        min_lot_t=_min_lot(row, max(tonnes) + (storage.room_t if storage else 0.0)),
        identified=row.choice("identified", Answer) is not Answer.NO,
        cleared=frozenset(listed(row, "cleared")),
        sources=_sources(row, {"disposal_source": LineKind.AVOIDED_DISPOSAL}),
    )


def _sources(row: Row, columns: Mapping[str, LineKind]) -> tuple[tuple[str, str], ...]:
    return tuple((kind.value, row.words(name)) for name, kind in columns.items() if row.words(name))


def _storage(row: Row, line: _Line | None = None) -> Storage | None:
    room = row.optional("room_t", 0, MAX_TONNES)
    if room is None:
        return None
    opening = row.optional("opening_t", 0, MAX_TONNES) or 0.0
    if opening > room:
        raise row.bad("opening_t", "more lies there than there is room", "raise room_t")
    if opening and line and line.raw_mix:
        raise row.bad("opening_t", "a silo that feeds a raw mix begins empty", "give 0")
    return Storage(opening, room, row.optional("storage_yuan_per_t", 0, YUAN) or 0.0)


def _slot(
    row: Row,
    calendar: Calendar,
    lines: Mapping[str, _Line],
    limits: Mapping[str, tuple[Limit, ...]],
    figures: Mapping[str, tuple[Bound, ...]],
) -> Slot:
    """Its tonnes are its own `tonnes`, or `max_share` of what its line produces."""
    require_known(row, "line", row.text("line"), lines, "lines.csv")
    line = lines[row.text("line")]
    own = limits.get(row.text("id"), ())
    use = Acceptance(
        material_id="",
        allowed=row.choice("allowed", Allowed) or Allowed.YES,
        note=row.words("note"),
        rule=rule_of(row),
        variants=frozenset(listed(row, "variants")),
        limits=tuple(limit for limit in own if limit.scope is not Scope.MIX),
        replaced_yuan_per_t=row.optional("replaced_yuan_per_t", -YUAN, YUAN),
        treatment_yuan_per_t=row.optional("treatment_yuan_per_t", -YUAN, YUAN),
        avoided_co2_kg_per_t=row.optional("avoided_co2_kg_per_t", -YUAN, YUAN),
        avoided_co2_range=read_ends(
            row, "avoided_co2_kg_per_t", "avoided_co2_low", "avoided_co2_high"
        ),
        sources=_sources(row, _SLOT_SOURCES),
    )
    materials = sorted(set(re.split(r"[|\s]+", row.text("accepts"))) - {""})
    tonnes, storage = _slot_tonnes(row, line, calendar), _storage(row, line)
    return Slot(
        id=row.text("id"),
        sink_id=row.text("line"),
        position=line.position,
        tonnes=tonnes,
        accepts=tuple(replace(use, material_id=name) for name in materials),
        name=row.words("name"),
        province=line.province,
        licences=line.licences,
        storage=storage,
        blend=tuple(limit for limit in own if limit.scope is Scope.MIX),
        min_lot_t=_min_lot(row, max(tonnes) + (storage.room_t if storage else 0.0)),
        max_suppliers=_count(row, "max_suppliers"),
        raw_mix=line.raw_mix,
        figures=figures.get(row.text("id"), ()),
        line_id=row.text("line"),
    )


def _min_lot(row: Row, room_t: float) -> float:
    """Refuse a lot no period and store has room for: it would shut the row without a word."""
    lot = row.optional("min_lot_t", 0, MAX_TONNES) or 0.0
    if lot > room_t > 0:
        problem = f"a lot of {lot:g} t is above the room of any period, {room_t:g} t"
        raise row.bad("min_lot_t", problem, "lower it or raise the tonnes")
    return lot


def _count(row: Row, column: str) -> int | None:
    value = row.optional(column, 1, 1e6)
    if value is not None and value != int(value):
        raise row.bad(column, f"{value:g} is no whole number", "write how many")
    return None if value is None else int(value)


_SLOT_SOURCES = {
    "replaced_source": LineKind.REPLACED_MATERIAL,
    "treatment_source": LineKind.TREATMENT,
    "avoided_co2_source": LineKind.AVOIDED_CARBON,
}


def _slot_tonnes(row: Row, line: _Line, calendar: Calendar) -> tuple[float, ...]:
    share = row.optional("max_share", 0, 1)
    if share is not None and row.words("tonnes"):
        raise row.bad("max_share", "the slot has tonnes as well", "leave one of the two blank")
    if share is not None and line.product_t is not None:
        return tuple(share * product for product in line.product_t)
    if share is not None:
        raise row.bad("max_share", "its line has no product_t", "add it to lines.csv")
    if "tonnes" not in row.table.columns or not row.filled("tonnes"):
        raise row.bad("tonnes", "is empty", "give tonnes, or max_share of the line's product")
    return calendar.spread(row, "tonnes", line.row.text("id"))


def _contracts(
    path: Path, supplies: Mapping[str, Supply], slots: Mapping[str, Slot], calendar: Calendar
) -> dict[Commitment, Row]:
    """Read contracts in force and their rows; without a period column they hold in each."""
    if not path.exists():
        return {}
    found: dict[tuple[str, str, str], tuple[Commitment, Row]] = {}
    for row in read_table(path, ("supply", "slot", "tonnes")).rows():
        supply, slot = row.text("supply"), row.text("slot")
        require_known(row, "supply", supply, supplies, "supplies.csv")
        require_known(row, "slot", slot, slots, "slots.csv")
        material = supplies[supply].material_id
        if acceptance_of(slots[slot], material) is None:
            problem = f"{slot!r} does not name {material!r}, the material of {supply!r}"
            raise row.bad("slot", problem, "correct it, or add the material to accepts")
        named = row.words("period")
        if named and named not in calendar.periods:
            raise row.bad("period", f"there is no period {named!r}", "correct it")
        for period in (named,) if named else calendar.periods:
            if (supply, slot, period) in found:
                raise row.bad("supply", f"this pair already has tonnes in {period}", "keep one row")
            tonnes = row.number("tonnes", 0, MAX_TONNES)
            found[supply, slot, period] = Commitment(supply, slot, period, tonnes), row
    return dict(found.values())


def _require_kept(problem: Problem, contracts: Mapping[Commitment, Row]) -> None:
    """Refuse contracts that bind more than there is, by the lines of whom they bind."""
    try:
        without_commitments(problem)
    except ProblemError as error:
        fault, _, remedy = str(error).rpartition(": ")
        bound = {
            row.line: (row, f" in {kept.period} bind " in fault)
            for kept, row in contracts.items()
            if error.owner in (kept.supply_id, kept.slot_id)
        }
        place, _ = max(bound.values(), key=lambda found: found[1])
        fault += f" (lines {', '.join(map(str, bound))})" if len(bound) > 1 else ""
        raise place.bad("tonnes", fault, remedy) from error
