"""The main menu. A feature adds its own entries; the order is the chain's.

A person sees the entries whose pages are open to them.
"""

from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app, request, url_for
from flask_babel.speaklater import LazyString

from market.web.access import current_actor, is_open
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
    app.context_processor(_of_person)


def _of_person() -> dict[str, Any]:
    if not request:
        return {"nav": [], "actor": None}
    entries = current_app.extensions[ENTRIES]
    return {"nav": [row for row in entries if is_open(row.endpoint)], "actor": current_actor()}
