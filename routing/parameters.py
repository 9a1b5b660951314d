"""What steers a planning run and what it says while it runs; nothing here changes the problem."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Stage(StrEnum):
    SPLIT = "split"
    FIRST_PLAN = "first_plan"
    IMPROVE = "improve"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Parameters:
    """Frozen into a stored run: the same problem, parameters and machine give the same plan.

    Wall time decides when to stop unless `max_iterations` is set, and only then is a run repeatable
    to the last stop on machines of different speed. So many `workers` search at once,
    each for so many iterations.
    """

    time_limit_s: float = 10.0
    seed: int = 1
    max_iterations: int | None = None
    workers: int = 1

    def __post_init__(self) -> None:
        if not self.time_limit_s > 0:
            raise ValueError(f"time limit {self.time_limit_s} s")
        if self.max_iterations is not None and self.max_iterations < 0:
            raise ValueError(f"{self.max_iterations} iterations")
        if self.workers < 1:
            raise ValueError(f"{self.workers} workers")
        if not 0 <= self.seed < 2**31:
            raise ValueError(f"seed {self.seed} is outside 0..2147483647")


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands; `share` runs from 0 to 1 over the whole run."""

    stage: Stage
    share: float
    seconds: float
    cost_fen: int | None = None
    unserved: int | None = None


OnProgress = Callable[[Progress], None]
ShouldStop = Callable[[], bool]
