"""The public pages of organisations: a directory, and one page each."""

import flask
from flask.typing import ResponseReturnValue

from market.orgs import labels, queries
from market.orgs.rules import Standing
from market.web.access import Blueprint, everyone
from market.web.database import session
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
        "orgs/show.html", sheet=queries.sheet(session(), org_id), words=labels
    )


blueprint.add_url_rule("/orgs", view_func=index, access=everyone)
blueprint.add_url_rule("/orgs/<int:org_id>", view_func=show, access=everyone)
