"""A stored plan as pages draw it: timetable, map, stop list, what is unserved. View-side only."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import pgettext

from market.haulage.gate_rules import ROUND_THE_CLOCK
from market.haulage.models import CollectionPlan, PlanRoute
from market.haulage.rules import PlanParameters, Ways
from market.haulage.settled import NOTHING_SETTLED, Settled
from market.orgs.rules import Standing
from market.web.filters import clock, hours, km, tonnes
from market.web.language import language
from routing.plan import StopKind

MINUTE_S = 60
BLOCKS = {
    StopKind.LOAD: "load",
    StopKind.UNLOAD: "unload",
    StopKind.CLEAN: "wash",
    StopKind.REST: "break",
}


@dataclass(frozen=True, slots=True)
class StopLine:
    """One stop in words; ``number`` counts loading and unloading stops only."""

    number: int | None
    kind: str
    place: str
    county: str
    site: str | None
    material: str
    family: str | None
    mass_kg: int
    arrival_s: int
    start_s: int
    depart_s: int
    distance_m: int
    onboard_kg: int
    windows: tuple[tuple[int, int], ...]
    loads: tuple[str, ...]


def named(thing: dict[str, Any], stem: str = "name") -> str:
    """Return ``thing[stem_zh]`` or ``thing[stem_en]``, whichever the reader reads."""
    return str(thing[f"{stem}_{language()}"])


def place_name(place: dict[str, Any], stem: str = "name") -> str:
    """Return the name with its mark: invented firms and estimates are never shown as plain."""
    return named(place, stem) + standing_mark(place["standing"])


def standing_mark(standing: str) -> str:
    if standing == Standing.DEMO:
        return str(_(" (demo)"))
    return str(_(" (estimate)")) if standing == Standing.ESTIMATE else ""


def way_words(plan: CollectionPlan) -> str:
    """Return where the plan's kilometres come from, in few words."""
    parameters = PlanParameters(**plan.parameters)
    source = str(plan.summary.get("ways", ""))
    match Ways(parameters.ways):
        case Ways.ROUTER:
            return str(_("road tables of %(router)s", router=source))
        case Ways.TABLE:
            return str(_("own table, %(name)s", name=source.removeprefix("file ")))
        case Ways.GREAT_CIRCLE:
            return str(_("great circle × %(factor)s", factor=f"{parameters.road_factor:.2f}"))


def depots_of(route: PlanRoute) -> tuple[str, str]:
    """Return the places where the truck's day starts and ends."""
    start = str(route.vehicle["depot"])
    return start, str(route.vehicle.get("end_depot", start))


def cargo_of(plan: CollectionPlan, load_key: str) -> dict[str, Any]:
    cargo: dict[str, Any] = plan.cargoes[load_key.rsplit("#", 1)[0]]
    return cargo


def stop_lines(
    plan: CollectionPlan, route: PlanRoute, masses: dict[str, int]
) -> Iterator[StopLine]:
    """Yield a truck's stops in order; ``masses`` gives each load's kilograms."""
    number = 0
    for stop in route.stops:
        kind = StopKind(stop["kind"])
        counted = kind in {StopKind.LOAD, StopKind.UNLOAD}
        number += counted
        place = plan.places[stop["site"]] if stop["site"] else None
        cargo = cargo_of(plan, stop["loads"][0]) if stop["loads"] else None
        yield StopLine(
            number=number if counted else None,
            kind=kind.value,
            place=place_name(place) if place else _("on the road"),
            county=named(place, "county") if place else "",
            site=stop["site"],
            material=_materials(plan, stop["loads"]),
            family=cargo["family"] if cargo else None,
            mass_kg=sum(masses[name] for name in stop["loads"]),
            arrival_s=stop["arrival_s"],
            start_s=stop["start_s"],
            depart_s=stop["depart_s"],
            distance_m=stop["distance_m"],
            onboard_kg=stop["onboard_kg"],
            windows=windows_of(cargo, receiving=kind is StopKind.UNLOAD) if cargo else (),
            loads=tuple(stop["loads"]),
        )


def windows_of(cargo: dict[str, Any], *, receiving: bool) -> tuple[tuple[int, int], ...]:
    """Return when a cargo's place, or its receiver, is open; plans of before know one span."""
    end = "receiver_" if receiving else ""
    if f"{end}opens_s" in cargo:
        return ((cargo[f"{end}opens_s"], cargo[f"{end}closes_s"]),)
    return tuple((opens_s, closes_s) for opens_s, closes_s in cargo[f"{end}windows"])


def spans_words(spans: Iterable[tuple[int, int]]) -> str:
    words = (_span_words(opens_s, closes_s) for opens_s, closes_s in spans)
    return str(pgettext("list", ", ").join(words))


def _span_words(opens_s: int, closes_s: int) -> str:
    if (opens_s, closes_s) == ROUND_THE_CLOCK:
        return str(_("round the clock"))
    return f"{clock(opens_s)}–{clock(closes_s)}"


def _materials(plan: CollectionPlan, loads: Sequence[str]) -> str:
    words = (named(cargo_of(plan, name), "material") for name in loads)
    return str(pgettext("list", ", ").join(dict.fromkeys(words)))


def axis_minutes(routes: Sequence[PlanRoute]) -> tuple[int, int]:
    """Return the whole hours around all routes, in minutes of the day."""
    first = min(route.starts_s for route in routes) // 3600
    last = -(-max(route.ends_s for route in routes) // 3600)
    return first * 60, last * 60


def timetable(
    plan: CollectionPlan,
    routes: Sequence[PlanRoute],
    selected: PlanRoute | None,
    settled: Settled = NOTHING_SETTLED,
) -> list[dict[str, Any]]:
    rows = []
    for route in routes:
        name = truck_name(route)
        driven = _("%(mass)s t · %(km)s km", mass=tonnes(route.mass_kg, 1), km=km(route.distance_m))
        duty = hours(route.ends_s - route.starts_s)
        rows.append(
            {
                "name": name,
                "note": " · ".join(
                    word
                    for word in (route.vehicle["plate"], driver_name(route), settled.words(route))
                    if word
                ),
                "url": url_for(
                    "haulage.plan", plan_id=plan.id, vehicle=route.number, _anchor="map"
                ),
                "selected": route is selected,
                "summary": driven,
                "summary_note": duty,
                "label": _(
                    "%(truck)s: %(loads)s loads, %(driven)s, %(duty)s on the road",
                    truck=name,
                    loads=route.load_count,
                    driven=driven,
                    duty=duty,
                ),
                "blocks": list(_blocks(plan, route)),
                "windows": _windows(plan, route, routes) if route is selected else [],
            }
        )
    return rows


def truck_name(route: PlanRoute) -> str:
    return str(_("Truck %(n)s %(type)s", n=route.number, type=named(route.vehicle, "type")))


def driver_name(route: PlanRoute) -> str:
    """Return the driver, marked where invented."""
    return named(route.vehicle, "driver") + standing_mark(route.vehicle["standing"])


def _blocks(plan: CollectionPlan, route: PlanRoute) -> Iterator[dict[str, Any]]:
    before: dict[str, Any] | None = None
    aboard: list[str] = []
    for stop in route.stops:
        if before is not None:
            family = cargo_of(plan, aboard[0])["family"] if aboard else None
            yield _block(
                "loaded" if aboard else "empty", before["depart_s"], stop["arrival_s"], family
            )
            yield _block("wait", stop["arrival_s"], stop["start_s"])
        kind = StopKind(stop["kind"])
        if kind in BLOCKS:
            family = cargo_of(plan, stop["loads"][0])["family"] if stop["loads"] else None
            title = _block_title(plan, stop)
            yield _block(BLOCKS[kind], stop["start_s"], stop["depart_s"], family, title)
        if kind is StopKind.LOAD:
            aboard += stop["loads"]
        elif kind is StopKind.UNLOAD:
            aboard = [name for name in aboard if name not in stop["loads"]]
        before = stop


def _block(
    kind: str, start_s: int, end_s: int, family: str | None = None, title: str = ""
) -> dict[str, Any]:
    """Return one block of the timetable; one that takes no time is drawn with no width."""
    start, end = start_s / MINUTE_S, end_s / MINUTE_S
    return {"kind": kind, "start": start, "end": end, "family": family, "title": title}


def _block_title(plan: CollectionPlan, stop: dict[str, Any]) -> str:
    place = place_name(plan.places[stop["site"]]) if stop["site"] else _("on the road")
    span = f"{clock(stop['start_s'])}–{clock(stop['depart_s'])}"
    return " ".join(word for word in (span, _materials(plan, stop["loads"]), place) if word)


def _windows(
    plan: CollectionPlan, route: PlanRoute, routes: Sequence[PlanRoute]
) -> list[dict[str, float]]:
    """Return the narrower of the truck's windows: those that do not span its whole day."""
    low, high = axis_minutes(routes)
    spans: set[tuple[int, int]] = set()
    for name in (name for stop in route.stops for name in stop["loads"]):
        cargo = cargo_of(plan, name)
        spans.update(windows_of(cargo, receiving=False), windows_of(cargo, receiving=True))
    minutes = [(max(a / MINUTE_S, low), min(b / MINUTE_S, high)) for a, b in sorted(spans)]
    return [{"start": a, "end": b} for a, b in minutes if a < b]


def map_data(
    plan: CollectionPlan,
    routes: Sequence[PlanRoute],
    selected: PlanRoute | None,
    masses: dict[str, int],
) -> dict[str, Any]:
    """Return the map: one truck's day in full, the others as thin lines."""
    thin = [route for route in routes if route is not selected]
    flows = [leg for route in thin for leg in _legs(plan, route, thin=True)]
    depots = _depot_points(plan, routes, selected)
    points = depots[:1]
    if selected is not None:
        flows += _legs(plan, selected, thin=False)
        points += _stop_points(stop_lines(plan, selected, masses), plan)
    points += depots[1:]
    return {"points": points, "flows": flows, "fit": "points"}


def _at(plan: CollectionPlan, site: str) -> list[float]:
    return [plan.places[site]["lat"], plan.places[site]["lon"]]


def _legs(plan: CollectionPlan, route: PlanRoute, *, thin: bool) -> list[dict[str, Any]]:
    """Return each distinct leg once; rests and washes on the way do not part it."""
    legs: dict[tuple[str, str, bool], dict[str, Any]] = {}
    stops = [stop for stop in route.stops if stop["site"]]
    for before, after in pairwise(stops):
        if before["site"] == after["site"]:
            continue
        loaded = before["onboard_kg"] > 0
        line = "thin" if thin else "route" if loaded else "empty"
        legs[before["site"], after["site"], loaded] = {
            "from": _at(plan, before["site"]),
            "to": _at(plan, after["site"]),
            "family": None,
            "line": line,
            "title": truck_name(route),
        }
    return list(legs.values())


def _depot_points(
    plan: CollectionPlan, routes: Sequence[PlanRoute], selected: PlanRoute | None
) -> list[dict[str, Any]]:
    """Return the depots, that of the chosen truck first; a name without room gives way."""
    ordered = [selected, *routes] if selected is not None else routes
    names = dict.fromkeys(name for route in ordered for name in depots_of(route))
    return [
        {
            "lat": plan.places[name]["lat"],
            "lon": plan.places[name]["lon"],
            "shape": "home",
            "label": named(plan.places[name]),
            "yields": True,
        }
        for name in names
    ]


def _stop_points(lines: Iterator[StopLine], plan: CollectionPlan) -> list[dict[str, Any]]:
    """Return one point for each place; a place visited again shows all its numbers."""
    visits: dict[str, list[StopLine]] = {}
    for line in lines:
        if line.number is not None and line.site is not None:
            visits.setdefault(line.site, []).append(line)
    points = []
    for site, found in visits.items():
        numbers = [str(line.number) for line in found]
        points.append(
            {
                "lat": plan.places[site]["lat"],
                "lon": plan.places[site]["lon"],
                "shape": "stop",
                "number": numbers[0] if len(numbers) == 1 else f"{numbers[0]}+",
                "label": named(plan.places[site]),
                "title": found[0].place,
                "note": _("stops %(numbers)s", numbers=pgettext("list", ", ").join(numbers)),
            }
        )
    return points
