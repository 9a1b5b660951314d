"""An independent reading of a plan against its problem; it knows no solver and no schedule code.

Every rule is checked again from the problem's own words: matrix legs, a clock that never jumps,
capacities, windows, shifts, driver hours, segregation, licences, intake, balances of mass and
volume, cost, and what the plan claims of itself. A name that the problem does not know is a fault
like any other.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from routing.plan import Load, Plan, PlanStatus, Route, Stop, StopKind
from routing.problem import Collection, DayProblem, Vehicle, Window


class FaultCode(StrEnum):
    UNKNOWN = "unknown"
    TWICE = "twice"
    MISSING = "missing"
    LEG = "leg"
    CLOCK = "clock"
    SERVICE = "service"
    WINDOW = "window"
    SHIFT = "shift"
    CAPACITY = "capacity"
    ONBOARD = "onboard"
    ADMISSION = "admission"
    SEGREGATION = "segregation"
    HOURS = "hours"
    RECEIVER = "receiver"
    INTAKE = "intake"
    MASS = "mass"
    VOLUME = "volume"
    COST = "cost"
    BOUND = "bound"
    STATUS = "status"
    SHUTTLE = "shuttle"
    SHAPE = "shape"
    LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Fault:
    code: FaultCode
    where: str
    detail: str


def check(problem: DayProblem, plan: Plan) -> tuple[Fault, ...]:
    """Every way in which the plan breaks the problem; empty when it holds."""
    return tuple(_Reader(problem, plan).faults())


class _Reader:
    """The problem's and the plan's rows by name, and the checks that read them."""

    def __init__(self, problem: DayProblem, plan: Plan) -> None:
        self.problem = problem
        self.plan = plan
        self.collections = {row.id: row for row in problem.collections}
        self.receivers = {row.id: row for row in problem.receivers}
        self.receiver_sites = {row.site for row in problem.receivers}
        self.materials = {row.id: row for row in problem.materials}
        self.types = {row.id: row for row in problem.vehicle_types}
        self.vehicles = {row.id: row for row in problem.vehicles}
        self.depots = {row.id: row.site for row in problem.depots}
        self.loads = {row.id: row for row in plan.loads if self._is_cut_from(row)}
        self.apart = {frozenset((row.one, row.other)) for row in problem.segregations}
        self.cleaning: dict[frozenset[str], int] = defaultdict(int)
        for row in problem.segregations:
            pair = frozenset((row.one, row.other))
            self.cleaning[pair] = max(self.cleaning[pair], row.cleaning_s)

    def _is_cut_from(self, load: Load) -> bool:
        collection = self.collections.get(load.collection)
        return (
            collection is not None
            and load.material == collection.material
            and load.id == f"{load.collection}#{load.number}"
        )

    def faults(self) -> Iterator[Fault]:
        yield from self._cut()
        yield from self._placed()
        yield from self._claims()
        for name, times in Counter(route.vehicle for route in self.plan.routes).items():
            if name not in self.vehicles:
                yield Fault(FaultCode.UNKNOWN, name, "no such vehicle")
            elif times > 1:
                yield Fault(FaultCode.TWICE, name, f"drives {times} routes")
        for route in self.plan.routes:
            if route.vehicle in self.vehicles:
                yield from self._route(route, self.vehicles[route.vehicle])
        yield from self._intake()

    def _cut(self) -> Iterator[Fault]:
        """Find collections cut up with loss, and loads that are no share of their collection."""
        mass_kg: Counter[str] = Counter()
        volume_l: Counter[str] = Counter()
        for load in self.plan.loads:
            mass_kg[load.collection] += load.mass_kg
            volume_l[load.collection] += load.volume_l
            if not self._is_cut_from(load):
                yield Fault(FaultCode.UNKNOWN, load.id, "belongs to no such collection")
                continue
            whole = self.collections[load.collection]
            if load.mass_kg <= 0:
                yield Fault(FaultCode.MASS, load.id, f"{load.mass_kg} kg")
            # A litre for the rounding of each load's share.
            share_l = whole.volume_l * load.mass_kg / whole.mass_kg
            if load.volume_l < 0 or abs(load.volume_l - share_l) > 1:
                detail = f"{load.volume_l} l, its share is {share_l:.0f} l"
                yield Fault(FaultCode.VOLUME, load.id, detail)
        for row in self.problem.collections:
            if mass_kg[row.id] != row.mass_kg:
                detail = f"{mass_kg[row.id]} of {row.mass_kg} kg in loads"
                yield Fault(FaultCode.MASS, row.id, detail)
            if volume_l[row.id] != row.volume_l:
                detail = f"{volume_l[row.id]} of {row.volume_l} l in loads"
                yield Fault(FaultCode.VOLUME, row.id, detail)

    def _placed(self) -> Iterator[Fault]:
        """Find loads stated twice, and loads not carried once or left out once."""
        stated = Counter(load.id for load in self.plan.loads)
        places: Counter[str] = Counter(row.load for row in self.plan.unserved)
        for route in self.plan.routes:
            places.update(route.load_ids)
        for name in sorted(stated.keys() | places.keys()):
            if name not in stated:
                yield Fault(FaultCode.UNKNOWN, name, "no such load")
            elif stated[name] != 1:
                yield Fault(FaultCode.TWICE, name, f"stands {stated[name]} times among the loads")
            elif places[name] != 1:
                code = FaultCode.MISSING if not places[name] else FaultCode.TWICE
                yield Fault(code, name, f"placed {places[name]} times")
        for row in self.plan.unserved:
            load = self.loads.get(row.load)
            if load and (row.collection, row.mass_kg) != (load.collection, load.mass_kg):
                detail = f"is left out as {row.mass_kg} kg of {row.collection}"
                yield Fault(FaultCode.MASS, row.load, detail)

    def _claims(self) -> Iterator[Fault]:
        """Find a status or a bound that cannot be true of the plan."""
        plan = self.plan
        status = PlanStatus.PARTIAL if plan.unserved else PlanStatus.COMPLETE
        if not plan.routes:
            status = PlanStatus.EMPTY
        if plan.status != status:
            yield Fault(FaultCode.STATUS, "plan", f"says {plan.status}, is {status}")
        if (plan.shuttle_m, plan.shuttle_empty_m) != (shuttled := self._shuttled()):
            detail = f"says {plan.shuttle_m} m, {plan.shuttle_empty_m} empty, is {shuttled}"
            yield Fault(FaultCode.SHUTTLE, "plan", detail)
        # The bound is rounded up once, each route's kilometres and hours to the nearest fen.
        rounding_fen = len(plan.routes) + 1
        if plan.bound_fen is not None and plan.bound_fen > plan.cost_fen + rounding_fen:
            detail = f"{plan.bound_fen} fen is above the cost of {plan.cost_fen} fen"
            yield Fault(FaultCode.BOUND, "plan", detail)

    def _shuttled(self) -> tuple[int, int]:
        """Metres, and empty metres, from each load's site to where it went and straight back."""
        loaded_m = empty_m = 0
        metres, sites = self.problem.travel.metres, set(self.problem.travel.site_ids)
        for stop in (stop for route in self.plan.routes for stop in route.stops):
            for name in stop.loads if stop.kind is StopKind.UNLOAD else ():
                collection = self._collection(name)
                if collection is not None and stop.site in sites:
                    loaded_m += metres(collection.site, stop.site)
                    empty_m += metres(stop.site, collection.site)
        return loaded_m + empty_m, empty_m

    def _intake(self) -> Iterator[Fault]:
        taken_kg: Counter[str] = Counter()
        for route in self.plan.routes:
            for stop in route.stops:
                if stop.receiver is not None:
                    taken_kg[stop.receiver] += sum(self._mass_kg(name) for name in stop.loads)
        for receiver in self.problem.receivers:
            limit_kg = receiver.daily_intake_kg
            if limit_kg is not None and taken_kg[receiver.id] > limit_kg:
                detail = f"{taken_kg[receiver.id]} of {limit_kg} kg"
                yield Fault(FaultCode.INTAKE, receiver.id, detail)

    def _mass_kg(self, load: str) -> int:
        return self.loads[load].mass_kg if load in self.loads else 0

    def _route(self, route: Route, vehicle: Vehicle) -> Iterator[Fault]:
        stops = route.stops
        kinds = [stop.kind for stop in stops]
        ends = {StopKind.START, StopKind.END}
        if len(kinds) < 2 or kinds[0] is not StopKind.START or kinds[-1] is not StopKind.END:
            yield Fault(FaultCode.SHAPE, vehicle.id, "does not run from start to end")
            return
        if ends & set(kinds[1:-1]):
            yield Fault(FaultCode.SHAPE, vehicle.id, "starts or ends on the way")
        start, end = self.depots[vehicle.depot], self.depots[vehicle.end_depot or vehicle.depot]
        if stops[0].site != start or stops[-1].site != end:
            yield Fault(FaultCode.SHAPE, vehicle.id, f"does not run from {start} to {end}")
        yield from self._legs(stops, vehicle)
        yield from self._clock(stops, vehicle)
        yield from self._hours(stops, vehicle)
        yield from self._cargo(stops, vehicle)
        yield from self._cost(route, vehicle)

    def _legs(self, stops: tuple[Stop, ...], vehicle: Vehicle) -> Iterator[Fault]:
        """Between two sites the stops' metres and seconds add up to the matrix entry."""
        site, metres, seconds = stops[0].site, stops[0].distance_m, stops[0].drive_s
        if site not in self.problem.travel.site_ids:
            yield Fault(FaultCode.UNKNOWN, vehicle.id, f"no such site {site}")
            return
        if metres or seconds:
            yield Fault(FaultCode.LEG, vehicle.id, f"{metres} m in {seconds} s before the start")
            return
        for stop in stops[1:]:
            metres, seconds = metres + stop.distance_m, seconds + stop.drive_s
            if min(stop.distance_m, stop.drive_s) < 0:
                detail = f"{stop.distance_m} m in {stop.drive_s} s to {stop.site}"
                yield Fault(FaultCode.LEG, vehicle.id, detail)
            if stop.site is None:
                continue
            if stop.site not in self.problem.travel.site_ids:
                yield Fault(FaultCode.UNKNOWN, vehicle.id, f"no such site {stop.site}")
                return
            stated = (metres, seconds)
            travel = self.problem.travel
            real = (travel.metres(site, stop.site), travel.seconds(site, stop.site))
            if stated != real:
                detail = f"{site} -> {stop.site}: {stated}, the matrix says {real}"
                yield Fault(FaultCode.LEG, vehicle.id, detail)
            site, metres, seconds = stop.site, 0, 0

    def _clock(self, stops: tuple[Stop, ...], vehicle: Vehicle) -> Iterator[Fault]:
        if stops[0].depart_s < vehicle.shift.opens_s or stops[-1].depart_s > vehicle.shift.closes_s:
            yield Fault(FaultCode.SHIFT, vehicle.id, "is out of its shift")
        for before, stop in pairwise(stops):
            if stop.arrival_s != before.depart_s + stop.drive_s:
                detail = f"{stop.site}: arrives {stop.arrival_s}, left {before.depart_s}"
                yield Fault(FaultCode.CLOCK, vehicle.id, detail)
            if not stop.arrival_s <= stop.start_s <= stop.depart_s:
                yield Fault(FaultCode.CLOCK, vehicle.id, f"{stop.site}: runs backwards")
        for stop in stops:
            yield from self._service(stop, vehicle)

    def _service(self, stop: Stop, vehicle: Vehicle) -> Iterator[Fault]:
        """See that work takes as long as it must, and starts while the gate is open."""
        needed_s = 0
        if stop.kind is StopKind.LOAD:
            for name in stop.loads:
                collection = self._collection(name)
                if collection is None or collection.site != stop.site:
                    yield Fault(FaultCode.UNKNOWN, name, f"is not at {stop.site}")
                    continue
                needed_s += collection.loading_s + collection.weighing_s
                if not _open(collection.windows, stop.start_s):
                    yield Fault(FaultCode.WINDOW, name, f"{stop.site}: shut at {stop.start_s}")
        elif stop.kind is StopKind.UNLOAD:
            receiver = self.receivers.get(stop.receiver or "")
            if receiver is None or receiver.site != stop.site:
                yield Fault(FaultCode.RECEIVER, vehicle.id, f"{stop.receiver} is not there")
                return
            mass_kg = sum(self._mass_kg(name) for name in stop.loads)
            needed_s = receiver.weighing_s - (-receiver.unload_s_per_t * mass_kg // 1000)
            if not _open(receiver.windows, stop.start_s):
                yield Fault(FaultCode.WINDOW, vehicle.id, f"{stop.site}: shut at {stop.start_s}")
            yield from self._own_times(stop)
        if stop.depart_s - stop.start_s < needed_s:
            yield Fault(FaultCode.SERVICE, vehicle.id, f"{stop.site}: needs {needed_s} s")

    def _collection(self, load: str) -> Collection | None:
        return self.collections[self.loads[load].collection] if load in self.loads else None

    def _own_times(self, stop: Stop) -> Iterator[Fault]:
        """See that each load is put down while its collection says it may be."""
        for name in stop.loads:
            collection = self._collection(name)
            own = None if collection is None else collection.unload_windows
            if own and not _open(own, stop.start_s):
                yield Fault(FaultCode.WINDOW, name, f"is not taken at {stop.start_s}")

    def _hours(self, stops: tuple[Stop, ...], vehicle: Vehicle) -> Iterator[Fault]:
        """Driving since the last halt of `rest_s` without work stays within the limit."""
        hours = self.types[vehicle.type].hours or self.problem.hours
        at_wheel_s = 0
        for stop in stops[1:]:
            at_wheel_s += stop.drive_s
            if at_wheel_s > hours.continuous_drive_s:
                detail = f"{at_wheel_s} s at the wheel before {stop.site}"
                yield Fault(FaultCode.HOURS, vehicle.id, detail)
            idle_s = stop.start_s - stop.arrival_s
            if stop.kind is StopKind.REST:
                idle_s = stop.depart_s - stop.arrival_s
            if idle_s >= hours.rest_s:
                at_wheel_s = 0
        drive_s = sum(stop.drive_s for stop in stops)
        if hours.daily_drive_s is not None and drive_s > hours.daily_drive_s:
            yield Fault(FaultCode.HOURS, vehicle.id, f"{drive_s} s of driving in the day")

    def _cargo(self, stops: tuple[Stop, ...], vehicle: Vehicle) -> Iterator[Fault]:
        onboard: dict[str, Load] = {}
        residue: set[str] = set()
        washed: frozenset[str] = frozenset()
        washed_s = 0
        for stop in stops:
            if stop.kind is StopKind.LOAD:
                for load in (self.loads[name] for name in stop.loads if name in self.loads):
                    yield from self._admission(load, onboard, residue, vehicle)
                    yield from self._washing(load, washed, washed_s, vehicle)
                    onboard[load.id] = load
                    residue.add(load.material)
                washed = frozenset()
            elif stop.kind is StopKind.UNLOAD:
                yield from self._put_down(stop, onboard, vehicle)
            elif stop.kind is StopKind.CLEAN:
                if onboard:
                    yield Fault(FaultCode.SEGREGATION, vehicle.id, "washes a loaded truck")
                if stop.site not in self.receiver_sites:
                    detail = f"washes at {stop.site}, no receiver's site"
                    yield Fault(FaultCode.SEGREGATION, vehicle.id, detail)
                # Of washes with nothing taken up between them the longest counts.
                if residue:
                    washed, washed_s = frozenset(residue), 0
                washed_s = max(washed_s, stop.depart_s - stop.start_s)
                residue.clear()
            yield from self._weight(stop, onboard, vehicle)
        for name in onboard:
            yield Fault(FaultCode.MISSING, name, "is never put down")

    def _weight(self, stop: Stop, onboard: dict[str, Load], vehicle: Vehicle) -> Iterator[Fault]:
        kind = self.types[vehicle.type]
        mass_kg = sum(load.mass_kg for load in onboard.values())
        volume_l = sum(load.volume_l for load in onboard.values())
        if mass_kg != stop.onboard_kg:
            yield Fault(FaultCode.ONBOARD, vehicle.id, f"{stop.site}: carries {mass_kg} kg")
        if mass_kg > kind.capacity_kg:
            yield Fault(FaultCode.CAPACITY, vehicle.id, f"{mass_kg} of {kind.capacity_kg} kg")
        if kind.capacity_l is not None and volume_l > kind.capacity_l:
            yield Fault(FaultCode.CAPACITY, vehicle.id, f"{volume_l} of {kind.capacity_l} l")

    def _admission(
        self,
        load: Load,
        onboard: dict[str, Load],
        residue: set[str],
        vehicle: Vehicle,
    ) -> Iterator[Fault]:
        kind = self.types[vehicle.type]
        if not kind.may_carry(self.materials[load.material]):
            yield Fault(FaultCode.ADMISSION, vehicle.id, f"{kind.id} may not carry {load.id}")
        others = residue | {other.material for other in onboard.values()}
        for other in others:
            pair = frozenset((other, load.material))
            if pair not in self.apart:
                continue
            # A pair that needs no cleaning only must not be on board at one time.
            if self.cleaning[pair] or other in {row.material for row in onboard.values()}:
                detail = f"{load.material} meets {other}"
                yield Fault(FaultCode.SEGREGATION, vehicle.id, detail)

    def _washing(
        self, load: Load, washed: frozenset[str], washed_s: int, vehicle: Vehicle
    ) -> Iterator[Fault]:
        """See that the last wash was long enough for what was carried and what comes now."""
        for other in washed:
            needed_s = self.cleaning.get(frozenset((other, load.material)), 0)
            if washed_s < needed_s:
                detail = f"washed {washed_s} s between {other} and {load.material}"
                yield Fault(FaultCode.SERVICE, vehicle.id, detail)

    def _put_down(self, stop: Stop, onboard: dict[str, Load], vehicle: Vehicle) -> Iterator[Fault]:
        for name in stop.loads:
            load = onboard.pop(name, None)
            if load is None:
                yield Fault(FaultCode.MISSING, name, f"is not on board {vehicle.id}")
            elif stop.receiver not in self.collections[load.collection].receivers:
                yield Fault(FaultCode.RECEIVER, name, f"may not go to {stop.receiver}")

    def _cost(self, route: Route, vehicle: Vehicle) -> Iterator[Fault]:
        kind = self.types[vehicle.type]
        by_distance = (route.distance_m * kind.fen_per_km + 500) // 1000
        by_time = (route.duty_s * kind.fen_per_h + 1800) // 3600
        cost_fen = kind.fixed_fen + by_distance + by_time
        if route.cost_fen != cost_fen:
            yield Fault(FaultCode.COST, vehicle.id, f"{route.cost_fen} fen, should be {cost_fen}")


def _open(windows: tuple[Window, ...], second: int) -> bool:
    return any(row.opens_s <= second <= row.closes_s for row in windows)
