from flask import Flask

from market.search import index

__all__ = ["index", "init_app"]


def init_app(app: Flask) -> None:
    """Register the market and the home page."""
    from flask_babel import lazy_gettext as _l

    from market.accounts.views import HEADER_LINKS
    from market.search.blueprint import blueprint, home
    from market.web.navigation import Entry, add_entry

    app.register_blueprint(home)
    app.register_blueprint(blueprint)
    pages = ("search", "listings", "listing_page", "conversions")
    add_entry(app, Entry(_l("Market"), "search.market", 10, pages))
    HEADER_LINKS.update({"home": "home.index"})
