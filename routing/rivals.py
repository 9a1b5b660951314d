"""Several workers on copies of one search; at each meeting all go on from the cheapest plan."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

# Positions in the `value` of every search: where it is, and the best it has met.
COST, BEST = range(2)
# Distance between the seeds of two workers.
SEED_STEP = 2**31


class Searching(Protocol):
    """A tuple of arrays; those whose names begin with `best_` hold the best plan."""

    @property
    def value(self) -> NDArray[np.float64]: ...

    def _asdict(self) -> dict[str, Any]: ...


S = TypeVar("S", bound=Searching)


class Rivals(Generic[S]):
    """Searches from all states at once; the first state always holds the plans of the cheapest.

    `own` names the arrays that each state keeps to itself; `renew` is called on a state whose
    other arrays came from elsewhere.
    """

    def __init__(
        self,
        states: list[S],
        search: Callable[[S, int, float, float], object],
        own: frozenset[str],
        renew: Callable[[S], object] = lambda _: None,
    ) -> None:
        self.states, self.own, self.renew = states, own, renew
        self._search = search
        self._helpers = ThreadPoolExecutor(max(1, len(states) - 1))
        self.share()

    def run(self, iterations: int, hot: float, cold: float, meet: bool = True) -> None:
        """Let every worker do so many iterations, then meet if asked."""
        tasks = [
            self._helpers.submit(self._search, state, iterations, hot, cold)
            for state in self.states[1:]
        ]
        self._search(self.states[0], iterations, hot, cold)
        for task in tasks:
            task.result()
        if meet:
            self.share()

    def share(self) -> None:
        """Give every state the cheapest current and the cheapest best plan."""
        if len(self.states) == 1:
            return
        ahead = min(self.states, key=lambda state: float(state.value[COST]))
        best = min(self.states, key=lambda state: float(state.value[BEST]))
        kept = {name: array.copy() for name, array in best._asdict().items()}
        lead = {name: array.copy() for name, array in ahead._asdict().items()}
        lead["value"][BEST] = kept["value"][BEST]
        for state in self.states:
            for name, array in state._asdict().items():
                if name not in self.own:
                    array[...] = (kept if name.startswith("best_") else lead)[name]
            self.renew(state)
