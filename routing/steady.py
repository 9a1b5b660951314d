"""A new plan that keeps the names of the one before: drivers have read that one.

A search numbers alike trucks, and alike loads of one call, as it comes upon them. Exchanging them
changes no time and no cost, so they are given back to whom had them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import linear_sum_assignment

from routing.hand import Hand, Truck
from routing.plan import Route
from routing.schedule import Task

# What is the same of two loads that may be exchanged: their call, kilograms and litres.
Alike = tuple[str, int, int]


def steady(before: Hand, after: Hand) -> Hand:
    """Return `after` with its alike trucks and loads exchanged to be most like `before`.

    Both are hands of one situation. A truck that has the same to do as before in another order, at
    no less cost, gets its order back.
    """
    changed = _given(after, _by_truck(before, after))
    changed = _given(changed, _by_load(before, changed))
    kept = {
        row.vehicle.id: row.tasks
        for row in before.trucks
        if Counter(row.tasks) == Counter(changed.by_id[row.vehicle.id].tasks)
        and _cost_fen(row.route) <= _cost_fen(changed.by_id[row.vehicle.id].route)
    }
    return _given(changed, kept)


def _given(hand: Hand, tasks: Mapping[str, tuple[Task, ...]]) -> Hand:
    """Give the trucks these tasks; the hand as it was where that cannot be driven."""
    changed = hand
    for name, own in tasks.items():
        truck = hand.by_id[name]
        if own == truck.tasks:
            continue
        route = hand.timed(truck, own)
        if route is not None and not isinstance(route, Route):
            return hand
        changed = changed.given(truck, own, route)
    return changed


def _by_truck(before: Hand, after: Hand) -> dict[str, tuple[Task, ...]]:
    """Exchange whole days among alike trucks that have not set out."""
    groups: dict[object, list[Truck]] = defaultdict(list)
    for row in after.trucks:
        if not row.held and not row.done:
            groups[row.vehicle.like].append(row)
    tasks: dict[str, tuple[Task, ...]] = {}
    for rows in groups.values():
        names = [row.vehicle.id for row in rows]
        had = [_kinds(before, before.by_id[name].tasks) for name in names]
        has = [_kinds(after, row.tasks) for row in rows]
        shared = np.array([[(one & other).total() for other in has] for one in had])
        # Among days that share as much, each keeps its own; an idle truck stays idle.
        own = np.eye(len(rows)) + np.array(
            [[not one and not other for other in has] for one in had]
        )
        chosen = linear_sum_assignment(shared * (2 * len(rows) + 1) + own, maximize=True)[1]
        tasks |= {name: rows[day].tasks for name, day in zip(names, chosen, strict=True)}
    return tasks


def _kinds(hand: Hand, tasks: Iterable[Task]) -> Counter[tuple[Alike, int | None]]:
    return Counter((_alike(hand, task.load), task.receiver) for task in tasks)


def _alike(hand: Hand, load: int) -> Alike:
    row = hand.day.loads[load]
    return row.collection, row.mass_kg, row.volume_l


def _by_load(before: Hand, after: Hand) -> dict[str, tuple[Task, ...]]:
    """Exchange alike loads: each stays on the truck that had it, or left out as it was."""
    to_do = _to_do(after)
    groups: dict[Alike, list[int]] = defaultdict(list)
    free = {load for loads in to_do.values() for load in loads} | set(after.left_out)
    for load in sorted(free - set(after.day.bound)):
        groups[_alike(after, load)].append(load)
    renamed: dict[int, int] = {}
    for group in groups.values():
        renamed |= dict(_names(set(group), _to_do(before), to_do))
    return {
        row.vehicle.id: tuple(
            replace(task, load=renamed.get(task.load, task.load)) for task in row.tasks
        )
        for row in after.trucks
        if not row.held
    }


def _to_do(hand: Hand) -> dict[str, list[int]]:
    """Return what each truck has still to take up, in its order."""
    return {
        row.vehicle.id: [task.load for task in row.tasks if task.receiver is None]
        for row in hand.trucks
        if not row.held
    }


def _names(
    group: set[int], before: Mapping[str, Sequence[int]], after: Mapping[str, Sequence[int]]
) -> Iterator[tuple[int, int]]:
    """Yield each planned load of the group with the load it becomes."""
    nameless, left = [], set(group)
    for truck, loads in after.items():
        places = [load for load in loads if load in group]
        had = [load for load in before.get(truck, ()) if load in group]
        yield from zip(places, had, strict=False)
        nameless += places[len(had) :]
        left -= set(had[: len(places)])
    carried = [load for loads in before.values() for load in loads if load in left]
    rest = [*carried, *sorted(left - set(carried))]
    yield from zip(nameless, rest, strict=False)


def _cost_fen(route: Route | None) -> int:
    return 0 if route is None else route.cost_fen
