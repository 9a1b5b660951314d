"""What every page needs and no feature owns."""

from flask import Flask

from market.web import (
    database,
    errors,
    filters,
    form_words,
    gallery,
    language,
    navigation,
    security,
    static,
)
from market.web.access import check_every_route

__all__ = ["check_every_route", "init_app"]


def init_app(app: Flask) -> None:
    parts = (database, language, form_words, filters, static)
    for part in (*parts, navigation, gallery, security, errors):
        part.init_app(app)
