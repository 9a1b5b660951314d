from flask import Flask


def init_app(app: Flask) -> None:
    """Register the feature's blueprint and menu entry."""
    from flask_babel import lazy_gettext as _l

    from market.parks.views import blueprint
    from market.web.navigation import Entry, add_entry

    app.register_blueprint(blueprint)
    add_entry(app, Entry(_l("Parks"), "parks.show", 40, ("parks",)))
