"""What planning days has taught the programme that gives loads to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from routing.horizon_master import Master

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


def learn(master: Master, lesson: Lesson) -> None:
    """See that the loads of a lesson are not all there, or cost what they are known to cost."""
    marks = [(_mark(master, key, count), 1.0) for key, count in lesson.loads]
    if lesson.yuan is None:
        master.rows.row(-np.inf, marks, len(marks) - 1)
        return
    more = master.rows.column()
    master.cost.append((more, 1.0))
    days = {day for (_, day), _ in lesson.loads}
    # What all days cost together holds what each is known to cost, and more.
    alone = master.ways[min(days)] if len(days) == 1 else None
    ways = alone or [term for row in master.ways.values() for term in row]
    each = [(mark, -lesson.yuan) for mark, _ in marks]
    master.rows.row(lesson.yuan * (1 - len(marks)), [*ways, (more, 1.0), *each], np.inf)
    (master.ways[_TOGETHER] if alone is None else alone).append((more, 1.0))


def _mark(master: Master, key: tuple[int, int], count: int) -> int:
    """Return a column that is one when so many loads go, and may be nought otherwise."""
    if (key, count) not in master.marks:
        load = master.loads[key]
        mark = master.marks[key, count] = master.rows.column(0.0, 1.0)
        above = max(1.0, master.rows.high[load] - count + 1)
        master.rows.row(-np.inf, [(load, 1.0), (mark, -above)], count - 1)
    return master.marks[key, count]
