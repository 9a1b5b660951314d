"""A plan as files: workbook, table, loads' records. Text is in the reader's language."""

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass, field
from datetime import datetime
from typing import Any

import xlsxwriter
from flask_babel import gettext as _
from flask_babel import pgettext

from market.haulage.co2_words import co2_words, part_words
from market.haulage.cost_words import CostParts
from market.haulage.day_queries import Driven
from market.haulage.headline import summary_rows
from market.haulage.labels import LEFT_OUT, STOPS
from market.haulage.left_over import unserved_words
from market.haulage.models import CollectionPlan, PlanChange, PlanLoad, PlanRoute, PlanUnserved
from market.haulage.phoned_models import PhonedJob
from market.haulage.picture import (
    StopLine,
    depots_of,
    driver_name,
    named,
    place_name,
    standing_mark,
    stop_lines,
    truck_name,
)
from market.haulage.records import LoadRecord, load_name, of_plan
from market.haulage.rules import LeftOut, moment, whole_minute
from market.web.language import language
from routing.emissions import Emitted
from routing.plan import StopKind

Cell = str | float | int | None
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with units in its header; the first row is the header."""

    title: str
    rows: list[list[Cell]]


@dataclass(frozen=True, slots=True)
class StoredPlan:
    """Everything a download is made of; ``masses`` gives each load's kilograms.

    ``driven`` is None for a draft. ``jobs`` are those phoned in, by number; ``phones`` those of the
    dispatchers, by depot.
    """

    plan: CollectionPlan
    routes: Sequence[PlanRoute]
    unserved: Sequence[PlanUnserved]
    masses: dict[str, int]
    loads: Sequence[PlanLoad]
    change: PlanChange | None
    driven: Driven | None
    jobs: Mapping[int, PhonedJob] = field(default_factory=dict)
    phones: Mapping[str, str] = field(default_factory=dict)

    @property
    def draft(self) -> bool:
        return self.driven is None

    @property
    def held(self) -> dict[str, Any]:
        """What is settled in the plan: in a change, or taken over from the plan in force."""
        held: dict[str, Any] = self.plan.summary.get("held", {})
        return held if self.change is None else self.change.held

    def records(self) -> list[LoadRecord]:
        return of_plan(self.plan, self.routes, self.loads, self.unserved, draft=self.draft)

    def lines(self, route: PlanRoute) -> list[StopLine]:
        return list(stop_lines(self.plan, route, self.masses))


def _tonnes(mass_kg: int) -> float:
    return round(mass_kg / 1000, 3)


def _km(distance_m: int) -> float:
    return round(distance_m / 1000, 2)


def _exact_km(distance_m: int) -> float:
    return round(distance_m / 1000, 3)


def _minute(at: datetime) -> str:
    """Return the day and the minute: what is after midnight is on the next day."""
    return f"{whole_minute(at):%Y-%m-%d %H:%M}"


def _second(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def stop_sheet(stored: StoredPlan) -> Sheet:
    """Return one row a stop for people: minutes, and kilometres to ten metres."""
    return _stops(stored, _minute, _km)


def _stops(stored: StoredPlan, at: Callable[[datetime], str], km: Callable[[int], float]) -> Sheet:
    header = [
        _("Truck"),
        _("Plate"),
        _("Stop"),
        pgettext("stop", "What"),
        pgettext("stop", "Place"),
        _("County"),
        _("Material"),
        _("Mass (t)"),
        _("Arrives"),
        _("Begins"),
        _("Departs"),
        _("Way here (km)"),
        _("Loads"),
    ]
    rows: list[list[Cell]] = [header]
    for route in stored.routes:
        for line in stored.lines(route):
            seconds = (line.arrival_s, line.start_s, line.depart_s)
            times = [at(moment(stored.plan.planned_on, second)) for second in seconds]
            row = _stop_row(route, line)
            names = " ".join(load_name(stored.plan, key) for key in line.loads)
            rows.append([*row, *times, km(line.distance_m), names])
    return Sheet(_("Stops"), rows)


def _stop_row(route: PlanRoute, line: StopLine) -> list[Cell]:
    return [
        route.number,
        route.vehicle["plate"],
        line.number,
        str(STOPS[StopKind(line.kind)]),
        line.place,
        line.county,
        line.material,
        _tonnes(line.mass_kg) if line.mass_kg else None,
    ]


def summary_sheet(stored: StoredPlan) -> Sheet:
    plan = stored.plan
    draft = _("draft") if stored.draft else ""
    name = f"{plan.ref} {plan.planned_on} {draft}".strip()
    header: list[Cell] = [name, _("This plan"), _("Plain shuttling")]
    return Sheet(_("Summary"), [header, *(list(row) for row in summary_rows(plan.summary))])


def truck_sheet(stored: StoredPlan) -> Sheet:
    header = [
        _("Truck"),
        _("Plate"),
        _("Driver"),
        _("Sets out"),
        _("Returns"),
        _("Shift ends at"),
        _("Loads"),
        _("Mass (t)"),
        _("Distance (km)"),
        _("Empty (km)"),
        _("Cost (¥)"),
        _("Of it a day (¥)"),
        _("Of it kilometres (¥)"),
        _("Of it hours (¥)"),
        _("CO₂ (kg)"),
        _("CO₂ reckoned by"),
    ]
    rows: list[list[Cell]] = [header]
    rows += [
        [
            truck_name(route),
            route.vehicle["plate"],
            driver_name(route),
            _minute(moment(stored.plan.planned_on, route.starts_s)),
            _minute(moment(stored.plan.planned_on, route.ends_s)),
            place_name(stored.plan.places[depots_of(route)[1]]),
            route.load_count,
            _tonnes(route.mass_kg),
            _km(route.distance_m),
            _km(route.empty_m),
            route.cost_fen / 100,
            *(fen / 100 for fen in astuple(CostParts.of(route))),
            None if route.co2_g is None else round(route.co2_g / 1000, 2),
            co2_words(route) or _("no factor"),
        ]
        for route in stored.routes
    ]
    rows += _co2_sum(stored, len(header))
    return Sheet(_("Trucks"), rows)


def _co2_sum(stored: StoredPlan, width: int) -> list[list[Cell]]:
    """Return a last row with the trucks' CO2 in sum, where one of them has a factor."""
    emitted = Emitted.of(route.co2_g for route in stored.routes)
    if not emitted.known:
        return []
    blank: list[Cell] = [None] * (width - 3)
    return [[_("In sum"), *blank, round(emitted.known_g / 1000, 2), part_words(emitted) or None]]


def load_sheet(stored: StoredPlan) -> Sheet:
    """Return one row a load, under the number that stays with it through every change."""
    header = [
        _("Load number"),
        _("Truck"),
        _("Plate"),
        _("Material"),
        _("Planned mass (t)"),
        pgettext("way", "From"),
        pgettext("way", "To"),
        _("Loading begins"),
        _("Loading ends"),
        _("Unloading begins"),
        _("Unloading ends"),
    ]
    rows: list[list[Cell]] = [header]
    rows += [
        [
            row.number,
            row.truck,
            row.plate,
            row.material_en if language() == "en" else row.material_zh,
            _tonnes(row.mass_kg),
            place_name(row.origin),
            place_name(row.destination),
            *(
                None if at is None else _minute(at)
                for at in (
                    row.loading_starts_at,
                    row.loading_ends_at,
                    row.unloading_starts_at,
                    row.unloading_ends_at,
                )
            ),
        ]
        for row in stored.records()
    ]
    return Sheet(_("Loads"), rows)


def load_records(stored: StoredPlan) -> bytes:
    """Return the loads' records as JSON, for other programs."""
    rows = [row.as_json() for row in stored.records()]
    return json.dumps({"loads": rows}, ensure_ascii=False, indent=1).encode()


def unserved_sheet(stored: StoredPlan) -> Sheet:
    """Return one row a load that is left over, with its reason."""
    header = [
        _("Load number"),
        _("Material"),
        _("Planned mass (t)"),
        pgettext("way", "From"),
        _("Why"),
        _("What would place it"),
    ]
    rows: list[list[Cell]] = [header]
    records = {row.load_key: row for row in stored.records()}
    for left in stored.unserved:
        row = records[left.load_key]
        material = row.material_en if language() == "en" else row.material_zh
        of_load: list[Cell] = [row.number, material, _tonnes(row.mass_kg), place_name(row.origin)]
        rows.append([*of_load, *unserved_words(stored.plan, left)])
    return Sheet(_("Not placed"), rows)


def left_out_sheet(stored: StoredPlan) -> Sheet:
    header = [
        _("Why"),
        _("Material"),
        pgettext("way", "From"),
        pgettext("way", "To"),
        _("Mass that day (t)"),
        _("Distance (km)"),
        _("Next full truck on"),
    ]
    rows: list[list[Cell]] = [header]
    rows += [
        [
            str(LEFT_OUT[LeftOut(row["reason"])]),
            named(row, "material"),
            named(row, "origin") + standing_mark(row["origin_standing"]),
            named(row, "destination") + standing_mark(row["destination_standing"]),
            _tonnes(row["mass_kg"]),
            _km(row["distance_m"]),
            row["next_on"],
        ]
        for row in stored.plan.left_out
    ]
    return Sheet(_("Not put to the planner"), rows)


def workbook(stored: StoredPlan) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    bold = book.add_format({"bold": True, "bottom": 1})
    for make in (
        summary_sheet,
        stop_sheet,
        truck_sheet,
        load_sheet,
        unserved_sheet,
        left_out_sheet,
    ):
        sheet = make(stored)
        page = book.add_worksheet(sheet.title)
        page.freeze_panes(1, 0)
        for number, row in enumerate(sheet.rows):
            _write_row(page, number, row, bold if number == 0 else None)
        page.autofit()
    book.close()
    return file.getvalue()


def _write_row(page: Any, number: int, row: Sequence[Cell], style: Any) -> None:
    """Write text as text: a name that begins with = is no formula."""
    for column, cell in enumerate(row):
        if isinstance(cell, str):
            page.write_string(number, column, cell, style)
        elif cell is not None:
            page.write_number(number, column, cell, style)


def table(stored: StoredPlan) -> bytes:
    """Return the stops as CSV with a byte-order mark, as spreadsheets expect it.

    For other programs: to the second and the metre.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    for row in _stops(stored, _second, _exact_km).rows:
        writer.writerow([harmless(cell) for cell in row])
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def harmless(cell: Cell) -> Cell:
    """Put a quote before what a spreadsheet would take for a formula."""
    if isinstance(cell, str) and cell.startswith(FORMULA_STARTS):
        return "'" + cell
    return cell
