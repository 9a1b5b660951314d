"""Saying which plan of a day is in force, or that none is."""

from datetime import UTC, date, datetime

import flask
from flask.typing import ResponseReturnValue

from market.accounts.policy import roles
from market.db import transaction
from market.errors import NotFoundError
from market.haulage import day_plans
from market.haulage.policy import PLANNERS
from market.web.access import Blueprint, current_actor
from market.web.database import session

blueprint = Blueprint("days", __name__, url_prefix="/haulage")


def drive(plan_id: int) -> ResponseReturnValue:
    """Let a draft be driven instead of the plan that the person saw beside it."""
    instead_of = flask.request.form.get("instead_of", 0, type=int)
    actor, now = current_actor(), datetime.now(UTC)
    with transaction(session()) as writing:
        day_plans.drive(writing, actor, plan_id, instead_of=instead_of, now=now)
    return flask.redirect(flask.url_for("haulage.plan", plan_id=plan_id), 303)


def take_out(plan_id: int) -> ResponseReturnValue:
    """Make the plan in force a draft again; its page offers the way back."""
    actor, now = current_actor(), datetime.now(UTC)
    with transaction(session()) as writing:
        day_plans.take_out_of_force(writing, actor, plan_id, now=now)
    return flask.redirect(flask.url_for("haulage.plan", plan_id=plan_id), 303)


def drive_week(week_id: int) -> ResponseReturnValue:
    """Let all of a week's days be driven instead of the plans that the person saw."""
    seen = dict(map(_seen, flask.request.form.getlist("instead_of")))
    actor, now = current_actor(), datetime.now(UTC)
    with transaction(session()) as writing:
        day_plans.drive_week(writing, actor, week_id, instead_of=seen, now=now)
    return flask.redirect(flask.url_for("weeks.week", week_id=week_id), 303)


def _seen(field: str) -> tuple[date, int]:
    """Read a day and the plan that is driven on it: 2026-11-24 12."""
    try:
        day, plan_id = field.split()
        return date.fromisoformat(day), int(plan_id)
    except ValueError as error:
        raise NotFoundError("not_found") from error


planners = roles(*PLANNERS)
for rule, view in (
    ("/plans/<int:plan_id>/drive", drive),
    ("/plans/<int:plan_id>/out-of-force", take_out),
    ("/weeks/<int:week_id>/drive", drive_week),
):
    blueprint.add_url_rule(rule, view_func=view, access=planners, methods=["POST"])
