"""Weeks of collection plans: list, request, progress, board."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from market.accounts.policy import roles
from market.db import transaction
from market.errors import DomainError
from market.haulage import (
    actions,
    day_pages,
    queries,
    trouble_pages,
    week_actions,
    week_levels,
    week_pages,
    week_queries,
)
from market.haulage.models import Depot, PlanWeek
from market.haulage.policy import PLANNERS
from market.haulage.road_factors import by_region
from market.haulage.rules import PlanStatus, Ways
from market.haulage.week_actions import WeekRequest
from market.haulage.week_forms import WeekForm
from market.haulage.week_loader import next_monday
from market.haulage.week_rules import (
    DEFAULT_DAYS,
    DEFAULT_TIME_LIMIT_S,
    SUNDAY,
    most_driver_days,
)
from market.matchmaking.models import MatchRun
from market.web.access import Blueprint, current_actor
from market.web.database import session
from market.web.messages import words_for
from market.web.pagination import PAGE_SIZE, Page, page_url, requested_page

blueprint = Blueprint("weeks", __name__, url_prefix="/haulage/weeks")


def weeks() -> ResponseReturnValue:
    number = requested_page()
    rows, total = week_queries.weeks(session(), limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    lines = [week_pages.week_line(week, state) for week, state in rows]
    return flask.render_template(
        "haulage/weeks.html",
        lines=lines,
        page=Page(lines, number, total),
        url_of=page_url,
    )


def new_week() -> ResponseReturnValue:
    now = datetime.now(UTC)
    runs = queries.settled_runs(session())
    if not runs:
        return flask.render_template("haulage/no_run.html")
    depots = queries.depots(session())
    form = WeekForm(data=_first_values(runs, depots, now))
    form.offer(runs, depots, flask.current_app.config["WUJIN"].road_tables)
    if form.validate_on_submit():
        try:
            with transaction(session()) as writing:
                week = _request(writing, form.week(runs), now)
        except DomainError as error:
            if error.field not in form:
                raise
            form[error.field].errors = [words_for(error)]
        else:
            return flask.redirect(flask.url_for("weeks.week", week_id=week.id), 303)
    page = flask.render_template("haulage/new_week.html", form=form)
    return page, 422 if form.errors else 200


def _request(writing: Session, request: WeekRequest, now: datetime) -> PlanWeek:
    asked = by_region(writing, request.parameters, request.depot_ids, request.starts_on)
    asked_week = replace(request, parameters=asked)
    return week_actions.request_week(writing, current_actor(), asked_week, now=now)


def _first_values(
    runs: Sequence[MatchRun], depots: Sequence[Depot], now: datetime
) -> dict[str, object]:
    defaults = actions.default_parameters(session(), runs[0])
    return {
        "planned_on": next_monday(actions.local_day(now)),
        "days": DEFAULT_DAYS,
        "rest_weekdays": [SUNDAY],
        "driver_days": most_driver_days(DEFAULT_DAYS),
        "wait_days": 0,
        "run_id": runs[0].id,
        "depot_ids": [row.id for row in depots],
        "scope": defaults.scope,
        "reach_km": defaults.reach_km,
        "loads_per_flow": defaults.loads_per_flow,
        "working_days": defaults.working_days,
        "ways": defaults.ways,
        "time_limit_s": DEFAULT_TIME_LIMIT_S,
    }


def week(week_id: int) -> ResponseReturnValue:
    row = week_queries.week(session(), week_id)
    if row.status == PlanStatus.PENDING:
        job = week_queries.job_of(session(), row)
        panel = week_pages.job_panel(row, job, datetime.now(UTC))
        trouble = trouble_pages.no_ways(row)
        return _page("haulage/week_progress.html", row, job=job, panel=panel, trouble=trouble)
    first = week_queries.plans_by_day(session(), week_id)
    heads = week_queries.heads_by_day(session(), week_id)
    now = week_levels.followed(session(), row, first, heads)
    others = week_queries.of_same_dates(session(), row)
    values = day_pages.week_values(session(), row, heads, actions.local_day(datetime.now(UTC)))
    view = week_pages.view(row, heads, now, others)
    return _page("haulage/week.html", row, view=view, **values)


def _page(template: str, row: PlanWeek, **values: object) -> str:
    return flask.render_template(template, week=row, **values)


def progress(week_id: int) -> ResponseReturnValue:
    """Answer the panel's own polling; when the job has ended the page is loaded anew."""
    row = week_queries.week(session(), week_id)
    job = week_queries.job_of(session(), row)
    if row.status != PlanStatus.PENDING or job is None or job.ended:
        return flask.Response(status=200, headers={"HX-Refresh": "true"})
    panel = week_pages.job_panel(row, job, datetime.now(UTC))
    return _page("haulage/_week_panel.html", row, panel=panel)


def cancel(week_id: int) -> ResponseReturnValue:
    with transaction(session()) as writing:
        week_actions.cancel(writing, current_actor(), week_id, now=datetime.now(UTC))
    return flask.redirect(flask.url_for("weeks.week", week_id=week_id), 303)


def again(week_id: int) -> ResponseReturnValue:
    """Plan the same days once more; by great circle only where the button said so."""
    plain = flask.request.form.get("ways") == Ways.GREAT_CIRCLE
    actor, now = current_actor(), datetime.now(UTC)
    with transaction(session()) as writing:
        new = week_actions.again(writing, actor, week_id, by_great_circle=plain, now=now)
    return flask.redirect(flask.url_for("weeks.week", week_id=new.id), 303)


planners = roles(*PLANNERS)
for rule, view, access, methods in (
    ("/", weeks, planners, ["GET"]),
    ("/new", new_week, planners, ["GET", "POST"]),
    ("/<int:week_id>", week, planners, ["GET"]),
    ("/<int:week_id>/progress", progress, planners, ["GET"]),
    ("/<int:week_id>/cancel", cancel, planners, ["POST"]),
    ("/<int:week_id>/again", again, planners, ["POST"]),
):
    blueprint.add_url_rule(rule, view_func=view, access=access, methods=methods)
