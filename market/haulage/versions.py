"""Plans that come from plans: which one counts, a new one on top of it, and the way back.

Nothing is overwritten: a verb adds a plan and moves the head of the line to it, undoing moves the
head back. Each runs inside the caller's transaction.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from market import audit, jobs
from market.accounts.rules import Actor
from market.db import one_at_a_time
from market.errors import ConflictError
from market.haulage import codec, day_queries, phoned_queries, queries, situations, store
from market.haulage.actions import KIND, is_over, planner_versions
from market.haulage.day import Cargo, Place
from market.haulage.models import CollectionPlan, PlanChange, PlanHead
from market.haulage.policy import require_planner
from market.haulage.rules import PlanStatus, Verb, seconds_over
from routing import hand
from routing.operate import Situation

NEW_LOAD = "new_load"
"""Among the stored parameters: the load that adding made, which the person did not name."""


@dataclass(frozen=True, slots=True)
class Changed:
    """A changed plan that is not stored yet; new cargoes and places by their keys."""

    verb: Verb
    parameters: dict[str, Any]
    situation: Situation
    cargoes: dict[str, Cargo]
    places: dict[str, Place]


def require_head(session: Session, plan_id: int) -> CollectionPlan:
    """Return the plan when it has its outcome and still counts.

    Raises:
        ConflictError: somebody changed it meanwhile (``head`` is the plan that counts now), or it
            is not made yet.

    """
    row = queries.plan(session, plan_id)
    if row.status == PlanStatus.PENDING:
        raise ConflictError("plan_not_made")
    head = queries.head_id(session, plan_id)
    if head != plan_id:
        raise ConflictError("plan_changed", head=head)
    return row


def repeated(
    session: Session, person: Actor, plan_id: int, verb: Verb, parameters: dict[str, Any]
) -> CollectionPlan | None:
    """Return what the same form sent a moment ago has made, where that still counts or runs."""
    head = queries.head_id(session, plan_id)
    for row, change in queries.children(session, plan_id, verb):
        waits = row.status == PlanStatus.PENDING and head == plan_id and _is_wanted(session, row)
        if (
            {**change.parameters, NEW_LOAD: None} == {**parameters, NEW_LOAD: None}
            and row.created_by == person.user_id
            and (row.id == head or waits)
        ):
            return row
    return None


def _is_wanted(session: Session, row: CollectionPlan) -> bool:
    job = queries.job_of(session, row)
    return job is not None and not job.ended and job.cancel_requested_at is None


def keep(
    session: Session, actor: Actor | None, plan_id: int, changed: Changed, *, now: datetime
) -> CollectionPlan:
    """Store the changed plan as the one that counts; a repeat of the same form gives the same.

    Raises:
        ConflictError: somebody else changed the plan meanwhile.

    """
    person = require_planner(actor)
    one_at_a_time(session, _name(session, plan_id))
    known = repeated(session, person, plan_id, changed.verb, changed.parameters)
    if known is not None:
        return known
    parent = require_head(session, plan_id)
    row = _child(session, person, parent, changed, now)
    made, problem = changed.situation.plan, changed.situation.problem
    from_s = changed.situation.now_s
    store.store_plan(session, row.id, made, problem, from_s=from_s, stopped=False)
    point_to(session, row.id, person.user_id, now)
    _record(session, person, row.id, changed.verb, now)
    return row


def request_replan(
    session: Session,
    actor: Actor | None,
    plan_id: int,
    wish: Changed,
    *,
    time_limit_s: int,
    now: datetime,
) -> CollectionPlan:
    """Queue a search on top of the plan; the head moves when the search has its answer."""
    person = require_planner(actor)
    one_at_a_time(session, _name(session, plan_id))
    known = repeated(session, person, plan_id, Verb.REPLAN, wish.parameters)
    if known is not None:
        return known
    parent = require_head(session, plan_id)
    row = _child(session, person, parent, wish, now)
    row.time_limit_s = time_limit_s
    row.job_id = jobs.submit(session, kind=KIND, subject_id=row.id, now=now).id
    _record(session, person, row.id, Verb.REPLAN, now)
    return row


def make_current(
    session: Session, actor: Actor | None, plan_id: int, *, instead_of: int, now: datetime
) -> CollectionPlan:
    """Let an earlier or left-aside plan of the line count again; doing so twice is doing it once.

    Raises:
        ConflictError: another plan than ``instead_of`` counts by now, the day is over, or a truck
            has by now done what this plan does not know of.

    """
    person = require_planner(actor)
    row = queries.plan(session, plan_id)
    if row.status == PlanStatus.PENDING:
        raise ConflictError("plan_not_made")
    one_at_a_time(session, _name(session, plan_id))
    head = queries.head_id(session, plan_id)
    if head == plan_id:
        return row
    if head != instead_of:
        raise ConflictError("plan_changed", head=head)
    error = barred(session, row, head, now)
    if error is not None:
        raise error
    point_to(session, plan_id, person.user_id, now)
    _record(session, person, plan_id, "make_current", now, {"instead_of": head})
    return row


def barred(
    session: Session, row: CollectionPlan, current_id: int | None, now: datetime
) -> ConflictError | None:
    """Say why the plan cannot count instead of the current one; None: nothing does so by now.

    Trucks drive by the plan in force. What they have set out for by it stays done, and what any
    other plan says they had done by now did not happen. So whether a plan may count depends on its
    day, and on what is in force on it:

    =====  ============================  =========================  =============================
    day    nothing is in force           a version of a draft,      the plan in force is to be
                                         within its line            another, of its line or not
    =====  ============================  =========================  =============================
    ahead  may                           may                        may
    today  may while by it no truck has  may: nobody drives by it   may while by both each truck
           set out                                                  has set out for the same
    past   may not                       may not                    may not
    =====  ============================  =========================  =============================

    Nor can one count with a job phoned in that was withdrawn.
    """
    if is_over(row, now):
        return ConflictError("day_is_over")
    if phoned_queries.has_withdrawn(session, row):
        return ConflictError("job_withdrawn", ref=row.ref)
    driven = day_queries.driven_on(session, row.planned_on)
    root_id = queries.root_id(session, row.id)
    in_force = driven is not None and driven.record.root_id == root_id
    if current_id is not None and queries.root_id(session, current_id) == root_id and not in_force:
        return None
    trucks = trucks_apart(session, row, None if driven is None else driven.plan, now)
    return ConflictError("done_otherwise", truck=min(trucks), ref=row.ref) if trucks else None


def trucks_apart(
    session: Session, one: CollectionPlan, other: CollectionPlan | None, now: datetime
) -> list[int]:
    """Return the trucks that have by now set out for something else by one plan of a day.

    By no plan, nothing.
    """
    over_s = seconds_over(one.planned_on, now)
    if over_s is None:
        return []
    stored = [() if row is None else queries.routes(session, row.id) for row in (one, other)]
    held = [{} if row is None else queries.held(session, row) for row in (one, other)]
    numbers = {f"V{route.vehicle_id}": route.number for routes in stored for route in routes}
    mine, others = ([situations.route(route) for route in routes] for routes in stored)
    begun = held[0].get("begun", {}), held[1].get("begun", {})
    out = {name for told in held for name in told.get("out", ())}
    names = hand.done_otherwise(mine, others, over_s, begun, out)
    return [numbers[name] for name in names]


def advance(session: Session, plan_id: int, *, now: datetime) -> None:
    """Let a searched plan count where its parent still does; else it is left aside.

    So is one that was so long in coming that a truck has done what it does not know of.
    """
    change = queries.change(session, plan_id)
    if change is None:
        return
    one_at_a_time(session, _name(session, plan_id))
    row = queries.plan(session, plan_id)
    is_next = queries.head_id(session, plan_id) == change.parent_id
    if is_next and barred(session, row, change.parent_id, now) is None:
        point_to(session, plan_id, row.created_by, now)


def point_to(session: Session, plan_id: int, user_id: int | None, now: datetime) -> None:
    root = queries.root_id(session, plan_id)
    head = queries.head(session, root)
    if head is None:
        head = PlanHead(root_id=root)
        session.add(head)
    head.plan_id, head.set_by, head.set_at = plan_id, user_id, now
    session.flush()
    day_queries.count_change(session, root)


def _name(session: Session, plan_id: int) -> str:
    return f"plan-line-{queries.root_id(session, plan_id)}"


def _child(
    session: Session, person: Actor, parent: CollectionPlan, changed: Changed, now: datetime
) -> CollectionPlan:
    frozen = queries.frozen_input(session, parent.id)
    # A late truck that has not left yet has another shift in the day's input.
    if changed.cargoes or changed.verb in {Verb.DELAY, Verb.REMOVE}:
        frozen = codec.freeze(changed.situation.problem)
    row = CollectionPlan(
        run_id=parent.run_id,
        planned_on=parent.planned_on,
        depot_ids=parent.depot_ids,
        parameters={**parent.parameters, "max_iterations": None},
        time_limit_s=parent.time_limit_s,
        seed=parent.seed,
        versions=planner_versions(),
        input_gz=frozen,
        places={**parent.places, **{k: asdict(place) for k, place in changed.places.items()}},
        cargoes=_cargoes(parent, changed),
        left_out=parent.left_out,
        status=PlanStatus.PENDING,
        created_by=person.user_id,
        created_at=now,
    )
    session.add(row)
    session.flush()
    session.add(
        PlanChange(
            plan_id=row.id,
            parent_id=parent.id,
            root_id=queries.root_id(session, parent.id),
            verb=changed.verb,
            parameters=changed.parameters,
            held=situations.held(changed.situation),
        )
    )
    session.flush()
    return row


def _cargoes(parent: CollectionPlan, changed: Changed) -> dict[str, Any]:
    made = {**parent.cargoes, **{k: asdict(cargo) for k, cargo in changed.cargoes.items()}}
    if changed.verb is Verb.REMOVE:
        name = changed.parameters["late"]
        made[name] = {**made[name], "removed": True}
    return made


def _record(
    session: Session,
    person: Actor,
    plan_id: int,
    verb: str,
    now: datetime,
    changes: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        now=now,
        user_id=person.user_id,
        verb=verb,
        subject="collection_plan",
        subject_id=plan_id,
        changes=changes,
    )
