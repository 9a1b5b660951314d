"""A small, hand-countable day: one depot, four trucks, four flows and two pick-ups."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.accounts.models import User
from market.accounts.rules import Actor, Role
from market.catalogue.rules import Family, LegalClass, PhysicalForm
from market.haulage import actions, queries
from market.haulage.models import CargoRule, Collection, CollectionPlan, Depot, Vehicle, VehicleType
from market.haulage.rules import Basis, PlanParameters, RuleBasis, VehicleKind
from market.jobs import Progress
from market.listings.models import Listing
from market.listings.rules import Basis as ListingBasis
from market.listings.rules import Form, Side
from market.matchmaking.models import MatchFlow, MatchRun
from market.matchmaking.rules import Objective, RunStatus
from market.orgs.models import Organisation
from market.orgs.rules import Standing
from tests.conftest import NOW
from tests.factories import make_listing, make_material, make_org, make_site, make_user

# A Monday with the odd day number 739,943: a stream of one and a half trucks fills one that day.
MONDAY = date(2026, 11, 23)
DAYS = 310


@dataclass(frozen=True)
class World:
    run: MatchRun
    depot: Depot
    offers: dict[str, Listing]
    wants: dict[str, Listing]
    manager: Actor


def make_world(session: Session) -> World:
    demo = make_org(session, standing=Standing.DEMO)
    _materials(session)
    wants = {
        name: _listing(session, demo, name, 34.65, 112.45, side=Side.WANT)
        for name in ("fly_ash", "steel_slag", "scrap_steel", "oily_chips")
    }
    offers = {
        "fly_ash": _listing(session, demo, "fly_ash", 34.70, 112.35),
        "steel_slag": _listing(session, demo, "steel_slag", 34.62, 112.30, form=Form.LUMP),
        "oily_chips": _listing(session, demo, "oily_chips", 34.66, 112.40, waste_code="900-200-08"),
    }
    user = make_user(session, role=Role.PARK_MANAGER)
    run = make_run(session, created_by=user.id)
    # 45 t, 6.2 t and 3 t a working day; 30 t, 31 t and no truck at all for them.
    for name, day_t in (("fly_ash", 45), ("steel_slag", 6.2), ("oily_chips", 3)):
        add_flow(session, run, offers[name], wants[name], day_t)
    depot = _fleet(session)
    _pick_ups(session, wants["scrap_steel"])
    session.commit()
    manager = Actor(user.id, Role.PARK_MANAGER, user.name_zh, user.name_en)
    return World(run, depot, offers, wants, manager)


def read_world(session: Session) -> World:
    """Return the world of a database that has one."""
    rows = session.scalars(sa.select(Listing).where(Listing.basis == ListingBasis.DECLARED)).all()
    user = session.scalars(sa.select(User).where(User.role == Role.PARK_MANAGER)).first()
    return World(
        run=session.scalars(sa.select(MatchRun)).first(),
        depot=session.scalars(sa.select(Depot)).one(),
        offers={row.material_id: row for row in rows if row.side == Side.OFFER},
        wants={row.material_id: row for row in rows if row.side == Side.WANT},
        manager=Actor(user.id, Role.PARK_MANAGER, user.name_zh, user.name_en),
    )


def make_run(session: Session, **fields: Any) -> MatchRun:
    row = {
        "objective": Objective.TONNES,
        "radius_m": 200_000,
        "road_factor": 1.3,
        "material_ids": [],
        "status": RunStatus.OPTIMAL,
        "created_at": NOW,
    }
    run = MatchRun(**{**row, **fields})
    session.add(run)
    session.flush()
    return run


def add_flow(
    session: Session, run: MatchRun, offer: Listing, want: Listing, day_t: float, **fields: Any
) -> None:
    row = {
        "run_id": run.id,
        "offer_id": offer.id,
        "want_id": want.id,
        "material_id": offer.material_id,
        "mass_kg": round(day_t * 1000 * DAYS),
        "distance_m": 10_000,
        "transport_kg_m": round(day_t * 1000 * DAYS) * 13_000,
        "value_fen_per_t": None,
    }
    session.add(MatchFlow(**{**row, **fields}))
    session.flush()


def estimate_pair(session: Session, lat: float = 34.70) -> tuple[Listing, Listing]:
    """Return an offer and a want of fly ash between two public-source plants."""
    org = make_org(session, standing=Standing.ESTIMATE)
    basis = ListingBasis.ESTIMATE
    return (
        _listing(session, org, "fly_ash", lat, 112.33, name_zh="电厂", basis=basis),
        _listing(session, org, "fly_ash", lat, 112.43, side=Side.WANT, basis=basis),
    )


def ask(session: Session, world: World, **fields: Any) -> CollectionPlan:
    """Ask for Monday's plan; keywords that are parameters of the day go there."""
    known = PlanParameters.__dataclass_fields__
    parameters = {name: fields.pop(name) for name in list(fields) if name in known}
    row = {
        "run_id": world.run.id,
        "planned_on": MONDAY,
        "depot_ids": (world.depot.id,),
        "time_limit_s": 1,
        "parameters": PlanParameters(**parameters),
    }
    request = actions.PlanRequest(**{**row, **fields})
    plan = actions.request_plan(session, world.manager, request, now=NOW)
    session.commit()
    return plan


def carry_out(sessions: Any, plan: CollectionPlan) -> CollectionPlan:
    """Do the planning job's steps as the worker would."""
    from market.haulage import worker

    progress = Progress(plan.job_id, sessions)
    for step in (worker.freeze, worker.solve_and_store):
        step(sessions, plan.id, progress)
    with sessions() as session:
        return queries.plan(session, plan.id)


def _materials(session: Session) -> None:
    make_material(session, "fly_ash", name_zh="粉煤灰", name_en="Fly ash")
    make_material(
        session,
        "steel_slag",
        name_zh="钢渣",
        name_en="Steel slag",
        family=Family.SLAG,
        form=PhysicalForm.GRANULAR,
    )
    make_material(
        session,
        "scrap_steel",
        name_zh="废钢铁",
        name_en="Scrap steel",
        family=Family.METAL,
        form=PhysicalForm.LUMP,
    )
    make_material(
        session,
        "oily_chips",
        name_zh="含油金属屑",
        name_en="Oily metal chips",
        family=Family.HAZARD,
        form=PhysicalForm.GRANULAR,
        legal_class=LegalClass.HAZARDOUS,
        hw_codes=["HW08 900-200-08"],
    )


def _listing(
    session: Session,
    org: Organisation,
    material: str,
    lat: float,
    lon: float,
    *,
    name_zh: str | None = None,
    name_en: str | None = None,
    **fields: Any,
) -> Listing:
    side = fields.get("side", Side.OFFER)
    names = {
        "name_zh": name_zh or f"{material} {side} 厂",
        "name_en": name_en or f"{material} {side}",
    }
    site = make_site(session, org=org, lat=lat, lon=lon, **names)
    return make_listing(session, site=site, material_id=material, **fields)


def _fleet(session: Session) -> Depot:
    depot = Depot(
        key="depot",
        name_zh="涧西车场",
        name_en="Jianxi depot",
        county_zh="涧西区",
        county_en="Jianxi",
        standing=Standing.DEMO,
        lat=34.64,
        lon=112.40,
    )
    session.add(depot)
    session.flush()
    kinds = (
        (VehicleKind.TANKER, 30_000),
        (VehicleKind.TIPPER, 31_000),
        (VehicleKind.FLATBED, 8_000),
    )
    for number, (kind, capacity_kg) in enumerate(kinds, start=1):
        _truck(session, depot, number, kind, capacity_kg)
    session.add(
        CargoRule(
            position=1,
            one=[Family.SLAG],
            other=[Family.ASH],
            together=False,
            cleaning_s=1800,
            basis=RuleBasis.ASSUMPTION,
            reason_zh="清净再装",
            reason_en="Clear out first",
        )
    )
    session.flush()
    return depot


def _truck(session: Session, depot: Depot, number: int, kind: str, capacity_kg: int) -> None:
    row = VehicleType(
        key=f"{kind}-{number}",
        name_zh=f"{kind} 车",
        name_en=f"{kind} truck",
        kind=kind,
        capacity_kg=capacity_kg,
        families=[],
        licences=[],
        fixed_fen=10_000,
        fen_per_km=600,
        fen_per_h=4_000,
        cost_basis=Basis.ASSUMPTION,
        cost_source_zh="测试",
        cost_source_en="test",
    )
    session.add(row)
    session.flush()
    session.add(
        Vehicle(
            number=number,
            plate=f"豫C·示{number:03}",
            driver_zh="王师傅",
            driver_en="Wang",
            standing=Standing.DEMO,
            type_id=row.id,
            depot_id=depot.id,
            shift_starts_s=5 * 3600,
            shift_ends_s=17 * 3600,
        )
    )
    session.flush()


def _pick_ups(session: Session, want: Listing) -> None:
    for number, (mass_kg, weekdays) in enumerate(((2400, [1, 3]), (900, [2])), start=1):
        session.add(
            Collection(
                key=f"pick-{number}",
                name_zh=f"机加工车间{number}",
                name_en=f"Machine shop {number}",
                county_zh="涧西区",
                county_en="Jianxi",
                standing=Standing.DEMO,
                lat=34.66,
                lon=112.38,
                material_id="scrap_steel",
                form=Form.BALED,
                want_id=want.id,
                mass_kg=mass_kg,
                weekdays=weekdays,
                service_s=1200,
                window_opens_s=8 * 3600,
                window_closes_s=12 * 3600,
            )
        )
    session.flush()
