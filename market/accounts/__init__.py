from flask import Flask


def init_app(app: Flask) -> None:
    """Register sign-in, and what loads the acting person of a request."""
    from market.accounts import security
    from market.accounts.views import blueprint, header_links

    security.init_app(app)
    app.register_blueprint(blueprint)
    app.context_processor(header_links)
