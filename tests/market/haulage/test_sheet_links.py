"""The sheet that a driver opens from its paper, without an account."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient

from market.db import transaction
from market.haulage import dispatch, queries, sheet_links, versions
from market.haulage.dispatch import Wish
from market.haulage.rules import Verb
from tests.conftest import NOW


@pytest.fixture
def address(app, planned) -> str:
    return f"/haulage/sheet/1-1-{sheet_links.code(app.secret_key, 1, 1)}"


@pytest.fixture
def driver(app) -> FlaskClient:
    """A telephone that nobody has signed in on."""
    return app.test_client()


def stops_of(page: str) -> list[str]:
    return re.findall(r'<span class="sheet-time">.*?</div>', page, re.DOTALL)


def test_a_driver_reads_from_the_code_what_the_paper_shows(planned, driver, planner, address):
    for language in ("zh", "en"):
        driver.set_cookie("lang", language)
        planner.set_cookie("lang", language)
        paper = planner.get("/haulage/plans/1/sheets/1").text
        answer = driver.get(address)
        assert answer.status_code == 200
        assert f"http://localhost{address}" in paper
        assert len(stops_of(paper)) == 2
        assert stops_of(answer.text) == stops_of(paper)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "%(" not in answer.text


def test_the_code_opens_nothing_else(planned, driver, address):
    code = address.rsplit("-", 1)[1]
    for other in (
        f"/haulage/sheet/1-3-{code}",
        f"/haulage/sheet/2-1-{code}",
        f"/haulage/sheet/1-1-{code[:-1]}",
        f"/haulage/sheet/1-1-{'0' * 32}",
        "/haulage/sheet/1-1-é",
    ):
        assert driver.get(other).status_code == 404
    assert driver.get("/haulage/plans/1").status_code == 303
    for secret in ("/haulage/plans/1", "/haulage/fleet", "/haulage/loads"):
        assert f'href="{secret}' not in driver.get(address).text


@pytest.fixture
def changed(session, world) -> Callable[..., int]:
    def change(verb: Verb, **wish: Any) -> int:
        at = queries.head_id(session, 1)
        changed = dispatch.prepare(session, world.manager, at, Wish(verb, **wish), now=NOW)
        with transaction(session):
            return versions.keep(session, world.manager, at, changed, now=NOW).id

    return change


def test_only_the_paper_of_a_truck_whose_day_is_another_is_replaced(
    app, planned, session, world, driver, changed
):
    """Truck 1 is late: its paper is replaced, that of truck 3 is not; undone, both hold again."""
    driver.set_cookie("lang", "en")
    late, other = (
        f"/haulage/sheet/1-{number}-{sheet_links.code(app.secret_key, 1, number)}"
        for number in (1, 3)
    )
    stops = [stops_of(driver.get(path).text) for path in (late, other)]
    new = changed(Verb.DELAY, vehicle="V1", delay_s=1200)
    answer = driver.get(late)
    assert answer.status_code == 410
    assert "This sheet is replaced: do not drive by it. Ask your dispatcher" in answer.text
    assert not stops_of(answer.text)
    answer = driver.get(other)
    assert answer.status_code == 200
    assert stops_of(answer.text) == stops[1]
    assert "plan P-0002" in answer.text
    assert "not to be driven" not in answer.text
    with transaction(session):
        versions.make_current(session, world.manager, 1, instead_of=new, now=NOW)
    assert [stops_of(driver.get(path).text) for path in (late, other)] == stops


def test_the_paper_of_a_truck_that_stays_in_now_is_replaced(planned, driver, address, changed):
    assert driver.get(address).status_code == 200
    changed(Verb.TAKE_OUT, vehicle="V1")
    assert driver.get(address).status_code == 410


def test_another_driver_on_the_same_way_needs_another_paper(
    planned, session, driver, address, changed
):
    changed(Verb.LOCK, vehicle="V1")
    assert driver.get(address).status_code == 200
    queries.truck(session, 1).driver_zh = "马师傅"
    session.commit()
    changed(Verb.UNLOCK, vehicle="V1")
    assert driver.get(address).status_code == 410


def test_a_sheet_may_be_looked_at_until_the_day_after_its_own_is_over(
    planned, driver, address, clock
):
    # Wednesday begins in Luoyang at four in the afternoon of Tuesday UTC.
    clock.at = datetime(2026, 11, 24, 15, 59, tzinfo=UTC)
    assert driver.get(address).status_code == 200
    clock.at = datetime(2026, 11, 24, 16, 0, tzinfo=UTC)
    answer = driver.get(address)
    assert answer.status_code == 410
    assert not stops_of(answer.text)


def test_a_planner_is_led_from_a_replaced_paper_to_the_trucks_new_sheet(
    planned, driver, planner, address, changed
):
    new = changed(Verb.DELAY, vehicle="V1", delay_s=1200)
    link = f'href="/haulage/plans/{new}/sheets/1"'
    assert link in planner.get(address).text
    assert link not in driver.get(address).text
    out = changed(Verb.TAKE_OUT, vehicle="V1")
    assert f'href="/haulage/plans/{out}"' in planner.get(address).text


def test_only_the_sheets_that_changed_are_printed_again(planned, english, changed):
    """Truck 1 is late, so its sheet is another; then it stays in, and its sheet is taken back."""
    whole = english.get("/haulage/plans/1/sheets").text
    assert whole.count("<article") > 1
    late = changed(Verb.DELAY, vehicle="V1", delay_s=1200)
    assert (
        f'href="/haulage/plans/{late}/sheets?since=1"' in english.get(f"/haulage/plans/{late}").text
    )
    page = english.get(f"/haulage/plans/{late}/sheets?since=1").text
    assert page.count("<article") == 1
    assert "Truck 1" in page
    out = changed(Verb.TAKE_OUT, vehicle="V1")
    page = english.get(f"/haulage/plans/{out}/sheets?since=1").text
    assert "Truck 1 stays in now: take its sheet back." in page
    same = english.get("/haulage/plans/1/sheets?since=1").text
    assert "<article" not in same
    assert "All sheets say the same as those of plan P-0001." in same
    assert english.get("/haulage/plans/1/sheets?since=99").status_code == 404
