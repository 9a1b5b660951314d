"""Graphs, structure and chains on networks small enough to draw."""

import itertools
import random
from dataclasses import replace

import networkx as nx
import pytest

from matching.graph import (
    Delivery,
    Node,
    NodeKind,
    Owners,
    between_plants,
    compatibility,
    executed,
    potential,
    undirected,
)
from matching.problem import Acceptance, Bound, Limit, Operator, Parameters, Problem, ProblemError
from matching.solve import solve
from matching.structure import structure
from tests.matching.build import KM_PER_DEGREE, TONNES, random_problem, slot, supply

S, K, P = NodeKind.SUPPLY, NodeKind.SLOT, NodeKind.PLANT


def plant(name: str) -> Node:
    return Node(P, name)


def network(*arcs: str, tonnes: float = 1.0) -> "nx.DiGraph[Node]":
    """`ab` is a delivery of ash from a to b."""
    return executed([Delivery(arc[0], arc[1], "fly_ash", tonnes) for arc in arcs])


STRICT = Acceptance("fly_ash", limits=(Limit("LOI", Operator.AT_MOST, 5.0),))
PROBLEM = Problem(
    (
        supply("1", 10, assay=(Bound("LOI", 3, 4),)),
        supply("2", 6, east=1, assay=(Bound("LOI", 8, 9),)),
    ),
    (
        slot("1", 7, east=1, accepts=(STRICT,)),
        slot("2", 8, east=2),
        slot("3", 8, east=2, accepts=(Acceptance("bf_slag"),)),
    ),
)


def test_compatibility_holds_every_pair_that_may_meet_and_no_other():
    graph = compatibility(PROBLEM, TONNES)
    assert len(graph) == 5
    assert set(graph.edges) == {
        (Node(S, "1"), Node(K, "1")),
        (Node(S, "1"), Node(K, "2")),
        (Node(S, "2"), Node(K, "2")),
    }
    arc = graph.edges[Node(S, "1"), Node(K, "1")]
    assert arc["tonnes"] == 7
    assert arc["distance_km"] == pytest.approx(KM_PER_DEGREE)
    assert arc["tonne_km"] == pytest.approx(7 * KM_PER_DEGREE)
    assert arc["by_material"] == {"fly_ash": 7}
    near = replace(TONNES, radius_km=1.5 * KM_PER_DEGREE)
    assert (Node(S, "1"), Node(K, "2")) not in compatibility(PROBLEM, near).edges


def test_potential_flows_are_the_plans_tonnes_over_all_periods():
    problem = Problem((supply("a", 3, 4),), (slot("k", 9, 2, east=1),), periods=("one", "two"))
    graph = potential(problem, solve(problem, TONNES))
    assert graph.edges[Node(S, "a"), Node(K, "k")]["tonnes"] == 5
    assert graph.edges[Node(S, "a"), Node(K, "k")]["tonne_km"] == pytest.approx(5 * KM_PER_DEGREE)


@pytest.mark.parametrize("seed", range(40))
def test_potential_is_part_of_compatibility_and_keeps_the_totals(seed: int):
    problem = random_problem(seed)
    result = solve(problem, TONNES)
    flows, pairs = potential(problem, result), compatibility(problem, TONNES)
    assert set(flows.edges) <= set(pairs.edges)
    assert flows.size("tonnes") == pytest.approx(result.tonnes)
    assert flows.size("tonne_km") == pytest.approx(result.tonne_km)


def test_a_plant_that_takes_and_gives_stands_in_the_middle():
    problem = Problem(
        (supply("1", 5), supply("2", 4, east=1, material_id="bf_slag"), supply("3", 1, east=1)),
        (
            replace(slot("1", 6, east=1), sink_id="mill"),
            replace(slot("2", 6, east=2, accepts=(Acceptance("bf_slag"),)), sink_id="works"),
            replace(slot("3", 6, east=1), sink_id="mill"),
        ),
    )
    owners = Owners.of(problem, {"2": "mill", "3": "mill"})
    graph = between_plants(potential(problem, solve(problem, TONNES)), owners)
    # Supply 3 is the mill's own ash: its tonne is no exchange. Both slots of the mill are one.
    assert set(graph.edges) == {(Node(S, "1"), plant("mill")), (plant("mill"), plant("works"))}
    assert graph.edges[Node(S, "1"), plant("mill")]["tonnes"] == 5
    assert graph.edges[plant("mill"), plant("works")]["tonne_km"] == pytest.approx(
        4 * KM_PER_DEGREE
    )


def test_records_join_plants_by_material():
    graph = executed(
        [
            Delivery("a", "b", "fly_ash", 2, 10),
            Delivery("a", "b", "bf_slag", 3, 10),
            Delivery("a", "b", "fly_ash", 1, 10),
            Delivery("c", "c", "fly_ash", 9),
        ]
    )
    assert set(graph) == {plant("a"), plant("b"), plant("c")}
    assert graph.edges[plant("a"), plant("b")] == {
        "tonnes": 6,
        "tonne_km": 60,
        "by_material": {"fly_ash": 3, "bf_slag": 3},
    }
    with pytest.raises(ProblemError, match="0 t"):
        Delivery("a", "b", "fly_ash", 0)


def test_both_ways_of_an_exchange_are_one_edge():
    assert list(undirected(network("ab", "ba", "bc")).edges(data="tonnes")) == [
        (plant("a"), plant("b"), 2),
        (plant("b"), plant("c"), 1),
    ]


def test_bridges_and_articulations_of_a_kite():
    # a-b-c is a triangle, d hangs on c, e on d; f-g stand apart.
    found = structure(network("ab", "bc", "ca", "cd", "de", "fg"), seed=1)
    assert found.components == (
        tuple(map(plant, "abcde")),
        tuple(map(plant, "fg")),
    )
    assert found.bridges == (
        (plant("c"), plant("d")),
        (plant("d"), plant("e")),
        (plant("f"), plant("g")),
    )
    assert found.articulations == (plant("c"), plant("d"))


def _parts(graph: "nx.Graph[Node]") -> int:
    return nx.number_connected_components(graph)


@pytest.mark.parametrize("seed", range(30))
def test_taking_out_what_is_critical_splits_the_network_and_nothing_else_does(seed: int):
    dice = random.Random(seed)
    arcs = [a + b for a, b in itertools.permutations("abcdefg", 2) if dice.random() < 0.17]
    graph = network(*arcs)
    found, plain = structure(graph, seed=1), undirected(graph)
    splitting = [
        e for e in plain.edges if _parts(nx.restricted_view(plain, [], [e])) > _parts(plain)
    ]
    assert sorted(found.bridges) == sorted((min(e), max(e)) for e in splitting)
    cut = [n for n in plain if _parts(nx.restricted_view(plain, [n], [])) > _parts(plain)]
    assert sorted(found.articulations) == sorted(cut)


def test_two_triangles_on_a_thread_are_two_communities():
    found = structure(network("ab", "bc", "ca", "cd", "de", "ef", "fd"), seed=3)
    assert found.communities == (tuple(map(plant, "abc")), tuple(map(plant, "def")))
    # Newman: of 7 edges 3 lie inside each half, each half has degree 7 of 14: 2 (3/7 - 1/4).
    assert found.modularity == pytest.approx(2 * (3 / 7 - 1 / 4))


def test_communities_do_not_depend_on_the_order_of_the_records():
    arcs = ["ab", "bc", "ca", "cd", "de", "ef", "fd", "gh", "ha"]
    forward, backward = network(*arcs), network(*reversed(arcs))
    assert structure(forward, seed=5) == structure(backward, seed=5)


def test_a_network_without_exchanges_is_all_parts():
    found = structure(compatibility(PROBLEM, Parameters(radius_km=0.001)), seed=1)
    assert len(found.communities) == len(found.components)
    alone = structure(executed([]), seed=1)
    assert (alone.components, alone.bridges, alone.modularity) == ((), (), None)
