"""What dispatchers do to a plan, down to the tables."""

from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from market.accounts.rules import Actor, Role
from market.audit import AuditEntry
from market.db import transaction
from market.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from market.haulage import (
    actions,
    dispatch,
    dispatch_bench,
    late_loads,
    queries,
    situations,
    versions,
)
from market.haulage.dispatch import RefusedError, Wish
from market.haulage.models import CollectionPlan, PlanHead
from market.haulage.rules import Verb
from market.jobs import Job, JobState, Progress
from routing.check import check
from routing.operate import RefusalCode
from routing.plan import Reason
from tests.conftest import NOW
from tests.factories import make_user


def do(session, actor, plan_id, verb, **fields) -> CollectionPlan:
    wish = Wish(verb, **fields)
    changed = dispatch.prepare(session, actor, plan_id, wish, now=NOW)
    with transaction(session):
        return versions.keep(session, actor, plan_id, changed, now=NOW)


def test_a_load_that_is_left_over_is_not_taken_off_again(planned, world, session):
    new = do(session, world.manager, planned.id, Verb.TAKE_OFF, load="C1#1")
    with pytest.raises(ConflictError) as caught:
        do(session, world.manager, new.id, Verb.TAKE_OFF, load="C1#1")
    assert caught.value.code == "not_on_a_truck"
    assert queries.head_id(session, planned.id) == new.id


def test_a_pick_up_of_the_day_is_not_offered_and_not_added_again(planned, world, session):
    offered = [row.collection.key for row in late_loads.candidates(session, planned).pick_ups]
    assert offered == ["pick-2"]  # that of Tuesdays
    with pytest.raises(ConflictError) as caught:
        do(session, world.manager, planned.id, Verb.ADD, late="C1", vehicle="V3")
    assert caught.value.code == "visit_in_day"


def truck_of(session, plan_id, load) -> int:
    return next(
        row.number
        for row in queries.routes(session, plan_id)
        for stop in row.stops
        if load in stop["loads"]
    )


def loads_of(session, plan_id) -> list[str]:
    return [row.load_key for row in queries.loads(session, plan_id)]


def faults(session, plan_id):
    found = situations.read(session, queries.plan(session, plan_id))
    return check(found.problem, found.plan)


@pytest.fixture
def other(session, planned) -> Actor:
    user = make_user(session, role=Role.STAFF)
    session.commit()
    return Actor(user.id, Role.STAFF, user.name_zh, user.name_en)


def test_a_stored_plan_comes_back_whole(planned, session):
    found = situations.read(session, planned)
    assert check(found.problem, found.plan) == ()
    assert found.plan.cost_fen == planned.summary["cost_fen"]
    assert [row.id for row in found.plan.loads if row.mass_kg == 30_000] == loads_of(session, 1)[:1]
    assert (found.locks, found.out, found.now_s) == ((), frozenset(), None)


def test_taking_a_load_off_makes_a_plan_beside_the_old_one(planned, world, session):
    ash = loads_of(session, planned.id)[0]
    new = do(session, world.manager, planned.id, Verb.TAKE_OFF, load=ash)
    assert loads_of(session, planned.id).count(ash) == 1
    assert ash not in loads_of(session, new.id)
    assert ash in {row.load_key for row in queries.unserved(session, new.id)}
    assert new.summary["loads"] == planned.summary["loads"] - 1
    # Other loads are served, so the bound is another one, and lower.
    assert 0 < new.summary["bound_fen"] < planned.summary["bound_fen"]
    assert new.summary["bound_fen"] <= new.summary["cost_fen"]
    assert faults(session, new.id) == ()
    change = queries.change(session, new.id)
    assert (change.parent_id, change.root_id, change.verb) == (planned.id, planned.id, "take_off")
    assert (new.created_by, new.created_at) == (world.manager.user_id, NOW)
    assert queries.head_id(session, planned.id) == new.id
    assert queries.latest_plan(session).id == new.id


def test_what_was_taken_off_is_put_back_where_it_costs_least(planned, world, session):
    ash = loads_of(session, planned.id)[0]
    off = do(session, world.manager, planned.id, Verb.TAKE_OFF, load=ash)
    before = dispatch.situation(session, off, now=NOW)
    best = dispatch_bench.bench_of(before, ash).choices[0]
    back = do(session, world.manager, off.id, Verb.MOVE, load=ash, vehicle=best.vehicle)
    assert back.summary["cost_fen"] == off.summary["cost_fen"] + best.extra_fen
    assert back.summary["cost_fen"] == planned.summary["cost_fen"]
    assert faults(session, back.id) == ()


def test_moving_to_a_truck_without_the_body_names_the_reason(planned, world, session):
    ash = loads_of(session, planned.id)[0]
    bench = dispatch_bench.bench_of(dispatch.situation(session, planned, now=NOW), ash)
    # Only the tanker suits dry ash; it stays where it is at no extra cost.
    assert [(row.extra_fen, row.extra_m) for row in bench.choices if row.refusal is None] == [
        (0, 0)
    ]
    assert {row.refusal.reason for row in bench.choices if row.refusal} == {Reason.NO_BODY}
    wrong = next(row.vehicle for row in bench.choices if row.refusal)
    with pytest.raises(RefusedError) as caught:
        do(session, world.manager, planned.id, Verb.MOVE, load=ash, vehicle=wrong)
    assert caught.value.refusal.code == RefusalCode.LIMIT
    assert session.scalar(sa.select(sa.func.count()).select_from(CollectionPlan)) == 1


def test_each_place_on_a_truck_is_offered_in_its_order(planned, world, session):
    ash = loads_of(session, planned.id)[0]
    before = dispatch.situation(session, planned, now=NOW)
    vehicle = (
        f"V{queries.route(session, planned.id, truck_of(session, planned.id, ash)).vehicle_id}"
    )
    rows = dispatch_bench.places_on(before, ash, vehicle)
    assert [row.at for row in rows] == list(range(len(rows)))
    assert rows[0].refusal is None
    again = do(
        session,
        world.manager,
        planned.id,
        Verb.MOVE,
        load=ash,
        vehicle=vehicle,
        receiver=rows[0].receiver,
        at=0,
    )
    assert again.summary["cost_fen"] == planned.summary["cost_fen"] + rows[0].extra_fen


def test_a_locked_load_stays_until_it_is_unlocked(planned, world, session):
    ash = loads_of(session, planned.id)[0]
    locked = do(session, world.manager, planned.id, Verb.LOCK, load=ash)
    [lock] = situations.read(session, locked).locks
    assert lock.load == ash
    with pytest.raises(RefusedError) as caught:
        do(session, world.manager, locked.id, Verb.TAKE_OFF, load=ash)
    assert caught.value.refusal.code == RefusalCode.LOCKED
    with pytest.raises(ConflictError, match="already_locked"):
        do(session, world.manager, locked.id, Verb.LOCK, load=ash)
    free = do(session, world.manager, locked.id, Verb.UNLOCK, load=ash)
    assert situations.read(session, free).locks == ()
    with pytest.raises(ConflictError, match="not_locked"):
        do(session, world.manager, free.id, Verb.UNLOCK, load=ash)
    do(session, world.manager, free.id, Verb.TAKE_OFF, load=ash)


def test_a_locked_route_takes_no_change(planned, world, session):
    ash = loads_of(session, planned.id)[0]
    vehicle = f"V{queries.routes(session, planned.id)[0].vehicle_id}"
    locked = do(session, world.manager, planned.id, Verb.LOCK, vehicle=vehicle)
    with pytest.raises(RefusedError) as caught:
        do(session, world.manager, locked.id, Verb.TAKE_OFF, load=ash)
    assert (caught.value.refusal.code, caught.value.refusal.subject) == (
        RefusalCode.LOCKED,
        vehicle,
    )


def test_a_truck_out_for_the_day_leaves_its_loads_and_comes_back_for_them(planned, world, session):
    vehicle = f"V{queries.routes(session, planned.id)[0].vehicle_id}"
    out = do(session, world.manager, planned.id, Verb.TAKE_OUT, vehicle=vehicle)
    assert vehicle not in {f"V{row.vehicle_id}" for row in queries.routes(session, out.id)}
    assert out.summary["unserved"] == planned.summary["unserved"] + 1
    assert situations.read(session, out).out == {vehicle}
    back = do(session, world.manager, out.id, Verb.BRING_BACK, vehicle=vehicle)
    assert back.summary["loads"] == planned.summary["loads"]
    assert faults(session, out.id) == faults(session, back.id) == ()


def test_a_late_load_of_a_new_place_joins_the_day(planned, world, session):
    # Slag filled no truck on the day, so neither end was among the day's places.
    key = f"F{world.offers['steel_slag'].id}-{world.wants['steel_slag'].id}"
    before = dispatch.situation(session, planned, now=NOW)
    assert key not in planned.cargoes
    bench = dispatch_bench.late_bench(session, planned, before, key)
    assert bench.mass_kg == 31_000
    best = bench.choices[0]
    assert best.refusal is None
    assert best.extra_fen > 0
    new = do(
        session,
        world.manager,
        planned.id,
        Verb.ADD,
        late=key,
        vehicle=best.vehicle,
        receiver=best.receiver,
    )
    assert new.summary["cost_fen"] == planned.summary["cost_fen"] + best.extra_fen
    assert new.summary["loads"] == planned.summary["loads"] + 1
    assert faults(session, new.id) == ()
    added = next(row for row in queries.loads(session, new.id) if row.load_key == f"{key}#1")
    assert (added.material_id, added.offer_id) == ("steel_slag", world.offers["steel_slag"].id)
    # The frozen ways of the old day stay to the metre.
    old, now = (situations.read(session, row).problem for row in (planned, new))
    size = len(old.travel.site_ids)
    assert (now.travel.distance_m[:size, :size] == old.travel.distance_m).all()


def test_a_flow_of_the_day_gets_one_load_more_under_a_name_of_its_own(planned, world, session):
    key = f"F{world.offers['fly_ash'].id}-{world.wants['fly_ash'].id}"
    vehicle = f"V{queries.routes(session, planned.id)[0].vehicle_id}"
    new = do(session, world.manager, planned.id, Verb.ADD, late=key, vehicle=vehicle)
    assert {f"{key}#1", f"{key}+2#1"} <= set(loads_of(session, new.id))
    assert faults(session, new.id) == ()


def test_a_pick_up_of_another_weekday_can_be_added(planned, world, session):
    names = {row.collection.id for row in late_loads.candidates(session, planned).pick_ups}
    assert names == {2}
    before = dispatch.situation(session, planned, now=NOW)
    best = dispatch_bench.late_bench(session, planned, before, "C2").choices[0]
    new = do(session, world.manager, planned.id, Verb.ADD, late="C2", vehicle=best.vehicle)
    assert "C2#1" in loads_of(session, new.id)
    with pytest.raises(NotFoundError):
        dispatch_bench.late_bench(session, planned, before, "C99")


def test_undo_goes_back_and_nothing_is_lost(planned, world, other, session):
    new = do(session, world.manager, planned.id, Verb.TAKE_OFF, load="C1#1")
    for _twice in range(2):
        with transaction(session):
            versions.make_current(session, other, planned.id, instead_of=new.id, now=NOW)
    assert queries.head_id(session, new.id) == planned.id
    assert queries.latest_plan(session).id == planned.id
    assert queries.plan(session, new.id).summary["loads"] == 1
    head = session.get(PlanHead, planned.id, populate_existing=True)
    assert head.set_by == other.user_id
    verbs = session.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.id)).all()
    assert verbs[-2:] == ["take_off", "make_current"]


def test_the_second_of_two_dispatchers_is_told_that_the_plan_changed(
    planned, world, other, session
):
    wish = Wish(Verb.LOCK, load="C1#1")
    mine = dispatch.prepare(session, other, planned.id, wish, now=NOW)
    theirs = do(session, world.manager, planned.id, Verb.TAKE_OFF, load="C1#1")
    with pytest.raises(ConflictError, match="plan_changed") as caught, transaction(session):
        versions.keep(session, other, planned.id, mine, now=NOW)
    assert caught.value.params["head"] == theirs.id
    with pytest.raises(ConflictError, match="plan_changed"):
        dispatch.prepare(session, other, planned.id, wish, now=NOW)
    with pytest.raises(ConflictError, match="plan_changed"), transaction(session):
        versions.make_current(session, other, planned.id, instead_of=planned.id + 99, now=NOW)


@pytest.mark.parametrize(
    "fields", [{"verb": Verb.TAKE_OFF, "load": "C1#1"}, {"verb": Verb.ADD, "late": "C2"}]
)
def test_the_same_form_sent_twice_changes_the_plan_once(planned, world, session, fields):
    vehicle = f"V{queries.routes(session, planned.id)[-1].vehicle_id}"
    wish = Wish(**fields, vehicle=vehicle if fields["verb"] is Verb.ADD else None)
    changed = dispatch.prepare(session, world.manager, planned.id, wish, now=NOW)
    ids = set()
    for _twice in range(2):
        with transaction(session):
            ids.add(versions.keep(session, world.manager, planned.id, changed, now=NOW).id)
    assert len(ids) == 1
    assert {dispatch.repeated(session, world.manager, planned.id, wish).id} == ids


@pytest.mark.parametrize("role", [Role.PRODUCER, Role.RECEIVER])
def test_firms_do_not_dispatch(planned, session, role):
    user = make_user(session, role=role)
    session.commit()
    for actor in (Actor(user.id, role, user.name_zh, user.name_en), None):
        with pytest.raises(ForbiddenError):
            do(session, actor, planned.id, Verb.TAKE_OFF, load="C1#1")
        with pytest.raises(ForbiddenError), transaction(session):
            versions.make_current(session, actor, planned.id, instead_of=1, now=NOW)
    assert queries.head_id(session, planned.id) == planned.id


def test_on_its_day_the_clock_binds_and_afterwards_nothing_changes(planned, world, session):
    # 9:00 in Luoyang on the Monday: both trucks have left long ago.
    at_work = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
    assert dispatch.situation(session, planned, now=at_work).now_s == 9 * 3600
    wish = Wish(Verb.TAKE_OFF, load=loads_of(session, planned.id)[0])
    with pytest.raises(RefusedError) as caught:
        dispatch.prepare(session, world.manager, planned.id, wish, now=at_work)
    assert caught.value.refusal.code == RefusalCode.STARTED
    later = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
    with pytest.raises(ConflictError, match="day_is_over"):
        dispatch.prepare(session, world.manager, planned.id, wish, now=later)


def search(session, sessions, actor, plan_id, *, run=True, **fields) -> CollectionPlan:
    from market.haulage import worker

    wish = Wish(Verb.REPLAN, time_limit_s=1, **fields)
    changed = dispatch.prepare(session, actor, plan_id, wish, now=NOW)
    with transaction(session):
        row = versions.request_replan(session, actor, plan_id, changed, time_limit_s=1, now=NOW)
    if run:
        progress = Progress(row.job_id, sessions)
        for step in (worker.freeze, worker.solve_and_store):
            step(sessions, row.id, progress)
        session.expire_all()
    return row


def test_planning_again_keeps_locks_and_what_is_done(planned, world, session, sessions):
    ash = loads_of(session, planned.id)[0]
    locked = do(session, world.manager, planned.id, Verb.LOCK, load=ash)
    off = do(session, world.manager, locked.id, Verb.TAKE_OFF, load="C1#1")
    new = search(session, sessions, world.manager, off.id)
    found = situations.read(session, queries.plan(session, new.id))
    assert (found.now_s, found.locks[0].load) == (None, ash)
    assert set(loads_of(session, new.id)) == {ash, "C1#1"}
    assert truck_of(session, new.id, ash) == truck_of(session, planned.id, ash)
    assert queries.head_id(session, new.id) == new.id
    assert faults(session, new.id) == ()


def test_a_search_overtaken_by_another_change_is_left_aside(planned, world, session, sessions):
    new = search(session, sessions, world.manager, planned.id, run=False)
    assert (
        dispatch.repeated(session, world.manager, planned.id, Wish(Verb.REPLAN, time_limit_s=1)).id
        == new.id
    )
    theirs = do(session, world.manager, planned.id, Verb.TAKE_OFF, load="C1#1")
    from market.haulage import worker

    worker.solve_and_store(sessions, new.id, Progress(new.job_id, sessions))
    session.expire_all()
    assert queries.plan(session, new.id).summary["loads"] == 2
    assert queries.head_id(session, new.id) == theirs.id


def test_a_stopped_search_keeps_the_best_so_far(planned, world, session, sessions):
    from market.haulage import worker

    new = search(session, sessions, world.manager, planned.id, run=False)
    with transaction(session):
        session.get(Job, new.job_id).state = JobState.RUNNING
    with transaction(session):
        actions.cancel(session, world.manager, new.id, now=NOW)
    worker.solve_and_store(sessions, new.id, Progress(new.job_id, sessions))
    session.expire_all()
    stored = queries.plan(session, new.id)
    assert stored.summary["stopped"] is True
    assert stored.summary["cost_fen"] <= planned.summary["cost_fen"]
    assert queries.head_id(session, new.id) == new.id


@pytest.mark.parametrize(
    ("fields", "code", "field"),
    [
        ({"time_limit_s": 0}, "out_of_range", "time_limit_s"),
        ({"time_limit_s": 5, "from_s": 21_600}, "day_not_begun", "from_time"),
    ],
)
def test_a_search_that_cannot_be_names_its_field(planned, world, session, fields, code, field):
    with pytest.raises(DomainError) as caught:
        dispatch.prepare(session, world.manager, planned.id, Wish(Verb.REPLAN, **fields), now=NOW)
    assert (caught.value.code, caught.value.field) == (code, field)
