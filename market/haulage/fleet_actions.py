"""Verbs on trucks and what they cost. Plans already made keep the trucks as they were."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from market import audit
from market.accounts.rules import Actor
from market.db import one_at_a_time
from market.errors import DomainError
from market.haulage import queries
from market.haulage.models import Vehicle, VehicleType
from market.haulage.policy import require_planner
from market.haulage.rules import Basis
from market.orgs.rules import Standing


@dataclass(frozen=True, slots=True)
class TruckFacts:
    """A truck as its fleet states it; ``end_depot_id`` None: it returns to its depot."""

    plate: str
    driver_zh: str
    driver_en: str
    type_id: int
    depot_id: int
    end_depot_id: int | None
    shift_starts_s: int
    shift_ends_s: int
    active: bool


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """What trucks of a type cost and emit, and who says so; a factor may be unknown."""

    fixed_fen: int
    fen_per_km: int
    fen_per_h: int
    cost_source: str
    co2_g_per_km: int | None
    co2_empty_g_per_km: int | None
    co2_source: str | None


def save_truck(
    session: Session, actor: Actor | None, facts: TruckFacts, number: int | None, *, now: datetime
) -> Vehicle:
    """Change the truck of this number; without one, add a truck under the next number.

    Raises:
        DomainError: another truck has the plate, or the shift has no length.

    """
    person = require_planner(actor)
    one_at_a_time(session, "fleet")
    if queries.plate_owner(session, facts.plate) not in {None, number}:
        raise DomainError("plate_taken", field="plate")
    if facts.shift_ends_s <= facts.shift_starts_s:
        raise DomainError("shift_empty", field="shift_ends")
    if number is None:
        row = Vehicle(number=queries.highest_number(session) + 1, standing=Standing.MEMBER)
        session.add(row)
    else:
        row = queries.truck(session, number)
    told = asdict(facts)
    if facts.end_depot_id == facts.depot_id:
        told["end_depot_id"] = None
    for name, value in told.items():
        setattr(row, name, value)
    session.flush()
    _record(session, person, "vehicle", row.id, told, now)
    return row


def save_type(
    session: Session, actor: Actor | None, facts: TypeFacts, type_id: int, *, now: datetime
) -> VehicleType:
    """Change what trucks of a type cost and emit.

    Raises:
        DomainError: changed costs keep their old source, or a factor has none.

    """
    person = require_planner(actor)
    row = queries.vehicle_type(session, type_id)
    _check_co2(facts)
    costs = {name: getattr(facts, name) for name in ("fixed_fen", "fen_per_km", "fen_per_h")}
    same_source = facts.cost_source in {row.cost_source_zh, row.cost_source_en}
    if any(getattr(row, name) != value for name, value in costs.items()) and same_source:
        raise DomainError("cost_source_old", field="cost_source")
    if not same_source:
        source = {"cost_source_zh": facts.cost_source, "cost_source_en": facts.cost_source}
        costs |= source | {"cost_basis": Basis.STATED}
    emitted = ("co2_g_per_km", "co2_empty_g_per_km", "co2_source")
    told = costs | {name: getattr(facts, name) for name in emitted}
    for name, value in told.items():
        setattr(row, name, value)
    _record(session, person, "vehicle_type", row.id, told, now)
    return row


def _check_co2(facts: TypeFacts) -> None:
    known = facts.co2_g_per_km is not None
    if facts.co2_empty_g_per_km is not None and not known:
        raise DomainError("co2_empty_alone", field="co2_g_per_km")
    if known and facts.co2_source is None:
        raise DomainError("co2_source_missing", field="co2_source")
    if facts.co2_source is not None and not known:
        raise DomainError("co2_factor_missing", field="co2_g_per_km")


def _record(
    session: Session, person: Actor, subject: str, row_id: int, told: dict[str, Any], now: datetime
) -> None:
    audit.record(
        session,
        now=now,
        user_id=person.user_id,
        verb="change",
        subject=subject,
        subject_id=row_id,
        changes=told,
    )
