"""A job that was phoned in: changed, withdrawn, taken up again, and read by its firm."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.audit import history
from market.haulage import queries, situations
from market.haulage.models import CollectionPlan, Vehicle
from market.haulage.phoned_models import PhonedJob
from market.haulage.rules import moment
from market.orgs.models import Organisation
from routing.check import check
from tests.factories import make_listing, make_org, make_site
from tests.market.haulage.test_phoned import ADDRESS, job, said, want
from tests.market.haulage.test_views import text
from tests.market.haulage.world import MONDAY, ask, carry_out, read_world


@pytest.fixture
def manager(planned: CollectionPlan, english: FlaskClient, sign_in) -> FlaskClient:
    del planned
    sign_in(Role.PARK_MANAGER)
    return english


def added(session: Session, manager: FlaskClient, want_id: int, key: str = "J1") -> int:
    """Put the job on the flatbed; return the plan that has it."""
    flatbed = session.scalars(sa.select(Vehicle.id).where(Vehicle.number == 3)).one()
    before = queries.head_id(session, 1)
    session.rollback()
    add = {"verb": "add", "late": key, "vehicle": f"V{flatbed}", "receiver": f"W{want_id}"}
    assert manager.post(f"/haulage/plans/{before}/change", data=add).status_code == 303
    return head(session)


def head(session: Session) -> int:
    session.rollback()
    found = queries.head_id(session, 1)
    session.rollback()
    return found


def jobs_of(session: Session, plan_id: int) -> list[str]:
    session.rollback()
    rows = [*queries.loads(session, plan_id), *queries.unserved(session, plan_id)]
    found = sorted(row.load_key for row in rows if row.phoned_id is not None)
    session.rollback()
    return found


def test_a_withdrawn_job_leaves_the_plan_and_is_put_back_only_once_taken_up_again(
    session: Session, manager: FlaskClient
) -> None:
    want_id = want(session)
    session.rollback()
    manager.post(ADDRESS, data=said(want_id))
    with_it = added(session, manager, want_id)
    assert "on truck 3" in text(manager.get(f"/haulage/plans/{with_it}/phoned/jobs"))
    answer = manager.post(f"/haulage/plans/{with_it}/phoned/1/withdraw")
    without = head(session)
    assert answer.headers["Location"] == f"/haulage/plans/{without}/phoned/jobs"
    assert jobs_of(session, with_it) == ["J1#1"]
    assert jobs_of(session, without) == []
    read = situations.read(session, queries.plan(session, without))
    assert check(read.problem, read.plan) == ()
    assert "J1" not in {row.id for row in read.problem.collections}
    session.rollback()
    # The same button again changes nothing.
    assert manager.post(f"/haulage/plans/{with_it}/phoned/1/withdraw").status_code == 303
    assert head(session) == without
    listed = text(manager.get(f"/haulage/plans/{without}/phoned/jobs"))
    assert "withdrawn 2026-11-22" in listed
    page = text(manager.get(f"/haulage/plans/{without}"))
    assert "took Scrap steel · 白马路 12 号旧厂房 out of the day" in page
    assert f"Plan P-{with_it:04d} has a job in it that was withdrawn" in page
    assert 'value="J1"' not in manager.get(f"/haulage/plans/{without}/dispatch").text
    undo = manager.post(f"/haulage/plans/{with_it}/current", data={"instead_of": without})
    assert undo.status_code == 409
    # Taken up again it can be undone, or added once more under a number of its own.
    manager.post(f"/haulage/plans/{without}/phoned/1/again")
    again = added(session, manager, want_id)
    assert jobs_of(session, again) == ["J1+2#1"]
    undo = manager.post(f"/haulage/plans/{with_it}/current", data={"instead_of": again})
    assert undo.status_code == 303
    verbs = [row.verb for row in history(session, "phoned_job", 1)]
    assert verbs == ["take_up_again", "withdraw", "take_down"]


def test_a_changed_job_is_offered_anew_and_the_plan_goes_on_without_the_old_one(
    session: Session, manager: FlaskClient
) -> None:
    want_id = want(session)
    session.rollback()
    manager.post(ADDRESS, data=said(want_id))
    plan_id = added(session, manager, want_id)
    address = f"/haulage/plans/{plan_id}/phoned/1"
    form = manager.get(address).text
    for shown in ('value="3"', 'value="白马路 12 号旧厂房"', 'value="09:00"', 'value="11:00"'):
        assert shown in form
    # Said as before, nothing changes.
    same = manager.post(address, data=said(want_id))
    assert same.headers["Location"] == f"/haulage/plans/{plan_id}/dispatch?late=J1#late-load"
    assert jobs_of(session, head(session)) == ["J1#1"]
    for _twice in range(2):
        answer = manager.post(address, data=said(want_id, mass_t="4"))
        new = head(session)
        assert answer.headers["Location"] == f"/haulage/plans/{new}/dispatch?late=J2#late-load"
    assert jobs_of(session, new) == []
    desk = manager.get(f"/haulage/plans/{new}/dispatch").text
    assert ('value="J1"' in desk, 'value="J2"' in desk) == (False, True)
    wrong = manager.post(f"/haulage/plans/{new}/phoned/2", data=said(want_id, mass_t=""))
    assert wrong.status_code == 422
    assert head(session) == new


def test_a_job_that_a_truck_has_set_out_for_stays(
    session: Session, manager: FlaskClient, clock
) -> None:
    want_id = want(session)
    session.rollback()
    manager.post(ADDRESS, data=said(want_id))
    plan_id = added(session, manager, want_id)
    load = next(row for row in queries.loads(session, plan_id) if row.phoned_id == 1)
    clock.at = moment(MONDAY, load.loading_starts_s)
    session.rollback()
    for path, data in (("/withdraw", {}), ("", said(want_id, mass_t="4"))):
        answer = manager.post(f"/haulage/plans/{plan_id}/phoned/1{path}", data=data)
        assert answer.status_code == 422
        assert "is already taken up, or a truck is on its way there." in answer.text
    assert head(session) == plan_id
    assert session.scalar(sa.select(sa.func.count()).select_from(PhonedJob)) == 1


def test_a_draft_with_a_withdrawn_job_cannot_be_driven_until_it_leaves_it_too(
    session: Session, sessions, manager: FlaskClient
) -> None:
    want_id = want(session)
    world = read_world(session)
    draft = carry_out(sessions, ask(session, world, seed=2)).id
    session.rollback()
    manager.post(ADDRESS, data=said(want_id))
    add = {"verb": "add", "late": "J1", "receiver": f"W{want_id}"}
    flatbed = session.scalars(sa.select(Vehicle.id).where(Vehicle.number == 3)).one()
    session.rollback()
    add["vehicle"] = f"V{flatbed}"
    made = manager.post(f"/haulage/plans/{draft}/change", data=add).headers["Location"]
    with_it = int(made.removesuffix("/dispatch").rsplit("/", 1)[1])
    # Withdrawn from the driven plan's page, it stays in the draft, which nobody asked about.
    manager.post("/haulage/plans/1/phoned/1/withdraw")
    assert jobs_of(session, with_it) == ["J1#1"]
    drive = manager.post(f"/haulage/plans/{with_it}/drive", data={"instead_of": 1})
    assert drive.status_code == 409
    manager.post(f"/haulage/plans/{with_it}/phoned/1/withdraw")
    left = queries.head_id(session, with_it)
    session.rollback()
    drive = manager.post(f"/haulage/plans/{left}/drive", data={"instead_of": 1})
    assert drive.status_code == 303


def test_the_firm_it_is_fetched_from_reads_of_it_and_no_other(
    session: Session, manager: FlaskClient, sign_in
) -> None:
    want_id = want(session)
    own = make_org(session).id
    site = make_site(session, org=session.get_one(Organisation, own), lat=34.66, lon=112.41)
    make_listing(session, site=site, material_id="scrap_steel")
    site_id = site.id
    session.commit()
    at_site = said(want_id, site_id=str(site_id), name="", lat="", lon="")
    assert manager.post(ADDRESS, data=at_site).status_code == 303
    record = "/haulage/loads/2026-11-23/J1%231"
    sign_in(Role.PRODUCER, own)
    page = text(manager.get("/haulage/loads"))
    assert "Phoned in, in no plan yet" in page
    assert manager.get(record).status_code == 404
    sign_in(Role.PARK_MANAGER)
    added(session, manager, want_id)
    sign_in(Role.PRODUCER, own)
    page = text(manager.get("/haulage/loads"))
    assert "Phoned in, in no plan yet" not in page
    assert "2026-11-23/J1#1" in page
    assert "to " in page
    assert manager.get(record).status_code == 200
    sign_in(Role.PRODUCER, make_org(session).id)
    assert "J1#1" not in manager.get("/haulage/loads").text
    assert manager.get(record).status_code == 404
    for path in ("jobs", "1", "1/withdraw", "1/again"):
        method = manager.post if "/" in path else manager.get
        assert method(f"/haulage/plans/1/phoned/{path}").status_code == 403


def test_a_job_belongs_to_its_own_day_alone(session: Session, manager: FlaskClient) -> None:
    want_id = want(session)
    session.rollback()
    manager.post(ADDRESS, data=said(want_id))
    job(session).planned_on += timedelta(days=1)
    session.commit()
    assert "Nothing was phoned in" in manager.get("/haulage/plans/1/phoned/jobs").text
    assert manager.get("/haulage/plans/1/phoned/1").status_code == 404
    assert manager.post("/haulage/plans/1/phoned/1/withdraw").status_code == 404
    assert manager.get("/haulage/plans/1/phoned/9").status_code == 404


def test_nothing_but_a_job_phoned_in_can_be_taken_out_of_the_day(manager: FlaskClient) -> None:
    answer = manager.post("/haulage/plans/1/change", data={"verb": "remove", "late": "C1"})
    assert answer.status_code == 404
