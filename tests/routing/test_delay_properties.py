"""Trucks that run late on many made-up days, with whatever else a dispatcher does that day."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from routing.delay import delayed
from routing.hand import Truck, done_otherwise, taken_up
from routing.late import add
from routing.locks import broken_locks
from routing.operate import Situation
from routing.parameters import Parameters
from routing.problem import Collection
from routing.replan import replan, worth
from routing.trucks import bring_back, take_out
from tests.routing.days import HOUR
from tests.routing.hands import granted
from tests.routing.test_explanations_under_way import reasons_hold
from tests.routing.test_operate_properties import solved

# The last ones send trucks out again unwashed, and tell of trucks that have just left late.
SEEDS = (*range(40), 225, 229, 303, 417, 441)
QUICK = Parameters(time_limit_s=3, max_iterations=60)


def free_s(truck: Truck) -> int:
    """When the truck next does anything that it has not set out for."""
    assert truck.route is not None
    return truck.done[-1].depart_s if truck.done else truck.route.start_s


def past_holds(before: Situation, after: Situation) -> None:
    """Nothing that was done or set out for by now is told otherwise, and nothing new begins."""
    now_s = after.now_s or 0
    assert broken_locks(after.plan, after.locks) == ()
    routes, begun = (before.plan.routes, after.plan.routes), (before.begun, after.begun)
    assert done_otherwise(*routes, now_s, begun, before.out | after.out) == []
    for truck in taken_up(after).trucks:
        if truck.tasks:
            assert free_s(truck) >= now_s


def comes_later(before: Situation, after: Situation, vehicle: str, delay_s: int) -> None:
    old, new = (taken_up(row).by_id[vehicle] for row in (before, after))
    assert old.started == new.started
    if new.tasks or not new.done:
        assert new.route is None or free_s(new) >= (after.now_s or 0) + delay_s
    for was, now in zip(old.done, new.done, strict=True):
        assert (was.kind, was.site, was.loads) == (now.kind, now.site, now.loads)
        assert was.start_s <= now.start_s
        assert was.arrival_s == now.arrival_s or was.arrival_s + delay_s <= now.arrival_s
    if old.tasks == new.tasks and old.route is not None:
        assert new.route is not None
        began = {(row.kind, name): row.start_s for row in new.route.stops for name in row.loads}
        for row in old.route.stops:
            assert all(began[row.kind, name] >= row.start_s for name in row.loads)


def wished(dice: random.Random, situation: Situation, step: int) -> Situation | None:
    vehicle = f"tipper{dice.randrange(3)}"
    wish = dice.choice(["late", "late", "late", "out", "back", "add", "replan"])
    if wish == "late":
        delay_s = dice.choice([60, 900, 2700, 7200])
        answer = delayed(situation, vehicle, delay_s)
        if isinstance(answer, Situation):
            comes_later(situation, answer, vehicle, delay_s)
    elif wish == "out":
        answer = take_out(situation, vehicle)
    elif wish == "back":
        answer = bring_back(situation, vehicle)
    elif wish == "add":
        site, receiver = f"p{dice.randrange(6)}", dice.choice(["north", "south"])
        answer = add(situation, Collection(f"x{step}", site, "ash", 9_000, (receiver,))).situation
    else:
        answer = replan(situation, QUICK)
        assert worth(taken_up(answer)) <= worth(taken_up(situation))
    return granted(answer) if isinstance(answer, Situation) else None


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_is_said_while_trucks_run_late_the_past_and_the_reasons_hold(seed: int) -> None:
    dice = random.Random(seed)
    situation = replace(solved(seed % 12, 6 + seed % 3), now_s=dice.randrange(5, 14) * HOUR + 1)
    for step in range(7):
        answer = wished(dice, situation, step)
        if answer is not None:
            past_holds(situation, answer)
            reasons_hold(answer)
            situation = answer
        moved_s = dice.choice([0, 0, 60, 1200, dice.randrange(5400)])
        situation = replace(situation, now_s=(situation.now_s or 0) + moved_s)
