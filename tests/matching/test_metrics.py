"""Each indicator on networks of three or four plants, with the arithmetic beside it."""

import itertools
import math
import random

import networkx as nx
import numpy as np
import pytest

from matching.graph import Delivery, Node, NodeKind, executed
from matching.metrics import indicators
from matching.sources import SOURCES, IndicatorName, Known

N = IndicatorName


def plant(name: str) -> Node:
    return Node(NodeKind.PLANT, name)


def values(*arcs: str, **more) -> dict[IndicatorName, float | None]:
    """`ab5x` is five tonnes of x from a to b."""
    rows = [Delivery(arc[0], arc[1], arc[3:] or "x", float(arc[2:3] or 1), 10) for arc in arcs]
    return {row.name: row.value for row in indicators(executed(rows), **more)}


def about(name: IndicatorName, *arcs: str) -> Node | None:
    rows = [Delivery(arc[0], arc[1], "x", float(arc[2:3] or 1)) for arc in arcs]
    return next(row.about for row in indicators(executed(rows)) if row.name is name)


def test_a_star_of_four():
    # h gives to a, b and c. n = 4, L = 3, E = 3.
    found = values("ha", "hb", "hc")
    assert found[N.DENSITY] == 3 / (4 * 3)
    assert found[N.CONNECTANCE] == 2 * 3 / (4 * 3)
    assert found[N.FOOD_WEB_CONNECTANCE] == 3 / 16
    assert found[N.LINKAGE_DENSITY] == 3 / 4
    # One gives, three take.
    assert found[N.PREY_TO_PREDATOR] == 1 / 3
    # Partners 3, 1, 1, 1: (0 + 2 + 2 + 2) / (3 * 2) = 1, the most central network there is.
    assert found[N.CENTRALISATION] == 1
    assert about(N.CENTRALISATION, "ha", "hb", "hc") == plant("h")
    # Nothing passes through h, it only gives.
    assert found[N.BETWEENNESS] == 0
    assert found[N.CYCLICITY] == 0


def test_a_path_of_three_passes_through_its_middle():
    # Of the (n - 1)(n - 2) = 2 ordered pairs without b, one (a to c) has its path through b.
    assert values("ab", "bc")[N.BETWEENNESS] == 1 / 2
    assert about(N.BETWEENNESS, "ab", "bc") == plant("b")
    # Partners 1, 2, 1: (1 + 0 + 1) / (2 * 1) = 1.
    assert values("ab", "bc")[N.CENTRALISATION] == 1


def test_a_ring_has_no_centre():
    found = values("ab", "bc", "cd", "da")
    assert found[N.CENTRALISATION] == 0
    # Eigenvalues of a ring are the fourth roots of one.
    assert found[N.CYCLICITY] == pytest.approx(1)
    assert found[N.DENSITY] == 4 / 12


def test_an_exchange_both_ways_is_two_arcs_and_one_pair():
    # n = 3, L = 3, E = 2.
    found = values("ab", "ba", "bc")
    assert found[N.DENSITY] == 3 / 6
    assert found[N.CONNECTANCE] == 2 * 2 / 6
    assert found[N.CYCLICITY] == pytest.approx(1)


def test_cycles_that_feed_each_other_exceed_one():
    # a <-> b <-> c: the path matrix has eigenvalues sqrt(2), 0, -sqrt(2).
    assert values("ab", "ba", "bc", "cb")[N.CYCLICITY] == pytest.approx(math.sqrt(2))
    # Three plants that all exchange: 2, -1, -1.
    everyone = [a + b for a, b in itertools.permutations("abc", 2)]
    assert values(*everyone)[N.CYCLICITY] == pytest.approx(2)
    # Two rings apart are no more than one ring.
    assert values("ab", "ba", "cd", "dc")[N.CYCLICITY] == pytest.approx(1)


def test_the_three_two_rule_wants_three_plants_and_two_materials():
    assert values("ab1x", "bc1y")[N.KERNELS] == 1
    assert values("ab1x", "bc1x")[N.KERNELS] == 0
    assert values("ab1x", "ba1y")[N.KERNELS] == 0
    # Two pairs apart have four plants and two materials, but no part has both.
    assert values("ab1x", "cd1y")[N.KERNELS] == 0
    assert values("ab1x", "bc1y", "de1x", "ef1y")[N.KERNELS] == 2


def test_a_plant_that_lives_from_recycling_does_not_count_for_the_rule():
    assert values("ab1x", "bc1y", recyclers={plant("b")})[N.KERNELS] == 0
    assert values("ab1x", "bc1y", "bd1y", recyclers={plant("b")})[N.KERNELS] == 1


def test_receivers_share_the_tonnes():
    # b takes 6 of 10 t, c 3, d 1: 0.36 + 0.09 + 0.01 = 0.46.
    found = values("ab6", "ac3", "ad1")
    assert found[N.LARGEST_RECEIVER] == pytest.approx(0.6)
    assert about(N.LARGEST_RECEIVER, "ab6", "ac3", "ad1") == plant("b")
    assert found[N.CONCENTRATION] == pytest.approx(0.46)
    assert found[N.MEAN_HAUL] == pytest.approx(10)


def test_rates_compare_what_is_used_with_what_arises():
    # a uses 6 + 2 of 10 t, b 1 of 4 t; c's 6 t lie idle: 9 / 20.
    arising = {(plant("a"), "x"): 10.0, (plant("b"), "y"): 4.0, (plant("c"), "x"): 6.0}
    found = values("ab6x", "ac2x", "bc1y", generated_t=arising)
    assert found[N.USE_RATE] == pytest.approx(9 / 20)
    # n = 3, E = 3: connectance 1. Streams 0.8, 0.8 and 0.25 of three exchanges: mean 1.85 / 3.
    assert found[N.RECYCLING_RATE] == pytest.approx(1.85 / 3)


def test_rates_without_their_amounts_are_unknown():
    assert values("ab")[N.USE_RATE] is None
    assert values("ab")[N.RECYCLING_RATE] is None
    found = values("ab", "cb", generated_t={(plant("a"), "x"): 10.0})
    assert found[N.RECYCLING_RATE] is None
    assert found[N.USE_RATE] is None


def test_more_that_leaves_than_arises_on_paper_is_no_rate_of_use():
    # 9 t leave where 4 t arise: 2.25 would be no rate. Another stream's plenty does not hide it.
    short = {(plant("a"), "x"): 4.0}
    assert values("ab9x", generated_t=short)[N.USE_RATE] is None
    assert values("ab9x", generated_t={**short, (plant("b"), "y"): 96.0})[N.USE_RATE] is None
    assert values("ab4x", generated_t=short)[N.USE_RATE] == 1


def test_a_network_of_nobody_says_nothing():
    found = values()
    assert found.pop(N.KERNELS) == 0
    assert set(found.values()) == {None}


def test_two_plants_have_no_centre_to_speak_of():
    found = values("ab")
    assert found[N.DENSITY] == 1 / 2
    assert found[N.CENTRALISATION] is None
    assert found[N.BETWEENNESS] is None


def test_each_indicator_has_a_formula_a_unit_and_a_source():
    assert set(SOURCES) == set(IndicatorName)
    rows = indicators(executed([Delivery("a", "b", "x", 1)]))
    assert [row.name for row in rows] == list(IndicatorName)
    assert all(row.formula and row.unit and row.source.work for row in rows)
    assert {row.source.known for row in rows} <= set(Known)


@pytest.mark.parametrize("seed", range(25))
def test_random_networks_agree_with_plain_definitions(seed: int):
    dice = random.Random(seed)
    names = "abcdef"
    arcs = [a + b for a, b in itertools.permutations(names, 2) if dice.random() < 0.3] or ["ab"]
    found = values(*arcs)
    plants = sorted({name for arc in arcs for name in arc})
    matrix = np.array([[float(a + b in arcs) for b in plants] for a in plants])
    assert found[N.DENSITY] == pytest.approx(matrix.sum() / (len(plants) * (len(plants) - 1)))
    # Walks grow as the spectral radius: ||A^k||^(1/k), from above, slowly.
    power = np.linalg.matrix_power(matrix, 400)
    grown = np.linalg.norm(power) ** (1 / 400) if power.any() else 0.0
    assert found[N.CYCLICITY] == pytest.approx(grown, rel=0.02)
    through = dict.fromkeys(plants, 0.0)
    graph = nx.DiGraph([(arc[0], arc[1]) for arc in arcs])
    for start, end in itertools.permutations(plants, 2):
        if nx.has_path(graph, start, end):
            paths = list(nx.all_shortest_paths(graph, start, end))
            for path in paths:
                for node in path[1:-1]:
                    through[node] += 1 / len(paths)
    if len(plants) > 2:
        most = max(through.values()) / ((len(plants) - 1) * (len(plants) - 2))
        assert found[N.BETWEENNESS] == pytest.approx(most)


def test_the_order_of_the_records_does_not_matter():
    arcs = ["ab", "bc", "cd", "da", "ac"]
    assert values(*arcs) == values(*reversed(arcs))
