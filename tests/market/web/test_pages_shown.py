"""No page is forgotten: each is looked at in a browser, from a list or in a journey."""

from itertools import chain

from flask import Flask

from tests.browser.test_member_pages import LINKED_PAGES, MEMBER_PAGES
from tests.browser.test_pages import PAGES

IN_JOURNEYS = {
    "accounts.sign_in",
    "haulage.driver_sheet",
    "listings.check",
    "listings.mine",
    "listings.new",
    "listings.step",
    "phoned.change",
    "questions.kept",
    "weeks.new_week",
    "weeks.week",
}
NO_PAGES = {
    "catalogue.download",
    "haulage.download",
    "haulage.progress",
    "haulage.ways",
    "loads.draft",
    "loads.load_of_before",
    "language.choose",
    "matchmaking.download",
    "matchmaking.progress",
    "parks.download",
    "parks.stop",
    "questions.progress_of_kept",
    "questions.table",
    "questions.table_of_kept",
    "search.download",
    "weeks.progress",
    "static",
}
"""Files, fragments of a page and redirects."""


def test_no_page_is_forgotten(app: Flask):
    adapter = app.url_map.bind("localhost")
    shown = {
        adapter.match(path.partition("?")[0])[0]
        for path in (*PAGES, *map("".join, LINKED_PAGES.values()), *chain(*MEMBER_PAGES.values()))
        if path != "/nowhere"
    }
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    assert pages - shown - IN_JOURNEYS - NO_PAGES == set()
