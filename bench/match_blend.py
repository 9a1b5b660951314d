"""Six blend limits per slot at 10,000 x 2,000: this library against HiGHS' interior point.

    python bench/match_blend.py [--small] [--highs]

Prints CPU seconds, the proven gap and the worst broken constraint, and with `--highs` the time the
interior point method of SciPy's HiGHS takes for the same linear programme (minutes).
"""

import argparse
import time

import numpy as np
from match_scale import radius_km, scattered

from matching import Objective, Parameters, Problem, check, solve
from matching.allocate import build
from matching.blend import blend_of
from matching.candidates import Rows, find_pairs
from matching.choices import Rules
from matching.dosage import dosages_of
from matching.economics import merit
from matching.kiln_rows import kilns_of
from matching.linear import Programme
from matching.network import components
from matching.part import Part
from matching.problem import (
    Acceptance,
    Bound,
    FreightBand,
    Limit,
    Operator,
    Position,
    Slot,
    Supply,
)
from matching.rooms import Rooms
from matching.sides import sides_of

PROPERTIES = ("LOI", "SO3", "MgO", "alkali", "Cl", "P2O5")
SEED = 3


def blended(supplies: int, slots: int) -> Problem:
    """Lots scatter evenly around limits that most of them break in one property or another."""
    here, there, offered, room = scattered(supplies, slots)
    dice = np.random.default_rng(SEED)
    content = dice.uniform(0.5, 1.5, (supplies, len(PROPERTIES))).tolist()
    limits = dice.uniform(0.85, 1.1, (slots, len(PROPERTIES))).tolist()
    ash = (Acceptance("fly_ash"),)
    return Problem(
        tuple(
            Supply(
                f"s{i:06}",
                "fly_ash",
                Position(*here[i].tolist()),
                (float(offered[i]),),
                assay=tuple(Bound(n, v, v) for n, v in zip(PROPERTIES, row, strict=True)),
                disposal_yuan_per_t=60.0,
            )
            for i, row in enumerate(content)
        ),
        tuple(
            Slot(
                f"k{j:06}",
                f"k{j:06}",
                Position(*there[j].tolist()),
                (float(room[j]),),
                ash,
                blend=tuple(
                    Limit(n, Operator.AT_MOST, v) for n, v in zip(PROPERTIES, row, strict=True)
                ),
            )
            for j, row in enumerate(limits)
        ),
    )


def highs_seconds(problem: Problem, parameters: Parameters) -> tuple[float, float]:
    """Return CPU seconds and optimum of the interior point method on the same programme."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix

    rows = Rows.of(problem)
    pairs = find_pairs(problem, parameters, rows)
    model = build(pairs, merit(parameters, pairs.factors), rows, 1, parameters)
    blend = blend_of(problem, parameters, rows, pairs, model)
    dosages = dosages_of(problem, parameters, rows, pairs, model)
    sides = sides_of(
        blend, dosages, (), kilns_of(problem, parameters, rows, pairs, model), rows, pairs, model
    )
    rules = Rules.of(rows, pairs, model, problem)
    seconds = optimum = 0.0
    for arcs in components(model.network):
        programme: Programme = Part.of(
            model, sides, arcs, rules, np.zeros(0, np.int64), Rooms.of(model)
        ).programme
        entries = programme.entries
        shape = len(programme.row_high), len(programme.cost)
        matrix = csr_matrix((entries.factor, (entries.row, entries.column)), shape=shape)
        started = time.process_time()
        answer = linprog(programme.cost, A_ub=matrix, b_ub=programme.row_high, method="highs-ipm")
        seconds += time.process_time() - started
        optimum += answer.fun
    return seconds, -optimum


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="2,500 x 500")
    parser.add_argument("--highs", action="store_true")
    chosen = parser.parse_args()
    size = (2_500, 500) if chosen.small else (10_000, 2_000)
    problem = blended(*size)
    parameters = Parameters(
        objective=Objective.NET_VALUE,
        radius_km=radius_km(size[1]),
        freight=(FreightBand(1000, 0.5),),
    )
    started = time.process_time()
    result = solve(problem, parameters)
    seconds = time.process_time() - started
    violations = check(problem, parameters, result)
    worst = max((-m.margin / max(1.0, abs(m.limit)) for m in result.mixes), default=0.0)
    print(
        f"{size[0]} x {size[1]}: {result.edges} arcs, {result.status}, gap {result.gap:.2e},"
        f" worst mix {worst:.1e} of its limit, {len(violations)} violations, {seconds:.2f} s"
    )
    if chosen.highs:
        theirs, optimum = highs_seconds(problem, parameters)
        print(
            f"HiGHS interior point {theirs:.2f} s, ratio {seconds / theirs:.2f},"
            f" value {result.merit / optimum - 1:+.2e} of its optimum"
        )


if __name__ == "__main__":
    main()
