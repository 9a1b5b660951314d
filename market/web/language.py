"""Which language a person reads: their choice in a cookie, else Chinese."""

from urllib.parse import urlsplit

import flask
from flask import Flask, request
from flask_babel import Babel
from flask_babel import get_locale as babel_locale
from werkzeug.wrappers import Response

from market.web.access import Blueprint, everyone

LOCALES = {"zh": "zh_Hans", "en": "en"}
COOKIE = "lang"
COOKIE_SECONDS = 365 * 24 * 3600

blueprint = Blueprint("language", __name__)


def language() -> str:
    """Return 'zh' or 'en' for the current request; 'zh' outside one."""
    return "en" if str(babel_locale() or "") == "en" else "zh"


def pick(thing: object, attribute: str = "name") -> str:
    """Return ``thing.name_zh`` or ``thing.name_en``, whichever the reader reads."""
    value = getattr(thing, f"{attribute}_{language()}")
    return "" if value is None else str(value)


def chosen_locale() -> str:
    return LOCALES.get(request.cookies.get(COOKIE, ""), LOCALES["zh"])


def local_path(target: str) -> str:
    """Return the path of ``target`` on this site; anything else becomes the home page."""
    parts = urlsplit(target)
    if (
        parts.scheme
        or parts.netloc
        or not target.startswith("/")
        or target.startswith(("//", "/\\"))
    ):
        return "/"
    return target


def choose(code: str) -> Response:
    if code not in LOCALES:
        flask.abort(404)
    response = flask.redirect(local_path(request.args.get("next", "/")), 303)
    response.set_cookie(
        COOKIE,
        code,
        max_age=COOKIE_SECONDS,
        samesite="Lax",
        httponly=True,
        secure=flask.current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response


def language_url(code: str) -> str:
    return flask.url_for("language.choose", code=code, next=request.full_path.rstrip("?"))


blueprint.add_url_rule("/language/<code>", view_func=choose, access=everyone)


def init_app(app: Flask) -> None:
    app.config.setdefault("BABEL_DEFAULT_LOCALE", LOCALES["zh"])
    app.config.setdefault("BABEL_DEFAULT_TIMEZONE", "Asia/Shanghai")
    Babel(app, locale_selector=chosen_locale)
    app.register_blueprint(blueprint)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.filters["pick"] = pick
    app.context_processor(
        lambda: {
            "lang": language(),
            "html_lang": "en" if language() == "en" else "zh-Hans",
            "language_url": language_url,
        }
    )
