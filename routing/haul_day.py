"""Lays a planning day out for the compiled haul search, and reads its tours back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing.compiled import generator
from routing.day import Call, Day
from routing.haul import LOAD, Floats, Ints, Jobs, Plan, Rules, Trucks, empty_plan
from routing.orders import Order
from routing.problem import Vehicle, Window
from routing.schedule import Task

# What trucks of one class have in common: `Vehicle.like`.
Alike = tuple[str, str, str, Window]
# What leaving out a load costs that must go if it can: above any day's work, in fen.
MUST_GO_FEN = 1e10
# Longest tour in tasks. A truck that loads and unloads 160 times in a shift has nine minutes each.
WIDEST_TOUR = 320
NEIGHBOURS = 400
# The compiled search keeps what is aboard as bits of one word.
MOST_MATERIALS = 62


@dataclass(frozen=True, slots=True)
class Layout:
    """The dense day, with the names needed to read tours back; trucks are sorted by class."""

    day: Day
    vehicles: tuple[Vehicle, ...]
    tasks: tuple[Task, ...]
    jobs: Jobs
    trucks: Trucks
    rules: Rules

    @property
    def width(self) -> int:
        return min(2 * len(self.day.loads), WIDEST_TOUR) + 2

    def empty(self, seed: int) -> Plan:
        return empty_plan(self.jobs, self.trucks, self.rules, generator(seed), self.width)

    def orders(self, plan: Plan) -> list[Order]:
        """Read the best tours."""
        orders = []
        for truck, size in enumerate(plan.best_size.tolist()):
            if size:
                tasks = tuple(self.tasks[task] for task in plan.best_tour[truck, :size].tolist())
                orders.append(Order(self.vehicles[truck], tasks))
        return orders

    def left_out(self, plan: Plan) -> Ints:
        """Find the loads that the best tours do not carry."""
        in_tour = np.arange(plan.best_tour.shape[1]) < plan.best_size[:, None]
        carried = self.jobs.whole[plan.best_tour[in_tour], LOAD]
        return np.setdiff1d(np.arange(len(self.day.loads), dtype=np.int64), carried)

    def start_from(self, plan: Plan, orders: Sequence[Order]) -> None:
        """Write the orders in as the best tours; `haul_moves.restore` then makes them current."""
        number = {task: i for i, task in enumerate(self.tasks)}
        truck_of = {vehicle.id: i for i, vehicle in enumerate(self.vehicles)}
        plan.best_size[:] = 0
        for order in orders:
            truck = truck_of[order.vehicle.id]
            plan.best_size[truck] = len(order.tasks)
            plan.best_tour[truck, : len(order.tasks)] = [number[task] for task in order.tasks]


def layout(day: Day) -> Layout:
    """Build the dense arrays; interchangeable vehicles are of one class."""
    vehicles = tuple(sorted(day.problem.vehicles, key=lambda row: (row.like, row.id)))
    classes: dict[Alike, int] = {}
    for row in vehicles:
        classes.setdefault(row.like, len(classes))
    tasks = [Task(load) for load in range(len(day.loads))]
    drops = [len(tasks)]
    for load, allowed in enumerate(day.allowed):
        tasks += [Task(load, receiver) for receiver in allowed]
        drops.append(len(tasks))
    jobs = _jobs(day, tuple(tasks), drops, vehicles, classes)
    return Layout(day, vehicles, tuple(tasks), jobs, _trucks(day, vehicles, classes), _rules(day))


def _jobs(
    day: Day,
    tasks: tuple[Task, ...],
    drops: list[int],
    vehicles: tuple[Vehicle, ...],
    classes: dict[Alike, int],
) -> Jobs:
    travel = day.problem.travel
    material = {row.id: i for i, row in enumerate(day.problem.materials)}
    windows: list[tuple[int, int]] = []
    spans: dict[tuple[Window, ...], tuple[int, int]] = {}
    calls: dict[Call, int] = {}
    whole: list[tuple[int, ...]] = []
    real: list[tuple[float, ...]] = []
    for task in tasks:
        load, collection = day.loads[task.load], day.collection(task.load)
        kind = material[load.material]
        if task.receiver is None:
            gate, site, call = collection.windows, collection.site, -1
            work_s = collection.loading_s + collection.weighing_s
            real.append((load.mass_kg, load.volume_l, work_s, 0))
        else:
            receiver = day.receiver(task.receiver)
            gate, site = day.put_windows(task.load, receiver), receiver.site
            call = calls.setdefault(day.call(task.load, task.receiver), len(calls))
            unrounded_s = receiver.weighing_s + receiver.unload_s_per_t * load.mass_kg / 1000
            real.append((-load.mass_kg, -load.volume_l, unrounded_s, receiver.weighing_s))
        if gate not in spans:
            spans[gate] = (len(windows), len(windows) + len(gate))
            windows += [(row.opens_s, row.closes_s) for row in gate]
        place = travel.index(site)
        receiver_number = -1 if task.receiver is None else task.receiver
        whole.append((place, task.load, int(call >= 0), receiver_number, kind, *spans[gate], call))
    may = np.zeros((len(day.loads), max(1, len(classes))), dtype=np.int64)
    for vehicle in vehicles:
        number = classes[vehicle.like]
        may[:, number] = [day.fits(vehicle, load) for load in range(len(day.loads))]
    skips = [day.collection(load).skip_fen for load in range(len(day.loads))]
    penalty = [MUST_GO_FEN if skip is None else min(skip, MUST_GO_FEN) for skip in skips]
    places = np.array([row[0] for row in whole], dtype=np.int64)
    up, down = places[: len(day.loads)], places[np.array(drops[:-1])]
    return Jobs(
        np.array(whole, dtype=np.int64),
        np.array(real, dtype=np.float64),
        np.array(windows, dtype=np.float64),
        np.array(drops, dtype=np.int64),
        may,
        np.array(penalty, dtype=np.float64),
        related(up, down, travel.distance_m.astype(np.float64)),
    )


def related(up: Ints, down: Ints, distance: Floats) -> Ints:
    """For each load the loads it could share a trip or follow one with, nearest first.

    Two loads are near when one can be fetched soon after the other is brought, or when both their
    ends lie close together.
    """
    keep = min(len(up), NEIGHBOURS)
    rows = np.empty((len(up), keep), dtype=np.int64)
    for load in range(len(up)):
        chain = np.minimum(distance[down[load], up], distance[down, up[load]])
        both = distance[up[load], up] + distance[down[load], down]
        apart = np.minimum(chain, both)
        apart[load] = -1.0
        rows[load] = np.argsort(apart, kind="stable")[:keep]
    return rows


def _trucks(day: Day, vehicles: tuple[Vehicle, ...], classes: dict[Alike, int]) -> Trucks:
    travel = day.problem.travel
    unlimited_l = 1.0 + sum(load.volume_l for load in day.loads)
    real, whole = [], []
    for row in vehicles:
        kind = day.kind(row)
        room_l = unlimited_l if kind.capacity_l is None else kind.capacity_l
        shift = (row.shift.opens_s, row.shift.closes_s)
        hours = day.hours(row)
        daily_s = np.inf if hours.daily_drive_s is None else hours.daily_drive_s
        limits = (*shift, hours.continuous_drive_s, hours.rest_s, daily_s)
        real.append((kind.capacity_kg, room_l, kind.fixed_fen, kind.fen_per_h / 3600, *limits))
        ends = (travel.index(day.start_site(row)), travel.index(day.end_site(row)))
        whole.append((classes[row.like], *ends))
    cost = np.zeros((max(1, len(classes)), *travel.distance_m.shape))
    for (name, *_), number in classes.items():
        kind = day.types[name]
        cost[number] = travel.distance_m * (kind.fen_per_km / 1000)
        cost[number] += travel.duration_s * (kind.fen_per_h / 3600)
    return Trucks.of(
        np.array(real, dtype=np.float64).reshape(-1, 9),
        np.array(whole, dtype=np.int64).reshape(-1, 3),
        cost,
        travel.duration_s.astype(np.float64),
    )


def _rules(day: Day) -> Rules:
    names = [row.id for row in day.problem.materials]
    size = len(names) if day.problem.segregations else 0
    cleaning = np.full((size, size), -1.0)
    position = {name: i for i, name in enumerate(names)}
    for (one, other), seconds in day.cleaning_s.items():
        cleaning[position[one], position[other]] = seconds
    intake = [
        np.inf if row.daily_intake_kg is None else row.daily_intake_kg
        for row in day.problem.receivers
    ]
    return Rules(cleaning, np.array(intake, dtype=np.float64))
