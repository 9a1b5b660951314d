"""The filtered set as a spreadsheet: units in the headers, text that no program runs."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date

import xlsxwriter
from flask_babel import gettext as _

from market.listings.labels import FORMS, SIDES, grade_label
from market.listings.rules import Form, Side
from market.money import yuan_from_fen
from market.orgs.labels import STANDINGS
from market.orgs.rules import Standing
from market.quantities import tonnes_from_kg
from market.search.queries import Hit
from market.web.language import pick

Cell = str | float | int | date | None
DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: Cell) -> Cell:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(DANGEROUS) else cell


def header() -> list[str]:
    return [
        _("Listing"), _("Side"), _("Material"), _("Process"), _("Waste code"), _("Delivery"),
        _("Grade"), _("Firm"), _("Standing"), _("Estimate"), _("Site"), _("County"),
        _("Latitude (° WGS-84)"), _("Longitude (° WGS-84)"), _("Tonnage (t/month, wet)"),
        _("Smallest lot (t)"), _("Price (yuan/t, wet, without tax)"), _("Road (km)"),
        _("Freight (yuan/t)"), _("Delivered (yuan/t)"), _("Sampled on"), _("Public until"),
    ]  # fmt: skip


def _yuan(fen: int | None) -> float | None:
    return None if fen is None else float(yuan_from_fen(fen))


def cells(hit: Hit) -> list[Cell]:
    s, near = hit.row.summary, hit.near
    mass = round(float(tonnes_from_kg(round(s.mass_kg_per_month))), 3)
    raw: list[Cell] = [
        s.ref, str(SIDES[Side(s.side)]), pick(s, "material_name"), pick(s, "process_name"),
        s.waste_code, str(FORMS[Form(s.form)]),
        grade_label(hit.row.verdict.grade) if hit.row.verdict.grade else "",
        pick(s, "org_name"), str(STANDINGS[Standing(s.standing)]),
        _("yes") if s.is_estimate else _("no"), pick(s, "site_name"), pick(s, "county"),
        s.lat, s.lon, mass,
        None if s.min_lot_kg is None else float(tonnes_from_kg(s.min_lot_kg)),
        None if s.is_estimate else _yuan(s.price_fen_per_t),
        None if near is None else round(near.road_m / 1000, 1),
        None if near is None else _yuan(near.freight_fen_per_t),
        _yuan(hit.delivered_fen_per_t),
        hit.row.report.sampled_on if hit.row.report else None, s.expires_on,
    ]  # fmt: skip
    return [harmless(cell) for cell in raw]


def as_csv(hits: Iterable[Hit]) -> bytes:
    """Return CSV in UTF-8 with a byte-order mark, which spreadsheet programs need for Chinese."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header())
    writer.writerows(cells(hit) for hit in hits)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(hits: Sequence[Hit]) -> bytes:
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("wujin")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, header(), book.add_format({"bold": True}))
        for row, hit in enumerate(hits, start=1):
            for column, cell in enumerate(cells(hit)):
                if isinstance(cell, date):
                    sheet.write_datetime(row, column, cell, day)
                else:
                    sheet.write(row, column, cell)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, max(len(hits), 1), len(header()) - 1)
        sheet.set_column(0, len(header()) - 1, 14)
    return out.getvalue()
