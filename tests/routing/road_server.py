"""A road router on 127.0.0.1 that speaks the OSRM and Valhalla table protocols over a made-up land.

A place is told by its coordinates. Driving east takes one and a half times as long as west, so that
tables are asymmetric. Written from the public descriptions: OSRM docs/http.md (table service) and
Valhalla docs/api/matrix (verbose and slim answers, error codes 150, 170, 171).
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

METRES_PER_DEGREE = 100_000
Place = tuple[float, float]


@dataclass
class Land:
    """What the server knows, how it behaves, and what it was asked."""

    most_places: int = 100
    most_pairs: int = 2_500
    slim: bool = False
    off_road: set[Place] = field(default_factory=set)
    cut: set[tuple[Place, Place]] = field(default_factory=set)
    bad_statuses: list[int] = field(default_factory=list)
    retry_after: str | None = None
    delay_s: float = 0.0
    hang_up: int = 0
    shorten: int = 0
    drip: bool = False
    drip_head: bool = False
    straight: bool = False
    text: str | None = None
    asked: list[str] = field(default_factory=list)
    address: str = ""

    def drive(self, origin: Place, destination: Place) -> tuple[float | None, float | None]:
        """Metres and seconds, at 20 m/s westward."""
        if (origin, destination) in self.cut:
            return None, None
        east = destination[0] - origin[0]
        north = abs(destination[1] - origin[1])
        metres = (abs(east) + north) * METRES_PER_DEGREE
        seconds = metres / 20 + max(east, 0.0) * METRES_PER_DEGREE / 40
        return round(metres, 1), round(seconds, 1)


class _Handler(BaseHTTPRequestHandler):
    land: Land

    def log_message(self, *args: object) -> None:
        """Stay silent."""

    def do_GET(self) -> None:
        self.land.asked.append(self.path)
        if not self.trouble():
            self.send(*self.osrm())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.land.asked.append(body.decode())
        if not self.trouble():
            self.send(*self.valhalla(json.loads(body)))

    def trouble(self) -> bool:
        land = self.land
        time.sleep(land.delay_s)
        if land.hang_up:
            land.hang_up -= 1
            self.connection.shutdown(socket.SHUT_RDWR)
            self.close_connection = True
            return True
        if land.bad_statuses:
            self.send_response(land.bad_statuses.pop(0))
            if land.retry_after is not None:
                self.send_header("Retry-After", land.retry_after)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return True
        return False

    def send(self, status: int, body: dict[str, object]) -> None:
        data = (self.land.text or json.dumps(body)).encode()
        if self.land.drip_head:
            self.trickle(b"HTTP/1.1 200 OK" + b" " * 200)
            return
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.land.shorten:
            self.land.shorten -= 1
            data = data[: len(data) // 2]
            self.close_connection = True
        if self.land.drip:
            self.trickle(data)
            return
        self.wfile.write(data)

    def trickle(self, data: bytes) -> None:
        """Send a byte at a time until all is sent or nobody listens."""
        self.close_connection = True
        for byte in data:
            try:
                self.wfile.write(bytes([byte]))
            except OSError:
                return
            time.sleep(0.05)

    def osrm(self) -> tuple[int, dict[str, object]]:
        url = urlsplit(self.path)
        found = re.fullmatch(r"/table/v1/(\w+)/([-\d.,;]+)", url.path)
        if found is None:
            return 400, {"code": "InvalidUrl", "message": "URL string malformed"}
        places = [
            (float(x), float(y)) for x, y in (row.split(",") for row in found.group(2).split(";"))
        ]
        options = parse_qs(url.query)
        if set(options["annotations"][0].split(",")) != {"duration", "distance"}:
            return 400, {"code": "InvalidOptions"}
        rows, columns = (
            [int(i) for i in options[name][0].split(";")] for name in ("sources", "destinations")
        )
        if max(*rows, *columns) >= len(places):
            return 400, {"code": "InvalidOptions"}
        if len(places) > self.land.most_places:
            return 400, {"code": "TooBig", "message": "Too many table coordinates"}
        for number, place in enumerate(places):
            if place in self.land.off_road:
                said = f"Could not find a matching segment for coordinate {number}"
                return 400, {"code": "NoSegment", "message": said}
        cells = [[self.land.drive(places[i], places[j]) for j in columns] for i in rows]
        answer: dict[str, object] = {
            "code": "Ok",
            "distances": [[cell[0] for cell in row] for row in cells],
            "durations": [[cell[1] for cell in row] for row in cells],
            "sources": [{"location": places[i], "name": ""} for i in rows],
            "destinations": [{"location": places[j], "name": ""} for j in columns],
        }
        if self.land.straight:
            answer["fallback_speed_cells"] = [[0, 1]]
        return 200, answer

    def valhalla(self, asked: dict[str, object]) -> tuple[int, dict[str, object]]:
        land = self.land
        if self.path != "/sources_to_targets":
            return 404, {"error_code": 106, "error": "Try any of: sources_to_targets"}
        if asked["costing"] not in {"truck", "auto"}:
            return 400, {"error_code": 125, "error": "No costing method found", "status_code": 400}
        sources, targets = (
            [(row["lon"], row["lat"]) for row in asked[name]]  # type: ignore[attr-defined]
            for name in ("sources", "targets")
        )
        if len(sources) * len(targets) > land.most_pairs:
            return 400, {"error_code": 150, "error": "Exceeded max locations", "status_code": 400}
        if land.off_road & {*sources, *targets}:
            said = "No suitable edges near location"
            return 400, {"error_code": 171, "error": said, "status_code": 400}
        cells = [[land.drive(a, b) for b in targets] for a in sources]
        km = [[None if m is None else round(m / 1000, 3) for m, _ in row] for row in cells]
        times = [[None if s is None else round(s) for _, s in row] for row in cells]
        if land.slim:
            table: object = {"distances": km, "durations": times}
        else:
            table = [
                [
                    {"distance": km[i][j], "time": times[i][j], "from_index": i, "to_index": j}
                    for j in range(len(targets))
                ]
                for i in range(len(sources))
            ]
        return 200, {"sources_to_targets": table, "units": asked["units"]}


@contextmanager
def road_server(land: Land) -> Iterator[Land]:
    """Serve the land until the block ends; `land.address` is where."""
    handler = type("Handler", (_Handler,), {"land": land})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    land.address = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield land
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
