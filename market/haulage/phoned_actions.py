"""Taking down a phoned-in job. Adding it to the day is a change of the plan like any other."""

from dataclasses import asdict, dataclass
from datetime import datetime

import numpy as np
from sqlalchemy.orm import Session

from market import audit
from market.accounts.rules import Actor
from market.errors import DomainError
from market.haulage import gate_queries, phoned_queries, queries, versions
from market.haulage.gate_rules import Span, terms
from market.haulage.models import CollectionPlan
from market.haulage.phoned_models import PhonedJob
from market.haulage.policy import require_planner
from market.haulage.rules import MAX_REACH_KM, PlanParameters
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


def take_down(
    session: Session, actor: Actor | None, plan_id: int, facts: JobFacts, *, now: datetime
) -> PhonedJob:
    """Keep the job for the day of the plan, which must still count.

    Raises:
        DomainError: it has no place, or one far off; nobody named takes the material.
        ConflictError: the plan does not count any more.

    """
    person = require_planner(actor)
    plan = versions.require_head(session, plan_id)
    takers = {end.listing_id for end in phoned_queries.takers(session, facts.material_id)}
    if not facts.want_ids or not takers.issuperset(facts.want_ids):
        raise DomainError("phoned_no_receiver", field="want_ids")
    name, lat, lon = _place(session, plan, facts)
    row = PhonedJob(
        planned_on=plan.planned_on,
        material_id=facts.material_id,
        form=facts.form,
        site_id=facts.site_id,
        name=name,
        lat=lat,
        lon=lon,
        want_ids=list(facts.want_ids),
        mass_kg=facts.mass_kg,
        volume_l=facts.volume_l,
        skip_fen=facts.skip_fen,
        created_by=person.user_id,
        created_at=now,
        **_gate(session, plan, facts),
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        now=now,
        user_id=person.user_id,
        verb="take_down",
        subject="phoned_job",
        subject_id=row.id,
        changes=asdict(facts),
    )
    return row


def _place(session: Session, plan: CollectionPlan, facts: JobFacts) -> tuple[str, float, float]:
    if facts.site_id is not None:
        known = site(session, facts.site_id)
        return known.name_zh, known.lat, known.lon
    if not facts.name or facts.lat is None or facts.lon is None:
        raise DomainError("phoned_no_place", field="site_id")
    rows = [(row.lat, row.lon) for row in queries.depots(session) if row.id in plan.depot_ids]
    lat, lon = np.array([*rows, (facts.lat, facts.lon)]).T
    away_km = round(float(great_circle_m(lat, lon)[-1, :-1].min()) / 1000)
    if away_km > MAX_REACH_KM:
        raise DomainError("phoned_far_off", field="lat", km=away_km, most=MAX_REACH_KM)
    return facts.name, facts.lat, facts.lon


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
