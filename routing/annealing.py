"""Simulated annealing against the clock or a count: how long, how hot, when to look up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from routing.parameters import Parameters, ShouldStop

# Seconds of search between two looks at the clock, and the first stretch, in iterations.
STRETCH_S = 0.1
FIRST_STRETCH = 50


@dataclass(slots=True)
class Cooling:
    """Temperatures by the share of the run that has passed."""

    hot: float
    cold: float

    def at(self, share: float) -> float:
        return float(self.hot * (self.cold / self.hot) ** min(1.0, share))


def anneal(
    parameters: Parameters,
    cooling: Cooling,
    stretch: Callable[[int, float, float], object],
    tell: Callable[[float, float], None],
    should_stop: ShouldStop,
) -> int:
    """Call `stretch(iterations, hot, cold)` until time, iterations or patience run out.

    Returns the number of iterations done. With `max_iterations` set the stretches, and with them
    the result, do not depend on the clock unless the time limit strikes first.
    """
    started = time.perf_counter()
    done, size = 0, FIRST_STRETCH
    most = parameters.max_iterations
    share = 0.0
    while share < 1.0 and most != 0 and not should_stop():
        if most is not None:
            size = max(1, min(most // 50 + 1, most - done))
        following = (
            share + STRETCH_S / parameters.time_limit_s if most is None else ((done + size) / most)
        )
        before = time.perf_counter()
        stretch(size, cooling.at(share), cooling.at(following))
        done += size
        now = time.perf_counter()
        share = (now - started) / parameters.time_limit_s
        if most is not None:
            share = max(share, done / most) if share >= 1.0 else done / most
        left_s = parameters.time_limit_s - (now - started)
        aim_s = min(STRETCH_S, max(left_s, 0.0))
        size = max(1, int(size * min(4.0, aim_s / max(now - before, 1e-6))))
        tell(min(share, 1.0), now - started)
    return done
