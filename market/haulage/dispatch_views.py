"""The dispatcher's desk: change a plan by hand, go back, compare."""

from datetime import UTC, datetime
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from market.accounts.policy import roles
from market.db import transaction
from market.errors import ConflictError, DomainError, NotFoundError
from market.haulage import (
    actions,
    compare_pages,
    day_queries,
    dispatch,
    dispatch_pages,
    dispatch_words,
    late_loads,
    pages,
    queries,
    situations,
    versions,
)
from market.haulage.dispatch import RefusedError, Wish
from market.haulage.dispatch_words import Names
from market.haulage.forms import SearchForm, WishForm
from market.haulage.models import CollectionPlan
from market.haulage.policy import PLANNERS
from market.haulage.rules import AGAIN_TIME_LIMIT_S, PlanStatus, Verb
from market.web.access import Blueprint, current_actor
from market.web.database import session
from market.web.messages import words_for
from routing.operate import Situation

# A late load's new place, and no ways to it: told on the desk, where the load was chosen.
WITHOUT_WAYS = frozenset({"no_ways", "not_in_table"})

blueprint = Blueprint("dispatch", __name__, url_prefix="/haulage/plans")


def desk(plan_id: int) -> ResponseReturnValue:
    """Show what can be done to the plan that counts; for any other, that plan's own page."""
    row = queries.plan(session(), plan_id)
    over = actions.is_over(row, datetime.now(UTC))
    pending = row.status == PlanStatus.PENDING
    if pending or over or queries.head_id(session(), plan_id) != plan_id:
        return flask.redirect(flask.url_for("haulage.plan", plan_id=plan_id), 303)
    return _desk(row, SearchForm(data={"time_limit_s": AGAIN_TIME_LIMIT_S}))


def _desk(
    row: CollectionPlan, form: SearchForm, trouble: tuple[str, str, str] | None = None
) -> str:
    """Render the desk; ``trouble`` is a tag, what went wrong and what would help."""
    before = dispatch.situation(session(), row, now=datetime.now(UTC))
    asked = flask.request.values
    load, late = asked.get("load", ""), asked.get("late", "")
    fleet = queries.every_vehicle(session())
    names = Names.of(row, fleet)
    if load and not any(load == known.id for known in before.plan.loads):
        raise NotFoundError("not_found")
    view: dict[str, Any] = {"bench": None, "late_bench": None, "places": [], "shared": []}
    try:
        if load:
            view |= _load_in_hand(row, before, load, names)
        elif late:
            view["late_bench"] = _late_in_hand(row, before, late)
    except RefusedError as error:
        trouble = trouble or dispatch_words.refusal_words(error.refusal, names)
    except DomainError as error:
        if error.code not in WITHOUT_WAYS:
            raise
        trouble = trouble or ("", words_for(error), "")
    return flask.render_template(
        "haulage/dispatch.html",
        plan=row,
        form=form,
        trouble=trouble,
        sentence=pages.sentence(row.summary),
        steps=_steps(row, names),
        groups=dispatch_pages.load_groups(before, names, load),
        late_groups=dispatch_pages.late_groups(late_loads.candidates(session(), row), late),
        trucks=dispatch_pages.trucks(before, names),
        load=load,
        load_name=names.load(load) if load else "",
        load_carried=bool(load) and dispatch_pages.carrier_of(before.plan, load) is not None,
        load_lock=dispatch_pages.load_lock(before, load),
        Verb=Verb,
        **view,
    )


def _load_in_hand(
    row: CollectionPlan, before: Situation, load: str, names: Names
) -> dict[str, Any]:
    vehicle = flask.request.args.get("vehicle", "")
    fixed = {"verb": Verb.MOVE.value, "load": load}
    found = dispatch.bench_of(before, load)
    shown: dict[str, Any] = {
        "bench": dispatch_pages.bench(found, names, fixed, plan_id=row.id, situation=before)
    }
    if vehicle:
        choices = dispatch.places_on(before, load, vehicle)
        shown["places"] = dispatch_pages.places(choices, names, fixed)
        shared = dispatch.shared_on(before, load, vehicle)
        shown["shared"] = dispatch_pages.places(shared, names, fixed)
        shown["places_truck"] = names.truck_in_full(vehicle)
    return shown


def _late_in_hand(row: CollectionPlan, before: Situation, key: str) -> dispatch_pages.BenchView:
    found = dispatch.late_bench(session(), row, before, key)
    names = Names.of(
        row, queries.every_vehicle(session()), found.cargoes, found.places, found.goes_to
    )
    fixed = {"verb": Verb.ADD.value, "late": key}
    return dispatch_pages.bench(found, names, fixed, plan_id=row.id, situation=before)


def _steps(row: CollectionPlan, names: Names) -> list[dict[str, Any]]:
    return dispatch_pages.steps(queries.line(session(), row.id), names)


def change(plan_id: int) -> ResponseReturnValue:
    """Do what a button of the desk asks for; the same button twice is one change."""
    form = WishForm()
    if not form.validate():
        raise NotFoundError("not_found")
    return _do(plan_id, form.wish(), SearchForm(data={"time_limit_s": AGAIN_TIME_LIMIT_S}))


def search(plan_id: int) -> ResponseReturnValue:
    """Queue a search from now on."""
    form = SearchForm()
    if not form.validate():
        return _desk(queries.plan(session(), plan_id), form), 422
    return _do(plan_id, form.wish(), form)


def _do(plan_id: int, wish: Wish, form: SearchForm) -> ResponseReturnValue:
    actor, now = current_actor(), datetime.now(UTC)
    row = queries.plan(session(), plan_id)
    try:
        new = dispatch.repeated(session(), actor, plan_id, wish)
        if new is None:
            changed = dispatch.prepare(session(), actor, plan_id, wish, now=now)
            with transaction(session()) as writing:
                if wish.verb is Verb.REPLAN:
                    limit_s = wish.time_limit_s or AGAIN_TIME_LIMIT_S
                    new = versions.request_replan(
                        writing, actor, plan_id, changed, time_limit_s=limit_s, now=now
                    )
                else:
                    new = versions.keep(writing, actor, plan_id, changed, now=now)
    except RefusedError as error:
        names = Names.of(row, queries.every_vehicle(session()))
        return _desk(row, form, dispatch_words.refusal_words(error.refusal, names)), 422
    except ConflictError as error:
        return _conflict(row, error)
    except DomainError as error:
        if error.code in {*WITHOUT_WAYS, "delay_out_of_range"}:
            return _desk(row, form, ("", words_for(error), "")), 422
        if error.field is None or error.field not in form:
            raise
        form[error.field].errors = [words_for(error)]
        return _desk(row, form), 422
    return flask.redirect(flask.url_for("haulage.plan", plan_id=new.id), 303)


def _conflict(row: CollectionPlan, error: ConflictError) -> ResponseReturnValue:
    """Say who changed the plan meanwhile, and how; any other conflict has its page."""
    if error.code != "plan_changed":
        raise error
    head = queries.plan(session(), int(str(error.params["head"])))
    names = Names.of(head, queries.every_vehicle(session()))
    steps = _steps(head, names)
    moved = queries.head(session(), queries.root_id(session(), row.id))
    user = None if moved is None else queries.person(session(), moved.set_by)
    page = flask.render_template(
        "haulage/changed_meanwhile.html", plan=row, head=head, moved=moved, user=user, steps=steps
    )
    return page, 409


def make_current(plan_id: int) -> ResponseReturnValue:
    """Go back, or forward, to another plan of the line."""
    instead_of = flask.request.form.get("instead_of", 0, type=int)
    row = queries.plan(session(), plan_id)
    try:
        with transaction(session()) as writing:
            versions.make_current(
                writing, current_actor(), plan_id, instead_of=instead_of, now=datetime.now(UTC)
            )
    except ConflictError as error:
        return _conflict(row, error)
    return flask.redirect(flask.url_for("haulage.plan", plan_id=plan_id), 303)


def compare(plan_id: int, other_id: int) -> ResponseReturnValue:
    """Show what differs from the first plan to the second, of one day."""
    rows = [queries.plan(session(), number) for number in (plan_id, other_id)]
    days = {row.planned_on for row in rows}
    if len(days) != 1 or any(row.status == PlanStatus.PENDING for row in rows):
        raise NotFoundError("not_found")
    before, after = ((row, situations.read(session(), row)) for row in rows)
    return flask.render_template(
        "haulage/compare.html",
        before=rows[0],
        after=rows[1],
        title=_("%(after)s against %(before)s", before=rows[0].ref, after=rows[1].ref),
        view=compare_pages.comparison(before, after, queries.every_vehicle(session())),
        may_drive=_may_drive(*rows),
    )


def _may_drive(driven: CollectionPlan, draft: CollectionPlan) -> bool:
    """Tell whether a person may say that the second plan is driven instead of the first."""
    if actions.is_over(draft, datetime.now(UTC)):
        return False
    is_head = queries.head_id(session(), draft.id) == draft.id
    return is_head and driven.id != draft.id and day_queries.is_driven(session(), driven)


planners = roles(*PLANNERS)
for rule, view, access, methods in (
    ("/<int:plan_id>/dispatch", desk, planners, ["GET"]),
    ("/<int:plan_id>/change", change, planners, ["POST"]),
    ("/<int:plan_id>/search", search, planners, ["POST"]),
    ("/<int:plan_id>/current", make_current, planners, ["POST"]),
    ("/<int:plan_id>/compare/<int:other_id>", compare, planners, ["GET"]),
):
    blueprint.add_url_rule(rule, view_func=view, access=access, methods=methods)
