"""A load that is left out as one line of `wujin route`: what is in the way, and what would do."""

from __future__ import annotations

from routing.plan import Obstacle, Unserved


def left_out_line(row: Unserved) -> str:
    """Return the line; times are seconds since midnight as in the file, spare hours h:mm."""
    first = Obstacle(row.reason, row.value, row.limit, row.relaxation, row.unit, row.subject)
    line = f"unserved {row.load}: {_told(first)}"
    if row.vehicle and not row.unit and row.tried:
        line += f", else it would go on {row.vehicle}"
    if row.also is not None:
        line += f", and at once {_told(row.also)}"
    if not row.tried and row.spare_s is None:
        fits = f"; it fits on {row.vehicle} as the plan is, search longer" if row.vehicle else ""
        return line + (fits or "; no time was left to look for what would do")
    if row.spare_s is not None:
        begins, ends = (f"{s // 3600}:{s // 60 % 60:02d}" for s in _outer_minutes(*row.spare_s))
        besides = " with that" if row.also is not None and not row.vehicle else ""
        line += f"; one more truck like {row.spare}, {begins} to {ends}, would do{besides}"
    if not row.tried:
        line += "; no time was left to look whether less would"
    if row.elsewhere is not None:
        other = row.elsewhere
        line += f"; {other.receiver} would take it, by {other.vehicle} for {other.extra_fen} fen"
    return line


def _told(row: Obstacle) -> str:
    words = f"{row.reason} {row.subject}".rstrip()
    if row.value is None or row.limit is None:
        return words
    words += f": {row.value} of {row.limit} {row.unit}"
    if not row.relaxation:
        return words
    side = "more" if row.value > row.limit else "less" if row.reason == "segregation" else "sooner"
    return f"{words}; {row.relaxation} {row.unit} {side} would do"


def _outer_minutes(begins_s: int, ends_s: int) -> tuple[int, int]:
    return begins_s // 60 * 60, -(-ends_s // 60) * 60
