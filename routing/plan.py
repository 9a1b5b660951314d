"""What a plan says: each truck's day stop by stop, the loads, and what was left out and why.

Units as in `routing.problem`. A plan is complete in itself: a map, a timetable, a driver's sheet
and a consignment per load can be drawn from it and the problem without asking a solver again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class PlanStatus(StrEnum):
    COMPLETE = "complete"
    PARTIAL = "partial"
    EMPTY = "empty"


class StopKind(StrEnum):
    START = "start"
    LOAD = "load"
    UNLOAD = "unload"
    CLEAN = "clean"
    REST = "rest"
    END = "end"


class Reason(StrEnum):
    """Why a load is not in the plan, in the order in which the causes are tested."""

    NO_VEHICLE = "no_vehicle"
    NO_BODY = "no_body"
    NO_LICENCE = "no_licence"
    NOT_ADMITTED = "not_admitted"
    SEGREGATION = "segregation"
    MASS = "mass"
    VOLUME = "volume"
    COLLECTION_WINDOW = "collection_window"
    RECEIVER_WINDOW = "receiver_window"
    UNLOADING_TIME = "unloading_time"
    SHIFT = "shift"
    DRIVER_HOURS = "driver_hours"
    RECEIVER_INTAKE = "receiver_intake"
    FLEET_BUSY = "fleet_busy"
    NOT_WORTH = "not_worth"


@dataclass(frozen=True, slots=True)
class Load:
    """One truck's worth of one collection. `id` is stable: collection id, then its number."""

    id: str
    collection: str
    number: int
    material: str
    mass_kg: int
    volume_l: int


@dataclass(frozen=True, slots=True)
class Stop:
    """One thing a driver does at one place.

    The truck covers `distance_m` in `drive_s` from the stop before, arrives, waits until `start_s`,
    works, and leaves at `depart_s` with `onboard_kg`. A rest on the road has `site` None. `loads`
    are the load ids taken up or put down here; `receiver` is set at an unloading stop.
    """

    kind: StopKind
    site: str | None
    arrival_s: int
    start_s: int
    depart_s: int
    distance_m: int
    drive_s: int
    onboard_kg: int
    loads: tuple[str, ...] = ()
    receiver: str | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """One truck's day, from START to END."""

    vehicle: str
    stops: tuple[Stop, ...]
    cost_fen: int

    @property
    def distance_m(self) -> int:
        return sum(stop.distance_m for stop in self.stops)

    @property
    def empty_m(self) -> int:
        """Metres driven with nothing on board."""
        onboard = [0, *(stop.onboard_kg for stop in self.stops)]
        return sum(
            stop.distance_m for before, stop in zip(onboard, self.stops, strict=False) if not before
        )

    @property
    def loaded_m(self) -> int:
        return self.distance_m - self.empty_m

    @property
    def drive_s(self) -> int:
        return sum(stop.drive_s for stop in self.stops)

    @property
    def start_s(self) -> int:
        return self.stops[0].depart_s

    @property
    def end_s(self) -> int:
        return self.stops[-1].arrival_s

    @property
    def duty_s(self) -> int:
        return self.end_s - self.start_s

    @property
    def load_ids(self) -> tuple[str, ...]:
        """The loads in the order in which they are taken up."""
        return tuple(
            name for stop in self.stops if stop.kind is StopKind.LOAD for name in stop.loads
        )

    @property
    def trips(self) -> int:
        """How often the truck runs empty again after carrying something."""
        return sum(
            1 for stop in self.stops if stop.kind is StopKind.UNLOAD and stop.onboard_kg == 0
        )


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A limit and what it would have to be; the units are those of `Unserved`."""

    reason: Reason
    value: int | None = None
    limit: int | None = None
    relaxation: int | None = None
    unit: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A receiver that is not the load's own but takes its material today, and what it would add."""

    receiver: str
    vehicle: str
    extra_fen: int


@dataclass(frozen=True, slots=True)
class Unserved:
    """A load left out: the limit in its way, and the smallest single change that would let it in.

    `value` and `limit` share the unit named by `unit` (kg, l, s, fen or "" for yes/no causes);
    `relaxation` is how much the limit must give way, in that unit: with all other loads where they
    are `vehicle` would then carry this one too. A `value` below the limit says that a window, or a
    shift, must begin that much sooner, or a wash be that much shorter.

    With `also` the change does only together with that one; without a `relaxation` both are merely
    the first two of several things in the way. Instead of all that one more truck like `spare`
    would carry the load, out from `spare_s[0]` to `spare_s[1]`; where no `vehicle` would, that
    truck takes `also` too. Or the load would go `elsewhere`. Without `tried` there was no time to
    look for less, or the load fits as the plan is and there was none to search on.
    """

    load: str
    collection: str
    mass_kg: int
    reason: Reason
    value: int | None = None
    limit: int | None = None
    relaxation: int | None = None
    unit: str = ""
    subject: str = ""
    vehicle: str = ""
    also: Obstacle | None = None
    spare: str = ""
    spare_s: tuple[int, int] | None = None
    elsewhere: Elsewhere | None = None
    tried: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole day. `shuttle_m` and `shuttle_empty_m` say what plain shuttling would have driven.

    Plain shuttling: each served load brought on its own and the truck sent straight back to the
    load's site, without the ways from and to depots; it asks for less than any shuttling would.
    `bound_fen` is a proven lower bound on the cost of serving the same loads, where one is known.
    """

    status: PlanStatus
    routes: tuple[Route, ...]
    loads: tuple[Load, ...]
    unserved: tuple[Unserved, ...]
    shuttle_m: int
    shuttle_empty_m: int
    seed: int
    iterations: int
    seconds: float
    bound_fen: int | None = None

    @property
    def cost_fen(self) -> int:
        return sum(route.cost_fen for route in self.routes)

    @property
    def bound_gap(self) -> float | None:
        """By what share of the bound the plan costs more; None without a bound above zero."""
        return self.cost_fen / self.bound_fen - 1 if self.bound_fen else None

    @property
    def distance_m(self) -> int:
        return sum(route.distance_m for route in self.routes)

    @property
    def empty_m(self) -> int:
        return sum(route.empty_m for route in self.routes)

    @property
    def loaded_m(self) -> int:
        return self.distance_m - self.empty_m

    @property
    def empty_share(self) -> float:
        """Metres driven empty over all metres; 0 when nothing moves."""
        return self.empty_m / self.distance_m if self.distance_m else 0.0

    @property
    def shuttle_empty_share(self) -> float:
        return self.shuttle_empty_m / self.shuttle_m if self.shuttle_m else 0.0

    @property
    def saved_m(self) -> int:
        """Metres saved against plain shuttling (negative when the plan drives more)."""
        return self.shuttle_m - self.distance_m

    @property
    def served_kg(self) -> int:
        left = {row.load for row in self.unserved}
        return sum(load.mass_kg for load in self.loads if load.id not in left)
