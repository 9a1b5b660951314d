"""The raw mix of a kiln's want: asked by the address, kept for runs by its own firm."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.db import transaction
from market.errors import NotFoundError
from market.listings import queries as listings
from market.listings.values import ListingSummary
from market.matchmaking import (
    actions,
    labels,
    presenting_raw_mix,
    raw_mix_data,
    raw_mix_facts,
    raw_mixes,
)
from market.matchmaking.forms_raw_mix import RawMixForm, form_of
from market.matchmaking.models import RawMixTarget
from market.matchmaking.valuation import Valuation
from market.matchmaking.views_listing import today
from market.orgs.models import Line
from market.orgs.policy import may_change
from market.quantities import KG_PER_TONNE
from market.web.access import current_actor
from market.web.database import session
from market.web.language import pick


@dataclass(frozen=True, slots=True)
class Kiln:
    """A want of a kiln line with what the catalogue and, for its own people, the firm say of it."""

    want: ListingSummary
    line: Line | None
    feeds: tuple[raw_mix_data.Feed, ...]
    caps: Mapping[str, float]
    kept: RawMixTarget | None
    own: bool

    @property
    def clinker_t(self) -> float | None:
        return None if self.line is None else round(self.line.output_kg_per_year / KG_PER_TONNE)

    @property
    def facts(self) -> raw_mix_facts.Facts:
        if self.kept is not None and self.own:
            return self.kept.facts
        return raw_mix_facts.usual_facts(self.feeds, self.caps, self.clinker_t)


def _kiln(database: Session, listing_id: int, on: date) -> Kiln:
    want = listings.detail(database, listing_id, current_actor(), on).summary
    if want.process_id != raw_mix_data.KILN_PROCESS:
        raise NotFoundError("not_found")
    line_id = listings.listing(database, listing_id).line_id
    return Kiln(
        want=want,
        line=database.get(Line, line_id) if line_id else None,
        feeds=raw_mix_data.default_feeds(database, Valuation.read(database)),
        caps=raw_mix_data.default_caps(database),
        kept=database.get(RawMixTarget, line_id) if line_id else None,
        own=may_change(current_actor(), want.org_id),
    )


def _form(kiln: Kiln, arguments: Any) -> Any:
    names = {row.id: pick(row) for row in catalogue.materials(session())}
    return form_of([feed.material_id for feed in kiln.feeds], names).of(arguments)


def raw_mix_page(listing_id: int) -> ResponseReturnValue:
    kiln = _kiln(session(), listing_id, today())
    form = _form(kiln, flask.request.args)
    if not form.asked:
        form.fill(kiln.facts)
    return _page(kiln, form)


def _page(kiln: Kiln, form: RawMixForm) -> ResponseReturnValue:
    answer = None
    if form.validate() if form.asked else form.clinker_t.data:
        answer = raw_mixes.solve_mix(
            session(),
            kiln.want,
            raw_mix_facts.asked_of(form.said(), kiln.feeds, raw_mix_data.coal_ash(session())),
            on=today(),
            road_factor=flask.current_app.config["WUJIN"].road_factor,
        )
    names = {row.id: pick(row) for row in catalogue.materials(session())}
    shown = None if answer is None else presenting_raw_mix.shown(answer, form.said(), names)
    return flask.render_template(
        "matchmaking/raw_mix.html",
        kiln=kiln,
        form=form,
        facts=raw_mix_facts,
        shown=shown,
        names=names,
        words=labels,
    ), 422 if form.errors else 200


def keep_raw_mix(listing_id: int) -> ResponseReturnValue:
    """Keep what the form holds for the line, or drop it."""
    kiln = _kiln(session(), listing_id, today())
    if kiln.line is None:
        raise NotFoundError("not_found")
    line_id, now = kiln.line.id, datetime.now(UTC)
    if "drop" in flask.request.form:
        with transaction(session()) as writing:
            actions.drop_raw_mix(writing, current_actor(), line_id, now=now)
        return _back(listing_id)
    form = _form(kiln, flask.request.form)
    if not form.validate():
        return _page(kiln, form)
    with transaction(session()) as writing:
        actions.keep_raw_mix(writing, current_actor(), line_id, form.said(), now=now)
    return _back(listing_id)


def _back(listing_id: int) -> ResponseReturnValue:
    return flask.redirect(flask.url_for("listing_page.raw_mix_page", listing_id=listing_id), 303)
