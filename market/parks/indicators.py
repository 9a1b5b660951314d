"""What the shape of the network says, and what it does not: second to the tonnes."""

from collections.abc import Sequence
from dataclasses import dataclass

import networkx as nx

from market.matchmaking.flows import FlowRow


@dataclass(frozen=True, slots=True)
class Indicators:
    """Of the directed graph whose nodes are sites and whose arcs are flows.

    ``density`` is arcs over n(n-1) (Wasserman & Faust, Social Network Analysis, 1994, ch. 4);
    ``connectance`` is arcs over n squared, as in food webs (Hardy & Graedel, J. Ind. Ecol. 6(1),
    2002); ``components`` are weakly connected; ``partners`` is the mean number of partners of a
    site; ``busiest`` the largest.
    """

    sites: int
    arcs: int
    density: float | None
    connectance: float | None
    components: int
    largest_component_share: float | None
    partners: float | None
    busiest: int


def graph_of(flows: Sequence[FlowRow]) -> "nx.DiGraph[int]":
    """Join parallel flows between two sites into one arc that carries their mass."""
    graph: nx.DiGraph[int] = nx.DiGraph()
    for flow in flows:
        giver, taker = flow.offer.site_id, flow.want.site_id
        known = graph.get_edge_data(giver, taker, {"mass_kg": 0})["mass_kg"]
        graph.add_edge(giver, taker, mass_kg=known + flow.mass_kg)
    return graph


def indicators(flows: Sequence[FlowRow]) -> Indicators:
    graph = graph_of(flows)
    sites, arcs = graph.number_of_nodes(), graph.number_of_edges()
    if sites == 0:
        return Indicators(0, 0, None, None, 0, None, None, 0)
    parts = [len(part) for part in nx.weakly_connected_components(graph)]
    partners = [len(set(nx.all_neighbors(graph, site))) for site in graph]
    return Indicators(
        sites=sites,
        arcs=arcs,
        density=nx.density(graph) if sites > 1 else None,
        connectance=arcs / sites**2,
        components=len(parts),
        largest_component_share=max(parts) / sites,
        partners=sum(partners) / sites,
        busiest=max(partners),
    )
