"""Which plan of a day may come into force, with the clock moved across the day."""

from datetime import datetime, time, timedelta

import pytest
import sqlalchemy as sa

from market.audit import AuditEntry
from market.db import transaction
from market.errors import ConflictError
from market.haulage import day_plans, day_queries, dispatch, queries, versions
from market.haulage.dispatch import Wish
from market.haulage.models import Vehicle
from market.haulage.rules import HAND_OUT, LOCAL, PlanStatus, Verb, moment
from tests.conftest import NOW
from tests.market.haulage.world import MONDAY, ask, carry_out


def on_monday(hour: int, minute: int = 0) -> datetime:
    return datetime.combine(MONDAY, time(hour, minute), LOCAL)


@pytest.fixture
def day(session, sessions, world, clock):
    return Day(session, sessions, world, clock)


class Day:
    """Monday, as a dispatcher goes about it."""

    def __init__(self, session, sessions, world, clock):
        self.session, self.sessions, self.world, self.clock = session, sessions, world, clock

    def at(self, hour: int, minute: int = 0) -> None:
        self.clock.at = on_monday(hour, minute)

    def plan(self, **fields):
        return carry_out(self.sessions, ask(self.session, self.world, **fields))

    def drive(self, plan, instead_of=None):
        with transaction(self.session):
            return day_plans.drive(
                self.session,
                self.world.manager,
                plan.id,
                instead_of=0 if instead_of is None else instead_of.id,
                now=self.clock.at,
            )

    def put_away(self, plan):
        with transaction(self.session):
            day_plans.take_out_of_force(
                self.session, self.world.manager, plan.id, now=self.clock.at
            )

    def change(self, plan, verb, **fields):
        wish = Wish(verb, **fields)
        changed = dispatch.prepare(
            self.session, self.world.manager, plan.id, wish, now=self.clock.at
        )
        with transaction(self.session):
            return versions.keep(
                self.session, self.world.manager, plan.id, changed, now=self.clock.at
            )

    def replan(self, plan):
        wish = Wish(Verb.REPLAN, time_limit_s=1)
        changed = dispatch.prepare(
            self.session, self.world.manager, plan.id, wish, now=self.clock.at
        )
        with transaction(self.session):
            row = versions.request_replan(
                self.session,
                self.world.manager,
                plan.id,
                changed,
                time_limit_s=1,
                now=self.clock.at,
            )
        return carry_out(self.sessions, row)

    @property
    def in_force(self):
        self.session.expire_all()
        found = day_queries.driven_on(self.session, MONDAY)
        return None if found is None else found.plan.id

    def starts_s(self, plan):
        return min(row.starts_s for row in queries.routes(self.session, plan.id))

    def loads(self, plan):
        return {row.load_key for row in queries.loads(self.session, plan.id)}


def test_a_plan_of_today_leaves_time_to_put_it_in_force(day):
    day.at(9)
    plan = day.plan()
    assert day.in_force == plan.id
    over_s = (9 * 3600) + plan.time_limit_s + HAND_OUT.total_seconds()
    assert plan.summary["from_s"] == over_s
    assert day.starts_s(plan) >= over_s


def test_a_second_plan_of_today_can_be_put_in_force(day):
    """Neither truck has set out when the second is there; nor do a draft's trucks ever."""
    day.at(9)
    first = day.plan()
    day.at(9, 5)
    second = day.plan(loads_per_flow=1)
    day.drive(second, first)
    assert day.in_force == second.id
    day.drive(first, second)
    assert day.in_force == first.id


def test_a_second_plan_of_today_goes_on_from_what_trucks_have_done(day):
    day.at(5)
    first = day.plan()
    started = moment(MONDAY, day.starts_s(first) + 60)
    day.clock.at = started
    second = day.plan(seed=2)
    assert day.loads(second) == day.loads(first)
    day.clock.at = started + timedelta(minutes=10)
    day.drive(second, first)
    assert day.in_force == second.id
    third = day.change(second, Verb.TAKE_OUT, vehicle="V3")
    assert day.in_force == third.id


def test_a_plan_that_does_not_know_of_what_is_done_stays_a_draft(day, session):
    """The truck that set out first is none of this plan's day."""
    day.at(5)
    first = day.plan()
    day.at(9)
    with transaction(session):
        session.execute(sa.update(Vehicle).where(Vehicle.number == 1).values(active=False))
    second = day.plan(seed=2)
    with pytest.raises(ConflictError, match="done_otherwise"):
        day.drive(second, first)
    assert day.in_force == first.id


def test_a_draft_of_today_can_be_changed_searched_and_put_in_force(day):
    """By the draft its trucks should be out at half past nine; it was not in force."""
    day.at(9)
    first = day.plan()
    day.change(first, Verb.TAKE_OUT, vehicle="V1")
    out = day.in_force
    draft = day.plan(seed=2)
    [tanker] = [row for row in queries.routes(day.session, draft.id) if row.number == 1]
    day.at(9, 40)
    assert tanker.starts_s < (9 * 60 + 40) * 60
    changed = day.change(draft, Verb.LOCK, vehicle="V1")
    [tanker] = [row for row in queries.routes(day.session, changed.id) if row.number == 1]
    assert tanker.starts_s >= (9 * 60 + 55) * 60
    day.at(9, 45)
    day.drive(changed, queries.plan(day.session, out))
    assert day.in_force == changed.id


def test_a_search_on_a_draft_of_today_can_be_put_in_force(day):
    day.at(9)
    first = day.plan()
    draft = day.plan(loads_per_flow=1)
    day.at(9, 40)
    searched = day.replan(draft)
    assert queries.head_id(day.session, draft.id) == searched.id
    day.at(9, 45)
    day.drive(searched, first)
    assert day.in_force == searched.id


def test_a_search_on_the_plan_in_force_counts_at_once(day):
    day.at(6)
    first = day.plan()
    day.at(9, 40)
    searched = day.replan(first)
    assert day.in_force == searched.id
    assert searched.summary["from_s"] == 9 * 3600 + 40 * 60 + 1 + HAND_OUT.total_seconds()


def test_a_version_of_a_draft_counts_again_whatever_it_says_of_the_past(day):
    day.at(9)
    day.plan()
    draft = day.plan(seed=2)
    load = next(iter(sorted(day.loads(draft))))
    changed = day.change(draft, Verb.TAKE_OFF, load=load)
    day.at(12)
    with transaction(day.session):
        versions.make_current(
            day.session, day.world.manager, draft.id, instead_of=changed.id, now=day.clock.at
        )
    assert queries.head_id(day.session, changed.id) == draft.id


def test_with_nothing_in_force_a_plan_may_come_until_its_trucks_should_be_out(day):
    day.at(9)
    plan = day.plan()
    day.put_away(plan)
    assert day.in_force is None
    starts_s = day.starts_s(plan)
    day.clock.at = moment(MONDAY, starts_s + 1)
    with pytest.raises(ConflictError, match="done_otherwise"):
        day.drive(plan)
    day.clock.at = moment(MONDAY, starts_s)
    day.drive(plan)
    assert day.in_force == plan.id


def test_a_plan_with_nothing_in_it_never_comes_into_force_by_itself(day, session):
    day.at(18)
    empty = day.plan()
    assert empty.status == PlanStatus.EMPTY
    assert day.in_force is None
    day.clock.at = NOW
    plan = day.plan(seed=2)
    assert day.in_force == plan.id


@pytest.mark.parametrize("days", [1, 30])
def test_a_day_that_is_over_stays_as_it_was(planned, day, days):
    draft = day.plan(seed=2)
    day.clock.at = NOW + timedelta(days=1 + days)
    for act in (
        lambda: day.drive(draft, planned),
        lambda: day.put_away(planned),
        lambda: day.change(planned, Verb.TAKE_OUT, vehicle="V3"),
    ):
        with pytest.raises(ConflictError, match="day_is_over"):
            act()
    assert day.in_force == planned.id


def test_a_plan_taken_out_of_force_is_a_draft_again_until_a_person_says_otherwise(planned, day):
    day.put_away(planned)
    day.put_away(planned)
    assert day.in_force is None
    # What is made now stays a draft: a person has said that nothing is driven.
    other = day.plan(seed=2)
    assert day.in_force is None
    changed = day.change(planned, Verb.TAKE_OUT, vehicle="V3")
    day.drive(changed)
    assert day.in_force == changed.id
    record = day_queries.of_day(day.session, MONDAY)
    assert record.changes == 2
    with pytest.raises(ConflictError, match="another_plan_driven"):
        day.put_away(other)
    told = day.session.scalars(sa.select(AuditEntry.verb).order_by(AuditEntry.id)).all()
    assert told[-1] == "drive"
    assert "take_out_of_force" in told


def test_a_plan_by_which_a_truck_has_set_out_stays_in_force(planned, day):
    day.clock.at = moment(MONDAY, day.starts_s(planned) + 1)
    with pytest.raises(ConflictError, match="truck_has_left"):
        day.put_away(planned)
    assert day.in_force == planned.id
