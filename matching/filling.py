"""Fills a slot's room with two or three offers under limits: exact, thousands of groups at once.

The amounts that fit are a polytope in two or three dimensions. Its corners lie where as many of
its faces meet as there are offers; the best corner is the optimum (fundamental theorem of linear
programming), so all meetings are tried.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matching.geography import Flags, Floats, Ints

_EVEN = 1e-9
_CHUNK = 300
"""Groups at a time: some tens of MB of corners."""


@dataclass(frozen=True, slots=True)
class Task:
    """`excess` has shape (offers, limits), scaled to one; the other arrays (offers,).

    `loads`, shape (offers, budgets), add up to at most `budgets`, both scaled to tonnes.
    """

    excess: Floats
    loads: Floats
    budgets: Floats
    tonnes: Floats
    room_t: float
    distance_km: Floats
    merit: Floats
    by_tonnes: bool

    def whole(self) -> Flags:
        """Mark the offers that no budget keeps from filling the room or sending all they have."""
        amount = np.minimum(self.tonnes, self.room_t)
        slack = _EVEN * np.maximum(1.0, self.budgets)
        whole: Flags = np.all(self.loads * amount[:, None] <= self.budgets + slack, axis=1)
        return whole

    def goodness(self, group: Sequence[int], amounts: Floats) -> tuple[float, float]:
        """Sort key, best first: most tonnes and shortest way; or most merit and most tonnes."""
        tonnes = float(amounts.sum())
        if self.by_tonnes:
            return -round(tonnes, 6), float(amounts @ self.distance_km[list(group)])
        return -float(amounts @ self.merit[list(group)]), -tonnes


def fill(task: Task, groups: Sequence[tuple[int, ...]]) -> list[Floats]:
    """Return the best amounts of each group, in its own order of offers; zeros where none pays."""
    amounts = [np.zeros(len(group)) for group in groups]
    for size in (2, 3):
        wanted = [n for n, group in enumerate(groups) if len(group) == size]
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            found = _best(task, np.array([groups[n] for n in chunk]))
            for n, best in zip(chunk, found, strict=True):
                amounts[n] = best
    return amounts


def _best(task: Task, groups: Ints) -> Floats:
    """Pick the best corner of each group; `groups` and the answer have shape (groups, k)."""
    normals, offsets = _faces(task, groups)
    corners, fits = _corners(normals, offsets, groups.shape[1])
    tonnes = np.where(fits, corners.sum(axis=2), -np.inf)
    if task.by_tonnes:
        most = tonnes.max(axis=1, keepdims=True)
        level = tonnes >= most - _EVEN * np.maximum(1.0, most)
        second = -np.einsum("gck,gk->gc", corners, task.distance_km[groups])
    else:
        gain = np.where(fits, np.einsum("gck,gk->gc", corners, task.merit[groups]), -np.inf)
        most = gain.max(axis=1, keepdims=True)
        level = gain >= most - _EVEN * np.maximum(1.0, np.abs(most))
        second = tonnes
    chosen = np.argmax(np.where(level, second, -np.inf), axis=1)
    best: Floats = np.maximum(corners[np.arange(len(groups)), chosen], 0.0)
    return best


def _faces(task: Task, groups: Ints) -> tuple[Floats, Floats]:
    """Write limits, budgets, amounts >= 0 and <= tonnes and the room as normal . x <= offset."""
    count, k = groups.shape
    limits = np.swapaxes(task.excess[groups], 1, 2)
    loads = np.swapaxes(task.loads[groups], 1, 2)
    unit = np.broadcast_to(np.eye(k), (count, k, k))
    normals = np.concatenate((limits, loads, -unit, unit, np.ones((count, 1, k))), axis=1)
    kept, none = np.zeros((count, limits.shape[1])), np.zeros((count, k))
    budgets = np.tile(task.budgets, (count, 1))
    room = np.full((count, 1), task.room_t)
    return normals, np.concatenate((kept, budgets, none, task.tonnes[groups], room), axis=1)


def _corners(normals: Floats, offsets: Floats, k: int) -> tuple[Floats, Flags]:
    """Let every k faces meet (Cramer's rule); return points, shape (groups, c, k), and which fit.

    Two offers are three of which the last is held at nothing.
    """
    meets = np.array(list(itertools.combinations(range(normals.shape[1]), k)))
    faces, reach = normals[:, meets], offsets[:, meets]
    if k == 2:
        groups, c = faces.shape[:2]
        faces = np.concatenate((faces, np.zeros((groups, c, 2, 1))), axis=3)
        last = np.broadcast_to([0.0, 0.0, 1.0], (groups, c, 1, 3))
        faces = np.concatenate((faces, last), axis=2)
        reach = np.concatenate((reach, np.zeros((groups, c, 1))), axis=2)
    one, two, three = (faces[:, :, n] for n in range(3))
    cross = np.stack((np.cross(two, three), np.cross(three, one), np.cross(one, two)), axis=2)
    volume = (one * cross[:, :, 0]).sum(axis=2)
    met = np.abs(volume) > _EVEN
    points = np.einsum("gcn,gcnk->gck", reach, cross)[..., :k]
    points /= np.where(met, volume, 1.0)[..., None]
    over = np.einsum("gfk,gck->gcf", normals, points) - offsets[:, None]
    slack = _EVEN * np.maximum(1.0, offsets.max(axis=1))[:, None, None]
    fits = met & np.all(over <= slack, axis=2)
    return points, fits
