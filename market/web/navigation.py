"""The main menu. A feature adds its own entry; the order is the chain's."""

from dataclasses import dataclass

from flask import Flask, request, url_for
from flask_babel.speaklater import LazyString

from market.web.access import current_actor
from market.web.pagination import page_url

ENTRIES = "wujin.navigation"


@dataclass(frozen=True, slots=True)
class Entry:
    label: LazyString
    endpoint: str
    order: int
    blueprints: tuple[str, ...]

    @property
    def url(self) -> str:
        return url_for(self.endpoint)

    @property
    def current(self) -> bool:
        return request.blueprint in self.blueprints


def add_entry(app: Flask, entry: Entry) -> None:
    entries = app.extensions.setdefault(ENTRIES, [])
    entries.append(entry)
    entries.sort(key=lambda known: known.order)


def init_app(app: Flask) -> None:
    app.extensions.setdefault(ENTRIES, [])
    app.jinja_env.globals["page_url"] = page_url
    app.context_processor(
        lambda: {"nav": app.extensions[ENTRIES], "actor": current_actor() if request else None}
    )
