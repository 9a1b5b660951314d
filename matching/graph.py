"""networkx graphs of who may meet, who would by a run's plan, and who does by the records.

Pair graphs join supplies with slots. Plant graphs join the plants behind them, so that a plant
which takes one material and gives another stands in the middle. Every arc carries `tonnes`,
`tonne_km` and `by_material` (tonnes of each material id); nodes are `Node`s.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import networkx as nx

from matching.candidates import Rows, find_pairs
from matching.economics import net_value, waterfall
from matching.problem import Parameters, Problem, ProblemError
from matching.result import Result


class NodeKind(StrEnum):
    SUPPLY = "supply"
    SLOT = "slot"
    PLANT = "plant"


@dataclass(frozen=True, slots=True, order=True)
class Node:
    """Ids of supplies and slots may coincide, so a node is an id of a kind."""

    kind: NodeKind
    id: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """Tonnes (wet) that really went from one plant to another over `distance_km`."""

    giver_id: str
    taker_id: str
    material_id: str
    tonnes: float
    distance_km: float = 0.0

    def __post_init__(self) -> None:
        if not self.tonnes > 0:
            raise ProblemError(f"a delivery of {self.tonnes} t", owner=self.giver_id)


@dataclass(frozen=True, slots=True)
class Owners:
    """Which plant stands behind each supply and slot; a supply without one is its own plant."""

    of_slot: Mapping[str, str]
    of_supply: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, problem: Problem, of_supply: Mapping[str, str] | None = None) -> "Owners":
        return cls({slot.id: slot.sink_id for slot in problem.slots}, of_supply or {})

    def plant(self, node: Node) -> Node:
        owners = self.of_supply if node.kind is NodeKind.SUPPLY else self.of_slot
        owner = owners.get(node.id)
        return node if owner is None else Node(NodeKind.PLANT, owner)


def compatibility(problem: Problem, parameters: Parameters) -> "nx.DiGraph[Node]":
    """Join every pair within the radius that may meet.

    `tonnes` is what both could do together if nobody else were there; `value_yuan_per_t` and
    `distance_km` are the pair's own.
    """
    rows = Rows.of(problem)
    pairs = find_pairs(problem, parameters, rows)
    value = net_value(waterfall(parameters, pairs.factors))
    graph = _empty(problem)
    for i, j, km, passes, worth in zip(
        pairs.supply.tolist(),
        pairs.slot.tolist(),
        pairs.distance_km.tolist(),
        pairs.passes.tolist(),
        value.tolist(),
        strict=True,
    ):
        if passes:
            supply, slot = rows.supplies[i], rows.slots[j]
            tonnes = float(sum(map(min, supply.tonnes, slot.tonnes)))
            ends = Node(NodeKind.SUPPLY, supply.id), Node(NodeKind.SLOT, slot.id)
            _add(graph, ends, supply.material_id, tonnes, km)
            graph.edges[ends].update(distance_km=km, value_yuan_per_t=worth)
    return graph


def potential(problem: Problem, result: Result) -> "nx.DiGraph[Node]":
    """Join what a run's plan joins, all periods together."""
    material = {supply.id: supply.material_id for supply in problem.supplies}
    graph = _empty(problem)
    for flow in result.flows:
        ends = Node(NodeKind.SUPPLY, flow.supply_id), Node(NodeKind.SLOT, flow.slot_id)
        _add(graph, ends, material[flow.supply_id], flow.tonnes, flow.distance_km)
    return graph


def executed(deliveries: Iterable[Delivery]) -> "nx.DiGraph[Node]":
    """Join the plants that did exchange; what a plant brings to itself is no exchange."""
    graph: nx.DiGraph[Node] = nx.DiGraph()
    for row in deliveries:
        ends = Node(NodeKind.PLANT, row.giver_id), Node(NodeKind.PLANT, row.taker_id)
        graph.add_nodes_from(ends)
        if ends[0] != ends[1]:
            _add(graph, ends, row.material_id, row.tonnes, row.distance_km)
    return graph


def between_plants(graph: "nx.DiGraph[Node]", owners: Owners) -> "nx.DiGraph[Node]":
    """Contract a pair graph to its plants; a plant's use of its own waste is no exchange."""
    plants: nx.DiGraph[Node] = nx.DiGraph()
    plants.add_nodes_from(sorted({owners.plant(node) for node in graph}))
    for giver, taker, arc in graph.edges(data=True):
        ends = owners.plant(giver), owners.plant(taker)
        if ends[0] == ends[1]:
            continue
        haul = arc["tonne_km"] / arc["tonnes"] if arc["tonnes"] else 0.0
        for material_id, tonnes in arc["by_material"].items():
            _add(plants, ends, material_id, tonnes, haul)
    return plants


def undirected(graph: "nx.DiGraph[Node]") -> "nx.Graph[Node]":
    """Forget directions, adding both ways up; nodes and edges in order, so answers repeat."""
    plain: nx.Graph[Node] = nx.Graph()
    plain.add_nodes_from(sorted(graph))
    weight: dict[tuple[Node, Node], float] = defaultdict(float)
    for giver, taker, arc in graph.edges(data=True):
        weight[min(giver, taker), max(giver, taker)] += arc["tonnes"]
    for (one, other), tonnes in sorted(weight.items()):
        plain.add_edge(one, other, tonnes=tonnes)
    return plain


def _empty(problem: Problem) -> "nx.DiGraph[Node]":
    graph: nx.DiGraph[Node] = nx.DiGraph()
    graph.add_nodes_from(Node(NodeKind.SUPPLY, i) for i in sorted(s.id for s in problem.supplies))
    graph.add_nodes_from(Node(NodeKind.SLOT, i) for i in sorted(s.id for s in problem.slots))
    return graph


def _add(
    graph: "nx.DiGraph[Node]", ends: tuple[Node, Node], material_id: str, tonnes: float, km: float
) -> None:
    if not graph.has_edge(*ends):
        graph.add_edge(*ends, tonnes=0.0, tonne_km=0.0, by_material={})
    arc = graph.edges[ends]
    arc["tonnes"] += tonnes
    arc["tonne_km"] += tonnes * km
    arc["by_material"][material_id] = arc["by_material"].get(material_id, 0.0) + tonnes
