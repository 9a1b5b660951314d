"""Min-cost flow over whole quanta: the solve, its residual prices, and the bound they prove.

Nodes inject or absorb up to an amount. With `lexicographic`, as much as possible is absorbed and
among such plans the cheapest is taken; without it, whatever is not worth its cost stays where it
is. Costs are turned into whole steps fine enough that rounding cannot be seen in the answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from matching.geography import Flags, Floats, Ints
from matching.side_by_side import Labour

_PATIENCE = 2_000
"""Rounds of label correcting after which a flow is not optimal for the finer steps."""
Amount = TypeVar("Amount", Ints, Floats)
UNREACHED = np.int64(2**62)
_WORTH_A_PROCESS = 20_000
"""Arcs from which a part takes longer than a process takes to start."""
_LARGE = 50_000
_COARSE_STEPS = 2e7
"""Above so many arcs costs get this many steps: the solver's scaling phases grow with them."""
_COST_HEADROOM = 2.0**55
"""The solver multiplies costs by the number of nodes; products stay well inside 64 bits."""


class NegativeCycleError(ArithmeticError):
    """Label correcting does not end: the flow is not optimal for these costs."""


@dataclass(frozen=True, slots=True)
class Network:
    """Arcs `tail` -> `head` with whole capacities and real costs per quantum; shapes (arcs,).

    `scarce` marks arcs whose capacity is a limit of its own; the others' capacities only repeat
    what their ends can give and take, and so have no price. `inject` and `absorb` are whole
    amounts per node; shape (nodes,).
    """

    tail: Ints
    head: Ints
    capacity: Ints
    scarce: Flags
    cost: Floats
    inject: Ints
    absorb: Ints
    lexicographic: bool

    @property
    def nodes(self) -> int:
        return len(self.inject)

    def steps_per_unit(self, *, fine: bool) -> float:
        """Whole cost steps per unit of cost: a power of ten, at most 1e9.

        Fine steps show no rounding; coarse ones are as fine as large networks solve quickly with.
        """
        largest = float(np.max(np.abs(self.cost), initial=1e-9))
        room = _COST_HEADROOM / (largest * (self.nodes + 2))
        if not fine and len(self.tail) > _LARGE:
            room = min(room, _COARSE_STEPS / largest)
        return float(min(1e9, 10.0 ** np.floor(np.log10(room))))


@dataclass(frozen=True, slots=True)
class Prices:
    """Residual distances in cost steps: `from_ground` and `to_ground` per node.

    The ground is where everything that is not matched stays. `UNREACHED` = no path.
    `priority` is what one absorbed quantum is worth in a lexicographic network, else 0.
    """

    from_ground: Ints
    to_ground: Ints
    priority: int
    steps_per_unit: float


@dataclass(frozen=True, slots=True)
class Solved:
    """The flow on each arc, the nodes of parts that were not solved, and the number solved."""

    flow: Ints
    still_open: Flags
    parts: int


def without(network: Network, nodes: Flags) -> Network:
    """Silence some nodes and their arcs, all others keeping their places."""
    return replace(
        network,
        capacity=np.where(nodes[network.tail], 0, network.capacity),
        inject=np.where(nodes, 0, network.inject),
        absorb=np.where(nodes, 0, network.absorb),
    )


def whole_costs(network: Network, steps_per_unit: float) -> Ints:
    return np.rint(network.cost * steps_per_unit).astype(np.int64)


def solve(network: Network, labour: Labour) -> Solved:
    """Solve part by part; those that time did not allow carry nothing and are marked open."""
    flow = np.zeros(len(network.tail), np.int64)
    still_open = np.zeros(network.nodes, np.bool_)
    costs = whole_costs(network, network.steps_per_unit(fine=False))
    parts = [arcs for arcs in components(network) if network.capacity[arcs].any()]
    tasks = [_Part.of(network, costs, arcs) for arcs in parts]
    answers = labour.solved(_answer, tasks, _effort)
    for arcs, answer in zip(parts, answers, strict=True):
        if answer is None:
            still_open[network.tail[arcs]] = still_open[network.head[arcs]] = True
        else:
            flow[arcs] = answer
    return Solved(flow, still_open, sum(answer is not None for answer in answers))


def components(network: Network, links: tuple[Ints, Ints] | None = None) -> Iterator[Ints]:
    """Split the arcs into parts that share no node; `links` join nodes that no arc joins."""
    if not len(network.tail):
        return
    tail, head = network.tail, network.head
    if links is not None:
        tail, head = np.concatenate((tail, links[0])), np.concatenate((head, links[1]))
    label = component_labels(network.nodes, tail, head)[network.tail]
    if label[0] == label.max() == label.min():
        yield np.arange(len(label))
        return
    order = np.argsort(label, kind="stable")
    starts = np.nonzero(np.diff(label[order]))[0] + 1
    yield from np.split(order, starts)


def component_labels(nodes: int, tail: Ints, head: Ints) -> Ints:
    """Label each node with the smallest node of its component, by halving paths in parallel."""
    label = np.arange(nodes)
    while True:
        lower = np.minimum(label[tail], label[head])
        before = label.copy()
        np.minimum.at(label, label[tail], lower)
        np.minimum.at(label, label[head], lower)
        label = label[label]
        if np.array_equal(label, before):
            return label


@dataclass(frozen=True, slots=True)
class _Part:
    """One part with nodes of its own numbering."""

    tail: Ints
    head: Ints
    capacity: Ints
    cost: Ints
    inject: Ints
    absorb: Ints
    lexicographic: bool

    @classmethod
    def of(cls, network: Network, costs: Ints, arcs: Ints) -> "_Part":
        nodes, ends = np.unique(
            np.concatenate((network.tail[arcs], network.head[arcs])), return_inverse=True
        )
        return cls(
            ends[: len(arcs)],
            ends[len(arcs) :],
            network.capacity[arcs],
            costs[arcs],
            network.inject[nodes],
            network.absorb[nodes],
            network.lexicographic,
        )


def _effort(part: _Part) -> float:
    return len(part.tail) / _WORTH_A_PROCESS


def _answer(part: _Part, seconds: float | None) -> Iterator[Ints]:
    """Solve to the end: this solver knows no clock."""
    del seconds
    yield _solve_part(part)


def _solve_part(part: _Part) -> Ints:
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    solver = SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(part.tail, part.head, part.capacity, part.cost)
    if part.lexicographic:
        node = np.arange(len(part.inject))
        solver.set_nodes_supplies(node, part.inject - part.absorb)
        status = solver.solve_max_flow_with_min_cost()
    else:
        _let_stay(solver, part.inject, part.absorb)
        status = solver.solve()
    if status != SimpleMinCostFlow.OPTIMAL:
        raise ArithmeticError(f"the flow solver answered {status}")
    flow: Ints = solver.flows(np.arange(len(part.tail)))
    return flow


def _let_stay(solver: Any, inject: Ints, absorb: Ints) -> None:
    """Let every injected quantum stay unmatched at no cost, and let absorbed ones leave."""
    ground = len(inject)
    total = int(inject.sum())
    node = np.arange(ground)
    free = np.zeros(ground, np.int64)
    leave = np.where(inject > 0, total, absorb)
    solver.add_arcs_with_capacity_and_unit_cost(node, np.full(ground, ground), leave, free)
    solver.set_nodes_supplies(node, inject)
    solver.set_node_supply(ground, -total)


def prices(network: Network, flow: Ints) -> Prices:
    """Find the cheapest way of one quantum between every node and the ground, both ways.

    The optimum has no negative residual cycle, so label correcting (Bellman, Q. Appl. Math. 16,
    1958) over whole costs ends and is exact. A flow found with coarse steps is nearly always
    optimal for fine ones too, and then proves a bound without rounding.
    """
    fine, coarse = network.steps_per_unit(fine=True), network.steps_per_unit(fine=False)
    if fine > coarse:
        try:
            return _prices(network, flow, fine, rounds=_PATIENCE)
        except NegativeCycleError:
            pass
    return _prices(network, flow, coarse, rounds=network.nodes + 2)


def residual(network: Network, flow: Ints, found: Prices) -> tuple[Ints, Ints, Ints]:
    """Return tail, head and cost in steps of the residual arcs; the ground is the last node."""
    return _residual(network, flow, found.steps_per_unit)[:3]


def potentials(ground: int, tail: Ints, head: Ints, cost: Ints) -> Ints:
    """Return prices that leave no residual arc a negative cost (Johnson, J. ACM 24, 1977)."""
    nodes = np.arange(ground + 1)
    start = np.full(ground + 1, ground + 1)
    return _shortest(
        ground + 1,
        np.concatenate((tail, start)),
        np.concatenate((head, nodes)),
        np.concatenate((cost, np.zeros(ground + 1, np.int64))),
        ground + 3,
    )[: ground + 1]


def _prices(network: Network, flow: Ints, steps_per_unit: float, rounds: int) -> Prices:
    tail, head, cost, priority = _residual(network, flow, steps_per_unit)
    ground = network.nodes
    return Prices(
        from_ground=_shortest(ground, tail, head, cost, rounds)[:ground],
        to_ground=_shortest(ground, head, tail, cost, rounds)[:ground],
        priority=priority,
        steps_per_unit=steps_per_unit,
    )


def _residual(network: Network, flow: Ints, steps_per_unit: float) -> tuple[Ints, Ints, Ints, int]:
    cost = whole_costs(network, steps_per_unit)
    priority = _priority(network, cost)
    left, absorbed = balance(network, flow)
    ground = network.nodes
    forward, backward = ~network.scarce | (flow < network.capacity), flow > 0
    leaves = np.nonzero(network.inject > 0)[0]
    parts = [
        (network.tail[forward], network.head[forward], cost[forward]),
        (network.head[backward], network.tail[backward], -cost[backward]),
        _spokes(leaves, ground, 0, inward=True),
        _spokes(np.nonzero(left > 0)[0], ground, 0, inward=False),
        _spokes(np.nonzero(absorbed < network.absorb)[0], ground, -priority, inward=True),
        _spokes(np.nonzero(absorbed > 0)[0], ground, priority, inward=False),
    ]
    return (
        np.concatenate([part[0] for part in parts]),
        np.concatenate([part[1] for part in parts]),
        np.concatenate([part[2] for part in parts]),
        priority,
    )


def _priority(network: Network, cost: Ints) -> int:
    """More than any path can cost, so that no saving ever outweighs a quantum."""
    if not network.lexicographic:
        return 0
    return 2 * (network.nodes + 2) * (int(np.max(np.abs(cost), initial=0)) + 1)


def _spokes(nodes: Ints, ground: int, cost: int, *, inward: bool) -> tuple[Ints, Ints, Ints]:
    hub = np.full(len(nodes), ground)
    price = np.full(len(nodes), cost, np.int64)
    return (nodes, hub, price) if inward else (hub, nodes, price)


def balance(network: Network, flow: Amount) -> tuple[Amount, Amount]:
    """Return what stays at each injecting node and what each absorbing node takes."""
    net = (
        network.inject
        + _sum_at(network.nodes, network.head, flow)
        - _sum_at(network.nodes, network.tail, flow)
    )
    absorbed = np.where(network.absorb > 0, net, 0)
    return net - absorbed, absorbed


def _sum_at(nodes: int, where: Ints, amount: Amount) -> Amount:
    """Add up in the type of the amounts; whole ones stay exact above 2**53."""
    total = np.zeros(nodes, amount.dtype)
    np.add.at(total, where, amount)
    return total


def _shortest(start: int, tail: Ints, head: Ints, cost: Ints, rounds: int) -> Ints:
    """Label-correcting distances from `start`, a whole frontier of nodes at a time."""
    nodes = start + 1
    order = np.argsort(tail, kind="stable")
    head, cost = head[order], cost[order]
    first = np.concatenate(([0], np.cumsum(np.bincount(tail, minlength=nodes))))
    distance = np.full(nodes, UNREACHED, np.int64)
    distance[start] = 0
    frontier, nearer = np.array([start]), np.zeros(nodes, np.bool_)
    for _ in range(rounds):
        if not len(frontier):
            return distance
        counts = first[frontier + 1] - first[frontier]
        arcs = np.repeat(first[frontier] - np.cumsum(counts) + counts, counts)
        arcs += np.arange(len(arcs))
        reach = np.repeat(distance[frontier], counts) + cost[arcs]
        to = head[arcs]
        better = reach < distance[to]
        to = to[better]
        np.minimum.at(distance, to, reach[better])
        nearer[to] = True
        frontier = np.flatnonzero(nearer)
        nearer[frontier] = False
    raise NegativeCycleError("the flow is not optimal: a residual cycle has a negative cost")


def bound(network: Network, found: Prices) -> tuple[float, float]:
    """Prove (most quanta that can be absorbed, least cost) from the node prices alone.

    Any prices y prove a bound (weak duality): sum of inject * y, plus for each arc and each
    absorbing node its capacity times what its true cost undercuts the price difference by.
    Lexicographic prices have two levels, quanta and cost, which are kept apart.
    """
    worth = _worth(network, found)
    ranked = bool(found.priority)
    level = np.rint(worth / found.priority).astype(np.int64) if ranked else 0 * worth
    value = (worth - level * found.priority) / found.steps_per_unit
    gaps = (
        (
            level[network.head] - level[network.tail],
            network.cost + value[network.head] - value[network.tail],
            network.capacity,
        ),
        (-level - int(ranked), -value, network.absorb),
    )
    quanta = float(np.dot(level, network.inject))
    cost = float(np.dot(value, network.inject))
    for rank, reduced, amount in gaps:
        undercut = (rank < 0) | ((rank == 0) & (reduced < 0))
        quanta += float(np.dot(rank[undercut], amount[undercut]))
        cost += float(np.dot(reduced[undercut], amount[undercut]))
    return -quanta, cost


def _worth(network: Network, found: Prices) -> Ints:
    """Node prices in cost steps, with every residual arc's reduced cost at least zero.

    Nodes no quantum can come to are priced below everything, in an order of their own.
    """
    reached = found.from_ground < UNREACHED
    leaving = found.to_ground < UNREACHED
    largest = max(
        int(np.max(np.abs(found.from_ground[reached]), initial=0)),
        int(np.max(np.abs(found.to_ground[leaving]), initial=0)),
        int(np.max(np.abs(whole_costs(network, found.steps_per_unit)), initial=0)),
    )
    far = 4 * largest + 4
    return np.where(reached, -found.from_ground, np.minimum(found.to_ground, far) - 2 * far)
