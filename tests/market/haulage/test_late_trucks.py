"""A dispatcher says that a truck runs late."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.haulage import queries, situations
from market.haulage.models import CollectionPlan
from market.haulage.rules import moment
from routing.check import check
from tests.market.haulage.test_dispatch_views import change, vehicle_of
from tests.market.haulage.test_views import text
from tests.market.haulage.world import MONDAY


@pytest.fixture
def manager(planned: CollectionPlan, english: FlaskClient, sign_in) -> FlaskClient:
    del planned
    sign_in(Role.PARK_MANAGER)
    return english


def test_a_late_truck_moves_its_day_and_planning_again_is_offered(
    session: Session, manager: FlaskClient
) -> None:
    vehicle = vehicle_of(session, 1, "C1#1")
    before = next(row for row in queries.routes(session, 1) if f"V{row.vehicle_id}" == vehicle)
    starts_s, number = before.starts_s, before.number
    session.rollback()
    new = change(manager, 1, verb="delay", vehicle=vehicle, late_min="40")
    page = text(manager.get(f"/haulage/plans/{new}"))
    assert f"Truck {number} runs 40 min late" in page
    assert f'href="/haulage/plans/{new}/dispatch#search-again"' in page
    session.rollback()
    row = queries.plan(session, new)
    after = queries.route(session, new, number)
    assert after.starts_s == starts_s + 40 * 60
    read = situations.read(session, row)
    assert check(read.problem, read.plan) == ()
    # It stays so for whatever is planned on top of it.
    assert next(row for row in read.problem.vehicles if row.id == vehicle).shift.opens_s == (
        starts_s + 40 * 60
    )


def test_a_delay_told_on_the_road_can_be_undone_until_the_next_stop_was_due(
    session: Session, manager: FlaskClient, clock
) -> None:
    """It has left, and is late for its first loading: once that was due, the plans differ."""
    vehicle = vehicle_of(session, 1, "C1#1")
    route = next(row for row in queries.routes(session, 1) if f"V{row.vehicle_id}" == vehicle)
    starts_s, due_s = route.starts_s, route.stops[1]["start_s"]
    session.rollback()
    clock.at = moment(MONDAY, starts_s + 60)
    new = change(manager, 1, verb="delay", vehicle=vehicle, late_min="30")
    clock.at = moment(MONDAY, due_s + 1)
    assert 'name="instead_of"' not in manager.get(f"/haulage/plans/{new}").text
    assert manager.post("/haulage/plans/1/current", data={"instead_of": new}).status_code == 409
    clock.at = moment(MONDAY, due_s)
    assert 'name="instead_of"' in manager.get(f"/haulage/plans/{new}").text
    assert manager.post("/haulage/plans/1/current", data={"instead_of": new}).status_code == 303
    session.rollback()
    assert queries.head_id(session, 1) == 1


@pytest.mark.parametrize("minutes", ["", "0", "601", "-5", "abc"])
def test_a_delay_without_sense_is_told_on_the_desk(
    session: Session, manager: FlaskClient, minutes: str
) -> None:
    vehicle = vehicle_of(session, 1, "C1#1")
    session.rollback()
    said = {"verb": "delay", "vehicle": vehicle, "late_min": minutes}
    answer = manager.post("/haulage/plans/1/change", data=said)
    assert answer.status_code == 422
    assert "Say by how many minutes it runs late, from 1 to 600." in answer.text
    session.rollback()
    assert queries.head_id(session, 1) == 1


def test_a_truck_with_nothing_to_do_is_not_late(session: Session, manager: FlaskClient) -> None:
    busy = {row.vehicle_id for row in queries.routes(session, 1)}
    idle = next(row.id for row in queries.every_vehicle(session) if row.id not in busy)
    session.rollback()
    said = {"verb": "delay", "vehicle": f"V{idle}", "late_min": "10"}
    answer = manager.post("/haulage/plans/1/change", data=said)
    assert answer.status_code == 422
    assert "has nothing left to do today." in answer.text
