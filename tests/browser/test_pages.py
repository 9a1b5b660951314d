"""Every page a visitor can reach: in both languages, wide and narrow, axe finds nothing."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NARROW, WIDE
from tests.browser.test_journeys import enter

PAGES = (
    "/",
    "/market?side=offer",
    "/market?side=want&q=石膏",
    "/market?q=没有这种东西",
    "/listings/1",
    "/listings/70",
    "/listings/24/refund",
    "/listings/26/raw-mix",
    "/runs",
    "/runs/1",
    "/runs/1/listings",
    "/runs/1/refusals",
    "/park",
    "/catalogue/",
    "/catalogue/materials/fly_ash",
    "/catalogue/processes/clinker",
    "/catalogue/rules",
    "/orgs",
    "/orgs/1",
    "/sign-in",
    "/styleguide",
    "/nowhere",
)
PLANS = (
    "/haulage/",
    "/haulage/fleet",
    "/haulage/weeks/",
    "/haulage/plans/1",
    "/haulage/plans/1/stops",
    "/haulage/plans/1/sheets",
)
"""What planners alone read."""
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_and_fits(
    page: Page, accessible: Callable[[Page], None], site: str, path: str, language: str, size: dict
):
    page.context.add_cookies([{"name": "lang", "value": language, "url": site}])
    page.set_viewport_size(size)
    assert page.goto(path).status == (404 if path == "/nowhere" else 200)
    expect(page.locator("html")).to_have_attribute("lang", "en" if language == "en" else "zh-Hans")
    if path != "/styleguide":  # which shows page heads, each with its own
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
    accessible(page)


@pytest.mark.parametrize("path", [*(path for path in PAGES if "listings/" not in path), *PLANS])
def test_no_english_page_title_or_heading_is_left_in_chinese(page: Page, site: str, path: str):
    if path in PLANS:
        enter(page, "park")
    page.context.add_cookies([{"name": "lang", "value": "en", "url": site}])
    page.goto(path)
    assert not CHINESE.search(page.title())
    for heading in page.get_by_role("heading").all():
        in_english = heading.evaluate(
            """element => {
                const copy = element.cloneNode(true);
                copy.querySelectorAll('[lang^=zh]').forEach(part => part.remove());
                return copy.textContent;
            }"""
        )
        assert not CHINESE.search(in_english), in_english


@pytest.mark.parametrize(
    "path", ["/", "/market", "/listings/1", "/runs/1", "/park", "/haulage/plans/1"]
)
def test_a_page_says_the_same_without_javascript(browser: Browser, site: str, path: str):
    context = browser.new_context(base_url=site, java_script_enabled=False, viewport=NARROW)
    page = context.new_page()
    if path in PLANS:
        enter(page, "park")
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    if path not in {"/", "/market", "/listings/1"}:
        expect(page.locator("table").first).to_be_attached()
    context.close()


@pytest.mark.parametrize("path", ["/", "/market", "/runs/1", "/park", "/haulage/plans/1"])
def test_dark_pages_keep_their_contrast(
    browser: Browser, site: str, accessible: Callable[[Page], None], path: str
):
    context = browser.new_context(base_url=site, color_scheme="dark", viewport=WIDE)
    page = context.new_page()
    if path in PLANS:
        enter(page, "park")
    page.goto(path)
    accessible(page)
    context.close()


def test_nothing_comes_from_another_host(page: Page, site: str):
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(request.url.split("/")[2]))
    enter(page, "park")
    for path in (*PAGES, *PLANS):
        page.goto(path)
    assert hosts == {site.split("/")[2]}
