"""networkx graphs of who may meet, who would by a run's plan, and who does by the records.

Bipartite graphs join supplies and slots; plant graphs join the plants behind them, so that a
plant which takes one material and sells another stands in the middle of a chain.
"""

from dataclasses import dataclass
from enum import StrEnum


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
    """Tonnes (wet) that really went from one plant to another."""

    giver_id: str
    taker_id: str
    material_id: str
    tonnes: float
    distance_km: float = 0.0


@dataclass(frozen=True, slots=True)
class Conversion:
    """A plant turns one material into another: `yield_share` tonnes out per tonne in (wet)."""

    plant_id: str
    takes: str
    makes: str
    yield_share: float = 1.0
