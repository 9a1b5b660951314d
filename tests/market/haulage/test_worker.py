"""The planning job from request to stored plan, with a real solve."""

from datetime import datetime, time

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session, sessionmaker

from market import jobs
from market.db import transaction
from market.errors import ConflictError
from market.haulage import (
    actions,
    codec,
    dispatch,
    queries,
    requests,
    situations,
    versions,
    worker,
)
from market.haulage.dispatch import Wish
from market.haulage.left_over import unserved_words
from market.haulage.models import CollectionPlan, PlanLoad, PlanRoute, PlanUnserved
from market.haulage.rules import HAND_OUT, LOCAL, PlanStatus, Verb
from market.jobs import JobState
from routing.check import check
from routing.plan import Reason
from tests.conftest import NOW
from tests.market.haulage.conftest import Clock
from tests.market.haulage.world import MONDAY, World, ask, carry_out


def test_a_day_is_planned_checked_and_stored(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    plan = carry_out(sessions, ask(session, world))
    assert plan.status == PlanStatus.PARTIAL
    assert plan.summary["loads"] == 2
    assert plan.summary["loads_total"] == 3
    assert plan.summary["tonnes"] == 32.4
    assert plan.summary["tonnes_total"] == 35.4
    routes = queries.routes(session, plan.id)
    assert plan.summary["vehicles"] == len(routes)
    assert sum(row.distance_m for row in routes) == round(plan.summary["km"] * 1000)
    assert sum(row.cost_fen for row in routes) == plan.summary["cost_fen"]
    assert routes[0].vehicle["kind"] == "tanker"


def test_each_load_is_a_record_to_draft_a_consignment_from(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    plan = carry_out(sessions, ask(session, world))
    rows = {row.load_key: row for row in queries.loads(session, plan.id)}
    ash = rows[f"F{world.offers['fly_ash'].id}-{world.wants['fly_ash'].id}#1"]
    assert (ash.offer_id, ash.want_id) == (world.offers["fly_ash"].id, world.wants["fly_ash"].id)
    assert (ash.material_id, ash.mass_kg, ash.collection_id) == ("fly_ash", 30_000, None)
    # Loading takes the half hour and the weighing the day assumes; unloading 50 s a tonne more.
    assert ash.loading_ends_s - ash.loading_starts_s == 1800 + 360
    assert ash.unloading_ends_s - ash.unloading_starts_s == 360 + 30 * 50
    assert ash.unloading_starts_s > ash.loading_ends_s
    assert rows["C1#1"].collection_id == 1
    assert 8 * 3600 <= rows["C1#1"].loading_starts_s <= 12 * 3600


def test_what_no_truck_may_carry_is_left_out_with_its_reason(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    plan = carry_out(sessions, ask(session, world))
    [left] = queries.unserved(session, plan.id)
    assert left.reason in {Reason.NO_BODY, Reason.NO_LICENCE}
    assert left.offer_id == world.offers["oily_chips"].id
    assert left.mass_kg == 3_000


def test_the_stored_input_reproduces_the_plan(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    plan = carry_out(sessions, ask(session, world))
    frozen = queries.frozen_input(session, plan.id)
    assert frozen is not None
    assert {row.id for row in codec.thaw(frozen).collections} == set(plan.cargoes)


def test_running_the_job_twice_leaves_one_result(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    plan = ask(session, world)
    first = carry_out(sessions, plan)
    again = carry_out(sessions, plan)
    assert again.summary == first.summary
    for table, count in ((PlanRoute, first.summary["vehicles"]), (PlanLoad, 2), (PlanUnserved, 1)):
        assert session.scalar(sa.select(sa.func.count()).select_from(table)) == count


def test_a_changed_run_does_not_reach_a_frozen_plan(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    plan = ask(session, world)
    progress = jobs.Progress(plan.job_id, sessions)
    worker.freeze(sessions, plan.id, progress)
    before = queries.frozen_input(session, plan.id)
    with transaction(session):
        world.offers["fly_ash"].site_id = world.wants["fly_ash"].site_id
        session.add(world.offers["fly_ash"])
    worker.freeze(sessions, plan.id, progress)
    session.expire_all()
    assert queries.frozen_input(session, plan.id) == before


def test_progress_is_reported_and_a_stop_keeps_the_best_so_far(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    plan = ask(session, world, time_limit_s=60)
    job = jobs.get(session, plan.job_id)
    with transaction(session):
        session.get(jobs.Job, job.id).state = JobState.RUNNING
    worker.freeze(sessions, plan.id, jobs.Progress(job.id, sessions))
    with transaction(session):
        actions.cancel(session, world.manager, plan.id, now=NOW)
    worker.solve_and_store(sessions, plan.id, jobs.Progress(job.id, sessions))
    with sessions() as fresh:
        stored = queries.plan(fresh, plan.id)
        assert stored.summary["stopped"] is True
        assert stored.summary["solve_seconds"] < 30
        assert stored.summary["loads"] == 2
        assert jobs.get(fresh, job.id).share > 0.9


def test_a_search_ended_by_count_repeats_a_plan_to_the_last_stop(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    """The seconds asked for differ; the day, its truck and its run have changed since."""

    def by_count(plan_id: int) -> CollectionPlan:
        with transaction(session):
            return requests.by_count(session, world.manager, plan_id, now=NOW)

    first = carry_out(sessions, ask(session, world))
    with transaction(session):
        world.offers["fly_ash"].site_id = world.wants["fly_ash"].site_id
        session.add(world.offers["fly_ash"])
    second = carry_out(sessions, by_count(first.id))
    session.expire_all()
    with transaction(session):
        session.get(CollectionPlan, second.id).time_limit_s = 60
    third = carry_out(sessions, by_count(second.id))
    assert second.summary["iterations"] == third.summary["iterations"]
    assert second.summary["iterations"] == first.summary["iterations"] > 0
    assert second.places == third.places == first.places
    stops = [[row.stops for row in queries.routes(session, p.id)] for p in (second, third)]
    assert stops[0] == stops[1]
    assert third.versions.keys() == {"wujin", "ortools", "numba"}


def test_a_plan_that_is_not_made_cannot_be_repeated(session: Session, world: World) -> None:
    plan = ask(session, world)
    with pytest.raises(ConflictError, match="plan_not_made"):
        requests.by_count(session, world.manager, plan.id, now=NOW)


def on_monday(hour: int, minute: int = 0) -> datetime:
    return datetime.combine(MONDAY, time(hour, minute), LOCAL)


def test_a_plan_for_today_starts_when_it_is_handed_out(
    session: Session, sessions: sessionmaker[Session], world: World, clock: Clock
) -> None:
    """It is asked for on Sunday and waits until 9:10 on Monday.

    The tanker can still bring the ash, and the scrap is there until noon.
    """
    plan = ask(session, world)
    clock.at = on_monday(9, 10)
    made = carry_out(sessions, plan)
    assert made.summary["from_s"] == 9 * 3600 + 600 + plan.time_limit_s + HAND_OUT.seconds
    assert made.summary["loads"] == 2
    stops = [stop for row in queries.routes(session, plan.id) for stop in row.stops]
    assert min(stop["depart_s"] for stop in stops) >= 9 * 3600 + 600
    found = situations.read(session, made)
    assert check(found.problem, found.plan) == ()


def test_what_is_too_late_today_is_left_out_and_says_that_the_day_is_partly_over(
    session: Session, sessions: sessionmaker[Session], world: World, clock: Clock, app: Flask
) -> None:
    """Scrap is there until noon. Trucks work until 17:00: at 18:00 none has anything left."""
    plan = ask(session, world)
    clock.at = on_monday(12, 30)
    made = carry_out(sessions, plan)
    left = {row.load_key: row for row in queries.unserved(session, plan.id)}
    assert left["C1#1"].reason == Reason.COLLECTION_WINDOW
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        detail, _remedy = unserved_words(made, left["C1#1"])
    assert detail.startswith("The day was partly over: it is planned from 12:45 on. Loading closes")
    late = ask(session, world, seed=2)
    clock.at = on_monday(18)
    made = carry_out(sessions, late)
    # What the plan in force has brought by then is brought; nothing else can be.
    assert (made.status, made.summary["loads"]) == (PlanStatus.PARTIAL, 1)
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        words = {unserved_words(made, row)[0] for row in queries.unserved(session, late.id)}
    assert words == {"At 18:15, when this plan begins, every truck's shift is over."}


def test_planning_on_starts_when_it_is_handed_out(
    session: Session, sessions: sessionmaker[Session], world: World, clock: Clock
) -> None:
    first = carry_out(sessions, ask(session, world))
    wish = Wish(Verb.REPLAN, time_limit_s=1)
    asked_at = on_monday(5, 30)
    changed = dispatch.prepare(session, world.manager, first.id, wish, now=asked_at)
    with transaction(session):
        again = versions.request_replan(
            session, world.manager, first.id, changed, time_limit_s=1, now=asked_at
        )
    clock.at = on_monday(5, 50)
    made = carry_out(sessions, again)
    session.expire_all()
    # What trucks set out for until its sheets are handed out stays as it is.
    assert made.summary["from_s"] == 5 * 3600 + 50 * 60 + 1 + HAND_OUT.seconds
    assert queries.change(session, again.id).held["now_s"] == made.summary["from_s"]
