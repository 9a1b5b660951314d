"""What is left of a day as a day of its own, which the planner can work on like any other.

What a truck on the road has done is told as work of its own. It takes something up, for as long as
its day had lasted before it last rested and drove on, and brings it to where it next stands free:
over a way with the metres of all it has driven and the seconds it has been at the wheel since that
rest. Whatever else its body still has of follows there at no time, and so does what is on board. No
way leads back; matrices need not be symmetric. So its clock, hours, washes and cost come out as
`routing.schedule.continued` has them, to the second and the fen. Loads and trucks that may not
change are left out, and so is the receivers' intake that they use.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from routing.blockers import Begun
from routing.hand import Hand, Truck
from routing.locks import BoundDay
from routing.orders import Order
from routing.plan import Load
from routing.problem import (
    DAY_S,
    Body,
    Collection,
    DayProblem,
    Depot,
    Material,
    Receiver,
    Vehicle,
    VehicleType,
    Window,
)
from routing.schedule import Task
from routing.travel import TravelMatrix

# Longer than any limit gives way: what takes so long is out of the question.
_NEVER_S = 10 * DAY_S
# What is in a body that has just been washed.
_NOTHING = Material("@", frozenset(Body))


@dataclass(frozen=True, slots=True)
class Remainder:
    """The open part of a hand. `number[i]` is the hand's number of load i of `day`.

    Loads of `day` beyond these stand for what is done.
    """

    day: BoundDay
    orders: tuple[Order, ...]
    number: tuple[int, ...]
    begun: Begun

    def tasks(self, orders: Iterable[Order]) -> dict[str, tuple[Task, ...]]:
        """Read orders of the remainder back as what each open truck has still to do."""
        return {
            row.vehicle.id: tuple(
                replace(task, load=self.number[task.load])
                for task in row.tasks
                if task.load < len(self.number)
                and (task.receiver is not None or task.load not in self.begun.done)
            )
            for row in orders
        }


def remainder(hand: Hand) -> Remainder:
    """Cut the open part out of the hand."""
    return _Part(hand, tuple(row for row in hand.trucks if not row.held)).remainder()


@dataclass(frozen=True)
class _Part:
    """The trucks of a hand that may change, and what they and the loads left out become."""

    hand: Hand
    trucks: tuple[Truck, ...]

    def remainder(self) -> Remainder:
        day = BoundDay(
            self.problem(), self.loads, self.bound, self.rested_s, self.hand.day.unwashed
        )
        cost_fen = {row.vehicle.id: row.route.cost_fen for row in self.trucks if row.route}
        free = [i for i, load in enumerate(self.number) if load not in self.aboard]
        done = frozenset(range(len(self.loads))) - frozenset(free)
        begun = Begun(self.hand.situation.now_s or 0, tuple(self.fleet()), done, cost_fen)
        return Remainder(day, tuple(self.orders(day)), self.number, begun)

    @cached_property
    def away(self) -> list[Truck]:
        return [row for row in self.trucks if row.done]

    @cached_property
    def aboard(self) -> dict[int, Truck]:
        """The truck of each load that is on board of one by now."""
        return {
            task.load: row
            for row in self.trucks
            for task in row.tasks
            if task.receiver is not None and Task(task.load) not in row.tasks
        }

    @cached_property
    def number(self) -> tuple[int, ...]:
        to_do = {task.load for row in self.trucks for task in row.tasks}
        return tuple(sorted(to_do | set(self.hand.left_out)))

    @cached_property
    def past(self) -> dict[Load, Truck]:
        """One load for each cargo that a body still has of; the first tells of its hours too."""
        rows = {}
        for truck in self.away:
            day = self.hand.day
            on_board = {day.loads[i].material for i, row in self.aboard.items() if row is truck}
            residue = truck.residue(day)
            cargoes = sorted(residue - on_board) or sorted(residue)[:1] or [_NOTHING.id]
            for number, material in enumerate(cargoes):
                name = f"{_stand(truck)}#{number}"
                rows[Load(name, name, number, material, 1, 0)] = truck
        return rows

    @cached_property
    def loads(self) -> tuple[Load, ...]:
        rows = ((load, self.hand.day.loads[load]) for load in self.number)
        own = (
            replace(cargo, collection=_own(cargo.id)) if load in self.aboard else cargo
            for load, cargo in rows
        )
        return (*own, *self.past)

    @property
    def bound(self) -> dict[int, str]:
        settled = dict(self.hand.day.bound) | {i: row.vehicle.id for i, row in self.aboard.items()}
        bound = {i: settled[load] for i, load in enumerate(self.number) if load in settled}
        past = enumerate(self.past.values(), start=len(self.number))
        return bound | {i: truck.vehicle.id for i, truck in past}

    @property
    def rested_s(self) -> dict[str, int]:
        """Seconds at the wheel before each truck's last rest."""
        return {
            row.vehicle.id: sum(stop.drive_s for stop in row.done) - self.at_wheel_s(row)
            for row in self.away
        }

    def at_wheel_s(self, truck: Truck) -> int:
        return truck.at_wheel_s(self.hand.day.hours(truck.vehicle).rest_s)

    def fleet(self) -> Iterator[Vehicle]:
        """Yield the day's trucks as they would be with nothing done yet, from now on."""
        now_s = self.hand.situation.now_s or 0
        for row in self.hand.situation.problem.vehicles:
            if row.shift.closes_s >= now_s:
                shift = Window(max(row.shift.opens_s, now_s), row.shift.closes_s)
                yield replace(row, shift=shift)

    def problem(self) -> DayProblem:
        problem, away = self.hand.day.problem, self.away
        where = {row.id: row for row in problem.sites}
        sites = [
            replace(where[row.done[-1].site or ""], id=name)
            for row in away
            for name in (_own(row.vehicle.id), _stand(row))
        ]
        washed = any(load.material == _NOTHING.id for load in self.past)
        return replace(
            problem,
            sites=(*problem.sites, *sites),
            depots=(*problem.depots, *(Depot(site.id, site.id) for site in sites[::2])),
            materials=(*problem.materials, _NOTHING) if washed else problem.materials,
            receivers=(*self.receivers(), *map(_where_free, away)),
            collections=(*problem.collections, *self.on_board(), *self.done()),
            vehicle_types=tuple(map(_taking_nothing, problem.vehicle_types)),
            vehicles=tuple(map(_vehicle, self.trucks)),
            travel=self.travel(),
        )

    def done(self) -> Iterator[Collection]:
        """Yield what stands for the past; the first of a truck takes it up to its last rest."""
        for load, truck in self.past.items():
            free_s, stand = truck.done[-1].depart_s, _stand(truck)
            row = Collection(load.id, stand, load.material, 1, (stand,), windows=_always(free_s))
            if not load.number:
                left_s = truck.done[0].depart_s
                row = replace(
                    row,
                    site=_own(truck.vehicle.id),
                    loading_s=free_s - self.at_wheel_s(truck) - left_s,
                    # A late truck leaves after now on paper; its shift could not begin sooner.
                    windows=(Window(left_s, free_s),),
                )
            yield row

    def on_board(self) -> Iterator[Collection]:
        day = self.hand.day
        for load, truck in self.aboard.items():
            put = next(row for row in truck.tasks if row.load == load and row.receiver is not None)
            yield replace(
                day.collection(load),
                id=_own(day.loads[load].id),
                site=_stand(truck),
                receivers=(day.receiver(put.receiver or 0).id,),
                loading_s=0,
                weighing_s=0,
                windows=_always(truck.done[-1].depart_s),
                skip_fen=None,
            )

    def receivers(self) -> Iterator[Receiver]:
        """Leave each receiver the intake that the loads outside do not use."""
        hand, inside = self.hand, {row.id for row in self.loads}
        taken: Counter[str] = Counter()
        for truck in hand.trucks:
            for stop in truck.route.stops if truck.route else ():
                for name in stop.loads if stop.receiver is not None else ():
                    if name not in inside:
                        taken[stop.receiver or ""] += hand.mass_kg(hand.day.load_index[name])
        for row in hand.day.problem.receivers:
            limit_kg = row.daily_intake_kg
            yield replace(
                row, daily_intake_kg=None if limit_kg is None else limit_kg - taken[row.id]
            )

    def travel(self) -> TravelMatrix:
        travel, size = self.hand.day.problem.travel, len(self.hand.day.problem.sites)
        stands = [travel.index(row.done[-1].site or "") for row in self.away for _ in range(2)]
        every = [*range(size), *stands]
        metres = travel.distance_m[np.ix_(every, every)].copy()
        seconds = travel.duration_s[np.ix_(every, every)].copy()
        ends_s = max((row.vehicle.shift.closes_s for row in self.trucks), default=0)
        metres[:, size:] = seconds[:, size:] = ends_s + _NEVER_S
        np.fill_diagonal(metres, 0)
        np.fill_diagonal(seconds, 0)
        for own, row in zip(range(size, len(every), 2), self.away, strict=True):
            metres[own, own + 1] = sum(stop.distance_m for stop in row.done)
            seconds[own, own + 1] = self.at_wheel_s(row)
        names = (name for row in self.away for name in (_own(row.vehicle.id), _stand(row)))
        return TravelMatrix((*travel.site_ids, *names), metres, seconds, travel.source)

    def orders(self, day: BoundDay) -> Iterator[Order]:
        """Yield the hand's own tasks as the search's start, behind what stands for the past."""
        inside = {load: i for i, load in enumerate(self.number)}
        for vehicle, truck in zip(day.problem.vehicles, self.trucks, strict=True):
            past = [i for i, load in enumerate(day.loads) if self.past.get(load) is truck]
            stand = day.receiver_index.get(_stand(truck))
            tasks = [task for i in past for task in (Task(i), Task(i, stand))]
            tasks += [Task(inside[load]) for load, row in self.aboard.items() if row is truck]
            tasks += [replace(task, load=inside[task.load]) for task in truck.tasks]
            if tasks:
                yield Order(vehicle, tuple(tasks))


def _own(name: str) -> str:
    """Name the place of a truck, or the collection of a load, that stands for itself alone."""
    return f"@{name}"


def _stand(truck: Truck) -> str:
    """Name the place where the truck next stands free."""
    return f"@@{truck.vehicle.id}"


def _where_free(truck: Truck) -> Receiver:
    return Receiver(_stand(truck), _stand(truck), _always(truck.done[-1].depart_s))


def _always(until_s: int) -> tuple[Window, ...]:
    return (Window(0, until_s),)


def _vehicle(truck: Truck) -> Vehicle:
    row = truck.vehicle
    if not truck.done:
        return row
    shift = Window(truck.done[0].depart_s, row.shift.closes_s)
    return replace(row, depot=_own(row.id), end_depot=row.ends_at, shift=shift)


def _taking_nothing(kind: VehicleType) -> VehicleType:
    if kind.materials is None:
        return kind
    return replace(kind, materials=kind.materials | {_NOTHING.id})
