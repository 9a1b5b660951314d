"""Jobs that somebody phones in while a day is planned or driven: take down, change, withdraw."""

from collections.abc import Callable
from datetime import UTC, datetime

import flask
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from market.accounts.policy import roles
from market.catalogue.labels import FAMILIES
from market.catalogue.models import Material
from market.catalogue.queries import material as material_of
from market.catalogue.rules import Family
from market.db import transaction
from market.errors import DomainError, NotFoundError
from market.haulage import (
    dispatch_words,
    gate_queries,
    phoned_actions,
    phoned_pages,
    phoned_queries,
    queries,
)
from market.haulage.dispatch import RefusedError
from market.haulage.dispatch_words import Names
from market.haulage.fleet_forms import blame
from market.haulage.models import CollectionPlan
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
    job = None if form is None else _taken_down(form, plan_id, asked)
    if job is not None:
        return _to_desk(plan_id, job)
    shown = {"plan": plan, "form": form, "material": known.get(asked)}
    page = flask.render_template("haulage/phoned_job.html", groups=_groups(known, asked), **shown)
    return page, 422 if form is not None and form.errors else 200


def _taken_down(form: JobForm, plan_id: int, material_id: str) -> PhonedJob | None:
    def save(writing: Session) -> PhonedJob:
        facts, now = form.facts(material_id), datetime.now(UTC)
        return phoned_actions.take_down(writing, current_actor(), plan_id, facts, now=now)

    return _kept(form, save)


def change(plan_id: int, job_id: int) -> ResponseReturnValue:
    """Say a job otherwise: what is said now is offered instead of it."""
    plan, job = _job_of(plan_id, job_id)
    form = _form(job.material_id)
    if flask.request.method == "GET":
        form.fill(job)
    try:
        made = _changed(form, plan, job)
    except RefusedError as error:
        return _refused(plan, error)
    if made is not None:
        return _to_desk(queries.head_id(session(), plan.id), made)
    material = material_of(session(), job.material_id)
    shown = {"plan": plan, "form": form, "material": material, "job": job}
    page = flask.render_template("haulage/phoned_job.html", **shown)
    return page, 422 if form.errors else 200


def _changed(form: JobForm, plan: CollectionPlan, job: PhonedJob) -> PhonedJob | None:
    actor, now = current_actor(), datetime.now(UTC)
    if not form.validate_on_submit():
        return None
    without = phoned_actions.removals(session(), actor, plan.id, job, now=now)
    head_id = queries.head_id(session(), plan.id)

    def save(writing: Session) -> PhonedJob:
        facts = form.facts(job.material_id)
        return phoned_actions.change(writing, actor, head_id, job.id, facts, without, now=now)

    return _kept(form, save)


def jobs(plan_id: int) -> ResponseReturnValue:
    """List what was phoned in for the plan's day."""
    return _list(queries.plan(session(), plan_id))


def _list(plan: CollectionPlan, trouble: tuple[str, str, str] | None = None) -> str:
    rows = phoned_pages.rows(session(), plan)
    return flask.render_template("haulage/phoned_jobs.html", plan=plan, rows=rows, trouble=trouble)


def withdraw(plan_id: int, job_id: int) -> ResponseReturnValue:
    plan, job = _job_of(plan_id, job_id)
    actor, now = current_actor(), datetime.now(UTC)
    try:
        without = phoned_actions.removals(session(), actor, plan.id, job, now=now)
    except RefusedError as error:
        return _refused(plan, error)
    with transaction(session()) as writing:
        phoned_actions.withdraw(writing, actor, job_id, without, now=now)
    return _to_list(plan_id)


def take_up_again(plan_id: int, job_id: int) -> ResponseReturnValue:
    _job_of(plan_id, job_id)
    with transaction(session()) as writing:
        phoned_actions.take_up_again(writing, current_actor(), job_id, now=datetime.now(UTC))
    return _to_list(plan_id)


def _job_of(plan_id: int, job_id: int) -> tuple[CollectionPlan, PhonedJob]:
    plan, job = queries.plan(session(), plan_id), phoned_queries.job(session(), job_id)
    if job.planned_on != plan.planned_on:
        raise NotFoundError("not_found")
    return plan, job


def _refused(plan: CollectionPlan, error: RefusedError) -> ResponseReturnValue:
    head = queries.plan(session(), queries.head_id(session(), plan.id))
    names = Names.of(head, queries.every_vehicle(session()))
    return _list(plan, dispatch_words.refusal_words(error.refusal, names)), 422


def _to_list(plan_id: int) -> ResponseReturnValue:
    head_id = queries.head_id(session(), plan_id)
    return flask.redirect(flask.url_for("phoned.jobs", plan_id=head_id), 303)


def _to_desk(plan_id: int, job: PhonedJob) -> ResponseReturnValue:
    desk = flask.url_for("dispatch.desk", plan_id=plan_id, late=job.key, _anchor="late-load")
    return flask.redirect(desk, 303)


def _form(material_id: str) -> JobForm:
    usual = phoned_queries.usual_form(session(), material_id)
    takers = phoned_queries.takers(session(), material_id)
    return JobForm(data={"form": usual}).offer(gate_queries.sites(session()), takers)


def _kept(form: JobForm, save: Callable[[Session], PhonedJob]) -> PhonedJob | None:
    if not form.validate_on_submit():
        return None
    try:
        with transaction(session()) as writing:
            return save(writing)
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


for rule, view, methods in (
    ("/<int:plan_id>/phoned", new_job, ["GET", "POST"]),
    ("/<int:plan_id>/phoned/jobs", jobs, ["GET"]),
    ("/<int:plan_id>/phoned/<int:job_id>", change, ["GET", "POST"]),
    ("/<int:plan_id>/phoned/<int:job_id>/withdraw", withdraw, ["POST"]),
    ("/<int:plan_id>/phoned/<int:job_id>/again", take_up_again, ["POST"]),
):
    blueprint.add_url_rule(rule, view_func=view, access=roles(*PLANNERS), methods=methods)
