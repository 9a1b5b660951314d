"""A job that somebody phones in: taken down, offered with its places, added, taken back."""

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.audit import history
from market.haulage import dispatch, dispatch_bench, queries, situations, versions
from market.haulage.models import CollectionPlan, Vehicle
from market.haulage.phoned_models import PhonedJob
from market.haulage.rules import Verb
from market.listings.models import Listing
from market.listings.rules import Side
from routing.check import check
from tests.conftest import NOW
from tests.factories import make_listing, make_org, make_site
from tests.market.haulage.test_views import text
from tests.market.haulage.world import read_world

H = 3600
ADDRESS = "/haulage/plans/1/phoned?material=scrap_steel"


@pytest.fixture
def manager(planned: CollectionPlan, english: FlaskClient, sign_in) -> FlaskClient:
    del planned
    sign_in(Role.PARK_MANAGER)
    return english


def want(session: Session) -> int:
    found = sa.select(Listing.id).where(
        Listing.material_id == "scrap_steel", Listing.side == Side.WANT
    )
    return session.scalars(found).one()


def said(want_id: int, **changed: str) -> dict[str, str]:
    form = {
        "mass_t": "3",
        "volume_m3": "",
        "form": "baled",
        "site_id": "0",
        "name": "白马路 12 号旧厂房",
        "lat": "34.66",
        "lon": "112.41",
        "want_ids": str(want_id),
        "earliest": "09:00",
        "latest": "11:00",
        "loading_min": "15",
        "skip_yuan": "",
        "caller": "赵师傅",
        "phone": "138 0379 0000",
        "remark": "厂门锁着，先打电话",
    }
    return form | changed


def job(session: Session) -> PhonedJob:
    session.rollback()
    return session.scalars(sa.select(PhonedJob)).one()


def test_a_job_is_taken_down_offered_added_and_taken_back(
    session: Session, manager: FlaskClient
) -> None:
    want_id = want(session)
    session.rollback()
    answer = manager.post(ADDRESS, data=said(want_id))
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/haulage/plans/1/dispatch?late=J1#late-load"
    desk = text(manager.get("/haulage/plans/1/dispatch?late=J1"))
    assert "Phoned in for this day" in desk
    assert "truck can take it." in desk
    # The one flatbed takes it; the tankers and the tipper say why not.
    flatbed = session.scalars(sa.select(Vehicle).where(Vehicle.number == 3)).one()
    vehicle = f"V{flatbed.id}"
    session.rollback()
    add = {"verb": "add", "late": "J1", "vehicle": vehicle, "receiver": f"W{want_id}"}
    answer = manager.post("/haulage/plans/1/change", data=add)
    assert answer.status_code == 303
    session.rollback()
    made = queries.plan(session, queries.head_id(session, 1))
    row = next(row for row in queries.loads(session, made.id) if row.load_key == "J1#1")
    assert (row.phoned_id, row.offer_id, row.collection_id) == (1, None, None)
    assert (row.mass_kg, row.want_id) == (3_000, want_id)
    assert 9 * H <= row.loading_starts_s <= 11 * H
    assert row.loading_ends_s - row.loading_starts_s == 15 * 60
    read = situations.read(session, made)
    assert check(read.problem, read.plan) == ()
    assert made.places["J1"]["name_zh"] == "白马路 12 号旧厂房"
    # In the day already, so it is offered no more; undone, it is offered again.
    made_id = made.id
    session.rollback()
    assert 'value="J1"' not in manager.get(f"/haulage/plans/{made_id}/dispatch").text
    undo = manager.post("/haulage/plans/1/current", data={"instead_of": made_id})
    assert undo.status_code == 303
    assert 'value="J1"' in manager.get("/haulage/plans/1/dispatch").text


def test_the_sheet_says_who_called_what_they_said_and_the_way_there(
    session: Session, manager: FlaskClient
) -> None:
    want_id = want(session)
    session.rollback()
    manager.post(ADDRESS, data=said(want_id))
    flatbed = session.scalars(sa.select(Vehicle.id).where(Vehicle.number == 3)).one()
    session.rollback()
    for value in ("赵师傅", "138 0379 0000", "厂门锁着，先打电话"):
        assert f'value="{value}"' in manager.get("/haulage/plans/1/phoned/1").text
    add = {"verb": "add", "late": "J1", "vehicle": f"V{flatbed}", "receiver": f"W{want_id}"}
    manager.post("/haulage/plans/1/change", data=add)
    plan_id = queries.head_id(session, 1)
    session.rollback()
    sheet = manager.get(f"/haulage/plans/{plan_id}/sheets/3").text
    assert 'Called: 赵师傅 <a href="tel:13803790000">138 0379 0000</a>' in sheet
    assert "<b>厂门锁着，先打电话</b>" in sheet
    assert "34.66000, 112.41000" in sheet
    there = "https://uri.amap.com/marker?position=112.41000%2C34.66000&amp;coordinate=wgs84"
    assert f'href="{there}' in sheet
    # The address of the sheet itself, and the one point that no gate marks.
    assert sheet.count("QR code: ") == 2


def test_the_record_of_a_phoned_job_keeps_its_name(session: Session, manager: FlaskClient) -> None:
    want_id = want(session)
    session.rollback()
    manager.post(ADDRESS, data=said(want_id))
    flatbed = session.scalars(sa.select(Vehicle.id).where(Vehicle.number == 3)).one()
    session.rollback()
    add = {"verb": "add", "late": "J1", "vehicle": f"V{flatbed}", "receiver": f"W{want_id}"}
    page = manager.get(manager.post("/haulage/plans/1/change", data=add).headers["Location"]).text
    assert "白马路 12 号旧厂房" in page
    session.rollback()
    plan_id = queries.head_id(session, 1)
    session.rollback()
    loads = manager.get(f"/haulage/plans/{plan_id}/plan.json").json["loads"]
    record = next(row for row in loads if row["load_key"] == "J1#1")
    assert record["number"].endswith("/J1#1")
    assert record["phoned_id"] == 1


def test_more_than_a_truck_takes_is_cut_and_the_rest_finds_its_own_place(
    session: Session, manager: FlaskClient
) -> None:
    want_id = want(session)
    flatbed = session.scalars(
        sa.select(Vehicle).where(Vehicle.number == 3).options(sa.orm.joinedload(Vehicle.type))
    ).one()
    # Two full trucks and one tonne, all day long: three trips of one truck.
    tonnes = 2 * flatbed.type.capacity_kg // 1000 + 1
    vehicle = f"V{flatbed.id}"
    session.rollback()
    manager.post(ADDRESS, data=said(want_id, mass_t=str(tonnes), earliest="", latest=""))
    add = {"verb": "add", "late": "J1", "vehicle": vehicle, "receiver": f"W{want_id}"}
    assert manager.post("/haulage/plans/1/change", data=add).status_code == 303
    session.rollback()
    made = queries.head_id(session, 1)
    carried = [row.mass_kg for row in queries.loads(session, made) if row.phoned_id == 1]
    assert sum(carried) == tonnes * 1000
    assert len(carried) == 3
    assert job(session).windows == [[6 * H, 19 * H]]


def test_a_job_that_no_truck_can_take_joins_the_day_left_over(
    session: Session, manager: FlaskClient
) -> None:
    want_id = want(session)
    session.rollback()
    # No truck is out before five in the morning.
    manager.post(ADDRESS, data=said(want_id, earliest="00:00", latest="00:10"))
    desk = text(manager.get("/haulage/plans/1/dispatch?late=J1"))
    assert "No truck can take it as the plan stands." in desk
    assert "Add it, to go to" in desk
    add = {"verb": "add", "late": "J1", "receiver": f"W{want_id}"}
    answer = manager.post("/haulage/plans/1/change", data=add)
    assert answer.status_code == 303
    page = text(manager.get(answer.headers["Location"]))
    assert "on no truck yet" in page
    session.rollback()
    left = queries.unserved(session, queries.head_id(session, 1))
    assert [row.phoned_id for row in left if row.load_key == "J1#1"] == [1]


def test_of_several_receivers_the_one_chosen_is_the_one_it_goes_to(
    session: Session, manager: FlaskClient
) -> None:
    first = want(session)
    org = make_org(session)
    site = make_site(session, org=org, lat=34.60, lon=112.50)
    known = session.get(Listing, first)
    assert known is not None
    second = make_listing(
        session,
        site=site,
        side=Side.WANT,
        material_id="scrap_steel",
        process_id=known.process_id,
        form=known.form,
    ).id
    session.commit()
    manager.post(ADDRESS, data=said(first) | {"want_ids": [str(first), str(second)]})
    world, row = read_world(session), queries.plan(session, 1)
    before = dispatch.situation(session, row, now=NOW)
    found = dispatch_bench.late_bench(session, row, before, "J1")
    assert {choice.receiver for choice in found.choices} == {f"W{first}", f"W{second}"}
    vehicle = next(choice.vehicle for choice in found.choices if choice.refusal is None)
    wish = dispatch.Wish(Verb.ADD, vehicle=vehicle, receiver=f"W{second}", late="J1")
    changed = dispatch.prepare(session, world.manager, 1, wish, now=NOW)
    new = versions.keep(session, world.manager, 1, changed, now=NOW)
    load = next(row for row in queries.loads(session, new.id) if row.load_key == "J1#1")
    assert load.want_id == second
    assert new.cargoes["J1"]["destination"] == f"S{site.id}"


def test_a_form_sent_twice_is_one_job_until_that_is_in_the_plan(
    session: Session, manager: FlaskClient
) -> None:
    want_id = want(session)
    session.rollback()
    desks = {manager.post(ADDRESS, data=said(want_id)).headers["Location"] for _ in range(2)}
    assert desks == {"/haulage/plans/1/dispatch?late=J1#late-load"}
    # Half a tonne more is another job.
    other = manager.post(ADDRESS, data=said(want_id, mass_t="3.5")).headers["Location"]
    assert "late=J2" in other
    # Once the first is in the day, the same said again is one more of it.
    flatbed = session.scalars(sa.select(Vehicle.id).where(Vehicle.number == 3)).one()
    session.rollback()
    add = {"verb": "add", "late": "J1", "vehicle": f"V{flatbed}", "receiver": f"W{want_id}"}
    assert manager.post("/haulage/plans/1/change", data=add).status_code == 303
    session.rollback()
    new = queries.head_id(session, 1)
    session.rollback()
    again = manager.post(ADDRESS.replace("/1/", f"/{new}/"), data=said(want_id))
    assert "late=J3" in again.headers["Location"]


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"name": ""}, "site_id", "Choose a site, or give the point a name"),
        ({"lat": ""}, "site_id", "Choose a site, or give the point a name"),
        ({"lat": "112.41", "lon": "34.66"}, "lat", "Enter a number from -90 to 90."),
        ({"lat": "39.9", "lon": "116.4"}, "lat", "This point is"),
        ({"mass_t": "0"}, "mass_t", "Enter a number from 0.001 to 1000."),
        ({"want_ids": ""}, "want_ids", ""),
        ({"latest": "08:00"}, "latest", "This is before the time"),
        ({"latest": ""}, "earliest", "Say until when, too."),
    ],
)
def test_what_is_wrong_with_a_job_stands_at_its_field(
    session: Session, manager: FlaskClient, changed: dict[str, str], field: str, words: str
) -> None:
    want_id = want(session)
    session.rollback()
    answer = manager.post(ADDRESS, data=said(want_id, **changed))
    assert answer.status_code == 422
    assert f'id="{field}-error">{words}' in answer.text
    assert session.scalar(sa.select(sa.func.count()).select_from(PhonedJob)) == 0


def test_taking_down_is_recorded_and_for_planners_alone(
    session: Session, manager: FlaskClient, sign_in
) -> None:
    want_id = want(session)
    session.rollback()
    manager.post(ADDRESS, data=said(want_id))
    session.rollback()
    assert [row.verb for row in history(session, "phoned_job", 1)] == ["take_down"]
    session.rollback()
    assert manager.get("/haulage/plans/1/phoned?material=unknown").status_code == 404
    sign_in(Role.PRODUCER)
    assert manager.get(ADDRESS).status_code == 403
    assert manager.post(ADDRESS, data=said(want_id)).status_code == 403
