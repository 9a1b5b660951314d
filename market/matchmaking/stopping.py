"""Which receivers stand still in a run, on which days, and by whose word."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from market.listings.rules import Side
from market.matchmaking.calendar import days_of
from market.matchmaking.loader import Scene, listed
from market.matchmaking.stops import Place, Stop


@dataclass(frozen=True, slots=True)
class Held:
    """One stop and the wants it holds, as a run stores them."""

    stop: Stop
    want_ids: tuple[int, ...]

    def as_json(self) -> dict[str, Any]:
        return {"stop": self.stop.as_json(), "wants": list(self.want_ids)}

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> "Held":
        return cls(Stop.of_json(stored["stop"]), tuple(stored["wants"]))


def held(session: Session, scene: Scene) -> list[Held]:
    """Return the stops that take a day of the run from one of its wants; none in a year as one."""
    horizon = scene.calendar(session).horizon
    if horizon is None:
        return []
    found: dict[Stop, list[int]] = defaultdict(list)
    for listing, site in listed(session, scene):
        if listing.side == Side.WANT:
            for stop in horizon.stops.of(Place.at(site, listing.process_id or "")):
                found[stop].append(listing.id)
    return [
        Held(stop, tuple(want_ids))
        for stop, want_ids in found.items()
        if spells(stop, horizon.months)
    ]


def spells(stop: Stop, months: Sequence[date]) -> list[tuple[date, date]]:
    """Return the first and last day of each unbroken time of a stop within some months in a row."""
    return _joined(day for month in months for day in days_of(month) if stop.covers(day))


def _joined(days: Iterable[date]) -> list[tuple[date, date]]:
    found: list[tuple[date, date]] = []
    for day in days:
        if found and found[-1][1] + timedelta(1) == day:
            found[-1] = (found[-1][0], day)
        else:
            found.append((day, day))
    return found
