"""Work for processes of their own; a module of its own, so that they have little to load."""

import os
import sys


def square(number: int, seconds: float | None) -> int:
    """Thirteen goes wrong and fourteen ends the process."""
    del seconds
    if number == 13:
        raise ValueError("thirteen")
    if number == 14:
        os._exit(1)
    return number * number


def stuck(number: int, seconds: float | None) -> int:
    """Say that it has begun, and never end."""
    del seconds
    sys.stderr.write("begun\n")
    sys.stderr.flush()
    while number:
        pass
    return number
