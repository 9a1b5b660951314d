"""A day under way: planned from now on, changed, and gone back on."""

from datetime import datetime, time

from market.haulage.rules import LOCAL
from tests.market.haulage.test_views import text
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
    assert "nothing in it happens before 9:10" in page


def test_the_page_of_a_plan_made_before_says_nothing_of_it(planned, english):
    assert "nothing in it happens before" not in text(english.get(f"/haulage/plans/{planned.id}"))
