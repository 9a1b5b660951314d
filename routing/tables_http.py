"""Distance and time tables from a road router over HTTP: OSRM and Valhalla.

A pair that the router cannot connect is an error that names the pair; nothing is ever filled in by
a straight line. Protocols: OSRM HTTP API v1, table service (project-osrm.org/docs), and Valhalla's
time-distance matrix API (valhalla.github.io/valhalla/api/matrix).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from routing.http_client import Answer, Client, Request, RoadTableError
from routing.problem import Site
from routing.travel import MOST_TRAVEL, TravelMatrix

# osrm-routed takes 100 places a table unless told otherwise (--max-table-size).
OSRM_PLACES = 100
# Valhalla's default service limit max_matrix_location_pairs is 2,500: 50 origins, 50 destinations.
VALHALLA_PAIRS = 2_500
# A metre is 0.00001 degree; six decimals are finer than any map.
_DECIMALS = 6
MOST_KM = MOST_TRAVEL // 1000

# Valhalla's codes for regions that are not connected, no road near a place, and no path.
_NO_WAY = frozenset({170, 171, 442})

Cells = list[list[float | None]]


@dataclass(frozen=True, slots=True)
class Block:
    """Rows and columns of the table asked for in one request, by their position among the sites."""

    origins: tuple[int, ...]
    destinations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The block's answer in metres and seconds; None where there is no way."""

    metres: Cells
    seconds: Cells


class Router(Protocol):
    """A road router's dialect: how a block is asked for and how its answer reads."""

    @property
    def name(self) -> str:
        """The router and profile, as a plan's source of distances tells it."""
        ...

    @property
    def block_size(self) -> int:
        """Most origins, and most destinations, of one request."""
        ...

    def request(self, sites: Sequence[Site], block: Block) -> Request:
        """Ask for one block."""
        ...

    def part(self, answer: Answer, block: Block) -> Part | None:
        """Read the answer; None when no table can be made because of some place in the block.

        Raises RoadTableError for an answer that is no table for any other reason.
        """
        ...


@dataclass(frozen=True, slots=True)
class Osrm:
    """`GET {server}/table/v1/{profile}/{lon,lat;...}`; `most_places` is the server's limit."""

    server: str
    profile: str = "driving"
    most_places: int = OSRM_PLACES

    @property
    def name(self) -> str:
        return f"OSRM {self.profile}"

    @property
    def block_size(self) -> int:
        return max(1, self.most_places // 2)

    def request(self, sites: Sequence[Site], block: Block) -> Request:
        """Name each place once; a block on the diagonal has the same origins and destinations."""
        used = tuple(dict.fromkeys(block.origins + block.destinations))
        at = {site: position for position, site in enumerate(used)}
        places = ";".join(
            f"{sites[i].longitude_deg:.{_DECIMALS}f},{sites[i].latitude_deg:.{_DECIMALS}f}"
            for i in used
        )
        sources = ";".join(str(at[i]) for i in block.origins)
        destinations = ";".join(str(at[i]) for i in block.destinations)
        options = f"annotations=duration,distance&sources={sources}&destinations={destinations}"
        path = f"/table/v1/{quote(self.profile, safe='')}/{places}?{options}"
        return Request(self.server.rstrip("/") + path)

    def part(self, answer: Answer, block: Block) -> Part | None:
        body = _object(answer)
        code = body.get("code")
        if code in {"NoSegment", "NoTable"}:
            return None
        if answer.status != 200 or code != "Ok":
            raise RoadTableError(answer.server, _osrm_fault(code, body.get("message")))
        if body.get("fallback_speed_cells"):
            raise RoadTableError(answer.server, "answered with straight lines where roads are")
        shape = len(block.origins), len(block.destinations)
        metres = _cells(answer, body.get("distances"), "distances", shape)
        return Part(metres, _cells(answer, body.get("durations"), "durations", shape))


def _osrm_fault(code: object, message: object) -> str:
    meanings = {
        "TooBig": "the request is larger than the server takes (most_places)",
        "NotImplemented": "the server cannot give distances",
    }
    said = f": {message}" if isinstance(message, str) and message else ""
    return f"{meanings.get(str(code), 'the request was refused')} ({code}{said})"


@dataclass(frozen=True, slots=True)
class Valhalla:
    """`POST {server}/sources_to_targets`; `costing` is the vehicle model, `options` for it."""

    server: str
    costing: str = "truck"
    most_pairs: int = VALHALLA_PAIRS
    options: dict[str, float | str | bool] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"Valhalla {self.costing}"

    @property
    def block_size(self) -> int:
        return max(1, math.isqrt(self.most_pairs))

    def request(self, sites: Sequence[Site], block: Block) -> Request:
        def places(rows: tuple[int, ...]) -> list[dict[str, float]]:
            return [
                {
                    "lat": round(sites[i].latitude_deg, _DECIMALS),
                    "lon": round(sites[i].longitude_deg, _DECIMALS),
                }
                for i in rows
            ]

        body: dict[str, object] = {
            "sources": places(block.origins),
            "targets": places(block.destinations),
            "costing": self.costing,
            "units": "kilometers",
        }
        if self.options:
            body["costing_options"] = {self.costing: self.options}
        url = self.server.rstrip("/") + "/sources_to_targets"
        return Request(url, json.dumps(body, sort_keys=True).encode())

    def part(self, answer: Answer, block: Block) -> Part | None:
        body = _object(answer)
        if body.get("error_code") in _NO_WAY:
            return None
        if answer.status != 200 or "error_code" in body:
            said = f"{body.get('error')} (code {body.get('error_code')})"
            raise RoadTableError(answer.server, f"the request was refused: {said}")
        units = body.get("units")
        if units not in {"kilometers", None}:
            raise RoadTableError(answer.server, f"answered in {units}, not in kilometres")
        table = body.get("sources_to_targets")
        shape = len(block.origins), len(block.destinations)
        if isinstance(table, dict):
            km = _cells(answer, table.get("distances"), "distances", shape, MOST_KM)
            return Part(_metres(km), _cells(answer, table.get("durations"), "durations", shape))
        rows = _table(answer, table, "sources_to_targets", shape)
        lengths = [[_of(cell, "distance") for cell in row] for row in rows]
        km = _cells(answer, lengths, "distance", shape, MOST_KM)
        times = [[_of(cell, "time") for cell in row] for row in rows]
        return Part(_metres(km), _cells(answer, times, "time", shape))


def _of(cell: object, key: str) -> object:
    return cell.get(key) if isinstance(cell, dict) else None


def _metres(km: Cells) -> Cells:
    return [[None if cell is None else cell * 1000 for cell in row] for row in km]


def _object(answer: Answer) -> dict[str, object]:
    try:
        body = json.loads(answer.body)
    except ValueError:
        fault = f"status {answer.status}, and no JSON in the answer"
        raise RoadTableError(answer.server, fault) from None
    if not isinstance(body, dict):
        raise RoadTableError(answer.server, "the answer is no JSON object")
    return body


def _table(answer: Answer, rows: object, name: str, shape: tuple[int, int]) -> list[list[object]]:
    if (
        not isinstance(rows, list)
        or len(rows) != shape[0]
        or not all(isinstance(row, list) and len(row) == shape[1] for row in rows)
    ):
        raise RoadTableError(answer.server, f"{name!r} is not a table of {shape[0]} x {shape[1]}")
    return rows


def _cells(
    answer: Answer, rows: object, name: str, shape: tuple[int, int], most: int = MOST_TRAVEL
) -> Cells:
    cells: Cells = []
    for row in _table(answer, rows, name, shape):
        cells.append([_number(answer, cell, name, most) for cell in row])
    return cells


def _number(answer: Answer, cell: object, name: str, most: int) -> float | None:
    if cell is None:
        return None
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        raise RoadTableError(answer.server, f"{name!r} holds {cell!r}, which is no number")
    if not 0 <= cell <= most:
        fault = f"{name!r} holds {str(cell)[:20]}, which is not from 0 to {most:,}"
        raise RoadTableError(answer.server, fault)
    return float(cell)


def router_at(address: str, profile: str = "") -> Router:
    """Return the router that `osrm:URL` or `valhalla:URL` names, with its profile or costing.

    Raises ValueError for any other address.
    """
    kind, _, url = address.partition(":")
    if kind == "osrm" and url:
        return Osrm(url, profile) if profile else Osrm(url)
    if kind == "valhalla" and url:
        return Valhalla(url, profile) if profile else Valhalla(url)
    raise ValueError(f"{address!r} is neither osrm:URL nor valhalla:URL")


def road_travel(
    router: Router,
    sites: Sequence[Site],
    client: Client,
    on_block: Callable[[int, int], None] | None = None,
) -> TravelMatrix:
    """Fetch the whole table, block by block; metres rounded, seconds rounded up.

    `on_block(done, all)` is told after each block. Raises RoadTableError when the server fails, and
    UnreachableError, naming pairs, when no road leads from one site to another.
    """
    size = len(sites)
    metres = np.zeros((size, size), dtype=np.float64)
    seconds = np.zeros((size, size), dtype=np.float64)
    blocks = list(_blocks(size, router.block_size))
    for done, block in enumerate(blocks, start=1):
        part = _fetched(router, sites, client, block)
        if part is None:
            raise _unreachable(sites, [_culprit(router, sites, client, block)])
        where = np.ix_(block.origins, block.destinations)
        metres[where] = _filled(part.metres)
        seconds[where] = _filled(part.seconds)
        if on_block is not None:
            on_block(done, len(blocks))
    np.fill_diagonal(metres, 0)
    np.fill_diagonal(seconds, 0)
    missing = np.argwhere(np.isnan(metres) | np.isnan(seconds)).tolist()
    if missing:
        raise _unreachable(sites, [(i, j) for i, j in missing])
    return TravelMatrix(
        tuple(site.id for site in sites),
        np.rint(metres).astype(np.int64),
        np.ceil(seconds).astype(np.int64),
        router.name,
    )


def _fetched(router: Router, sites: Sequence[Site], client: Client, block: Block) -> Part | None:
    answer = client.ask(router.request(sites, block))
    part = router.part(answer, block)
    if part is not None:
        client.keep(answer)
    return part


def _culprit(
    router: Router, sites: Sequence[Site], client: Client, block: Block
) -> tuple[int, int]:
    """Halve a block that has no table until one pair is left that has none."""
    while len(block.origins) > 1 or len(block.destinations) > 1:
        halves = _halves(block)
        bad = [row for row in halves if _asked(row) and not _fetched(router, sites, client, row)]
        if not bad:
            fault = "gives a table for each half of the places but none for the whole"
            raise RoadTableError(router.request(sites, block).server, fault)
        block = bad[0]
    return block.origins[0], block.destinations[0]


def _asked(block: Block) -> bool:
    """Whether the block is more than a site and itself."""
    return block.origins != block.destinations or len(block.origins) > 1


def _halves(block: Block) -> tuple[Block, Block]:
    if len(block.origins) >= len(block.destinations):
        cut = len(block.origins) // 2
        ends = block.origins[:cut], block.origins[cut:]
        return Block(ends[0], block.destinations), Block(ends[1], block.destinations)
    cut = len(block.destinations) // 2
    ends = block.destinations[:cut], block.destinations[cut:]
    return Block(block.origins, ends[0]), Block(block.origins, ends[1])


def _blocks(size: int, most: int) -> Iterator[Block]:
    """Cut the table into blocks; a site alone on the diagonal needs no question."""
    cuts = [tuple(range(at, min(at + most, size))) for at in range(0, size, most)]
    for origins in cuts:
        for destinations in cuts:
            if _asked(block := Block(origins, destinations)):
                yield block


def _filled(cells: Cells) -> NDArray[np.float64]:
    return np.array([[math.nan if cell is None else cell for cell in row] for row in cells])


class UnreachableError(RuntimeError):
    """No road leads from `pairs[i][0]` to `pairs[i][1]` (site ids)."""

    def __init__(self, pairs: tuple[tuple[str, str], ...], told: str) -> None:
        super().__init__(told)
        self.pairs = pairs


def _unreachable(sites: Sequence[Site], missing: Sequence[tuple[int, int]]) -> UnreachableError:
    pairs = tuple((sites[i].id, sites[j].id) for i, j in missing)
    more = f" and {len(pairs) - 3} more pairs" if len(pairs) > 3 else ""
    shown = ", ".join(f"{origin} -> {destination}" for origin, destination in pairs[:3])
    return UnreachableError(pairs, f"no road from one site to another: {shown}{more}")
