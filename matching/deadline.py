"""How long solving may still take, and whether somebody asked for it to end."""

import time
from collections.abc import Callable
from dataclasses import dataclass


class OutOfTimeError(ArithmeticError):
    """A solver had no plan yet when its time was up."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """`ends` is on the clock of `time.monotonic`; None = never. `asked` None = nobody can ask."""

    asked: Callable[[], bool] | None = None
    ends: float | None = None

    @classmethod
    def after(cls, seconds: float | None, asked: Callable[[], bool] | None = None) -> "Deadline":
        return cls(asked, None if seconds is None else time.monotonic() + seconds)

    @property
    def endless(self) -> bool:
        return self.asked is None and self.ends is None

    def left_s(self, most: float | None = None) -> float | None:
        """Seconds left, at most `most`; None = as long as it takes."""
        if self.ends is None:
            return most
        left = max(0.0, self.ends - time.monotonic())
        return left if most is None else min(left, most)

    def stopped(self) -> bool:
        """Tell whether somebody asked, whatever the clock says."""
        return self.asked is not None and self.asked()

    def passed(self, grace_s: float = 0.0) -> bool:
        if self.stopped():
            return True
        return self.ends is not None and time.monotonic() >= self.ends + grace_s
