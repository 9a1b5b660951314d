"""The tables as CSV and XLSX files: words for codes, units in the headers, no live formulas."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import xlsxwriter

from market.catalogue import labels
from market.catalogue.column_labels import header
from market.catalogue.phrases import property_name, variant_name
from market.catalogue.tables import FACTORS, MATERIALS, VAT_ROWS, Table
from market.db import Base

LIVE = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet would compute a cell that begins so."""

WORDS: dict[str, Any] = {
    "family": labels.FAMILIES,
    "legal_class": labels.LEGAL_CLASSES,
    "form": labels.FORMS,
    "sector": labels.SECTORS,
    "allowed": labels.ALLOWED,
    "share_basis": labels.SHARE_BASES,
    "limit_type": labels.LIMIT_TYPES,
    "scope": labels.SCOPES,
    "severity": labels.SEVERITIES,
    "standing": labels.STANDINGS,
    "basis": labels.BASES,
    "topic": labels.TOPICS,
    "behaviour": labels.BEHAVIOURS,
    "verified": labels.VERIFIED,
    "confidence": labels.CONFIDENCE,
    "waste_code_confidence": labels.CONFIDENCE,
}
KINDS: dict[str, Any] = {
    MATERIALS.file: labels.MATERIAL_KINDS,
    FACTORS.file: labels.FACTOR_KINDS,
    VAT_ROWS.file: labels.VAT_KINDS,
}


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str | float, ...], ...]


def sheet(table: Table, title: str, rows: Iterable[Base]) -> Sheet:
    columns = [column.name for column in table.columns]
    return Sheet(
        title,
        tuple(header(name) for name in columns),
        tuple(tuple(_cell(table, name, getattr(row, name)) for name in columns) for row in rows),
    )


def _cell(table: Table, name: str, value: Any) -> str | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, int):
        return value
    return harmless(_text(table, name, value))


def _text(table: Table, name: str, value: str | date | Sequence[str]) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, str):
        return "; ".join(value)
    if name in {"property", "component"}:
        return property_name(value)
    if name in {"variant", "part"}:
        return variant_name(value)
    words = KINDS[table.file] if name == "kind" else WORDS.get(name, {})
    return str(words.get(value, value))


def harmless(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{text}" if text.startswith(LIVE) else text


def as_csv(content: Sheet) -> bytes:
    """Return UTF-8 with a byte order mark, which spreadsheets need to read Chinese."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(content.headers)
    writer.writerows(content.rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(content: Sheet) -> bytes:
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        page = book.add_worksheet(content.title[:31])
        page.write_row(0, 0, content.headers, book.add_format({"bold": True, "text_wrap": True}))
        for number, row in enumerate(content.rows, 1):
            page.write_row(number, 0, row)
        page.freeze_panes(1, 1)
        page.autofilter(0, 0, max(1, len(content.rows)), len(content.headers) - 1)
        page.set_column(0, len(content.headers) - 1, 18)
    return out.getvalue()
