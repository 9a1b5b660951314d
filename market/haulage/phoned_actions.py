"""Jobs phoned in: taken down, said otherwise, withdrawn, taken up again.

Adding one to the day, and taking it out, are changes of the plan like any other.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from market import audit
from market.accounts.rules import Actor
from market.db import one_at_a_time
from market.errors import ConflictError, DomainError
from market.haulage import day_queries, dispatch, gate_queries, phoned_queries, queries, versions
from market.haulage.actions import is_over
from market.haulage.dispatch import Wish
from market.haulage.gate_rules import Span, terms
from market.haulage.models import CollectionPlan
from market.haulage.phoned_models import PhonedJob
from market.haulage.policy import require_planner
from market.haulage.rules import MAX_REACH_KM, PlanParameters, Verb
from market.haulage.versions import Changed
from market.orgs.queries import site
from routing.travel import great_circle_m


@dataclass(frozen=True, slots=True)
class JobFacts:
    """What a caller says; a site or a point. None: as usual there, or for the material."""

    material_id: str
    form: str
    site_id: int | None
    name: str
    lat: float | None
    lon: float | None
    want_ids: tuple[int, ...]
    mass_kg: int
    volume_l: int | None
    window: Span | None
    loading_s: int | None
    skip_fen: int | None
    caller: str = ""
    phone: str = ""
    remark: str = ""


def take_down(
    session: Session, actor: Actor | None, plan_id: int, facts: JobFacts, *, now: datetime
) -> PhonedJob:
    """Keep the job for the day of the plan, which must still count.

    The same said again by the same person, while what was said is not in that plan yet, is the
    same job: a form sent twice makes one.

    Raises:
        DomainError: it has no place, or one far off; nobody named takes the material.
        ConflictError: the plan does not count any more.

    """
    person = require_planner(actor)
    plan = versions.require_head(session, plan_id)
    told = _told(session, plan, facts)
    one_at_a_time(session, _name(plan))
    for known in phoned_queries.waiting(session, plan):
        if known.job.created_by == person.user_id and _is_told(known.job, told):
            return known.job
    row = PhonedJob(planned_on=plan.planned_on, created_by=person.user_id, created_at=now, **told)
    session.add(row)
    session.flush()
    _record(session, person, row, "take_down", now, asdict(facts))
    return row


def removals(
    session: Session, actor: Actor | None, plan_id: int, job: PhonedJob, *, now: datetime
) -> dict[int, Changed]:
    """Return what becomes of this plan, and of the one driven that day, without the job.

    It reads and computes with no transaction open; plans without the job are not named.

    Raises:
        RefusedError: a truck is on its way to it or has it on board, or it is locked.
        ConflictError: the day is over.

    """
    if is_over(queries.plan(session, plan_id), now):
        raise ConflictError("day_is_over")
    plans = {row.id: row for row in (queries.plan(session, queries.head_id(session, plan_id)),)}
    driven = day_queries.driven_on(session, job.planned_on)
    if driven is not None:
        plans[driven.plan.id] = driven.plan
    names = {number: phoned_queries.in_plan(row).get(job.id) for number, row in plans.items()}
    return {
        number: dispatch.prepare(session, actor, number, Wish(Verb.REMOVE, late=name), now=now)
        for number, name in names.items()
        if name is not None
    }


def withdraw(
    session: Session,
    actor: Actor | None,
    job_id: int,
    without: Mapping[int, Changed],
    *,
    now: datetime,
) -> None:
    """Keep the plans `removals` made; the job is offered no more. Again, it changes nothing."""
    person, job = require_planner(actor), phoned_queries.job(session, job_id)
    for plan_id, changed in without.items():
        versions.keep(session, actor, plan_id, changed, now=now)
    if job.withdrawn_at is None:
        job.withdrawn_at = now
        _record(session, person, job, "withdraw", now)


def take_up_again(session: Session, actor: Actor | None, job_id: int, *, now: datetime) -> None:
    """Let a withdrawn job be offered again; plans it was taken out of stay without it."""
    person, job = require_planner(actor), phoned_queries.job(session, job_id)
    if job.withdrawn_at is not None:
        job.withdrawn_at = None
        _record(session, person, job, "take_up_again", now)


def change(
    session: Session,
    actor: Actor | None,
    plan_id: int,
    job_id: int,
    facts: JobFacts,
    without: Mapping[int, Changed],
    *,
    now: datetime,
) -> PhonedJob:
    """Take down what is said now as a job of its own, and withdraw the one it stands for.

    What is said as before changes nothing.
    """
    job = phoned_queries.job(session, job_id)
    if _is_told(job, _told(session, queries.plan(session, plan_id), facts)):
        return job
    made = take_down(session, actor, plan_id, facts, now=now)
    withdraw(session, actor, job_id, without, now=now)
    return made


def _told(session: Session, plan: CollectionPlan, facts: JobFacts) -> dict[str, Any]:
    """Return the job's columns: what was said, and what holds where nothing was."""
    takers = {end.listing_id for end in phoned_queries.takers(session, facts.material_id)}
    if not facts.want_ids or not takers.issuperset(facts.want_ids):
        raise DomainError("phoned_no_receiver", field="want_ids")
    return {
        "material_id": facts.material_id,
        "form": facts.form,
        "site_id": facts.site_id,
        **_place(session, plan, facts),
        "want_ids": list(facts.want_ids),
        "mass_kg": facts.mass_kg,
        "volume_l": facts.volume_l,
        "skip_fen": facts.skip_fen,
        "caller": facts.caller,
        "phone": facts.phone,
        "remark": facts.remark,
        **_gate(session, plan, facts),
    }


def _is_told(job: PhonedJob, told: Mapping[str, Any]) -> bool:
    return all(getattr(job, name) == value for name, value in told.items())


def _place(session: Session, plan: CollectionPlan, facts: JobFacts) -> dict[str, object]:
    if facts.site_id is not None:
        known = site(session, facts.site_id)
        return {"name": known.name_zh, "lat": known.lat, "lon": known.lon}
    if not facts.name or facts.lat is None or facts.lon is None:
        raise DomainError("phoned_no_place", field="site_id")
    rows = [(row.lat, row.lon) for row in queries.depots(session) if row.id in plan.depot_ids]
    lat, lon = np.array([*rows, (facts.lat, facts.lon)]).T
    away_km = round(float(great_circle_m(lat, lon)[-1, :-1].min()) / 1000)
    if away_km > MAX_REACH_KM:
        raise DomainError("phoned_far_off", field="lat", km=away_km, most=MAX_REACH_KM)
    return {"name": facts.name, "lat": facts.lat, "lon": facts.lon}


def _gate(session: Session, plan: CollectionPlan, facts: JobFacts) -> dict[str, object]:
    """Return the hours and the loading time said, or else those of the site's gate."""
    stated = gate_queries.stated(session).get(facts.site_id or 0)
    usual = terms(PlanParameters(**plan.parameters), stated)
    spans = usual.windows if facts.window is None else (facts.window,)
    loading_s = usual.loading_s if facts.loading_s is None else facts.loading_s
    return {
        "windows": [list(span) for span in spans],
        "loading_s": loading_s,
        # Beside a road there is no weighbridge.
        "weighing_s": 0 if facts.site_id is None else usual.weighing_s,
    }


def _name(plan: CollectionPlan) -> str:
    return f"phoned-jobs-{plan.planned_on}"


def _record(
    session: Session,
    person: Actor,
    job: PhonedJob,
    verb: str,
    now: datetime,
    changes: dict[str, Any] | None = None,
) -> None:
    audit.record(
        session,
        now=now,
        user_id=person.user_id,
        verb=verb,
        subject="phoned_job",
        subject_id=job.id,
        changes=changes,
    )
