"""What dispatchers do to a plan: from a wish to the changed plan, or to the reason against it.

Preparing reads and computes with no transaction open; `market.haulage.versions` stores.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.errors import ConflictError, DomainError, NotFoundError
from market.haulage import late_loads, phoned_queries, queries, situations, versions
from market.haulage.actions import is_over
from market.haulage.models import CollectionPlan, PlanChange
from market.haulage.policy import require_planner
from market.haulage.rules import HAND_OUT, MAX_DELAY_MIN, MAX_TIME_LIMIT_S, MIN_TIME_LIMIT_S, Verb
from market.haulage.versions import Changed
from routing import delay, late, moves, trucks
from routing.bound import bounded
from routing.hand import taken_up
from routing.locks import Lock
from routing.operate import Refusal, Situation
from routing.places import Place as Spot
from routing.problem import DAY_S, ProblemError


@dataclass(frozen=True, slots=True)
class Wish:
    """One verb with what it is about.

    ``at`` is behind how many of the truck's other tasks a load is taken up (None: where it costs
    least), ``put`` behind how many it is put down (None: at once); ``start_s`` is the second of day
    at which a locked load is taken up, ``unload_s`` that at which it is put down;
    ``delay_s`` is by how much a truck runs late;
    ``late`` names a candidate of `late_loads`, or what the plan calls a job phoned in that is to
    leave it; ``from_s`` is the clock of a new search;
    with ``unlock`` a truck that is taken out is unlocked first, with all its loads.
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
    unlock: bool | None = None

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
    return _bounded(changed)


def corrected(
    session: Session, actor: Actor | None, plan_id: int, wish: Wish, *, now: datetime
) -> Changed:
    """Return the plan as if its last change, a truck's being late, had been told like this.

    Raises:
        NotFoundError: its last change was another.
        ConflictError: the plan before cannot count again, or as `prepare` does.

    """
    require_planner(actor)
    versions.require_head(session, plan_id)
    row = queries.plan(session, delay_of(session, plan_id, wish).parent_id)
    error = versions.barred(session, row, plan_id, now)
    if error is not None:
        raise error
    before = situation(session, row, now=now)
    return _bounded(Changed(wish.verb, wish.parameters, _applied(before, wish), {}, {}))


def delay_of(session: Session, plan_id: int, wish: Wish) -> PlanChange:
    """Return the change that told of the truck's being late, and made this plan."""
    change = queries.change(session, plan_id)
    if change is None or change.verb != Verb.DELAY or change.parameters["vehicle"] != wish.vehicle:
        raise NotFoundError("not_found")
    return change


def _bounded(changed: Changed) -> Changed:
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
    asked = Lock(wish.vehicle or carrier(before, wish.load), wish.load)
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
    asked = Lock(wish.vehicle or carrier(before, wish.load), wish.load)
    if not any(_same(row, asked) for row in before.locks):
        raise ConflictError("not_locked")
    return moves.unlock(before, asked)


def _same(one: Lock, other: Lock) -> bool:
    return (one.vehicle, one.load) == (other.vehicle, other.load)


def carrier(before: Situation, load: str | None) -> str:
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


def _taken_out(before: Situation, wish: Wish) -> Situation | Refusal:
    """Take the truck out; what is locked of loads on board is kept, for it still brings them."""
    vehicle = wish.vehicle or ""
    if wish.unlock and vehicle in {row.id for row in before.problem.vehicles}:
        started = taken_up(before).by_id[vehicle].started
        kept = (row for row in before.locks if row.vehicle != vehicle or row.load in started)
        before = replace(before, locks=tuple(kept))
    return trucks.take_out(before, vehicle)


def _wound(before: Situation, wish: Wish) -> Situation | Refusal:
    """Set the clock a new search starts from; it never runs back."""
    limit_s = wish.time_limit_s or 0
    if not MIN_TIME_LIMIT_S <= limit_s <= MAX_TIME_LIMIT_S:
        raise DomainError(
            "out_of_range", field="time_limit_s", low=MIN_TIME_LIMIT_S, high=MAX_TIME_LIMIT_S
        )
    if wish.from_s is None:
        return before
    if before.now_s is None:
        raise DomainError("day_not_begun", field="from_time")
    if not before.now_s <= wish.from_s < DAY_S:
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
    Verb.TAKE_OUT: _taken_out,
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
    joined = waiting(before, found)
    first, *others = joined.loads
    placed = joined.situation
    if wish.vehicle is not None:
        placed = granted(moves.move_to_truck(placed, first, wish.vehicle, wish.receiver))
        placed = late.placed(placed, others) if others else placed
    said = {**wish.parameters, versions.NEW_LOAD: first}
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


def waiting(before: Situation, found: late_loads.LateLoad) -> late.Added:
    try:
        return late.with_collection(replace(before, problem=found.problem), found.collection)
    except ProblemError as error:
        raise ConflictError("not_of_this_day", fault=str(error)) from error
