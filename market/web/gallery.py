"""The page that shows every component: what page builders look at, and what tests walk over."""

import flask

from market.web.access import Blueprint, everyone

blueprint = Blueprint("gallery", __name__)


def styleguide() -> str:
    return flask.render_template("styleguide.html")


blueprint.add_url_rule("/styleguide", view_func=styleguide, access=everyone)


def init_app(app: flask.Flask) -> None:
    app.register_blueprint(blueprint)
