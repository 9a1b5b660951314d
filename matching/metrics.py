"""Indicators of symbiosis of a plant graph: value, unit, formula and the source of each.

They describe the shape of a network. Tonnes, cost and carbon are the plan's own figures; a denser
network is not a better one by itself. `n` is plants with an exchange, `L` directed exchanges, `E`
pairs of plants that exchange in either direction; plants without an exchange are left out.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

import networkx as nx
import numpy as np

from matching.graph import Node, undirected
from matching.sources import SOURCES, IndicatorName, Source

_GRAM = 1e-6


@dataclass(frozen=True, slots=True)
class Indicator:
    """`value` is None where the formula has no meaning, say a density of one plant.

    `about` is the plant an extreme value belongs to, the first in order where several share it.
    """

    name: IndicatorName
    value: float | None
    unit: str
    formula: str
    source: Source
    about: Node | None = None


Found = tuple[float | None, Node | None]


def indicators(
    graph: "nx.DiGraph[Node]",
    generated_t: Mapping[tuple[Node, str], float] | None = None,
    recyclers: AbstractSet[Node] = frozenset(),
) -> tuple[Indicator, ...]:
    """Compute every indicator of a plant graph, in the order of `IndicatorName`.

    `generated_t` is what arises of each material (id) at each plant; without it the rates are
    None. `recyclers` are plants whose main business is recycling: the 3-2 rule does not count
    them.
    """
    view = _View.of(graph, generated_t or {}, recyclers)
    return tuple(_indicator(view, name) for name in IndicatorName)


def _indicator(view: "_View", name: IndicatorName) -> Indicator:
    value, about = _WAYS[name](view)
    source = SOURCES[name]
    return Indicator(name, value, source.unit, source.formula, source, about)


@dataclass(frozen=True, slots=True)
class _View:
    """The exchanging part of a network, both as it is and without directions."""

    graph: "nx.DiGraph[Node]"
    plain: "nx.Graph[Node]"
    generated_t: Mapping[tuple[Node, str], float]
    recyclers: AbstractSet[Node]

    @classmethod
    def of(
        cls,
        graph: "nx.DiGraph[Node]",
        generated_t: Mapping[tuple[Node, str], float],
        recyclers: AbstractSet[Node],
    ) -> "_View":
        busy = sorted(node for node in graph if graph.degree(node))
        ordered: nx.DiGraph[Node] = nx.DiGraph()
        ordered.add_nodes_from(busy)
        ordered.add_edges_from(sorted(graph.edges(data=True), key=lambda edge: edge[:2]))
        return cls(ordered, undirected(ordered), generated_t, recyclers)

    @property
    def n(self) -> int:
        return len(self.graph)

    @property
    def sent_t(self) -> Counter[tuple[Node, str]]:
        """Tonnes given by each plant of each material."""
        sent: Counter[tuple[Node, str]] = Counter()
        for giver, _, arc in self.graph.edges(data=True):
            for material_id, tonnes in arc["by_material"].items():
                sent[giver, material_id] += tonnes
        return sent

    @property
    def received_shares(self) -> dict[Node, float]:
        """Shares of all exchanged tonnes, of plants that receive any."""
        taken = {n: float(t) for n, t in self.graph.in_degree(weight="tonnes") if t > 0}
        total = sum(taken.values())
        return {node: tonnes / total for node, tonnes in taken.items()}


def _kernels(view: _View) -> Found:
    """Count the parts of the network that pass the 3-2 rule."""
    counted = view.graph.subgraph([node for node in view.graph if node not in view.recyclers])
    kernels = 0
    for part in nx.weakly_connected_components(view.graph):
        arcs = view.graph.subgraph(part).edges(data=True)
        materials = {material for *_, arc in arcs for material in arc["by_material"]}
        kernels += len(part & set(counted)) >= 3 and len(materials) >= 2
    return float(kernels), None


def _density(view: _View) -> Found:
    return _ratio(view.graph.number_of_edges(), view.n * (view.n - 1)), None


def _connectance(view: _View) -> Found:
    return _ratio(2 * view.plain.number_of_edges(), view.n * (view.n - 1)), None


def _food_web_connectance(view: _View) -> Found:
    return _ratio(view.graph.number_of_edges(), view.n**2), None


def _linkage_density(view: _View) -> Found:
    return _ratio(view.graph.number_of_edges(), view.n), None


def _prey_to_predator(view: _View) -> Found:
    givers = sum(1 for _, degree in view.graph.out_degree() if degree)
    takers = sum(1 for _, degree in view.graph.in_degree() if degree)
    return _ratio(givers, takers), None


def _recycling_rate(view: _View) -> Found:
    """Weigh each exchange by how much of its stream leaves for reuse."""
    shares = _stream_shares(view)
    connectance, _ = _connectance(view)
    if connectance is None or shares is None:
        return None, None
    used = [
        shares[giver, material_id]
        for giver, _, arc in view.graph.edges(data=True)
        for material_id in arc["by_material"]
    ]
    return connectance * sum(used) / len(used), None


def _stream_shares(view: _View) -> dict[tuple[Node, str], float] | None:
    """Return used over generated tonnes, or None where a stream's generation is not known."""
    sent = view.sent_t
    if not sent or any(view.generated_t.get(stream, 0.0) <= 0 for stream in sent):
        return None
    return {stream: min(1.0, tonnes / view.generated_t[stream]) for stream, tonnes in sent.items()}


def _use_rate(view: _View) -> Found:
    """Divide what is used by what arises; None where less arises on paper than leaves."""
    sent, arising = view.sent_t, view.generated_t
    if any(tonnes > arising.get(stream, 0.0) + _GRAM for stream, tonnes in sent.items()):
        return None, None
    return _ratio(sum(sent.values()), sum(arising.values())), None


def _centralisation(view: _View) -> Found:
    degrees = dict(view.plain.degree())
    most = max(degrees.values(), default=0)
    spread = sum(most - degree for degree in degrees.values())
    hub = next((node for node, degree in degrees.items() if degree == most), None)
    return _ratio(spread, (view.n - 1) * (view.n - 2) if view.n > 2 else 0), hub


def _betweenness(view: _View) -> Found:
    if view.n < 3:
        return None, None
    found = nx.betweenness_centrality(view.graph)
    return _largest(found)


def _largest_share(view: _View) -> Found:
    shares = view.received_shares
    return _largest(shares) if shares else (None, None)


def _largest(values: Mapping[Node, float]) -> Found:
    about = max(values, key=lambda node: values[node])
    return float(values[about]), about


def _concentration(view: _View) -> Found:
    shares = view.received_shares.values()
    return (sum(share**2 for share in shares) if shares else None), None


def _cyclicity(view: _View) -> Found:
    """Take the largest spectral radius of the strong parts; without a cycle it is exactly 0.

    Each part is irreducible, so its largest eigenvalue is real (Perron and Frobenius).
    """
    radius = 0.0
    for part in nx.strongly_connected_components(view.graph):
        if len(part) > 1:
            bare: nx.DiGraph[Node] = nx.DiGraph(view.graph.subgraph(part).edges)
            matrix = nx.to_numpy_array(bare)
            radius = max(radius, float(np.max(np.linalg.eigvals(matrix).real)))
    return (radius if view.n else None), None


def _haul(view: _View) -> Found:
    tonne_km, tonnes = view.graph.size(weight="tonne_km"), view.graph.size(weight="tonnes")
    return _ratio(float(tonne_km), float(tonnes)), None


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None


_WAYS: Mapping[IndicatorName, Callable[[_View], Found]] = {
    IndicatorName.KERNELS: _kernels,
    IndicatorName.DENSITY: _density,
    IndicatorName.CONNECTANCE: _connectance,
    IndicatorName.FOOD_WEB_CONNECTANCE: _food_web_connectance,
    IndicatorName.LINKAGE_DENSITY: _linkage_density,
    IndicatorName.PREY_TO_PREDATOR: _prey_to_predator,
    IndicatorName.RECYCLING_RATE: _recycling_rate,
    IndicatorName.USE_RATE: _use_rate,
    IndicatorName.CENTRALISATION: _centralisation,
    IndicatorName.BETWEENNESS: _betweenness,
    IndicatorName.LARGEST_RECEIVER: _largest_share,
    IndicatorName.CONCENTRATION: _concentration,
    IndicatorName.CYCLICITY: _cyclicity,
    IndicatorName.MEAN_HAUL: _haul,
}
