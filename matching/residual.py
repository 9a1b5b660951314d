"""An optimal flow without some of its nodes: what they carried finds its cheapest other way.

Taking nodes out leaves the rest of the flow optimal for what it still carries, so sending each
freed amount along shortest paths of the residual network keeps it optimal (successive shortest
paths with potentials: Edmonds and Karp, J. ACM 19, 1972). A search ends at the nearest place that
has room, however large the network.
"""

from dataclasses import dataclass

import numpy as np

from matching.geography import Flags, Ints
from matching.network import UNREACHED, Network, Prices, balance, whole_costs


@dataclass(frozen=True, slots=True)
class Residual:
    """One optimal flow, ready for questions; each starts from that flow again.

    `spare` is what may leave at a node for `spoke` a quantum; `closed` nodes lead nowhere.
    `leaving` and `arriving` list the arcs at each node behind one another, after where each
    node's begin.
    """

    start: Ints
    end: Ints
    cost: Ints
    capacity: Ints
    flow: Ints
    leaving: tuple[Ints, Ints]
    arriving: tuple[Ints, Ints]
    spare: Ints
    spoke: Ints
    potential: Ints
    closed: Flags

    @classmethod
    def of(cls, network: Network, flow: Ints, found: Prices, *, giving: bool) -> "Residual":
        """Prepare for the loss of nodes that absorb or, with `giving`, of nodes that inject.

        What those gave is drawn from elsewhere: the same search with every arc turned round.
        """
        start, end = network.tail, network.head
        left, absorbed = balance(network, flow)
        potential, worth = found.to_ground, -found.priority
        spare = np.where(network.inject > 0, int(network.inject.sum()), network.absorb - absorbed)
        if giving:
            start, end = end, start
            potential, worth = found.from_ground, found.priority
            spare = np.where(network.absorb > 0, absorbed, left)
        return cls(
            start,
            end,
            whole_costs(network, found.steps_per_unit),
            np.where(network.scarce, network.capacity, UNREACHED),
            flow,
            _by_node(network.nodes, start),
            _by_node(network.nodes, end),
            spare,
            np.where(network.absorb > 0, worth, 0).astype(np.int64),
            potential,
            potential >= UNREACHED,
        )

    def without(self, nodes: Ints) -> Ints:
        """Return the best flow when these nodes are gone."""
        from matching.rerouting import Graph, send_all

        gone = np.zeros(len(self.closed), np.bool_)
        gone[nodes] = True
        cut = gone[self.start] | gone[self.end]
        freed = np.zeros(len(gone), np.int64)
        np.add.at(freed, self.start[cut], self.flow[cut])
        freed[gone] = 0
        graph = Graph(
            self.start,
            self.end,
            self.cost,
            self.capacity,
            np.where(cut, 0, self.flow),
            *self.leaving,
            *self.arriving,
            self.spare.copy(),
            self.spoke,
            self.potential.copy(),
            self.closed | gone,
        )
        if not send_all(graph, freed):
            raise ArithmeticError("what a node gave up has no way out: the flow is not optimal")
        return graph.flow


def get_ready() -> None:
    """Load the compiled search, or compile it, before any clock runs."""
    from matching.rerouting import Graph, send_all

    none, first = np.zeros(0, np.int64), np.zeros(1, np.int64)
    closed = np.zeros(0, np.bool_)
    send_all(
        Graph(none, none, none, none, none, first, none, first, none, none, none, none, closed),
        none,
    )


def _by_node(nodes: int, end: Ints) -> tuple[Ints, Ints]:
    first = np.concatenate(([0], np.cumsum(np.bincount(end, minlength=nodes))))
    return first, np.argsort(end, kind="stable")
