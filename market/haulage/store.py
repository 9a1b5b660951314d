"""Puts a plan's input and outcome into the tables, once."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy.orm import Session

from market.haulage import codec, queries
from market.haulage.day import DayInput
from market.haulage.models import (
    CollectionPlan,
    PlanLoad,
    PlanRoute,
    PlanUnserved,
    Vehicle,
    VehicleType,
)
from market.haulage.rules import PlanStatus
from routing import problem as routing
from routing.emissions import routes_co2_g
from routing.plan import Load, Plan, Route, Stop, StopKind, Unserved
from routing.problem import DayProblem


def store_input(session: Session, plan_id: int, day: DayInput) -> None:
    """Freeze the input; a plan that has one keeps it."""
    row = queries.plan_with_input(session, plan_id)
    if row.input_gz is not None:
        return
    row.places = {name: asdict(place) for name, place in day.places.items()}
    row.cargoes = {name: asdict(cargo) for name, cargo in day.cargoes.items()}
    row.left_out = [asdict(flow) for flow in day.left_out]
    row.input_gz = codec.freeze(day.problem)


def copy_input(session: Session, from_id: int, to_id: int) -> None:
    """Give a plan the frozen input of another; a plan that has one keeps it."""
    source, row = (queries.plan_with_input(session, number) for number in (from_id, to_id))
    if row.input_gz is None and source.input_gz is not None:
        row.input_gz = source.input_gz
        row.places, row.cargoes, row.left_out = source.places, source.cargoes, source.left_out


def store_failure(session: Session, plan_id: int, record: dict[str, Any]) -> None:
    """Keep why the day could not be planned; nothing else of it is stored."""
    queries.plan(session, plan_id).summary = {"no_ways": record}


def store_so_far(session: Session, plan_id: int, cost_fen: int, unserved: int) -> None:
    """Keep what the best plan found so far costs and leaves over, for whoever waits for it."""
    best = {"cost_fen": cost_fen, "unserved": unserved}
    queries.plan(session, plan_id).summary = {"so_far": best}


def store_plan(
    session: Session,
    plan_id: int,
    plan: Plan,
    problem: DayProblem,
    *,
    stopped: bool,
    from_s: int | None = None,
    taken_over: Mapping[str, Any] | None = None,
) -> None:
    """Store routes, loads and what is unserved; a plan that already has its outcome keeps it.

    Nothing in it happens in the first ``from_s`` seconds of the day that it did not find done;
    None: the day had not begun. ``taken_over`` is `situations.taken_over`.
    """
    row = queries.plan(session, plan_id)
    if row.status != PlanStatus.PENDING:
        return
    masses = {load.id: load for load in plan.loads}
    fleet = {f"V{vehicle.id}": vehicle for vehicle in queries.every_vehicle(session)}
    types = {f"T{kind.id}": kind for kind in queries.vehicle_types(session)}
    trucks = {truck.id: truck for truck in problem.vehicles}
    co2_g = routes_co2_g(problem, plan)
    for route in plan.routes:
        truck = trucks[route.vehicle]
        known = _as_it_was(fleet[truck.id], types[truck.type], truck, problem)
        session.add(_route_row(row.id, route, fleet[truck.id].number, known, masses, co2_g))
    session.flush()
    for route in plan.routes:
        session.add_all(_load_rows(row, route, masses))
    numbers = {name: vehicle.number for name, vehicle in fleet.items()}
    session.add_all(_unserved_row(row, left, numbers) for left in plan.unserved)
    row.status = PlanStatus(plan.status.value)
    told = {"fleet": len(problem.vehicles), "ways": problem.travel.source, "stopped": stopped}
    row.summary = {**summary_of(plan), **told, **(taken_over or {}), "from_s": from_s}
    change = queries.change(session, plan_id)
    if change is not None:
        change.held = {**change.held, "now_s": from_s}


def _as_it_was(
    vehicle: Vehicle, named: VehicleType, truck: routing.Vehicle, problem: DayProblem
) -> dict[str, Any]:
    """Return the truck with the figures that the day was planned by, whatever it says by now."""
    kind = next(row for row in problem.vehicle_types if row.id == truck.type)
    hours = kind.hours or problem.hours
    return {
        "plate": vehicle.plate,
        "driver_zh": vehicle.driver_zh,
        "driver_en": vehicle.driver_en,
        "standing": vehicle.standing,
        "type_zh": named.name_zh,
        "type_en": named.name_en,
        "kind": kind.body.value,
        "capacity_kg": kind.capacity_kg,
        "continuous_drive_s": hours.continuous_drive_s,
        "rest_s": hours.rest_s,
        "depot": truck.depot,
        "end_depot": truck.ends_at,
        "shift_starts_s": truck.shift.opens_s,
        "shift_ends_s": truck.shift.closes_s,
        "fixed_fen": kind.fixed_fen,
        "fen_per_km": kind.fen_per_km,
        "fen_per_h": kind.fen_per_h,
        "co2_g_per_km": kind.co2_g_per_km,
        "co2_empty_g_per_km": kind.co2_empty_g_per_km,
        "co2_source": named.co2_source,
    }


def _route_row(
    plan_id: int,
    route: Route,
    number: int,
    vehicle: dict[str, Any],
    loads: dict[str, Load],
    co2_g: dict[str, int | None],
) -> PlanRoute:
    return PlanRoute(
        plan_id=plan_id,
        vehicle_id=int(route.vehicle[1:]),
        number=number,
        vehicle=vehicle,
        starts_s=route.start_s,
        ends_s=route.end_s,
        drive_s=route.drive_s,
        distance_m=route.distance_m,
        empty_m=route.empty_m,
        cost_fen=route.cost_fen,
        co2_g=co2_g[route.vehicle],
        mass_kg=sum(loads[name].mass_kg for name in route.load_ids),
        load_count=len(route.load_ids),
        stops=[_stop(stop) for stop in route.stops],
    )


def _stop(stop: Stop) -> dict[str, Any]:
    return {**asdict(stop), "kind": stop.kind.value, "loads": list(stop.loads)}


def _origin(row: CollectionPlan, collection: str) -> dict[str, Any]:
    """Return what a load's record says of its cargo, in column names."""
    cargo = row.cargoes[collection]
    names = ("offer_id", "collection_id", "want_id", "material_id")
    return {name: cargo[name] for name in names} | {"phoned_id": cargo.get("phoned_id")}


def _load_rows(row: CollectionPlan, route: Route, loads: dict[str, Load]) -> Iterator[PlanLoad]:
    taken = {
        name: stop for stop in route.stops if stop.kind is StopKind.LOAD for name in stop.loads
    }
    put = {
        name: stop for stop in route.stops if stop.kind is StopKind.UNLOAD for name in stop.loads
    }
    for name in route.load_ids:
        load = loads[name]
        yield PlanLoad(
            plan_id=row.id,
            load_key=name,
            vehicle_id=int(route.vehicle[1:]),
            **_origin(row, load.collection),
            mass_kg=load.mass_kg,
            loading_starts_s=taken[name].start_s,
            loading_ends_s=taken[name].depart_s,
            unloading_starts_s=put[name].start_s,
            unloading_ends_s=put[name].depart_s,
        )


def _unserved_row(row: CollectionPlan, left: Unserved, numbers: dict[str, int]) -> PlanUnserved:
    """Keep the planner's own figures; trucks it names are kept by the numbers people know."""
    columns = {"load", "collection", "mass_kg", "reason"}
    params = {name: value for name, value in asdict(left).items() if name not in columns}
    params |= trucks_of(left, numbers)
    return PlanUnserved(
        plan_id=row.id,
        load_key=left.load,
        **_origin(row, left.collection),
        mass_kg=left.mass_kg,
        reason=left.reason.value,
        params=params,
    )


def trucks_of(left: Unserved, numbers: dict[str, int]) -> dict[str, int | None]:
    """Return the trucks that a reason names, by the numbers people know."""
    found = {"truck": numbers.get(left.vehicle or left.subject)}
    found["spare_truck"] = numbers.get(left.spare)
    if left.elsewhere is not None:
        found["elsewhere_truck"] = numbers.get(left.elsewhere.vehicle)
    return found


def summary_of(plan: Plan) -> dict[str, Any]:
    """Return the totals shown and printed; units are in the names, shares run from 0 to 1."""
    placed = len(plan.loads) - len(plan.unserved)
    return {
        "vehicles": sum(bool(route.load_ids) for route in plan.routes),
        "loads": placed,
        "loads_total": len(plan.loads),
        "tonnes": plan.served_kg / 1000,
        "tonnes_total": sum(load.mass_kg for load in plan.loads) / 1000,
        "km": plan.distance_m / 1000,
        "empty_km": plan.empty_m / 1000,
        "loaded_share": 1 - plan.empty_share if plan.distance_m else 0.0,
        "shuttle_km": plan.shuttle_m / 1000,
        "shuttle_empty_km": plan.shuttle_empty_m / 1000,
        "shuttle_loaded_share": 1 - plan.shuttle_empty_share if plan.shuttle_m else 0.0,
        "cost_fen": plan.cost_fen,
        "bound_fen": plan.bound_fen,
        "starts_s": min((route.start_s for route in plan.routes), default=None),
        "ends_s": max((route.end_s for route in plan.routes), default=None),
        "unserved": len(plan.unserved),
        "solve_seconds": round(plan.seconds, 2),
        "iterations": plan.iterations,
    }
