"""Depots, fleets, small pick-ups and 收运方案: collection plans with their frozen input.

Times of day are seconds since midnight of the planned day, Asia/Shanghai; a shift that ends after
midnight runs past 86,400.
"""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.db import Base, one_of
from market.haulage.rules import Basis, PlanStatus, RuleBasis, VehicleKind, Verb
from market.listings.rules import Form
from market.orgs.rules import Standing

ONE_ORIGIN = (
    "(CASE WHEN offer_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN collection_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN phoned_id IS NULL THEN 0 ELSE 1 END) = 1"
)


class Depot(Base):
    """车场: where trucks start and end their shift. Positions are WGS-84 degrees.

    ``phone`` is that of its dispatcher; empty where nobody has said.
    """

    __tablename__ = "depot"
    __table_args__ = (
        one_of("standing", Standing),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name="lat_on_earth"),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name="lon_on_earth"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(200))
    name_en: Mapped[str] = mapped_column(sa.String(200))
    county_zh: Mapped[str] = mapped_column(sa.String(64))
    county_en: Mapped[str] = mapped_column(sa.String(64))
    standing: Mapped[str] = mapped_column(sa.String(16))
    lat: Mapped[float]
    lon: Mapped[float]
    phone: Mapped[str] = mapped_column(sa.String(40), default="")

    vehicles: Mapped[list["Vehicle"]] = relationship(
        back_populates="depot", foreign_keys="Vehicle.depot_id", lazy="raise"
    )


class VehicleType(Base):
    """What a truck can carry and what it costs.

    ``families`` narrows the body down to some material families (empty: whatever the body admits);
    ``licences`` are hazardous-waste groups such as HW31. Each cost has its basis and the sentence
    that says where it comes from. ``co2_g_per_km`` is what the truck emits loaded, and empty too
    where that is not told apart; None: nobody has said. ``co2_source`` says who does. Without
    ``capacity_l`` volume never binds. Its drivers are at the wheel no longer than
    ``continuous_drive_s``, then rest ``rest_s`` (None: as the law says), and no longer than
    ``daily_drive_s`` in a day.
    """

    __tablename__ = "vehicle_type"
    __table_args__ = (
        one_of("kind", VehicleKind),
        one_of("cost_basis", Basis),
        sa.CheckConstraint("capacity_kg > 0", name="capacity_positive"),
        sa.CheckConstraint(
            "fixed_fen >= 0 AND fen_per_km >= 0 AND fen_per_h >= 0", name="costs_not_negative"
        ),
        sa.CheckConstraint(
            "co2_g_per_km >= 0 AND co2_empty_g_per_km >= 0", name="co2_not_negative"
        ),
        sa.CheckConstraint(
            "(co2_g_per_km IS NULL) = (co2_source IS NULL)"
            " AND (co2_g_per_km IS NOT NULL OR co2_empty_g_per_km IS NULL)",
            name="co2_has_source",
        ),
        sa.CheckConstraint("daily_drive_s > 0", name="daily_drive_positive"),
        sa.CheckConstraint("capacity_l > 0", name="volume_positive"),
        sa.CheckConstraint("continuous_drive_s > 0", name="continuous_drive_positive"),
        sa.CheckConstraint("rest_s > 0", name="rest_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(100))
    name_en: Mapped[str] = mapped_column(sa.String(100))
    kind: Mapped[str] = mapped_column(sa.String(16))
    capacity_kg: Mapped[int]
    families: Mapped[list[str]] = mapped_column(default=list)
    licences: Mapped[list[str]] = mapped_column(default=list)
    fixed_fen: Mapped[int]
    fen_per_km: Mapped[int]
    fen_per_h: Mapped[int]
    cost_basis: Mapped[str] = mapped_column(sa.String(16))
    cost_source_zh: Mapped[str] = mapped_column(sa.String(400))
    cost_source_en: Mapped[str] = mapped_column(sa.String(400))
    co2_g_per_km: Mapped[int | None]
    co2_empty_g_per_km: Mapped[int | None]
    co2_source: Mapped[str | None] = mapped_column(sa.String(400))
    daily_drive_s: Mapped[int | None]
    capacity_l: Mapped[int | None]
    continuous_drive_s: Mapped[int | None]
    rest_s: Mapped[int | None]


class Vehicle(Base):
    """One truck with its driver. ``number`` is what dispatchers call it: 3 号车.

    ``end_depot_id`` None: it returns to where it started.
    """

    __tablename__ = "vehicle"
    __table_args__ = (
        sa.CheckConstraint("shift_ends_s > shift_starts_s", name="shift_ordered"),
        sa.CheckConstraint("shift_starts_s >= 0", name="shift_starts_today"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(unique=True)
    plate: Mapped[str] = mapped_column(sa.String(16), unique=True)
    driver_zh: Mapped[str] = mapped_column(sa.String(64))
    driver_en: Mapped[str] = mapped_column(sa.String(64))
    standing: Mapped[str] = mapped_column(sa.String(16))
    type_id: Mapped[int] = mapped_column(sa.ForeignKey("vehicle_type.id"), index=True)
    depot_id: Mapped[int] = mapped_column(sa.ForeignKey("depot.id"), index=True)
    end_depot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("depot.id"), index=True)
    shift_starts_s: Mapped[int]
    shift_ends_s: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)

    type: Mapped[VehicleType] = relationship(lazy="raise")
    depot: Mapped[Depot] = relationship(
        back_populates="vehicles", foreign_keys=[depot_id], lazy="raise"
    )
    end_depot: Mapped[Depot | None] = relationship(foreign_keys=[end_depot_id], lazy="raise")


class CargoRule(Base):
    """What one cargo leaves for the next: may they share a trip, and the wash between them.

    ``one`` and ``other`` name families or materials; a material's own rule comes before its
    family's. It holds both ways round. ``cleaning_s`` 0 says that no wash is needed.
    """

    __tablename__ = "cargo_rule"
    __table_args__ = (
        one_of("basis", RuleBasis),
        sa.CheckConstraint("cleaning_s >= 0", name="cleaning_not_negative"),
    )

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    one: Mapped[list[str]]
    other: Mapped[list[str]]
    together: Mapped[bool]
    cleaning_s: Mapped[int]
    basis: Mapped[str] = mapped_column(sa.String(16))
    reason_zh: Mapped[str] = mapped_column(sa.String(200))
    reason_en: Mapped[str] = mapped_column(sa.String(200))


class Collection(Base):
    """A small pick-up that repeats on some weekdays (ISO, 1 = Monday): several to one trip.

    It goes to the site of ``want``; the mass is what one visit takes away.
    """

    __tablename__ = "collection"
    __table_args__ = (
        one_of("standing", Standing),
        one_of("form", Form),
        sa.CheckConstraint("mass_kg > 0", name="mass_positive"),
        sa.CheckConstraint("window_closes_s >= window_opens_s", name="window_ordered"),
        sa.CheckConstraint("lat BETWEEN -90 AND 90", name="lat_on_earth"),
        sa.CheckConstraint("lon BETWEEN -180 AND 180", name="lon_on_earth"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(200))
    name_en: Mapped[str] = mapped_column(sa.String(200))
    county_zh: Mapped[str] = mapped_column(sa.String(64))
    county_en: Mapped[str] = mapped_column(sa.String(64))
    standing: Mapped[str] = mapped_column(sa.String(16))
    lat: Mapped[float]
    lon: Mapped[float]
    material_id: Mapped[str] = mapped_column(sa.ForeignKey("material.id"), index=True)
    form: Mapped[str] = mapped_column(sa.String(16))
    want_id: Mapped[int] = mapped_column(sa.ForeignKey("listing.id"), index=True)
    mass_kg: Mapped[int]
    weekdays: Mapped[list[Any]]
    service_s: Mapped[int]
    window_opens_s: Mapped[int]
    window_closes_s: Mapped[int]


class Planned:
    """What a day's and a week's plan both keep: the request, its input as it was, the verdict."""

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[str | None] = mapped_column(sa.ForeignKey("job.id"), unique=True)
    run_id: Mapped[int] = mapped_column(sa.ForeignKey("match_run.id"), index=True)
    depot_ids: Mapped[list[Any]]
    parameters: Mapped[dict[str, Any]]
    time_limit_s: Mapped[int]
    seed: Mapped[int] = mapped_column(default=1)
    versions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    input_gz: Mapped[bytes | None] = mapped_column(sa.LargeBinary, deferred=True)
    places: Mapped[dict[str, Any]] = mapped_column(default=dict)
    cargoes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    left_out: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[str] = mapped_column(sa.String(16), default=PlanStatus.PENDING)
    summary: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    created_at: Mapped[datetime]


class CollectionPlan(Planned, Base):
    """One planning day: parameters and input as they were, the verdict, the totals.

    ``input_gz`` is the gzipped JSON of the day's problem. ``places``, ``cargoes`` and ``left_out``
    are what the pages need beside the solver's own names, frozen with it, so a driver's sheet
    printed next year says what it said on the day.
    """

    __tablename__ = "collection_plan"
    __table_args__ = (
        one_of("status", PlanStatus),
        sa.CheckConstraint("time_limit_s > 0", name="time_limit_positive"),
    )

    planned_on: Mapped[date]

    @property
    def ref(self) -> str:
        return f"P-{self.id:04d}"


class PlanChange(Base):
    """How one plan came from another: a dispatcher's verb, with what was said and settled by then.

    A plan without this row is the first of its line, and is named ``root_id`` by those that follow.
    ``held`` are the locks, the trucks that are out and the clock as they stand in this plan. Who
    and when are the plan's own ``created_by`` and ``created_at``.
    """

    __tablename__ = "plan_change"
    __table_args__ = (
        one_of("verb", Verb),
        sa.CheckConstraint("parent_id <> plan_id", name="another_parent"),
    )

    plan_id: Mapped[int] = mapped_column(
        sa.ForeignKey("collection_plan.id", ondelete="CASCADE"), primary_key=True
    )
    parent_id: Mapped[int] = mapped_column(sa.ForeignKey("collection_plan.id"), index=True)
    root_id: Mapped[int] = mapped_column(sa.ForeignKey("collection_plan.id"), index=True)
    verb: Mapped[str] = mapped_column(sa.String(16))
    parameters: Mapped[dict[str, Any]] = mapped_column(default=dict)
    held: Mapped[dict[str, Any]] = mapped_column(default=dict)


class PlanHead(Base):
    """Which plan of a line is the one to drive; a line without this row has only its first."""

    __tablename__ = "plan_head"

    root_id: Mapped[int] = mapped_column(
        sa.ForeignKey("collection_plan.id", ondelete="CASCADE"), primary_key=True
    )
    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("collection_plan.id"), index=True)
    set_by: Mapped[int | None] = mapped_column(sa.ForeignKey("user.id"))
    set_at: Mapped[datetime]


class PlanWeek(Planned, Base):
    """周方案: several days planned together, with stores that fill and latest dates.

    ``rest_weekdays`` are ISO weekdays on which no truck leaves, ``driver_days`` the most days a
    driver works, ``calendar`` is ``week_rules.Calendar`` as JSON. ``input_gz`` is the
    gzipped JSON of ``routing.horizon_text``; ``places``,
    ``cargoes`` and ``left_out`` are as in a day's plan. Its days are ``PlanWeekDay`` rows.
    """

    __tablename__ = "plan_week"
    __table_args__ = (
        one_of("status", PlanStatus),
        sa.CheckConstraint("time_limit_s > 0", name="time_limit_positive"),
        sa.CheckConstraint("days > 0", name="days_positive"),
    )

    starts_on: Mapped[date]
    days: Mapped[int]
    rest_weekdays: Mapped[list[Any]]
    driver_days: Mapped[int]
    calendar: Mapped[dict[str, Any]] = mapped_column(default=dict)

    @property
    def ref(self) -> str:
        return f"W-{self.id:04d}"


class PlanWeekDay(Base):
    """The plan of one day of a week, counted from 0; a day on which nothing moves has none."""

    __tablename__ = "plan_week_day"

    week_id: Mapped[int] = mapped_column(
        sa.ForeignKey("plan_week.id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(
        sa.ForeignKey("collection_plan.id", ondelete="CASCADE"), unique=True
    )


class PlanRoute(Base):
    """One truck's day. ``vehicle`` is the truck as it was; ``stops`` are routing's, in order.

    ``co2_g`` None: the truck had no factor.
    """

    __tablename__ = "plan_route"

    plan_id: Mapped[int] = mapped_column(
        sa.ForeignKey("collection_plan.id", ondelete="CASCADE"), primary_key=True
    )
    vehicle_id: Mapped[int] = mapped_column(sa.ForeignKey("vehicle.id"), primary_key=True)
    number: Mapped[int]
    vehicle: Mapped[dict[str, Any]]
    starts_s: Mapped[int]
    ends_s: Mapped[int]
    drive_s: Mapped[int]
    distance_m: Mapped[int]
    empty_m: Mapped[int]
    cost_fen: Mapped[int]
    co2_g: Mapped[int | None]
    mass_kg: Mapped[int]
    load_count: Mapped[int]
    stops: Mapped[list[Any]]


class PlanLoad(Base):
    """车次: the stable record of one load, from which a consignment can be drafted later.

    A load comes from a flow (``offer_id``), from a small pick-up (``collection_id``) or from a job
    phoned in (``phoned_id``), from one of them alone, and goes to ``want_id``'s site.
    """

    __tablename__ = "plan_load"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["plan_id", "vehicle_id"],
            ["plan_route.plan_id", "plan_route.vehicle_id"],
            ondelete="CASCADE",
            name="fk_plan_load_route_plan_route",
        ),
        sa.CheckConstraint(ONE_ORIGIN, name="one_origin"),
        sa.CheckConstraint("mass_kg > 0", name="mass_positive"),
    )

    plan_id: Mapped[int] = mapped_column(primary_key=True)
    load_key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    vehicle_id: Mapped[int]
    offer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("listing.id"), index=True)
    collection_id: Mapped[int | None] = mapped_column(sa.ForeignKey("collection.id"), index=True)
    phoned_id: Mapped[int | None] = mapped_column(sa.ForeignKey("phoned_job.id"), index=True)
    want_id: Mapped[int] = mapped_column(sa.ForeignKey("listing.id"), index=True)
    material_id: Mapped[str] = mapped_column(sa.ForeignKey("material.id"))
    mass_kg: Mapped[int]
    loading_starts_s: Mapped[int]
    loading_ends_s: Mapped[int]
    unloading_starts_s: Mapped[int]
    unloading_ends_s: Mapped[int]


class PlanUnserved(Base):
    """A load left out: its reason code; value, limit and smallest change in ``params``."""

    __tablename__ = "plan_unserved"
    __table_args__ = (sa.CheckConstraint(ONE_ORIGIN, name="one_origin"),)

    plan_id: Mapped[int] = mapped_column(
        sa.ForeignKey("collection_plan.id", ondelete="CASCADE"), primary_key=True
    )
    load_key: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    offer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("listing.id"))
    collection_id: Mapped[int | None] = mapped_column(sa.ForeignKey("collection.id"))
    phoned_id: Mapped[int | None] = mapped_column(sa.ForeignKey("phoned_job.id"))
    want_id: Mapped[int] = mapped_column(sa.ForeignKey("listing.id"))
    material_id: Mapped[str] = mapped_column(sa.ForeignKey("material.id"))
    mass_kg: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.String(32))
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
