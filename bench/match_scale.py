"""Scale of one-material matching: this library against the bare solver on the very same arcs.

    python bench/match_scale.py [--large] [--networkx]

Seconds are CPU seconds (each side runs on one core), so that a busy machine changes little.
Prints one table row per size: seconds of the bare OR-Tools SimpleMinCostFlow solve (arcs already
in arrays, nothing else counted), seconds of candidates + solve + duals + explanation, seconds of
the checker, and their ratio; tonnes must be equal, and tonne-km but for the metres the others round
distances to. Each side runs in a process of its own so that peak memory is its own.
"""

import argparse
import importlib
import json
import resource
import subprocess
import sys
import time

import numpy as np

SIZES = {"1k x 200": (1_000, 200), "10k x 2k": (10_000, 2_000), "100k x 20k": (100_000, 20_000)}
NEIGHBOURS = 20
SEED = 7


def scattered(supplies: int, slots: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Positions in degrees and whole tonnes; demand is a little short, as around Luoyang."""
    dice = np.random.default_rng(SEED)
    places = dice.uniform((31.0, 110.0), (37.0, 117.0), (supplies + slots, 2))
    offered = dice.integers(100, 2_000, supplies)
    room = dice.integers(100, 2_000, slots) * supplies // slots
    return places[:supplies], places[supplies:], offered, (room * 0.95).astype(np.int64)


def radius_km(slots: int) -> float:
    """Find the radius within which a supply sees about twenty slots."""
    area_km2 = 6 * 111.2 * 7 * 111.2 * np.cos(np.radians(34))
    return float(np.sqrt(NEIGHBOURS * area_km2 / (np.pi * slots)))


def ours(supplies: int, slots: int) -> dict[str, float]:
    from matching import Parameters, Problem, check, solve
    from matching.problem import Acceptance, Position, Slot, Supply

    for library in ("ortools.graph.python.min_cost_flow", "scipy.spatial"):
        importlib.import_module(library)  # loading is not what is measured
    here, there, offered, room = scattered(supplies, slots)
    ash = (Acceptance("fly_ash"),)
    problem = Problem(
        tuple(
            Supply(f"s{i:06}", "fly_ash", Position(*p), (float(t),))
            for i, (p, t) in enumerate(zip(here.tolist(), offered.tolist(), strict=True))
        ),
        tuple(
            Slot(f"k{j:06}", f"k{j:06}", Position(*p), (float(t),), ash)
            for j, (p, t) in enumerate(zip(there.tolist(), room.tolist(), strict=True))
        ),
    )
    parameters = Parameters(radius_km=radius_km(slots))
    started = time.process_time()
    result = solve(problem, parameters)
    solved = time.process_time()
    violations = check(problem, parameters, result)
    checked = time.process_time()
    assert violations == (), violations[:3]
    stages = {row.stage.value: row.seconds for row in result.seconds}
    return {
        "tonnes": result.tonnes,
        "tonne_km": result.tonne_km,
        "edges": result.edges,
        "gap": result.gap if result.gap is not None else -1.0,
        "solve_s": solved - started,
        "check_s": checked - solved,
        **stages,
    }


def arcs(supplies: int, slots: int) -> tuple[np.ndarray, ...]:
    from matching.geography import neighbours

    here, there, offered, room = scattered(supplies, slots)
    i, j, km = neighbours(here, there, radius_km(slots))
    return i, j + supplies, np.minimum(offered[i], room[j]), km, np.concatenate((offered, -room))


def bare(supplies: int, slots: int) -> dict[str, float]:
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    tail, head, capacity, km, balance = arcs(supplies, slots)
    cost = np.rint(km * 1000).astype(np.int64)
    started = time.process_time()
    solver = SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, cost)
    solver.set_nodes_supplies(np.arange(len(balance)), balance)
    status = solver.solve_max_flow_with_min_cost()
    flow = solver.flows(np.arange(len(tail)))
    seconds = time.process_time() - started
    assert status == SimpleMinCostFlow.OPTIMAL
    return {"tonnes": float(flow.sum()), "tonne_km": float(flow @ km), "seconds": seconds}


def networkx(supplies: int, slots: int) -> dict[str, float]:
    """Network simplex on the same arcs; unmatched tonnes go to a hub at a prohibitive cost."""
    import networkx as nx

    tail, head, _, km, balance = arcs(supplies, slots)
    graph = nx.DiGraph()
    hub, far = len(balance), 10_000_000
    for node, amount in enumerate(balance.tolist()):
        graph.add_node(node, demand=-amount)
        ends = (node, hub) if node < supplies else (hub, node)
        graph.add_edge(*ends, weight=far)
    graph.add_node(hub, demand=int(balance.sum()))
    cost = np.rint(km * 1000).astype(np.int64).tolist()
    graph.add_weighted_edges_from(zip(tail.tolist(), head.tolist(), cost, strict=True))
    started = time.process_time()
    _, flow = nx.network_simplex(graph)
    seconds = time.process_time() - started
    sent = np.array([flow[a].get(b, 0) for a, b in zip(tail.tolist(), head.tolist(), strict=True)])
    return {"tonnes": float(sent.sum()), "tonne_km": float(sent @ km), "seconds": seconds}


WAYS = {"ours": ours, "bare": bare, "networkx": networkx}


def apart(way: str, size: str) -> dict[str, float]:
    command = [sys.executable, __file__, "--one", way, size]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer: dict[str, float] = json.loads(done.stdout)
    return answer


def require_same(ours: dict[str, float], theirs: dict[str, float]) -> None:
    """Hold another solver's optimum against ours, which is in exact distances.

    It rounds each to a metre, so its plan may be longer by a metre a tonne: half of one counted too
    little on the ways it takes, half too much on those it does not.
    """
    assert ours["tonnes"] == theirs["tonnes"], (ours, theirs)
    longer_km = theirs["tonne_km"] - ours["tonne_km"]
    assert -1e-9 * ours["tonne_km"] <= longer_km <= 1e-3 * ours["tonnes"], (ours, theirs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true", help="also 100,000 x 20,000")
    parser.add_argument("--networkx", action="store_true", help="also network simplex (slow)")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        way, size = chosen.one
        answer = WAYS[way](*SIZES[size])
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps(answer | {"peak_mb": peak_mb}))
        return
    for size in [name for name in SIZES if chosen.large or name != "100k x 20k"]:
        mine, theirs = apart("ours", size), apart("bare", size)
        require_same(mine, theirs)
        total = mine["solve_s"] + mine["check_s"]
        stages = {k: round(mine[k], 3) for k in ("candidates", "solve", "duals", "explain")}
        print(
            f"{size}: {mine['edges']:.0f} arcs, gap {mine['gap']:g},"
            f" {mine['tonnes']:.0f} t, {mine['tonne_km']:.1f} tonne-km ({theirs['tonne_km']:.1f});"
            f" bare {theirs['seconds']:.3f} s {theirs['peak_mb']:.0f} MB;"
            f" ours {mine['solve_s']:.3f} + check {mine['check_s']:.3f} s {mine['peak_mb']:.0f} MB"
            f" {stages}; ratio {total / theirs['seconds']:.2f},"
            f" memory {mine['peak_mb'] / theirs['peak_mb']:.2f}",
            flush=True,
        )
        if chosen.networkx and size != "100k x 20k":
            slow = apart("networkx", size)
            require_same(mine, slow)
            print(f"  networkx {slow['seconds']:.2f} s, {slow['seconds'] / theirs['seconds']:.0f}x")


if __name__ == "__main__":
    main()
