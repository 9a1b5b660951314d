"""Why a load is left out: what is said would do does, and a unit less does not."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest

from routing.day import Day
from routing.explain import explain
from routing.hand import tasks_of
from routing.insertion import intake_left_kg
from routing.locks import BoundDay
from routing.orders import Order
from routing.parameters import Parameters
from routing.plan import Obstacle, Plan, Reason, Route, Unserved
from routing.problem import (
    Collection,
    DayProblem,
    DriverHours,
    Receiver,
    Segregation,
    Vehicle,
    VehicleType,
    Window,
)
from routing.schedule import Task, timetable
from routing.solve import solve
from tests.routing.days import HOUR, day, fleet
from tests.routing.hands import written
from tests.routing.test_operate_properties import made_up

LINE = {"depot": (0, 0), "near": (10, 0), "mid": (20, 0), "far": (30, 0), "works": (40, 0)}


def left(problem: DayProblem, work: Mapping[str, Sequence[str]]) -> Unserved:
    (row,) = written(problem, work).plan.unserved
    return row


def told(row: Unserved) -> tuple[Reason, int | None, int | None, int | None, str]:
    return row.reason, row.value, row.limit, row.relaxation, row.subject


def lot(name: str, kg: int = 10_000, **members: object) -> Collection:
    row = Collection(f"c-{name}", name, "ash", kg, ("works",))
    return replace(row, **members)  # type: ignore[arg-type]


def on_the_line(
    rows: Sequence[Collection], works: Receiver | None = None, **members: object
) -> DayProblem:
    works = works or Receiver("works", "works")
    return day(LINE, rows, [works], vehicles=fleet(1), **members)  # type: ignore[arg-type]


def test_a_full_receiver_is_named_with_the_tonnes_it_lacks() -> None:
    works = Receiver("works", "works", daily_intake_kg=15_000)
    row = left(
        on_the_line([lot("near"), lot("mid")], works),
        {"tipper0": ["c-near#1", "c-near#1>works"]},
    )
    assert told(row) == (Reason.RECEIVER_INTAKE, 20_000, 15_000, 5_000, "works")
    assert (row.vehicle, row.also) == ("tipper0", None)


def test_of_two_limits_that_bind_at_once_both_are_named_and_neither_alone() -> None:
    # Loading takes nine hours: two such days are more than a shift, and the works takes but one.
    rows = [lot("near", 30_000, loading_s=9 * HOUR), lot("mid", 30_000, loading_s=9 * HOUR)]
    works = Receiver("works", "works", daily_intake_kg=30_000)
    row = left(on_the_line(rows, works), {"tipper0": ["c-near#1", "c-near#1>works"]})
    # Out 40 km, back to mid 20, there again 20, home 40: two hours of driving and 18 of loading.
    assert told(row) == (Reason.FLEET_BUSY, 26 * HOUR, 18 * HOUR, 8 * HOUR, "tipper0")
    intake = Obstacle(Reason.RECEIVER_INTAKE, 60_000, 30_000, 30_000, "kg", "works")
    assert row.also == intake


def test_cargo_that_may_not_share_the_truck_is_named_where_hours_would_be_many() -> None:
    road = {"depot": (0, 0), "near": (10, 0), "mid": (20, 0), "works": (200, 0)}
    rows = [lot("near"), replace(lot("mid"), material="slag")]
    # 400 km with both are 6 h 40 min and a rest; two trips are 760 km.
    shift = Window(6 * HOUR, 13 * HOUR)
    problem = day(
        road,
        rows,
        [Receiver("works", "works")],
        vehicles=fleet(1, shift=shift),
        segregations=[Segregation("ash", "slag", 60)],
    )
    row = left(problem, {"tipper0": ["c-near#1", "c-near#1>works"]})
    assert told(row) == (Reason.SEGREGATION, None, None, None, "ash")
    assert (row.vehicle, row.also, row.tried) == ("tipper0", None, True)


def test_a_long_wash_is_told_by_how_much_shorter_it_would_have_to_be() -> None:
    rows = [lot("near", 30_000), replace(lot("mid", 30_000), material="slag")]
    apart = [Segregation("ash", "slag", 24 * HOUR)]
    row = left(on_the_line(rows, segregations=apart), {"tipper0": ["c-near#1", "c-near#1>works"]})
    # Two hours on the road leave ten for the wash.
    assert told(row) == (Reason.SEGREGATION, 10 * HOUR, 24 * HOUR, 14 * HOUR, "ash")


def test_a_pit_that_opens_too_late_is_told_how_much_sooner() -> None:
    rows = [lot("mid", windows=(Window(17 * HOUR + 1800, 18 * HOUR),))]
    row = left(on_the_line(rows), {})
    # From mid over the works home are 60 km: for 18:00 loading begins at 17:00.
    until_s = 17 * HOUR
    assert told(row) == (Reason.COLLECTION_WINDOW, until_s, until_s + 1800, 1800, "c-mid")


def test_hours_at_the_wheel_that_two_trips_pass_are_named() -> None:
    hours = DriverHours(daily_drive_s=7_000)
    rows = [lot("near", 30_000), lot("mid", 30_000)]
    row = left(on_the_line(rows, hours=hours), {"tipper0": ["c-near#1", "c-near#1>works"]})
    # 40 km out, 20 back to mid, 20 again, 40 home.
    assert told(row) == (Reason.DRIVER_HOURS, 7_200, 7_000, 200, "tipper0")


def test_the_gate_of_a_load_that_would_come_later_is_named() -> None:
    # Far is reached as it shuts, and near, five minutes' work, lies on the way but opens at 6:10.
    rows = [
        lot("near", loading_s=300, windows=(Window(6 * HOUR + 600, 9 * HOUR),)),
        lot("far", windows=(Window(6 * HOUR, 6 * HOUR + 1800),)),
    ]
    shift = Window(6 * HOUR, 7 * HOUR + 1500)
    problem = replace(on_the_line(rows), vehicles=fleet(1, shift=shift))
    row = left(problem, {"tipper0": ["c-far#1", "c-far#1>works"]})
    shut_s = 6 * HOUR + 1800
    assert told(row) == (Reason.COLLECTION_WINDOW, shut_s + 300, shut_s, 300, "c-far")


def test_a_truck_that_is_full_on_the_way_is_told_by_what_it_lacks() -> None:
    rows = [lot("near", 22_000), lot("mid")]
    road = LINE | {"works": (200, 0)}
    shift = Window(6 * HOUR, 13 * HOUR)
    works = Receiver("works", "works")
    problem = day(road, rows, [works], vehicles=fleet(1, shift=shift))
    row = left(problem, {"tipper0": ["c-near#1", "c-near#1>works"]})
    assert told(row) == (Reason.MASS, 32_000, 30_000, 2_000, "tipper")
    assert row.vehicle == "tipper0"


def at_one_second(intake_kg: int | None = None, skip_fen: int | None = None) -> Unserved:
    """Two cargoes that never share; each may be loaded, and unloaded, at about seven only."""
    at = (Window(7 * HOUR, 7 * HOUR),)
    row_of = {"ash": lot("mid", 30_000, windows=at), "slag": lot("far", 30_000, windows=at)}
    rows = [replace(row, material=name) for name, row in row_of.items()]
    rows[1] = replace(rows[1], skip_fen=skip_fen)
    works = Receiver("works", "works", (Window(7 * HOUR, 7 * HOUR + 1200),), 0, 0, intake_kg)
    shift = Window(6 * HOUR, 8 * HOUR)
    problem = replace(
        on_the_line(rows, works, segregations=[Segregation("ash", "slag", 1800)]),
        vehicles=fleet(1, shift=shift),
    )
    return left(problem, {"tipper0": ["c-mid#1", "c-mid#1>works"]})


def test_one_more_truck_is_proposed_with_its_hours_when_no_one_limit_would_do() -> None:
    row = at_one_second()
    assert told(row) == (Reason.FLEET_BUSY, None, None, None, "")
    assert (row.vehicle, row.also, row.spare) == ("", None, "tipper0")
    # It leaves for far, half an hour away, at 6:30, and is back 70 min after seven's loading began,
    # less the 20 min that are not driven twice.
    assert row.spare_s == (6 * HOUR + 1800, 7 * HOUR + 3000)


def test_one_more_truck_is_proposed_before_half_a_shift_more() -> None:
    # The day truck loads for nine hours at the one gate, five at the other. Whichever came first,
    # the other would have to be open four hours longer; the night truck leaves at eight.
    rows = [
        lot("near", 30_000, loading_s=9 * HOUR, windows=(Window(6 * HOUR, 7 * HOUR),)),
        lot("mid", 30_000, loading_s=5 * HOUR, windows=(Window(6 * HOUR, 10 * HOUR),)),
    ]
    night = replace(fleet(1, shift=Window(20 * HOUR, 30 * HOUR))[0], id="night0")
    problem = replace(on_the_line(rows), vehicles=(*fleet(1), night))
    row = left(problem, {"tipper0": ["c-near#1", "c-near#1>works"]})
    assert told(row) == (Reason.FLEET_BUSY, None, None, None, "")
    assert (row.vehicle, row.also, row.spare) == ("", None, "tipper0")


def test_what_one_more_truck_asks_for_besides_is_told_with_it() -> None:
    # 80 km at 5 yuan and 100 yuan a day are 500 yuan.
    price = Obstacle(Reason.NOT_WORTH, 50_000, 40_000, 10_000, "fen", "tipper0")
    full = Obstacle(Reason.RECEIVER_INTAKE, 60_000, 35_000, 25_000, "kg", "works")
    for row, also in ((at_one_second(skip_fen=40_000), price), (at_one_second(35_000), full)):
        assert told(row) == (Reason.FLEET_BUSY, None, None, None, "")
        assert (row.vehicle, row.spare, row.also) == ("", "tipper0", also)
    # With both, and a truck, they are three things at once.
    row = at_one_second(35_000, 40_000)
    assert (row.spare, row.relaxation) == ("", None)
    assert told(row)[:3] == (Reason.RECEIVER_INTAKE, 60_000, 35_000)
    assert row.also == replace(price, relaxation=None)


def test_without_time_the_first_broken_limit_is_told_as_not_looked_into() -> None:
    problem = on_the_line([lot("near")], replace(Receiver("works", "works"), daily_intake_kg=1))
    (row,) = explain(Day.of(problem), [], (0,), until=time.perf_counter())
    assert told(row) == (Reason.RECEIVER_INTAKE, 10_000, 1, None, "works")
    assert not row.tried


def test_without_time_one_more_truck_is_told_where_the_fleet_is_busy() -> None:
    day = Day.of(on_the_line([lot("near")]))
    (row,) = explain(day, [], (0,), until=time.perf_counter())
    # Ten minutes out, half an hour to the works, 40 min home, leaving at six.
    assert (row.reason, row.tried) == (Reason.FLEET_BUSY, False)
    assert (row.spare, row.spare_s) == ("tipper0", (6 * HOUR, 7 * HOUR + 1200))


def inserted(day: Day, orders: Sequence[Order], load: int) -> Iterator[Route]:
    """Every place for the load with the other loads where they are, on every truck."""
    room = intake_left_kg(day, orders)
    work = {row.vehicle.id: row.tasks for row in orders}
    for vehicle in day.problem.vehicles:
        tasks = work.get(vehicle.id, ())
        if not day.fits(vehicle, load):
            continue
        for receiver in day.allowed[load]:
            if room.get(receiver, 10**9) < day.loads[load].mass_kg:
                continue
            for first in range(len(tasks) + 1):
                for last in range(first, len(tasks) + 1):
                    put = (*tasks[first:last], Task(load, receiver), *tasks[last:])
                    route = timetable(day, vehicle, (*tasks[:first], Task(load), *put))
                    if isinstance(route, Route):
                        yield route


def eased(windows: tuple[Window, ...], row: Obstacle, by: int) -> tuple[Window, ...]:
    """The window that closes (or opens) at the limit closes later (or opens sooner)."""
    assert row.value is not None
    assert row.limit is not None
    if row.value > row.limit:
        at = next(i for i, window in enumerate(windows) if window.closes_s == row.limit)
        other = Window(windows[at].opens_s, row.limit + by)
    else:
        at = next(i for i, window in enumerate(windows) if window.opens_s == row.limit)
        other = Window(row.limit - by, windows[at].closes_s)
    return (*windows[:at], other, *windows[at + 1 :])


def given_way(problem: DayProblem, row: Obstacle, by: int, material: str) -> DayProblem:
    """The day with the limit that is told given way, written down anew from what is told."""
    match row.reason:
        case Reason.RECEIVER_INTAKE:
            return _receiver(problem, row, daily_intake_kg=(row.limit or 0) + by)
        case Reason.RECEIVER_WINDOW:
            (gate,) = (r for r in problem.receivers if r.id == row.subject)
            return _receiver(problem, row, windows=eased(gate.windows, row, by))
        case Reason.DRIVER_HOURS:
            hours = replace(problem.hours, daily_drive_s=(row.limit or 0) + by)
            return replace(problem, hours=hours)
        case Reason.SEGREGATION:
            return _apart(problem, row, by, {row.subject, material})
        case _:
            return _truck_or_pit(problem, row, by)


def _truck_or_pit(problem: DayProblem, row: Obstacle, by: int) -> DayProblem:
    def truck(other: Vehicle) -> Vehicle:
        (shift,) = eased((other.shift,), row, by)
        return replace(other, shift=shift)

    def pit(other: Collection) -> Collection:
        return replace(other, windows=eased(other.windows, row, by))

    def kind(other: VehicleType) -> VehicleType:
        return replace(other, capacity_kg=other.capacity_kg + by)

    name = row.subject
    if row.reason in {Reason.SHIFT, Reason.FLEET_BUSY}:
        trucks = tuple(truck(v) if v.id == name else v for v in problem.vehicles)
        return replace(problem, vehicles=trucks)
    if row.reason is Reason.COLLECTION_WINDOW:
        pits = tuple(pit(c) if c.id == name else c for c in problem.collections)
        return replace(problem, collections=pits)
    assert row.reason is Reason.MASS, row
    kinds = tuple(kind(t) if t.id == name else t for t in problem.vehicle_types)
    return replace(problem, vehicle_types=kinds)


def _receiver(problem: DayProblem, row: Obstacle, **members: object) -> DayProblem:
    gates = tuple(
        replace(r, **members) if r.id == row.subject else r  # type: ignore[arg-type]
        for r in problem.receivers
    )
    return replace(problem, receivers=gates)


def _apart(problem: DayProblem, row: Obstacle, by: int, pair: set[str]) -> DayProblem:
    mine = [r for r in problem.segregations if {r.one, r.other} == pair]
    rest = [r for r in problem.segregations if r not in mine]
    if row.unit:
        rest += [replace(r, cleaning_s=r.cleaning_s - by) for r in mine]
    elif not by:
        rest += mine
    return replace(problem, segregations=tuple(rest))


def orders_of(day: Day, plan: Plan) -> list[Order]:
    trucks = {row.id: row for row in day.problem.vehicles}
    return [
        Order(trucks[route.vehicle], tuple(tasks_of(BoundDay(day.problem, day.loads), route.stops)))
        for route in plan.routes
    ]


def served(
    problem: DayProblem,
    plan: Plan,
    row: Unserved,
    steps: Sequence[tuple[Obstacle, int]],
    within_fen: int | None = None,
) -> bool:
    """Whether some place takes the load, for no more than that."""
    before_fen = {route.vehicle: route.cost_fen for route in plan.routes}
    day = Day(problem, plan.loads)
    load = day.load_index[row.load]
    orders = orders_of(day, plan)
    for limit, by in steps:
        problem = given_way(problem, limit, by, day.loads[load].material)
    other = Day(problem, plan.loads)
    trucks = {truck.id: truck for truck in problem.vehicles}
    moved = [Order(trucks[order.vehicle.id], order.tasks) for order in orders]
    return any(
        within_fen is None or route.cost_fen - before_fen.get(route.vehicle, 0) <= within_fen
        for route in inserted(other, moved, load)
    )


def main(row: Unserved) -> Obstacle:
    return Obstacle(row.reason, row.value, row.limit, row.relaxation, row.unit, row.subject)


def holds_exactly(problem: DayProblem, plan: Plan, row: Unserved) -> str:
    """Assert that what is told is so; returns what kind of thing it was."""
    price = row.also is not None and row.also.reason is Reason.NOT_WORTH
    if row.reason is Reason.NOT_WORTH:
        assert served(problem, plan, row, [])
        return "price"
    assert not served(problem, plan, row, [])
    if row.spare_s is not None:
        spare = replace(
            next(truck for truck in problem.vehicles if truck.id == row.spare),
            id="spare",
            shift=Window(*row.spare_s),
        )
        more = replace(problem, vehicles=(*problem.vehicles, spare))
        full = row.also if row.also is not None and not row.vehicle and not price else None
        besides = [] if full is None else [(full, full.relaxation or 0)]
        assert served(more, plan, row, besides)
        assert full is None or not served(more, plan, row, [(full, (full.relaxation or 0) - 1)])
        if not row.vehicle:
            return "truck"
    steps = [main(row)] + ([row.also] if row.also is not None and not price else [])
    by = [step.relaxation if step.unit else 1 for step in steps]
    known = [amount for amount in by if amount is not None]
    if len(known) < len(steps):
        return "several"
    price_fen = {c.id: c.skip_fen for c in problem.collections}[row.collection]
    within_fen = price_fen if len(steps) == 1 and not price else None
    assert served(problem, plan, row, list(zip(steps, known, strict=True)), within_fen)
    for at in range(len(steps)):
        less = [amount - (i == at) for i, amount in enumerate(known)]
        assert not served(problem, plan, row, list(zip(steps, less, strict=True)), within_fen)
    return "one" if len(steps) == 1 else "two"


@pytest.mark.parametrize("seed", range(40))
def test_what_is_told_would_do_and_a_unit_less_would_not(seed: int) -> None:
    problem = crowded(seed)
    plan = solve(problem, Parameters(time_limit_s=60, max_iterations=100))
    for row in plan.unserved:
        assert row.tried
        holds_exactly(problem, plan, row)


def crowded(seed: int) -> DayProblem:
    """A day with everything in it and hardly a truck for it."""
    problem = made_up(seed, 6)
    draw = np.random.default_rng(seed)
    first, *others = problem.vehicles
    hours = problem.hours
    if draw.random() < 0.3:
        hours = replace(hours, daily_drive_s=int(draw.integers(60, 300)) * 60)
    trucks = (first, *others[: int(draw.integers(2))])
    return replace(problem, vehicles=trucks, hours=hours)
