"""The network as the Sankey draws it, from the same rows as map and table."""

from collections import defaultdict
from typing import Any

from market.matchmaking.presenting import Names
from market.parks import labels
from market.parks.network import Network, Sink
from market.quantities import KG_PER_TONNE
from market.web.filters import wan
from market.web.language import pick

NAMED_SINKS = 12
OTHERS, STORED, UNPLACED = "others", "stored", "unplaced"


def sankey(network: Network, names: Names) -> dict[str, Any]:
    """Return materials on the left, receivers on the right; small receivers stand together.

    Values are tonnes a year. Every material's links add up to what it offers, so the whole adds
    up to offered = placed + left in store + unplaced.
    """
    named = {sink.end.site_id for sink in network.sinks[:NAMED_SINKS]}
    links = _links(network, named)
    return {
        "nodes": [
            *(_material_node(row) for row in network.materials),
            *(_sink_node(sink, names) for sink in network.sinks[:NAMED_SINKS]),
            *_rest_nodes(network),
        ],
        "links": links,
        "unit": labels.unit(),
    }


def _links(network: Network, named: set[int]) -> list[dict[str, Any]]:
    masses: dict[tuple[str, str], int] = defaultdict(int)
    families = {row.material_id: row.family for row in network.materials}
    for flow in network.flows:
        site_id = flow.want.site_id
        target = f"site-{site_id}" if site_id in named else OTHERS
        masses[flow.material_id, target] += flow.mass_kg
    for row in network.gaps:
        masses[row.material_id, UNPLACED] += row.unplaced_kg
    for row in network.materials:
        if row.closing_kg:
            masses[row.material_id, STORED] += row.closing_kg
    return [
        {
            "source": f"material-{material_id}",
            "target": target,
            "value": mass / KG_PER_TONNE,
            "family": families[material_id],
            "state": _state(target),
            "title": labels.link_title(str(wan(mass)), _state(target)),
        }
        for (material_id, target), mass in masses.items()
    ]


def _state(target: str) -> str:
    return target if target in {STORED, UNPLACED} else "potential"


def _material_node(row: Any) -> dict[str, Any]:
    return {
        "name": f"material-{row.material_id}",
        "family": row.family,
        "depth": 0,
        "label": bare(pick(row)),
        "value_label": wan(row.offered_kg).n,
    }


def _sink_node(sink: Sink, names: Names) -> dict[str, Any]:
    return {
        "name": f"site-{sink.end.site_id}",
        "family": None,
        "depth": 1,
        "label": bare(names.of(sink.end)),
        "value_label": wan(sink.mass_kg).n,
    }


def _rest_nodes(network: Network) -> list[dict[str, Any]]:
    rest = network.sinks[NAMED_SINKS:]
    nodes: list[dict[str, Any]] = []
    if rest:
        mass = sum(sink.mass_kg for sink in rest)
        nodes.append(
            {
                "name": OTHERS,
                "family": None,
                "depth": 1,
                "label": labels.others(len(rest)),
                "value_label": wan(mass).n,
            }
        )
    for state, label, mass in (
        (STORED, labels.stored(), network.account.closing_kg),
        (UNPLACED, labels.unplaced(), network.unplaced_kg),
    ):
        if mass:
            nodes.append(
                {
                    "name": state,
                    state: True,
                    "depth": 1,
                    "label": label,
                    "value_label": wan(mass).n,
                }
            )
    return nodes


def bare(name: str) -> str:
    """Leave out what stands in brackets or behind a comma; the drawing shortens what is left."""
    return name.split("（", maxsplit=1)[0].split(" (", maxsplit=1)[0].split(",", maxsplit=1)[0]
