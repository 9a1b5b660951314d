"""A plan taken apart for changing: per truck what is done, what is still to do, what is held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from routing.assemble import Run, assembled
from routing.check import check
from routing.day import Day
from routing.locks import BoundDay, Lock, bound_day, broken_locks
from routing.operate import BrokenPlanError, Situation
from routing.outlook import Outlook, State, gate_of
from routing.plan import Plan, Reason, Route, Stop, StopKind, Unserved
from routing.problem import DayProblem, Vehicle, Window
from routing.schedule import Breach, Task, continued, timetable

_PAUSES = frozenset({StopKind.REST, StopKind.END})


@dataclass(frozen=True, slots=True)
class Truck:
    """One truck: `done` stops stay as they are, `tasks` are still to do, `route` is both timed.

    A truck that is `held` takes no change: its route is locked, it is out, or its shift is over.
    `home` is the finished day of a truck that is back or on its way back; should it be sent out
    again, `done` ends with its wait at the depot.
    """

    vehicle: Vehicle
    done: tuple[Stop, ...] = ()
    tasks: tuple[Task, ...] = ()
    route: Route | None = None
    held: bool = False
    home: Route | None = None

    @property
    def started(self) -> frozenset[str]:
        """The loads taken up, or being fetched, by now."""
        return frozenset(
            name for stop in self.done if stop.kind is StopKind.LOAD for name in stop.loads
        )

    def residue(self, day: Day) -> frozenset[str]:
        """Name what was carried since the last wash."""
        held: set[str] = set()
        for stop in self.done:
            if stop.kind is StopKind.CLEAN:
                held.clear()
            if stop.kind is StopKind.LOAD:
                held |= {day.loads[day.load_index[name]].material for name in stop.loads}
        return frozenset(held)

    def at_wheel_s(self, rest_s: int) -> int:
        """Add up the driving since the last rest among the stops that are done."""
        total_s = 0
        for stop in self.done:
            total_s += stop.drive_s
            until_s = stop.depart_s if stop.kind is StopKind.REST else stop.start_s
            if until_s - stop.arrival_s >= rest_s > 0:
                total_s = 0
        return total_s

    def over(self, now_s: int | None) -> Breach | None:
        """Say that the truck is next free, or the clock stands, after the end of its shift."""
        free_s = self.done[-1].depart_s if self.done else now_s
        closes_s = self.vehicle.shift.closes_s
        if free_s is None or free_s <= closes_s:
            return None
        return Breach(Reason.SHIFT, free_s, closes_s, "s", self.vehicle.id)


@dataclass(frozen=True)
class Hand:
    """All trucks in the order of the day's vehicles, and the day with the locks in it."""

    situation: Situation
    day: BoundDay
    trucks: tuple[Truck, ...]

    @cached_property
    def by_id(self) -> dict[str, Truck]:
        return {row.vehicle.id: row for row in self.trucks}

    @cached_property
    def carrier(self) -> dict[str, Truck]:
        """Each planned load's truck."""
        return {
            name: row for row in self.trucks if row.route is not None for name in row.route.load_ids
        }

    @property
    def left_out(self) -> list[int]:
        return [i for i, row in enumerate(self.day.loads) if row.id not in self.carrier]

    @cached_property
    def intake_left_kg(self) -> dict[int, int]:
        """What each receiver with a daily limit can still take, by its position."""
        taken: Counter[str] = Counter()
        for row in self.trucks:
            for stop in row.route.stops if row.route else ():
                for name in stop.loads if stop.receiver is not None else ():
                    taken[stop.receiver or ""] += self.mass_kg(self.day.load_index[name])
        return {
            position: row.daily_intake_kg - taken[row.id]
            for position, row in enumerate(self.day.problem.receivers)
            if row.daily_intake_kg is not None
        }

    @cached_property
    def _eased(self) -> dict[tuple[Reason, str], BoundDay]:
        return {}

    def eased(
        self, reason: Reason, name: str, lift: Callable[[DayProblem, str], DayProblem]
    ) -> BoundDay:
        """Return the day with one limit lifted; building one takes longer than using it."""
        known = self._eased.get((reason, name))
        if known is None:
            known = self._eased[reason, name] = self.day.under(lift(self.day.problem, name))
        return known

    def position(self, receiver: str) -> int:
        return self.day.receiver_index[receiver]

    def mass_kg(self, load: int) -> int:
        return self.day.loads[load].mass_kg

    def room(self, load: int, receiver: int) -> bool:
        """Whether the receiver's daily intake leaves room for the load."""
        mass_kg = self.mass_kg(load)
        return self.intake_left_kg.get(receiver, mass_kg) >= mass_kg

    def outlook(self, truck: Truck) -> Outlook:
        """Lay out the truck's remaining day for a quick look at many places."""
        day, vehicle, travel = self.day, truck.vehicle, self.day.problem.travel
        site, clock_s = day.start_site(vehicle), vehicle.shift.opens_s
        if truck.done:
            site, clock_s = truck.done[-1].site or site, truck.done[-1].depart_s
        onboard_kg = truck.done[-1].onboard_kg if truck.done else 0
        return Outlook(
            day.seconds,
            day.metres,
            State(travel.index(site), clock_s, 0, onboard_kg),
            travel.index(day.end_site(vehicle)),
            vehicle.shift.closes_s,
            day.kind(vehicle).capacity_kg,
            tuple(gate_of(day, task) for task in truck.tasks),
        )

    def timed(self, truck: Truck, tasks: Sequence[Task]) -> Route | Breach | None:
        """Time the truck's day with these tasks to do; None when it stays at home."""
        if not truck.done:
            return timetable(self.day, truck.vehicle, tasks) if tasks else None
        if not tasks and truck.home is not None:
            return truck.home
        return continued(self.day, truck.vehicle, truck.done, tasks)

    def given(self, truck: Truck, tasks: tuple[Task, ...], route: Route | None) -> Hand:
        """Return the hand with the truck's remaining tasks replaced; `route` is them timed."""
        changed = replace(truck, tasks=tasks, route=route)
        rows = tuple(changed if row.vehicle.id == truck.vehicle.id else row for row in self.trucks)
        return Hand(self.situation, self.day, rows)

    def without(self, load: int) -> Hand:
        """Take a planned load off its truck; the rest of that truck's day moves up."""
        truck = self.carrier[self.day.loads[load].id]
        tasks = tuple(task for task in truck.tasks if task.load != load)
        route = self.timed(truck, tasks)
        # Road matrices break the triangle rule now and then: one stop fewer can take longer.
        if isinstance(route, Breach):
            raise RemovalError(route)
        return self.given(truck, tasks, route)

    def closed(self, unserved: Sequence[Unserved], run: Run | None = None) -> Situation:
        """Put the plan together again and have it checked; raises BrokenPlanError."""
        before = self.situation.plan
        problem = self.situation.problem
        day = BoundDay(problem, before.loads)
        routes = [row.route for row in self.trucks if row.route is not None]
        kept = run or Run(before.seed, before.iterations, before.seconds)
        plan = assembled(day, routes, unserved, kept)
        if before.bound_fen is not None and _served(plan) == _served(before):
            plan = replace(plan, bound_fen=before.bound_fen)
        refuse_faults(problem, plan, self.situation.locks)
        return replace(self.situation, plan=plan)


class RemovalError(Exception):
    """Without the load the rest of its truck's day breaks a limit (a rest or a wait moved)."""

    def __init__(self, breach: Breach) -> None:
        super().__init__(breach.reason)
        self.breach = breach


def refuse_faults(problem: DayProblem, plan: Plan, locks: Sequence[Lock]) -> None:
    faults = check(problem, plan) + broken_locks(plan, locks)
    if faults:
        first = faults[0]
        raise BrokenPlanError(f"{first.code} {first.where}: {first.detail}")


def _served(plan: Plan) -> frozenset[str]:
    return frozenset(name for route in plan.routes for name in route.load_ids)


def taken_up(situation: Situation) -> Hand:
    """Take the plan apart; the situation's locks and clock decide what may change."""
    plan, now_s = situation.plan, situation.now_s
    day = bound_day(situation.problem, plan.loads, situation.locks)
    routes = {route.vehicle: route for route in plan.routes}
    locked = {lock.vehicle for lock in situation.locks if lock.load is None}
    held = locked | situation.out
    trucks = tuple(
        _truck(
            day,
            row,
            routes.get(row.id),
            now_s,
            held=row.id in held,
            begun=situation.begun.get(row.id, 0),
        )
        for row in day.problem.vehicles
    )
    return Hand(situation, replace(day, unwashed=_unwashed(day, trucks)), trucks)


def _unwashed(day: BoundDay, trucks: Iterable[Truck]) -> dict[str, dict[str, str]]:
    """Find what trucks at their depots cannot take: they are washed at receivers alone."""
    washes = {row.site for row in day.problem.receivers}
    return {
        row.vehicle.id: {
            new: old
            for (old, new), wash_s in day.cleaning_s.items()
            if wash_s and old in row.residue(day)
        }
        for row in trucks
        if row.home is not None and row.done[-1].site not in washes
    }


def _truck(
    day: BoundDay,
    vehicle: Vehicle,
    route: Route | None,
    now_s: int | None,
    *,
    held: bool,
    begun: int,
) -> Truck:
    done = _done(route, now_s, begun) if route is not None and now_s is not None else ()
    if done and done[-1].kind is StopKind.END:
        truck = Truck(vehicle, _waiting(done, now_s or 0), (), route, held, home=route)
    else:
        remaining = route.stops[len(done) :] if route is not None else ()
        home = home_of(day, vehicle, done)
        truck = Truck(vehicle, done, tuple(tasks_of(day, remaining)), route, held, home)
    if truck.over(now_s):
        return replace(truck, held=True)
    if now_s is not None and not done and vehicle.shift.opens_s < now_s:
        later = replace(vehicle, shift=Window(now_s, vehicle.shift.closes_s))
        return replace(truck, vehicle=later)
    return truck


def home_of(day: BoundDay, vehicle: Vehicle, done: tuple[Stop, ...]) -> Route | None:
    """Find the day's end of a truck that waits at its depot to be sent out again."""
    if not done or done[-1].kind is not StopKind.REST or done[-1].onboard_kg:
        return None
    if done[-1].site != day.end_site(vehicle):
        return None
    came_s = done[-1].arrival_s
    end = replace(done[-1], kind=StopKind.END, start_s=came_s, depart_s=came_s)
    distance_m = sum(stop.distance_m for stop in done)
    kind, duty_s = day.kind(vehicle), came_s - done[0].depart_s
    return Route(vehicle.id, (*done[:-1], end), day.route_cost_fen(kind, distance_m, duty_s))


def _waiting(done: tuple[Stop, ...], now_s: int) -> tuple[Stop, ...]:
    """Turn the end of the day into a wait at the depot until now, or until the truck is back."""
    end = done[-1]
    until_s = max(end.arrival_s, now_s)
    return (*done[:-1], replace(end, kind=StopKind.REST, depart_s=until_s))


def _done(route: Route, now_s: int, begun: int = 0) -> tuple[Stop, ...]:
    """Find the stops the truck has made or set out for, up to where it next stands at a site."""
    stops = route.stops
    count = begun
    while count < len(stops) and (count == 0 or stops[count - 1].depart_s < now_s):
        count += 1
    if not begun and count == 1 and stops[0].depart_s >= now_s:
        return ()
    while stops[count - 1].site is None:
        count += 1
    return stops[:count]


def done_otherwise(
    before: Iterable[Route],
    after: Iterable[Route],
    now_s: int,
    begun: tuple[Mapping[str, int], Mapping[str, int]] = ({}, {}),
    out: Collection[str] = (),
) -> list[str]:
    """Name the trucks that by `now_s` have done, or set out for, something else in either plan.

    `begun` is each plan's `Situation.begun`. A stop not begun by then may be made at another time.
    Trucks that are `out` in one of them have turned back on their way: what they have done counts.
    """
    one, other = (
        {
            row.vehicle: _by_then(row, now_s, known.get(row.vehicle, 0), row.vehicle in out)
            for row in rows
        }
        for rows, known in zip((before, after), begun, strict=True)
    )
    return sorted(name for name in one | other if one.get(name, ()) != other.get(name, ()))


def _by_then(route: Route, now_s: int, begun: int, is_out: bool) -> tuple[tuple[object, ...], ...]:
    """Return what is done, and since when; of what is still to come, only what it is."""
    done = _done(route, now_s, begun)
    if is_out:
        done = tuple(row for row in done if row.arrival_s <= now_s and row.kind not in _PAUSES)
    # A truck that is back may be sent out again: its day has not ended then, it rests.
    return tuple(
        (
            StopKind.REST if row.kind is StopKind.END else row.kind,
            row.site,
            row.receiver,
            row.loads,
            row.start_s if row.start_s < now_s else None,
        )
        for row in done
    )


def tasks_of(day: BoundDay, stops: Sequence[Stop]) -> Iterator[Task]:
    """Read the tasks back from timed stops."""
    for stop in stops:
        receiver = None if stop.receiver is None else day.receiver_index[stop.receiver]
        for name in stop.loads:
            yield Task(day.load_index[name], receiver)
