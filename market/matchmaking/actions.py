"""What changes matching runs. Each action stands in its caller's transaction."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market import audit, jobs
from market.accounts.rules import Actor
from market.catalogue.models import Material
from market.db import one_at_a_time
from market.errors import ConflictError, DomainError, ForbiddenError
from market.matchmaking import policy, queries
from market.matchmaking.models import MatchRun, RawMixTarget
from market.matchmaking.rules import (
    DEFAULT_MONTHS,
    DEFAULT_RADIUS_KM,
    DEFAULT_ROAD_FACTOR,
    MAX_MONTHS,
    MAX_RADIUS_KM,
    WEIGHTS,
    Objective,
)
from market.orgs import queries as orgs
from market.orgs.policy import require_change
from market.quantities import m_from_km

KIND = "matching"


def request_run(
    session: Session,
    actor: Actor,
    *,
    objective: Objective,
    radius_km: float,
    material_ids: Sequence[str],
    now: datetime,
    road_factor: float = DEFAULT_ROAD_FACTOR,
    first_month: date | None = None,
    months: int = DEFAULT_MONTHS,
    time_limit_s: int | None = None,
    weights: Mapping[str, float] | None = None,
) -> MatchRun:
    """Queue a run, or return the one of the same request that is still queued or running.

    ``radius_km`` is by road; no material ids mean all of them. ``first_month`` is the first day of
    the first of so many ``months``; without it the year is taken as one. ``weights`` are the points
    of a weighted run.

    Refused: an actor who may not ask, a radius or a number of months out of range, an unknown
    material, a weighted run without a weight.
    """
    if not policy.may_request(actor):
        raise ForbiddenError("forbidden")
    if not 0 < radius_km <= MAX_RADIUS_KM:
        raise DomainError("radius_out_of_range", field="radius_km", largest=MAX_RADIUS_KM)
    month_count, points = _month_count(first_month, months), _weights(objective, weights)
    wanted = sorted(set(material_ids))
    _require_known(session, wanted)
    one_at_a_time(session, KIND)
    same = queries.unfinished_like(
        session, objective, m_from_km(radius_km), wanted, first_month, month_count, points,
        time_limit_s,
    )  # fmt: skip
    if same is not None:
        return same
    run = MatchRun(
        objective=objective,
        radius_m=m_from_km(radius_km),
        road_factor=road_factor,
        material_ids=wanted,
        first_month=first_month,
        month_count=month_count,
        time_limit_s=time_limit_s,
        weights=points,
        created_by=actor.user_id,
        created_at=now,
    )
    return _queue(session, actor, run, now, verb="requested")


def request_first_run(session: Session, actor: Actor, *, now: datetime) -> MatchRun:
    """Queue the run a fresh installation starts with: all materials, most tonnes, one year."""
    return request_run(
        session,
        actor,
        objective=Objective.TONNES,
        radius_km=DEFAULT_RADIUS_KM,
        material_ids=(),
        now=now,
    )


def repeat_run(session: Session, actor: Actor, run_id: int, *, now: datetime) -> MatchRun:
    """Queue a run on the frozen input of another, to see the same answer again.

    Refused: an actor who may not ask, a run whose input is not frozen yet.
    """
    if not policy.may_request(actor):
        raise ForbiddenError("forbidden")
    old = queries.run(session, run_id)
    frozen = queries.frozen_input(session, run_id)
    if frozen is None:
        raise ConflictError("run_has_no_input")
    one_at_a_time(session, KIND)
    same = queries.unfinished_repeat(session, run_id)
    if same is not None:
        return same
    run = MatchRun(
        repeats_id=old.id,
        objective=old.objective,
        radius_m=old.radius_m,
        road_factor=old.road_factor,
        material_ids=list(old.material_ids),
        first_month=old.first_month,
        month_count=old.month_count,
        stops=old.stops,
        time_limit_s=old.time_limit_s,
        weights=old.weights,
        seed=old.seed,
        input_gz=frozen,
        created_by=actor.user_id,
        created_at=now,
    )
    return _queue(session, actor, run, now, verb="repeated")


def cancel_run(session: Session, actor: Actor, run_id: int, *, now: datetime) -> None:
    """Ask the run's job to stop; what is solved by then is kept.

    Refused: an actor who neither asked for it nor oversees, a job that has ended.
    """
    run = queries.run(session, run_id)
    if not policy.may_cancel(actor, run):
        raise ForbiddenError("forbidden")
    if run.job_id is None:
        raise ConflictError("job_has_ended")
    jobs.request_cancel(session, run.job_id, now)
    _note(session, actor, run, now, verb="cancelled")


def keep_raw_mix(
    session: Session, actor: Actor, line_id: int, facts: Mapping[str, float], *, now: datetime
) -> RawMixTarget:
    """Keep what a works says of its kiln, so that runs mix for it.

    Refused: an actor who is neither of the line's firm nor staff.
    """
    target = _own_target(session, actor, line_id)
    if target is None:
        target = RawMixTarget(line_id=line_id)
        session.add(target)
    target.facts, target.updated_at, target.updated_by = dict(facts), now, actor.user_id
    session.flush()
    _note_line(session, actor, line_id, now, verb="kept")
    return target


def drop_raw_mix(session: Session, actor: Actor, line_id: int, *, now: datetime) -> None:
    """Let runs treat the line's wants one by one again; refused as ``keep_raw_mix``."""
    target = _own_target(session, actor, line_id)
    if target is not None:
        session.delete(target)
        session.flush()
        _note_line(session, actor, line_id, now, verb="dropped")


def _own_target(session: Session, actor: Actor, line_id: int) -> RawMixTarget | None:
    require_change(actor, orgs.org_of_line(session, line_id))
    return session.get(RawMixTarget, line_id)


def _note_line(session: Session, actor: Actor, line_id: int, now: datetime, *, verb: str) -> None:
    audit.record(
        session, now=now, user_id=actor.user_id, verb=verb, subject="raw_mix", subject_id=line_id
    )


def _queue(session: Session, actor: Actor, run: MatchRun, now: datetime, *, verb: str) -> MatchRun:
    session.add(run)
    session.flush()
    run.job_id = jobs.submit(session, kind=KIND, subject_id=run.id, now=now).id
    _note(session, actor, run, now, verb=verb)
    session.flush()
    return run


def _note(session: Session, actor: Actor, run: MatchRun, now: datetime, *, verb: str) -> None:
    audit.record(
        session, now=now, user_id=actor.user_id, verb=verb, subject="match_run", subject_id=run.id
    )


def _month_count(first_month: date | None, months: int) -> int | None:
    """Return how many months a run has; none where the year is taken as one."""
    if not 1 <= months <= MAX_MONTHS:
        raise DomainError("months_out_of_range", field="months", largest=MAX_MONTHS)
    return None if first_month is None else months


def _weights(objective: Objective, weights: Mapping[str, float] | None) -> dict[str, float] | None:
    """Return the points of a weighted run by all their names; None for every other aim."""
    if objective is not Objective.WEIGHTED:
        return None
    points = {name: float((weights or {}).get(name, 0.0)) for name in WEIGHTS}
    if not any(points.values()):
        raise DomainError("no_weight", field="weight_yuan")
    return points


def _require_known(session: Session, material_ids: Sequence[str]) -> None:
    statement = sa.select(Material.id).where(Material.id.in_(material_ids))
    unknown = set(material_ids) - set(session.scalars(statement))
    if unknown:
        raise DomainError("unknown_material", field="material_ids", material=min(unknown))
