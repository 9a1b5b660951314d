"""What a market address asks for. A part that makes no sense is left out and said so."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum

from market.listings.rules import Form, Side
from market.orgs.rules import Standing

MAX_CHOICES = 40
MAX_RADIUS_KM = 1000.0
MAX_TONNES = 1e8
MAX_PAGE_DIGITS = 7
DEFAULT_RADIUS_KM = 100.0


class Sort(StrEnum):
    """``DELIVERED`` needs a viewpoint: ex-works price and freight for offers, less it for wants."""

    DELIVERED = "delivered"
    DISTANCE = "distance"
    PRICE = "price"
    MASS = "mass"
    NEWEST = "newest"


FACETS = ("material", "family", "standing", "grade", "county", "form")


def written_number(value: float) -> str:
    """Write a number so that reading it again gives the same, without a needless ``.0``."""
    return repr(value).removesuffix(".0")


@dataclass(frozen=True, slots=True)
class Point:
    """WGS-84 degrees."""

    lat: float
    lon: float

    def __str__(self) -> str:
        return f"{written_number(self.lat)},{written_number(self.lon)}"


@dataclass(frozen=True, slots=True)
class Criteria:
    """Tonnes are wet tonnes a month. Facets with several values mean any of them."""

    side: Side = Side.OFFER
    q: str = ""
    material: tuple[str, ...] = ()
    family: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()
    grade: tuple[str, ...] = ()
    county: tuple[str, ...] = ()
    form: tuple[str, ...] = ()
    near: Point | None = None
    radius_km: float | None = None
    min_t: float | None = None
    max_t: float | None = None
    sort: Sort | None = None
    page: int = 1
    estimates: bool = False

    def order(self) -> Sort:
        """Return the order used: what was asked, else delivered price where that has a meaning."""
        chosen = self.sort or (Sort.DELIVERED if self.near else Sort.NEWEST)
        if self.near is None and chosen in {Sort.DELIVERED, Sort.DISTANCE}:
            return Sort.NEWEST
        return chosen

    def arguments(self, **changes: object) -> dict[str, object]:
        """Return the address parameters, with some changed; what is at its default is left out."""
        new = replace(self, **{"page": 1, **changes})  # type: ignore[arg-type]
        found: dict[str, object] = {}
        for item in fields(Criteria):
            value = getattr(new, item.name)
            if item.name == "side" or value != item.default:
                found[item.name] = _written(value)
        return found

    def without(self, name: str, value: str | None = None) -> dict[str, object]:
        """Return the address parameters with one condition, or one value of a facet, taken out."""
        if name == "near":
            return self.arguments(near=None, radius_km=None)
        if value is not None:
            kept = tuple(other for other in getattr(self, name) if other != value)
            return self.arguments(**{name: kept})
        default = next(item.default for item in fields(Criteria) if item.name == name)
        return self.arguments(**{name: default})

    def with_value(self, name: str, value: str) -> dict[str, object]:
        return self.arguments(**{name: (*getattr(self, name), value)})


def _written(value: object) -> object:
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return written_number(value)
    return str(value)


@dataclass(frozen=True, slots=True)
class Note:
    """A part of the address that was left out: ``code`` has the words."""

    code: str
    value: str


def _number(text: str, low: float, high: float) -> float | None:
    try:
        value = float(text.replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) and low <= value <= high else None


def _point(text: str) -> Point | None:
    parts = text.split(",")
    if len(parts) != 2:  # noqa: PLR2004 - latitude and longitude
        return None
    lat, lon = _number(parts[0], -90, 90), _number(parts[1], -180, 180)
    return None if lat is None or lon is None else Point(lat, lon)


Lists = Mapping[str, Sequence[str]]


class _Reader:
    """Reads one address and keeps a note of every part that makes no sense."""

    def __init__(self, raw: Lists) -> None:
        self.raw = raw
        self.notes: list[Note] = []

    def text(self, name: str) -> str:
        values = self.raw.get(name) or [""]
        return values[0].strip()

    def many(self, name: str, known: Iterable[str] | None = None) -> tuple[str, ...]:
        values = tuple(dict.fromkeys(v.strip() for v in self.raw.get(name, ()) if v.strip()))
        allowed = None if known is None else set(known)
        for value in values[:MAX_CHOICES]:
            if allowed is not None and value not in allowed:
                self.notes.append(Note(f"bad_{name}", value[:MAX_CHOICES]))
        return tuple(v for v in values[:MAX_CHOICES] if allowed is None or v in allowed)

    def value(self, name: str, read: "Callable[[str], float | Point | None]") -> object:
        text = self.text(name)
        if not text:
            return None
        found = read(text)
        if found is None:
            self.notes.append(Note(f"bad_{name}", text[:MAX_CHOICES]))
        return found

    def page(self) -> int:
        text = self.text("page") or "1"
        if text.isascii() and text.isdigit() and len(text) < MAX_PAGE_DIGITS and int(text) > 0:
            return int(text)
        self.notes.append(Note("bad_page", text[:MAX_CHOICES]))
        return 1


def parse(raw: Lists, *, materials: Iterable[str]) -> tuple[Criteria, tuple[Note, ...]]:
    """Read the parameters of an address (name to its values); nothing in it can fail."""
    reader = _Reader(raw)
    side = reader.text("side")
    sort = reader.text("sort")
    if side and side not in set(Side):
        reader.notes.append(Note("bad_side", side[:MAX_CHOICES]))
    if sort and sort not in set(Sort):
        reader.notes.append(Note("bad_sort", sort[:MAX_CHOICES]))
    near = reader.value("near", _point)
    radius = reader.value("radius_km", lambda text: _number(text, 1, MAX_RADIUS_KM))
    if radius is not None and near is None:
        reader.notes.append(Note("radius_alone", reader.text("radius_km")))
    least = reader.value("min_t", lambda text: _number(text, 0, MAX_TONNES))
    most = reader.value("max_t", lambda text: _number(text, 0, MAX_TONNES))
    if isinstance(least, float) and isinstance(most, float) and least > most:
        reader.notes.append(Note("range_empty", f"{least:g} > {most:g}"))
    criteria = Criteria(
        side=Side(side) if side in set(Side) else Side.OFFER,
        q=reader.text("q")[:100],
        material=reader.many("material", materials),
        family=reader.many("family"),
        standing=reader.many("standing", set(Standing)),
        grade=reader.many("grade"),
        county=reader.many("county"),
        form=reader.many("form", set(Form)),
        near=near if isinstance(near, Point) else None,
        radius_km=radius if isinstance(radius, float) and near is not None else None,
        min_t=least if isinstance(least, float) else None,
        max_t=most if isinstance(most, float) else None,
        sort=Sort(sort) if sort in set(Sort) else None,
        page=reader.page(),
        estimates=reader.text("estimates") == "1",
    )
    return criteria, tuple(reader.notes)
