"""The dispatcher's desk: change a plan by hand, go back, compare."""

from collections.abc import Sequence
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
    dispatch_bench,
    dispatch_effects,
    dispatch_held,
    dispatch_pages,
    dispatch_words,
    late_loads,
    pages,
    queries,
    situations,
    versions,
)
from market.haulage.dispatch import RefusedError, Wish
from market.haulage.dispatch_effects import Step
from market.haulage.dispatch_words import Names
from market.haulage.forms import SearchForm, WishForm
from market.haulage.models import CollectionPlan, Vehicle
from market.haulage.policy import PLANNERS
from market.haulage.rules import AGAIN_TIME_LIMIT_S, PlanStatus, Verb
from market.web.access import Blueprint, current_actor
from market.web.database import session
from market.web.messages import words_for
from routing.hand import taken_up
from routing.operate import Situation

# A late load's new place, and no ways to it: told on the desk, where the load was chosen.
WITHOUT_WAYS = frozenset({"no_ways", "not_in_table"})
NOT_ASKED_AGAIN = frozenset({"csrf_token", "at", "put", "correct"})

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
    names, line = Names.of(row, fleet), queries.line(session(), row.id)
    if load and not any(load == known.id for known in before.plan.loads):
        raise NotFoundError("not_found")
    view: dict[str, Any] = {"late_bench": None, "load": None}
    try:
        if load:
            view["load"] = _load_in_hand(row, before, load, names, line)
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
        asked=_asked(names) if trouble else None,
        sentence=pages.sentence(row.summary),
        steps=dispatch_pages.steps(line, names),
        groups=dispatch_pages.load_groups(before, names, load),
        late_groups=dispatch_pages.late_groups(late_loads.candidates(session(), row), late),
        Verb=Verb,
        **_changed_and_trucks(row, before, names, fleet, line),
        **view,
    )


def _asked(names: Names) -> dict[str, str] | None:
    """Return what a button of the desk asked for, in words and as it was typed."""
    said = flask.request.form
    if said.get("verb") not in set(Verb):
        return None
    late = said.get("late_min", "").strip()
    words = dispatch_words.wish_words(Verb(said["verb"]), said, names, late)
    return {
        "words": words,
        "vehicle": said.get("vehicle", "") if said["verb"] == Verb.DELAY else "",
        "late_min": late,
        "correct": said.get("correct", ""),
    }


def _changed_and_trucks(
    row: CollectionPlan,
    before: Situation,
    names: Names,
    fleet: Sequence[Vehicle],
    line: list[Step],
) -> dict[str, Any]:
    late_s = dispatch_effects.late_by(line)
    told_s: dict[str, int] = {}
    last = None
    if line:
        _plan, change, _user = line[0]
        parent = queries.plan(session(), change.parent_id)
        error = versions.barred(session(), parent, row.id, datetime.now(UTC))
        was = parent, situations.read(session(), parent)
        told = dispatch_effects.effects(was, (row, before), fleet)
        barred = "" if error is None else words_for(error)
        last = dispatch_effects.last_change(line[0], told, late_s, names, barred)
        told_s = dispatch_effects.late_by(line[:1]) if error is None else {}
    depots = queries.depots(session())
    trucks = dispatch_held.trucks(taken_up(before), names, depots, late_s, told_s)
    return {"last": last, "trucks": trucks}


def _load_in_hand(
    row: CollectionPlan, before: Situation, load: str, names: Names, line: list[Step]
) -> dict[str, Any]:
    """Return a load's name, what holds it or where it could go, and the times it may be locked."""
    held = dispatch_held.held_load(taken_up(before), load, names, line)
    mass_kg = next(known.mass_kg for known in before.plan.loads if known.id == load)
    shown: dict[str, Any] = {
        "key": load,
        "name": names.load(load),
        "mass_kg": mass_kg,
        "held": held,
        "carried": dispatch_pages.carrier_of(before.plan, load) is not None,
    }
    if held is not None:
        return shown | {"times": dispatch_pages.time_forms(before, load, held.ends)}
    shown["times"] = dispatch_pages.time_forms(before, load)
    try:
        return shown | _where_to(row, before, load, names)
    except RefusedError as error:
        _tag, why, remedy = dispatch_words.refusal_words(error.refusal, names)
        return shown | {"held": dispatch_held.HeldLoad(f"{why} {remedy}".strip())}


def _where_to(row: CollectionPlan, before: Situation, load: str, names: Names) -> dict[str, Any]:
    vehicle = flask.request.args.get("vehicle", "")
    fixed = {"verb": Verb.MOVE.value, "load": load}
    found = dispatch_bench.bench_of(before, load)
    shown: dict[str, Any] = {
        "bench": dispatch_pages.bench(found, names, fixed, plan_id=row.id, situation=before)
    }
    if vehicle:
        choices = dispatch_bench.places_on(before, load, vehicle)
        shown["places"] = dispatch_pages.places(choices, names, fixed)
        shared = dispatch_bench.shared_on(before, load, vehicle)
        shown["shared"] = dispatch_pages.places(shared, names, fixed)
        shown["places_truck"] = names.truck_in_full(vehicle)
    return shown


def _late_in_hand(row: CollectionPlan, before: Situation, key: str) -> dispatch_pages.BenchView:
    found = dispatch_bench.late_bench(session(), row, before, key)
    names = Names.of(
        row, queries.every_vehicle(session()), found.cargoes, found.places, found.goes_to
    )
    fixed = {"verb": Verb.ADD.value, "late": key}
    return dispatch_pages.bench(found, names, fixed, plan_id=row.id, situation=before)


def change(plan_id: int) -> ResponseReturnValue:
    """Do what a button of the desk asks for; the same button twice is one change."""
    form = WishForm()
    if not form.validate():
        raise NotFoundError("not_found")
    search_form = SearchForm(data={"time_limit_s": AGAIN_TIME_LIMIT_S})
    return _do(plan_id, form.wish(), search_form, correct=form.correct.data)


def search(plan_id: int) -> ResponseReturnValue:
    """Queue a search from now on."""
    form = SearchForm()
    if not form.validate():
        return _desk(queries.plan(session(), plan_id), form), 422
    return _do(plan_id, form.wish(), form)


def _do(
    plan_id: int, wish: Wish, form: SearchForm, *, correct: bool = False
) -> ResponseReturnValue:
    row = queries.plan(session(), plan_id)
    try:
        new = _corrected(plan_id, wish) if correct else _changed(plan_id, wish)
    except RefusedError as error:
        names = Names.of(row, queries.every_vehicle(session()))
        return _desk(row, form, dispatch_words.refusal_words(error.refusal, names)), 422
    except ConflictError as error:
        return _conflict(row, error, wish)
    except DomainError as error:
        if error.code in {*WITHOUT_WAYS, "delay_out_of_range"}:
            return _desk(row, form, ("", words_for(error), "")), 422
        if error.field is None or error.field not in form:
            raise
        form[error.field].errors = [words_for(error)]
        return _desk(row, form), 422
    page = "haulage.plan" if wish.verb is Verb.REPLAN else "dispatch.desk"
    return flask.redirect(flask.url_for(page, plan_id=new.id), 303)


def _changed(plan_id: int, wish: Wish) -> CollectionPlan:
    actor, now = current_actor(), datetime.now(UTC)
    new = dispatch.repeated(session(), actor, plan_id, wish)
    if new is not None:
        return new
    changed = dispatch.prepare(session(), actor, plan_id, wish, now=now)
    with transaction(session()) as writing:
        if wish.verb is not Verb.REPLAN:
            return versions.keep(writing, actor, plan_id, changed, now=now)
        limit_s = wish.time_limit_s or AGAIN_TIME_LIMIT_S
        return versions.request_replan(
            writing, actor, plan_id, changed, time_limit_s=limit_s, now=now
        )


def _corrected(plan_id: int, wish: Wish) -> CollectionPlan:
    """Say otherwise what was told last: from the plan before it, which counts again for this."""
    actor, now = current_actor(), datetime.now(UTC)
    before_id = dispatch.delay_of(session(), plan_id, wish).parent_id
    new = dispatch.repeated(session(), actor, before_id, wish)
    if new is not None:
        return new
    changed = dispatch.corrected(session(), actor, plan_id, wish, now=now)
    with transaction(session()) as writing:
        versions.make_current(writing, actor, before_id, instead_of=plan_id, now=now)
        return versions.keep(writing, actor, before_id, changed, now=now)


def _conflict(
    row: CollectionPlan, error: ConflictError, wish: Wish | None = None
) -> ResponseReturnValue:
    """Say who changed the plan meanwhile, and how; any other conflict has its page."""
    if error.code != "plan_changed":
        raise error
    head = queries.plan(session(), int(str(error.params["head"])))
    fleet = queries.every_vehicle(session())
    names = Names.of(head, fleet)
    moved = queries.head(session(), queries.root_id(session(), row.id))
    user = None if moved is None else queries.person(session(), moved.set_by)
    both = [(plan, situations.read(session(), plan)) for plan in (row, head)]
    page = flask.render_template(
        "haulage/changed_meanwhile.html",
        plan=row,
        head=head,
        moved=moved,
        user=user,
        steps=_since(row, head, names),
        effects=list(dispatch_effects.effects(both[0], both[1], fleet)),
        again=None if wish is None else _again(head, wish, names),
    )
    return page, 409


def _since(row: CollectionPlan, head: CollectionPlan, names: Names) -> list[dict[str, Any]]:
    """Return the changes from one plan to the one that counts; none where it is no later one."""
    line = queries.line(session(), head.id)
    parents = [change.parent_id for _plan, change, _user in line]
    if row.id not in parents:
        return []
    return dispatch_pages.steps(line[: parents.index(row.id) + 1], names)


def _again(head: CollectionPlan, wish: Wish, names: Names) -> dict[str, Any]:
    """Return what was asked for, in words, and the button that asks it of the plan that counts.

    A place in a truck's day may be another by now: the load goes where it costs least there.
    """
    said = flask.request.form
    late = said.get("late_min", "").strip()
    searching = wish.verb is Verb.REPLAN
    return {
        "words": dispatch_words.wish_words(wish.verb, wish.parameters, names, late),
        "placed": wish.at is not None,
        "url": flask.url_for(
            "dispatch.search" if searching else "dispatch.change", plan_id=head.id
        ),
        "fields": {name: value for name, value in said.items() if name not in NOT_ASKED_AGAIN},
    }


def make_current(plan_id: int) -> ResponseReturnValue:
    """Go back, or forward, to another plan of the line; from the desk one comes back to it."""
    said = flask.request.form
    row = queries.plan(session(), plan_id)
    instead_of, now = said.get("instead_of", 0, type=int), datetime.now(UTC)
    try:
        with transaction(session()) as writing:
            versions.make_current(writing, current_actor(), plan_id, instead_of=instead_of, now=now)
    except ConflictError as error:
        return _conflict(row, error)
    if "desk" not in said:
        return flask.redirect(flask.url_for("haulage.plan", plan_id=plan_id), 303)
    flask.flash(_("Undone: plan %(ref)s counts again.", ref=row.ref))
    return flask.redirect(flask.url_for("dispatch.desk", plan_id=plan_id), 303)


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
