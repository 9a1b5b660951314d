"""Days on which a line stands still: by law, by place and process, or by its firm's own word."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.catalogue.models import Stoppage
from market.catalogue.rules import in_force
from market.matchmaking.models import OwnStop
from market.orgs.models import Site

DAY = timedelta(1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a process runs; province and prefecture by the English names sites have."""

    site_id: int
    province: str
    prefecture: str
    process_id: str

    @classmethod
    def at(cls, site: Site, process_id: str) -> "Place":
        return cls(site.id, site.province, site.prefecture_en, process_id)


@dataclass(frozen=True, slots=True)
class Stop:
    """Days without production, of every year (``first_day`` MM-DD) or once (both dates).

    ``id`` is the catalogue row's; empty where a firm said so itself.
    """

    valid_from: date | None
    valid_to: date | None
    first_day: str = "01-01"
    last_day: str = "12-31"
    id: str = ""

    def covers(self, day: date) -> bool:
        return in_force(self.valid_from, self.valid_to, day) and self._in_season(f"{day:%m-%d}")

    def _in_season(self, today: str) -> bool:
        if self.first_day <= self.last_day:
            return self.first_day <= today <= self.last_day
        return today >= self.first_day or today <= self.last_day

    def as_json(self) -> dict[str, Any]:
        return {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in asdict(self).items()
        }

    @classmethod
    def of_json(cls, stored: dict[str, Any]) -> "Stop":
        dates = {
            name: date.fromisoformat(stored[name]) if stored[name] else None
            for name in ("valid_from", "valid_to")
        }
        return cls(**{**stored, **dates})


@dataclass(frozen=True, slots=True)
class Stops:
    """Every stop there is; which of them hold a line is asked by its place."""

    law: Sequence[Stoppage] = ()
    own: Sequence[OwnStop] = ()

    @classmethod
    def read(cls, session: Session) -> "Stops":
        own = session.scalars(sa.select(OwnStop).order_by(OwnStop.first_on, OwnStop.id))
        return cls(catalogue.stoppages(session), own.all())

    def of(self, place: Place) -> tuple[Stop, ...]:
        """Return the stops of the law for the place, those of its prefecture before the province's.

        What its firm added stands beside them.
        """
        rows = [
            row
            for row in self.law
            if place.process_id in row.process_ids
            and row.province == place.province
            and row.prefecture in {"", place.prefecture}
        ]
        local = [row for row in rows if row.prefecture]
        gaps = [(row.valid_from, row.valid_to) for row in local]
        law = [*map(_stop, local)]
        law += [stop for row in rows if not row.prefecture for stop in _beside(_stop(row), gaps)]
        said = (
            Stop(row.first_on, row.last_on)
            for row in self.own
            if (row.site_id, row.process_id) == (place.site_id, place.process_id)
        )
        return (*law, *said)


def _stop(row: Stoppage) -> Stop:
    return Stop(row.valid_from, row.valid_to, row.first_day, row.last_day, row.id)


def _beside(stop: Stop, gaps: Iterable[tuple[date | None, date | None]]) -> list[Stop]:
    """Return what is left of a stop's time where each gap, of open or given ends, is taken out."""
    left = [stop]
    for first, last in gaps:
        parts: list[Stop] = []
        for row in left:
            if first is not None:
                parts += _within(row, None, first - DAY)
            if last is not None:
                parts += _within(row, last + DAY, None)
        left = parts
    return left


def _within(stop: Stop, first: date | None, last: date | None) -> list[Stop]:
    starts = [day for day in (stop.valid_from, first) if day is not None]
    ends = [day for day in (stop.valid_to, last) if day is not None]
    start, end = max(starts, default=None), min(ends, default=None)
    if start is not None and end is not None and start > end:
        return []
    return [replace(stop, valid_from=start, valid_to=end)]
