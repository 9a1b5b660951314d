"""Pages of a query, addressed by ?page=N."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request, url_for

T = TypeVar("T")
PAGE_SIZE = 25


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: Sequence[T]
    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first_shown(self) -> int:
        return 0 if self.total == 0 else (self.number - 1) * self.size + 1

    @property
    def last_shown(self) -> int:
        return min(self.number * self.size, self.total)


def requested_page() -> int:
    """Return ?page= as a number from 1; anything else is the first page."""
    raw = request.args.get("page", "1")
    return max(1, int(raw)) if raw.isascii() and raw.isdigit() and len(raw) < 7 else 1  # noqa: PLR2004


def page_of(rows: Sequence[T], size: int) -> Page[T]:
    """Return the page asked for of what is known as a whole; beyond the last, the last."""
    last = Page(rows, 1, len(rows), size).last
    number = min(requested_page(), last)
    return Page(rows[(number - 1) * size : number * size], number, len(rows), size)


def page_url(number: int) -> str:
    """Return this page's address with another page number, every other parameter kept."""
    arguments = {**(request.view_args or {}), **request.args.to_dict(flat=False), "page": number}
    return url_for(str(request.endpoint), **arguments)
