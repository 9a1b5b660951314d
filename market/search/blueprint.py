"""The URLs of the market and the home page; all of them are public reading."""

from market.search import views, views_home
from market.web.access import Blueprint, everyone

home = Blueprint("home", __name__)
home.add_url_rule("/", view_func=views_home.index, access=everyone)

blueprint = Blueprint("search", __name__)
blueprint.add_url_rule("/market", view_func=views.market, access=everyone)
blueprint.add_url_rule(
    "/market/export.<any(csv, xlsx):kind>", view_func=views.download, access=everyone
)
