"""How each data file is laid out: its columns, what a cell may hold, and what must agree.

A cell parser takes the text of a cell and returns the value to store; it raises ValueError with
the remedy, in words for whoever edits the file.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from market.catalogue import models
from market.catalogue.rules import (
    UNITS,
    Allowed,
    Basis,
    Behaviour,
    Confidence,
    FactorKind,
    Family,
    LegalClass,
    LimitType,
    MaterialKind,
    Operator,
    PhysicalForm,
    Scope,
    Sector,
    Severity,
    ShareBasis,
    Standing,
    Topic,
    VatKind,
    Verified,
)
from market.db import Base

Parser = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Column:
    """``refers_to`` names the file whose ``id`` a value, or each of a list, must be."""

    name: str
    parse: Parser
    refers_to: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """``key`` identifies a row; ``ordered`` are pairs of columns whose first may not exceed."""

    file: str
    model: type[Base]
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ("id",)
    ordered: tuple[tuple[str, str], ...] = ()
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "names", frozenset(column.name for column in self.columns))


def text(cell: str) -> str:
    return cell


def filled(cell: str) -> str:
    if not cell:
        raise ValueError("may not be empty")
    return cell


def optional(parse: Parser) -> Parser:
    return lambda cell: parse(cell) if cell else None


def choice(values: type[StrEnum]) -> Parser:
    known = frozenset(values)

    def parse(cell: str) -> str:
        if cell not in known:
            raise ValueError(f"use one of {', '.join(values)}")
        return cell

    return parse


def unit(cell: str) -> str:
    if cell not in UNITS:
        raise ValueError(f"use a known unit: {', '.join(sorted(UNITS))}")
    return cell


def number(cell: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError("write a number such as 12.5, without unit or separator")
    return value


def share(cell: str) -> float:
    value = number(cell)
    if not 0 <= value <= 1:
        raise ValueError("write a share from 0 to 1, so 15 % is 0.15")
    return value


def whole(cell: str) -> int:
    value = number(cell)
    if value != int(value):
        raise ValueError("write a whole number")
    return int(value)


def day(cell: str) -> date:
    try:
        return date.fromisoformat(cell)
    except ValueError as error:
        raise ValueError("write a date as 2026-08-15") from error


def day_of_year(cell: str) -> str:
    try:
        date.fromisoformat(f"2001-{cell}")
    except ValueError as error:
        raise ValueError("write month and day as 11-15; 29 February is none") from error
    return cell


def yes_no(cell: str) -> bool:
    if cell not in {"yes", "no"}:
        raise ValueError("write yes or no")
    return cell == "yes"


def several(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _texts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, text) for name in names)


def _both(name: str, parse: Parser = text) -> tuple[Column, ...]:
    return Column(f"{name}_zh", parse), Column(f"{name}_en", parse)


DATES = (Column("valid_from", optional(day)), Column("valid_to", optional(day)))
EVIDENCE = (
    Column("source", filled),
    Column("verified", choice(Verified)),
    Column("confidence", choice(Confidence)),
)

MATERIALS = Table(
    "materials.csv",
    models.Material,
    (
        Column("id", filled),
        *_both("name", filled),
        Column("family", choice(Family)),
        Column("kind", choice(MaterialKind)),
        Column("legal_class", choice(LegalClass)),
        Column("waste_family", optional(text)),
        *_both("waste_family"),
        Column("waste_code", optional(text)),
        Column("waste_code_confidence", optional(choice(Confidence))),
        Column("hw_codes", several),
        *_both("hazard"),
        Column("un_no", optional(text)),
        Column("hs_code", optional(text)),
        Column("ewc_code", optional(text)),
        Column("form", choice(PhysicalForm)),
        Column("density_kg_m3_min", optional(whole)),
        Column("density_kg_m3_max", optional(whole)),
        Column("moisture_share_min", optional(share)),
        Column("moisture_share_max", optional(share)),
        *_both("vehicle"),
        *_both("storage"),
        Column("generation_low", optional(number)),
        Column("generation_high", optional(number)),
        Column("generation_unit", optional(unit)),
        *_both("generation_per"),
        Column("plan_ref", text),
        *EVIDENCE,
    ),
    ordered=(
        ("density_kg_m3_min", "density_kg_m3_max"),
        ("moisture_share_min", "moisture_share_max"),
        ("generation_low", "generation_high"),
    ),
)

PROCESSES = Table(
    "processes.csv",
    models.Process,
    (
        Column("id", filled),
        *_both("name", filled),
        Column("sector", choice(Sector)),
        *_both("product"),
        *_both("permit"),
        *_both("season"),
        Column("plan_ref", text),
        *EVIDENCE,
    ),
)

ACCEPTANCES = Table(
    "acceptances.csv",
    models.Acceptance,
    (
        Column("process_id", filled, "processes.csv"),
        Column("material_id", filled, "materials.csv"),
        *_both("role", filled),
        Column("allowed", choice(Allowed)),
        Column("min_share", optional(share)),
        Column("max_share", optional(share)),
        Column("max_exclusive", yes_no),
        Column("share_basis", optional(choice(ShareBasis))),
        Column("limit_type", choice(LimitType)),
        Column("replaces_id", optional(text), "materials.csv"),
        *_both("replaces"),
        Column("replacement_ratio", optional(number)),
        *_both("ratio_note"),
        *_both("note"),
        *_texts("standard", "clause"),
        *EVIDENCE,
    ),
    key=("process_id", "material_id"),
    ordered=(("min_share", "max_share"),),
)

LIMITS = Table(
    "limits.csv",
    models.Limit,
    (
        Column("id", filled),
        Column("process_id", filled, "processes.csv"),
        Column("material_id", optional(text), "materials.csv"),
        Column("grades", several),
        Column("variant", text),
        Column("scope", choice(Scope)),
        Column("property", filled),
        Column("operator", choice(Operator)),
        Column("value", number),
        Column("value_high", optional(number)),
        Column("unit", unit),
        Column("severity", choice(Severity)),
        Column("standard", filled),
        Column("clause", text),
        Column("standing", choice(Standing)),
        Column("successor", text),
        *DATES,
        *_both("note"),
        *EVIDENCE,
    ),
    ordered=(("value", "value_high"), ("valid_from", "valid_to")),
)

COMPOSITIONS = Table(
    "compositions.csv",
    models.Composition,
    (
        Column("material_id", filled, "materials.csv"),
        Column("part", text),
        Column("component", filled),
        Column("low", number),
        Column("typical", optional(number)),
        Column("high", number),
        Column("unit", unit),
        Column("basis", choice(Basis)),
        Column("carbonate_share", optional(share)),
        *EVIDENCE,
    ),
    key=("material_id", "part", "component"),
    ordered=(("low", "typical"), ("typical", "high"), ("low", "high")),
)

FACTORS = Table(
    "factors.csv",
    models.Factor,
    (
        Column("id", filled),
        Column("kind", choice(FactorKind)),
        *_both("name", filled),
        Column("value", number),
        Column("low", optional(number)),
        Column("high", optional(number)),
        Column("unit", unit),
        Column("year_from", optional(whole)),
        Column("year_to", optional(whole)),
        *_both("region"),
        Column("material_ids", several, "materials.csv"),
        Column("process_ids", several, "processes.csv"),
        *_both("note"),
        *EVIDENCE,
    ),
    ordered=(("low", "value"), ("value", "high"), ("year_from", "year_to")),
)

POLICY_RULES = Table(
    "policy_rules.csv",
    models.PolicyRule,
    (
        Column("id", filled),
        Column("topic", choice(Topic)),
        Column("behaviour", choice(Behaviour)),
        *_both("applies", filled),
        Column("material_ids", several, "materials.csv"),
        Column("article", text),
        *_both("text", filled),
        *DATES,
        *EVIDENCE,
    ),
    ordered=(("valid_from", "valid_to"),),
)

STOPPAGES = Table(
    "stoppages.csv",
    models.Stoppage,
    (
        Column("id", filled),
        Column("rule_id", filled, "policy_rules.csv"),
        Column("province", filled),
        Column("prefecture", text),
        *_both("region", filled),
        Column("process_ids", several, "processes.csv"),
        Column("first_day", day_of_year),
        Column("last_day", day_of_year),
        Column("clause", text),
        *_both("note"),
        *DATES,
        *EVIDENCE,
    ),
    ordered=(("valid_from", "valid_to"),),
)

VAT_ROWS = Table(
    "vat_rows.csv",
    models.VatRow,
    (
        Column("id", filled),
        Column("kind", choice(VatKind)),
        *_both("resource", filled),
        *_both("product"),
        *_both("condition"),
        *_both("excluded"),
        Column("min_share", optional(share)),
        Column("refund_share", optional(share)),
        Column("material_ids", several, "materials.csv"),
        Column("process_ids", several, "processes.csv"),
        *DATES,
        *EVIDENCE,
    ),
    ordered=(("valid_from", "valid_to"),),
)

TABLES = (
    MATERIALS,
    PROCESSES,
    ACCEPTANCES,
    LIMITS,
    COMPOSITIONS,
    FACTORS,
    POLICY_RULES,
    STOPPAGES,
    VAT_ROWS,
)
"""Referred-to files come first, so that every reference can be checked while reading."""
