"""Formula and source of each indicator of symbiosis, as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class IndicatorName(StrEnum):
    KERNELS = "kernels"
    DENSITY = "density"
    CONNECTANCE = "connectance"
    FOOD_WEB_CONNECTANCE = "food_web_connectance"
    LINKAGE_DENSITY = "linkage_density"
    PREY_TO_PREDATOR = "prey_to_predator"
    RECYCLING_RATE = "recycling_rate"
    USE_RATE = "use_rate"
    CENTRALISATION = "centralisation"
    BETWEENNESS = "betweenness"
    LARGEST_RECEIVER = "largest_receiver"
    CONCENTRATION = "concentration"
    CYCLICITY = "cyclicity"
    MEAN_HAUL = "mean_haul"


class Known(StrEnum):
    """How well a source stands: `SEEN`: its abstract or a work that quotes it was read.

    `RECALLED`: cited from memory, page and wording not seen. `OWN`: defined here.
    """

    SEEN = "seen"
    RECALLED = "recalled"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Source:
    """`formula` uses n plants, L directed exchanges, E pairs of plants, t tonnes."""

    formula: str
    unit: str
    work: str
    known: Known


_LAYTON = (
    "Layton, Bras, Weissburg: Designing industrial networks using ecological food web metrics."
    " Environ. Sci. Technol. 50, 2016. doi:10.1021/acs.est.6b03066"
)
_TIEJUN = (
    "Tiejun: Two quantitative indices for the planning and evaluation of eco-industrial parks."
    " Resources, Conservation and Recycling 54(7), 2010"
)
_FREEMAN = "Freeman: Centrality in social networks. Social Networks 1(3), 1978"

SOURCES: Mapping[IndicatorName, Source] = {
    IndicatorName.KERNELS: Source(
        "parts with >= 3 plants (recyclers not counted) and >= 2 materials",
        "parts",
        "Chertow: 'Uncovering' industrial symbiosis. Journal of Industrial Ecology 11(1), 2007"
        " (the 3-2 heuristic; counting the parts that meet it is our use of it)",
        Known.SEEN,
    ),
    IndicatorName.DENSITY: Source(
        "L / (n (n - 1))",
        "share",
        "Wasserman, Faust: Social Network Analysis. Cambridge University Press, 1994, ch. 4",
        Known.RECALLED,
    ),
    IndicatorName.CONNECTANCE: Source(
        "2 E / (n (n - 1))",
        "share",
        "Hardy, Graedel: Industrial ecosystems as food webs. Journal of Industrial Ecology 6(1),"
        f" 2002; the same ratio is the eco-connectance of {_TIEJUN}",
        Known.RECALLED,
    ),
    IndicatorName.FOOD_WEB_CONNECTANCE: Source("L / n^2", "share", _LAYTON, Known.RECALLED),
    IndicatorName.LINKAGE_DENSITY: Source("L / n", "exchanges per plant", _LAYTON, Known.RECALLED),
    IndicatorName.PREY_TO_PREDATOR: Source(
        "plants that give / plants that take", "ratio", _LAYTON, Known.RECALLED
    ),
    IndicatorName.RECYCLING_RATE: Source(
        "2 E / (n (n - 1)) * mean over exchanges of (used t / generated t of the stream)",
        "share",
        f"{_TIEJUN} (by-product and waste recycling rate; the mean over exchanges is our reading)",
        Known.RECALLED,
    ),
    IndicatorName.USE_RATE: Source(
        "used t / generated t",
        "share",
        "综合利用率 of the Chinese environmental statistics, without stock of earlier years",
        Known.RECALLED,
    ),
    IndicatorName.CENTRALISATION: Source(
        "sum over plants (max partners - partners) / ((n - 1) (n - 2))",
        "share",
        _FREEMAN,
        Known.RECALLED,
    ),
    IndicatorName.BETWEENNESS: Source(
        "max over plants of the share of shortest paths through it / ((n - 1) (n - 2))",
        "share",
        f"{_FREEMAN}; computed after Brandes, J. Math. Sociology 25, 2001",
        Known.RECALLED,
    ),
    IndicatorName.LARGEST_RECEIVER: Source(
        "max over plants of t received / t received by all",
        "share",
        "concentration ratio CR1",
        Known.OWN,
    ),
    IndicatorName.CONCENTRATION: Source(
        "sum over plants of (t received / t received by all)^2",
        "share",
        "Herfindahl-Hirschman index; Hirschman: The paternity of an index."
        " American Economic Review 54(5), 1964",
        Known.RECALLED,
    ),
    IndicatorName.CYCLICITY: Source(
        "largest real eigenvalue of the adjacency matrix: 0 no cycle, 1 cycles that do not meet,"
        " > 1 cycles that feed each other",
        "1",
        "Fath, Halnes: Cyclic energy pathways in ecological food webs. Ecological Modelling 208,"
        f" 2007 (recalled); for industry {_LAYTON}",
        Known.SEEN,
    ),
    IndicatorName.MEAN_HAUL: Source("tonne-km / t", "km", "mean distance of a tonne", Known.OWN),
}
