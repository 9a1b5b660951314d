"""A park manager plans several days and opens one of them."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW
from tests.browser.test_journeys import Accessible, enter, press

MADE_MS = 120_000


def test_a_park_manager_plans_days_reads_the_levels_and_opens_a_day(
    page: Page, accessible: Accessible
):
    enter(page, "park", "/haulage/weeks/new")
    accessible(page)
    page.fill("input[name=days]", "15")
    press(page, "排这几天")
    expect(page.locator("input[name=days]")).to_have_attribute("aria-invalid", "true")
    accessible(page)
    page.fill("input[name=days]", "2")
    page.fill("input[name=driver_days]", "2")
    page.fill("input[name=time_limit_s]", "2")
    page.fill("input[name=reach_km]", "25")
    press(page, "排这几天")
    expect(page).to_have_url(re.compile(r"/haulage/weeks/\d+$"))
    board = page.get_by_role("table", name="逐日安排")
    expect(board).to_be_visible(timeout=MADE_MS)
    accessible(page)
    page.set_viewport_size(NARROW)
    accessible(page)
    page.get_by_text("以表格查看").click()
    accessible(page)
    board.get_by_role("link").first.click()
    expect(page).to_have_url(re.compile(r"/haulage/plans/\d+$"))
    expect(page.get_by_role("link", name=re.compile("派车单")).first).to_be_visible()
