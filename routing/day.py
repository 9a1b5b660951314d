"""A day problem with its loads and look-ups, as the planner's parts share it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from routing.loads import split_collections
from routing.plan import Load
from routing.problem import (
    Collection,
    DayProblem,
    DriverHours,
    Material,
    Receiver,
    Vehicle,
    VehicleType,
    Window,
)

Call = tuple[int, tuple[Window, ...] | None]


@dataclass(frozen=True)
class Day:
    """The problem, cut into loads. Loads, receivers and vehicles go by their position."""

    problem: DayProblem
    loads: tuple[Load, ...]

    @staticmethod
    def of(problem: DayProblem) -> Day:
        return Day(problem, split_collections(problem))

    @cached_property
    def collections(self) -> dict[str, Collection]:
        return {row.id: row for row in self.problem.collections}

    @cached_property
    def materials(self) -> dict[str, Material]:
        return {row.id: row for row in self.problem.materials}

    @cached_property
    def types(self) -> dict[str, VehicleType]:
        return {row.id: row for row in self.problem.vehicle_types}

    @cached_property
    def depot_sites(self) -> dict[str, str]:
        return {row.id: row.site for row in self.problem.depots}

    @cached_property
    def receiver_index(self) -> dict[str, int]:
        return {row.id: i for i, row in enumerate(self.problem.receivers)}

    @cached_property
    def load_index(self) -> dict[str, int]:
        return {row.id: i for i, row in enumerate(self.loads)}

    @cached_property
    def cleaning_s(self) -> dict[tuple[str, str], int]:
        """Seconds of cleaning between two materials kept apart; absent pairs may share a truck."""
        both: dict[tuple[str, str], int] = {}
        for rule in self.problem.segregations:
            longest = max(rule.cleaning_s, both.get((rule.one, rule.other), 0))
            both[rule.one, rule.other] = both[rule.other, rule.one] = longest
        return both

    @cached_property
    def allowed(self) -> tuple[tuple[int, ...], ...]:
        """Per load, the positions of the receivers it may go to."""
        return tuple(
            tuple(self.receiver_index[name] for name in self.collection(i).receivers)
            for i in range(len(self.loads))
        )

    def collection(self, load: int) -> Collection:
        return self.collections[self.loads[load].collection]

    def put_windows(self, load: int, receiver: Receiver) -> tuple[Window, ...]:
        """Find when the load may be put down there: none where its own times miss the gate's."""
        own = self.collection(load).unload_windows
        return receiver.windows if own is None else overlap(receiver.windows, own)

    def call(self, load: int, receiver: int) -> Call:
        """Tell calls at a receiver apart: neighbouring loads of one call are weighed once."""
        return receiver, self.collection(load).unload_windows

    def start_site(self, vehicle: Vehicle) -> str:
        return self.depot_sites[vehicle.depot]

    def end_site(self, vehicle: Vehicle) -> str:
        return self.depot_sites[vehicle.ends_at]

    def receiver(self, position: int) -> Receiver:
        return self.problem.receivers[position]

    def kind(self, vehicle: Vehicle) -> VehicleType:
        return self.types[vehicle.type]

    def agreed_hours(self, vehicle: Vehicle) -> DriverHours:
        """Return the hours its driver keeps in a whole day: the type's own, or the day's."""
        return self.kind(vehicle).hours or self.problem.hours

    def hours(self, vehicle: Vehicle) -> DriverHours:
        """Return the hours its driver keeps in what there is of the day."""
        return self.agreed_hours(vehicle)

    def fits(self, vehicle: Vehicle, load: int) -> bool:
        """Whether the truck may and can carry the load when it is otherwise empty."""
        return self.suits(self.kind(vehicle), load)

    def suits(self, kind: VehicleType, load: int) -> bool:
        """Whether trucks of this type may and can carry the load."""
        cargo = self.loads[load]
        return (
            kind.may_carry(self.materials[cargo.material])
            and cargo.mass_kg <= kind.capacity_kg
            and (kind.capacity_l is None or cargo.volume_l <= kind.capacity_l)
        )

    def unload_s(self, receiver: Receiver, mass_kg: int) -> int:
        return -(-receiver.unload_s_per_t * mass_kg // 1000)

    def route_cost_fen(self, kind: VehicleType, distance_m: int, duty_s: int) -> int:
        """Add up fixed cost, kilometres and hours from leaving to returning, waiting included."""
        by_distance = distance_fen(distance_m, kind.fen_per_km)
        return kind.fixed_fen + by_distance + duty_fen(duty_s, kind.fen_per_h)


def distance_fen(distance_m: int, fen_per_km: int) -> int:
    """Price the metres of a truck's day, to the whole fen."""
    return (distance_m * fen_per_km + 500) // 1000


def duty_fen(duty_s: int, fen_per_h: int) -> int:
    """Price the seconds of a truck's day, to the whole fen."""
    return (duty_s * fen_per_h + 1800) // 3600


def overlap(one: tuple[Window, ...], other: tuple[Window, ...]) -> tuple[Window, ...]:
    """Return the times in both."""
    spans = ((max(a.opens_s, b.opens_s), min(a.closes_s, b.closes_s)) for a in one for b in other)
    return tuple(Window(opens_s, closes_s) for opens_s, closes_s in spans if opens_s <= closes_s)


def opening(windows: tuple[Window, ...], arrival_s: int) -> int | None:
    """Find the first second from arrival on at which service may start; None: shut for good."""
    starts = [max(arrival_s, row.opens_s) for row in windows if row.closes_s >= arrival_s]
    return min(starts, default=None)
