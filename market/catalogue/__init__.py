from flask import Flask
from flask_babel import lazy_gettext as _l


def init_app(app: Flask) -> None:
    """Register the public pages, their menu entry and the header's link to the rules."""
    from market.accounts.views import HEADER_LINKS
    from market.catalogue.citations import cited
    from market.catalogue.views import blueprint
    from market.web.navigation import Entry, add_entry

    app.register_blueprint(blueprint)
    app.jinja_env.filters["cited"] = cited
    HEADER_LINKS["rules"] = "catalogue.rules"
    add_entry(app, Entry(_l("Catalogue"), "catalogue.home", 50, ("catalogue",)))
