"""An independent reading of a plan of several days; it knows no solver and no levels code.

Each day is read by `routing.check`; here the days are held against each other and the horizon:
the same roads and trucks every day, gates and rosters, dates, levels, intake and what is missed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from routing.check import Fault as DayFault
from routing.check import check
from routing.horizon import (
    DayPlan,
    HorizonPlan,
    HorizonProblem,
    HorizonStatus,
    Level,
    Shortfall,
    Tank,
    Yard,
)
from routing.loads import split_collections
from routing.problem import Collection

_FRAME = (
    "sites",
    "depots",
    "materials",
    "receivers",
    "vehicle_types",
    "travel",
    "segregations",
    "hours",
)


class FaultCode(StrEnum):
    DAYS = "days"
    FRAME = "frame"
    DAY = "day"
    LEFT_OUT = "left_out"
    SOURCE = "source"
    ROSTER = "roster"
    CLOSED = "closed"
    DATE = "date"
    LEVEL = "level"
    UNMET = "unmet"
    COST = "cost"
    BOUND = "bound"


Fault = tuple[FaultCode, str, str]


@dataclass(frozen=True, slots=True)
class StoreReading:
    """A store's level as trucks can move it; ``beyond_kg`` is what does not stand, or fit, there.

    It is told day by day: what a morning lacks of a tank, what finds no room in a yard.
    """

    level: Level
    beyond_kg: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Miss:
    """What is not kept: all of a store or a collection, from which day on, how much."""

    kind: Shortfall
    subject: str
    day: int
    mass_kg: int


def read_tank(tank: Tank, taken_kg: Sequence[int]) -> StoreReading:
    """Roll a tank forward by what is taken, day by day."""
    level, held, evening, missed = tank.opening_kg, list[int](), list[int](), list[int]()
    for inflow_kg, wanted_kg in zip(tank.inflow_kg, taken_kg, strict=True):
        held.append(min(wanted_kg, level))
        wished_kg = level - held[-1] + inflow_kg
        level = min(wished_kg, tank.room_kg)
        evening.append(level)
        missed.append(wished_kg - level)
    surplus_kg = 0 if tank.closing_kg is None else max(0, level - tank.closing_kg)
    levels = tuple(evening), tuple(held), tuple(missed)
    return StoreReading(
        Level(tank.id, tank.opening_kg, *levels, surplus_kg), _beyond(taken_kg, held)
    )


def read_yard(yard: Yard, brought_kg: Sequence[int]) -> StoreReading:
    """Roll a yard forward by what is brought, day by day."""
    level, fitted, evening, missed = yard.opening_kg, list[int](), list[int](), list[int]()
    for use_kg, wanted_kg in zip(yard.use_kg, brought_kg, strict=True):
        fitted.append(min(wanted_kg, yard.room_kg - level))
        used_kg = min(use_kg, level + fitted[-1] - yard.minimum_kg)
        level += fitted[-1] - used_kg
        evening.append(level)
        missed.append(use_kg - used_kg)
    levels = tuple(evening), tuple(fitted), tuple(missed)
    return StoreReading(Level(yard.receiver, yard.opening_kg, *levels), _beyond(brought_kg, fitted))


def _beyond(wanted_kg: Sequence[int], moved_kg: Sequence[int]) -> tuple[int, ...]:
    return tuple(one - other for one, other in zip(wanted_kg, moved_kg, strict=True))


def misses(
    problem: HorizonProblem,
    tanks: Sequence[Level],
    yards: Sequence[Level],
    left_kg: Mapping[str, int],
) -> Iterator[Miss]:
    """Yield all that is missed, by the levels and by what no day fetches of the collections."""
    for kind, levels in ((Shortfall.OVERFLOW, tanks), (Shortfall.SHORTAGE, yards)):
        for level in levels:
            if any(level.missed_kg):
                day = next(day for day, kg in enumerate(level.missed_kg) if kg)
                yield Miss(kind, level.store, day, sum(level.missed_kg))
    for level in tanks:
        if level.surplus_kg:
            yield Miss(Shortfall.SURPLUS, level.store, problem.days - 1, level.surplus_kg)
    for row in problem.dated:
        kg = left_kg[row.collection.id]
        if kg > 0:
            yield Miss(Shortfall.LATE, row.collection.id, row.latest_day, kg)


def check_horizon(problem: HorizonProblem, plan: HorizonPlan) -> tuple[Fault, ...]:
    """Every way in which the plan breaks the problem, as (code, where, detail)."""
    if len(plan.days) != problem.days:
        return ((FaultCode.DAYS, "plan", f"{len(plan.days)} days of {problem.days}"),)
    return tuple(_Reader(problem, plan).faults())


class _Reader:
    def __init__(self, problem: HorizonProblem, plan: HorizonPlan) -> None:
        self.problem = problem
        self.plan = plan
        self.sources = {row.collection.id: row.collection for row in problem.dated}
        self.sources |= {row.collection.id: row.collection for row in problem.tanks}
        self.out_kg: dict[str, list[int]] = defaultdict(lambda: [0] * problem.days)
        self.in_kg: dict[str, list[int]] = defaultdict(lambda: [0] * problem.days)
        self.tanks: list[Level] = []
        self.yards: list[Level] = []
        self.left_kg: dict[str, int] = {}
        self.missed_kg: Counter[tuple[Shortfall, str]] = Counter()

    def faults(self) -> Iterator[Fault]:
        for number, day in enumerate(self.plan.days):
            yield from self._day(number, day)
        yield from self._rosters()
        yield from self._tanks()
        yield from self._yards()
        yield from self._dates()
        yield from self._unmet()
        yield from self._cost()

    def _day(self, number: int, day: DayPlan) -> Iterator[Fault]:
        where = f"day {number}"
        for name in _FRAME:
            mine, its = getattr(self.problem.day, name), getattr(day.problem, name)
            if mine is not its and mine != its:
                yield FaultCode.FRAME, where, f"has other {name}"
        if not set(day.problem.vehicles) <= set(self.problem.day.vehicles):
            yield FaultCode.FRAME, where, "has other vehicles"
        faults: tuple[DayFault, ...] = check(day.problem, day.plan)
        for fault in faults:
            yield FaultCode.DAY, f"{where}, {fault.where}", fault.detail
        for left in day.plan.unserved:
            yield FaultCode.LEFT_OUT, where, f"{left.load} is on no truck"
        for collection in day.problem.collections:
            yield from self._source(number, collection)
        shut = {row.site for row in self.problem.closures if number in row.days}
        for route in day.plan.routes:
            for stop in route.stops:
                if stop.loads and stop.site in shut:
                    yield FaultCode.CLOSED, where, f"{route.vehicle} works at {stop.site}"

    def _source(self, number: int, collection: Collection) -> Iterator[Fault]:
        """Find the tank or dated collection that a day's collection is a part of."""
        where = f"day {number}, {collection.id}"
        receiver = collection.receivers[0]
        several = collection.id.removesuffix(f"-{receiver}")
        source = self.sources.get(collection.id) or self.sources.get(several)
        if source is None or len(collection.receivers) != 1 or receiver not in source.receivers:
            yield FaultCode.SOURCE, where, "comes from no tank or collection of the horizon"
            return
        for name in ("site", "material", "loading_s", "weighing_s", "windows"):
            if getattr(source, name) != getattr(collection, name):
                yield FaultCode.SOURCE, where, f"has another {name}"
        if collection.volume_l * source.mass_kg < source.volume_l * collection.mass_kg:
            yield FaultCode.SOURCE, where, f"is only {collection.volume_l} l"
        self.out_kg[source.id][number] += collection.mass_kg
        self.in_kg[receiver][number] += collection.mass_kg

    def _rosters(self) -> Iterator[Fault]:
        worked: dict[str, list[int]] = defaultdict(list)
        for number, day in enumerate(self.plan.days):
            for route in day.plan.routes:
                worked[route.vehicle].append(number)
        for roster in self.problem.rosters:
            days = worked[roster.vehicle]
            if roster.off_days & set(days):
                yield FaultCode.ROSTER, roster.vehicle, f"works on days {days}"
            if roster.most_days is not None and len(days) > roster.most_days:
                detail = f"works {len(days)} days of {roster.most_days}"
                yield FaultCode.ROSTER, roster.vehicle, detail

    def _tanks(self) -> Iterator[Fault]:
        stated = {row.store: row for row in self.plan.tanks}
        for tank in self.problem.tanks:
            found = read_tank(tank, self.out_kg[tank.id])
            self.tanks.append(found.level)
            for day, kg in enumerate(found.beyond_kg):
                if kg:
                    detail = f"{kg} kg more are taken than stand there"
                    yield FaultCode.LEVEL, f"tank {tank.id}, day {day}", detail
            if stated.get(tank.id) != found.level:
                yield FaultCode.LEVEL, f"tank {tank.id}", f"the levels are {found.level}"

    def _yards(self) -> Iterator[Fault]:
        stated = {row.store: row for row in self.plan.yards}
        for yard in self.problem.yards:
            found = read_yard(yard, self.in_kg[yard.receiver])
            self.yards.append(found.level)
            for day, kg in enumerate(found.beyond_kg):
                if kg:
                    detail = f"{kg} kg more are brought than find room"
                    yield FaultCode.LEVEL, f"yard {yard.receiver}, day {day}", detail
            if stated.get(yard.receiver) != found.level:
                yield FaultCode.LEVEL, f"yard {yard.receiver}", f"the levels are {found.level}"

    def _dates(self) -> Iterator[Fault]:
        for row in self.problem.dated:
            name = row.collection.id
            going = {day for day, kg in enumerate(self.out_kg[name]) if kg}
            for day in going - set(range(row.earliest_day, row.latest_day + 1)):
                yield FaultCode.DATE, name, f"goes on day {day}"
            left_kg = row.collection.mass_kg - sum(self.out_kg[name])
            self.left_kg[name] = left_kg
            if left_kg < 0:
                yield FaultCode.DATE, name, f"{-left_kg} kg too much are fetched"

    def _unmet(self) -> Iterator[Fault]:
        stated: Counter[tuple[Shortfall, str]] = Counter()
        for row in self.plan.unmet:
            stated[row.kind, row.subject] += row.mass_kg
        for miss in misses(self.problem, self.tanks, self.yards, self.left_kg):
            self.missed_kg[miss.kind, miss.subject] = miss.mass_kg
        for key in self.missed_kg.keys() | stated.keys():
            if stated[key] != self.missed_kg[key]:
                detail = f"{stated[key]} kg stated, {self.missed_kg[key]} missed"
                yield FaultCode.UNMET, " ".join(key), detail
        if (self.plan.status is HorizonStatus.COMPLETE) != (not stated):
            yield FaultCode.UNMET, "plan", f"is called {self.plan.status}"

    def _cost(self) -> Iterator[Fault]:
        """Add up what is missed at a price; collections are paid by the load."""
        priced_fen = 0
        for tank in self.problem.tanks:
            kg = self.missed_kg[Shortfall.OVERFLOW, tank.id]
            kg += self.missed_kg[Shortfall.SURPLUS, tank.id]
            priced_fen += -(-kg * (tank.overflow_fen_per_t or 0) // 1000)
        for yard in self.problem.yards:
            kg = self.missed_kg[Shortfall.SHORTAGE, yard.receiver]
            priced_fen += -(-kg * (yard.shortage_fen_per_t or 0) // 1000)
        for row in self.problem.dated:
            loads = self._loads_left(row.collection)
            priced_fen += loads * (row.collection.skip_fen or 0)
        if self.plan.priced_fen != priced_fen:
            yield FaultCode.COST, "plan", f"{self.plan.priced_fen} fen, should be {priced_fen}"
        bound_fen = self.plan.bound_fen
        if bound_fen > self.plan.cost_fen:
            yield FaultCode.BOUND, "plan", f"{bound_fen} fen, above the cost {self.plan.cost_fen}"

    def _loads_left(self, collection: Collection) -> int:
        """Count the loads of a collection that no day fetches: full ones, and perhaps the rest."""
        left_kg = self.left_kg[collection.id]
        loads = split_collections(self.problem.day_with([collection]))
        full_kg, rest_kg = loads[0].mass_kg, loads[-1].mass_kg
        if left_kg % full_kg:
            return 1 + (left_kg - rest_kg) // full_kg
        return left_kg // full_kg
