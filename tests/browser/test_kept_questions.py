"""A question that a job works out, from its first change to the kept answer."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW
from tests.browser.test_journeys import enter


def test_two_changes_are_worked_out_and_kept(
    page: Page, accessible: Callable[[Page], None], site: str
):
    enter(page, "park")
    page.context.add_cookies([{"name": "lang", "value": "en", "url": site}])
    page.goto("/runs/1/questions/what-if?change=carbon&value=500")
    page.get_by_role("link", name="Reach", exact=True).click()
    page.get_by_label("Reach by road").fill("60")
    page.get_by_role("button", name="Compare").click()
    expect(page.locator("#changes li")).to_have_count(2)
    expect(page.locator("#answer")).to_contain_text("With these 2 changes:")
    live = page.locator("#answer").inner_text()
    page.get_by_role("button", name="Work out and keep").click()
    expect(page.locator("#answer")).to_have_text(live, timeout=60_000)
    expect(page.get_by_role("link", name="Ask again with changes")).to_be_visible()
    expect(page.locator("#kept")).to_contain_text("2 changes")
    accessible(page)
    page.set_viewport_size(NARROW)
    accessible(page)
