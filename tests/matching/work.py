"""Work for processes of their own; a module of its own, so that they have little to load."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path


def square(number: int, seconds: float | None) -> Iterator[int]:
    """Give a first guess; thirteen goes wrong then and fourteen ends the process."""
    del seconds
    yield number
    if number == 13:
        raise ValueError("thirteen")
    if number == 14:
        os._exit(1)
    yield number * number


def guess(begun: str, seconds: float | None) -> Iterator[str]:
    """Give a first answer, say by a file that it is given, and never give a second."""
    del seconds
    yield "a first answer"
    Path(begun).touch()
    while begun:
        pass


def stuck(number: int, seconds: float | None) -> Iterator[int]:
    """Say that it has begun, and never end."""
    del seconds
    sys.stderr.write("begun\n")
    sys.stderr.flush()
    while number:
        pass
    yield number


class Heavy:
    """A task that takes its time to arrive, as one that has solvers to load does."""

    ARRIVES_S = 0.5

    def __setstate__(self, _state: object) -> None:
        time.sleep(self.ARRIVES_S)

    def __getstate__(self) -> tuple[str]:
        return ("something",)


def left(task: Heavy, seconds: float | None) -> Iterator[float | None]:
    """Give the time that there is for the task."""
    del task
    yield seconds
