"""The public pages of organisations: a directory, and one page each; a firm's own licences."""

from datetime import UTC, datetime

import flask
from flask.typing import ResponseReturnValue

from market.catalogue.labels import CONFIDENCE
from market.db import transaction
from market.errors import DomainError, ForbiddenError, NotFoundError
from market.orgs import actions, labels, policy, queries
from market.orgs.estimates import SHARE_OF, Ground, Term
from market.orgs.forms import LicenceForm
from market.orgs.models import Licence
from market.orgs.rules import Standing
from market.web.access import Blueprint, current_actor, everyone
from market.web.database import session
from market.web.filters import SHANGHAI
from market.web.messages import words_for
from market.web.pagination import PAGE_SIZE, Page, requested_page

blueprint = Blueprint("orgs", __name__)


def index() -> ResponseReturnValue:
    wanted = flask.request.args.get("standing")
    standing = Standing(wanted) if wanted in set(Standing) else None
    counts = queries.count_by_standing(session())
    total = sum(counts.values()) if standing is None else counts.get(standing, 0)
    number = min(requested_page(), max(1, -(-total // PAGE_SIZE)))
    rows = queries.directory(session(), standing, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
    return flask.render_template(
        "orgs/index.html",
        page=Page(rows, number, total),
        counts=counts,
        standing=standing,
        words=labels,
    )


def show(org_id: int) -> ResponseReturnValue:
    return flask.render_template(
        "orgs/show.html",
        sheet=queries.sheet(session(), org_id),
        words=labels,
        row_url=_row_url,
        confidences=CONFIDENCE,
        today=datetime.now(UTC).astimezone(SHANGHAI).date(),
        may_change=policy.may_change(current_actor(), org_id),
    )


def _row_url(term: Term) -> str:
    """Lead to the catalogue's row a term is read from."""
    if term.ground is Ground.RULE:
        process_id, _material_id = SHARE_OF
        return flask.url_for(
            "catalogue.process", process_id=process_id, _anchor=f"use-{term.row_id}"
        )
    return flask.url_for("catalogue.rules", _anchor=f"factor-{term.row_id}")


def new_licence(org_id: int) -> ResponseReturnValue:
    _require_own(org_id)
    form = LicenceForm()
    site_id = flask.request.args.get("site", type=int)
    if flask.request.method == "GET" and site_id is not None:
        form.site_id.data = site_id
    return _licence_page(org_id, form, None)


def edit_licence(org_id: int, licence_id: int) -> ResponseReturnValue:
    _require_own(org_id)
    licence = _licence(org_id, licence_id)
    form = LicenceForm()
    if flask.request.method == "GET":
        form.fill(licence)
    return _licence_page(org_id, form, licence)


def _require_own(org_id: int) -> None:
    queries.organisation(session(), org_id)
    policy.require_change(current_actor(), org_id)


def _licence(org_id: int, licence_id: int) -> Licence:
    licence = queries.licence(session(), licence_id)
    if queries.site(session(), licence.site_id).org_id != org_id:
        raise NotFoundError("not_found")
    return licence


def _licence_page(org_id: int, form: LicenceForm, licence: Licence | None) -> ResponseReturnValue:
    sites = queries.sites_of(session(), org_id)
    form.offer(sites)
    if form.validate_on_submit():
        try:
            _save(form, licence)
        except (ForbiddenError, NotFoundError):
            raise
        except DomainError as error:
            form.blame(error, words_for(error))
        else:
            return flask.redirect(flask.url_for("orgs.show", org_id=org_id), 303)
    return flask.render_template(
        "orgs/licence.html",
        org=queries.organisation(session(), org_id),
        form=form,
        licence=licence,
        sites=sites,
    ), 422 if form.errors else 200


def _save(form: LicenceForm, licence: Licence | None) -> None:
    facts, now = form.facts(), datetime.now(UTC)
    with transaction(session()) as writing:
        if licence is None:
            actions.add_licence(writing, current_actor(), facts, now=now)
        else:
            actions.change_licence(writing, current_actor(), licence.id, facts, now=now)


def remove_licence(org_id: int, licence_id: int) -> ResponseReturnValue:
    _require_own(org_id)
    _licence(org_id, licence_id)
    with transaction(session()) as writing:
        actions.remove_licence(writing, current_actor(), licence_id, now=datetime.now(UTC))
    return flask.redirect(flask.url_for("orgs.show", org_id=org_id), 303)


blueprint.add_url_rule("/orgs", view_func=index, access=everyone)
blueprint.add_url_rule("/orgs/<int:org_id>", view_func=show, access=everyone)

for rule, view, methods in (
    ("/orgs/<int:org_id>/licences/new", new_licence, ["GET", "POST"]),
    ("/orgs/<int:org_id>/licences/<int:licence_id>", edit_licence, ["GET", "POST"]),
    ("/orgs/<int:org_id>/licences/<int:licence_id>/remove", remove_licence, ["POST"]),
):
    blueprint.add_url_rule(rule, view_func=view, methods=methods, access=policy.may_write)
