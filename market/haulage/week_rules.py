"""Limits of planning several days, and what a store of a stream holds."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from market.errors import DomainError

MAX_DAYS = 14
DEFAULT_DAYS = 7
DEFAULT_TIME_LIMIT_S = 60
SUNDAY = 7
DAYS_PER_WEEK = 7
MAX_WAIT_DAYS = 6


def most_driver_days(days: int) -> int:
    """Leave a day of rest in every week: Labour Law of the PRC, article 38."""
    return days - days // DAYS_PER_WEEK


def dated_name(stream: str, earliest: int) -> str:
    """Name what a stream has ready on one of the days, counted from 0: F12-34.1, C5.3."""
    return f"{stream}.{earliest + 1}"


def stream_of(name: str) -> str:
    return name.split(".", maxsplit=1)[0]


def called_on_day(names: Iterable[str]) -> Iterator[str]:
    """Call a day's collections as a plan of that day alone would: F12-34, and a second F12-34+2."""
    counts: dict[str, int] = {}
    for name in names:
        stream = stream_of(name)
        counts[stream] = counts.get(stream, 0) + 1
        yield stream if counts[stream] == 1 else f"{stream}+{counts[stream]}"


@dataclass(frozen=True, slots=True)
class Store:
    """What a listing says of its own store, and of the stream that fills or empties it, in kg.

    ``stock_kg`` is None where it does not say; an offer's store then counts as empty.
    """

    stock_kg: int | None
    room_kg: int
    mass_kg_per_year: int

    def part(self, mass_kg_per_year: int) -> tuple[int, int]:
        """Return stock and room that belong to a part of the stream, by its tonnes."""
        room_kg = self.room_kg * mass_kg_per_year // self.mass_kg_per_year
        stock_kg = (self.stock_kg or 0) * mass_kg_per_year // self.mass_kg_per_year
        return min(stock_kg, room_kg), room_kg


@dataclass(frozen=True, slots=True)
class Calendar:
    """What differs from week to week: days without trucks, shut gates, how long loads may wait.

    ``closed`` are the days on which the gate of a listing's site is shut, by the listing's id.
    """

    rest_dates: frozenset[date] = frozenset()
    closed: tuple[tuple[int, frozenset[date]], ...] = ()
    wait_days: int = 0

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        closed = record.get("closed", {}).items()
        return cls(
            frozenset(map(date.fromisoformat, record.get("rest_dates", []))),
            tuple((int(name), frozenset(map(date.fromisoformat, days))) for name, days in closed),
            record.get("wait_days", 0),
        )

    def record(self) -> dict[str, Any]:
        """Return what ``of`` reads, as JSON has it."""
        return {
            "rest_dates": sorted(day.isoformat() for day in self.rest_dates),
            "closed": {
                str(name): sorted(day.isoformat() for day in days) for name, days in self.closed
            },
            "wait_days": self.wait_days,
        }


def dates_in(text: str, field: str) -> frozenset[date]:
    """Read dates written YYYY-MM-DD, with spaces or commas between them.

    Raises:
        DomainError: naming the word that is no date.

    """
    found = set()
    for word in re.split(r"[\s,，、;；]+", text.strip()):
        if word:
            try:
                found.add(date.fromisoformat(word))
            except ValueError as error:
                raise DomainError("no_date", field=field, word=word) from error
    return frozenset(found)


def shut_gates(text: str) -> Iterator[tuple[int, frozenset[date]]]:
    """Read lines of a listing and the days on which its gate is shut: L-0012 2026-10-01 2026-10-02.

    Raises:
        DomainError: naming the line.

    """
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        match = re.fullmatch(r"\s*L-?0*(\d+)[\s:：,，]+(.+)", line, re.IGNORECASE)
        if match is None:
            raise DomainError("no_shut_gate", field="closed", line=number)
        yield int(match[1]), dates_in(match[2], "closed")
