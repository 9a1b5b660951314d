"""Top proposals for one listing among 100,000: seconds per answer, explanation included.

    python bench/match_proposals.py [--questions 200]

50,000 offers and 50,000 wants of ten materials around Luoyang (31-37 N, 110-117 E), four limits a
use, every lot with an assay of its own, radius 200 km, net value. The index is prepared once; then
offers and wants are asked for by turns, twenty proposals each, and the plain ranking of the same
listings answers beside it. Both must say the same. Three worlds: most pairs pass, few do, none.
"""

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from matching import Parameters, Problem

Answer = TypeVar("Answer")
SEED = 11
LISTINGS = 50_000
MATERIALS = 10
USES = 60
WORLDS = {"most pass": 9.5, "few pass": 3.0, "none passes": -1.0}


def world(limit: float) -> tuple[Problem, Parameters]:
    from matching.problem import (
        Acceptance,
        Bound,
        FreightBand,
        Limit,
        Objective,
        Operator,
        Position,
        Slot,
        Supply,
    )

    dice = np.random.default_rng(SEED)
    names = ("LOI", "SO3", "moisture_dry", "Cl")
    uses = [
        Acceptance(
            f"m{i % MATERIALS}",
            limits=tuple(Limit(n, Operator.AT_MOST, limit + dice.uniform(0, 0.5)) for n in names),
            replaced_yuan_per_t=float(dice.uniform(20, 200)),
            treatment_yuan_per_t=5.0,
        )
        for i in range(USES)
    ]
    places = dice.uniform((31.0, 110.0), (37.0, 117.0), (2 * LISTINGS, 2)).tolist()
    assays = dice.uniform(0, 10, (LISTINGS, len(names))).round(2).tolist()
    material = dice.integers(0, MATERIALS, LISTINGS).tolist()
    use = dice.integers(0, USES, LISTINGS).tolist()
    problem = Problem(
        tuple(
            Supply(
                f"s{i:06}",
                f"m{material[i]}",
                Position(*places[i]),
                (500.0,),
                assay=tuple(Bound(n, v, v) for n, v in zip(names, assays[i], strict=True)),
                disposal_yuan_per_t=40.0,
            )
            for i in range(LISTINGS)
        ),
        tuple(
            Slot(f"k{j:06}", f"k{j:06}", Position(*places[LISTINGS + j]), (500.0,), (uses[use[j]],))
            for j in range(LISTINGS)
        ),
    )
    freight = (FreightBand(2000, 0.4, 8.0),)
    return problem, Parameters(objective=Objective.NET_VALUE, radius_km=200, freight=freight)


def seconds_of(question: Callable[..., Answer], *arguments: object) -> tuple[float, Answer]:
    started = time.perf_counter()
    answer = question(*arguments)
    return time.perf_counter() - started, answer


def main() -> None:
    from matching import rank_for_slot, rank_for_supply
    from matching.ranking import Index, top_for_slot, top_for_supply

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=200)
    questions = parser.parse_args().questions
    for name, limit in WORLDS.items():
        problem, parameters = world(limit)
        prepared, index = seconds_of(Index.of, problem)
        fast, plain = [], []
        for n in range(questions):
            row = n * (LISTINGS // questions)
            ours, theirs = (
                (top_for_supply, rank_for_supply) if n % 2 == 0 else (top_for_slot, rank_for_slot)
            )
            listing = (problem.supplies if n % 2 == 0 else problem.slots)[row].id
            seconds, views = seconds_of(ours, index, parameters, listing)
            fast.append(seconds)
            if n % 20 < 2:
                seconds, same = seconds_of(theirs, problem, parameters, listing)
                plain.append(seconds)
                assert same == views, listing
        ours_ms = np.percentile(np.array(fast) * 1000, (50, 95, 100)).round(1)
        plain_ms = np.percentile(np.array(plain) * 1000, (50, 95)).round(1)
        print(
            f"{name}: index {prepared:.2f} s; p50 {ours_ms[0]} ms, p95 {ours_ms[1]} ms,"
            f" worst {ours_ms[2]} ms; without index p50 {plain_ms[0]} ms, p95 {plain_ms[1]} ms",
            flush=True,
        )


if __name__ == "__main__":
    main()
