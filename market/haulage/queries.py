"""Every SELECT on fleets, pick-ups and collection plans."""

from collections.abc import Collection as Members
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, undefer

from market.accounts.models import User
from market.catalogue.models import Material
from market.errors import NotFoundError
from market.haulage.day_models import PlanOfDay
from market.haulage.models import (
    CargoRule,
    Collection,
    CollectionPlan,
    Depot,
    PlanChange,
    PlanHead,
    PlanLoad,
    PlanRoute,
    PlanUnserved,
    Vehicle,
    VehicleType,
)
from market.haulage.phoned_models import PhonedJob
from market.haulage.rules import PlanStatus
from market.jobs import ENDED, Job
from market.listings.models import Listing
from market.listings.rules import State
from market.matchmaking.flows import End
from market.matchmaking.models import MatchRun
from market.matchmaking.queries import end_of
from market.matchmaking.rules import SETTLED
from market.orgs.models import Organisation, Site

SOLVED = frozenset({PlanStatus.COMPLETE, PlanStatus.PARTIAL, PlanStatus.EMPTY})


@dataclass(frozen=True, slots=True)
class PickUp:
    """A small collection, and the want with its site that it goes to."""

    collection: Collection
    material: Material
    receiver: End

    @property
    def want_id(self) -> int:
        return self.receiver.listing_id


def depots(session: Session) -> Sequence[Depot]:
    return session.scalars(sa.select(Depot).order_by(Depot.id)).all()


def depot(session: Session, depot_id: int) -> Depot:
    found = session.get(Depot, depot_id)
    if found is None:
        raise NotFoundError("not_found")
    return found


def fleet(session: Session, depot_ids: Members[int] | None = None) -> Sequence[Vehicle]:
    """Return the trucks in service, with type and depot; of some depots, or of all."""
    statement = (
        sa.select(Vehicle)
        .options(joinedload(Vehicle.type), joinedload(Vehicle.depot), joinedload(Vehicle.end_depot))
        .where(Vehicle.active)
        .order_by(Vehicle.number)
    )
    if depot_ids is not None:
        statement = statement.where(Vehicle.depot_id.in_(depot_ids))
    return session.scalars(statement).all()


def every_vehicle(session: Session) -> Sequence[Vehicle]:
    """Return all trucks, those out of service too: a stored plan may name them."""
    return session.scalars(sa.select(Vehicle).options(joinedload(Vehicle.type))).all()


def out_of_service(session: Session) -> Sequence[Vehicle]:
    return session.scalars(
        sa.select(Vehicle)
        .options(joinedload(Vehicle.type))
        .where(~Vehicle.active)
        .order_by(Vehicle.number)
    ).all()


def truck(session: Session, number: int) -> Vehicle:
    found = session.scalar(sa.select(Vehicle).where(Vehicle.number == number))
    if found is None:
        raise NotFoundError("not_found")
    return found


def plate_owner(session: Session, plate: str) -> int | None:
    """Return the number of the truck with this plate."""
    return session.scalar(sa.select(Vehicle.number).where(Vehicle.plate == plate))


def highest_number(session: Session) -> int:
    return session.scalar(sa.select(sa.func.max(Vehicle.number))) or 0


def vehicle_type(session: Session, type_id: int) -> VehicleType:
    found = session.get(VehicleType, type_id)
    if found is None:
        raise NotFoundError("not_found")
    return found


def vehicle_types(session: Session) -> Sequence[VehicleType]:
    return session.scalars(sa.select(VehicleType).order_by(VehicleType.id)).all()


def cargo_rules(session: Session) -> Sequence[CargoRule]:
    return session.scalars(sa.select(CargoRule).order_by(CargoRule.position)).all()


def pick_ups(session: Session, day: date | None = None) -> list[PickUp]:
    """Return the pick-ups of a day's weekday, or all, whose want is still open."""
    statement = (
        sa.select(Collection, Material, Listing, Site, Organisation.standing)
        .join(Material, Material.id == Collection.material_id)
        .join(Listing, Listing.id == Collection.want_id)
        .join(Site, Site.id == Listing.site_id)
        .join(Organisation, Organisation.id == Listing.org_id)
        .where(Listing.state == State.OPEN)
        .order_by(Collection.id)
    )
    rows = session.execute(statement)
    return [
        PickUp(collection, material, end_of(want, site, standing))
        for collection, material, want, site, standing in rows
        if day is None or day.isoweekday() in collection.weekdays
    ]


def pick_up(session: Session, pick_up_id: int) -> Collection:
    found = session.get(Collection, pick_up_id)
    if found is None:
        raise NotFoundError("not_found")
    return found


def settled_runs(session: Session, limit: int = 20) -> Sequence[MatchRun]:
    """Return the newest runs with a result; a plan needs one that covers all materials."""
    statement = (
        sa.select(MatchRun)
        .where(MatchRun.status.in_(SETTLED))
        .order_by(MatchRun.id.desc())
        .limit(limit)
    )
    return session.scalars(statement).all()


def plan(session: Session, plan_id: int) -> CollectionPlan:
    found = session.get(CollectionPlan, plan_id)
    if found is None:
        raise NotFoundError("not_found")
    return found


def frozen_input(session: Session, plan_id: int) -> bytes | None:
    return session.scalar(sa.select(CollectionPlan.input_gz).where(CollectionPlan.id == plan_id))


def plan_with_input(session: Session, plan_id: int) -> CollectionPlan:
    return session.scalars(
        sa.select(CollectionPlan)
        .where(CollectionPlan.id == plan_id)
        .options(undefer(CollectionPlan.input_gz))
    ).one()


def latest_plan(session: Session, *, finished: bool = True) -> CollectionPlan | None:
    """Return the newest plan: one that is driven, or one being made."""
    statement = sa.select(CollectionPlan).order_by(CollectionPlan.id.desc()).limit(1)
    if finished:
        statement = statement.where(driven())
    else:
        statement = statement.join(Job, Job.id == CollectionPlan.job_id).where(
            Job.state.not_in(ENDED)
        )
    return session.scalar(statement)


def driven() -> sa.ColumnElement[bool]:
    """Tell the plan that is driven on its day: what counts of the line that is the day's."""
    heads = (
        sa.select(sa.func.coalesce(PlanHead.plan_id, PlanOfDay.root_id))
        .select_from(PlanOfDay)
        .outerjoin(PlanHead, PlanHead.root_id == PlanOfDay.root_id)
        .where(PlanOfDay.root_id.is_not(None))
    )
    return CollectionPlan.id.in_(heads)


def unfinished_on(session: Session, run_id: int, day: date) -> Sequence[CollectionPlan]:
    """Return the plans of a run and day whose job is queued or running and still wanted."""
    statement = (
        sa.select(CollectionPlan)
        .join(Job, Job.id == CollectionPlan.job_id)
        .where(
            CollectionPlan.run_id == run_id,
            CollectionPlan.planned_on == day,
            Job.state.not_in(ENDED),
            Job.cancel_requested_at.is_(None),
        )
        .order_by(CollectionPlan.id)
    )
    return session.scalars(statement).all()


def same_day(session: Session, row: CollectionPlan, limit: int = 6) -> Sequence[CollectionPlan]:
    """Return the newest other plans of the day that have their outcome."""
    statement = (
        sa.select(CollectionPlan)
        .where(
            CollectionPlan.planned_on == row.planned_on,
            CollectionPlan.id != row.id,
            CollectionPlan.status.in_(SOLVED),
        )
        .order_by(CollectionPlan.id.desc())
        .limit(limit)
    )
    return session.scalars(statement).all()


def job_of(session: Session, row: CollectionPlan) -> Job | None:
    return None if row.job_id is None else session.get(Job, row.job_id)


def routes(session: Session, plan_id: int) -> Sequence[PlanRoute]:
    statement = sa.select(PlanRoute).where(PlanRoute.plan_id == plan_id)
    return session.scalars(statement.order_by(PlanRoute.number)).all()


def route(session: Session, plan_id: int, number: int) -> PlanRoute:
    statement = sa.select(PlanRoute).where(PlanRoute.plan_id == plan_id, PlanRoute.number == number)
    found = session.scalar(statement)
    if found is None:
        raise NotFoundError("not_found")
    return found


def loads(session: Session, plan_id: int) -> Sequence[PlanLoad]:
    """Return the loads in the order in which they are taken up."""
    statement = sa.select(PlanLoad).where(PlanLoad.plan_id == plan_id)
    order = (PlanLoad.vehicle_id, PlanLoad.loading_starts_s, PlanLoad.load_key)
    return session.scalars(statement.order_by(*order)).all()


@dataclass(frozen=True, slots=True)
class FirmLoad:
    """A load at whose ends a firm is, in a plan that is driven; left over: no times, no truck."""

    plan: CollectionPlan
    load_key: str
    is_sent: bool
    mass_kg: int
    loading_starts_s: int | None
    unloading_starts_s: int | None
    truck: int | None


def loads_of_firm(
    session: Session, org_id: int, *, limit: int, offset: int
) -> tuple[list[FirmLoad], int]:
    """Return one page of what the firm sends or takes, newest day first, and how many in all."""
    parts = [_of_firm(PlanLoad, org_id), _of_firm(PlanUnserved, org_id)]
    rows = sa.union_all(*parts).subquery()
    total = session.scalar(sa.select(sa.func.count()).select_from(rows)) or 0
    statement = (
        sa.select(CollectionPlan, *(column for column in rows.c if column.name != "plan_id"))
        .join(rows, rows.c.plan_id == CollectionPlan.id)
        .order_by(
            CollectionPlan.planned_on.desc(),
            CollectionPlan.id.desc(),
            rows.c.loading_starts_s,
            rows.c.load_key,
        )
        .limit(limit)
        .offset(offset)
    )
    return [FirmLoad(*row) for row in session.execute(statement)], total


def _of_firm(table: type[PlanLoad | PlanUnserved], org_id: int) -> Any:
    on_truck = table is PlanLoad
    own = sa.select(Listing.id).where(Listing.org_id == org_id).scalar_subquery()
    sites = sa.select(Site.id).where(Site.org_id == org_id)
    phoned = sa.select(PhonedJob.id).where(PhonedJob.site_id.in_(sites)).scalar_subquery()
    sent = sa.func.coalesce(table.offer_id.in_(own), sa.false()) | sa.func.coalesce(
        table.phoned_id.in_(phoned), sa.false()
    )
    statement = (
        sa.select(
            table.plan_id,
            table.load_key,
            sent.label("is_sent"),
            table.mass_kg,
            (PlanLoad.loading_starts_s if on_truck else sa.null()).label("loading_starts_s"),
            (PlanLoad.unloading_starts_s if on_truck else sa.null()).label("unloading_starts_s"),
            (PlanRoute.number if on_truck else sa.null()).label("truck"),
        )
        .join(CollectionPlan, CollectionPlan.id == table.plan_id)
        .where(driven())
        .where(sent | table.want_id.in_(own))
    )
    if not on_truck:
        return statement
    same = (PlanRoute.plan_id == PlanLoad.plan_id, PlanRoute.vehicle_id == PlanLoad.vehicle_id)
    return statement.join(PlanRoute, sa.and_(*same))


def firms_of(
    session: Session, listing_ids: Members[int | None], phoned_id: int | None = None
) -> set[int]:
    """Return whose the listings are, and the site from which a job was phoned in."""
    listed = sa.select(Listing.org_id).where(Listing.id.in_(listing_ids))
    phoned = (
        sa.select(Site.org_id)
        .join(PhonedJob, PhonedJob.site_id == Site.id)
        .where(PhonedJob.id == phoned_id)
    )
    return set(session.scalars(sa.union_all(listed, phoned)))


def unserved(session: Session, plan_id: int) -> Sequence[PlanUnserved]:
    statement = sa.select(PlanUnserved).where(PlanUnserved.plan_id == plan_id)
    return session.scalars(statement.order_by(PlanUnserved.load_key)).all()


def change(session: Session, plan_id: int) -> PlanChange | None:
    """Return how a plan came from another; None for the first of its line."""
    return session.get(PlanChange, plan_id)


def held(session: Session, row: CollectionPlan) -> dict[str, Any]:
    """Return what is settled in a plan: in a change of another one, or taken over from one."""
    found = change(session, row.id)
    told: dict[str, Any] = row.summary.get("held", {}) if found is None else found.held
    return told


def root_id(session: Session, plan_id: int) -> int:
    found = change(session, plan_id)
    return plan_id if found is None else found.root_id


def head(session: Session, root: int) -> PlanHead | None:
    return session.get(PlanHead, root, populate_existing=True)


def head_id(session: Session, plan_id: int) -> int:
    """Return the plan that counts in the line of this one."""
    root = root_id(session, plan_id)
    found = head(session, root)
    return root if found is None else found.plan_id


def line(session: Session, plan_id: int) -> list[tuple[CollectionPlan, PlanChange, User | None]]:
    """Return the changes that lead from the first of its line to this plan, newest first."""
    statement = (
        sa.select(CollectionPlan, PlanChange, User)
        .join(PlanChange, PlanChange.plan_id == CollectionPlan.id)
        .outerjoin(User, User.id == CollectionPlan.created_by)
        .where(PlanChange.root_id == root_id(session, plan_id))
    )
    by_id = {plan.id: (plan, change, user) for plan, change, user in session.execute(statement)}
    steps: list[tuple[CollectionPlan, PlanChange, User | None]] = []
    at = plan_id
    while at in by_id:
        steps.append(by_id[at])
        at = by_id[at][1].parent_id
    return steps


def children(session: Session, plan_id: int, verb: str) -> list[tuple[CollectionPlan, PlanChange]]:
    """Return the plans that this verb made from a plan, newest first."""
    statement = (
        sa.select(CollectionPlan, PlanChange)
        .join(PlanChange, PlanChange.plan_id == CollectionPlan.id)
        .where(PlanChange.parent_id == plan_id, PlanChange.verb == verb)
        .order_by(CollectionPlan.id.desc())
    )
    return [(plan, change) for plan, change in session.execute(statement)]


def person(session: Session, user_id: int | None) -> User | None:
    return None if user_id is None else session.get(User, user_id)
