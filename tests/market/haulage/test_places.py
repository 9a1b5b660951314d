"""A planner says where depots and small pick-ups are, and what a visit to one takes away."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.audit import history
from market.haulage import loader, queries
from market.haulage.models import Collection, CollectionPlan
from market.orgs.rules import Standing
from routing.problem import Window
from tests.market.haulage.test_fleet_views import TRUCK
from tests.market.haulage.test_views import text
from tests.market.haulage.world import MONDAY, World, ask


@pytest.fixture
def manager(english: FlaskClient, world: World, sign_in) -> FlaskClient:
    sign_in(Role.PARK_MANAGER)
    return english


DEPOT = {
    "name_zh": "洛龙车场",
    "name_en": "",
    "county_zh": "洛龙区",
    "county_en": "Luolong",
    "lat": "34.6120",
    "lon": "112.4700",
    "phone": "0379-6000 0000",
}


def test_a_depot_is_added_gets_a_truck_and_is_planned_from(
    session: Session, manager: FlaskClient, world: World
) -> None:
    assert manager.post("/haulage/fleet/depots/new", data=DEPOT).status_code == 303
    page = text(manager.get("/haulage/fleet"))
    assert "洛龙车场" in page
    assert "No truck in service stands here." in page
    made = queries.depots(session)[-1]
    assert (made.lat, made.lon, made.standing) == (34.612, 112.47, Standing.MEMBER)
    depot_id = made.id
    session.rollback()
    manager.post("/haulage/fleet/trucks/new", data=TRUCK | {"depot_id": str(depot_id)})
    assert "No truck in service stands here." not in text(manager.get("/haulage/fleet"))
    day = loader.load(session, ask(session, world, depot_ids=(depot_id,)))
    assert [row.id for row in day.problem.depots] == [f"D{depot_id}"]
    assert day.places[f"D{depot_id}"].name_zh == "洛龙车场"


def test_a_depot_that_moves_is_elsewhere_for_new_plans_alone(
    planned: CollectionPlan, session: Session, manager: FlaskClient, world: World
) -> None:
    form = manager.get("/haulage/fleet/depots/1").text
    for shown in ('value="涧西车场"', 'value="34.64"', 'value="112.4"'):
        assert shown in form
    assert manager.post("/haulage/fleet/depots/1", data=DEPOT).status_code == 303
    session.expire_all()
    day = loader.load(session, ask(session, world))
    assert (day.places["D1"].lat, day.places["D1"].standing) == (34.612, Standing.DEMO)
    assert queries.plan(session, 1).places["D1"]["name_zh"] == "涧西车场"
    assert [row.verb for row in history(session, "depot", 1)] == ["change"]


def test_the_dispatchers_telephone_stands_on_the_sheets_of_its_depot(
    planned: CollectionPlan, manager: FlaskClient
) -> None:
    words = "Take a photo and ring the dispatcher"
    assert f"{words}." in text(manager.get("/haulage/plans/1/sheets/1"))
    manager.post("/haulage/fleet/depots/1", data=DEPOT)
    assert 'value="0379-6000 0000"' in manager.get("/haulage/fleet/depots/1").text
    assert f"{words}: 0379-6000 0000" in text(manager.get("/haulage/plans/1/sheets/1"))


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"name_zh": ""}, "name_zh", "Fill this in."),
        ({"name_zh": "涧西车场"}, "name_zh", "Another depot has this name."),
        ({"lat": ""}, "lat", "Fill this in."),
        ({"lat": "112.47"}, "lat", "Enter a number from -90 to 90."),
        ({"lon": "181"}, "lon", "Enter a number from -180 to 180."),
    ],
)
def test_what_is_wrong_with_a_depot_stands_at_its_field(
    session: Session, manager: FlaskClient, changed: dict[str, str], field: str, words: str
) -> None:
    answer = manager.post("/haulage/fleet/depots/new", data=DEPOT | changed)
    assert answer.status_code == 422
    assert f'id="{field}-error">{words}' in answer.text
    assert len(queries.depots(session)) == 1


def test_depots_are_for_planners_alone(manager: FlaskClient, sign_in) -> None:
    assert manager.get("/haulage/fleet/depots/9").status_code == 404
    sign_in(Role.PRODUCER)
    assert manager.get("/haulage/fleet/depots/1").status_code == 403
    assert manager.post("/haulage/fleet/depots/new", data=DEPOT).status_code == 403


PICK_UP = {
    "name_zh": "机加工车间一",
    "name_en": "",
    "county_zh": "",
    "county_en": "",
    "lat": "34.665",
    "lon": "112.385",
    "form": "lump",
    "mass_t": "2.75",
    "service_min": "35",
    "weekdays": ["2", "4"],
    "opens": "13:00",
    "closes": "16:30",
}


def said_of(session: Session, **changed: object) -> dict[str, object]:
    want_id = session.get_one(Collection, 1).want_id
    session.rollback()
    return PICK_UP | {"want_id": str(want_id)} | changed


def test_a_pick_up_changes_for_new_plans_alone(
    planned: CollectionPlan, session: Session, manager: FlaskClient, world: World
) -> None:
    """It was fetched on Mondays and Wednesdays, 2.4 t; now on Tuesdays and Thursdays, 2.75 t."""
    form = text(manager.get("/haulage/fleet/pick-ups/1"))
    for shown in ('value="机加工车间1"', 'value="2.40"', 'value="08:00"', 'value="20"'):
        assert shown in form
    answer = manager.post("/haulage/fleet/pick-ups/1", data=said_of(session))
    assert answer.status_code == 303
    assert "13:00–16:30" in text(manager.get("/haulage/fleet"))
    session.expire_all()
    monday = loader.load(session, ask(session, world))
    assert "C1" not in monday.cargoes
    tuesday = loader.load(session, ask(session, world, planned_on=MONDAY + timedelta(days=1)))
    row = next(row for row in tuesday.problem.collections if row.id == "C1")
    assert (row.mass_kg, row.loading_s) == (2750, 35 * 60)
    assert row.windows == (Window(13 * 3600, 16 * 3600 + 1800),)
    assert tuesday.places["C1"].lat == 34.665
    assert queries.plan(session, 1).places["C1"]["name_zh"] == "机加工车间1"
    assert [row.verb for row in history(session, "collection", 1)] == ["change"]


def test_a_pick_up_without_weekdays_waits_to_be_added(
    session: Session, manager: FlaskClient, world: World
) -> None:
    said = said_of(session)
    del said["weekdays"]
    assert manager.post("/haulage/fleet/pick-ups/1", data=said).status_code == 303
    session.expire_all()
    assert queries.pick_ups(session, MONDAY) == []
    assert 1 in {row.collection.id for row in queries.pick_ups(session)}


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"mass_t": "0"}, "mass_t", "Enter a number from 0.001 to 1000."),
        ({"closes": "12:00"}, "closes", "This is before the time from which it may be loaded."),
        ({"service_min": ""}, "service_min", "Fill this in."),
        ({"want_id": "1"}, "want_id", ""),
        ({"weekdays": ["8"]}, "weekdays", ""),
    ],
)
def test_what_is_wrong_with_a_pick_up_stands_at_its_field(
    session: Session, manager: FlaskClient, changed: dict[str, object], field: str, words: str
) -> None:
    answer = manager.post("/haulage/fleet/pick-ups/1", data=said_of(session, **changed))
    assert answer.status_code == 422
    assert f'id="{field}-error">{words}' in answer.text
    session.expire_all()
    assert session.get_one(Collection, 1).mass_kg == 2400


def test_pick_ups_are_for_planners_alone(manager: FlaskClient, sign_in) -> None:
    assert manager.get("/haulage/fleet/pick-ups/9").status_code == 404
    sign_in(Role.RECEIVER)
    assert manager.get("/haulage/fleet/pick-ups/1").status_code == 403
