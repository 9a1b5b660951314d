"""The compiled search of `residual`: frees what stands at some nodes, path by path.

Import it where it is used: loading the compiler takes a second.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

import numba
import numpy as np

from matching.geography import Flags, Ints

FAR = 2**62
P = ParamSpec("P")
R = TypeVar("R")


def _compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile at the first call, or load what was compiled before."""
    njit: Any = numba.njit
    return cast("Callable[P, R]", njit(cache=True, nogil=True)(function))


class Graph(NamedTuple):
    """Arrays per arc, per node and, behind one another, of the arcs at each node.

    `spare` is what may leave at a node for `spoke` a quantum; `potential` keeps the cost of every
    arc that has room at least 0; `closed` nodes lead nowhere. The search writes `flow`, `spare`
    and `potential`.
    """

    start: Ints
    end: Ints
    cost: Ints
    capacity: Ints
    flow: Ints
    first_out: Ints
    arcs_out: Ints
    first_in: Ints
    arcs_in: Ints
    spare: Ints
    spoke: Ints
    potential: Ints
    closed: Flags


@_compiled
def send_all(graph: Graph, freed: Ints) -> bool:
    """Send what stands at each node to the ground; False where there is no way out."""
    distance = np.full(len(freed), FAR)
    via = np.zeros(len(freed), np.int64)
    for source in range(len(freed)):
        waiting = freed[source]
        while waiting > 0:
            seen = [source]
            last, whole = _nearest(graph, source, distance, via, seen)
            if last < 0:
                return False
            waiting -= _push(graph, source, last, via, waiting)
            for node in seen:
                if distance[node] < whole:
                    graph.potential[node] += whole - distance[node]
                distance[node] = FAR
    return True


@_compiled
def _nearest(
    graph: Graph, source: int, distance: Ints, via: Ints, seen: list[int]
) -> tuple[int, int]:
    """Return where to leave and how far that is in reduced cost (Dijkstra); -1 = nowhere.

    `via` is the arc into each node plus one, negative where its flow is taken back.
    """
    start, end, cost, capacity, flow = graph[:5]
    first_out, arcs_out, first_in, arcs_in = graph[5:9]
    spare, spoke, potential, closed = graph[9:]
    distance[source] = 0
    heap = [(0, source)]
    last, whole = -1, FAR
    while len(heap) > 0 and heap[0][0] < whole:
        here, node = heappop(heap)
        if here > distance[node]:
            continue
        base = here - potential[node]
        if spare[node] > 0 and base + spoke[node] < whole:
            last, whole = node, base + spoke[node]
        for place in range(first_out[node], first_out[node + 1]):
            arc = arcs_out[place]
            reach = base + cost[arc] + potential[end[arc]]
            if reach < whole and flow[arc] < capacity[arc] and not closed[end[arc]]:
                _step(end[arc], reach, arc + 1, distance, via, seen, heap)
        for place in range(first_in[node], first_in[node + 1]):
            arc = arcs_in[place]
            reach = base - cost[arc] + potential[start[arc]]
            if reach < whole and flow[arc] > 0 and not closed[start[arc]]:
                _step(start[arc], reach, -(arc + 1), distance, via, seen, heap)
    return last, whole


@_compiled
def _step(
    node: int,
    reach: int,
    arc: int,
    distance: Ints,
    via: Ints,
    seen: list[int],
    heap: list[tuple[int, int]],
) -> None:
    """Note a way to a node if it is shorter."""
    if reach >= distance[node]:
        return
    if distance[node] == FAR:
        seen.append(node)
    distance[node] = reach
    via[node] = arc
    heappush(heap, (reach, node))


@_compiled
def _push(graph: Graph, source: int, last: int, via: Ints, waiting: int) -> int:
    """Send as much as fits along the way back from `last`; return how much that is."""
    amount = min(waiting, graph.spare[last])
    node = last
    while node != source:
        arc = abs(via[node]) - 1
        forward = via[node] > 0
        amount = min(amount, graph.capacity[arc] - graph.flow[arc] if forward else graph.flow[arc])
        node = graph.start[arc] if forward else graph.end[arc]
    graph.spare[last] -= amount
    node = last
    while node != source:
        arc = abs(via[node]) - 1
        forward = via[node] > 0
        graph.flow[arc] += amount if forward else -amount
        node = graph.start[arc] if forward else graph.end[arc]
    return int(amount)
