"""What a planning day consists of: places, cargo, receivers, trucks and the rules of the road.

Units throughout: kilograms, litres, metres, seconds and fen, all integers. Times of day are seconds
since midnight of the planned day, local time; a shift that ends after midnight simply runs past
86,400. Every value is checked when it is built and a fault raises `ProblemError`. The largest that
are taken are far above any day's, and small enough for its sums and products in int64.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import StrEnum

from routing.travel import MOST_TRAVEL, TravelMatrix

DAY_S = 86_400
# Kilograms and litres; fen; and what is per kilometre, hour or tonne.
MOST_AMOUNT = 10**12
MOST_FEN = 10**11
MOST_RATE = 10**7


class ProblemError(ValueError):
    """The problem as stated cannot be planned; `where` names the part that is at fault.

    `field` is the member of that part whose value is at fault, where it is a single one.
    """

    def __init__(self, where: str, fault: str, field: str = "") -> None:
        super().__init__(f"{where}: {fault}")
        self.where = where
        self.fault = fault
        self.field = field


class Body(StrEnum):
    """The kinds of truck body a material may ask for."""

    TANKER = "tanker"
    TIPPER = "tipper"
    FLATBED = "flatbed"
    HAZARDOUS_VAN = "hazardous_van"


def _require(condition: bool, where: str, fault: str) -> None:
    if not condition:
        raise ProblemError(where, fault)


def _within(part: object, where: str, most: int, *names: str, least: int = 0) -> None:
    """See that each of these members, where it has a value, is from `least` to `most`."""
    for name in names:
        value = getattr(part, name)
        if value is not None and not least <= value <= most:
            fault = f"{name} is {_told(value)}; it must be from {least} to {most:,}"
            raise ProblemError(where, fault, name)


def _told(value: float) -> str:
    return f"{value:,}" if abs(value) <= MOST_AMOUNT else f"{value:.3g}"


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """Service may start at any second from `opens_s` to `closes_s`, both included."""

    opens_s: int
    closes_s: int

    def __post_init__(self) -> None:
        _require(self.opens_s >= 0, "window", f"opens at {self.opens_s} s, before midnight")
        _within(self, "window", MOST_TRAVEL, "opens_s", "closes_s")
        _require(
            self.closes_s >= self.opens_s,
            "window",
            f"closes at {self.closes_s} s, before it opens at {self.opens_s} s",
        )


ALL_DAY = (Window(0, 2 * DAY_S),)


@dataclass(frozen=True, slots=True)
class Site:
    """A gate a truck can stand at. Position in WGS-84 degrees."""

    id: str
    latitude_deg: float
    longitude_deg: float
    name: str = ""

    def __post_init__(self) -> None:
        where = f"site {self.id}"
        _require(-90 <= self.latitude_deg <= 90, where, f"latitude {self.latitude_deg}")
        _require(-180 <= self.longitude_deg <= 180, where, f"longitude {self.longitude_deg}")


@dataclass(frozen=True, slots=True)
class Material:
    """A cargo: the bodies that may carry it and the licence its carrier needs, if any."""

    id: str
    bodies: frozenset[Body]
    licence: str | None = None

    def __post_init__(self) -> None:
        _require(bool(self.bodies), f"material {self.id}", "no truck body may carry it")


@dataclass(frozen=True, slots=True)
class Segregation:
    """Two materials that never share a truck; the second needs a clean body after the first.

    `cleaning_s` is spent at the receiver, once the truck is empty. It applies both ways round, and
    to everything carried since the last cleaning, not only to the cargo just before. Any cleaning
    is taken to clear all of that, for whatever cargo comes later.
    """

    one: str
    other: str
    cleaning_s: int = 0

    def __post_init__(self) -> None:
        where = f"segregation {self.one}/{self.other}"
        _require(self.one != self.other, where, "a material cannot be kept apart from itself")
        _within(self, where, MOST_TRAVEL, "cleaning_s")


@dataclass(frozen=True, slots=True)
class Receiver:
    """A place that takes loads. Unloading takes `weighing_s` plus `unload_s_per_t` a tonne."""

    id: str
    site: str
    windows: tuple[Window, ...] = ALL_DAY
    weighing_s: int = 0
    unload_s_per_t: int = 0
    daily_intake_kg: int | None = None

    def __post_init__(self) -> None:
        where = f"receiver {self.id}"
        _require(bool(self.windows), where, "never opens")
        _within(self, where, MOST_TRAVEL, "weighing_s")
        _within(self, where, MOST_RATE, "unload_s_per_t")
        _within(self, where, MOST_AMOUNT, "daily_intake_kg")


@dataclass(frozen=True, slots=True)
class Collection:
    """A mass of one material waiting at a site for any of its allowed receivers.

    More than one truck holds is split into loads (`routing.loads`); `loading_s` and `weighing_s`
    are per load. Leaving a load out costs `skip_fen`; None means it must go if it can. With
    `unload_windows` a receiver takes its loads at those times only, of those at which it is open.
    """

    id: str
    site: str
    material: str
    mass_kg: int
    receivers: tuple[str, ...]
    volume_l: int = 0
    loading_s: int = 0
    weighing_s: int = 0
    windows: tuple[Window, ...] = ALL_DAY
    skip_fen: int | None = None
    unload_windows: tuple[Window, ...] | None = None

    def __post_init__(self) -> None:
        where = f"collection {self.id}"
        _within(self, where, MOST_AMOUNT, "mass_kg", least=1)
        _within(self, where, MOST_AMOUNT, "volume_l")
        _require(bool(self.receivers), where, "has no receiver")
        _require(bool(self.windows), where, "is never open")
        _require(self.unload_windows != (), where, "may never be unloaded")
        _within(self, where, MOST_TRAVEL, "loading_s", "weighing_s")
        _within(self, where, MOST_FEN, "skip_fen")


@dataclass(frozen=True, slots=True)
class DriverHours:
    """Driving limits; the defaults are the road-traffic rule for every motor vehicle.

    Four hours at the wheel, then a stop of 20 minutes: Regulation on the Implementation of the Road
    Traffic Safety Law (State Council Decree 405), article 62 (7). Waiting counts as rest when it
    lasts `rest_s`; loading does not. `daily_drive_s` None: no daily limit beside the shift.
    """

    continuous_drive_s: int = 4 * 3600
    rest_s: int = 20 * 60
    daily_drive_s: int | None = None

    def __post_init__(self) -> None:
        names = ("continuous_drive_s", "daily_drive_s")
        _within(self, "driver hours", MOST_TRAVEL, *names, least=1)
        _within(self, "driver hours", MOST_TRAVEL, "rest_s")


@dataclass(frozen=True, slots=True)
class VehicleType:
    """What a truck can carry and what it costs. `capacity_l` None: volume never binds.

    `co2_g_per_km` None: not known; `co2_empty_g_per_km` None: as much empty as loaded.
    `hours` None: its drivers keep the day's hours.
    """

    id: str
    body: Body
    capacity_kg: int
    capacity_l: int | None = None
    fixed_fen: int = 0
    fen_per_km: int = 0
    fen_per_h: int = 0
    licences: frozenset[str] = frozenset()
    materials: frozenset[str] | None = None
    co2_g_per_km: int | None = None
    co2_empty_g_per_km: int | None = None
    hours: DriverHours | None = None

    def __post_init__(self) -> None:
        where = f"vehicle type {self.id}"
        _within(self, where, MOST_AMOUNT, "capacity_kg", "capacity_l", least=1)
        _within(self, where, MOST_FEN, "fixed_fen")
        rates = ("fen_per_km", "fen_per_h", "co2_g_per_km", "co2_empty_g_per_km")
        _within(self, where, MOST_RATE, *rates)
        known = self.co2_g_per_km is not None or self.co2_empty_g_per_km is None
        _require(known, where, "has an emission empty but none loaded")

    def may_carry(self, material: Material) -> bool:
        """Whether body, own list and licence all admit the material."""
        return (
            self.body in material.bodies
            and (self.materials is None or material.id in self.materials)
            and (material.licence is None or material.licence in self.licences)
        )


@dataclass(frozen=True, slots=True)
class Depot:
    """Where trucks start and end their shift."""

    id: str
    site: str


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One truck with its driver for the day: leaves `depot` and is at its end depot within `shift`.

    `end_depot` None: the truck returns to where it started. A truck without work stays at `depot`.
    """

    id: str
    type: str
    depot: str
    shift: Window
    end_depot: str | None = None

    @property
    def ends_at(self) -> str:
        return self.end_depot or self.depot

    @property
    def like(self) -> tuple[str, str, str, Window]:
        """Key shared by trucks that are interchangeable."""
        return self.type, self.depot, self.ends_at, self.shift


def without_daily_limit(problem: DayProblem) -> DayProblem:
    """Return the day on which nobody's driving is limited in sum."""

    def eased(hours: DriverHours) -> DriverHours:
        return replace(hours, daily_drive_s=None)

    types = tuple(
        row if row.hours is None else replace(row, hours=eased(row.hours))
        for row in problem.vehicle_types
    )
    return replace(problem, hours=eased(problem.hours), vehicle_types=types)


def _unique(kind: str, ids: Iterable[str]) -> frozenset[str]:
    counted = Counter(ids)
    for name, times in counted.items():
        _require(times == 1, f"{kind} {name}", f"appears {times} times")
    return frozenset(counted)


@dataclass(frozen=True, slots=True)
class DayProblem:
    """Everything one planning day is made of; cross-references are checked on construction."""

    sites: tuple[Site, ...]
    depots: tuple[Depot, ...]
    materials: tuple[Material, ...]
    receivers: tuple[Receiver, ...]
    collections: tuple[Collection, ...]
    vehicle_types: tuple[VehicleType, ...]
    vehicles: tuple[Vehicle, ...]
    travel: TravelMatrix
    segregations: tuple[Segregation, ...] = ()
    hours: DriverHours = field(default_factory=DriverHours)

    def __post_init__(self) -> None:
        sites = _unique("site", (site.id for site in self.sites))
        _require(sites == frozenset(self.travel.site_ids), "travel", "covers other sites")
        depots = _unique("depot", (depot.id for depot in self.depots))
        materials = _unique("material", (material.id for material in self.materials))
        receivers = _unique("receiver", (receiver.id for receiver in self.receivers))
        types = _unique("vehicle type", (kind.id for kind in self.vehicle_types))
        _unique("collection", (collection.id for collection in self.collections))
        _unique("vehicle", (vehicle.id for vehicle in self.vehicles))
        placed = [(f"depot {row.id}", row.site) for row in self.depots]
        placed += [(f"receiver {row.id}", row.site) for row in self.receivers]
        placed += [(f"collection {row.id}", row.site) for row in self.collections]
        for name, site in placed:
            _require(site in sites, name, f"unknown site {site}")
        for collection in self.collections:
            where = f"collection {collection.id}"
            _require(
                collection.material in materials, where, f"unknown material {collection.material}"
            )
            for name in collection.receivers:
                _require(name in receivers, where, f"unknown receiver {name}")
        for vehicle in self.vehicles:
            where = f"vehicle {vehicle.id}"
            _require(vehicle.type in types, where, f"unknown vehicle type {vehicle.type}")
            for name in (vehicle.depot, vehicle.ends_at):
                _require(name in depots, where, f"unknown depot {name}")
        for rule in self.segregations:
            for name in (rule.one, rule.other):
                _require(name in materials, "segregation", f"unknown material {name}")
