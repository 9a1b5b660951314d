"""One typed door to Numba, and the random numbers of the compiled loops.

Compiled code is cached beside the sources or, where those cannot be written to, in the user's cache
directory; `nogil` lets a run go on while the caller's other threads work. When Numba asks whether
cached code is out of date it looks only at the file of the function called, not at what that calls
in turn, so the cache has a directory for each state of all compiled sources.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

P = ParamSpec("P")
R = TypeVar("R")

_njit: Any = numba.njit
_HERE = Path(__file__).parent


def _cache_directory() -> Path:
    """Name the directory by a digest of the sources with compiled code or its data types."""
    marks = (b"@compiled", b"@inlined", b"@inner", b"@merged", b"(NamedTuple)")
    digest = hashlib.sha256()
    for source in sorted(_HERE.glob("*.py")):
        text = source.read_bytes()
        if any(mark in text for mark in marks):
            digest.update(text)
    name = f"numba-{digest.hexdigest()[:16]}"
    if os.access(_HERE, os.W_OK):
        return _HERE / "__pycache__" / name
    home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
    return home / "wujin" / name


_settings: Any = numba.config
if not _settings.CACHE_DIR:
    _settings.CACHE_DIR = str(_cache_directory())


# Python and C get doors of their own to a compiled function, each array in a tuple of arrays
# unpacked one by one; what only compiled code calls needs none.
_NO_DOORS = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile to machine code at the first call; such code must not make new arrays.

    Numba's reference counts are switched off: every look at an array in a tuple of arrays raised
    and lowered one, atomically, and that took nineteen twentieths of the time (433 -> 23 us an
    iteration on Li and Lim's LR1_2_1). Nothing here allocates, so nothing needs counting.
    """
    options = {"cache": True, "nogil": True, "_nrt": False}
    return cast("Callable[P, R]", _njit(**options)(function))


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """Compile into the caller, for inner loops whose arguments cost more than their work."""
    options = {"cache": True, "nogil": True, "_nrt": False, "inline": "always"}
    return cast("Callable[P, R]", _njit(**options)(function))


def inner(function: Callable[P, R]) -> Callable[P, R]:
    """Compile for compiled callers alone: without the doors for Python, half as long to compile."""
    options = {"cache": True, "nogil": True, "_nrt": False, **_NO_DOORS}
    return cast("Callable[P, R]", _njit(**options)(function))


def merged(function: Callable[P, R]) -> Callable[P, R]:
    """As `inner`, and the machine code of each caller contains it, for what has few callers."""
    options = {"cache": True, "nogil": True, "_nrt": False, "forceinline": True, **_NO_DOORS}
    return cast("Callable[P, R]", _njit(**options)(function))


def generator(seed: int) -> NDArray[np.uint64]:
    """State of the xorshift128+ generator (Vigna 2017, doi 10.1016/j.cam.2016.11.006)."""
    words = np.random.SeedSequence(seed).generate_state(2, np.uint64)
    return np.asarray(words | np.uint64(1), dtype=np.uint64)


@compiled
def uniform(state: NDArray[np.uint64]) -> float:
    """Draw from [0, 1)."""
    s1 = state[0]
    s0 = state[1]
    state[0] = s0
    s1 ^= s1 << np.uint64(23)
    state[1] = s1 ^ s0 ^ (s1 >> np.uint64(18)) ^ (s0 >> np.uint64(5))
    return np.float64((state[1] + s0) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def below(state: NDArray[np.uint64], limit: int) -> int:
    """Draw a whole number from 0 to limit - 1."""
    return int(uniform(state) * limit)
