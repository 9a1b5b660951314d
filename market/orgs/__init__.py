from flask import Flask


def init_app(app: Flask) -> None:
    """Register the public pages, and let the acting person carry the firm they act for."""
    from market.orgs.actors import with_firm
    from market.orgs.labels import spoken_name
    from market.orgs.views import blueprint
    from market.web.access import ACTOR_LOADER

    app.extensions[ACTOR_LOADER] = with_firm(app.extensions[ACTOR_LOADER])
    app.jinja_env.filters["spoken_name"] = spoken_name
    app.register_blueprint(blueprint)
