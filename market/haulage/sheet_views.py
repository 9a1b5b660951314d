"""One truck's sheet for its driver, who has no account but the paper with its code."""

from datetime import UTC, date, datetime, timedelta

import flask
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from market.errors import NotFoundError
from market.haulage import day_queries, queries, sheet_links, sheets
from market.haulage.actions import local_day
from market.haulage.exports import StoredPlan
from market.haulage.labels import day_long
from market.haulage.models import PlanRoute
from market.haulage.policy import may_plan
from market.haulage.views import for_drivers
from market.web.access import Blueprint, current_actor, everyone
from market.web.database import session

KEPT = timedelta(days=1)
"""So long after its day a sheet may still be looked at."""

HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}

blueprint = Blueprint("sheets", __name__, url_prefix="/haulage/sheet")


def sheet(plan_id: int, number: int, code: str) -> ResponseReturnValue:
    """Show what the paper shows, while that is driven and its day not long over."""
    if not sheet_links.is_code(code, str(flask.current_app.secret_key), plan_id, number):
        raise NotFoundError("not_found")
    row = queries.plan(session(), plan_id)
    paper = for_drivers(row), queries.route(session(), plan_id, number)
    over = local_day(datetime.now(UTC)) > row.planned_on + KEPT
    driven = None if over else _driven(*paper)
    page = flask.render_template(
        "haulage/driver_sheet.html",
        title=_("Driver's sheet, truck %(n)s", n=number),
        lead=f"{day_long(row.planned_on)} · {row.ref}",
        trouble="" if driven else _trouble(over=over),
        instead=None if driven or over else _instead(paper[1], row.planned_on),
        sheets=[] if driven is None else sheets.pages(*driven),
    )
    return page, 200 if driven else 410, HEADERS


def _driven(stored: StoredPlan, route: PlanRoute) -> tuple[StoredPlan, PlanRoute] | None:
    """Return the truck's day as it is driven; None where that is not what the paper says."""
    if not stored.draft:
        return stored, route
    found = day_queries.driven_on(session(), stored.plan.planned_on)
    if found is None:
        return None
    now = for_drivers(found.plan)
    rows = (row for row in now.routes if row.vehicle_id == route.vehicle_id)
    same = (row for row in rows if sheets.says_the_same((stored, route), (now, row)))
    return next(((now, row) for row in same), None)


def _instead(route: PlanRoute, day: date) -> str | None:
    """Return where a planner finds the truck's sheet as it is driven now; None for anybody else."""
    found = day_queries.driven_on(session(), day) if may_plan(current_actor()) else None
    if found is None:
        return None
    now = queries.routes(session(), found.plan.id)
    numbers = [row.number for row in now if row.vehicle_id == route.vehicle_id]
    if not numbers:
        return flask.url_for("haulage.plan", plan_id=found.plan.id)
    return flask.url_for("haulage.driver_sheet", plan_id=found.plan.id, number=numbers[0])


def _trouble(*, over: bool) -> str:
    """Say why the sheet is not shown any more."""
    replaced = _("This sheet is replaced: do not drive by it. Ask your dispatcher for the new one.")
    return str(_("The day of this sheet is over.") if over else replaced)


blueprint.add_url_rule("/<int:plan_id>-<int:number>-<code>", view_func=sheet, access=everyone)
