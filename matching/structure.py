"""How a network hangs together: parts, single points of failure, and communities."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import networkx as nx

from matching.graph import Node, undirected


@dataclass(frozen=True, slots=True)
class Structure:
    """Directions are left out. Groups come largest first, nodes in order.

    `bridges` are exchanges and `articulations` nodes whose loss splits a part. `communities` are
    those of Louvain's method by tonnes (Blondel et al., J. Stat. Mech. 2008 P10008, recalled),
    one of several partitions that may be as good; `modularity` is None without any exchange.
    """

    components: tuple[tuple[Node, ...], ...]
    bridges: tuple[tuple[Node, Node], ...]
    articulations: tuple[Node, ...]
    communities: tuple[tuple[Node, ...], ...]
    modularity: float | None


def structure(graph: "nx.DiGraph[Node]", seed: int) -> Structure:
    plain = undirected(graph)
    bridges: Any = nx.bridges(plain)  # its stubs take an edge for a node
    communities, modularity = _communities(plain, seed)
    return Structure(
        components=_ordered(nx.connected_components(plain)),
        bridges=tuple(sorted((min(edge), max(edge)) for edge in bridges)),
        articulations=tuple(sorted(nx.articulation_points(plain))),
        communities=communities,
        modularity=modularity,
    )


def _communities(
    plain: "nx.Graph[Node]", seed: int
) -> tuple[tuple[tuple[Node, ...], ...], float | None]:
    """Weigh by tonnes, or alike where no exchange carries any."""
    if not plain.number_of_edges():
        return tuple((node,) for node in plain), None
    weight = "tonnes" if plain.size(weight="tonnes") > 0 else None
    found = nx.community.louvain_communities(plain, weight=weight, seed=seed)
    return _ordered(found), float(nx.community.modularity(plain, found, weight=weight))


def _ordered(groups: Iterable[set[Node]]) -> tuple[tuple[Node, ...], ...]:
    return tuple(sorted((tuple(sorted(group)) for group in groups), key=lambda g: (-len(g), g)))
