"""The application factory: settings, extensions, blueprints, error handlers; nothing else."""

import gc
from pathlib import Path

from flask import Flask
from flask_wtf.csrf import CSRFProtect

from market import accounts, catalogue, haulage, listings, matchmaking, orgs, parks, search, web
from market.config import Settings, load_settings
from market.logs import log_plainly
from market.web.addresses import Day, RowId

FEATURES = (accounts, catalogue, orgs, listings, search, matchmaking, haulage, parks)
ROOT = Path(__file__).parent.parent


def create_app(settings: Settings | None = None, *, testing: bool = False) -> Flask:
    log_plainly()
    settings = settings or load_settings()
    app = Flask(__name__, template_folder=str(ROOT / "templates"), static_folder="static")
    app.testing = testing
    app.config.update(
        SECRET_KEY=settings.secret(),
        SQLALCHEMY_ENGINES={"default": settings.database()},
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        SEND_FILE_MAX_AGE_DEFAULT=31536000 if not testing else None,
        WUJIN=settings,
    )
    app.url_map.converters |= {"int": RowId, "day": Day}
    CSRFProtect(app)
    web.init_app(app)
    for feature in FEATURES:
        feature.init_app(app)
    web.check_every_route(app)
    if not testing:
        # It lives as long as the process: a collection amid a request need not walk it again.
        gc.freeze()
    return app
