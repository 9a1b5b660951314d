"""What differs between two plans of one day: by load, by truck, in kilometres, cost and unserved.

Skeleton: signatures are settled, bodies follow.
"""

from __future__ import annotations

from routing.plan import Plan
from routing.problem import DayProblem


def compare(problem: DayProblem, before: Plan, after: Plan) -> tuple[str, ...]:
    """Name the loads whose truck differs between the plans, in the order of the loads."""
    del problem
    held = [{n: r.vehicle for r in p.routes for n in r.load_ids} for p in (before, after)]
    names = dict.fromkeys(row.id for plan in (before, after) for row in plan.loads)
    return tuple(name for name in names if held[0].get(name) != held[1].get(name))
