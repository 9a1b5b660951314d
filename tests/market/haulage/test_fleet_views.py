"""A planner changes trucks and what they cost; plans already made stay as they are."""

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.catalogue.models import Material
from market.haulage import loader, queries
from market.haulage.models import CollectionPlan, VehicleType
from market.haulage.rules import Basis, loads_due
from market.haulage.sheets import rest_words
from market.orgs.rules import Standing
from routing.loads import split_collections
from routing.problem import DriverHours
from tests.market.haulage.test_views import text
from tests.market.haulage.world import World, ask

TRUCK = {
    "plate": "豫C·12345",
    "driver_zh": "钱师傅",
    "driver_en": "",
    "type_id": "1",
    "depot_id": "1",
    "end_depot_id": "0",
    "shift_starts": "20:00",
    "shift_ends": "04:30",
    "active": "y",
}
COSTS = {
    "fixed_yuan": "200",
    "yuan_per_km": "6.55",
    "yuan_per_h": "50",
    "cost_source": "车队 2026 年账目",
    "co2_g_per_km": "",
    "co2_empty_g_per_km": "",
    "co2_source": "",
    "continuous_drive_h": "",
    "rest_min": "",
    "daily_drive_h": "",
}
KIND = {
    "name_zh": "危废厢车 5 吨",
    "name_en": "",
    "kind": "hazardous_van",
    "payload_t": "5",
    "volume_m3": "",
    "licences": "hw31 HW08",
}


@pytest.fixture
def manager(english: FlaskClient, world: World, sign_in) -> FlaskClient:
    sign_in(Role.PARK_MANAGER)
    return english


def test_a_truck_is_added_under_the_next_number(session: Session, manager: FlaskClient) -> None:
    assert manager.post("/haulage/fleet/trucks/new", data=TRUCK).status_code == 303
    row = queries.truck(session, 4)
    assert (row.plate, row.driver_en, row.standing) == ("豫C·12345", "钱师傅", Standing.MEMBER)
    # From eight in the evening to half past four the next morning.
    assert (row.shift_starts_s, row.shift_ends_s) == (20 * 3600, 28 * 3600 + 1800)
    assert 'value="04:30"' in text(manager.get("/haulage/fleet/trucks/4"))
    assert "豫C·12345" in text(manager.get("/haulage/fleet"))


def test_a_truck_goes_out_of_service_and_comes_back(session: Session, manager: FlaskClient) -> None:
    out = {name: value for name, value in TRUCK.items() if name != "active"}
    assert manager.post("/haulage/fleet/trucks/2", data=out).status_code == 303
    session.rollback()
    assert [row.number for row in queries.fleet(session)] == [1, 3]
    assert "Out of service" in text(manager.get("/haulage/fleet"))
    manager.post("/haulage/fleet/trucks/2", data=TRUCK)
    session.rollback()
    assert [row.number for row in queries.fleet(session)] == [1, 2, 3]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("plate", "", "Fill this in."),
        ("shift_ends", "20:00", "The shift must end later than it starts."),
        ("shift_ends", "late", "Not a valid time value."),
        ("depot_id", "99", "Not a valid choice."),
        ("driver_zh", "x" * 65, "At most 64 characters."),
    ],
)
def test_what_is_wrong_with_a_truck_stands_at_its_field(
    session: Session, manager: FlaskClient, field: str, value: str, words: str
) -> None:
    answer = manager.post("/haulage/fleet/trucks/new", data={**TRUCK, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error">{words}' in answer.text
    assert queries.highest_number(session) == 3


def test_two_trucks_cannot_have_one_plate(session: Session, manager: FlaskClient) -> None:
    taken = {**TRUCK, "plate": queries.truck(session, 1).plate}
    session.rollback()
    answer = manager.post("/haulage/fleet/trucks/2", data=taken)
    assert answer.status_code == 422
    assert "Another truck has this plate." in answer.text
    assert manager.post("/haulage/fleet/trucks/1", data=taken).status_code == 303


def test_stated_costs_and_factors_are_shown_and_old_plans_stay(
    session: Session, planned: CollectionPlan, manager: FlaskClient
) -> None:
    plan_id, before = planned.id, dict(queries.route(session, planned.id, 1).vehicle)
    session.rollback()
    told = {**COSTS, "co2_g_per_km": "900", "co2_source": "油耗记录"}
    assert manager.post("/haulage/fleet/types/1", data=told).status_code == 303
    session.rollback()
    row = session.get(VehicleType, 1)
    assert row is not None
    assert (row.fen_per_km, row.cost_basis, row.co2_g_per_km) == (655, Basis.STATED, 900)
    page = text(manager.get("/haulage/fleet"))
    assert "车队 2026 年账目 · stated by the fleet" in page
    assert "900 / 900" in page
    assert queries.route(session, plan_id, 1).vehicle == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"yuan_per_km": "-1"}, "yuan_per_km"),
        ({"cost_source": "assumed"}, "cost_source"),
        ({"co2_g_per_km": "900"}, "co2_source"),
        ({"co2_empty_g_per_km": "600"}, "co2_g_per_km"),
        ({"co2_source": "油耗记录"}, "co2_g_per_km"),
        ({"co2_g_per_km": "9.5", "co2_source": "油耗记录"}, "co2_g_per_km"),
    ],
)
def test_what_is_wrong_with_costs_stands_at_its_field(
    session: Session, manager: FlaskClient, change: dict[str, str], field: str
) -> None:
    row = session.scalars(sa.select(VehicleType).where(VehicleType.id == 1)).one()
    told = {**COSTS, **change}
    if change.get("cost_source"):
        told["cost_source"] = row.cost_source_en
    old = row.fen_per_km
    session.rollback()
    answer = manager.post("/haulage/fleet/types/1", data=told)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    session.rollback()
    assert queries.vehicle_type(session, 1).fen_per_km == old


def test_only_planners_may(client: FlaskClient, world: World) -> None:
    for page in ("/haulage/fleet", "/haulage/fleet/trucks/1", "/haulage/fleet/types/1"):
        assert client.get(page).status_code in {302, 303, 401, 403}


def test_what_does_not_exist_is_not_found(manager: FlaskClient) -> None:
    assert manager.get("/haulage/fleet/trucks/99").status_code == 404
    assert manager.get("/haulage/fleet/types/99").status_code == 404


def test_a_new_type_of_truck_is_told_to_the_planner_with_its_hours(
    session: Session, manager: FlaskClient, world: World
) -> None:
    told = {**COSTS, **KIND, "daily_drive_h": "7.5"}
    assert manager.post("/haulage/fleet/types/new", data=told).status_code == 303
    session.rollback()
    row = max(queries.vehicle_types(session), key=lambda kind: kind.id)
    assert (row.name_en, row.capacity_kg, row.licences) == (
        "危废厢车 5 吨",
        5_000,
        ["HW08", "HW31"],
    )
    assert (row.cost_basis, row.daily_drive_s) == (Basis.STATED, 27_000)
    assert "危废厢车 5 吨" in text(manager.get("/haulage/fleet"))
    assert 'value="7.50"' in text(manager.get(f"/haulage/fleet/types/{row.id}"))
    session.rollback()
    manager.post("/haulage/fleet/trucks/1", data={**TRUCK, "type_id": str(row.id)})
    session.rollback()
    day = loader.load(session, ask(session, world))
    (kind,) = (kind for kind in day.problem.vehicle_types if kind.id == f"T{row.id}")
    assert kind.hours == DriverHours(daily_drive_s=27_000)
    assert {other.hours for other in day.problem.vehicle_types if other is not kind} == {None}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name_zh": ""}, "name_zh"),
        ({"kind": "cart"}, "kind"),
        ({"payload_t": "0"}, "payload_t"),
        ({"licences": "HW8"}, "licences"),
        ({"licences": ""}, "licences"),
        ({"volume_m3": "0"}, "volume_m3"),
        ({"volume_m3": "a lot"}, "volume_m3"),
        ({"families": "gold"}, "families"),
        ({"continuous_drive_h": "4.5"}, "continuous_drive_h"),
        ({"rest_min": "15"}, "rest_min"),
        ({"rest_min": "20.5"}, "rest_min"),
        ({"daily_drive_h": "25"}, "daily_drive_h"),
        ({"co2_g_per_km": "900"}, "co2_source"),
    ],
)
def test_what_is_wrong_with_a_new_type_stands_at_its_field(
    session: Session, manager: FlaskClient, change: dict[str, str], field: str
) -> None:
    before = len(queries.vehicle_types(session))
    session.rollback()
    answer = manager.post("/haulage/fleet/types/new", data={**COSTS, **KIND, **change})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert len(queries.vehicle_types(session)) == before


def test_two_types_cannot_have_one_name(session: Session, manager: FlaskClient) -> None:
    taken = {**COSTS, **KIND, "name_zh": queries.vehicle_type(session, 1).name_zh}
    session.rollback()
    answer = manager.post("/haulage/fleet/types/new", data=taken)
    assert answer.status_code == 422
    assert "Another type of truck has this name." in answer.text


def test_stricter_hours_of_a_type_rule_its_days_and_empty_is_the_law(
    session: Session, manager: FlaskClient, world: World
) -> None:
    page = text(manager.get("/haulage/fleet/types/1"))
    assert "State Council Decree 405), article 62 (7)." in page
    told = {**COSTS, "continuous_drive_h": "2.5", "rest_min": "45"}
    assert manager.post("/haulage/fleet/types/1", data=told).status_code == 303
    assert "2.5 h at the wheel at a stretch · 45 min of rest" in text(manager.get("/haulage/fleet"))
    page = text(manager.get("/haulage/fleet/types/1"))
    assert 'value="2.50"' in page
    assert 'value="45"' in page
    session.rollback()
    day = loader.load(session, ask(session, world))
    kinds = {kind.id: kind.hours for kind in day.problem.vehicle_types}
    assert kinds["T1"] == DriverHours(9_000, 2_700)
    session.rollback()
    # One of them alone leaves the other to the law.
    manager.post("/haulage/fleet/types/1", data={**COSTS, "rest_min": "30"})
    session.rollback()
    day = loader.load(session, ask(session, world))
    assert day.problem.vehicle_types[0].hours == DriverHours(4 * 3600, 1_800)
    session.rollback()
    manager.post("/haulage/fleet/types/1", data=COSTS)
    session.rollback()
    day = loader.load(session, ask(session, world))
    assert day.problem.vehicle_types[0].hours is None


def test_the_driver_reads_the_rule_of_the_truck(english: FlaskClient) -> None:
    with english.application.test_request_context(headers={"Cookie": "lang=en"}):
        own = {"continuous_drive_s": 9_000, "rest_s": 2_700}
        assert rest_words(own) == "2.5 hours at the wheel are followed by 45 minutes of rest."
        assert rest_words({}).startswith("Four hours at the wheel are followed by 20 minutes")


def test_a_new_type_has_the_materials_and_the_volume_it_was_given(
    session: Session, manager: FlaskClient, world: World
) -> None:
    told = {**COSTS, **KIND, "kind": "tanker", "name_en": "Ash tanker", "licences": ""}
    told |= {"payload_t": "30", "volume_m3": "40", "families": "ash"}
    assert manager.post("/haulage/fleet/types/new", data=told).status_code == 303
    session.rollback()
    row = max(queries.vehicle_types(session), key=lambda kind: kind.id)
    assert (row.families, row.capacity_l) == (["ash"], 40_000)
    assert "40 m³" in text(manager.get("/haulage/fleet"))
    page = text(manager.get(f"/haulage/fleet/types/{row.id}"))
    assert "40 m³" in page
    assert "Ash" in page
    session.rollback()
    manager.post("/haulage/fleet/trucks/1", data={**TRUCK, "type_id": str(row.id)})
    session.rollback()
    ash = session.get_one(Material, "fly_ash")
    ash.density_kg_m3_min = ash.density_kg_m3_max = 600
    plan = ask(session, world)
    day = loader.load(session, plan)
    (kind,) = (kind for kind in day.problem.vehicle_types if kind.id == f"T{row.id}")
    assert (kind.materials, kind.capacity_l) == (frozenset({"fly_ash.dry"}), 40_000)
    # 40 m3 of 600 kg are 24 t, not the 30 t it could pull; 45 t a day fill such trucks.
    (flow,) = (row for row in day.problem.collections if row.material == "fly_ash.dry")
    assert flow.mass_kg == 24_000 * loads_due(45_000, 24_000, plan.planned_on)
    assert flow.volume_l == flow.mass_kg * 1000 // 600
    loads = [row for row in split_collections(day.problem) if row.collection == flow.id]
    assert {(row.mass_kg, row.volume_l) for row in loads} == {(24_000, 40_000)}


def test_a_van_licensed_by_un_number_can_be_told(session: Session, manager: FlaskClient) -> None:
    told = {**COSTS, **KIND, "licences": "HW31 un3480"}
    assert manager.post("/haulage/fleet/types/new", data=told).status_code == 303
    session.rollback()
    row = max(queries.vehicle_types(session), key=lambda kind: kind.id)
    assert row.licences == ["HW31", "UN3480"]
