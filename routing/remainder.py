"""What is left of a day as a day of its own, which the search can plan like any other.

A truck on the road starts from where it will next stand free: a place of its own in the matrix,
from which every way is the way from there and to which every way is the way to the truck's depot.
Matrices need not be symmetric, so nothing is lost. Its hours at the wheel are put before the first
leg, and what its day costs anyway is taken off it. What it has on board is a load to be taken up
there at once. Loads and trucks that may not change are left out, and so is the receivers' intake
that they use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from routing.hand import Hand, Truck
from routing.locks import BoundDay
from routing.orders import Order
from routing.plan import Load, Plan, StopKind
from routing.problem import (
    Collection,
    DayProblem,
    Depot,
    Receiver,
    Site,
    Vehicle,
    VehicleType,
    Window,
)
from routing.schedule import Task
from routing.travel import TravelMatrix

# What leaving out a load costs the search that must go but is on no truck yet: more than any day's
# driving, and a tenth of what a load costs that is on board or locked to its truck.
_FREE_FEN = 10**9


@dataclass(frozen=True, slots=True)
class Remainder:
    """The open part of a hand. `number[i]` is the hand's number of load i of `day`."""

    day: BoundDay
    orders: tuple[Order, ...]
    number: tuple[int, ...]

    def tasks(self, hand: Hand, plan: Plan) -> dict[str, tuple[Task, ...]]:
        """Read a plan of the remainder back as what each open truck has still to do."""
        found: dict[str, tuple[Task, ...]] = {}
        for route in plan.routes:
            started = hand.by_id[route.vehicle].started
            tasks: list[Task] = []
            for stop in route.stops:
                receiver = None if stop.receiver is None else hand.day.receiver_index[stop.receiver]
                tasks += [
                    Task(hand.day.load_index[name], receiver)
                    for name in stop.loads
                    if stop.kind is StopKind.UNLOAD or name not in started
                ]
            found[route.vehicle] = tuple(tasks)
        return found


def remainder(hand: Hand) -> Remainder:
    """Cut the open part out of the hand."""
    open_trucks = [row for row in hand.trucks if not row.held]
    number = _open_loads(hand, open_trucks)
    aboard = {task.load: row for row in open_trucks for task in row.tasks if _aboard(row, task)}
    bound = {
        i: aboard[load].vehicle.id if load in aboard else hand.day.bound[load]
        for i, load in enumerate(number)
        if load in aboard or load in hand.day.bound
    }
    loads = tuple(
        replace(hand.day.loads[load], collection=_own(hand.day.loads[load].id))
        if load in aboard
        else hand.day.loads[load]
        for load in number
    )
    day = BoundDay(_problem(hand, open_trucks, aboard, loads), loads, bound)
    orders = tuple(_orders(day, open_trucks, number, aboard))
    return Remainder(day, orders, number)


def _aboard(truck: Truck, task: Task) -> bool:
    """Whether the task puts down what the truck has on board by now."""
    return task.receiver is not None and Task(task.load) not in truck.tasks


def _open_loads(hand: Hand, trucks: Sequence[Truck]) -> tuple[int, ...]:
    to_do = {task.load for row in trucks for task in row.tasks}
    return tuple(sorted(to_do | set(hand.left_out)))


def _own(name: str) -> str:
    """Name the place of a truck, or the collection of a load, that stands for itself alone."""
    return f"@{name}"


def _problem(
    hand: Hand, trucks: Sequence[Truck], aboard: dict[int, Truck], loads: tuple[Load, ...]
) -> DayProblem:
    problem = hand.day.problem
    away = [row for row in trucks if row.done]
    idle = {row.vehicle.id for row in away}
    sites = tuple(
        Site(_own(row.vehicle.id), place.latitude_deg, place.longitude_deg)
        for row in away
        for place in problem.sites
        if place.id == row.done[-1].site
    )
    depots = tuple(Depot(_own(row.vehicle.id), _own(row.vehicle.id)) for row in away)
    return replace(
        problem,
        sites=(*problem.sites, *sites),
        depots=(*problem.depots, *depots),
        receivers=_receivers(hand, loads),
        collections=(*_collections(hand), *_on_board(hand, aboard)),
        vehicle_types=(*problem.vehicle_types, *_paid(hand, away)),
        vehicles=tuple(_vehicle(hand, row, away=row.vehicle.id in idle) for row in trucks),
        travel=_travel(hand, away),
    )


def _collections(hand: Hand) -> list[Collection]:
    locked = {hand.day.loads[load].collection for load in hand.day.bound}
    return [
        replace(row, skip_fen=_FREE_FEN) if row.skip_fen is None and row.id not in locked else row
        for row in hand.day.problem.collections
    ]


def _vehicle(hand: Hand, truck: Truck, *, away: bool) -> Vehicle:
    row = truck.vehicle
    if not away:
        return row
    shift = Window(_start_s(hand, truck), row.shift.closes_s)
    own = _own(row.id)
    return replace(row, type=f"{row.type}@{row.id}", depot=own, end_depot=None, shift=shift)


def _start_s(hand: Hand, truck: Truck) -> int:
    """When the truck would have left to come free now, had it driven its hours without a halt."""
    return truck.done[-1].depart_s - truck.at_wheel_s(hand.day.hours(truck.vehicle).rest_s)


def _paid(hand: Hand, away: Sequence[Truck]) -> list[VehicleType]:
    """Types of trucks that are out already: the day's fixed cost is spent."""
    return [
        replace(hand.day.kind(row.vehicle), id=f"{row.vehicle.type}@{row.vehicle.id}", fixed_fen=0)
        for row in away
    ]


def _on_board(hand: Hand, aboard: dict[int, Truck]) -> list[Collection]:
    rows = []
    for load, truck in aboard.items():
        put = next(row for row in truck.tasks if row.load == load and row.receiver is not None)
        free_s = _start_s(hand, truck)
        rows.append(
            replace(
                hand.day.collection(load),
                id=_own(hand.day.loads[load].id),
                site=_own(truck.vehicle.id),
                receivers=(hand.day.receiver(put.receiver or 0).id,),
                loading_s=0,
                weighing_s=0,
                windows=(Window(free_s, free_s),),
                skip_fen=None,
            )
        )
    return rows


def _receivers(hand: Hand, loads: tuple[Load, ...]) -> tuple[Receiver, ...]:
    """Leave each receiver the intake that the loads outside do not use."""
    inside = {row.id for row in loads}
    taken: Counter[str] = Counter()
    for truck in hand.trucks:
        for stop in truck.route.stops if truck.route else ():
            for name in stop.loads if stop.receiver is not None else ():
                if name not in inside:
                    taken[stop.receiver or ""] += hand.mass_kg(hand.day.load_index[name])
    return tuple(
        row
        if row.daily_intake_kg is None
        else replace(row, daily_intake_kg=row.daily_intake_kg - taken[row.id])
        for row in hand.day.problem.receivers
    )


def _travel(hand: Hand, away: Sequence[Truck]) -> TravelMatrix:
    travel = hand.day.problem.travel
    stands = [travel.index(row.done[-1].site or "") for row in away]
    homes = [travel.index(hand.day.end_site(row.vehicle)) for row in away]
    size = len(travel.site_ids)
    out, back = [*range(size), *stands], [*range(size), *homes]
    distance_m = travel.distance_m[np.ix_(out, back)].copy()
    duration_s = travel.duration_s[np.ix_(out, back)].copy()
    for at, (row, stand, home) in enumerate(zip(away, stands, homes, strict=True), start=size):
        at_wheel_s = row.done[-1].depart_s - _start_s(hand, row)
        duration_s[at] += at_wheel_s
        idle_m = int(travel.distance_m[stand, home])
        spent_s = at_wheel_s + int(travel.duration_s[stand, home])
        spared_m = _worth_m(hand.day.kind(row.vehicle), idle_m, spent_s)
        distance_m[at] = np.maximum(distance_m[at] - spared_m, 0)
        distance_m[at, at] = duration_s[at, at] = 0
    names = (*travel.site_ids, *(_own(row.vehicle.id) for row in away))
    return TravelMatrix(names, distance_m, duration_s, travel.source)


def _worth_m(kind: VehicleType, metres: int, seconds: int) -> int:
    """Turn what a truck costs anyway into metres, so that its new work is priced as an extra."""
    if not kind.fen_per_km:
        return metres
    return metres + round(seconds * kind.fen_per_h / 3.6 / kind.fen_per_km)


def _orders(
    day: BoundDay,
    trucks: Sequence[Truck],
    number: tuple[int, ...],
    aboard: dict[int, Truck],
) -> list[Order]:
    """Write the hand's own tasks as the search's start, what is on board taken up first."""
    inside = {load: i for i, load in enumerate(number)}
    vehicles = {row.id: row for row in day.problem.vehicles}
    orders = []
    for truck in trucks:
        picks = [Task(inside[load]) for load, row in aboard.items() if row is truck]
        tasks = [replace(task, load=inside[task.load]) for task in truck.tasks]
        if tasks:
            orders.append(Order(vehicles[truck.vehicle.id], (*picks, *tasks)))
    return orders
