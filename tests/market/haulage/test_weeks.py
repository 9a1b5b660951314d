"""Several days asked for, planned, stored as plans of their days, and shown."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from market.db import transaction
from market.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from market.haulage import queries, week_actions, week_queries, week_worker
from market.haulage.models import PlanWeek
from market.haulage.rules import PlanParameters, PlanStatus
from market.haulage.week_actions import WeekRequest
from market.haulage.week_rules import Calendar, dates_in, shut_gates
from market.jobs import Progress
from market.listings.models import Listing
from tests.conftest import NOW
from tests.market.haulage.world import MONDAY, World


def ask_week(session: Session, world: World, **fields) -> PlanWeek:
    row = {
        "run_id": world.run.id,
        "starts_on": MONDAY,
        "depot_ids": (world.depot.id,),
        "time_limit_s": 5,
        "parameters": PlanParameters(max_iterations=100),
    }
    request = WeekRequest(**{**row, **fields})
    week = week_actions.request_week(session, world.manager, request, now=NOW)
    session.commit()
    return week


def carry_out_week(sessions: sessionmaker[Session], week: PlanWeek) -> PlanWeek:
    progress = Progress(week.job_id, sessions)
    for step in (week_worker.freeze, week_worker.solve_and_store):
        step(sessions, week.id, progress)
    with sessions() as session:
        return week_queries.week(session, week.id)


def give_store(session: Session, listing: Listing, stock_t: int, room_t: int) -> None:
    """Let the whole store belong to the flow, which takes 45 t on each of 310 days."""
    listing.stock_kg, listing.storage_kg = 1000 * stock_t, 1000 * room_t
    listing.mass_kg_per_year = 45_000 * 310
    session.commit()


def test_a_week_is_planned_around_its_store_and_each_day_is_a_plan(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    # 45 t of ash a working day, 310 of 365 days: 38.2 t a day come in. The store holds 100 of
    # 200 t; it may end with one load of 30 t more.
    give_store(session, world.offers["fly_ash"], 100, 200)
    week = carry_out_week(sessions, ask_week(session, world))
    assert week.status == PlanStatus.PARTIAL  # the oily chips have no licensed truck
    (level,) = week.summary["levels"]
    inflow_kg = 45_000 * 310 // 365
    assert level["store"] == f"F{world.offers['fly_ash'].id}-{world.wants['fly_ash'].id}"
    assert level["evening_kg"][-1] == 100_000 + 7 * inflow_kg - sum(level["moved_kg"])
    assert level["evening_kg"][-1] <= 130_000
    # Seven days bring 267.5 t; 130 - 100 t may stay: eight loads of 30 t leave.
    assert sum(level["moved_kg"]) == 8 * 30_000
    assert level["moved_kg"][6] == 0, "trucks rest on Sunday"
    days = week_queries.plans_by_day(session, week.id)
    assert 6 not in days
    loads = [row for plan in days.values() for row in queries.loads(session, plan.id)]
    ash = [row for row in loads if row.material_id == "fly_ash"]
    assert len(ash) == 8
    for number, plan in days.items():
        assert plan.planned_on == MONDAY + timedelta(number)
        assert plan.status == PlanStatus.COMPLETE
        assert plan.summary["loads"] == len(queries.loads(session, plan.id))
        assert plan.summary["iterations"] > 0
    assert week.summary["cost_fen"] == sum(plan.summary["cost_fen"] for plan in days.values())
    assert 0 < week.summary["bound_fen"] <= week.summary["cost_fen"]


def test_small_pick_ups_keep_their_weekdays_and_streams_without_a_store_their_day(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    week = carry_out_week(sessions, ask_week(session, world))
    days = week_queries.plans_by_day(session, week.id)
    visits = {
        number: [row.mass_kg for row in queries.loads(session, plan.id) if row.collection_id]
        for number, plan in days.items()
    }
    # 2.4 t on Mondays and Wednesdays, 0.9 t on Tuesdays.
    assert {number: rows for number, rows in visits.items() if rows} == {
        0: [2400],
        1: [900],
        2: [2400],
    }
    assert week.summary["levels"] == []


def test_what_no_truck_may_carry_is_told_with_the_days_own_reason(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    week = carry_out_week(sessions, ask_week(session, world))
    reasons = {(row["blocker"], row["unserved"]["reason"]) for row in week.summary["unmet"]}
    assert reasons == {("alone", "no_body")}


def test_the_same_request_twice_is_one_week(session: Session, world: World) -> None:
    one, other = ask_week(session, world), ask_week(session, world)
    assert one.id == other.id
    assert ask_week(session, world, days=3).id != one.id


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"starts_on": MONDAY - timedelta(60)}, "planned_on"),
        ({"days": 15}, "days"),
        ({"driver_days": 0}, "driver_days"),
        ({"time_limit_s": 10_000}, "time_limit_s"),
        ({"depot_ids": (99,)}, "depot_ids"),
    ],
)
def test_a_request_out_of_range_is_refused(
    session: Session, world: World, wrong: dict[str, object], field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        ask_week(session, world, **wrong)
    assert refused.value.field == field


def test_only_planners_ask_for_weeks_and_stop_them(session: Session, world: World) -> None:
    request = WeekRequest(world.run.id, MONDAY, (world.depot.id,))
    with pytest.raises(ForbiddenError):
        week_actions.request_week(session, None, request, now=NOW)
    week = ask_week(session, world)
    with pytest.raises(ForbiddenError):
        week_actions.cancel(session, None, week.id, now=NOW)
    with pytest.raises(NotFoundError):
        week_actions.cancel(session, world.manager, 99, now=NOW)
    with transaction(session):
        week_actions.cancel(session, world.manager, week.id, now=NOW)
    assert week_queries.job_of(session, week).cancel_requested_at is not None


def test_a_week_done_twice_is_stored_once(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    week = ask_week(session, world, days=2)
    carry_out_week(sessions, week)
    before = {plan.id for plan in week_queries.plans_by_day(session, week.id).values()}
    carry_out_week(sessions, week)
    session.expire_all()
    assert {plan.id for plan in week_queries.plans_by_day(session, week.id).values()} == before


def test_a_week_whose_job_has_ended_cannot_be_stopped(session: Session, world: World) -> None:
    week = ask_week(session, world)
    week.job_id = None
    with pytest.raises(ConflictError):
        week_actions.cancel(session, world.manager, week.id, now=NOW)


def test_a_receiver_that_says_its_stock_and_room_is_kept_from_running_short(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    # The board takes 45 t on 310 of 365 days, 38.2 t a day. It holds 60 t of 200 t and nobody
    # drives on the holiday on day 1: without a load on day 0 it would be short on day 1.
    give_store(session, world.offers["fly_ash"], 150, 400)
    give_store(session, world.wants["fly_ash"], 60, 200)
    rest = Calendar(rest_dates=frozenset({MONDAY + timedelta(1)}))
    week = carry_out_week(sessions, ask_week(session, world, days=3, calendar=rest))
    tank, yard = week.summary["levels"]
    assert (tank["used"], yard["used"]) == (False, True)
    assert yard["store"] == f"W{world.wants['fly_ash'].id}"
    assert yard["moved_kg"] == tank["moved_kg"]
    assert yard["moved_kg"][0] >= 30_000
    assert yard["moved_kg"][1] == 0
    assert yard["missed_kg"] == [0, 0, 0]
    use_kg = 45_000 * 310 // 365
    assert yard["evening_kg"][-1] == 60_000 + sum(yard["moved_kg"]) - 3 * use_kg


def test_a_shut_gate_gives_nothing_and_a_load_without_a_store_may_wait(
    session: Session, sessions: sessionmaker[Session], world: World
) -> None:
    ash, monday = world.offers["fly_ash"], frozenset({MONDAY})
    shut = Calendar(closed=((ash.id, monday),))
    refused = carry_out_week(sessions, ask_week(session, world, days=2, calendar=shut))
    late = [row for row in refused.summary["unmet"] if row["blocker"] == "closed"]
    assert [(row["subject"], row["mass_kg"]) for row in late] == [
        (f"F{ash.id}-{world.wants['fly_ash'].id}.1", 30_000)
    ]
    waits = Calendar(closed=((ash.id, monday),), wait_days=1)
    week = carry_out_week(sessions, ask_week(session, world, days=2, calendar=waits))
    assert not [row for row in week.summary["unmet"] if row["blocker"] == "closed"]


def test_a_calendar_comes_back_as_it_was_stored() -> None:
    told = Calendar(frozenset({MONDAY}), ((12, frozenset({MONDAY, MONDAY + timedelta(1)})),), 2)
    assert Calendar.of(told.record()) == told
    assert list(shut_gates("L-0012 2026-11-23, 2026-11-24\n\nl12：2026-11-23")) == [
        (12, frozenset({MONDAY, MONDAY + timedelta(1)})),
        (12, frozenset({MONDAY})),
    ]


@pytest.mark.parametrize(
    ("read", "code", "said"),
    [
        (lambda: dates_in("2026-11-31", "rest_dates"), "no_date", {"word": "2026-11-31"}),
        (lambda: list(shut_gates("\nMill 2026-11-23")), "no_shut_gate", {"line": 2}),
        (lambda: list(shut_gates("L-0001 soon")), "no_date", {"word": "soon"}),
    ],
)
def test_what_is_no_calendar_is_named(read, code, said) -> None:
    with pytest.raises(DomainError) as refused:
        read()
    assert (refused.value.code, refused.value.params) == (code, said)


def test_a_gate_of_a_listing_that_is_not_there_is_refused(session: Session, world: World) -> None:
    with pytest.raises(DomainError) as refused:
        ask_week(session, world, calendar=Calendar(closed=((9999, frozenset({MONDAY})),)))
    assert refused.value.field == "closed"
    with pytest.raises(DomainError):
        ask_week(session, world, calendar=Calendar(wait_days=7))


@pytest.mark.parametrize(
    ("field", "calendar"),
    [
        ("closed", Calendar(closed=((1, frozenset({MONDAY, MONDAY + timedelta(3)})),))),
        ("rest_dates", Calendar(rest_dates=frozenset({MONDAY + timedelta(3)}))),
    ],
)
def test_a_day_outside_the_week_is_told_of(
    session: Session, world: World, field: str, calendar: Calendar
) -> None:
    with pytest.raises(DomainError) as caught:
        ask_week(session, world, days=3, calendar=calendar)
    assert (caught.value.code, caught.value.field) == ("day_outside_week", field)
    assert caught.value.params == {"day": "2026-11-26"}
