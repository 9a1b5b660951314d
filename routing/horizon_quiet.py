"""Keeps off standard output what HiGHS prints there whatever its options say."""

from __future__ import annotations

import ctypes
import os
import sys
import tempfile
import threading
from typing import BinaryIO

_STDOUT = 1
# HiGHS 1.12 says so with a plain printf whenever it mends a solution that postsolve left a little
# outside a limit.
_NOISE = b"HighsMipSolverData::transformNewIntegerFeasibleSolution tmpSolver.run();\n"


class _Quiet:
    """Holds standard output back while any thread is inside; then passes on all but the noise."""

    def __init__(self) -> None:
        self.lock, self.inside = threading.Lock(), 0
        self.real: int | None = None
        self.held: BinaryIO | None = None

    def __enter__(self) -> None:
        with self.lock:
            self.inside += 1
            if self.inside == 1 and sys.platform != "win32":
                self._hold()

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0 and self.real is not None and self.held is not None:
                self._pass_on(self.real, self.held)
                self.real = self.held = None

    def _hold(self) -> None:
        _flush()
        try:
            self.real = os.dup(_STDOUT)
        except OSError:
            return  # A service may have no standard output, and nothing to keep off it.
        self.held = tempfile.TemporaryFile()  # noqa: SIM115 - open from here to _pass_on
        os.dup2(self.held.fileno(), _STDOUT)

    def _pass_on(self, real: int, held: BinaryIO) -> None:
        _flush()
        os.dup2(real, _STDOUT)
        with held, os.fdopen(real, "wb") as out:
            held.seek(0)
            out.write(held.read().replace(_NOISE, b""))


def _flush() -> None:
    """Write out what C keeps of standard output."""
    ctypes.CDLL(None).fflush(None)


QUIET = _Quiet()
