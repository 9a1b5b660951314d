"""Says of each customer that no tour holds what keeps it out: its goods, its window, or the fleet.

Times are those of driving straight from a depot to the customer and back, with nothing on the way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from routing.instances import TOLERANCE, Family, Instance, Kind
from routing.solution import Tours


def causes(instance: Instance, solution: Tours) -> Iterator[tuple[int, str]]:
    """Yield the label and the cause of each absent customer, a line of text each.

    The loads of one flow share a line.
    """
    found = Counter(
        (int(instance.labels[node]), _cause(instance, solution, node)) for node in solution.absent
    )
    for (label, cause), loads in found.items():
        yield label, f"{loads} loads: {cause}" if instance.family is Family.TRUCKLOAD else cause


def _cause(instance: Instance, solution: Tours, node: int) -> str:
    amount = abs(float(instance.demand[node]))
    if instance.backhaul is not None:
        amount = max(amount, float(instance.backhaul[node]))
    most = max(kind.capacity for kind in instance.kinds)
    if amount > most + TOLERANCE:
        return f"{_told(amount)} of goods, and no vehicle holds more than {_told(most)}"
    able = [kind for kind in instance.kinds if kind.capacity >= amount - TOLERANCE]
    if instance.timed:
        late = min(
            (_lateness(instance, kind, node) for kind in able),
            key=lambda row: row[0],
        )
        if late[0] > TOLERANCE:
            return late[1]
    used = sum(1 for tour in solution.tours if instance.kinds[tour.kind] in able)
    count = sum(kind.count for kind in able)
    if used < count:
        return f"no place found: {used} of {count} vehicles that hold it are out"
    return f"no vehicle left: all of those that hold it ({count}) are out"


def _lateness(instance: Instance, kind: Kind, node: int) -> tuple[float, str]:
    """Return how far the first limit is missed by a vehicle that serves nothing else, and how."""
    scale, clock, last = instance.scale, float(instance.ready[kind.depot]), kind.depot
    if instance.release is not None:
        clock = max(clock, float(instance.release[node]))
    for stop in _pair(instance, node):
        clock = max(clock + float(instance.time[last, stop]), float(instance.ready[stop]))
        late = clock - float(instance.due[stop])
        if late > TOLERANCE:
            due, name = instance.due[stop] / scale, instance.labels[stop]
            at = f"reached at {_told(clock / scale)} at the earliest"
            where = "its window" if stop == node else f"the window of its partner {name}"
            return late, f"{at}, {_told(late / scale)} after {where} shuts at {_told(due)}"
        clock += float(instance.service[stop])
        last = stop
    clock += float(instance.time[last, kind.depot])
    due = float(instance.due[kind.depot])
    late = clock - due
    if instance.family is Family.TRUCKLOAD:
        shift = f"the shortest shift with one takes {_told(clock)} minutes of {_told(due)}"
        return late, f"{shift}; {_told(late)} more would do"
    back = f"back at {_told(clock / scale)} at the earliest"
    shut = f"the depot shuts at {_told(due / scale)}"
    return late, f"{back}, {_told(late / scale)} after {shut}"


def _pair(instance: Instance, node: int) -> tuple[int, ...]:
    """Return the customer, or pick-up and delivery in their order."""
    mate = int(instance.partner[node])
    if mate < 0:
        return (node,)
    return (node, mate) if instance.demand[node] > 0 else (mate, node)


def _told(value: float) -> str:
    return f"{round(value, 4):,.12g}"
