"""See what sites state of their gates, and enter what one states."""

from datetime import UTC, datetime

import flask
from flask.typing import ResponseReturnValue

from market.accounts.policy import roles
from market.db import transaction
from market.errors import DomainError
from market.haulage import gate_actions, gate_pages, gate_queries, queries
from market.haulage.fleet_forms import blame
from market.haulage.gate_forms import GateForm, gate_form
from market.haulage.policy import PLANNERS
from market.orgs.queries import site
from market.web.access import Blueprint, current_actor
from market.web.database import session
from market.web.messages import words_for

blueprint = Blueprint("gates", __name__, url_prefix="/haulage/gates")


def gates() -> str:
    """List all gates, or those of one plan."""
    shown = gate_queries.sites(session())
    plan_id = flask.request.args.get("plan", type=int)
    plan = None if plan_id is None else queries.plan(session(), plan_id)
    if plan is not None:
        shown = [row for row in shown if f"S{row.site.id}" in plan.places]
    rows = gate_pages.rows(shown)
    return flask.render_template(
        "haulage/gates.html",
        rows=rows,
        sentence=gate_pages.sentence(rows),
        assumed=gate_pages.assumed(),
        plan=plan,
    )


def gate(site_id: int) -> ResponseReturnValue:
    """Show and change what a site states of its gate."""
    place = site(session(), site_id)
    form = gate_form(gate_queries.wants_at(session(), site_id))
    known = gate_queries.gate(session(), site_id)
    if flask.request.method == "GET" and known is not None:
        form.fill(gate_queries.facts_of(known))
    if form.validate_on_submit() and _saved(form, site_id):
        return flask.redirect(flask.url_for("gates.gates"), 303)
    page = flask.render_template(
        "haulage/gate.html", form=form, site=place, gate=known, assumed=gate_pages.assumed()
    )
    return page, 422 if form.errors else 200


def _saved(form: GateForm, site_id: int) -> bool:
    try:
        facts, now = form.facts(), datetime.now(UTC)
        with transaction(session()) as writing:
            gate_actions.save_gate(writing, current_actor(), site_id, facts, now=now)
    except DomainError as error:
        blame(form, error, words_for(error))
        return False
    return True


planners = roles(*PLANNERS)
blueprint.add_url_rule("/", view_func=gates, access=planners, methods=["GET"])
blueprint.add_url_rule("/<int:site_id>", view_func=gate, access=planners, methods=["GET", "POST"])
