"""One truck's sheet for its driver, who has no account but the paper with its code."""

from datetime import UTC, datetime, timedelta

import flask
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from market.errors import NotFoundError
from market.haulage import queries, sheet_links, sheets
from market.haulage.actions import local_day
from market.haulage.exports import StoredPlan
from market.haulage.labels import day_long
from market.haulage.views import stored_plan
from market.web.access import Blueprint, everyone
from market.web.database import session

KEPT = timedelta(days=1)
"""So long after its day a sheet may still be looked at."""

blueprint = Blueprint("sheets", __name__, url_prefix="/haulage/sheet")


def sheet(plan_id: int, number: int, code: str) -> ResponseReturnValue:
    """Show what the paper shows, while its plan is driven and its day not long over."""
    if not sheet_links.is_code(code, str(flask.current_app.secret_key), plan_id, number):
        raise NotFoundError("not_found")
    row = queries.plan(session(), plan_id)
    route = queries.route(session(), plan_id, number)
    stored = stored_plan(row)
    trouble = _trouble(stored)
    page = flask.render_template(
        "haulage/driver_sheet.html",
        title=_("Driver's sheet, truck %(n)s", n=number),
        lead=f"{day_long(row.planned_on)} · {row.ref}",
        trouble=trouble,
        sheets=[] if trouble else sheets.pages(stored, route),
    )
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    return page, 410 if trouble else 200, headers


def _trouble(stored: StoredPlan) -> str:
    """Say why the sheet is not shown any more; empty while it is."""
    if local_day(datetime.now(UTC)) > stored.plan.planned_on + KEPT:
        return str(_("The day of this sheet is over."))
    if stored.draft:
        return str(_("Another plan is driven: do not drive by this sheet, ask for the new one."))
    return ""


blueprint.add_url_rule("/<int:plan_id>-<int:number>-<code>", view_func=sheet, access=everyone)
