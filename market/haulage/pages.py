"""What the templates are handed: sentences, strips, rows. View-side only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext, pgettext

from market.haulage.co2_words import kilograms, part_words
from market.haulage.exports import StoredPlan
from market.haulage.headline import compared_words, headline
from market.haulage.labels import (
    LEFT_OUT,
    SCOPES,
    STAGES,
    day_short,
)
from market.haulage.left_over import UnservedGroup, unserved_groups
from market.haulage.models import CollectionPlan, PlanRoute
from market.haulage.picture import (
    axis_minutes,
    cargo_of,
    map_data,
    named,
    place_name,
    standing_mark,
    timetable,
    way_words,
)
from market.haulage.rules import (
    JobStage,
    LeftOut,
    PlanParameters,
    Scope,
)
from market.haulage.settled import NOTHING_SETTLED, Settled
from market.haulage.way_words import way_row
from market.jobs import Job, JobState
from market.web.filters import clock, number, tonnes, yuan
from routing.emissions import Emitted

LONGEST_LEFT_OUT = 12


@dataclass(frozen=True, slots=True)
class LeftOutGroup:
    """Flows left out for one reason: the sentence, how many, the largest of them."""

    why: str
    words: str
    count: int
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Result:
    """A finished plan as its page shows it."""

    title: str
    sentence: str
    strip: list[tuple[str, str, str]]
    compared: str
    map: dict[str, Any]
    chosen: PlanRoute | None
    chosen_name: str
    vehicles: list[dict[str, Any]]
    axis: tuple[int, int]
    co2_known: bool
    unserved: list[UnservedGroup]
    unserved_loads: int
    left_out: list[LeftOutGroup]
    assumptions: list[tuple[str, str]]
    ways: str
    versions: str


def title_of(plan: CollectionPlan) -> str:
    return str(_("Collection plan for %(day)s", day=day_short(plan.planned_on)))


def chosen_route(plan: CollectionPlan, routes: Sequence[PlanRoute], asked: str) -> PlanRoute | None:
    """Return the truck in the address; without one, that with the most kinds of cargo."""
    if asked:
        return next((route for route in routes if str(route.number) == asked), None)
    return max(routes, key=lambda route: (_kinds(plan, route), -route.number), default=None)


def _kinds(plan: CollectionPlan, route: PlanRoute) -> int:
    names = (name for stop in route.stops for name in stop["loads"])
    return len({cargo_of(plan, name)["material_id"] for name in names})


def result(
    stored: StoredPlan, chosen: PlanRoute | None, settled: Settled = NOTHING_SETTLED
) -> Result:
    plan, routes = stored.plan, stored.routes
    emitted = Emitted.of(route.co2_g for route in routes)
    return Result(
        title=title_of(plan),
        sentence=sentence(plan.summary),
        strip=[*strip(plan.summary), *co2_strip(emitted)],
        compared=compared_words(plan.summary, routes),
        co2_known=emitted.known > 0,
        map=map_data(plan, routes, chosen, stored.masses),
        chosen=chosen,
        chosen_name="" if chosen is None else str(_("Truck %(n)s", n=chosen.number)),
        vehicles=timetable(plan, routes, chosen, settled),
        axis=axis_minutes(routes) if routes else (0, 0),
        unserved=unserved_groups(plan, stored.unserved),
        unserved_loads=len(stored.unserved),
        left_out=left_out_groups(plan),
        assumptions=assumptions(plan),
        ways=way_words(plan),
        versions=" ".join(f"{name} {number}" for name, number in plan.versions.items()),
    )


def sentence(summary: dict[str, Any]) -> str:
    """Return the answer in one line: what runs, what it saves, what is left."""
    if not summary["loads"]:
        return str(_("No load could be placed on this day; the reasons stand below."))
    runs = ngettext(
        "%(num)s truck of %(fleet)s carries %(loads)s loads, %(mass)s t",
        "%(num)s trucks of %(fleet)s carry %(loads)s loads, %(mass)s t",
        summary["vehicles"],
        fleet=summary["fleet"],
        loads=number(summary["loads"]),
        mass=number(summary["tonnes"]),
    )
    saved_km = round(summary["shuttle_km"] - summary["km"])
    saved = ""
    if saved_km > 0:
        saved = _(", %(km)s km less than one load at a time", km=number(saved_km))
    elif saved_km < 0:
        saved = _(
            ", %(km)s km more than one load at a time, counting the ways from and to depots",
            km=number(-saved_km),
        )
    left = summary["unserved"]
    rest = (
        ngettext(
            "; %(num)s load is left over, with its reason.",
            "; %(num)s loads are left over, each with its reason.",
            left,
        )
        if left
        else _("; nothing is left over.")
    )
    return f"{runs}{saved}{rest}"


def strip(summary: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the row of numbers, the headline first: label, value, unit with what it is against."""
    yield from headline(summary)
    yield _("Loads"), number(summary["loads"]), f"/ {number(summary['loads_total'])}"
    yield _("Tonnes"), number(summary["tonnes"]), f"/ {number(summary['tonnes_total'])}"
    yield _("Kilometres"), number(summary["km"]), "km"
    per_t = summary["cost_fen"] / summary["tonnes"] if summary["tonnes"] else None
    yield _("Cost"), yuan(summary["cost_fen"]), _("¥; ¥%(n)s a tonne", n=yuan(per_t, 1))
    if summary["starts_s"] is not None:
        span = f"{clock(summary['starts_s'])} – {clock(summary['ends_s'])}"
        yield _("First out – last back"), span, ""


def co2_strip(emitted: Emitted) -> Iterator[tuple[str, str, str]]:
    if emitted.known:
        part = part_words(emitted)
        unit = _("kg; %(part)s", part=part) if part else "kg"
        yield _("CO₂ of the trucks"), kilograms(emitted.known_g), unit


def left_out_groups(plan: CollectionPlan) -> list[LeftOutGroup]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in sorted(plan.left_out, key=lambda row: -row["mass_kg"]):
        groups.setdefault(row["reason"], []).append(row)
    return [
        LeftOutGroup(
            why=str(LEFT_OUT[reason]),
            words=ngettext(
                "%(why)s: %(num)s flow, %(mass)s t that day",
                "%(why)s: %(num)s flows, %(mass)s t that day",
                len(groups[reason]),
                why=str(LEFT_OUT[reason]),
                mass=tonnes(sum(row["mass_kg"] for row in groups[reason])),
            ),
            count=len(groups[reason]),
            rows=tuple(_left_out_row(row) for row in groups[reason][:LONGEST_LEFT_OUT]),
        )
        for reason in LeftOut
        if reason in groups
    ]


def _left_out_row(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "material": named(row, "material"),
        "family": row["family"],
        "origin": named(row, "origin") + standing_mark(row["origin_standing"]),
        "destination": named(row, "destination") + standing_mark(row["destination_standing"]),
        "mass_kg": row["mass_kg"],
        "distance_m": row["distance_m"],
        "next": day_short(date.fromisoformat(row["next_on"])) if row["next_on"] else None,
    }


def assumptions(plan: CollectionPlan) -> list[tuple[str, str]]:
    """Return what the day was planned by, each with its unit and where it comes from."""
    parameters = PlanParameters(**plan.parameters)
    gates = f"{clock(parameters.gate_opens_s)}–{clock(parameters.gate_closes_s)}"
    return [
        (_("Flows taken up"), str(SCOPES[Scope(parameters.scope)])),
        (
            _("Reach around the depots"),
            _("%(n)s km by road, both ends", n=number(parameters.reach_km)),
        ),
        (
            _("Of one flow, at most"),
            _("%(n)s loads a day; the rest is left to other carriers", n=parameters.loads_per_flow),
        ),
        (
            _("Working days"),
            _("%(n)s a year; a steady stream sends full trucks only", n=parameters.working_days),
        ),
        (_("Way"), way_row(plan)),
        (
            _("Gates"),
            _(
                "%(span)s where a site states nothing (assumption); pick-ups have their own",
                span=gates,
            ),
        ),
        *_stated_gates(plan),
        (
            _("At the gate"),
            _(
                "loading %(load)s min, weighing %(weigh)s min, unloading %(unload)s s a tonne "
                "where a site states nothing (assumptions)",
                load=parameters.loading_s // 60,
                weigh=parameters.weighing_s // 60,
                unload=parameters.unload_s_per_t,
            ),
        ),
        (
            _("At the wheel"),
            _(
                "%(drive)s hours, then %(rest)s minutes of rest: Regulation on the Implementation "
                "of the Road Traffic Safety Law, article 62 (7); stricter where a type of truck "
                "says so",
                drive=parameters.continuous_drive_s // 3600,
                rest=parameters.rest_s // 60,
            ),
        ),
    ]


def _stated_gates(plan: CollectionPlan) -> Iterator[tuple[str, str]]:
    """Yield the sites whose own statements the plan reckoned with, and who made them."""
    said = [
        _("%(site)s (%(who)s)", site=place_name(place), who=place["gate_source"])
        for place in plan.places.values()
        if place.get("gate_source")
    ]
    if said:
        yield str(_("Gates that state their own")), str(pgettext("list", ", ").join(said))


def job_panel(plan: CollectionPlan, job: Job | None, now: datetime) -> dict[str, Any] | None:
    """Return what the progress panel shows; None when no job is behind the plan."""
    if job is None:
        return None
    order = list(JobStage)
    at = order.index(JobStage(job.stage)) if job.stage else -1
    left_s = None
    if job.started_at is not None and job.state == JobState.RUNNING:
        left_s = round(plan.time_limit_s - (now - job.started_at).total_seconds())
    return {
        "percent": round(job.share * 100),
        "stage": max(at + 1, 1),
        "stages": [
            {
                "label": str(STAGES[stage]),
                "state": "done" if place < at else "now" if place == at else "todo",
            }
            for place, stage in enumerate(order)
        ],
        "seconds_left": left_s if left_s is not None and left_s > 0 else None,
        "finished": job.ended,
        "note": _panel_note(plan, job),
    }


def _panel_note(plan: CollectionPlan, job: Job) -> str | None:
    if job.state == JobState.QUEUED:
        return str(_("Waiting for a worker."))
    best = plan.summary.get("so_far")
    if best is None:
        return None
    return str(
        ngettext(
            "The best plan so far costs ¥%(cost)s and leaves %(num)s load over.",
            "The best plan so far costs ¥%(cost)s and leaves %(num)s loads over.",
            best["unserved"],
            cost=yuan(best["cost_fen"]),
        )
    )
