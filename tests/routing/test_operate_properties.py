"""Dispatchers' verbs on many small made-up days, against brute force and against themselves."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import permutations

import pytest

from routing.compare import compare
from routing.hand import Hand, Truck, taken_up
from routing.late import add, options, with_collection
from routing.locks import Lock
from routing.moves import lock, move, move_to_truck, place_of, take_off
from routing.operate import Refusal, Situation
from routing.parameters import Parameters
from routing.places import Place
from routing.plan import Route
from routing.problem import Collection, DayProblem, DriverHours, Receiver, Segregation, Window
from routing.remainder import remainder
from routing.replan import replan, worth
from routing.schedule import Task, timetable
from routing.solve import solve
from routing.trucks import bring_back, take_out
from tests.routing.days import HOUR, day, fleet, tipper
from tests.routing.hands import granted, route_of, same_work

SEEDS = range(8)
QUICK = Parameters(time_limit_s=3, max_iterations=100)


def made_up(seed: int, loads: int = 5) -> DayProblem:
    """A day with everything in it: two cargoes kept apart, gates, intake, a short shift."""
    dice = random.Random(seed)
    names = ["depot", *(f"p{i}" for i in range(loads)), "north", "south"]
    points = {name: (dice.uniform(-40, 40), dice.uniform(-40, 40)) for name in names}

    def gate(width_h: float) -> tuple[Window, ...]:
        opens_s = dice.randrange(5 * HOUR, 11 * HOUR)
        return (Window(opens_s, opens_s + int(width_h * HOUR)),)

    rows = [
        Collection(
            f"c{i}",
            f"p{i}",
            ("ash", "slag")[i % 2],
            dice.choice([8_000, 14_000, 25_000]),
            tuple(dice.sample(["north", "south"], dice.choice([1, 2]))),
            loading_s=dice.choice([0, 600, 1500]),
            windows=gate(dice.uniform(2, 8)),
            skip_fen=dice.choice([None, None, 60_000]),
        )
        for i in range(loads)
    ]
    receivers = [
        Receiver("north", "north", gate(9), 300, 20, daily_intake_kg=dice.choice([None, 60_000])),
        Receiver("south", "south", gate(9), 300, 20),
    ]
    return day(
        points,
        rows,
        receivers,
        vehicles=fleet(3, shift=Window(6 * HOUR, dice.randrange(12, 17) * HOUR)),
        types=(tipper(25_000, fen_per_h=3_000),),
        segregations=(Segregation("ash", "slag", 900),),
        hours=DriverHours(daily_drive_s=dice.choice([None, 7 * HOUR])),
    )


@cache
def solved(seed: int, loads: int = 5) -> Situation:
    problem = made_up(seed, loads)
    return Situation(problem, solve(problem, QUICK))


def planned_loads(situation: Situation) -> list[str]:
    return [name for route in situation.plan.routes for name in route.load_ids]


@pytest.mark.parametrize("seed", SEEDS)
def test_taken_apart_and_put_together_the_plan_is_the_same(seed: int) -> None:
    situation = solved(seed)
    again = taken_up(situation).closed(situation.plan.unserved)
    assert again.plan == situation.plan
    assert compare(situation.problem, situation.plan, again.plan).same


@pytest.mark.parametrize("seed", SEEDS)
def test_there_and_back_is_where_it_was_and_every_move_holds(seed: int) -> None:
    situation = solved(seed)
    for load in planned_loads(situation):
        home = place_of(situation, load)
        assert home is not None
        for vehicle in ("tipper0", "tipper1", "tipper2"):
            there = move_to_truck(situation, load, vehicle)
            if isinstance(there, Refusal):
                continue
            assert load in route_of(granted(there).plan, vehicle).load_ids
            back = granted(move(there, load, home))
            assert back.plan.routes == situation.plan.routes
            assert {r.load for r in back.plan.unserved} == {r.load for r in situation.plan.unserved}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_ranked_places_of_a_late_load_are_those_of_brute_force(seed: int) -> None:
    situation = solved(seed, loads=4)
    late = Collection("late", "p0", "ash", 9_000, ("north", "south"), loading_s=300)
    added = with_collection(situation, late).situation
    hand = taken_up(added)
    number = hand.day.load_index["late#1"]
    least: dict[tuple[str, str], int] = {}
    for truck in hand.trucks:
        before_fen = truck.route.cost_fen if truck.route else 0
        for receiver in hand.day.allowed[number]:
            if not hand.room(number, receiver):
                continue
            # Every order of the truck's tasks and the two new ones that keeps the old ones' order.
            new = (Task(number), Task(number, receiver))
            for order in set(permutations((*truck.tasks, *new))) if len(truck.tasks) < 6 else ():
                kept = tuple(task for task in order if task.load != number)
                if kept != truck.tasks or order.index(new[0]) > order.index(new[1]):
                    continue
                route = timetable(hand.day, truck.vehicle, order)
                if isinstance(route, Route):
                    key = truck.vehicle.id, hand.day.receiver(receiver).id
                    extra_fen = route.cost_fen - before_fen
                    least[key] = min(least.get(key, extra_fen), extra_fen)
    short = {row.vehicle.id for row in hand.trucks if len(row.tasks) < 6}
    found = {
        (row.place.vehicle, row.place.receiver): row.extra_fen
        for row in options(added, "late#1")
        if row.refusal is None and row.place.vehicle in short
    }
    assert found == least
    ranked = [row.extra_fen for row in options(added, "late#1") if row.refusal is None]
    assert ranked == sorted(ranked)


@pytest.mark.parametrize("seed", SEEDS)
def test_an_option_is_worth_what_it_says_and_a_refusal_is_real(seed: int) -> None:
    situation = solved(seed)
    late = Collection("late", "p1", "slag", 12_000, ("south",), loading_s=300)
    added = with_collection(situation, late).situation
    for row in options(added, "late#1"):
        answer = move(added, "late#1", row.place)
        if row.refusal is None:
            after = granted(answer).plan
            assert after.cost_fen - added.plan.cost_fen == row.extra_fen
            assert after.distance_m - added.plan.distance_m == row.extra_m
        else:
            assert isinstance(move_to_truck(added, "late#1", row.place.vehicle), Refusal)
            assert row.refusal.relaxation is None or row.refusal.relaxation > 0
            assert row.late_s is None or row.late_s > 0


@pytest.mark.parametrize("seed", SEEDS)
def test_a_truck_out_and_back_and_planned_again_is_never_worse(seed: int) -> None:
    situation = solved(seed)
    for route in situation.plan.routes:
        out = granted(take_out(situation, route.vehicle))
        assert route.vehicle not in {row.vehicle for row in out.plan.routes}
        back = granted(bring_back(out, route.vehicle))
        assert worth(taken_up(back)) <= worth(taken_up(out))
        again = granted(replan(back, QUICK))
        assert worth(taken_up(again)) <= worth(taken_up(back))


@pytest.mark.parametrize("seed", SEEDS)
def test_planning_again_keeps_locks_and_the_past_and_repeats_itself(seed: int) -> None:
    situation = solved(seed, loads=7)
    loads = planned_loads(situation)
    held = situation
    for load in loads[:2]:
        vehicle = next(r.vehicle for r in situation.plan.routes if load in r.load_ids)
        held = granted(lock(held, Lock(vehicle, load)))
    # What a plan that never heard of the locks leaves behind: the others shuffled about.
    for load in loads[2:]:
        moved = move_to_truck(held, load, "tipper2")
        held = moved if isinstance(moved, Situation) else held
    for now_s in (None, 7 * HOUR, 9 * HOUR, 11 * HOUR):
        timed = replace(held, now_s=now_s)
        again = granted(replan(timed, QUICK))
        assert worth(taken_up(again)) <= worth(taken_up(timed))
        for row in held.locks:
            assert row.load in route_of(again.plan, row.vehicle).load_ids
        for before in timed.plan.routes:
            if now_s is None or before.start_s >= now_s:
                continue
            after = route_of(again.plan, before.vehicle)
            past = [stop for stop in before.stops if stop.depart_s < now_s]
            started = [s for s in past if s.kind != "end"]
            assert list(after.stops[: len(started)]) == started
        assert same_work(again.plan, granted(replan(timed, QUICK)).plan)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_chain_of_wishes_leaves_a_plan_that_holds(seed: int) -> None:
    dice = random.Random(seed)
    situation = solved(seed, loads=6)
    now_s = 6 * HOUR
    for step in range(12):
        load = dice.choice([row.id for row in situation.plan.loads])
        vehicle = f"tipper{dice.randrange(3)}"
        receiver = dice.choice(["north", "south"])
        first = dice.randrange(5)
        place = Place(vehicle, receiver, first, first + dice.randrange(3))
        wish = dice.randrange(7)
        if wish == 0:
            answer = move(situation, load, place)
        elif wish == 1:
            answer = move_to_truck(situation, load, vehicle)
        elif wish == 2:
            answer = take_off(situation, load)
        elif wish == 3:
            answer = take_out(situation, vehicle)
        elif wish == 4:
            answer = bring_back(situation, vehicle)
        elif wish == 5:
            new = Collection(f"x{step}", f"p{dice.randrange(6)}", "ash", 9_000, (receiver,))
            answer = add(situation, new).situation
        else:
            answer = lock(situation, Lock(vehicle, load))
        if isinstance(answer, Situation):
            situation = granted(answer)
        now_s += dice.randrange(2400)
        situation = replace(situation, now_s=now_s)


@pytest.mark.parametrize("seed", range(12))
def test_the_rest_of_the_day_as_a_day_of_its_own_is_timed_and_priced_as_the_day(seed: int) -> None:
    dice = random.Random(seed)
    hours = DriverHours(dice.choice([1, 2, 4]) * HOUR, 900, dice.choice([None, 6 * HOUR]))
    apart = dice.choice([made_up(seed, 8).segregations, (Segregation("ash", "slag", 0),)])
    problem = replace(made_up(seed, 8), hours=hours, segregations=apart)
    situation = Situation(problem, solve(problem, QUICK))
    seen = 0
    for now_s in range(7 * HOUR, 15 * HOUR, HOUR):
        hand = taken_up(replace(situation, now_s=now_s))
        rest = remainder(hand)
        trucks = {row.vehicle.id: row for row in hand.trucks}
        for order in rest.orders:
            truck = trucks[order.vehicle.id]
            past = order.tasks[: len(order.tasks) - len(truck.tasks)]
            for tasks in _other_days(dice, hand, truck):
                inside = (replace(task, load=rest.number.index(task.load)) for task in tasks)
                told = timetable(rest.day, order.vehicle, (*past, *inside))
                true = hand.timed(truck, tasks)
                seen += 1
                if isinstance(true, Route):
                    # A truck that stays at home does not wait there for what the clock says.
                    stays = truck.home is not None and not tasks
                    assert isinstance(told, Route)
                    assert stays or (told.end_s, told.cost_fen) == (true.end_s, true.cost_fen)
                else:
                    assert true is None or not isinstance(told, Route)
    assert seen > 20


def _other_days(dice: random.Random, hand: Hand, truck: Truck) -> Iterator[tuple[Task, ...]]:
    """What the truck has to do; without some of it; and with loads that are left out put in."""
    yield truck.tasks
    for _ in range(5):
        mine = {task.load for task in truck.tasks if task.receiver is None}
        off = {load for load in mine if dice.random() < 0.4}
        tasks = [task for task in truck.tasks if task.load not in off]
        if hand.left_out:
            load = dice.choice(hand.left_out)
            first = dice.randint(0, len(tasks))
            last = dice.randint(first, len(tasks))
            put = Task(load, dice.choice(hand.day.allowed[load]))
            tasks = [*tasks[:first], Task(load), *tasks[first:last], put, *tasks[last:]]
        yield tuple(tasks)
