"""At the desk: what a change made, the way back, what stands against one, and a conflict."""

import re

import pytest

from market.accounts.rules import Role
from market.haulage import queries, situations
from market.haulage.rules import moment
from tests.market.haulage.test_dispatch import loads_of
from tests.market.haulage.test_dispatch_views import (
    CHANGE,
    DESK,
    change,
    dispatcher,
    text,
    vehicle_of,
)
from tests.market.haulage.world import MONDAY

__all__ = ["dispatcher"]

SHOP = "Scrap steel · Machine shop 1 (demo) #1"


def truck_row(page: str, vehicle: str) -> str:
    return page.partition(f'id="truck-{vehicle}"')[2].partition("</tr>")[0]


def words(html: str) -> str:
    return " ".join(re.sub("<[^>]+>", " ", html).split())


def test_after_a_change_one_stays_at_the_desk_and_reads_what_it_made(dispatcher, session):
    flatbed = vehicle_of(session, 1, "C1#1")
    session.rollback()
    answer = dispatcher.post(CHANGE.format(1), data={"verb": "take_out", "vehicle": flatbed})
    assert answer.location == DESK.format(2)
    page = text(dispatcher.get(answer.location))
    assert "took Truck 3 out for the day" in page
    assert f"Left over now: {SHOP}" in page
    cost_fen = sum(row.cost_fen for row in queries.routes(session, 1)) - sum(
        row.cost_fen for row in queries.routes(session, 2)
    )
    assert f"Cost −{round(cost_fen / 100):,} ¥, way −" in page
    undo = dispatcher.post(
        "/haulage/plans/1/current", data={"instead_of": 2, "desk": "y"}, follow_redirects=True
    )
    assert "Undone: plan P-0001 counts again." in text(undo)
    assert undo.request.path == DESK.format(1)


def test_the_desk_offers_its_own_undo(dispatcher):
    assert "Undo" not in text(dispatcher.get(DESK.format(1)))
    new = change(dispatcher, 1, verb="take_off", load="C1#1")
    page = text(dispatcher.get(DESK.format(new)))
    assert "Undo: back to P-0001" in page
    assert '<input type="hidden" name="desk" value="y">' in page


def test_a_locked_load_keeps_its_name_and_says_who_locked_it(dispatcher, session, sign_in):
    new = change(dispatcher, 1, verb="lock", load="C1#1")
    page = text(dispatcher.get(DESK.format(new), query_string={"load": "C1#1"}))
    who = queries.person(session, queries.plan(session, new).created_by).name_en
    assert f"<b>{SHOP}</b>" in page
    assert f"locked on its truck ({who}, 11-22 12:00)" in page
    assert "Unlock it" in page
    assert "Take it off its truck" not in page
    assert "Not possible as the plan stands" not in page


def test_a_load_of_a_locked_day_offers_to_unlock_the_day_alone(dispatcher, session):
    flatbed = vehicle_of(session, 1, "C1#1")
    new = change(dispatcher, 1, verb="lock", vehicle=flatbed)
    page = text(dispatcher.get(DESK.format(new), query_string={"load": "C1#1"}))
    assert "The whole day of Truck 3 is locked (" in page
    assert "Unlock the day of Truck 3" in page
    assert "Lock it to a time" not in page


def test_a_load_under_way_says_when_its_truck_left_for_it(dispatcher, session, clock):
    route = next(r for r in queries.routes(session, 1) if "C1#1" in str(r.stops))
    first = next(stop for stop in route.stops if stop["kind"] == "load")
    last = next(stop for stop in route.stops if stop["kind"] == "unload")

    def at(second: int) -> str:
        clock.at = moment(MONDAY, second)
        return text(dispatcher.get(DESK.format(1), query_string={"load": "C1#1"}))

    page = at(first["start_s"] - 1)
    assert f"<b>{SHOP}</b>" in page
    assert "By the plan, Truck 3 left for it at " in page
    assert "Take it off its truck" not in page
    assert 'id="at_time"' not in page
    assert 'id="unload_time"' in page
    assert "By the plan, Truck 3 loaded it at " in at(first["start_s"] + 1)
    page = at(last["start_s"] + 1)
    assert "By the plan, Truck 3 unloaded it at " in page
    assert 'id="unload_time"' not in page


def test_a_truck_with_locked_loads_is_unlocked_and_taken_out_in_one_step(dispatcher, session):
    flatbed = vehicle_of(session, 1, "C1#1")
    new = change(dispatcher, 1, verb="lock", load="C1#1")
    row = truck_row(text(dispatcher.get(DESK.format(new))), flatbed)
    assert "Unlock all of it and take it out" in row
    assert "Out for the day" not in row
    out = change(dispatcher, new, verb="take_out", vehicle=flatbed, unlock="y")
    assert "unlocked all of Truck 3 and took it out" in text(dispatcher.get(DESK.format(out)))
    session.rollback()
    read = situations.read(session, queries.plan(session, out))
    assert (read.locks, read.out) == ((), {flatbed})


def test_each_truck_shows_plate_driver_and_depot(dispatcher, session):
    flatbed = vehicle_of(session, 1, "C1#1")
    row = truck_row(text(dispatcher.get(DESK.format(1))), flatbed)
    known = next(v for v in queries.every_vehicle(session) if f"V{v.id}" == flatbed)
    depot = queries.depot(session, known.depot_id)
    for said in (known.plate, known.driver_en, depot.name_en):
        assert said in row


@pytest.mark.parametrize("minutes", ["abc", "601"])
def test_a_wrong_delay_names_its_truck_and_keeps_what_was_typed(dispatcher, session, minutes):
    flatbed = vehicle_of(session, 1, "C1#1")
    said = {"verb": "delay", "vehicle": flatbed, "late_min": minutes}
    page = text(dispatcher.post(CHANGE.format(1), data=said), 422)
    assert f"Asked for: Truck 3 runs {minutes} min late" in page
    assert f'value="{minutes}" aria-invalid="true"' in truck_row(page, flatbed)
    assert page.count('aria-invalid="true"') == 1


def test_a_delay_is_corrected_from_the_plan_before_and_added_to_only_with_its_sum(
    dispatcher, session
):
    flatbed = vehicle_of(session, 1, "C1#1")

    def starts_s(plan_id: int) -> int:
        session.rollback()
        return next(
            r.starts_s for r in queries.routes(session, plan_id) if f"V{r.vehicle_id}" == flatbed
        )

    before_s = starts_s(1)
    late = change(dispatcher, 1, verb="delay", vehicle=flatbed, late_min="45")
    assert "Correct the 45 min" in truck_row(text(dispatcher.get(DESK.format(late))), flatbed)
    fields = {"verb": "delay", "vehicle": flatbed, "late_min": "30", "correct": "y"}
    right = change(dispatcher, late, **fields)
    assert starts_s(right) == before_s + 30 * 60
    assert change(dispatcher, late, **fields) == right
    more = change(dispatcher, right, verb="delay", vehicle=flatbed, late_min="20")
    assert starts_s(more) == before_s + 50 * 60
    page = text(dispatcher.get(DESK.format(more)))
    assert "Truck 3 is 50 min late in all." in page
    assert "50 min late in all" in words(truck_row(page, flatbed))
    # What was told last was another thing: there is nothing to correct.
    other = change(dispatcher, more, verb="lock", load="C1#1")
    assert dispatcher.post(CHANGE.format(other), data=fields).status_code == 404


def test_a_conflict_tells_what_changed_and_does_the_same_on_the_plan_that_counts(
    dispatcher, session, sign_in
):
    ash = loads_of(session, 1)[0]
    session.rollback()
    new = change(dispatcher, 1, verb="take_off", load="C1#1")
    second = sign_in(Role.STAFF)
    page = text(second.post(CHANGE.format(1), data={"verb": "lock", "load": ash}), 409)
    assert f"Left over now: {SHOP}" in page
    assert "Your wish was not carried out: lock Fly ash" in page
    form = page.partition(f'action="{CHANGE.format(new)}"')[2].partition("</form>")[0]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    del fields["csrf_token"]
    assert fields == {"verb": "lock", "load": ash}
    done = change(second, new, **fields)
    assert [change.verb for _plan, change, _user in queries.line(session, done)] == [
        "lock",
        "take_off",
    ]
