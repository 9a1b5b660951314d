"""Simulated annealing against the clock or a count: how long, how hot, when to look up."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from routing.parameters import Parameters, ShouldStop

# Seconds of search between two looks at the clock, and the first stretch, in iterations.
STRETCH_S = 0.1
FIRST_STRETCH = 50
# Iterations of the first round of several, and of the longest stretch at one temperature.
FIRST_ROUND = 1000
LONGEST_STRETCH = 200
LEAST_STRETCHES = 20


@dataclass(slots=True)
class Cooling:
    """Temperatures by the share of the run that has passed; each of equal rounds begins hot."""

    hot: float
    cold: float
    rounds: int = 1

    def at(self, share: float) -> float:
        part = min(1.0, share) * self.rounds
        part -= min(int(part), self.rounds - 1)
        return float(self.hot * (self.cold / self.hot) ** part)


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


def anneal_in_rounds(
    parameters: Parameters,
    cooling: Cooling,
    begin: Callable[[int], object],
    stretch: Callable[[int, float, float], object],
    tell: Callable[[float, float], None],
    should_stop: ShouldStop,
) -> int:
    """Anneal again and again, each time for twice as long; `begin(round)` comes before each.

    Nothing but its end depends on how long the run may last, so that a longer one begins with all
    that a shorter one does. Returns the number of iterations done.
    """
    started = looked = time.perf_counter()
    most, done, number = parameters.max_iterations, 0, 0
    while True:
        begin(number)
        length = FIRST_ROUND << number
        size = min(LONGEST_STRETCH, length // LEAST_STRETCHES)
        for at in range(0, length, size):
            now = time.perf_counter()
            # However little time there is, one stretch is done.
            share = (now - started) / parameters.time_limit_s if done else 0.0
            if most is not None:
                size = min(size, most - done)
                share = 1.0 if size == 0 else max(share, done / most)
            if most is not None or now - looked >= STRETCH_S or share >= 1.0:
                looked = now
                tell(min(share, 1.0), now - started)
                if share >= 1.0 or should_stop():
                    return done
            temperature = cooling.at(at / length)
            stretch(size, temperature, temperature)
            done += size
        number += 1
