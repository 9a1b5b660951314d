"""The pages that only someone signed in may open."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from market.matchmaking.questions import Question
from tests.browser.conftest import NARROW, WIDE
from tests.browser.test_journeys import enter
from tests.browser.test_pages import PLANS

MEMBER_PAGES = {
    "park": (
        "/runs/new",
        "/runs/1/questions",
        *(f"/runs/1/questions/{code}" for code in Question),
        *PLANS,
        "/haulage/plans/new",
        "/haulage/plans/1/dispatch",
        "/haulage/plans/1/compare/1",
        "/haulage/fleet/depots/new",
        "/haulage/fleet/depots/1",
        "/haulage/fleet/pick-ups/1",
        "/haulage/fleet/trucks/new",
        "/haulage/fleet/trucks/1",
        "/haulage/fleet/types/new",
        "/haulage/fleet/types/1",
        "/haulage/gates/",
        "/haulage/gates/1",
        "/haulage/plans/1/phoned?material=fly_ash",
        "/haulage/plans/1/phoned/jobs",
    ),
    "receiver": ("/haulage/loads",),
    "staff": (
        "/orgs/16/licences/new",
        "/orgs/16/licences/1",
        "/listings/26/stops",
        "/listings/61/outputs",
    ),
}
LINKED_PAGES = {
    "/runs/1": ("/runs/1/flows/", "1-1"),
    "/haulage/plans/1/stops": ("/haulage/loads/", "2026-11-24/F1"),
    "/haulage/plans/1/sheets": ("/haulage/sheet/", "1-1-code"),
}
"""A page, and how an address of the page it links to begins and may go on."""
LOOKS = pytest.mark.parametrize(
    ("language", "size"), [("zh", WIDE), ("en", NARROW)], ids=["zh-wide", "en-narrow"]
)


def look(page: Page, accessible: Callable[[Page], None], path: str) -> None:
    assert page.goto(path).status == 200
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    accessible(page)


@LOOKS
@pytest.mark.parametrize("role", MEMBER_PAGES)
def test_what_a_role_opens_is_accessible(
    page: Page, accessible: Callable[[Page], None], site: str, role: str, language: str, size: dict
):
    enter(page, role)
    page.context.add_cookies([{"name": "lang", "value": language, "url": site}])
    page.set_viewport_size(size)
    for path in MEMBER_PAGES[role]:
        look(page, accessible, path)


@LOOKS
@pytest.mark.parametrize("start", LINKED_PAGES)
def test_what_a_page_links_to_is_accessible(
    page: Page, accessible: Callable[[Page], None], site: str, start: str, language: str, size: dict
):
    enter(page, "park")
    page.context.add_cookies([{"name": "lang", "value": language, "url": site}])
    page.set_viewport_size(size)
    page.goto(start)
    linked, _rest = LINKED_PAGES[start]
    look(page, accessible, page.locator(f'a[href^="{linked}"]').first.get_attribute("href"))
