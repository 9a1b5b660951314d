"""What every value of a problem is checked for when it is built."""

import math
from collections.abc import Iterable

MAX_TONNES = 1e9
"""No single stream or plant is larger: all the coal ash of China in a year is below 1e9 t."""


MAX_PER_T = 1e6
"""Yuan or kg of CO2 a tonne can come to; beyond, sums would no longer add up to a cent."""


class ProblemError(ValueError):
    """A value that no matching problem can contain; `field` and `owner` say where it stands."""

    def __init__(self, message: str, *, owner: str = "", field_name: str = "") -> None:
        super().__init__(message)
        self.owner = owner
        self.field_name = field_name


def require_finite(value: float, what: str, owner: str = "") -> None:
    if not math.isfinite(value):
        raise ProblemError(f"{what} is not a number: {value}", owner=owner, field_name=what)


def require_within(value: float, low: float, high: float, what: str, owner: str = "") -> None:
    if not low <= value <= high:
        raise ProblemError(
            f"{what} {value} is not between {low:g} and {high:g}", owner=owner, field_name=what
        )


def require_optional(value: float | None, what: str, owner: str = "") -> None:
    """Check a price or emission per tonne, where there is one."""
    if value is not None:
        require_within(value, -MAX_PER_T, MAX_PER_T, what, owner)


def require_range(ends: tuple[float, float] | None, centre: float | None, what: str) -> None:
    """Check that a range, where there is one, holds a known central value."""
    if ends is not None and (centre is None or not ends[0] <= centre <= ends[1]):
        raise ProblemError(f"{what}: {centre} is not within {ends[0]:g} to {ends[1]:g}")


def require_tonnes(tonnes: tuple[float, ...], owner: str) -> None:
    for value in tonnes:
        require_within(value, 0, MAX_TONNES, "tonnes", owner)


def require_unique(ids: Iterable[str], what: str) -> None:
    seen: set[str] = set()
    for row_id in ids:
        if row_id in seen:
            raise ProblemError(f"{what} {row_id!r} is given twice", owner=row_id, field_name="id")
        seen.add(row_id)
