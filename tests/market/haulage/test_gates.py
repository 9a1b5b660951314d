"""A planner enters what a site states of its gate; plans made afterwards keep to it."""

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from market.accounts.rules import Role
from market.audit import history
from market.haulage import gate_actions, gate_queries, loader, queries, week_loader
from market.haulage.gate_rules import GateFacts
from market.haulage.left_over import unserved_lines
from market.haulage.models import PlanWeek
from routing.problem import Window
from tests.conftest import NOW
from tests.market.haulage.test_views import text
from tests.market.haulage.world import MONDAY, World, ask, carry_out

H = 3600
FORM = {
    "first_opens": "06:00",
    "first_closes": "11:30",
    "second_opens": "14:00",
    "second_closes": "20:10",
    "loading_min": "20",
    "weighing_min": "0",
    "unload_s_per_t": "90",
    "source": "门卫王师傅，电话",
}
FACTS = GateFacts(
    windows=((6 * H, 11 * H + 1800), (14 * H, 20 * H + 600)),
    loading_s=1200,
    weighing_s=0,
    unload_s_per_t=90,
    source="门卫王师傅，电话",
)


@pytest.fixture
def manager(english: FlaskClient, world: World, sign_in) -> FlaskClient:
    sign_in(Role.PARK_MANAGER)
    return english


def test_what_a_site_states_is_kept_shown_and_taken_back(
    session: Session, world: World, manager: FlaskClient
) -> None:
    want = world.wants["fly_ash"]
    address, intake = f"/haulage/gates/{want.site_id}", f"intake_{want.id}"
    site_id, want_id = want.site_id, want.id
    session.rollback()
    assert manager.post(address, data={**FORM, intake: "28.5"}).status_code == 303
    session.rollback()
    known = gate_queries.stated(session)[site_id]
    assert known.windows == FACTS.windows
    assert (known.loading_s, known.weighing_s, known.unload_s_per_t) == (1200, 0, 90)
    assert known.intakes_kg == {want_id: 28_500}
    page = text(manager.get("/haulage/gates/"))
    assert "6:00–11:30, 14:00–20:10" in page
    assert "6:00–19:00 assumed" in page
    form = manager.get(address).text
    assert 'value="11:30"' in form
    assert 'value="28.5"' in form
    assert [row.changes["source"] for row in history(session, "gate", site_id)] == [FORM["source"]]
    session.rollback()
    manager.post(address, data={})
    session.rollback()
    assert gate_queries.stated(session) == {}


@pytest.mark.parametrize(
    ("said", "field", "words"),
    [
        ({"first_closes": ""}, "first_opens", "Fill in both ends"),
        ({"second_opens": ""}, "second_closes", "Fill in both ends"),
        ({"second_opens": "11:00"}, "second_opens", "The second opening must begin after"),
        ({"source": " "}, "source", "Say who states it"),
        ({"loading_min": "-1"}, "loading_min", "Enter a whole number from 0 to 600."),
    ],
)
def test_what_is_wrong_stands_at_its_field(
    session: Session, world: World, manager: FlaskClient, said: dict, field: str, words: str
) -> None:
    site_id = world.wants["fly_ash"].site_id
    session.rollback()
    answer = manager.post(f"/haulage/gates/{site_id}", data={**FORM, **said})
    assert answer.status_code == 422
    assert f'id="{field}-error">{words}' in answer.text
    assert gate_queries.stated(session) == {}


def test_planners_alone_see_gates(session: Session, world: World, english, sign_in) -> None:
    site_id = world.wants["fly_ash"].site_id
    session.rollback()
    sign_in(Role.PRODUCER)
    assert english.get("/haulage/gates/").status_code == 403
    assert english.post(f"/haulage/gates/{site_id}", data=FORM).status_code == 403


def test_a_gate_that_shuts_after_midnight_or_never(manager: FlaskClient, world: World) -> None:
    del world
    with manager.application.test_request_context():
        from market.haulage.gate_forms import gate_form
        from market.haulage.gate_rules import ROUND_THE_CLOCK, span_of

        assert gate_form([]).intake_fields() == []
        assert span_of(20 * H, 4 * H) == (20 * H, 28 * H)
        assert span_of(0, 0) == ROUND_THE_CLOCK


def _state(session: Session, world: World, site_id: int, facts: GateFacts) -> None:
    gate_actions.save_gate(session, world.manager, site_id, facts, now=NOW)
    session.commit()


def test_a_day_is_planned_by_the_gates_stated(session: Session, world: World) -> None:
    offer, want = world.offers["fly_ash"], world.wants["fly_ash"]
    _state(session, world, offer.site_id, FACTS)
    _state(session, world, want.site_id, GateFacts(intakes_kg={want.id: 20_000}, source="厂里"))
    problem = loader.load(session, ask(session, world)).problem
    ash = next(row for row in problem.collections if row.id == f"F{offer.id}-{want.id}")
    assert ash.windows == (Window(6 * H, 11 * H + 1800), Window(14 * H, 20 * H + 600))
    assert (ash.loading_s, ash.weighing_s) == (1200, 0)
    receiver = next(row for row in problem.receivers if row.id == f"W{want.id}")
    # Of this gate only the intake is stated; the hours and the minutes stay assumed.
    assert receiver.windows == (Window(6 * H, 19 * H),)
    assert (receiver.weighing_s, receiver.unload_s_per_t) == (360, 50)
    assert receiver.daily_intake_kg == 20_000


def test_a_week_is_planned_by_the_gates_stated(session: Session, world: World) -> None:
    offer = world.offers["fly_ash"]
    _state(session, world, offer.site_id, FACTS)
    week = PlanWeek(
        run_id=world.run.id,
        depot_ids=[world.depot.id],
        parameters={},
        starts_on=MONDAY,
        days=2,
        rest_weekdays=[],
        driver_days=6,
        calendar={},
    )
    found = week_loader.load(session, week)
    ash = next(
        row.collection for row in found.dated if row.collection.id.startswith(f"F{offer.id}-")
    )
    assert len(ash.windows) == 2
    assert ash.loading_s == 1200


def test_a_load_that_the_intake_keeps_out_leads_to_the_gate(
    sessions, session: Session, world: World, manager: FlaskClient
) -> None:
    want = world.wants["fly_ash"]
    site_id = want.site_id
    _state(session, world, site_id, GateFacts(intakes_kg={want.id: 20_000}, source="厂里"))
    plan = carry_out(sessions, ask(session, world))
    # 30 t of ash go to a receiver that takes 20 t a day.
    left = {row.reason: row for row in queries.unserved(session, plan.id)}
    assert left["receiver_intake"].want_id == want.id
    with manager.application.test_request_context():
        lines = unserved_lines(queries.plan(session, plan.id), [left["receiver_intake"]])
    assert [number for _name, number in lines[0].gates] == [site_id]
    session.rollback()
    page = manager.get(f"/haulage/plans/{plan.id}").text
    assert f'href="/haulage/gates/{site_id}"' in page
    assert "厂里" in page
    shown = text(manager.get(f"/haulage/gates/?plan={plan.id}"))
    assert f"Gates of plan {plan.ref}" in shown
    # Once it takes more, a new plan brings the load.
    assert manager.post(f"/haulage/gates/{site_id}", data={}).status_code == 303
    session.rollback()
    again = carry_out(sessions, ask(session, world, seed=2))
    assert {row.reason for row in queries.unserved(session, again.id)}.isdisjoint(
        {"receiver_intake"}
    )
