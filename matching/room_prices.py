"""What one tonne of room more or less is worth in a solved network, from both sides.

One more tonne in a full yard lets a quantum wait there if its way back from the next period to
this one, through the residual network, gains more than the waiting costs; one less makes a quantum
find another way from this period to the next. With room at several periods' ends at once each way
may begin at one yard arc and end at another: the best is an assignment of the arcs' ends, exact
since an optimal flow has no negative residual cycle (Ahuja, Magnanti, Orlin, Network Flows, 1993).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from matching.allocate import Model
from matching.geography import Flags, Floats, Ints
from matching.network import (
    UNREACHED,
    Network,
    Prices,
    component_labels,
    potentials,
    residual,
    whole_costs,
)
from matching.ranges import Ends
from matching.rooms import Rooms

_MOST_WORK = 300_000_000
"""Searches times arcs of a part; beyond, one dual is given and said to be so."""


def room_ends(model: Model, rooms: Rooms, flow: Ints, found: Prices, elsewhere: Flags) -> Ends:
    """Return gains and losses in two levels; parts of nodes that are `elsewhere` are left out."""
    network, ends = model.network, Ends.none(len(rooms))
    here = ~elsewhere[network.tail[rooms.arcs]]
    full = here & (flow[rooms.arcs] >= network.capacity[rooms.arcs])
    if not full.any():
        return ends
    cost = whole_costs(network, found.steps_per_unit)
    for ways in _ways(network, rooms, flow, found, full):
        arcs = rooms.arcs[ways.yards]
        levels = _Levels(found, cost[arcs], network.capacity[arcs] > 0)
        back = ways.between(network.head[arcs], network.tail[arcs])
        on = ways.between(network.tail[arcs], network.head[arcs])
        places = np.append(ways.yards, len(rooms.arcs) + rooms.store[ways.yards[0]])
        ends.put(places, levels.ends(back, on, exact=ways.exact), slice(None))
    return ends


@dataclass(frozen=True, slots=True)
class _Levels:
    """The full yards of a store: waiting `cost` in steps, and whether a tonne can be taken."""

    found: Prices
    cost: Ints
    has: Flags

    def ends(self, back: Ints, on: Ints, *, exact: bool) -> Ends:
        """Return each yard's ends, then the store's; ways have shape (from yard, to yard)."""
        gain = np.where(back < UNREACHED, back + self.cost[:, None], UNREACHED)
        itself = np.diag_indices(len(gain))
        gain[itself] = np.minimum(gain[itself], 0)
        loss = np.where(on < UNREACHED, on - self.cost[:, None], UNREACHED)[self.has][:, self.has]
        more = self._levelled(np.append(gain[itself], 0), -1)
        more[:, -1] = self._levelled(_least(gain), -1).sum(axis=1)
        less = np.zeros_like(more)
        less[:, :-1][:, self.has] = self._levelled(loss.diagonal(), 1)
        if self.has.all():
            less[:, -1] = self._levelled(_least(loss), 1).sum(axis=1)
        return Ends(more, less, np.full(more.shape[1], exact))

    def _levelled(self, steps: Ints, sign: int) -> Floats:
        priority = self.found.priority
        first = np.rint(steps / priority) if priority else np.zeros(len(steps))
        rest = steps - first.astype(np.int64) * priority
        levels: Floats = sign * np.stack((first, rest / self.found.steps_per_unit)) + 0.0
        return levels


def _least(cost: Ints) -> Ints:
    """Return the entries of a cheapest assignment of rows to columns."""
    from scipy.optimize import linear_sum_assignment

    possible = np.where(cost < UNREACHED, cost.astype(np.float64), np.inf)
    return cost[linear_sum_assignment(possible)]


@dataclass(frozen=True, slots=True)
class _Ways:
    """Residual distances, in steps, among the ends of a store's full yards.

    Not `exact`: those of one set of prices among several.
    """

    yards: Ints
    ends: Ints
    distance: Ints
    exact: bool = True

    def between(self, start: Ints, end: Ints) -> Ints:
        at = np.searchsorted(self.ends, start)[:, None]
        return self.distance[at, np.searchsorted(self.ends, end)]


def _ways(
    network: Network, rooms: Rooms, flow: Ints, found: Prices, full: Flags
) -> Iterator[_Ways]:
    """Yield the full yards of one store after another.

    Where the way to the ground and back costs nothing, ends have one price and need no search.
    """
    one = found.from_ground == -found.to_ground
    open_stores = []
    for store in np.unique(rooms.store[full]).tolist():
        yards = np.nonzero(full & (rooms.store == store))[0]
        ends = np.unique((network.tail[rooms.arcs[yards]], network.head[rooms.arcs[yards]]))
        if one[ends].all():
            price = found.from_ground[ends]
            yield _Ways(yards, ends, price - price[:, None])
        else:
            open_stores.append((yards, ends))
    if open_stores:
        label = component_labels(network.nodes, network.tail, network.head)
        yield from _searched(residual(network, flow, found), label, open_stores)


def _searched(
    arcs: tuple[Ints, Ints, Ints], label: Ints, stores: list[tuple[Ints, Ints]]
) -> Iterator[_Ways]:
    """Search the part of each store; a way out of it leads over the ground and gains nothing."""
    tail, head, _ = arcs
    ground = len(label)
    part_of_arc = label[np.where(tail < ground, tail, head)]
    order = np.argsort(part_of_arc, kind="stable")
    starts = part_of_arc[order]
    part_of = np.array([label[ends[0]] for _, ends in stores])
    for part in np.unique(part_of).tolist():
        first, last = np.searchsorted(starts, (part, part + 1))
        graph = _Graph.of(arcs, order[first:last], ground)
        mine = [store for store, home in zip(stores, part_of.tolist(), strict=True) if home == part]
        searches = sum(len(ends) for _, ends in mine)
        for yards, ends in mine:
            if searches * (last - first) > _MOST_WORK:
                yield _Ways(yards, ends, graph.one_of_several(ends), exact=False)
            else:
                yield _Ways(yards, ends, graph.distances(ends))


@dataclass(frozen=True, slots=True)
class _Graph:
    """One part of the residual network with the ground; no arc of `reduced` is negative."""

    nodes: Ints
    price: Ints
    reduced: Any

    @classmethod
    def of(cls, arcs: tuple[Ints, Ints, Ints], mine: Ints, ground: int) -> "_Graph":
        from scipy.sparse import csr_matrix

        tail, head, cost = (column[mine] for column in arcs)
        nodes = np.unique(np.concatenate((tail, head, [ground])))
        tail, head = np.searchsorted(nodes, tail), np.searchsorted(nodes, head)
        price = potentials(len(nodes) - 1, tail, head, cost)
        reduced = (cost + price[tail] - price[head]).astype(np.float64)
        return cls(nodes, price, csr_matrix((reduced, (tail, head)), shape=(len(nodes),) * 2))

    def one_of_several(self, ends: Ints) -> Ints:
        price = self.price[np.searchsorted(self.nodes, ends)]
        apart: Ints = price - price[:, None]
        return apart

    def distances(self, ends: Ints) -> Ints:
        from scipy.sparse.csgraph import dijkstra

        at = np.searchsorted(self.nodes, ends)
        far = dijkstra(self.reduced, indices=at)[:, at]
        beyond = np.isinf(far)
        steps = np.rint(np.where(beyond, 0.0, far)).astype(np.int64) + self.one_of_several(ends)
        return np.where(beyond, UNREACHED, steps)
