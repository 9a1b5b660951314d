"""Collection plans: list, request, progress, result, driver sheets, downloads, fleet."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from market.accounts.policy import roles
from market.catalogue.queries import materials as all_materials
from market.db import transaction
from market.errors import DomainError, NotFoundError
from market.haulage import (
    actions,
    calendar_file,
    codec,
    cost_words,
    day_pages,
    day_queries,
    dispatch_pages,
    exports,
    fleet_pages,
    map_file,
    pages,
    phoned_queries,
    queries,
    requests,
    sheets,
    stop_pages,
    trouble_pages,
    versions,
    ways_file,
    week_levels,
    week_pages,
    week_queries,
)
from market.haulage.actions import PlanRequest
from market.haulage.dispatch_words import Names
from market.haulage.forms import PlanForm
from market.haulage.models import CollectionPlan, Depot, PlanChange, PlanRoute
from market.haulage.policy import PLANNERS
from market.haulage.road_factors import by_region
from market.haulage.rules import (
    AGAIN_TIME_LIMIT_S,
    DEFAULT_TIME_LIMIT_S,
    MAX_TABLE_BYTES,
    PlanParameters,
    PlanStatus,
    Ways,
)
from market.haulage.settled import Settled
from market.matchmaking.models import MatchRun
from market.web.access import Blueprint, current_actor
from market.web.database import session
from market.web.messages import words_for
from market.web.pagination import page_url

blueprint = Blueprint("haulage", __name__, url_prefix="/haulage")


def plans() -> ResponseReturnValue:
    """List the planned days, today first, or the one in the address."""
    today, asked = actions.local_day(datetime.now(UTC)), flask.request.args.get("day", "")
    shown = day_pages.plan_list(session(), today, asked)
    return flask.render_template("haulage/plans.html", url_of=page_url, **shown)


def new_plan() -> ResponseReturnValue:
    now = datetime.now(UTC)
    runs = queries.settled_runs(session())
    if not runs:
        return flask.render_template("haulage/no_run.html")
    depots = queries.depots(session())
    form = PlanForm(data=_first_values(runs, depots, now))
    form.offer(runs, depots, flask.current_app.config["WUJIN"].road_tables)
    if form.validate_on_submit():
        try:
            with transaction(session()) as writing:
                plan = _request(writing, form, form.request(runs), now)
        except DomainError as error:
            if error.field not in form:
                raise
            form[error.field].errors = [trouble_pages.words_of(error)]
        else:
            return flask.redirect(flask.url_for("haulage.plan", plan_id=plan.id), 303)
    page = flask.render_template("haulage/new_plan.html", form=form)
    return page, 422 if form.errors else 200


def _request(
    writing: Session, form: PlanForm, request: PlanRequest, now: datetime
) -> CollectionPlan:
    asked = by_region(writing, request.parameters, request.depot_ids, request.planned_on)
    request = replace(request, parameters=asked)
    if request.parameters.ways != Ways.TABLE:
        return actions.request_plan(writing, current_actor(), request, now=now)
    file = form.table.data
    if not file:
        raise DomainError("table_missing", field="table")
    data = file.read(MAX_TABLE_BYTES + 1)
    return requests.with_table(
        writing, current_actor(), request, data, file.filename or "", now=now
    )


def _first_values(
    runs: Sequence[MatchRun], depots: Sequence[Depot], now: datetime
) -> dict[str, object]:
    """Return what the form holds at first: the defaults, or the plan that ?like= names."""
    defaults = actions.default_parameters(session(), runs[0])
    like = flask.request.args.get("like", type=int)
    old = None if like is None else queries.plan(session(), like)
    if old is not None:
        defaults = PlanParameters(**old.parameters)
    day = actions.next_working_day(now) if old is None else old.planned_on
    return {
        "planned_on": max(day, actions.local_day(now)),
        "run_id": runs[0].id,
        "depot_ids": [row.id for row in depots] if old is None else old.depot_ids,
        "scope": defaults.scope,
        "reach_km": defaults.reach_km,
        "loads_per_flow": defaults.loads_per_flow,
        "working_days": defaults.working_days,
        "ways": defaults.ways,
        "max_iterations": defaults.max_iterations,
        "keeps_promises": True,
        "time_limit_s": DEFAULT_TIME_LIMIT_S if old is None else AGAIN_TIME_LIMIT_S,
    }


def again(plan_id: int) -> ResponseReturnValue:
    """Plan the same day once more; by great circle only where the button said so."""
    plain = flask.request.form.get("ways") == Ways.GREAT_CIRCLE
    actor, now = current_actor(), datetime.now(UTC)
    with transaction(session()) as writing:
        new = requests.again(writing, actor, plan_id, by_great_circle=plain, now=now)
    return flask.redirect(flask.url_for("haulage.plan", plan_id=new.id), 303)


def by_count(plan_id: int) -> ResponseReturnValue:
    with transaction(session()) as writing:
        new = requests.by_count(writing, current_actor(), plan_id, now=datetime.now(UTC))
    return flask.redirect(flask.url_for("haulage.plan", plan_id=new.id), 303)


def plan(plan_id: int) -> ResponseReturnValue:
    row = queries.plan(session(), plan_id)
    if row.status == PlanStatus.PENDING:
        return _progress_page(row)
    stored = stored_plan(row)
    asked = flask.request.args.get("vehicle", "")
    chosen = pages.chosen_route(row, stored.routes, asked)
    if asked and (chosen is None or str(chosen.number) != asked):
        raise NotFoundError("not_found")
    return flask.render_template(
        "haulage/plan.html",
        plan=row,
        view=pages.result(stored, chosen, Settled.of(stored.held)),
        costs=cost_words.cost_table(stored.routes),
        standing=_standing(row, stored.change),
        over=actions.is_over(row, datetime.now(UTC)),
        kept=day_pages.kept_words(session(), row),
        others=queries.same_day(session(), row),
        **_among_others(row),
    )


def _among_others(row: CollectionPlan) -> dict[str, Any]:
    """Return the plan's place in its day, its week, and where that no longer fits together."""
    day = day_pages.standing(session(), row)
    week = week_queries.week_of(session(), row.id)
    if week is None:
        return {"day": day, "week": None, "week_left": 0, "warnings": []}
    first = week_queries.plans_by_day(session(), week.id)
    heads = week_queries.heads_by_day(session(), week.id)
    now = week_levels.followed(session(), week, first, heads)
    warnings = [] if now is None else list(week_pages.warnings(week, now))
    left = week_pages.left_by_week(week)
    return {"day": day, "week": week, "week_left": left, "warnings": warnings}


def _standing(row: CollectionPlan, change: PlanChange | None) -> dispatch_pages.Standing:
    root_id = row.id if change is None else change.root_id
    head = queries.head(session(), root_id)
    current_id = root_id if head is None else head.plan_id
    if change is None and current_id == row.id:
        return dispatch_pages.Standing(current_id, [])
    names = Names.of(row, queries.every_vehicle(session()))
    line = queries.line(session(), row.id)
    back = row
    if change is not None and current_id == row.id:
        back = queries.plan(session(), change.parent_id)
    error = versions.barred(session(), back, current_id, datetime.now(UTC))
    barred = "" if error is None else words_for(error)
    return dispatch_pages.Standing(current_id, dispatch_pages.steps(line, names), barred)


def stored_plan(row: CollectionPlan) -> exports.StoredPlan:
    """Return the plan with its rows; one still under way has nothing to hand out."""
    if row.status == PlanStatus.PENDING:
        raise NotFoundError("not_found")
    left = queries.unserved(session(), row.id)
    loads = queries.loads(session(), row.id)
    masses = {load.load_key: load.mass_kg for load in loads}
    masses |= {load.load_key: load.mass_kg for load in left}
    # A truck called back with nothing on board has no day to hand out.
    routes = [route for route in queries.routes(session(), row.id) if route.load_count]
    change = queries.change(session(), row.id)
    driven = day_queries.driven_on(session(), row.planned_on)
    if driven is not None and driven.plan.id != row.id:
        driven = None
    return exports.StoredPlan(row, routes, left, masses, loads, change, driven)


def for_drivers(row: CollectionPlan) -> exports.StoredPlan:
    """Return the stored plan with whom its drivers may ring."""
    jobs = phoned_queries.jobs(session(), phoned_queries.in_plan(row))
    phones = {f"D{depot.id}": depot.phone for depot in queries.depots(session())}
    return replace(stored_plan(row), jobs=jobs, phones=phones)


def _progress_page(row: CollectionPlan) -> str:
    job = queries.job_of(session(), row)
    return flask.render_template(
        "haulage/progress.html",
        plan=row,
        job=job,
        trouble=trouble_pages.no_ways(row),
        panel=pages.job_panel(row, job, datetime.now(UTC)),
    )


def progress(plan_id: int) -> ResponseReturnValue:
    """Answer the panel's own polling; when the job has ended the page is loaded anew."""
    row = queries.plan(session(), plan_id)
    job = queries.job_of(session(), row)
    if row.status != PlanStatus.PENDING or job is None or job.ended:
        return flask.Response(status=200, headers={"HX-Refresh": "true"})
    return flask.render_template(
        "haulage/_panel.html",
        plan=row,
        panel=pages.job_panel(row, job, datetime.now(UTC)),
    )


def cancel(plan_id: int) -> ResponseReturnValue:
    with transaction(session()) as writing:
        actions.cancel(writing, current_actor(), plan_id, now=datetime.now(UTC))
    return flask.redirect(flask.url_for("haulage.plan", plan_id=plan_id), 303)


def stops(plan_id: int) -> ResponseReturnValue:
    stored = stored_plan(queries.plan(session(), plan_id))
    settled = Settled.of(stored.held)
    locking = _may_change(stored.plan)
    return flask.render_template(
        "haulage/stops.html",
        plan=stored.plan,
        trucks=stop_pages.stop_table(stored, settled, locking=locking),
    )


def _may_change(row: CollectionPlan) -> bool:
    if actions.is_over(row, datetime.now(UTC)):
        return False
    return queries.head_id(session(), row.id) == row.id


def driver_sheet(plan_id: int, number: int) -> ResponseReturnValue:
    stored = for_drivers(queries.plan(session(), plan_id))
    chosen = next((route for route in stored.routes if route.number == number), None)
    if chosen is None:
        raise NotFoundError("not_found")
    return flask.render_template(
        "haulage/sheets.html",
        plan=stored.plan,
        title=_("Driver's sheet, truck %(n)s", n=number),
        sheets=sheets.pages(stored, chosen),
    )


def driver_sheets(plan_id: int) -> ResponseReturnValue:
    """Show all drivers' sheets, or those that differ from another plan of the day."""
    stored = for_drivers(queries.plan(session(), plan_id))
    since, routes, kept = _to_print(stored, flask.request.args.get("since", type=int))
    return flask.render_template(
        "haulage/sheets.html",
        plan=stored.plan,
        title=_("Changed driver's sheets") if since else _("All driver's sheets"),
        since=since,
        kept=kept,
        sheets=[page for route in routes for page in sheets.pages(stored, route)],
    )


def _to_print(
    stored: exports.StoredPlan, since: int | None
) -> tuple[CollectionPlan | None, Sequence[PlanRoute], list[int]]:
    if since is None:
        return None, stored.routes, []
    before = queries.plan(session(), since)
    if before.planned_on != stored.plan.planned_on:
        raise NotFoundError("not_found")
    return before, *sheets.changed(for_drivers(before), stored)


DOWNLOADS: dict[str, tuple[str, Callable[[exports.StoredPlan], bytes]]] = {
    "xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        exports.workbook,
    ),
    "csv": ("text/csv; charset=utf-8", exports.table),
    "geojson": ("application/geo+json", map_file.map_layer),
    "json": ("application/json", exports.load_records),
    "ics": (
        "text/calendar; charset=utf-8",
        lambda stored: calendar_file.calendar(
            stored,
            flask.url_for("haulage.plan", plan_id=stored.plan.id, _external=True),
            [] if stored.draft else day_queries.stays_in(session(), stored.plan),
        ),
    ),
}


def download(plan_id: int, kind: str) -> ResponseReturnValue:
    stored = stored_plan(queries.plan(session(), plan_id))
    content_type, make = DOWNLOADS[kind]
    draft = "-draft" if stored.draft else ""
    name = f"{stored.plan.ref}-{stored.plan.planned_on}{draft}.{kind}"
    return Response(
        make(stored),
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def ways(plan_id: int) -> ResponseReturnValue:
    """Hand out the frozen ways as a table that a new plan can take."""
    stored = stored_plan(queries.plan(session(), plan_id))
    frozen = queries.frozen_input(session(), plan_id)
    assert frozen is not None
    name = f"{stored.plan.ref}-ways.csv"
    return Response(
        ways_file.ways_table(stored.plan, codec.thaw(frozen).travel),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def fleet() -> ResponseReturnValue:
    return flask.render_template(
        "haulage/fleet.html",
        view=fleet_pages.fleet(
            queries.depots(session()),
            queries.fleet(session()),
            queries.vehicle_types(session()),
            queries.cargo_rules(session()),
            queries.pick_ups(session()),
            all_materials(session()),
        ),
        resting=queries.out_of_service(session()),
    )


planners = roles(*PLANNERS)
for rule, view, access, methods in (
    ("/", plans, planners, ["GET"]),
    ("/fleet", fleet, planners, ["GET"]),
    ("/plans/new", new_plan, planners, ["GET", "POST"]),
    ("/plans/<int:plan_id>", plan, planners, ["GET"]),
    ("/plans/<int:plan_id>/progress", progress, planners, ["GET"]),
    ("/plans/<int:plan_id>/again", again, planners, ["POST"]),
    ("/plans/<int:plan_id>/by-count", by_count, planners, ["POST"]),
    ("/plans/<int:plan_id>/cancel", cancel, planners, ["POST"]),
    ("/plans/<int:plan_id>/stops", stops, planners, ["GET"]),
    ("/plans/<int:plan_id>/sheets", driver_sheets, planners, ["GET"]),
    ("/plans/<int:plan_id>/sheets/<int:number>", driver_sheet, planners, ["GET"]),
    ("/plans/<int:plan_id>/ways.csv", ways, planners, ["GET"]),
    (
        "/plans/<int:plan_id>/plan.<any(xlsx,csv,geojson,json,ics):kind>",
        download,
        planners,
        ["GET"],
    ),
):
    blueprint.add_url_rule(rule, view_func=view, access=access, methods=methods)
