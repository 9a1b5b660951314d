"""What the shape of the network says: the engine's indicators of the graph of sites and flows."""

from collections.abc import Sequence
from dataclasses import dataclass

from market.matchmaking.flows import End, FlowRow
from market.quantities import KG_PER_TONNE, M_PER_KM
from matching.sources import IndicatorName

SHOWN = (
    IndicatorName.KERNELS,
    IndicatorName.DENSITY,
    IndicatorName.CONNECTANCE,
    IndicatorName.LINKAGE_DENSITY,
    IndicatorName.PREY_TO_PREDATOR,
    IndicatorName.CENTRALISATION,
    IndicatorName.CONCENTRATION,
    IndicatorName.CYCLICITY,
)


SEED = 1
"""Communities are found by chance among equals; the same seed finds the same."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator; ``value`` is None where its formula has no meaning, as with no flow."""

    name: IndicatorName
    value: float | None
    formula: str
    work: str
    known: str


@dataclass(frozen=True, slots=True)
class Structure:
    """``links`` are pairs of sites with at least one flow from the one to the other.

    ``parts`` hang together by no flow; a ``bridge`` is a pair and ``keystones`` are sites, most
    flows first, whose loss splits a part. ``communities`` are groups that deal mostly among
    themselves.
    """

    sites: int
    links: int
    figures: Sequence[Figure]
    parts: int
    bridges: int
    keystones: Sequence[End]
    communities: int
    modularity: float | None


def structure(flows: Sequence[FlowRow]) -> Structure:
    """Measure the network of proposals; ends of a flow are sites, parallel flows one link."""
    from matching.graph import Delivery, executed
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
    found = {row.name: row for row in indicators(graph)}
    shape = shape_of(graph, SEED)
    ends = {str(end.site_id): end for flow in flows for end in (flow.offer, flow.want)}
    keystones = sorted(shape.articulations, key=lambda node: (-graph.degree(node), node))
    return Structure(
        parts=len(shape.components),
        bridges=len(shape.bridges),
        keystones=tuple(ends[node.id] for node in keystones),
        communities=len(shape.communities),
        modularity=shape.modularity,
        sites=graph.number_of_nodes(),
        links=graph.number_of_edges(),
        figures=tuple(
            Figure(
                name,
                found[name].value,
                found[name].formula,
                found[name].source.work,
                found[name].source.known.value,
            )
            for name in SHOWN
        ),
    )
