"""How late the least late truck would be if it took one load more: compiled, for explanations."""

from __future__ import annotations

import numpy as np

from routing.compiled import compiled, inner
from routing.haul import CLASS, Floats, Jobs, Plan, Rules, Trucks
from routing.haul_clock import NEVER, leaving, walk


@inner
def squeeze(plan: Plan, truck: int, load: int, drop: int, at: int) -> int:
    """Write the truck's tour with a direct trip before position `at`; returns its length."""
    size, write = plan.size[truck], int(np.int64(0))
    for position in range(size + 1):
        if position == at:
            plan.trial[write] = load
            plan.trial[write + 1] = drop
            write += 2
        if position < size:
            plan.trial[write] = plan.tour[truck, position]
            write += 1
    return write


@compiled
def least_late(
    jobs: Jobs, trucks: Trucks, rules: Rules, plan: Plan, load: int, closes: Floats
) -> tuple[int, int, int]:
    """Try a direct trip at every place of every truck that may take it: (truck, drop, at).

    `trucks` are copies whose shifts do not end, `closes` the real ends; the truck back latest by
    least is returned, or -1 when other limits stop them all.
    """
    least, best_truck, best_drop, best_at = 1e18, -1, -1, -1
    for truck in range(len(plan.size)):
        if not jobs.may[load, trucks.whole[truck, CLASS]]:
            continue
        if plan.size[truck] + 2 > len(plan.trial):
            continue
        for drop in range(jobs.drops[load], jobs.drops[load + 1]):
            for at in range(plan.size[truck] + 1):
                write = squeeze(plan, truck, load, drop, at)
                trial = plan.trial, write, plan.trial_free, plan.trial_wheel
                duty, _ = walk(jobs, trucks, rules, truck, *trial)
                if duty == NEVER:
                    continue
                late = leaving(jobs, trucks, truck, plan.trial[0]) + duty - closes[truck]
                if late < least:
                    least, best_truck, best_drop, best_at = late, truck, drop, at
    return best_truck, best_drop, best_at
