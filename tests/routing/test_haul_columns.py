"""First plans of full loads: hand-made days, and days drawn whose orders must all be drivable."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace

from bench.route_day import made_up_day
from routing.day import Day
from routing.haul_columns import full_truck_orders
from routing.haul_day import layout
from routing.orders import Order
from routing.plan import Route
from routing.problem import Collection, Receiver, Segregation, Window
from routing.schedule import timetable
from tests.routing.days import HOUR, day, fleet


def planned(day_: Day) -> list[Order]:
    return full_truck_orders(layout(day_), time.perf_counter() + 60, lambda: False)


def loads_of(orders: list[Order]) -> Counter[int]:
    return Counter(task.load for order in orders for task in order.tasks if task.receiver is None)


def test_loads_both_ways_are_chained_where_one_shift_holds_no_more() -> None:
    points = {"west": (0, 0), "depot": (0, 0.001), "east": (40, 0)}
    collections = [
        Collection("there", "west", "ash", 60_000, ("east",)),
        Collection("back", "east", "ash", 60_000, ("west",)),
    ]
    receivers = [Receiver("east", "east"), Receiver("west", "west")]
    # There and back is 80 km, 80 min; two rounds take 160 min and a shift of 190 min has 20 min
    # set aside for a rest. Without the way back loaded, four loads would take 320 min.
    shift = Window(6 * HOUR, 6 * HOUR + 190 * 60)
    day_ = Day.of(day(points, collections, receivers, vehicles=fleet(1, shift=shift)))
    (order,) = planned(day_)
    assert len(order.tasks) == 8
    route = timetable(day_, order.vehicle, order.tasks)
    assert isinstance(route, Route)
    assert route.empty_m <= 5


def test_washing_between_neighbours_is_reckoned_with() -> None:
    points = {"depot": (0, 0), "pit": (30, 0)}
    collections = [
        Collection("a", "pit", "acid", 30_000, ("works",)),
        Collection("b", "pit", "alkali", 30_000, ("works",)),
    ]
    rule = (Segregation("acid", "alkali", HOUR),)
    # Two rounds of an hour and an hour of washing: three hours, and a rest set aside.
    tight = fleet(1, shift=Window(6 * HOUR, 9 * HOUR + 1190))
    args = (points, collections, [Receiver("works", "depot")])
    assert len(loads_of(planned(Day.of(day(*args, vehicles=tight, segregations=rule))))) == 1
    ample = fleet(1, shift=Window(6 * HOUR, 9 * HOUR + 1200))
    assert len(loads_of(planned(Day.of(day(*args, vehicles=ample, segregations=rule))))) == 2


def test_orders_of_a_drawn_day_are_drivable_and_bring_each_load_once() -> None:
    day_ = Day.of(made_up_day(seed=3, flows=10, small=10, trucks=8))
    orders = planned(day_)
    brought = loads_of(orders)
    assert max(brought.values()) == 1
    assert all(day_.loads[load].collection.startswith("plant") for load in brought)
    assert len({order.vehicle.id for order in orders}) == len(orders)
    for order in orders:
        assert isinstance(timetable(day_, order.vehicle, order.tasks), Route)
    # Six tippers of eight or nine loads each; the fifty loads are drawn to be about as many.
    assert len(brought) >= 45


def test_a_day_without_full_loads_has_no_such_plan() -> None:
    points = {"depot": (0, 0), "shop": (30, 0)}
    small = Collection("a", "shop", "scrap", 3_000, ("works",))
    problem = day(points, [small], [Receiver("works", "depot")])
    assert planned(Day.of(problem)) == []
    assert planned(Day.of(replace(problem, vehicles=()))) == []


def test_receivers_take_no_more_than_their_intake() -> None:
    points = {"depot": (0, 0), "pit": (10, 0), "near": (20, 0), "far": (60, 0)}
    ash = Collection("ash", "pit", "ash", 300_000, ("near", "far"))

    def taken(*receivers: Receiver) -> Counter[int | None]:
        day_ = Day.of(day(points, [ash], receivers, vehicles=fleet(6)))
        return Counter(task.receiver for order in planned(day_) for task in order.tasks)

    # Ten loads of 30 t. The near works has room for three, the far one for any number or for two.
    near, far = Receiver("near", "near", daily_intake_kg=100_000), Receiver("far", "far")
    open_ = taken(near, far)
    assert open_[None] == 10
    assert open_[0] <= 3
    limited = taken(near, replace(far, daily_intake_kg=60_000))
    assert (limited[0], limited[1]) == (3, 2)
