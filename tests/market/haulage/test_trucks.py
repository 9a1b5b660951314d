"""Trucks: where their day ends, what they emit, and plans that keep what they were made from."""

import io
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session, sessionmaker

from market.errors import DomainError
from market.haulage import codec, queries, week_loader
from market.haulage.models import CollectionPlan, Depot, Vehicle, VehicleType
from market.orgs.rules import Standing
from tests.market.haulage.test_views import text
from tests.market.haulage.test_weeks import ask_week, carry_out_week
from tests.market.haulage.world import World, ask, carry_out


def truck(session: Session, number: int) -> Vehicle:
    return session.scalars(sa.select(Vehicle).where(Vehicle.number == number)).one()


def kind(session: Session, number: int) -> VehicleType:
    found = session.get(VehicleType, truck(session, number).type_id)
    assert found is not None
    return found


@pytest.fixture
def east(session: Session, world: World) -> Depot:
    depot = Depot(
        key="east",
        name_zh="东车场",
        name_en="East depot",
        county_zh="偃师区",
        county_en="Yanshi",
        standing=Standing.DEMO,
        lat=34.66,
        lon=112.50,
    )
    session.add(depot)
    session.flush()
    return depot


@pytest.fixture
def moved(
    session: Session, sessions: sessionmaker[Session], world: World, east: Depot
) -> CollectionPlan:
    """Monday's plan, where the tanker ends its shift in the east."""
    truck(session, 1).end_depot_id = east.id
    session.commit()
    return carry_out(sessions, ask(session, world))


def emits(session: Session, number: int, loaded: int | None, empty: int | None = None) -> None:
    row = kind(session, number)
    row.co2_g_per_km, row.co2_empty_g_per_km = loaded, empty
    row.co2_source = None if loaded is None else "车队油耗记录"
    session.commit()


def test_a_truck_ends_its_day_where_it_should(
    session: Session, moved: CollectionPlan, east: Depot, world: World, english: FlaskClient
) -> None:
    route = queries.route(session, moved.id, 1)
    ends = f"D{world.depot.id}", f"D{east.id}"
    assert (route.stops[0]["site"], route.stops[-1]["site"]) == ends
    assert (route.vehicle["depot"], route.vehicle["end_depot"]) == ends
    sheet = text(english.get(f"/haulage/plans/{moved.id}/sheets/1"))
    assert "East depot" in sheet.split("Returns", 1)[1].split("Cargo", 1)[0]
    assert "Jianxi depot" in sheet.split("Sets out", 1)[1].split("Returns", 1)[0]
    assert "ends at East depot" in text(english.get("/haulage/fleet"))


def test_a_week_leaves_such_trucks_at_home_and_says_so(
    session: Session,
    sessions: sessionmaker[Session],
    world: World,
    east: Depot,
    english: FlaskClient,
) -> None:
    truck(session, 1).end_depot_id = east.id
    session.commit()
    week = ask_week(session, world)
    assert [row.id for row in week_loader.load(session, week).problem.day.vehicles] == ["V2", "V3"]
    done = carry_out_week(sessions, week)
    assert done.summary["away"] == [1]
    page = text(english.get(f"/haulage/weeks/{done.id}"))
    assert "1: the shift ends at another depot" in page


def test_a_week_of_trucks_that_all_move_is_refused(
    session: Session, world: World, east: Depot
) -> None:
    for number in (1, 2, 3):
        truck(session, number).end_depot_id = east.id
    with pytest.raises(DomainError) as refused:
        ask_week(session, world)
    assert (refused.value.code, refused.value.field) == ("no_returning_truck", "depot_ids")


def test_without_factors_no_figure_is_shown(planned: CollectionPlan, english: FlaskClient) -> None:
    page = text(english.get(f"/haulage/plans/{planned.id}"))
    assert "none of these trucks has a factor" in page
    assert "CO₂ of the trucks" not in page
    assert "CO₂" not in text(english.get(f"/haulage/plans/{planned.id}/compare/{planned.id}"))


def workbook(client: FlaskClient, plan: CollectionPlan) -> list[list[Any]]:
    answer = client.get(f"/haulage/plans/{plan.id}/plan.xlsx")
    book = CalamineWorkbook.from_filelike(io.BytesIO(answer.data))
    return book.get_sheet_by_name("Trucks").to_python()


def test_co2_is_told_by_truck_and_in_sum_with_how_many_trucks_it_is_of(
    session: Session, sessions: sessionmaker[Session], world: World, english: FlaskClient
) -> None:
    emits(session, 1, 900, 600)
    plan = carry_out(sessions, ask(session, world))
    routes = {row.number: row for row in queries.routes(session, plan.id)}
    assert len(routes) > 1
    known = routes[1]
    loaded_m = known.distance_m - known.empty_m
    assert known.co2_g == (loaded_m * 900 + known.empty_m * 600 + 500) // 1000
    assert all(row.co2_g is None for number, row in routes.items() if number != 1)
    share = f"1 of {len(routes)} trucks"
    page = text(english.get(f"/haulage/plans/{plan.id}"))
    shown = f"{known.co2_g / 1000:,.1f}"
    assert shown in page
    assert share in page
    assert "900 g/km loaded, 600 g/km empty: 车队油耗记录" in page
    compared = text(english.get(f"/haulage/plans/{plan.id}/compare/{plan.id}"))
    assert f"{shown} ({share}" in compared
    rows = workbook(english, plan)
    assert rows[-1][-2] == round(known.co2_g / 1000, 1)
    assert share in rows[-1][-1]
    assert rows[2][-2:] == ["", "no factor"]


def test_with_all_factors_the_sum_is_whole(
    session: Session, sessions: sessionmaker[Session], world: World, english: FlaskClient
) -> None:
    for number in (1, 2, 3):
        emits(session, number, 900)
    plan = carry_out(sessions, ask(session, world))
    page = text(english.get(f"/haulage/plans/{plan.id}"))
    grams = sum(row.co2_g for row in queries.routes(session, plan.id))
    assert f"{grams / 1000:,.1f}" in page
    assert "the others have no factor" not in page


def test_the_stored_truck_is_the_one_the_day_was_planned_by(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    """Its price changes between freezing the day and storing the plan."""
    from market.haulage import worker
    from market.jobs import Progress

    plan = ask(session, world)
    before = kind(session, 1).fen_per_km
    progress = Progress(plan.job_id, sessions)
    worker.freeze(sessions, plan.id, progress)
    session.rollback()
    kind(session, 1).fen_per_km = before + 100
    session.commit()
    worker.solve_and_store(sessions, plan.id, progress)
    session.rollback()
    assert queries.route(session, plan.id, 1).vehicle["fen_per_km"] == before
    frozen = queries.frozen_input(session, plan.id)
    assert frozen is not None
    assert codec.thaw(frozen).vehicle_types[0].fen_per_km == before
