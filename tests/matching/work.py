"""Work for processes of their own; a module of its own, so that they have little to load."""

import os


def square(number: int, seconds: float | None) -> int:
    """Thirteen goes wrong and fourteen ends the process."""
    del seconds
    if number == 13:
        raise ValueError("thirteen")
    if number == 14:
        os._exit(1)
    return number * number
