"""Take down a job that somebody phones in while a day is planned or driven."""

from datetime import UTC, datetime

import flask
from flask.typing import ResponseReturnValue

from market.accounts.policy import roles
from market.catalogue.labels import FAMILIES
from market.catalogue.models import Material
from market.catalogue.rules import Family
from market.db import transaction
from market.errors import DomainError, NotFoundError
from market.haulage import gate_queries, phoned_actions, phoned_queries, queries
from market.haulage.fleet_forms import blame
from market.haulage.phoned_forms import JobForm
from market.haulage.phoned_models import PhonedJob
from market.haulage.policy import PLANNERS
from market.web.access import Blueprint, current_actor
from market.web.database import session
from market.web.language import pick
from market.web.messages import words_for

blueprint = Blueprint("phoned", __name__, url_prefix="/haulage/plans")


def new_job(plan_id: int) -> ResponseReturnValue:
    """Ask for the material first: who takes it depends on that."""
    plan = queries.plan(session(), plan_id)
    known = {row.id: row for row in phoned_queries.wanted_materials(session())}
    asked = flask.request.args.get("material", "")
    if asked and asked not in known:
        raise NotFoundError("not_found")
    form = _form(asked) if asked else None
    job = _taken_down(form, plan_id, asked) if form is not None else None
    if job is not None:
        desk = flask.url_for("dispatch.desk", plan_id=plan_id, late=job.key, _anchor="late-load")
        return flask.redirect(desk, 303)
    shown = {"plan": plan, "form": form, "material": known.get(asked)}
    page = flask.render_template("haulage/phoned_job.html", groups=_groups(known, asked), **shown)
    return page, 422 if form is not None and form.errors else 200


def _form(material_id: str) -> JobForm:
    usual = phoned_queries.usual_form(session(), material_id)
    takers = phoned_queries.takers(session(), material_id)
    return JobForm(data={"form": usual}).offer(gate_queries.sites(session()), takers)


def _taken_down(form: JobForm, plan_id: int, material_id: str) -> PhonedJob | None:
    if not form.validate_on_submit():
        return None
    try:
        facts, now = form.facts(material_id), datetime.now(UTC)
        with transaction(session()) as writing:
            return phoned_actions.take_down(writing, current_actor(), plan_id, facts, now=now)
    except DomainError as error:
        blame(form, error, words_for(error))
        return None


def _groups(
    known: dict[str, Material], chosen: str
) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    families: dict[str, list[tuple[str, str, bool]]] = {}
    for row in known.values():
        title = str(FAMILIES[Family(row.family)])
        families.setdefault(title, []).append((row.id, pick(row), row.id == chosen))
    return list(families.items())


blueprint.add_url_rule(
    "/<int:plan_id>/phoned",
    view_func=new_job,
    access=roles(*PLANNERS),
    methods=["GET", "POST"],
)
