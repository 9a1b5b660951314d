"""Gets the compiled searches ready before any clock runs, and says so when that takes a while.

Numba writes its cache file by file and numbers a function's variants without a lock, so two
processes that compile at once could file one variant under another's number. Compiling is done
under a lock on the cache directory; who comes second finds it done and only reads.
"""

from __future__ import annotations

import functools
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numba
import numpy as np

from routing.compiled import generator
from routing.haul import Jobs, Rules, Trucks, empty_plan
from routing.haul_moves import restore as restore_hauls
from routing.haul_places import find_best
from routing.haul_search import search as search_hauls
from routing.pair_shake import shake
from routing.pair_sisr import search as search_pairs
from routing.pair_sisr import start_from_best
from routing.pair_state import Pairs
from routing.pair_state import empty_state as empty_pairs
from routing.sisr import search as search_tours
from routing.tour_moves import load_tours, read_tours
from routing.tours import Fleet, Stops, empty_layout, empty_state
from routing.trip_sisr import search as search_trips
from routing.trip_state import Calls, Vehicles
from routing.trip_state import empty_state as empty_trips

if sys.platform != "win32":
    import fcntl

_LOG = logging.getLogger(__name__)


@functools.cache
def warm_hauls() -> None:
    """Compile the search on pairs, or load what was compiled before; once a process."""
    with _compiling("haul_search.search", "haul_moves.restore"):
        _one_haul()


@functools.cache
def warm_tours() -> None:
    """Compile the search on delivery tours, or load what was compiled before; once a process."""
    with _compiling("sisr.search", "tour_moves.load_tours"):
        _one_tour()


@functools.cache
def warm_pairs() -> None:
    """Compile the search on pairs of the field's instances; once a process."""
    with _compiling("pair_sisr.search", "pair_sisr.start_from_best", "pair_shake.shake"):
        square, near = np.ones((3, 3)), np.zeros((1, 1), dtype=np.int32)
        pairs = Pairs(square, square, square, square, near, np.ones(1), np.array([1.0, 0, 9, 9]))
        times = np.tile(np.array([0.0, 9.0, 0.0]), (3, 1))
        state = empty_pairs(pairs, times, np.array([0.0, 1.0, -1.0]), 1, generator(1))
        search_pairs(pairs, state, 1, 1.0, 1.0)
        start_from_best(pairs, state)
        shake(pairs, state)


@functools.cache
def warm_trips() -> None:
    """Compile the search on several trips a vehicle; once a process."""
    with _compiling("trip_sisr.search"):
        square, near = np.ones((2, 2)), np.ones((2, 1), dtype=np.int32)
        load, about = np.array([[0.0, 0.0, 9.0]] * 2), np.ones(3, dtype=np.int64)
        span = np.array([0.0, 9.0])
        calls = Calls(square, square, square, square, load, near, near, span, about)
        vehicles = Vehicles(np.ones((1, 3)), np.zeros((1, 2), dtype=np.int64))
        times = np.array([[0.0, 9.0, 0.0, 0.0]] * 2)
        state = empty_trips(calls, vehicles, times, generator(1))
        search_trips(calls, vehicles, state, 1, 1.0, 1.0)


def is_cold(cache: Path, *functions: str) -> bool:
    """Whether one of the functions (module.name) has no compiled code in the cache."""
    return any(next(cache.rglob(f"{name}-*.nbi"), None) is None for name in functions)


@contextmanager
def _compiling(*functions: str) -> Iterator[None]:
    config: object = numba.config
    cache = Path(getattr(config, "CACHE_DIR"))  # noqa: B009 - Numba's settings have no types
    if not is_cold(cache, *functions):
        yield
        return
    _LOG.warning("compiling the search once (about half a minute) ...")
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("a") as lock:
        if sys.platform != "win32":
            fcntl.flock(lock, fcntl.LOCK_EX)
        # Closing the file lets go of the lock, however this ends.
        yield


def _one_haul() -> None:
    """Bring one load, with arrays of the types that every caller uses."""
    whole = np.array([[0, 0, 0, -1, 0, 0, 1, -1], [1, 0, 1, -1, 0, 0, 1, -1]], dtype=np.int64)
    jobs = Jobs(
        whole,
        np.zeros((2, 4)),
        np.array([[0.0, 9.0]]),
        np.array([1, 2], dtype=np.int64),
        np.ones((1, 1), dtype=np.int64),
        np.full(1, 9.0),
        np.zeros((1, 1), dtype=np.int64),
    )
    trucks = Trucks.of(
        np.array([[1.0, 1.0, 0.0, 0.0, 0.0, 9.0, np.inf, 0.0, np.inf]]),
        np.zeros((1, 3), dtype=np.int64),
        np.ones((1, 2, 2)),
        np.ones((2, 2)),
    )
    rules = Rules(np.zeros((0, 0)), np.zeros(0))
    plan = empty_plan(jobs, trucks, rules, generator(1), 4)
    search_hauls(jobs, trucks, rules, plan, 1, 1.0, 1.0)
    restore_hauls(jobs, trucks, rules, plan)
    # This is asked when loads are left out, within the caller's time.
    find_best(jobs, trucks, rules, plan, 0, 1.0)


def _one_tour() -> None:
    square = np.ones((2, 2))
    near = np.ones((2, 1), dtype=np.int32)
    loads = np.array([[0.0, 9.0], [0.0, 9.0]])
    about, apart = np.ones(3, dtype=np.int64), np.ones((2, 1))
    stops = Stops(square, square, square, square, loads, near, near, apart, about)
    fleet = Fleet(np.ones((1, 3)), np.array([[0, 0, 1]]))
    windows = np.array([[0.0, 9.0, 0.0], [0.0, 9.0, 0.0]])
    state = empty_state(stops, fleet, windows, np.array([1], dtype=np.int32), generator(1))
    search_tours(stops, fleet, state, 1, 1.0, 1.0)
    layout = empty_layout(state)
    read_tours(state.best_link, state.best_slots, layout)
    load_tours(stops, fleet, state, layout)


if __name__ == "__main__":
    # What `wujin up` starts beside everything else, so that the first day's plan finds it done.
    warm_hauls()
