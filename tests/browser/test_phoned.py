"""A job phoned in is taken down, changed, withdrawn and taken up again."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW
from tests.browser.test_journeys import Accessible, enter, press
from tests.browser.test_weeks import MADE_MS


def test_a_job_phoned_in_is_changed_and_withdrawn(page: Page, accessible: Accessible):
    enter(page, "park", "/haulage/plans/1")
    expect(page.get_by_role("link", name=re.compile("派车单")).first).to_be_visible(timeout=MADE_MS)
    jobs = f"{page.url}/phoned/jobs"
    page.goto(f"{page.url}/phoned?material=fly_ash")
    page.fill("#mass_t", "12")
    page.select_option("#site_id", index=1)
    page.locator("input[name=want_ids]").first.check()
    press(page, re.compile("看能排到哪里"))
    page.goto(jobs)
    accessible(page)
    page.get_by_role("link", name=re.compile("^修改")).first.click()
    expect(page).to_have_url(re.compile(r"/phoned/\d+"))
    accessible(page)
    page.set_viewport_size(NARROW)
    accessible(page)
    expect(page.locator("#mass_t")).to_have_value(re.compile("^12"))
    page.fill("#mass_t", "9")
    press(page, re.compile("看能排到哪里"))
    page.goto(jobs)
    row = page.locator("tbody tr").filter(has_text="9.0")
    row.get_by_role("button", name=re.compile("^撤下")).click()
    expect(page.get_by_role("button", name=re.compile("^恢复"))).to_have_count(2)
    accessible(page)
