"""A plan as an iCalendar file: one event for each truck's day. Text is in the reader's language."""

from collections.abc import Sequence
from datetime import UTC, datetime

from flask_babel import gettext as _

from market.haulage.day_queries import OtherDay
from market.haulage.exports import StoredPlan
from market.haulage.labels import STOPS
from market.haulage.models import CollectionPlan, PlanRoute
from market.haulage.picture import place_name, truck_name
from market.haulage.rules import moment, whole_minute
from market.web.filters import clock, tonnes
from routing.plan import StopKind

ICS_OCTETS = 75


def calendar(stored: StoredPlan, address: str, stays_in: Sequence[OtherDay] = ()) -> bytes:
    """Return an iCalendar file (RFC 5545) with one event for each truck's day.

    A truck keeps its event through every plan of the day; the sequence counts its changes, and
    the event of a truck that ``stays_in`` now is cancelled. A draft has events of its own,
    which are tentative.
    """
    plan, driven = stored.plan, stored.driven
    name, sequence, said_at = plan.ref, plan.id, plan.created_at
    if driven is not None:
        name, said_at = plan.planned_on.isoformat(), driven.since
        sequence = driven.record.changes
    status, draft = ("TENTATIVE", [_("Draft:")]) if stored.draft else ("CONFIRMED", [])
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Wujin//collection plans//EN"]
    for route in stored.routes:
        lines += [
            *_head(plan, route, f"{name}-{route.number}", sequence, said_at),
            f"STATUS:{status}",
            f"SUMMARY:{_escaped(' '.join((*draft, truck_name(route), route.vehicle['plate'])))}",
            f"DESCRIPTION:{_escaped(_day_text(stored, route))}",
            f"LOCATION:{_escaped(place_name(plan.places[route.vehicle['depot']]))}",
            f"URL:{address}",
            "END:VEVENT",
        ]
    for day in stays_in:
        lines += [
            *_head(plan, day, f"{name}-{day.number}", sequence, said_at),
            "STATUS:CANCELLED",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line)).encode()


def _head(
    plan: CollectionPlan, day: PlanRoute | OtherDay, name: str, sequence: int, said_at: datetime
) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:{name}@wujin",
        f"SEQUENCE:{sequence}",
        f"DTSTAMP:{_stamp(said_at)}",
        f"DTSTART:{_stamp(whole_minute(moment(plan.planned_on, day.starts_s)))}",
        f"DTEND:{_stamp(whole_minute(moment(plan.planned_on, day.ends_s)))}",
    ]


def _day_text(stored: StoredPlan, route: PlanRoute) -> str:
    return "\n".join(
        f"{clock(line.start_s)} {STOPS[StopKind(line.kind)]} "
        f"{line.material} {_('%(n)s t', n=tonnes(line.mass_kg, 1))}, {line.place}"
        for line in stored.lines(route)
        if line.number is not None
    )


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    for raw, safe in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(raw, safe)
    return text


def _folded(line: str) -> list[str]:
    """Break a line after at most 75 octets, never inside a character; RFC 5545, 3.1."""
    parts, part = [], ""
    for character in line:
        if len((part + character).encode()) > ICS_OCTETS:
            parts.append(part)
            part = " "
        part += character
    return [*parts, part]
