"""What planning days has taught the programme that gives loads to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from routing.horizon_ledger import Ledger

# In place of a day: what is only known of all days together.
_TOGETHER = -1


@dataclass(frozen=True, slots=True)
class Lesson:
    """So many loads, by (option, day), or more of them: what their days cost together at the least.

    `yuan` is None when no trucks hold them all (logic-based Benders cuts, doi
    10.1007/s10107-003-0375-9). A lesson on several days is one of all days on which anything goes.
    That more loads never cost less or fit better is nearly always so, and proves no bound.
    """

    loads: tuple[tuple[tuple[int, int], int], ...]
    yuan: float | None = None


def learn(ledger: Ledger, lesson: Lesson) -> None:
    """See that the loads of a lesson are not all there, or cost what they are known to cost."""
    marks = [(_mark(ledger, key, count), 1.0) for key, count in lesson.loads]
    if lesson.yuan is None:
        ledger.rows.row(-np.inf, marks, len(marks) - 1)
        return
    more = ledger.rows.column(0.0, lesson.yuan)
    ledger.cost.append((more, 1.0))
    days = {day for (_, day), _ in lesson.loads}
    # What all days cost together holds what each is known to cost, and more.
    alone = ledger.ways[min(days)] if len(days) == 1 else None
    ways = alone or [term for row in ledger.ways.values() for term in row]
    each = [(mark, -lesson.yuan) for mark, _ in marks]
    ledger.rows.row(lesson.yuan * (1 - len(marks)), [*ways, (more, 1.0), *each], np.inf)
    (ledger.ways[_TOGETHER] if alone is None else alone).append((more, 1.0))


def _mark(ledger: Ledger, key: tuple[int, int], count: int) -> int:
    """Return a column that is one when so many loads go, and may be nought otherwise."""
    if (key, count) not in ledger.marks:
        load = ledger.loads[key]
        mark = ledger.marks[key, count] = ledger.rows.column(0.0, 1.0)
        above = max(1.0, ledger.rows.high[load] - count + 1)
        ledger.rows.row(-np.inf, [(load, 1.0), (mark, -above)], count - 1)
    return ledger.marks[key, count]
