"""Stating what holds at a site's gate. Plans already made keep what they reckoned with."""

from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from market import audit
from market.accounts.rules import Actor
from market.db import one_at_a_time
from market.haulage import gate_queries
from market.haulage.actions import local_day
from market.haulage.gate_models import Gate
from market.haulage.gate_rules import GateFacts
from market.haulage.policy import require_planner
from market.orgs.queries import site


def save_gate(
    session: Session, actor: Actor | None, site_id: int, facts: GateFacts, *, now: datetime
) -> None:
    """Keep what the site states; where it states nothing, plans assume again."""
    person = require_planner(actor)
    site(session, site_id)
    one_at_a_time(session, "gates")
    told = asdict(facts)
    told["intakes_kg"] = {str(want): mass_kg for want, mass_kg in facts.intakes_kg.items()}
    row = gate_queries.gate(session, site_id)
    if facts.states_something:
        row = row or Gate(site_id=site_id)
        for name, value in told.items():
            setattr(row, name, value)
        row.stated_on = local_day(now)
        session.add(row)
    elif row is not None:
        session.delete(row)
    audit.record(
        session,
        now=now,
        user_id=person.user_id,
        verb="change",
        subject="gate",
        subject_id=site_id,
        changes=told,
    )
