"""What the market page shows around its results: facets, chips, sorts, places, the map."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import flask
from flask_babel import gettext as _

from market.catalogue.models import Material
from market.listings.links import listing_url
from market.listings.values import ListingSummary
from market.orgs.models import Site
from market.search import labels
from market.search.criteria import DEFAULT_RADIUS_KM, FACETS, Criteria, Point, Sort
from market.search.queries import Result
from market.web.filters import number
from market.web.language import pick


@dataclass(frozen=True, slots=True)
class Frame:
    """One address with the names of what it can name; ``places`` are counties with their middle."""

    criteria: Criteria
    names: dict[str, str]
    materials: dict[str, Material]
    places: dict[str, tuple[str, Point]]
    sites: tuple[Site, ...]


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    label: str
    count: int | None
    selected: bool
    family: str = ""


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    title: str
    options: tuple[Option, ...]


def url(arguments: dict[str, object]) -> str:
    return flask.url_for("search.market", **arguments)  # type: ignore[arg-type]


def facets(frame: Frame, result: Result) -> list[Facet]:
    """Return the facets that divide something; a chosen value stays even when it counts 0."""
    found = []
    for name in FACETS:
        options = _options(frame, name, result.facets[name])
        if len(options) > 1 or any(option.selected for option in options):
            found.append(Facet(name, str(labels.FACETS[name]), options))
    return found


def _options(frame: Frame, name: str, counts: Sequence[tuple[str, int]]) -> tuple[Option, ...]:
    chosen = getattr(frame.criteria, name)
    known = dict(counts)
    for value in chosen:
        known.setdefault(value, 0)
    return tuple(
        Option(
            value,
            labels.value_label(name, value, frame.names),
            count,
            value in chosen,
            _family(frame, name, value),
        )
        for value, count in known.items()
        if value
    )


def _family(frame: Frame, name: str, value: str) -> str:
    if name == "family":
        return value
    if name == "material" and value in frame.materials:
        return frame.materials[value].family
    return ""


def condition_text(frame: Frame, name: str) -> str:
    """Return one condition of the address in words."""
    criteria = frame.criteria
    if name == "q":
        return str(_("Text: %(q)s", q=criteria.q))
    if name == "near":
        return near_text(frame)
    if name == "min_t":
        return str(_("at least %(t)s t/month", t=number(criteria.min_t)))
    if name == "max_t":
        return str(_("at most %(t)s t/month", t=number(criteria.max_t)))
    values = [labels.value_label(name, v, frame.names) for v in getattr(criteria, name)]
    return f"{labels.FACETS[name]}{_(': ')}{_(', ').join(values)}"


def near_text(frame: Frame) -> str:
    radius = frame.criteria.radius_km
    name = near_name(frame)
    if radius is None:
        return str(_("seen from %(place)s", place=name))
    return str(_("within %(km)s km of %(place)s", km=f"{radius:g}", place=name))


def chips(frame: Frame) -> list[tuple[str, str]]:
    criteria = frame.criteria
    found: list[tuple[str, str]] = []
    if criteria.q:
        found.append((condition_text(frame, "q"), url(criteria.without("q"))))
    for name in FACETS:
        for value in getattr(criteria, name):
            text = f"{labels.FACETS[name]}{_(': ')}{labels.value_label(name, value, frame.names)}"
            found.append((text, url(criteria.without(name, value))))
    found += [
        (condition_text(frame, name), url(criteria.without(name)))
        for name in ("near", "min_t", "max_t")
        if getattr(criteria, name) is not None
    ]
    return found


def title(frame: Frame) -> str:
    criteria = frame.criteria
    what = frame.names.get(criteria.material[0], "") if len(criteria.material) == 1 else ""
    if criteria.side == "want":
        return str(_("%(what)s wanted", what=what) if what else _("Wants"))
    return str(_("%(what)s on offer", what=what) if what else _("Offers"))


def own_points(frame: Frame) -> list[tuple[Point, str]]:
    """Return the actor's own sites as viewpoints."""
    return [(Point(round(s.lat, 5), round(s.lon, 5)), pick(s)) for s in frame.sites]


def near_options(frame: Frame) -> list[tuple[str, str, bool]]:
    """Return (value, label, chosen): nowhere, one's own sites, counties, and any point asked."""
    own = [(str(Point(round(site.lat, 5), round(site.lon, 5))), pick(site)) for site in frame.sites]
    counties = [(str(point), frame.names[county]) for county, (_zh, point) in frame.places.items()]
    options = [("", _("anywhere")), *own, *counties]
    at = "" if frame.criteria.near is None else str(frame.criteria.near)
    if at and at not in dict(options):
        options.append((at, at))
    return [(value, label, value == at) for value, label in options]


def near_name(frame: Frame) -> str:
    return next((label for _value, label, chosen in near_options(frame) if chosen), "")


def sorts(frame: Frame) -> list[tuple[str, str, bool]]:
    """Return (value, label, chosen).

    The default's value is empty, so that choosing a viewpoint changes the order with it.
    """
    order = frame.criteria.order()
    default = replace(frame.criteria, sort=None).order()
    needs_place = {Sort.DELIVERED, Sort.DISTANCE}
    return [
        ("" if sort is default else sort.value, str(word), sort is order)
        for sort, word in labels.SORTS.items()
        if frame.criteria.near is not None or sort not in needs_place
    ]


def map_data(frame: Frame, result: Result) -> dict[str, Any]:
    points = [_point(frame, summary, None) for summary in result.elsewhere]
    points += [
        _point(frame, hit.row.summary, None if hit.row.summary.is_estimate else hit.number)
        for hit in (*result.estimates, *result.hits)
    ]
    circles: list[dict[str, Any]] = []
    near = frame.criteria.near
    if near is not None:
        name = near_name(frame)
        points.append(
            {"lat": near.lat, "lon": near.lon, "family": None, "shape": "home", "estimate": False,
             "number": None, "label": name, "title": name, "url": ""}
        )  # fmt: skip
        radius = frame.criteria.radius_km or DEFAULT_RADIUS_KM
        if frame.criteria.radius_km is not None:
            circles.append(
                {"lat": near.lat, "lon": near.lon, "radius_m": radius * 1000,
                 "label": _("straight %(km)s km", km=f"{radius:g}"), "dashed": False}
            )  # fmt: skip
    return {
        "points": points,
        "flows": [],
        "circles": circles,
        "fit": "all" if points else "city",
    }


def _point(frame: Frame, s: ListingSummary, position: int | None) -> dict[str, Any]:
    """Return one mark; ``position`` is its number in the list, None where the list has it not."""
    shape = "square" if s.is_offer else "round"
    return {
        "lat": s.lat,
        "lon": s.lon,
        "family": s.family,
        "shape": shape,
        "estimate": s.is_estimate,
        "number": position,
        "label": "",
        "title": f"{pick(s, 'org_name')} · {frame.names.get(s.material_id, '')}",
        "note": f"{number(s.mass_kg_per_month / 1000)} {_('t/month')}",
        "url": listing_url(s.id),
    }
