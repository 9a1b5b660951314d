"""A day under way: planned from now on, changed, and gone back on."""

from datetime import datetime, time, timedelta

import pytest

from market.db import transaction
from market.errors import ConflictError, DomainError
from market.haulage import day_plans, dispatch, queries, versions, week_queries
from market.haulage.dispatch import Wish
from market.haulage.models import CollectionPlan
from market.haulage.rules import LOCAL, Verb, moment
from tests.conftest import NOW
from tests.market.haulage.test_dispatch_views import text
from tests.market.haulage.test_weeks import ask_week, carry_out_week
from tests.market.haulage.world import MONDAY, ask, carry_out


def on_monday(hour: int, minute: int = 0) -> datetime:
    return datetime.combine(MONDAY, time(hour, minute), LOCAL)


def test_the_page_of_a_plan_made_for_today_says_from_when_on(
    session, sessions, world, clock, english
):
    plan = ask(session, world)
    clock.at = on_monday(9, 10)
    carry_out(sessions, plan)
    page = text(english.get(f"/haulage/plans/{plan.id}"))
    assert "nothing in it happens before 9:25" in page


def test_the_page_of_a_plan_made_before_says_nothing_of_it(planned, english):
    assert "nothing in it happens before" not in text(english.get(f"/haulage/plans/{planned.id}"))


def taken_off(session, world, plan_id, load, now):
    changed = dispatch.prepare(session, world.manager, plan_id, off(load), now=now)
    with transaction(session):
        return versions.keep(session, world.manager, plan_id, changed, now=now)


def off(load: str) -> Wish:
    return Wish(Verb.TAKE_OFF, load=load)


def go_back(session, world, plan_id, instead_of, now):
    with transaction(session):
        return versions.make_current(
            session, world.manager, plan_id, instead_of=instead_of, now=now
        )


@pytest.fixture
def leaves(planned, session) -> tuple[str, int]:
    """The ash, and the second at which its truck, which carries nothing else, leaves for it."""
    [row] = [row for row in queries.loads(session, planned.id) if row.mass_kg == 30_000]
    route = next(r for r in queries.routes(session, planned.id) if r.vehicle_id == row.vehicle_id)
    return row.load_key, route.starts_s


def test_a_change_is_undone_while_no_truck_has_done_otherwise(planned, world, session, leaves):
    load, starts_s = leaves
    now = moment(MONDAY, starts_s - 120)
    new = taken_off(session, world, planned.id, load, now)
    go_back(session, world, planned.id, new.id, moment(MONDAY, starts_s - 60))
    assert queries.head_id(session, new.id) == planned.id


def test_undo_makes_no_truck_have_fetched_what_was_taken_off_it(
    planned, world, session, leaves, clock, english
):
    """By the older plan the tanker is under way; it stayed at home, for its load was taken off."""
    load, starts_s = leaves
    new = taken_off(session, world, planned.id, load, moment(MONDAY, starts_s - 60))
    late = moment(MONDAY, starts_s + 60)
    with pytest.raises(ConflictError, match="done_otherwise"):
        go_back(session, world, planned.id, new.id, late)
    assert queries.head_id(session, planned.id) == new.id
    clock.at = late
    said = f"Truck 1 has by now done what plan {planned.ref} does not know of"
    for plan in (planned, new):
        page = text(english.get(f"/haulage/plans/{plan.id}"))
        assert said in page
        assert "instead_of" not in page
    answer = english.post(f"/haulage/plans/{planned.id}/current", data={"instead_of": new.id})
    assert said in text(answer, 409)


def test_only_a_search_that_ended_by_count_is_said_to_be_repeatable(
    session, sessions, world, english, clock
):
    plan = ask(session, world, max_iterations=50)
    plan = carry_out(sessions, plan)
    same = "from the same frozen input it comes out the same to the last stop"
    assert same in text(english.get(f"/haulage/plans/{plan.id}"))
    clock.at = on_monday(9)
    today = carry_out(sessions, ask(session, world, max_iterations=60))
    page = text(english.get(f"/haulage/plans/{today.id}"))
    assert same not in page
    assert "planned again it begins later" in page
    with transaction(session):
        session.get(CollectionPlan, plan.id).summary = {**plan.summary, "stopped": True}
    assert same not in text(english.get(f"/haulage/plans/{plan.id}"))


def test_a_search_that_comes_too_late_is_left_aside(planned, world, session, leaves):
    """It has the tanker stay at home, which has set out by the time the answer is there."""
    load, starts_s = leaves
    new = taken_off(session, world, planned.id, load, moment(MONDAY, starts_s - 120))
    go_back(session, world, planned.id, new.id, moment(MONDAY, starts_s - 60))
    for second, head in ((starts_s + 1, planned.id), (starts_s, new.id)):
        with transaction(session):
            versions.advance(session, new.id, now=moment(MONDAY, second))
        assert queries.head_id(session, planned.id) == head


def events(client, plan_id: int) -> dict[str, dict[str, str]]:
    """Return the calendar's events by their names."""
    answer = client.get(f"/haulage/plans/{plan_id}/plan.ics")
    assert answer.status_code == 200
    text = answer.data.decode().replace("\r\n ", "")
    rows = (part.strip().split("\r\n") for part in text.split("BEGIN:VEVENT")[1:])
    read = [dict(line.split(":", 1) for line in row if ":" in line) for row in rows]
    return {row["UID"]: row for row in read}


def test_a_calendar_follows_a_truck_taken_out_and_put_back_by_undo(
    planned, world, session, planner
):
    """Each file is newer than the one before, whichever plan counts; what is gone is cancelled."""
    first = events(planner, planned.id)
    assert {row["STATUS"] for row in first.values()} == {"CONFIRMED"}
    hour = timedelta(hours=1)
    wish = Wish(Verb.TAKE_OUT, vehicle="V1")
    changed = dispatch.prepare(session, world.manager, planned.id, wish, now=NOW + hour)
    with transaction(session):
        new = versions.keep(session, world.manager, planned.id, changed, now=NOW + hour)
    out = events(planner, new.id)
    assert out.keys() == first.keys()
    [gone] = [row for row in out.values() if row["STATUS"] == "CANCELLED"]
    assert gone["DTSTART"] == first[gone["UID"]]["DTSTART"]
    go_back(session, world, planned.id, new.id, NOW + 2 * hour)
    again = events(planner, planned.id)
    for name in ("SEQUENCE", "DTSTAMP"):
        marks = [{row[name] for row in file.values()} for file in (first, out, again)]
        assert [len(row) for row in marks] == [1, 1, 1]
        values = [row.pop() for row in marks]
        assert values == sorted(set(values))
    assert {row["STATUS"] for row in again.values()} == {"CONFIRMED"}
    assert {k: v["SUMMARY"] for k, v in again.items()} == {
        k: v["SUMMARY"] for k, v in first.items()
    }


def test_changes_within_one_second_are_told_apart_in_the_calendar(planned, world, session, planner):
    """A calendar keeps what has the greater sequence (RFC 5545, 3.8.7.4): taken out, put back."""
    numbers = [{row["SEQUENCE"] for row in events(planner, planned.id).values()}]
    wish = Wish(Verb.TAKE_OUT, vehicle="V1")
    changed = dispatch.prepare(session, world.manager, planned.id, wish, now=NOW)
    with transaction(session):
        new = versions.keep(session, world.manager, planned.id, changed, now=NOW)
    numbers.append({row["SEQUENCE"] for row in events(planner, new.id).values()})
    go_back(session, world, planned.id, new.id, NOW)
    numbers.append({row["SEQUENCE"] for row in events(planner, planned.id).values()})
    assert numbers == [{"0"}, {"1"}, {"2"}]


def test_another_plan_of_the_day_goes_on_counting(planned, world, sessions, session, planner):
    taken_off(session, world, planned.id, queries.loads(session, planned.id)[0].load_key, NOW)
    draft = carry_out(sessions, ask(session, world, seed=2))
    # No change of what is driven: another draft, and a change of that.
    draft = taken_off(session, world, draft.id, queries.loads(session, draft.id)[0].load_key, NOW)
    head = queries.head_id(session, planned.id)
    assert {row["SEQUENCE"] for row in events(planner, head).values()} == {"1"}
    with transaction(session):
        day_plans.drive(session, world.manager, draft.id, instead_of=head, now=NOW)
    assert {row["SEQUENCE"] for row in events(planner, draft.id).values()} == {"2"}


def test_a_comma_in_a_plate_is_escaped_in_the_calendar(planned, session, planner):
    with transaction(session):
        row = queries.routes(session, planned.id)[0]
        row.vehicle = {**row.vehicle, "plate": "豫C,1;2"}
    words = [row["SUMMARY"] for row in events(planner, planned.id).values()]
    assert any(word.endswith(r"豫C\,1\;2") for word in words)


def test_a_week_that_begins_today_sends_out_no_truck_whose_shift_has_begun(
    session, sessions, world, clock, english
):
    """Monday's scrap is due until noon; at seven all shifts but that of truck 3 have begun."""
    late = queries.truck(session, 3)
    late.shift_starts_s = 8 * 3600
    session.commit()
    clock.at = on_monday(7)
    week = carry_out_week(sessions, ask_week(session, world, days=2))
    days = week_queries.plans_by_day(session, week.id)
    assert [route.number for route in queries.routes(session, days[0].id)] == [3]
    assert 1 in {route.number for route in queries.routes(session, days[1].id)}
    page = text(english.get(f"/haulage/weeks/{week.id}"))
    assert "1, 2: the shift had begun when the days were planned" in page


@pytest.mark.parametrize("days", [1, 2, 400])
def test_no_plan_begins_on_a_day_that_is_over(session, world, days):
    past = NOW.date() - timedelta(days)
    for make in (
        lambda: ask(session, world, planned_on=past),
        lambda: ask_week(session, world, starts_on=past),
    ):
        with pytest.raises(DomainError, match="day_not_plannable"):
            make()
