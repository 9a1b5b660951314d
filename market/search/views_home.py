"""The home page: today's supply and demand from the listings, nothing invented."""

from datetime import datetime

import flask
from flask.typing import ResponseReturnValue

from market.search import home as figures
from market.web.database import session
from market.web.filters import SHANGHAI


def index() -> ResponseReturnValue:
    today = datetime.now(SHANGHAI).date()
    board = figures.board(session(), today)
    return flask.render_template(
        "home.html", board=board, today=today, map_data=figures.map_data(board)
    )
