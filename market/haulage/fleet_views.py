"""Change depots, trucks and small pick-ups; state what trucks of a type cost and emit."""

from collections.abc import Callable
from datetime import UTC, datetime

import flask
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session

from market.accounts.policy import roles
from market.catalogue.queries import material
from market.db import transaction
from market.errors import DomainError
from market.haulage import fleet_actions, fleet_pages, phoned_queries, queries
from market.haulage.fleet_forms import (
    DepotForm,
    NewTypeForm,
    PickUpForm,
    TruckForm,
    TypeForm,
    blame,
)
from market.haulage.policy import PLANNERS
from market.haulage.rules import LAW
from market.web.access import Blueprint, current_actor
from market.web.database import session
from market.web.messages import words_for

blueprint = Blueprint("fleet", __name__, url_prefix="/haulage/fleet")


def new_depot() -> ResponseReturnValue:
    return _depot_page(None)


def depot(depot_id: int) -> ResponseReturnValue:
    return _depot_page(depot_id)


def _depot_page(depot_id: int | None) -> ResponseReturnValue:
    form = DepotForm()
    row = None if depot_id is None else queries.depot(session(), depot_id)
    if row is not None and flask.request.method == "GET":
        form.fill(row)

    def save(writing: Session) -> None:
        now = datetime.now(UTC)
        fleet_actions.save_depot(writing, current_actor(), form.depot(), depot_id, now=now)

    return _answer(form, save, "haulage/depot.html", depot=row)


def pick_up(pick_up_id: int) -> ResponseReturnValue:
    """Show and change what is fetched at a small pick-up, when and whereto."""
    form, row = PickUpForm(), queries.pick_up(session(), pick_up_id)
    form.offer(phoned_queries.takers(session(), row.material_id))
    if flask.request.method == "GET":
        form.fill(row)

    def save(writing: Session) -> None:
        place, visit, now = form.place(), form.visit(), datetime.now(UTC)
        fleet_actions.save_pick_up(writing, current_actor(), pick_up_id, place, visit, now=now)

    shown = material(session(), row.material_id)
    return _answer(form, save, "haulage/pick_up.html", pick_up=row, material=shown)


def new_truck() -> ResponseReturnValue:
    return _truck_page(None)


def truck(number: int) -> ResponseReturnValue:
    return _truck_page(number)


def _truck_page(number: int | None) -> ResponseReturnValue:
    form = TruckForm()
    form.offer(queries.vehicle_types(session()), queries.depots(session()))
    row = None if number is None else queries.truck(session(), number)
    if row is not None and flask.request.method == "GET":
        form.fill(row)

    def save(writing: Session) -> None:
        now = datetime.now(UTC)
        fleet_actions.save_truck(writing, current_actor(), form.facts(), number, now=now)

    return _answer(form, save, "haulage/truck.html", truck=row)


def truck_type(type_id: int) -> ResponseReturnValue:
    form, row = TypeForm(), queries.vehicle_type(session(), type_id)
    if flask.request.method == "GET":
        form.fill(row)

    def save(writing: Session) -> None:
        now = datetime.now(UTC)
        fleet_actions.save_type(writing, current_actor(), form.facts(), type_id, now=now)

    facts = fleet_pages.type_facts(row)
    return _answer(form, save, "haulage/truck_type.html", type=row, facts=facts, law=LAW)


def new_type() -> ResponseReturnValue:
    form = NewTypeForm()

    def save(writing: Session) -> None:
        now = datetime.now(UTC)
        fleet_actions.add_type(writing, current_actor(), form.made(), form.facts(), now=now)

    return _answer(form, save, "haulage/truck_type.html", type=None, law=LAW)


def _answer(
    form: FlaskForm, save: Callable[[Session], None], template: str, **shown: object
) -> ResponseReturnValue:
    """Save what is valid and go back to the fleet; show anything else with its errors."""
    if form.validate_on_submit():
        try:
            with transaction(session()) as writing:
                save(writing)
        except DomainError as error:
            blame(form, error, words_for(error))
        else:
            return flask.redirect(flask.url_for("haulage.fleet"), 303)
    page = flask.render_template(template, form=form, **shown)
    return page, 422 if form.errors else 200


for rule, view in (
    ("/depots/new", new_depot),
    ("/depots/<int:depot_id>", depot),
    ("/pick-ups/<int:pick_up_id>", pick_up),
    ("/trucks/new", new_truck),
    ("/trucks/<int:number>", truck),
    ("/types/new", new_type),
    ("/types/<int:type_id>", truck_type),
):
    blueprint.add_url_rule(rule, view_func=view, access=roles(*PLANNERS), methods=["GET", "POST"])
