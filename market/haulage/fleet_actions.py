"""Verbs on depots, trucks, small pick-ups. Plans already made keep them as they were."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from market import audit
from market.accounts.rules import Actor
from market.db import one_at_a_time
from market.errors import DomainError
from market.haulage import queries
from market.haulage.models import Depot, Vehicle, VehicleType
from market.haulage.policy import require_planner
from market.haulage.rules import Basis, VehicleKind
from market.orgs.rules import Standing

COSTS = ("fixed_fen", "fen_per_km", "fen_per_h")


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """Where a depot or a small pick-up is, in WGS-84 degrees; a county may be unknown."""

    name_zh: str
    name_en: str
    county_zh: str
    county_en: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class DepotFacts(PlaceFacts):
    """A depot, and the telephone of its dispatcher; empty: nobody has said."""

    phone: str


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What one visit to a small pick-up takes away, when, and where it goes.

    Weekdays are ISO, 1 = Monday; without any it is fetched only when a dispatcher adds it to a day.
    """

    form: str
    want_id: int
    mass_kg: int
    weekdays: list[int]
    service_s: int
    window_opens_s: int
    window_closes_s: int


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
    """What trucks of a type cost and emit, who says so, and what hours their drivers keep.

    A factor may be unknown; hours of None are the law's.
    """

    fixed_fen: int
    fen_per_km: int
    fen_per_h: int
    cost_source: str
    co2_g_per_km: int | None
    co2_empty_g_per_km: int | None
    co2_source: str | None
    continuous_drive_s: int | None
    rest_s: int | None
    daily_drive_s: int | None


@dataclass(frozen=True, slots=True)
class NewType:
    """What makes a type of truck what it is; it does not change once trucks are of it."""

    name_zh: str
    name_en: str
    kind: str
    capacity_kg: int
    capacity_l: int | None
    families: list[str]
    licences: list[str]


def save_depot(
    session: Session, actor: Actor | None, facts: DepotFacts, depot_id: int | None, *, now: datetime
) -> Depot:
    """Change the depot; without one, add one, at which no truck stands yet.

    Raises:
        DomainError: another depot has the name.

    """
    person = require_planner(actor)
    one_at_a_time(session, "fleet")
    known = queries.depots(session)
    if any(row.name_zh == facts.name_zh and row.id != depot_id for row in known):
        raise DomainError("depot_taken", field="name_zh")
    if depot_id is None:
        number = max((row.id for row in known), default=0) + 1
        row = Depot(key=f"own-{number}", standing=Standing.MEMBER)
        session.add(row)
    else:
        row = queries.depot(session, depot_id)
    told = asdict(facts)
    for name, value in told.items():
        setattr(row, name, value)
    session.flush()
    _record(session, person, "depot", row.id, told, now)
    return row


def save_pick_up(
    session: Session,
    actor: Actor | None,
    pick_up_id: int,
    place: PlaceFacts,
    visit: VisitFacts,
    *,
    now: datetime,
) -> None:
    """Change where a small pick-up is and what a visit to it is; its material stays."""
    person = require_planner(actor)
    row = queries.pick_up(session, pick_up_id)
    told = asdict(place) | asdict(visit)
    for name, value in told.items():
        setattr(row, name, value)
    _record(session, person, "collection", row.id, told, now)


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
    """Change what trucks of a type cost and emit, and how long they are driven.

    Raises:
        DomainError: changed costs keep their old source, or a factor has none.

    """
    person = require_planner(actor)
    row = queries.vehicle_type(session, type_id)
    _check_co2(facts)
    told = asdict(facts)
    source = told.pop("cost_source")
    same_source = source in {row.cost_source_zh, row.cost_source_en}
    changed = any(getattr(row, name) != told[name] for name in COSTS)
    if changed and same_source:
        raise DomainError("cost_source_old", field="cost_source")
    if not same_source:
        told |= _stated(source)
    for name, value in told.items():
        setattr(row, name, value)
    _record(session, person, "vehicle_type", row.id, told, now)
    return row


def add_type(
    session: Session, actor: Actor | None, made: NewType, facts: TypeFacts, *, now: datetime
) -> VehicleType:
    """Add a type of truck, of which there is none yet.

    Raises:
        DomainError: another type has the name, a factor has no source, or a van for hazardous
            goods has no licence and so nothing to carry.

    """
    person = require_planner(actor)
    one_at_a_time(session, "fleet")
    _check_co2(facts)
    if made.kind == VehicleKind.HAZARDOUS_VAN and not made.licences:
        raise DomainError("van_without_licence", field="licences")
    types = queries.vehicle_types(session)
    if made.name_zh in {row.name_zh for row in types}:
        raise DomainError("type_taken", field="name_zh")
    told = asdict(made) | asdict(facts)
    told |= _stated(told.pop("cost_source"))
    number = max((row.id for row in types), default=0) + 1
    row = VehicleType(key=f"own-{number}", **told)
    session.add(row)
    session.flush()
    _record(session, person, "vehicle_type", row.id, told, now)
    return row


def _stated(source: str) -> dict[str, Any]:
    return {"cost_source_zh": source, "cost_source_en": source, "cost_basis": Basis.STATED}


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
