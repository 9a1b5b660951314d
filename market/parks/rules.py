"""Closed sets and limits of what firms say of their conversions."""

from enum import StrEnum

MAX_YIELD = 10.0
"""Tonnes out of a tonne in; more is a mistaken unit, such as per cent."""
MAX_CAPACITY_KG = 100_000_000_000  # 100 Mt a year: above any single works; catches unit mistakes
MAX_NOTE_CHARS = 200


class Ground(StrEnum):
    """Where a yield comes from, by its firm's own word."""

    MEASURED = "measured"
    TRIAL = "trial"
    DESIGN = "design"
