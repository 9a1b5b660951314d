"""One plan of a day is driven; every other is a draft until somebody says that it is driven."""

import json
import re
import threading
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from market.accounts.rules import Role
from market.audit import AuditEntry
from market.config import Settings
from market.db import make_engine, make_sessions, transaction
from market.errors import ConflictError, ForbiddenError
from market.haulage import day_plans, day_queries, queries, records, week_queries
from market.haulage.day_models import PlanOfDay
from market.haulage.dispatch_words import Names
from market.haulage.rules import Verb
from market.haulage.week_rules import called_on_day
from market.serving import upgrade_database
from tests.conftest import NOW
from tests.market.haulage.test_dispatch import do
from tests.market.haulage.test_views import text
from tests.market.haulage.test_weeks import ask_week, carry_out_week
from tests.market.haulage.world import MONDAY, ask, carry_out, make_world

LATER = NOW + timedelta(minutes=1)


def driven(session, day=MONDAY):
    found = day_queries.driven_on(session, day)
    return None if found is None else found.plan.id


def drive(session, actor, plan_id, instead_of):
    with transaction(session):
        return day_plans.drive(session, actor, plan_id, instead_of=instead_of, now=LATER)


@pytest.fixture
def draft(planned, world, session, sessions):
    """A second plan of Monday, which takes up one load of each flow at most."""
    return carry_out(sessions, ask(session, world, loads_per_flow=1, seed=2))


def test_the_first_plan_of_a_day_is_driven_and_the_next_is_a_draft(planned, draft, session):
    assert driven(session) == planned.id
    assert driven(session, MONDAY + timedelta(1)) is None


def test_a_person_says_that_the_draft_is_driven_and_takes_it_back(planned, draft, world, session):
    drive(session, world.manager, draft.id, planned.id)
    assert driven(session) == draft.id
    # Saying it again changes nothing.
    drive(session, world.manager, draft.id, planned.id)
    record = day_queries.of_day(session, MONDAY)
    assert (record.before_id, record.set_by, record.set_at) == (
        planned.id,
        world.manager.user_id,
        LATER,
    )
    drive(session, world.manager, planned.id, draft.id)
    assert driven(session) == planned.id
    told = session.scalars(sa.select(AuditEntry).where(AuditEntry.verb == "drive")).all()
    assert [(row.subject_id, row.changes) for row in told] == [
        (draft.id, {"instead_of": planned.id}),
        (planned.id, {"instead_of": draft.id}),
    ]


def test_what_was_changed_meanwhile_is_not_overruled(planned, draft, world, session):
    changed = do(session, world.manager, planned.id, Verb.TAKE_OFF, load="C1#1")
    # The person compared the draft with the plan before that change.
    with pytest.raises(ConflictError) as caught:
        drive(session, world.manager, draft.id, planned.id)
    assert caught.value.code == "another_plan_driven"
    assert driven(session) == changed.id
    drive(session, world.manager, draft.id, changed.id)
    assert driven(session) == draft.id
    # A version that was left aside is not what anybody would drive.
    with pytest.raises(ConflictError):
        drive(session, world.manager, planned.id, draft.id)


def test_firms_and_days_that_are_over_have_no_say(planned, draft, world, session):
    with pytest.raises(ForbiddenError):
        drive(session, None, draft.id, planned.id)
    with pytest.raises(ConflictError) as caught:
        day_plans.drive(
            session, world.manager, draft.id, instead_of=planned.id, now=NOW + timedelta(days=3)
        )
    assert caught.value.code == "day_is_over"


def test_a_firm_reads_its_loads_of_the_driven_plan_alone(planned, draft, world, session, sign_in):
    client = sign_in(Role.RECEIVER, world.wants["fly_ash"].org_id)
    before = text(client.get("/haulage/loads"))
    assert before.count("2026-11-23/C1#1") == 1
    count = len(queries.loads(session, draft.id)) + len(queries.unserved(session, draft.id))
    drive(session, world.manager, draft.id, planned.id)
    after = text(client.get("/haulage/loads"))
    assert after.count("2026-11-23/C1#1") == 1
    assert after.count("<tr>") == count + 1


def test_a_load_keeps_its_number_from_plan_to_plan(planned, draft, world, session):
    def numbers(row):
        return {records.number_of(row, x.load_key) for x in queries.loads(session, row.id)}

    assert numbers(draft) <= numbers(planned)
    assert "2026-11-23/C1#1" in numbers(draft)
    assert records.current(session, MONDAY, "C1#1", world.manager).plan == planned.ref
    drive(session, world.manager, draft.id, planned.id)
    assert records.current(session, MONDAY, "C1#1", world.manager).plan == draft.ref


def test_papers_of_a_draft_say_so(planned, draft, english):
    pages = {row.id: f"/haulage/plans/{row.id}" for row in (planned, draft)}
    for number, page in pages.items():
        is_draft = number == draft.id
        sheets = text(english.get(f"{page}/sheets"))
        assert ("DRAFT, not to be driven" in sheets) == is_draft
        answer = english.get(f"{page}/plan.ics")
        assert ("STATUS:TENTATIVE" in answer.text) == is_draft
        assert ("-draft.ics" in answer.headers["Content-Disposition"]) == is_draft
        loads = json.loads(english.get(f"{page}/plan.json").data)["loads"]
        assert {row["draft"] for row in loads} == {is_draft}
        # The record of a load is that of the driven plan, so a draft leads nowhere.
        assert ('href="/haulage/loads/2026' in text(english.get(f"{page}/stops"))) != is_draft


def test_pages_say_which_plan_is_driven_and_show_the_change_before_the_button(
    planned, draft, english, session
):
    page = text(english.get(f"/haulage/plans/{draft.id}"))
    assert "This is a draft: on 23 November plan P-0001 is in force." in page
    compare = f"/haulage/plans/{planned.id}/compare/{draft.id}"
    assert compare in page
    button = f'action="/haulage/plans/{draft.id}/drive"'
    assert button not in page
    assert button in text(english.get(compare))
    back = f"/haulage/plans/{draft.id}/compare/{planned.id}"
    assert "/drive" not in text(english.get(back))
    answer = english.post(f"/haulage/plans/{draft.id}/drive", data={"instead_of": planned.id})
    assert (answer.status_code, answer.location) == (303, f"/haulage/plans/{draft.id}")
    page = text(english.get(answer.location))
    assert "instead of plan P-0001" in page
    assert f'action="/haulage/plans/{planned.id}/drive"' in page
    late = english.post(f"/haulage/plans/{planned.id}/drive", data={"instead_of": 99})
    assert late.status_code == 409
    assert f"Meanwhile plan {draft.ref} is in force on this day." in late.text


def test_a_week_drives_its_days_where_nothing_is_driven_yet_and_asks_for_the_others(
    planned, world, session, sessions, english
):
    week = carry_out_week(sessions, ask_week(session, world, days=3))
    plans = week_queries.plans_by_day(session, week.id)
    assert {0, 1} <= plans.keys()
    assert driven(session, MONDAY) == planned.id
    assert driven(session, MONDAY + timedelta(1)) == plans[1].id
    # The week calls its Monday's visit C1.1; on the day it is the visit that the plan had.
    name = records.number_of(plans[0], "C1.1#1")
    assert name == "2026-11-23/C1#1"
    # So it is neither dropped nor added where both are compared.
    page = text(english.get(f"/haulage/plans/{planned.id}/compare/{plans[0].id}"))
    told = page[page.find("Loads that differ") :]
    visit = [
        row for row in re.findall(r"<tr>(.*?)</tr>", told, re.DOTALL) if "Machine shop 1" in row
    ]
    assert all("not in the day" not in row and "added to" not in row for row in visit)
    address = f"/haulage/weeks/{week.id}"
    page = text(english.get(address))
    assert f"23 November: plan P-0001 is driven, {plans[0].ref} is a draft." in page
    assert f'value="2026-11-23 {planned.id}"' in page
    stale = english.post(f"{address}/drive", data={"instead_of": "2026-11-23 77"})
    assert stale.status_code == 409
    assert english.post(f"{address}/drive", data={"instead_of": "monday"}).status_code == 404
    done = english.post(f"{address}/drive", data={"instead_of": f"2026-11-23 {planned.id}"})
    assert (done.status_code, done.location) == (303, address)
    session.commit()
    assert driven(session, MONDAY) == plans[0].id
    assert "Other plans are driven" not in text(english.get(address))


def test_a_late_load_takes_no_name_that_a_day_of_a_week_has(world, session, sessions):
    week = carry_out_week(sessions, ask_week(session, world, days=1))
    (plan,) = week_queries.plans_by_day(session, week.id).values()
    # One load of ash without a store stands in the week's day under the name of its first day.
    ends = world.offers["fly_ash"].id, world.wants["fly_ash"].id
    flow = f"F{ends[0]}-{ends[1]}"
    assert f"{flow}.1#1" in {row.load_key for row in queries.loads(session, plan.id)}
    new = do(session, world.manager, plan.id, Verb.ADD, late=flow, vehicle="V1")
    names = {records.load_name(new, row.load_key) for row in queries.loads(session, new.id)}
    assert {f"{flow}#1", f"{flow}+2#1"} <= names
    words = Names.of(new, queries.every_vehicle(session))
    told = [words.load(row.load_key) for row in queries.loads(session, new.id)]
    assert len(set(told)) == len(told)


def test_a_stream_with_two_lots_on_a_day_has_two_names():
    assert list(called_on_day(["F1-2.1", "F1-2.2", "C3.1", "F4-5"])) == [
        "F1-2",
        "F1-2+2",
        "C3",
        "F4-5",
    ]


def test_an_address_by_the_number_of_a_plan_leads_to_the_load_of_its_day(planned, english):
    answer = english.get("/haulage/loads/1/C1%231")
    assert answer.status_code == 301
    assert answer.location == "/haulage/loads/2026-11-23/C1%231"


def test_the_list_groups_a_days_plans_and_shows_one_day(planned, draft, world, session, english):
    changed = do(session, world.manager, planned.id, Verb.TAKE_OFF, load="C1#1")
    later = ask(session, world, planned_on=MONDAY + timedelta(2))
    page = text(english.get("/haulage/"))
    # Today first, then the days ahead; the line in force before the draft, versions within it.
    places = [page.index(f">{row.ref}</a>") for row in (changed, planned, draft, later)]
    assert places == sorted(places)
    assert page.count("1 version more") == 1
    one = text(english.get("/haulage/?day=2026-11-23"))
    assert later.ref not in one
    assert draft.ref in one
    assert "No plan of this day." in text(english.get("/haulage/?day=2026-01-01"))
    assert later.ref in text(english.get("/haulage/?day=tomorrow"))


@pytest.mark.postgres
def test_of_two_planners_who_press_at_once_one_is_told(postgres_url, tmp_path):
    """Two drafts, each compared with the driven plan; both are said to be driven at once."""
    upgrade_database(Settings(data_dir=tmp_path, database_url=postgres_url, secret_key="x" * 32))
    engine = make_engine(postgres_url)
    sessions = make_sessions(engine)
    with sessions() as session:
        world = make_world(session)
        plans = [
            carry_out(sessions, ask(session, world, seed=seed, max_iterations=1)).id
            for seed in (1, 2, 3)
        ]
    barrier, outcomes = threading.Barrier(2), []

    def press(plan_id):
        with sessions() as session:
            barrier.wait()
            try:
                drive(session, world.manager, plan_id, plans[0])
            except ConflictError as error:
                outcomes.append(error.code)
            else:
                outcomes.append(plan_id)

    threads = [threading.Thread(target=press, args=(number,)) for number in plans[1:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        (winner,) = [row for row in outcomes if row != "another_plan_driven"]
        assert "another_plan_driven" in outcomes
        assert driven(session) == winner
        row = session.scalars(sa.select(PlanOfDay)).one()
        assert (row.planned_on, row.before_id) == (date(2026, 11, 23), plans[0])
    engine.dispose()
