"""Runs: the list, asking for one, watching it, stopping it."""

from datetime import UTC, datetime

import flask
from flask.typing import ResponseReturnValue

from market.db import transaction
from market.errors import DomainError
from market.jobs import Job
from market.listings import queries as listings
from market.matchmaking import actions, labels, policy, queries, reading
from market.matchmaking.forms import YEAR, RunForm
from market.matchmaking.models import MatchRun
from market.matchmaking.presenting import Names, panel
from market.matchmaking.rules import SETTLED
from market.matchmaking.summary import RunSummary
from market.matchmaking.views_line import refund_page
from market.matchmaking.views_listing import listing, today
from market.matchmaking.views_raw_mix import keep_raw_mix, raw_mix_page
from market.matchmaking.views_result import (
    balances,
    download,
    flow,
    refusals,
    result_page,
)
from market.matchmaking.views_stops import keep_stop, stops_page
from market.orgs.policy import may_write
from market.quantities import KG_PER_TONNE, km_from_m
from market.web.access import Blueprint, current_actor, everyone
from market.web.database import session
from market.web.filters import wan
from market.web.language import pick
from market.web.messages import words_for
from market.web.pagination import PAGE_SIZE, Page, requested_page

blueprint = Blueprint("matchmaking", __name__)
# A listing's page is composed here but belongs to the market: a name of its own lets the menu
# say so.
listing_page = Blueprint("listing_page", __name__)
listing_page.add_url_rule("/listings/<int:listing_id>", view_func=listing, access=everyone)
listing_page.add_url_rule(
    "/listings/<int:listing_id>/refund", view_func=refund_page, access=everyone
)
listing_page.add_url_rule(
    "/listings/<int:listing_id>/raw-mix", view_func=raw_mix_page, access=everyone
)
listing_page.add_url_rule(
    "/listings/<int:listing_id>/raw-mix", view_func=keep_raw_mix, methods=["POST"], access=may_write
)
listing_page.add_url_rule(
    "/listings/<int:listing_id>/stops", view_func=stops_page, access=may_write
)
listing_page.add_url_rule(
    "/listings/<int:listing_id>/stops", view_func=keep_stop, methods=["POST"], access=may_write
)


def runs() -> ResponseReturnValue:
    number = requested_page()
    lines = reading.runs(session(), limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE)
    latest = queries.latest_run(session())
    newest = None if latest is None else RunSummary.of(latest.summary)
    return flask.render_template(
        "matchmaking/runs.html",
        page=Page(lines, number, reading.count_runs(session())),
        summaries={line.run.id: RunSummary.of(line.run.summary) for line in lines},
        latest=latest,
        placed=newest and wan(newest.tonnes * KG_PER_TONNE),
        offered=newest and wan(newest.available_t * KG_PER_TONNE),
        words=labels,
        may_request=policy.may_request(current_actor()),
    )


def new() -> ResponseReturnValue:
    form = RunForm()
    if flask.request.method == "GET":
        form = RunForm(data=_from_run(flask.request.args.get("from", "")))
    form.offer_materials(_materials_on_the_market())
    form.begin_next_month(today())
    status = 200
    if form.validate_on_submit():
        try:
            return _see(_request(form))
        except DomainError as error:
            name = error.field if error.field in form else "radius_km"
            form[name].errors = [words_for(error)]
    if form.errors:
        status = 422
    return flask.render_template("matchmaking/new.html", form=form, words=labels), status


def _request(form: RunForm) -> MatchRun:
    with transaction(session()) as writing:
        return actions.request_run(
            writing,
            current_actor(),
            now=datetime.now(UTC),
            road_factor=flask.current_app.config["WUJIN"].road_factor,
            **form.chosen(),
        )


def _from_run(raw: str) -> dict[str, object]:
    """Fill the form with another run's parameters, to change them."""
    if not (raw.isascii() and raw.isdigit()):
        return {}
    run = queries.run(session(), int(raw))
    return {
        "objective": run.objective,
        "radius_km": int(km_from_m(run.radius_m)),
        "material_ids": run.material_ids,
        **_horizon(run),
        **({} if run.time_limit_s is None else {"time_limit_s": run.time_limit_s}),
        **{f"weight_{name}": value for name, value in (run.weights or {}).items()},
    }


def _horizon(run: MatchRun) -> dict[str, object]:
    if run.first_month is None:
        return {"horizon": YEAR}
    return {"first_month": f"{run.first_month:%Y-%m}", "months": run.span_months}


def _materials_on_the_market() -> list[tuple[str, str]]:
    rows = listings.public_summaries(session(), today())
    names = {row.material_id: pick(row, "material_name") for row in rows}
    return sorted(names.items(), key=lambda item: item[1])


def show(run_id: int) -> ResponseReturnValue:
    run = queries.run(session(), run_id)
    if run.status in SETTLED:
        return result_page(run)
    job = queries.job_of(session(), run)
    return flask.render_template("matchmaking/progress.html", **_progress(run, job))


def progress(run_id: int) -> ResponseReturnValue:
    """Answer the panel alone; once the job has ended the whole page is asked for again."""
    run = queries.run(session(), run_id)
    job = queries.job_of(session(), run)
    body = flask.render_template("matchmaking/_panel.html", **_progress(run, job))
    ended = {"HX-Refresh": "true"} if job is None or job.ended else {}
    return body, 200, ended


def _progress(run: MatchRun, job: Job | None) -> dict[str, object]:
    return {
        "run": run,
        "job": job,
        "panel": None if job is None else panel(job, datetime.now(UTC)),
        "may_cancel": policy.may_cancel(current_actor(), run),
        "may_request": policy.may_request(current_actor()),
        "words": labels,
        "names": Names(current_actor()),
    }


def cancel(run_id: int) -> ResponseReturnValue:
    with transaction(session()) as writing:
        actions.cancel_run(writing, current_actor(), run_id, now=datetime.now(UTC))
    return flask.redirect(flask.url_for("matchmaking.show", run_id=run_id), 303)


def repeat(run_id: int) -> ResponseReturnValue:
    with transaction(session()) as writing:
        run = actions.repeat_run(writing, current_actor(), run_id, now=datetime.now(UTC))
    return _see(run)


def _see(run: MatchRun) -> ResponseReturnValue:
    return flask.redirect(flask.url_for("matchmaking.show", run_id=run.id), 303)


for rule, view, methods, access in (
    ("/runs", runs, ["GET"], everyone),
    ("/runs/new", new, ["GET", "POST"], policy.may_request),
    ("/runs/<int:run_id>", show, ["GET"], everyone),
    ("/runs/<int:run_id>/progress", progress, ["GET"], everyone),
    ("/runs/<int:run_id>/cancel", cancel, ["POST"], policy.may_request),
    ("/runs/<int:run_id>/repeat", repeat, ["POST"], policy.may_request),
    ("/runs/<int:run_id>/flows/<int:offer_id>-<int:want_id>", flow, ["GET"], everyone),
    ("/runs/<int:run_id>/listings", balances, ["GET"], everyone),
    ("/runs/<int:run_id>/refusals", refusals, ["GET"], everyone),
    ("/runs/<int:run_id>/download/<kind>", download, ["GET"], everyone),
):
    blueprint.add_url_rule(rule, view_func=view, methods=methods, access=access)
