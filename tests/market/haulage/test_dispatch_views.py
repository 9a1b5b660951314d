"""The dispatcher's pages: what they offer, refuse and say, and to whom."""

import pytest
from werkzeug.test import TestResponse

from market.accounts.rules import Role
from market.db import transaction
from market.haulage import queries, versions
from market.haulage.models import CollectionPlan
from market.haulage.rules import PlanStatus
from tests.conftest import NOW
from tests.market.haulage.test_dispatch import loads_of

DESK = "/haulage/plans/{}/dispatch"
CHANGE = "/haulage/plans/{}/change"


@pytest.fixture
def dispatcher(planned, sign_in):
    client = sign_in(Role.PARK_MANAGER)
    client.set_cookie("lang", "en")
    return client


def text(response: TestResponse, status: int = 200) -> str:
    """Return the page; the spaces that keep a dot on its line read as any other."""
    assert response.status_code == status, response.text
    return response.text.replace("\xa0", " ")


def change(client, plan_id: int, **fields) -> int:
    """Send one button of the desk; return the id of the plan whose desk it leads to."""
    answer = client.post(CHANGE.format(plan_id), data=fields)
    assert answer.status_code == 303, answer.text
    return int(answer.location.removesuffix("/dispatch").rsplit("/", 1)[1])


def vehicle_of(session, plan_id: int, load: str) -> str:
    return next(
        f"V{row.vehicle_id}" for row in queries.loads(session, plan_id) if row.load_key == load
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_page_is_whole_in_both_languages(dispatcher, session, language):
    ash = loads_of(session, 1)[0]
    new = change(dispatcher, 1, verb="lock", load=ash)
    newer = change(dispatcher, new, verb="take_out", vehicle=vehicle_of(session, 1, "C1#1"))
    dispatcher.set_cookie("lang", language)
    for address in (
        DESK.format(newer),
        f"{DESK.format(newer)}?load=C1%231&vehicle={vehicle_of(session, 1, 'C1#1')}",
        f"{DESK.format(newer)}?late=C2",
        f"/haulage/plans/1/compare/{newer}",
        f"/haulage/plans/{newer}/compare/1",
        f"/haulage/plans/{newer}",
        f"/haulage/plans/{newer}/stops",
        "/haulage/plans/1",
    ):
        page = text(dispatcher.get(address))
        assert "%(" not in page
        assert "style=" not in page


def test_the_desk_shows_where_a_load_could_go_and_why_not(dispatcher, session):
    ash = loads_of(session, 1)[0]
    page = text(dispatcher.get(DESK.format(1), query_string={"load": ash}))
    assert "1 truck can take it." in page
    assert "it is here" in page
    assert "2 trucks cannot, and why" in page
    assert "The truck has not the body for it." in page
    assert "<td>Choose a truck with another body.</td>" in page
    places = text(
        dispatcher.get(
            DESK.format(1), query_string={"load": ash, "vehicle": vehicle_of(session, 1, ash)}
        )
    )
    assert "first of all" in places


def test_a_late_load_is_offered_with_its_extra_cost_and_added(dispatcher, session):
    page = text(dispatcher.get(DESK.format(1)))
    assert "One truckload of a flow" in page
    assert "A small pick-up" in page
    page = text(dispatcher.get(DESK.format(1), query_string={"late": "C2"}))
    assert "Add here" in page
    flatbed = vehicle_of(session, 1, "C1#1")
    new = change(dispatcher, 1, verb="add", late="C2", vehicle=flatbed, receiver="W3")
    page = text(dispatcher.get(f"/haulage/plans/{new}"))
    assert "added Scrap steel · Machine shop 2 (demo) #1 on Truck 3" in page


def test_a_changed_plan_says_who_did_what_and_offers_the_way_back(dispatcher, session):
    new = change(dispatcher, 1, verb="take_off", load="C1#1")
    page = text(dispatcher.get(f"/haulage/plans/{new}"))
    assert "took Scrap steel · Machine shop 1 (demo) #1 off its truck" in page
    assert "Undo: back to P-0001" in page
    assert f"/haulage/plans/1/compare/{new}" in page
    old = text(dispatcher.get("/haulage/plans/1"))
    assert f"Plan P-{new:04d} counts now; this one was left aside." in old
    for _twice in range(2):
        answer = dispatcher.post("/haulage/plans/1/current", data={"instead_of": new})
        assert answer.location == "/haulage/plans/1"
    assert "left aside" not in text(dispatcher.get("/haulage/plans/1"))
    listed = text(dispatcher.get("/haulage/"))
    assert "1 version more" in listed
    assert f'href="/haulage/plans/{new}">P-{new:04d}</a>' in listed
    assert "Let this one count again" in text(dispatcher.get(f"/haulage/plans/{new}"))


def test_the_same_button_twice_is_one_change(dispatcher, session):
    ids = {change(dispatcher, 1, verb="take_off", load="C1#1") for _ in range(2)}
    assert len(ids) == 1
    assert session.query(CollectionPlan).count() == 2


def test_the_second_dispatcher_gets_409_with_who_changed_it(dispatcher, session, sign_in):
    new = change(dispatcher, 1, verb="take_off", load="C1#1")
    second = sign_in(Role.STAFF)
    answer = second.post(CHANGE.format(1), data={"verb": "lock", "load": loads_of(session, 1)[0]})
    page = text(answer, 409)
    who = queries.person(session, queries.plan(session, new).created_by)
    assert f"{who.name_en}, 2026-11-22 12:00: took Scrap steel" in page
    assert f"/haulage/plans/{new}/dispatch" in page
    # After going back the head is the first plan again, and whoever still looks at the second is told.
    with transaction(session):
        from market.accounts.rules import Actor

        actor = Actor(who.id, Role.PARK_MANAGER, who.name_zh, who.name_en)
        versions.make_current(session, actor, 1, instead_of=new, now=NOW)
    page = text(
        second.post(CHANGE.format(new), data={"verb": "lock", "load": loads_of(session, 1)[0]}), 409
    )
    assert f"{who.name_en} went back to plan P-0001" in page


def test_a_refusal_keeps_the_desk_and_names_the_remedy(dispatcher, session):
    ash = loads_of(session, 1)[0]
    locked = change(dispatcher, 1, verb="lock", load=ash)
    answer = dispatcher.post(CHANGE.format(locked), data={"verb": "take_off", "load": ash})
    page = text(answer, 422)
    assert "Not possible as the plan stands" in page
    assert "Fly ash · fly_ash offer (demo) #1 is locked." in page
    assert "Unlock it first." in page
    wrong = dispatcher.post(
        CHANGE.format(locked),
        data={"verb": "move", "load": "C1#1", "vehicle": vehicle_of(session, 1, ash)},
    )
    assert "The truck has not the body for it." in text(wrong, 422)


def test_what_is_locked_is_marked_on_the_plan_and_its_stops(dispatcher, session):
    ash = loads_of(session, 1)[0]
    one = change(dispatcher, 1, verb="lock", load=ash)
    both = change(dispatcher, one, verb="lock", vehicle=vehicle_of(session, 1, "C1#1"))
    page = text(dispatcher.get(f"/haulage/plans/{both}"))
    assert "1 load locked" in page
    assert "· locked</small>" in page
    stops = text(dispatcher.get(f"/haulage/plans/{both}/stops"))
    # Loading and unloading of the one load; the other truck's whole day.
    assert stops.count(">locked</span>") == 3
    assert "takes no change" in stops


def test_each_route_explains_its_cost(dispatcher, session):
    page = text(dispatcher.get("/haulage/plans/1"))
    assert (
        "What each truck's day costs, and why" in page or "What each truck&#39;s day costs" in page
    )
    route = queries.routes(session, 1)[0]
    hours = (route.ends_s - route.starts_s) / 3600
    parts = 10_000 + 600 * route.distance_m / 1000 + 4_000 * hours
    assert abs(parts - route.cost_fen) < 1
    assert f"{route.distance_m / 1000:.3f} × 6.00" in page


def test_a_comparison_names_loads_trucks_and_sums(dispatcher, session, client):
    new = change(dispatcher, 1, verb="take_off", load="C1#1")
    page = text(dispatcher.get(f"/haulage/plans/1/compare/{new}"))
    assert "left over: 2 instead of 1. Loads that differ: 1; trucks: 1." in page
    assert "now left over" in page
    assert "Truck 3 flatbed truck" in page
    back = text(dispatcher.get(f"/haulage/plans/{new}/compare/1"))
    assert "now placed" in back
    same = text(dispatcher.get("/haulage/plans/1/compare/1"))
    assert "The two plans drive the same." in same
    assert dispatcher.get("/haulage/plans/1/compare/99").status_code == 404


def test_a_search_from_now_on_shows_its_progress_and_asks_sense(dispatcher, session):
    early = {"time_limit_s": "5", "from_time": "06:00"}
    page = text(dispatcher.post("/haulage/plans/1/search", data=early), 422)
    assert "The day has not begun" in page
    answer = dispatcher.post("/haulage/plans/1/search", data={"time_limit_s": "5"})
    assert answer.status_code == 303
    waiting = queries.plan(session, int(answer.location.rsplit("/", 1)[1]))
    assert (waiting.status, waiting.time_limit_s) == (PlanStatus.PENDING, 5)
    assert queries.change(session, waiting.id).held["now_s"] is None
    assert f"/haulage/plans/{waiting.id}/cancel" in text(dispatcher.get(answer.location))
    assert dispatcher.get(DESK.format(waiting.id)).status_code == 303
    assert dispatcher.get(f"/haulage/plans/1/compare/{waiting.id}").status_code == 404
    page = text(dispatcher.post("/haulage/plans/1/search", data={"time_limit_s": "0"}), 422)
    assert page.count("Enter a whole number from 1 to 600.") == 2


@pytest.mark.parametrize("role", [Role.PRODUCER, Role.RECEIVER, None])
def test_others_neither_change_nor_read(planned, client, sign_in, session, role):
    if role is not None:
        sign_in(role)
    for answer in (
        client.get(DESK.format(1)),
        client.post(CHANGE.format(1), data={"verb": "take_off", "load": "C1#1"}),
        client.post("/haulage/plans/1/search", data={"time_limit_s": "5"}),
        client.post("/haulage/plans/1/current", data={"instead_of": "1"}),
        client.get("/haulage/plans/1/compare/1"),
    ):
        assert answer.status_code == (303 if role is None else 403)
        assert role is not None or "/sign-in" in answer.location
    assert session.query(CollectionPlan).count() == 1


@pytest.mark.parametrize(
    ("tail", "fields"),
    [
        ("dispatch?load=nothing%231", None),
        ("dispatch?late=F9-9", None),
        ("dispatch?load=C1%231&vehicle=V99", None),
        ("change", {"verb": "sell"}),
        ("change", {"verb": "add", "late": "C99", "vehicle": "V1"}),
    ],
)
def test_what_is_not_there_is_not_found(dispatcher, tail, fields):
    address = f"/haulage/plans/1/{tail}"
    answer = dispatcher.get(address) if fields is None else dispatcher.post(address, data=fields)
    assert answer.status_code == 404


def loading_s(session, plan_id: int, load: str) -> int:
    session.rollback()
    rows = queries.loads(session, plan_id)
    return next(row.loading_starts_s for row in rows if row.load_key == load)


def test_a_load_is_locked_to_a_time_and_shown_so(dispatcher, session):
    page = text(dispatcher.get(DESK.format(1), query_string={"load": "C1#1"}))
    assert 'type="time" id="at_time"' in page
    new = change(dispatcher, 1, verb="lock", load="C1#1", at_time="10:30")
    assert loading_s(session, new, "C1#1") == 10 * 3600 + 1800
    page = text(dispatcher.get(f"/haulage/plans/{new}"))
    assert "locked Scrap steel · Machine shop 1 (demo) #1 to 10:30" in page
    assert "locked to 10:30" in text(dispatcher.get(f"/haulage/plans/{new}/stops"))
    assert "locked to 10:30" in text(
        dispatcher.get(DESK.format(new), query_string={"load": "C1#1"})
    )
    later = change(dispatcher, new, verb="lock", load="C1#1", at_time="11:00")
    assert loading_s(session, later, "C1#1") == 11 * 3600
    free = change(dispatcher, later, verb="unlock", load="C1#1")
    assert "locked" not in text(dispatcher.get(f"/haulage/plans/{free}/stops"))


def unloading_s(session, plan_id: int, load: str) -> int:
    session.rollback()
    stops = [stop for route in queries.routes(session, plan_id) for stop in route.stops]
    return next(s["start_s"] for s in stops if s["kind"] == "unload" and load in s["loads"])


def test_an_unloading_time_is_locked_beside_the_loading_time_and_planned_around(
    dispatcher, session
):
    new = change(dispatcher, 1, verb="lock", load="C1#1", unload_time="13:00")
    assert unloading_s(session, new, "C1#1") == 13 * 3600
    page = text(dispatcher.get(f"/haulage/plans/{new}"))
    assert "locked Scrap steel · Machine shop 1 (demo) #1 to be unloaded at 13:00" in page
    asked = {"load": "C1#1"}
    desk = text(dispatcher.get(DESK.format(new), query_string=asked))
    assert "locked: unloads at 13:00" in desk
    assert 'id="unload_time"' in desk
    both = change(dispatcher, new, verb="lock", load="C1#1", at_time="10:30")
    assert loading_s(session, both, "C1#1") == 10 * 3600 + 1800
    assert unloading_s(session, both, "C1#1") == 13 * 3600
    desk = text(dispatcher.get(DESK.format(both), query_string=asked))
    assert "locked: loads at 10:30, unloads at 13:00" in desk
    # What is locked is kept when another load joins the truck, and what is undone comes back.
    flatbed = vehicle_of(session, 1, "C1#1")
    added = change(dispatcher, both, verb="add", late="C2", vehicle=flatbed, receiver="W3")
    assert unloading_s(session, added, "C1#1") == 13 * 3600
    back = dispatcher.post(f"/haulage/plans/{both}/current", data={"instead_of": added})
    assert back.status_code == 303
    free = change(dispatcher, both, verb="unlock", load="C1#1")
    assert "locked" not in text(dispatcher.get(f"/haulage/plans/{free}/stops"))


def test_each_stop_has_a_button_that_locks_it_to_its_time_to_the_second(dispatcher, session):
    page = text(dispatcher.get("/haulage/plans/1/stops"))
    at_s = unloading_s(session, 1, "C1#1")
    at = f"{at_s // 3600:02d}:{at_s % 3600 // 60:02d}:{at_s % 60:02d}"
    assert f'name="unload_time" value="{at}"' in page
    new = change(dispatcher, 1, verb="lock", load="C1#1", unload_time=at)
    assert unloading_s(session, new, "C1#1") == at_s
    page = text(dispatcher.get(f"/haulage/plans/{new}/stops"))
    assert f"locked to {at_s // 3600}:{round(at_s / 60) % 60:02d}" in page
    assert 'name="verb" value="unlock"' in page
    # A plan that does not count any more offers nothing.
    assert 'name="verb"' not in text(dispatcher.get("/haulage/plans/1/stops"))


def test_an_unloading_time_that_cannot_be_is_refused_with_what_would_do(dispatcher):
    def refused(unload_time):
        fields = {"verb": "lock", "load": "C1#1", "unload_time": unload_time}
        return text(dispatcher.post(CHANGE.format(1), data=fields), 422)

    assert "takes nothing at 20:30." in refused("20:30")
    assert "Choose 19:00, the nearest time at which it is open." in refused("20:30")
    early = refused("06:00")
    assert "is locked to be unloaded at 6:00; the truck would be there at" in early
    assert "or later, or move what comes before it." in early


def test_a_time_that_cannot_be_kept_is_refused_with_the_nearest(dispatcher):
    """The machine shop opens from 8 to 12; the truck's shift begins at 5, some minutes away."""

    def refused(load, at_time):
        fields = {"verb": "lock", "load": load, "at_time": at_time}
        return text(dispatcher.post(CHANGE.format(1), data=fields), 422)

    assert "Machine shop 1 (demo) is not open for loading at 7:30." in refused("C1#1", "07:30")
    assert "Choose 12:00, the nearest time at which it is." in refused("C1#1", "13:00")


def test_a_load_is_moved_into_a_trip_it_shares(dispatcher, session):
    flatbed = vehicle_of(session, 1, "C1#1")
    new = change(dispatcher, 1, verb="add", late="C2", vehicle=flatbed, receiver="W3")
    asked = {"load": "C2#1", "vehicle": flatbed}
    page = text(dispatcher.get(DESK.format(new), query_string=asked))
    assert "Riding along on Truck 3" in page
    shop = "Scrap steel · Machine shop 1 (demo) #1"
    assert f"load it first of all, unload it after loading {shop}" in page
    there = {"receiver": "W3", "at": 0, "put": 2}
    newer = change(dispatcher, new, verb="move", **asked, **there)
    session.rollback()
    [route] = [r for r in queries.routes(session, newer) if f"V{r.vehicle_id}" == flatbed]
    worked = [stop["loads"] for stop in route.stops if stop["loads"]]
    # Neighbouring deliveries at one receiver are one call.
    assert worked == [["C2#1"], ["C1#1"], ["C1#1", "C2#1"]]
