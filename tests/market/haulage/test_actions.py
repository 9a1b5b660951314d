from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.rules import Actor, Role
from market.audit import AuditEntry
from market.catalogue.models import Factor
from market.catalogue.rules import FactorKind
from market.db import transaction
from market.errors import ConflictError, DomainError, ForbiddenError
from market.haulage import actions, queries
from market.haulage.models import CollectionPlan
from market.haulage.road_factors import by_region
from market.haulage.rules import PlanParameters
from market.haulage.way_words import way_row
from market.jobs import Job, JobState
from market.matchmaking.rules import RunStatus
from tests.conftest import NOW
from tests.factories import make_user
from tests.market.haulage.test_views import form_for
from tests.market.haulage.world import MONDAY, World, ask, make_run


def test_the_first_plan_is_for_the_next_working_day(session: Session, world: World) -> None:
    # NOW is a Sunday noon in Luoyang; from a Saturday the next working day is Monday too.
    plan = actions.request_first_plan(session, world.manager, now=NOW)
    assert plan.planned_on == MONDAY
    assert actions.next_working_day(NOW - timedelta(days=1)) == MONDAY
    assert plan.depot_ids == [world.depot.id]
    assert plan.parameters["road_factor"] == world.run.road_factor
    assert session.get(Job, plan.job_id).kind == actions.KIND


def test_without_a_run_there_is_nothing_to_plan(session: Session, world: World) -> None:
    world.run.status = RunStatus.PENDING
    session.commit()
    with pytest.raises(ConflictError, match="no_run_to_plan"):
        actions.request_first_plan(session, world.manager, now=NOW)


def test_asking_twice_is_one_plan_until_it_has_ended(session: Session, world: World) -> None:
    first = ask(session, world)
    assert ask(session, world).id == first.id
    assert ask(session, world, loads_per_flow=3).id != first.id
    session.get(Job, first.job_id).state = JobState.DONE
    session.commit()
    assert ask(session, world).id != first.id


def test_a_plan_that_is_being_stopped_is_not_handed_out_again(
    session: Session, world: World
) -> None:
    first = ask(session, world)
    with transaction(session):
        actions.cancel(session, world.manager, first.id, now=NOW)
    assert ask(session, world).id != first.id


@pytest.mark.parametrize("role", [Role.PRODUCER, Role.RECEIVER])
def test_firms_may_not_plan(session: Session, world: World, role: Role) -> None:
    user = make_user(session, role=role)
    actor = Actor(user.id, role, user.name_zh, user.name_en)
    request = actions.PlanRequest(world.run.id, MONDAY, (world.depot.id,))
    for person in (actor, None):
        with pytest.raises(ForbiddenError):
            actions.request_plan(session, person, request, now=NOW)
    assert session.scalar(sa.select(sa.func.count()).select_from(CollectionPlan)) == 0


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"planned_on": MONDAY - timedelta(days=2)}, "day_not_plannable", "planned_on"),
        ({"planned_on": MONDAY + timedelta(days=60)}, "day_not_plannable", "planned_on"),
        ({"time_limit_s": 601}, "out_of_range", "time_limit_s"),
        ({"depot_ids": ()}, "no_truck", "depot_ids"),
    ],
)
def test_a_request_that_cannot_be_planned_names_its_field(
    session: Session, world: World, fields: dict, code: str, field: str
) -> None:
    with pytest.raises(DomainError) as caught:
        ask(session, world, **fields)
    assert (caught.value.code, caught.value.field) == (code, field)


def test_a_run_that_is_not_done_cannot_be_planned(session: Session, world: World) -> None:
    pending = make_run(session, status=RunStatus.PENDING)
    with pytest.raises(ConflictError, match="no_run_to_plan"):
        ask(session, world, run_id=pending.id)


def test_only_a_live_job_can_be_stopped_and_both_acts_are_on_record(
    session: Session, world: World
) -> None:
    plan = ask(session, world)
    with transaction(session):
        actions.cancel(session, world.manager, plan.id, now=NOW)
    assert session.get(Job, plan.job_id, populate_existing=True).state == JobState.CANCELLED
    with pytest.raises(ConflictError, match="job_has_ended"), transaction(session):
        actions.cancel(session, world.manager, plan.id, now=NOW)
    verbs = session.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.id)).all()
    assert verbs == ["request", "cancel"]


def test_the_latest_plan_is_told_apart_from_one_under_way(session: Session, world: World) -> None:
    plan = ask(session, world)
    assert queries.latest_plan(session) is None
    assert queries.latest_plan(session, finished=False).id == plan.id
    assert PlanParameters(**plan.parameters).loads_per_flow == 2


def circuity(session, **fields):
    row = {
        "id": "circ_plain",
        "position": 1,
        "kind": FactorKind.LOGISTICS,
        "name_zh": "路网曲折系数",
        "name_en": "road circuity",
        "value": 1.27,
        "unit": "ratio",
        "year_from": 2015,
        "year_to": 2025,
        "region_zh": "全国",
        "region_en": "China",
        "material_ids": [],
        "process_ids": [],
        "source": "Kim 2015",
        "verified": "seen",
        "confidence": "medium",
    }
    session.add(Factor(**{**row, **fields}))
    session.commit()


def test_the_road_factor_is_that_of_the_depots_county_or_the_country_s_and_says_whose(
    session, world
):
    depots = (world.depot.id,)
    assert by_region(session, PlanParameters(), depots, MONDAY) == PlanParameters()
    circuity(session)
    told = by_region(session, PlanParameters(), depots, MONDAY)
    assert (told.road_factor, told.road["id"], told.road["wider"]) == (1.27, "circ_plain", True)
    assert (told.road["region_zh"], told.road["years"]) == ("全国", "2015–2025")
    county = {"region_zh": f"嵩县；{world.depot.county_zh}", "region_en": "Song; other"}
    circuity(session, id="circ_own", position=2, value=1.45, **county)
    own = by_region(session, PlanParameters(), depots, MONDAY)
    assert (own.road_factor, own.road["id"], own.road["wider"]) == (1.45, "circ_own", False)
    assert by_region(session, PlanParameters(), depots, date(1990, 1, 1)).road is None


def test_a_plan_asked_for_by_form_says_whose_road_factor_it_drives_by(session, world, sign_in):
    circuity(session)
    client = sign_in(Role.PARK_MANAGER)
    assert client.post("/haulage/plans/new", data=form_for(world)).status_code == 303
    plan = session.scalars(sa.select(CollectionPlan)).one()
    assert plan.parameters["road_factor"] == 1.27
    with client.application.test_request_context():
        words = way_row(plan)
    for part in ("1.27", "全国", "2015–2025", "Kim 2015", world.depot.county_zh):
        assert part in words
