"""What there is to assign to days: alike loads of each source, and who could bring them where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from routing.day import Day
from routing.horizon import HorizonProblem, Tank
from routing.loads import split_collections
from routing.plan import Load, Route
from routing.problem import Collection, DayProblem, Vehicle
from routing.schedule import Task, timetable


@dataclass(frozen=True, slots=True)
class Parcel:
    """Alike loads of one source, which may leave on `days`; `most` of them (None: a tank's)."""

    collection: Collection
    mass_kg: int
    volume_l: int
    days: range
    most: int | None

    @property
    def source(self) -> str:
        return self.collection.id


@dataclass(frozen=True, slots=True)
class Option:
    """A parcel and one receiver it may go to, with the trucks that could bring it in a day.

    `pool`: trucks of one pool share cargo with each other, directly or by way of others; trucks of
    two pools never do. `vehicles` empty: no truck can, even on an empty day.
    """

    parcel: int
    receiver: int
    vehicles: frozenset[str]
    pool: int


Assignment = Mapping[tuple[int, int], int]
"""Loads by (option, day)."""


@dataclass(frozen=True)
class Offers:
    """The problem cut into parcels and options; both go by their position."""

    problem: HorizonProblem
    parcels: tuple[Parcel, ...]
    options: tuple[Option, ...]

    @staticmethod
    def of(problem: HorizonProblem) -> Offers:
        parcels = (*_dated_parcels(problem), *_tank_parcels(problem))
        return Offers(problem, parcels, _options(problem, parcels))

    def collection_id(self, option: Option) -> str:
        """Name what goes to one receiver on one day: the source, and of several where it goes."""
        collection = self.parcels[option.parcel].collection
        if len(collection.receivers) == 1:
            return collection.id
        return f"{collection.id}-{self.problem.day.receivers[option.receiver].id}"

    def open_days(self, option: Option) -> list[int]:
        """Return the days on which neither end is shut, whatever the dates."""
        sites = {
            self.parcels[option.parcel].collection.site,
            self.problem.day.receivers[option.receiver].site,
        }
        shut = {day for row in self.problem.closures if row.site in sites for day in row.days}
        return [day for day in range(self.problem.days) if day not in shut]

    def most_a_day(self, option: Option) -> int:
        """Return how many loads could go in a day: a collection's, or a full tank's."""
        parcel = self.parcels[option.parcel]
        return parcel.collection.mass_kg // parcel.mass_kg if parcel.most is None else parcel.most

    def day(self, assigned: Assignment, day: int, vehicles: frozenset[str]) -> DayProblem:
        """Build the problem of one day from the loads it was given and the trucks it has."""
        mass_kg: Counter[str] = Counter()
        volume_l: Counter[str] = Counter()
        rows: dict[str, Collection] = {}
        for position, option in enumerate(self.options):
            count = assigned.get((position, day), 0)
            if count:
                parcel, name = self.parcels[option.parcel], self.collection_id(option)
                mass_kg[name] += count * parcel.mass_kg
                volume_l[name] += count * parcel.volume_l
                receiver = self.problem.day.receivers[option.receiver].id
                rows[name] = replace(parcel.collection, id=name, receivers=(receiver,))
        collections = [
            replace(row, mass_kg=mass_kg[name], volume_l=volume_l[name], skip_fen=None)
            for name, row in rows.items()
        ]
        return self.problem.day_with(collections, vehicles)

    def cut_masses(self, assigned: Assignment, day: int) -> Counter[tuple[str, int]]:
        """Return how many loads of each collection and mass the day should be cut into."""
        wanted: Counter[tuple[str, int]] = Counter()
        for position, option in enumerate(self.options):
            count = assigned.get((position, day), 0)
            if count:
                wanted[self.collection_id(option), self.parcels[option.parcel].mass_kg] += count
        return wanted


def _dated_parcels(problem: HorizonProblem) -> Iterable[Parcel]:
    for row in problem.dated:
        loads = split_collections(problem.day_with([row.collection]))
        counted = Counter((load.mass_kg, _volume_l(row.collection, load.mass_kg)) for load in loads)
        for (mass_kg, volume_l), count in counted.items():
            days = range(row.earliest_day, row.latest_day + 1)
            yield Parcel(row.collection, mass_kg, volume_l, days, count)


def _tank_parcels(problem: HorizonProblem) -> Iterable[Parcel]:
    for tank in problem.tanks:
        load = _one_load(problem, tank)
        volume_l = _volume_l(tank.collection, load.mass_kg)
        yield Parcel(tank.collection, load.mass_kg, volume_l, range(problem.days), None)


def _one_load(problem: HorizonProblem, tank: Tank) -> Load:
    """Return the load a tank is emptied by: the fleet's full truckload, or the whole small tank."""
    heaviest_kg = max((kind.capacity_kg for kind in problem.day.vehicle_types), default=1)
    mass_kg = min(tank.room_kg, heaviest_kg)
    part = replace(tank.collection, mass_kg=mass_kg, volume_l=_volume_l(tank.collection, mass_kg))
    return split_collections(problem.day_with([part]))[0]


def _volume_l(collection: Collection, mass_kg: int) -> int:
    """Return a part's share of the volume, rounded up."""
    return -(-collection.volume_l * mass_kg // collection.mass_kg)


def _options(problem: HorizonProblem, parcels: tuple[Parcel, ...]) -> tuple[Option, ...]:
    """Try every parcel alone on a truck of each kind; put trucks that share cargo into pools."""
    rows = [
        replace(row.collection, id=str(i), mass_kg=row.mass_kg, volume_l=row.volume_l)
        for i, row in enumerate(parcels)
    ]
    base = problem.day_with(rows)
    day = Day(base, tuple(_whole(i, parcel) for i, parcel in enumerate(parcels)))
    kinds: dict[object, list[Vehicle]] = {}
    for vehicle in base.vehicles:
        kinds.setdefault((vehicle.type, vehicle.depot, vehicle.shift), []).append(vehicle)
    found = []
    for load in range(len(parcels)):
        for receiver in day.allowed[load]:
            able = [
                group
                for group in kinds.values()
                if day.fits(group[0], load)
                and isinstance(timetable(day, group[0], (Task(load), Task(load, receiver))), Route)
            ]
            names = frozenset(row.id for group in able for row in group)
            found.append(Option(load, receiver, names, 0))
    return _pooled(found)


def _whole(position: int, parcel: Parcel) -> Load:
    name = str(position)
    material = parcel.collection.material
    return Load(f"{name}#1", name, 1, material, parcel.mass_kg, parcel.volume_l)


def _pooled(options: list[Option]) -> tuple[Option, ...]:
    pools: list[set[str]] = []
    for option in options:
        if option.vehicles:
            joined = set(option.vehicles).union(*(p for p in pools if p & option.vehicles))
            pools = [p for p in pools if not p & option.vehicles]
            pools.append(joined)
    ordered = sorted(pools, key=min)
    pool_of = {name: i for i, pool in enumerate(ordered) for name in pool}
    return tuple(
        replace(row, pool=pool_of[min(row.vehicles)] if row.vehicles else -1) for row in options
    )
