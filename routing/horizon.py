"""Several days planned together: what fills up, what is used up, and what has a latest date.

Days count from 0. Levels are read twice a day: what stands in a tank in the morning may be fetched
that day, and what is brought must find room before the day's use is taken off (the timing of
Archetti et al., doi 10.1287/trsc.1060.0188), so that a truck is never sent to a tank that has not
filled yet or to a silo that has not emptied yet. Units as in `routing.problem`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from routing.plan import Plan, Unserved
from routing.problem import Collection, DayProblem, ProblemError

MOST_DAYS = 31


def _require(condition: bool, where: str, fault: str) -> None:
    if not condition:
        raise ProblemError(where, fault)


@dataclass(frozen=True, slots=True)
class Dated:
    """A collection that may go on any days from `earliest_day` to `latest_day`, both included."""

    collection: Collection
    earliest_day: int
    latest_day: int

    def __post_init__(self) -> None:
        where = f"collection {self.collection.id}"
        _require(self.earliest_day >= 0, where, f"earliest day {self.earliest_day}")
        _require(
            self.latest_day >= self.earliest_day,
            where,
            f"latest day {self.latest_day} before earliest day {self.earliest_day}",
        )


@dataclass(frozen=True, slots=True)
class Tank:
    """A producer's tank, silo or yard, emptied by full truckloads.

    `collection` is what a full tank would be: its mass is the room. `inflow_kg` comes in day by
    day. What finds no room is overflow, at `overflow_fen_per_t` (None: it must not happen if it can
    be helped). `closing_kg`: the most that should stand there after the last day; more is a
    surplus, at the same price.
    """

    collection: Collection
    opening_kg: int
    inflow_kg: tuple[int, ...]
    closing_kg: int | None = None
    overflow_fen_per_t: int | None = None

    def __post_init__(self) -> None:
        where = f"tank {self.id}"
        _require(0 <= self.opening_kg <= self.room_kg, where, f"opens with {self.opening_kg} kg")
        _require(min(self.inflow_kg, default=0) >= 0, where, "an inflow is negative")
        closing_kg = self.closing_kg
        _require(closing_kg is None or closing_kg >= 0, where, f"closing level {closing_kg} kg")
        price = self.overflow_fen_per_t
        _require(price is None or price >= 0, where, f"overflow_fen_per_t {price}")

    @property
    def id(self) -> str:
        return self.collection.id

    @property
    def room_kg(self) -> int:
        return self.collection.mass_kg


@dataclass(frozen=True, slots=True)
class Yard:
    """A receiver's yard or silo: `use_kg` goes out day by day, and `minimum_kg` has to stay.

    Use that would go below the minimum is a shortage, at `shortage_fen_per_t` (None: it must not
    happen if it can be helped). A receiver with several yards is several receivers at one site.
    """

    receiver: str
    opening_kg: int
    use_kg: tuple[int, ...]
    room_kg: int
    minimum_kg: int = 0
    shortage_fen_per_t: int | None = None

    def __post_init__(self) -> None:
        where = f"yard {self.receiver}"
        _require(
            0 <= self.minimum_kg <= self.opening_kg <= self.room_kg,
            where,
            f"minimum {self.minimum_kg}, opening {self.opening_kg}, room {self.room_kg} kg",
        )
        _require(min(self.use_kg, default=0) >= 0, where, "a use is negative")
        price = self.shortage_fen_per_t
        _require(price is None or price >= 0, where, f"shortage_fen_per_t {price}")


@dataclass(frozen=True, slots=True)
class Roster:
    """The days on which a truck stays in, and on how many of the others its driver may work."""

    vehicle: str
    off_days: frozenset[int] = frozenset()
    most_days: int | None = None

    def __post_init__(self) -> None:
        most = self.most_days
        _require(most is None or most >= 0, f"roster {self.vehicle}", f"most days {most}")


@dataclass(frozen=True, slots=True)
class Closure:
    """A site whose gate stays shut on some days, to loading and unloading alike."""

    site: str
    days: frozenset[int]


@dataclass(frozen=True, slots=True)
class HorizonProblem:
    """`day` holds what does not change from day to day: sites, roads, receivers, the fleet."""

    days: int
    day: DayProblem
    dated: tuple[Dated, ...] = ()
    tanks: tuple[Tank, ...] = ()
    yards: tuple[Yard, ...] = ()
    rosters: tuple[Roster, ...] = ()
    closures: tuple[Closure, ...] = ()

    def __post_init__(self) -> None:
        _require(1 <= self.days <= MOST_DAYS, "days", f"{self.days}, beyond 1 to {MOST_DAYS}")
        _require(not self.day.collections, "day", "holds collections; they belong to the horizon")
        # A day that holds all of them checks their names once and for all.
        self.day_with(
            [*(row.collection for row in self.dated), *(t.collection for t in self.tanks)]
        )
        for dated in self.dated:
            where = f"collection {dated.collection.id}"
            _require(dated.latest_day < self.days, where, f"latest day {dated.latest_day}")
        for tank in self.tanks:
            _require(len(tank.inflow_kg) == self.days, f"tank {tank.id}", "one inflow a day")
        self._yards()
        self._calendar()

    def _yards(self) -> None:
        receivers = {row.id for row in self.day.receivers}
        _once("yard", (yard.receiver for yard in self.yards))
        for yard in self.yards:
            where = f"yard {yard.receiver}"
            _require(yard.receiver in receivers, where, "no such receiver")
            _require(len(yard.use_kg) == self.days, where, "one use a day")

    def _calendar(self) -> None:
        vehicles = {row.id for row in self.day.vehicles}
        sites = {row.id for row in self.day.sites}
        _once("roster", (roster.vehicle for roster in self.rosters))
        _once("closure", (closure.site for closure in self.closures))
        for roster in self.rosters:
            _require(roster.vehicle in vehicles, f"roster {roster.vehicle}", "no such vehicle")
        for row in self.day.vehicles:
            _require(row.ends_at == row.depot, f"vehicle {row.id}", "does not return to its depot")
        for closure in self.closures:
            _require(closure.site in sites, f"closure {closure.site}", "no such site")
        named = [(f"roster {row.vehicle}", row.off_days) for row in self.rosters]
        named += [(f"closure {row.site}", row.days) for row in self.closures]
        for where, days in named:
            _require(all(0 <= day < self.days for day in days), where, "a day beyond the horizon")

    def day_with(
        self, collections: Iterable[Collection], vehicles: frozenset[str] | None = None
    ) -> DayProblem:
        """Return one day's problem with these collections, and with some of the trucks or all."""
        base = self.day
        trucks = [row for row in base.vehicles if vehicles is None or row.id in vehicles]
        return DayProblem(
            base.sites,
            base.depots,
            base.materials,
            base.receivers,
            tuple(collections),
            base.vehicle_types,
            tuple(trucks),
            base.travel,
            base.segregations,
            base.hours,
        )


def _once(kind: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        _require(name not in seen, f"{kind} {name}", "appears twice")
        seen.add(name)


class HorizonStatus(StrEnum):
    """COMPLETE: nothing overflows, runs short or is late."""

    COMPLETE = "complete"
    PARTIAL = "partial"


class Shortfall(StrEnum):
    OVERFLOW = "overflow"
    SURPLUS = "surplus"
    SHORTAGE = "shortage"
    LATE = "late"


class Blocker(StrEnum):
    """What stands in the way, in the order in which it is tested, each lifted alone.

    ALONE: no truck could bring it on an empty day; `unserved` is the day planner's own reason.
    PRICE: it could be done, but costs more than what it is worth. ROUTES: by hours the trucks would
    do, but no timetable was found that holds it all; `unserved` is what a day's planner says of one
    more load on the day that misses by least. SEVERAL: no single one lifted is enough. UNTRIED: the
    search was stopped, or its time was up, before all were lifted.
    """

    ALONE = "alone"
    PRICE = "price"
    ROUTES = "routes"
    CLOSED = "closed"
    DATES = "dates"
    INTAKE = "intake"
    ROOM = "room"
    FLEET = "fleet"
    STOCK = "stock"
    SEVERAL = "several"
    UNTRIED = "untried"


@dataclass(frozen=True, slots=True)
class Unmet:
    """What could not be kept: which store or collection, when, by how much, and what blocks it.

    `day` is the day of the overflow or shortage, or the latest day of a collection. `relaxation` is
    the least by which the blocker must give way, in `unit` (kg, days, truck-days, loads); None
    where only doing away with it helps. `unserved` says it for a single load.
    """

    kind: Shortfall
    subject: str
    day: int
    mass_kg: int
    blocker: Blocker
    relaxation: int | None = None
    unit: str = ""
    unserved: Unserved | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """A tank's or yard's level in the evening of each day, what trucks moved, and what was missed.

    `missed_kg`: overflow of a tank, shortage of a yard. `surplus_kg`: what stands in a tank above
    its closing level.
    """

    store: str
    opening_kg: int
    evening_kg: tuple[int, ...]
    moved_kg: tuple[int, ...]
    missed_kg: tuple[int, ...]
    surplus_kg: int = 0


@dataclass(frozen=True, slots=True)
class DayPlan:
    """One day of the horizon: the day's own problem and its plan, which leaves nothing out."""

    problem: DayProblem
    plan: Plan


@dataclass(frozen=True, slots=True)
class HorizonPlan:
    """All days. `bound_fen`: no plan that misses no more kilograms than this one costs less.

    `cost_fen` adds up the days' trucks and what is missed at a price; what has no price is in
    `unmet` alone.
    """

    status: HorizonStatus
    days: tuple[DayPlan, ...]
    tanks: tuple[Level, ...]
    yards: tuple[Level, ...]
    unmet: tuple[Unmet, ...]
    priced_fen: int
    bound_fen: int
    seed: int
    rounds: int
    seconds: float

    @property
    def cost_fen(self) -> int:
        return self.priced_fen + sum(day.plan.cost_fen for day in self.days)

    @property
    def distance_m(self) -> int:
        return sum(day.plan.distance_m for day in self.days)

    @property
    def empty_m(self) -> int:
        return sum(day.plan.empty_m for day in self.days)

    @property
    def empty_share(self) -> float:
        return self.empty_m / self.distance_m if self.distance_m else 0.0

    @property
    def served_kg(self) -> int:
        return sum(day.plan.served_kg for day in self.days)
