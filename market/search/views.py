"""The market: search with its state in the address, and the same set as a file."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

import flask
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from market.catalogue import queries as catalogue
from market.catalogue.models import Material
from market.catalogue.rules import MaterialKind
from market.listings.policy import may_post
from market.search import export, labels, pages
from market.search.criteria import FACETS, Criteria, Note, parse
from market.search.queries import PAGE_SIZE, Market, seats, viewpoints
from market.search.synonyms import told_of
from market.search.text import document_tokens, holds, query_phrases
from market.web.access import current_actor
from market.web.database import session
from market.web.filters import SHANGHAI
from market.web.language import language, pick
from market.web.pagination import Page

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request's address, read, with the names its values need."""

    criteria: Criteria
    notes: tuple[Note, ...]
    materials: dict[str, Material]
    market: Market


def today() -> date:
    return datetime.now(SHANGHAI).date()


def _asked() -> Asked:
    materials = {m.id: m for m in catalogue.materials(session(), kind=MaterialKind.WASTE)}
    criteria, notes = parse(flask.request.args.to_dict(flat=False), materials=materials)
    road_factor = flask.current_app.config["WUJIN"].road_factor
    found = Market(session(), criteria, today=today(), road_factor=road_factor)
    return Asked(criteria, notes, materials, found)


def _bare_address() -> str | None:
    """Return the address without what was left empty in a form sent as it is; None: it is bare."""
    given = flask.request.args.to_dict(flat=False)
    filled = {name: kept for name, values in given.items() if (kept := [v for v in values if v])}
    if filled == given:
        return None
    return f"{flask.url_for('search.market')}?{urlencode(filled, doseq=True)}".rstrip("?")


def market() -> ResponseReturnValue:
    bare = _bare_address()
    if bare is not None:
        return flask.redirect(bare)
    asked = _asked()
    result = asked.market.result()
    places = seats(session())
    names = {key: pick(material) for key, material in asked.materials.items()}
    names |= {county: _county(county, zh) for county, (zh, _point) in places.items()}
    actor = current_actor()
    sites = viewpoints(session(), actor.org_id if actor else None)
    frame = pages.Frame(asked.criteria, names, asked.materials, places, tuple(sites))
    return flask.render_template(
        "search/market.html",
        criteria=asked.criteria,
        result=result,
        notes=[labels.note_text(note) for note in asked.notes],
        facets=pages.facets(frame, result),
        chips=pages.chips(frame),
        title=pages.title(frame),
        near_options=pages.near_options(frame),
        near_name=pages.near_name(frame),
        own_sites=pages.own_points(frame),
        sorts=pages.sorts(frame),
        map_data=pages.map_data(frame, result),
        ways_out=[*_ways_out(asked, frame), *_kinds(asked)] if not result.total else [],
        page=Page(result.hits, result.page, result.declared.count, PAGE_SIZE),
        may_post=may_post(actor),
        today=today(),
    )


def _county(county: str, name_zh: str) -> str:
    return county if language() == "en" else name_zh or county


def _ways_out(asked: Asked, frame: pages.Frame) -> list[tuple[str, str, str, str]]:
    """Return, for an empty result, what could be dropped and how many that would give."""
    rows: list[tuple[str, str, str, str]] = []
    for name in ("q", *FACETS, "near", "min_t", "max_t"):
        if not getattr(asked.criteria, name):
            continue
        count = asked.market.count(but=name)
        if count:
            url = pages.url(asked.criteria.without(name))
            rows.append((pages.condition_text(frame, name), str(count), _("drop it"), url))
    radius = asked.criteria.radius_km
    if radius is not None:
        rows.append(_wider(asked, radius * 2))
    return [row for row in rows if row[1] != "0"]


def _kinds(asked: Asked) -> list[tuple[str, str, str, str]]:
    """Return the catalogue's kinds that the text names, though nobody lists them as asked."""
    phrases = query_phrases(asked.criteria.q)
    return [
        (
            pick(kind),
            "",
            _("in the catalogue"),
            flask.url_for("catalogue.material", material_id=kind.id),
        )
        for kind in asked.materials.values()
        if phrases and holds(document_tokens(told_of(kind)), phrases)
    ]


def _wider(asked: Asked, radius_km: float) -> tuple[str, str, str, str]:
    wider = replace(asked.criteria, radius_km=min(radius_km, 1000.0))
    found = Market(session(), wider, today=today(), road_factor=asked.market.road_factor).count()
    text = _("Within %(km)s km", km=f"{wider.radius_km:g}")
    url = pages.url(wider.arguments())
    return text, str(found), _("widen"), url


def download(kind: str) -> ResponseReturnValue:
    asked = _asked()
    hits = asked.market.all_hits()
    name = f"wujin-{asked.criteria.side}-{today().isoformat()}.{kind}"
    if kind == "csv":
        body, mime = export.as_csv(hits), "text/csv"
    else:
        body, mime = export.as_xlsx(hits), XLSX
    headers: dict[str, Any] = {"Content-Disposition": f'attachment; filename="{name}"'}
    return flask.Response(body, mimetype=mime, headers=headers)
