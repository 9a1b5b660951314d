"""What dispatchers do to a plan: from a wish to the changed plan, or to the reason against it.

Preparing reads and computes with no transaction open; `market.haulage.versions` stores.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.errors import ConflictError, DomainError, NotFoundError
from market.haulage import late_loads, phoned_queries, situations, versions
from market.haulage.actions import is_over
from market.haulage.day import Cargo, Place
from market.haulage.models import CollectionPlan
from market.haulage.policy import require_planner
from market.haulage.rules import HAND_OUT, MAX_DELAY_MIN, MAX_TIME_LIMIT_S, MIN_TIME_LIMIT_S, Verb
from market.haulage.versions import Changed
from routing import delay, late, moves, trucks
from routing.bound import bounded
from routing.hand import Hand, taken_up
from routing.locks import Lock
from routing.operate import Refusal, RefusalCode, Situation
from routing.places import Option, direct_refusal, extra, shared_places, with_load
from routing.places import Place as Spot
from routing.plan import Route
from routing.problem import DAY_S, ProblemError

MOST_SHARED = 12


@dataclass(frozen=True, slots=True)
class Wish:
    """One verb with what it is about.

    ``at`` is behind how many of the truck's other tasks a load is taken up (None: where it costs
    least), ``put`` behind how many it is put down (None: at once); ``start_s`` is the second of day
    at which a locked load is taken up, ``unload_s`` that at which it is put down;
    ``delay_s`` is by how much a truck runs late;
    ``late`` names a candidate of `late_loads`, or what the plan calls a job phoned in that is to
    leave it; ``from_s`` is the clock of a new search.
    """

    verb: Verb
    load: str | None = None
    vehicle: str | None = None
    receiver: str | None = None
    at: int | None = None
    put: int | None = None
    start_s: int | None = None
    unload_s: int | None = None
    late: str | None = None
    delay_s: int | None = None
    from_s: int | None = None
    time_limit_s: int | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """Return what is stored of the wish: all that was said."""
        said = {row.name: getattr(self, row.name) for row in fields(self) if row.name != "verb"}
        return {name: value for name, value in said.items() if value is not None}


class RefusedError(DomainError):
    """The planner cannot grant the wish; ``refusal`` says what it breaks."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__("refused")
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to place a load; extra figures are against the plan as it stands.

    ``after`` is the task before an exact place: its load, and whether that is put down there.
    ``put`` and ``put_after`` are the same for putting down, where the load shares a trip.
    """

    vehicle: str
    receiver: str
    at: int | None
    extra_fen: int = 0
    extra_m: int = 0
    start_s: int | None = None
    refusal: Refusal | None = None
    after: tuple[str, bool] | None = None
    put: int | None = None
    put_after: tuple[str, bool] | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """A load in hand: where it could go, best first."""

    load: str
    mass_kg: int
    choices: list[Choice]
    cargoes: dict[str, Cargo] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    goes_to: dict[str, str] = field(default_factory=dict)


def situation(session: Session, row: CollectionPlan, *, now: datetime) -> Situation:
    """Return the plan as it stands at this moment: on its own day the clock binds.

    Raises:
        ConflictError: the day has passed.

    """
    if is_over(row, now):
        raise ConflictError("day_is_over")
    return situations.as_of(session, row, situations.read(session, row), now, lead=HAND_OUT)


def prepare(
    session: Session, actor: Actor | None, plan_id: int, wish: Wish, *, now: datetime
) -> Changed:
    """Return the changed plan, checked by the engine's independent reading.

    Raises:
        RefusedError: it would break a limit, a lock, or what is already done.
        ConflictError: the plan does not count any more, or its day is over.

    """
    require_planner(actor)
    row = versions.require_head(session, plan_id)
    before = situation(session, row, now=now)
    if wish.verb is Verb.ADD:
        changed = _added(session, row, before, wish)
    elif wish.verb is Verb.REMOVE:
        changed = _removed(row, before, wish)
    else:
        changed = Changed(wish.verb, wish.parameters, _applied(before, wish), {}, {})
    after = changed.situation
    return replace(changed, situation=replace(after, plan=bounded(after.problem, after.plan)))


def repeated(
    session: Session, actor: Actor | None, plan_id: int, wish: Wish
) -> CollectionPlan | None:
    """Return the plan that the same form has already made, where it has."""
    person = require_planner(actor)
    return versions.repeated(session, person, plan_id, wish.verb, wish.parameters)


def _applied(before: Situation, wish: Wish) -> Situation:
    answer = _VERBS[wish.verb](before, wish)
    if isinstance(answer, Refusal):
        raise RefusedError(answer)
    return answer


def _locked(before: Situation, wish: Wish) -> Situation | Refusal:
    """Lock what is asked for beside what of the load is locked already."""
    asked = Lock(wish.vehicle or _carrier(before, wish.load), wish.load)
    known = next((row for row in before.locks if _same(row, asked)), asked)
    asked = replace(
        known,
        start_s=known.start_s if wish.start_s is None else wish.start_s,
        unload_s=known.unload_s if wish.unload_s is None else wish.unload_s,
    )
    if asked in before.locks:
        raise ConflictError("already_locked")
    return moves.lock(before, asked)


def _unlocked(before: Situation, wish: Wish) -> Situation | Refusal:
    asked = Lock(wish.vehicle or _carrier(before, wish.load), wish.load)
    if not any(_same(row, asked) for row in before.locks):
        raise ConflictError("not_locked")
    return moves.unlock(before, asked)


def _same(one: Lock, other: Lock) -> bool:
    return (one.vehicle, one.load) == (other.vehicle, other.load)


def _carrier(before: Situation, load: str | None) -> str:
    """Return the truck that carries the load; none for one that is left out."""
    return next((row.vehicle for row in before.plan.routes if load in row.load_ids), "")


def _moved(before: Situation, wish: Wish) -> Situation | Refusal:
    load, vehicle = wish.load or "", wish.vehicle or ""
    if wish.at is None:
        return moves.move_to_truck(before, load, vehicle, wish.receiver)
    put = wish.at if wish.put is None else wish.put
    return moves.move(before, load, Spot(vehicle, wish.receiver or "", wish.at, put))


def _taken_off(before: Situation, wish: Wish) -> Situation | Refusal:
    if any(row.load == wish.load for row in before.plan.unserved):
        raise ConflictError("not_on_a_truck")
    return moves.take_off(before, wish.load or "")


def _wound(before: Situation, wish: Wish) -> Situation | Refusal:
    """Set the clock a new search starts from; it never runs back."""
    limit_s = wish.time_limit_s or 0
    if not MIN_TIME_LIMIT_S <= limit_s <= MAX_TIME_LIMIT_S:
        raise DomainError(
            "out_of_range", field="time_limit_s", low=MIN_TIME_LIMIT_S, high=MAX_TIME_LIMIT_S
        )
    if wish.from_s is None:
        return before
    if not (before.now_s or 0) <= wish.from_s < DAY_S:
        raise DomainError("clock_runs_back", field="from_time")
    return replace(before, now_s=wish.from_s)


def _delayed(before: Situation, wish: Wish) -> Situation | Refusal:
    delay_s = wish.delay_s or 0
    if not 0 < delay_s <= MAX_DELAY_MIN * 60:
        raise DomainError("delay_out_of_range", most=MAX_DELAY_MIN)
    return delay.delayed(before, wish.vehicle or "", delay_s)


_VERBS: dict[Verb, Callable[[Situation, Wish], Situation | Refusal]] = {
    Verb.LOCK: _locked,
    Verb.UNLOCK: _unlocked,
    Verb.MOVE: _moved,
    Verb.TAKE_OFF: _taken_off,
    Verb.TAKE_OUT: lambda before, wish: trucks.take_out(before, wish.vehicle or ""),
    Verb.BRING_BACK: lambda before, wish: trucks.bring_back(before, wish.vehicle or ""),
    Verb.DELAY: _delayed,
    Verb.REPLAN: _wound,
}


def granted(answer: Situation | Refusal) -> Situation:
    if isinstance(answer, Refusal):
        raise RefusedError(answer)
    return answer


def _added(session: Session, row: CollectionPlan, before: Situation, wish: Wish) -> Changed:
    found = late_loads.late_load(session, row, before.problem, wish.late or "", wish.receiver)
    waiting = _waiting(before, found)
    first, *others = waiting.loads
    placed = waiting.situation
    if wish.vehicle is not None:
        placed = granted(moves.move_to_truck(placed, first, wish.vehicle, wish.receiver))
        placed = late.placed(placed, others) if others else placed
    said = {**wish.parameters, versions.NEW_LOAD: waiting.loads[0]}
    return Changed(wish.verb, said, placed, {found.collection.id: found.cargo}, found.places)


def _removed(row: CollectionPlan, before: Situation, wish: Wish) -> Changed:
    """Take a job phoned in out of the day: off its trucks, then out of the problem."""
    name = wish.late or ""
    if name not in phoned_queries.in_plan(row).values():
        raise NotFoundError("not_found")
    mine = {load.id for load in before.plan.loads if load.collection == name}
    after = before
    for load in sorted(mine & {key for route in before.plan.routes for key in route.load_ids}):
        after = granted(moves.take_off(after, load))
    problem, plan = after.problem, after.plan
    left = tuple(known for known in plan.unserved if known.collection != name)
    plan = replace(
        plan, loads=tuple(load for load in plan.loads if load.id not in mine), unserved=left
    )
    collections = tuple(known for known in problem.collections if known.id != name)
    after = replace(after, problem=replace(problem, collections=collections), plan=plan)
    return Changed(wish.verb, wish.parameters, taken_up(after).closed(left), {}, {})


def _waiting(before: Situation, found: late_loads.LateLoad) -> late.Added:
    try:
        return late.with_collection(replace(before, problem=found.problem), found.collection)
    except ProblemError as error:
        raise ConflictError("not_of_this_day", fault=str(error)) from error


def bench_of(before: Situation, load: str) -> Bench:
    """Take a load into the hand, planned or left out, and say what each truck would make of it.

    Raises:
        RefusedError: it may not leave its truck.

    """
    freed, saved_fen, saved_m = _freed(before, load)
    choices = [_choice(row, saved_fen, saved_m) for row in late.options(freed, load)]
    return Bench(load, _mass_kg(before, load), choices)


def _freed(before: Situation, load: str) -> tuple[Situation, int, int]:
    """Take the load off its truck; with the fen and metres by which the plan changes."""
    if load not in {row.id for row in before.plan.loads}:
        raise NotFoundError("not_found")
    if not _carrier(before, load):
        return before, 0, 0
    freed = granted(moves.take_off(before, load))
    gap_m = freed.plan.distance_m - before.plan.distance_m
    return freed, freed.plan.cost_fen - before.plan.cost_fen, gap_m


def places_on(before: Situation, load: str, vehicle: str) -> list[Choice]:
    """Return each place on one truck for a trip of its own, in the order of the truck's day."""
    if vehicle not in {row.id for row in before.problem.vehicles}:
        raise NotFoundError("not_found")
    freed, saved_fen, saved_m = _freed(before, load)
    hand = taken_up(freed)
    number = hand.day.load_index[load]
    before_it = _before_each(hand, vehicle)
    choices = [
        (_choice(_at(hand, vehicle, number, receiver, at), saved_fen, saved_m), at)
        for receiver in hand.day.allowed[number]
        for at in range(len(before_it))
    ]
    return [replace(row, at=at, after=before_it[at]) for row, at in choices]


def shared_on(before: Situation, load: str, vehicle: str) -> list[Choice]:
    """Return the cheapest places on one truck where the load rides along with others."""
    freed, saved_fen, saved_m = _freed(before, load)
    hand = taken_up(freed)
    number = hand.day.load_index[load]
    before_it = _before_each(hand, vehicle)
    return [
        replace(
            _choice(row, saved_fen, saved_m),
            at=row.place.pick_after,
            after=before_it[row.place.pick_after],
            put=row.place.put_after,
            put_after=before_it[row.place.put_after],
        )
        for row in shared_places(hand, hand.by_id[vehicle], number)[:MOST_SHARED]
    ]


def _before_each(hand: Hand, vehicle: str) -> list[tuple[str, bool] | None]:
    """Return what comes before each place of a day: a load, and whether it is put down there."""
    tasks = hand.by_id[vehicle].tasks
    return [None, *((hand.day.loads[t.load].id, t.receiver is not None) for t in tasks)]


def _at(hand: Hand, vehicle: str, load: int, receiver: int, at: int) -> Option:
    truck = hand.by_id[vehicle]
    spot = Spot(vehicle, hand.day.receiver(receiver).id, at, at)
    if truck.held or not hand.day.fits(truck.vehicle, load) or not hand.room(load, receiver):
        return Option(spot, refusal=Refusal(RefusalCode.LOCKED, vehicle))
    route = hand.timed(truck, with_load(truck.tasks, load, receiver, spot))
    if not isinstance(route, Route):
        return Option(spot, refusal=direct_refusal(hand, truck, load, receiver, at))
    start_s = next(s.start_s for s in route.stops if hand.day.loads[load].id in s.loads)
    return Option(spot, *extra(truck, route), start_s)


def late_bench(session: Session, row: CollectionPlan, before: Situation, key: str) -> Bench:
    """Say what each truck would make of a late load."""
    found = late_loads.late_load(session, row, before.problem, key)
    waiting = _waiting(before, found)
    load = waiting.loads[0]
    choices = [_choice(option, 0, 0) for option in late.options(waiting.situation, load)]
    mass_kg = _mass_kg(waiting.situation, load)
    cargoes = {found.collection.id: found.cargo}
    return Bench(load, mass_kg, choices, cargoes, found.places, found.goes_to)


def _mass_kg(before: Situation, load: str) -> int:
    return next(row.mass_kg for row in before.plan.loads if row.id == load)


def _choice(option: Option, saved_fen: int, saved_m: int) -> Choice:
    return Choice(
        vehicle=option.place.vehicle,
        receiver=option.place.receiver,
        at=None,
        extra_fen=option.extra_fen + saved_fen,
        extra_m=option.extra_m + saved_m,
        start_s=option.start_s,
        refusal=option.refusal,
    )
