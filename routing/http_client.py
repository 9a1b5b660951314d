"""A patient HTTP client for road tables: time limits, bounded retries, answers kept on disk."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import queue
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

# Too many requests, and the ways in which a server says that it cannot just now.
PASSING = frozenset({429, 500, 502, 503, 504})
# A table of 100 x 100 is some 200 kB; an answer beyond this is not a table.
MOST_BYTES = 64 * 1024 * 1024
_CHUNK = 64 * 1024


class Trouble(StrEnum):
    """What kind of failure it was, for whoever has to say what helps."""

    AWAY = "away"  # nobody answers there
    SLOW = "slow"  # no answer in time
    BUSY = "busy"  # the server says that it cannot just now
    REFUSED = "refused"  # the server will not answer this, or what it answers is no table


class RoadTableError(RuntimeError):
    """The router gave no usable table; `server`, `fault` and `trouble` say which, what and how."""

    def __init__(self, server: str, fault: str, trouble: Trouble = Trouble.REFUSED) -> None:
        super().__init__(f"{server}: {fault}")
        self.server = server
        self.fault = fault
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class Request:
    """A GET, or, with a JSON body, a POST."""

    url: str
    body: bytes | None = None

    @property
    def server(self) -> str:
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    @property
    def key(self) -> str:
        """What the answer is kept under: everything that was asked, of whom."""
        return hashlib.sha256(self.url.encode() + b"\n" + (self.body or b"")).hexdigest()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said, or had said when it was asked before (`kept`)."""

    server: str
    key: str
    status: int
    body: bytes
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Patience:
    """`tries` in all; pauses of `pause_s`, doubled each time, unless the server names one.

    One answer may take `timeout_s`, one request with all its tries and pauses `total_s`.
    """

    timeout_s: float = 30.0
    tries: int = 4
    pause_s: float = 0.5
    total_s: float = 60.0

    def __post_init__(self) -> None:
        if not (min(self.timeout_s, self.total_s) > 0 and self.tries >= 1 and self.pause_s >= 0):
            raise ValueError(f"patience {self}")


class Client:
    """Asks, retries what may pass, and keeps good answers in `folder` (None: keeps nothing).

    `on_wait` is told in words before each pause.
    """

    def __init__(
        self,
        folder: Path | None = None,
        patience: Patience | None = None,
        sleep: Callable[[float], object] = time.sleep,
        on_wait: Callable[[str], object] | None = None,
    ) -> None:
        self.folder = folder
        self.patience = patience or Patience()
        self.sleep = sleep
        self.on_wait = on_wait or (lambda _: None)

    def ask(self, request: Request) -> Answer:
        """Return a kept or a fresh answer; raises RoadTableError when patience runs out."""
        return self._kept(request) or self._fresh(request)

    def keep(self, answer: Answer) -> None:
        """Keep an answer that proved good. A reader never sees half a file."""
        if self.folder is None or answer.kept:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self.folder)
        with os.fdopen(handle, "wb") as file:
            file.write(answer.body)
        Path(name).replace(self._path(answer.key))

    def _path(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{key}.json"

    def _kept(self, request: Request) -> Answer | None:
        """Find the answer kept; one that is no longer JSON is asked for again."""
        if self.folder is None:
            return None
        try:
            body = self._path(request.key).read_bytes()
            json.loads(body)
        except (FileNotFoundError, ValueError):
            return None
        return Answer(request.server, request.key, 200, body, kept=True)

    def _fresh(self, request: Request) -> Answer:
        pause_s, until = self.patience.pause_s, time.monotonic() + self.patience.total_s
        for asked in range(1, self.patience.tries + 1):
            told = self._in_time(request, min(self.patience.timeout_s, until - time.monotonic()))
            if isinstance(told, Answer):
                return told
            wait_s = pause_s if told.wait_s is None else told.wait_s
            left_s = until - time.monotonic()
            if asked == self.patience.tries or wait_s >= left_s:
                raise RoadTableError(request.server, self._given_up(told, asked), told.trouble)
            self.on_wait(f"{request.server}: {told.fault}; asked again in {wait_s:g} s")
            self.sleep(wait_s)
            pause_s *= 2
        raise AssertionError("a client asks at least once")

    def _given_up(self, told: _Passing, asked: int) -> str:
        times = "once" if asked == 1 else f"{asked} times"
        if told.wait_s is not None and asked < self.patience.tries:
            most = f"of the {self.patience.total_s:g} s for one answer too little is left"
            return f"{told.fault}, asks to wait {told.wait_s:g} s and {most}, asked {times}"
        return f"{told.fault}, asked {times}"

    def _in_time(self, request: Request, limit_s: float) -> Answer | _Passing:
        """Ask in a thread: a socket's own limit holds between two packets, not for an answer."""
        told: queue.SimpleQueue[Answer | _Passing | RoadTableError] = queue.SimpleQueue()

        def ask() -> None:
            try:
                told.put(self._once(request, limit_s))
            except RoadTableError as error:
                told.put(error)

        threading.Thread(target=ask, daemon=True).start()
        try:
            found = told.get(timeout=limit_s)
        except queue.Empty:
            return _slow(limit_s)
        if isinstance(found, RoadTableError):
            raise found
        return found

    def _once(self, request: Request, limit_s: float) -> Answer | _Passing:
        headers = {"Accept": "application/json", "User-Agent": "wujin"}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        if urlsplit(request.url).scheme not in {"http", "https"}:
            raise RoadTableError(request.server, "is not an http or https address")
        asked = urllib.request.Request(request.url, request.body, headers)  # noqa: S310 checked above
        try:
            with urllib.request.urlopen(asked, timeout=limit_s) as answer:  # noqa: S310
                return _answer(request, answer.status, _read(answer, limit_s))
        except urllib.error.HTTPError as error:
            with error:
                if error.code in PASSING:
                    wait_s = _wait_s(error.headers["Retry-After"])
                    return _Passing(Trouble.BUSY, f"status {error.code}", wait_s)
                return _answer(request, error.code, error.read(MOST_BYTES + 1))
        except TimeoutError:
            return _slow(limit_s)
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError) as error:
            reason = getattr(error, "reason", None) or error
            if isinstance(reason, TimeoutError):
                return _slow(limit_s)
            return _Passing(Trouble.AWAY, f"cannot be reached ({reason})")


@dataclass(frozen=True, slots=True)
class _Passing:
    """A failure that may pass, and how long the server asks to wait."""

    trouble: Trouble
    fault: str
    wait_s: float | None = None


def _slow(limit_s: float) -> _Passing:
    return _Passing(Trouble.SLOW, f"no answer within {limit_s:.2g} s")


def _read(stream: http.client.HTTPResponse, limit_s: float) -> bytes:
    """Read all within the limit, so that no thread reads on after it has been given up."""
    deadline = time.monotonic() + limit_s
    body = bytearray()
    while chunk := stream.read1(_CHUNK):
        body += chunk
        if len(body) > MOST_BYTES:
            break
        if time.monotonic() > deadline:
            raise TimeoutError
    if stream.length and len(body) <= MOST_BYTES:
        raise http.client.IncompleteRead(bytes(body), stream.length)
    return bytes(body)


def _answer(request: Request, status: int, body: bytes) -> Answer:
    if len(body) > MOST_BYTES:
        raise RoadTableError(request.server, f"the answer is longer than {MOST_BYTES} bytes")
    return Answer(request.server, request.key, status, body)


def _wait_s(retry_after: str | None) -> float | None:
    """Read Retry-After in seconds (RFC 9110, 10.2.3); a date is not kept to."""
    if retry_after is None or not retry_after.isdecimal() or len(retry_after) > 12:
        return None
    return float(retry_after)
