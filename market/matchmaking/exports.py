"""A run as files: what the page shows and all of it, units in the headers, cells harmless."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext

from market.listings.rules import MONTHS_PER_YEAR
from market.matchmaking import labels
from market.matchmaking.flows import FlowRow
from market.matchmaking.labels_span import mass_note, per_span
from market.matchmaking.models import MatchRun
from market.matchmaking.presenting import Names
from market.matchmaking.presenting_refusals import Refused
from market.matchmaking.reading import BalanceRow
from market.matchmaking.summary import PRIVATE
from market.money import FEN_PER_YUAN
from market.quantities import KG_PER_TONNE, M_PER_KM
from market.web.language import pick

Cell = str | int | float | None
RISKY = ("=", "+", "-", "@", "\t", "\r")


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


@dataclass(frozen=True, slots=True)
class Sheet:
    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def harmless(cell: Cell) -> Cell:
    """Keep a spreadsheet from running text that somebody typed as a name."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(RISKY) else cell


def flow_sheet(flows: Iterable[FlowRow], names: Names, months: int = MONTHS_PER_YEAR) -> Sheet:
    """List flows; columns say of how many months their tonnes are."""
    return Sheet(
        _("Flows"),
        (
            _("Offer"), _("From"), _("County of the offer"), _("Want"), _("To"),
            _("County of the want"), _("Material"), _("Process"),
            _("%(unit)s, wet", unit=mass_note(months)),
            _("km by road"), "t·km" + per_span(months), _("Net value, yuan/t"), _("Estimate"),
        ),
        [
            (
                names.ref(row.offer), names.marked(row.offer), names.place(row.offer),
                names.ref(row.want), names.marked(row.want), names.place(row.want),
                pick(row, "material"), pick(row, "process"), row.mass_kg / KG_PER_TONNE,
                km(names.shown_m(row, row.road_m) / M_PER_KM), round(names.tonne_km(row), 3),
                _yuan(names.value(row)), _yes(row.is_estimate),
            )
            for row in flows
        ],
    )  # fmt: skip


def balance_sheet(rows: Iterable[BalanceRow], names: Names, months: int) -> Sheet:
    unit = mass_note(months)
    return Sheet(
        _("Listings and prices"),
        (
            _("Listing"), _("Side"), _("Firm"), _("Material"), _("Process"),
            _("Available or wanted, %(unit)s", unit=unit), _("Of it in store before, t"),
            _("Placed, %(unit)s", unit=unit),
            _("Left in store, t"), _("Rest, %(unit)s", unit=unit),
            _("Why it is left"), _("One more tonne, low"), _("One more tonne, high"),
            _("tonne-km with it, low"), _("tonne-km with it, high"),
        ),
        [
            (
                names.ref(row.end), labels.side(row.side), names.marked(row.end),
                pick(row, "material"), pick(row, "process"), row.available_kg / KG_PER_TONNE,
                row.opening_kg / KG_PER_TONNE, row.placed_kg / KG_PER_TONNE,
                row.closing_kg / KG_PER_TONNE, row.rest_kg / KG_PER_TONNE,
                "" if row.reason is None else labels.left_text(row.reason, row.reason_params),
                row.dual_low, row.dual_high, row.dual_km_low, row.dual_km_high,
            )
            for row in rows
        ],
    )  # fmt: skip


def refusal_sheet(refused: Iterable[Refused], names: Names) -> Sheet:
    return Sheet(
        _("Refusals"),
        (
            _("Offer"), _("From"), _("Want"), _("To"), _("Material"), _("Process"),
            _("km by road"), _("Kind"), _("Why"), _("Source"), _("How it could pass"),
        ),
        [
            (
                names.ref(row.offer), names.marked(row.offer), names.ref(row.want),
                names.marked(row.want), pick(row, "material"), pick(row, "process"),
                km(item.road_m / M_PER_KM),
                item.kind, item.sentence, item.source, item.remedy,
            )
            for item in refused
            for row in [item.row]
        ],
    )  # fmt: skip


def run_sheet(run: MatchRun) -> Sheet:
    """List parameters, versions and totals of the run, one to a line."""
    facts: dict[str, Any] = {
        "run": run.ref,
        "created_at": run.created_at.isoformat(),
        "objective": run.objective,
        "radius_km": run.radius_m / M_PER_KM,
        "road_factor": run.road_factor,
        "first_month": None if run.first_month is None else f"{run.first_month:%Y-%m}",
        "months": run.span_months,
        "materials": " ".join(run.material_ids) or "*",
        "seed": run.seed,
        **{f"version {name}": value for name, value in run.versions.items()},
        **{name: _flat(row) for name, row in run.summary.items() if name not in PRIVATE},
    }
    return Sheet(_("The run"), (_("Name"), _("Value")), [list(row) for row in facts.items()])


def _flat(value: Any) -> Cell:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, str | int | float) or value is None else str(value)


def km(value: float | None) -> float | None:
    """Round to a tenth: a straight line times a factor for roads knows no more."""
    return None if value is None else round(value, 1)


def _yuan(fen: int | None) -> float | None:
    return None if fen is None else fen / FEN_PER_YUAN


def _yes(value: bool) -> str:
    return _("yes") if value else ""


def as_csv(sheet: Sheet) -> bytes:
    """Write UTF-8 with a byte-order mark, which spreadsheets need to read Chinese."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(sheet.header)
    writer.writerows([harmless(cell) for cell in row] for row in sheet.rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(sheets: Sequence[Sheet]) -> bytes:
    import xlsxwriter

    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    for sheet in sheets:
        page = book.add_worksheet(sheet.title[:31])
        page.write_row(0, 0, sheet.header, bold)
        for number, row in enumerate(sheet.rows, 1):
            page.write_row(number, 0, [harmless(cell) for cell in row])
        page.freeze_panes(1, 0)
        page.set_column(0, len(sheet.header) - 1, 16)
    book.close()
    return buffer.getvalue()


def as_geojson(flows: Iterable[FlowRow], names: Names) -> bytes:
    """Write each flow as a straight line; positions are WGS-84, longitude first (RFC 7946)."""
    features = []
    for row in flows:
        start, end = names.position(row.offer), names.position(row.want)
        features.append(
            {
                "type": "Feature",
                "geometry": {
                    "type": "LineString",
                    "coordinates": [[start[1], start[0]], [end[1], end[0]]],
                },
                "properties": {
                    "offer": names.ref(row.offer),
                    "from": names.marked(row.offer),
                    "want": names.ref(row.want),
                    "to": names.marked(row.want),
                    "material": row.material_id,
                    "tonnes": row.mass_kg / KG_PER_TONNE,
                    "months": row.months,
                    "road_km": km(names.shown_m(row, row.road_m) / M_PER_KM),
                    "estimate": row.is_estimate,
                },
            }
        )
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False).encode()
