"""What the shape of the network says: the engine's indicators of the graph of sites and flows."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from market.matchmaking.flows import End, FlowRow
from market.matchmaking.reading import BalanceRow
from market.quantities import KG_PER_TONNE, M_PER_KM
from matching.sources import IndicatorName

if TYPE_CHECKING:
    from matching.graph import Node
    from matching.metrics import Indicator

SEED = 1
"""Communities are found by chance among equals; the same seed finds the same."""


NAMED = 5
"""Of keystones, bridges and communities; the largest."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator; ``value`` is None where its formula has no meaning, as with no flow.

    ``about`` is the site an extreme belongs to.
    """

    name: IndicatorName
    value: float | None
    work: str
    known: str
    about: End | None


@dataclass(frozen=True, slots=True)
class Bridge:
    """The only link between its two sites' parts, with the kilograms of both directions."""

    ends: tuple[End, End]
    mass_kg: float


@dataclass(frozen=True, slots=True)
class Structure:
    """``links`` are pairs of sites with at least one flow from the one to the other.

    ``parts`` hang together by no flow; ``bridges`` are pairs, most tonnes first, and ``keystones``
    sites, most partners first, whose loss splits a part. ``communities`` are groups of sites that
    deal mostly among themselves, largest first, as ``parts`` are.
    """

    sites: int
    links: int
    figures: Sequence[Figure]
    parts: Sequence[Sequence[End]]
    bridges: Sequence[Bridge]
    keystones: Sequence[End]
    communities: Sequence[Sequence[End]]
    modularity: float | None


def structure(flows: Sequence[FlowRow], offers: Iterable[BalanceRow] = ()) -> Structure:
    """Measure the network of proposals; ends of a flow are sites, parallel flows one link.

    ``offers`` tell what arises at each site in the flows' time or lies in store before it; without
    them the rates are None.
    """
    from matching.graph import Delivery, Node, NodeKind, executed, undirected
    from matching.metrics import indicators
    from matching.structure import structure as shape_of

    graph = executed(
        Delivery(
            str(flow.offer.site_id),
            str(flow.want.site_id),
            flow.material_id,
            flow.mass_kg / KG_PER_TONNE,
            flow.road_m / M_PER_KM,
        )
        for flow in flows
    )
    arising: dict[tuple[Node, str], float] = defaultdict(float)
    for row in offers:
        site = Node(NodeKind.PLANT, str(row.end.site_id))
        arising[site, row.material_id] += row.account.offered_kg / KG_PER_TONNE
    shape, plain = shape_of(graph, SEED), undirected(graph)
    ends = {str(end.site_id): end for flow in flows for end in (flow.offer, flow.want)}
    keystones = sorted(shape.articulations, key=lambda node: (-graph.degree(node), node))
    bridges = [
        Bridge((ends[one.id], ends[other.id]), plain.edges[one, other]["tonnes"] * KG_PER_TONNE)
        for one, other in shape.bridges
    ]
    return Structure(
        sites=graph.number_of_nodes(),
        links=graph.number_of_edges(),
        figures=[_figure(row, ends) for row in indicators(graph, arising)],
        parts=_groups(shape.components, ends),
        bridges=sorted(bridges, key=lambda bridge: -bridge.mass_kg),
        keystones=[ends[node.id] for node in keystones],
        communities=_groups(shape.communities, ends),
        modularity=shape.modularity,
    )


def _figure(row: "Indicator", ends: Mapping[str, End]) -> Figure:
    about = None if row.about is None else ends[row.about.id]
    return Figure(row.name, row.value, row.source.work, row.source.known.value, about)


def _groups(groups: Iterable[Sequence["Node"]], ends: Mapping[str, End]) -> Sequence[Sequence[End]]:
    return [[ends[node.id] for node in group] for group in groups]
