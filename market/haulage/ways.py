"""A day's metres and seconds: great circle times road factor, a road router, a dispatcher's table.

Whatever was chosen is used or the day is not planned; nothing stands in for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from market.config import load_settings
from market.errors import DomainError
from market.haulage.day import DayInput
from market.haulage.rules import NoWays, PlanParameters, Ways
from routing.http_client import Client, Patience, RoadTableError
from routing.instances import InstanceError
from routing.matrix_file import MissingWayError, parse_matrix
from routing.problem import DayProblem, Site
from routing.tables_http import UnreachableError, road_travel, router_at
from routing.travel import TravelMatrix, great_circle_travel

FOLDER = "road-tables"
PATIENCE = Patience()
# While a person waits for a page the router gets less time.
BRIEF = Patience(timeout_s=5.0, tries=2, pause_s=0.2, total_s=10.0)
NAMED_PAIRS = 3

Told = Callable[[int, int], None]


class TableLacksError(DomainError):
    """A dispatcher's table lacks ways of the day: how many, and the ends of the first few."""

    def __init__(self, day: DayInput, pairs: Sequence[tuple[str, str]]) -> None:
        super().__init__("way_missing", field="table", count=len(pairs))
        self.pairs = [
            [{"site": end, **_names(day, end)} for end in pair] for pair in pairs[:NAMED_PAIRS]
        ]


class NoWaysError(DomainError):
    """The router gave no table: ``reason``, the server and what it said, or sites no road joins."""

    def __init__(
        self,
        reason: NoWays,
        server: str = "",
        fault: str = "",
        pairs: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__("no_ways", server=server, fault=fault)
        self.reason = reason
        self.pairs = pairs

    def __str__(self) -> str:
        told = " ".join(str(word) for word in (*self.params.values(), *self.pairs) if word)
        return f"{self.reason}: {told}"

    def record(self, day: DayInput) -> dict[str, Any]:
        """Return what the plan's page needs to say it, places by their names."""
        names = [[_names(day, end) for end in pair] for pair in self.pairs[:NAMED_PAIRS]]
        return {
            "reason": self.reason.value,
            **self.params,
            "pairs": names,
            "more": len(self.pairs) - len(names),
        }


def _names(day: DayInput, site: str) -> dict[str, str]:
    place = day.places[site]
    return {"name_zh": place.name_zh, "name_en": place.name_en, "standing": place.standing}


def measured(day: DayInput, parameters: PlanParameters, on_block: Told | None = None) -> DayInput:
    """Return the day with the ways its parameters ask for.

    Raises:
        NoWaysError: the router has no answer, or none is set.

    """
    if parameters.ways != Ways.ROUTER:
        return day
    travel = _asked(day.problem.sites, PATIENCE, on_block)
    return replace(day, problem=replace(day.problem, travel=travel))


def _asked(sites: Sequence[Site], patience: Patience, on_block: Told | None = None) -> TravelMatrix:
    settings = load_settings()
    if not settings.road_tables:
        raise NoWaysError(NoWays.NOT_SET)
    router = router_at(settings.road_tables, settings.road_profile)
    client = Client(settings.data_dir / FOLDER, patience)
    try:
        return road_travel(router, sites, client, on_block)
    except RoadTableError as error:
        raise NoWaysError(NoWays(error.trouble.value), error.server, error.fault) from error
    except UnreachableError as error:
        raise NoWaysError(NoWays.NO_ROAD, router.name, pairs=error.pairs) from error


def from_table(day: DayInput, data: bytes, name: str) -> DayInput:
    """Return the day with the ways of a dispatcher's file.

    Raises:
        DomainError: naming line and column.
        TableLacksError: naming places without a way.

    """
    sites = [row.id for row in day.problem.sites]
    try:
        travel = parse_matrix(_utf8(data), Path(name), sites)
    except MissingWayError as error:
        raise TableLacksError(day, error.pairs) from error
    except InstanceError as error:
        fault = str(error).split(": ", 1)[-1]
        raise DomainError(
            "table_broken", field="table", line=error.line, column=error.column, fault=fault
        ) from error
    return replace(day, problem=replace(day.problem, travel=travel))


def _utf8(data: bytes) -> bytes:
    """Return the text in UTF-8: Chinese spreadsheets save CSV in GB 18030."""
    try:
        data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("gb18030", errors="replace").encode()
    return data


def widened(day: DayProblem, parameters: PlanParameters, sites: Sequence[Site]) -> TravelMatrix:
    """Return the day's ways with those of new sites; what was frozen stays to the metre.

    Raises:
        NoWaysError: the router has no answer.
        DomainError: the day's ways are a table of its own, which does not know the new sites.

    """
    if not sites:
        return day.travel
    every = {row.id: row for row in (*day.sites, *sites)}
    names = (*day.travel.site_ids, *(row.id for row in sites))
    ordered = [every[name] for name in names]
    match Ways(parameters.ways):
        case Ways.TABLE:
            raise DomainError("not_in_table")
        case Ways.ROUTER:
            wide = _asked(ordered, BRIEF)
        case Ways.GREAT_CIRCLE:
            wide = great_circle_travel(
                [(row.id, row.latitude_deg, row.longitude_deg) for row in ordered],
                road_factor=parameters.road_factor,
                speed_km_h=parameters.speed_km_h,
            )
    size = len(day.travel.site_ids)
    distance_m, duration_s = np.array(wide.distance_m), np.array(wide.duration_s)
    distance_m[:size, :size] = day.travel.distance_m
    duration_s[:size, :size] = day.travel.duration_s
    return TravelMatrix(names, distance_m, duration_s, day.travel.source)
