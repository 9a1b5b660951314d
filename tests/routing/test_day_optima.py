"""Random days of up to eight stops against every plan there is, one feature of the model each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from routing.bound import lower_bound_fen
from routing.check import check
from routing.day import Day
from routing.parameters import Parameters
from routing.plan import Plan
from routing.problem import (
    Body,
    Collection,
    DayProblem,
    Depot,
    DriverHours,
    Material,
    Receiver,
    Segregation,
    Vehicle,
    Window,
)
from routing.solve import solve
from routing.travel import TravelMatrix
from tests.routing.day_optimum import Optimum, optimum
from tests.routing.days import HOUR, SHIFT, day, fleet, tipper

Draw = np.random.Generator
Feature = Callable[[DayProblem, Draw], DayProblem]


def made_up(seed: int, count: int = 3) -> DayProblem:
    """Loads between points of a square of 60 km, two receivers, two trucks paid by the hour too."""
    draw = np.random.default_rng(seed)

    def point() -> tuple[float, float]:
        x, y = draw.uniform(0, 60, 2)
        return float(x), float(y)

    names = ["depot", "yard", "near", "far", *(f"pit{i}" for i in range(count))]
    points = {name: point() for name in names}
    collections = [
        Collection(
            f"c{i}",
            f"pit{i}",
            ("ash", "slag")[int(draw.integers(2))],
            int(draw.integers(4, 20)) * 1000,
            (("near",), ("far",), ("near", "far"))[int(draw.integers(3))],
            loading_s=int(draw.integers(0, 1800)),
        )
        for i in range(count)
    ]
    receivers = [
        Receiver("near", "near", weighing_s=300, unload_s_per_t=60),
        Receiver("far", "far", weighing_s=200),
    ]
    kinds = (tipper(30_000, fen_per_h=4000),)
    return day(points, collections, receivers, types=kinds)


def breaks(problem: DayProblem, draw: Draw) -> DayProblem:
    return replace(problem, hours=DriverHours(int(draw.integers(20, 60)) * 60, 900))


def driver_hours(problem: DayProblem, draw: Draw) -> DayProblem:
    daily_s = int(draw.integers(60, 150)) * 60
    return replace(problem, hours=DriverHours(4 * HOUR, 1200, daily_s))


def own_hours(problem: DayProblem, draw: Draw) -> DayProblem:
    """One of the two trucks keeps hours of its own, the other the day's."""
    limit_s, daily_s = int(draw.integers(20, 60)) * 60, int(draw.integers(60, 150)) * 60
    own = replace(tipper(30_000, "own"), hours=DriverHours(limit_s, 900, daily_s))
    trucks = (*fleet(1), replace(fleet(1)[0], id="own0", type="own"))
    kinds = (*problem.vehicle_types, own)
    return replace(driver_hours(problem, draw), vehicle_types=kinds, vehicles=trucks)


def windows(problem: DayProblem, draw: Draw) -> DayProblem:
    def gate() -> tuple[Window, ...]:
        opens_s = 6 * HOUR + int(draw.integers(0, 180)) * 60
        again_s = opens_s + int(draw.integers(90, 200)) * 60
        return Window(opens_s, opens_s + HOUR), Window(again_s, again_s + HOUR)

    return replace(
        problem,
        collections=tuple(replace(row, windows=gate()) for row in problem.collections),
        receivers=tuple(replace(row, windows=gate()) for row in problem.receivers),
    )


def short_shifts(problem: DayProblem, draw: Draw) -> DayProblem:
    shift = Window(6 * HOUR, 6 * HOUR + int(draw.integers(120, 260)) * 60)
    return replace(problem, vehicles=tuple(replace(row, shift=shift) for row in problem.vehicles))


def cleaning(problem: DayProblem, draw: Draw) -> DayProblem:
    return _apart(problem, int(draw.integers(1, 60)) * 60)


def segregation(problem: DayProblem, _: Draw) -> DayProblem:
    return _apart(problem, 0)


def _apart(problem: DayProblem, cleaning_s: int) -> DayProblem:
    """Keep ash from slag, adding whichever of them no collection drew."""
    materials = tuple(Material(name, frozenset({Body.TIPPER})) for name in ("ash", "slag"))
    rules = (Segregation("ash", "slag", cleaning_s),)
    return replace(problem, materials=materials, segregations=rules)


def licences(problem: DayProblem, draw: Draw) -> DayProblem:
    """Only the second truck may carry slag, and it costs more."""
    licensed = replace(
        tipper(30_000, "licensed"),
        fixed_fen=int(draw.integers(10, 40)) * 1000,
        licences=frozenset({"HW"}),
    )
    return replace(
        problem,
        materials=tuple(
            replace(row, licence="HW" if row.id == "slag" else None) for row in problem.materials
        ),
        vehicle_types=(*problem.vehicle_types, licensed),
        vehicles=(*fleet(1), *fleet(1, "licensed")),
    )


def intake(problem: DayProblem, draw: Draw) -> DayProblem:
    limits = (int(draw.integers(4, 25)) * 1000, int(draw.integers(4, 40)) * 1000)
    receivers = tuple(
        replace(row, daily_intake_kg=limit)
        for row, limit in zip(problem.receivers, limits, strict=True)
    )
    return replace(problem, receivers=receivers)


def volume(problem: DayProblem, draw: Draw) -> DayProblem:
    collections = tuple(
        replace(row, volume_l=int(draw.integers(2, 12)) * 1000) for row in problem.collections
    )
    return replace(
        problem,
        collections=collections,
        vehicle_types=(replace(problem.vehicle_types[0], capacity_l=12_000),),
    )


def several_depots(problem: DayProblem, _: Draw) -> DayProblem:
    small = tipper(15_000, "small")
    return replace(
        problem,
        depots=(Depot("depot", "depot"), Depot("yard", "yard")),
        vehicle_types=(*problem.vehicle_types, replace(small, fixed_fen=4_000, fen_per_km=350)),
        vehicles=(Vehicle("a", "tipper", "depot", SHIFT), Vehicle("b", "small", "yard", SHIFT)),
    )


def end_depots(problem: DayProblem, draw: Draw) -> DayProblem:
    """One truck ends at the yard, the other starts there; both ways do not cost the same."""
    depots = (Depot("depot", "depot"), Depot("yard", "yard"))
    vehicles = (
        Vehicle("a", "tipper", "depot", SHIFT, "yard"),
        Vehicle("b", "tipper", "yard", SHIFT, "depot"),
    )
    moved = replace(problem, depots=depots, vehicles=vehicles)
    return asymmetric(moved, draw)


def weighing(problem: DayProblem, draw: Draw) -> DayProblem:
    """Weighing counts once a call at a receiver, so that calling together is worth a detour."""
    receivers = tuple(
        replace(row, weighing_s=int(draw.integers(1, 90)) * 60) for row in problem.receivers
    )
    collections = tuple(
        replace(row, weighing_s=int(draw.integers(1, 30)) * 60) for row in problem.collections
    )
    return replace(problem, receivers=receivers, collections=collections)


def bodies(problem: DayProblem, _: Draw) -> DayProblem:
    """Ash rides in a tanker alone, slag in a tipper or a flatbed."""
    other = {"ash": frozenset({Body.TANKER}), "slag": frozenset({Body.TIPPER, Body.FLATBED})}
    kinds = (
        replace(tipper(30_000, "tanker"), body=Body.TANKER),
        replace(tipper(12_000, "flatbed"), body=Body.FLATBED, fen_per_km=300),
    )
    return replace(
        problem,
        materials=tuple(replace(row, bodies=other[row.id]) for row in problem.materials),
        vehicle_types=kinds,
        vehicles=(*fleet(1, "tanker"), *fleet(1, "flatbed")),
    )


def priorities(problem: DayProblem, draw: Draw) -> DayProblem:
    """Some loads must go, others only if they cost less than they are worth."""
    worth = [None, *(int(draw.integers(50, 600)) * 100 for _ in problem.collections[1:])]
    rows = tuple(
        replace(row, skip_fen=skip) for row, skip in zip(problem.collections, worth, strict=True)
    )
    return short_shifts(replace(problem, collections=rows), draw)


def asymmetric(problem: DayProblem, draw: Draw) -> DayProblem:
    """One-way streets: every direction has its own length and speed, in no triangle's order."""
    travel = problem.travel
    stretch = draw.uniform(0.6, 1.8, travel.distance_m.shape)
    slow = draw.uniform(0.7, 1.5, travel.distance_m.shape)
    metres = (travel.distance_m * stretch).astype(np.int64)
    seconds = (travel.duration_s * stretch * slow).astype(np.int64)
    return replace(problem, travel=TravelMatrix(travel.site_ids, metres, seconds, "one-way"))


FEATURES: tuple[Feature, ...] = (
    breaks, driver_hours, windows, short_shifts, cleaning, segregation, licences, intake, volume,
    several_depots, end_depots, weighing, bodies, priorities, asymmetric,
)  # fmt: skip


def result(day_: Day, plan: Plan) -> Optimum:
    """What the plan leaves out that must go, and what it costs with what else it leaves out."""
    skips = [day_.collections[row.collection].skip_fen for row in plan.unserved]
    paid = sum(skip for skip in skips if skip is not None)
    return Optimum(skips.count(None), plan.cost_fen + paid)


@pytest.mark.parametrize(("seed", "count"), [(0, 3), (1, 3), *((seed, 2) for seed in range(2, 12))])
@pytest.mark.parametrize("feature", [*FEATURES, own_hours], ids=lambda row: row.__name__)
def test_the_plan_is_the_best_of_all_and_the_bound_below_it(
    feature: Feature, seed: int, count: int
) -> None:
    problem = feature(made_up(seed, count), np.random.default_rng(seed + 100))
    plan = solve(problem, Parameters(time_limit_s=60, max_iterations=1_500))
    assert check(problem, plan) == ()
    day_ = Day(problem, plan.loads)
    assert result(day_, plan) == optimum(day_)
    if plan.routes:
        assert plan.bound_fen is not None
        assert plan.bound_fen <= plan.cost_fen


@pytest.mark.parametrize("seed", range(60))
def test_the_bound_is_below_the_least_cost_of_serving_the_same_loads(seed: int) -> None:
    draw = np.random.default_rng(seed + 500)
    problem = made_up(seed + 200)
    for pick in draw.choice(len(FEATURES), 2, replace=False):
        problem = FEATURES[int(pick)](problem, draw)
    day_ = Day.of(problem)
    served = frozenset(int(load) for load in np.flatnonzero(draw.random(len(day_.loads)) < 0.8))
    least = optimum(day_, served)
    bound_fen = lower_bound_fen(day_, sorted(served), time.perf_counter() + 60)
    if least is not None and served:
        assert bound_fen is not None
        assert bound_fen <= least.cost_fen


def test_the_bound_holds_where_a_way_round_is_quicker_than_the_way() -> None:
    points = {"depot": (0, 0), "first": (10, 0), "second": (20, 0), "works": (30, 0)}
    first = Collection("first", "first", "ash", 9_000, ("works",))
    second = Collection("second", "second", "ash", 9_000, ("works",))
    shut = replace(second, windows=(Window(0, SHIFT.opens_s + 1_200),))
    works = Receiver("works", "works", windows=(Window(0, SHIFT.opens_s + 1_800),))
    problem = day(points, [first, shut], [works], vehicles=fleet(1))
    duration_s = problem.travel.duration_s.copy()
    duration_s[0, 2] = 1_201
    travel = replace(problem.travel, duration_s=duration_s)
    plan = solve(replace(problem, travel=travel), Parameters(time_limit_s=60, max_iterations=200))
    # The gate at 20 km shuts after 20 minutes, the works after 30. The road to that gate takes a
    # second longer than 20 minutes, but not by way of the first pit, and then all is in time.
    # 60 km at 5 yuan and 100 yuan for the day.
    assert (plan.unserved, plan.cost_fen) == ((), 40_000)
    assert plan.bound_fen is not None
    assert plan.bound_fen <= 40_000


def test_the_bound_is_the_cost_where_trucks_run_full_both_ways() -> None:
    points = {"depot": (0, 0), "east": (40, 0)}
    there = Collection("there", "depot", "ash", 30_000, ("east",))
    back = Collection("back", "east", "ash", 30_000, ("west",))
    receivers = [Receiver("east", "east"), Receiver("west", "depot")]
    problem = day(points, [there, back], receivers, vehicles=fleet(1))
    plan = solve(problem, Parameters(time_limit_s=60, max_iterations=200))
    # 80 km at 5 yuan and 100 yuan for the day: one truck at least must go out, and no kilometre is
    # empty. The bound gives a fen away to rounding.
    assert plan.cost_fen == 50_000
    assert plan.bound_fen is not None
    assert 49_999 <= plan.bound_fen <= 50_000


@pytest.mark.parametrize(("worth_fen", "cost_fen"), [(46_000, 0), (50_000, 48_000)])
def test_a_load_worth_its_driving_goes_only_if_it_is_worth_its_day(
    worth_fen: int, cost_fen: int
) -> None:
    points = {"depot": (0, 0), "pit": (30, 0)}
    ash = Collection("ash", "pit", "ash", 9_000, ("works",), loading_s=HOUR, skip_fen=worth_fen)
    kinds = (tipper(fen_per_h=4000),)
    problem = day(points, [ash], [Receiver("works", "depot")], vehicles=fleet(1), types=kinds)
    # 60 km at 5 yuan, an hour at 40 yuan and 100 yuan for the day are 440 yuan of driving, and the
    # hour of loading makes it 480.
    for seed in (1, 2, 3):
        plan = solve(problem, Parameters(time_limit_s=60, seed=seed, max_iterations=10))
        assert (check(problem, plan), plan.cost_fen) == ((), cost_fen)
