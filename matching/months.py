"""Periods that are named as months."""

import re
from calendar import monthrange
from datetime import date


def last_day(name: str) -> date | None:
    """Return the last day of a month such as 2026-12; None for every other name."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", name, re.ASCII) or name < "0001":
        return None
    year, month = int(name[:4]), int(name[5:])
    return date(year, month, monthrange(year, month)[1])
