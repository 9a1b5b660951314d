"""A patient HTTP client for road tables: time limits, bounded retries, answers kept on disk."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import tempfile
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
MOST_RETRY_AFTER_S = 60.0
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
    """`tries` in all; pauses of `pause_s`, doubled each time, unless the server names one."""

    timeout_s: float = 30.0
    tries: int = 4
    pause_s: float = 0.5

    def __post_init__(self) -> None:
        if not (self.timeout_s > 0 and self.tries >= 1 and self.pause_s >= 0):
            raise ValueError(f"patience {self}")


class Client:
    """Asks, retries what may pass, and keeps good answers in `folder` (None: keeps nothing)."""

    def __init__(
        self,
        folder: Path | None = None,
        patience: Patience | None = None,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self.folder = folder
        self.patience = patience or Patience()
        self.sleep = sleep

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
        pause_s = self.patience.pause_s
        for left in range(self.patience.tries - 1, -1, -1):
            told = self._once(request)
            if isinstance(told, Answer):
                return told
            if not left:
                fault = f"{told.fault}, asked {self.patience.tries} times"
                raise RoadTableError(request.server, fault, told.trouble)
            self.sleep(pause_s if told.wait_s is None else told.wait_s)
            pause_s *= 2
        raise AssertionError("a client asks at least once")

    def _once(self, request: Request) -> Answer | _Passing:
        headers = {"Accept": "application/json", "User-Agent": "wujin"}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        if urlsplit(request.url).scheme not in {"http", "https"}:
            raise RoadTableError(request.server, "is not an http or https address")
        asked = urllib.request.Request(request.url, request.body, headers)  # noqa: S310 checked above
        try:
            with urllib.request.urlopen(asked, timeout=self.patience.timeout_s) as answer:  # noqa: S310
                return _answer(request, answer.status, self._read(answer))
        except urllib.error.HTTPError as error:
            with error:
                if error.code in PASSING:
                    wait_s = _wait_s(error.headers["Retry-After"])
                    return _Passing(Trouble.BUSY, f"status {error.code}", wait_s)
                return _answer(request, error.code, error.read(MOST_BYTES + 1))
        except TimeoutError:
            return self._slow()
        except (urllib.error.URLError, http.client.HTTPException, ConnectionError) as error:
            reason = getattr(error, "reason", None) or error
            if isinstance(reason, TimeoutError):
                return self._slow()
            return _Passing(Trouble.AWAY, f"cannot be reached ({reason})")

    def _slow(self) -> _Passing:
        return _Passing(Trouble.SLOW, f"no answer within {self.patience.timeout_s:g} s")

    def _read(self, stream: http.client.HTTPResponse) -> bytes:
        """Read all within the time limit, which the socket only keeps between two packets."""
        deadline = time.monotonic() + self.patience.timeout_s
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


@dataclass(frozen=True, slots=True)
class _Passing:
    """A failure that may pass, and how long the server asks to wait."""

    trouble: Trouble
    fault: str
    wait_s: float | None = None


def _answer(request: Request, status: int, body: bytes) -> Answer:
    if len(body) > MOST_BYTES:
        raise RoadTableError(request.server, f"the answer is longer than {MOST_BYTES} bytes")
    return Answer(request.server, request.key, status, body)


def _wait_s(retry_after: str | None) -> float | None:
    """Read Retry-After in seconds (RFC 9110, 10.2.3); a date is not kept to, nor a long wait."""
    if retry_after is None or not retry_after.isdigit():
        return None
    return min(float(retry_after), MOST_RETRY_AFTER_S)
