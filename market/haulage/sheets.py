"""派车单: one truck's day on A4, with a QR code for the driver's own telephone."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import pgettext

from market.catalogue.rules import Family
from market.haulage import sheet_links, sheet_ways
from market.haulage.exports import StoredPlan
from market.haulage.labels import day_long
from market.haulage.models import CollectionPlan, PlanRoute
from market.haulage.picture import (
    StopLine,
    depots_of,
    driver_name,
    named,
    place_name,
    spans_words,
    way_words,
)
from market.haulage.records import load_name
from market.haulage.rules import LAW
from market.haulage.sheet_ways import qr_svg
from market.web.filters import clock, km, local_time, tonnes, trimmed
from routing.plan import StopKind

# An em space: wide enough on paper, and browsers do not fold it as they fold blanks.
GAP = "\u2003"
# Stops that fit on a page of A4 in either language, with the head and the signatures.
MOST_STOPS = 13
# What a sheet says of its plan, not of the truck's day.
_OF_PLAN = frozenset({"mark", "kicker", "qr", "address"})
_ENDS = frozenset({StopKind.START, StopKind.END})


def pages(stored: StoredPlan, route: PlanRoute) -> list[dict[str, Any]]:
    """Return one truck's sheet as pages of A4, each with the whole head and its number.

    What to do when something is wrong, and the signatures, stand on the last one.
    """
    whole = sheet(stored, route)
    # Whom to ring, what they said and the way there take the room of a second stop.
    heights = [2 if stop.get("said") else 1 for stop in whole["stops"]]
    count = -(-sum(heights) // MOST_STOPS) or 1
    before = list(accumulate(heights, initial=0))
    made = []
    for number in range(1, count + 1):
        first, last = (
            bisect_left(before, sum(heights) * at // count) for at in (number - 1, number)
        )
        page = {**whole, "stops": whole["stops"][first:last]}
        if count > 1:
            told = _("page %(number)s of %(count)s", number=number, count=count)
            page["kicker"] = f"{whole['kicker']} · {told}"
        if number < count:
            page |= {"warning": _("Continued overleaf."), "signatures": []}
        made.append(page)
    return made


def sheet(stored: StoredPlan, route: PlanRoute) -> dict[str, Any]:
    """Return the arguments of the sheet's macro for all stops at once."""
    plan = stored.plan
    depot, end = (place_name(plan.places[name]) for name in depots_of(route))
    words = (day_long(plan.planned_on), route.vehicle["plate"], named(route.vehicle, "type"))
    lines = [line for line in stored.lines(route) if line.kind not in _ENDS]
    return {
        "mark": _("DRAFT, not to be driven") if stored.draft else "",
        "kicker": _(
            "Wujin · plan %(ref)s · made %(at)s", ref=plan.ref, at=local_time(plan.created_at)
        ),
        "title": GAP.join((_("Driver's sheet"), _("Truck %(n)s", n=route.number))),
        "lead": GAP.join((*words, driver_name(route))),
        "qr": qr_svg(_address(plan.id, route.number, outside=True)),
        "address": _address(plan.id, route.number, outside=False),
        "qr_note": _("Scan for this sheet, without an account"),
        "facts": [
            (_("Sets out"), f"{clock(route.starts_s)} {depot}"),
            (_("Returns"), f"{clock(route.ends_s)} {end}"),
            (
                _("Cargo"),
                _("%(n)s loads, %(mass)s t", n=route.load_count, mass=tonnes(route.mass_kg, 1)),
            ),
            (_("Distance / empty"), f"{km(route.distance_m)} / {km(route.empty_m)} km"),
        ],
        "stops": [
            stop | sheet_ways.way(stored, line)
            for stop, line in zip(_stops(_named(plan, lines), route.vehicle), lines, strict=True)
        ],
        "warning": _warning(stored.phones.get(depots_of(route)[0], "")),
        "signatures": [_("Driver"), _("Dispatcher"), _("Handed in at")],
        "footer": _(
            "This sheet is no transfer manifest. Load numbers begin with %(first)s. "
            "Distances: %(ways)s.",
            first=f"{plan.planned_on}/",
            ways=way_words(plan),
        ),
    }


def _warning(phone: str) -> str:
    """Say what to do when something is wrong; by which telephone, where the depot has one."""
    if not phone:
        return str(
            _(
                "Late, cannot load, refused, or the wrong cargo: do not unload. "
                "Take a photo and ring the dispatcher."
            )
        )
    return str(
        _(
            "Late, cannot load, refused, or the wrong cargo: do not unload. "
            "Take a photo and ring the dispatcher: %(phone)s",
            phone=phone,
        )
    )


def changed(before: StoredPlan, now: StoredPlan) -> tuple[list[PlanRoute], list[int]]:
    """Return the trucks whose sheets say something else now, and the numbers of those that stay in.

    A truck that had none is among the first.
    """
    had = {route.vehicle_id: route for route in before.routes}
    other = [
        route
        for route in now.routes
        if route.vehicle_id not in had
        or not says_the_same((before, had[route.vehicle_id]), (now, route))
    ]
    out = {route.vehicle_id for route in now.routes}
    return other, [route.number for route in before.routes if route.vehicle_id not in out]


def says_the_same(one: tuple[StoredPlan, PlanRoute], other: tuple[StoredPlan, PlanRoute]) -> bool:
    """Tell whether a truck's sheets of two plans differ in nothing but the plan they name."""
    first, second = (sheet(*row) for row in (one, other))
    return all(second[name] == told for name, told in first.items() if name not in _OF_PLAN)


def _address(plan_id: int, truck: int, *, outside: bool) -> str:
    """Return the sheet's own address, whole where it is read off paper."""
    code = sheet_links.code(str(current_app.secret_key), plan_id, truck)
    return str(url_for("sheets.sheet", plan_id=plan_id, number=truck, code=code, _external=outside))


def _named(plan: CollectionPlan, lines: Sequence[StopLine]) -> list[StopLine]:
    """Call the loads what they are called on their day."""
    return [
        replace(line, loads=tuple(load_name(plan, key) for key in line.loads)) for line in lines
    ]


def _stops(lines: Sequence[StopLine], vehicle: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the stops in words; a wash names what was carried since the last, and what comes."""
    made, carried = [], list[str]()
    for position, line in enumerate(lines):
        stop = _stop(line)
        if line.kind == StopKind.LOAD:
            carried.append(line.material)
        elif line.kind == StopKind.CLEAN:
            # A truck is washed for its next load, so there is one.
            coming = next(row for row in lines[position:] if row.kind == StopKind.LOAD)
            stop["detail"] = _(
                "After %(carried)s, before %(coming)s.",
                carried=pgettext("list", ", ").join(dict.fromkeys(carried)),
                coming=coming.material,
            )
            carried.clear()
        elif line.kind == StopKind.REST:
            stop["detail"] = rest_words(vehicle)
        made.append(stop)
    return made


def rest_words(vehicle: Mapping[str, Any]) -> str:
    """Say by which rule the driver rests; plans made earlier keep the law's own."""
    drive_s = vehicle.get("continuous_drive_s", LAW.continuous_drive_s)
    rest_s = vehicle.get("rest_s", LAW.rest_s)
    if (drive_s, rest_s) == (LAW.continuous_drive_s, LAW.rest_s):
        return str(_("Four hours at the wheel are followed by 20 minutes of rest."))
    return str(
        _(
            "%(hours)s hours at the wheel are followed by %(minutes)s minutes of rest.",
            hours=trimmed(drive_s / 3600),
            minutes=rest_s // 60,
        )
    )


def _stop(line: StopLine) -> dict[str, Any]:
    made: dict[str, Any] = {
        "at": clock(line.start_s),
        "until": _("until %(time)s", time=clock(line.depart_s)),
        "number": line.number,
        "kind": line.kind,
        "detail": " · ".join(part for part in (_where(line), " ".join(line.loads)) if part),
    }
    match line.kind:
        case StopKind.LOAD:
            made["title"] = _load_title(_("Load"), line)
            made["boxes"] = [_("Gross weight (t)"), _("Signature, sender")]
            if line.family == Family.HAZARD:
                made["emphasis"] = _("Hazardous waste: load only with the transfer manifest.")
        case StopKind.UNLOAD:
            made["title"] = _load_title(_("Unload"), line)
            made["boxes"] = [_("Net weight (t)"), _("Signature, receiver")]
            made["emphasis"] = _("Weigh first, then unload.")
        case StopKind.CLEAN:
            made |= {"number": pgettext("sheet", "W"), "kind": "wash", "title": _("Wash the body")}
            made["boxes"] = [_("Washed and looked at")]
        case _:
            made |= {"number": pgettext("sheet", "R"), "kind": "break", "title": _("Driver rests")}
    return made


def _load_title(verb: str, line: StopLine) -> str:
    return GAP.join(
        (verb, f"{line.material} {_('%(n)s t', n=tonnes(line.mass_kg, 1))}", line.place)
    )


def _where(line: StopLine) -> str:
    if not line.windows:
        return line.county
    window = _("Window %(span)s", span=spans_words(line.windows))
    return f"{line.county} · {window}" if line.county else str(window)
