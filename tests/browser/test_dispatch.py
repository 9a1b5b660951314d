"""A dispatcher locks the hour at which a load is unloaded, is refused another, and goes back."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import NARROW
from tests.browser.test_journeys import Accessible, enter, press
from tests.browser.test_weeks import MADE_MS

LOCK = re.compile("^锁定这个时间: 卸")


def test_a_dispatcher_locks_an_unloading_time_on_its_stop_and_undoes_it(
    page: Page, accessible: Accessible
):
    enter(page, "park", "/haulage/plans/1")
    expect(page.get_by_role("link", name=re.compile("派车单")).first).to_be_visible(timeout=MADE_MS)
    before = page.url
    page.goto(f"{before}/stops")
    accessible(page)
    row = page.locator("tbody tr").filter(has=page.get_by_role("button", name=LOCK)).first
    begins = row.locator("td.num").nth(3).inner_text()
    row.get_by_role("button", name=LOCK).click()
    expect(page).to_have_url(re.compile(r"/haulage/plans/\d+/dispatch$"))
    expect(page.get_by_text(re.compile(f"锁定在 {begins} 卸货")).first).to_be_visible()
    accessible(page)
    after = page.url.removesuffix("/dispatch")
    page.goto(f"{after}/stops")
    badge = page.get_by_text(f"锁定 {begins} 卸车")
    expect(badge).to_be_visible()
    accessible(page)
    page.set_viewport_size(NARROW)
    accessible(page)
    locked = page.locator("tbody tr").filter(has=badge)
    load = locked.locator("input[name=load]").get_attribute("value")
    page.goto(f"{after}/dispatch?load={str(load).replace('#', '%23')}")
    expect(page.get_by_text(f"已锁定：{begins} 卸")).to_be_visible()
    page.get_by_text("锁定到钟点").click()
    accessible(page)
    page.fill("#unload_time", "00:05")
    press(page, re.compile("几点整开始卸"))
    expect(page.locator(".error-summary")).to_contain_text("在 0:05 不收货")
    page.goto(after)
    press(page, re.compile("撤销"))
    expect(page).to_have_url(before)
    page.goto(f"{before}/stops")
    expect(page.get_by_text(re.compile("^锁定 .* 卸车$"))).to_have_count(0)
