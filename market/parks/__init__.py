from flask import Flask


def init_app(app: Flask) -> None:
    """Register the feature's blueprint and menu entry."""
    from flask_babel import lazy_gettext as _l

    from market.parks import conversion_views, views
    from market.web import messages
    from market.web.navigation import Entry, add_entry

    app.register_blueprint(views.blueprint)
    app.register_blueprint(conversion_views.blueprint)
    messages.register(
        {
            "conversion_yield": _l("Write tonnes per tonne, above 0 and up to 10: 35 %% is 0.35."),
            "conversion_capacity": _l("Write tonnes a year, above 0 and up to 100,000,000."),
            "conversion_without_offer": _l(
                "This site does not offer it: post the offer first, then say how much comes out."
            ),
        }
    )
    add_entry(app, Entry(_l("Parks"), "parks.show", 40, ("parks",)))
